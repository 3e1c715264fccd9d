//! Search for a filter's text in other columns. A text alone matches only the displayed call; if no call contains it,
//! the user learns which columns do.

use super::{
    cell_data::{CellData, contains},
    field::Field,
};
use crate::{
    engine::{Column, ColumnKind},
    results::Results,
    tui::query::Source,
};

/// A text that is not in any displayed call, and the columns that contain it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elsewhere {
    /// The text, as typed.
    pub text: String,
    /// The columns by their names in expressions, each with the number of matching cells; at least one.
    pub columns: Vec<(String, usize)>,
}

/// Searches every column except the displayed call for a text. Returns `None` if no column contains it.
pub(super) fn find(text: &str, known: &CellData, source: &Source) -> Option<Elsewhere> {
    let (results, wanted) = (source.results(), text.to_lowercase());
    let mut columns = called(&wanted, known, results);
    let named = (0..results.cell_count()).filter(|row| contains(results.names().get(*row), &wanted)).count();
    columns.push((Field::Name.name(), named));
    if let Ok(file) = source.columns() {
        let is_text = |kind| matches!(kind, ColumnKind::Categorical { .. } | ColumnKind::Text);
        for header in file.obs().into_iter().filter(|header| is_text(header.kind)) {
            // Columns read only for the search are not cached. An unreadable column has no hits.
            let count = file.column(&header.name).map_or(0, |column| count(&column, &wanted));
            columns.push((header.name, count));
        }
    }
    columns.retain(|(_, count)| *count > 0);
    (!columns.is_empty()).then(|| Elsewhere { text: text.to_owned(), columns })
}

/// Counts the cells with a text in their second or a later call.
fn called(wanted: &str, known: &CellData, results: &Results) -> Vec<(String, usize)> {
    let (Some(calls), Ok(ontology)) = (&known.calls, results.ontology()) else { return Vec::new() };
    let is_meant: Vec<bool> =
        ontology.terms().map(|term| contains(&ontology.label(term).to_lowercase(), wanted)).collect();
    let mut counts = vec![0; calls.table.top_k()];
    for row in 0..calls.table.len() {
        for (rank, call) in calls.table.row(row).enumerate() {
            counts[rank] += usize::from(is_meant[call.term.as_usize()]);
        }
    }
    counts.into_iter().enumerate().skip(1).map(|(rank, count)| (Field::Call(rank).name(), count)).collect()
}

/// Counts the cells whose value contains a text.
fn count(column: &Column, wanted: &str) -> usize {
    match column {
        Column::Categorical { codes, categories } => {
            let is_meant: Vec<bool> = categories.iter().map(|category| contains(category, wanted)).collect();
            codes.iter().flatten().filter(|code| is_meant[**code as usize]).count()
        }
        Column::Text(values) => values.iter().flatten().filter(|value| contains(value, wanted)).count(),
        Column::Integer(_) | Column::Real(_) | Column::Boolean(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_counted_by_what_their_value_contains() {
        let column = Column::Categorical {
            codes: vec![Some(0), None, Some(1), Some(0)],
            categories: ["CD8 T", "B"].map(Into::into).to_vec(),
        };
        assert_eq!((count(&column, "cd8"), count(&column, "b"), count(&column, "x")), (2, 1, 0));
        let column = Column::Text(vec![Some("CD8 T".into()), None]);
        assert_eq!((count(&column, "t"), count(&Column::Integer(vec![Some(8)]), "8")), (1, 0));
    }
}
