//! The file picker: a folder with the files that castui can read, and a preview of the file under the cursor.

mod actions;
mod draw;
mod entries;
mod recent;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use ratatui::layout::Position;

use crate::tui::{
    action::Action,
    effect::{Effect, Wanted},
    facts::{EntryKind, Facts, FilePreview, FolderEntry, Remote},
    keymap::{Context, Key},
    msg::Answer,
    pane::Reply,
    widget::{Hit, ListState, TextInput},
};

use entries::Hidden;
use recent::recent_files;

/// The file picker.
#[derive(Debug)]
pub struct FilePicker {
    wanted: Wanted,
    folder: PathBuf,
    listing: Remote<Vec<FolderEntry>>,
    hidden: Hidden,
    filter: TextInput,
    mode: Mode,
    list: ListState,
    recent: ListState,
    previews: HashMap<PathBuf, Remote<Box<FilePreview>>>,
    /// The entry to select once its folder is listed: the folder that the user came from.
    coming_from: Option<std::ffi::OsString>,
}

/// The target of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Files,
    Filtering,
    Recent,
}

/// The result of an action.
pub enum Picked {
    /// No choice yet.
    Nothing(Reply),
    /// The chosen file or folder.
    Path(PathBuf),
}

impl From<Reply> for Picked {
    fn from(reply: Reply) -> Self {
        Self::Nothing(reply)
    }
}

impl FilePicker {
    /// Returns a picker in a folder, and the effect that lists the folder.
    pub fn open(folder: PathBuf, wanted: Wanted) -> (Self, Vec<Effect>) {
        let mut picker = Self {
            wanted,
            folder: PathBuf::new(),
            listing: Remote::Unasked,
            hidden: Hidden::Left,
            filter: TextInput::default(),
            mode: Mode::Files,
            list: ListState::default(),
            recent: ListState::default(),
            previews: HashMap::new(),
            coming_from: None,
        };
        let effects = picker.enter(folder);
        (picker, effects)
    }

    /// Returns the shown folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the preview of a file.
    pub fn preview(&self, file: &Path) -> Option<&Remote<Box<FilePreview>>> {
        self.previews.get(file)
    }

    /// Returns the contexts of the picker's keys.
    pub fn contexts(&self) -> &'static [Context] {
        if self.is_typing() { &[Context::Input] } else { &[Context::Files, Context::List, Context::Global] }
    }

    /// Returns whether keys are text.
    pub fn is_typing(&self) -> bool {
        self.mode == Mode::Filtering
    }

    /// Handles a key while typing.
    pub fn on_key(&mut self, key: Key) -> bool {
        self.list.select(0);
        self.filter.edit(key)
    }

    fn enter(&mut self, folder: PathBuf) -> Vec<Effect> {
        self.folder = folder.clone();
        self.listing = Remote::Loading;
        self.filter.clear();
        self.list = ListState::default();
        vec![Effect::ListFolder(folder)]
    }

    /// Requests the preview of a file, once.
    pub fn inspect(&mut self, file: PathBuf) -> Vec<Effect> {
        if matches!(self.previews.get(&file), Some(Remote::Ready(_) | Remote::Loading)) {
            return Vec::new();
        }
        self.previews.insert(file.clone(), Remote::Loading);
        vec![Effect::Inspect(file)]
    }

    fn inspect_selected(&mut self) -> Vec<Effect> {
        match self.selected() {
            Some((path, EntryKind::MatrixFolder | EntryKind::H5ad | EntryKind::TenX)) => self.inspect(path),
            Some((_, EntryKind::Folder | EntryKind::Run)) | None => Vec::new(),
        }
    }

    /// Performs an action.
    pub fn on_action(&mut self, action: Action, facts: &Facts) -> Picked {
        match self.mode {
            Mode::Files => self.on_files_action(action, facts),
            Mode::Filtering => self.on_filter_action(action),
            Mode::Recent => self.on_recent_action(action, facts),
        }
    }

    /// Selects the entry or the recent file at a position of the last frame. Also returns the action of another click
    /// on it.
    pub fn on_click(&mut self, at: Position, facts: &Facts) -> (Vec<Effect>, Option<Action>) {
        let (entries, recent) = (self.entries().len(), recent_files(facts).len());
        let again = |hit| (hit == Hit::Again).then_some(Action::Accept);
        if let Some(hit) = self.list.hit(entries, at) {
            let was_elsewhere = std::mem::replace(&mut self.mode, Mode::Files) == Mode::Recent;
            return (self.inspect_selected(), again(hit).filter(|_| !was_elsewhere));
        }
        let Some(hit) = self.recent.hit(recent, at) else { return (Vec::new(), None) };
        let was_elsewhere = std::mem::replace(&mut self.mode, Mode::Recent) != Mode::Recent;
        (Vec::new(), again(hit).filter(|_| !was_elsewhere))
    }

    /// Handles an answer; called for every answer.
    pub fn on_answer(&mut self, answer: &Answer) -> Vec<Effect> {
        if let Answer::Preview(path, result) = answer {
            let preview = self.previews.entry(path.clone()).or_default();
            *preview = match result {
                Ok(found) => Remote::Ready(found.clone()),
                Err(failure) => Remote::Failed(failure.clone()),
            };
        }
        match answer {
            Answer::Folder(folder, result) if *folder == self.folder => {
                self.listing.take(result.clone());
                if let Some(name) = self.coming_from.take() {
                    let place = self.entries().iter().position(|entry| entry.name == name);
                    self.list.select(place.unwrap_or(0));
                }
                self.inspect_selected()
            }
            _ => Vec::new(),
        }
    }
}
