//! The upload of one chunk: attempts, delays, and storing the answer.

use std::{ops::Range, sync::Arc, time::Duration};

use tokio::{sync::watch, time::Instant};

use super::{
    control::Control,
    drive::{Answer, Encoded, Events, Keep, Kept, Refusal, Shutdown, UploadEnd, Verdict},
    event::{ChunkEvent, StopReason},
    fault::Fault,
    grace::{Awaited, InFlight},
};
use crate::{
    api::retry::Backoff,
    domain::{ChunkIndex, text::sentence},
    store,
};

/// Delays in seconds before repeated attempts to store an answer, a quarter of an hour in total. The answer has cost
/// quota, and the user may free space on the disk.
const STORE_AGAIN_AFTER: [u64; 18] = [2, 5, 10, 20, 30, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60];

/// Maximum number of unusable answers for a chunk. Each may have cost quota, and a server that sends three will
/// probably send more.
const USELESS_ANSWERS: usize = 3;

/// The environment of an upload: its options, and the channels to the driver.
pub(super) struct UploadContext {
    pub(super) backoff: Backoff,
    pub(super) control: Control,
    pub(super) events: Events,
    pub(super) shutdown: watch::Receiver<Shutdown>,
    /// The number of uploads that are waiting to store their answer.
    pub(super) storing_again: watch::Sender<usize>,
    /// The chunks in flight.
    pub(super) in_flight: InFlight,
    /// Marks this chunk as in flight from the start of its upload.
    pub(super) first_attempt: Option<Awaited>,
}

impl UploadContext {
    /// Waits until the shutdown is in a state for which `is_reached` is true. The sender outlives all uploads.
    async fn reaches(&self, is_reached: impl Fn(Shutdown) -> bool) {
        let _ = self.shutdown.clone().wait_for(|shutdown| is_reached(*shutdown)).await;
    }

    /// Reports that another attempt follows, and waits for it. Returns `false` if the end of the run comes first.
    async fn waits(&self, wait: Duration, report: impl FnOnce(), is_end: impl Fn(Shutdown) -> bool) -> bool {
        // Received from before the report, so that the user who asks for the attempt at once is heard.
        let mut retry_requests = self.control.retry_requests();
        report();
        tokio::select! {
            () = tokio::time::sleep(wait) => true,
            _ = retry_requests.changed() => true,
            () = self.reaches(is_end) => false,
        }
    }

    /// Stores an answer and reports the end of the chunk.
    async fn store<K: Keep>(&self, sent: &EncodedChunk, received: Received, keep: Arc<K>) -> UploadEnd {
        let (bytes, began) = (received.body.len() as u64, received.began);
        match keep_answer(sent, received, keep, self).await {
            Ok(()) => {
                let took = began.elapsed();
                self.in_flight.answered(took);
                self.events.chunk(sent.chunk, ChunkEvent::Stored { bytes, took });
                UploadEnd::Stored
            }
            Err(error) => {
                stop(sent.chunk, error.into(), &self.events, |error| StopReason::Storage { error: error.what })
            }
        }
    }
}

/// A chunk that is ready to be sent.
pub(super) struct EncodedChunk {
    pub(super) chunk: ChunkIndex,
    /// The rows of its cells.
    pub(super) cells: Range<usize>,
    pub(super) encoded: Encoded,
}

/// The answer to a chunk.
struct Received {
    /// The number of the successful attempt, from 1.
    attempt: u32,
    /// The start of that attempt.
    began: Instant,
    body: bytes::Bytes,
}

/// Sends a chunk until it is answered, and stores the answer.
pub(super) async fn upload<A: Answer, K: Keep>(
    sent: EncodedChunk,
    answer: Arc<A>,
    keep: Arc<K>,
    mut context: UploadContext,
) -> UploadEnd {
    let EncodedChunk { chunk, cells, encoded } = &sent;
    let chunk = *chunk;
    let mut first_attempt = context.first_attempt.take();
    let UploadContext { backoff, control, events, .. } = &context;
    let mut useless = 0;
    for attempt in 1.. {
        events.chunk(chunk, ChunkEvent::Sending { attempt });
        let began = Instant::now();
        let awaited = first_attempt.take().unwrap_or_else(|| context.in_flight.enter(chunk));
        let report = report_bytes(chunk, encoded.image.len() as u64, control, events);
        let answered = tokio::select! {
            biased;
            answered = answer.answer(encoded.image.clone(), cells.clone(), report) => answered,
            () = context.reaches(|shutdown| shutdown == Shutdown::Aborting) => return abandon(chunk, events),
        };
        let refusal = match answered {
            Ok(body) => return context.store(&sent, Received { attempt, began, body }, keep).await,
            Err(refusal) => refusal,
        };
        drop(awaited);
        let Refusal { verdict, error } = refusal;
        let wait = match verdict {
            Verdict::Retry { after } => backoff.wait(attempt, rand::random(), after),
            Verdict::RetryUnusableAnswer => {
                useless += 1;
                if useless < USELESS_ANSWERS { backoff.wait(attempt, rand::random(), None) } else { None }
            }
            Verdict::GiveUp => return fail(chunk, error, events, |error| UploadEnd::Refused { error }),
            Verdict::StopUnauthenticated => {
                return stop(chunk, error, events, |error| StopReason::Authentication { error });
            }
            Verdict::StopQuota => return stop(chunk, error, events, |error| StopReason::Quota { error }),
            Verdict::StopUnusable => return stop(chunk, error, events, |error| StopReason::Unreachable { error }),
            Verdict::StopOversized => return stop(chunk, error, events, |error| StopReason::Oversized { error }),
        };
        let Some(wait) = wait else { return fail(chunk, error, events, |error| UploadEnd::Exhausted { error }) };
        let report = || events.chunk(chunk, ChunkEvent::Retrying { attempt, wait, error: error.what });
        if !context.waits(wait, report, |shutdown| shutdown != Shutdown::None).await {
            return abandon(chunk, events);
        }
    }
    UploadEnd::Abandoned
}

fn abandon(chunk: ChunkIndex, events: &Events) -> UploadEnd {
    events.chunk(chunk, ChunkEvent::Abandoned);
    UploadEnd::Abandoned
}

fn fail(chunk: ChunkIndex, error: Fault, events: &Events, end: impl FnOnce(Fault) -> UploadEnd) -> UploadEnd {
    events.chunk(chunk, ChunkEvent::Failed { error: error.clone() });
    end(error)
}

/// Returns a callback that counts bytes and reports a complete upload. Its argument starts at 0 for each attempt.
fn report_bytes(
    chunk: ChunkIndex,
    total: u64,
    control: &Control,
    events: &Events,
) -> impl Fn(u64) + Send + Sync + 'static {
    let (control, events) = (control.clone(), events.clone());
    let before = std::sync::atomic::AtomicU64::new(0);
    move |sent| {
        let before = before.swap(sent, std::sync::atomic::Ordering::Relaxed);
        control.add_bytes(sent.saturating_sub(before));
        if before < total && sent >= total {
            events.chunk(chunk, ChunkEvent::AtServer);
        }
    }
}

/// Gives up the chunk and stops the run.
fn stop(chunk: ChunkIndex, error: Fault, events: &Events, reason: impl FnOnce(Fault) -> StopReason) -> UploadEnd {
    fail(chunk, error, events, |error| UploadEnd::Stopped { reason: reason(error.clone()), error })
}

/// Stores an answer. This is never interrupted once started, because the answer has cost quota.
async fn keep_answer<K: Keep>(
    sent: &EncodedChunk,
    Received { attempt, body, .. }: Received,
    keep: Arc<K>,
    context: &UploadContext,
) -> Result<(), String> {
    let EncodedChunk { chunk, cells, encoded } = sent;
    let chunk = *chunk;
    let mut waits = STORE_AGAIN_AFTER.into_iter();
    let mut waiting = None;
    loop {
        let (keep, body, cells) = (keep.clone(), body.clone(), cells.clone());
        let (digest, uploaded) = (encoded.digest.clone(), encoded.image.len() as u64);
        let kept = tokio::task::spawn_blocking(move || {
            keep.keep(chunk, &Kept { cells, digest: &digest, uploaded, attempt, body: &body })
        });
        let error = match kept.await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error @ store::Error::LockLost { .. })) => return Err(sentence(&error)),
            Ok(Err(error)) => sentence(&error),
            Err(panic) => panic.to_string(),
        };
        waiting.get_or_insert_with(|| Counted::among(&context.storing_again));
        let Some(wait) = waits.next().map(Duration::from_secs) else { return Err(error) };
        let report = || context.events.chunk(chunk, ChunkEvent::Retrying { attempt, wait, error: error.clone() });
        if !context.waits(wait, report, |shutdown| shutdown == Shutdown::Aborting).await {
            return Err(error);
        }
    }
}

/// A guard that increments a counter while it exists.
struct Counted(watch::Sender<usize>);

impl Counted {
    fn among(count: &watch::Sender<usize>) -> Self {
        count.send_modify(|count| *count += 1);
        Self(count.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_request_for_another_attempt_is_heard_while_the_wait_is_reported() {
        let control = Control::default();
        let shutdown = watch::Sender::new(Shutdown::None);
        let context = UploadContext {
            backoff: Backoff::default(),
            control: control.clone(),
            events: Events::new(mpsc::unbounded_channel().0),
            shutdown: shutdown.subscribe(),
            storing_again: watch::Sender::new(0),
            in_flight: InFlight::default(),
            first_attempt: None,
        };
        let (began, hour) = (Instant::now(), Duration::from_secs(3600));
        assert!(context.waits(hour, || control.retry_now(), |shutdown| shutdown != Shutdown::None).await);
        assert_eq!(began.elapsed(), Duration::ZERO);
    }
}
