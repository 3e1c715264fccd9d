//! `castui search`

use super::{
    Exit,
    context::Context,
    run_options::{DriveArguments, InputArguments},
    session::{self, Manner},
};
use crate::domain::Operation;
#[cfg(test)]
use crate::engine::{DriveOptions, RunOptions};

/// Arguments of `search`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    input: InputArguments,
    #[command(flatten)]
    drive: DriveArguments,
}

#[cfg(test)]
impl Arguments {
    /// What the engine is asked for.
    pub(super) fn options(&self, drive: DriveOptions) -> RunOptions {
        self.input.options(Operation::Search, drive)
    }

    /// How the run is driven.
    pub(super) fn drive(&self) -> &DriveArguments {
        &self.drive
    }
}

pub(super) async fn run(arguments: Arguments, context: &Context) -> anyhow::Result<Exit> {
    let manner = Manner { drive: &arguments.drive, inference: None, input: None };
    session::begin(&arguments.input, Operation::Search, manner, context).await
}
