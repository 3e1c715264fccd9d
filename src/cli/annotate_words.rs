//! Commands of `annotate` that are run later, by a batch job or from the queue. They are parsed when they are written
//! down, so that mistakes are found then.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::Parser;

use super::{AnyCommand, Arguments, Command, annotate};

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
