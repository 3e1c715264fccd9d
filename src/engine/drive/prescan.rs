//! The prescan of all values of a run before more than one chunk is sent. In: the chunks to send. Out: the first value
//! that is not a count, if there is one.

use std::sync::Arc;

use futures::{Stream, StreamExt, stream};

use super::{Encode, EncodeError, Jobs, NonCountPolicy};

/// The state of the prescan.
///
/// The first chunk is sent at once, so that a refusal of the server is known early. While it is in flight, all other
/// chunks are scanned, which takes a few percent of the time of the server. Thus a value that is not a count costs the
/// quota of one chunk at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prescan {
    /// The first chunk has not been sent.
    NotStarted,
    /// No further chunk is sent until the prescan is complete.
    InProgress,
    /// Nothing was found, or no prescan is needed.
    Done,
}

impl Prescan {
    /// Returns the state before the first chunk.
    pub(super) fn before(jobs: &Jobs, non_counts: NonCountPolicy) -> Self {
        match non_counts {
            NonCountPolicy::StopRun if jobs.missing.len() > 1 => Self::NotStarted,
            NonCountPolicy::StopRun | NonCountPolicy::LeaveOut => Self::Done,
        }
    }
}

/// Returns a stream that scans all missing chunks but the first, in order, on blocking threads.
pub(super) fn prescan<E: Encode>(
    jobs: &Jobs,
    encode: &Arc<E>,
    at_once: usize,
) -> impl Stream<Item = Result<(), EncodeError>> + use<E> {
    let work: Vec<_> = jobs.missing.iter().skip(1).map(|chunk| jobs.ranges[chunk.as_usize()].clone()).collect();
    let encode = encode.clone();
    let scan = move |cells| {
        let encode = encode.clone();
        async move {
            let scanned = tokio::task::spawn_blocking(move || encode.scan(cells)).await;
            scanned.unwrap_or_else(|panic| Err(EncodeError::Unreadable(panic.to_string())))
        }
    };
    stream::iter(work).map(scan).buffered(at_once.max(1))
}
