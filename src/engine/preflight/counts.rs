//! Checks of the count matrix: which matrix is selected, and whether it has counts.

use super::{FileSide, Notes, RunOptions, Subject, oddities};
use crate::{
    chunk::ValuePolicy,
    domain::text::{clean, excerpt},
    engine::{
        inspect::{MatrixInspection, Normalisation, Values, parts},
        remedy::{CellsRemedy, CountsRemedy, Remedy},
        run::names_at,
    },
    matrix::{
        CountSource, Matrix, ObsTables,
        obs_table::{Likely, Match},
    },
};

/// Selects and checks the count matrix. Returns `None` if the file has none.
pub(super) fn look(file: &FileSide, options: &RunOptions, notes: &mut Notes) -> Option<CountSource> {
    let inspection = &file.inspection;
    notes.ok(Subject::File, format!("{}, {} cells{}", inspection.format, inspection.cells, in_folder(file, options)));
    note_results(&file.matrix, &options.tables, notes);
    let suggested = inspection.suggest().map(|suggested| suggested.count_matrix);
    let Some(source) = options.count_matrix.clone().or(suggested) else {
        let found = "the file has neither X nor raw.X nor a layer called counts";
        notes.fail(Subject::Counts, found, counts_elsewhere(file));
        return None;
    };
    let Some(found) = inspection.matrix(&source) else {
        let fix = CountsRemedy::Choose(sources(&inspection.matrices));
        notes.fail(Subject::Counts, format!("the file has no {source}"), fix);
        return None;
    };
    judge(found, file, options, notes);
    if options.count_matrix.is_none() && source != CountSource::X {
        let x = inspection.matrix(&CountSource::X).map(|x| x.look.values.describe());
        let found = match x {
            Some(values) => format!("{source} is used instead of X, which has {values}"),
            None => format!("{source} is used: the file has no X"),
        };
        notes.warn(Subject::Counts, found, CountsRemedy::CanBeChosen);
    }
    warn_of_parts(found, file, notes);
    oddities::look(file, found, notes);
    Some(source)
}

/// Reports the tables that are joined to the cells: results of Cell Ranger beside the matrix, and those of the user.
fn note_results(matrix: &Matrix, tables: &ObsTables, notes: &mut Notes) {
    let folder = matrix.path().parent().unwrap_or(std::path::Path::new(""));
    let (given, beside): (Vec<_>, Vec<_>) = matrix.added().sources.iter().partition(|source| tables.have(source));
    let name = |source: &&Match| {
        let name = source.path.strip_prefix(folder).unwrap_or(&source.path).to_string_lossy();
        format!("{} ({} of {} cells)", clean(&name), source.found, source.cells)
    };
    let named: Vec<String> = beside.iter().map(name).collect();
    if !named.is_empty() {
        notes.ok(Subject::File, format!("clusters, coordinates and labels beside it: {}", named.join(", ")));
    }
    for source in given {
        let found = clean(&source.to_string()).into_owned();
        match source.found {
            0 => {
                let column = match &source.likely {
                    Some(Likely::OtherColumn { column, .. }) => Some(column.clone()),
                    Some(Likely::Suffix { .. }) | None => None,
                };
                notes.fail(Subject::File, found, CellsRemedy::NameBarcodes(column));
            }
            _ => notes.ok(Subject::File, found),
        }
    }
}

/// Returns the name of the matrix that was taken from a folder.
fn in_folder(file: &FileSide, options: &RunOptions) -> String {
    let taken = file.matrix.path().strip_prefix(&options.input).unwrap_or(std::path::Path::new(""));
    match taken.as_os_str().is_empty() {
        true => String::new(),
        false => format!("; the folder's {} is used", clean(&taken.to_string_lossy())),
    }
}

fn judge(found: &MatrixInspection, file: &FileSide, options: &RunOptions, notes: &mut Notes) {
    let source = &found.header.source;
    let values = found.look.values.describe();
    let seen = format!("{values}{}{}", first_odd(found, &file.matrix), looked_at(found));
    let holds = format!("{source} has {seen}");
    let is_none = format!("{source} is not raw counts: it has {seen}");
    let forced = options.values == ValuePolicy::NonNegative;
    match &found.look.values {
        Values::Counts | Values::Unknown => notes.ok(Subject::Counts, holds),
        Values::NearCounts { .. } if forced => notes.ok(Subject::Counts, holds),
        Values::NearCounts { .. } => notes.warn(Subject::Counts, holds, "they are sent as whole numbers"),
        Values::CountLike { .. } => notes.warn(Subject::Counts, holds, "they are treated as corrected counts"),
        Values::Normalised { .. } | Values::SmallCountLike { .. } | Values::Stray { .. } if forced => {
            notes.warn(Subject::Counts, is_none, "sent anyway, as requested");
        }
        Values::Stray { .. } => {
            notes.fail(Subject::Counts, is_none, CountsRemedy::OrSend);
        }
        Values::SmallCountLike { .. } => notes.fail(Subject::Counts, is_none, with_corrected(counts_elsewhere(file))),
        Values::Normalised { how: Normalisation::Unknown, .. } if found.look.is_beyond_logarithms() => {
            notes.fail(Subject::Counts, is_none, with_corrected(counts_elsewhere(file)));
        }
        Values::Normalised { .. } | Values::Negative { .. } | Values::NotFinite => {
            notes.fail(Subject::Counts, is_none, counts_elsewhere(file));
        }
        Values::Empty => notes.fail(Subject::Counts, holds, "choose a file with counts"),
        Values::Unreadable { .. } => notes.fail(Subject::Counts, holds, "choose another matrix or file"),
    }
}

/// Returns a remedy that names the matrices with all counts of a cell. A matrix with a part of them is never suggested.
fn counts_elsewhere(file: &FileSide) -> Remedy {
    let inspection = &file.inspection;
    let others = sources(parts::whole_counts(&file.matrix, inspection));
    match others.as_slice() {
        [] => match parts::summands(inspection).as_slice() {
            [] => "CAS needs raw counts: use the file from before normalization".into(),
            summands => sum_of(summands).into(),
        },
        [other] if *other == CountSource::RawX.to_string() => CountsRemedy::Use(other.clone()).into(),
        [other] => CountsRemedy::UseIfWhole(other.clone()).into(),
        _ => CountsRemedy::ChooseWhole(others).into(),
    }
}

/// Returns a remedy for layers with parts of the counts: how to add them up.
fn sum_of(summands: &[&MatrixInspection]) -> String {
    let terms = summands.iter().filter_map(|found| match &found.header.source {
        CountSource::Layer(name) => Some(format!("adata.layers[{}]", python_literal(name))),
        CountSource::X | CountSource::RawX => None,
    });
    let sum = terms.collect::<Vec<_>>().join(" + ");
    format!("its layers hold parts of the counts; add them up in Python and save the file: adata.X = {sum}")
}

/// Quotes a text as a Python string literal that is safe to paste.
fn python_literal(text: &str) -> String {
    format!("'{}'", excerpt(text).replace('\\', r"\\").replace('\'', r"\'"))
}

fn with_corrected(fix: Remedy) -> Remedy {
    CountsRemedy::OrSendCorrected(Box::new(fix)).into()
}

/// Warns of a matrix with only a part of a cell's counts, which is sent nevertheless.
fn warn_of_parts(found: &MatrixInspection, file: &FileSide, notes: &mut Notes) {
    let source = &found.header.source;
    let fix = "for nuclei, add up all layers with counts and send the sum; for whole cells this may be what you want";
    if parts::is_part_by_name(source) {
        notes.warn(Subject::Counts, format!("{source} holds only a part of the counts, judging by its name"), fix);
    } else if let Some((equal, beside)) = parts::equal_part(&file.matrix, &file.inspection, found) {
        let found = format!("{source} holds the same values as {equal}; {beside} holds counts that are not in it");
        notes.warn(Subject::Counts, found, fix);
    }
}

fn sources<'a>(matrices: impl IntoIterator<Item = &'a MatrixInspection>) -> Vec<String> {
    matrices.into_iter().map(|matrix| matrix.header.source.to_string()).collect()
}

/// Describes how much of the matrix was read, and when the rest will be.
fn looked_at(found: &MatrixInspection) -> String {
    let (seen, all) = (found.look.depth.cells, found.header.cells);
    if matches!(found.look.values, Values::Unreadable { .. }) {
        String::new()
    } else if found.was_looked_at_whole() {
        format!(" (all {all} cells checked)")
    } else {
        let seen = if seen == 0 { "not checked yet".to_owned() } else { format!("a sample of {seen} of {all} cells") };
        format!(" ({seen}; every value is checked before more than the first chunk is sent)")
    }
}

/// Describes the first value that is not a count, by the names of its cell and gene.
fn first_odd(found: &MatrixInspection, matrix: &Matrix) -> String {
    let Some((cell, gene)) = found.look.first_odd else { return String::new() };
    let (cell, gene) = names_at(matrix, &found.header.source, cell, gene);
    format!(", first in cell {cell} at gene {gene}")
}
