//! Where questions are answered: the driver's part of a study. In: questions. Out: answers, as messages. Of each asker
//! one question is worked on and one waits; a newer one takes the place of the one that waits, so that a threshold moved
//! ten times is computed at most twice.

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

use super::{Ask, Source, export::Export, source::Connection};
use crate::tui::{
    facts::Failure,
    msg::{Answer, Msg},
};

/// How often a long export is told of.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// Answers questions about the run opened last.
#[derive(Debug)]
pub struct Desk {
    open: Option<Arc<Open>>,
    connection: Connection,
}

/// An open run with the questions about it.
#[derive(Debug)]
struct Open {
    folder: PathBuf,
    connection: Connection,
    source: OnceLock<Result<Source, Failure>>,
    /// Another run is open by now.
    is_left: AtomicBool,
    /// The askers whose questions are worked on, each with the question that waits, if any.
    lanes: Mutex<HashMap<&'static str, Option<Ask>>>,
}

impl Desk {
    /// A desk without an open run. What only a server knows is asked of the one behind the connection.
    pub fn new(connection: Connection) -> Self {
        Self { open: None, connection }
    }

    /// Takes questions about the run in a folder from now on. Opens it with the first question.
    pub fn open(&mut self, folder: PathBuf) {
        if let Some(open) = &self.open {
            open.is_left.store(true, Ordering::Relaxed);
        }
        self.open = Some(Arc::new(Open {
            folder,
            connection: self.connection.clone(),
            source: OnceLock::new(),
            is_left: AtomicBool::new(false),
            lanes: Mutex::default(),
        }));
    }

    /// Writes an export on a blocking task of the runtime it is called in, and tells every second that it does. Without
    /// an open run nothing happens.
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

    /// Has a question answered on a blocking task of the runtime it is called in. Without an open run nothing happens.
    pub fn ask(&self, ask: Ask, answers: &mpsc::Sender<Msg>) {
        let Some(open) = &self.open else { return };
        let asker = ask.ticket.asker;
        match open.lanes().entry(asker) {
            Entry::Occupied(mut waiting) => {
                waiting.insert(Some(ask));
                return;
            }
            Entry::Vacant(lane) => {
                lane.insert(None);
            }
        }
        let (open, answers) = (open.clone(), answers.clone());
        tokio::task::spawn_blocking(move || open.work(ask, &answers));
    }
}

impl Open {
    /// Answers a question and those that come to wait behind it. Of a run that was left nothing is told.
    fn work(&self, ask: Ask, answers: &mpsc::Sender<Msg>) {
        let mut next = Some(ask);
        while let Some(ask) = next {
            let asker = ask.ticket.asker;
            let told = ask.answer(self.source());
            let is_over =
                self.is_left.load(Ordering::Relaxed) || answers.blocking_send(Msg::Answer(Answer::Told(told))).is_err();
            next = if is_over { None } else { self.after(asker) };
        }
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<&'static str, Option<Ask>>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn source(&self) -> Result<&Source, Failure> {
        self.source
            .get_or_init(|| Source::open(&self.folder).map(|source| source.connected(self.connection.clone())))
            .as_ref()
            .map_err(Clone::clone)
    }

    /// The question that waits behind the one just answered; without one the lane is closed.
    fn after(&self, asker: &'static str) -> Option<Ask> {
        let mut lanes = self.lanes();
        let next = lanes.get_mut(asker).and_then(Option::take);
        if next.is_none() {
            lanes.remove(asker);
        }
        next
    }
}
