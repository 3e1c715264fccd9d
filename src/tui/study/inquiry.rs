//! A question and the state of its answer. Pure: counts questions, so that a late answer to an earlier question is
//! ignored.

use std::{any::Any, fmt, sync::Arc};

use super::Source;
use crate::tui::{effect::Effect, facts::Failure, msg::Answer};

/// A question about a run's results. It is answered on a task that may wait and compute.
pub trait Question: fmt::Debug + Send + 'static {
    /// The type of the answer.
    type Finding: Send + Sync + 'static;

    /// Computes the answer.
    ///
    /// # Errors
    ///
    /// Fails with a message for the user if there is no answer.
    fn answer(&self, source: &Source) -> Result<Self::Finding, Failure>;
}

/// Identifies a question: its asker and a sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The asker; only its last question matters.
    pub asker: &'static str,
    /// The sequence number, ascending.
    pub number: u64,
}

/// A question on its way.
#[derive(Debug)]
pub struct Ask {
    /// The identifier that the answer will carry.
    pub ticket: Ticket,
    /// The run that the question is about, by the application's count of opened runs.
    opening: u64,
    question: Box<dyn AnyQuestion>,
}

/// An answer on its way.
#[derive(Debug)]
pub struct Told {
    /// The identifier of the answered question.
    pub ticket: Ticket,
    /// The run that the question was about, by the application's count of opened runs.
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
    /// Returns the question with the run that it is about, by the application's count of opened runs.
    pub fn about(self, opening: u64) -> Self {
        Self { opening, ..self }
    }

    /// Answers the question from a run, or with the failure to open it.
    pub fn answer(self, source: Result<&Source, Failure>) -> Told {
        let (ticket, opening) = (self.ticket, self.opening);
        Told { ticket, opening, finding: source.and_then(|source| self.question.answer_any(source)) }
    }
}

/// A value of a run: not requested, requested, known or failed. While it is requested again, the last value remains.
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
    /// Creates an inquiry that is not asked yet. No other inquiry may have the same asker.
    pub fn new(asker: &'static str) -> Self {
        Self { asker, number: 0, value: None, state: State::Idle }
    }

    /// Creates an inquiry of a dialog, which starts over each time the dialog opens. `opening` counts the openings,
    /// so that a late answer to an earlier opening is ignored.
    pub fn of_dialog(asker: &'static str, opening: u32) -> Self {
        Self { number: u64::from(opening) << 32, ..Self::new(asker) }
    }

    /// Asks a question; an earlier question of this inquiry is dropped.
    pub fn ask(&mut self, question: impl Question<Finding = T>) -> Effect {
        self.number += 1;
        self.state = State::Asked;
        let ticket = Ticket { asker: self.asker, number: self.number };
        Effect::Ask(Ask { ticket, opening: 0, question: Box::new(question) })
    }

    /// Forgets the value and ignores pending answers.
    pub fn forget(&mut self) {
        self.number += 1;
        (self.value, self.state) = (None, State::Idle);
    }

    /// Takes an answer if it is to the last question, and returns whether it was.
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

    /// Applies [`Inquiry::take`] to an answer of any kind.
    pub fn on_answer(&mut self, answer: &Answer) -> bool {
        matches!(answer, Answer::Told(told) if self.take(told))
    }

    /// Returns whether an answer is to this inquiry's last question.
    pub fn is_news(&self, answer: &Answer) -> bool {
        let last = Ticket { asker: self.asker, number: self.number };
        matches!(answer, Answer::Told(told) if told.ticket == last)
    }

    /// Returns the last known value, which may belong to an earlier question.
    pub fn value(&self) -> Option<&Arc<T>> {
        self.value.as_ref()
    }

    /// Returns whether an answer is pending.
    pub fn is_asked(&self) -> bool {
        matches!(self.state, State::Asked)
    }

    /// Returns whether there is neither a value, a failure nor a pending answer.
    pub fn is_unasked(&self) -> bool {
        matches!(self.state, State::Idle) && self.value.is_none()
    }

    /// Returns the reason why there is no answer.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.state {
            State::Failed(failure) => Some(failure),
            State::Idle | State::Asked => None,
        }
    }

    /// Creates an inquiry with an answer, for tests of its users.
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
    fn the_last_value_remains_while_it_is_asked_for_again() {
        let mut inquiry = Inquiry::new("number");
        let effect = inquiry.ask(Number(1));
        inquiry.on_answer(&told(effect, Ok(1)));
        let effect = inquiry.ask(Number(2));
        assert!(inquiry.value().is_some() && inquiry.is_asked());
        inquiry.on_answer(&told(effect, Err(Failure::new("no", "press r"))));
        assert!(inquiry.value().is_none() && inquiry.failure().is_some());
    }
}
