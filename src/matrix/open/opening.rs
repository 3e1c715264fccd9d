//! Opening of files, folders and images. In: a path, a descriptor or bytes. Out: a [`Matrix`] whose content was
//! checked.

use std::{fs, os::unix::fs::MetadataExt, path::Path, sync::Arc};

use super::{Format, Matrix};
use crate::matrix::{
    Error, cell_ranger, detect, h5, hdf5_thread,
    mex::{self, Mex},
    numeric_dataset::{CACHE, cache::ChunkCache},
    probe,
    tree::File,
    zarr,
};

impl Matrix {
    /// Opens a file or folder for reading, without locking it. The format is detected from the content. A folder is
    /// replaced by the matrix in it (see [`resolve`](crate::matrix::resolve)).
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
    pub(in crate::matrix) fn open_alone(path: &Path) -> Result<Self, Error> {
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
    pub(in crate::matrix) fn of_open_file(path: &Path, file: fs::File) -> Result<Self, Error> {
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
}
