//! The rules of the flags. In: the calls of a cell and of its cluster. Out: flags and reasons.

use std::sync::OnceLock;

use super::{COARSE, COMPARED_CALLS, flag::Flags, lineages::Lineages, reason::Reason};
use crate::{
    domain::{Ontology, TermIndex},
    results::{CallTable, CellSet, Clusters, calls::Call},
};

/// The rules of the flags, applicable to any number of cells.
#[derive(Debug)]
pub struct Flagger<'a> {
    lineages: Lineages<'a>,
    clusters: Option<&'a Clusters>,
    calls: &'a CallTable,
    /// The most frequent call of each cluster, computed on demand.
    usual: Vec<OnceLock<Option<Usual>>>,
}

/// The most frequent call of a cluster.
#[derive(Clone, Copy, Debug)]
struct Usual {
    term: TermIndex,
    cells: usize,
    called: usize,
}

impl<'a> Flagger<'a> {
    /// Prepares the rules. Without clusters no cell is unlike its cluster; with them, `calls` must hold the calls of
    /// all cells.
    pub fn new(ontology: &'a Ontology, clusters: Option<&'a Clusters>, calls: &'a CallTable) -> Self {
        let count = clusters.map_or(0, |clusters| clusters.clusters.len());
        let usual = (0..count).map(|_| OnceLock::new()).collect();
        Self { lineages: Lineages::new(ontology), clusters, calls, usual }
    }

    /// Returns the flags of a cell from its calls, best first.
    pub fn flags(&self, row: usize, calls: impl Iterator<Item = Call>) -> Flags {
        self.reasons(row, calls).iter().fold(Flags::default(), |flags, reason| flags.with(reason.flag()))
    }

    /// Returns the reasons for a cell's flags from its calls, best first, in the order of the letters.
    pub fn reasons(&self, row: usize, mut calls: impl Iterator<Item = Call>) -> Vec<Reason> {
        let Some(call) = calls.next() else { return Vec::new() };
        let others = calls.take(COMPARED_CALLS - 1);
        let found = [self.ambiguous(call, others), self.coarse(call), self.unlike(row, call)];
        found.into_iter().flatten().collect()
    }

    fn ambiguous(&self, call: Call, others: impl Iterator<Item = Call>) -> Option<Reason> {
        let as_high = others.filter(|other| other.score >= call.score);
        let apart = as_high.filter(|other| self.lineages.are_apart(other.term, call.term));
        let highest = apart.reduce(|best, other| if other.score > best.score { other } else { best })?;
        Some(Reason::Ambiguous { call, other: highest })
    }

    fn coarse(&self, call: Call) -> Option<Reason> {
        let finer = self.lineages.finer(call.term);
        (finer > COARSE).then_some(Reason::Coarse { call, finer })
    }

    fn unlike(&self, row: usize, call: Call) -> Option<Reason> {
        let clusters = self.clusters?;
        let place = clusters.of_row.get(row).copied().flatten()? as usize;
        let cluster = clusters.clusters.get(place)?;
        let usual = self.usual.get(place)?;
        let usual = (*usual.get_or_init(|| Usual::of(&cluster.cells, self.calls, self.lineages.ontology)))?;
        self.lineages.are_apart(usual.term, call.term).then(|| Reason::Unlike {
            cluster: (clusters.column.clone(), cluster.label.clone()),
            usual: usual.term,
            cells: usual.cells,
            called: usual.called,
        })
    }
}

impl Usual {
    /// Finds the most frequent call of a set of cells. Ties go to the first term in the ontology's order.
    fn of(cells: &CellSet, calls: &CallTable, ontology: &Ontology) -> Option<Self> {
        let counts = calls.count_first(cells, ontology.len()).terms;
        let called = counts.iter().sum();
        let most = (0u32..).zip(counts).filter(|(_, count)| *count > 0);
        let (term, cells) = most.reduce(|best, next| if next.1 > best.1 { next } else { best })?;
        Some(Self { term: TermIndex(term), cells, called })
    }
}
