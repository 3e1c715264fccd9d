//! An open file: what it holds, its names and columns, and the readers of its matrices.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    Column, ColumnHeader, ColumnName, CountSource, Error, RowSource,
    csr::{Compressed, Csr, Lines},
    dense::Dense,
    detect,
    error::Place,
    frame::Frame,
    guard,
    h5::{File, Node},
    hdf5_thread,
    kept::{Across, KeptRows, Narrowed},
    stored::{CACHE, cache::ChunkCache},
    turned,
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

/// An open `.h5ad` or 10x `.h5` file. Opening reads next to nothing; everything else is read when asked for.
pub struct Matrix {
    path: PathBuf,
    file: Arc<File>,
    format: Format,
    cells: Frame,
    kept: Option<KeptRows>,
    cache: Arc<ChunkCache>,
}

impl Matrix {
    /// Opens a file for reading, without locking it. What it is, is told by its content.
    ///
    /// # Errors
    /// If it is no `.h5ad` or 10x `.h5` file, or damaged, or without cells' names.
    pub fn open(path: &Path) -> Result<Self, Error> {
        detect::check_file(path)?;
        guard::check_file(path)?;
        Self::of_file(path, hdf5_thread::run(|| File::open(path)))
    }

    /// Opens the bytes of an `.h5ad` or 10x `.h5` file; `name` stands for its path in messages.
    ///
    /// # Errors
    /// As [`Matrix::open`].
    pub fn from_image(name: &str, image: Vec<u8>) -> Result<Self, Error> {
        let path = Path::new(name);
        detect::check_image(path, &image)?;
        guard::check_image(path, &image)?;
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
        Ok(Self { path: path.to_owned(), file, format, cells, kept: None, cache })
    }

    /// The same file as if it had these cells only: every row from now on is a place among them.
    ///
    /// # Errors
    /// If the file does not have so many cells.
    pub fn keeping(&self, rows: KeptRows) -> Result<Self, Error> {
        if let Some(&last) = rows.rows().last().filter(|last| **last as usize >= self.cells.rows) {
            let expected = format!("cell {last} is to be kept");
            return Err(Error::Shape { at: self.cells.at.clone(), found: vec![self.cells.rows as u64], expected });
        }
        Ok(Self {
            path: self.path.clone(),
            file: self.file.clone(),
            format: self.format.clone(),
            cells: self.cells.clone(),
            kept: Some(rows),
            cache: self.cache.clone(),
        })
    }

    /// The rows of the file that are kept; all if none are named.
    pub fn kept(&self) -> Option<&KeptRows> {
        self.kept.as_ref()
    }

    /// How many cells the file has, kept or not.
    pub fn cells_in_file(&self) -> usize {
        self.cells.rows
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file.
    pub(super) fn file(&self) -> &Arc<File> {
        &self.file
    }

    /// What kind of file it is.
    pub fn format(&self) -> &Format {
        &self.format
    }

    /// How many cells it has; of a narrowed file, how many are kept.
    pub fn cell_count(&self) -> usize {
        self.kept.as_ref().map_or(self.cells.rows, KeptRows::len)
    }

    /// The matrices that can be read. One that cannot does not hide the others.
    ///
    /// # Errors
    /// If there is none at all, or none that can be read: then what is wrong with the first.
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

    /// Shape, storage and type of a matrix.
    ///
    /// # Errors
    /// If it is missing, or stored in a way that is not read, or of another shape than its frames.
    pub fn describe(&self, source: &CountSource) -> Result<SourceHeader, Error> {
        hdf5_thread::run(|| {
            let at = self.format.place(&self.file, &self.path, source)?;
            let genes = self.genes(source)?.rows;
            source::describe(&self.file, &at, source, (self.cells_in_file(), genes))
        })
    }

    fn genes(&self, source: &CountSource) -> Result<Frame, Error> {
        self.format.genes(&self.file, &self.path, source)
    }

    /// Whether there are both the `raw` of today and that of anndata before 0.7.
    pub fn has_two_raw_forms(&self) -> bool {
        let is_there =
            |object| Node::find(&self.file, &Place::new(&self.path, object)).is_ok_and(|node| node.is_some());
        self.format == Format::H5ad && hdf5_thread::run(|| is_there("/raw.X") && is_there("/raw/X"))
    }

    /// The columns of a matrix' genes, the index not among them. Those of `raw.X` are those of `raw.var`; what only the
    /// other of `var` and `raw.var` has is joined by the names of the genes.
    ///
    /// # Errors
    /// If the frame is missing or damaged.
    pub fn gene_columns(&self, source: &CountSource) -> Result<Vec<ColumnHeader>, Error> {
        self.of_genes(source, |genes| Ok(genes.headers()))
    }

    /// Whether a column of a matrix' genes is not their own but joined from another frame.
    pub fn is_joined(&self, source: &CountSource, name: &ColumnName) -> bool {
        let ColumnName::Named(name) = name else { return false };
        self.of_genes(source, |genes| Ok(genes.is_lent(name))).unwrap_or(false)
    }

    /// A column of a matrix' genes as text, one a gene; empty where a value is missing. Missing values are filled from
    /// the columns that a concatenation has split it into, such as `gene_ids-0` and `gene_ids-1` for `gene_ids`.
    ///
    /// # Errors
    /// If it is missing or damaged.
    pub fn gene_column(&self, source: &CountSource, name: &ColumnName) -> Result<Vec<String>, Error> {
        match name {
            ColumnName::Index => self.of_genes(source, |genes| genes.names()),
            ColumnName::Named(name) => self.of_genes(source, |genes| genes.column(name)),
        }
    }

    /// The columns that a column of a matrix' genes is merged from, and how that went.
    ///
    /// # Errors
    /// If it is missing or damaged.
    pub fn merged_gene_column(&self, source: &CountSource, name: &str) -> Result<MergedColumn, Error> {
        self.of_genes(source, |genes| genes.merged(name))
    }

    /// What the file says of the kinds of a matrix' features: of which type and of which genome they are.
    ///
    /// # Errors
    /// If the columns of types or genomes are there but damaged.
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

    /// The cells' names, exactly as in the file.
    ///
    /// # Errors
    /// If they are damaged.
    pub fn cell_names(&self) -> Result<Vec<String>, Error> {
        hdf5_thread::run(|| match &self.kept {
            Some(kept) => self.cells.names_of(&self.file, kept.rows()),
            None => self.cells.names(&self.file),
        })
    }

    /// The name of one cell.
    ///
    /// # Errors
    /// If it is damaged, or there is no such cell.
    pub fn cell_name(&self, cell: usize) -> Result<String, Error> {
        let row = match &self.kept {
            Some(kept) => kept.rows().get(cell).copied(),
            None => u32::try_from(cell).ok().filter(|_| cell < self.cells.rows),
        };
        let names = hdf5_thread::run(|| self.cells.names_of(&self.file, row.as_slice()))?;
        names.into_iter().next().ok_or_else(|| Error::Missing { at: self.cells.at.join(&cell.to_string()) })
    }

    /// The columns of obs, the index not among them.
    pub fn obs_columns(&self) -> Vec<ColumnHeader> {
        hdf5_thread::run(|| self.cells.headers(&self.file))
    }

    /// A column of obs.
    ///
    /// # Errors
    /// If it is missing or damaged.
    pub fn obs_column(&self, name: &str) -> Result<Column, Error> {
        let column = hdf5_thread::run(|| self.cells.column(&self.file, name))?;
        Ok(match &self.kept {
            Some(kept) => kept.pick_column(column),
            None => column,
        })
    }

    /// The names and sizes of the embeddings in obsm.
    pub fn obsm(&self) -> Vec<EmbeddingHeader> {
        hdf5_thread::run(|| embedding::headers(&self.file, &self.path, self.cells_in_file()))
    }

    /// Two dimensions of an embedding, one pair a cell.
    ///
    /// # Errors
    /// If it is missing, damaged, or has fewer dimensions.
    pub fn embedding(&self, name: &str, dimensions: [usize; 2]) -> Result<Vec<[f32; 2]>, Error> {
        let at = Place::new(&self.path, "/obsm").join(name);
        let points = hdf5_thread::run(|| embedding::read(&self.file, &at, self.cells_in_file(), dimensions))?;
        Ok(match &self.kept {
            Some(kept) => kept.pick(&points),
            None => points,
        })
    }

    /// The names of the cell-by-cell matrices in obsp.
    pub fn obsp(&self) -> Vec<String> {
        let at = Place::new(&self.path, "/obsp");
        hdf5_thread::run(|| match Node::find(&self.file, &at) {
            Ok(Some(Node::Group(group))) => group.members().unwrap_or_default(),
            Ok(Some(Node::Dataset(_)) | None) | Err(_) => Vec::new(),
        })
    }

    /// The rows of a matrix.
    ///
    /// A matrix stored by columns, which does not fit into little memory, is turned once into a file in `spill` (the
    /// system's folder for temporary files where none is given); the file is gone when the reader is.
    ///
    /// # Errors
    /// If the matrix is missing, damaged or contradicts itself, or the spill file cannot be written.
    pub fn row_source(&self, source: &CountSource, spill: Option<&Path>) -> Result<Box<dyn RowSource>, Error> {
        let header = self.describe(source)?;
        let at = hdf5_thread::run(|| self.format.place(&self.file, &self.path, source))?;
        Ok(self.narrowed(self.rows_of(&header, &at, spill)?, Across::Genes))
    }

    /// The rows of a matrix for a look here and there: nothing is kept for a next window, and an array whose storage
    /// chunks run down its columns is not turned.
    ///
    /// # Errors
    /// If the matrix is missing, damaged or contradicts itself.
    pub fn rows_to_look_at(&self, source: &CountSource) -> Result<Box<dyn RowSource>, Error> {
        let header = self.describe(source)?;
        if header.storage != StorageKind::Dense {
            return self.row_source(source, None);
        }
        let at = hdf5_thread::run(|| self.format.place(&self.file, &self.path, source))?;
        let dense = Dense::open(&self.file, &at, (header.cells, header.genes), &Arc::new(ChunkCache::new(0)))?;
        Ok(self.narrowed(Box::new(dense), Across::Genes))
    }

    fn narrowed(&self, rows: Box<dyn RowSource>, across: Across) -> Box<dyn RowSource> {
        match &self.kept {
            Some(kept) => Box::new(Narrowed::new(rows, kept.clone(), across)),
            None => rows,
        }
    }

    /// The rows of a cell-by-cell matrix in obsp.
    ///
    /// # Errors
    /// As [`Matrix::row_source`].
    pub fn row_source_of_obsp(&self, name: &str, spill: Option<&Path>) -> Result<Box<dyn RowSource>, Error> {
        let at = Place::new(&self.path, "/obsp").join(name);
        let cells = self.cells_in_file();
        let source = CountSource::Layer(name.to_owned());
        let header = hdf5_thread::run(|| source::describe(&self.file, &at, &source, (cells, cells)))?;
        Ok(self.narrowed(self.rows_of(&header, &at, spill)?, Across::Cells))
    }

    fn rows_of(&self, header: &SourceHeader, at: &Place, spill: Option<&Path>) -> Result<Box<dyn RowSource>, Error> {
        let open = |lines| Compressed::open(&self.file, at, lines, &self.cache);
        let (cells, genes) = (header.cells, header.genes);
        match header.storage {
            StorageKind::Csr => Ok(Box::new(Csr(open(Lines { count: cells, places: genes })?))),
            StorageKind::Csc => turned::turn_sparse(&open(Lines { count: genes, places: cells })?, spill),
            StorageKind::Dense => {
                let dense = Dense::open(&self.file, at, (cells, genes), &self.cache)?;
                // Two readers are to find their bands in the cache.
                if dense.band_bytes() > CACHE / 2 { turned::turn_dense(&dense, spill) } else { Ok(Box::new(dense)) }
            }
        }
    }

    /// Turns the columns of `X` through the disk, however small it is.
    #[cfg(test)]
    pub(super) fn turned_through_disk(&self, spill: &Path) -> Result<Box<dyn RowSource>, Error> {
        let (at, header) = (Place::new(&self.path, "/X"), self.describe(&CountSource::X)?);
        let (cells, genes) = (header.cells, header.genes);
        if header.storage == StorageKind::Dense {
            let dense = Dense::open(&self.file, &at, (cells, genes), &self.cache)?;
            return turned::turn_dense(&dense, Some(spill));
        }
        let columns = Compressed::open(&self.file, &at, Lines { count: genes, places: cells }, &self.cache)?;
        turned::through_disk(&columns, Some(spill))
    }
}
