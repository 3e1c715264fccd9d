//! The hidden subcommand `__probe-hdf5`, which castui runs to check files: see [`crate::matrix::probe`].

use std::{
    fs::File,
    io::{self, Read},
    os::fd::AsFd,
};

use super::Exit;
use crate::matrix::probe::{
    self, ProbeCommand,
    child::{Subject, visit},
};

/// Makes castui probe every file before opening it.
pub(super) fn install() {
    probe::install(ProbeCommand::this_program(&["__probe-hdf5"]));
}

/// Checks the file on standard input: a regular file through its descriptor, anything else after reading all of it.
pub(super) fn run() -> anyhow::Result<Exit> {
    let mut file = File::from(io::stdin().as_fd().try_clone_to_owned()?);
    let subject = if file.metadata()?.is_file() {
        Subject::File(file)
    } else {
        let mut image = Vec::new();
        file.read_to_end(&mut image)?;
        Subject::Image(image)
    };
    visit(subject);
    Ok(Exit::Ok)
}
