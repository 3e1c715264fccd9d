//! `castui search`

use super::{
    Exit,
    context::Context,
    run_options::{DriveArguments, InputArguments},
    session,
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
    session::begin(&arguments.input, Operation::Search, &arguments.drive, context).await
}
