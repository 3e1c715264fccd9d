//! Aggregated scores as a tree from a root down.

use std::collections::HashSet;

use super::Aggregated;
use crate::{
    domain::{Ontology, TermId, TermIndex},
    results::Error,
};

/// Which part of the ontology a tree shows; the defaults are those of the official function.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeOptions {
    /// The term at the top.
    pub root: TermId,
    /// Terms are shown when more than this fraction of the cells is over the threshold.
    pub min_fraction: f64,
    /// Terms that are left out with all below them.
    pub hidden: HashSet<TermId>,
}

impl Default for TreeOptions {
    fn default() -> Self {
        Self { root: TermId::from(TermId::CELL), min_fraction: 0.0, hidden: HashSet::new() }
    }
}

/// A term of a tree. A term with two parents that are shown is shown under both.
#[derive(Clone, Debug, PartialEq)]
pub struct TreeNode {
    /// The term.
    pub term: TermIndex,
    /// Its aggregated score.
    pub score: f64,
    /// The fraction of cells over the threshold.
    pub fraction: f64,
    /// Its children that are shown, in the ontology's order.
    pub children: Vec<TreeNode>,
}

/// Arranges aggregated scores from a root down, as the official
/// `convert_aggregated_cell_ontology_scores_to_rooted_tree`: a term is shown with its branch when its score is over the
/// threshold of the aggregation, its fraction over the minimum, and it is not hidden.
///
/// # Errors
/// When the root is no term of the ontology, or is itself not to be shown.
pub fn rooted_tree(aggregated: &Aggregated, ontology: &Ontology, options: &TreeOptions) -> Result<TreeNode, Error> {
    let root = ontology.find(&options.root).ok_or_else(|| Error::NotInOntology { term: options.root.clone() })?;
    let builder = Builder {
        aggregated,
        ontology,
        min_fraction: options.min_fraction,
        hidden: options.hidden.iter().filter_map(|term| ontology.find(term)).collect(),
    };
    builder.node(root, &mut Vec::new()).ok_or_else(|| Error::EmptyTree { root: options.root.clone() })
}

struct Builder<'a> {
    aggregated: &'a Aggregated,
    ontology: &'a Ontology,
    min_fraction: f64,
    hidden: HashSet<TermIndex>,
}

impl Builder<'_> {
    /// `path` holds the terms above: a cycle is cut where it closes.
    fn node(&self, term: TermIndex, path: &mut Vec<TermIndex>) -> Option<TreeNode> {
        let score = self.aggregated.scores[term.as_usize()];
        let fraction = self.aggregated.fractions[term.as_usize()];
        let shown = score > self.aggregated.options.threshold && fraction > self.min_fraction;
        if !shown || self.hidden.contains(&term) || path.contains(&term) {
            return None;
        }
        path.push(term);
        let children = self.ontology.children(term).iter().filter_map(|child| self.node(*child, path)).collect();
        path.pop();
        Some(TreeNode { term, score, fraction, children })
    }
}
