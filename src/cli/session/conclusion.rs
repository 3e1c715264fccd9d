//! The end of a run on the command line: its report, its files and the exit code.

use std::{path::Path, time::Instant};

use serde_json::json;

use super::Manner;
use crate::{
    cli::{
        Exit,
        context::{complain, print, print_json, say},
        remedy,
    },
    domain::{shell, text::numbered},
    engine::{
        Control, Outcome,
        signals::{EndSignal, EndSignals, StopRequest, StopRequests},
    },
    results::{EndedRun, export::official::OfficialFiles},
    store::Run,
};

/// The maximum number of failed chunks listed at the end.
const NAMED_FAILURES: usize = 10;

/// The way in which signals ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EndedBy {
    /// The user or the batch system asked for the end.
    Request(EndSignal),
    /// A second signal arrived before the end was reached.
    SecondSignal(EndSignal),
}

impl EndedBy {
    /// Returns the exit code of the first signal.
    fn exit(self) -> Exit {
        match self {
            Self::Request(signal) | Self::SecondSignal(signal) => Exit::of_signal(signal),
        }
    }

    /// Controls a run by a signal. Returns how the run is being ended.
    pub fn take(requests: &mut StopRequests, signal: EndSignal, control: &Control) -> Option<Self> {
        match requests.on_signal(signal, Instant::now()) {
            StopRequest::End => control.stop(),
            StopRequest::EndNow => {
                control.stop_now();
                return requests.first().map(Self::SecondSignal);
            }
            StopRequest::Nothing => {}
        }
        requests.first().map(Self::Request)
    }
}

/// A run that has ended.
pub(super) struct Conclusion<'a> {
    /// The result of the run.
    pub outcome: &'a Outcome,
    /// Set if signals ended the run.
    pub ended_by: Option<EndedBy>,
    /// The run folder.
    pub folder: &'a Path,
    /// The options that decide what is reported and written.
    pub manner: Manner<'a>,
}

/// The result of writing the official client's files.
enum Writing {
    /// The files; `None` if the run has none yet.
    Done(Option<OfficialFiles>),
    /// A failure, which was reported.
    Failed,
    /// A signal arrived first.
    Interrupted(EndSignal),
}

impl Conclusion<'_> {
    /// Reports the end of the run, then writes its files. A failure to write them changes the exit code only of a
    /// complete run.
    pub async fn report(&self, signals: &mut EndSignals) -> anyhow::Result<Exit> {
        let ended = Run::open(self.folder).and_then(|run| EndedRun::of(run, self.outcome));
        let ended = ended.inspect_err(|_| self.report_unreadable())?;
        self.report_end(&ended);
        let (mut exit, mut files) = (self.exit(&ended), None);
        if ended.has_files() && !matches!(self.ended_by, Some(EndedBy::SecondSignal(_))) {
            match self.write_files(&ended, signals).await? {
                Writing::Done(written) => files = written,
                Writing::Failed if exit == Exit::Ok => exit = Exit::Failure,
                Writing::Failed => {}
                Writing::Interrupted(signal) => return Ok(Exit::of_signal(signal)),
            }
        }
        if let Some(error) = files.as_mut().and_then(|files| self.infer(files).err()) {
            self.report_unwritten(&error);
            exit = if exit == Exit::Ok { Exit::of_error(&error) } else { exit };
        }
        self.print_result(&ended, files.as_ref(), exit)?;
        Ok(exit)
    }

    fn exit(&self, ended: &EndedRun) -> Exit {
        match self.ended_by {
            Some(by) if !self.outcome.is_complete() => by.exit(),
            Some(_) | None => Exit::of_outcome(self.outcome, ended.stored()),
        }
    }

    /// Writes the files of the official client. Each of them is written completely or not at all, so a signal may end
    /// this at any time.
    async fn write_files(&self, ended: &EndedRun, signals: &mut EndSignals) -> anyhow::Result<Writing> {
        let (writing, left_out) = (ended.clone(), self.manner.left_out.to_vec());
        let export = tokio::task::spawn_blocking(move || writing.write_files(&left_out));
        tokio::select! {
            signal = signals.next() => Ok(Writing::Interrupted(signal)),
            written = export => Ok(match written? {
                Ok(files) => Writing::Done(files),
                Err(error) => {
                    self.report_unwritten(&error.into());
                    Writing::Failed
                }
            }),
        }
    }

    /// Infers the calls of the cells that were not sent, if that was asked for. After a signal this is left to another
    /// command.
    fn infer(&self, files: &mut OfficialFiles) -> anyhow::Result<()> {
        let Some(inference) = self.manner.inference.filter(|_| self.ended_by.is_none()) else { return Ok(()) };
        files.paths.extend(inference.write(self.folder, self.manner.input, self.manner.tables)?);
        Ok(())
    }

    fn report_unwritten(&self, error: &anyhow::Error) {
        complain(error);
        let folder = shell::path(self.folder);
        say(format_args!("the answers are kept; `castui export {folder}` writes the files later"));
    }

    /// Reports the end of a run whose folder cannot be read, so that the number of stored chunks is unknown.
    fn report_unreadable(&self) {
        if let Some(reason) = &self.outcome.stopped {
            say(format_args!("{}", remedy::stop_reason(reason)));
        }
        let (shown, word) = (self.folder.display(), shell::path(self.folder));
        say(format_args!("once {shown} can be read again, `castui resume {word}` continues the run"));
    }

    /// Reports the end of the run, as JSON or as text.
    fn report_end(&self, ended: &EndedRun) {
        if !self.manner.talks_json() {
            return tell(self.outcome, ended.run(), ended.stored());
        }
        say(format_args!(
            "{}",
            json!({
                "event": "ended",
                "chunks_stored": ended.stored(),
                "failed": failed_json(self.outcome, ended.run()),
                "stopped": self.stop_reason(),
            })
        ));
    }

    fn stop_reason(&self) -> Option<String> {
        self.outcome.stopped.as_ref().map(remedy::stop_reason)
    }

    /// Prints the run folder, or the result as JSON.
    fn print_result(&self, ended: &EndedRun, files: Option<&OfficialFiles>, exit: Exit) -> anyhow::Result<()> {
        if !self.manner.drive.json {
            print(format_args!("{}", self.folder.display()))?;
            return Ok(());
        }
        let manifest = ended.run().manifest();
        let cells = manifest.input.cells;
        let paths = files.iter().flat_map(|files| &files.paths);
        print_json(&json!({
            "run": self.folder.to_string_lossy(),
            "cells": cells,
            "chunks": manifest.chunk_count(),
            "chunks_stored": ended.stored(),
            "chunks_failed": self.outcome.failed.len(),
            "failed": failed_json(self.outcome, ended.run()),
            "stopped": self.stop_reason(),
            "missing_cells": files.map_or(cells, |files| files.missing_cells),
            "files": paths.map(|path| path.to_string_lossy()).collect::<Vec<_>>(),
            "exit": exit.code(),
        }))?;
        Ok(())
    }
}

fn failed_json(outcome: &Outcome, run: &Run) -> Vec<serde_json::Value> {
    let failed = outcome.failed.iter().map(|(chunk, error)| {
        let cells = run.manifest().range(*chunk);
        json!({ "chunk": chunk, "first_cell": cells.start, "cells": cells.len(), "error": remedy::fault(error) })
    });
    failed.collect()
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
        say(format_args!("{failed} failed: {}{more}: {why}", named.join(", "), why = remedy::fault(why)));
    }
    if let Some(reason) = &outcome.stopped {
        say(format_args!("{}", remedy::stop_reason(reason)));
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
    if let Some(log) = run.log().filter(|_| outcome.is_trouble()) {
        say(format_args!("for a bug report, attach {}", log.display()));
    }
}
