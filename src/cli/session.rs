//! A run from the command line: preflight, progress, signals, files at the end.

use std::path::Path;

use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{
    Exit,
    context::{Context, print, print_json, say},
    progress::Reporter,
    run_options::{DriveArguments, InputArguments},
};
use crate::{
    api::ErrorKind,
    domain::Operation,
    engine::{
        Check, Control, Outcome, Preflight, RunHandle, Service,
        preflight::{Verdict, preflight},
        recent,
    },
    results::export::official,
    store::Run,
};

/// How long a run may take to end after SIGTERM.
const GRACE: std::time::Duration = std::time::Duration::from_secs(10);

/// Looks at everything, then runs.
pub(super) async fn begin(
    input: &InputArguments,
    operation: Operation,
    drive: &DriveArguments,
    context: &Context,
) -> anyhow::Result<Exit> {
    let service = context.service()?;
    let options = input.options(operation, drive.options(context));
    let looked = preflight(&service, &options).await;
    report_preflight(&looked, if input.dry_run { Detail::Everything } else { Detail::Brief });
    if let Some(failed) = looked.failure() {
        if input.dry_run && drive.json {
            print_json(&preflight_json(&looked))?;
        }
        return Ok(exit_of_check(failed));
    }
    if input.dry_run {
        if drive.json {
            print_json(&preflight_json(&looked))?;
        }
        return Ok(Exit::Ok);
    }
    // Proof: a preflight without a failed check prepares a run.
    let Some(prepared) = looked.prepared else { anyhow::bail!("the checks passed, but no run came of them") };
    let handle = prepared.start().await?;
    if let Ok(run) = Run::open(&options.folder)
        && let Err(error) = recent::remember(&context.recent_runs(), &run)
    {
        say(format_args!("warning: this run will not be listed by `castui runs`: {error}"));
    }
    follow(handle, &options.folder, drive).await
}

/// Fails if a run of so many cells would exceed the quota.
pub(super) async fn refuse_beyond_quota(service: &Service, cells: u64) -> anyhow::Result<()> {
    let quota = service.quota().await?;
    match quota.exceeded_by(cells) {
        None => Ok(()),
        Some(limit) => Err(QuotaTooSmall { cells, usable: quota.usable().unwrap_or(0), limit }.into()),
    }
}

/// The rest of a run costs more than is left.
#[derive(Debug, thiserror::Error)]
#[error("{cells} cells exceed the {limit:?} quota: {usable} left; nothing was sent, all stored answers are kept")]
pub(super) struct QuotaTooSmall {
    cells: u64,
    usable: u64,
    limit: crate::domain::QuotaLimit,
}

/// Follows a run to its end and writes its files.
pub(super) async fn follow(mut handle: RunHandle, folder: &Path, drive: &DriveArguments) -> anyhow::Result<Exit> {
    let mut reporter = Reporter::new(drive.progress, handle.control.clone());
    let mut signals = Signals::new()?;
    let mut ended_by = None;
    loop {
        tokio::select! {
            event = handle.events.recv() => match event {
                Some(event) => reporter.take(&event),
                None => break,
            },
            exit = signals.next() => stop(&handle.control, exit, &mut ended_by, &reporter),
            () = reporter.tick() => {}
        }
    }
    let outcome = handle.wait().await;
    reporter.finish();
    conclude(&outcome, ended_by, folder, drive)
}

fn stop(control: &Control, exit: Exit, ended_by: &mut Option<Exit>, reporter: &Reporter) {
    if ended_by.is_some() {
        control.stop_now();
        return;
    }
    *ended_by = Some(exit);
    control.stop();
    let under_way = reporter.under_way();
    if exit == Exit::Interrupted {
        reporter.say(&format!(
            "stopping: waiting for {under_way} chunks under way (they cost quota); Ctrl-C again ends at once"
        ));
    } else {
        reporter.say(&format!("stopping: waiting {} s for {under_way} chunks under way", GRACE.as_secs()));
        let control = control.clone();
        tokio::spawn(async move {
            tokio::time::sleep(GRACE).await;
            control.stop_now();
        });
    }
}

/// The signals that end a run.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
            _ = self.hangup.recv() => Exit::Terminated,
        }
    }
}

fn conclude(outcome: &Outcome, ended_by: Option<Exit>, folder: &Path, drive: &DriveArguments) -> anyhow::Result<Exit> {
    let run = Run::open(folder)?;
    let stored = run.stored()?.len();
    let chunks = run.manifest().chunk_count();
    let files = if stored > 0 { Some(official(&run, folder)?) } else { None };
    for (chunk, error) in outcome.failed.iter().take(5) {
        say(format_args!("chunk {chunk} failed: {error}"));
    }
    if let Some(more) = outcome.failed.len().checked_sub(5).filter(|more| *more > 0) {
        say(format_args!("… and {more} more"));
    }
    if let Some(reason) = &outcome.stopped {
        say(format_args!("{reason}"));
    }
    if outcome.is_complete() {
        say(format_args!("done: {} cells annotated, answers in {}", run.manifest().input.cells, folder.display()));
    } else {
        say(format_args!(
            "{stored} of {chunks} chunks are stored and kept; `castui resume {}` sends the rest and no chunk twice",
            folder.display()
        ));
    }
    let exit = match ended_by {
        Some(exit) if !outcome.is_complete() => exit,
        _ => Exit::of_outcome(outcome, stored),
    };
    if drive.json {
        print_json(&json!({
            "run": folder,
            "cells": run.manifest().input.cells,
            "chunks": chunks,
            "chunks_stored": stored,
            "chunks_failed": outcome.failed.len(),
            "missing_cells": files.as_ref().map_or(run.manifest().input.cells, |files| files.missing_cells),
            "files": files.map(|files| files.paths).unwrap_or_default(),
            "exit": exit.code(),
        }))?;
    } else {
        print(format_args!("{}", folder.display()))?;
    }
    Ok(exit)
}

/// How much of a preflight is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// What went wrong, and what was chosen.
    Brief,
    /// Every check.
    Everything,
}

/// Tells what a preflight found.
pub(super) fn report_preflight(looked: &Preflight, detail: Detail) {
    for check in &looked.checks {
        if detail == Detail::Everything || check.verdict != Verdict::Ok || matters(check) {
            let mark = match check.verdict {
                Verdict::Ok => "ok  ",
                Verdict::Warn => "warn",
                Verdict::Fail => "FAIL",
            };
            say(format_args!("{mark} {:<8} {}", name(check), check.found));
            if let Some(fix) = check.fix.as_ref().filter(|_| check.verdict != Verdict::Ok) {
                say(format_args!("     {:<8} -> {fix}", ""));
            }
        }
    }
}

/// What was chosen for the user is said even when all is well.
fn matters(check: &Check) -> bool {
    use crate::engine::Subject;
    matches!(check.subject, Subject::Model | Subject::File | Subject::Counts | Subject::Genes | Subject::Quota)
}

fn name(check: &Check) -> String {
    format!("{:?}", check.subject).to_lowercase()
}

fn preflight_json(looked: &Preflight) -> serde_json::Value {
    let checks: Vec<_> = looked
        .checks
        .iter()
        .map(|check| {
            json!({
                "subject": name(check),
                "verdict": format!("{:?}", check.verdict).to_lowercase(),
                "found": check.found,
                "fix": check.fix,
            })
        })
        .collect();
    let run = looked.prepared.as_ref().map(|prepared| {
        let manifest = prepared.manifest();
        json!({
            "cells": manifest.input.cells,
            "chunks": manifest.chunk_count(),
            "count_matrix_input": manifest.input.count_matrix,
            "feature_ids_column_name": manifest.input.feature_ids,
            "model": manifest.model,
        })
    });
    json!({ "checks": checks, "run": run })
}

/// The code for a check that failed.
pub(super) fn exit_of_check(check: &Check) -> Exit {
    match check.refusal {
        Some(ErrorKind::Authentication) => Exit::Authentication,
        Some(kind) => Exit::of_refusal(kind),
        None => Exit::Preflight,
    }
}
