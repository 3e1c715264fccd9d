//! Whether an answer is about the cells that were sent: each once, all of them, every number finite.

use std::ops::Range;

use serde::de::DeserializeOwned;

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

/// Checks an answer against the rows that were sent, which were named by their row numbers.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check(kind: OperationKind, cells: &Range<usize>, body: &[u8]) -> Result<(), Error> {
    match kind {
        OperationKind::OntologyAware => check_cells(cells, body, |cell: &wire::OntologyAwareAnnotation| {
            let scores = cell.matches.iter().map(|found| found.score);
            (cell.query_cell_id.as_str().into(), all_finite(scores.chain([cell.total_weight])))
        }),
        OperationKind::SummaryStatistics => check_cells(cells, body, |cell: &wire::NeighborhoodAnnotation| {
            let distances = cell.matches.iter().flat_map(|found| {
                [found.min_distance, found.p25_distance, found.median_distance, found.p75_distance, found.max_distance]
            });
            (cell.query_cell_id.as_str().into(), all_finite(distances))
        }),
        OperationKind::Search => check_cells(cells, body, |cell: &wire::SearchResult| {
            let distances = cell.neighbors.iter().map(|neighbor| neighbor.distance);
            (cell.query_cell_id.as_str().into(), all_finite(distances))
        }),
    }
}

fn all_finite(mut numbers: impl Iterator<Item = f64>) -> bool {
    numbers.all(f64::is_finite)
}

fn check_cells<T: DeserializeOwned>(
    cells: &Range<usize>,
    body: &[u8],
    facts: impl Fn(&T) -> (String, bool),
) -> Result<(), Error> {
    let answers: Vec<T> = serde_json::from_slice(body)?;
    let mut seen = vec![false; cells.len()];
    for answer in &answers {
        let (id, finite) = facts(answer);
        let row = id.parse().ok().filter(|row| cells.contains(row) && id == row.to_string());
        let Some(row) = row else { return Err(Error::Foreign(crate::domain::text::excerpt(&id))) };
        if std::mem::replace(&mut seen[row - cells.start], true) {
            return Err(Error::Repeated(row));
        }
        if !finite {
            return Err(Error::NotFinite(row));
        }
    }
    match seen.iter().position(|seen| !seen) {
        None => Ok(()),
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
}
