//! Limits of an ontology, which comes from a server or a run folder. In: a graph. Out: why it cannot be used.
//!
//! The Cell Ontology of 2026 has 3,316 terms, 15 levels and labels of up to 113 bytes. Unfolded to a tree, in which a term
//! appears below each of its parents, it has 22,639 places. The limits are several times larger. Within them, recursion over
//! the levels is safe, and the whole tree fits into memory, also as PhyloXML or JSON.

use super::{Ontology, TermIndex};

/// The maximum number of terms.
pub const MOST_TERMS: usize = 50_000;
/// The maximum number of links from a term to a child.
pub const MOST_LINKS: usize = 250_000;
/// The maximum length of an id or a label in bytes.
pub const LONGEST_TEXT: usize = 400;
/// The maximum number of links from a term without parents down to any term.
pub const MOST_LEVELS: u32 = 64;
/// The maximum number of places in the unfolded tree.
pub const MOST_PLACES: u64 = 100_000;

/// The reason why an ontology cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OntologyFault {
    /// It has too many terms.
    #[error("it has {0} terms; castui reads at most {MOST_TERMS}")]
    Terms(usize),
    /// It has too many links.
    #[error("it has {0} links between terms; castui reads at most {MOST_LINKS}")]
    Links(usize),
    /// A text is too long. The number counts terms from 1.
    #[error("the id or the label of its term number {0} is longer than {LONGEST_TEXT} bytes")]
    Text(usize),
    /// Some terms are above themselves.
    #[error("some of its terms form a cycle")]
    Cycle,
    /// It is too deep.
    #[error("its terms are more than {MOST_LEVELS} levels deep")]
    Levels,
    /// The unfolded tree is too large.
    #[error("its tree has more than {MOST_PLACES} places, because too many of its terms have several parents")]
    Places,
}

impl Ontology {
    /// Checks that the graph has no cycle and is within the limits.
    ///
    /// # Errors
    /// Returns the first fault found.
    pub fn check(&self) -> Result<(), OntologyFault> {
        if self.len() > MOST_TERMS {
            return Err(OntologyFault::Terms(self.len()));
        }
        let links = self.terms().map(|term| self.children(term).len()).sum();
        if links > MOST_LINKS {
            return Err(OntologyFault::Links(links));
        }
        let is_long = |term: TermIndex| self.id(term).as_str().len().max(self.label(term).len()) > LONGEST_TEXT;
        if let Some(term) = self.terms().find(|term| is_long(*term)) {
            return Err(OntologyFault::Text(term.as_usize() + 1));
        }
        let order = self.parents_first().ok_or(OntologyFault::Cycle)?;
        if self.has_too_many_levels(&order) {
            return Err(OntologyFault::Levels);
        }
        if self.places(&order) > MOST_PLACES { Err(OntologyFault::Places) } else { Ok(()) }
    }

    /// Returns all terms, each after all of its parents; `None` if some of them form a cycle.
    fn parents_first(&self) -> Option<Vec<TermIndex>> {
        let mut waiting: Vec<usize> = self.terms().map(|term| self.parents(term).len()).collect();
        let mut order: Vec<TermIndex> = self.terms().filter(|term| waiting[term.as_usize()] == 0).collect();
        let mut next = 0;
        while let Some(&term) = order.get(next) {
            next += 1;
            for &child in self.children(term) {
                waiting[child.as_usize()] -= 1;
                if waiting[child.as_usize()] == 0 {
                    order.push(child);
                }
            }
        }
        (order.len() == self.len()).then_some(order)
    }

    fn has_too_many_levels(&self, parents_first: &[TermIndex]) -> bool {
        let mut levels = vec![0; self.len()];
        for &term in parents_first {
            let below = levels[term.as_usize()] + 1;
            for child in self.children(term) {
                let level: &mut u32 = &mut levels[child.as_usize()];
                *level = below.max(*level);
            }
        }
        levels.into_iter().any(|level| level > MOST_LEVELS)
    }

    /// Returns the number of places in the trees below all terms without parents.
    fn places(&self, parents_first: &[TermIndex]) -> u64 {
        let mut places = vec![1_u64; self.len()];
        for &term in parents_first.iter().rev() {
            let below = self.children(term).iter().map(|child| places[child.as_usize()]);
            places[term.as_usize()] = below.fold(1, u64::saturating_add);
        }
        let tops = self.terms().filter(|term| self.parents(*term).is_empty());
        tops.map(|top| places[top.as_usize()]).fold(0, u64::saturating_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CellOntology, ontology::TermRecord};

    /// Returns an ontology whose term `n` has these children.
    fn graph(terms: usize, children: impl Fn(usize) -> Vec<usize>) -> Ontology {
        let id = |number: usize| format!("T:{number:07}").as_str().into();
        let record = |number: usize| TermRecord {
            id: id(number),
            label: String::new(),
            children: children(number).into_iter().map(id).collect(),
            shortest: None,
            longest: None,
        };
        Ontology::new((0..terms).map(record).collect())
    }

    fn chain(terms: usize) -> Ontology {
        graph(terms, |number| vec![number + 1])
    }

    /// Returns a ladder of diamonds: 0 → {1, 2} → 3 → {4, 5} → 6 and so on. The tree doubles at each.
    fn diamonds(count: usize) -> Ontology {
        graph(3 * count + 1, |number| match number % 3 {
            0 => vec![number + 1, number + 2],
            1 => vec![number + 2],
            _ => vec![number + 1],
        })
    }

    #[test]
    fn the_cell_ontology_is_far_below_the_limits() {
        let ontology = CellOntology::embedded().ontology();
        ontology.check().unwrap();
        let order = ontology.parents_first().unwrap();
        // Counted independently, by a program that unfolds the tree.
        assert_eq!((ontology.len(), ontology.places(&order)), (3316, 22_639));
    }

    #[test]
    fn a_deep_ontology_is_refused_without_recursion() {
        assert_eq!(chain(MOST_LEVELS as usize + 1).check(), Ok(()));
        assert_eq!(chain(MOST_LEVELS as usize + 2).check(), Err(OntologyFault::Levels));
        assert_eq!(chain(MOST_TERMS).check(), Err(OntologyFault::Levels));
        assert_eq!(chain(100_000).check(), Err(OntologyFault::Terms(100_000)));
    }

    #[test]
    fn the_size_of_the_unfolded_tree_is_limited() {
        // The term below d diamonds has 2^d places, and the two terms beside each other above it 2^d together.
        // In all: 1 + (2 + 2) + (4 + 4) + … = 4 · 2^d - 3.
        let places = |count| {
            let ontology = diamonds(count);
            ontology.places(&ontology.parents_first().unwrap())
        };
        assert_eq!([0, 1, 2, 3].map(places), [1, 5, 13, 29]);
        assert_eq!(diamonds(14).check(), Ok(()));
        assert_eq!(diamonds(15).check(), Err(OntologyFault::Places));
        assert_eq!(diamonds(20).check(), Err(OntologyFault::Places));
        assert_eq!(graph(60, |number| (number + 1..60).collect()).check(), Err(OntologyFault::Places));
    }

    #[test]
    fn cycles_long_texts_and_too_many_links_are_refused() {
        assert_eq!(graph(3, |number| vec![(number + 1) % 3]).check(), Err(OntologyFault::Cycle));
        assert_eq!(graph(2, |number| vec![number]).check(), Err(OntologyFault::Cycle));
        let repeated = graph(2, |number| if number == 0 { vec![1; MOST_LINKS + 1] } else { vec![] });
        assert_eq!(repeated.check(), Err(OntologyFault::Links(MOST_LINKS + 1)));
        let label = |length| {
            let record = TermRecord { label: "x".repeat(length), ..record_of("T:0") };
            Ontology::new(vec![record_of("T:1"), record])
        };
        assert_eq!(label(LONGEST_TEXT).check(), Ok(()));
        assert_eq!(label(LONGEST_TEXT + 1).check(), Err(OntologyFault::Text(2)));
        assert_eq!(Ontology::default().check(), Ok(()));
    }

    fn record_of(id: &str) -> TermRecord {
        TermRecord { id: id.into(), label: String::new(), children: vec![], shortest: None, longest: None }
    }
}
