//! Checks of the cells: which of them are selected, whether the file has mostly empty droplets, and whether names are
//! unique.

use std::{collections::HashSet, num::NonZeroU64, path::PathBuf, sync::Arc};

use super::{FileSide, Notes, RunOptions, Subject, oddities};
use crate::{
    analysis::Watch,
    chunk::GeneMap,
    domain::{
        SampleBy, SampleRequest,
        text::{excerpt, sentence},
    },
    engine::{
        SampledMatrix,
        count_input::accepted,
        inspect::{Depth, MatrixInspection},
        min_counts::{CellFilter, cells_with_min_counts},
        remedy::CellsRemedy,
        sample,
    },
    matrix::{CountSource, Matrix, RowSubset},
    store::{KeptCells, Run, SampledCells},
};

/// Number of cells from which a file with mostly empty droplets is not sent without confirmation.
const MANY: usize = 100_000;

/// The selected cells.
pub(super) struct Cells {
    /// The file, reduced to the selected cells.
    pub(super) matrix: Arc<Matrix>,
    /// The selection, if it does not include all cells.
    pub(super) kept: Option<KeptCells>,
    /// The sample of them, if not all are sent.
    pub(super) sample: Option<SampledCells>,
}

impl Cells {
    /// Selects all cells of a file.
    pub(super) fn all(file: &FileSide) -> Self {
        Self { matrix: file.matrix.clone(), kept: None, sample: None }
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
            let filter = CellFilter {
                source: &found.header.source,
                genes,
                values: accepted(&found.look.values, options.values),
                min_counts,
            };
            leave_out(file, filter, notes)?
        }
        (Some((found, _)), None) => {
            judge_depth(found, notes)?;
            Cells::all(file)
        }
        (Some(_), Some(_)) | (None, _) => Cells::all(file),
    };
    let cells = match (&options.sample, found) {
        (Some(_), Some((found, _))) => {
            let (matrix, values) = (&cells.matrix, accepted(&found.look.values, options.values));
            let sampled =
                SampledMatrix { matrix, source: &found.header.source, values, cache: options.cache.as_deref() };
            let chosen = chosen(file, sampled, options, notes)?;
            reduced(cells, chosen, file.inspection.cells, notes)?
        }
        (Some(_), None) | (None, _) => cells,
    };
    look_at_names(&cells.matrix, notes);
    Some(cells)
}

/// A chosen sample.
struct ChosenSample {
    request: SampleRequest,
    rows: RowSubset,
}

/// Chooses a sample. An existing run keeps the one it was started with.
fn chosen(
    file: &FileSide,
    sampled: SampledMatrix<'_>,
    options: &RunOptions,
    notes: &mut Notes,
) -> Option<ChosenSample> {
    let request = options.sample.as_ref()?;
    let stored = Run::open(&options.folder).ok().and_then(|run| Some((run.kept_rows().ok()??, run)));
    if let Some((rows, SampledCells { request, .. })) =
        stored.and_then(|(rows, run)| Some((rows, run.manifest().input.sample.clone()?)))
    {
        return Some(ChosenSample { request, rows: RowSubset::new(rows) });
    }
    let beyond = options.beyond.iter().map(PathBuf::as_path);
    let sample = sample::rows_of_runs(beyond, &file.fingerprint)
        .and_then(|already| sample::choose(sampled, request, &already, Watch::default()));
    match sample {
        Ok(sample) => {
            let by = match &sample.by {
                SampleBy::Column(column) => format!("groups of {}", excerpt(column)),
                SampleBy::Sketch | SampleBy::Clusters => "a sketch of the principal components".to_owned(),
            };
            let beside = match sample.already {
                0 => String::new(),
                already => format!(" beside {already} of other runs"),
            };
            let (new, of) = (sample.rows.len(), sampled.matrix.cell_count());
            notes.ok(Subject::Cells, format!("{new} of {of} cells{beside}, chosen by {by}"));
            Some(ChosenSample { request: request.clone(), rows: sample.rows })
        }
        Err(error) => {
            notes.fail(Subject::Cells, sentence(&error), "choose another sample");
            None
        }
    }
}

/// Reduces the cells to a sample.
fn reduced(cells: Cells, chosen: ChosenSample, of: usize, notes: &mut Notes) -> Option<Cells> {
    let ChosenSample { request, rows } = chosen;
    match cells.matrix.subset(rows) {
        Ok(matrix) => Some(Cells { matrix: Arc::new(matrix), sample: Some(SampledCells { request, of }), ..cells }),
        Err(error) => {
            notes.fail(Subject::Cells, sentence(&error), "choose another file");
            None
        }
    }
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
        notes.fail(Subject::Cells, seen, CellsRemedy::LowerMinCounts);
        return None;
    }
    let seen = format!("{} of {of} cells have {min_counts} counts or more; the others are left out", kept.len());
    notes.warn(Subject::Cells, seen, CellsRemedy::MinCountsAsRequested);
    match file.matrix.subset(kept) {
        Ok(matrix) => Some(Cells { matrix: Arc::new(matrix), kept: Some(KeptCells { min_counts, of }), sample: None }),
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
        let kept = [low, high].map(|least| (least, cells - below(least)));
        let fix = CellsRemedy::LeaveOutDroplets { is_estimate: !found.was_looked_at_whole(), kept };
        if cells >= MANY {
            notes.fail(Subject::Cells, seen, fix);
            return None;
        }
        notes.warn(Subject::Cells, seen, fix);
    } else if below(none) > 0 {
        let seen = format!("{about}{} of {cells} cells have no counts; each costs one cell of quota", below(none));
        notes.warn(Subject::Cells, seen, CellsRemedy::LeaveOutEmpty);
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
