//! The queries for the data of an embedding's plot.

use super::{Query, Source, source::failure};
use crate::{
    domain::{TermIndex, text::sentence},
    results::term,
    tui::facts::Failure,
};

/// Two dimensions of an embedding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axes {
    /// The embedding's key in obsm.
    pub name: String,
    /// The dimensions, from 0.
    pub dimensions: [usize; 2],
}

/// Query for the coordinates of all cells.
#[derive(Debug)]
pub struct ReadPoints(pub Axes);

/// Query for the scores of a term in all cells.
#[derive(Debug)]
pub struct ReadScores(pub TermIndex);

impl Query for ReadPoints {
    type Output = Vec<[f32; 2]>;

    fn answer(&self, source: &Source) -> Result<Self::Output, Failure> {
        let read = source.columns()?.embedding(&self.0.name, self.0.dimensions);
        read.map_err(|error| Failure::new(sentence(&error), "Press o to plot another embedding."))
    }
}

impl Query for ReadScores {
    type Output = Vec<f32>;

    fn answer(&self, source: &Source) -> Result<Self::Output, Failure> {
        term::scores(source.results(), self.0).map_err(|error| failure(&error))
    }
}
