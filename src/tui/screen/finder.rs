//! The finder: a file picker as a separate screen.

use std::path::PathBuf;

use crate::tui::{
    action::Action,
    effect::{Destination, Effect, Wanted},
    facts::Facts,
    pane::Reply,
};

use super::new_run::files::{FilePicker, Picked};

/// The finder.
#[derive(Debug)]
pub struct Finder {
    wanted: Wanted,
    /// The picker that the screen consists of.
    pub picker: FilePicker,
}

impl Finder {
    /// Returns a finder in a folder, and the effect that lists the folder.
    pub fn open(folder: PathBuf, wanted: Wanted) -> (Self, Vec<Effect>) {
        let (picker, effects) = FilePicker::open(folder, wanted);
        (Self { wanted, picker }, effects)
    }

    /// Performs an action, and opens the chosen item.
    pub fn on_action(&mut self, action: Action, facts: &Facts) -> Reply {
        match (self.picker.on_action(action, facts), self.wanted) {
            (Picked::Nothing(reply), _) => reply,
            (Picked::Path(path), Wanted::Run) => Effect::OpenRun(path).into(),
            (Picked::Path(path), Wanted::Reference) => Effect::UseReference(path).into(),
            (Picked::Path(path), Wanted::Input) => Effect::show(Destination::NewRun(Some(path))).into(),
        }
    }
}
