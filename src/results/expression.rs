//! Expression of genes in a file with counts. In: a run and its file, or a file alone. Out: genes by name, and the
//! log-normalized values of each gene (see [`crate::analysis::expression`]).
//!
//! The values of a run's genes are cached in the run folder ([`GeneCache`]).

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use super::{Error, Results};
use crate::{
    analysis::{self, CellValues, Found, Gene, GeneIndex, GeneValues, Watch},
    chunk::ValuePolicy,
    domain::text::excerpt,
    engine::{CountInput, count_input, run_file},
    matrix::{CountSource, Matrix, RowSource},
    store::{Fingerprint, GeneCache, MarkerCache},
};

pub use crate::engine::CountChoice;

/// Access to the expression of a file's genes. Can be shared among threads.
pub struct GeneReader {
    matrix: Matrix,
    source: CountSource,
    values: ValuePolicy,
    genes: GeneIndex,
    cache: Option<GeneCache>,
    markers: Option<MarkerCache>,
    /// The fingerprint of a run's file when it was opened.
    opened: Option<Fingerprint>,
    /// The opened count matrix. A matrix stored by columns is transposed only once.
    rows: Mutex<Option<Arc<dyn RowSource>>>,
}

impl fmt::Debug for GeneReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GeneReader({}, {})", self.matrix.path().display(), self.source)
    }
}

impl GeneReader {
    /// Opens the counts of a run in its file, which is at `file` now. Rows are those of the run. The file may have been
    /// changed since the run as long as its cells and the number of its genes are the same.
    ///
    /// # Errors
    /// Fails if the file is gone, cannot be read, or does not have the cells and genes of the run.
    pub fn of_run(results: &Results, file: &Path) -> Result<Self, Error> {
        let (run, input) = (results.run(), &results.run().manifest().input);
        if !file.exists() {
            return Err(Error::InputGone { path: file.to_owned() });
        }
        let matrix = run_file::open(run, file)?;
        let source = input.count_matrix.clone();
        let opened = Fingerprint::of(file).ok();
        let is_same = opened.as_ref().is_some_and(|now| now.same_content(&input.fingerprint));
        let has_cells = is_same || matrix.cell_names()?.iter().map(String::as_str).eq(results.names().iter());
        if !has_cells || matrix.describe(&source)?.genes != input.genes {
            return Err(Error::OtherCounts { path: file.to_owned(), cells: input.cells, genes: input.genes });
        }
        let genes = GeneIndex::read(&matrix, &source)?;
        let cache = GeneCache::open(run, file, &source).ok();
        let markers = MarkerCache::open(run, file, &source).ok();
        Ok(Self { matrix, source, values: input.value_policy(), genes, cache, markers, opened, rows: Mutex::default() })
    }

    /// Opens the counts of a file without a run.
    ///
    /// # Errors
    /// Fails if the file cannot be read or has no matrix with counts.
    pub fn of_file(matrix: Matrix, choice: &CountChoice) -> Result<Self, Error> {
        let found = CountInput::of(&matrix, choice).map_err(|error| without_counts(matrix.path(), error))?;
        let CountInput { source, policy: values, .. } = found;
        let genes = GeneIndex::read(&matrix, &source)?;
        Ok(Self { matrix, source, values, genes, cache: None, markers: None, opened: None, rows: Mutex::default() })
    }

    /// Returns the file, reduced to the cells of the run.
    pub fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    /// Returns the name of the count matrix.
    pub fn source(&self) -> &CountSource {
        &self.source
    }

    /// Returns the values that are accepted as counts.
    pub fn values(&self) -> ValuePolicy {
        self.values
    }

    /// Returns the names of the genes.
    pub fn genes(&self) -> &GeneIndex {
        &self.genes
    }

    /// Finds the genes with a symbol or an Ensembl ID.
    pub fn find(&self, query: &str) -> Found {
        self.genes.find(query)
    }

    /// Returns the cached values of a gene, which takes milliseconds; `None` if the file has to be read.
    pub fn cached(&self, gene: &Gene) -> Option<GeneValues> {
        self.cache.as_ref()?.read(gene.column)
    }

    /// Returns the values of genes, one per cell of the run, in the order of `genes`. The file is read once for all genes
    /// that are not cached.
    ///
    /// # Errors
    /// Fails if the file cannot be read or has values that are not counts, or if the pass was canceled.
    pub fn read(&self, genes: &[Gene], watch: &Watch<'_>) -> Result<Vec<Arc<GeneValues>>, Error> {
        let mut values: Vec<Option<Arc<GeneValues>>> =
            genes.iter().map(|gene| self.cached(gene).map(Arc::new)).collect();
        let missing: Vec<usize> = (0..genes.len()).filter(|place| values[*place].is_none()).collect();
        if !missing.is_empty() {
            let columns: Vec<u32> = missing.iter().map(|place| genes[*place].column).collect();
            let read = analysis::expression::read(&*self.row_source()?, &columns, self.values, watch)?;
            for (place, read) in missing.into_iter().zip(read) {
                if let Some(cache) = &self.cache {
                    cache.write(genes[place].column, &read);
                }
                values[place] = Some(Arc::new(read));
            }
        }
        Ok(values.into_iter().flatten().collect())
    }

    /// Returns the values of all genes in a cell.
    ///
    /// # Errors
    /// Fails if the file was changed, cannot be read, or has values that are not counts.
    ///
    /// # Panics
    /// Panics if the cell is not in the file.
    pub fn cell(&self, row: usize) -> Result<CellValues, Error> {
        self.check_unchanged()?;
        Ok(CellValues::read(&*self.row_source()?, row, self.values)?)
    }

    /// Checks that the file is as it was when it was opened, judged by its size and modification time.
    ///
    /// # Errors
    /// Fails if it is gone or was changed.
    pub fn check_unchanged(&self) -> Result<(), Error> {
        let path = self.matrix.path();
        match &self.opened {
            Some(_) if !path.exists() => Err(Error::InputGone { path: path.to_owned() }),
            Some(opened) if opened.is_outdated(path) => Err(Error::InputChanged { path: path.to_owned() }),
            Some(_) | None => Ok(()),
        }
    }

    /// Returns the number of the matrix's entries, or an estimate if the file does not have it.
    ///
    /// # Errors
    /// Fails if the matrix is damaged.
    pub fn entries(&self) -> Result<u64, Error> {
        let header = self.matrix.describe(&self.source)?;
        Ok(header.entries.unwrap_or(header.cells as u64 * header.genes as u64 / 10))
    }

    /// Returns the cache of marker genes; `None` for a file without a run.
    pub(super) fn marker_cache(&self) -> Option<&MarkerCache> {
        self.markers.as_ref()
    }

    /// Opens the count matrix for reading by rows.
    ///
    /// # Errors
    /// Fails if the matrix is damaged, or cannot be transposed.
    pub fn row_source(&self) -> Result<Arc<dyn RowSource>, Error> {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rows) = &*rows {
            return Ok(rows.clone());
        }
        let opened: Arc<dyn RowSource> = self.matrix.row_source(&self.source, None)?.into();
        *rows = Some(opened.clone());
        Ok(opened)
    }
}

fn without_counts(file: &Path, error: count_input::Error) -> Error {
    let found = match error {
        count_input::Error::Matrix(error) => return error.into(),
        count_input::Error::Missing { .. } | count_input::Error::NoMatrix => error.to_string(),
        count_input::Error::NotCounts { name, values } => {
            let found = format!("{} has {values}", excerpt(&name.to_string()));
            return Error::NotCounts { path: file.to_owned(), found };
        }
    };
    Error::NoCounts { path: file.to_owned(), found }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::FileWriter;

    #[test]
    fn a_file_without_counts_is_refused_with_advice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.h5ad");
        let genes = ["ENSG00000198851".to_owned(), "ENSG00000156738".into()];
        let names: Vec<String> = (0..4).map(|cell| format!("cell{cell}")).collect();
        let mut writer = FileWriter::create(&path, &crate::matrix::GeneFrame::new(&genes, None), &names).unwrap();
        let block = crate::matrix::CellBlock {
            first_cell: 0,
            indptr: &[0, 2, 3, 4, 5],
            indices: &[0, 1, 1, 0, 1],
            data: &[1.3, 0.2, 2.7, 0.9, 1.1],
            totals: &[1.5, 2.7, 0.9, 1.1],
        };
        writer.append(&block).unwrap();
        writer.finish().unwrap();
        let error = GeneReader::of_file(Matrix::open(&path).unwrap(), &CountChoice::default()).unwrap_err();
        assert!(error.to_string().contains("has no counts: X has fractions"), "{error}");
        assert_eq!(error.remedy(), Some(crate::results::Remedy::OtherMatrix));
        let choice = CountChoice { values: ValuePolicy::NonNegative, ..CountChoice::default() };
        let reader = GeneReader::of_file(Matrix::open(&path).unwrap(), &choice).unwrap();
        let Found::One(gene) = reader.find("CD3E") else { panic!("CD3E is in the file") };
        let values = reader.read(&[gene], &Watch::default()).unwrap();
        assert!((values[0].get(0) - (1.0f32 + 1.3 / 1.5 * 1e4).ln()).abs() < 1e-5);
    }
}
