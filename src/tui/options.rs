//! What the interface is started with: plain values, decided by the configuration.

use super::{
    app::{Mouse, Start},
    clipboard::Multiplexer,
    facts::Places,
    theme::{Background, ColorDepth},
    view::Charset,
};
use crate::engine::DriveOptions;

/// What the interface is started with.
#[derive(Clone, Debug)]
pub struct Options {
    /// What to show first.
    pub start: Start,
    /// How many colours there are.
    pub depth: ColorDepth,
    /// Which background they are on.
    pub background: Background,
    /// Which characters there are.
    pub charset: Charset,
    /// What stands between us and the terminal.
    pub multiplexer: Multiplexer,
    /// How runs are driven unless the form says otherwise.
    pub drive: DriveOptions,
    /// How often the screen may change by itself.
    pub pace: Pace,
    /// Whether the mouse is caught from the start.
    pub mouse: Mouse,
    /// Folders of interest.
    pub places: Places,
    /// The user's keys: table `[keys]` of the configuration file.
    pub keys: toml::Table,
    /// The user's theme: table `[theme]` of the configuration file, as text.
    pub theme: String,
}

/// How often the screen may change by itself; keys are answered at once in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// Ten times a second.
    #[default]
    Usual,
    /// Twice a second, for slow lines.
    LowBandwidth,
}

impl Options {
    /// What the environment says: colours, characters, folders.
    pub fn detect(variable: impl Fn(&str) -> Option<String>, start_folder: std::path::PathBuf) -> Self {
        let folder = |name| variable(name).filter(|value| !value.is_empty()).map(Into::into);
        Self {
            start: Start::default(),
            depth: ColorDepth::detect(&variable),
            background: Background::detect(&variable),
            charset: Charset::detect(&variable),
            multiplexer: Multiplexer::detect(&variable),
            drive: DriveOptions::default(),
            pace: Pace::default(),
            mouse: Mouse::default(),
            places: Places { start: start_folder, home: folder("HOME"), scratch: folder("SCRATCH") },
            keys: toml::Table::new(),
            theme: String::new(),
        }
    }
}
