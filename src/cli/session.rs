//! A run from the command line: preflight, progress, signals, files at the end.

use std::{path::Path, time::Instant};

use jiff::Timestamp;
use serde_json::json;

use super::{
    Exit,
    context::{Context, complain, for_standard_output, print, print_json, say},
    existing_run,
    heading::announce,
    inference::InferenceArguments,
    progress::{self, ProgressStyle, Reporter, bar_of_cells},
    run_options::{DriveArguments, InputArguments},
};
use crate::{
    api::ErrorKind,
    domain::{Operation, OperationKind},
    engine::{
        Check, Control, Outcome, Preflight, RunHandle, RunOptions, Service,
        preflight::{Verdict, preflight},
        prepare,
        quota::{Shortage, shortage},
        recent,
        signals::{EndSignal, EndSignals, Request, Requests},
        turn::LockWait,
    },
    results::{EndedRun, export::OptionalFile},
    store::{self, Run},
};

/// So many chunks that failed are named at the end.
const NAMED_FAILURES: usize = 10;

/// How a run is driven, and what is made of its answers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner<'a> {
    /// How it is driven.
    pub drive: &'a DriveArguments,
    /// What is written besides the official response.
    pub inference: Option<&'a InferenceArguments>,
    /// Where the run's file is, if not where the run says.
    pub input: Option<&'a Path>,
    /// Official files that are not written.
    pub left_out: &'a [OptionalFile],
}

impl Manner<'_> {
    /// Whether all that is said is for a program to read.
    fn talks_json(self) -> bool {
        self.drive.progress == Some(ProgressStyle::Json)
    }

    /// Says at once that another process has to be waited for, and until when.
    pub fn report_wait(self, wait: &LockWait) {
        if self.talks_json() {
            let LockWait { folder, holder, until, .. } = wait;
            let (folder, host) = (folder.to_string_lossy(), &holder.host);
            let told = json!({"event": "locked", "run": folder, "host": host, "pid": holder.pid, "until": until});
            say(format_args!("{told}"));
        } else {
            say(format_args!("{wait}"));
        }
    }
}

/// Looks at everything, then runs, or says what would be done.
pub(super) async fn begin(
    input: &InputArguments,
    operation: Operation,
    manner: Manner<'_>,
    context: &Context,
) -> anyhow::Result<Exit> {
    let options = input.options(operation, manner.drive.options(context));
    if input.dry_run {
        return rehearse(&context.service()?, &options, manner).await;
    }
    announce(progress::style_or_default(manner.drive.progress), &options.folder);
    if Run::is_run(&options.folder) {
        return existing_run::run(options, manner, context).await;
    }
    match annotate(&context.service()?, options.clone(), manner, Some(context)).await {
        // Another process has made the same run meanwhile.
        Err(error) if is_made_meanwhile(&error) => existing_run::run(options, manner, context).await,
        ended => ended,
    }
}

/// Whether a run could not begin because its folder has become one.
fn is_made_meanwhile(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<prepare::Error>();
    matches!(error, Some(prepare::Error::Store(store::Error::AlreadyARun { .. })))
}

/// Looks at everything, reads all cells, and tells what it found.
async fn rehearse(service: &Service, options: &RunOptions, manner: Manner<'_>) -> anyhow::Result<Exit> {
    let looked = preflight(service, options).await;
    report_preflight(&looked, Detail::Everything);
    if manner.drive.json {
        print_json(&preflight_json(&looked))?;
    }
    if let Some(failed) = looked.failure() {
        return Ok(exit_of_check(failed));
    }
    let Some(prepared) = looked.prepared else { return Ok(Exit::Ok) };
    let bar = bar_of_cells(prepared.manifest().input.cells);
    let told = bar.clone();
    let read = tokio::task::spawn_blocking(move || prepared.read_all(|cells| told.inc(cells as u64))).await?;
    bar.finish_and_clear();
    match read {
        Ok(()) => say(format_args!("ok   counts   every cell was read and has counts; nothing was sent")),
        Err(error) => {
            complain(&error.into());
            return Ok(Exit::Preflight);
        }
    }
    Ok(Exit::Ok)
}

/// Looks at everything, then runs. The run is put on the list of the user's runs, if there is one.
pub(super) async fn annotate(
    service: &Service,
    options: RunOptions,
    manner: Manner<'_>,
    list: Option<&Context>,
) -> anyhow::Result<Exit> {
    let mut signals = EndSignals::listen()?;
    let looked = tokio::select! {
        looked = preflight(service, &options) => looked,
        signal = signals.next() => {
            say(format_args!("stopped before anything was sent"));
            return Ok(Exit::of_signal(signal));
        }
    };
    if manner.talks_json() {
        say(format_args!("{}", json!({"event": "preflight", "checks": checks_json(&looked)})));
    } else {
        report_preflight(&looked, Detail::Brief);
    }
    if let Some(failed) = looked.failure() {
        return Ok(exit_of_check(failed));
    }
    // Proof: a preflight without a failed check prepares a run.
    let Some(prepared) = looked.prepared else { anyhow::bail!("the checks passed, but no run came of them") };
    let handle = prepared.start(&|wait| manner.report_wait(wait)).await?;
    if let Some(context) = list {
        remember(&Run::open(&options.folder)?, context);
    }
    follow(handle, &options.folder, manner, signals).await
}

/// Puts a run on the user's list, where it is not.
pub(super) fn remember(run: &Run, context: &Context) {
    if !context.settings.paths.has_state() {
        say(format_args!(
            "warning: this run will not be listed by `castui runs`: neither HOME nor XDG_STATE_HOME is set"
        ));
    } else if let Err(error) = recent::remember(&context.recent_runs(), run) {
        say(format_args!("warning: this run will not be listed by `castui runs`: {error}"));
    }
}

/// Warns if a run of so many cells seems to exceed the quota. The server decides.
pub(super) async fn warn_beyond_quota(service: &Service, cells: u64, kind: OperationKind) {
    let quota = service.quota().await;
    if let Some(Shortage { found, fix }) = quota.ok().and_then(|quota| shortage(&quota, cells, kind)) {
        say(format_args!("warning: {found}; {fix}"));
    }
}

/// Follows a run to its end and writes its files. Signals are heard since before it began.
pub(super) async fn follow(
    mut handle: RunHandle,
    folder: &Path,
    manner: Manner<'_>,
    mut signals: EndSignals,
) -> anyhow::Result<Exit> {
    let mut reporter = Reporter::new(manner.drive.progress, handle.control.clone());
    let (mut requests, mut ended_by) = (Requests::default(), None);
    loop {
        tokio::select! {
            event = handle.events.recv() => match event {
                Some(event) => reporter.take(&event),
                None => break,
            },
            signal = signals.next() => ended_by = EndedBy::take(&mut requests, signal, &handle.control),
            () = reporter.tick() => {}
        }
    }
    let outcome = handle.wait().await;
    reporter.finish();
    conclude((&outcome, ended_by), folder, manner, &mut signals).await
}

/// Writes the files of a run that needs nothing more of its server.
pub(super) async fn finish(folder: &Path, manner: Manner<'_>) -> anyhow::Result<Exit> {
    store::tidy(folder, Timestamp::now());
    conclude((&Outcome::default(), None), folder, manner, &mut EndSignals::listen()?).await
}

/// How signals ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EndedBy {
    /// The user or the batch system asked for the end.
    Request(EndSignal),
    /// They asked again before it was reached.
    Insistence(EndSignal),
}

impl EndedBy {
    /// The code of the first signal.
    fn exit(self) -> Exit {
        match self {
            Self::Request(signal) | Self::Insistence(signal) => Exit::of_signal(signal),
        }
    }

    /// Steers a run as a signal asks. Returns how the run is ended by now.
    fn take(requests: &mut Requests, signal: EndSignal, control: &Control) -> Option<Self> {
        match requests.on_signal(signal, Instant::now()) {
            Request::End => control.stop(),
            Request::EndNow => {
                control.stop_now();
                return requests.first().map(Self::Insistence);
            }
            Request::Nothing => {}
        }
        requests.first().map(Self::Request)
    }
}

/// Tells how a run ended, then writes its files. How it ended does not depend on whether they can be written.
async fn conclude(
    (outcome, ended_by): (&Outcome, Option<EndedBy>),
    folder: &Path,
    manner: Manner<'_>,
    signals: &mut EndSignals,
) -> anyhow::Result<Exit> {
    let ended = Run::open(folder).and_then(|run| EndedRun::of(run, outcome));
    let ended = ended.inspect_err(|_| out_of_reach(outcome, folder))?;
    let (run, stored) = (ended.run(), ended.stored());
    if manner.talks_json() {
        let reason = outcome.stopped.as_ref().map(ToString::to_string);
        say(format_args!(
            "{}",
            json!({"event": "ended", "chunks_stored": stored, "failed": failed_json(outcome, run), "stopped": reason})
        ));
    } else {
        tell(outcome, run, stored);
    }
    let mut exit = match ended_by {
        Some(ended) if !outcome.is_complete() => ended.exit(),
        _ => Exit::of_outcome(outcome, stored),
    };
    let mut files = None;
    let is_insistent = matches!(ended_by, Some(EndedBy::Insistence(_)));
    if ended.has_files() && !is_insistent {
        let (writing, left_out) = (ended.clone(), manner.left_out.to_vec());
        let export = tokio::task::spawn_blocking(move || writing.write_files(&left_out));
        tokio::select! {
            // Each file appears whole or not at all, so leaving is safe.
            signal = signals.next() => return Ok(Exit::of_signal(signal)),
            written = export => match written? {
                Ok(written) => files = written,
                Err(error) => {
                    complain(&error.into());
                    say(format_args!("the answers are kept; `castui export {}` writes the files later", folder.display()));
                    exit = if exit == Exit::Ok { Exit::Failure } else { exit };
                }
            },
        }
    }
    // Whoever ends a run by a signal does not wait for files that can be had later.
    if let (None, Some(inference), Some(files)) = (ended_by, manner.inference, &mut files) {
        match inference.write(folder, manner.input) {
            Ok(more) => files.paths.extend(more),
            Err(error) => {
                complain(&error);
                say(format_args!("the answers are kept; `castui export {}` writes the files later", folder.display()));
                exit = if exit == Exit::Ok { Exit::of_error(&error) } else { exit };
            }
        }
    }
    if manner.drive.json {
        let cells = run.manifest().input.cells;
        print_json(&json!({
            "run": folder.to_string_lossy(),
            "cells": cells,
            "chunks": run.manifest().chunk_count(),
            "chunks_stored": stored,
            "chunks_failed": outcome.failed.len(),
            "failed": failed_json(outcome, run),
            "stopped": outcome.stopped.as_ref().map(ToString::to_string),
            "missing_cells": files.as_ref().map_or(cells, |files| files.missing_cells),
            "files": files.iter().flat_map(|files| &files.paths).map(|path| path.to_string_lossy()).collect::<Vec<_>>(),
            "exit": exit.code(),
        }))?;
    } else {
        print(format_args!("{}", for_standard_output(&folder.display().to_string())))?;
    }
    Ok(exit)
}

fn failed_json(outcome: &Outcome, run: &Run) -> Vec<serde_json::Value> {
    let failed = outcome.failed.iter().map(|(chunk, error)| {
        let cells = run.manifest().range(*chunk);
        json!({ "chunk": chunk, "first_cell": cells.start, "cells": cells.len(), "error": error })
    });
    failed.collect()
}

/// Tells how a sitting ended whose folder cannot be read: how much of it is stored is not known then.
fn out_of_reach(outcome: &Outcome, folder: &Path) {
    if let Some(reason) = &outcome.stopped {
        say(format_args!("{reason}"));
    }
    let folder = folder.display();
    say(format_args!("once {folder} can be read again, `castui resume {folder}` continues the run"));
}

/// Tells how a sitting ended.
fn tell(outcome: &Outcome, run: &Run, stored: usize) {
    let (manifest, folder) = (run.manifest(), run.folder().display());
    if let Some((_, why)) = outcome.failed.first() {
        let named = outcome.failed.iter().take(NAMED_FAILURES).map(|(chunk, _)| {
            let cells = manifest.range(*chunk);
            format!("{chunk} (cells {} to {})", cells.start, cells.end - 1)
        });
        let named: Vec<_> = named.collect();
        let more = if outcome.failed.len() > named.len() { ", …" } else { "" };
        let chunks = if outcome.failed.len() == 1 { "chunk" } else { "chunks" };
        say(format_args!("{} {chunks} failed: {}{more}: {why}", outcome.failed.len(), named.join(", ")));
    }
    if let Some(reason) = &outcome.stopped {
        say(format_args!("{reason}"));
    }
    if outcome.is_complete() && stored < manifest.chunk_count() {
        say(format_args!(
            "this part is done; {stored} of {} chunks of the run are stored. When the others are done, `castui resume {folder}` writes the files",
            manifest.chunk_count()
        ));
    } else if outcome.is_complete() {
        say(format_args!("done: answers for {} cells in {folder}", manifest.input.cells));
    } else {
        let chunks = manifest.chunk_count();
        say(format_args!(
            "{stored} of {chunks} chunks are stored; `castui resume {folder}` sends the rest and no chunk twice"
        ));
    }
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
            say(format_args!("{mark} {:<8} {}", check.subject.name(), check.found));
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

fn checks_json(looked: &Preflight) -> Vec<serde_json::Value> {
    looked
        .checks
        .iter()
        .map(|check| {
            json!({
                "subject": check.subject.name(),
                "verdict": match check.verdict {
                    Verdict::Ok => "ok",
                    Verdict::Warn => "warn",
                    Verdict::Fail => "fail",
                },
                "found": check.found,
                "fix": check.fix,
            })
        })
        .collect()
}

fn preflight_json(looked: &Preflight) -> serde_json::Value {
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
    json!({ "checks": checks_json(looked), "run": run })
}

/// The code for a check that failed.
pub(super) fn exit_of_check(check: &Check) -> Exit {
    match check.refusal {
        Some(ErrorKind::Authentication) => Exit::Authentication,
        Some(kind) => Exit::of_refusal(kind),
        None => Exit::Preflight,
    }
}
