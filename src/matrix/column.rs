//! Columns of obs and var.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The name of a column of obs or var: the index or a named column.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum ColumnName {
    /// The index; written as `index` on the command line, as in the official client.
    Index,
    /// A column with a name.
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

/// The name and type of a column, known without reading its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnHeader {
    /// The column name, exactly as in the file.
    pub name: String,
    /// The type of its values.
    pub kind: ColumnKind,
}

/// The type of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Categories.
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
    /// Another type, which is not read.
    Other,
}

/// The values of a column, one per row.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Codes into categories; `None` where the value is missing.
    Categorical {
        /// One code per row, each less than `categories.len()`.
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
    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Categorical { codes, .. } => codes.len(),
            Self::Text(values) => values.len(),
            Self::Integer(values) => values.len(),
            Self::Real(values) => values.len(),
            Self::Boolean(values) => values.len(),
        }
    }

    /// Returns the type of the values.
    pub fn kind(&self) -> ColumnKind {
        match self {
            Self::Categorical { categories, .. } => ColumnKind::Categorical { categories: categories.len() },
            Self::Text(_) => ColumnKind::Text,
            Self::Integer(_) => ColumnKind::Integer,
            Self::Real(_) => ColumnKind::Real,
            Self::Boolean(_) => ColumnKind::Boolean,
        }
    }

    /// Returns whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the value of a row as text, or `None` if it is missing.
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

/// Returns the labels in ascending order of the values, and the label index of each row.
pub fn by_value<T: Ord>(values: &[Option<T>], label: impl Fn(&T) -> String) -> (Vec<String>, Vec<Option<u32>>) {
    let mut codes: BTreeMap<&T, u32> = values.iter().flatten().map(|value| (value, 0)).collect();
    codes.values_mut().zip(0..).for_each(|(code, place)| *code = place);
    let labels = codes.keys().map(|value| label(value)).collect();
    (labels, values.iter().map(|value| value.as_ref().and_then(|value| codes.get(value).copied())).collect())
}
