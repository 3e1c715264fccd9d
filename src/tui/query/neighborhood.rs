//! The query for the neighbors of a group of cells.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
};

use super::{Query, Source};
use crate::{
    domain::{CasCellId, CellAnswer},
    results::{CellSet, Results},
    tui::facts::Failure,
};

/// The maximum number of reference cells whose metadata is wanted.
const MOST: usize = 10_000;

/// The neighbors of a group of cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Neighborhood {
    /// The number of cells in the group.
    pub of: usize,
    /// The number of those with an answer.
    pub cells: usize,
    /// The number of different reference cells.
    pub different: usize,
    /// The reference cells, those of most cells first; of very many, only the first.
    pub ids: Vec<CasCellId>,
    /// The number of the group's cells that each of `ids` is a neighbor of.
    pub counts: HashMap<CasCellId, usize>,
}

/// Query for the neighbors of a group of cells.
#[derive(Debug)]
pub struct SumNeighbors {
    /// The cells of the open run.
    pub cells: CellSet,
    /// The folder of another run about the same file that has the neighbors; `None` for the open run.
    pub from: Option<PathBuf>,
}

impl Query for SumNeighbors {
    type Output = Neighborhood;

    fn answer(&self, source: &Source) -> Result<Neighborhood, Failure> {
        let own = source.results();
        let rows: HashSet<usize> = self.cells.within(0..own.cell_count()).map(|row| own.row_in_file(row)).collect();
        let sibling = self.from.as_ref().map(|folder| source.sibling(folder)).transpose()?;
        Ok(sum(sibling.as_ref().map_or(own, |sibling| &sibling.results), &rows))
    }
}

/// Counts the neighbors of the cells in some rows of the file.
fn sum(results: &Results, rows: &HashSet<usize>) -> Neighborhood {
    let mut counts: HashMap<CasCellId, usize> = HashMap::new();
    let mut cells = 0;
    let manifest = results.run().manifest();
    for chunk in results.stored().iter() {
        let is_wanted = |row: &usize| rows.contains(&results.row_in_file(*row));
        if !manifest.range(*chunk).any(|row| is_wanted(&row)) {
            continue;
        }
        // An answer that cannot be read is listed elsewhere, and does not hide the others.
        let Ok(answers) = results.answers(*chunk) else { continue };
        let wanted = manifest.range(*chunk).zip(answers.iter()).filter(|(row, _)| is_wanted(row));
        for (_, answer) in wanted {
            if let CellAnswer::Search(found) = answer {
                cells += 1;
                found.neighbors.iter().for_each(|neighbor| *counts.entry(neighbor.cell).or_default() += 1);
            }
        }
    }
    let mut ids: Vec<CasCellId> = counts.keys().copied().collect();
    ids.sort_by_key(|id| (std::cmp::Reverse(counts[id]), *id));
    let different = ids.len();
    for id in ids.drain(MOST.min(different)..) {
        counts.remove(&id);
    }
    Neighborhood { of: rows.len(), cells, different, ids, counts }
}
