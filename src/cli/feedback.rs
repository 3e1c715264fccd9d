//! `castui feedback`

use super::{
    Exit,
    context::{Context, print, say},
};
use crate::api::ActionId;

/// Arguments of `feedback`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Ask the server to stop asking for feedback
    #[arg(long)]
    opt_out: bool,
}

pub(super) async fn run(arguments: &Arguments, context: &Context) -> anyhow::Result<Exit> {
    if arguments.opt_out {
        let service = context.service()?;
        service.client().opt_out_of_feedback().await?;
        say(format_args!("{} will no longer ask for feedback", service.client().server()));
    } else {
        say(format_args!("open this page in a browser to give feedback on CAS:"));
        print(format_args!("{}", context.client()?.feedback_link(ActionId::random())))?;
    }
    Ok(Exit::Ok)
}
