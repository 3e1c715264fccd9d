//! The command line: one file a subcommand. What a command finds goes to standard output, what it has to say to
//! standard error; exit codes are those of [`Exit`].

mod annotate;
mod context;
mod demo;
mod exit;
mod progress;
mod resume;
mod run_options;
mod search;
mod serve;
mod session;

use clap::{Parser, Subcommand};

pub use exit::Exit;

use crate::config::GlobalArgs;
use context::Context;

/// Annotate single cells with Cellarium CAS from the terminal.
#[derive(Debug, Parser)]
#[command(name = "castui", version, max_term_width = 100, arg_required_else_help = true)]
pub struct Arguments {
    #[command(flatten)]
    global: GlobalArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Annotate the cells of a file
    Annotate(annotate::Arguments),
    /// Find the nearest reference cells of the cells of a file
    Search(search::Arguments),
    /// Continue a run: send what is missing, and nothing else
    Resume(resume::Arguments),
    /// Annotate the bundled cells with a service of their own: no token, no network
    Demo(demo::Arguments),
    /// Run a CAS service of your own on this machine
    Serve(serve::Arguments),
}

/// Runs a command and says how it ended.
pub fn run(arguments: Arguments) -> Exit {
    let ended = Context::new(&arguments.global).and_then(|context| {
        let runtime = context.runtime()?;
        let ended = runtime.block_on(dispatch(arguments.command, &context));
        // A blocking thread may sit in a read that never ends; nobody waits for it.
        runtime.shutdown_background();
        ended
    });
    ended.unwrap_or_else(|error| {
        context::complain(&error);
        Exit::of_error(&error)
    })
}

async fn dispatch(command: Command, context: &Context) -> anyhow::Result<Exit> {
    match command {
        Command::Annotate(arguments) => annotate::run(arguments, context).await,
        Command::Search(arguments) => search::run(arguments, context).await,
        Command::Resume(arguments) => resume::run(arguments, context).await,
        Command::Demo(arguments) => demo::run(arguments, context).await,
        Command::Serve(arguments) => serve::run(arguments, context).await,
    }
}
