//! Transitions between screens.

use super::{App, Quitting, Shown};
use crate::{
    engine::ChunkState,
    tui::{
        effect::{Destination, Effect, Steering, Step, TerminalEffect},
        overlay::{Overlay, confirm::Confirm},
        screen::{NewRun, Workspace, new_run::files::FilePicker},
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
                return self.screens.workspace.as_mut().map_or_else(Vec::new, |open| open.change(change));
            }
            Step::Say(severity, text) => self.log.add(self.now, severity, &text),
            Step::Cluster => return self.screens.workspace.as_mut().map_or_else(Vec::new, Workspace::cluster),
            Step::Quit => return self.quit(),
            Step::QuitNow => return self.quit_now(),
            Step::QuitWhenStopped => self.quitting = Quitting::WhenStopped,
        }
        Vec::new()
    }

    fn show(&mut self, destination: Destination) -> Vec<Effect> {
        self.overlays.clear();
        let (shown, effects) = match destination {
            Destination::Home => {
                self.screens.way.clear();
                (Shown::Home, vec![Effect::FetchAccount, Effect::FetchRuns])
            }
            Destination::Login => (Shown::Login, Vec::new()),
            Destination::NewRun(file) => (Shown::NewRun, self.show_wizard(file)),
            Destination::Find(wanted) => {
                let (finder, effects) = FilePicker::open(self.facts.places.start.clone(), wanted);
                self.screens.finder = Some((wanted, finder));
                (Shown::Finder, effects)
            }
            Destination::Run => {
                // An open run replaces the screens that led to it: going back leads home, not to its preflight.
                self.screens.way.retain(|way| !matches!(way, Shown::NewRun | Shown::Finder));
                (Shown::Workspace, Vec::new())
            }
        };
        self.screens.way.retain(|way| *way != shown);
        if self.screens.way.is_empty() && shown != Shown::Home {
            self.screens.way.push(Shown::Home);
        }
        self.screens.way.push(shown);
        effects
    }

    /// Opens a new-run screen in the folder of the last one.
    fn show_wizard(&mut self, file: Option<std::path::PathBuf>) -> Vec<Effect> {
        let beside = file.as_deref().and_then(std::path::Path::parent).map(ToOwned::to_owned);
        let last = self.screens.new_run.as_ref().map(|wizard| wizard.folder().to_owned());
        let folder = beside.or(last).unwrap_or_else(|| self.facts.places.start.clone());
        let (mut wizard, mut effects) = NewRun::start(folder);
        if let Some(file) = file {
            effects.extend(wizard.pick(file, &self.facts));
        }
        self.screens.new_run = Some(wizard);
        effects
    }

    /// Closes the topmost overlay, or goes back a screen. On the first screen it asks whether to quit, so that one
    /// key too many does not end the program.
    fn leave(&mut self) -> Vec<Effect> {
        if self.overlays.pop().is_some() {
            return Vec::new();
        }
        if self.screens.way.len() <= 1 {
            let question = Confirm::leave(self.serving);
            return self.confirm_quit().unwrap_or_else(|| vec![Effect::open(Overlay::Confirm(question))]);
        }
        self.screens.way.pop();
        if self.shown() == Shown::Home { vec![Effect::FetchRuns] } else { Vec::new() }
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
