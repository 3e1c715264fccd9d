//! The interface played on by keys, with answers that come when the walk wants them to, in any order.

use super::{Dice, world::Run};
use crate::tui::{
    effect::Effect,
    facts::{Activity, RunFacts, Sighting},
    kept::Kept,
    msg::{Answer, Msg},
    screen::Workspace,
    study::{Ask, Source},
    tests::stage::Stage,
};

/// The interface, and what answers its questions.
pub struct Player<'a> {
    /// The interface.
    pub stage: Stage,
    /// The size of the terminal.
    pub size: (u16, u16),
    /// The run that is open.
    pub at: usize,
    /// The text copied last.
    pub copied: Option<String>,
    runs: &'a [Run],
    sources: Vec<Source>,
    kept: Vec<Kept>,
    /// How many runs were opened so far.
    openings: usize,
    /// Questions that wait for an answer.
    waiting: Vec<Waiting>,
}

/// A question that waits for an answer.
struct Waiting {
    run: usize,
    /// Which of the runs opened one after another it is about, and who asks.
    lane: (usize, &'static str),
    ask: Ask,
}

impl<'a> Player<'a> {
    /// Returns an interface at home.
    pub fn new(runs: &'a [Run]) -> Self {
        Self {
            stage: Stage::connected(),
            size: (80, 24),
            at: 0,
            copied: None,
            sources: runs.iter().map(|run| Source::open(&run.path()).unwrap()).collect(),
            kept: runs.iter().map(|_| Kept::default()).collect(),
            openings: 0,
            waiting: Vec::new(),
            runs,
        }
    }

    /// Opens a run as it was last looked at. Questions about the run open before may still be answered.
    pub fn open(&mut self, run: usize) {
        let facts = RunFacts {
            kept: self.kept[run].clone(),
            stored: crate::store::Run::open(&self.runs[run].path()).unwrap().stored().unwrap(),
            ..self.runs[run].facts.clone()
        };
        self.at = run;
        self.openings += 1;
        self.answer(Answer::RunOpened(Ok(Box::new(facts))));
    }

    /// Says that something has changed in the folder of the open run.
    pub fn sight(&mut self) {
        let folder = self.runs[self.at].path();
        let stored = crate::store::Run::open(&folder).unwrap().stored().unwrap();
        self.answer(Answer::Sighted(folder, Sighting { stored, activity: Activity::None }));
    }

    /// Returns the open run.
    pub fn workspace(&self) -> &Workspace {
        self.stage.app.screens.workspace.as_ref().unwrap()
    }

    /// Presses keys one after another; no question is answered.
    pub fn press(&mut self, keys: &str) {
        let effects = self.stage.press(keys);
        self.take(effects);
    }

    /// Types a text; no question is answered.
    pub fn type_text(&mut self, text: &str) {
        let effects = self.stage.type_text(text);
        self.take(effects);
    }

    /// Gives the terminal another size.
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
                Effect::Ask(ask) => self.wait(ask),
                Effect::KeepView(folder, kept) => {
                    let run = self.runs.iter().position(|run| run.path() == folder).unwrap();
                    self.kept[run] = *kept;
                }
                Effect::Copy(text) => self.copied = Some(text),
                _ => {}
            }
        }
    }

    /// Lets a question wait. As at the real desk, of each asker one question is worked on and one waits.
    fn wait(&mut self, ask: Ask) {
        let lane = (self.openings, ask.ticket.asker);
        let waiting = Waiting { run: self.at, lane, ask };
        let second = (0..self.waiting.len()).filter(|place| self.waiting[*place].lane == lane).nth(1);
        match second {
            Some(second) => self.waiting[second] = waiting,
            None => self.waiting.push(waiting),
        }
    }

    /// Returns whether no question waits.
    pub fn is_settled(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Answers one of the waiting questions; those of one asker in the order in which they were asked.
    pub fn answer_one(&mut self, dice: &mut Dice) {
        if self.waiting.is_empty() {
            return;
        }
        let lane = self.waiting[dice.roll(self.waiting.len())].lane;
        let first = self.waiting.iter().position(|waiting| waiting.lane == lane).unwrap();
        let Waiting { run, ask, .. } = self.waiting.remove(first);
        let told = ask.answer(Ok(&self.sources[run]));
        self.answer(Answer::Told(told));
    }

    /// Answers questions until none waits.
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
