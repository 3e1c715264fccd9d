//! A simulated classifier: the shares of a cell's neighbors by cell type replace the probabilities of a model. In:
//! neighbors. Out: scores like those of CAS's classifier branch.

use crate::{
    analysis::neighbors::Nearest,
    domain::{OntologyAwareOptions, TermIndex},
    wire::{Match, OntologyAwareAnnotation},
};

use super::{reference::Reference, terms};

/// The maximum number of terms in an answer.
const TOP: usize = 10;

/// Returns the answer about a cell. A class gives its probability to its ancestors up to the first one that is itself
/// a class, so a child may score above its parent. The best terms come first and the others are cut off. There are no
/// neighbors, and ids are written with an underscore.
pub(super) fn classify(
    reference: &Reference,
    query_cell_id: String,
    nearest: &[Nearest],
    options: OntologyAwareOptions,
) -> OntologyAwareAnnotation {
    let ontology = &terms::embedded().ontology;
    let term_of = |near: &Nearest| reference.types.terms[near.cell];
    let is_class = |term: TermIndex| reference.types.terms.contains(&Some(term));
    let mut scores = vec![0.0; ontology.len()];
    for term in nearest.iter().filter_map(term_of) {
        let share = 1.0 / nearest.len() as f64;
        let mut open = vec![term];
        let mut seen = vec![term];
        while let Some(term) = open.pop() {
            scores[term.as_usize()] += share;
            let parents = ontology.parents(term).iter().copied().filter(|parent| !is_class(*parent));
            for parent in parents {
                if !seen.contains(&parent) {
                    seen.push(parent);
                    open.push(parent);
                }
            }
        }
    }
    let mut ranked: Vec<_> = ontology.terms().map(|term| (term, scores[term.as_usize()])).collect();
    ranked.retain(|(_, score)| *score > 0.0 && *score >= options.prune_threshold);
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked.truncate(TOP);
    let found = ranked.into_iter().map(|(term, score)| Match {
        score,
        cell_type_ontology_term_id: ontology.id(term).as_str().replace(':', "_"),
        cell_type: ontology.label(term).to_owned(),
    });
    OntologyAwareAnnotation {
        query_cell_id,
        matches: found.collect(),
        total_weight: 0.0,
        total_neighbors: 0,
        total_neighbors_unrecognized: 0,
    }
}
