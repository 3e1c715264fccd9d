//! The window of rows every storage layout is read through.

use std::{fmt, ops::Range, str::FromStr};

use serde::{Deserialize, Serialize};

use super::Error;

/// Which matrix of a file holds the counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CountSource {
    /// `X`
    X,
    /// `raw.X`, whose genes are those of `raw.var`
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

/// A text that names no matrix.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' names no matrix: give X, raw.X or layers/NAME, such as layers/counts")]
pub struct UnknownSource(String);

impl FromStr for CountSource {
    type Err = UnknownSource;

    /// Reads `X`, `raw.X` and `layers/NAME`. A name alone is that of a layer: whether there is one, the file tells.
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

/// The layer's name in `layers/NAME`, `layers['NAME']` as in Python, or `NAME`.
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

/// A count matrix that gives its rows by windows, in any order, from any thread.
pub trait RowSource: Send + Sync {
    /// The number of rows.
    fn cell_count(&self) -> usize;

    /// The number of columns.
    fn gene_count(&self) -> usize;

    /// The rows of a range, which must lie within `0..cell_count()`.
    ///
    /// # Errors
    /// Whatever is wrong with that part of the file: damaged storage, indices out of range, a type that is no number.
    fn rows(&self, cells: Range<usize>) -> Result<RowSlice, Error>;

    /// The values of a range of rows without their places, zeros among them or not: for looking whether all are counts,
    /// which costs half as much as reading the rows where values and places are stored apart.
    ///
    /// # Errors
    /// As [`RowSource::rows`].
    fn values(&self, cells: Range<usize>) -> Result<Vec<f32>, Error> {
        Ok(self.rows(cells)?.data)
    }
}

/// Rows of a matrix in compressed sparse row form.
///
/// Within a row the indices ascend strictly: unsorted entries were sorted, repeated ones summed, stored zeros dropped.
/// Values are as in the file, converted to `f32`; they may be negative, fractional or not finite.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowSlice {
    /// The file's row number of the first row.
    pub first_cell: usize,
    /// Where each row starts in the other two, and at the end their length: one more entry than there are rows.
    pub indptr: Vec<usize>,
    /// Column numbers, each below `gene_count()`.
    pub indices: Vec<u32>,
    /// Values, as many as there are indices.
    pub data: Vec<f32>,
}

impl RowSlice {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.indptr.len().saturating_sub(1)
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends some of the rows of another slice, counted from its first.
    pub fn extend_from(&mut self, other: &Self, rows: Range<usize>) {
        if self.indptr.is_empty() {
            self.indptr.push(0);
        }
        let (start, first) = (self.indices.len(), other.indptr[rows.start]);
        self.indptr.extend(other.indptr[rows.start + 1..=rows.end].iter().map(|end| start + end - first));
        self.indices.extend_from_slice(&other.indices[first..other.indptr[rows.end]]);
        self.data.extend_from_slice(&other.data[first..other.indptr[rows.end]]);
    }

    /// The rows, each as its column numbers and its values.
    pub fn iter(&self) -> impl Iterator<Item = (&[u32], &[f32])> {
        self.indptr.windows(2).map(|ends| (&self.indices[ends[0]..ends[1]], &self.data[ends[0]..ends[1]]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_matrix_is_named_as_in_python_or_by_its_layer_alone() {
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
