//! The rules of the flags. In: the call of a cell, its rival, and the calls of its cluster. Out: flags and reasons.

use std::sync::OnceLock;

use super::{COARSE, flag::Flags, reason::Reason};
use crate::{
    domain::{Ontology, TermIndex},
    results::{
        CallTable, CellSet, Clusters,
        calls::{Call, Lineages},
    },
};

/// The rules of the flags, applicable to any number of cells.
#[derive(Debug)]
pub struct Flagger<'a> {
    lineages: Lineages<'a>,
    clusters: Option<&'a Clusters>,
    calls: &'a CallTable,
    /// The most frequent calls of each cluster, computed on demand.
    usual: Vec<OnceLock<Option<Usual>>>,
}

/// The most frequent calls of a cluster.
#[derive(Clone, Debug)]
struct Usual {
    /// One term, or several that are equally frequent, in the ontology's order.
    terms: Vec<TermIndex>,
    /// The number of cells with such a call, for each.
    cells: usize,
    called: usize,
}

impl<'a> Flagger<'a> {
    /// Prepares the rules for a table of calls. Without clusters no cell is unlike its cluster; with them, the table must
    /// have the calls of all cells.
    pub fn new(ontology: &'a Ontology, clusters: Option<&'a Clusters>, calls: &'a CallTable) -> Self {
        let count = clusters.map_or(0, |clusters| clusters.clusters.len());
        let usual = (0..count).map(|_| OnceLock::new()).collect();
        Self { lineages: Lineages::new(ontology), clusters, calls, usual }
    }

    /// Returns the flags of a cell; none if it has no call.
    pub fn flags(&self, row: usize) -> Flags {
        self.reasons(row).iter().fold(Flags::default(), |flags, reason| flags.with(reason.flag()))
    }

    /// Returns the reasons for a cell's flags, in the order of the letters.
    pub fn reasons(&self, row: usize) -> Vec<Reason> {
        let Some(call) = self.calls.called(row, 0) else { return Vec::new() };
        let ambiguous = self.calls.rival(row).map(|other| Reason::Ambiguous { call, other });
        [ambiguous, self.coarse(call), self.unlike(row, call)].into_iter().flatten().collect()
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
        let usual = usual.get_or_init(|| Usual::of(&cluster.cells, self.calls, self.lineages.ontology)).as_ref()?;
        let is_apart = usual.terms.iter().all(|term| self.lineages.are_apart(*term, call.term));
        is_apart.then(|| Reason::Unlike {
            cluster: (clusters.column.clone(), cluster.label.clone()),
            usual: usual.terms.clone(),
            cells: usual.cells,
            called: usual.called,
        })
    }
}

impl Usual {
    /// Finds the most frequent calls of a set of cells; `None` if no cell has a call.
    fn of(cells: &CellSet, calls: &CallTable, ontology: &Ontology) -> Option<Self> {
        let counts = calls.count_first(cells, ontology.len()).terms;
        let called = counts.iter().sum();
        let cells = counts.iter().copied().max().filter(|most| *most > 0)?;
        let most = (0u32..).zip(counts).filter(|(_, count)| *count == cells);
        Some(Self { terms: most.map(|(term, _)| TermIndex(term)).collect(), cells, called })
    }
}
