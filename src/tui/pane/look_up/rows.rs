//! The table of the cells' metadata.

use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    text::Line,
};

use super::LookUpPane;
use crate::{
    domain::CellMetadataFeature as Feature,
    tui::{
        pane::Look,
        term_name::Names,
        text,
        widget::{
            Table, scroll,
            table::{self, Column, Row, Side, Sorted, Wanted},
        },
    },
};

/// The maximum width of a value before the width of the pane is known, and the one at which nearly all are whole.
const WIDEST: (usize, usize) = (28, 60);
/// The number of cells that determine the widths of columns.
const SAMPLE: usize = 200;

/// Draws the table.
pub(super) fn render(pane: &LookUpPane, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let shown: Vec<Feature> = pane.features.shown().collect();
    let mut columns = vec![Column::right("CAS id", Constraint::Length(10))];
    columns.extend(shown.iter().map(|feature| Column {
        title: feature.label(),
        width: Constraint::Length(width(pane, *feature)),
        side: if *feature == Feature::TotalMrnaUmis { Side::Right } else { Side::Left },
        sorted: (pane.sorted_by == Some(*feature)).then_some(Sorted::Ascending),
        wanted: Some(Wanted::First(longest(pane, *feature))),
        compact: None,
        short: feature.label(),
    }));
    let selected = pane.list.selected(pane.ids.len());
    let widths = table::widths(&columns, area.width, Some(&pane.sideways));
    let in_sight = scroll::window(selected.unwrap_or(0), pane.ids.len(), usize::from(area.height.saturating_sub(1)));
    let cells = &pane.ids[in_sight];
    let values: Vec<Values<'_>> = shown
        .iter()
        .zip(widths.iter().skip(1))
        .map(|(feature, width)| {
            let (feature, width) = (*feature, width.map_or(0, usize::from));
            let values = cells.iter().filter_map(|cell| pane.references.value(*cell, feature));
            Values { feature, width, names: Names::of(values, width) }
        })
        .collect();
    let row = |number: usize| row(pane, number, &values, look);
    pane.list.seen(area.height.saturating_sub(1));
    let table = Table { columns: &columns, len: pane.ids.len(), selected, row: &row };
    table.render_sideways(frame, area, look.style(), &pane.sideways);
}

/// A column of values, and the names for those in sight: sibling cell types stay distinguishable.
struct Values<'a> {
    feature: Feature,
    width: usize,
    names: Names<'a>,
}

/// Returns the width at which the values of a feature are whole: that of the longest among the first values.
fn longest(pane: &LookUpPane, feature: Feature) -> u16 {
    let values = pane.ids.iter().take(SAMPLE).filter_map(|cell| pane.references.value(*cell, feature));
    let longest = values.map(text::width).max().unwrap_or(0);
    longest.max(text::width(feature.label()) + 2).min(WIDEST.1) as u16
}

/// Returns the minimum width of a feature's column.
fn width(pane: &LookUpPane, feature: Feature) -> u16 {
    longest(pane, feature).min(WIDEST.0 as u16)
}

fn row<'a>(pane: &LookUpPane, number: usize, shown: &[Values<'_>], look: &Look<'_>) -> Row<'a> {
    let cell = pane.ids[number];
    let known = pane.references.get(cell);
    let value = |(number, column): (usize, &Values<'_>)| match known.map(|known| known.values.get(&column.feature)) {
        Some(Some(value)) => Line::raw(column.names.get(value, column.width)),
        Some(None) => Line::styled("–", look.theme.muted),
        None if pane.references.is_fetching() => Line::styled("…", look.theme.busy),
        None if pane.references.was_fetched() && number == 0 => Line::styled("not on this server", look.theme.warn),
        None if pane.references.was_fetched() => Line::default(),
        None => Line::styled("…", look.theme.muted),
    };
    std::iter::once(Line::raw(cell.to_string())).chain(shown.iter().enumerate().map(value)).collect()
}
