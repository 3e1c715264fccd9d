//! The entries of a response, one per cell. In: the server's own text, or nothing. Out: JSON with the fields of the
//! official client.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::{results::answers::VerbatimOntologyAware, wire::annotation::Neighbor};

/// The server's own text, or a substitute for cells without an answer.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Raw<'a, T> {
    Sent(&'a RawValue),
    Absent(T),
}

#[derive(Serialize)]
pub(super) struct OntologyAware<'a> {
    query_cell_id: &'a str,
    matches: Raw<'a, [(); 0]>,
    total_weight: Raw<'a, f64>,
    total_neighbors: Raw<'a, u64>,
    total_neighbors_unrecognized: Raw<'a, u64>,
}

#[derive(Serialize)]
pub(super) struct Summary<'a> {
    pub(super) query_cell_id: &'a str,
    pub(super) matches: Raw<'a, [(); 0]>,
}

#[derive(Serialize)]
pub(super) struct Search<'a> {
    pub(super) query_cell_id: &'a str,
    pub(super) neighbors: Neighbors<'a>,
}

/// The neighbors of a cell: the text of the answer, or what was read from it.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Neighbors<'a> {
    Sent(&'a RawValue),
    Read(&'a [Neighbor]),
}

impl<'a> OntologyAware<'a> {
    pub(super) fn new(name: &'a str, cell: &VerbatimOntologyAware<'a>) -> Self {
        Self {
            query_cell_id: name,
            matches: Raw::Sent(cell.matches),
            total_weight: Raw::Sent(cell.total_weight),
            total_neighbors: Raw::Sent(cell.total_neighbors),
            total_neighbors_unrecognized: Raw::Sent(cell.total_neighbors_unrecognized),
        }
    }

    pub(super) fn missing(name: &'a str) -> Self {
        Self {
            query_cell_id: name,
            matches: Raw::Absent([]),
            total_weight: Raw::Absent(0.0),
            total_neighbors: Raw::Absent(0),
            total_neighbors_unrecognized: Raw::Absent(0),
        }
    }
}
