//! The question for the answer about one cell.

use super::{Question, Source, source::failure};
use crate::{domain::CellAnswer, tui::facts::Failure};

/// Asks for the answer about a cell; none where it is not stored.
#[derive(Debug)]
pub struct ReadAnswer {
    /// Its row in the file.
    pub row: usize,
}

impl Question for ReadAnswer {
    type Finding = Option<CellAnswer>;

    fn answer(&self, source: &Source) -> Result<Self::Finding, Failure> {
        source.results().cell(self.row).map_err(|error| failure(&error))
    }
}
