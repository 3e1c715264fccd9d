//! Sends the chunks of a run and stores their answers. The driver is generic over the three services it needs, so that
//! tests can make any of them fail.
//!
//! Chunks are encoded in order, a few of them ahead of the uploads, so that the next one can start when another ends.
//! At most [`DriveOptions::max_requests`] chunks are in flight. Only these chunks are in memory, so memory use does not
//! depend on the size of the file.

mod encode_ahead;
mod events;
mod parts;
mod prescan;
mod run_loop;
mod stopping;
mod task;
mod upload_end;
mod uploads;

use std::ops::Range;

use tokio::{sync::watch, task::JoinSet};

use super::{
    control::Control,
    event::{EventKind, StopReason},
    grace::{Deadline, InFlight},
};
use crate::domain::ChunkIndex;

use prescan::Prescan;

pub use events::{Channels, Events};
pub use parts::{Answer, Encode, EncodeError, Encoded, Keep, Kept, Parts, Refusal, Verdict};
pub use task::DriveOptions;
pub use task::Jobs;
pub use task::NonCountPolicy;
pub use task::Outcome;
pub(super) use upload_end::{Shutdown, UploadEnd};

/// Sends the missing chunks, with a limited number in flight, and stores all answers. Dropping the future ends all
/// uploads at once; stored answers are kept.
pub async fn drive<E: Encode, A: Answer, K: Keep>(
    jobs: Jobs,
    parts: Parts<E, A, K>,
    options: DriveOptions,
    Channels { control, events }: Channels,
) -> Outcome {
    let mut stored: Vec<_> = (0..jobs.ranges.len() as u32).map(ChunkIndex).collect();
    stored.retain(|chunk| jobs.missing.binary_search(chunk).is_err());
    // Chunks of other processes are counted without cells.
    let cells = |(chunk, range): (usize, &Range<usize>)| if jobs.ours.contains(&chunk) { range.len() } else { 0 };
    let chunk_cells = jobs.ranges.iter().enumerate().map(cells).collect();
    events.emit(EventKind::Started { chunk_cells, stored });
    let mut driver = Driver {
        untried: jobs.missing.len(),
        uploads: JoinSet::new(),
        outcome: Outcome::default(),
        failed_in_a_row: 0,
        failing: None,
        shutdown: watch::Sender::new(Shutdown::None),
        storing_again: watch::Sender::new(0),
        in_flight: InFlight::default(),
        deadline: None,
        prescan: Prescan::before(&jobs, options.non_counts),
        parts,
        options,
        control,
        events,
    };
    driver.run(&jobs).await;
    driver.events.emit(EventKind::Finished);
    let Driver { mut outcome, untried, .. } = driver;
    outcome.untried += untried;
    outcome.failed.sort_by_key(|(chunk, _)| *chunk);
    outcome
}

struct Driver<E, A, K> {
    parts: Parts<E, A, K>,
    options: DriveOptions,
    control: Control,
    events: Events,
    uploads: JoinSet<(ChunkIndex, UploadEnd)>,
    outcome: Outcome,
    untried: usize,
    failed_in_a_row: usize,
    /// The reason to stop unless one of the uploads in flight succeeds.
    failing: Option<StopReason>,
    /// Notifies uploads in flight that the run is ending.
    shutdown: watch::Sender<Shutdown>,
    /// The number of uploads that are waiting to store their answer.
    storing_again: watch::Sender<usize>,
    /// The chunks whose answers are awaited.
    in_flight: InFlight,
    /// The time until which the run waits for chunks in flight, once the user has stopped it.
    deadline: Option<Deadline>,
    prescan: Prescan,
}
