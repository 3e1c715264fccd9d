//! The queries for the data of an embedding's plot.

use std::sync::Arc;

use super::{InferredCells, Query, Source};
use crate::{domain::text::sentence, engine::CellColumns, tui::facts::Failure};

/// Two dimensions of an embedding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axes {
    /// The embedding's key in obsm.
    pub name: String,
    /// The dimensions, from 0.
    pub dimensions: [usize; 2],
}

/// Query for the coordinates of the run's cells and, after them, of the inferred cells, if they are shown and the
/// embedding covers them.
#[derive(Debug)]
pub struct ReadPoints(pub Axes, pub Option<Arc<InferredCells>>);

impl Query for ReadPoints {
    type Output = Vec<[f32; 2]>;

    fn answer(&self, source: &Source) -> Result<Self::Output, Failure> {
        let read = source.columns()?.embedding(&self.0.name, self.0.dimensions);
        let mut points = read.map_err(|error| Failure::new(sentence(&error), "Press o to plot another embedding."))?;
        if let Some(inferred) = &self.1 {
            // A map that castui computed covers the run's cells only.
            let run = source.results().run();
            let all = CellColumns::embedding_of_file(run, &self.0.name, self.0.dimensions).unwrap_or_default();
            points.extend(inferred.rows().iter().filter_map(|row| all.get(*row as usize)));
        }
        Ok(points)
    }
}
