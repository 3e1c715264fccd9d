//! Additions to obsm: sparse matrices and embeddings.

use super::{AnnotatedCopy, SparseRows, dataset::encode, uns::cleared};
use crate::matrix::{Error, error::Location, h5::make};

impl AnnotatedCopy {
    /// Starts a sparse matrix in obsm: one row per cell, `columns` columns.
    ///
    /// # Errors
    /// Fails if the matrix cannot be written.
    pub fn add_sparse(&self, key: &str, columns: usize) -> Result<SparseRows<'_>, Error> {
        let object = format!("/obsm/{key}");
        let group = self.edit(|file| {
            let (obsm, key) = cleared(file, c"obsm", key)?;
            let group = make::group(&obsm, &key)?;
            encode(&group, c"csr_matrix", c"0.1.0")?;
            make::numbers_attribute(&group, c"shape", &[self.cells as i64, columns as i64])?;
            Some(group)
        });
        let rows = group.and_then(|group| SparseRows::create(self, &object, group));
        rows.ok_or_else(|| self.failed(&object))
    }

    /// Adds a two-dimensional embedding to obsm, one point per cell.
    ///
    /// # Errors
    /// Fails if the number of points is not the number of cells, or the embedding cannot be written.
    pub fn add_embedding(&self, key: &str, points: &[[f32; 2]]) -> Result<(), Error> {
        let object = format!("/obsm/{key}");
        if points.len() != self.cells {
            let (found, expected) = (vec![points.len() as u64, 2], format!("there are {} cells", self.cells));
            return Err(Error::Shape { at: Location::new(&self.target, object), found, expected });
        }
        let added = self.edit(|file| {
            let (obsm, key) = cleared(file, c"obsm", key)?;
            encode(&make::pairs(&obsm, &key, points)?, c"array", c"0.2.0")
        });
        added.ok_or_else(|| self.failed(&object))
    }
}
