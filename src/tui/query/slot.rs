//! A query and the state of its answer. Pure: counts queries, so that a late answer to an earlier query is
//! ignored.

use std::{any::Any, fmt, sync::Arc};

use super::{LongWork, Source};
use crate::tui::{effect::Effect, facts::Failure, msg::Answer};

/// A query about a run's results. It is answered on a task that may wait and compute.
pub trait Query: fmt::Debug + Send + 'static {
    /// The type of the answer.
    type Output: Send + Sync + 'static;

    /// Computes the answer.
    ///
    /// # Errors
    ///
    /// Fails with a message for the user if there is no answer.
    fn answer(&self, source: &Source) -> Result<Self::Output, Failure>;

    /// Returns the state of a query that reads all cells, which is reported and can be canceled.
    fn work(&self) -> Option<Arc<LongWork>> {
        None
    }
}

/// Identifies a query: its asker and a sequence number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryId {
    /// The asker; only its last query matters.
    pub asker: &'static str,
    /// The sequence number, ascending.
    pub number: u64,
}

/// A query on its way.
#[derive(Debug)]
pub struct PendingQuery {
    /// The identifier that the answer will carry.
    pub id: QueryId,
    /// The run that the query is about, by the application's count of opened runs.
    opening: u64,
    query: Box<dyn AnyQuery>,
}

/// An answer on its way.
#[derive(Debug)]
pub struct QueryResult {
    /// The identifier of the answered query.
    pub id: QueryId,
    /// The run that the query was about, by the application's count of opened runs.
    pub opening: u64,
    output: Result<Arc<dyn Any + Send + Sync>, Failure>,
}

trait AnyQuery: fmt::Debug + Send {
    fn answer_any(&self, source: &Source) -> Result<Arc<dyn Any + Send + Sync>, Failure>;
    fn any_work(&self) -> Option<Arc<LongWork>>;
}

impl<Q: Query> AnyQuery for Q {
    fn answer_any(&self, source: &Source) -> Result<Arc<dyn Any + Send + Sync>, Failure> {
        Ok(Arc::new(self.answer(source)?))
    }

    fn any_work(&self) -> Option<Arc<LongWork>> {
        self.work()
    }
}

impl PendingQuery {
    /// Returns the query with the run that it is about, by the application's count of opened runs.
    pub fn about(self, opening: u64) -> Self {
        Self { opening, ..self }
    }

    /// Returns the state of a query that reads all cells.
    pub fn work(&self) -> Option<Arc<LongWork>> {
        self.query.any_work()
    }

    /// Answers the query from a run, or with the failure to open it.
    pub fn answer(self, source: Result<&Source, Failure>) -> QueryResult {
        let (id, opening) = (self.id, self.opening);
        QueryResult { id, opening, output: source.and_then(|source| self.query.answer_any(source)) }
    }
}

/// A value of a run: not requested, requested, known or failed. While it is requested again, the last value remains.
pub struct QuerySlot<T> {
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

impl<T> Clone for QuerySlot<T> {
    fn clone(&self) -> Self {
        Self { asker: self.asker, number: self.number, value: self.value.clone(), state: self.state.clone() }
    }
}

impl<T> fmt::Debug for QuerySlot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = if self.value.is_some() { "known" } else { "unknown" };
        write!(f, "QuerySlot({} #{}: {known}, {:?})", self.asker, self.number, self.state)
    }
}

impl<T: Send + Sync + 'static> QuerySlot<T> {
    /// Creates an empty slot. No other slot may have the same asker.
    pub fn new(asker: &'static str) -> Self {
        Self { asker, number: 0, value: None, state: State::Idle }
    }

    /// Creates a slot of a dialog, which starts over each time the dialog opens. `opening` counts the openings,
    /// so that a late answer to an earlier opening is ignored.
    pub fn of_dialog(asker: &'static str, opening: u32) -> Self {
        Self { number: u64::from(opening) << 32, ..Self::new(asker) }
    }

    /// Sends a query; an earlier query of this slot is dropped.
    pub fn ask(&mut self, query: impl Query<Output = T>) -> Effect {
        self.number += 1;
        self.state = State::Asked;
        let id = QueryId { asker: self.asker, number: self.number };
        Effect::Query(PendingQuery { id, opening: 0, query: Box::new(query) })
    }

    /// Forgets the value and ignores pending answers.
    pub fn forget(&mut self) {
        self.number += 1;
        (self.value, self.state) = (None, State::Idle);
    }

    /// Takes an answer if it is to the last query, and returns whether it was.
    pub fn take(&mut self, result: &QueryResult) -> bool {
        if result.id != (QueryId { asker: self.asker, number: self.number }) {
            return false;
        }
        self.state = match &result.output {
            Ok(output) => {
                self.value = output.clone().downcast().ok();
                State::Idle
            }
            Err(failure) => {
                self.value = None;
                State::Failed(failure.clone())
            }
        };
        true
    }

    /// Applies [`QuerySlot::take`] to an answer of any kind.
    pub fn on_answer(&mut self, answer: &Answer) -> bool {
        matches!(answer, Answer::Query(result) if self.take(result))
    }

    /// Returns whether an answer is to the last query of this slot.
    pub fn is_news(&self, answer: &Answer) -> bool {
        let last = QueryId { asker: self.asker, number: self.number };
        matches!(answer, Answer::Query(result) if result.id == last)
    }

    /// Returns the last known value, which may belong to an earlier query.
    pub fn value(&self) -> Option<&Arc<T>> {
        self.value.as_ref()
    }

    /// Returns whether an answer is pending.
    pub fn is_asked(&self) -> bool {
        matches!(self.state, State::Asked)
    }

    /// Returns the reason why there is no answer.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.state {
            State::Failed(failure) => Some(failure),
            State::Idle | State::Asked => None,
        }
    }

    /// Creates a slot with an answer, for tests of its users.
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

    impl Query for Number {
        type Output = u64;

        fn answer(&self, _: &Source) -> Result<u64, Failure> {
            Ok(self.0)
        }
    }

    fn result(effect: Effect, output: Result<u64, Failure>) -> Answer {
        let Effect::Query(ask) = effect else { panic!("{effect:?}") };
        Answer::Query(QueryResult { id: ask.id, opening: 0, output: output.map(|value| Arc::new(value) as _) })
    }

    #[test]
    fn only_the_answer_to_the_last_question_is_taken() {
        let mut slot = QuerySlot::new("number");
        let (first, second) = (slot.ask(Number(1)), slot.ask(Number(2)));
        assert!(!slot.on_answer(&result(first, Ok(1))) && slot.value().is_none() && slot.is_asked());
        assert!(slot.on_answer(&result(second, Ok(2))) && !slot.is_asked());
        assert_eq!(slot.value().map(|value| **value), Some(2));
    }

    #[test]
    fn the_last_value_remains_while_it_is_asked_for_again() {
        let mut slot = QuerySlot::new("number");
        let effect = slot.ask(Number(1));
        slot.on_answer(&result(effect, Ok(1)));
        let effect = slot.ask(Number(2));
        assert!(slot.value().is_some() && slot.is_asked());
        slot.on_answer(&result(effect, Err(Failure::new("no", "press r"))));
        assert!(slot.value().is_none() && slot.failure().is_some());
    }
}
