//! The command line: one file a subcommand. What a command finds goes to standard output, what it has to say to
//! standard error; exit codes are those of [`Exit`].

mod annotate;
mod cells;
mod configuration;
mod context;
mod demo;
mod doctor;
mod exit;
mod feedback;
mod inspect;
mod login;
mod memory;
mod models;
mod pages;
mod progress;
mod quota;
mod resume;
mod run_options;
mod runs;
mod sanitize;
mod schema;
mod search;
mod serve;
mod session;
mod table;
mod when;

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
    command: AnyCommand,
}

/// All commands, by whether they need settings; those that do not must work when the settings are broken.
#[derive(Debug, Subcommand)]
enum AnyCommand {
    #[command(flatten)]
    Settled(Command),
    #[command(flatten)]
    Bare(BareCommand),
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Annotate the cells of a file
    Annotate(annotate::Arguments),
    /// Find the nearest reference cells of the cells of a file
    Search(search::Arguments),
    /// Continue a run: send what is missing, and nothing else
    Resume(resume::Arguments),
    /// Write the counts as the model wants them to a file, without sending any
    Sanitize(sanitize::Arguments),
    /// Annotate the bundled cells with a service of their own: no token, no network
    Demo(demo::Arguments),
    /// Run a CAS service of your own on this machine
    Serve(serve::Arguments),
    /// Show what is in a file, and what would be taken of it
    Inspect(inspect::Arguments),
    /// List runs: how far they are, and whether somebody works on them
    Runs(runs::Arguments),
    /// Look up reference cells by their CAS ids
    Cells(cells::Arguments),
    /// Show how many cells may still be sent, and when more may
    Quota(quota::Arguments),
    /// List the models of the server
    Models(models::Arguments),
    /// List the genes of a feature schema, in the model's order
    Schema(schema::Arguments),
    /// Store an API token for the server: asked for on a terminal, else read from standard input
    Login,
    /// Forget the stored token for the server
    Logout,
    /// Print the page where the makers of CAS ask for feedback; it is not opened
    Feedback(feedback::Arguments),
    /// Test each step of the way to the server: proxy, DNS, connection, TLS, service, version, token
    Doctor(doctor::Arguments),
}

#[derive(Debug, Subcommand)]
enum BareCommand {
    /// Show where the configuration file is, what applies, what is wrong
    #[command(subcommand)]
    Config(configuration::Command),
    /// Print a script that completes castui's arguments in a shell
    Completions(pages::CompletionArguments),
    /// Print the manual page
    Man(pages::ManArguments),
}

/// Runs a command and says how it ended.
pub fn run(arguments: Arguments) -> Exit {
    memory::give_back_large_blocks();
    let ended = match arguments.command {
        AnyCommand::Settled(command) => run_settled(command, &arguments.global),
        AnyCommand::Bare(command) => run_bare(&command, &arguments.global),
    };
    ended.unwrap_or_else(|error| {
        context::complain(&error);
        Exit::of_error(&error)
    })
}

fn run_settled(command: Command, arguments: &GlobalArgs) -> anyhow::Result<Exit> {
    let context = Context::new(arguments)?;
    let runtime = context.runtime()?;
    let ended = runtime.block_on(dispatch(command, &context));
    // A blocking thread may sit in a read that never ends; nobody waits for it.
    runtime.shutdown_background();
    ended
}

fn run_bare(command: &BareCommand, arguments: &GlobalArgs) -> anyhow::Result<Exit> {
    match command {
        BareCommand::Config(command) => configuration::run(command, arguments),
        BareCommand::Completions(arguments) => pages::completions(arguments),
        BareCommand::Man(arguments) => pages::man(arguments),
    }
}

async fn dispatch(command: Command, context: &Context) -> anyhow::Result<Exit> {
    match command {
        Command::Annotate(arguments) => annotate::run(arguments, context).await,
        Command::Search(arguments) => search::run(arguments, context).await,
        Command::Resume(arguments) => resume::run(arguments, context).await,
        Command::Sanitize(arguments) => sanitize::run(arguments, context).await,
        Command::Demo(arguments) => demo::run(arguments, context).await,
        Command::Serve(arguments) => serve::run(arguments, context).await,
        Command::Inspect(arguments) => inspect::run(arguments).await,
        Command::Runs(arguments) => runs::run(&arguments, context),
        Command::Cells(arguments) => cells::run(&arguments, context).await,
        Command::Quota(arguments) => quota::run(&arguments, context).await,
        Command::Models(arguments) => models::run(&arguments, context).await,
        Command::Schema(arguments) => schema::run(&arguments, context).await,
        Command::Login => login::login(context).await,
        Command::Logout => login::logout(context),
        Command::Feedback(arguments) => feedback::run(&arguments, context).await,
        Command::Doctor(arguments) => doctor::run(&arguments, context).await,
    }
}
