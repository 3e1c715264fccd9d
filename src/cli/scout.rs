//! `castui scout`, which nobody calls but castui: see [`crate::matrix::guard`].

use std::{
    io::{self, Read},
    path::PathBuf,
};

use super::Exit;
use crate::matrix::{
    guard::{self, Scout},
    scout,
};

/// Arguments of `scout`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// File to visit [default: what comes in on standard input]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Has this program go ahead into every file that it opens.
pub(super) fn install() {
    // Where a process cannot know what it runs there is no scout.
    if let Ok(program) = std::env::current_exe() {
        guard::install(Scout { program, arguments: &["scout"] });
    }
}

pub(super) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    match &arguments.file {
        Some(file) => scout::visit(file, None),
        None => {
            let mut image = Vec::new();
            io::stdin().lock().read_to_end(&mut image)?;
            scout::visit(std::path::Path::new("the image"), Some(image));
        }
    }
    Ok(Exit::Ok)
}
