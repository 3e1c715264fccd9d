//! The user's selection in a run, shared by all panes.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    analysis::Gene,
    domain::{CasCellId, TermId},
    results::{AggregateOptions, CallOptions, CallRule, Restriction, aggregate::TreeOptions},
};

/// The current selection. A change by one pane is passed to all panes.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// The cell, by its row in the run; an inferred cell has a number after the run's cells.
    pub cell: Option<usize>,
    /// The cells that are shown.
    pub shown: Shown,
    /// The ontology term.
    pub term: Option<TermId>,
    /// The reference cell.
    pub neighbor: Option<CasCellId>,
    /// The group of cells that aggregates cover.
    pub group: Group,
    /// The obs column that clusters are taken from.
    pub cluster_column: Option<String>,
    /// The chosen genes, in the order of the choice.
    pub genes: Arc<[Gene]>,
    /// The gene chosen last.
    pub gene: Option<Gene>,
    /// Marked cells, by row.
    pub marked: BTreeSet<usize>,
    /// The cells last chosen in a comparison with another run, by row, ascending.
    pub differing: Arc<[usize]>,
    /// Thresholds of calls and trees.
    pub thresholds: Thresholds,
}

/// The cells that are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shown {
    /// The cells of the run, which were sent.
    #[default]
    Annotated,
    /// Also the cells with inferred calls.
    WithInferred,
}

impl Shown {
    /// Returns the other choice.
    pub fn other(self) -> Self {
        match self {
            Self::Annotated => Self::WithInferred,
            Self::WithInferred => Self::Annotated,
        }
    }
}

/// A group of cells.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Group {
    /// All cells.
    #[default]
    All,
    /// The cells in a category of the cluster column, by its number.
    Cluster(u32),
    /// The marked cells.
    Marked,
    /// The cells in a box of the embedding, by row, ascending.
    Box(Arc<[usize]>),
}

/// The rule of calls, and the thresholds of calls and trees; the defaults are the official client's.
#[derive(Clone, Debug, PartialEq)]
pub struct Thresholds {
    /// The rule of calls.
    pub rule: CallRule,
    /// The terms that may be called.
    pub restriction: Restriction,
    /// The minimum score of a call.
    pub call: f64,
    /// The minimum score of a term in the tree of a group.
    pub evidence: f64,
    /// The minimum fraction of cells of a term in the tree of a group.
    pub fraction: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            rule: CallRule::default(),
            restriction: Restriction::NONE,
            call: CallOptions::OFFICIAL.min_acceptable_score,
            evidence: AggregateOptions::VIEWER.threshold,
            fraction: TreeOptions::VIEWER_MIN_FRACTION,
        }
    }
}

/// The maximum number of chosen genes, which bounds the memory of their expression.
const MOST_GENES: usize = 24;

impl Selection {
    /// Adds a gene to the chosen ones and selects it. The first one makes room if there are too many.
    pub fn add_gene(&mut self, gene: Gene) {
        if !self.genes.contains(&gene) {
            let skipped = (self.genes.len() + 1).saturating_sub(MOST_GENES);
            self.genes = self.genes.iter().skip(skipped).chain([&gene]).cloned().collect();
        }
        self.gene = Some(gene);
    }
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            cell: None,
            shown: Shown::default(),
            term: None,
            neighbor: None,
            group: Group::All,
            cluster_column: None,
            genes: Arc::default(),
            gene: None,
            marked: BTreeSet::new(),
            differing: Arc::default(),
            thresholds: Thresholds::default(),
        }
    }
}

impl Thresholds {
    /// Returns the options of calls.
    pub fn call_options(&self) -> CallOptions {
        CallOptions {
            rule: self.rule,
            min_acceptable_score: self.call,
            restriction: self.restriction.clone(),
            ..CallOptions::OFFICIAL
        }
    }

    /// Moves the call threshold, in steps of 0.05.
    pub fn move_call(&mut self, steps: i32) {
        self.call = stepped(self.call, 0.05, steps);
    }

    /// Moves the minimum score of a term in a tree, in steps of 0.01.
    pub fn move_evidence(&mut self, steps: i32) {
        self.evidence = stepped(self.evidence, 0.01, steps);
    }

    /// Moves the minimum fraction of cells, in steps of 0.01.
    pub fn move_fraction(&mut self, steps: i32) {
        self.fraction = stepped(self.fraction, 0.01, steps);
    }
}

/// Moves a fraction by steps without accumulating rounding errors.
fn stepped(value: f64, step: f64, steps: i32) -> f64 {
    let at = (value / step).round() + f64::from(steps);
    ((at * step).clamp(0.0, 1.0) * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_move_in_whole_steps_within_bounds() {
        let mut thresholds = Thresholds::default();
        for _ in 0..7 {
            thresholds.move_call(1);
        }
        assert_eq!(thresholds.call, 0.55);
        thresholds.move_call(-100);
        assert_eq!(thresholds.call, 0.0);
        thresholds.move_fraction(200);
        assert_eq!(thresholds.fraction, 1.0);
    }
}
