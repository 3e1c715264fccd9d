//! The question for the answer about one cell.

use super::{Question, Source, source::failure};
use crate::{domain::CellAnswer, tui::facts::Failure};

/// What was answered about a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// Its row in the file.
    pub row: usize,
    /// The answer; none where it is not stored.
    pub answer: Option<CellAnswer>,
}

/// Asks for the answer about a cell.
#[derive(Debug)]
pub struct ReadAnswer {
    /// Its row in the file.
    pub row: usize,
}

impl Question for ReadAnswer {
    type Finding = Answered;

    fn answer(&self, source: &Source) -> Result<Self::Finding, Failure> {
        let answer = source.results().cell(self.row).map_err(|error| failure(&error))?;
        Ok(Answered { row: self.row, answer })
    }
}
