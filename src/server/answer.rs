//! Answers about a chunk. In: the points of the chunk's cells, a reference, a question. Out: the JSON body of the
//! response.

use rayon::prelude::*;

use crate::{
    analysis::{Coordinates, neighbors::Nearest},
    domain::{CasCellId, OntologyAwareOptions, quantile::median},
    wire::{Match, Neighbor, NeighborIndex, NeighborhoodAnnotation, OntologyAwareAnnotation, SearchResult},
};

use super::{
    classifier,
    reference::Reference,
    simulate::Simulation,
    statistics::{self, Detail},
    terms,
};

/// A question about the cells of a chunk.
#[derive(Clone, Debug)]
pub enum Question {
    /// Scores of ontology terms.
    OntologyAware {
        /// The weighting of neighbors and the prune threshold.
        options: OntologyAwareOptions,
        /// The obs column of the reference that names the terms.
        column: String,
    },
    /// Distances by cell type.
    SummaryStatistics(Detail),
    /// Nearest neighbors.
    Search,
}

/// The reference that answers a question.
#[derive(Clone, Copy, Debug)]
pub struct Responder<'a> {
    /// The reference.
    pub reference: &'a Reference,
    /// The service-wide id of the reference's first cell.
    pub first_id: i64,
    /// The simulated behaviors.
    pub simulate: &'a [Simulation],
}

/// The share of neighbors returned before padding in percent, if too few neighbors are simulated.
const FOUND: usize = 87;

/// Returns the answer as JSON, with one object per cell in the order of the chunk.
///
/// # Errors
/// Fails if JSON cannot represent the answer, which does not happen for finite numbers.
pub fn answer(
    responder: Responder<'_>,
    cells: Vec<String>,
    points: &Coordinates,
    question: &Question,
) -> serde_json::Result<Vec<u8>> {
    let reference = responder.reference;
    let nearest = reference.index.reference.nearest(points, reference.neighbors);
    let cells = cells.into_par_iter().zip(nearest);
    match question {
        Question::OntologyAware { options, .. } if responder.simulates(Simulation::Classifier) => {
            serialize(cells.map(|(cell, nearest)| classifier::classify(reference, cell, &nearest, *options)))
        }
        Question::OntologyAware { options, .. } => {
            serialize(cells.map(|(cell, nearest)| ontology_aware(reference, cell, &nearest, *options)))
        }
        Question::SummaryStatistics(detail) => {
            let wants_datasets = *detail == Detail::Datasets && !responder.simulates(Simulation::NoDatasets);
            let datasets = reference.datasets.as_ref().filter(|_| wants_datasets);
            serialize(cells.map(|(query_cell_id, nearest)| NeighborhoodAnnotation {
                query_cell_id,
                matches: statistics::summarize(&responder.measured(nearest), &reference.types.labels, datasets),
            }))
        }
        Question::Search => {
            let cells = cells.enumerate();
            serialize(cells.map(|(place, (cell, nearest))| responder.neighbors(place, cell, nearest)))
        }
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

impl Responder<'_> {
    fn simulates(&self, simulation: Simulation) -> bool {
        self.simulate.contains(&simulation)
    }

    /// Returns the distances, or simulated similarities, half of which are negative.
    fn measured(&self, mut nearest: Vec<Nearest>) -> Vec<Nearest> {
        if self.simulates(Simulation::Similarity) {
            let distances: Vec<f64> = nearest.iter().map(|near| near.distance).collect();
            let middle = median(&distances).unwrap_or(0.0);
            nearest.iter_mut().for_each(|near| near.distance = middle - near.distance);
        }
        nearest
    }

    fn neighbors(&self, place: usize, query_cell_id: String, nearest: Vec<Nearest>) -> SearchResult {
        let neighbor = |near: Nearest| Neighbor {
            cas_cell_index: NeighborIndex::Cell(CasCellId(self.first_id + near.cell as i64)),
            distance: near.distance,
        };
        let mut neighbors: Vec<_> = self.measured(nearest).into_iter().map(neighbor).collect();
        if self.simulates(Simulation::Padding) {
            let found = if place == 0 { 0 } else { neighbors.len() * FOUND / 100 };
            neighbors.iter_mut().skip(found).for_each(|neighbor| *neighbor = Neighbor::padding());
        }
        SearchResult { query_cell_id, neighbors }
    }
}
