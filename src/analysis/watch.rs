//! Progress and cancellation of an analysis.

use super::Error;

/// A step of an analysis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Reads all counts and selects variable genes.
    VariableGenes,
    /// Reads the selected genes and computes principal components.
    Components,
    /// Searches the neighbors of each cell.
    Neighbors,
    /// Finds clusters in the graph of neighbors.
    Clusters,
    /// Lays out the map.
    Map,
    /// Reads the expression of genes.
    Expression,
    /// Reads all counts and compares groups of cells.
    Markers,
}

/// The progress within a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The step.
    pub step: Step,
    /// The amount of work done: cells or epochs.
    pub done: usize,
    /// The total amount of work.
    pub total: usize,
}

/// An observer of an analysis, which may cancel it. Both functions are called often and from any thread.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    report: &'a (dyn Fn(Progress) + Sync),
    is_canceled: &'a (dyn Fn() -> bool + Sync),
}

impl<'a> Watch<'a> {
    /// Creates an observer.
    pub fn new(report: &'a (dyn Fn(Progress) + Sync), is_canceled: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self { report, is_canceled }
    }

    fn advance(self, step: Step, done: usize, total: usize) -> Result<(), Error> {
        if (self.is_canceled)() {
            return Err(Error::Canceled);
        }
        (self.report)(Progress { step, done, total });
        Ok(())
    }

    /// Returns an observer of one step.
    pub fn of(self, step: Step) -> Stage<'a> {
        Stage { watch: self, step }
    }
}

/// An observer of one step of an analysis.
#[derive(Clone, Copy)]
pub struct Stage<'a> {
    watch: Watch<'a>,
    step: Step,
}

impl Stage<'_> {
    /// Reports progress of the step.
    ///
    /// # Errors
    /// Fails with [`Error::Canceled`] if the analysis was canceled.
    pub fn advance(self, done: usize, total: usize) -> Result<(), Error> {
        self.watch.advance(self.step, done, total)
    }
}

impl Default for Watch<'_> {
    /// Creates an observer that ignores progress and never cancels.
    fn default() -> Self {
        Self { report: &|_| {}, is_canceled: &|| false }
    }
}
