//! Lists, opens, starts, resumes and follows runs.

mod end;
mod list;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;

use super::{
    Answers, Host, Work,
    failure::{broken, failure},
};
use crate::{
    api::ServerUrl,
    domain::{ModelName, Quota, text::clean},
    engine::{
        self, Event, EventKind, GraceWait, ResumeOptions, RunHandle, mend, prepare,
        quota::{Shortage, shortage},
        recent, run_file,
        siblings::siblings,
    },
    matrix::ObsTables,
    store::{self, JournalEntry, LockState, Run, TableState, Weight, view},
    tui::{
        facts::{Activity, Failure, LogLine, RunFacts},
        log::Severity,
        msg::Answer,
        remedy,
        shell_commands::CommandLines,
        view_state::ViewState,
    },
};
use end::{ended, write_files};
use list::recent_runs;

/// The maximum number of runs shown on the home screen.
const SHOWN: usize = 200;
/// The maximum number of journal lines shown in the log.
pub(super) const HISTORY: usize = 500;
/// The maximum number of events sent to the interface at once.
const BATCH: usize = 512;
/// The interval between reports of the number of bytes.
const BYTES_EVERY: Duration = Duration::from_millis(500);

/// An active run.
struct Begun {
    handle: RunHandle,
    folder: PathBuf,
    server: ServerUrl,
}

/// The sources of facts besides a run folder.
#[derive(Clone, Copy)]
struct FactSources<'a> {
    commands: &'a dyn CommandLines,
    /// The path of the list of recent runs.
    list: &'a Path,
}

/// Reads a run folder, named by any path. `active` is the folder of the active run.
fn facts_of_folder(folder: &Path, active: Option<&Path>, sources: FactSources<'_>) -> Result<Box<RunFacts>, Failure> {
    if let Some(active) = active.filter(|active| is_same(folder, active)) {
        return facts(&Run::open(active).map_err(|error| failure(&error))?, Activity::Here, sources);
    }
    let run = Run::open(folder).map_err(|error| failure(&error))?;
    let held = run.lock_state(Timestamp::now());
    let activity = if matches!(held, Ok(LockState::Held(_))) { Activity::Elsewhere } else { Activity::None };
    let mut facts = facts(&run, activity, sources)?;
    // Responses are readable while another process writes.
    let lock = held.err().map(|error| failure(&error).what);
    let lacks = mend::lacks(&run).into_iter().map(|lack| format!("{lack}; R resumes the run, which repairs it"));
    let imported = run.manifest().imported.as_ref().map(|imported| {
        let from = clean(&imported.from.display().to_string()).into_owned();
        (
            Timestamp::now(),
            Severity::Note,
            format!("read from {from}, output of the official client; it is never changed"),
        )
    });
    facts.history.extend(imported);
    facts.history.extend(lock.into_iter().chain(lacks).map(|text| (Timestamp::now(), Severity::Warn, text)));
    Ok(facts)
}

/// Returns whether two paths lead to the same folder.
fn is_same(one: &Path, other: &Path) -> bool {
    let (one, other) = (one.canonicalize(), other.canonicalize());
    matches!((one, other), (Ok(one), Ok(other)) if one == other)
}

fn facts(run: &Run, activity: Activity, sources: FactSources<'_>) -> Result<Box<RunFacts>, Failure> {
    let FactSources { commands, list } = sources;
    let manifest = run.manifest();
    Ok(Box::new(RunFacts {
        run_id: manifest.run_id,
        folder: run.folder().to_owned(),
        name: name(&manifest.input.path),
        model: manifest.model.clone(),
        operation: manifest.operation.kind(),
        input: run.input_path(),
        siblings: siblings(run, list),
        cells: manifest.input.cells,
        chunk_size: manifest.chunk_size.get(),
        stored: run.stored().map_err(|error| failure(&error))?,
        created_at: manifest.created_at,
        activity,
        view_state: view::read(run.folder()).map_or_else(|| first_view(run), |bytes| ViewState::read(&bytes)),
        command: commands.of_run(run),
        starts: commands.of_all_kinds(&run.input_path()),
        history: run.journal(HISTORY).into_iter().map(of_journal).collect(),
    }))
}

/// Returns the state in which a run is first shown.
fn first_view(run: &Run) -> ViewState {
    let view =
        if run.manifest().model.as_str() == ModelName::DEMO { ViewState::of_demo() } else { ViewState::default() };
    match run.manifest().imported.as_ref().and_then(|imported| imported.from.parent()) {
        Some(folder) => ViewState { export_folder: Some(folder.to_owned()), ..view },
        None => view,
    }
}

/// Converts an entry of the run's journal to a line of the log.
pub(super) fn of_journal(entry: JournalEntry) -> LogLine {
    let severity = match entry.weight {
        Weight::Note => Severity::Note,
        Weight::Stored => Severity::Good,
        Weight::Warning => Severity::Warn,
        Weight::Failure => Severity::Bad,
    };
    let text = match entry.chunk {
        Some(chunk) => format!("chunk {chunk} {}", entry.text),
        None => entry.text,
    };
    (entry.at, severity, text)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Returns a sentence for each table that is joined to the file of a run, and for each that the run remembers.
fn about_tables(folder: &Path, named: Option<ObsTables>, commands: &dyn CommandLines) -> Vec<(Severity, String)> {
    // The panes report a run or a file that cannot be opened.
    let Ok(run) = Run::open(folder) else { return Vec::new() };
    let Some(named) = named else {
        let remembered = run.joined().remembered.iter();
        return remembered.map(|(table, state)| (weight(state), commands.about_table(&run, table, state))).collect();
    };
    let run = run.with_tables(named);
    if run.tables().is_empty() {
        return Vec::new();
    }
    let Ok(matrix) = run_file::open(&run, &run.input_path()) else { return Vec::new() };
    let matches: Vec<_> = matrix.added().sources.iter().filter(|source| run.tables().have(source)).collect();
    if matches.iter().all(|found| found.found > 0) {
        // A list that cannot be written is ignored: the tables stay joined as long as the interface runs.
        let _ = run.remember_tables(run.tables(), &matrix.added().sources);
    }
    matches.into_iter().map(|found| (Severity::Note, found.to_string())).collect()
}

/// Returns the severity of the state of a remembered table.
fn weight(state: &TableState) -> Severity {
    match state {
        TableState::Unchanged => Severity::Note,
        TableState::Changed | TableState::Gone | TableState::Unreadable(_) | TableState::Foreign => Severity::Warn,
    }
}

impl<H: Host> Work<H> {
    /// Reports the matches of the tables that are joined to the file of a run.
    pub(super) async fn report_tables(self, folder: PathBuf, answers: Answers) {
        let (tables, commands) = (self.host.tables(), self.host.commands());
        let found = tokio::task::spawn_blocking(move || about_tables(&folder, tables, commands)).await;
        for (severity, sentence) in found.unwrap_or_default() {
            answers.say(severity, sentence).await;
        }
    }

    /// Lists the recent runs.
    pub(super) async fn fetch_runs(self, answers: Answers) {
        let list = self.host.recent_runs();
        let found = tokio::task::spawn_blocking(move || recent_runs(&list)).await;
        answers.give(Answer::Runs(found.map_err(|error| broken(&error)))).await;
    }

    /// Opens a run folder by any path.
    pub(super) async fn open_run(self, folder: PathBuf, answers: Answers) {
        let (active, commands, list) = (self.run.folder(), self.host.commands(), self.host.recent_runs());
        let open = move || facts_of_folder(&folder, active.as_deref(), FactSources { commands, list: &list });
        let opened = tokio::task::spawn_blocking(open).await;
        answers.give(Answer::RunOpened(opened.unwrap_or_else(|error| Err(broken(&error))))).await;
    }

    /// Starts the run that the last preflight prepared.
    pub(super) async fn start_run(self, answers: Answers) {
        if self.refuses_another(&answers).await {
            return;
        }
        let prepared = self.state().prepared.take();
        let Some(prepared) = prepared else {
            return answers.say(Severity::Warn, "the checks are out of date; r checks again").await;
        };
        // Starting the run consumes it, so read the folder first.
        let (folder, server) = (prepared.folder().to_owned(), prepared.server().clone());
        match prepared.start(&|wait| answers.report_wait(wait)).await {
            Ok(handle) => self.follow(Begun { handle, folder, server }, answers).await,
            // The folder holds the run of the same request, as the preflight has verified.
            Err(prepare::Error::Store(store::Error::AlreadyARun { .. })) => self.go_on(folder, answers).await,
            Err(error) => answers.give(Answer::RunOpened(Err(failure(&error)))).await,
        }
    }

    /// Sends the missing chunks of a run.
    pub(super) async fn resume_run(self, folder: PathBuf, answers: Answers) {
        if self.refuses_another(&answers).await {
            return;
        }
        self.go_on(folder, answers).await;
    }

    async fn go_on(&self, folder: PathBuf, answers: Answers) {
        match self.resume(&folder, &answers).await {
            Ok((handle, server)) => self.follow(Begun { handle, folder, server }, answers).await,
            Err(failure) => answers.give(Answer::RunOpened(Err(failure))).await,
        }
    }

    async fn resume(&self, folder: &Path, answers: &Answers) -> Result<(RunHandle, ServerUrl), Failure> {
        let run = Run::open(folder).map_err(|error| failure(&error))?;
        if let Some(imported) = &run.manifest().imported {
            let from = clean(&imported.from.display().to_string()).into_owned();
            let what = format!("{from} is output of the official client, into which castui does not write.");
            return Err(Failure::new(what, "To annotate its cells again, choose its input file on the home screen."));
        }
        let connected = self.state().service.clone();
        let service = self.host.service_of(&run, connected)?;
        let server = service.client().server();
        let looked = run.clone();
        let missing = tokio::task::spawn_blocking(move || engine::resume::missing_cells(&looked, None)).await;
        let missing = missing.map_err(|error| broken(&error))?.map_err(|error| failure(&error))? as u64;
        answers.say(Severity::Note, format!("{missing} cells to send to {server}")).await;
        let short = |quota: Quota| shortage(&quota, missing, run.manifest().operation.kind());
        if let Some(Shortage { found, fix }) = service.quota().await.ok().and_then(short) {
            answers.say(Severity::Warn, format!("{found}; {}", remedy::words(&fix))).await;
        }
        let options = ResumeOptions { drive: self.host.drive(), ..ResumeOptions::default() };
        let resumed = engine::resume(folder, &service, options, &|wait| answers.report_wait(wait)).await;
        Ok((resumed.map_err(|error| failure(&error))?, server.clone()))
    }

    async fn refuses_another(&self, answers: &Answers) -> bool {
        let is_busy = self.run.is_taken();
        if is_busy {
            answers.say(Severity::Warn, "a run is in progress; wait for it to finish, or cancel it first").await;
        }
        is_busy
    }

    /// Reports the progress of a run to the interface until the run ends.
    async fn follow(&self, begun: Begun, answers: Answers) {
        let Begun { mut handle, folder, server } = begun;
        self.run.begin(handle.control.clone(), folder.clone());
        let list = self.host.recent_runs();
        let opened = folder.clone();
        let commands = self.host.commands();
        let remembered = move || {
            let run = Run::open(&opened).map_err(|error| failure(&error))?;
            // A list that cannot be written is ignored.
            let _ = recent::remember(&list, &run, &server);
            facts(&run, Activity::Here, FactSources { commands, list: &list })
        };
        let opened = tokio::task::spawn_blocking(remembered).await;
        answers.give(Answer::RunOpened(opened.unwrap_or_else(|error| Err(broken(&error))))).await;
        let mut events = Vec::new();
        let mut tick = tokio::time::interval(BYTES_EVERY);
        let mut told = 0;
        loop {
            tokio::select! {
                count = handle.events.recv_many(&mut events, BATCH) => {
                    if count == 0 {
                        break;
                    }
                    waits(&events).for_each(|wait| self.run.note_wait(wait));
                    answers.give(Answer::RunEvents(folder.clone(), std::mem::take(&mut events))).await;
                }
                _ = tick.tick() => {}
            }
            let bytes = handle.control.bytes_sent();
            if bytes != std::mem::replace(&mut told, bytes) {
                answers.give(Answer::RunBytes(folder.clone(), bytes)).await;
            }
        }
        let outcome = handle.wait().await;
        let files = write_files(folder.clone(), &outcome, &handle.control).await;
        self.run.end();
        answers.give(Answer::RunEnded(ended(folder, &outcome, &files))).await;
    }
}

/// Returns the announced waits for chunks in flight.
fn waits(events: &[Event]) -> impl Iterator<Item = GraceWait> {
    events.iter().filter_map(|event| match event.kind {
        EventKind::Waiting(wait) => Some(wait),
        EventKind::Started { .. }
        | EventKind::Chunk(..)
        | EventKind::Paused
        | EventKind::Continued
        | EventKind::Stopping(_)
        | EventKind::Finished
        | EventKind::Noticed(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{
        domain::Operation,
        store::Writer,
        tui::tests::{commands, scene::manifest},
    };

    fn sources() -> FactSources<'static> {
        FactSources { commands: commands(), list: Path::new("/no/list") }
    }

    #[test]
    fn a_run_opens_without_its_lock_and_names_with_a_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.castui");
        let names: Vec<String> = (0..60).map(|cell| format!("cell {cell}")).collect();
        drop(Writer::create(&path, manifest(Operation::Search, 60), &names, None).unwrap());
        let sound = facts_of_folder(&path, None, sources()).unwrap();
        assert_eq!((sound.activity, sound.history.len()), (Activity::None, 0));
        fs::create_dir(path.join("lock")).unwrap();
        fs::write(path.join("cells.jsonl.zst"), "no list").unwrap();
        let said: Vec<String> =
            facts_of_folder(&path, None, sources()).unwrap().history.into_iter().map(|(_, _, text)| text).collect();
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].contains("cannot be read; if no other process works on this run, remove it"), "{}", said[0]);
        let mend = "R resumes the run, which repairs it";
        assert!(said[1].starts_with("the list of its cells is damaged") && said[1].ends_with(mend), "{}", said[1]);
    }

    #[test]
    fn the_folder_of_the_run_under_way_is_known_by_any_path() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a.castui"), folder.path().join("link"));
        let names: Vec<String> = (0..60).map(|cell| format!("cell {cell}")).collect();
        let _writer = Writer::create(&path, manifest(Operation::Search, 60), &names, None).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let facts = facts_of_folder(&link, Some(&path), sources()).unwrap();
        assert_eq!((facts.activity, &facts.folder), (Activity::Here, &path));
    }
}
