//! The section about the part of the ontology that the cells belong to, as a tree with shares.

use std::collections::HashSet;

use super::{
    Called,
    document::{Block, Cell, Column, RowKind, Section, Table},
};
use crate::{
    domain::TermIndex,
    results::{
        AggregateOptions, CallCounts, CellSet, Error,
        aggregate::{TreeNode, TreeOptions, aggregate, rooted_tree},
    },
};

/// The maximum number of terms in a table, and in a short one.
const MOST_TERMS: usize = 400;
const BRIEF: usize = 60;

/// Returns the section; `None` if no cell has an answer.
pub(super) fn section(called: &Called<'_>) -> Result<Option<Section>, Error> {
    let options = AggregateOptions::VIEWER;
    let shown = TreeOptions { min_fraction: TreeOptions::VIEWER_MIN_FRACTION, ..TreeOptions::default() };
    let tree = aggregate(called.results, &CellSet::All, options)
        .and_then(|aggregated| rooted_tree(&aggregated, called.ontology, &shown));
    let tree = match tree {
        Ok(tree) => tree,
        Err(Error::EmptyGroup | Error::EmptyTree { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut section = Section::new("ontology", "Ontology");
    section.text(format!(
        "Terms that score over {} in more than {:.0} % of the cells. The score is the mean over these cells; a cell belongs to a term \
         and to all terms above it. The last column counts the cells whose call is exactly this term.",
        options.threshold,
        100.0 * shown.min_fraction
    ));
    let columns =
        [Column::left("Term"), Column::right("Score"), Column::right("Share of cells"), Column::right("Called")];
    let table = Table { brief: BRIEF, ..Table::new("ontology-table", columns) };
    let counts = called.calls.count_first(&CellSet::All, called.ontology.len());
    let mut lines = Lines { table, called, counts, seen: HashSet::new() };
    lines.add(&tree, 0);
    if lines.table.rows.len() >= MOST_TERMS {
        section.text(format!("The first {MOST_TERMS} terms are listed; the tree of the run has all of them."));
    }
    section.blocks.push(Block::Table(lines.table));
    Ok(Some(section))
}

/// The rows of a tree. A term with several parents appears below each, but its children only below the first.
struct Lines<'a> {
    table: Table,
    called: &'a Called<'a>,
    counts: CallCounts,
    /// The terms whose children are in the table already.
    seen: HashSet<TermIndex>,
}

impl Lines<'_> {
    fn add(&mut self, node: &TreeNode, depth: usize) {
        if self.table.rows.len() >= MOST_TERMS {
            return;
        }
        let ontology = self.called.ontology;
        let is_repeated = !self.seen.insert(node.term) && !node.children.is_empty();
        let mark = if is_repeated { " (see above)" } else { "" };
        let label = format!("{}{mark}", ontology.label(node.term));
        self.table.row(
            RowKind::Usual,
            [
                Cell::Term { label, id: ontology.id(node.term).to_string(), depth },
                Cell::score(node.score),
                Cell::Share(node.fraction),
                match self.counts.terms[node.term.as_usize()] {
                    0 => Cell::Empty,
                    cells => Cell::Count(cells),
                },
            ],
        );
        if !is_repeated {
            node.children.iter().for_each(|child| self.add(child, depth + 1));
        }
    }
}
