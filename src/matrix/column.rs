//! Columns of obs and var.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// Which column of a frame: its index or one of the others.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum ColumnName {
    /// The index; called `index` on the command line, as in the official client.
    Index,
    /// A column by its name.
    Named(String),
}

impl fmt::Display for ColumnName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index => f.write_str("index"),
            Self::Named(name) => f.write_str(name),
        }
    }
}

impl From<String> for ColumnName {
    fn from(name: String) -> Self {
        if name == "index" { Self::Index } else { Self::Named(name) }
    }
}

impl From<ColumnName> for String {
    fn from(name: ColumnName) -> Self {
        name.to_string()
    }
}

impl FromStr for ColumnName {
    type Err = std::convert::Infallible;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(Self::from(name.to_owned()))
    }
}

/// A column's name and type, known without reading its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnHeader {
    /// Its name, exactly as in the file.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// One of so many categories a row.
    Categorical {
        /// The number of categories.
        categories: usize,
    },
    /// Text.
    Text,
    /// Whole numbers.
    Integer,
    /// Real numbers.
    Real,
    /// True or false.
    Boolean,
    /// Something else, which is not read.
    Other,
}

/// The values of a column, one a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Codes into categories; `None` where the value is missing.
    Categorical {
        /// One a row, each below `categories.len()`.
        codes: Vec<Option<u32>>,
        /// The categories in the file's order.
        categories: Vec<String>,
    },
    /// Text; `None` where the value is missing.
    Text(Vec<Option<String>>),
    /// Whole numbers; `None` where the value is missing.
    Integer(Vec<Option<i64>>),
    /// Real numbers; NaN where the value is missing.
    Real(Vec<f64>),
    /// True or false; `None` where the value is missing.
    Boolean(Vec<Option<bool>>),
}

impl Column {
    /// How many rows it has.
    pub fn len(&self) -> usize {
        match self {
            Self::Categorical { codes, .. } => codes.len(),
            Self::Text(values) => values.len(),
            Self::Integer(values) => values.len(),
            Self::Real(values) => values.len(),
            Self::Boolean(values) => values.len(),
        }
    }

    /// Whether it has no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a row as text, `None` where it is missing.
    pub fn text(&self, row: usize) -> Option<String> {
        match self {
            Self::Categorical { codes, categories } => codes[row].map(|code| categories[code as usize].clone()),
            Self::Text(values) => values[row].clone(),
            Self::Integer(values) => values[row].map(|value| value.to_string()),
            Self::Real(values) => (!values[row].is_nan()).then(|| values[row].to_string()),
            Self::Boolean(values) => values[row].map(|value| value.to_string()),
        }
    }
}
