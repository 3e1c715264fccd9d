//! Comparisons of the values of columns.

use super::{Test, contains, is_yes};
use crate::{engine::Column, results::CellSet, tui::pane::cells::expression::Comparison};

/// Returns a test of whether a cell is in a set, negated by the comparison or the value.
pub(super) fn is_member<'a>(set: Option<&CellSet>, comparison: Comparison, value: &str) -> Test<'a> {
    let wants = is_yes(value) != (comparison == Comparison::Unequal);
    let set = set.cloned().unwrap_or(CellSet::of([]));
    Box::new(move |row| (set.count_within(row..row + 1) > 0) == wants)
}

pub(super) fn column_test<'a>(column: &'a Column, comparison: Comparison, value: &'a str) -> Test<'a> {
    let number = value.parse::<f64>().unwrap_or(f64::NAN);
    match column {
        Column::Categorical { codes, categories } => {
            let holds: Vec<bool> = categories.iter().map(|text| text_holds(comparison, text, value)).collect();
            Box::new(move |row| codes[row].map_or(comparison == Comparison::Unequal, |code| holds[code as usize]))
        }
        Column::Text(values) => Box::new(move |row| {
            values[row].as_deref().map_or(comparison == Comparison::Unequal, |text| text_holds(comparison, text, value))
        }),
        Column::Integer(values) => Box::new(move |row| {
            values[row].map_or(comparison == Comparison::Unequal, |found| {
                if comparison == Comparison::Contains {
                    found.to_string().contains(value)
                } else {
                    holds(comparison, found as f64, number)
                }
            })
        }),
        Column::Real(values) => Box::new(move |row| holds(comparison, values[row], number)),
        Column::Boolean(values) => {
            let wanted = is_yes(value);
            Box::new(move |row| (values[row] == Some(wanted)) != (comparison == Comparison::Unequal))
        }
    }
}

pub(super) fn holds(comparison: Comparison, found: f64, wanted: f64) -> bool {
    match comparison {
        Comparison::Equal | Comparison::Contains => found == wanted,
        Comparison::Unequal => found != wanted,
        Comparison::Less => found < wanted,
        Comparison::AtMost => found <= wanted,
        Comparison::Greater => found > wanted,
        Comparison::AtLeast => found >= wanted,
    }
}

/// Compares two texts without regard to case, or as numbers if both are numbers.
pub(super) fn text_holds(comparison: Comparison, found: &str, wanted: &str) -> bool {
    match (comparison, found.parse::<f64>(), wanted.parse::<f64>()) {
        (Comparison::Contains, ..) => contains(found, &wanted.to_lowercase()),
        (_, Ok(found), Ok(wanted)) => holds(comparison, found, wanted),
        (Comparison::Equal, ..) => found.eq_ignore_ascii_case(wanted) || found.to_lowercase() == wanted.to_lowercase(),
        (Comparison::Unequal, ..) => found.to_lowercase() != wanted.to_lowercase(),
        (Comparison::Less | Comparison::AtMost | Comparison::Greater | Comparison::AtLeast, ..) => false,
    }
}
