//! `castui annotate`

use clap::ValueEnum;

use super::{
    Exit,
    context::Context,
    inference::InferenceArguments,
    run_options::{DriveArguments, InputArguments, finite},
    session::{self, Manner},
};
use crate::domain::{OntologyAwareOptions, Operation};
#[cfg(test)]
use crate::engine::{DriveOptions, RunOptions};

/// Which of the two kinds of answers.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Strategy {
    /// Scores of Cell Ontology terms
    #[default]
    OntologyAware,
    /// Distances to the neighbors by cell type
    SummaryStatistics,
}

/// Arguments of `annotate`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    input: InputArguments,
    /// What is asked about each cell
    #[arg(long, value_enum, default_value_t)]
    strategy: Strategy,
    /// Terms that score less are left out (ontology-aware)
    #[arg(long, value_name = "SCORE", default_value_t = 0.05, value_parser = finite, allow_negative_numbers = true)]
    prune_threshold: f64,
    /// How steeply a neighbor's weight falls with its distance (ontology-aware)
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = finite, allow_negative_numbers = true)]
    weighting_prefactor: f64,
    /// Ask for the breakdown by dataset too (summary-statistics)
    #[arg(long)]
    include_extended_statistics: bool,
    #[command(flatten)]
    inference: InferenceArguments,
    #[command(flatten)]
    drive: DriveArguments,
}

impl Arguments {
    /// What the engine is asked for.
    #[cfg(test)]
    pub(super) fn options(&self, drive: DriveOptions) -> RunOptions {
        self.input.options(self.operation(), drive)
    }

    /// How the run is driven.
    #[cfg(test)]
    pub(super) fn drive(&self) -> &DriveArguments {
        &self.drive
    }

    fn operation(&self) -> Operation {
        match self.strategy {
            Strategy::OntologyAware => Operation::OntologyAware(OntologyAwareOptions {
                prune_threshold: self.prune_threshold,
                weighting_prefactor: self.weighting_prefactor,
            }),
            Strategy::SummaryStatistics => {
                Operation::SummaryStatistics { include_extended_statistics: self.include_extended_statistics }
            }
        }
    }
}

pub(super) async fn run(arguments: Arguments, context: &Context) -> anyhow::Result<Exit> {
    let operation = arguments.operation();
    arguments.inference.check(operation.kind(), &arguments.input.file.file)?;
    let manner = Manner { drive: &arguments.drive, inference: Some(&arguments.inference), input: None };
    session::begin(&arguments.input, operation, manner, context).await
}
