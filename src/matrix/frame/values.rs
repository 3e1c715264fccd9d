//! Reading of columns: plain, categorical (in three layouts) and nullable. All functions run on the HDF5 thread.

use std::sync::Arc;

use super::{Field, StoredField, plain_kind, row_count};
use crate::matrix::{
    Column, ColumnKind, Error,
    error::Location,
    number::FromNumber,
    tree::{Dataset, Element, File, Group, Node},
};

/// Number of elements read at once.
const PIECE: u64 = 1 << 16;
/// Maximum size of a text column in bytes.
const MAX_TEXT: u64 = 1 << 30;
/// Maximum size of a fixed-width string in bytes; each string of the column takes that much memory.
const MAX_WIDTH: u64 = 64 << 20;

/// The datasets of a column.
enum Found {
    Plain(Dataset),
    Categorical { codes: Dataset, categories: Location },
    Nullable { values: Dataset, mask: Dataset },
}

/// Returns the type of a column.
pub fn kind(file: &Arc<File>, field: &Field) -> Result<ColumnKind, Error> {
    let field = match field {
        Field::Line(_) => return Ok(ColumnKind::Text),
        Field::Loaded(column) => return Ok(column.kind()),
        Field::Stored(field) => field,
    };
    match find(file, field)? {
        Found::Plain(dataset) | Found::Nullable { values: dataset, .. } => Ok(plain_kind(&dataset.element)),
        Found::Categorical { categories, .. } => {
            let length = match Node::open(file, &categories)? {
                Node::Dataset(dataset) => dataset.len()?,
                Node::Group(group) => dataset_in(file, &group, "values")?.len()?,
            };
            Ok(ColumnKind::Categorical { categories: length as usize })
        }
    }
}

/// Returns the dataset in a column's group that has one element per row.
pub fn of_group(file: &Arc<File>, group: &Group) -> Result<Dataset, Error> {
    match find_in_group(file, group)? {
        Found::Plain(dataset) | Found::Categorical { codes: dataset, .. } | Found::Nullable { values: dataset, .. } => {
            Ok(dataset)
        }
    }
}

/// Reads the values of a column.
pub fn read(file: &Arc<File>, field: &Field) -> Result<Column, Error> {
    let field = match field {
        Field::Line(column) => return Ok(Column::Text(column.read()?.into_iter().map(Some).collect())),
        Field::Loaded(column) => return Ok(Column::clone(column)),
        Field::Stored(field) => field,
    };
    match find(file, field)? {
        Found::Plain(dataset) => plain(&dataset),
        Found::Nullable { values, mask } => nullable(&values, &mask),
        Found::Categorical { codes, categories } => {
            let values = find(file, &StoredField::Object { at: categories.clone(), categories: categories.clone() })?;
            let categories = match values {
                Found::Plain(dataset) => plain(&dataset)?,
                Found::Nullable { values, .. } => plain(&values)?,
                Found::Categorical { .. } => return Err(unreadable(&categories, "categories of categories")),
            };
            categorical(&codes, &categories)
        }
    }
}

fn find(file: &Arc<File>, field: &StoredField) -> Result<Found, Error> {
    match field {
        StoredField::Object { at, categories } => match Node::open(file, at)? {
            Node::Group(group) => find_in_group(file, &group),
            Node::Dataset(dataset) => with_old_categories(file, dataset, categories),
        },
        StoredField::Record { records, name, categories } => {
            let Node::Dataset(dataset) = Node::open(file, records)? else {
                return Err(unreadable(records, "a group"));
            };
            let values = dataset.field(name).ok_or_else(|| Error::Missing { at: records.join(name) })?;
            with_old_categories(file, values, categories)
        }
    }
}

fn find_in_group(file: &Arc<File>, group: &Group) -> Result<Found, Error> {
    if let Some(Node::Dataset(codes)) = Node::find(file, &group.at.join("codes"))? {
        return Ok(Found::Categorical { codes, categories: group.at.join("categories") });
    }
    let (values, mask) = (dataset_in(file, group, "values")?, dataset_in(file, group, "mask")?);
    Ok(Found::Nullable { values, mask })
}

/// Finds the categories of a column of anndata before 0.8, stored separately. Only a column of integers has any.
fn with_old_categories(file: &Arc<File>, dataset: Dataset, categories: &Location) -> Result<Found, Error> {
    if plain_kind(&dataset.element) == ColumnKind::Integer && dataset.at != *categories {
        let found = Node::find(file, categories).ok().flatten();
        if let Some(Node::Dataset(values)) = found
            && values.shape.len() == 1
        {
            return Ok(Found::Categorical { codes: dataset, categories: categories.clone() });
        }
    }
    Ok(Found::Plain(dataset))
}

fn dataset_in(file: &Arc<File>, group: &Group, name: &str) -> Result<Dataset, Error> {
    match Node::find(file, &group.at.join(name))? {
        Some(Node::Dataset(dataset)) => Ok(dataset),
        Some(Node::Group(_)) | None => Err(unreadable(&group.at, "an unknown kind of column")),
    }
}

fn unreadable(at: &Location, found: &str) -> Error {
    Error::Encoding { at: at.clone(), found: found.to_owned(), expected: "a column of text, numbers or categories" }
}

fn plain(dataset: &Dataset) -> Result<Column, Error> {
    match plain_kind(&dataset.element) {
        ColumnKind::Text => Ok(Column::Text(texts(dataset)?.into_iter().map(Some).collect())),
        ColumnKind::Real => Ok(Column::Real(numbers(dataset)?)),
        ColumnKind::Integer => Ok(Column::Integer(numbers(dataset)?.into_iter().map(Some).collect())),
        ColumnKind::Boolean => {
            Ok(Column::Boolean(numbers::<i64>(dataset)?.into_iter().map(|value| Some(value != 0)).collect()))
        }
        ColumnKind::Categorical { .. } | ColumnKind::Other => Err(unreadable(&dataset.at, dataset.element.name())),
    }
}

fn nullable(values: &Dataset, mask: &Dataset) -> Result<Column, Error> {
    let missing: Vec<i64> = numbers(mask)?;
    let column = plain(values)?;
    if missing.len() != column.len() {
        let expected = format!("there are {} values", column.len());
        return Err(Error::Shape { at: mask.at.clone(), found: vec![missing.len() as u64], expected });
    }
    let present = |row: usize| missing[row] == 0;
    Ok(match column {
        Column::Text(values) => Column::Text(masked(values, present)),
        Column::Integer(values) => Column::Integer(masked(values, present)),
        Column::Boolean(values) => Column::Boolean(masked(values, present)),
        Column::Real(mut values) => {
            values.iter_mut().enumerate().filter(|(row, _)| !present(*row)).for_each(|(_, value)| *value = f64::NAN);
            Column::Real(values)
        }
        categorical @ Column::Categorical { .. } => categorical,
    })
}

fn masked<T>(values: Vec<Option<T>>, present: impl Fn(usize) -> bool) -> Vec<Option<T>> {
    values.into_iter().enumerate().map(|(row, value)| value.filter(|_| present(row))).collect()
}

fn categorical(codes: &Dataset, categories: &Column) -> Result<Column, Error> {
    let count = categories.len();
    let decode = |(row, code): (usize, i64)| match usize::try_from(code) {
        Ok(place) if place < count => Ok(Some(place as u32)),
        Err(_) if code == -1 => Ok(None),
        _ => Err(Error::Categorical { at: codes.at.clone(), row, code, categories: count }),
    };
    let codes = numbers::<i64>(codes)?.into_iter().enumerate().map(decode).collect::<Result<_, _>>()?;
    let categories = (0..count).map(|row| categories.text(row).unwrap_or_default()).collect();
    Ok(Column::Categorical { codes, categories })
}

/// Reads all numbers of a one-dimensional dataset.
pub fn numbers<T: FromNumber>(dataset: &Dataset) -> Result<Vec<T>, Error> {
    let Element::Number { number, .. } = dataset.element else {
        return Err(Error::Dtype { at: dataset.at.clone(), found: dataset.element.name(), expected: "numbers" });
    };
    let (length, mut values) = (row_count(dataset)? as u64, Vec::new());
    for start in (0..length).step_by(PIECE as usize) {
        number.decode(&dataset.read_block(&[start], &[PIECE.min(length - start)])?, &mut values);
    }
    Ok(values)
}

/// Reads the texts of some rows, in ascending order; `None` if the column is not plain text.
pub fn texts_of(file: &Arc<File>, field: &Field, rows: &[u32]) -> Result<Option<Vec<String>>, Error> {
    let field = match field {
        Field::Line(column) => return column.read_rows(rows).map(Some),
        Field::Loaded(_) => return Ok(None),
        Field::Stored(field) => field,
    };
    let Found::Plain(dataset) = find(file, field)? else { return Ok(None) };
    if plain_kind(&dataset.element) != ColumnKind::Text {
        return Ok(None);
    }
    let (mut picked, mut wanted) = (Vec::with_capacity(rows.len()), rows.iter().peekable());
    visit_texts(&dataset, |row, text| {
        if wanted.next_if(|wanted| u64::from(**wanted) == row).is_some() {
            picked.push(text);
        }
    })?;
    Ok(Some(picked))
}

/// Reads all texts of a one-dimensional dataset.
pub fn texts(dataset: &Dataset) -> Result<Vec<String>, Error> {
    let mut values = Vec::new();
    visit_texts(dataset, |_, text| values.push(text))?;
    Ok(values)
}

/// Calls `show` with the row and text of every element of a one-dimensional dataset.
fn visit_texts(dataset: &Dataset, mut show: impl FnMut(u64, String)) -> Result<(), Error> {
    let width = match dataset.element {
        Element::FixedText { size, .. } => size as u64,
        Element::VariableText | Element::Number { .. } | Element::Compound | Element::Other => 1,
    };
    let too_large = |size, limit| Error::TooLarge { at: dataset.at.clone(), size, unit: "bytes of text", limit };
    if width > MAX_WIDTH {
        return Err(too_large(width, MAX_WIDTH));
    }
    let (length, mut bytes) = (row_count(dataset)? as u64, 0);
    let piece = PIECE.min(MAX_WIDTH / width.max(1)).max(1);
    for start in (0..length).step_by(piece as usize) {
        let texts = dataset.read_texts(start, piece.min(length - start) as usize)?;
        bytes += texts.iter().map(|text| text.len() as u64).sum::<u64>();
        if bytes > MAX_TEXT {
            return Err(too_large(bytes, MAX_TEXT));
        }
        (start..).zip(texts).for_each(|(row, text)| show(row, text));
    }
    Ok(())
}
