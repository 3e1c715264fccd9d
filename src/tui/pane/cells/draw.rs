//! Rendering of the cells table.

mod entry;
mod value;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use super::{CellsPane, Entry, Field};
use crate::{
    engine::Column as Values,
    results::{Flags, infer::CellSource},
    tui::{
        pane::{Focus, Look, flagged, selected_cell, unreadable},
        query::inferred::MARK,
        selection::Selection,
        term_name::Names,
        text,
        theme::Theme,
        widget::{
            self, Table, WidgetStyle, scroll,
            table::{self, Column, Row, Sorted},
        },
    },
};
use entry::{render_entry, render_filter};
use value::{Shown, column, names};

/// The minimum number of columns of a cell name.
const NAME: u16 = 18;
/// The minimum width of a call, and the width at which nearly all names of the Cell Ontology fit.
const CALL: (u16, u16) = (20, 44);
/// The widths of a score with the shortest and the longest bar.
const SCORE: (u16, u16) = (8, 17);
/// The minimum widths of the essential columns in a pane beside another: a name, a call, a score, a fraction, flags.
const COMPACT: [u16; 5] = [9, 12, 5, 6, 3];
/// The maximum number of lines about texts found in other columns.
const ELSEWHERE: usize = 2;
/// The minimum height with room for the flags of the selected cell, or the meaning of their letters.
const EXPLAINED: u16 = 14;
/// The sign of a marked cell.
const MARKED: &str = "•";
/// The number of rows that determine the width of a column.
const SAMPLE: usize = 200;

/// Returns the number of shown cells and their order.
pub(super) fn note(pane: &CellsPane) -> String {
    let cells = match (pane.queries.inferred().value(), pane.queries.inferred().failure()) {
        (Some(inferred), _) => {
            let [annotated, inferred] = [pane.queries.cells(), inferred.len()].map(|cells| text::count(cells as u64));
            format!("{annotated} annotated + {MARK}{inferred} inferred")
        }
        (None, Some(_)) => format!("{} · no inferred calls", text::count(pane.queries.cells() as u64)),
        (None, None) => text::count(pane.queries.cells() as u64),
    };
    let mut note = match pane.rows.value() {
        Some(arranged) if arranged.rows.len() < pane.queries.shown_cells() => {
            format!("{} of {cells}", text::count(arranged.rows.len() as u64))
        }
        Some(_) | None => cells,
    };
    if let Some((field, order)) = &pane.order.sort {
        let arrow = if *order == Sorted::Ascending { "▲" } else { "▼" };
        note = format!("{note} · {} {arrow}", field.name());
    }
    if let Some(progress) = pane.queries.genes().progress() {
        note = format!("reading genes {:.0} % · {note}", progress * 100.0);
    }
    if pane.rows.is_asked() {
        note += " …";
    }
    note
}

impl CellsPane {
    /// Draws the pane.
    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, selection: &Selection) {
        if self.queries.outline().value().is_none() {
            return render_unopened(self, frame, area, look);
        }
        let parts = parts(self, area, selection);
        render_filter(self, frame, parts.filter, look);
        self.render_table(frame, parts.table, look, selection);
        if !parts.below.is_empty() {
            let lines = below(self, selection, usize::from(parts.below.width), look.theme);
            frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }), parts.below);
        }
        render_entry(self, frame, parts.entry, look);
        if let Entry::SortBy(picker, _) | Entry::Columns(picker, _) = &self.entry {
            picker.render(frame, area, look);
        }
    }

    fn render_table(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, selection: &Selection) {
        let Some(outline) = self.queries.outline().value() else { return };
        if let Some(failure) = self.rows.failure() {
            return widget::Message::failure(&failure.what, &[&failure.fix], look.theme)
                .render(frame, area, look.theme);
        }
        let listing = self.listing();
        if listing.len() == 0 {
            let (headline, rest): (&str, &[&str]) = if self.is_filtered() {
                ("No cells match", &["& changes the filter, esc shows all cells"])
            } else {
                ("this run has no cells", &["q goes back"])
            };
            return widget::Message::new(Span::raw(headline.to_owned()), rest).render(frame, area, look.theme);
        }
        let fields: Vec<&Field> = self.chosen.fields.iter().collect();
        let titles: Vec<String> = fields.iter().map(|field| field.title()).collect();
        let columns: Vec<Column<'_>> =
            fields.iter().zip(&titles).map(|(field, title)| column(self, field, title, outline)).collect();
        let widths = table::widths(&columns, area.width, Some(&self.sideways));
        let selected = selection.cell.and_then(|cell| listing.place_of(cell));
        let in_sight = scroll::window(selected.unwrap_or(0), listing.len(), usize::from(area.height.saturating_sub(1)));
        let in_sight: Vec<usize> = in_sight.filter_map(|place| listing.cell_at(place)).collect();
        let names = names(self, &widths, &in_sight);
        let values = Shown { pane: self, outline, theme: look.theme };
        let row = |place: usize| {
            let Some(cell) = listing.cell_at(place) else { return Row::default() };
            let value = |(field, (width, names)): (&&Field, (&Option<u16>, &Names<'_>))| match width {
                Some(width) => values.line(field, cell, usize::from(*width), names),
                None => Line::default(),
            };
            let mut row: Row<'_> = fields.iter().zip(widths.iter().zip(&names)).map(value).collect();
            if selection.marked.contains(&cell) {
                row.style = look.theme.mark;
                row.sign = MARKED;
            }
            row
        };
        self.page.seen(area.height.saturating_sub(1));
        let drawn = Table { columns: &columns, len: listing.len(), selected, row: &row };
        let focus = if self.queries.cells() > 0 { look.focus } else { Focus::Elsewhere };
        drawn.render_sideways(frame, area, WidgetStyle::new(look.theme, focus), &self.sideways);
    }
}

/// The parts of the pane, from top to bottom.
pub(super) struct Parts {
    filter: Rect,
    /// The cells table with its header.
    pub(super) table: Rect,
    below: Rect,
    entry: Rect,
}

/// Returns the parts of the pane in an area.
pub(super) fn parts(pane: &CellsPane, area: Rect, selection: &Selection) -> Parts {
    let is_filter_shown = pane.is_filtered() && !matches!(pane.entry, Entry::Filter(..));
    let filter = if is_filter_shown { 1 + pane.elsewhere().len().min(ELSEWHERE) as u16 } else { 0 };
    let below = match area.height {
        height if height < EXPLAINED || !explains(pane, selection) => 0,
        ..24 => 2,
        24.. => 3,
    };
    let entry = match &pane.entry {
        Entry::Search(..) => 1,
        Entry::Filter(..) => 2,
        Entry::Nothing | Entry::SortBy(..) | Entry::Columns(..) => 0,
    };
    let heights =
        [Constraint::Length(filter), Constraint::Fill(1), Constraint::Length(below), Constraint::Length(entry)];
    let [filter, table, below, entry] = Layout::vertical(heights).areas(area);
    Parts { filter, table, below, entry }
}

/// Returns whether text is needed below the table: the selected cell is unreadable, or the flags have a column.
fn explains(pane: &CellsPane, selection: &Selection) -> bool {
    let is_unreadable = selection.cell.is_some_and(|cell| pane.queries.unreadable(cell).is_some());
    let inferred = pane.queries.inferred();
    is_unreadable
        || inferred.value().is_some()
        || inferred.failure().is_some()
        || pane.chosen.fields.contains(&Field::Flags)
}

/// Returns why the selected cell is unreadable or flagged, or else what the letters of the flags mean.
fn below(pane: &CellsPane, selection: &Selection, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    if let Some(failure) = pane.queries.inferred().failure() {
        return vec![Line::styled(failure.what.clone(), theme.warn), Line::styled(failure.fix.clone(), theme.muted)];
    }
    if let Some(words) = selection.cell.and_then(|cell| selected_cell::inferred_in_words(&pane.queries, cell)) {
        return words.into_iter().map(|words| Line::styled(words, theme.warn)).collect();
    }
    if let Some(answer) = selection.cell.and_then(|cell| pane.queries.unreadable(cell)) {
        return vec![unreadable::line(answer, theme)];
    }
    let reasons = flagged::lines(selection.cell.map_or(&[], |cell| pane.reasons.of(cell)), theme);
    if reasons.is_empty() { flagged::legend(theme, width) } else { reasons }
}

fn render_unopened(pane: &CellsPane, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    match pane.queries.outline().failure() {
        Some(failure) => {
            widget::Message::failure(&failure.what, &[&failure.fix], look.theme).render(frame, area, look.theme);
        }
        None => widget::Message::new(Span::raw("opening the run …"), &[]).render(frame, area, look.theme),
    }
}

/// Returns the values of a column of the file, once they are read.
pub(super) fn values<'a>(pane: &'a CellsPane, name: &str) -> Option<&'a Values> {
    pane.columns.value()?.iter().find(|(known, _)| known == name).map(|(_, column)| column.as_ref())
}

/// Returns the source of a cell's call, as in exports.
pub(super) fn source(pane: &CellsPane, cell: usize) -> &'static str {
    if pane.queries.is_inferred(cell) { CellSource::Inferred.name() } else { CellSource::Annotated.name() }
}

/// Returns the letters of a cell's flags.
pub(super) fn flag_letters(pane: &CellsPane, cell: usize) -> String {
    let flags = pane.queries.flags().value().map_or_else(Flags::default, |flagged| flagged.of(cell));
    flags.iter().map(|flag| flag.letter()).collect()
}
