//! The encoder of uploads. In: rows of the file. Out: the image of a chunk and its digest, or the first value that is
//! not a count.

use std::{ops::Range, path::PathBuf, sync::Arc};

use bytes::Bytes;

use crate::{
    chunk::{Chunk, Digest, GeneMap, Sanitizer, ValuePolicy, sanitize},
    domain::text::{excerpt, sentence},
    engine::drive::{Encode, EncodeError, Encoded},
    matrix::{
        self, ColumnName, CountSource, Matrix, RowSource,
        write::{CellBlock, GeneFrame, ImageWriter},
    },
    store::Fingerprint,
};

/// Number of rows read at a time. Only these rows of a chunk are in memory uncompressed.
const WINDOW: usize = 64;

/// The encoder of a file's rows into uploads.
pub(in crate::engine) struct FileEncoder {
    pub(in crate::engine) rows: Box<dyn RowSource>,
    pub(in crate::engine) matrix: Arc<Matrix>,
    /// The matrix of the rows.
    pub(in crate::engine) source: CountSource,
    /// The path of the file, and its fingerprint when it was opened.
    pub(in crate::engine) opened: (PathBuf, Fingerprint),
    pub(in crate::engine) map: Arc<GeneMap>,
    pub(in crate::engine) policy: ValuePolicy,
    pub(in crate::engine) frame: GeneFrame,
}

impl Encode for FileEncoder {
    fn encode(&self, cells: Range<usize>) -> Result<Encoded, EncodeError> {
        let (mut image, mut digest) = (ImageWriter::new(&self.frame), Digest::default());
        self.each_window(cells, |rows| {
            digest.append(rows);
            image.append(&CellBlock::from(rows))
        })?;
        let image = image.finish().map_err(|error| EncodeError::Unreadable(sentence(&error)))?;
        Ok(Encoded { image: Bytes::from(image), digest: digest.finish() })
    }

    fn scan(&self, cells: Range<usize>) -> Result<(), EncodeError> {
        for first in cells.clone().step_by(WINDOW) {
            let window = first..cells.end.min(first + WINDOW);
            let values = self.rows.values(window.clone());
            let values =
                values.or_else(|error| self.refuse_outdated().and(Err(EncodeError::Unreadable(sentence(&error)))))?;
            if !self.policy.accepts_all(&values) {
                // Some columns do not count and duplicates are summed, so the sanitized rows decide.
                self.each_window(window, |_| Ok(()))?;
            }
        }
        Ok(())
    }
}

impl FileEncoder {
    /// Calls `visit` with the rows of a range in schema order, a window at a time.
    pub(in crate::engine) fn each_window(
        &self,
        cells: Range<usize>,
        mut visit: impl FnMut(&Chunk) -> Result<(), matrix::Error>,
    ) -> Result<(), EncodeError> {
        let mut sanitizer = Sanitizer::new(cells.start, &self.map, self.policy);
        let unreadable = |error| EncodeError::Unreadable(sentence(&error));
        for first in cells.clone().step_by(WINDOW) {
            let rows = self.rows.rows(first..cells.end.min(first + WINDOW));
            let rows = rows.or_else(|error| self.refuse_outdated().and(Err(unreadable(error))))?;
            let appended = sanitizer.append(&rows);
            appended
                .or_else(|error| self.refuse_outdated().and(Err(describe_odd(&self.matrix, &self.source, &error))))?;
            visit(sanitizer.rows()).map_err(unreadable)?;
            sanitizer.clear();
        }
        self.refuse_outdated()
    }

    /// Computes the digest of the rows in a range, as stored with their answer.
    pub(in crate::engine) fn digest(&self, cells: Range<usize>) -> Result<String, EncodeError> {
        let mut digest = Digest::default();
        self.each_window(cells, |rows| {
            digest.append(rows);
            Ok(())
        })?;
        Ok(digest.finish())
    }

    /// Fails if the file was modified after it was opened, because the rows read would be inconsistent.
    fn refuse_outdated(&self) -> Result<(), EncodeError> {
        let (path, opened) = &self.opened;
        if opened.is_outdated(path) {
            let path = crate::domain::text::clean(&path.to_string_lossy()).into_owned();
            return Err(EncodeError::Unreadable(format!("{path} has changed since it was opened")));
        }
        Ok(())
    }
}

/// Describes a value that is not a count with the names of its cell and gene, if these can be read.
pub(in crate::engine) fn describe_odd(matrix: &Matrix, source: &CountSource, error: &sanitize::Error) -> EncodeError {
    let (cell, gene) = error.place();
    let row = matrix.file_row(cell).map_or(cell, |row| row as usize);
    let (cell, gene) = names_at(matrix, source, cell, gene);
    EncodeError::NotCounts(format!("{}; the cell is {cell}, the gene {gene}", sentence(&error.clone().in_row(row))))
}

/// Returns the names of a cell and a gene for messages, or "unnamed" if they cannot be read.
pub(in crate::engine) fn names_at(matrix: &Matrix, source: &CountSource, cell: usize, gene: u32) -> (String, String) {
    let genes = matrix.gene_column(source, &ColumnName::Index).unwrap_or_default();
    let name = |name: Option<&String>| name.map_or_else(|| "unnamed".into(), |name| excerpt(name));
    (name(matrix.cell_name(cell).ok().as_ref()), name(genes.get(gene as usize)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::FeatureSchema,
        matrix::{FeatureKinds, FileWriter, RowSlice, RowSubset},
    };

    /// Returns the encoder of a file with two cells and two genes with one entry each. Only the first gene counts.
    fn encoder(values: [f32; 2], policy: ValuePolicy) -> (tempfile::TempDir, FileEncoder) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("two.h5ad");
        let ids = ["ENSG00000000001".to_owned(), "antibody".to_owned()];
        let frame = GeneFrame::new(&ids, None);
        let mut writer = FileWriter::create(&path, &frame, &["first".into(), "second".into()]).unwrap();
        let (indptr, indices, totals) = ([0, 1, 2], [0, 1], [1.0, 1.0]);
        let block = CellBlock { first_cell: 0, indptr: &indptr, indices: &indices, data: &values, totals: &totals };
        writer.append(&block).unwrap();
        writer.finish().unwrap();
        let matrix = Arc::new(Matrix::open(&path).unwrap());
        let schema = FeatureSchema::new("s", ids[..1].to_vec());
        let map = Arc::new(GeneMap::new(&ids, &FeatureKinds::of_types(&["GEX".into(), "ADT".into()]), &schema));
        let rows = matrix.row_source(&CountSource::X, None).unwrap();
        let opened = (path.clone(), Fingerprint::of(&path).unwrap());
        (folder, FileEncoder { rows, matrix, opened, source: CountSource::X, map, policy, frame })
    }

    #[test]
    fn scanning_finds_the_same_values_as_encoding_and_names_cell_and_gene() {
        let look = |values, policy| encoder(values, policy).1.scan(0..2);
        assert_eq!(look([3.0, 4.0], ValuePolicy::WholeNumbers), Ok(()));
        assert_eq!(look([3.0, 0.5], ValuePolicy::WholeNumbers), Ok(()), "antibodies are not sent");
        assert_eq!(look([0.5, 1.0], ValuePolicy::NonNegative), Ok(()));
        let Err(EncodeError::NotCounts(found)) = look([0.5, 1.0], ValuePolicy::WholeNumbers) else { panic!("passes") };
        assert!(found.contains("row 0, column 0 is 0.5"), "{found}");
        assert!(found.ends_with("the cell is first, the gene ENSG00000000001"), "{found}");
    }

    #[test]
    fn the_row_of_an_odd_value_is_that_of_the_file() {
        let (folder, _) = encoder([3.0, 0.5], ValuePolicy::WholeNumbers);
        let file = Matrix::open(&folder.path().join("two.h5ad")).unwrap();
        let second = file.subset(RowSubset::new(vec![1])).unwrap();
        let error = sanitize::Error::Fractional { cell: 0, gene: 0, value: 0.5 };
        let EncodeError::NotCounts(found) = describe_odd(&second, &CountSource::X, &error) else {
            panic!("unreadable")
        };
        assert!(found.contains("row 1, column 0 is 0.5") && found.contains("the cell is second"), "{found}");
    }

    #[test]
    fn values_without_indices_equal_those_of_the_rows() {
        let (_folder, encoder) = encoder([3.0, 4.0], ValuePolicy::WholeNumbers);
        let rows: Result<RowSlice, matrix::Error> = encoder.rows.rows(0..2);
        assert_eq!(encoder.rows.values(0..2).unwrap(), rows.unwrap().data);
        assert_eq!(encoder.rows.values(1..2).unwrap(), [4.0]);
    }
}
