//! An interface driven by keys, with answers in an order that the walk chooses.

use super::{Dice, world::Run};
use crate::tui::{
    effect::Effect,
    facts::{Activity, RunFacts, Sighting},
    msg::{Answer, Msg},
    query::{PendingQuery, Source},
    screen::Workspace,
    tests::stage::Stage,
    view_state::ViewState,
};

/// The interface, and the source of its answers.
pub struct Player<'a> {
    /// The interface.
    pub stage: Stage,
    /// The size of the terminal.
    pub size: (u16, u16),
    /// The index of the open run.
    pub at: usize,
    /// The last copied text.
    pub copied: Option<String>,
    runs: &'a [Run],
    sources: Vec<Source>,
    view_state: Vec<ViewState>,
    /// The number of runs opened so far.
    openings: usize,
    /// The pending queries.
    waiting: Vec<Waiting>,
}

/// A pending query.
struct Waiting {
    run: usize,
    /// The run that the query is about, by the count of opened runs, and the asker.
    lane: (usize, &'static str),
    query: PendingQuery,
}

impl<'a> Player<'a> {
    /// Creates an interface on the home screen.
    pub fn new(runs: &'a [Run]) -> Self {
        Self {
            stage: Stage::connected(),
            size: (80, 24),
            at: 0,
            copied: None,
            sources: runs.iter().map(|run| Source::open(&run.path()).unwrap()).collect(),
            view_state: runs.iter().map(|_| ViewState::default()).collect(),
            openings: 0,
            waiting: Vec::new(),
            runs,
        }
    }

    /// Opens a run with its view state. Queries about the last run may still be answered.
    pub fn open(&mut self, run: usize) {
        let facts = RunFacts {
            view_state: self.view_state[run].clone(),
            stored: crate::store::Run::open(&self.runs[run].path()).unwrap().stored().unwrap(),
            ..self.runs[run].facts.clone()
        };
        self.at = run;
        self.openings += 1;
        self.answer(Answer::RunOpened(Ok(Box::new(facts))));
    }

    /// Reports a change in the folder of the open run.
    pub fn sight(&mut self) {
        let folder = self.runs[self.at].path();
        let stored = crate::store::Run::open(&folder).unwrap().stored().unwrap();
        self.answer(Answer::Sighted(folder, Sighting { stored, activity: Activity::None }));
    }

    /// Returns the open run.
    pub fn workspace(&self) -> &Workspace {
        self.stage.app.screens.workspace().unwrap()
    }

    /// Presses keys one after another. Answers no queries.
    pub fn press(&mut self, keys: &str) {
        let effects = self.stage.press(keys);
        self.take(effects);
    }

    /// Types a text. Answers no queries.
    pub fn type_text(&mut self, text: &str) {
        let effects = self.stage.type_text(text);
        self.take(effects);
    }

    /// Resizes the terminal.
    pub fn resize(&mut self, size: (u16, u16)) {
        self.size = size;
        let effects = self.stage.app.update(Msg::Resize);
        self.take(effects);
    }

    fn answer(&mut self, answer: Answer) {
        let effects = self.stage.answer(answer);
        self.take(effects);
    }

    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Query(query) => self.wait(query),
                Effect::SaveViewState(folder, view_state) => {
                    let run = self.runs.iter().position(|run| run.path() == folder).unwrap();
                    self.view_state[run] = *view_state;
                }
                Effect::Copy(text) => self.copied = Some(text),
                _ => {}
            }
        }
    }

    /// Queues a query. As in the real executor, each asker has one query in progress and one that waits.
    fn wait(&mut self, query: PendingQuery) {
        let lane = (self.openings, query.id.asker);
        let waiting = Waiting { run: self.at, lane, query };
        let second = (0..self.waiting.len()).filter(|place| self.waiting[*place].lane == lane).nth(1);
        match second {
            Some(second) => self.waiting[second] = waiting,
            None => self.waiting.push(waiting),
        }
    }

    /// Returns whether no query is pending.
    pub fn is_settled(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Answers one of the pending queries; those of one asker in their order.
    pub fn answer_one(&mut self, dice: &mut Dice) {
        if self.waiting.is_empty() {
            return;
        }
        let lane = self.waiting[dice.roll(self.waiting.len())].lane;
        let first = self.waiting.iter().position(|waiting| waiting.lane == lane).unwrap();
        let Waiting { run, query, .. } = self.waiting.remove(first);
        let result = query.answer(Ok(&self.sources[run]));
        self.answer(Answer::Query(result));
    }

    /// Answers queries until none is pending.
    pub fn settle(&mut self, dice: &mut Dice) {
        while !self.is_settled() {
            self.answer_one(dice);
        }
    }

    /// Returns the screen at a size.
    pub fn screen(&self, size: (u16, u16)) -> String {
        self.stage.text(size)
    }
}
