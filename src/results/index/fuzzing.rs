//! Entry point of the fuzz targets to the reader of index files.

use super::file::{Identity, decode, frame};

/// The number of terms of the ontology and of cells of the chunk.
const SHAPE: (usize, usize) = (3, 2);

/// Reads the content of an index, which gets a valid header and digest. A consistent one has scores of each cell.
pub fn read_index(content: &[u8]) {
    let identity = Identity::none();
    let Ok(scores) = decode(&frame(&identity, content), &identity) else { return };
    let (terms, cells) = SHAPE;
    if scores.is_consistent(&(0..cells), terms) {
        for row in scores.rows() {
            assert!(scores.cell(row).iter().all(|(term, score)| term.as_usize() < terms && score.is_finite()));
            let _ = (scores.totals(row), scores.cell(row).get(crate::domain::TermIndex(0)));
        }
    }
}
