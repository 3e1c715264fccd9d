//! `castui doctor`

use jiff::Timestamp;
use serde_json::json;

use super::{
    Exit,
    context::{Context, print, print_json},
    hint,
};
use crate::{
    api::{
        Backoff, Client, ClientOptions,
        diagnostics::{Check, Outcome, Step},
    },
    domain::text::clean,
};

/// The last line about failed steps.
const REPORT: &str = "For a bug report, attach this output and, if a run failed, castui.log from its folder.";

/// Arguments of `doctor`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exits with code 4 if it is the token that fails, with 6 if anything else does.")]
pub(super) struct Arguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: &Arguments, context: &Context) -> anyhow::Result<Exit> {
    // Failures are reported at the first attempt, without retries.
    let client = Client::new(ClientOptions { backoff: Backoff::ONCE, ..context.settings.client_options()? })?;
    let mut checks: Vec<Check> = Vec::new();
    if !arguments.json {
        print(format_args!("castui {}, server {}", env!("CARGO_PKG_VERSION"), client.server()))?;
    }
    for step in Step::ALL {
        let blocked_by = checks.iter().find(|check| check.outcome == Outcome::Failed && blocks(check.step));
        let check = match blocked_by {
            Some(failed) => not_tested(step, failed.step),
            None => step.test(&client, Timestamp::now()).await,
        };
        if !arguments.json {
            show(&check)?;
        }
        checks.push(check);
    }
    let exit = exit(&checks);
    if arguments.json {
        let server = client.server().to_string();
        let checks: Vec<_> = checks.iter().map(as_json).collect();
        print_json(&json!({ "server": server, "checks": checks, "exit": exit.code() }))?;
    } else if exit != Exit::Ok {
        print(format_args!("{REPORT}"))?;
    }
    Ok(exit)
}

/// Returns whether the later steps cannot be tested if this one fails.
fn blocks(step: Step) -> bool {
    match step {
        Step::Proxy | Step::Dns | Step::Connect | Step::Tls | Step::Service => true,
        Step::Protocol | Step::Token => false,
    }
}

fn not_tested(step: Step, failed: Step) -> Check {
    let detail = format!("not tested, since {} failed", failed.name());
    Check { step, outcome: Outcome::Skipped, detail, hint: None }
}

fn show(check: &Check) -> std::io::Result<()> {
    let mark = match check.outcome {
        Outcome::Passed => "ok",
        Outcome::Skipped => "skip",
        Outcome::Failed => "FAIL",
    };
    print(format_args!("{mark:<4}  {:<10}  {}", check.step.name(), clean(&check.detail)))?;
    match check.hint.map(hint::words) {
        Some(hint) => print(format_args!("{:16}  -> {}", "", clean(&hint))),
        None => Ok(()),
    }
}

/// Returns the exit code, determined by the first failed step.
fn exit(checks: &[Check]) -> Exit {
    match checks.iter().find(|check| check.outcome == Outcome::Failed).map(|check| check.step) {
        None => Exit::Ok,
        Some(Step::Token) => Exit::Authentication,
        Some(Step::Proxy | Step::Dns | Step::Connect | Step::Tls | Step::Service | Step::Protocol) => Exit::Network,
    }
}

fn as_json(check: &Check) -> serde_json::Value {
    let outcome = match check.outcome {
        Outcome::Passed => "ok",
        Outcome::Skipped => "skip",
        Outcome::Failed => "fail",
    };
    json!({ "step": check.step.name(), "outcome": outcome, "detail": check.detail, "hint": check.hint.map(hint::words) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failure_decides_the_exit_code() {
        let check = |step, outcome| Check { step, outcome, detail: String::new(), hint: None };
        let (tls, token) = (check(Step::Tls, Outcome::Failed), check(Step::Token, Outcome::Failed));
        assert_eq!(exit(&[check(Step::Dns, Outcome::Passed), token.clone()]), Exit::Authentication);
        assert_eq!(exit(&[tls, token]), Exit::Network);
        assert_eq!(exit(&[check(Step::Tls, Outcome::Skipped)]), Exit::Ok);
    }
}
