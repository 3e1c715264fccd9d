//! The section about cell types: counts, shares, scores, doubtful calls, and inferred calls in a column of their own.

use std::collections::BTreeMap;

use super::{
    Called, ReportOptions,
    document::{Block, Cell, Column, RowKind, Section, Table, count_text},
};
use crate::{
    domain::{CellSource, TermIndex},
    results::{CallOptions, Error, Overview, Restriction, Results, calls::call_all, infer::Inferred},
};

/// The maximum number of cell types in a short table.
const BRIEF: usize = 30;

/// Cell types in numbers, with a way to find their IDs.
pub(super) struct Types<'a> {
    pub overview: &'a Overview,
    /// Returns the ID of a type from its key; empty if it has none.
    pub id: &'a dyn Fn(u32) -> String,
}

impl Types<'_> {
    /// Returns the cell that names a type.
    pub(super) fn name(&self, place: usize) -> Cell {
        let kind = &self.overview.types[place];
        match kind.key {
            Some(key) => Cell::term(kind.label.clone(), (self.id)(key)),
            None => Cell::no_call(),
        }
    }
}

/// Returns the section of an ontology-aware run.
pub(super) fn section(types: &Types<'_>, called: &Called<'_>, options: &ReportOptions<'_>) -> Result<Section, Error> {
    let mut section = Section::new("types", "Cell types");
    let rule = options.calls.describe(Some(called.ontology));
    section.text(format!(
        "Calls at {rule}. Shares are of the {} cells with an answer.",
        count_text(types.overview.answered)
    ));
    if let Some(sentence) = restricted(called, &options.calls)? {
        section.text(sentence);
    }
    let inferred = options.inferred.map(|inferred| Counts::of(inferred, called.results));
    if let Some(counts) = &inferred {
        section.text(counts.sentence(called.results));
    }
    section.blocks.push(Block::Table(table(types, inferred.as_ref(), called)));
    Ok(section)
}

/// Returns the section of a run of summary statistics.
pub(super) fn vote_section(types: &Types<'_>) -> Section {
    let mut section = Section::new("types", "Cell types");
    section.text(format!(
        "Each cell is called the cell type of most of its reference neighbors. Shares are of the {} cells with an answer.",
        count_text(types.overview.answered)
    ));
    let columns = [
        Column::left("Cell type"),
        Column::right("Cells"),
        Column::right("Share"),
        Column::right("Median share of neighbors"),
    ];
    let mut table = Table { brief: BRIEF, ..Table::new("cell-types", columns) };
    for (place, kind) in types.overview.types.iter().enumerate() {
        let numbers =
            [Cell::Count(kind.cells), Cell::share(kind.cells, types.overview.answered), Cell::score(kind.median)];
        table.row(RowKind::Usual, [types.name(place)].into_iter().chain(numbers));
    }
    section.blocks.push(Block::Table(table));
    section
}

fn table(types: &Types<'_>, inferred: Option<&Counts>, called: &Called<'_>) -> Table {
    let titles = ["Cells", "Share", "Median score", "Doubtful"].map(Column::right);
    let last = inferred.map(|_| Column::right("Inferred (~)"));
    let columns = [Column::left("Cell type")].into_iter().chain(titles).chain(last);
    let mut table = Table { brief: BRIEF, ..Table::new("cell-types", columns) };
    let mut listed = Vec::new();
    for (place, kind) in types.overview.types.iter().enumerate() {
        let own = kind.key.map(TermIndex);
        listed.extend(own);
        let numbers = [
            Cell::Count(kind.cells),
            Cell::share(kind.cells, types.overview.answered),
            Cell::score(kind.median),
            if kind.is_call { Cell::Count(kind.doubtful) } else { Cell::Empty },
        ];
        let last = inferred.map(|counts| own.map_or(Cell::Empty, |term| Cell::Inferred(counts.of_term(term))));
        let row = if kind.is_call { RowKind::Usual } else { RowKind::NoCall };
        table.row(row, [types.name(place)].into_iter().chain(numbers).chain(last));
    }
    for (term, cells) in
        inferred.into_iter().flat_map(|counts| &counts.of_terms).filter(|(term, _)| !listed.contains(term))
    {
        let name = Cell::term(called.ontology.label(*term), called.ontology.id(*term));
        let numbers = [Cell::Count(0), Cell::share(0, types.overview.answered), Cell::Empty, Cell::Count(0)];
        table.row(RowKind::Inferred, [name].into_iter().chain(numbers).chain([Cell::Inferred(*cells)]));
    }
    table
}

/// The numbers of the cells of a file that are not in the run.
pub(super) struct Counts {
    of_terms: BTreeMap<TermIndex, usize>,
    /// The number of inferred cells.
    pub inferred: usize,
    /// The number of cells that another run annotated.
    elsewhere: usize,
    /// The number of cells without a call.
    none: usize,
}

impl Counts {
    /// Counts the cells of a file that are not in the run.
    pub(super) fn of(inferred: &Inferred, results: &Results) -> Self {
        let mut is_own = vec![results.rows_in_file().is_none(); inferred.cells.len()];
        for row in results.rows_in_file().into_iter().flat_map(|rows| rows.iter()) {
            if let Some(own) = is_own.get_mut(*row as usize) {
                *own = true;
            }
        }
        let mut counts = Self { of_terms: BTreeMap::new(), inferred: 0, elsewhere: 0, none: 0 };
        for (cell, _) in inferred.cells.iter().zip(is_own).filter(|(_, own)| !own) {
            match cell.source {
                CellSource::Annotated => counts.elsewhere += 1,
                CellSource::None => counts.none += 1,
                CellSource::Inferred => {
                    counts.inferred += 1;
                    if let Some((term, _)) = cell.call {
                        *counts.of_terms.entry(term).or_default() += 1;
                    }
                }
            }
        }
        counts
    }

    fn of_term(&self, term: TermIndex) -> usize {
        self.of_terms.get(&term).copied().unwrap_or_default()
    }

    /// Describes the numbers.
    fn sentence(&self, results: &Results) -> String {
        let in_file = count_text(results.run().manifest().input.cells_in_file());
        let mut text = format!(
            "The file has {in_file} cells. Those that were not sent have {} inferred calls, which have a separate \
             column (~) and are in no other number of this report",
            count_text(self.inferred)
        );
        if self.elsewhere > 0 {
            text += &format!("; {} were annotated by other runs", count_text(self.elsewhere));
        }
        if self.none > 0 {
            text += &format!("; {} have no call, because no annotated cell is near", count_text(self.none));
        }
        text + "."
    }
}

/// Returns the restriction of the calls and the number of cells whose call it changed; `None` if there is none.
fn restricted(called: &Called<'_>, options: &CallOptions) -> Result<Option<String>, Error> {
    let label = |id: &crate::domain::TermId| match called.ontology.find(id) {
        Some(term) => format!("{} ({id})", called.ontology.label(term)),
        None => id.to_string(),
    };
    let Some(restriction) = options.restriction.describe(label) else { return Ok(None) };
    let free = CallOptions { restriction: Restriction::NONE, top_k: 1, ..options.clone() };
    let free = call_all(called.results, free)?;
    let changed = (0..called.calls.len())
        .filter(|row| called.calls.called(*row, 0).map(|call| call.term) != free.called(*row, 0).map(|call| call.term))
        .count();
    Ok(Some(format!(
        "Calls are restricted, each term with its descendants: {restriction}. The restriction changes the call of {} of {} cells.",
        count_text(changed),
        count_text(super::answered(called.results))
    )))
}
