//! Values of added columns. In: columns of the user's file, or texts. Out: real numbers or categories, as pandas makes
//! them.

use std::collections::BTreeSet;

use crate::matrix::{AddedValues, Column};

/// Returns texts as sorted categories, as pandas converts them.
pub(super) fn texts<'a>(texts: impl Iterator<Item = Option<&'a str>> + Clone) -> AddedValues {
    let categories: BTreeSet<&str> = texts.clone().flatten().collect();
    let categories: Vec<&str> = categories.into_iter().collect();
    let code = |text: Option<&str>| {
        text.and_then(|text| categories.binary_search(&text).ok()).map_or(-1, |place| place as i32)
    };
    let codes = texts.map(code).collect();
    AddedValues::Categorical { codes, categories: categories.into_iter().map(str::to_owned).collect() }
}

/// Returns the values of a column in a type that can be written. Whole numbers become real ones; text and truth values
/// become categories.
pub(super) fn added_values(column: Column) -> AddedValues {
    match column {
        Column::Real(values) => AddedValues::Real(values),
        Column::Integer(values) => {
            AddedValues::Real(values.into_iter().map(|value| value.map_or(f64::NAN, |value| value as f64)).collect())
        }
        Column::Categorical { codes, categories } => AddedValues::Categorical {
            codes: codes.into_iter().map(|code| code.map_or(-1, |code| code as i32)).collect(),
            categories,
        },
        column @ (Column::Text(_) | Column::Boolean(_)) => as_categories(&column),
    }
}

/// Returns the values of a column as text, in sorted categories.
fn as_categories(column: &Column) -> AddedValues {
    let values: Vec<Option<String>> = (0..column.len()).map(|row| column.text(row)).collect();
    texts(values.iter().map(Option::as_deref))
}
