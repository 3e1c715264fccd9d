//! Whether an answer is about the cells that were sent: each once, all of them, every number finite. And what is odd about
//! one that can be used.

use std::{borrow::Cow, ops::Range};

use serde::Deserialize;

use crate::{domain::OperationKind, wire};

/// What is wrong with an answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is no JSON of the expected shape.
    #[error("the answer cannot be read")]
    Unreadable(#[from] serde_json::Error),
    /// It speaks of a cell that was not sent.
    #[error("the answer is about a cell that was not sent: '{0}'")]
    Foreign(String),
    /// It speaks of a cell twice.
    #[error("the answer is about cell {0} twice")]
    Repeated(usize),
    /// It does not speak of a cell.
    #[error("the answer lacks {missing} of {sent} cells, the first of them cell {first}")]
    Missing {
        /// How many are lacking.
        missing: usize,
        /// How many were sent.
        sent: usize,
        /// The first of them.
        first: usize,
    },
    /// A number is infinite or not a number.
    #[error("the answer about cell {0} holds a number that is not finite")]
    NotFinite(usize),
}

/// What is odd about an answer that can be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Oddities {
    /// Cells with fewer neighbors than places for them.
    pub padded_cells: usize,
    /// Places that hold no neighbor.
    pub padding: usize,
    /// Cell types, of all cells, whose statistics are given by dataset.
    pub types_by_dataset: usize,
    /// Cell types of all cells.
    pub types: usize,
}

/// Checks an answer against the rows that were sent, which were named by their row numbers.
///
/// # Errors
/// The first thing that is wrong with it.
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

/// An entry of an answer: it says about which cell it is.
trait Entry {
    fn query_cell_id(&self) -> &str;
}

/// [`wire::OntologyAwareAnnotation`] without copies of its texts: an answer may name every term for every cell.
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

/// Sums the oddities of all cells; `look` finds none in a cell with a number that is not finite.
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
    fn the_order_of_cells_does_not_matter_but_each_must_be_there_once() {
        let check = |ids: &[&str]| check(OperationKind::Search, &(5..8), &search(ids));
        assert!(check(&["7", "5", "6"]).is_ok());
        assert!(matches!(check(&["5", "6"]), Err(Error::Missing { missing: 1, sent: 3, first: 7 })));
        assert!(matches!(check(&["5", "6", "6"]), Err(Error::Repeated(6))));
        assert!(matches!(check(&["5", "6", "8"]), Err(Error::Foreign(_))));
        assert!(matches!(check(&["5", "6", "07"]), Err(Error::Foreign(_))));
    }

    #[test]
    fn an_error_page_or_half_an_answer_is_unreadable() {
        for body in ["<html>", "[", "", r#"{"detail": "no"}"#, r#"[{"query_cell_id": "0", "neighbors": NaN}]"#] {
            let result = check(OperationKind::Search, &(0..1), body.as_bytes());
            assert!(matches!(result, Err(Error::Unreadable(_))), "{body}");
        }
    }

    #[test]
    fn what_is_odd_about_a_usable_answer_is_counted() {
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
    fn an_answer_of_a_classifier_can_be_used() {
        let body = r#"[{"query_cell_id": "0", "matches": [
            {"score": 0.7, "cell_type_ontology_term_id": "CL_0000236", "cell_type": "B \"cell\""},
            {"score": 0.1, "cell_type_ontology_term_id": "CL_0000945", "cell_type": "lymphocyte of B lineage"}],
            "total_weight": 0, "total_neighbors": 0, "total_neighbors_unrecognized": 0}]"#;
        assert_eq!(check(OperationKind::OntologyAware, &(0..1), body.as_bytes()).unwrap(), Oddities::default());
        let without_label = body.replace(r#""cell_type": "lymphocyte of B lineage""#, r#""label": 1"#);
        let error = check(OperationKind::OntologyAware, &(0..1), without_label.as_bytes()).unwrap_err();
        assert!(matches!(error, Error::Unreadable(_)), "the pages that show it need the label");
    }
}
