//! The query for the response about one cell.

use std::path::PathBuf;

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
    /// The folder of another run about the same file that has the response; `None` for the open run.
    pub from: Option<PathBuf>,
}

impl Query for ReadAnswer {
    type Output = Answered;

    fn answer(&self, source: &Source) -> Result<Self::Output, Failure> {
        let answer = match &self.from {
            None => source.results().cell(self.row),
            Some(folder) => {
                let sibling = source.sibling(folder)?;
                sibling.row_of(source.results(), self.row).map_or(Ok(None), |row| sibling.results.cell(row))
            }
        };
        let answer = answer.map_err(|error| failure(&error))?;
        Ok(Answered { row: self.row, answer })
    }
}
