//! The table of neighbors.

use std::cmp::Ordering;

use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    text::{Line, Span},
};

use super::NeighborsPane;
use crate::{
    domain::{CellMetadataFeature, Neighbor},
    tui::{
        action::Action,
        keymap::Context,
        pane::{Look, reference_cells::References, selected_cell::press},
        term_name::Names,
        text,
        theme::Theme,
        widget::{
            self, Axis, Table,
            table::{Column, Row, Sorted, Wanted, fitted, widths},
        },
    },
};

/// The features with a column, once they are known.
const FEATURES: [CellMetadataFeature; 4] = [
    CellMetadataFeature::CellType,
    CellMetadataFeature::Tissue,
    CellMetadataFeature::Disease,
    CellMetadataFeature::Assay,
];

/// The sort key of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Distance,
    Id,
    Feature(usize),
}

impl Key {
    /// Returns the next key in the cycle.
    pub(super) fn next(self, has_metadata: bool) -> Self {
        match self {
            Self::Distance => Self::Id,
            Self::Id if has_metadata => Self::Feature(0),
            Self::Feature(number) if has_metadata && number + 1 < FEATURES.len() => Self::Feature(number + 1),
            Self::Id | Self::Feature(_) => Self::Distance,
        }
    }
}

/// The order of neighbors.
#[derive(Clone, Copy)]
pub(super) struct NeighborOrder {
    pub(super) key: Key,
    pub(super) order: Sorted,
    /// The order of distances in which the nearest come first.
    pub(super) nearest_first: Sorted,
}

/// Sorts neighbors; among equal ones the nearest first.
pub(super) fn sort(neighbors: &mut [Neighbor], by: NeighborOrder, references: &References) {
    let NeighborOrder { key, order, nearest_first } = by;
    let value = |neighbor: &Neighbor, feature: usize| references.value(neighbor.cell, FEATURES[feature]);
    let least = |a: &Neighbor, b: &Neighbor| a.distance.total_cmp(&b.distance);
    let near = |a: &Neighbor, b: &Neighbor| match nearest_first {
        Sorted::Ascending => least(a, b),
        Sorted::Descending => least(b, a),
    };
    let by = |a: &Neighbor, b: &Neighbor| match key {
        Key::Distance => least(a, b),
        Key::Id => a.cell.cmp(&b.cell),
        // Unknown values come last.
        Key::Feature(feature) => match (value(a, feature), value(b, feature)) {
            (Some(a), Some(b)) => a.cmp(b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        },
    };
    neighbors.sort_by(|a, b| {
        let ordering = match order {
            Sorted::Ascending => by(a, b),
            Sorted::Descending => by(b, a),
        };
        if ordering == Ordering::Equal { near(a, b) } else { ordering }
    });
}

/// Formats a distance with four digits. A distance that is negative by a rounding error is shown as zero.
pub(in crate::tui::pane) fn distance(distance: f64) -> String {
    let shown = match distance.abs() {
        large if large >= 1000.0 => format!("{distance:.0}"),
        middle if middle >= 100.0 => format!("{distance:.1}"),
        small if small >= 10.0 => format!("{distance:.2}"),
        _ => format!("{distance:.3}"),
    };
    if shown == "-0.000" { "0.000".to_owned() } else { shown }
}

/// Draws the table.
pub(super) fn render(pane: &NeighborsPane, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let sorted = |key: Key| (pane.order.0 == key).then_some(pane.order.1);
    let mut columns = vec![
        Column { sorted: sorted(Key::Id), ..Column::right("CAS id", Constraint::Length(10)) },
        Column { sorted: sorted(Key::Distance), ..Column::right("distance", Constraint::Length(10)) },
        Column::left("", Constraint::Length(8)).wanting(Wanted::Last(16)),
    ];
    if pane.has_metadata() {
        columns.extend(FEATURES.iter().enumerate().map(|(number, feature)| {
            let width = if number == 0 { Constraint::Min(18) } else { Constraint::Min(12) };
            let column = Column::left(feature.label(), width).wanting(Wanted::First(30));
            Column { sorted: sorted(Key::Feature(number)), ..column }
        }));
    }
    let widths = widths(&columns, area.width, Some(&pane.sideways));
    let room = |column: usize| widths.get(column).copied().flatten().map_or(0, usize::from);
    let axis = Axis::spanning(pane.neighbors.iter().map(|neighbor| neighbor.distance), room(2).max(1));
    let types = pane.neighbors.iter().filter_map(|neighbor| pane.references.value(neighbor.cell, FEATURES[0]));
    let names = Names::of(types, room(3));
    let shown = Shown { pane, axis: &axis, names: &names, room: room(3), look };
    let row = |number: usize| shown.row(number);
    pane.list.seen(area.height.saturating_sub(1));
    let selected = pane.list.selected(pane.neighbors.len());
    let table = Table { columns: &columns, len: pane.neighbors.len(), selected, row: &row };
    table.render_sideways(frame, area, look.style(), &pane.sideways);
}

/// The table while it is drawn.
struct Shown<'a> {
    pane: &'a NeighborsPane,
    /// The axis of the distances.
    axis: &'a Axis,
    /// The names of the cell types.
    names: &'a Names<'a>,
    /// The width of the cell types.
    room: usize,
    look: &'a Look<'a>,
}

impl Shown<'_> {
    fn row(&self, number: usize) -> Row<'static> {
        let Self { pane, axis, names, room, look } = *self;
        let neighbor = pane.neighbors[number];
        let known = pane.references.get(neighbor.cell);
        let feature = |feature: CellMetadataFeature| match known.map(|cell| cell.values.get(&feature)) {
            Some(Some(value)) if feature == FEATURES[0] => Line::raw(names.get(value, room)),
            Some(Some(value)) => Line::raw(text::fit_middle(value, 80).into_owned()),
            Some(None) => Line::styled("–", look.theme.muted),
            None => Line::styled("…", look.theme.muted),
        };
        // Bars do not start at 0, where all of them would look almost full.
        let share = (axis.column(neighbor.distance) + 1) as f64 / axis.width as f64;
        let bar = widget::bar(share, axis.width, look.theme.gauge, look.theme);
        let mut cells = vec![
            Line::raw(neighbor.cell.to_string()),
            Line::raw(distance(neighbor.distance)),
            Line::from(bar.to_vec()),
        ];
        cells.extend(FEATURES.into_iter().map(feature));
        cells.into_iter().collect()
    }
}

/// Draws the state of the neighbors' metadata in one line.
pub(super) fn render_status(pane: &NeighborsPane, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let (theme, fetch) = (look.theme, press(look, Context::Neighbors, Action::Fetch));
    let line = status(&pane.references, &fetch, theme);
    frame.render_widget(fitted(line, usize::from(area.width)), area);
}

/// Returns a line with the state of some reference cells' metadata, and the key to press.
pub(in crate::tui::pane) fn status(references: &References, fetch: &str, theme: &Theme) -> Line<'static> {
    let (known, all) = (references.known().len(), references.cells().len());
    if let Some(failure) = references.failure() {
        let what = text::fit(&failure.what, 300).into_owned();
        return Line::from(vec![
            Span::styled(what, theme.bad),
            Span::styled(format!("  {}", failure.fix), theme.muted),
        ]);
    }
    if references.is_fetching() {
        return Line::styled("asking the server for their metadata…", theme.busy);
    }
    match all - known.min(all) {
        0 => Line::styled("all metadata is stored in the run folder", theme.muted),
        missing if references.was_fetched() => {
            Line::styled(format!("the server has no metadata for {missing} of them"), theme.warn)
        }
        _ if known == 0 => Line::styled(format!("{fetch} asks the server for their metadata"), theme.muted),
        missing => Line::styled(format!("metadata of {missing} is missing; {fetch} asks the server"), theme.muted),
    }
}
