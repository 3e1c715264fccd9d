//! One term over all cells. In: a term. Out: its score in each cell.

use super::{CellSet, Error, Results};
use crate::domain::TermIndex;

/// The score of a term in every cell of the file: 0 where an answer does not name it, NaN where there is no answer.
///
/// # Errors
/// When an answer is damaged, or the run is not ontology-aware.
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
