//! Transitions between screens.

use super::{App, Quitting};
use crate::{
    domain::OperationKind,
    engine::ChunkState,
    tui::{
        effect::{Destination, Effect, Steering, Step, TerminalEffect},
        overlay::{Overlay, confirm::Confirm},
        screen::{Finder, Login, NewRun, Screen, Workspace},
    },
};

impl App {
    /// Applies a step and returns the effects that follow.
    pub(super) fn take(&mut self, step: Step) -> Vec<Effect> {
        match step {
            Step::Show(destination) => return self.show(destination),
            Step::Leave => return self.leave(),
            Step::Open(overlay) => self.overlays.push(*overlay),
            Step::Act(action) => return self.on_action(action),
            Step::Change(change) => {
                return self.screens.workspace_mut().map_or_else(Vec::new, |open| open.change(change));
            }
            Step::Say(severity, text) => self.log.add(self.now, severity, &text),
            Step::Cluster => return self.screens.workspace_mut().map_or_else(Vec::new, Workspace::cluster),
            Step::Quit => return self.quit(),
            Step::QuitNow => return self.quit_now(),
            Step::QuitWhenStopped => self.quitting = Quitting::WhenStopped,
        }
        Vec::new()
    }

    fn show(&mut self, destination: Destination) -> Vec<Effect> {
        self.overlays.clear();
        match destination {
            Destination::Home => {
                self.screens.show_home();
                vec![Effect::FetchAccount, Effect::FetchRuns]
            }
            Destination::Login => {
                self.screens.show(Screen::Login(Login::default()));
                Vec::new()
            }
            Destination::NewRun(file) => self.show_new_run(file, None),
            Destination::NewRunOf(file, kind) => self.show_new_run(Some(file), Some(kind)),
            Destination::Find(wanted) => {
                let (finder, effects) = Finder::open(self.facts.places.start.clone(), wanted);
                self.screens.show(Screen::Finder(Box::new(finder)));
                effects
            }
            Destination::Run => {
                self.screens.show_run();
                Vec::new()
            }
        }
    }

    /// Opens a new-run screen in the folder of the last one, perhaps with a kind of operation chosen.
    fn show_new_run(&mut self, file: Option<std::path::PathBuf>, kind: Option<OperationKind>) -> Vec<Effect> {
        let beside = file.as_deref().and_then(std::path::Path::parent).map(ToOwned::to_owned);
        let last = self.screens.last_folder().map(ToOwned::to_owned);
        let folder = beside.or(last).unwrap_or_else(|| self.facts.places.start.clone());
        let (mut new_run, mut effects) = NewRun::start(folder);
        new_run.choose_kind(kind);
        if let Some(file) = file {
            effects.extend(new_run.pick(file, &self.facts));
        }
        self.screens.show(Screen::NewRun(Box::new(new_run)));
        effects
    }

    /// Closes the topmost overlay, or goes back a screen. On the first screen it asks whether to quit, so that one
    /// key too many does not end the program.
    fn leave(&mut self) -> Vec<Effect> {
        if self.overlays.pop().is_some() {
            return Vec::new();
        }
        if self.screens.is_first() {
            let question = Confirm::leave(self.serving);
            return self.confirm_quit().unwrap_or_else(|| vec![Effect::open(Overlay::Confirm(question))]);
        }
        self.screens.back();
        if matches!(self.screens.current(), Screen::Home(_)) { vec![Effect::FetchRuns] } else { Vec::new() }
    }

    fn quit(&mut self) -> Vec<Effect> {
        self.confirm_quit().unwrap_or_else(|| self.quit_now())
    }

    /// Asks whether to quit while a run is active; returns `None` if none is.
    fn confirm_quit(&self) -> Option<Vec<Effect>> {
        let progress = self.active_run()?.progress();
        let under_way = progress.count(|state| matches!(state, ChunkState::Sending | ChunkState::AtServer));
        Some(vec![Effect::open(Overlay::Confirm(Confirm::quit(progress, under_way)))])
    }

    fn quit_now(&mut self) -> Vec<Effect> {
        let mut effects: Vec<Effect> = self.steer(Steering::StopNow).into_iter().collect();
        effects.push(Effect::Terminal(TerminalEffect::Quit));
        effects
    }

    /// Returns the effects that follow the end of a run.
    pub(super) fn after_run(&self) -> Vec<Effect> {
        match self.quitting {
            Quitting::No => vec![Effect::FetchAccount, Effect::FetchRuns],
            Quitting::WhenStopped => vec![Effect::Terminal(TerminalEffect::Quit)],
        }
    }
}
