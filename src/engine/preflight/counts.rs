//! Which matrix is taken, and whether it holds counts.

use std::path::Path;

use super::{FileSide, Notes, RunOptions, Subject};
use crate::{
    chunk::ValuePolicy,
    domain::text::excerpt,
    engine::inspect::{Inspection, MatrixInspection, Values},
    matrix::{ColumnName, CountSource, Format, Matrix},
};

/// The matrix to take, if there is one, judged by what was seen of its values.
pub(super) fn look(file: &FileSide, options: &RunOptions, notes: &mut Notes) -> Option<CountSource> {
    let inspection = &file.inspection;
    notes.ok(Subject::File, format!("{}, {} cells", inspection.format, inspection.cells));
    look_at_name(file.matrix.path(), (file.matrix.format(), &inspection.format), notes);
    let suggested = inspection.suggest().map(|suggested| suggested.count_matrix);
    let Some(source) = options.count_matrix.clone().or(suggested) else {
        notes.fail(Subject::Counts, "the file has neither X nor raw.X", "choose a file with a count matrix");
        return None;
    };
    let Some(found) = inspection.matrix(&source) else {
        let there: Vec<_> = inspection.matrices.iter().map(|matrix| matrix.header.source.to_string()).collect();
        let fix = format!("choose with --count-matrix-input from: {}", there.join(", "));
        notes.fail(Subject::Counts, format!("the file has no {source}"), fix);
        return None;
    };
    judge(found, file, options, notes);
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
        Values::Counts | Values::Unknown => {
            notes.ok(Subject::Counts, seen);
            look_at_largest(found, notes);
        }
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

/// What a file is, is told by its content. Its name may tell otherwise, and other programs go by it.
fn look_at_name(path: &Path, (format, described): (&Format, &str), notes: &mut Notes) {
    let usual = match format {
        Format::H5ad => "h5ad",
        Format::TenXV3 | Format::TenXV2 { .. } => "h5",
    };
    let other =
        ["h5ad", "h5"].into_iter().find(|other| *other != usual && path.extension().is_some_and(|is| is == *other));
    if let Some(other) = other {
        let found = format!("the name ends in .{other}, but the file is {described}");
        notes.warn(
            Subject::File,
            found,
            format!("it is read as what it is; other programs may want it named .{usual}"),
        );
    }
}

/// Cells looked at before it is said that all have no count but 0 and 1.
const MANY: usize = 100;
/// Up to here a 32-bit float holds every whole number.
const EXACT: f32 = 16_777_216.0;

/// Whole numbers may still be no counts of molecules.
fn look_at_largest(found: &MatrixInspection, notes: &mut Notes) {
    let (source, look) = (&found.header.source, &found.look);
    if look.largest == 1.0 && look.depth.cells >= MANY {
        let found = format!("no value of {source} that was looked at is larger than 1: made binary?");
        notes.warn(Subject::Counts, found, "models are made for counts: choose the matrix or file that has them");
    } else if look.largest > EXACT {
        let found =
            format!("{source} holds values above 16,777,216, which the server's 32-bit floats cannot tell apart");
        notes.warn(Subject::Counts, found, "check that these are counts");
    }
}

fn counts_elsewhere(inspection: &Inspection) -> String {
    let other = inspection.matrices.iter().find(|matrix| matrix.look.values == Values::Counts);
    match other {
        Some(other) => format!("use --count-matrix-input {}", other.header.source),
        None => "CAS needs raw counts: use the file from before normalisation".into(),
    }
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
    let Some((cell, gene)) = found.look.first_odd else { return String::new() };
    let genes = matrix.gene_column(&found.header.source, &ColumnName::Index).unwrap_or_default();
    let name = |name: Option<&String>| name.map_or_else(|| "unnamed".into(), |name| excerpt(name));
    let (cell, gene) = (name(matrix.cell_name(cell).ok().as_ref()), name(genes.get(gene as usize)));
    format!(", first in cell {cell} at gene {gene}")
}
