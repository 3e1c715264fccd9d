//! Scores of terms in an `.h5ad`, as the official client inserts them.

use std::path::Path;

use serde::Serialize;

use super::Error;
use crate::{
    matrix::{Matrix, TermScores},
    wire::annotation::Match,
};

/// The number of cells read at once.
const ROWS: usize = 512;
/// The size of a score in an answer in bytes, about.
const BYTES_PER_SCORE: u64 = 110;

/// The scores of the terms of each cell.
pub struct Scores {
    matrix: Matrix,
    scores: TermScores,
}

#[derive(Serialize)]
struct Answer {
    matches: Vec<Match>,
    /// The client does not insert the totals.
    total_weight: f64,
    total_neighbors: u64,
    total_neighbors_unrecognized: u64,
}

impl Scores {
    /// Opens the scores of a file.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let matrix = Matrix::open(path)?;
        let scores = matrix.term_scores()?;
        let named = scores.terms.len().min(scores.labels.len());
        if scores.columns != named || scores.terms.len() != scores.labels.len() {
            return Err(Error::OtherTerms { path: path.to_owned(), found: scores.columns, named });
        }
        Ok(Self { matrix, scores })
    }

    /// Returns about the size of the answers in bytes.
    pub fn bytes(&self) -> u64 {
        self.scores.entry_count().saturating_mul(BYTES_PER_SCORE)
    }

    /// Reads the names of the cells.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        Ok(self.matrix.cell_names()?)
    }

    /// Calls `take` with the answer about each cell; see [`super::response::each`].
    pub fn each(&self, mut take: impl FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error> {
        let cells = self.matrix.cell_count();
        for start in (0..cells).step_by(ROWS) {
            for row in self.scores.rows(start..cells.min(start + ROWS))? {
                let matches = row.into_iter().map(|(term, score)| Match {
                    score,
                    cell_type_ontology_term_id: self.scores.terms[term as usize].clone(),
                    cell_type: self.scores.labels[term as usize].clone(),
                });
                let answer = Answer {
                    matches: matches.collect(),
                    total_weight: 0.0,
                    total_neighbors: 0,
                    total_neighbors_unrecognized: 0,
                };
                let text =
                    serde_json::to_vec(&answer).map_err(|error| Error::io("read", self.matrix.path())(error.into()))?;
                // A comma in place of the opening brace, and no closing one.
                let fields = text.strip_suffix(b"}").and_then(|text| text.strip_prefix(b"{")).unwrap_or_default();
                take(&[b",", fields].concat())?;
            }
        }
        Ok(())
    }
}
