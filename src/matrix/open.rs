//! An open matrix file: its structure, names and columns, and the readers of its matrices.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    ColumnHeader, ColumnName, CountSource, Error, RowSource, cell_ranger,
    csr::{Compressed, Csr, MajorMinor},
    dense::{Dense, by_genes::DenseByGenes},
    detect,
    error::Location,
    frame::Frame,
    h5, hdf5_thread,
    mex::{self, Mex},
    numeric_dataset::{CACHE, cache::ChunkCache},
    probe,
    row_subset::{ColumnAxis, RowSubset, SubsetRows},
    transpose,
    tree::{File, Node},
    zarr,
};

mod added;
mod cells;
mod embedding;
mod features;
mod joined;
mod kinds;
mod layout;
mod loom;
mod scores;
mod source;
mod split;

pub(crate) use added::Added;
use added::LazilyAdded;
pub(super) use added::free_name;
pub(super) use embedding::read_array;
pub(crate) use embedding::{EmbeddingHeader, usual_embedding};
pub(crate) use features::MergedColumn;
pub use kinds::FeatureKinds;
pub(crate) use layout::Format;
pub(crate) use scores::TermScores;
pub(crate) use source::{SourceHeader, StorageKind, Unstated};

/// An open `.h5ad` or 10x `.h5` file. Opening reads very little; everything else is read on request.
pub struct Matrix {
    path: PathBuf,
    file: Arc<File>,
    format: Format,
    cells: Frame,
    subset: Option<RowSubset>,
    cache: Arc<ChunkCache>,
    /// Columns and embeddings beside those of the file.
    added: Arc<LazilyAdded>,
}

impl Matrix {
    /// Opens a file or folder for reading, without locking it. The format is detected from the content. A folder is
    /// replaced by the matrix in it (see [`resolve`](super::resolve)).
    ///
    /// # Errors
    /// Fails if the file is damaged, has a format that is not supported, or has no cell names.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let matrix = Self::open_alone(&detect::resolve(path)?)?;
        let is_of_cell_ranger = matches!(matrix.format, Format::TenXV3 | Format::TenXV2 { .. } | Format::Mex);
        if !is_of_cell_ranger {
            return Ok(matrix);
        }
        let (path, file, cells) = (matrix.path.clone(), matrix.file.clone(), matrix.cells.clone());
        // Results that cannot be read are left out.
        Ok(matrix.with_lazily_added(move || {
            cell_ranger::results_beside(&path, || hdf5_thread::run(|| cells.names(&file))).unwrap_or_default()
        }))
    }

    /// Opens a file or a Zarr store without the results beside it.
    ///
    /// # Errors
    /// Fails under the same conditions as [`Matrix::open`].
    pub(super) fn open_alone(path: &Path) -> Result<Self, Error> {
        if zarr::is_store(path) {
            return Self::of_file(path, File::Zarr(zarr::Store::open(path)));
        }
        let file = detect::open(path)?;
        if mex::is_mex(path, &file) {
            let mex = Mex::open(path, file)?;
            return Self::of_file(path, File::Mex(Box::new(mex)));
        }
        Self::of_open_file(path, file)
    }

    /// Opens a file through the descriptor that is checked. `path` is used in error messages.
    ///
    /// # Errors
    /// Fails under the same conditions as [`Matrix::open`], and if the name of the file was removed meanwhile.
    pub(super) fn of_open_file(path: &Path, file: fs::File) -> Result<Self, Error> {
        detect::check_file(path, &file)?;
        probe::check_file(path, &file)?;
        let is_removed = || file.metadata().is_ok_and(|metadata| metadata.nlink() == 0);
        match hdf5_thread::run(|| h5::File::open(&file)) {
            None if is_removed() => Err(Error::Replaced { path: path.to_owned() }),
            opened => Self::of_hdf5(path, opened),
        }
    }

    /// Opens the bytes of an `.h5ad` or 10x `.h5` file. `name` is used as the path in error messages.
    ///
    /// # Errors
    /// Fails under the same conditions as [`Matrix::open`].
    pub fn from_image(name: &str, image: Vec<u8>) -> Result<Self, Error> {
        let path = Path::new(name);
        detect::check_image(path, &image)?;
        probe::check_image(path, &image)?;
        Self::of_hdf5(path, hdf5_thread::run(|| h5::File::open_image(&image)))
    }

    fn of_hdf5(path: &Path, file: Option<h5::File>) -> Result<Self, Error> {
        let file = file.ok_or_else(|| Error::Unopenable { path: path.to_owned() })?;
        Self::of_file(path, File::Hdf5(Arc::new(file)))
    }

    fn of_file(path: &Path, file: File) -> Result<Self, Error> {
        let file = Arc::new(file);
        let (format, cells) = hdf5_thread::run(|| {
            let format = Format::of(&file, path)?;
            let cells = format.cells(&file, path)?;
            Ok((format, cells))
        })?;
        let cache = Arc::new(ChunkCache::new(CACHE));
        Ok(Self { path: path.to_owned(), file, format, cells, subset: None, cache, added: Arc::default() })
    }

    /// Returns a view of the file with only these cells. Row numbers of the view are positions in `rows`.
    ///
    /// # Errors
    /// Fails if a row is not in the file.
    pub fn subset(&self, rows: RowSubset) -> Result<Self, Error> {
        if let Some(&last) = rows.rows().last().filter(|last| **last as usize >= self.cells.rows) {
            let expected = format!("cell {last} was selected");
            return Err(Error::Shape { at: self.cells.at.clone(), found: vec![self.cells.rows as u64], expected });
        }
        Ok(Self {
            path: self.path.clone(),
            file: self.file.clone(),
            format: self.format.clone(),
            cells: self.cells.clone(),
            subset: Some(rows),
            cache: self.cache.clone(),
            added: self.added.clone(),
        })
    }

    /// Returns the row subset of this view, or `None` if it has all cells.
    pub fn row_subset(&self) -> Option<&RowSubset> {
        self.subset.as_ref()
    }

    /// Returns the number of cells in the file, whether they are in the view or not.
    pub fn cells_in_file(&self) -> usize {
        self.cells.rows
    }

    /// Returns the path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the open file.
    pub(super) fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// Returns the format of the file.
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// Returns the number of cells; in a view of a row subset, the size of the subset.
    pub fn cell_count(&self) -> usize {
        self.subset.as_ref().map_or(self.cells.rows, RowSubset::len)
    }

    /// Returns the matrices that can be read. A matrix that cannot be read does not hide the others.
    ///
    /// # Errors
    /// Fails if the file has no matrix, or with the first error if none can be read.
    pub fn sources(&self) -> Result<Vec<SourceHeader>, Error> {
        let named = hdf5_thread::run(|| self.format.sources(&self.file, &self.path))?;
        let (mut headers, mut first_error) = (Vec::new(), None);
        for source in named {
            match self.describe(&source) {
                Ok(header) => headers.push(header),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        match first_error {
            _ if !headers.is_empty() => Ok(headers),
            Some(error) => Err(error),
            None => Err(Error::NoMatrix { path: self.path.clone() }),
        }
    }

    /// Returns the shape, storage and type of a matrix.
    ///
    /// # Errors
    /// Fails if the matrix is missing, its encoding is not supported, or its shape differs from that of its frames.
    pub fn describe(&self, source: &CountSource) -> Result<SourceHeader, Error> {
        hdf5_thread::run(|| {
            let at = self.format.location(&self.file, &self.path, source)?;
            let shape = [self.cells_in_file(), self.genes(source)?.rows];
            match (&*self.file, &self.format) {
                (File::Mex(mex), _) => Ok(mex.describe()),
                (_, Format::Loom) => loom::describe(&self.file, &at, source, shape),
                (File::Hdf5(_) | File::Zarr(_), _) => source::describe(&self.file, &at, source, shape),
            }
        })
    }

    fn genes(&self, source: &CountSource) -> Result<Frame, Error> {
        self.format.genes(&self.file, &self.path, source)
    }

    /// Returns whether the file has both `raw/X` and the `raw.X` of anndata before 0.7.
    pub fn has_two_raw_forms(&self) -> bool {
        let Some(root) = self.format.anndata() else { return false };
        let is_there = |object: &str| {
            let at = Location::new(&self.path, format!("{root}{object}"));
            Node::find(&self.file, &at).is_ok_and(|node| node.is_some())
        };
        hdf5_thread::run(|| is_there("/raw.X") && is_there("/raw/X"))
    }

    /// Returns the columns of a matrix's genes without the index. For `raw.X` these are the columns of `raw.var`.
    /// Columns that only the other of `var` and `raw.var` has are joined by gene name.
    ///
    /// # Errors
    /// Fails if the frame is missing or damaged.
    pub fn gene_columns(&self, source: &CountSource) -> Result<Vec<ColumnHeader>, Error> {
        self.of_genes(source, |genes| Ok(genes.headers()))
    }

    /// Returns whether a column of a matrix's genes is joined from the other gene frame.
    pub fn is_joined(&self, source: &CountSource, name: &ColumnName) -> bool {
        let ColumnName::Named(name) = name else { return false };
        self.of_genes(source, |genes| Ok(genes.is_joined(name))).unwrap_or(false)
    }

    /// Reads a column of a matrix's genes as text, one value per gene; a missing value is empty. Missing values are
    /// filled from the columns into which a concatenation has split it, such as `gene_ids-0` and `gene_ids-1` for
    /// `gene_ids`.
    ///
    /// # Errors
    /// Fails if the column is missing or damaged.
    pub fn gene_column(&self, source: &CountSource, name: &ColumnName) -> Result<Vec<String>, Error> {
        match name {
            ColumnName::Index => self.of_genes(source, |genes| genes.names()),
            ColumnName::Named(name) => self.of_genes(source, |genes| genes.column(name)),
        }
    }

    /// Returns the columns from which a column of a matrix's genes is merged, and the result of the merge.
    ///
    /// # Errors
    /// Fails if the column is missing or damaged.
    pub fn merged_gene_column(&self, source: &CountSource, name: &str) -> Result<MergedColumn, Error> {
        self.of_genes(source, |genes| genes.merged(name))
    }

    /// Returns the feature types and genomes of a matrix's features.
    ///
    /// # Errors
    /// Fails if the columns of types or genomes exist but are damaged.
    pub fn feature_kinds(&self, source: &CountSource) -> Result<FeatureKinds, Error> {
        self.of_genes(source, features::Genes::kinds)
    }

    fn of_genes<R: Send>(
        &self,
        source: &CountSource,
        read: impl FnOnce(&features::Genes) -> Result<R, Error> + Send,
    ) -> Result<R, Error> {
        hdf5_thread::run(|| read(&features::Genes::open(&self.file, &self.path, &self.format, source)?))
    }

    /// Reads the names of the cells, exactly as in the file.
    ///
    /// # Errors
    /// Fails if the index is damaged.
    pub fn cell_names(&self) -> Result<Vec<String>, Error> {
        hdf5_thread::run(|| match &self.subset {
            Some(subset) => self.cells.names_of(&self.file, subset.rows()),
            None => self.cells.names(&self.file),
        })
    }

    /// Reads the name of one cell.
    ///
    /// # Errors
    /// Fails if the index is damaged or the cell does not exist.
    pub fn cell_name(&self, cell: usize) -> Result<String, Error> {
        let row = match &self.subset {
            Some(subset) => subset.rows().get(cell).copied(),
            None => u32::try_from(cell).ok().filter(|_| cell < self.cells.rows),
        };
        let names = hdf5_thread::run(|| self.cells.names_of(&self.file, row.as_slice()))?;
        names.into_iter().next().ok_or_else(|| Error::Missing { at: self.cells.at.join(&cell.to_string()) })
    }

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
    pub(super) fn transposed_through_disk(&self, spill: &Path) -> Result<Box<dyn RowSource>, Error> {
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
