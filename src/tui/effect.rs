//! Requests of the interface. The driver performs them and answers with a [`super::msg::Answer`]. A [`Step`] only
//! changes the interface, and the application itself applies it.

use std::{fmt, path::PathBuf};

use uuid::Uuid;

use super::{
    action::Action,
    facts::RunRequest,
    log::Severity,
    overlay::Overlay,
    pane::PaneKind,
    query::{PendingQuery, export::Export},
    selection::{Group, Thresholds},
    view_state::ViewState,
};
use crate::{
    analysis::Gene,
    domain::{ModelName, OperationKind},
};

/// A request of the interface.
#[derive(Debug)]
pub enum Effect {
    /// Changes the interface itself.
    Step(Step),
    /// Controls the terminal.
    Terminal(TerminalEffect),
    /// Copies one line to the user's clipboard. Line ends and tabs in it are replaced.
    Copy(String),
    /// Copies lines with tab-separated columns to the clipboard.
    CopyLines(String),
    /// Fetches the user, the models and the remaining quota.
    FetchAccount,
    /// Lists recent runs.
    FetchRuns,
    /// Reads the queue.
    FetchQueue,
    /// Removes an entry from the queue, and reads it again.
    RemoveQueued(Uuid),
    /// Checks a token with the server and stores it.
    LogIn(Secret),
    /// Starts the demo service and uses it.
    UseDemo,
    /// Starts a service of a reference file and uses it.
    UseReference(PathBuf),
    /// Lists a folder.
    ListFolder(PathBuf),
    /// Inspects a file.
    Inspect(PathBuf),
    /// Compares a file's genes with those of each model.
    MeasureOverlaps(PathBuf, Vec<ModelName>),
    /// Runs all checks of a run and prepares it.
    Preflight(Box<RunRequest>),
    /// Starts the run that the last preflight prepared.
    StartRun,
    /// Opens a run folder.
    OpenRun(PathBuf),
    /// Sends the missing chunks of a run.
    ResumeRun(PathBuf),
    /// Watches the folder of a run from now on, and no other. Another process may work on it.
    WatchRun(PathBuf),
    /// Accepts queries about the run in a folder from now on.
    OpenResults(PathBuf),
    /// Answers a query about the open run.
    Query(PendingQuery),
    /// Cancels the query of an asker, if it reads all cells.
    CancelQuery(&'static str),
    /// Writes an export of the open run.
    Export(Box<Export>),
    /// Computes clusters and a map of the open run.
    Cluster,
    /// Cancels the clustering under way.
    CancelClustering,
    /// Saves the view state of the run in a folder.
    SaveViewState(PathBuf, Box<ViewState>),
    /// Steers the active run.
    Steer(Steering),
}

/// A change of the interface itself.
#[derive(Debug)]
pub enum Step {
    /// Shows a screen.
    Show(Destination),
    /// Goes back to the last screen.
    Leave,
    /// Opens an overlay.
    Open(Box<Overlay>),
    /// Performs an action as if its key had been pressed.
    Act(Action),
    /// Changes the selection in the open run.
    Change(Change),
    /// Shows a message to the user.
    Say(Severity, String),
    /// Starts a clustering of the open run.
    Cluster,
    /// Ends the program, asking first if a run is active.
    Quit,
    /// Ends the program now.
    QuitNow,
    /// Ends the program once the chunks in flight are stored.
    QuitWhenStopped,
}

/// A change of the selection in the open run.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Sets the thresholds.
    Thresholds(Thresholds),
    /// Marks more cells, by row.
    Mark(Vec<usize>),
    /// Selects the cells chosen in a comparison with another run, by row, ascending. The cells table shows exactly
    /// these.
    Differing(Vec<usize>),
    /// Opens the cells table with a filter.
    Filter(String),
    /// Opens a pane from the one with focus.
    Pane(PaneKind),
    /// Opens the ontology pane with a group.
    Group(Group),
    /// Adds a gene to the chosen ones, and selects it.
    AddGene(Gene),
}

/// A screen to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The home screen.
    Home,
    /// The login screen.
    Login,
    /// The file picker, or the screen after it if a file is given.
    NewRun(Option<PathBuf>),
    /// A new run of a file, with a kind of operation chosen.
    NewRunOf(PathBuf, OperationKind),
    /// The file picker for a run folder or a reference.
    Find(Wanted),
    /// The open run.
    Run,
}

/// The target of the file picker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A file to annotate.
    Input,
    /// A run folder.
    Run,
    /// A reference for a local service.
    Reference,
}

/// A request to the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminalEffect {
    /// Restores the terminal and stops until continued.
    Suspend,
    /// Redraws the whole screen.
    Redraw,
    /// Catches the mouse.
    CatchMouse,
    /// Releases the mouse.
    ReleaseMouse,
    /// Rings the bell and announces the end of the run in the window's title.
    AnnounceEnd,
    /// Ends the program.
    Quit,
}

/// A command to the active run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steering {
    /// Starts no further chunk.
    Pause,
    /// Continues after a pause.
    Continue,
    /// Starts no further chunk, waits for those in flight, and ends.
    Stop,
    /// Ends at once.
    StopNow,
    /// Ends all waits for a retry.
    RetryNow,
}

/// A text that is never shown, such as a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Creates a secret from a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Effect {
    /// Returns the effect that shows a screen.
    pub fn show(destination: Destination) -> Self {
        Self::Step(Step::Show(destination))
    }

    /// Returns the effect that shows a message to the user.
    pub fn say(severity: Severity, text: impl Into<String>) -> Self {
        Self::Step(Step::Say(severity, text.into()))
    }

    /// Returns the effect that answers a key without effect: it says what to do instead. It is not logged as a problem.
    pub fn hint(text: impl Into<String>) -> Self {
        Self::say(Severity::Hint, text)
    }

    /// Returns the effect that opens an overlay.
    pub fn open(overlay: Overlay) -> Self {
        Self::Step(Step::Open(Box::new(overlay)))
    }
}
