//! Checks of the cells: which of them are selected, whether the file has mostly empty droplets, and whether names are
//! unique.

use std::{collections::HashSet, num::NonZeroU64, sync::Arc};

use super::{FileSide, Notes, RunOptions, Subject, oddities};
use crate::{
    chunk::{GeneMap, ValuePolicy},
    domain::text::sentence,
    engine::{
        inspect::{Depth, MatrixInspection, Values},
        min_counts::{CellFilter, cells_with_min_counts},
    },
    matrix::{CountSource, Matrix},
    store::KeptCells,
};

/// Number of cells from which a file with mostly empty droplets is not sent without confirmation.
const MANY: usize = 100_000;

/// The selected cells.
pub(super) struct Cells {
    /// The file, reduced to the selected cells.
    pub(super) matrix: Arc<Matrix>,
    /// The selection, if it does not include all cells.
    pub(super) kept: Option<KeptCells>,
}

impl Cells {
    /// Selects all cells of a file.
    pub(super) fn all(file: &FileSide) -> Self {
        Self { matrix: file.matrix.clone(), kept: None }
    }
}

/// Checks the cells of a file. Reads the whole matrix if cells are to be left out.
pub(super) fn look(
    file: &FileSide,
    taken: Option<(&CountSource, Option<&GeneMap>)>,
    options: &RunOptions,
    notes: &mut Notes,
) -> Option<Cells> {
    if file.inspection.cells == 0 {
        notes.fail(Subject::Cells, "the file has no cells", "choose another file");
        return None;
    }
    let found = taken.and_then(|(source, genes)| Some((file.inspection.matrix(source)?, genes)));
    let asked = options.min_counts.map(NonZeroU64::new);
    let cells = match (found, asked) {
        // Without genes the run fails anyway.
        (Some((found, Some(genes))), Some(Some(min_counts))) => {
            let filter = CellFilter { source: &found.header.source, genes, values: policy(found, options), min_counts };
            leave_out(file, filter, notes)?
        }
        (Some((found, _)), None) => {
            judge_depth(found, notes)?;
            Cells::all(file)
        }
        (Some(_), Some(_)) | (None, _) => Cells::all(file),
    };
    look_at_names(&cells.matrix, notes);
    Some(cells)
}

fn policy(found: &MatrixInspection, options: &RunOptions) -> ValuePolicy {
    let count_like = matches!(found.look.values, Values::CountLike { .. });
    if count_like { ValuePolicy::NonNegative } else { options.values }
}

/// Leaves out the cells with fewer than the minimum number of counts.
fn leave_out(file: &FileSide, filter: CellFilter<'_>, notes: &mut Notes) -> Option<Cells> {
    let min_counts = filter.min_counts;
    let kept = match cells_with_min_counts(&file.matrix, filter) {
        Ok(kept) => kept,
        Err(odd) => {
            notes.fail(Subject::Counts, odd.into_text(), "correct the file, or choose another matrix");
            return None;
        }
    };
    let of = file.inspection.cells;
    if kept.is_empty() {
        let seen = format!("no cell of {of} has {min_counts} counts or more");
        notes.fail(Subject::Cells, seen, "use a smaller --min-counts");
        return None;
    }
    let seen = format!("{} of {of} cells have {min_counts} counts or more; the others are left out", kept.len());
    notes.warn(Subject::Cells, seen, "as requested with --min-counts");
    match file.matrix.subset(kept) {
        Ok(matrix) => Some(Cells { matrix: Arc::new(matrix), kept: Some(KeptCells { min_counts, of }) }),
        Err(error) => {
            notes.fail(Subject::Cells, sentence(&error), "choose another file");
            None
        }
    }
}

/// Reports empty droplets, which use as much quota as cells. Returns `None` if there are too many to be sent by
/// mistake. Values that are not counts are not checked.
fn judge_depth(found: &MatrixInspection, notes: &mut Notes) -> Option<()> {
    if !found.look.values.are_countable() {
        return Some(());
    }
    let (depth, cells) = (&found.look.depth, found.header.cells);
    let about = if found.was_looked_at_whole() { "" } else { "about " };
    let [none, stray, low, high] = Depth::FEW;
    let below = |few| depth.estimate_below(few, cells);
    if depth.looks_unfiltered() {
        let seen = format!(
            "{about}{} of {cells} cells have fewer than {stray} counts, as empty droplets in a raw matrix have; each costs \
             one cell of quota",
            below(stray)
        );
        let fix = format!(
            "use the filtered matrix, or leave them out: --min-counts {low} keeps {about}{}, --min-counts {high} \
             {about}{}; --min-counts 0 sends all",
            cells - below(low),
            cells - below(high)
        );
        if cells >= MANY {
            notes.fail(Subject::Cells, seen, fix);
            return None;
        }
        notes.warn(Subject::Cells, seen, fix);
    } else if below(none) > 0 {
        let seen = format!("{about}{} of {cells} cells have no counts; each costs one cell of quota", below(none));
        notes.warn(Subject::Cells, seen, "--min-counts 1 leaves them out");
    }
    Some(())
}

fn look_at_names(matrix: &Matrix, notes: &mut Notes) {
    match matrix.cell_names() {
        Ok(names) => {
            let distinct: HashSet<_> = names.iter().collect();
            let twice = names.len() - distinct.len();
            if twice > 0 {
                let found = format!("{twice} cell names occur more than once");
                notes.warn(Subject::Cells, found, "answers are matched by row, so duplicate names do no harm");
            } else {
                notes.ok(Subject::Cells, format!("{} cells, names unique", names.len()));
            }
            oddities::look_at_names(&names, notes);
        }
        Err(error) => notes.fail(Subject::Cells, sentence(&error), "choose another file"),
    }
}
