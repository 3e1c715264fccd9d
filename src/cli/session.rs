//! Runs on the command line: preflight, progress, signals, and files at the end.

use std::{path::Path, time::Instant};

use jiff::Timestamp;
use serde_json::json;

use super::{
    Exit,
    context::{Context, complain, print, print_json, say},
    existing_run,
    heading::announce,
    inference::InferenceArguments,
    preflight_report::{Detail, checks_json, exit_of_check, preflight_json, report_preflight},
    progress::{self, ProgressStyle, Reporter, bar_of_cells},
    remedy,
    run_options::{DriveArguments, InputArguments},
};
use crate::{
    api::ServerUrl,
    domain::{
        Operation, OperationKind, shell,
        text::{numbered, sentence},
    },
    engine::{
        Control, Outcome, RunHandle, RunOptions, Service,
        preflight::preflight,
        prepare,
        quota::{Shortage, shortage},
        recent,
        signals::{EndSignal, EndSignals, Request, Requests},
        turn::LockWait,
    },
    matrix::ObsTables,
    results::{EndedRun, export::OptionalFile},
    store::{self, Run},
};

/// The maximum number of failed chunks listed at the end.
const NAMED_FAILURES: usize = 10;

/// The options of a run on the command line that are not part of the request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner<'a> {
    /// The options for driving the run.
    pub drive: &'a DriveArguments,
    /// The additional files to write.
    pub inference: Option<&'a InferenceArguments>,
    /// The path of the run's file, if it has moved.
    pub input: Option<&'a Path>,
    /// The tables that are joined to the cells of the file.
    pub tables: &'a ObsTables,
    /// The official files that are not written.
    pub left_out: &'a [OptionalFile],
}

impl Manner<'_> {
    /// Returns whether all output is JSON for programs.
    fn talks_json(self) -> bool {
        self.drive.progress == Some(ProgressStyle::Json)
    }

    /// Reports at once that the run waits for another process, and until when.
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

/// Runs the preflight, then the run; with `--dry-run` only reports what would be done.
pub(super) async fn begin(
    input: &InputArguments,
    operation: Operation,
    manner: Manner<'_>,
    context: &Context,
) -> anyhow::Result<Exit> {
    let options = input.options(operation, manner.drive.options(context));
    let options = RunOptions { tables: manner.tables.clone(), ..options };
    if input.dry_run {
        return rehearse(&context.service()?, &options, manner).await;
    }
    announce(progress::style_or_default(manner.drive.progress), &options.folder);
    if Run::is_run(&options.folder) {
        return existing_run::run(options, manner, context).await;
    }
    match annotate(&context.service()?, options.clone(), manner, Some(context)).await {
        // Another process has created the same run in the meantime.
        Err(error) if is_made_meanwhile(&error) => existing_run::run(options, manner, context).await,
        ended => ended,
    }
}

/// Returns whether a run could not begin because its folder now contains one.
fn is_made_meanwhile(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<prepare::Error>();
    matches!(error, Some(prepare::Error::Store(store::Error::AlreadyARun { .. })))
}

/// Runs the preflight, reads all cells, and reports the findings.
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

/// Runs the preflight, then the run. Adds the run to the list of the user's recent runs.
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
    let Some(prepared) = looked.prepared else { anyhow::bail!("the checks passed, but the run could not be prepared") };
    let handle = prepared.start(&|wait| manner.report_wait(wait)).await?;
    if let Some(context) = list {
        remember(&Run::open(&options.folder)?, service.client().server(), context);
    }
    follow(handle, &options.folder, manner, signals).await
}

/// Adds a run to the user's list, with the server that it is sent to.
pub(super) fn remember(run: &Run, server: &ServerUrl, context: &Context) {
    if !context.settings.paths.has_state() {
        say(format_args!(
            "warning: this run will not be listed by `castui runs`: neither HOME nor XDG_STATE_HOME is set"
        ));
    } else if let Err(error) = recent::remember(&context.recent_runs(), run, server) {
        say(format_args!("warning: this run will not be listed by `castui runs`: {}", sentence(&error)));
    }
}

/// Warns if a run of `cells` cells seems to exceed the quota. The server decides.
pub(super) async fn warn_beyond_quota(service: &Service, cells: u64, kind: OperationKind) {
    let quota = service.quota().await;
    if let Some(Shortage { found, fix }) = quota.ok().and_then(|quota| shortage(&quota, cells, kind)) {
        say(format_args!("warning: {found}; {}", remedy::words(&fix)));
    }
}

/// Follows a run to its end and writes its files. Signals are handled from before the beginning.
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

/// Writes the files of a run that needs nothing more from its server.
pub(super) async fn finish(folder: &Path, manner: Manner<'_>) -> anyhow::Result<Exit> {
    store::tidy(folder, Timestamp::now());
    conclude((&Outcome::default(), None), folder, manner, &mut EndSignals::listen()?).await
}

/// The way in which signals ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EndedBy {
    /// The user or the batch system asked for the end.
    Request(EndSignal),
    /// A second signal arrived before the end was reached.
    Insistence(EndSignal),
}

impl EndedBy {
    /// Returns the exit code of the first signal.
    fn exit(self) -> Exit {
        match self {
            Self::Request(signal) | Self::Insistence(signal) => Exit::of_signal(signal),
        }
    }

    /// Controls a run by a signal. Returns how the run is being ended.
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

/// Reports the end of a run, then writes its files. Failing to write them does not change the exit code.
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
            // Each file is written completely or not at all, so exiting is safe.
            signal = signals.next() => return Ok(Exit::of_signal(signal)),
            written = export => match written? {
                Ok(written) => files = written,
                Err(error) => {
                    complain(&error.into());
                    say(format_args!("the answers are kept; `castui export {}` writes the files later", shell::path(folder)));
                    exit = if exit == Exit::Ok { Exit::Failure } else { exit };
                }
            },
        }
    }
    // After a signal the files are not written, because they can be written later.
    if let (None, Some(inference), Some(files)) = (ended_by, manner.inference, &mut files) {
        match inference.write(folder, manner.input, manner.tables) {
            Ok(more) => files.paths.extend(more),
            Err(error) => {
                complain(&error);
                say(format_args!(
                    "the answers are kept; `castui export {}` writes the files later",
                    shell::path(folder)
                ));
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
        print(format_args!("{}", folder.display()))?;
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

/// Reports the end of a run whose folder cannot be read, so that the number of stored chunks is unknown.
fn out_of_reach(outcome: &Outcome, folder: &Path) {
    if let Some(reason) = &outcome.stopped {
        say(format_args!("{reason}"));
    }
    let (shown, word) = (folder.display(), shell::path(folder));
    say(format_args!("once {shown} can be read again, `castui resume {word}` continues the run"));
}

/// Reports the end of a run.
fn tell(outcome: &Outcome, run: &Run, stored: usize) {
    let (manifest, word) = (run.manifest(), shell::path(run.folder()));
    if let Some((_, why)) = outcome.failed.first() {
        let named = outcome.failed.iter().take(NAMED_FAILURES).map(|(chunk, _)| {
            let cells = manifest.range(*chunk);
            format!("{chunk} (rows {} to {})", cells.start, cells.end - 1)
        });
        let named: Vec<_> = named.collect();
        let more = if outcome.failed.len() > named.len() { ", …" } else { "" };
        let failed = numbered(outcome.failed.len(), "chunk", "chunks");
        say(format_args!("{failed} failed: {}{more}: {why}", named.join(", ")));
    }
    if let Some(reason) = &outcome.stopped {
        say(format_args!("{reason}"));
    }
    if outcome.is_complete() && stored < manifest.chunk_count() {
        say(format_args!(
            "this part is done; {stored} of {} chunks of the run are stored. When the others are done, `castui resume {word}` writes the files",
            manifest.chunk_count()
        ));
    } else if outcome.is_complete() {
        say(format_args!("done: answers for {} cells in {}", manifest.input.cells, run.folder().display()));
    } else {
        let chunks = manifest.chunk_count();
        say(format_args!(
            "{stored} of {chunks} chunks are stored; `castui resume {word}` sends the rest and no chunk twice"
        ));
    }
}
