//! The encoding of chunks ahead of their uploads, on blocking threads.

use std::sync::Arc;

use futures::{Stream, StreamExt, stream};

use super::{Encode, EncodeError, Encoded, Jobs, events::Events};
use crate::{domain::ChunkIndex, engine::event::ChunkEvent};

/// Returns a stream of the missing chunks in order, encoded on blocking threads, at most `at_a_time` at once.
pub(super) fn encode_ahead<E: Encode>(
    jobs: &Jobs,
    encode: &Arc<E>,
    at_a_time: usize,
    events: &Events,
) -> impl Stream<Item = (ChunkIndex, Result<Encoded, EncodeError>)> + use<E> {
    let work: Vec<_> = jobs.missing.iter().map(|&chunk| (chunk, jobs.ranges[chunk.as_usize()].clone())).collect();
    let (encode, events) = (encode.clone(), events.clone());
    stream::iter(work)
        .map(move |(chunk, cells)| {
            let (encode, events) = (encode.clone(), events.clone());
            async move {
                events.chunk(chunk, ChunkEvent::Reading);
                let encoded = tokio::task::spawn_blocking(move || encode.encode(cells)).await;
                let encoded = encoded.unwrap_or_else(|panic| Err(EncodeError::Unreadable(panic.to_string())));
                if let Ok(encoded) = &encoded {
                    events.chunk(chunk, ChunkEvent::Encoded { bytes: encoded.image.len() as u64 });
                }
                (chunk, encoded)
            }
        })
        .buffered(at_a_time.max(1))
}
