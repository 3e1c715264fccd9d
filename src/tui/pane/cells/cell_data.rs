//! Data about the cells that filters and orders use, apart from the columns of the file.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    analysis::GeneValues,
    results::{CellSet, LabelCalls, Results},
    tui::query::{Calls, Flagged, InferredCells},
};

/// Data about the cells apart from the file's columns.
#[derive(Clone, Debug, Default)]
pub struct CellData {
    /// The calls.
    pub calls: Option<Arc<Calls>>,
    /// The inferred calls, if they are shown.
    pub inferred: Option<Arc<InferredCells>>,
    /// The majority votes of a run of summary statistics.
    pub labels: Option<Arc<LabelCalls>>,
    /// The flags.
    pub flags: Option<Arc<Flagged>>,
    /// The expression of the chosen genes, by column.
    pub genes: BTreeMap<u32, Arc<GeneValues>>,
    /// The marked cells, if needed.
    pub marked: Option<CellSet>,
    /// The cells chosen in the comparison with another run, if needed.
    pub differing: Option<CellSet>,
}

impl CellData {
    /// Returns the numbers of the shown cells: those of the run, then the inferred ones.
    pub(super) fn cells(&self, results: &Results) -> std::ops::Range<u32> {
        0..(results.cell_count() + self.inferred.as_ref().map_or(0, |inferred| inferred.len())) as u32
    }

    /// Returns the name of a cell in the file.
    pub(super) fn name<'a>(&'a self, results: &'a Results, cell: usize) -> &'a str {
        let inferred = self.inferred.as_ref().and_then(|inferred| inferred.name(cell));
        inferred.unwrap_or_else(|| if cell < results.cell_count() { results.names().get(cell) } else { "" })
    }

    /// Returns the row of a cell in the file.
    pub(super) fn row_in_file(&self, results: &Results, cell: usize) -> usize {
        let inferred = self.inferred.as_ref().and_then(|inferred| inferred.row_in_file(cell));
        inferred.unwrap_or_else(|| if cell < results.cell_count() { results.row_in_file(cell) } else { cell })
    }
}

/// Returns whether a text contains a lower-case text, without regard to case.
pub(in crate::tui::pane) fn contains(text: &str, wanted: &str) -> bool {
    if text.is_ascii() && wanted.is_ascii() {
        let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
        return wanted.is_empty() || text.windows(wanted.len()).any(|part| part.eq_ignore_ascii_case(wanted));
    }
    text.to_lowercase().contains(wanted)
}
