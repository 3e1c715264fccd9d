//! `castui search`

use super::{
    Exit,
    context::Context,
    run_options::{DriveArguments, InputArguments},
    session::{self, Manner},
};
use crate::domain::Operation;

/// Arguments of `search`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    input: InputArguments,
    #[command(flatten)]
    drive: DriveArguments,
}

pub(super) async fn run(arguments: Arguments, context: &Context) -> anyhow::Result<Exit> {
    let manner = Manner { drive: &arguments.drive, inference: None, input: None };
    session::begin(&arguments.input, Operation::Search, manner, context).await
}
