//! Sends the chunks of a run and stores their answers. The driver is generic over the three services it needs, so that
//! tests can make any of them fail.
//!
//! Chunks are encoded in order, a few of them ahead of the uploads, so that the next one can start when another ends.
//! At most [`DriveOptions::max_requests`] chunks are in flight. Only these chunks are in memory, so memory use does not
//! depend on the size of the file.

mod parts;
mod prescan;
mod task;

use std::{collections::VecDeque, ops::Range, sync::Arc};

use futures::{Stream, StreamExt, stream};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::Instant,
};
use tracing::Instrument;

use super::{
    control::{Control, RunCommand},
    event::{ChunkEvent, Event, EventKind, StopReason},
    fault::Fault,
    grace::{Deadline, GraceWait, InFlight},
    log,
    upload::{EncodedChunk, Ending, UploadContext, UploadEnd, upload},
};
use crate::domain::ChunkIndex;

use prescan::{Prescan, prescan};

pub use parts::{Answer, Encode, EncodeError, Encoded, Keep, Kept, Parts, Refusal, Verdict};
pub use task::DriveOptions;
pub use task::Jobs;
pub use task::NonCountPolicy;
pub use task::Outcome;

/// Number of consecutive failed chunks, without a stored one, after which the run stops. The others would probably fail
/// too, and each attempt may cost quota.
const FAILURES_IN_A_ROW: usize = 3;
/// Number of encoded chunks kept ready, so that uploads that end together are replaced at once.
const READY: usize = 2;

/// The sender of events, which adds the time since the start. Events are small and few (a handful per chunk), so the
/// channel is unbounded: a slow receiver never delays the run, and no event is lost.
#[derive(Clone, Debug)]
pub struct Events {
    started: Instant,
    sender: mpsc::UnboundedSender<Event>,
}

impl Events {
    /// Creates a sender whose time starts now.
    pub fn new(sender: mpsc::UnboundedSender<Event>) -> Self {
        Self { started: Instant::now(), sender }
    }

    pub(super) fn emit(&self, kind: EventKind) {
        log::event(&kind);
        // A closed receiver does not stop the run.
        let _ = self.sender.send(Event { elapsed: self.started.elapsed(), kind });
    }

    pub(super) fn chunk(&self, chunk: ChunkIndex, event: ChunkEvent) {
        self.emit(EventKind::Chunk(chunk, event));
    }
}

/// The channels between a run and its observers.
pub struct Channels {
    /// The commands of the user.
    pub control: Control,
    /// The events for the observers.
    pub events: Events,
}

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
        ending: watch::Sender::new(Ending::No),
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
    ending: watch::Sender<Ending>,
    /// The number of uploads that are waiting to store their answer.
    storing_again: watch::Sender<usize>,
    /// The chunks whose answers are awaited.
    in_flight: InFlight,
    /// The time until which the run waits for chunks in flight, once the user has stopped it.
    deadline: Option<Deadline>,
    prescan: Prescan,
}

impl<E: Encode, A: Answer, K: Keep> Driver<E, A, K> {
    async fn run(&mut self, jobs: &Jobs) {
        let mut commands = self.control.commands();
        let mut storing_again = self.storing_again.subscribe();
        let mut encoded = Box::pin(encode_ahead(jobs, &self.parts.encode, self.options.encoders, &self.events));
        let mut scanned = Box::pin(prescan(jobs, &self.parts.encode, self.options.encoders));
        let (mut exhausted, mut ready) = (jobs.missing.is_empty(), VecDeque::new());
        let mut paused = false;
        loop {
            // A refusal that has arrived stops the run before another chunk starts.
            while let Some(end) = self.uploads.try_join_next() {
                self.on_upload_done(end);
            }
            let command = *commands.borrow_and_update();
            self.apply_command(command, &mut paused);
            if command == RunCommand::StopNow {
                self.ending.send_replace(Ending::AtOnce);
            }
            if self.uploads.is_empty()
                && let Some(reason) = self.failing.take()
            {
                self.stop(reason);
            }
            let ended = exhausted && ready.is_empty() || self.outcome.stopped.is_some();
            if ended && self.uploads.is_empty() {
                return;
            }
            // Answers that cannot be stored waste quota, so no chunk is started until storing succeeds again.
            let can_store = *storing_again.borrow_and_update() == 0;
            let has_room = self.uploads.len() < self.options.max_requests.max(1);
            let is_scanning = self.prescan == Prescan::InProgress;
            let may_begin = !ended && !paused && !is_scanning && can_store && has_room && self.failing.is_none();
            if may_begin && let Some((chunk, encoded)) = ready.pop_front() {
                self.dispatch(chunk, encoded, jobs);
                continue;
            }
            let wants_more = !ended && !exhausted && ready.len() < READY;
            tokio::select! {
                biased;
                // The senders are owned by `self` and outlive this loop, so `changed` does not fail.
                _ = commands.changed() => {}
                _ = storing_again.changed() => {}
                Some(end) = self.uploads.join_next() => self.on_upload_done(end),
                () = passes(self.deadline), if command != RunCommand::StopNow => self.control.stop_now(),
                found = scanned.next(), if is_scanning && !ended => match found {
                    Some(Ok(())) => {}
                    Some(Err(EncodeError::NotCounts(error))) => self.stop(StopReason::NotCounts { error }),
                    Some(Err(EncodeError::Unreadable(error))) => self.stop(StopReason::Input { error }),
                    None => self.prescan = Prescan::Done,
                },
                next = encoded.next(), if wants_more => match next {
                    Some(next) => ready.push_back(next),
                    None => exhausted = true,
                },
            }
        }
    }

    /// Starts the upload of a chunk, or handles the failure to encode it.
    fn dispatch(&mut self, chunk: ChunkIndex, encoded: Result<Encoded, EncodeError>, jobs: &Jobs) {
        match encoded {
            Ok(encoded) => self.spawn_upload(chunk, jobs.ranges[chunk.as_usize()].clone(), encoded),
            Err(EncodeError::NotCounts(error)) => {
                self.fail(chunk, error.clone().into());
                if self.options.non_counts == NonCountPolicy::StopRun {
                    self.stop(StopReason::NotCounts { error });
                }
            }
            Err(EncodeError::Unreadable(error)) => {
                tracing::error!(%chunk, "cannot be read: {error}");
                self.fail(chunk, error.clone().into());
                self.stop(StopReason::Input { error });
            }
        }
    }

    fn apply_command(&mut self, command: RunCommand, paused: &mut bool) {
        match command {
            RunCommand::Run if *paused => self.events.emit(EventKind::Continued),
            RunCommand::Pause if !*paused => self.events.emit(EventKind::Paused),
            RunCommand::Run | RunCommand::Pause => {}
            RunCommand::Stop => {
                self.stop(StopReason::Asked);
                self.start_deadline();
            }
            RunCommand::StopNow => self.stop(StopReason::Asked),
        }
        *paused = command == RunCommand::Pause;
    }

    /// Sets the deadline for the chunks in flight.
    fn start_deadline(&mut self) {
        if self.deadline.is_none() {
            let deadline = Deadline::begin(Instant::now(), self.options.grace, &self.in_flight);
            self.deadline = Some(deadline);
            self.report_wait(deadline);
        }
    }

    /// Extends the deadline if chunks take longer than expected.
    fn extend_wait(&mut self) {
        let now = Instant::now();
        if let Some(mut deadline) = self.deadline
            && deadline.extend(now, &self.in_flight)
        {
            self.deadline = Some(deadline);
            self.report_wait(deadline);
        }
    }

    fn report_wait(&self, deadline: Deadline) {
        let at_most = deadline.until().saturating_duration_since(Instant::now());
        self.events.emit(EventKind::Waiting(GraceWait { chunks: self.in_flight.count(), at_most }));
    }

    /// Stops the run. Only the first reason is kept.
    fn stop(&mut self, reason: StopReason) {
        if self.outcome.stopped.is_none() {
            self.events.emit(EventKind::Stopping(reason.clone()));
            self.outcome.stopped = Some(reason);
            self.ending.send_if_modified(|ending| {
                *ending == Ending::No && std::mem::replace(ending, Ending::Soon) == Ending::No
            });
        }
    }

    fn spawn_upload(&mut self, chunk: ChunkIndex, cells: Range<usize>, encoded: Encoded) {
        self.untried -= 1;
        if self.prescan == Prescan::NotStarted {
            self.prescan = Prescan::InProgress;
        }
        let parts = self.parts.clone();
        let context = UploadContext {
            backoff: self.options.backoff,
            control: self.control.clone(),
            events: self.events.clone(),
            ending: self.ending.subscribe(),
            storing_again: self.storing_again.clone(),
            first_attempt: Some(self.in_flight.enter(chunk)),
            in_flight: self.in_flight.clone(),
        };
        let span = tracing::info_span!(log::CHUNK, %chunk, ?cells, bytes = encoded.image.len());
        let uploading = async move {
            let end = upload(EncodedChunk { chunk, cells, encoded }, parts.answer, parts.keep, context);
            (chunk, end.await)
        };
        self.uploads.spawn(uploading.instrument(span));
    }

    fn on_upload_done(&mut self, end: Result<(ChunkIndex, UploadEnd), tokio::task::JoinError>) {
        let (chunk, end) = match end {
            Ok(end) => end,
            // A panic in an upload is a bug, but must not lose the answers of other uploads.
            Err(error) => {
                self.outcome.untried += 1;
                return self.stop(StopReason::Defect { error: error.to_string() });
            }
        };
        match end {
            UploadEnd::Stored => {
                self.outcome.stored += 1;
                self.failed_in_a_row = 0;
                self.failing = None;
                self.extend_wait();
            }
            UploadEnd::Abandoned => self.outcome.untried += 1,
            UploadEnd::Exhausted { error } => {
                self.failed_in_a_row += 1;
                if self.failed_in_a_row >= FAILURES_IN_A_ROW {
                    self.failing = Some(StopReason::Unreachable { error: error.clone() });
                }
                self.note_failure(chunk, error);
            }
            UploadEnd::Refused { error } => {
                self.failed_in_a_row += 1;
                if self.failed_in_a_row >= FAILURES_IN_A_ROW {
                    self.failing = Some(StopReason::Refused { error: error.clone() });
                }
                self.note_failure(chunk, error);
            }
            UploadEnd::Stopped { reason, error } => {
                self.stop(reason);
                self.note_failure(chunk, error);
            }
        }
    }

    fn fail(&mut self, chunk: ChunkIndex, error: Fault) {
        self.untried -= 1;
        self.events.chunk(chunk, ChunkEvent::Failed { error: error.clone() });
        self.note_failure(chunk, error);
    }

    fn note_failure(&mut self, chunk: ChunkIndex, error: Fault) {
        self.outcome.failed.push((chunk, error));
    }
}

/// Resolves when the deadline is reached; never resolves without one.
async fn passes(deadline: Option<Deadline>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline.until()).await,
        None => std::future::pending().await,
    }
}

/// Returns a stream of the missing chunks in order, encoded on blocking threads, at most `at_a_time` at once.
fn encode_ahead<E: Encode>(
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
