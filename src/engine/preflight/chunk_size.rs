//! The check of the chunk size: whether a chunk and its answer are within the limits of the server.

use std::num::NonZeroUsize;

use super::{check::Subject, notes::Notes};
use crate::{
    domain::Operation,
    engine::{
        AnswerSize,
        answer_size::{LARGEST_READ, RESPONSE_LIMIT},
        remedy::CellsRemedy,
    },
};

/// Checks that a chunk of the chosen size and its answer are not too large. Reports a chunk size that was not chosen.
pub(super) fn look_at_chunk_size(
    chosen: Option<NonZeroUsize>,
    operation: Operation,
    size: AnswerSize,
    notes: &mut Notes,
) {
    let (kind, fitting) = (operation.kind(), size.chunk_size(operation.kind()));
    let limit = RESPONSE_LIMIT >> 20;
    let Some(chosen) = chosen.map(NonZeroUsize::get) else {
        if fitting < kind.default_chunk_size() {
            let kilobytes = size.likely(1).div_ceil(1000);
            let found = format!(
                "chunks of {fitting}: the answer for a cell takes about {kilobytes} kB, and CAS limits an answer to {limit} MiB"
            );
            notes.ok(Subject::Cells, found);
        }
        return;
    };
    if let Some(most) = kind.max_chunk_size().filter(|most| chosen > *most) {
        let found = format!("a chunk of a {} may have {most} cells, not {chosen}", kind.name());
        notes.fail(Subject::Cells, found, CellsRemedy::ChunkSize(most));
    } else if size.likely(chosen) > LARGEST_READ {
        let megabytes = size.likely(chosen).div_ceil(1_000_000);
        let found = format!("the answer for {chosen} cells takes about {megabytes} MB, more than castui reads at once");
        notes.fail(Subject::Cells, found, CellsRemedy::ChunkSize(fitting));
    } else if size.likely(chosen) > RESPONSE_LIMIT {
        let megabytes = size.likely(chosen).div_ceil(1_000_000);
        let found = format!(
            "the answer for {chosen} cells takes about {megabytes} MB; CAS limits an answer to {limit} MiB, and counts the cells \
             of a chunk whose answer is larger"
        );
        notes.warn(Subject::Cells, found, CellsRemedy::ChunkSizeOrDefault(fitting));
    }
}
