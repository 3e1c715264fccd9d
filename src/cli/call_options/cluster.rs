//! Options for calls of groups of cells.

use clap::ValueEnum;

use super::prefix;
use crate::{
    domain::{Score, shell},
    results::{
        AggregateOptions, AggregationDomain, AggregationOp, CallOptions, calls::ClusterOptions, export::CLUSTER_PREFIX,
    },
};

/// Options for calls of groups of cells.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ClusterArguments {
    /// Column of obs whose groups are called too
    #[arg(long, alias = "cluster", value_name = "COLUMN")]
    pub cluster_label: Option<String>,
    /// Combination of the scores of a group's cells
    #[arg(long, value_name = "OP", value_enum, default_value_t, requires = "cluster_label")]
    cluster_op: Op,
    /// Cells of a group that count for a term
    #[arg(long, value_name = "DOMAIN", value_enum, default_value_t, requires = "cluster_label")]
    cluster_domain: Domain,
    /// A score counts as over the threshold when it is higher than this
    #[arg(long, value_name = "SCORE", default_value_t = cluster_threshold(), allow_negative_numbers = true, requires = "cluster_label")]
    cluster_threshold: Score,
    /// Prefix of the columns with the calls of groups
    #[arg(long, value_name = "PREFIX", default_value = CLUSTER_PREFIX, value_parser = prefix, requires = "cluster_label")]
    pub cluster_prefix: String,
}

/// The statistic computed from a term's scores.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(in crate::cli) enum Op {
    /// Their mean
    #[default]
    Mean,
    /// Their median
    Median,
}

/// The cells whose scores enter the statistic.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(in crate::cli) enum Domain {
    /// All cells of the group
    #[default]
    AllCells,
    /// Cells that score over the threshold
    OverThreshold,
}

/// Returns the default of `--cluster-threshold`.
fn cluster_threshold() -> Score {
    Score::nearest(AggregateOptions::default().threshold)
}

impl ClusterArguments {
    /// Returns the options that differ from the defaults as quoted words of a command line, without the prefix of columns.
    pub fn words(&self) -> Vec<String> {
        let mut words: Vec<String> =
            self.cluster_label.iter().map(|column| shell::option("--cluster-label", column)).collect();
        words.extend(match self.cluster_op {
            Op::Mean => None,
            Op::Median => Some(shell::option("--cluster-op", "median")),
        });
        words.extend(match self.cluster_domain {
            Domain::AllCells => None,
            Domain::OverThreshold => Some(shell::option("--cluster-domain", "over-threshold")),
        });
        if self.cluster_threshold != cluster_threshold() {
            words.push(shell::option("--cluster-threshold", self.cluster_threshold.to_string()));
        }
        words
    }

    /// Returns the options for [`crate::results`].
    pub fn options(&self, calls: CallOptions) -> ClusterOptions {
        let aggregate = AggregateOptions {
            op: self.cluster_op.into(),
            domain: self.cluster_domain.into(),
            threshold: self.cluster_threshold.value(),
        };
        ClusterOptions { aggregate, calls }
    }
}

impl From<Op> for AggregationOp {
    fn from(op: Op) -> Self {
        match op {
            Op::Mean => Self::Mean,
            Op::Median => Self::Median,
        }
    }
}

impl From<Domain> for AggregationDomain {
    fn from(domain: Domain) -> Self {
        match domain {
            Domain::AllCells => Self::AllCells,
            Domain::OverThreshold => Self::OverThreshold,
        }
    }
}
