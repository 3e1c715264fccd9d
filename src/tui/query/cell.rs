//! The query for the response about one cell.

use super::{Query, Source, source::failure};
use crate::{domain::CellAnswer, tui::facts::Failure};

/// The response about a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The row of the cell in the run.
    pub row: usize,
    /// The response; `None` if it is not stored.
    pub answer: Option<CellAnswer>,
}

/// Query for the response about a cell.
#[derive(Debug)]
pub struct ReadAnswer {
    /// The row of the cell in the run.
    pub row: usize,
}

impl Query for ReadAnswer {
    type Output = Answered;

    fn answer(&self, source: &Source) -> Result<Self::Output, Failure> {
        let answer = source.results().cell(self.row).map_err(|error| failure(&error))?;
        Ok(Answered { row: self.row, answer })
    }
}
