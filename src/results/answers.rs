//! The answers of a chunk, parsed and put into the file's order. In: a stored body. Out: one entry per row.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::Error;
use crate::{domain::ChunkIndex, engine::check, store::Run, wire};

/// An entry of an answer that names the cell it is about.
pub trait Entry {
    /// Returns the name that the chunk gave the cell: its row number.
    fn query_cell_id(&self) -> &str;
}

/// An ontology-aware answer about one cell, with numbers as the server wrote them.
#[derive(Debug, Deserialize)]
pub struct VerbatimOntologyAware<'a> {
    /// See [`wire::annotation::OntologyAwareAnnotation`].
    #[serde(borrow)]
    pub query_cell_id: Cow<'a, str>,
    /// The list of terms, as JSON.
    #[serde(borrow)]
    pub matches: &'a RawValue,
    /// A real number, as JSON.
    #[serde(borrow)]
    pub total_weight: &'a RawValue,
    /// A whole number, as JSON.
    #[serde(borrow)]
    pub total_neighbors: &'a RawValue,
    /// A whole number, as JSON.
    #[serde(borrow)]
    pub total_neighbors_unrecognized: &'a RawValue,
}

/// A summary-statistics answer about one cell, with numbers as the server wrote them.
#[derive(Debug, Deserialize)]
pub struct VerbatimSummary<'a> {
    /// See [`wire::annotation::NeighborhoodAnnotation`].
    #[serde(borrow)]
    pub query_cell_id: Cow<'a, str>,
    /// The list of cell types, as JSON.
    #[serde(borrow)]
    pub matches: &'a RawValue,
}

/// The answer of a search about one cell, with numbers as the server wrote them.
#[derive(Debug, Deserialize)]
pub struct VerbatimSearch<'a> {
    /// See [`wire::annotation::SearchResult`].
    #[serde(borrow)]
    pub query_cell_id: Cow<'a, str>,
    /// The list of neighbors, as JSON.
    #[serde(borrow)]
    pub neighbors: &'a RawValue,
}

/// The fields of an ontology-aware answer that are needed when labels do not matter. Borrows from the body.
#[derive(Debug, Deserialize)]
pub struct BriefOntologyAware<'a> {
    /// See [`wire::annotation::OntologyAwareAnnotation`].
    #[serde(borrow)]
    pub query_cell_id: Cow<'a, str>,
    /// The terms with their scores.
    #[serde(borrow)]
    pub matches: Vec<BriefTerm<'a>>,
    /// The sum of the neighbors' weights.
    pub total_weight: f64,
    /// The number of neighbors that voted.
    pub total_neighbors: u64,
    /// The number of those neighbors whose cell type is not in the ontology.
    pub total_neighbors_unrecognized: u64,
}

/// A term with its score; see [`wire::annotation::Match`].
#[derive(Debug, Deserialize)]
pub struct BriefTerm<'a> {
    /// The score, in 0..=1.
    pub score: f64,
    /// The term id, such as `CL:0000236`.
    #[serde(borrow)]
    pub cell_type_ontology_term_id: Cow<'a, str>,
}

/// The answer about one cell as JSON, of which only the name of the cell is read.
#[derive(Debug)]
pub struct Unread<'a> {
    /// See [`wire::annotation::OntologyAwareAnnotation`].
    query_cell_id: Cow<'a, str>,
    /// The whole answer.
    pub text: &'a RawValue,
}

impl<'a> Deserialize<'a> for Unread<'a> {
    fn deserialize<D: Deserializer<'a>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Id<'a> {
            #[serde(borrow)]
            query_cell_id: Cow<'a, str>,
        }
        let text = <&RawValue>::deserialize(deserializer)?;
        let Id { query_cell_id } = serde_json::from_str(text.get()).map_err(serde::de::Error::custom)?;
        Ok(Self { query_cell_id, text })
    }
}

/// The fields of a summary-statistics answer that the reducers need.
#[derive(Debug, Deserialize)]
pub struct BriefSummary {
    /// See [`wire::annotation::NeighborhoodAnnotation`].
    pub query_cell_id: String,
    /// The cell types.
    pub matches: Vec<BriefMatch>,
}

/// The neighbors of one cell type; see [`wire::annotation::SummaryStatistics`].
#[derive(Debug, Deserialize)]
pub struct BriefMatch {
    /// The label of the cell type.
    pub cell_type: String,
    /// The number of neighbors of this cell type.
    pub cell_count: u64,
    /// The smallest distance.
    pub min_distance: f64,
}

macro_rules! entry {
    ($($kind:ty),+) => {
        $(impl Entry for $kind {
            fn query_cell_id(&self) -> &str {
                &self.query_cell_id
            }
        })+
    };
}

entry!(
    Unread<'_>,
    VerbatimOntologyAware<'_>,
    VerbatimSummary<'_>,
    VerbatimSearch<'_>,
    BriefSummary,
    BriefOntologyAware<'_>,
    wire::annotation::OntologyAwareAnnotation,
    wire::annotation::NeighborhoodAnnotation,
    wire::annotation::SearchResult
);

/// Reads the answer of a chunk. Returns one entry for each row, in the file's order; the server's order may differ. An
/// answer is readable exactly if `castui resume` does not request it again: both rely on [`check::check`].
///
/// # Errors
/// Fails if the answer does not pass the check.
pub fn parse<'a, T: Entry + Deserialize<'a>>(run: &Run, chunk: ChunkIndex, body: &'a [u8]) -> Result<Vec<T>, Error> {
    let manifest = run.manifest();
    let checked = check::check(manifest.operation.kind(), &manifest.range(chunk), body);
    checked.and_then(|_| in_file_order(body)).map_err(|source| Error::Answer { path: run.answer_path(chunk), source })
}

/// Passes the entries of a chunk's answer to a function, in the server's order. See [`parse`] about the check.
///
/// # Errors
/// Fails if the answer does not pass the check.
pub fn visit<'a, T: Entry + Deserialize<'a>>(
    run: &Run,
    chunk: ChunkIndex,
    body: &'a [u8],
    take: impl FnMut(T),
) -> Result<(), Error> {
    let manifest = run.manifest();
    let checked = check::check(manifest.operation.kind(), &manifest.range(chunk), body);
    let visited = checked.and_then(|_| Ok(wire::each_entry(body, take)?));
    visited.map_err(|source| Error::Answer { path: run.answer_path(chunk), source })
}

/// Returns the row of a cell that an entry is about, which the check has validated.
pub fn row_of(entry: &impl Entry) -> usize {
    entry.query_cell_id().parse().unwrap_or(usize::MAX)
}

/// Reads the entries of an answer that has passed the check, so each row occurs exactly once.
fn in_file_order<'a, T: Entry + Deserialize<'a>>(body: &'a [u8]) -> Result<Vec<T>, check::Error> {
    let mut entries: Vec<T> = serde_json::from_slice(body)?;
    entries.sort_by_cached_key(row_of);
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_sorted_into_the_files_order() {
        let body = r#"[{"query_cell_id": "11", "matches": [1.50]}, {"matches": [2e0], "query_cell_id": "9", "x": 1}]"#;
        let entries: Vec<VerbatimSummary<'_>> = in_file_order(body.as_bytes()).unwrap();
        assert_eq!(entries.iter().map(|entry| entry.matches.get()).collect::<Vec<_>>(), ["[2e0]", "[1.50]"]);
    }
}
