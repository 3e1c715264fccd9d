//! What the interface wants done. The driver does it and answers as a [`super::msg::Answer`]; a [`Step`] only changes
//! the interface and is taken by the application itself.

use std::{fmt, path::PathBuf};

use super::{
    action::Action,
    facts::RunRequest,
    kept::Kept,
    log::Severity,
    overlay::Overlay,
    selection::Thresholds,
    study::{Ask, export::Export},
};
use crate::domain::ModelName;

/// Something to do.
#[derive(Debug)]
pub enum Effect {
    /// A change of the interface itself.
    Step(Step),
    /// Something about the terminal.
    Terminal(TerminalEffect),
    /// Put one line into the clipboard of whoever sits at the terminal. Line ends and tabs in it are replaced.
    Copy(String),
    /// Put lines, whose columns are separated by tabs, into the clipboard.
    CopyLines(String),
    /// Ask who we are, what the models are, what is left of the quota.
    FetchAccount,
    /// Look for runs.
    FetchRuns,
    /// Check a token with the server and store it.
    LogIn(Secret),
    /// Start the demo service and use it.
    UseDemo,
    /// Start a service of a reference file and use it.
    UseReference(PathBuf),
    /// List a folder.
    ListFolder(PathBuf),
    /// Look into a file.
    Inspect(PathBuf),
    /// Compare a file's genes with those of each model.
    MeasureOverlaps(PathBuf, Vec<ModelName>),
    /// Check everything before a start, and have the start ready.
    Preflight(Box<RunRequest>),
    /// Start what the last preflight made ready.
    StartRun,
    /// Open a run folder.
    OpenRun(PathBuf),
    /// Send what is missing of a run.
    ResumeRun(PathBuf),
    /// Watch the folder of a run from now on, and no other: another process may work on it.
    WatchRun(PathBuf),
    /// Take questions about the run in a folder from now on.
    OpenResults(PathBuf),
    /// Answer a question about the open run.
    Ask(Ask),
    /// Write an export of the open run.
    Export(Box<Export>),
    /// Keep how the run in a folder is looked at.
    KeepView(PathBuf, Box<Kept>),
    /// Steer the run under way.
    Steer(Steering),
}

/// A change of the interface itself.
#[derive(Debug)]
pub enum Step {
    /// Show a screen.
    Show(Destination),
    /// Go back to where we came from.
    Leave,
    /// Lay something over the screen.
    Open(Box<Overlay>),
    /// Do as if this had been asked for.
    Act(Action),
    /// Change what is looked at in the open run.
    Change(Change),
    /// Tell the user.
    Say(Severity, String),
    /// End, asking first if a run is under way.
    Quit,
    /// End now.
    QuitNow,
    /// End as soon as the chunks under way are stored.
    QuitWhenStopped,
}

/// A change of what is looked at in the open run.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Other thresholds.
    Thresholds(Thresholds),
    /// More cells marked, by row.
    Mark(Vec<usize>),
    /// Cells chosen in a comparison with another run, by row, ascending: the table of cells shows exactly these.
    Differing(Vec<usize>),
}

/// A screen to go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Home.
    Home,
    /// The place to paste a token.
    Login,
    /// The file picker, or with a file what comes after it.
    NewRun(Option<PathBuf>),
    /// The file picker for a run folder or a reference.
    Find(Wanted),
    /// The open run.
    Run,
}

/// What is looked for in the file picker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A file to annotate.
    Input,
    /// A run folder.
    Run,
    /// A reference for a service of one's own.
    Reference,
}

/// Something about the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminalEffect {
    /// Give the terminal back and stop until continued.
    Suspend,
    /// Draw everything again.
    Redraw,
    /// Catch the mouse.
    CatchMouse,
    /// Let go of the mouse.
    ReleaseMouse,
    /// Ring the bell, and say in the window's title that the run has ended.
    AnnounceEnd,
    /// End.
    Quit,
}

/// How a run is steered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steering {
    /// Begin no further chunk.
    Pause,
    /// Go on.
    Continue,
    /// Begin no further chunk, wait for those under way, end.
    Stop,
    /// End at once.
    StopNow,
    /// Cut waits for another attempt short.
    RetryNow,
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
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
    /// Shows a screen.
    pub fn show(destination: Destination) -> Self {
        Self::Step(Step::Show(destination))
    }

    /// Tells the user.
    pub fn say(severity: Severity, text: impl Into<String>) -> Self {
        Self::Step(Step::Say(severity, text.into()))
    }

    /// Lays something over the screen.
    pub fn open(overlay: Overlay) -> Self {
        Self::Step(Step::Open(Box::new(overlay)))
    }
}
