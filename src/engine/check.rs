//! Validation of answers: an answer must be about exactly the cells that were sent, and all numbers must be finite.
//! Also collects findings about valid answers.

use std::{borrow::Cow, io, ops::Range};

use serde::Deserialize;

use crate::{
    domain::{ChunkIndex, OperationKind},
    store::{self, Run},
    wire,
};

/// A reason why an answer is invalid.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The answer is not JSON of the expected shape.
    #[error("the answer cannot be read")]
    Unreadable(#[from] serde_json::Error),
    /// The answer contains a cell that was not sent.
    #[error("the answer has a cell that was not sent: '{0}'")]
    Foreign(String),
    /// The answer contains a cell twice.
    #[error("the answer has cell {0} twice")]
    Repeated(usize),
    /// The answer lacks cells.
    #[error("the answer lacks {missing} of {sent} cells, the first of them cell {first}")]
    Missing {
        /// Number of missing cells.
        missing: usize,
        /// Number of cells sent.
        sent: usize,
        /// The first missing cell.
        first: usize,
    },
    /// A number is infinite or NaN.
    #[error("the answer for cell {0} has a number that is not finite")]
    NotFinite(usize),
}

/// Findings about a valid answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Oddities {
    /// Number of cells with padded neighbors.
    pub padded_cells: usize,
    /// Number of padding entries.
    pub padding: usize,
    /// Number of cell types, over all cells, with statistics by dataset.
    pub types_by_dataset: usize,
    /// Number of cell types over all cells.
    pub types: usize,
}

/// Validates an answer for the rows that were sent, whose cells were named by their row numbers.
///
/// # Errors
/// Returns the first problem found.
pub fn check(kind: OperationKind, cells: &Range<usize>, body: &[u8]) -> Result<Oddities, Error> {
    match kind {
        OperationKind::OntologyAware => check_cells(cells, body, |cell: &OntologyAware<'_>| {
            let scores = cell.matches.iter().map(|found| found.score);
            all_finite(scores.chain([cell.total_weight])).then(Oddities::default)
        }),
        OperationKind::SummaryStatistics => check_cells(cells, body, |cell: &wire::NeighborhoodAnnotation| {
            let distances = cell.matches.iter().flat_map(|found| {
                [found.min_distance, found.p25_distance, found.median_distance, found.p75_distance, found.max_distance]
            });
            let by_dataset = cell.matches.iter().filter(|found| found.dataset_ids_with_counts.is_some()).count();
            let oddities = Oddities { types: cell.matches.len(), types_by_dataset: by_dataset, ..Oddities::default() };
            all_finite(distances).then_some(oddities)
        }),
        OperationKind::Search => check_cells(cells, body, |cell: &wire::SearchResult| {
            let padding = cell.neighbors.iter().filter(|neighbor| neighbor.found().is_none()).count();
            let oddities = Oddities { padded_cells: usize::from(padding > 0), padding, ..Oddities::default() };
            all_finite(cell.neighbors.iter().map(|neighbor| neighbor.distance)).then_some(oddities)
        }),
    }
}

/// Checks that a stored answer can be read and is a complete answer about the cells of its chunk.
///
/// If it is not, resuming the run requests it again, and its cells count as not answered wherever results are read.
///
/// # Errors
/// Fails with [`store::Error::DamagedAnswer`] if it is damaged, and with another error if it cannot be read now.
pub fn check_stored(run: &Run, chunk: ChunkIndex) -> Result<(), store::Error> {
    let body = run.answer(chunk)?;
    let manifest = run.manifest();
    match check(manifest.operation.kind(), &manifest.range(chunk), &body) {
        Ok(_) => Ok(()),
        Err(error) => {
            let source = io::Error::new(io::ErrorKind::InvalidData, error);
            Err(store::Error::DamagedAnswer { path: run.answer_path(chunk), source })
        }
    }
}

/// The answer about one cell.
trait Entry {
    fn query_cell_id(&self) -> &str;
}

/// [`wire::OntologyAwareAnnotation`] with borrowed texts, because an answer may list every term for every cell.
#[derive(Deserialize)]
struct OntologyAware<'a> {
    #[serde(borrow)]
    query_cell_id: Cow<'a, str>,
    #[serde(borrow)]
    matches: Vec<Match<'a>>,
    total_weight: f64,
    #[serde(rename = "total_neighbors")]
    _neighbors: u64,
    #[serde(rename = "total_neighbors_unrecognized")]
    _unrecognized: u64,
}

#[derive(Deserialize)]
struct Match<'a> {
    score: f64,
    #[serde(borrow, rename = "cell_type_ontology_term_id")]
    _id: Cow<'a, str>,
    #[serde(borrow, rename = "cell_type")]
    _label: Cow<'a, str>,
}

impl Entry for OntologyAware<'_> {
    fn query_cell_id(&self) -> &str {
        &self.query_cell_id
    }
}

impl Entry for wire::NeighborhoodAnnotation {
    fn query_cell_id(&self) -> &str {
        &self.query_cell_id
    }
}

impl Entry for wire::SearchResult {
    fn query_cell_id(&self) -> &str {
        &self.query_cell_id
    }
}

fn all_finite(mut numbers: impl Iterator<Item = f64>) -> bool {
    numbers.all(f64::is_finite)
}

/// Sums the findings about all cells. `look` returns `None` for a cell with a number that is not finite.
fn check_cells<'a, T: Deserialize<'a> + Entry>(
    cells: &Range<usize>,
    body: &'a [u8],
    look: impl Fn(&T) -> Option<Oddities>,
) -> Result<Oddities, Error> {
    let answers: Vec<T> = serde_json::from_slice(body)?;
    let mut seen = vec![false; cells.len()];
    let mut sum = Oddities::default();
    for answer in &answers {
        let id = answer.query_cell_id();
        let row = id.parse().ok().filter(|row| cells.contains(row) && id == row.to_string());
        let Some(row) = row else { return Err(Error::Foreign(crate::domain::text::excerpt(id))) };
        if std::mem::replace(&mut seen[row - cells.start], true) {
            return Err(Error::Repeated(row));
        }
        let found = look(answer).ok_or(Error::NotFinite(row))?;
        sum.padded_cells += found.padded_cells;
        sum.padding += found.padding;
        sum.types_by_dataset += found.types_by_dataset;
        sum.types += found.types;
    }
    match seen.iter().position(|seen| !seen) {
        None => Ok(sum),
        Some(first) => Err(Error::Missing {
            missing: seen.iter().filter(|seen| !**seen).count(),
            sent: cells.len(),
            first: cells.start + first,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(ids: &[&str]) -> Vec<u8> {
        let cells: Vec<_> = ids
            .iter()
            .map(|id| {
                format!(r#"{{"query_cell_id": "{id}", "neighbors": [{{"cas_cell_index": 1, "distance": 2.5}}]}}"#)
            })
            .collect();
        format!("[{}]", cells.join(",")).into_bytes()
    }

    #[test]
    fn each_cell_must_occur_once_in_any_order() {
        let check = |ids: &[&str]| check(OperationKind::Search, &(5..8), &search(ids));
        assert!(check(&["7", "5", "6"]).is_ok());
        assert!(matches!(check(&["5", "6"]), Err(Error::Missing { missing: 1, sent: 3, first: 7 })));
        assert!(matches!(check(&["5", "6", "6"]), Err(Error::Repeated(6))));
        assert!(matches!(check(&["5", "6", "8"]), Err(Error::Foreign(_))));
        assert!(matches!(check(&["5", "6", "07"]), Err(Error::Foreign(_))));
    }

    #[test]
    fn error_pages_and_truncated_answers_are_unreadable() {
        for body in ["<html>", "[", "", r#"{"detail": "no"}"#, r#"[{"query_cell_id": "0", "neighbors": NaN}]"#] {
            let result = check(OperationKind::Search, &(0..1), body.as_bytes());
            assert!(matches!(result, Err(Error::Unreadable(_))), "{body}");
        }
    }

    #[test]
    fn padding_and_missing_datasets_are_counted() {
        let padding = r#"{"cas_cell_index": 18446744073709551615, "distance": 3.4028234663852886e+38}"#;
        let cell =
            |id: usize, places: &[&str]| format!(r#"{{"query_cell_id": "{id}", "neighbors": [{}]}}"#, places.join(","));
        let found = r#"{"cas_cell_index": 7, "distance": -0.000000001}"#;
        let cells = [cell(0, &[found, found]), cell(1, &[found, padding]), cell(2, &[padding, padding])];
        let body = format!("[{}]", cells.join(","));
        let oddities = check(OperationKind::Search, &(0..3), body.as_bytes()).unwrap();
        assert_eq!(oddities, Oddities { padded_cells: 2, padding: 3, ..Oddities::default() });

        let statistics = r#""cell_count": 1, "min_distance": 1, "p25_distance": 1, "median_distance": 1, "p75_distance": 1,
            "max_distance": 1"#;
        let body = format!(
            r#"[{{"query_cell_id": "0", "matches": [{{"cell_type": "a", {statistics}}},
            {{"cell_type": "b", {statistics}, "dataset_ids_with_counts": []}}]}}]"#
        );
        let oddities = check(OperationKind::SummaryStatistics, &(0..1), body.as_bytes()).unwrap();
        assert_eq!(oddities, Oddities { types: 2, types_by_dataset: 1, ..Oddities::default() });
    }

    #[test]
    fn answers_of_classifiers_are_valid() {
        let body = r#"[{"query_cell_id": "0", "matches": [
            {"score": 0.7, "cell_type_ontology_term_id": "CL_0000236", "cell_type": "B \"cell\""},
            {"score": 0.1, "cell_type_ontology_term_id": "CL_0000945", "cell_type": "lymphocyte of B lineage"}],
            "total_weight": 0, "total_neighbors": 0, "total_neighbors_unrecognized": 0}]"#;
        assert_eq!(check(OperationKind::OntologyAware, &(0..1), body.as_bytes()).unwrap(), Oddities::default());
        let without_label = body.replace(r#""cell_type": "lymphocyte of B lineage""#, r#""label": 1"#);
        let error = check(OperationKind::OntologyAware, &(0..1), without_label.as_bytes()).unwrap_err();
        assert!(matches!(error, Error::Unreadable(_)), "the label is required");
    }
}
