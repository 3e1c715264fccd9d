//! Flags of calls that deserve a second look. In: the calls of all cells, and groups of cells. Out: the flags of each
//! cell and their reasons.

use std::sync::OnceLock;

use super::{CallOptions, CallTable, CellSet, Clusters, Error, Results, calls::Call, calls::call_cells};
use crate::domain::{Ontology, TermIndex, number::grouped};

/// The maximum number of finer cell types below a call that is not coarse.
pub const COARSE: usize = 100;

/// The number of a cell's calls that are compared, independent of the number shown or written.
pub const COMPARED_CALLS: usize = 3;

/// A property of a cell's call that deserves attention. The variants are in the order of their letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// Another of the cell's first three calls is on another branch of the ontology and scores at least as high.
    Ambiguous,
    /// The ontology has more than a hundred finer cell types below the call.
    Coarse,
    /// The call is on a different branch than the most frequent call in the cell's cluster.
    Unlike,
}

/// The flags of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flags(u8);

/// The reason for a flag.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// Another call is on another branch and scores at least as high.
    Ambiguous {
        /// The cell's first call.
        call: Call,
        /// The highest-scoring other call on another branch.
        other: Call,
    },
    /// The call is coarse.
    Coarse {
        /// The cell's first call.
        call: Call,
        /// The number of finer cell types below it in the ontology.
        finer: usize,
    },
    /// The call is unlike those of the cell's cluster.
    Unlike {
        /// The column and the label of the cluster.
        cluster: (String, String),
        /// The most frequent call in the cluster.
        usual: TermIndex,
        /// The number of its cells with this call.
        cells: usize,
        /// The number of its cells with any call.
        called: usize,
    },
}

impl Flag {
    /// All flags, in the order of their letters.
    pub const ALL: [Self; 3] = [Self::Ambiguous, Self::Coarse, Self::Unlike];

    /// Returns the letter.
    pub fn letter(self) -> char {
        match self {
            Self::Ambiguous => 'A',
            Self::Coarse => 'C',
            Self::Unlike => 'X',
        }
    }

    /// Returns the name used in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ambiguous => "ambiguous",
            Self::Coarse => "coarse",
            Self::Unlike => "unlike cluster",
        }
    }

    /// Returns a short description.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Ambiguous => "another branch scores as high",
            Self::Coarse => "100+ finer types",
            Self::Unlike => "unlike its cluster",
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Flags {
    /// Returns whether the set contains a flag.
    pub fn has(self, flag: Flag) -> bool {
        self.0 & flag.bit() != 0
    }

    /// Returns whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns the flags of the set, in the order of their letters.
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL.into_iter().filter(move |flag| self.has(*flag))
    }

    /// Returns the names as written to files, such as `ambiguous; coarse`; an empty text for an empty set.
    pub fn names(self) -> String {
        self.iter().map(Flag::name).collect::<Vec<_>>().join("; ")
    }

    /// Returns every possible set of flags, the empty one first.
    pub fn all_sets() -> impl Iterator<Item = Self> {
        (0..1 << Flag::ALL.len()).map(Self)
    }

    fn with(self, flag: Flag) -> Self {
        Self(self.0 | flag.bit())
    }
}

impl Reason {
    /// Returns the flag.
    pub fn flag(&self) -> Flag {
        match self {
            Self::Ambiguous { .. } => Flag::Ambiguous,
            Self::Coarse { .. } => Flag::Coarse,
            Self::Unlike { .. } => Flag::Unlike,
        }
    }

    /// Returns the reason as a sentence without the letter. The ontology supplies the labels.
    pub fn words(&self, ontology: &Ontology) -> String {
        match self {
            Self::Ambiguous { call, other } => format!(
                "the next branch, {}, has {:.2}; the call, {}, has {:.2}",
                ontology.label(other.term),
                other.score,
                ontology.label(call.term),
                call.score
            ),
            Self::Coarse { call, finer } => {
                format!("{} is coarse: the ontology has {finer} finer cell types below it", ontology.label(call.term))
            }
            Self::Unlike { cluster: (column, label), usual, cells, called } => format!(
                "the most frequent call in {column} {label} is {} ({} of {}), on another branch",
                ontology.label(*usual),
                grouped(*cells as u64),
                grouped(*called as u64)
            ),
        }
    }
}

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

/// Returns the flags of every cell. A cell without a call has none.
pub fn flag_all(calls: &CallTable, ontology: &Ontology, clusters: Option<&Clusters>) -> Vec<Flags> {
    let flagger = Flagger::new(ontology, clusters, calls);
    (0..calls.len()).map(|row| flagger.flags(row, calls.row(row))).collect()
}

/// Returns the flags of the cells of a set under a calling rule, indexed by the rows of the run. Other cells have
/// none.
///
/// # Errors
/// Fails if the run is not ontology-aware.
pub fn flag_cells(
    results: &Results,
    cells: &CellSet,
    options: &CallOptions,
    clusters: Option<&Clusters>,
) -> Result<Vec<Flags>, Error> {
    // The most frequent call of a cluster depends on all of its cells.
    let called = if clusters.is_some() { &CellSet::All } else { cells };
    let calls = call_cells(results, called, options.with_top_k(COMPARED_CALLS))?;
    Ok(flag_all(&calls, results.ontology()?, clusters))
}

/// Ancestors and descendants of terms, computed once per term.
#[derive(Debug)]
struct Lineages<'a> {
    ontology: &'a Ontology,
    ancestors: Vec<OnceLock<Vec<TermIndex>>>,
    finer: Vec<OnceLock<usize>>,
}

impl<'a> Lineages<'a> {
    fn new(ontology: &'a Ontology) -> Self {
        let terms = ontology.len();
        Self {
            ontology,
            ancestors: (0..terms).map(|_| OnceLock::new()).collect(),
            finer: (0..terms).map(|_| OnceLock::new()).collect(),
        }
    }

    fn descends(&self, term: TermIndex, from: TermIndex) -> bool {
        let ancestors = self.ancestors[term.as_usize()].get_or_init(|| self.ontology.with_ancestors(term));
        ancestors.binary_search(&from).is_ok()
    }

    /// Returns whether neither term descends from the other.
    fn are_apart(&self, a: TermIndex, b: TermIndex) -> bool {
        !self.descends(a, b) && !self.descends(b, a)
    }

    /// Returns the number of descendants of a term.
    fn finer(&self, term: TermIndex) -> usize {
        *self.finer[term.as_usize()].get_or_init(|| self.ontology.with_descendants(term).len().saturating_sub(1))
    }
}
