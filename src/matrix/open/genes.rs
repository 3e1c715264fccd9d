//! The data of a matrix's genes: columns of var, merged columns and feature types.

use super::{FeatureKinds, Matrix, MergedColumn, features};
use crate::matrix::{ColumnHeader, ColumnName, CountSource, Error, frame::Frame, hdf5_thread};

impl Matrix {
    pub(super) fn genes(&self, source: &CountSource) -> Result<Frame, Error> {
        self.format.genes(&self.file, &self.path, source)
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
}
