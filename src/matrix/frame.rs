//! The frames obs and var: the locations of their index and columns in all layouts that anndata has used. All functions
//! run on the HDF5 thread. The values are read by [`values`].

use std::sync::Arc;

use super::{
    Column, ColumnHeader, ColumnKind, Error,
    error::Location,
    text_table::TableColumn,
    tree::{Dataset, Element, File, Group, Node},
};

pub(crate) mod values;

/// Maximum number of rows.
const MAX_ROWS: u64 = 50_000_000;
/// Usual names of the index, used if the file does not name it.
const INDEX_NAMES: [&str; 2] = ["_index", "index"];
/// The group in which anndata 0.7 stores the categories of a frame's columns.
pub const OLD_CATEGORIES: &str = "__categories";

/// A table with one row per cell or gene. No value is read until requested.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The location of the frame.
    pub at: Location,
    /// Number of rows.
    pub rows: usize,
    index: Field,
    columns: Vec<(String, Field)>,
}

/// The values of a column: where they are, or the values themselves.
#[derive(Clone, Debug)]
pub enum Field {
    /// Stored in objects of the file.
    Stored(StoredField),
    /// A column of a text file, which is read again for each request.
    Line(TableColumn),
    /// In memory.
    Loaded(Arc<Column>),
}

/// The location of a stored column.
#[derive(Clone, Debug)]
pub enum StoredField {
    /// An object for each column.
    Object {
        /// The location of the object.
        at: Location,
        /// The location of the categories in files of anndata 0.7.
        categories: Location,
    },
    /// A field of a dataset of records, as in files of anndata before 0.7.
    Record {
        /// The location of the dataset.
        records: Location,
        /// The name of the field.
        name: String,
        /// The location of the categories, if there are any.
        categories: Location,
    },
}

impl Frame {
    /// Opens a frame.
    pub fn open(file: &Arc<File>, at: &Location) -> Result<Self, Error> {
        match Node::open(file, at)? {
            Node::Group(group) => Self::of_group(file, &group),
            Node::Dataset(records) => Self::of_records(&records),
        }
    }

    /// Opens a frame whose index and columns are known members of `at`, as in 10x files.
    pub fn of_objects(file: &Arc<File>, at: &Location, index: &str, columns: &[String]) -> Result<Self, Error> {
        let field = |name: &str| {
            let categories = at.join(OLD_CATEGORIES).join(name);
            Field::Stored(StoredField::Object { at: at.join(name), categories })
        };
        let rows = rows_of(file, &at.join(index))?;
        let columns = columns.iter().map(|name| (name.clone(), field(name))).collect();
        Ok(Self { at: at.clone(), rows, index: field(index), columns })
    }

    /// Creates a frame whose columns are known, with the index first.
    pub fn of_fields(at: Location, rows: usize, index: Field, columns: Vec<(String, Field)>) -> Self {
        Self { at, rows, index, columns }
    }

    /// Returns the frame with another index.
    #[must_use]
    pub fn with_index(self, index: Field) -> Self {
        Self { index, ..self }
    }

    /// Adds columns, unless a column of that name exists.
    pub fn add(&mut self, columns: impl IntoIterator<Item = (String, Column)>) {
        for (name, column) in columns {
            if !self.has(&name) {
                self.columns.push((name, Field::Loaded(Arc::new(column))));
            }
        }
    }

    fn of_group(file: &Arc<File>, group: &Group) -> Result<Self, Error> {
        let named = group.text("_index");
        let order = group.texts("column-order");
        let members = if named.is_none() || order.is_none() { group.members()? } else { Vec::new() };
        let usual = || INDEX_NAMES.iter().find(|name| members.iter().any(|member| member == *name));
        let index = named.or_else(|| usual().map(|&name| name.to_owned()));
        let index = index.ok_or_else(|| Error::MissingIndex { at: group.at.clone() })?;
        let columns = order.unwrap_or_else(|| {
            members.into_iter().filter(|member| *member != index && member != OLD_CATEGORIES).collect()
        });
        Self::of_objects(file, &group.at, &index, &columns).map_err(|error| match error {
            Error::Missing { .. } => Error::MissingIndex { at: group.at.clone() },
            other => other,
        })
    }

    /// Opens a table of records. Its first field is the index; the categories are in uns.
    fn of_records(records: &Dataset) -> Result<Self, Error> {
        let field = |name: &String| {
            let categories = Location::new(&records.at.file, format!("/uns/{name}_categories"));
            Field::Stored(StoredField::Record { records: records.at.clone(), name: name.clone(), categories })
        };
        let names = records.fields();
        let (index, columns) = names.split_first().ok_or_else(|| Error::MissingIndex { at: records.at.clone() })?;
        let columns = columns.iter().map(|name| (name.clone(), field(name))).collect();
        Ok(Self { at: records.at.clone(), rows: row_count(records)?, index: field(index), columns })
    }

    /// Returns the names and types of the columns. The type of an unreadable column is [`ColumnKind::Other`].
    pub fn headers(&self, file: &Arc<File>) -> Vec<ColumnHeader> {
        let kind = |field| values::kind(file, field).unwrap_or(ColumnKind::Other);
        self.columns.iter().map(|(name, field)| ColumnHeader { name: name.clone(), kind: kind(field) }).collect()
    }

    /// Returns whether there is a column with that name.
    pub fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|(other, _)| other == name)
    }

    /// Reads the values of a column.
    pub fn column(&self, file: &Arc<File>, name: &str) -> Result<Column, Error> {
        let field = self.columns.iter().find(|(other, _)| other == name).map(|(_, field)| field);
        let field = field.ok_or_else(|| Error::NoColumn {
            at: self.at.clone(),
            name: name.to_owned(),
            columns: self.columns.iter().map(|(other, _)| other.clone()).collect(),
        })?;
        self.checked(name, values::read(file, field)?)
    }

    /// Reads the index as text. Numbers are formatted in decimal, and missing values are empty.
    pub fn names(&self, file: &Arc<File>) -> Result<Vec<String>, Error> {
        match self.checked("index", values::read(file, &self.index)?)? {
            Column::Text(texts) => Ok(texts.into_iter().map(Option::unwrap_or_default).collect()),
            column => Ok((0..column.len()).map(|row| column.text(row).unwrap_or_default()).collect()),
        }
    }

    /// Reads the index of some rows, in ascending order, in the format of [`Frame::names`]. Names of other rows are not
    /// kept in memory.
    pub fn names_of(&self, file: &Arc<File>, rows: &[u32]) -> Result<Vec<String>, Error> {
        match values::texts_of(file, &self.index, rows)? {
            Some(names) => Ok(names),
            None => self.names(file).map(|names| rows.iter().map(|&row| names[row as usize].clone()).collect()),
        }
    }

    fn checked(&self, name: &str, column: Column) -> Result<Column, Error> {
        if column.len() == self.rows {
            return Ok(column);
        }
        let (at, found) = (self.at.join(name), vec![column.len() as u64]);
        Err(Error::Shape { at, found, expected: format!("its frame has {} rows", self.rows) })
    }
}

/// Returns the number of rows of a column.
fn rows_of(file: &Arc<File>, at: &Location) -> Result<usize, Error> {
    match Node::open(file, at)? {
        Node::Dataset(dataset) => row_count(&dataset),
        Node::Group(group) => row_count(&values::of_group(file, &group)?),
    }
}

fn row_count(dataset: &Dataset) -> Result<usize, Error> {
    let size = dataset.len()?;
    if size > MAX_ROWS {
        return Err(Error::TooLarge { at: dataset.at.clone(), size, unit: "rows", limit: MAX_ROWS });
    }
    Ok(size as usize)
}

/// Returns the type of a column with elements of that type.
pub fn plain_kind(element: &Element) -> ColumnKind {
    use super::number::NumberKind::{Float, Signed, Unsigned};
    match element {
        Element::Number { boolean: true, .. } => ColumnKind::Boolean,
        Element::Number { number, .. } => match number.kind {
            Float => ColumnKind::Real,
            Signed | Unsigned => ColumnKind::Integer,
        },
        Element::FixedText { .. } | Element::VariableText => ColumnKind::Text,
        Element::Compound | Element::Other => ColumnKind::Other,
    }
}
