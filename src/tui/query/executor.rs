//! Answers queries for the driver. In: queries. Out: answers, as messages. For each asker one
//! query is worked on and one waits. A newer query replaces the waiting one, so a threshold moved ten times is
//! computed at most twice.

use std::{
    collections::{HashMap, hash_map::Entry},
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{sync::mpsc, task::JoinError};

use super::{LongWork, PendingQuery, Source, export::Export, source::Connection};
use crate::{
    matrix::ObsTables,
    results::Panels,
    tui::{
        facts::Failure,
        msg::{Answer, Msg},
    },
};

/// The interval between reports of a long export.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// Executor of queries about the run opened last.
#[derive(Debug)]
pub struct Executor {
    open: Option<Arc<Open>>,
    connection: Connection,
    panels: Arc<Panels>,
    figure_theme: Arc<toml::Table>,
    tables: Option<ObsTables>,
}

/// An open run with its queries.
#[derive(Debug)]
struct Open {
    folder: PathBuf,
    connection: Connection,
    panels: Arc<Panels>,
    figure_theme: Arc<toml::Table>,
    tables: Option<ObsTables>,
    source: OnceLock<Result<Source, Failure>>,
    /// Set once another run is open.
    is_left: AtomicBool,
    /// The askers whose queries are worked on, each with its waiting query, if any.
    lanes: Mutex<HashMap<&'static str, Option<PendingQuery>>>,
    /// The queries that read all cells and are worked on, by asker.
    works: Mutex<HashMap<&'static str, Arc<LongWork>>>,
}

impl Executor {
    /// Creates an executor without an open run. Data that only a server has is fetched from the connection's server.
    pub fn new(connection: Connection) -> Self {
        Self { open: None, connection, panels: Arc::default(), figure_theme: Arc::default(), tables: None }
    }

    /// Returns the executor with the user's marker panels.
    pub fn with_panels(self, panels: Panels) -> Self {
        Self { panels: Arc::new(panels), ..self }
    }

    /// Draws figures in the colors of the user's theme.
    pub fn drawing_with(self, theme: toml::Table) -> Self {
        Self { figure_theme: Arc::new(theme), ..self }
    }

    /// Joins tables to the files of the runs that are opened, instead of those that each run remembers.
    pub fn joining(self, tables: Option<ObsTables>) -> Self {
        Self { tables, ..self }
    }

    /// Accepts queries about the run in a folder from now on. The first query opens it.
    pub fn open(&mut self, folder: PathBuf) {
        if let Some(open) = &self.open {
            open.is_left.store(true, Ordering::Relaxed);
            open.works().values().for_each(|work| work.cancel());
        }
        self.open = Some(Arc::new(Open {
            folder,
            connection: self.connection.clone(),
            panels: self.panels.clone(),
            figure_theme: self.figure_theme.clone(),
            tables: self.tables.clone(),
            source: OnceLock::new(),
            is_left: AtomicBool::new(false),
            lanes: Mutex::default(),
            works: Mutex::default(),
        }));
    }

    /// Returns the folder of the open run, and a function that makes its columns be read again.
    pub fn folder(&self) -> Option<(PathBuf, impl FnOnce() + Send + use<>)> {
        let open = self.open.clone()?;
        let folder = open.folder.clone();
        let forget = move || {
            if let Ok(source) = open.source() {
                source.forget_columns();
            }
        };
        Some((folder, forget))
    }

    /// Cancels the query of an asker that reads all cells, if it is worked on.
    pub fn cancel(&self, asker: &str) {
        if let Some(work) = self.open.as_ref().and_then(|open| open.works().get(asker).cloned()) {
            work.cancel();
        }
    }

    /// Writes an export on a blocking task of the current runtime and reports every second that it is in progress.
    /// Does nothing without an open run.
    pub fn export(&self, export: Export, answers: &mpsc::Sender<Msg>) {
        let Some(open) = self.open.clone() else { return };
        let answers = answers.clone();
        tokio::spawn(async move {
            let begun = Instant::now();
            let mut work = tokio::task::spawn_blocking(move || export.write(open.source()?));
            let written = loop {
                tokio::select! {
                    written = &mut work => break written,
                    () = tokio::time::sleep(TELL_EVERY) => {
                        let _ = answers.send(Msg::Answer(Answer::ExportUnderWay(begun.elapsed()))).await;
                    }
                }
            };
            let broken = |error: JoinError| Err(Failure::new(format!("The export stopped: {error}"), "Try again."));
            let _ = answers.send(Msg::Answer(Answer::Exported(written.unwrap_or_else(broken)))).await;
        });
    }

    /// Answers a query on a blocking task of the current runtime. Does nothing without an open run.
    pub fn ask(&self, query: PendingQuery, answers: &mpsc::Sender<Msg>) {
        let Some(open) = &self.open else { return };
        let asker = query.id.asker;
        match open.lanes().entry(asker) {
            Entry::Occupied(mut waiting) => {
                waiting.insert(Some(query));
                return;
            }
            Entry::Vacant(lane) => {
                lane.insert(None);
            }
        }
        let (open, answers) = (open.clone(), answers.clone());
        tokio::task::spawn_blocking(move || open.work(query, &answers));
    }
}

impl Open {
    /// Answers a query and those that wait behind it. Sends no answers about a run that is no longer open.
    fn work(&self, query: PendingQuery, answers: &mpsc::Sender<Msg>) {
        let mut next = Some(query);
        while let Some(query) = next {
            let asker = query.id.asker;
            self.watch(&query, answers);
            let result = query.answer(self.source());
            self.works().remove(asker);
            let is_over = self.is_left.load(Ordering::Relaxed)
                || answers.blocking_send(Msg::Answer(Answer::Query(result))).is_err();
            next = if is_over { None } else { self.after(asker) };
        }
    }

    /// Reports the progress of a query that reads all cells, until it is answered.
    fn watch(&self, query: &PendingQuery, answers: &mpsc::Sender<Msg>) {
        let Some(work) = query.work() else { return };
        self.works().insert(query.id.asker, work.clone());
        let (id, answers, work) = (query.id, answers.clone(), Arc::downgrade(&work));
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(TELL_EVERY / 4).await;
                // The work is dropped with its query.
                let Some(progress) = work.upgrade().map(|work| work.progress()) else { return };
                if answers.send(Msg::Answer(Answer::QueryUnderWay(id, progress))).await.is_err() {
                    return;
                }
            }
        });
    }

    fn works(&self) -> MutexGuard<'_, HashMap<&'static str, Arc<LongWork>>> {
        self.works.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<&'static str, Option<PendingQuery>>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn source(&self) -> Result<&Source, Failure> {
        let open = || Source::joined(&self.folder, self.tables.clone());
        self.source
            .get_or_init(|| {
                let source = open()?;
                let source = source.connected(self.connection.clone()).with_panels(self.panels.clone());
                Ok(source.with_figure_theme(self.figure_theme.clone()))
            })
            .as_ref()
            .map_err(Clone::clone)
    }

    /// Returns the query that waits behind the answered one. Without one, closes the lane.
    fn after(&self, asker: &'static str) -> Option<PendingQuery> {
        let mut lanes = self.lanes();
        let next = lanes.get_mut(asker).and_then(Option::take);
        if next.is_none() {
            lanes.remove(asker);
        }
        next
    }
}
