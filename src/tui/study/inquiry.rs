//! A question and what is known of its answer. Pure: it only keeps count, so that a late answer to an earlier question
//! is not taken for one to the last.

use std::{any::Any, fmt, sync::Arc};

use super::Source;
use crate::tui::{effect::Effect, facts::Failure, msg::Answer};

/// A question about a run's results. Answered on a task that may wait and compute as long as it takes.
pub trait Question: fmt::Debug + Send + 'static {
    /// What the answer is.
    type Finding: Send + Sync + 'static;

    /// Answers it.
    ///
    /// # Errors
    /// When it cannot be answered, in words for the user.
    fn answer(&self, source: &Source) -> Result<Self::Finding, Failure>;
}

/// Who asked, and the how-manieth time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Who asked; of the same asker only the last question is of interest.
    pub asker: &'static str,
    /// Ascends.
    pub number: u64,
}

/// A question on its way.
#[derive(Debug)]
pub struct Ask {
    /// What its answer will be known by.
    pub ticket: Ticket,
    /// Which of the runs opened one after another it is about, counted by the application.
    opening: u64,
    question: Box<dyn AnyQuestion>,
}

/// An answer on its way.
#[derive(Debug)]
pub struct Told {
    /// Whose question it answers.
    pub ticket: Ticket,
    /// Which opened run the question was about.
    pub opening: u64,
    finding: Result<Arc<dyn Any + Send + Sync>, Failure>,
}

trait AnyQuestion: fmt::Debug + Send {
    fn answer_any(&self, source: &Source) -> Result<Arc<dyn Any + Send + Sync>, Failure>;
}

impl<Q: Question> AnyQuestion for Q {
    fn answer_any(&self, source: &Source) -> Result<Arc<dyn Any + Send + Sync>, Failure> {
        Ok(Arc::new(self.answer(source)?))
    }
}

impl Ask {
    /// The same question, about the run that was opened as the `opening`th.
    pub fn about(self, opening: u64) -> Self {
        Self { opening, ..self }
    }

    /// Answers the question from a run, or from what hindered its opening.
    pub fn answer(self, source: Result<&Source, Failure>) -> Told {
        let (ticket, opening) = (self.ticket, self.opening);
        Told { ticket, opening, finding: source.and_then(|source| self.question.answer_any(source)) }
    }
}

/// Something to be known of a run: not asked for, asked for, known, or not to be known. While it is asked for again,
/// the last value stays.
pub struct Inquiry<T> {
    asker: &'static str,
    number: u64,
    value: Option<Arc<T>>,
    state: State,
}

#[derive(Clone, Debug)]
enum State {
    Idle,
    Asked,
    Failed(Failure),
}

impl<T> Clone for Inquiry<T> {
    fn clone(&self) -> Self {
        Self { asker: self.asker, number: self.number, value: self.value.clone(), state: self.state.clone() }
    }
}

impl<T> fmt::Debug for Inquiry<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = if self.value.is_some() { "known" } else { "unknown" };
        write!(f, "Inquiry({} #{}: {known}, {:?})", self.asker, self.number, self.state)
    }
}

impl<T: Send + Sync + 'static> Inquiry<T> {
    /// Something not asked for yet, of an asker whose name no other inquiry has.
    pub fn new(asker: &'static str) -> Self {
        Self { asker, number: 0, value: None, state: State::Idle }
    }

    /// Creates an inquiry of a dialog, which is opened anew each time. `opening` counts how often that was: a late answer
    /// to the dialog as it was open before is not taken for one to this.
    pub fn of_dialog(asker: &'static str, opening: u32) -> Self {
        Self { number: u64::from(opening) << 32, ..Self::new(asker) }
    }

    /// Asks; an earlier question of this inquiry is given up.
    pub fn ask(&mut self, question: impl Question<Finding = T>) -> Effect {
        self.number += 1;
        self.state = State::Asked;
        let ticket = Ticket { asker: self.asker, number: self.number };
        Effect::Ask(Ask { ticket, opening: 0, question: Box::new(question) })
    }

    /// Forgets what is known; an answer still to come is not taken.
    pub fn forget(&mut self) {
        self.number += 1;
        (self.value, self.state) = (None, State::Idle);
    }

    /// Takes what was told, if it answers the last question; whether it did.
    pub fn take(&mut self, told: &Told) -> bool {
        if told.ticket != (Ticket { asker: self.asker, number: self.number }) {
            return false;
        }
        self.state = match &told.finding {
            Ok(finding) => {
                self.value = finding.clone().downcast().ok();
                State::Idle
            }
            Err(failure) => {
                self.value = None;
                State::Failed(failure.clone())
            }
        };
        true
    }

    /// [`Inquiry::take`] of whatever came in.
    pub fn on_answer(&mut self, answer: &Answer) -> bool {
        matches!(answer, Answer::Told(told) if self.take(told))
    }

    /// Whether an answer is the one to this inquiry's last question.
    pub fn is_news(&self, answer: &Answer) -> bool {
        let last = Ticket { asker: self.asker, number: self.number };
        matches!(answer, Answer::Told(told) if told.ticket == last)
    }

    /// What is known, perhaps of an earlier question.
    pub fn value(&self) -> Option<&Arc<T>> {
        self.value.as_ref()
    }

    /// Whether an answer is awaited.
    pub fn is_asked(&self) -> bool {
        matches!(self.state, State::Asked)
    }

    /// Whether it was never asked, or forgotten.
    pub fn is_unasked(&self) -> bool {
        matches!(self.state, State::Idle) && self.value.is_none()
    }

    /// Why it is not to be known.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.state {
            State::Failed(failure) => Some(failure),
            State::Idle | State::Asked => None,
        }
    }

    /// An inquiry with an answer, for tests of what shows it.
    #[cfg(test)]
    pub fn known(asker: &'static str, value: T) -> Self {
        Self { asker, number: 0, value: Some(Arc::new(value)), state: State::Idle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Number(u64);

    impl Question for Number {
        type Finding = u64;

        fn answer(&self, _: &Source) -> Result<u64, Failure> {
            Ok(self.0)
        }
    }

    fn told(effect: Effect, finding: Result<u64, Failure>) -> Answer {
        let Effect::Ask(ask) = effect else { panic!("{effect:?}") };
        Answer::Told(Told { ticket: ask.ticket, opening: 0, finding: finding.map(|value| Arc::new(value) as _) })
    }

    #[test]
    fn only_the_answer_to_the_last_question_is_taken() {
        let mut inquiry = Inquiry::new("number");
        let (first, second) = (inquiry.ask(Number(1)), inquiry.ask(Number(2)));
        assert!(!inquiry.on_answer(&told(first, Ok(1))) && inquiry.value().is_none() && inquiry.is_asked());
        assert!(inquiry.on_answer(&told(second, Ok(2))) && !inquiry.is_asked());
        assert_eq!(inquiry.value().map(|value| **value), Some(2));
    }

    #[test]
    fn the_last_value_stays_while_it_is_asked_for_again() {
        let mut inquiry = Inquiry::new("number");
        let effect = inquiry.ask(Number(1));
        inquiry.on_answer(&told(effect, Ok(1)));
        let effect = inquiry.ask(Number(2));
        assert!(inquiry.value().is_some() && inquiry.is_asked());
        inquiry.on_answer(&told(effect, Err(Failure::new("no", "press r"))));
        assert!(inquiry.value().is_none() && inquiry.failure().is_some());
    }
}
