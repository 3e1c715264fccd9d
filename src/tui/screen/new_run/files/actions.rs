//! Actions on the folder: moving, entering, filtering, and the choice of a file.

use std::path::{Path, PathBuf};

use super::{FilePicker, Mode, Picked, entries::Hidden};
use crate::tui::{
    action::Action,
    effect::{Effect, Wanted},
    facts::{EntryKind, Facts},
    pane::Reply,
};

impl FilePicker {
    pub(super) fn on_files_action(&mut self, action: Action, facts: &Facts) -> Picked {
        let places = &facts.places;
        let go = |picker: &mut Self, place: Option<PathBuf>, missing: &str| match place {
            Some(folder) => Reply::Done(picker.enter(folder)),
            None => Effect::hint(missing).into(),
        };
        match action {
            Action::Accept => return self.accept(),
            Action::Right => return self.descend().into(),
            Action::Left => self.out(),
            Action::GoHome => go(self, places.home.clone(), "there is no home folder"),
            Action::GoScratch => go(self, places.scratch.clone(), "$SCRATCH is not set"),
            Action::GoStart => go(self, Some(places.start.clone()), ""),
            Action::Filter | Action::Search => self.turn_to(Mode::Filtering),
            Action::NextPane => self.turn_to(Mode::Recent),
            Action::ToggleHidden => {
                self.hidden = if self.hidden == Hidden::Shown { Hidden::Left } else { Hidden::Shown };
                Reply::done()
            }
            Action::Back if !self.filter.is_empty() => {
                self.filter.clear();
                Reply::done()
            }
            other => {
                let len = self.entries().len();
                if self.list.on_action(other, len) { Reply::Done(self.inspect_selected()) } else { Reply::Pass }
            }
        }
        .into()
    }

    pub(super) fn turn_to(&mut self, mode: Mode) -> Reply {
        self.mode = mode;
        Reply::done()
    }

    fn accept(&mut self) -> Picked {
        match (self.selected(), self.wanted) {
            (Some((path, EntryKind::Run)), Wanted::Run) => Picked::Path(path),
            (Some((path, EntryKind::Run)), Wanted::Input) => Reply::from(Effect::OpenRun(path)).into(),
            (Some((path, EntryKind::H5ad | EntryKind::TenX)), _) => Picked::Path(path),
            (Some((path, EntryKind::MatrixFolder)), Wanted::Input) => Picked::Path(path),
            (Some((path, EntryKind::Folder | EntryKind::MatrixFolder | EntryKind::Run)), _) => {
                Reply::Done(self.enter(path)).into()
            }
            (None, _) => Reply::Pass.into(),
        }
    }

    fn descend(&mut self) -> Reply {
        match self.selected() {
            Some((path, EntryKind::Folder | EntryKind::MatrixFolder | EntryKind::Run)) => Reply::Done(self.enter(path)),
            Some((_, EntryKind::H5ad | EntryKind::TenX)) | None => Reply::done(),
        }
    }

    fn out(&mut self) -> Reply {
        let Some(parent) = self.folder.parent().map(Path::to_owned) else { return Reply::done() };
        let coming_from = self.folder.file_name().map(ToOwned::to_owned);
        let effects = self.enter(parent);
        self.coming_from = coming_from;
        Reply::Done(effects)
    }

    pub(super) fn on_filter_action(&mut self, action: Action) -> Picked {
        match action {
            Action::Back => {
                self.filter.clear();
                self.mode = Mode::Files;
            }
            Action::Accept => self.mode = Mode::Files,
            other => {
                let len = self.entries().len();
                self.list.on_action(other, len);
            }
        }
        Reply::Done(self.inspect_selected()).into()
    }
}
