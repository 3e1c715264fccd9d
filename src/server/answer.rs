//! Answers about a chunk. In: the points of its cells, a reference, a question. Out: what goes over the wire.

use rayon::prelude::*;

use crate::{
    domain::OntologyAwareOptions,
    wire::{Match, Neighbor, NeighborhoodAnnotation, OntologyAwareAnnotation, SearchResult},
};

use super::{
    neighbors::{NEIGHBORS, Nearest, Points},
    reference::Reference,
    statistics::{self, Detail},
    terms,
};

/// What is asked about the cells of a chunk.
#[derive(Clone, Copy, Debug)]
pub enum Question {
    /// Scores of ontology terms.
    OntologyAware(OntologyAwareOptions),
    /// Distances by cell type.
    SummaryStatistics(Detail),
    /// The neighbors.
    Search,
}

/// The answer as JSON, one object a cell in the order of the chunk. `first_id` is the service's number of the
/// reference's first cell.
///
/// # Errors
/// Never for finite numbers, which these are.
pub fn answer(
    (reference, first_id): (&Reference, i64),
    cells: Vec<String>,
    points: &Points,
    question: Question,
) -> serde_json::Result<Vec<u8>> {
    let nearest = reference.index.reference.nearest(points, NEIGHBORS);
    let cells = cells.into_par_iter().zip(nearest);
    match question {
        Question::OntologyAware(options) => {
            serialize(cells.map(|(cell, nearest)| ontology_aware(reference, cell, &nearest, options)))
        }
        Question::SummaryStatistics(detail) => {
            let datasets = reference.datasets.as_ref().filter(|_| detail == Detail::Datasets);
            serialize(cells.map(|(query_cell_id, nearest)| NeighborhoodAnnotation {
                query_cell_id,
                matches: statistics::summarize(&nearest, &reference.types.labels, datasets),
            }))
        }
        Question::Search => serialize(cells.map(|(cell, nearest)| neighbors(first_id, cell, &nearest))),
    }
}

fn serialize<T: serde::Serialize + Send>(answers: impl ParallelIterator<Item = T>) -> serde_json::Result<Vec<u8>> {
    serde_json::to_vec(&answers.collect::<Vec<_>>())
}

fn ontology_aware(
    reference: &Reference,
    query_cell_id: String,
    nearest: &[Nearest],
    options: OntologyAwareOptions,
) -> OntologyAwareAnnotation {
    let ontology = &terms::embedded().ontology;
    let scores = reference.consensus.annotate(nearest, &reference.types.terms, options);
    let found = scores.terms.into_iter().map(|(term, score)| Match {
        score,
        cell_type_ontology_term_id: ontology.id(term).as_str().to_owned(),
        cell_type: ontology.label(term).to_owned(),
    });
    OntologyAwareAnnotation {
        query_cell_id,
        matches: found.collect(),
        total_weight: scores.total_weight,
        total_neighbors: nearest.len() as u64,
        total_neighbors_unrecognized: scores.unrecognized as u64,
    }
}

fn neighbors(first_id: i64, query_cell_id: String, nearest: &[Nearest]) -> SearchResult {
    let neighbor = |near: &Nearest| Neighbor { cas_cell_index: first_id + near.cell as i64, distance: near.distance };
    SearchResult { query_cell_id, neighbors: nearest.iter().map(neighbor).collect() }
}
