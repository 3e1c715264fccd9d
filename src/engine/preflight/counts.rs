//! Which matrix is taken, and whether it holds counts.

use super::{FileSide, Notes, RunOptions, Subject, oddities};
use crate::{
    chunk::ValuePolicy,
    engine::{
        inspect::{Inspection, MatrixInspection, Values},
        run::names_at,
    },
    matrix::{CountSource, Matrix},
};

/// The matrix to take, if there is one, judged by what was seen of its values.
pub(super) fn look(file: &FileSide, options: &RunOptions, notes: &mut Notes) -> Option<CountSource> {
    let inspection = &file.inspection;
    notes.ok(Subject::File, format!("{}, {} cells", inspection.format, inspection.cells));
    let suggested = inspection.suggest().map(|suggested| suggested.count_matrix);
    let Some(source) = options.count_matrix.clone().or(suggested) else {
        let there = sources(&inspection.matrices).join(", ");
        let fix = format!("choose one of its layers with --count-matrix-input: {there}");
        notes.fail(Subject::Counts, "the file has neither X nor raw.X nor a layer called counts", fix);
        return None;
    };
    let Some(found) = inspection.matrix(&source) else {
        let there = sources(&inspection.matrices).join(", ");
        let fix = format!("choose with --count-matrix-input from: {there}");
        notes.fail(Subject::Counts, format!("the file has no {source}"), fix);
        return None;
    };
    judge(found, file, options, notes);
    if options.count_matrix.is_none() && source != CountSource::X {
        let x = inspection.matrix(&CountSource::X).map_or_else(|| "missing".into(), |x| x.look.values.describe());
        let found = format!("{source} is taken, not X: X is {x}");
        notes.warn(Subject::Counts, found, "--count-matrix-input chooses another");
    }
    oddities::look(file, found, notes);
    Some(source)
}

fn judge(found: &MatrixInspection, file: &FileSide, options: &RunOptions, notes: &mut Notes) {
    let source = &found.header.source;
    let seen = format!(
        "{source} holds {}{}{}",
        found.look.values.describe(),
        first_odd(found, &file.matrix),
        looked_at(found)
    );
    let forced = options.values == ValuePolicy::NonNegative;
    match found.look.values {
        Values::Counts | Values::Unknown => notes.ok(Subject::Counts, seen),
        Values::CountLike { .. } => notes.warn(Subject::Counts, seen, "taken as corrected counts"),
        Values::Normalised { .. } | Values::Stray { .. } if forced => {
            notes.warn(Subject::Counts, seen, "sent all the same, as asked")
        }
        Values::Stray { .. } => {
            let fix = "choose another matrix, mend the file, or send these values, too, by --allow-non-counts";
            notes.fail(Subject::Counts, seen, fix);
        }
        Values::Normalised { .. } | Values::Negative { .. } | Values::NotFinite => {
            notes.fail(Subject::Counts, seen, counts_elsewhere(&file.inspection));
        }
        Values::Empty => notes.fail(Subject::Counts, seen, "choose a file with counts"),
        Values::Unreadable { .. } => notes.fail(Subject::Counts, seen, "choose another matrix or file"),
    }
}

fn counts_elsewhere(inspection: &Inspection) -> String {
    let others = sources(inspection.matrices.iter().filter(|matrix| matrix.look.values == Values::Counts));
    match others.as_slice() {
        [] => "CAS needs raw counts: use the file from before normalisation".into(),
        [other] => format!("use --count-matrix-input {other}, if it holds all counts of a cell"),
        _ => format!("choose by --count-matrix-input what holds all counts of a cell: {}", others.join(", ")),
    }
}

fn sources<'a>(matrices: impl IntoIterator<Item = &'a MatrixInspection>) -> Vec<String> {
    matrices.into_iter().map(|matrix| matrix.header.source.to_string()).collect()
}

/// How much of the matrix was looked at, and what becomes of the rest.
fn looked_at(found: &MatrixInspection) -> String {
    let (seen, all) = (found.look.depth.cells, found.header.cells);
    if matches!(found.look.values, Values::Unreadable { .. }) {
        String::new()
    } else if found.was_looked_at_whole() {
        format!(" (all {all} cells looked at)")
    } else {
        let seen =
            if seen == 0 { "not looked at yet".to_owned() } else { format!("a sample of {seen} of {all} cells") };
        format!(" ({seen}; every value is looked at before more than the first chunk is sent)")
    }
}

/// The first value seen that is no count, by the names of its cell and gene.
fn first_odd(found: &MatrixInspection, matrix: &Matrix) -> String {
    let Some(place) = found.look.first_odd else { return String::new() };
    let (cell, gene) = names_at(matrix, &found.header.source, place);
    format!(", first in cell {cell} at gene {gene}")
}
