//! Commands of `annotate` that are run later, by a batch job or from the queue. They are parsed when they are written
//! down, so that mistakes are found then.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use clap::Parser;

use super::{AnyCommand, Arguments, Command, annotate};
use crate::engine;

/// Parses the words of a command of `annotate`.
///
/// # Errors
/// Fails with the mistake, or if it is another command.
pub(super) fn parse(words: impl IntoIterator<Item = OsString>) -> anyhow::Result<annotate::Arguments> {
    let parsed = Arguments::try_parse_from(words);
    let parsed = parsed.map_err(|error| anyhow::anyhow!("the options after -- are wrong: {}", reason(&error)))?;
    match parsed.command {
        Some(AnyCommand::Settled(command)) => match *command {
            Command::Annotate(arguments) => Ok(arguments),
            _ => anyhow::bail!("only options of `castui annotate` may follow --"),
        },
        Some(AnyCommand::Bare(_)) | None => anyhow::bail!("only options of `castui annotate` may follow --"),
    }
}

/// Returns the run folder of a file that is annotated with some options: the default one, or one of its name in the
/// folder `runs_in`.
///
/// # Errors
/// Fails if the options are wrong.
pub(super) fn run_folder(
    file: &Path,
    runs_in: Option<&Path>,
    options: &[impl AsRef<OsStr>],
) -> anyhow::Result<PathBuf> {
    let words = ["castui", "annotate"].map(OsString::from).into_iter().chain([file.as_os_str().to_owned()]);
    let arguments = parse(words.chain(options.iter().map(|option| option.as_ref().to_owned())))?;
    let beside = engine::default_folder(file, arguments.operation().kind());
    match (runs_in, beside.file_name()) {
        (Some(folder), Some(name)) => Ok(std::path::absolute(folder)?.join(name)),
        (Some(_), None) | (None, _) => Ok(beside),
    }
}

/// Returns the first sentence of an error of the parser.
fn reason(error: &clap::Error) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// Returns the absolute path of an existing file, without resolving links, which other nodes may see differently.
///
/// # Errors
/// Fails if there is no such file.
pub(super) fn absolute(file: &Path) -> anyhow::Result<PathBuf> {
    anyhow::ensure!(file.exists(), "no such file: {}", file.display());
    Ok(std::path::absolute(file)?)
}
