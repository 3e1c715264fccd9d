//! Handling of answers to effects.

use std::path::PathBuf;

use super::{App, Serving};
use crate::tui::{
    effect::{Destination, Effect, TerminalEffect},
    facts::{Clustered, Failure, Remote},
    log::Severity,
    msg::Answer,
    overlay::Overlay,
    pane::run::remark,
    screen::Screen,
    text,
};

impl App {
    /// Passes an answer to the screens, then stores shared data.
    pub(super) fn on_answer(&mut self, answer: Answer) -> Vec<Effect> {
        if matches!(&answer, Answer::Query(result) if result.opening != self.opened) {
            // The answer is about a run that was open before.
            return Vec::new();
        }
        self.log_run(&answer);
        let mut effects = self.tell_screens(&answer);
        match answer {
            Answer::Account(result) => effects.extend(self.on_account(result)),
            Answer::Quota(result) => self.facts.quota.take(result),
            Answer::Models(result) => self.facts.models.take(result),
            Answer::Runs(result) => self.facts.runs.take(result),
            Answer::RunOpened(Ok(facts)) => effects.extend(self.open_run(*facts)),
            Answer::RunOpened(Err(failure)) => effects.push(said(&failure)),
            Answer::RunEnded(end) => {
                effects.push(self.report_end(&end));
                effects.push(Effect::Terminal(TerminalEffect::AnnounceEnd));
                effects.extend(self.after_run());
            }
            Answer::LocalReady(result) => effects.extend(self.on_local(result)),
            Answer::Said(severity, text) => effects.push(Effect::say(severity, text)),
            Answer::Exported(Ok(written)) => effects.push(Effect::say(Severity::Good, written.to_string())),
            // The open dialog reports the failure.
            Answer::Exported(Err(_)) if self.overlays.iter().any(|open| matches!(open, Overlay::Export(_))) => {}
            Answer::Exported(Err(failure)) => effects.push(said(&failure)),
            Answer::ClusteringEnded(_, result) => effects.push(clustering_end(result)),
            Answer::LoggedIn(Ok(())) => {
                self.forget_server();
                self.serving = Serving::Remote;
                self.facts.demo = None;
            }
            Answer::LoggedIn(Err(_))
            | Answer::Folder(..)
            | Answer::Preview(..)
            | Answer::Overlaps(..)
            | Answer::Preflight(_)
            | Answer::Queue(_)
            | Answer::Query(_)
            | Answer::QueryUnderWay(..)
            | Answer::Sighted(..)
            | Answer::ExportUnderWay(_)
            | Answer::ClusteringUnderWay(..)
            | Answer::Journal(..)
            | Answer::RunEvents(..)
            | Answer::RunBytes(..) => {}
        }
        effects
    }

    fn tell_screens(&mut self, answer: &Answer) -> Vec<Effect> {
        // The new-run screen measures overlaps as soon as it knows the models, so store them first.
        if let Answer::Models(Ok(models)) = answer {
            self.facts.models = Remote::Ready(models.clone());
        }
        let mut effects = Vec::new();
        if let Screen::Login(login) = self.screens.current_mut() {
            effects.extend(login.on_answer(answer));
        }
        for screen in self.screens.all_mut() {
            effects.extend(match screen {
                Screen::NewRun(new_run) => new_run.on_answer(answer, &self.facts),
                Screen::Finder(finder) => finder.picker.on_answer(answer),
                Screen::Home(_) | Screen::Login(_) | Screen::Workspace(_) => Vec::new(),
            });
        }
        if let Some(workspace) = self.screens.workspace_mut() {
            effects.extend(workspace.on_answer(answer, self.now));
        }
        self.tell_background(answer);
        effects.extend(self.overlays.iter_mut().flat_map(|overlay| overlay.on_answer(answer)));
        effects
    }

    /// Adds news of the open run to the log.
    fn log_run(&mut self, answer: &Answer) {
        let open = self.screens.workspace().map(|open| open.run().facts().folder.as_path());
        if answer.run().is_none() || answer.run() != open {
            return;
        }
        if let Answer::RunEvents(_, events) = answer {
            for (severity, text) in events.iter().filter_map(remark) {
                self.log.add_of_run(self.now.time_of_day, severity, &text);
            }
        } else if let Answer::Journal(_, lines) = answer {
            self.log.add_journal(lines);
        }
    }

    /// Forgets the data of the last server or user, which does not apply to another one.
    fn forget_server(&mut self) {
        self.facts.account = Remote::Unasked;
        self.facts.quota = Remote::Unasked;
        self.facts.models = Remote::Unasked;
    }

    /// Shows the demo or the own reference once its service answers.
    fn on_local(&mut self, result: Result<Option<PathBuf>, Failure>) -> Vec<Effect> {
        self.facts.starting = None;
        let file = match result {
            Ok(file) => file,
            Err(failure) => return vec![said(&failure)],
        };
        self.forget_server();
        self.serving = Serving::Here;
        self.facts.demo.clone_from(&file);
        let mut effects = vec![Effect::show(Destination::Home)];
        effects.extend(file.map(|file| Effect::show(Destination::NewRun(Some(file)))));
        effects
    }

    fn on_account(&mut self, result: Result<crate::tui::facts::Account, Failure>) -> Option<Effect> {
        let said = match (&result, self.facts.account.ready()) {
            (Err(failure), Some(_)) => Some(said(failure)),
            (Err(_), None) | (Ok(_), _) => None,
        };
        self.facts.account.take(result);
        said
    }
}

fn said(failure: &Failure) -> Effect {
    Effect::say(Severity::Bad, format!("{} {}", failure.what, failure.fix))
}

fn clustering_end(result: Result<Clustered, Failure>) -> Effect {
    match result {
        Ok(Clustered::Done { cells, clusters }) => {
            let cells = text::count(cells as u64);
            Effect::say(
                Severity::Good,
                format!("{cells} cells in {clusters} clusters: castui_leiden and X_castui_umap"),
            )
        }
        Ok(Clustered::Canceled) => Effect::say(Severity::Warn, "The clustering was canceled; nothing was stored."),
        Err(failure) => said(&failure),
    }
}
