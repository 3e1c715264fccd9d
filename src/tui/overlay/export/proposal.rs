//! The fields that apply to the chosen format, and the proposed path.

use std::path::{Path, PathBuf};

use super::{ExportDialog, Name, exportable::Chosen};
use crate::{
    results::{CellSet, export::Format},
    tui::widget::form::Value,
};

impl ExportDialog {
    /// Hides fields that do not apply, and proposes a path unless the user has typed one.
    pub(super) fn settle(&mut self) {
        let chosen = self.chosen();
        let mut hidden = Vec::new();
        if matches!(chosen, Chosen::Data(_)) {
            hidden.push(Name::Ground);
        }
        if !self.takes_cells() || self.run.cells.len() == 1 {
            hidden.push(Name::Cells);
        }
        if !self.has_calls() || self.run.clusters.is_none() {
            hidden.push(Name::Clusters);
        }
        if chosen == Chosen::Data(Format::Official) {
            hidden.push(Name::Existing);
        }
        self.form.hide(hidden);
        if self.form.text(Name::Path) == self.proposed {
            self.proposed = self.proposal().to_string_lossy().into_owned();
            self.form.propose(Name::Path, Value::text(self.proposed.clone()));
        }
    }

    fn proposal(&self) -> PathBuf {
        let folder = self.run.last_folder.as_ref().unwrap_or(&self.run.folder);
        let format = match self.chosen() {
            Chosen::Data(format) => format,
            Chosen::Figure(format) => return folder.join(self.run.figure_file(format)),
        };
        let Some(name) = format.file_name(self.run.kind) else { return self.run.folder.clone() };
        match self.chosen_cells() {
            (_, _, CellSet::All) => folder.join(name),
            (which, ..) => {
                let name = Path::new(name);
                let mut own = name.file_stem().unwrap_or_default().to_owned();
                own.push("-");
                own.push(which);
                folder.join(own).with_extension(name.extension().unwrap_or_default())
            }
        }
    }
}
