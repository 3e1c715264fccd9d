//! The content of tables, independent of the file format.

use std::sync::Arc;

use crate::results::Error;

/// The file format of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFormat {
    /// Comma-separated text.
    Csv,
    /// Tab-separated text.
    Tsv,
    /// Parquet, compressed with zstd.
    Parquet,
}

impl TableFormat {
    /// Returns the format of files whose names have an ending, such as `csv`.
    pub fn of_ending(ending: &str) -> Option<Self> {
        match ending {
            "csv" => Some(Self::Csv),
            "tsv" => Some(Self::Tsv),
            "parquet" => Some(Self::Parquet),
            _ => None,
        }
    }
}

/// The name and type of a column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

/// The type of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Real,
    Whole,
}

/// The values of a column for some rows. Any of them may be missing.
#[derive(Clone, Debug)]
pub(super) enum Values {
    Text(Vec<Option<Arc<str>>>),
    Real(Vec<Option<f64>>),
    Whole(Vec<Option<i64>>),
}

/// Some rows of a table, stored by column.
#[derive(Clone, Debug)]
pub(super) struct Batch {
    pub(super) columns: Vec<Values>,
}

/// A writer of batches.
pub(super) trait TableSink {
    /// Writes the rows of a batch.
    fn write(&mut self, batch: Batch) -> Result<(), Error>;
    /// Finishes the file after the last row.
    fn finish(&mut self) -> Result<(), Error>;
}

impl Column {
    pub(super) fn text(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: Kind::Text }
    }

    pub(super) fn real(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: Kind::Real }
    }

    pub(super) fn whole(name: impl Into<String>) -> Self {
        Self { name: name.into(), kind: Kind::Whole }
    }
}

impl Values {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(Vec::new()),
            Kind::Real => Self::Real(Vec::new()),
            Kind::Whole => Self::Whole(Vec::new()),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Real(values) => values.len(),
            Self::Whole(values) => values.len(),
        }
    }

    fn append(&mut self, other: &mut Self) {
        match (self, other) {
            (Self::Text(values), Self::Text(others)) => values.append(others),
            (Self::Real(values), Self::Real(others)) => values.append(others),
            (Self::Whole(values), Self::Whole(others)) => values.append(others),
            // Batches of one table have columns of the same kinds.
            (Self::Text(_) | Self::Real(_) | Self::Whole(_), _) => {}
        }
    }

    fn clear(&mut self) {
        match self {
            Self::Text(values) => values.clear(),
            Self::Real(values) => values.clear(),
            Self::Whole(values) => values.clear(),
        }
    }

    fn push(&mut self, value: Value) {
        match (self, value) {
            (Self::Text(values), Value::Text(value)) => values.push(Some(value)),
            (Self::Real(values), Value::Real(value)) => values.push(Some(value)),
            (Self::Whole(values), Value::Whole(value)) => values.push(Some(value)),
            (Self::Text(values), _) => values.push(None),
            (Self::Real(values), _) => values.push(None),
            (Self::Whole(values), _) => values.push(None),
        }
    }
}

/// A value of a row.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(Arc<str>),
    Real(f64),
    Whole(i64),
    Absent,
}

impl Value {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// Creates a value from a count. No count comes near the limit of `i64`.
    pub(super) fn count(count: u64) -> Self {
        Self::Whole(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl Batch {
    pub(super) fn new(columns: &[Column]) -> Self {
        Self { columns: columns.iter().map(|column| Values::new(column.kind)).collect() }
    }

    /// Adds a row. Values missing at its end are absent.
    pub(super) fn push(&mut self, row: impl IntoIterator<Item = Value>) {
        let mut row = row.into_iter();
        self.columns.iter_mut().for_each(|column| column.push(row.next().unwrap_or(Value::Absent)));
    }

    /// Moves the rows of another batch of the same table to the end of this one.
    pub(super) fn append(&mut self, other: &mut Self) {
        self.columns.iter_mut().zip(&mut other.columns).for_each(|(column, other)| column.append(other));
    }

    /// Removes all rows.
    pub(super) fn clear(&mut self) {
        self.columns.iter_mut().for_each(Values::clear);
    }

    pub(super) fn rows(&self) -> usize {
        self.columns.first().map_or(0, Values::len)
    }
}
