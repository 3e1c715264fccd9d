//! `castui search`

use super::{
    Exit, begin,
    context::Context,
    run_options::{DriveArguments, InputArguments, SaveArguments},
    session::Manner,
};
use crate::domain::Operation;
#[cfg(test)]
use crate::engine::{DriveOptions, RunOptions};

/// Arguments of `search`.
#[derive(Debug, clap::Args)]
#[command(override_usage = "castui search [OPTIONS] <FILE>")]
pub(super) struct Arguments {
    #[command(flatten)]
    input: InputArguments,
    #[command(flatten)]
    save: SaveArguments,
    #[command(flatten)]
    drive: DriveArguments,
}

#[cfg(test)]
impl Arguments {
    /// Returns the options for the engine.
    pub(super) fn options(&self, drive: DriveOptions) -> RunOptions {
        self.input.options(Operation::Search, drive)
    }

    /// Returns the options for driving the run.
    pub(super) fn drive(&self) -> &DriveArguments {
        &self.drive
    }
}

pub(super) async fn run(arguments: Arguments, context: &Context) -> anyhow::Result<Exit> {
    let left_out = arguments.save.left_out();
    let tables = arguments.input.obs.tables()?;
    let manner =
        Manner { drive: &arguments.drive, inference: None, input: None, tables: tables.as_ref(), left_out: &left_out };
    begin::begin(&arguments.input, Operation::Search, manner, context).await
}
