//! The graph of cell types: terms, parents, children and depths, with traversals.

mod limits;

use std::collections::HashMap;

pub(crate) use limits::{MOST_LINKS, MOST_TERMS, OntologyFault};

use super::TermId;

/// The position of a term in its ontology.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermIndex(pub u32);

impl TermIndex {
    /// Returns the position as an index into a slice with one entry per term.
    pub fn as_usize(self) -> usize {
        self.0 as usize
    }
}

/// An ontology as served by CAS: a directed acyclic graph with a root. A term may have several parents.
#[derive(Clone, Debug, Default)]
pub struct Ontology {
    ids: Vec<TermId>,
    labels: Vec<String>,
    places: HashMap<TermId, TermIndex>,
    children: Vec<Vec<TermIndex>>,
    parents: Vec<Vec<TermIndex>>,
    shortest: Vec<Option<u32>>,
    longest: Vec<Option<u32>>,
}

/// The data of a term from which an [`Ontology`] is built.
#[derive(Clone, Debug)]
pub struct TermRecord {
    /// The identifier.
    pub id: TermId,
    /// The label.
    pub label: String,
    /// The direct children in order. IDs that are not terms of the ontology are ignored.
    pub children: Vec<TermId>,
    /// Length of the shortest path from the root in edges, if there is one.
    pub shortest: Option<u32>,
    /// Length of the longest path from the root in edges, if there is one.
    pub longest: Option<u32>,
}

impl Ontology {
    /// Builds the graph. The terms keep the order of the records.
    pub fn new(records: Vec<TermRecord>) -> Self {
        let places: HashMap<_, _> =
            (0u32..).zip(&records).map(|(place, record)| (record.id.clone(), TermIndex(place))).collect();
        let children: Vec<Vec<TermIndex>> = records
            .iter()
            .map(|record| record.children.iter().filter_map(|child| place(&places, child)).collect())
            .collect();
        let mut parents = vec![Vec::new(); records.len()];
        for (parent, children) in (0u32..).zip(&children) {
            for child in children {
                parents[child.as_usize()].push(TermIndex(parent));
            }
        }
        let mut ontology = Self { places, children, parents, ..Self::default() };
        for record in records {
            ontology.ids.push(record.id);
            ontology.labels.push(record.label);
            ontology.shortest.push(record.shortest);
            ontology.longest.push(record.longest);
        }
        ontology
    }

    /// Builds the graph from the parents of each term, and computes the path lengths from `root`.
    pub fn from_parents(terms: Vec<(TermId, String, Vec<TermId>)>, root: &TermId) -> Self {
        let mut children: HashMap<TermId, Vec<TermId>> = HashMap::new();
        for (id, _, parents) in &terms {
            for parent in parents {
                children.entry(parent.clone()).or_default().push(id.clone());
            }
        }
        let records = terms
            .into_iter()
            .map(|(id, label, _)| TermRecord {
                children: children.remove(&id).unwrap_or_default(),
                id,
                label,
                shortest: None,
                longest: None,
            })
            .collect();
        let mut ontology = Self::new(records);
        if let Some(root) = ontology.find(root) {
            (ontology.shortest, ontology.longest) = ontology.path_lengths(root);
        }
        ontology
    }

    /// Returns the lengths of the shortest and the longest path from `root` to each term in edges.
    fn path_lengths(&self, root: TermIndex) -> (Vec<Option<u32>>, Vec<Option<u32>>) {
        let mut shortest = vec![None; self.len()];
        let mut longest = vec![None; self.len()];
        shortest[root.as_usize()] = Some(0);
        longest[root.as_usize()] = Some(0);
        for term in self.topological_order(root) {
            let (near, far) = (shortest[term.as_usize()], longest[term.as_usize()]);
            for child in self.children(term) {
                let (near, far) = (near.map(|n: u32| n + 1), far.map(|n: u32| n + 1));
                let (known_near, known_far) = (&mut shortest[child.as_usize()], &mut longest[child.as_usize()]);
                *known_near = match (*known_near, near) {
                    (Some(known), Some(new)) => Some(known.min(new)),
                    (known, new) => known.or(new),
                };
                *known_far = (*known_far).max(far);
            }
        }
        (shortest, longest)
    }

    /// Returns the terms reachable from `root`, each after all of its reachable parents. The last edge of a cycle is
    /// ignored.
    fn topological_order(&self, root: TermIndex) -> Vec<TermIndex> {
        let mut finished = Vec::new();
        let mut entered = vec![false; self.len()];
        let mut stack = vec![(root, 0)];
        entered[root.as_usize()] = true;
        while let Some((term, next)) = stack.pop() {
            match self.children(term).get(next) {
                Some(&child) => {
                    stack.push((term, next + 1));
                    if !std::mem::replace(&mut entered[child.as_usize()], true) {
                        stack.push((child, 0));
                    }
                }
                None => finished.push(term),
            }
        }
        finished.reverse();
        finished
    }

    /// Returns the number of terms.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Returns whether there are no terms.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Returns all terms in order. CAS sorts them by ID.
    pub fn terms(&self) -> impl ExactSizeIterator<Item = TermIndex> + use<> {
        (0..self.ids.len() as u32).map(TermIndex)
    }

    /// Finds a term by its identifier in either spelling; see [`TermId::other_spelling`].
    pub fn find(&self, id: &TermId) -> Option<TermIndex> {
        place(&self.places, id)
    }

    /// Returns the identifier of a term.
    pub fn id(&self, term: TermIndex) -> &TermId {
        &self.ids[term.as_usize()]
    }

    /// Returns the label of a term.
    pub fn label(&self, term: TermIndex) -> &str {
        &self.labels[term.as_usize()]
    }

    /// Returns the direct children of a term in the order of the server.
    pub fn children(&self, term: TermIndex) -> &[TermIndex] {
        &self.children[term.as_usize()]
    }

    /// Returns the direct parents of a term. Many terms have several.
    pub fn parents(&self, term: TermIndex) -> &[TermIndex] {
        &self.parents[term.as_usize()]
    }

    /// Returns the length of the shortest path from the root, "cell", in edges.
    pub fn shortest_depth(&self, term: TermIndex) -> Option<u32> {
        self.shortest[term.as_usize()]
    }

    /// Returns the length of the longest path from the root, "cell", in edges.
    pub fn longest_depth(&self, term: TermIndex) -> Option<u32> {
        self.longest[term.as_usize()]
    }

    /// Returns whether two terms are on the same branch: they are equal, or one is an ancestor of the other.
    pub fn same_branch(&self, one: TermIndex, other: TermIndex) -> bool {
        one == other || self.with_ancestors(one).contains(&other) || self.with_ancestors(other).contains(&one)
    }

    /// Returns the term and all of its ancestors without duplicates, in ascending order.
    pub fn with_ancestors(&self, term: TermIndex) -> Vec<TermIndex> {
        self.closure(term, Self::parents)
    }

    /// Returns the term and all of its descendants without duplicates, in ascending order.
    pub fn with_descendants(&self, term: TermIndex) -> Vec<TermIndex> {
        self.closure(term, Self::children)
    }

    fn closure(&self, term: TermIndex, next: fn(&Self, TermIndex) -> &[TermIndex]) -> Vec<TermIndex> {
        let mut seen = vec![false; self.len()];
        let mut found = Vec::new();
        let mut open = vec![term];
        while let Some(term) = open.pop() {
            if !std::mem::replace(&mut seen[term.as_usize()], true) {
                found.push(term);
                open.extend_from_slice(next(self, term));
            }
        }
        found.sort_unstable();
        found
    }
}

fn place(places: &HashMap<TermId, TermIndex>, id: &TermId) -> Option<TermIndex> {
    places.get(id).or_else(|| places.get(&id.other_spelling()?)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A graph with a term that has two parents: cell → {a, b}; a → c; b → d → c.
    fn diamond() -> Ontology {
        let term = |id: &str, parents: &[&str]| {
            (TermId::from(id), id.to_uppercase(), parents.iter().copied().map(TermId::from).collect())
        };
        let terms = vec![
            term("a", &["cell"]),
            term("b", &["cell"]),
            term("c", &["a", "d"]),
            term("cell", &[]),
            term("d", &["b"]),
            term("lost", &[]),
        ];
        Ontology::from_parents(terms, &TermId::from("cell"))
    }

    fn place(ontology: &Ontology, id: &str) -> TermIndex {
        ontology.find(&TermId::from(id)).unwrap()
    }

    #[test]
    fn a_term_with_two_parents_has_different_depths() {
        let ontology = diamond();
        let c = place(&ontology, "c");
        assert_eq!(ontology.shortest_depth(c), Some(2));
        assert_eq!(ontology.longest_depth(c), Some(3));
        assert_eq!(ontology.shortest_depth(place(&ontology, "lost")), None);
        assert_eq!(ontology.parents(c).len(), 2);
    }

    #[test]
    fn ancestors_are_returned_without_duplicates() {
        let ontology = diamond();
        let ids: Vec<_> =
            ontology.with_ancestors(place(&ontology, "c")).into_iter().map(|t| ontology.id(t).as_str()).collect();
        assert_eq!(ids, ["a", "b", "c", "cell", "d"]);
    }

    #[test]
    fn a_term_is_found_in_either_spelling() {
        let term = |id: &str, parents: &[&str]| {
            (TermId::from(id), String::new(), parents.iter().copied().map(TermId::from).collect())
        };
        let terms = vec![term("CL_0000000", &[]), term("CL_0000236", &["CL_0000000"])];
        let ontology = Ontology::from_parents(terms, &TermId::from(TermId::CELL));
        assert_eq!(ontology.find(&TermId::from("CL:0000236")), Some(TermIndex(1)));
        assert_eq!(ontology.find(&TermId::from("CL_0000236")), Some(TermIndex(1)));
        assert_eq!(ontology.shortest_depth(TermIndex(1)), Some(1), "the root is found in its other spelling");
        assert_eq!(ontology.find(&TermId::from("CL:0000237")), None);
    }

    #[test]
    fn cycles_are_tolerated() {
        let terms = vec![
            (TermId::from("a"), String::new(), vec![TermId::from("b")]),
            (TermId::from("b"), String::new(), vec![TermId::from("a")]),
        ];
        let ontology = Ontology::from_parents(terms, &TermId::from("a"));
        assert_eq!(ontology.with_ancestors(TermIndex(0)).len(), 2);
    }
}
