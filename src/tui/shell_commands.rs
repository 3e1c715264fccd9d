//! Commands to paste into a shell: those that are equivalent to what the interface does, and functions of the command line
//! that the interface lacks. In: the current content. Out: commands, which the command line words. They contain no token.

use std::{fmt, path::Path};

use crate::{
    domain::{CommandLine, OperationKind},
    engine::{DriveOptions, RunOptions},
    matrix::TableReference,
    results::{CallOptions, consensus::ConsensusOptions},
    store::{RememberedTable, Run, TableState},
};

/// A command for a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShellCommand {
    /// The description.
    pub description: &'static str,
    /// The line to paste, with words in capital letters for the user to replace.
    pub line: String,
}

/// The subject of commands.
#[derive(Clone, Debug)]
pub enum Subject<'a> {
    /// The server only.
    Service,
    /// A file that is about to be annotated.
    File(&'a Path),
    /// An open run.
    Run(RunSubject<'a>),
}

/// A run as the subject of commands.
#[derive(Clone, Debug)]
pub struct RunSubject<'a> {
    /// The folder.
    pub folder: &'a Path,
    /// The kind of operation.
    pub kind: OperationKind,
    /// The cluster column.
    pub clusters: Option<&'a str>,
    /// The options of the calls.
    pub calls: CallOptions,
}

/// A consensus of a run's calls and of labels as the subject of a command.
#[derive(Clone, Debug)]
pub struct ConsensusSubject<'a> {
    /// The folder of the run.
    pub folder: &'a Path,
    /// The names of the tools.
    pub tools: &'a [&'a str],
    /// The options of the run's calls, if they are one of the tools.
    pub calls: Option<&'a CallOptions>,
    /// The options of the consensus.
    pub options: ConsensusOptions,
    /// The tables joined to the cells, unless the run remembers the same ones.
    pub tables: Option<&'a [TableReference]>,
}

/// The commands about the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueCommands {
    /// The command that annotates the files of the queue.
    pub run: String,
    /// The command that adds files, with a word in capital letters for the user to replace.
    pub add: String,
}

/// The author of command lines, which knows the options of the command line.
pub trait CommandLines: fmt::Debug + Send + Sync {
    /// Returns the command that starts a run with these options on a server. Options for driving the run are included
    /// only if they differ from the configured ones.
    fn of_options(&self, options: &RunOptions, server: &str, configured: &DriveOptions) -> CommandLine;

    /// Returns the command that repeats a stored run in the default folder.
    fn of_run(&self, run: &Run) -> CommandLine;

    /// Returns the command that starts a run of some kind about a file.
    fn of_kind(&self, kind: OperationKind, file: &Path) -> String;

    /// Returns the commands that start runs about a file, one for each kind.
    fn of_all_kinds(&self, file: &Path) -> Vec<(OperationKind, String)> {
        OperationKind::ALL.map(|kind| (kind, self.of_kind(kind, file))).into()
    }

    /// Describes a table that a run remembers, with the options that change it.
    fn about_table(&self, run: &Run, table: &RememberedTable, state: &TableState) -> String;

    /// Returns the commands about a subject, then those about the server, unless it is the public one, and about castui
    /// itself.
    fn about(&self, subject: Subject<'_>, server: Option<&str>) -> Vec<ShellCommand>;

    /// Returns the command that computes the same consensus; `None` if no command can name the tools.
    fn of_consensus(&self, consensus: &ConsensusSubject<'_>) -> Option<CommandLine>;

    /// Returns the commands about the queue.
    fn of_queue(&self) -> QueueCommands;
}
