//! What comes in: keys, the passing of time, answers to effects.

use std::path::{Path, PathBuf};

use crossterm::event::{Event as TerminalEvent, KeyEventKind, MouseButton, MouseEventKind};
use ratatui::layout::{Position, Size};

use super::{
    action::Action,
    facts::{
        Account, Failure, FilePreview, FolderEntry, LogLine, Moment, Overlap, PreflightReport, RecentRun, RunEnd,
        RunFacts, Sighting,
    },
    keymap::Key,
    log::Severity,
    study::{Told, export::Written},
};
use crate::{
    domain::{Model, ModelName, Quota},
    engine::Event,
};

/// Something that came in.
#[derive(Debug)]
pub enum Msg {
    /// What time it is; comes before every batch of others.
    Tick(Moment),
    /// A key.
    Key(Key),
    /// A paste.
    Paste(String),
    /// Something done with the mouse.
    Mouse(Pointer),
    /// The terminal has another size.
    Resize,
    /// An effect was done.
    Answer(Answer),
    /// The terminal or the system wants us gone.
    Terminate,
}

/// Something done with the mouse, at a place of the last frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// What was done.
    pub gesture: Gesture,
    /// Where.
    pub at: Position,
    /// The size of the frame it was done on.
    pub screen: Size,
}

/// What can be done with the mouse.
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
    /// Returns the move that a step of the wheel means.
    pub fn scrolls(self) -> Option<Action> {
        match self {
            Self::Click => None,
            Self::WheelUp => Some(Action::Up),
            Self::WheelDown => Some(Action::Down),
        }
    }
}

/// An effect was done, or a run has news.
#[derive(Debug)]
pub enum Answer {
    /// Who we are.
    Account(Result<Account, Failure>),
    /// What is left of the quota.
    Quota(Result<Quota, Failure>),
    /// The models.
    Models(Result<Vec<Model>, Failure>),
    /// Runs of late.
    Runs(Result<Vec<RecentRun>, Failure>),
    /// There is a token, or none, or a wrong one.
    LoggedIn(Result<(), Failure>),
    /// A service on this machine runs, perhaps with a file to try it on.
    LocalReady(Result<Option<PathBuf>, Failure>),
    /// What a folder holds.
    Folder(PathBuf, Result<Vec<FolderEntry>, Failure>),
    /// What a file holds.
    Preview(PathBuf, Result<Box<FilePreview>, Failure>),
    /// How a file fits the models.
    Overlaps(PathBuf, Vec<(ModelName, Overlap)>),
    /// What was found before the start.
    Preflight(Result<Box<PreflightReport>, Failure>),
    /// A run is open.
    RunOpened(Result<Box<RunFacts>, Failure>),
    /// Something has changed in the folder of a run.
    Sighted(PathBuf, Sighting),
    /// A question about the open run was answered.
    Told(Told),
    /// An export is still being written, for so long by now.
    ExportUnderWay(std::time::Duration),
    /// An export was written, or could not be.
    Exported(Result<Written, Failure>),
    /// New lines in the journal of the run in a folder, written by another process.
    Journal(PathBuf, Vec<LogLine>),
    /// Events of the run under way, which is kept in this folder.
    RunEvents(PathBuf, Vec<Event>),
    /// The number of bytes handed to the network so far for the run in a folder.
    RunBytes(PathBuf, u64),
    /// Work of this program on a run has ended.
    RunEnded(RunEnd),
    /// Something to tell.
    Said(Severity, String),
}

impl Answer {
    /// Returns the folder of the run that it is news of; `None` if it is not news of a run.
    pub fn run(&self) -> Option<&Path> {
        match self {
            Self::Sighted(folder, _)
            | Self::Journal(folder, _)
            | Self::RunEvents(folder, _)
            | Self::RunBytes(folder, _)
            | Self::RunEnded(RunEnd { folder, .. }) => Some(folder),
            Self::Account(_)
            | Self::Quota(_)
            | Self::Models(_)
            | Self::Runs(_)
            | Self::LoggedIn(_)
            | Self::LocalReady(_)
            | Self::Folder(..)
            | Self::Preview(..)
            | Self::Overlaps(..)
            | Self::Preflight(_)
            | Self::RunOpened(_)
            | Self::Told(_)
            | Self::ExportUnderWay(_)
            | Self::Exported(_)
            | Self::Said(..) => None,
        }
    }
}

impl Msg {
    /// Returns what an event of a terminal means, if anything; `screen` is the size of the last frame.
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

    /// Whether it wants a frame at once: whatever the user did does, what a run did can wait.
    pub fn is_urgent(&self) -> bool {
        match self {
            Self::Key(_) | Self::Paste(_) | Self::Mouse(_) | Self::Resize | Self::Terminate => true,
            Self::Tick(_) => false,
            Self::Answer(answer) => !matches!(answer, Answer::RunEvents(..) | Answer::RunBytes(..)),
        }
    }
}
