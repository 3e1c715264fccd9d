//! Calls that deserve a look. In: the calls of all cells, and groups of cells. Out: a few letters a cell.

use std::collections::HashMap;

use super::{CallTable, Clusters, calls::Call};
use crate::domain::{Ontology, TermIndex};

/// A call with more finer cell types below it than this says little.
const COARSE: usize = 100;

/// What is remarkable about a cell's call. The letters stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// Another of the cell's calls is on another branch of the ontology and scores at least as high as the first.
    Ambiguous,
    /// The ontology has more than a hundred finer cell types below the call.
    Coarse,
    /// The call is on another branch than what most cells of the cell's cluster are called.
    Unlike,
}

/// The flags of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flags(u8);

impl Flag {
    /// All of them, in the order of their letters.
    pub const ALL: [Self; 3] = [Self::Ambiguous, Self::Coarse, Self::Unlike];

    /// Its letter.
    pub fn letter(self) -> char {
        match self {
            Self::Ambiguous => 'A',
            Self::Coarse => 'C',
            Self::Unlike => 'X',
        }
    }

    /// What it says, in a few words.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Ambiguous => "another branch scores as high",
            Self::Coarse => "coarse call",
            Self::Unlike => "unlike its cluster",
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Flags {
    /// Whether a flag is among them.
    pub fn has(self, flag: Flag) -> bool {
        self.0 & flag.bit() != 0
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are there.
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL.into_iter().filter(move |flag| self.has(*flag))
    }

    fn with(self, flag: Flag, when: bool) -> Self {
        if when { Self(self.0 | flag.bit()) } else { self }
    }
}

/// The flags of every cell; none where it has no answer.
pub fn flag_all(calls: &CallTable, ontology: &Ontology, clusters: Option<&Clusters>) -> Vec<Flags> {
    let mut lineages = Lineages { ontology, ancestors: HashMap::new(), coarse: HashMap::new() };
    let common = clusters.map(|clusters| most_called(calls, ontology, clusters));
    let usual = |row: usize| {
        let cluster = clusters?.of_row[row]?;
        common.as_ref()?.get(cluster as usize).copied().flatten()
    };
    (0..calls.len())
        .map(|row| {
            let mut all = calls.row(row);
            let Some(first) = all.next() else { return Flags::default() };
            let is_ambiguous = all.any(|call| call.score >= first.score && lineages.branch(call, first));
            let is_unlike = usual(row).is_some_and(|usual| lineages.are_apart(usual, first.term));
            Flags::default()
                .with(Flag::Ambiguous, is_ambiguous)
                .with(Flag::Coarse, lineages.is_coarse(first.term))
                .with(Flag::Unlike, is_unlike)
        })
        .collect()
}

/// What most cells of each cluster are called; of equal ones the first in the ontology's order.
fn most_called(calls: &CallTable, ontology: &Ontology, clusters: &Clusters) -> Vec<Option<TermIndex>> {
    let most = |counts: Vec<usize>| {
        let best = (0u32..).zip(counts).filter(|(_, count)| *count > 0);
        best.reduce(|best, next| if next.1 > best.1 { next } else { best }).map(|(term, _)| TermIndex(term))
    };
    clusters.clusters.iter().map(|cluster| most(calls.count_first(&cluster.cells, ontology.len()))).collect()
}

/// Who descends from whom; of the few terms that are called.
struct Lineages<'a> {
    ontology: &'a Ontology,
    ancestors: HashMap<TermIndex, Vec<TermIndex>>,
    coarse: HashMap<TermIndex, bool>,
}

impl Lineages<'_> {
    fn descends(&mut self, term: TermIndex, from: TermIndex) -> bool {
        let ontology = self.ontology;
        let ancestors = self.ancestors.entry(term).or_insert_with(|| ontology.with_ancestors(term));
        ancestors.binary_search(&from).is_ok()
    }

    fn are_apart(&mut self, a: TermIndex, b: TermIndex) -> bool {
        !self.descends(a, b) && !self.descends(b, a)
    }

    fn branch(&mut self, call: Call, from: Call) -> bool {
        self.are_apart(call.term, from.term)
    }

    fn is_coarse(&mut self, term: TermIndex) -> bool {
        let ontology = self.ontology;
        *self.coarse.entry(term).or_insert_with(|| ontology.with_descendants(term).len() > COARSE + 1)
    }
}
