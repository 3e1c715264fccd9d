//! `castui annotate`

mod waves;

use clap::ValueEnum;

use super::{
    Exit, begin,
    context::Context,
    inference::InferenceArguments,
    run_options::{DriveArguments, InputArguments, SaveArguments},
    session::Manner,
};
#[cfg(test)]
use crate::engine::{DriveOptions, RunOptions};
use crate::{
    domain::{OntologyAwareOptions, Operation, Prefactor, Score},
    results::CallOptions,
};

/// The kind of annotation.
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
#[command(override_usage = "castui annotate [OPTIONS] <FILE>")]
pub(super) struct Arguments {
    #[command(flatten)]
    input: InputArguments,
    /// Send the sample in waves of an eighth, a quarter, a half and all of it, each in a run folder of its own (DIR, DIR-2,
    /// …), and stop early. After each wave, every annotated cell is inferred from the others; the waves end when the last
    /// doubling raised the agreement by at most 0.5 percentage points or its standard error. Repeat the command to continue
    #[arg(long, requires = "sample", conflicts_with_all = ["shard", "dry_run", "beyond"], help_heading = "Sample")]
    stop_when_agreed: bool,
    /// Kind of annotation
    #[arg(long, value_enum, default_value_t)]
    strategy: Strategy,
    /// Leave out terms that score less, from 0 to 1; 0 keeps all (ontology-aware)
    #[arg(long, value_name = "SCORE", default_value_t = prune_threshold(), allow_negative_numbers = true)]
    prune_threshold: Score,
    /// Decrease of a neighbor's weight with its distance, 0 or more; larger is steeper (ontology-aware)
    #[arg(long, value_name = "FACTOR", default_value_t = weighting_prefactor(), allow_negative_numbers = true)]
    weighting_prefactor: Prefactor,
    /// Do not ask for the breakdown by dataset (summary-statistics)
    #[arg(long, overrides_with = "include_extended_statistics")]
    no_include_extended_statistics: bool,
    /// Ask for the breakdown by dataset, which is the default
    #[arg(long, hide = true)]
    include_extended_statistics: bool,
    #[command(flatten)]
    inference: InferenceArguments,
    #[command(flatten)]
    save: SaveArguments,
    #[command(flatten)]
    drive: DriveArguments,
}

/// Returns the default of `--prune-threshold`.
fn prune_threshold() -> Score {
    Score::nearest(OntologyAwareOptions::default().prune_threshold)
}

/// Returns the default of `--weighting-prefactor`.
fn weighting_prefactor() -> Prefactor {
    Prefactor::nearest(OntologyAwareOptions::default().weighting_prefactor)
}

impl Arguments {
    /// Returns the options for the engine.
    #[cfg(test)]
    pub(super) fn options(&self, drive: DriveOptions) -> RunOptions {
        self.input.options(self.operation(), drive)
    }

    /// Returns the options for driving the run.
    #[cfg(test)]
    pub(super) fn drive(&self) -> &DriveArguments {
        &self.drive
    }

    /// Returns the file and the sample.
    pub(super) fn input(&self) -> &InputArguments {
        &self.input
    }

    /// Returns the rule of the calls.
    pub(super) fn calls(&self) -> anyhow::Result<CallOptions> {
        self.inference.calls()
    }

    /// Returns the operation with its options.
    pub(super) fn operation(&self) -> Operation {
        match self.strategy {
            Strategy::OntologyAware => {
                Operation::OntologyAware(OntologyAwareOptions::new(self.prune_threshold, self.weighting_prefactor))
            }
            Strategy::SummaryStatistics => {
                Operation::SummaryStatistics { include_extended_statistics: self.includes_extended_statistics() }
            }
        }
    }

    /// Returns whether the breakdown by dataset is requested. Of the two switches clap keeps the last one.
    fn includes_extended_statistics(&self) -> bool {
        let by_default = Operation::INCLUDE_EXTENDED_STATISTICS;
        by_default && !self.no_include_extended_statistics || self.include_extended_statistics
    }
}

pub(super) async fn run(arguments: Arguments, context: &Context) -> anyhow::Result<Exit> {
    let operation = arguments.operation();
    let tables = arguments.input.obs.tables()?;
    let folder = arguments.input.folder(operation.kind());
    arguments.inference.check(
        operation.kind(),
        arguments.input.file.path(),
        &folder,
        &tables.clone().unwrap_or_default(),
    )?;
    let left_out = arguments.save.left_out();
    let inference = Some(&arguments.inference);
    let tables = tables.as_ref();
    let manner = Manner { drive: &arguments.drive, inference, input: None, tables, left_out: &left_out };
    if arguments.stop_when_agreed {
        return waves::run(&arguments, manner, context).await;
    }
    begin::begin(&arguments.input, operation, manner, context).await
}
