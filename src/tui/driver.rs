//! Performs effects. In: effects. Out: answers, as messages. Each effect is a separate task, so that the interface
//! never waits.

mod clustering;
pub mod failure;
mod files;
mod host;
mod inspect;
pub(super) mod preflight;
mod queue;
mod runs;
mod server;
mod under_way;
mod views;
mod watch;

pub use host::Host;
pub use host::Local;
pub(crate) use under_way::RunWatch;

use std::{
    future::Future,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use clustering::ClusteringSlot;
use tokio::sync::{Semaphore, mpsc};
use under_way::RunSlot;
use views::Views;
use watch::Watch;

use super::{
    effect::Effect,
    event_loop::Perform,
    facts::{Cause, Failure, RunRequest},
    log::Severity,
    msg::{Answer, Msg},
    query::{Connection, Executor},
};
use crate::{
    domain::ModelName,
    engine::{PreparedRun, Service, turn::LockWait},
};

/// The maximum number of files inspected at once, as the cursor may pass over all files of a folder.
const INSPECTIONS: usize = 2;

/// The component that performs effects.
pub struct Driver<H> {
    work: Work<H>,
    executor: Executor,
    views: Views,
    watch: Watch,
    clustering: ClusteringSlot,
}

/// State shared by all tasks.
struct Work<H> {
    host: Arc<H>,
    state: Arc<Mutex<State>>,
    run: RunSlot,
    inspections: Arc<Semaphore>,
}

impl<H> Clone for Work<H> {
    fn clone(&self) -> Self {
        let Self { host, state, run, inspections } = self;
        Self { host: host.clone(), state: state.clone(), run: run.clone(), inspections: inspections.clone() }
    }
}

/// State kept between effects.
#[derive(Default)]
struct State {
    /// The service that replaced the configured one: with another token, or local.
    service: Option<Service>,
    /// The run prepared by the last preflight.
    prepared: Option<PreparedRun>,
}

impl<H: Host> Driver<H> {
    /// Creates a driver for a host.
    pub fn new(host: H) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let inspections = Arc::new(Semaphore::new(INSPECTIONS));
        let work = Work { host: Arc::new(host), state, run: RunSlot::default(), inspections };
        let connected = work.clone();
        let panels = work.host.panels();
        let executor = Executor::new(Connection::new(move || connected.service()));
        let executor = executor.with_panels(panels).joining(work.host.tables()).drawing_with(work.host.theme());
        Self { work, executor, views: Views::default(), watch: Watch::default(), clustering: ClusteringSlot::default() }
    }

    /// Returns a watch of the active run, for a program that outlives the interface.
    pub fn watch_run(&self) -> RunWatch {
        self.work.run.watch()
    }
}

impl<H: Host> Perform for Driver<H> {
    fn perform(&mut self, effect: Effect, answers: &mpsc::Sender<Msg>) {
        let (work, told, answers) = (self.work.clone(), answers, Answers(answers.clone()));
        match effect {
            Effect::OpenResults(folder) => {
                self.executor.open(folder.clone());
                spawn(work.report_tables(folder, answers));
            }
            Effect::WatchRun(folder) => self.watch.turn_to(folder, answers),
            Effect::Query(query) => self.executor.ask(query, told),
            Effect::CancelQuery(asker) => self.executor.cancel(asker),
            Effect::Export(export) => self.executor.export(*export, told),
            Effect::Cluster => {
                if let Some((folder, forget)) = self.executor.folder() {
                    spawn(self.clustering.clone().work(folder, forget, answers));
                }
            }
            Effect::CancelClustering => self.clustering.cancel(),
            Effect::SaveViewState(folder, view_state) => self.views.keep(folder, *view_state),
            Effect::FetchAccount => spawn(work.fetch_account(answers)),
            Effect::FetchRuns => spawn(work.fetch_runs(answers)),
            Effect::FetchQueue => spawn(work.fetch_queue(None, answers)),
            Effect::RemoveQueued(id) => spawn(work.fetch_queue(Some(id), answers)),
            Effect::LogIn(secret) => spawn(work.log_in(secret, answers)),
            Effect::UseDemo => spawn(work.use_demo(answers)),
            Effect::UseReference(file) => spawn(work.use_reference(file, answers)),
            Effect::ListFolder(folder) => spawn(files::list(folder, answers)),
            Effect::Inspect(file) => spawn(work.inspect(file, answers)),
            Effect::MeasureOverlaps(file, models) => spawn(work.measure_overlaps(file, models, answers)),
            Effect::Preflight(request) => spawn(work.check(*request, answers)),
            Effect::StartRun => spawn(work.start_run(answers)),
            Effect::OpenRun(folder) => spawn(work.open_run(folder, answers)),
            Effect::ResumeRun(folder) => spawn(work.resume_run(folder, answers)),
            Effect::Steer(steering) => work.run.steer(steering),
            // The loop and the application keep these for themselves.
            Effect::Step(_) | Effect::Terminal(_) | Effect::Copy(_) | Effect::CopyLines(_) => {}
        }
    }
}

fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(task);
}

/// The channel of answers to the interface.
#[derive(Clone)]
struct Answers(mpsc::Sender<Msg>);

impl Answers {
    /// Sends an answer. Does nothing if the interface has ended.
    async fn give(&self, answer: Answer) {
        let _ = self.0.send(Msg::Answer(answer)).await;
    }

    /// Reports that a lock of another process delays the effect.
    fn report_wait(&self, wait: &LockWait) {
        let (answers, text) = (self.clone(), wait.to_string());
        spawn(async move { answers.say(Severity::Warn, text).await });
    }

    async fn say(&self, severity: Severity, text: impl Into<String>) {
        self.give(Answer::Said(severity, text.into())).await;
    }
}

impl<H: Host> Work<H> {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the service in use: the replacement of the configured service, if any, or the configured one.
    fn service(&self) -> Result<Service, Failure> {
        if let Some(service) = self.state().service.clone() {
            return Ok(service);
        }
        self.host.service()?.ok_or_else(|| {
            let fix = "Press t to log in, or to see what works without a token.";
            Failure::new("You are not logged in.", fix).because_of(Cause::Token)
        })
    }

    async fn measure_overlaps(self, file: PathBuf, models: Vec<ModelName>, answers: Answers) {
        let Ok(service) = self.service() else { return };
        // An overlap that cannot be measured is shown as unknown; the preflight gives the reason.
        if let Ok(overlaps) = inspect::overlaps(&service, file.clone(), models).await {
            answers.give(Answer::Overlaps(file, overlaps)).await;
        }
    }

    async fn inspect(self, file: PathBuf, answers: Answers) {
        let Ok(_permit) = self.inspections.acquire().await else { return };
        let found = inspect::preview(file.clone(), self.host.tables().unwrap_or_default()).await;
        answers.give(Answer::Preview(file, found.map(Box::new))).await;
    }

    async fn check(self, request: RunRequest, answers: Answers) {
        let found = match self.service() {
            Ok(service) => {
                let (tables, drive) = (self.host.tables().unwrap_or_default(), self.host.drive());
                let asked = preflight::Asked { request, tables, drive, commands: self.host.commands() };
                preflight::check(&service, asked).await
            }
            Err(failure) => Err(failure),
        };
        let report = found.map(|(report, prepared)| {
            self.state().prepared = prepared;
            Box::new(report)
        });
        answers.give(Answer::Preflight(report)).await;
    }
}
