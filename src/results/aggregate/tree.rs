//! A rooted tree of aggregated scores.

use std::collections::HashSet;

use super::Aggregated;
use crate::{
    domain::{Ontology, TermId, TermIndex},
    results::Error,
};

/// The part of the ontology that a tree shows. The defaults are those of the official function.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeOptions {
    /// The root of the tree.
    pub root: TermId,
    /// The minimum fraction. A term is shown if more than this fraction of the cells is over the threshold.
    pub min_fraction: f64,
    /// Terms that are left out together with everything below them.
    pub hidden: HashSet<TermId>,
}

impl Default for TreeOptions {
    fn default() -> Self {
        Self { root: TermId::from(TermId::CELL), min_fraction: 0.0, hidden: HashSet::new() }
    }
}

impl TreeOptions {
    /// The initial minimum fraction of the official viewer.
    pub const VIEWER_MIN_FRACTION: f64 = 0.01;
}

/// A node of a tree. A term with two shown parents appears below both.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeNode {
    /// The term.
    pub term: TermIndex,
    /// The aggregated score of the term.
    pub score: f64,
    /// The fraction of cells over the threshold.
    pub fraction: f64,
    /// The shown children, in the ontology's order.
    pub children: Vec<TreeNode>,
}

/// Arranges aggregated scores as a tree, like the official `convert_aggregated_cell_ontology_scores_to_rooted_tree`. A
/// term is shown if its score is over the aggregation's threshold, its fraction is over the minimum, and it is not
/// hidden.
///
/// Neighbor-based scores never rise from parent to child, so every term over the threshold is reachable from the root.
/// A classifier's scores may rise, and its answers lack terms. A term over the threshold without such a parent is
/// therefore attached to its nearest shown ancestors, at the latest to the root.
///
/// # Errors
/// Fails if the root is not in the ontology, or if the tree would be empty.
pub fn rooted_tree(aggregated: &Aggregated, ontology: &Ontology, options: &TreeOptions) -> Result<TreeNode, Error> {
    let root = ontology.find(&options.root).ok_or_else(|| Error::NotInOntology { term: options.root.clone() })?;
    let hidden: HashSet<TermIndex> = options.hidden.iter().filter_map(|term| ontology.find(term)).collect();
    let mut builder =
        Builder { aggregated, ontology, min_fraction: options.min_fraction, hidden, without_parent: HashSet::new() };
    builder.without_parent = ontology.terms().filter(|term| builder.lacks_parent(*term, root)).collect();
    let tree = builder.node(root, &mut Vec::new());
    let is_empty = tree.children.is_empty() && !builder.passes(root);
    if is_empty || builder.hidden.contains(&root) {
        return Err(Error::EmptyTree { root: options.root.clone() });
    }
    Ok(tree)
}

struct Builder<'a> {
    aggregated: &'a Aggregated,
    ontology: &'a Ontology,
    min_fraction: f64,
    hidden: HashSet<TermIndex>,
    /// Terms over the threshold none of whose parents is over it.
    without_parent: HashSet<TermIndex>,
}

impl Builder<'_> {
    fn passes(&self, term: TermIndex) -> bool {
        let score = self.aggregated.scores[term.as_usize()];
        let fraction = self.aggregated.fractions[term.as_usize()];
        score > self.aggregated.options.threshold && fraction > self.min_fraction
    }

    fn lacks_parent(&self, term: TermIndex, root: TermIndex) -> bool {
        let parents = self.ontology.parents(term);
        self.passes(term) && term != root && !parents.iter().any(|parent| *parent == root || self.passes(*parent))
    }

    /// Builds the node of a term. `path` holds the terms above it, so that cycles are cut.
    fn node(&self, term: TermIndex, path: &mut Vec<TermIndex>) -> TreeNode {
        path.push(term);
        let children = self.children(term).into_iter().filter(|child| !path.contains(child)).collect::<Vec<_>>();
        let children = children.into_iter().map(|child| self.node(child, path)).collect();
        path.pop();
        TreeNode {
            term,
            score: self.aggregated.scores[term.as_usize()],
            fraction: self.aggregated.fractions[term.as_usize()],
            children,
        }
    }

    /// Returns the terms shown below a term: its own children, and descendants that have no shown parent.
    fn children(&self, term: TermIndex) -> Vec<TermIndex> {
        let is_open = |child: &TermIndex| !self.hidden.contains(child);
        let children = self.ontology.children(term).iter().copied().filter(is_open);
        let (mut shown, mut open): (Vec<_>, Vec<_>) = children.partition(|child| self.passes(*child));
        if self.without_parent.is_empty() {
            return shown;
        }
        let mut seen: HashSet<TermIndex> = open.iter().copied().collect();
        while let Some(passed_over) = open.pop() {
            for &below in self.ontology.children(passed_over).iter().filter(|below| is_open(below)) {
                if self.without_parent.contains(&below) {
                    shown.push(below);
                } else if !self.passes(below) && seen.insert(below) {
                    open.push(below);
                }
            }
        }
        let mut first = HashSet::new();
        shown.retain(|child| first.insert(*child));
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::AggregateOptions;

    /// Returns the ontology cell → {a, b}; a → {c, d}; {b, c} → e; d → f.
    fn ontology() -> Ontology {
        let term = |id: &str, parents: &[&str]| {
            (TermId::from(id), id.to_owned(), parents.iter().copied().map(TermId::from).collect())
        };
        let terms = vec![
            term(TermId::CELL, &[]),
            term("a", &[TermId::CELL]),
            term("b", &[TermId::CELL]),
            term("c", &["a"]),
            term("d", &["a"]),
            term("e", &["b", "c"]),
            term("f", &["d"]),
        ];
        Ontology::from_parents(terms, &TermId::from(TermId::CELL))
    }

    /// Returns the tree as text: each term is followed by its children in parentheses.
    fn shown(scores: [f64; 7], hidden: &[&str]) -> Result<String, Error> {
        let options = AggregateOptions { threshold: 0.05, ..AggregateOptions::VIEWER };
        let fractions = scores.map(|score| f64::from(u8::from(score > 0.05))).to_vec();
        let aggregated = Aggregated { options, cells: 1, scores: scores.to_vec(), fractions };
        let hidden = hidden.iter().copied().map(TermId::from).collect();
        let ontology = ontology();
        let tree = rooted_tree(&aggregated, &ontology, &TreeOptions { hidden, ..TreeOptions::default() })?;
        fn text(node: &TreeNode, ontology: &Ontology) -> String {
            let children: Vec<_> = node.children.iter().map(|child| text(child, ontology)).collect();
            format!("{}({})", ontology.label(node.term).replace(TermId::CELL, "cell"), children.join(" "))
        }
        Ok(text(&tree, &ontology))
    }

    #[test]
    fn scores_that_decrease_towards_the_leaves_give_the_official_tree() {
        assert_eq!(shown([1.0, 0.7, 0.3, 0.6, 0.0, 0.3, 0.0], &[]).unwrap(), "cell(a(c(e())) b(e()))");
        assert_eq!(shown([1.0, 0.7, 0.3, 0.6, 0.0, 0.3, 0.0], &["c"]).unwrap(), "cell(a() b(e()))");
        assert!(matches!(shown([0.0; 7], &[]), Err(Error::EmptyTree { .. })));
        assert!(matches!(shown([1.0; 7], &[TermId::CELL]), Err(Error::EmptyTree { .. })));
    }

    #[test]
    fn a_term_that_scores_above_its_parents_is_attached_to_the_nearest_shown_term() {
        // The root and d are below the threshold; c scores above a; c is the only shown parent of e.
        assert_eq!(shown([0.0, 0.1, 0.0, 0.8, 0.0, 0.4, 0.3], &[]).unwrap(), "cell(a(c(e()) f()))");
        // Neither b nor c is shown: e appears once below each nearest shown term.
        assert_eq!(shown([0.0, 0.1, 0.0, 0.0, 0.0, 0.4, 0.0], &[]).unwrap(), "cell(a(e()) e())");
        assert_eq!(shown([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.9], &[]).unwrap(), "cell(f())");
        assert!(matches!(shown([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.9], &["d"]), Err(Error::EmptyTree { .. })));
    }
}
