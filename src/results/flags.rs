//! Calls that deserve a second look. In: the calls of all cells, and groups of cells. Out: a few letters for each cell,
//! and the reason of each.

use std::sync::OnceLock;

use super::{CallOptions, CallTable, CellSet, Clusters, Error, Results, calls::Call, calls::call_cells};
use crate::domain::{Ontology, TermIndex};

/// A call with more finer cell types below it than this says little.
const COARSE: usize = 100;

/// How many of a cell's calls are compared with the first, however many are shown or written.
pub const COMPARED_CALLS: usize = 3;

/// What is remarkable about a cell's call. The letters stand in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// Another of the cell's first three calls is on another branch of the ontology and scores at least as high.
    Ambiguous,
    /// The ontology has more than a hundred finer cell types below the call.
    Coarse,
    /// The call is on another branch than the most frequent call in the cell's cluster.
    Unlike,
}

/// The flags of a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flags(u8);

/// Why a cell has a flag.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// Another call is on another branch and scores at least as high.
    Ambiguous {
        /// The cell's first call.
        call: Call,
        /// The highest of the others on another branch.
        other: Call,
    },
    /// The call is coarse.
    Coarse {
        /// The cell's first call.
        call: Call,
        /// How many finer cell types the ontology has below it.
        finer: usize,
    },
    /// The call is unlike those of the cell's cluster.
    Unlike {
        /// The column and the label of the cluster.
        cluster: (String, String),
        /// The most frequent call in the cluster.
        usual: TermIndex,
        /// How many of its cells are called so.
        cells: usize,
        /// How many of its cells have a call.
        called: usize,
    },
}

impl Flag {
    /// All of them, in the order of their letters.
    pub const ALL: [Self; 3] = [Self::Ambiguous, Self::Coarse, Self::Unlike];

    /// Returns its letter.
    pub fn letter(self) -> char {
        match self {
            Self::Ambiguous => 'A',
            Self::Coarse => 'C',
            Self::Unlike => 'X',
        }
    }

    /// Returns its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ambiguous => "ambiguous",
            Self::Coarse => "coarse",
            Self::Unlike => "unlike cluster",
        }
    }

    /// Returns what it means, in a few words.
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
    /// Returns whether a flag is among them.
    pub fn has(self, flag: Flag) -> bool {
        self.0 & flag.bit() != 0
    }

    /// Returns whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns those that are there, in the order of their letters.
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL.into_iter().filter(move |flag| self.has(*flag))
    }

    /// Returns their names as files have them: `ambiguous; coarse`. Empty where there is none.
    pub fn names(self) -> String {
        self.iter().map(Flag::name).collect::<Vec<_>>().join("; ")
    }

    /// Returns every set of flags there is, the empty one first.
    pub fn all_sets() -> impl Iterator<Item = Self> {
        (0..1 << Flag::ALL.len()).map(Self)
    }

    fn with(self, flag: Flag) -> Self {
        Self(self.0 | flag.bit())
    }
}

impl Reason {
    /// Returns the flag it is the reason of.
    pub fn flag(&self) -> Flag {
        match self {
            Self::Ambiguous { .. } => Flag::Ambiguous,
            Self::Coarse { .. } => Flag::Coarse,
            Self::Unlike { .. } => Flag::Unlike,
        }
    }

    /// Returns the reason as a sentence without its letter. The ontology gives terms their labels.
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
                "the most frequent call in {column} {label} is {} ({cells} of {called}), on another branch",
                ontology.label(*usual)
            ),
        }
    }
}

/// The rules of the flags, ready to be applied to any number of cells.
#[derive(Debug)]
pub struct Flagger<'a> {
    lineages: Lineages<'a>,
    clusters: Option<&'a Clusters>,
    calls: &'a CallTable,
    /// For each cluster what most of its cells are called, counted when it is needed.
    usual: Vec<OnceLock<Option<Usual>>>,
}

/// What most cells of a cluster are called.
#[derive(Clone, Copy, Debug)]
struct Usual {
    term: TermIndex,
    cells: usize,
    called: usize,
}

impl<'a> Flagger<'a> {
    /// Prepares the rules. Without clusters no cell is unlike its cluster; with them, `calls` are the calls of all cells.
    pub fn new(ontology: &'a Ontology, clusters: Option<&'a Clusters>, calls: &'a CallTable) -> Self {
        let count = clusters.map_or(0, |clusters| clusters.clusters.len());
        let usual = (0..count).map(|_| OnceLock::new()).collect();
        Self { lineages: Lineages::new(ontology), clusters, calls, usual }
    }

    /// Returns the flags of a cell from its calls, best first.
    pub fn flags(&self, row: usize, calls: impl Iterator<Item = Call>) -> Flags {
        self.reasons(row, calls).iter().fold(Flags::default(), |flags, reason| flags.with(reason.flag()))
    }

    /// Returns the reasons of a cell's flags from its calls, best first, in the order of the letters.
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
    /// Finds what most cells of a set are called; of equally frequent terms the first in the ontology's order.
    fn of(cells: &CellSet, calls: &CallTable, ontology: &Ontology) -> Option<Self> {
        let counts = calls.count_first(cells, ontology.len()).terms;
        let called = counts.iter().sum();
        let most = (0u32..).zip(counts).filter(|(_, count)| *count > 0);
        let (term, cells) = most.reduce(|best, next| if next.1 > best.1 { next } else { best })?;
        Some(Self { term: TermIndex(term), cells, called })
    }
}

/// Returns the flags of every cell; none where it has no call.
pub fn flag_all(calls: &CallTable, ontology: &Ontology, clusters: Option<&Clusters>) -> Vec<Flags> {
    let flagger = Flagger::new(ontology, clusters, calls);
    (0..calls.len()).map(|row| flagger.flags(row, calls.row(row))).collect()
}

/// Returns the flags of the cells of a set under a calling rule, for the rows of the whole run; none of other cells.
///
/// # Errors
/// When the run is not ontology-aware.
pub fn flag_cells(
    results: &Results,
    cells: &CellSet,
    options: CallOptions,
    clusters: Option<&Clusters>,
) -> Result<Vec<Flags>, Error> {
    // What most cells of a cluster are called depends on all of them.
    let called = if clusters.is_some() { &CellSet::All } else { cells };
    let calls = call_cells(results, called, CallOptions { top_k: COMPARED_CALLS, ..options })?;
    Ok(flag_all(&calls, results.ontology()?, clusters))
}

/// Ancestors and descendants of the terms that are called, computed once each.
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

    /// Whether neither term descends from the other.
    fn are_apart(&self, a: TermIndex, b: TermIndex) -> bool {
        !self.descends(a, b) && !self.descends(b, a)
    }

    /// How many terms descend from a term.
    fn finer(&self, term: TermIndex) -> usize {
        *self.finer[term.as_usize()].get_or_init(|| self.ontology.with_descendants(term).len().saturating_sub(1))
    }
}
