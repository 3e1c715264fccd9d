//! Entry point of the fuzz targets (`tests/fuzz`) to the reader of configuration files. In: any text. Out: the options of
//! the interface, or a panic.

use std::path::Path;

use super::{InterfaceOptions, file::ConfigFile};

/// Reads the text of a configuration file; `None` if it is refused.
pub fn read_config(text: &str) -> Option<InterfaceOptions> {
    ConfigFile::parse(Path::new("/config.toml"), text).ok().map(|(file, _)| file.interface())
}
