//! The matrices of a file. Out: their shapes, storage and types.

use super::{Format, Matrix, SourceHeader, loom, source};
use crate::matrix::{
    CountSource, Error,
    error::Location,
    hdf5_thread,
    tree::{File, Node},
};

impl Matrix {
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

    /// Returns whether the file has both `raw/X` and the `raw.X` of anndata before 0.7.
    pub fn has_two_raw_forms(&self) -> bool {
        let Some(root) = self.format.anndata() else { return false };
        let is_there = |object: &str| {
            let at = Location::new(&self.path, format!("{root}{object}"));
            Node::find(&self.file, &at).is_ok_and(|node| node.is_some())
        };
        hdf5_thread::run(|| is_there("/raw.X") && is_there("/raw/X"))
    }
}
