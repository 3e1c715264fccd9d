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
        text,
        widget::{
            Table,
            table::{Column, Row, Side, Sorted},
        },
    },
};

/// The maximum width of a value.
const WIDEST: usize = 28;

/// Draws the table.
pub(super) fn render(pane: &LookUpPane, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let shown: Vec<Feature> = pane.features.shown().collect();
    let mut columns = vec![Column::right("CAS id", Constraint::Length(10))];
    columns.extend(shown.iter().map(|feature| Column {
        title: feature.label(),
        width: Constraint::Length(width(pane, *feature)),
        side: if *feature == Feature::TotalMrnaUmis { Side::Right } else { Side::Left },
        sorted: (pane.sorted_by == Some(*feature)).then_some(Sorted::Ascending),
        wanted: None,
    }));
    let row = |number: usize| row(pane, number, (&shown, look));
    pane.list.seen(area.height.saturating_sub(1));
    let selected = pane.list.selected(pane.ids.len());
    let table = Table { columns: &columns, len: pane.ids.len(), selected, row: &row };
    table.render_sideways(frame, area, (look.style(), &pane.sideways));
}

/// Returns the width of a feature's column: that of the longest among the first values, within bounds.
fn width(pane: &LookUpPane, feature: Feature) -> u16 {
    let values = pane.ids.iter().take(200).filter_map(|cell| pane.references.value(*cell, feature));
    let longest = values.map(text::width).max().unwrap_or(0);
    longest.max(text::width(feature.label()) + 2).min(WIDEST) as u16
}

fn row<'a>(pane: &LookUpPane, number: usize, (shown, look): (&[Feature], &Look<'_>)) -> Row<'a> {
    let cell = pane.ids[number];
    let known = pane.references.get(cell);
    let value = |(number, feature): (usize, &Feature)| match known.map(|known| known.values.get(feature)) {
        Some(Some(value)) => Line::raw(text::fit(value, WIDEST).into_owned()),
        Some(None) => Line::styled("–", look.theme.muted),
        None if pane.references.is_fetching() => Line::styled("…", look.theme.busy),
        None if pane.references.was_fetched() && number == 0 => Line::styled("not on this server", look.theme.warn),
        None if pane.references.was_fetched() => Line::default(),
        None => Line::styled("…", look.theme.muted),
    };
    std::iter::once(Line::raw(cell.to_string())).chain(shown.iter().enumerate().map(value)).collect()
}
