//! Scores of one term in all cells.

use super::{CellSet, Error, Results};
use crate::domain::TermIndex;

/// Returns the score of a term in every cell of the run: 0 if the answer does not contain the term, NaN if there is no
/// readable answer.
///
/// # Errors
/// Fails if the run is not ontology-aware, or has no ontology.
pub fn scores(results: &Results, term: TermIndex) -> Result<Vec<f32>, Error> {
    let of_chunk = |chunk: &super::ChunkScores, rows: &mut dyn Iterator<Item = usize>| -> (usize, Vec<f32>) {
        (chunk.rows().start, rows.map(|row| chunk.cell(row).get(term) as f32).collect())
    };
    let mut scores = vec![f32::NAN; results.cell_count()];
    for (first, found) in results.map_scores(&CellSet::All, of_chunk)? {
        scores[first..first + found.len()].copy_from_slice(&found);
    }
    Ok(scores)
}
