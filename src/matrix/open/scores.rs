//! Scores of ontology terms in obsm, as the official client inserts them: a sparse matrix by rows, with the ids and
//! labels of its columns in uns.

use std::{ops::Range, sync::Arc};

use super::Matrix;
use crate::matrix::{
    Column, Error,
    error::Location,
    frame::{Field, StoredField, values},
    hdf5_thread,
    numeric_dataset::{NumericDataset, cache::ChunkCache},
    tree::Node,
};

/// The key of the scores in obsm.
const SCORES: &str = "cas_cl_scores";
/// The key of their description in uns.
const METADATA: &str = "cas_metadata";
/// Maximum number of terms.
const MOST_TERMS: usize = 1 << 20;

/// Scores of terms for each cell.
pub struct TermScores {
    /// The number of columns.
    pub columns: usize,
    /// The id of the term of each column.
    pub terms: Vec<String>,
    /// The label of the term of each column.
    pub labels: Vec<String>,
    indptr: Vec<u64>,
    indices: NumericDataset,
    data: NumericDataset,
}

impl Matrix {
    fn term_scores_at(&self) -> Location {
        self.obsm_at().join(SCORES)
    }

    /// Returns whether the file has scores of terms.
    pub fn has_term_scores(&self) -> bool {
        let at = self.term_scores_at();
        hdf5_thread::run(|| matches!(Node::find(&self.file, &at), Ok(Some(Node::Group(_)))))
    }

    /// Opens the scores of terms.
    ///
    /// # Errors
    /// Fails if they are missing, damaged, or not stored as a sparse matrix by rows.
    pub fn term_scores(&self) -> Result<TermScores, Error> {
        let at = self.term_scores_at();
        let cells = self.cells_in_file();
        hdf5_thread::run(|| {
            let Node::Group(group) = Node::open(&self.file, &at)? else {
                return Err(Error::Missing { at: at.clone() });
            };
            let shape: Vec<u64> = group.numbers("shape").unwrap_or_default();
            let refuse = |found: Vec<u64>, expected: &str| {
                Err(Error::Shape { at: at.clone(), found, expected: expected.to_owned() })
            };
            let is_by_rows = group.text("encoding-type").is_none_or(|kind| kind == "csr_matrix");
            let [rows, columns] = shape[..] else { return refuse(shape, "a sparse matrix is needed") };
            if rows != cells as u64 || columns > MOST_TERMS as u64 || !is_by_rows {
                return refuse(shape, "a sparse matrix by rows (CSR) with one row per cell is needed");
            }
            let cache = Arc::new(ChunkCache::new(1 << 24));
            let open = |name: &str| NumericDataset::open(&self.file, &at.join(name), &cache);
            let (indptr, indices, data) = (open("indptr")?, open("indices")?, open("data")?);
            let mut ends: Vec<u64> = Vec::new();
            if indptr.len()? != rows + 1 || indices.len()? != data.len()? {
                return refuse(vec![indptr.len()?, indices.len()?, data.len()?], "its parts must fit together");
            }
            indptr.read(0..rows + 1, &mut ends)?;
            let ascend = ends.first() == Some(&0) && ends.is_sorted() && ends.last() == Some(&data.len()?);
            if !ascend || ends.windows(2).any(|row| row[1] - row[0] > columns) {
                return refuse(vec![data.len()?], "its rows must ascend and have one entry per column at most");
            }
            let named = |name: &str| self.texts_at(&self.uns_at().join(METADATA).join(name));
            let (terms, labels) = (named("cl_names")?, named("cl_labels")?);
            Ok(TermScores { columns: columns as usize, terms, labels, indptr: ends, indices, data })
        })
    }

    fn uns_at(&self) -> Location {
        Location::new(&self.path, format!("{}/uns", self.format.anndata().unwrap_or_default()))
    }

    /// Reads a list of texts. Runs on the HDF5 thread.
    fn texts_at(&self, at: &Location) -> Result<Vec<String>, Error> {
        let field = StoredField::Object { at: at.clone(), categories: at.clone() };
        let column = values::read(&self.file, &Field::Stored(field))?;
        if column.len() > MOST_TERMS {
            let (size, limit) = (column.len() as u64, MOST_TERMS as u64);
            return Err(Error::TooLarge { at: at.clone(), size, unit: "terms", limit });
        }
        let text = |row: usize| column.text(row).unwrap_or_default();
        let kinds = matches!(column, Column::Text(_) | Column::Categorical { .. });
        if kinds { Ok((0..column.len()).map(text).collect()) } else { Err(Error::Missing { at: at.clone() }) }
    }
}

impl TermScores {
    /// Returns the number of scores.
    pub fn entry_count(&self) -> u64 {
        self.indptr.last().copied().unwrap_or_default()
    }

    /// Reads the columns and scores of some rows.
    ///
    /// # Errors
    /// Fails if the file is damaged.
    ///
    /// # Panics
    /// Panics if a row is out of range.
    pub fn rows(&self, rows: Range<usize>) -> Result<Vec<Vec<(u32, f64)>>, Error> {
        let entries = self.indptr[rows.start]..self.indptr[rows.end];
        let (mut columns, mut scores): (Vec<u32>, Vec<f64>) = Default::default();
        self.indices.read(entries.clone(), &mut columns)?;
        self.data.read(entries.clone(), &mut scores)?;
        if let Some(&column) = columns.iter().find(|column| **column as usize >= self.columns) {
            let expected = format!("there are {} columns", self.columns);
            return Err(Error::Shape { at: self.indices.at().clone(), found: vec![u64::from(column)], expected });
        }
        let mut all = columns.into_iter().zip(scores);
        let row = |row: usize| all.by_ref().take((self.indptr[row + 1] - self.indptr[row]) as usize).collect();
        Ok(rows.map(row).collect())
    }
}
