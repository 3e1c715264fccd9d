//! The progress of a run, as a pure fold of its events.

use std::time::Duration;

use super::{
    Fault,
    event::{ChunkEvent, Event, EventKind, Notice, StopReason},
    grace::GraceWait,
};
use crate::domain::ChunkIndex;

/// Period over which the speed is averaged.
const SPEED_WINDOW: Duration = Duration::from_secs(60);
/// Minimum time after which a missing answer counts as unusually late.
const LEAST_PATIENCE: Duration = Duration::from_secs(30);
/// Maximum number of speed samples for a chart.
const SPEED_SAMPLES: usize = 120;

/// The progress of a run.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    chunks: Vec<ChunkProgress>,
    stored_before: usize,
    cells_before: usize,
    cells_stored: usize,
    cells_total: usize,
    bytes_encoded: u64,
    stored_at: Vec<(Duration, usize)>,
    is_paused: bool,
    stopping: Option<StopReason>,
    waiting: Option<GraceWait>,
    finished: bool,
    notices: Vec<Notice>,
    elapsed: Duration,
    slowest: Duration,
}

/// The progress of a chunk.
#[derive(Clone, Debug, Default)]
pub struct ChunkProgress {
    /// The state.
    pub state: ChunkState,
    /// Number of cells.
    pub cells: usize,
    /// Size of the upload in bytes, once it is encoded.
    pub bytes: u64,
    /// The number of the current or last attempt, from 1; 0 before the first.
    pub attempt: u32,
    /// The time of the last change of state, since the start.
    pub since: Duration,
    /// The last error.
    pub last_error: Option<Fault>,
}

/// The state of a chunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ChunkState {
    /// The chunk has not been started.
    #[default]
    Waiting,
    /// The rows are being read and encoded.
    Reading,
    /// The chunk is encoded and waits to be sent.
    Ready,
    /// The upload is in progress.
    Sending,
    /// The server is working on the chunk.
    AtServer,
    /// The chunk waits for another attempt.
    Retrying {
        /// The time of the next attempt, since the start.
        until: Duration,
    },
    /// The answer is stored.
    Stored,
    /// The chunk is given up. Resuming the run sends it again.
    Failed,
}

impl Progress {
    /// Applies an event.
    pub fn apply(&mut self, event: &Event) {
        self.elapsed = self.elapsed.max(event.elapsed);
        match &event.kind {
            EventKind::Started { chunk_cells, stored } => self.start(chunk_cells, stored),
            EventKind::Chunk(chunk, what) => self.apply_to_chunk(*chunk, what, event.elapsed),
            EventKind::Paused => self.is_paused = true,
            EventKind::Continued => self.is_paused = false,
            EventKind::Stopping(reason) => self.stopping = Some(reason.clone()),
            EventKind::Waiting(wait) => self.waiting = Some(*wait),
            EventKind::Finished => self.finished = true,
            EventKind::Noticed(notice) => self.notices.push(*notice),
        }
    }

    fn start(&mut self, chunk_cells: &[usize], stored: &[ChunkIndex]) {
        self.chunks = chunk_cells.iter().map(|&cells| ChunkProgress { cells, ..ChunkProgress::default() }).collect();
        self.cells_total = chunk_cells.iter().sum();
        for chunk in stored {
            let chunk = &mut self.chunks[chunk.as_usize()];
            chunk.state = ChunkState::Stored;
            self.cells_before += chunk.cells;
        }
        self.stored_before = stored.len();
        self.cells_stored = self.cells_before;
    }

    fn apply_to_chunk(&mut self, index: ChunkIndex, event: &ChunkEvent, at: Duration) {
        let Some(chunk) = self.chunks.get_mut(index.as_usize()) else { return };
        chunk.since = at;
        match event {
            ChunkEvent::Reading => chunk.state = ChunkState::Reading,
            ChunkEvent::Encoded { bytes } => {
                chunk.state = ChunkState::Ready;
                chunk.bytes = *bytes;
                self.bytes_encoded += bytes;
            }
            ChunkEvent::Sending { attempt } => {
                chunk.state = ChunkState::Sending;
                chunk.attempt = *attempt;
            }
            ChunkEvent::AtServer => chunk.state = ChunkState::AtServer,
            ChunkEvent::Stored { took, .. } => {
                self.slowest = self.slowest.max(*took);
                chunk.state = ChunkState::Stored;
                self.cells_stored += chunk.cells;
                self.stored_at.push((at, chunk.cells));
            }
            ChunkEvent::Retrying { wait, error, .. } => {
                chunk.state = ChunkState::Retrying { until: at + *wait };
                chunk.last_error = Some(error.clone().into());
            }
            ChunkEvent::Failed { error } => {
                chunk.state = ChunkState::Failed;
                chunk.last_error = Some(error.clone());
            }
            ChunkEvent::Abandoned => chunk.state = ChunkState::Waiting,
        }
    }

    /// Returns the progress of all chunks, in order.
    pub fn chunks(&self) -> &[ChunkProgress] {
        &self.chunks
    }

    /// Returns the number of chunks whose state satisfies `which`.
    pub fn count(&self, which: impl Fn(ChunkState) -> bool) -> usize {
        self.chunks.iter().filter(|chunk| which(chunk.state)).count()
    }

    /// Returns the number of cells whose answers are stored, including those stored earlier.
    pub fn cells_stored(&self) -> usize {
        self.cells_stored
    }

    /// Returns the number of cells stored in this session, which is the minimum cost in quota.
    pub fn cells_stored_now(&self) -> usize {
        self.cells_stored - self.cells_before
    }

    /// Returns the number of chunks stored before this session.
    pub fn stored_before(&self) -> usize {
        self.stored_before
    }

    /// Returns the number of cells in the run.
    pub fn cells_total(&self) -> usize {
        self.cells_total
    }

    /// Returns the total size in bytes of the uploads encoded in this session.
    pub fn bytes_encoded(&self) -> u64 {
        self.bytes_encoded
    }

    /// Returns the fraction of cells that are stored, from 0 to 1.
    pub fn fraction(&self) -> f64 {
        if self.cells_total == 0 { 1.0 } else { self.cells_stored as f64 / self.cells_total as f64 }
    }

    /// Returns the speed in cells per second over the last minute before `now`.
    pub fn speed(&self, now: Duration) -> f64 {
        let from = now.saturating_sub(SPEED_WINDOW);
        let cells: usize = self.stored_at.iter().rev().take_while(|(at, _)| *at >= from).map(|(_, cells)| cells).sum();
        let seconds = (now - from).as_secs_f64();
        if seconds > 0.0 { cells as f64 / seconds } else { 0.0 }
    }

    /// Returns the speed in cells per second for each of `parts` equal periods since the start, oldest first. There are
    /// at most 120 periods.
    pub fn speeds(&self, now: Duration, parts: usize) -> Vec<f64> {
        let parts = parts.clamp(1, SPEED_SAMPLES);
        let part = now.as_secs_f64() / parts as f64;
        let mut speeds = vec![0.0; parts];
        if part > 0.0 {
            for (at, cells) in &self.stored_at {
                let place = ((at.as_secs_f64() / part) as usize).min(parts - 1);
                speeds[place] += *cells as f64 / part;
            }
        }
        speeds
    }

    /// Returns the time after which an answer is unusually late: three times the slowest so far, at least 30 s.
    pub fn patience(&self) -> Duration {
        (self.slowest * 3).max(LEAST_PATIENCE)
    }

    /// Returns whether all answers to chunks in flight are unusually late. Then the current speed does not predict the
    /// remaining time.
    pub fn is_stalled(&self, now: Duration) -> bool {
        let under_way = self.chunks.iter().filter(|chunk| matches!(chunk.state, ChunkState::AtServer));
        let since = under_way.map(|chunk| chunk.since).max();
        since.is_some_and(|since| now.saturating_sub(since) >= self.patience())
    }

    /// Returns the remaining time at the current speed, unless that is zero.
    pub fn remaining(&self, now: Duration) -> Option<Duration> {
        let speed = self.speed(now);
        let cells = self.cells_total - self.cells_stored;
        (speed > 0.0).then(|| Duration::from_secs_f64((cells as f64 / speed).min(1e9)))
    }

    /// Returns whether the user paused the run.
    pub fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// Returns the reason why the run is stopping, if it is.
    pub fn stopping(&self) -> Option<&StopReason> {
        self.stopping.as_ref()
    }

    /// Returns the last announced wait for chunks in flight, if the user stopped the run.
    pub fn waiting(&self) -> Option<GraceWait> {
        self.waiting
    }

    /// Returns the findings about the answers of this session.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Returns whether work on the run has ended.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// Returns the time of the last event.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(facts: Vec<(u64, EventKind)>) -> Progress {
        let mut progress = Progress::default();
        for (second, fact) in facts {
            progress.apply(&Event { elapsed: Duration::from_secs(second), kind: fact });
        }
        progress
    }

    fn stored() -> ChunkEvent {
        ChunkEvent::Stored { bytes: 1, took: Duration::ZERO }
    }

    #[test]
    fn cells_stored_before_resuming_count_as_progress_but_not_as_speed() {
        let progress = fold(vec![
            (0, EventKind::Started { chunk_cells: vec![10, 10, 5], stored: vec![ChunkIndex(0)] }),
            (10, EventKind::Chunk(ChunkIndex(2), stored())),
        ]);
        assert_eq!((progress.cells_stored(), progress.cells_stored_now()), (15, 5));
        assert_eq!(progress.speed(Duration::from_secs(10)), 0.5);
        assert_eq!(progress.remaining(Duration::from_secs(10)), Some(Duration::from_secs(20)));
        assert_eq!(progress.fraction(), 0.6);
    }

    #[test]
    fn a_chunk_keeps_its_last_error() {
        let retry = ChunkEvent::Retrying { attempt: 1, wait: Duration::from_secs(5), error: "503".into() };
        let progress = fold(vec![
            (0, EventKind::Started { chunk_cells: vec![10], stored: vec![] }),
            (1, EventKind::Chunk(ChunkIndex(0), ChunkEvent::Sending { attempt: 1 })),
            (2, EventKind::Chunk(ChunkIndex(0), retry)),
        ]);
        let chunk = &progress.chunks()[0];
        assert_eq!(chunk.state, ChunkState::Retrying { until: Duration::from_secs(7) });
        assert_eq!((chunk.attempt, chunk.last_error.clone()), (1, Some("503".into())));
    }

    #[test]
    fn an_empty_run_is_complete() {
        assert_eq!(Progress::default().fraction(), 1.0);
        assert_eq!(Progress::default().remaining(Duration::ZERO), None);
    }
}
