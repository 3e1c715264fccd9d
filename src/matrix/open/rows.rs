//! Readers of the matrices by rows. In: a matrix of counts or of obsp. Out: a source of rows, transposed if the matrix
//! is stored by columns.

use std::{path::Path, sync::Arc};

use super::{Matrix, SourceHeader, StorageKind, source};
use crate::matrix::{
    CountSource, Error, RowSource,
    csr::{Compressed, Csr, MajorMinor},
    dense::{Dense, by_genes::DenseByGenes},
    error::Location,
    hdf5_thread,
    numeric_dataset::{CACHE, cache::ChunkCache},
    row_subset::{ColumnAxis, SubsetRows},
    transpose,
    tree::File,
};

impl Matrix {
    /// Opens a matrix for reading by rows.
    ///
    /// A matrix stored by columns that is too large for memory is transposed once into a file in `spill` (by default
    /// the system's temporary folder). The file is deleted when the reader is dropped.
    ///
    /// # Errors
    /// Fails if the matrix is missing, damaged or inconsistent, or the spill file cannot be written.
    pub fn row_source(&self, source: &CountSource, spill: Option<&Path>) -> Result<Box<dyn RowSource>, Error> {
        let header = self.describe(source)?;
        let at = hdf5_thread::run(|| self.format.location(&self.file, &self.path, source))?;
        Ok(self.subset_rows(self.rows_of(&header, &at, spill)?, ColumnAxis::Genes))
    }

    /// Opens a matrix for reading a sample of its rows. Nothing is cached for the next window, and a dense array is
    /// never transposed, even if its storage chunks are tall.
    ///
    /// # Errors
    /// Fails if the matrix is missing, damaged or inconsistent.
    pub fn sample_source(&self, source: &CountSource) -> Result<Box<dyn RowSource>, Error> {
        let header = self.describe(source)?;
        let location = || hdf5_thread::run(|| self.format.location(&self.file, &self.path, source));
        let (shape, none) = ([header.cells, header.genes], Arc::new(ChunkCache::new(0)));
        let rows: Box<dyn RowSource> = match (header.storage, &*self.file) {
            (StorageKind::Dense, _) => Box::new(Dense::open(&self.file, &location()?, shape, &none)?),
            (StorageKind::DenseByGenes, _) => Box::new(DenseByGenes::open(&self.file, &location()?, shape, &none)?),
            (StorageKind::Lines, File::Mex(mex)) => mex.sample_source()?,
            (StorageKind::Csr | StorageKind::Csc | StorageKind::Lines | StorageKind::Stream, _) => {
                return self.row_source(source, None);
            }
        };
        Ok(self.subset_rows(rows, ColumnAxis::Genes))
    }

    fn subset_rows(&self, rows: Box<dyn RowSource>, axis: ColumnAxis) -> Box<dyn RowSource> {
        match &self.subset {
            Some(subset) => Box::new(SubsetRows::new(rows, subset.clone(), axis)),
            None => rows,
        }
    }

    /// Opens a cell-by-cell matrix of obsp for reading by rows.
    ///
    /// # Errors
    /// Fails under the same conditions as [`Matrix::row_source`].
    pub fn row_source_of_obsp(&self, name: &str, spill: Option<&Path>) -> Result<Box<dyn RowSource>, Error> {
        let at = self.obsp_at().join(name);
        let cells = self.cells_in_file();
        let source = CountSource::Layer(name.to_owned());
        let header = hdf5_thread::run(|| source::describe(&self.file, &at, &source, [cells, cells]))?;
        Ok(self.subset_rows(self.rows_of(&header, &at, spill)?, ColumnAxis::Cells))
    }

    fn rows_of(&self, header: &SourceHeader, at: &Location, spill: Option<&Path>) -> Result<Box<dyn RowSource>, Error> {
        if let File::Mex(mex) = &*self.file {
            return mex.row_source(spill);
        }
        let open = |axes| Compressed::open(&self.file, at, axes, &self.cache);
        let (cells, genes) = (header.cells, header.genes);
        match header.storage {
            StorageKind::Csr => Ok(Box::new(Csr(open(MajorMinor { major: cells, minor: genes })?))),
            StorageKind::Csc => transpose::sparse(&open(MajorMinor { major: genes, minor: cells })?, spill),
            StorageKind::Dense => {
                let dense = Dense::open(&self.file, at, [cells, genes], &self.cache)?;
                // Half of the cache, so that two concurrent readers find the chunks of their rows in it.
                if dense.band_bytes() > CACHE / 2 { transpose::dense(&dense, spill) } else { Ok(Box::new(dense)) }
            }
            StorageKind::DenseByGenes => {
                let dense = DenseByGenes::open(&self.file, at, [cells, genes], &self.cache)?;
                match dense.band_bytes() > CACHE / 2 {
                    true => transpose::dense_by_genes(&dense, spill),
                    false => Ok(Box::new(dense)),
                }
            }
            StorageKind::Lines | StorageKind::Stream => Err(Error::NoMatrix { path: self.path.clone() }),
        }
    }

    /// Transposes `X` through the disk, regardless of its size.
    #[cfg(test)]
    pub(in crate::matrix) fn transposed_through_disk(&self, spill: &Path) -> Result<Box<dyn RowSource>, Error> {
        let header = self.describe(&CountSource::X)?;
        let at = hdf5_thread::run(|| self.format.location(&self.file, &self.path, &CountSource::X))?;
        let (cells, genes) = (header.cells, header.genes);
        if header.storage == StorageKind::DenseByGenes {
            let dense = DenseByGenes::open(&self.file, &at, [cells, genes], &self.cache)?;
            return transpose::dense_by_genes(&dense, Some(spill));
        }
        if header.storage == StorageKind::Dense {
            let dense = Dense::open(&self.file, &at, [cells, genes], &self.cache)?;
            return transpose::dense(&dense, Some(spill));
        }
        let columns = Compressed::open(&self.file, &at, MajorMinor { major: genes, minor: cells }, &self.cache)?;
        transpose::through_disk(&columns, Some(spill))
    }
}
