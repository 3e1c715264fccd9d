//! The hidden subcommand `__probe-hdf5`, which castui runs to check files: see [`crate::matrix::probe`].

use std::{
    io::{self, Read},
    path::PathBuf,
};

use super::Exit;
use crate::matrix::probe::{self, ProbeCommand, child};

/// Arguments of `__probe-hdf5`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// File to check [default: standard input]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Makes castui probe every file before opening it.
pub(super) fn install() {
    // Files are not probed if the path of this program is unknown.
    if let Ok(program) = std::env::current_exe() {
        probe::install(ProbeCommand { program, arguments: &["__probe-hdf5"] });
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    match &arguments.file {
        Some(file) => child::visit(file, None),
        None => {
            let mut image = Vec::new();
            io::stdin().lock().read_to_end(&mut image)?;
            child::visit(std::path::Path::new("the image"), Some(image));
        }
    }
    Ok(Exit::Ok)
}
