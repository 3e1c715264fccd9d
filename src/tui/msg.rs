//! Inputs of the interface: keys, time, and answers to effects.

use std::path::{Path, PathBuf};

use crossterm::event::{Event as TerminalEvent, KeyEventKind, MouseButton, MouseEventKind};
use ratatui::layout::{Position, Size};

use super::{
    action::Action,
    facts::{
        Account, Clock, Clustered, Failure, FilePreview, FolderEntry, LogLine, Overlap, PreflightReport, QueueRow,
        RecentRun, RunEnd, RunFacts, Sighting,
    },
    keymap::Key,
    log::Severity,
    query::{QueryId, QueryResult, export::Written},
};
use crate::{
    analysis::Progress,
    domain::{Model, ModelName, Quota},
    engine::Event,
};

/// An input of the interface.
#[derive(Debug)]
pub enum Msg {
    /// The current time; precedes every batch of other messages.
    Tick(Clock),
    /// A key.
    Key(Key),
    /// A paste.
    Paste(String),
    /// A gesture with the mouse.
    Mouse(Pointer),
    /// A change of the terminal's size.
    Resize,
    /// An answer to an effect, or news of a run.
    Answer(Answer),
    /// A request of the terminal or the system to end.
    Terminate,
}

/// A gesture with the mouse, at a position in the last frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// The gesture.
    pub gesture: Gesture,
    /// The position.
    pub at: Position,
    /// The size of the frame.
    pub screen: Size,
}

/// A gesture with the mouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gesture {
    /// A press of the left button.
    Click,
    /// A step of the wheel away from the user.
    WheelUp,
    /// A step of the wheel toward the user.
    WheelDown,
}

impl Gesture {
    /// Returns the movement for a step of the wheel.
    pub fn scrolls(self) -> Option<Action> {
        match self {
            Self::Click => None,
            Self::WheelUp => Some(Action::Up),
            Self::WheelDown => Some(Action::Down),
        }
    }
}

/// An answer to an effect, or news of a run.
#[derive(Debug)]
pub enum Answer {
    /// The server and the user's account.
    Account(Result<Account, Failure>),
    /// The remaining quota.
    Quota(Result<Quota, Failure>),
    /// The models.
    Models(Result<Vec<Model>, Failure>),
    /// The recent runs.
    Runs(Result<Vec<RecentRun>, Failure>),
    /// The files of the queue, in their order.
    Queue(Result<Vec<QueueRow>, Failure>),
    /// The result of a login.
    LoggedIn(Result<(), Failure>),
    /// A service on this machine runs, perhaps with an example file.
    LocalReady(Result<Option<PathBuf>, Failure>),
    /// The entries of a folder.
    Folder(PathBuf, Result<Vec<FolderEntry>, Failure>),
    /// The properties of a file.
    Preview(PathBuf, Result<Box<FilePreview>, Failure>),
    /// The overlaps of a file's genes with the models.
    Overlaps(PathBuf, Vec<(ModelName, Overlap)>),
    /// The results of a preflight.
    Preflight(Result<Box<PreflightReport>, Failure>),
    /// A run was opened.
    RunOpened(Result<Box<RunFacts>, Failure>),
    /// The folder of a run has changed.
    Sighted(PathBuf, Sighting),
    /// The answer to a query about the open run.
    Query(QueryResult),
    /// A query that reads all cells is in progress: the amount of work done, and the total.
    QueryUnderWay(QueryId, [usize; 2]),
    /// An export is still being written, after the given time.
    ExportUnderWay(std::time::Duration),
    /// An export was written, or failed.
    Exported(Result<Written, Failure>),
    /// The progress of a clustering of the run in a folder.
    ClusteringUnderWay(PathBuf, Progress),
    /// A clustering of the run in a folder has ended.
    ClusteringEnded(PathBuf, Result<Clustered, Failure>),
    /// New lines in the journal of the run in a folder, written by another process.
    Journal(PathBuf, Vec<LogLine>),
    /// Events of the active run in the given folder.
    RunEvents(PathBuf, Vec<Event>),
    /// The number of bytes handed to the network so far for the run in a folder.
    RunBytes(PathBuf, u64),
    /// Work of this program on a run has ended.
    RunEnded(RunEnd),
    /// A message to the user.
    Said(Severity, String),
}

impl Answer {
    /// Returns the folder of the run that this is news of, or `None` if it is not news of a run.
    pub fn run(&self) -> Option<&Path> {
        match self {
            Self::Sighted(folder, _)
            | Self::Journal(folder, _)
            | Self::RunEvents(folder, _)
            | Self::RunBytes(folder, _)
            | Self::ClusteringUnderWay(folder, _)
            | Self::ClusteringEnded(folder, _)
            | Self::RunEnded(RunEnd { folder, .. }) => Some(folder),
            Self::Account(_)
            | Self::Quota(_)
            | Self::Models(_)
            | Self::Runs(_)
            | Self::Queue(_)
            | Self::LoggedIn(_)
            | Self::LocalReady(_)
            | Self::Folder(..)
            | Self::Preview(..)
            | Self::Overlaps(..)
            | Self::Preflight(_)
            | Self::RunOpened(_)
            | Self::Query(_)
            | Self::QueryUnderWay(..)
            | Self::ExportUnderWay(_)
            | Self::Exported(_)
            | Self::Said(..) => None,
        }
    }
}

impl Msg {
    /// Returns the message of a terminal event, if any. `screen` is the size of the last frame.
    pub fn from_terminal(event: TerminalEvent, screen: Size) -> Option<Self> {
        match event {
            TerminalEvent::Key(key) if key.kind != KeyEventKind::Release => Some(Self::Key(key.into())),
            TerminalEvent::Paste(text) => Some(Self::Paste(text)),
            TerminalEvent::Resize(..) => Some(Self::Resize),
            TerminalEvent::Mouse(mouse) => {
                let gesture = match mouse.kind {
                    MouseEventKind::Down(MouseButton::Left) => Gesture::Click,
                    MouseEventKind::ScrollUp => Gesture::WheelUp,
                    MouseEventKind::ScrollDown => Gesture::WheelDown,
                    _ => return None,
                };
                Some(Self::Mouse(Pointer { gesture, at: Position::new(mouse.column, mouse.row), screen }))
            }
            TerminalEvent::Key(_) | TerminalEvent::FocusGained | TerminalEvent::FocusLost => None,
        }
    }

    /// Returns whether the message needs a frame at once. Input of the user does; news of a run can wait.
    pub fn is_urgent(&self) -> bool {
        match self {
            Self::Key(_) | Self::Paste(_) | Self::Mouse(_) | Self::Resize | Self::Terminate => true,
            Self::Tick(_) => false,
            Self::Answer(answer) => !matches!(
                answer,
                Answer::RunEvents(..)
                    | Answer::RunBytes(..)
                    | Answer::ClusteringUnderWay(..)
                    | Answer::QueryUnderWay(..)
            ),
        }
    }
}
