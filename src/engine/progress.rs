//! How far a run is: a pure fold of its events.

use std::time::Duration;

use super::{
    event::{ChunkEvent, Event, Fact, Notice, StopReason},
    grace::GraceWait,
};
use crate::domain::ChunkIndex;

/// Seconds that the speed is averaged over.
const SPEED_WINDOW: Duration = Duration::from_secs(60);
/// Answers that take less long are not remarkable.
const LEAST_PATIENCE: Duration = Duration::from_secs(30);
/// Samples of the speed that are kept for drawing.
const SPEED_SAMPLES: usize = 120;

/// How far a run is.
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

/// How far a chunk is.
#[derive(Clone, Debug, Default)]
pub struct ChunkProgress {
    /// What it does.
    pub state: ChunkState,
    /// Its cells.
    pub cells: usize,
    /// Bytes of its upload, once it is encoded.
    pub bytes: u64,
    /// The attempt under way or the last one, from 1; 0 before the first.
    pub attempt: u32,
    /// When it came into its state.
    pub since: Duration,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// What a chunk does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ChunkState {
    /// Not begun.
    #[default]
    Waiting,
    /// Its rows are being read and encoded.
    Reading,
    /// Encoded, waiting for its turn.
    Ready,
    /// Goes up.
    Sending,
    /// Is worked on by the server.
    AtServer,
    /// Waits for another attempt.
    Retrying {
        /// Until when.
        until: Duration,
    },
    /// Its answer is stored.
    Stored,
    /// Given up; `resume` sends it again.
    Failed,
}

impl Progress {
    /// Takes an event in.
    pub fn apply(&mut self, event: &Event) {
        self.elapsed = self.elapsed.max(event.elapsed);
        match &event.fact {
            Fact::Started { chunk_cells, stored } => self.start(chunk_cells, stored),
            Fact::Chunk(chunk, what) => self.apply_to_chunk(*chunk, what, event.elapsed),
            Fact::Paused => self.is_paused = true,
            Fact::Continued => self.is_paused = false,
            Fact::Stopping(reason) => self.stopping = Some(reason.clone()),
            Fact::Waiting(wait) => self.waiting = Some(*wait),
            Fact::Finished => self.finished = true,
            Fact::Noticed(notice) => self.notices.push(*notice),
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
                chunk.last_error = Some(error.clone());
            }
            ChunkEvent::Failed { error } => {
                chunk.state = ChunkState::Failed;
                chunk.last_error = Some(error.clone());
            }
            ChunkEvent::Abandoned => chunk.state = ChunkState::Waiting,
        }
    }

    /// Every chunk, in order.
    pub fn chunks(&self) -> &[ChunkProgress] {
        &self.chunks
    }

    /// How many chunks are in a state that `which` accepts.
    pub fn count(&self, which: impl Fn(ChunkState) -> bool) -> usize {
        self.chunks.iter().filter(|chunk| which(chunk.state)).count()
    }

    /// Cells whose answers are stored, those of earlier sittings too.
    pub fn cells_stored(&self) -> usize {
        self.cells_stored
    }

    /// Cells stored by this sitting: what it has cost of the quota at least.
    pub fn cells_stored_now(&self) -> usize {
        self.cells_stored - self.cells_before
    }

    /// Chunks that were stored before this sitting.
    pub fn stored_before(&self) -> usize {
        self.stored_before
    }

    /// Cells of the run.
    pub fn cells_total(&self) -> usize {
        self.cells_total
    }

    /// Bytes of all uploads encoded in this sitting.
    pub fn bytes_encoded(&self) -> u64 {
        self.bytes_encoded
    }

    /// The share of the cells that are stored, in 0..=1.
    pub fn fraction(&self) -> f64 {
        if self.cells_total == 0 { 1.0 } else { self.cells_stored as f64 / self.cells_total as f64 }
    }

    /// Cells a second, over the last minute, at a given moment.
    pub fn speed(&self, now: Duration) -> f64 {
        let from = now.saturating_sub(SPEED_WINDOW);
        let cells: usize = self.stored_at.iter().rev().take_while(|(at, _)| *at >= from).map(|(_, cells)| cells).sum();
        let seconds = (now - from).as_secs_f64();
        if seconds > 0.0 { cells as f64 / seconds } else { 0.0 }
    }

    /// Cells a second in each of so many equal parts of the time since the start, oldest first, at most 120 of them.
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

    /// How long an answer may take before it is remarkable: three times as long as the slowest so far, at least 30 s.
    pub fn patience(&self) -> Duration {
        (self.slowest * 3).max(LEAST_PATIENCE)
    }

    /// Whether chunks are under way and none of them, nor any other, has had an answer for remarkably long: then the
    /// speed of the last minute says nothing of the rest.
    pub fn is_stalled(&self, now: Duration) -> bool {
        let under_way = self.chunks.iter().filter(|chunk| matches!(chunk.state, ChunkState::AtServer));
        let since = under_way.map(|chunk| chunk.since).max();
        since.is_some_and(|since| now.saturating_sub(since) >= self.patience())
    }

    /// The time the rest will take at the present speed, if there is any.
    pub fn remaining(&self, now: Duration) -> Option<Duration> {
        let speed = self.speed(now);
        let cells = self.cells_total - self.cells_stored;
        (speed > 0.0).then(|| Duration::from_secs_f64((cells as f64 / speed).min(1e9)))
    }

    /// Whether the user paused the run.
    pub fn is_paused(&self) -> bool {
        self.is_paused
    }

    /// Why the run stops, if it does.
    pub fn stopping(&self) -> Option<&StopReason> {
        self.stopping.as_ref()
    }

    /// The last announced wait for chunks in flight, once the user has ended the run.
    pub fn waiting(&self) -> Option<GraceWait> {
        self.waiting
    }

    /// What is odd about the answers of this sitting.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Whether work has ended.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// The time of the last event.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fold(facts: Vec<(u64, Fact)>) -> Progress {
        let mut progress = Progress::default();
        for (second, fact) in facts {
            progress.apply(&Event { elapsed: Duration::from_secs(second), fact });
        }
        progress
    }

    fn stored() -> ChunkEvent {
        ChunkEvent::Stored { bytes: 1, took: Duration::ZERO }
    }

    #[test]
    fn a_resumed_run_counts_what_was_there_but_not_as_speed() {
        let progress = fold(vec![
            (0, Fact::Started { chunk_cells: vec![10, 10, 5], stored: vec![ChunkIndex(0)] }),
            (10, Fact::Chunk(ChunkIndex(2), stored())),
        ]);
        assert_eq!((progress.cells_stored(), progress.cells_stored_now()), (15, 5));
        assert_eq!(progress.speed(Duration::from_secs(10)), 0.5);
        assert_eq!(progress.remaining(Duration::from_secs(10)), Some(Duration::from_secs(20)));
        assert_eq!(progress.fraction(), 0.6);
    }

    #[test]
    fn a_chunk_remembers_what_went_wrong() {
        let retry = ChunkEvent::Retrying { attempt: 1, wait: Duration::from_secs(5), error: "503".into() };
        let progress = fold(vec![
            (0, Fact::Started { chunk_cells: vec![10], stored: vec![] }),
            (1, Fact::Chunk(ChunkIndex(0), ChunkEvent::Sending { attempt: 1 })),
            (2, Fact::Chunk(ChunkIndex(0), retry)),
        ]);
        let chunk = &progress.chunks()[0];
        assert_eq!(chunk.state, ChunkState::Retrying { until: Duration::from_secs(7) });
        assert_eq!((chunk.attempt, chunk.last_error.as_deref()), (1, Some("503")));
    }

    #[test]
    fn an_empty_run_is_complete() {
        assert_eq!(Progress::default().fraction(), 1.0);
        assert_eq!(Progress::default().remaining(Duration::ZERO), None);
    }
}
