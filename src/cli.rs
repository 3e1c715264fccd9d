//! The command line: one file a subcommand. What a command finds goes to standard output, what it has to say to
//! standard error; exit codes are those of [`Exit`].

mod annotate;
mod batch_job;
mod benchmark;
mod call_options;
mod calls;
mod cells;
mod configuration;
mod context;
mod demo;
mod diff;
mod doctor;
mod existing_run;
mod exit;
mod export;
mod feedback;
mod heading;
mod inference;
mod inspect;
mod interface;
mod local_service;
mod login;
mod models;
mod pages;
mod process;
mod progress;
mod quota;
mod report;
mod resume;
mod run_options;
mod run_server;
mod runs;
#[cfg(test)]
mod same_command;
mod sanitize;
mod schema;
mod scout;
mod search;
mod serve;
mod session;
mod stored_run;
mod table;
mod thread_limit;
mod tree;
mod when;

use std::path::PathBuf;

use clap::{CommandFactory, Parser, Subcommand};

pub use exit::Exit;

use crate::config::GlobalArgs;
use context::Context;
use interface::Opening;

/// Annotate single cells with Cellarium CAS from the terminal.
#[derive(Debug, Parser)]
#[command(
    name = "castui",
    version,
    max_term_width = 100,
    after_help = "`castui --help` lists the exit codes.",
    after_long_help = exit::MEANINGS
)]
pub struct Arguments {
    #[command(flatten)]
    global: GlobalArgs,
    /// File to annotate, or run folder to look at, in the terminal interface [default: its home screen]
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<AnyCommand>,
}

/// All commands, by whether they need settings; those that do not must work when the settings are broken.
#[derive(Debug, Subcommand)]
enum AnyCommand {
    #[command(flatten)]
    Settled(Box<Command>),
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
    /// Write the answers of a run to files: tables, the official client's files, an annotated .h5ad
    Export(export::Arguments),
    /// Show the scores of a run, or of some of its cells, as a tree of the ontology
    Tree(tree::Arguments),
    /// Print one cell type a cell of a run of summary statistics, as CSV
    Calls(calls::Arguments),
    /// Measure runs against known cell types
    Benchmark(benchmark::Arguments),
    /// Show which cells two runs call otherwise
    Diff(diff::Arguments),
    /// Print a run as a page of Markdown, for a notebook or a Methods section
    Report(report::Arguments),
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
    /// Go ahead into a file that libhdf5 may not survive
    #[command(hide = true)]
    Scout(scout::Arguments),
}

/// Runs a command and says how it ended.
pub fn run(arguments: Arguments) -> Exit {
    process::give_back_large_blocks();
    process::outlive_the_file_size_limit();
    if let (Some(path), Some(_)) = (&arguments.path, &arguments.command) {
        context::say(format_args!("castui: {} stands before the command; put it behind", path.display()));
        return Exit::Usage;
    }
    let ended = match arguments.command {
        Some(AnyCommand::Settled(command)) => run_settled(Todo::Command(command), &arguments.global),
        Some(AnyCommand::Bare(command)) => run_bare(&command, &arguments.global),
        None if interface::has_terminal() => run_settled(Todo::Interface(arguments.path), &arguments.global),
        None => without_terminal(),
    };
    ended.unwrap_or_else(|error| {
        context::complain(&error);
        Exit::of_error(&error)
    })
}

/// What needs settings.
enum Todo {
    Command(Box<Command>),
    Interface(Option<PathBuf>),
}

/// Without a terminal the interface cannot be shown; what there is besides is said.
fn without_terminal() -> anyhow::Result<Exit> {
    context::say(format_args!("{}", Arguments::command().render_help()));
    Ok(Exit::Usage)
}

fn run_settled(todo: Todo, arguments: &GlobalArgs) -> anyhow::Result<Exit> {
    let context = Context::new(arguments)?;
    scout::install();
    let runtime = context.runtime()?;
    let ended = match todo {
        Todo::Command(command) => runtime.block_on(dispatch(*command, &context)),
        Todo::Interface(path) => runtime.block_on(interface::run(Opening::Path(path), &context)),
    };
    // A blocking thread may sit in a read that never ends; nobody waits for it.
    runtime.shutdown_background();
    ended
}

fn run_bare(command: &BareCommand, arguments: &GlobalArgs) -> anyhow::Result<Exit> {
    match command {
        BareCommand::Config(command) => configuration::run(command, arguments),
        BareCommand::Completions(arguments) => pages::completions(arguments),
        BareCommand::Man(arguments) => pages::man(arguments),
        BareCommand::Scout(arguments) => scout::run(arguments),
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
        Command::Export(arguments) => export::run(&arguments),
        Command::Tree(arguments) => tree::run(&arguments),
        Command::Calls(arguments) => calls::run(&arguments),
        Command::Benchmark(arguments) => benchmark::run(&arguments),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Report(arguments) => report::run(&arguments),
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
