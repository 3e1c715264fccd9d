//! The consensus of several tools about the type of a cell. In: the term of each tool. Out: the most specific term on which
//! enough tools agree, or the reason why it is missing.
//!
//! A tool agrees with its own term and with all ancestors of it. Of the terms with enough agreement and not too many
//! descendants, the most specific one is taken. This is the rule of OpenScPCA, whose consensus is the lowest common ancestor
//! of two tools if it has at most 170 descendants; of several lowest common ancestors it takes the one with the fewest. Unlike
//! there, a term that enough tools name themselves is never too general.

mod own_calls;
mod summary;

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

use super::labels::MappedColumn;
use crate::domain::{Ontology, TermId, TermIndex, text::numbered};

pub use own_calls::{OWN_CALLS, own_calls};
pub use summary::{Group, GroupResult, Summary};

/// The default for the largest number of descendants of a consensus.
pub const MAX_DESCENDANTS: usize = 170;

/// Options of the consensus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsensusOptions {
    /// The number of tools that must agree, at least 1.
    pub min_agree: usize,
    /// The largest number of descendants of a consensus, without the term itself.
    pub max_descendants: usize,
}

/// The consensus about a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Enough tools agree on a term.
    Agreed {
        /// The term.
        term: TermIndex,
        /// The number of tools with this term or a descendant.
        tools: usize,
    },
    /// The most specific term on which enough tools agree has too many descendants.
    TooGeneral {
        /// The term.
        term: TermIndex,
        /// The number of its descendants.
        descendants: usize,
    },
    /// Equally many other tools agree on another term.
    Tied {
        /// The two terms.
        terms: [TermIndex; 2],
        /// The number of tools that agree on each.
        tools: usize,
    },
    /// The terms have no common ancestor in the ontology.
    Unrelated,
    /// Too few tools have a term.
    TooFew {
        /// The number of tools with a term.
        tools: usize,
    },
}

impl ConsensusOptions {
    /// Returns the default number of tools that must agree: more than half of them.
    pub fn usual_agreement(tools: usize) -> usize {
        tools / 2 + 1
    }
}

impl Outcome {
    /// Returns the term of the consensus, if there is one.
    pub fn term(&self) -> Option<TermIndex> {
        match self {
            Self::Agreed { term, .. } => Some(*term),
            Self::TooGeneral { .. } | Self::Tied { .. } | Self::Unrelated | Self::TooFew { .. } => None,
        }
    }

    /// Returns the number of tools that agree, if there is a consensus.
    pub fn agreeing(&self) -> Option<usize> {
        match self {
            Self::Agreed { tools, .. } => Some(*tools),
            Self::TooGeneral { .. } | Self::Tied { .. } | Self::Unrelated | Self::TooFew { .. } => None,
        }
    }

    /// Returns the reason in words, for a number of tools.
    pub fn reason(&self, ontology: &Ontology, of: usize) -> String {
        match self {
            Self::Agreed { tools, .. } => format!("{tools} of {of} agree"),
            Self::TooGeneral { term, descendants } => {
                format!(
                    "too general: {} has {}",
                    ontology.label(*term),
                    numbered(*descendants, "descendant", "descendants")
                )
            }
            Self::Tied { terms: [first, second], tools } => {
                format!("tied: {tools} of {of} each for {} and {}", ontology.label(*first), ontology.label(*second))
            }
            Self::Unrelated => "no common ancestor".to_owned(),
            Self::TooFew { tools } => format!("only {tools} of {of} have a term"),
        }
    }
}

/// The rule of the consensus, prepared for one ontology.
#[derive(Debug)]
pub struct Consensus<'a> {
    ontology: &'a Ontology,
    options: ConsensusOptions,
    root: Option<TermIndex>,
    /// The outcome of each combination of terms.
    known: HashMap<Vec<Option<TermIndex>>, Outcome>,
}

/// A term on which enough tools agree.
struct Candidate {
    term: TermIndex,
    /// The tools, by their places.
    tools: Vec<usize>,
    descendants: usize,
    /// Set if enough tools name this term itself.
    is_named: bool,
}

impl<'a> Consensus<'a> {
    /// Prepares the rule.
    pub fn new(ontology: &'a Ontology, options: ConsensusOptions) -> Self {
        Self { ontology, options, root: ontology.find(&TermId::from(TermId::CELL)), known: HashMap::new() }
    }

    /// Returns the consensus about a cell from the term of each tool.
    pub fn of(&mut self, terms: &[Option<TermIndex>]) -> Outcome {
        if let Some(known) = self.known.get(terms) {
            return *known;
        }
        let outcome = self.decide(terms);
        self.known.insert(terms.to_vec(), outcome);
        outcome
    }

    /// Returns the consensus about each cell of some rows, from the columns of all tools.
    ///
    /// # Panics
    /// Panics if a column has fewer rows.
    pub fn of_rows(&mut self, tools: &[MappedColumn], rows: Range<usize>) -> Vec<Outcome> {
        let mut terms = vec![None; tools.len()];
        let mut of_row = |row: usize| {
            terms.iter_mut().zip(tools).for_each(|(term, tool)| *term = tool.terms[row]);
            self.of(&terms)
        };
        rows.map(&mut of_row).collect()
    }

    fn decide(&self, terms: &[Option<TermIndex>]) -> Outcome {
        let tools = terms.iter().flatten().count();
        if tools < self.options.min_agree.max(1) {
            return Outcome::TooFew { tools };
        }
        let agreed = self.candidates(terms);
        // The root does not say what type a cell has.
        let fits = |candidate: &&Candidate| {
            let is_specific = candidate.is_named || candidate.descendants <= self.options.max_descendants;
            is_specific && Some(candidate.term) != self.root
        };
        let fitting = self.most_specific(agreed.iter().filter(fits).collect());
        let Some(most) = fitting.iter().map(|candidate| candidate.tools.len()).max() else {
            let best = self.most_specific(agreed.iter().collect()).into_iter().min_by_key(rank);
            return best.map_or(Outcome::Unrelated, |best| Outcome::TooGeneral {
                term: best.term,
                descendants: best.descendants,
            });
        };
        let mut best: Vec<&Candidate> = fitting.into_iter().filter(|candidate| candidate.tools.len() == most).collect();
        best.sort_by_key(rank);
        let first = best[0];
        let is_apart = |other: &&&Candidate| other.tools.iter().all(|tool| !first.tools.contains(tool));
        match best.iter().find(is_apart) {
            Some(other) => Outcome::Tied { terms: [first.term, other.term], tools: most },
            None => Outcome::Agreed { term: first.term, tools: most },
        }
    }

    /// Returns the terms on which enough tools agree, in the ontology's order.
    fn candidates(&self, terms: &[Option<TermIndex>]) -> Vec<Candidate> {
        let mut tools: BTreeMap<TermIndex, Vec<usize>> = BTreeMap::new();
        for (tool, term) in terms.iter().enumerate() {
            for ancestor in term.iter().flat_map(|term| self.ontology.with_ancestors(*term)) {
                tools.entry(ancestor).or_default().push(tool);
            }
        }
        let enough = tools.into_iter().filter(|(_, tools)| tools.len() >= self.options.min_agree);
        let descendants = |term| self.ontology.with_descendants(term).len() - 1;
        let is_named = |term| terms.iter().filter(|named| **named == Some(term)).count() >= self.options.min_agree;
        enough
            .map(|(term, tools)| Candidate { term, tools, descendants: descendants(term), is_named: is_named(term) })
            .collect()
    }

    /// Returns the candidates that are not an ancestor of another one.
    fn most_specific<'b>(&self, candidates: Vec<&'b Candidate>) -> Vec<&'b Candidate> {
        let is_above = |upper: TermIndex, lower: TermIndex| {
            upper != lower && self.ontology.with_ancestors(lower).binary_search(&upper).is_ok()
        };
        let is_lowest = |upper: &&Candidate| !candidates.iter().any(|lower| is_above(upper.term, lower.term));
        candidates.iter().copied().filter(is_lowest).collect()
    }
}

/// Returns the key by which the better candidate comes first: the fewest descendants, then the ontology's order.
fn rank(candidate: &&Candidate) -> (usize, TermIndex) {
    (candidate.descendants, candidate.term)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CellOntology;

    /// Returns the labels of the consensus, or its reason, for cells with labels separated by `;`; `-` stands for a missing label.
    fn found(cells: &[&str], options: ConsensusOptions) -> Vec<String> {
        let cell_ontology = CellOntology::embedded();
        let ontology = cell_ontology.ontology();
        let mut consensus = Consensus::new(&ontology, options);
        let term = |label: &str| (label != "-").then(|| ontology.find(&cell_ontology.resolve(label).unwrap()).unwrap());
        let mut outcome = |cell: &&str| {
            let terms: Vec<_> = cell.split(';').map(|label| term(label.trim())).collect();
            let outcome = consensus.of(&terms);
            let label = outcome.term().map(|term| ontology.label(term).to_owned());
            label.unwrap_or_else(|| outcome.reason(&ontology, terms.len()))
        };
        cells.iter().map(&mut outcome).collect()
    }

    #[test]
    fn two_of_three_tools_agree_on_the_most_specific_term() {
        let options = ConsensusOptions { min_agree: 2, max_descendants: MAX_DESCENDANTS };
        let cells = [
            "B cell; B cell; T cell",
            "T cell; CD4-positive, alpha-beta T cell; CD8-positive, alpha-beta T cell",
            "naive B cell; memory B cell; -",
            "T cell; -; -",
        ];
        let expected = ["B cell", "mature alpha-beta T cell", "mature B cell", "only 1 of 3 have a term"];
        assert_eq!(found(&cells, options), expected);
    }

    #[test]
    fn a_consensus_is_not_too_general() {
        let at = |max_descendants| found(&["B cell; T cell"], ConsensusOptions { min_agree: 2, max_descendants });
        assert_eq!(at(MAX_DESCENDANTS), ["too general: lymphocyte has 347 descendants"]);
        assert_eq!((at(346).len(), at(347)), (1, vec!["lymphocyte".to_owned()]));
        // A term that both tools name is accepted, but never the root.
        let same =
            found(&["leukocyte; leukocyte", "cell; cell"], ConsensusOptions { min_agree: 2, max_descendants: 170 });
        assert_eq!(same[0], "leukocyte");
        assert!(same[1].starts_with("too general: cell"), "{same:?}");
    }

    #[test]
    fn equal_numbers_of_other_tools_are_a_tie() {
        let options = ConsensusOptions { min_agree: 2, max_descendants: MAX_DESCENDANTS };
        let cells = ["naive B cell; naive B cell; megakaryocyte; megakaryocyte"];
        assert!(found(&cells, options)[0].starts_with("tied: 2 of 4 each for"));
        let cells = ["naive B cell; naive B cell; naive B cell; megakaryocyte; megakaryocyte"];
        assert_eq!(found(&cells, options), ["naive B cell"]);
    }
}
