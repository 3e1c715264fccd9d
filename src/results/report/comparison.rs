//! The section about the comparison with known cell types.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{
    Comparison,
    document::{Block, Cell, Column, RowKind, Section, Table, count_text},
};
use crate::{
    domain::{Ontology, TermId},
    results::{
        Error, NO_CALL, Results,
        benchmark::{Benchmark, Confusion},
    },
};

/// The maximum number of known types in a table, and in a short one.
const MOST_TYPES: usize = 300;
const BRIEF: usize = 40;

/// Returns the section.
///
/// # Errors
/// Fails if the run has no ontology.
pub(super) fn section(comparison: &Comparison<'_>, results: &Results) -> Result<Section, Error> {
    let Benchmark { truth, cells, unanswered, unlabeled, .. } = comparison.calls;
    let mut section = Section::new("comparison", format!("Comparison with {truth}"));
    let mut text = format!("{} cells with an answer and a label are compared", count_text(*cells));
    for (count, what) in [(unlabeled, "have no label"), (unanswered, "have no answer")] {
        if *count > 0 {
            text += &format!("; {} {what}", count_text(*count));
        }
    }
    section.text(text + ".");
    section.blocks.push(Block::Table(measures(comparison)));
    if let Some(first) = comparison.calls.by_k.first() {
        section.text("By known type:");
        section.blocks.push(Block::Table(by_type(&first.confusion, results.ontology()?)));
    }
    Ok(section)
}

fn measures(comparison: &Comparison<'_>) -> Table {
    let titles = ["Cells", "Same type", "F1 macro", "F1 weighted", "Hierarchical F1", "No call"].map(Column::right);
    let mut table = Table::new("comparison-measures", [Column::left("Calls")].into_iter().chain(titles));
    let benchmarks =
        [Some((comparison.calls, RowKind::Usual)), comparison.inferred.map(|found| (found, RowKind::Inferred))];
    for (benchmark, kind) in benchmarks.into_iter().flatten() {
        let Some(first) = benchmark.by_k.first() else { continue };
        let (name, cells) = match kind {
            RowKind::Inferred => ("~inferred", Cell::Inferred(benchmark.cells)),
            RowKind::Usual | RowKind::First | RowKind::NoCall => ("annotated", Cell::Count(benchmark.cells)),
        };
        table.row(
            kind,
            [
                Cell::Text(name.to_owned()),
                cells,
                Cell::share(first.flat.tp as usize, benchmark.cells),
                Cell::score(first.flat.f1_macro),
                Cell::score(first.flat.f1_weighted),
                Cell::score(first.hierarchical.h_f1_micro),
                Cell::Count(benchmark.no_call),
            ],
        );
    }
    table
}

/// The calls of the cells of a known type.
#[derive(Default)]
struct Known {
    cells: u64,
    same: u64,
    /// The most frequent other call.
    other: Option<(TermId, u64)>,
}

fn by_type(confusion: &Confusion, ontology: &Ontology) -> Table {
    let mut types: BTreeMap<&TermId, Known> = BTreeMap::new();
    for (truth, call, cells) in confusion.iter() {
        let known = types.entry(truth).or_default();
        known.cells += cells;
        if truth == call {
            known.same += cells;
        } else if known.other.as_ref().is_none_or(|(_, most)| cells > *most) {
            known.other = Some((call.clone(), cells));
        }
    }
    let mut types: Vec<(&TermId, Known)> = types.into_iter().collect();
    types.sort_by_key(|(_, known)| Reverse(known.cells));
    let columns = [
        Column::left("Known type"),
        Column::right("Cells"),
        Column::right("Called the same"),
        Column::right("Share"),
        Column::left("Most frequent other call"),
        Column::right("Cells"),
    ];
    let mut table = Table { brief: BRIEF, ..Table::new("comparison-types", columns) };
    for (truth, known) in types.into_iter().take(MOST_TYPES) {
        let (cells, same) = (known.cells as usize, known.same as usize);
        let [other, times] = match known.other {
            Some((call, times)) => [named(&call, ontology), Cell::Count(times as usize)],
            None => [Cell::Empty, Cell::Empty],
        };
        let numbers = [Cell::Count(cells), Cell::Count(same), Cell::share(same, cells)];
        table.row(RowKind::Usual, [named(truth, ontology)].into_iter().chain(numbers).chain([other, times]));
    }
    table
}

/// Returns the cell that names a term. A cell without a call counts as called the root.
fn named(id: &TermId, ontology: &Ontology) -> Cell {
    if id.as_str() == TermId::CELL {
        return Cell::Text(NO_CALL.to_owned());
    }
    Cell::term(ontology.find(id).map_or(id.as_str(), |term| ontology.label(term)), id)
}
