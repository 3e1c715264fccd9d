//! The look through all values of a run before more than one chunk of it is paid for. In: the chunks to send. Out: the
//! first of them that holds a value that is no count, if any does.

use std::sync::Arc;

use futures::{Stream, StreamExt, stream};

use super::drive::{Encode, Jobs, NoCounts, Unencodable};

/// How far the look through all values is. The first chunk goes up at once, so that a server that refuses is heard of
/// early; while it is under way all that is still to be sent is looked through, a few per cent of the time that the
/// server will take for it, so that values that are no counts cost the quota of one chunk and not of half a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// The first chunk has not gone up yet.
    NotBegun,
    /// Nothing more goes up until all is looked through.
    UnderWay,
    /// Nothing was found, or is looked for.
    Done,
}

impl Look {
    /// Before the first chunk of a sitting.
    pub(super) fn before(jobs: &Jobs, no_counts: NoCounts) -> Self {
        match no_counts {
            NoCounts::StopTheRun if jobs.missing.len() > 1 => Self::NotBegun,
            NoCounts::StopTheRun | NoCounts::LeaveOut => Self::Done,
        }
    }
}

/// The rows of all missing chunks but the first, looked through in order on blocking threads.
pub(super) fn look_through<E: Encode>(
    jobs: &Jobs,
    encode: &Arc<E>,
    at_once: usize,
) -> impl Stream<Item = Result<(), Unencodable>> + use<E> {
    let work: Vec<_> = jobs.missing.iter().skip(1).map(|chunk| jobs.ranges[chunk.as_usize()].clone()).collect();
    let encode = encode.clone();
    let look = move |cells| {
        let encode = encode.clone();
        async move {
            let looked = tokio::task::spawn_blocking(move || encode.look_through(cells)).await;
            looked.unwrap_or_else(|panic| Err(Unencodable::Unreadable(panic.to_string())))
        }
    };
    stream::iter(work).map(look).buffered(at_once.max(1))
}
