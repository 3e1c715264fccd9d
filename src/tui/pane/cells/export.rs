//! Export of the table's cells.

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
        query::figure::PaneFigure,
        selection::Selection,
    },
};

impl CellsPane {
    /// Returns whether the known rows match the filter and the calls at the current threshold.
    fn is_up_to_date(&self) -> bool {
        let are_calls_known = !self.queries.calls().is_asked() && !self.queries.labels().is_asked();
        are_calls_known && !self.queries.flags().is_asked() && !self.rows.is_asked()
    }

    /// Opens the export dialog with the choices: all cells, the marked cells, those of the filter, or the group. It also
    /// offers the figure of the pane that has focus.
    pub fn export(&self, selection: &Selection, figure: Option<PaneFigure>) -> Reply {
        let mut cells = vec![("all", self.queries.cells(), CellSet::All)];
        if let Some(arranged) = self.rows.value().filter(|_| self.is_filtered() && self.is_up_to_date()) {
            // The interface exports annotated cells only.
            let rows = arranged.rows.iter().map(|row| *row as usize).filter(|cell| !self.queries.is_inferred(*cell));
            let rows: Vec<usize> = rows.collect();
            cells.push((FILTERED, rows.len(), CellSet::of(rows)));
        }
        if !selection.marked.is_empty() {
            cells.push(("marked", selection.marked.len(), CellSet::of(selection.marked.iter().copied())));
        }
        let run = Exportable {
            folder: self.queries.folder().to_owned(),
            last_folder: self.export_folder.clone(),
            kind: self.queries.kind(),
            cells,
            filter: self.order.filter.as_ref().map(|(text, _)| text.clone()),
            calls: selection.thresholds.call_options(),
            clusters: selection.cluster_column.clone(),
            figure,
        };
        Effect::open(Overlay::Export(ExportDialog::new(run))).into()
    }
}
