//! The run that this program works on, which is not always the open one. In: its news. Out: its progress.

use super::App;
use crate::tui::{
    effect::{Destination, Effect, Steering},
    facts::{Activity, LogLine, RunEnd, RunFacts},
    msg::Answer,
    pane::{
        Pane,
        run::{RunPane, remark},
    },
    screen::Workspace,
};

/// The maximum number of log lines kept for a run in the background; the same as for the open run.
const MOST_LINES: usize = 2_000;

/// The active run while another run is open.
#[derive(Debug)]
pub(super) struct Background {
    run: RunPane,
    /// The lines of the run's log, oldest first.
    log: Vec<LogLine>,
}

impl App {
    /// Returns the run that this program works on: the open one, or the one in the background.
    pub(in crate::tui) fn active_run(&self) -> Option<&RunPane> {
        let open = self.screens.workspace().map(Workspace::run);
        let runs = open.into_iter().chain(self.in_background.as_ref().map(|background| &background.run));
        runs.into_iter().find(|run| run.is_active())
    }

    /// Returns whether a folder is that of the active run. Opening that run again would lose its progress.
    pub(super) fn works_on(&self, folder: &std::path::Path) -> bool {
        self.active_run().is_some_and(|run| run.facts().folder == folder)
    }

    pub(super) fn run_is_active(&self) -> bool {
        self.active_run().is_some()
    }

    /// Returns the effect that steers the active run, if there is one.
    pub(super) fn steer(&self, steering: Steering) -> Option<Effect> {
        self.run_is_active().then_some(Effect::Steer(steering))
    }

    /// Shows the active run with its progress and its log.
    pub(in crate::tui) fn show_active_run(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Some(Background { run, log }) = self.in_background.take() {
            self.log.open_run(log);
            effects = self.enter(run);
        }
        effects.push(Effect::show(Destination::Run));
        effects
    }

    /// Opens a run. An active run that was open until now goes on in the background.
    pub(super) fn open_run(&mut self, facts: RunFacts) -> Vec<Effect> {
        if facts.activity == Activity::Here && self.works_on(&facts.folder) {
            return self.show_active_run();
        }
        let open = self.screens.workspace().map(|open| &open.run().facts().folder);
        let is_open = open == Some(&facts.folder);
        let is_left = !is_open && self.screens.workspace().is_some_and(|open| open.run().is_active());
        if is_left && let Some(left) = self.screens.take_workspace() {
            self.in_background = Some(Background { run: left.leave(), log: self.log.lines_of_run() });
        }
        if !is_open || facts.activity != Activity::Here {
            self.log.open_run(facts.history.iter().cloned());
        }
        let mut effects = self.enter(RunPane::new(facts));
        effects.push(Effect::show(Destination::Run));
        effects
    }

    fn enter(&mut self, run: RunPane) -> Vec<Effect> {
        let (workspace, asked) = Workspace::of(run);
        self.opened += 1;
        self.screens.open(workspace);
        asked
    }

    /// Passes news to the run in the background.
    pub(super) fn tell_background(&mut self, answer: &Answer) {
        let Some(Background { run, log }) = &mut self.in_background else { return };
        if answer.run() != Some(&run.facts().folder) {
            return;
        }
        run.on_answer(answer, self.now);
        if let Answer::RunEvents(_, events) = answer {
            let lines = events.iter().filter_map(remark);
            log.extend(lines.map(|(severity, text)| (self.now.time_of_day, severity, text)));
            log.drain(..log.len().saturating_sub(MOST_LINES));
        }
        if !run.is_active() {
            self.in_background = None;
        }
    }

    /// Returns the message about the end of a run: with the next key to press if the run is open, otherwise with its
    /// name.
    pub(super) fn report_end(&self, end: &RunEnd) -> Effect {
        let open = self.screens.workspace().map(|open| open.run().facts());
        let text = match (open.filter(|facts| facts.folder == end.folder), &end.next) {
            (Some(_), Some(next)) => format!("{}; {next}", end.what),
            (Some(_), None) => end.what.clone(),
            (None, _) => format!("{}: {}", end.folder.display(), end.what),
        };
        Effect::say(end.severity, text)
    }
}
