//! A run and its file, opened when needed.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use super::PlotError;
use crate::{
    analysis::{Found, Gene},
    domain::text::excerpt,
    engine::{likely, run_file},
    matrix::{Column, Matrix},
    results::{Clusters, Error, GeneReader, Results},
};

/// The maximum number of names listed in a message.
const LISTED: usize = 20;

/// A run and its file.
pub struct PlotSource<'a> {
    results: &'a Results,
    file: PathBuf,
    matrix: OnceLock<Matrix>,
}

impl<'a> PlotSource<'a> {
    /// Creates the source of a run whose file is at `file` now. The file is opened when it is needed.
    pub fn new(results: &'a Results, file: &Path) -> Self {
        Self { results, file: file.to_owned(), matrix: OnceLock::new() }
    }

    /// Returns the results.
    pub fn results(&self) -> &Results {
        self.results
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.file
    }

    /// Returns the file, reduced to the cells of the run.
    ///
    /// # Errors
    /// Fails if the file is gone, or has other cells.
    pub fn matrix(&self) -> Result<&Matrix, Error> {
        if let Some(matrix) = self.matrix.get() {
            return Ok(matrix);
        }
        if !self.file.exists() {
            return Err(Error::InputGone { path: self.file.clone() });
        }
        let matrix = run_file::open(self.results.run(), &self.file)?;
        if !matrix.cell_names()?.iter().map(String::as_str).eq(self.results.names().iter()) {
            let input = &self.results.run().manifest().input;
            return Err(Error::OtherCounts { path: self.file.clone(), cells: input.cells, genes: input.genes });
        }
        Ok(self.matrix.get_or_init(|| matrix))
    }

    /// Returns the coordinates of the cells in two dimensions of an embedding, followed by those of other rows of the file.
    ///
    /// # Errors
    /// Fails if the file lacks the embedding or cannot be read.
    pub fn points(&self, name: &str, dimensions: [usize; 2], others: &[u32]) -> Result<Vec<[f32; 2]>, Error> {
        let mut points = self.matrix()?.embedding(name, dimensions)?;
        if !others.is_empty() {
            let all = run_file::open_whole(self.results.run(), &self.file)?.embedding(name, dimensions)?;
            points.extend(others.iter().map(|row| all.get(*row as usize).copied().unwrap_or([f32::NAN; 2])));
        }
        Ok(points)
    }

    /// Returns the access to the genes.
    ///
    /// # Errors
    /// Fails if the file is gone, or has no counts of the run.
    pub fn genes(&self) -> Result<GeneReader, Error> {
        GeneReader::of_run(self.results, &self.file)
    }

    /// Returns a column of obs.
    ///
    /// # Errors
    /// Fails if there is no such column.
    pub fn column(&self, name: &str) -> Result<Column, PlotError> {
        let matrix = self.matrix()?;
        let headers = matrix.obs_columns();
        if !headers.iter().any(|header| header.name == name) {
            let known = listed(headers.iter().map(|header| &*header.name));
            return Err(PlotError::NoColumn { path: self.file.clone(), column: excerpt(name), known });
        }
        Ok(matrix.obs_column(name).map_err(Error::from)?)
    }

    /// Returns the groups of a column; `None` for the column that likely has clusters.
    ///
    /// # Errors
    /// Fails if there is no such column, or it has no groups.
    pub fn clusters(&self, name: Option<&str>) -> Result<Clusters, PlotError> {
        let headers = self.matrix()?.obs_columns();
        let name = name.or_else(|| likely::clusters(&headers));
        let name = name.ok_or_else(|| PlotError::NoClusters { path: self.file.clone() })?;
        Ok(Clusters::new(name, &self.column(name)?, self.results.cell_count())?)
    }

    /// Returns the gene of a name.
    ///
    /// # Errors
    /// Fails if the name has no gene, or several.
    pub fn find(&self, reader: &GeneReader, name: &str) -> Result<Gene, PlotError> {
        let fault = |found, hint| PlotError::Gene { path: self.file.clone(), gene: excerpt(name), found, hint };
        match reader.find(name) {
            Found::One(gene) => Ok(gene),
            Found::Several(genes) => {
                let genes = listed(genes.iter().map(|gene| &*gene.name));
                Err(fault("several genes called", format!("; name one of: {genes}")))
            }
            Found::Unknown { similar } if similar.is_empty() => Err(fault("no gene", String::new())),
            Found::Unknown { similar } => {
                let similar = listed(similar.iter().map(String::as_str));
                Err(fault("no gene", format!("; similar names: {similar}")))
            }
        }
    }
}

/// Returns the first names of a list for a message.
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<String> = names.into_iter().take(LISTED).map(excerpt).collect();
    if known.is_empty() { "none".to_owned() } else { known.join(", ") }
}
