//! The section about doubtful calls: how many there are for each reason, and which calls they are.

use std::{cmp::Reverse, collections::BTreeMap};

use super::{
    Called,
    document::{Block, Cell, Column, RowKind, Section, Table, count_text, percent},
};
use crate::{
    domain::TermIndex,
    results::{
        Clusters, Flag, Overview,
        flags::{Flagger, Reason, usual_names},
    },
};

/// The maximum number of kinds of doubtful calls listed for each reason.
const SHOWN: usize = 12;

/// Returns the section; `None` if no call is doubtful.
pub(super) fn section(called: &Called<'_>, overview: &Overview, clusters: Option<&Clusters>) -> Option<Section> {
    if overview.doubtful == 0 {
        return None;
    }
    let mut section = Section::new("doubtful", "Doubtful calls");
    section.text(format!(
        "{} of {} cells with an answer ({}) have a call that deserves a second look. A call may have several reasons.",
        count_text(overview.doubtful),
        count_text(overview.answered),
        percent(overview.doubtful as f64 / overview.answered as f64)
    ));
    let columns =
        [Column::left("Reason"), Column::left("Meaning"), Column::right("Cells"), Column::right("Share of cells")];
    let mut table = Table::new("doubtful-reasons", columns);
    for (flag, cells) in overview.flagged.iter().filter(|(flag, _)| clusters.is_some() || *flag != Flag::Unlike) {
        let texts = [flag.name(), flag.meaning()].map(|text| Cell::Text(text.to_owned()));
        table.row(
            RowKind::Usual,
            texts.into_iter().chain([Cell::Count(*cells), Cell::share(*cells, overview.answered)]),
        );
    }
    section.blocks.push(Block::Table(table));
    section.text("The most frequent kinds:");
    section.blocks.push(Block::Table(kinds(called, clusters)));
    Some(section)
}

/// Counts the doubtful calls by reason, call and detail.
fn kinds(called: &Called<'_>, clusters: Option<&Clusters>) -> Table {
    let flagger = Flagger::new(called.ontology, clusters, &called.calls);
    let mut counts: BTreeMap<(usize, TermIndex, String), usize> = BTreeMap::new();
    for row in (0..called.calls.len()).filter(|row| !called.flags[*row].is_empty()) {
        let Some(call) = called.calls.called(row, 0) else { continue };
        for reason in flagger.reasons(row) {
            let place = Flag::ALL.iter().position(|flag| *flag == reason.flag()).unwrap_or_default();
            *counts.entry((place, call.term, detail(&reason, called))).or_default() += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|((place, ..), cells)| (*place, Reverse(*cells)));
    let columns = [Column::left("Reason"), Column::left("Call"), Column::left("Detail"), Column::right("Cells")];
    let mut table = Table::new("doubtful-kinds", columns);
    for (place, flag) in Flag::ALL.iter().enumerate() {
        let of_flag: Vec<_> = counts.iter().filter(|((reason, ..), _)| *reason == place).collect();
        for (number, ((_, term, detail), cells)) in of_flag.iter().take(SHOWN).enumerate() {
            let (kind, name) = match number {
                0 => (RowKind::First, Cell::Text(flag.name().to_owned())),
                _ => (RowKind::Usual, Cell::Empty),
            };
            let call = Cell::term(called.ontology.label(*term), called.ontology.id(*term));
            table.row(kind, [name, call, Cell::Text(detail.clone()), Cell::Count(*cells)]);
        }
        if of_flag.len() > SHOWN {
            let rest = &of_flag[SHOWN..];
            let cells = rest.iter().map(|(_, cells)| cells).sum();
            let more = Cell::Text(format!("{} further kinds", count_text(rest.len())));
            table.row(RowKind::Usual, [Cell::Empty, more, Cell::Empty, Cell::Count(cells)]);
        }
    }
    table
}

/// Returns a reason without the numbers of a single cell.
fn detail(reason: &Reason, called: &Called<'_>) -> String {
    match reason {
        Reason::Ambiguous { other, .. } => format!("as high: {}", called.ontology.label(other.term)),
        Reason::Coarse { finer, .. } => format!("{} finer cell types", count_text(*finer)),
        Reason::Unlike { cluster: (column, label), usual, .. } => {
            format!("{column} {label} is mostly {}", usual_names(usual, called.ontology))
        }
    }
}
