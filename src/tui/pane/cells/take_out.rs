//! Which cells there are to export.

use super::CellsPane;
use crate::{
    results::CellSet,
    tui::{
        effect::Effect,
        overlay::{
            Overlay,
            export::{ExportDialog, Exportable, FILTERED},
        },
        pane::Reply,
        selection::Selection,
    },
};

impl CellsPane {
    /// Returns whether the rows known are those of the filter and of the calls at the present threshold.
    fn is_up_to_date(&self) -> bool {
        let are_calls_known = !self.study.calls().is_asked() && !self.study.labels().is_asked();
        are_calls_known && !self.flags.is_asked() && !self.rows.is_asked()
    }

    /// Asks what to export: everything, the marked cells, those the filter shows, or the group.
    pub(super) fn export(&self, selection: &Selection) -> Reply {
        let mut cells = vec![("all", self.study.cells(), CellSet::All)];
        if let Some(arranged) = self.rows.value().filter(|_| self.is_filtered() && self.is_up_to_date()) {
            let rows = arranged.rows.iter().map(|row| *row as usize);
            cells.push((FILTERED, arranged.rows.len(), CellSet::of(rows)));
        }
        if !selection.marked.is_empty() {
            cells.push(("marked", selection.marked.len(), CellSet::of(selection.marked.iter().copied())));
        }
        let run = Exportable {
            folder: self.study.folder().to_owned(),
            last_folder: self.export_folder.clone(),
            kind: self.study.kind(),
            cells,
            filter: self.order.filter.as_ref().map(|(text, _)| text.clone()),
            call_threshold: selection.thresholds.call,
            clusters: selection.cluster_column.clone(),
        };
        Effect::open(Overlay::Export(ExportDialog::new(run))).into()
    }
}
