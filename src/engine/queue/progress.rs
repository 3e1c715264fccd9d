//! Progress of the files of a queue, and the files for which the quota suffices.

use jiff::Timestamp;

use super::QueuedFile;
use crate::store::{Run, RunState};

/// The progress of a queued file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueProgress {
    /// The state of the run. A file whose run has not begun has an empty one.
    pub state: RunState,
    /// The number of cells whose answers are stored.
    pub stored: u64,
    /// The number of cells without an answer.
    pub missing: u64,
}

impl QueueProgress {
    /// Reads the progress from the run folder.
    pub fn of(entry: &QueuedFile) -> Self {
        let read = || {
            let run = Run::open(&entry.folder).ok()?;
            let stored = run.stored().ok()?;
            let cells = run.manifest().cells_in(&stored);
            let state = run.state_with(stored.len(), Timestamp::now());
            let missing = match state {
                RunState::Done => 0,
                // A run of some of the file's cells has fewer than the file.
                RunState::Running | RunState::Partial | RunState::Empty => {
                    run.manifest().input.cells.saturating_sub(cells) as u64
                }
            };
            Some(Self { state, stored: cells as u64, missing })
        };
        read().unwrap_or(Self { state: RunState::Empty, stored: 0, missing: entry.cells })
    }
}

/// Returns for each file whether what is left of the quota suffices for its missing cells, after those of the files
/// before it. `None` for a file without missing cells.
pub fn suffices(missing: &[u64], mut usable: u64) -> Vec<Option<bool>> {
    let fits = |missing: &u64| {
        let fits = usable >= *missing;
        usable = usable.saturating_sub(*missing);
        (*missing > 0).then_some(fits)
    };
    missing.iter().map(fits).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_use_the_quota_in_their_order() {
        assert_eq!(suffices(&[300, 0, 500, 300], 1000), [Some(true), None, Some(true), Some(false)]);
        // The server annotates a part of the file that does not fit, so nothing is left for the next one.
        assert_eq!(suffices(&[900, 200, 10], 1000), [Some(true), Some(false), Some(false)]);
        assert_eq!(suffices(&[], 5), []);
    }
}
