//! The answers of a chunk in the file's order. In: a stored body. Out: one entry a row.

use std::{borrow::Cow, ops::Range};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Error, error::AnswerFault};
use crate::{domain::ChunkIndex, domain::text, store::Run, wire};

/// One object of an answer, which says about which cell it is.
pub trait Entry {
    /// The name the chunk gave the cell: its row number.
    fn query_cell_id(&self) -> &str;
}

/// An answer about a cell whose numbers keep the server's own digits.
#[derive(Debug, Deserialize)]
pub struct VerbatimOntologyAware<'a> {
    /// See [`wire::annotation::OntologyAwareAnnotation`].
    #[serde(borrow)]
    pub query_cell_id: Cow<'a, str>,
    /// The list of terms.
    #[serde(borrow)]
    pub matches: &'a RawValue,
    /// A real number.
    #[serde(borrow)]
    pub total_weight: &'a RawValue,
    /// A whole number.
    #[serde(borrow)]
    pub total_neighbors: &'a RawValue,
    /// A whole number.
    #[serde(borrow)]
    pub total_neighbors_unrecognized: &'a RawValue,
}

/// The same for summary statistics.
#[derive(Debug, Deserialize)]
pub struct VerbatimSummary<'a> {
    /// See [`wire::annotation::NeighborhoodAnnotation`].
    #[serde(borrow)]
    pub query_cell_id: Cow<'a, str>,
    /// The list of cell types.
    #[serde(borrow)]
    pub matches: &'a RawValue,
}

/// What is looked at of an ontology-aware answer where labels do not matter; nothing of it is copied.
#[derive(Debug, Deserialize)]
pub struct BriefOntologyAware<'a> {
    /// See [`wire::annotation::OntologyAwareAnnotation`].
    #[serde(borrow)]
    pub query_cell_id: Cow<'a, str>,
    /// The terms.
    #[serde(borrow)]
    pub matches: Vec<BriefTerm<'a>>,
    /// The sum of the neighbors' weights.
    pub total_weight: f64,
    /// How many neighbors voted.
    pub total_neighbors: u64,
    /// How many of them have a cell type outside the ontology.
    pub total_neighbors_unrecognized: u64,
}

/// A term with its score, see [`wire::annotation::Match`].
#[derive(Debug, Deserialize)]
pub struct BriefTerm<'a> {
    /// In 0..=1.
    pub score: f64,
    /// Such as `CL:0000236`.
    #[serde(borrow)]
    pub cell_type_ontology_term_id: Cow<'a, str>,
}

/// What the reducers look at of a summary-statistics answer.
#[derive(Debug, Deserialize)]
pub struct BriefSummary {
    /// See [`wire::annotation::NeighborhoodAnnotation`].
    pub query_cell_id: String,
    /// The cell types.
    pub matches: Vec<BriefMatch>,
}

/// The neighbors of one cell type, see [`wire::annotation::SummaryStatistics`].
#[derive(Debug, Deserialize)]
pub struct BriefMatch {
    /// The cell type's label.
    pub cell_type: String,
    /// How many neighbors are of it.
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
    VerbatimOntologyAware<'_>,
    VerbatimSummary<'_>,
    BriefSummary,
    BriefOntologyAware<'_>,
    wire::annotation::OntologyAwareAnnotation,
    wire::annotation::NeighborhoodAnnotation,
    wire::annotation::SearchResult
);

/// Reads the answer of a chunk, one entry for each of its rows, in the file's order whatever the server's was.
///
/// # Errors
/// When the answer does not speak of exactly the chunk's cells, or is no such JSON.
pub fn parse<'a, T: Entry + Deserialize<'a>>(run: &Run, chunk: ChunkIndex, body: &'a [u8]) -> Result<Vec<T>, Error> {
    in_file_order(run.manifest().range(chunk), body)
        .map_err(|source| Error::Answer { path: run.answer_path(chunk), source })
}

fn in_file_order<'a, T: Entry + Deserialize<'a>>(rows: Range<usize>, body: &'a [u8]) -> Result<Vec<T>, AnswerFault> {
    let entries: Vec<T> = serde_json::from_slice(body)?;
    let mut placed: Vec<Option<T>> = (0..rows.len()).map(|_| None).collect();
    for entry in entries {
        let row = row_of(&entry, &rows)?;
        if placed[row - rows.start].replace(entry).is_some() {
            return Err(AnswerFault::RepeatedCell(row));
        }
    }
    placed.into_iter().zip(rows).map(|(entry, row)| entry.ok_or(AnswerFault::MissingCell(row))).collect()
}

fn row_of(entry: &impl Entry, rows: &Range<usize>) -> Result<usize, AnswerFault> {
    let id = entry.query_cell_id();
    let row = id.parse().ok().filter(|row| rows.contains(row));
    row.ok_or_else(|| AnswerFault::ForeignCell(text::excerpt(id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(body: &str) -> Result<Vec<String>, AnswerFault> {
        let entries: Vec<VerbatimSummary<'_>> = in_file_order(10..12, body.as_bytes())?;
        Ok(entries.iter().map(|entry| entry.matches.get().to_owned()).collect())
    }

    #[test]
    fn answers_are_put_in_the_files_order() {
        let body = r#"[{"query_cell_id": "11", "matches": [1.50]}, {"matches": [2e0], "query_cell_id": "10", "x": 1}]"#;
        assert_eq!(rows(body).unwrap(), ["[2e0]", "[1.50]"]);
    }

    #[test]
    fn an_answer_about_other_cells_is_refused() {
        let cell = |id: &str| format!(r#"{{"query_cell_id": "{id}", "matches": []}}"#);
        let list = |ids: &[&str]| format!("[{}]", ids.iter().map(|id| cell(id)).collect::<Vec<_>>().join(","));
        assert!(matches!(rows(&list(&["10"])), Err(AnswerFault::MissingCell(11))));
        assert!(matches!(rows(&list(&["10", "10"])), Err(AnswerFault::RepeatedCell(10))));
        assert!(matches!(rows(&list(&["10", "9"])), Err(AnswerFault::ForeignCell(_))));
        assert!(matches!(rows(&list(&["10", "AAAC-1"])), Err(AnswerFault::ForeignCell(_))));
    }
}
