//! The end of work on a run: the files written from its answers. Shared by the command line and the interface.

use super::{
    Error,
    export::{OptionalFile, official::OfficialFiles, official_without},
};
use crate::{
    engine::Outcome,
    store::{self, Run},
};

/// A run on which work has ended.
#[derive(Clone, Debug)]
pub struct EndedRun {
    run: Run,
    stored: usize,
    awaits_others: bool,
}

impl EndedRun {
    /// Reads the state of a run after work on it ended with an outcome.
    ///
    /// # Errors
    /// Fails if the run folder cannot be read.
    pub fn of(run: Run, outcome: &Outcome) -> Result<Self, store::Error> {
        let stored = run.stored()?.len();
        // Other processes are still sending their shards.
        let awaits_others = outcome.is_complete() && stored < run.manifest().chunk_count();
        Ok(Self { run, stored, awaits_others })
    }

    /// Returns the run.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Returns the number of stored chunks of the whole run.
    pub fn stored(&self) -> usize {
        self.stored
    }

    /// Returns whether files are written now: there are answers, and no other process will add more.
    pub fn has_files(&self) -> bool {
        self.stored > 0 && !self.awaits_others
    }

    /// Writes the official client's files into the run folder if [`EndedRun::has_files`] is true. The time taken grows
    /// with the number of answers.
    ///
    /// # Errors
    /// Fails if a file cannot be written.
    pub fn write_files(&self, left_out: &[OptionalFile]) -> Result<Option<OfficialFiles>, Error> {
        if !self.has_files() {
            return Ok(None);
        }
        official_without(&self.run, self.run.folder(), left_out).map(Some)
    }
}
