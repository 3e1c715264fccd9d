//! The sections about groups of cells: their cell types, and their own calls.

use std::cmp::Reverse;

use super::{
    CalledClusters,
    document::{Block, Cell, Column, Drawing, RowKind, Section, Table, count_text},
    types::Types,
};
use crate::{
    domain::{Ontology, TermId},
    results::{
        Call, NO_CALL, Results,
        clusters::Cluster,
        figure::{self, FigureColors, inline_svg},
    },
};

/// The maximum number of groups in a table.
const MOST_GROUPS: usize = 200;
/// The maximum number of groups in a figure.
const MOST_BARS: usize = 60;
/// The maximum number of rows in a short table.
const BRIEF: usize = 60;
/// The share below which the cell types of a group are summed up.
const LEAST_SHARE: f64 = 0.01;

/// Returns the section about the cell types of the groups of a column, the `number`-th of such sections. Colors are given
/// if it has a figure.
pub(super) fn composition(number: usize, types: &Types<'_>, column: &str, colors: Option<&FigureColors>) -> Section {
    let mut section = Section::new(format!("composition-{number}"), format!("Composition by {column}"));
    let groups = &types.overview.groups;
    let mut places: Vec<usize> = (0..groups.len()).collect();
    if groups.len() > MOST_GROUPS {
        places.sort_by_key(|place| Reverse(groups[*place].answered));
        places.truncate(MOST_GROUPS);
        places.sort_unstable();
        section.text(format!(
            "The {} largest of {} groups are listed.",
            count_text(MOST_GROUPS),
            count_text(groups.len())
        ));
    }
    if let Some(colors) = colors.filter(|_| groups.len() <= MOST_BARS) {
        let svg = inline_svg(&figure::composition::figure((types.overview, column), colors));
        let caption = format!("The cell types of each group by {column}, as shares of its cells with an answer.");
        section.blocks.push(Block::Figure(Drawing { id: format!("composition-figure-{number}"), svg, caption }));
    }
    let columns = [
        Column::left(column),
        Column::right("Cells"),
        Column::left("Cell type"),
        Column::right("Cells of the type"),
        Column::right("Share of the group"),
    ];
    let mut table = Table { brief: BRIEF, ..Table::new(format!("composition-table-{number}"), columns) };
    places.into_iter().for_each(|group| rows(&mut table, types, group));
    section.blocks.push(Block::Table(table));
    section
}

/// Adds the rows of a group: its cell types, the most frequent first.
fn rows(table: &mut Table, types: &Types<'_>, group: usize) {
    let count = &types.overview.groups[group];
    let mut start = Some([Cell::Text(count.label.clone()), Cell::Count(count.answered)]);
    let mut add = |cells: [Cell; 3]| {
        let kind = if start.is_some() { RowKind::First } else { RowKind::Usual };
        table.row(kind, start.take().unwrap_or([Cell::Empty, Cell::Empty]).into_iter().chain(cells));
    };
    if count.answered == 0 {
        return add([Cell::Text("no answer".to_owned()), Cell::Empty, Cell::Empty]);
    }
    let cells_of = |place: usize| types.overview.types[place].of_group[group];
    let mut places: Vec<usize> = (0..types.overview.types.len()).filter(|place| cells_of(*place) > 0).collect();
    places.sort_by_key(|place| Reverse(cells_of(*place)));
    let is_large = |place: &usize| cells_of(*place) as f64 >= LEAST_SHARE * count.answered as f64;
    let (large, small): (Vec<usize>, Vec<usize>) = places.into_iter().partition(is_large);
    for place in large {
        add([types.name(place), Cell::Count(cells_of(place)), Cell::share(cells_of(place), count.answered)]);
    }
    match small[..] {
        [] => {}
        [only] => add([types.name(only), Cell::Count(cells_of(only)), Cell::share(cells_of(only), count.answered)]),
        [..] => {
            let cells = small.iter().map(|place| cells_of(*place)).sum();
            let others = Cell::Text(format!("{} other types", small.len()));
            add([others, Cell::Count(cells), Cell::share(cells, count.answered)]);
        }
    }
}

/// Returns the section about the calls of groups.
pub(super) fn calls(called: &CalledClusters<'_>, results: &Results, ontology: &Ontology) -> Section {
    let CalledClusters { clusters, calls, .. } = called;
    let mut section = Section::new("group-calls", format!("Calls by {}", clusters.column));
    section.text("Each group is called as a whole, from the scores of its cells.");
    let columns =
        [Column::left(&clusters.column), Column::right("Cells"), Column::left("Call"), Column::right("Score")];
    let mut table = Table { brief: BRIEF, ..Table::new("group-calls-table", columns) };
    let is_call = |call: &&Call| ontology.id(call.term).as_str() != TermId::CELL;
    let row = |cluster: &Cluster, called: Option<&[Call]>| {
        let cells = Cell::Count(cluster.cells.count_within(0..results.cell_count()));
        let [call, score] = match called.map(|calls| calls.first().filter(is_call)) {
            Some(Some(call)) => {
                [Cell::term(ontology.label(call.term), ontology.id(call.term)), Cell::score(call.score)]
            }
            Some(None) => [Cell::Text(NO_CALL.to_owned()), Cell::Empty],
            None => [Cell::Text("no answer".to_owned()), Cell::Empty],
        };
        [Cell::Text(cluster.label.clone()), cells, call, score]
    };
    for (cluster, called) in clusters.clusters.iter().zip(&calls.clusters).take(MOST_GROUPS) {
        table.row(RowKind::Usual, row(cluster, called.as_ref().map(|(_, calls)| &calls[..])));
    }
    if let Some(more) = clusters.clusters.len().checked_sub(MOST_GROUPS).filter(|more| *more > 0) {
        section.text(format!("{} further groups are not listed.", count_text(more)));
    }
    section.blocks.push(Block::Table(table));
    section
}
