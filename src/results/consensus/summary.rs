//! Cells counted by their consensus, or by the reason for a missing one.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use super::Outcome;
use crate::domain::{Ontology, TermIndex};

/// Groups of cells with the same consensus, or with the same reason for a missing one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The groups: those with a consensus, then those without, each from the largest to the smallest.
    pub groups: Vec<Group>,
    /// The group of each cell, by its place in `groups`.
    pub of_cell: Vec<u32>,
}

/// Cells with the same result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The result.
    pub result: GroupResult,
    /// The number of cells.
    pub cells: usize,
}

/// The result of a group. Results with a consensus come first in the order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum GroupResult {
    /// The term of the consensus.
    Agreed(TermIndex),
    /// The reason why there is no consensus.
    Missing(String),
}

impl GroupResult {
    fn of(outcome: &Outcome, ontology: &Ontology, tools: usize) -> Self {
        outcome.term().map_or_else(|| Self::Missing(outcome.reason(ontology, tools)), Self::Agreed)
    }
}

impl Summary {
    /// Groups cells by their outcomes. `tools` is the number of tools.
    pub fn of(outcomes: &[Outcome], ontology: &Ontology, tools: usize) -> Self {
        let mut cells_of: HashMap<Outcome, usize> = HashMap::new();
        outcomes.iter().for_each(|outcome| *cells_of.entry(*outcome).or_default() += 1);
        let result = |outcome: &Outcome| GroupResult::of(outcome, ontology, tools);
        let results: HashMap<Outcome, GroupResult> = cells_of.keys().map(|key| (*key, result(key))).collect();
        let mut counts: BTreeMap<&GroupResult, usize> = BTreeMap::new();
        cells_of.iter().for_each(|(outcome, cells)| *counts.entry(&results[outcome]).or_default() += cells);
        let group = |(result, cells): (&GroupResult, usize)| Group { result: result.clone(), cells };
        let mut groups: Vec<Group> = counts.into_iter().map(group).collect();
        // Groups of the same size stay in the order of their results.
        groups.sort_by_key(|group| (matches!(group.result, GroupResult::Missing(_)), Reverse(group.cells)));
        let places: HashMap<&GroupResult, u32> = groups.iter().map(|group| &group.result).zip(0..).collect();
        let place: HashMap<Outcome, u32> = results.iter().map(|(outcome, of)| (*outcome, places[of])).collect();
        let of_cell = outcomes.iter().map(|outcome| place[outcome]).collect();
        Self { groups, of_cell }
    }

    /// Returns the number of cells.
    pub fn cells(&self) -> usize {
        self.of_cell.len()
    }

    /// Returns the number of cells with a consensus.
    pub fn agreed(&self) -> usize {
        let has_term = |group: &&Group| matches!(group.result, GroupResult::Agreed(_));
        self.groups.iter().filter(has_term).map(|group| group.cells).sum()
    }

    /// Returns the rows of the cells of a group, ascending.
    pub fn rows(&self, group: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.of_cell.len()).filter(move |row| self.of_cell[*row] as usize == group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CellOntology, TermId};

    #[test]
    fn cells_are_grouped_by_consensus_and_then_by_reason() {
        let ontology = CellOntology::embedded().ontology();
        let find = |id: &str| ontology.find(&TermId::from(id)).unwrap();
        let (b_cell, t_cell) = (find("CL:0000236"), find("CL:0000084"));
        let outcomes = [
            Outcome::TooFew { tools: 1 },
            Outcome::Agreed { term: t_cell, tools: 2 },
            Outcome::Agreed { term: b_cell, tools: 3 },
            Outcome::Unrelated,
            Outcome::Agreed { term: b_cell, tools: 2 },
            Outcome::TooFew { tools: 1 },
            Outcome::TooFew { tools: 0 },
        ];
        let summary = Summary::of(&outcomes, &ontology, 3);
        let missing = |reason: &str| GroupResult::Missing(reason.to_owned());
        let expected = [
            (GroupResult::Agreed(b_cell), 2),
            (GroupResult::Agreed(t_cell), 1),
            (missing("only 1 of 3 have a term"), 2),
            (missing("no common ancestor"), 1),
            (missing("only 0 of 3 have a term"), 1),
        ];
        assert_eq!(summary.groups, expected.map(|(result, cells)| Group { result, cells }));
        assert_eq!(summary.of_cell, [2, 1, 0, 3, 0, 2, 4]);
        assert_eq!((summary.cells(), summary.agreed()), (7, 3));
        assert_eq!(summary.rows(2).collect::<Vec<_>>(), [0, 5]);
        assert_eq!(Summary::of(&[], &ontology, 2), Summary::default());
    }
}
