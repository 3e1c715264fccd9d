//! Runs on the command line: preflight, progress, signals, and files at the end.

mod conclusion;

use std::path::Path;

use jiff::Timestamp;
use serde_json::json;

use super::{
    Exit,
    context::{Context, say},
    inference::InferenceArguments,
    obs_options,
    preflight_report::{Detail, checks_json, exit_of_check, report_preflight},
    progress::{ProgressStyle, Reporter},
    remedy,
    run_options::DriveArguments,
};
use crate::{
    api::ServerUrl,
    domain::OperationKind,
    engine::{
        Outcome, RunHandle, RunOptions, Service,
        preflight::preflight,
        quota::{Shortage, shortage},
        recent,
        signals::{EndSignals, StopRequests},
        turn::LockWait,
    },
    matrix::ObsTables,
    results::export::OptionalFile,
    store::{self, Run},
};
use conclusion::{Conclusion, EndedBy};

/// The options of a run on the command line that are not part of the request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner<'a> {
    /// The options for driving the run.
    pub drive: &'a DriveArguments,
    /// The additional files to write.
    pub inference: Option<&'a InferenceArguments>,
    /// The path of the run's file, if it has moved.
    pub input: Option<&'a Path>,
    /// The tables that are joined to the cells of the file; `None` for those that the run remembers.
    pub tables: Option<&'a ObsTables>,
    /// The official files that are not written.
    pub left_out: &'a [OptionalFile],
}

impl Manner<'_> {
    /// Returns whether all output is JSON for programs.
    pub fn talks_json(self) -> bool {
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
        let run = Run::open(&options.folder)?;
        remember(&run, service.client().server(), context);
        obs_options::join(run, &options.input, manner.tables);
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
        say(format_args!("warning: this run will not be listed by `castui runs`: {}", remedy::sentence(&error)));
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
    let (mut requests, mut ended_by) = (StopRequests::default(), None);
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
    Conclusion { outcome: &outcome, ended_by, folder, manner }.report(&mut signals).await
}

/// Writes the files of a run that needs nothing more from its server.
pub(super) async fn finish(folder: &Path, manner: Manner<'_>) -> anyhow::Result<Exit> {
    store::tidy(folder, Timestamp::now());
    let conclusion = Conclusion { outcome: &Outcome::default(), ended_by: None, folder, manner };
    conclusion.report(&mut EndSignals::listen()?).await
}
