//! Validation of answers: an answer must be about exactly the cells that were sent, its scores must be scores, and all
//! numbers must be finite. Also collects findings about valid answers.
//!
//! Terms need not be in the run's ontology: a classifier may score others. Such terms are counted where results are read.

use std::{borrow::Cow, cmp::Ordering, io, ops::Range};

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
    /// Something about one cell is wrong.
    #[error("the answer for cell {cell} {fault}")]
    Cell {
        /// The row of the cell.
        cell: usize,
        /// The fault.
        fault: CellFault,
    },
}

/// A fault of the answer about one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CellFault {
    /// A number is infinite or NaN.
    #[error("has a number that is not finite")]
    NotFinite,
    /// A score is not between 0 and 1.
    #[error("has a score that is not between 0 and 1")]
    Score,
    /// A term occurs twice.
    #[error("has a term twice")]
    RepeatedTerm,
    /// The numbers of neighbors contradict each other, or are larger than any model's.
    #[error("has an impossible number of neighbors")]
    Neighbors,
}

/// The amount by which a score may exceed the range from 0 to 1. A score is a sum of weights divided by another sum, so
/// rounding can make it larger than 1; a classifier may compute in single precision.
const ROUNDING: f64 = 1e-5;
/// The maximum number of neighbors of a cell. Models search for some hundreds.
const MOST_NEIGHBORS: u64 = 10_000_000;

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
        OperationKind::OntologyAware => check_cells(cells, body, look_at_scores),
        OperationKind::SummaryStatistics => check_cells(cells, body, look_at_summary),
        OperationKind::Search => check_cells(cells, body, look_at_neighbors),
    }
}

fn look_at_scores(cell: &OntologyAware<'_>) -> Result<Oddities, CellFault> {
    let is_score = |score: f64| (-ROUNDING..=1.0 + ROUNDING).contains(&score);
    if !all_finite(cell.matches.iter().map(|found| found.score).chain([cell.total_weight])) {
        return Err(CellFault::NotFinite);
    }
    if !cell.matches.iter().all(|found| is_score(found.score)) {
        return Err(CellFault::Score);
    }
    if cell.neighbors > MOST_NEIGHBORS || cell.unrecognized > cell.neighbors {
        return Err(CellFault::Neighbors);
    }
    if repeats_a_term(&cell.matches) { Err(CellFault::RepeatedTerm) } else { Ok(Oddities::default()) }
}

fn look_at_summary(cell: &wire::NeighborhoodAnnotation) -> Result<Oddities, CellFault> {
    let distances = cell.matches.iter().flat_map(|found| {
        [found.min_distance, found.p25_distance, found.median_distance, found.p75_distance, found.max_distance]
    });
    if !all_finite(distances) {
        return Err(CellFault::NotFinite);
    }
    let neighbors = cell.matches.iter().map(|found| found.cell_count).fold(0, u64::saturating_add);
    if neighbors > MOST_NEIGHBORS {
        return Err(CellFault::Neighbors);
    }
    let types_by_dataset = cell.matches.iter().filter(|found| found.dataset_ids_with_counts.is_some()).count();
    Ok(Oddities { types: cell.matches.len(), types_by_dataset, ..Oddities::default() })
}

fn look_at_neighbors(cell: &wire::SearchResult) -> Result<Oddities, CellFault> {
    if !all_finite(cell.neighbors.iter().map(|neighbor| neighbor.distance)) {
        return Err(CellFault::NotFinite);
    }
    let padding = cell.neighbors.iter().filter(|neighbor| neighbor.found().is_none()).count();
    Ok(Oddities { padded_cells: usize::from(padding > 0), padding, ..Oddities::default() })
}

/// Returns whether a term occurs twice, in either spelling. Servers list terms in ascending order, which needs no memory.
fn repeats_a_term(matches: &[Match<'_>]) -> bool {
    if matches.is_sorted_by(|a, b| compare_ids(&a.id, &b.id) == Ordering::Less) {
        return false;
    }
    let mut ids: Vec<&str> = matches.iter().map(|found| &*found.id).collect();
    ids.sort_unstable_by(|a, b| compare_ids(a, b));
    ids.windows(2).any(|pair| compare_ids(pair[0], pair[1]) == Ordering::Equal)
}

/// Compares ids of terms. `CL_0000236` and `CL:0000236` are the same.
fn compare_ids(a: &str, b: &str) -> Ordering {
    let spelled = |byte: u8| if byte == b'_' { b':' } else { byte };
    a.bytes().map(spelled).cmp(b.bytes().map(spelled))
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
    neighbors: u64,
    #[serde(rename = "total_neighbors_unrecognized")]
    unrecognized: u64,
}

#[derive(Deserialize)]
struct Match<'a> {
    score: f64,
    #[serde(borrow, rename = "cell_type_ontology_term_id")]
    id: Cow<'a, str>,
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

/// Sums the findings about all cells. `look` examines the answer about one cell. Only one of them is in memory at a time.
fn check_cells<'a, T: Deserialize<'a> + Entry>(
    cells: &Range<usize>,
    body: &'a [u8],
    look: impl Fn(&T) -> Result<Oddities, CellFault>,
) -> Result<Oddities, Error> {
    let mut seen = vec![false; cells.len()];
    let mut sum = Oddities::default();
    let mut check = |answer: T| {
        let id = answer.query_cell_id();
        let row = id.parse().ok().filter(|row| cells.contains(row) && id == row.to_string());
        let Some(row) = row else { return Err(Error::Foreign(crate::domain::text::excerpt(id))) };
        if std::mem::replace(&mut seen[row - cells.start], true) {
            return Err(Error::Repeated(row));
        }
        let found = look(&answer).map_err(|fault| Error::Cell { cell: row, fault })?;
        sum.padded_cells += found.padded_cells;
        sum.padding += found.padding;
        sum.types_by_dataset += found.types_by_dataset;
        sum.types += found.types;
        Ok(())
    };
    let mut fault = None;
    wire::each_entry(body, |answer: T| {
        if fault.is_none() {
            fault = check(answer).err();
        }
    })?;
    match (fault, seen.iter().position(|seen| !seen)) {
        (Some(fault), _) => Err(fault),
        (None, None) => Ok(sum),
        (None, Some(first)) => Err(Error::Missing {
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

    /// Returns the outcome for an ontology-aware answer with these scores of terms.
    fn scored(matches: &[(&str, &str)], neighbors: &str) -> Result<Oddities, Error> {
        let found = matches.iter().map(|(id, score)| {
            format!(r#"{{"score": {score}, "cell_type_ontology_term_id": "{id}", "cell_type": ""}}"#)
        });
        let found: Vec<_> = found.collect();
        let body =
            format!(r#"[{{"query_cell_id": "7", "matches": [{}], "total_weight": 1, {neighbors}}}]"#, found.join(","));
        check(OperationKind::OntologyAware, &(7..8), body.as_bytes())
    }

    const NEIGHBORS: &str = r#""total_neighbors": 5, "total_neighbors_unrecognized": 5"#;

    #[test]
    fn scores_are_between_0_and_1_up_to_rounding() {
        for score in ["0", "-0.0", "1", "1.0000000000000002", "1.0000001", "0.5", "1e-300"] {
            assert!(scored(&[("CL:0000236", score)], NEIGHBORS).is_ok(), "{score}");
        }
        for score in ["1.001", "-0.001", "1e300", "-5", "2"] {
            let error = scored(&[("CL:0000236", score)], NEIGHBORS).unwrap_err();
            assert!(matches!(error, Error::Cell { cell: 7, fault: CellFault::Score }), "{score}: {error}");
        }
    }

    #[test]
    fn a_term_occurs_once_in_any_order_and_spelling() {
        let repeats = |ids: &[&str]| {
            let matches: Vec<_> = ids.iter().map(|id| (*id, "0.5")).collect();
            match scored(&matches, NEIGHBORS) {
                Ok(_) => false,
                Err(Error::Cell { cell: 7, fault: CellFault::RepeatedTerm }) => true,
                Err(other) => panic!("{other}"),
            }
        };
        assert!(!repeats(&["CL:0000000", "CL:0000236", "CL:0000542"]));
        assert!(!repeats(&["CL:0000542", "CL:0000000", "CL:0000236"]));
        assert!(repeats(&["CL:0000542", "CL:0000000", "CL:0000542"]));
        assert!(repeats(&["CL:0000000", "CL:0000000"]));
        assert!(repeats(&["CL:0000000", "CL_0000000"]) && repeats(&["CL_0000000", "CL:0000000"]));
        assert!(repeats(&["a"; 500]));
    }

    #[test]
    fn impossible_numbers_of_neighbors_are_refused() {
        for (all, unrecognized) in [("5", "6"), ("18446744073709551615", "0"), ("10000001", "0")] {
            let neighbors = format!(r#""total_neighbors": {all}, "total_neighbors_unrecognized": {unrecognized}"#);
            let error = scored(&[], &neighbors).unwrap_err();
            assert!(matches!(error, Error::Cell { fault: CellFault::Neighbors, .. }), "{neighbors}: {error}");
        }
        let statistics = r#""min_distance": 1, "p25_distance": 1, "median_distance": 1, "p75_distance": 1,
            "max_distance": 1"#;
        let count = u64::MAX;
        let one = format!(r#"{{"cell_type": "a", "cell_count": {count}, {statistics}}}"#);
        let body = format!(r#"[{{"query_cell_id": "0", "matches": [{one}, {one}]}}]"#);
        let error = check(OperationKind::SummaryStatistics, &(0..1), body.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "the answer for cell 0 has an impossible number of neighbors");
        for index in ["-2", "9223372036854775808", "18446744073709551614", "1e30"] {
            let body = String::from_utf8(search(&["0"]))
                .unwrap()
                .replace("\"cas_cell_index\": 1", &format!("\"cas_cell_index\": {index}"));
            assert!(body.contains(index));
            let error = check(OperationKind::Search, &(0..1), body.as_bytes()).unwrap_err();
            assert!(matches!(error, Error::Unreadable(_)), "{index}: {error}");
        }
    }
}
