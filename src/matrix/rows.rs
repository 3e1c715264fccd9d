//! The interface through which all storage layouts are read: windows of rows.

use std::{fmt, ops::Range, str::FromStr};

use serde::{Deserialize, Serialize};

use super::Error;

/// The matrix of a file that contains the counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CountSource {
    /// `X`
    X,
    /// `raw.X`, with the genes of `raw.var`
    RawX,
    /// `layers[name]`
    Layer(String),
}

impl fmt::Display for CountSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::X => f.write_str("X"),
            Self::RawX => f.write_str("raw.X"),
            Self::Layer(name) => write!(f, "layers/{name}"),
        }
    }
}

/// An error for text that does not name a matrix.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is not the name of a matrix: use X, raw.X or layers/NAME, such as layers/counts")]
pub struct UnknownSource(String);

impl FromStr for CountSource {
    type Err = UnknownSource;

    /// Parses `X`, `raw.X` and `layers/NAME`. Any other name is taken as the name of a layer, which may not exist.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim() {
            "X" => Ok(Self::X),
            "raw.X" | "raw/X" => Ok(Self::RawX),
            trimmed => layer_name(trimmed)
                .map(|name| Self::Layer(name.to_owned()))
                .ok_or_else(|| UnknownSource(crate::domain::text::excerpt(text))),
        }
    }
}

/// Returns the layer name in `layers/NAME`, `layers['NAME']` (as in Python) or `NAME`.
fn layer_name(text: &str) -> Option<&str> {
    let python = text.strip_prefix("layers[").and_then(|rest| rest.strip_suffix(']'));
    let name = match python {
        Some(quoted) => quoted.trim_matches(['\'', '"']),
        None => text.strip_prefix("layers/").unwrap_or(text),
    };
    (!name.is_empty()).then_some(name)
}

impl TryFrom<String> for CountSource {
    type Error = UnknownSource;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<CountSource> for String {
    fn from(source: CountSource) -> Self {
        source.to_string()
    }
}

/// A count matrix that is read by windows of rows, in any order and from any thread.
pub trait RowSource: Send + Sync {
    /// Returns the number of rows.
    fn cell_count(&self) -> usize;

    /// Returns the number of columns.
    fn gene_count(&self) -> usize;

    /// Reads a range of rows, which must be within `0..cell_count()`.
    ///
    /// # Errors
    /// Fails if this part of the file is damaged, has indices out of range, or has values that are not numbers.
    fn rows(&self, cells: Range<usize>) -> Result<RowSlice, Error>;

    /// Reads the values of a range of rows without their indices. Zeros may be included.
    ///
    /// This serves to check whether all values are counts. It takes half the time of reading the rows if values and
    /// indices are stored separately.
    ///
    /// # Errors
    /// Fails under the same conditions as [`RowSource::rows`].
    fn values(&self, cells: Range<usize>) -> Result<Vec<f32>, Error> {
        Ok(self.rows(cells)?.data)
    }
}

/// Rows of a matrix in compressed sparse row (CSR) form.
///
/// The indices of a row are strictly ascending: entries have been sorted, duplicates summed and zeros dropped. Values
/// are those of the file converted to `f32`; they may be negative, fractional or not finite.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowSlice {
    /// Row number of the first row in the file.
    pub first_cell: usize,
    /// The start of each row in `indices` and `data`, followed by their length: one element more than there are rows.
    pub indptr: Vec<usize>,
    /// Column numbers, each less than `gene_count()`.
    pub indices: Vec<u32>,
    /// Values, one for each index.
    pub data: Vec<f32>,
}

impl RowSlice {
    /// Creates a slice from the entries of each row, with ascending columns.
    pub(super) fn of_entries(first_cell: usize, rows: Vec<Vec<(u32, f32)>>) -> Self {
        let mut slice = Self { first_cell, indptr: vec![0], ..Self::default() };
        for row in rows {
            slice.indices.extend(row.iter().map(|&(column, _)| column));
            slice.data.extend(row.iter().map(|&(_, value)| value));
            slice.indptr.push(slice.indices.len());
        }
        slice
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.indptr.len().saturating_sub(1)
    }

    /// Returns whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends a range of rows of another slice. Rows are counted from the start of that slice.
    pub fn extend_from(&mut self, other: &Self, rows: Range<usize>) {
        if self.indptr.is_empty() {
            self.indptr.push(0);
        }
        let (start, first) = (self.indices.len(), other.indptr[rows.start]);
        self.indptr.extend(other.indptr[rows.start + 1..=rows.end].iter().map(|end| start + end - first));
        self.indices.extend_from_slice(&other.indices[first..other.indptr[rows.end]]);
        self.data.extend_from_slice(&other.data[first..other.indptr[rows.end]]);
    }

    /// Iterates over the rows: the column numbers and the values of each.
    pub fn iter(&self) -> impl Iterator<Item = (&[u32], &[f32])> {
        self.indptr.windows(2).map(|ends| (&self.indices[ends[0]..ends[1]], &self.data[ends[0]..ends[1]]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrix_names_may_be_python_expressions_or_plain_layer_names() {
        let layer = |name: &str| Some(CountSource::Layer(name.into()));
        for (text, source) in [
            ("X", Some(CountSource::X)),
            ("raw.X", Some(CountSource::RawX)),
            ("raw/X", Some(CountSource::RawX)),
            ("layers/counts", layer("counts")),
            ("layers['counts']", layer("counts")),
            ("layers[\"counts\"]", layer("counts")),
            ("counts", layer("counts")),
            ("layers/a/b", layer("a/b")),
            ("layers/", None),
            ("", None),
        ] {
            assert_eq!(text.parse().ok(), source, "{text}");
        }
    }
}
