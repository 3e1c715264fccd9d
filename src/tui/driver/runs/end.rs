//! The end of a run: its files, and how it is reported.

use std::path::PathBuf;

use crate::{
    engine::{Control, Outcome, RunCommand},
    results::EndedRun,
    store::Run,
    tui::{
        driver::failure::{broken, failure},
        facts::{Failure, RunEnd},
        log::Severity,
        remedy,
    },
};

/// The fate of the official files at the end of a run.
#[derive(Debug)]
pub(super) enum EndFiles {
    /// The files were written.
    Written,
    /// There was nothing to write, or the user did not want to wait.
    None,
    /// The files could not be written.
    Failed(Failure),
}

/// Writes the official files of a run after work on it has ended, as the command line does. Each file appears whole
/// or not at all, so a user who ends the run at once need not wait for them.
pub(super) async fn write_files(folder: PathBuf, outcome: &Outcome, control: &Control) -> EndFiles {
    let mut commands = control.commands();
    if *commands.borrow() == RunCommand::StopNow {
        return EndFiles::None;
    }
    let outcome = outcome.clone();
    let writing = tokio::task::spawn_blocking(move || -> Result<EndFiles, Failure> {
        let run = Run::open(&folder).and_then(|run| EndedRun::of(run, &outcome)).map_err(|error| failure(&error))?;
        let files = run.write_files(&[]).map_err(|error| failure(&error))?;
        Ok(files.map_or(EndFiles::None, |_| EndFiles::Written))
    });
    tokio::select! {
        biased;
        _ = commands.wait_for(|command| *command == RunCommand::StopNow) => EndFiles::None,
        written = writing => written.unwrap_or_else(|error| Err(broken(&error))).unwrap_or_else(EndFiles::Failed),
    }
}

/// Returns the message on the end of a run: how it ended, the chunks kept and the keys to press.
pub(super) fn ended(folder: PathBuf, outcome: &Outcome, files: &EndFiles) -> RunEnd {
    let end = how_ended(folder, outcome);
    match files {
        EndFiles::Written | EndFiles::None => end,
        EndFiles::Failed(failure) => RunEnd {
            severity: Severity::Warn,
            what: format!("{}; the official files could not be written ({})", end.what, failure.what),
            next: Some("e exports them".into()),
            ..end
        },
    }
}

pub(super) fn how_ended(folder: PathBuf, outcome: &Outcome) -> RunEnd {
    if outcome.is_complete() {
        let what = "the run is complete: every chunk is stored".into();
        return RunEnd { folder, severity: Severity::Good, what, next: Some("1 shows the cells".into()) };
    }
    let missing = outcome.failed.len() + outcome.untried;
    let why = match (&outcome.stopped, outcome.failed.first()) {
        (Some(reason), _) => remedy::stop_reason(reason),
        (None, Some((chunk, error))) => match (remedy::fault(error), outcome.failed.len() - 1) {
            (error, 0) => format!("chunk {chunk} failed: {error}"),
            (error, more) => format!("chunk {chunk} and {more} more failed: {error}"),
        },
        (None, None) => "it was stopped".into(),
    };
    let what = format!("{why}. Stored answers are kept");
    let next = format!("R sends {}", crate::tui::text::counted(missing as u64, "missing chunk"));
    RunEnd { folder, severity: Severity::Warn, what, next: Some(next) }
}
