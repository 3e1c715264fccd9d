//! Answers about a chunk. In: the points of its cells, a reference, a question. Out: what goes over the wire.

use rayon::prelude::*;

use crate::{
    domain::{CasCellId, OntologyAwareOptions, quantile::median},
    wire::{Match, Neighbor, NeighborIndex, NeighborhoodAnnotation, OntologyAwareAnnotation, SearchResult},
};

use super::{
    classifier,
    neighbors::{NEIGHBORS, Nearest, Points},
    reference::Reference,
    simulate::Simulation,
    statistics::{self, Detail},
    terms,
};

/// What is asked about the cells of a chunk.
#[derive(Clone, Debug)]
pub enum Question {
    /// Scores of ontology terms.
    OntologyAware {
        /// How neighbors are weighted, and what is left out.
        options: OntologyAwareOptions,
        /// The column of the reference cells that names the terms.
        column: String,
    },
    /// Distances by cell type.
    SummaryStatistics(Detail),
    /// The neighbors.
    Search,
}

/// Who answers.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The reference.
    pub reference: &'a Reference,
    /// The service's number of the reference's first cell.
    pub first_id: i64,
    /// What is simulated.
    pub simulate: &'a [Simulation],
}

/// How many of the neighbors are found where too few of them are simulated.
const FOUND: usize = 87;

/// The answer as JSON, one object a cell in the order of the chunk.
///
/// # Errors
/// Never for finite numbers, which these are.
pub fn answer(
    asked: Asked<'_>,
    cells: Vec<String>,
    points: &Points,
    question: &Question,
) -> serde_json::Result<Vec<u8>> {
    let reference = asked.reference;
    let nearest = reference.index.reference.nearest(points, NEIGHBORS);
    let cells = cells.into_par_iter().zip(nearest);
    match question {
        Question::OntologyAware { options, .. } if asked.simulates(Simulation::Classifier) => {
            serialize(cells.map(|(cell, nearest)| classifier::classify(reference, cell, &nearest, *options)))
        }
        Question::OntologyAware { options, .. } => {
            serialize(cells.map(|(cell, nearest)| ontology_aware(reference, cell, &nearest, *options)))
        }
        Question::SummaryStatistics(detail) => {
            let wants_datasets = *detail == Detail::Datasets && !asked.simulates(Simulation::NoDatasets);
            let datasets = reference.datasets.as_ref().filter(|_| wants_datasets);
            serialize(cells.map(|(query_cell_id, nearest)| NeighborhoodAnnotation {
                query_cell_id,
                matches: statistics::summarize(&asked.measured(nearest), &reference.types.labels, datasets),
            }))
        }
        Question::Search => {
            let cells = cells.enumerate();
            serialize(cells.map(|(place, (cell, nearest))| asked.neighbors(place, cell, nearest)))
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

impl Asked<'_> {
    fn simulates(&self, simulation: Simulation) -> bool {
        self.simulate.contains(&simulation)
    }

    /// Distances as they are, or the similarities that are simulated: half of them are negative.
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
            let found = if place == 0 { 0 } else { FOUND };
            neighbors.iter_mut().skip(found).for_each(|neighbor| *neighbor = Neighbor::padding());
        }
        SearchResult { query_cell_id, neighbors }
    }
}
