//! An open matrix file: its structure, names and columns, and the readers of its matrices.

use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Column, ColumnHeader, ColumnName, CountSource, Error, RowSource,
    csr::{Compressed, Csr, MajorMinor},
    dense::Dense,
    detect,
    error::Location,
    frame::Frame,
    h5::{File, Node},
    hdf5_thread,
    numeric_dataset::{CACHE, cache::ChunkCache},
    probe,
    row_subset::{ColumnAxis, RowSubset, SubsetRows},
    transpose,
};

mod embedding;
mod features;
mod joined;
mod kinds;
mod layout;
mod source;
mod split;

pub use embedding::EmbeddingHeader;
pub use features::MergedColumn;
pub use kinds::FeatureKinds;
pub use layout::Format;
pub use source::{SourceHeader, StorageKind, Unstated};

/// An open `.h5ad` or 10x `.h5` file. Opening reads very little; everything else is read on request.
pub struct Matrix {
    path: PathBuf,
    file: Arc<File>,
    format: Format,
    cells: Frame,
    subset: Option<RowSubset>,
    cache: Arc<ChunkCache>,
}

impl Matrix {
    /// Opens a file for reading, without locking it. The format is detected from the content.
    ///
    /// # Errors
    /// Fails if the file is damaged, is not an `.h5ad` or 10x `.h5` file, or has no cell names.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::of_open_file(path, detect::open(path)?)
    }

    /// Opens a file through the descriptor that is checked. `path` is used in error messages.
    ///
    /// # Errors
    /// Fails under the same conditions as [`Matrix::open`], and if the name of the file was removed meanwhile.
    pub(super) fn of_open_file(path: &Path, file: fs::File) -> Result<Self, Error> {
        detect::check_file(path, &file)?;
        probe::check_file(path, &file)?;
        let is_removed = || file.metadata().is_ok_and(|metadata| metadata.nlink() == 0);
        match hdf5_thread::run(|| File::open(&file)) {
            None if is_removed() => Err(Error::Replaced { path: path.to_owned() }),
            opened => Self::of_file(path, opened),
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
        Self::of_file(path, hdf5_thread::run(|| File::open_image(&image)))
    }

    fn of_file(path: &Path, file: Option<File>) -> Result<Self, Error> {
        let file = Arc::new(file.ok_or_else(|| Error::Unopenable { path: path.to_owned() })?);
        let (format, cells) = hdf5_thread::run(|| {
            let format = Format::of(&file, path)?;
            let cells = format.cells(&file, path)?;
            Ok((format, cells))
        })?;
        let cache = Arc::new(ChunkCache::new(CACHE));
        Ok(Self { path: path.to_owned(), file, format, cells, subset: None, cache })
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
            let genes = self.genes(source)?.rows;
            source::describe(&self.file, &at, source, [self.cells_in_file(), genes])
        })
    }

    fn genes(&self, source: &CountSource) -> Result<Frame, Error> {
        self.format.genes(&self.file, &self.path, source)
    }

    /// Returns whether the file has both `raw/X` and the `raw.X` of anndata before 0.7.
    pub fn has_two_raw_forms(&self) -> bool {
        let is_there =
            |object| Node::find(&self.file, &Location::new(&self.path, object)).is_ok_and(|node| node.is_some());
        self.format == Format::H5ad && hdf5_thread::run(|| is_there("/raw.X") && is_there("/raw/X"))
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

    /// Returns the columns of obs without the index.
    pub fn obs_columns(&self) -> Vec<ColumnHeader> {
        hdf5_thread::run(|| self.cells.headers(&self.file))
    }

    /// Reads a column of obs.
    ///
    /// # Errors
    /// Fails if the column is missing or damaged.
    pub fn obs_column(&self, name: &str) -> Result<Column, Error> {
        let column = hdf5_thread::run(|| self.cells.column(&self.file, name))?;
        Ok(match &self.subset {
            Some(subset) => subset.select_column(column),
            None => column,
        })
    }

    /// Returns the names and sizes of the embeddings in obsm.
    pub fn obsm(&self) -> Vec<EmbeddingHeader> {
        hdf5_thread::run(|| embedding::headers(&self.file, &self.path, self.cells_in_file()))
    }

    /// Reads two dimensions of an embedding, one pair per cell.
    ///
    /// # Errors
    /// Fails if the embedding is missing or damaged, or has fewer dimensions.
    pub fn embedding(&self, name: &str, dimensions: [usize; 2]) -> Result<Vec<[f32; 2]>, Error> {
        let at = Location::new(&self.path, "/obsm").join(name);
        let points = hdf5_thread::run(|| embedding::read(&self.file, &at, self.cells_in_file(), dimensions))?;
        Ok(match &self.subset {
            Some(subset) => subset.select(&points),
            None => points,
        })
    }

    /// Returns the names of the cell-by-cell matrices in obsp.
    pub fn obsp(&self) -> Vec<String> {
        let at = Location::new(&self.path, "/obsp");
        hdf5_thread::run(|| match Node::find(&self.file, &at) {
            Ok(Some(Node::Group(group))) => group.members().unwrap_or_default(),
            Ok(Some(Node::Dataset(_)) | None) | Err(_) => Vec::new(),
        })
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
        if header.storage != StorageKind::Dense {
            return self.row_source(source, None);
        }
        let at = hdf5_thread::run(|| self.format.location(&self.file, &self.path, source))?;
        let dense = Dense::open(&self.file, &at, [header.cells, header.genes], &Arc::new(ChunkCache::new(0)))?;
        Ok(self.subset_rows(Box::new(dense), ColumnAxis::Genes))
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
        let at = Location::new(&self.path, "/obsp").join(name);
        let cells = self.cells_in_file();
        let source = CountSource::Layer(name.to_owned());
        let header = hdf5_thread::run(|| source::describe(&self.file, &at, &source, [cells, cells]))?;
        Ok(self.subset_rows(self.rows_of(&header, &at, spill)?, ColumnAxis::Cells))
    }

    fn rows_of(&self, header: &SourceHeader, at: &Location, spill: Option<&Path>) -> Result<Box<dyn RowSource>, Error> {
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
        }
    }

    /// Transposes `X` through the disk, regardless of its size.
    #[cfg(test)]
    pub(super) fn transposed_through_disk(&self, spill: &Path) -> Result<Box<dyn RowSource>, Error> {
        let (at, header) = (Location::new(&self.path, "/X"), self.describe(&CountSource::X)?);
        let (cells, genes) = (header.cells, header.genes);
        if header.storage == StorageKind::Dense {
            let dense = Dense::open(&self.file, &at, [cells, genes], &self.cache)?;
            return transpose::dense(&dense, Some(spill));
        }
        let columns = Compressed::open(&self.file, &at, MajorMinor { major: genes, minor: cells }, &self.cache)?;
        transpose::through_disk(&columns, Some(spill))
    }
}
