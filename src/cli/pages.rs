//! `castui completions` and `castui man`, generated from the definition of the command line.

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use clap::{CommandFactory, ValueEnum};
use clap_complete::aot;

use super::{
    Exit,
    context::{print, say},
};

/// The supported shells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Shell {
    /// eval "$(castui completions bash)" in ~/.bashrc
    Bash,
    /// castui completions zsh > a folder of $fpath, as _castui
    Zsh,
    /// castui completions fish > ~/.config/fish/completions/castui.fish
    Fish,
}

/// Arguments of `completions`.
#[derive(Debug, clap::Args)]
pub(super) struct CompletionArguments {
    /// Shell to complete in
    #[arg(value_enum)]
    shell: Shell,
}

/// Arguments of `man`.
#[derive(Debug, clap::Args)]
pub(super) struct ManArguments {
    /// Write a page for each command into this folder instead of printing the first
    #[arg(short = 'o', long = "output-dir", value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(super) fn completions(arguments: &CompletionArguments) -> anyhow::Result<Exit> {
    let shell = match arguments.shell {
        Shell::Bash => aot::Shell::Bash,
        Shell::Zsh => aot::Shell::Zsh,
        Shell::Fish => aot::Shell::Fish,
    };
    let mut script = Vec::new();
    aot::generate(shell, &mut super::Arguments::command(), "castui", &mut script);
    print(format_args!("{}", String::from_utf8(script)?.trim_end()))?;
    Ok(Exit::Ok)
}

pub(super) fn man(arguments: &ManArguments) -> anyhow::Result<Exit> {
    let command = super::Arguments::command().disable_help_subcommand(true);
    if let Some(folder) = &arguments.folder {
        let failed = || format!("cannot write manual pages to {}", folder.display());
        fs::create_dir_all(folder).with_context(failed)?;
        clap_mangen::generate_to(command, folder).with_context(failed)?;
        say(format_args!("read them with: man -l {}", folder.join("castui.1").display()));
        return Ok(Exit::Ok);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page)?;
    print(format_args!("{}", String::from_utf8(page)?.trim_end()))?;
    Ok(Exit::Ok)
}
