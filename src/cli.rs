//! The command line, with one file per subcommand. Results go to standard output, messages to standard error. Exit
//! codes are those of [`Exit`].

mod annotate;
mod annotate_words;
mod annotated_copy;
mod begin;
mod benchmark;
mod call_options;
mod call_rule;
mod calls;
mod cells;
mod cluster;
mod command_line;
mod configuration;
mod consensus;
mod context;
mod demo;
mod demo_file;
mod diff;
mod doctor;
mod existing_run;
mod exit;
mod export;
mod feedback;
mod heading;
mod hint;
mod infer;
mod inference;
mod inspect;
mod interface;
mod label_options;
mod labels;
mod local_service;
mod logging;
mod login;
mod markers;
mod models;
mod obs_options;
mod pages;
mod panel_options;
mod parse;
mod plan;
mod preflight_report;
mod probe_hdf5;
mod process;
mod progress;
mod queue;
mod quota;
pub mod remedy;
mod report;
mod resume;
mod run_options;
mod run_server;
mod runs;
#[cfg(test)]
mod same_command;
mod sanitize;
mod sbatch;
mod schema;
mod search;
mod serve;
mod session;
mod shell_commands;
mod stored_run;
mod table;
mod thread_limit;
mod tree;
mod version;
mod watch;
mod when;

use std::path::Path;

use clap::{Parser, Subcommand};

pub(crate) use exit::Exit;
pub use parse::parse;

use crate::{config::GlobalArgs, domain::shell, tui::shell_commands::CommandLines};
use context::Context;
use interface::Opening;

/// Returns the author of the commands that the interface shows.
pub fn command_lines() -> &'static dyn CommandLines {
    &shell_commands::Commands
}

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
    /// With --version: print also the commit and the versions of HDF5 and of the CAS protocol
    #[arg(long, requires = "version")]
    verbose: bool,
    #[command(flatten)]
    interface: interface::InterfaceArguments,
    #[command(subcommand)]
    command: Option<AnyCommand>,
}

/// All commands, divided by their need for settings. Those without that need must work even if the settings are
/// invalid.
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
    /// Find the nearest reference cells of each cell of a file
    Search(search::Arguments),
    /// Continue a run: send what is missing, and nothing else
    Resume(resume::Arguments),
    /// Annotate many files, one after the other, within the quota
    #[command(subcommand)]
    Queue(queue::Command),
    /// Write a Slurm job script that annotates files
    Sbatch(sbatch::Arguments),
    /// Write the counts that would be sent to a file, without sending any
    Sanitize(sanitize::Arguments),
    /// Annotate bundled cells with a local service: no token, no network
    Demo(demo::Arguments),
    /// Run a CAS service on this machine
    Serve(serve::Arguments),
    /// Show what is in a file and which parts would be used
    Inspect(inspect::Arguments),
    /// List runs: how far they are and whether they are in use
    Runs(runs::Arguments),
    /// Follow runs of any process, on this node or another, until they end
    Watch(watch::Arguments),
    /// Plan a sample of a file before any cell is sent: groups, sizes, cost
    Plan(plan::Arguments),
    /// Infer the cell types of the cells that a sample left out
    Infer(infer::Arguments),
    /// Export the answers of a run: tables, the official client's files, an annotated .h5ad
    Export(export::Arguments),
    /// Compute clusters and a map (UMAP) of the cells of a run or a file, without a server
    Cluster(cluster::Arguments),
    /// Show the scores of a run, or of some of its cells, as a tree of the ontology
    Tree(tree::Arguments),
    /// Print one label per cell from a summary-statistics run, as CSV
    Calls(calls::Arguments),
    /// Find the genes that distinguish calls, clusters or other groups of cells
    Markers(markers::Arguments),
    /// Compare the calls of runs with known cell types
    Benchmark(benchmark::Arguments),
    /// Find the most specific cell type on which several tools agree
    Consensus(consensus::Arguments),
    /// Show the Cell Ontology terms that labels of other tools are mapped to
    Labels(labels::Arguments),
    /// Show which cells two runs call differently
    Diff(diff::Arguments),
    /// Print a report of a run in Markdown, for a notebook or a Methods section
    Report(report::Arguments),
    /// Look up reference cells by their CAS ids
    Cells(cells::Arguments),
    /// Show how many cells may still be sent, and when the limit is reset
    Quota(quota::Arguments),
    /// List the models of the server
    Models(models::Arguments),
    /// List the genes of a feature schema, in the model's order
    Schema(schema::Arguments),
    /// Store an API token for the server: typed on a terminal, otherwise read from standard input
    Login,
    /// Forget the stored token for the server
    Logout,
    /// Print the address of the feedback page of CAS; it is not opened
    Feedback(feedback::Arguments),
    /// Test the connection to the server: proxy, DNS, connection, TLS, service, version, token
    Doctor(doctor::Arguments),
}

#[derive(Debug, Subcommand)]
enum BareCommand {
    /// Show the configuration: where it is, what applies, what is wrong
    #[command(subcommand)]
    Config(configuration::Command),
    /// Print a shell completion script
    Completions(pages::CompletionArguments),
    /// Print the manual page
    Man(pages::ManArguments),
    /// Open a file that may crash libhdf5, in a separate process
    #[command(name = "__probe-hdf5", hide = true)]
    ProbeHdf5,
}

/// Runs a command and returns the exit code.
pub fn run(arguments: Arguments) -> Exit {
    process::keep_memory_private();
    process::give_back_large_blocks();
    process::outlive_the_file_size_limit();
    if let (Some(misplaced), Some(_)) = (arguments.interface.first(), &arguments.command) {
        context::say_error(&format!("put {misplaced} after the command, not before it"));
        return Exit::Usage;
    }
    let ended = match arguments.command {
        Some(AnyCommand::Settled(command)) => run_settled(Todo::Command(command), &arguments.global),
        Some(AnyCommand::Bare(command)) => run_bare(&command, &arguments.global),
        None if interface::has_terminal() => run_settled(Todo::Interface(arguments.interface), &arguments.global),
        None => without_terminal(arguments.interface.path.as_deref()),
    };
    ended.unwrap_or_else(|error| {
        context::complain(&error);
        Exit::of_error(&error)
    })
}

/// The commands that need settings.
enum Todo {
    Command(Box<Command>),
    Interface(interface::InterfaceArguments),
}

impl Todo {
    /// Returns whether the terminal interface is started.
    fn has_interface(&self) -> bool {
        match self {
            Self::Interface(_) => true,
            Self::Command(command) => {
                matches!(&**command, Command::Demo(arguments) if arguments.has_interface())
            }
        }
    }
}

/// Reports that the interface needs a terminal, and suggests a command instead.
fn without_terminal(path: Option<&Path>) -> anyhow::Result<Exit> {
    let sentence = match path {
        None => {
            "the interface needs a terminal; `castui --help` lists the commands that do not".to_owned() + in_a_job()
        }
        Some(path) if !path.exists() => parse::no_such(path.as_os_str()),
        Some(path) if path.is_dir() => {
            let place = shell::path(path);
            format!("the interface needs a terminal; `castui report {place}` prints a run without one{}", in_a_job())
        }
        Some(path) => {
            let place = shell::path(path);
            format!("the interface needs a terminal; `castui annotate {place}` runs without one{}", in_a_job())
        }
    };
    context::say_error(&sentence);
    Ok(Exit::Usage)
}

/// Returns the advice to ask Slurm for a terminal, within a job.
fn in_a_job() -> &'static str {
    if std::env::var_os("SLURM_JOB_ID").is_some() { "; `srun --pty castui` gives it a terminal" } else { "" }
}

fn run_settled(todo: Todo, arguments: &GlobalArgs) -> anyhow::Result<Exit> {
    let context = Context::new(arguments)?;
    let filter = context.variable(logging::LOG_VARIABLE);
    logging::start(arguments.verbosity, filter.as_deref(), todo.has_interface());
    probe_hdf5::install();
    let runtime = context.runtime()?;
    let ended = match todo {
        Todo::Command(command) => runtime.block_on(dispatch(*command, &context)),
        Todo::Interface(arguments) => runtime.block_on(interface::run(Opening::Path(arguments), &context)),
    };
    // A blocking thread may be waiting in a read that never ends, so it is not joined.
    runtime.shutdown_background();
    ended
}

fn run_bare(command: &BareCommand, arguments: &GlobalArgs) -> anyhow::Result<Exit> {
    match command {
        BareCommand::Config(command) => configuration::run(command, arguments),
        BareCommand::Completions(arguments) => pages::completions(arguments),
        BareCommand::Man(arguments) => pages::man(arguments),
        BareCommand::ProbeHdf5 => probe_hdf5::run(),
    }
}

async fn dispatch(command: Command, context: &Context) -> anyhow::Result<Exit> {
    match command {
        Command::Annotate(arguments) => annotate::run(arguments, context).await,
        Command::Search(arguments) => search::run(arguments, context).await,
        Command::Resume(arguments) => resume::run(arguments, context).await,
        Command::Queue(command) => queue::run(command, context).await,
        Command::Sbatch(arguments) => sbatch::run(arguments, context).await,
        Command::Sanitize(arguments) => sanitize::run(arguments, context).await,
        Command::Demo(arguments) => demo::run(arguments, context).await,
        Command::Serve(arguments) => serve::run(arguments, context).await,
        Command::Inspect(arguments) => inspect::run(arguments).await,
        Command::Runs(arguments) => runs::run(&arguments, context),
        Command::Watch(arguments) => watch::run(&arguments, context).await,
        Command::Plan(arguments) => plan::run(&arguments, context).await,
        Command::Infer(arguments) => infer::run(&arguments, context),
        Command::Export(arguments) => export::run(&arguments, context),
        Command::Cluster(arguments) => cluster::run(arguments).await,
        Command::Tree(arguments) => tree::run(&arguments),
        Command::Calls(arguments) => calls::run(&arguments),
        Command::Markers(arguments) => markers::run(&arguments),
        Command::Benchmark(arguments) => benchmark::run(&arguments),
        Command::Consensus(arguments) => consensus::run(&arguments),
        Command::Labels(arguments) => labels::run(&arguments),
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
