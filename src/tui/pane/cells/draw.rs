//! Rendering of the cells table.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use super::{CellsPane, Entry, Field, elsewhere::Elsewhere, expression};
use crate::{
    engine::Column as Values,
    results::{Flags, NO_CALL, coloring::UNREADABLE, infer::CellSource},
    tui::{
        action::Action,
        keymap::Context,
        pane::{Focus, Look, flagged, score, selected_cell, unreadable},
        query::{Outline, inferred::MARK},
        selection::Selection,
        term_name::Names,
        text,
        theme::Theme,
        widget::{
            self, Table, WidgetStyle, scroll,
            table::{self, Column, Row, Side, Sorted, Wanted},
        },
    },
};

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
            let headline = Span::styled(failure.what.clone(), look.theme.bad);
            return widget::Message::new(headline, &[&failure.fix]).render(frame, area, look.theme);
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
        let widths = table::widths(&columns, area.width, &self.sideways);
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
            let headline = Span::styled(failure.what.clone(), look.theme.bad);
            widget::Message::new(headline, &[&failure.fix]).render(frame, area, look.theme);
        }
        None => widget::Message::new(Span::raw("opening the run …"), &[]).render(frame, area, look.theme),
    }
}

fn render_filter(pane: &CellsPane, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    if let (Some((text, _)), 1..) = (&pane.order.filter, area.height) {
        let clear = "esc shows all";
        let room = usize::from(area.width).saturating_sub(clear.len() + 6);
        let spans = [
            Span::styled("& ", look.theme.key),
            Span::styled(text::column(text, room), look.theme.accent),
            Span::styled(format!("    {clear}"), look.theme.muted),
        ];
        frame.render_widget(Line::from_iter(spans), area);
    }
    for (elsewhere, row) in pane.elsewhere().iter().zip(area.rows().skip(1)) {
        let said = text::fit(&elsewhere_in_words(elsewhere), usize::from(row.width)).into_owned();
        frame.render_widget(Span::styled(said, look.theme.warn), row);
    }
}

/// Returns a sentence about a text of the filter that is not in any call, with filters for the columns that contain it.
fn elsewhere_in_words(found: &Elsewhere) -> String {
    let wanted = expression::quoted(&found.text);
    let filter = |(column, cells): &(String, usize)| {
        format!("{}~{wanted} ({})", expression::quoted(column), text::counted(*cells as u64, "cell"))
    };
    let filters: Vec<String> = found.columns.iter().take(3).map(filter).collect();
    let more = if found.columns.len() > 3 { ", …" } else { "" };
    format!("no call contains {wanted}, but try {}{more}", filters.join(", "))
}

fn render_entry(pane: &CellsPane, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    if area.height == 0 || area.width < 4 {
        return;
    }
    let line = Rect { height: 1, ..area };
    let rest = Rect { x: line.x + 2, width: line.width - 2, ..line };
    match &pane.entry {
        Entry::Search(input, _) => {
            let found = match (pane.found.value(), pane.found.is_asked()) {
                (_, true) => "…".to_owned(),
                (Some(found), false) => format!("{} found  n N", text::count(found.len() as u64)),
                (None, false) => "name or call".to_owned(),
            };
            let width = (text::width(&found) as u16).min(rest.width / 2);
            let [field, count] = Layout::horizontal([Constraint::Fill(1), Constraint::Length(width)]).areas(rest);
            frame.render_widget(Span::styled("/", look.theme.key), line);
            frame.render_widget(Span::styled(found, look.theme.muted), count);
            input.render(frame, field, look.theme);
        }
        Entry::Filter(input, fault) => {
            frame.render_widget(Span::styled("&", look.theme.key), line);
            let below = Rect { y: line.y + 1, height: area.height - 1, ..rest };
            let (said, style) = match fault {
                // The caret marks the position, with the words after it, or before it if they do not fit.
                Some(fault) => (pointed(fault.at, &fault.to_string(), usize::from(rest.width)), look.theme.bad),
                None => {
                    let key = look.keymap.key_for(&[Context::Expression], Action::Help).unwrap_or_default();
                    (format!("T cell   is \"T cell\"   score<0.5 and leiden=3   {key} explains"), look.theme.muted)
                }
            };
            frame.render_widget(Span::styled(text::fit(&said, usize::from(rest.width)).into_owned(), style), below);
            input.render(frame, rest, look.theme);
        }
        Entry::Nothing | Entry::SortBy(..) | Entry::Columns(..) => {}
    }
}

/// Returns a caret at a position with words beside it.
fn pointed(at: usize, words: &str, width: usize) -> String {
    if at + 2 + text::width(words) <= width {
        return format!("{}^ {words}", " ".repeat(at));
    }
    let before = at.saturating_sub(text::width(words) + 1);
    format!("{}{words} ^", " ".repeat(before))
}

/// Returns the names of the visible calls, for each column.
fn names<'a>(pane: &'a CellsPane, widths: &[Option<u16>], in_sight: &[usize]) -> Vec<Names<'a>> {
    let names = |(field, width): (&Field, &Option<u16>)| match (field, width) {
        (Field::Call(rank), Some(width)) => {
            let calls = in_sight.iter().filter_map(|cell| pane.call(*cell, *rank));
            let marked = if in_sight.iter().any(|cell| pane.queries.is_inferred(*cell)) { MARK.len() } else { 0 };
            Names::of(calls.map(|(label, _)| label), usize::from(*width).saturating_sub(marked))
        }
        (_, Some(_) | None) => Names::default(),
    };
    pane.chosen.fields.iter().zip(widths).map(names).collect()
}

fn column<'a>(pane: &CellsPane, field: &Field, title: &'a str, outline: &Outline) -> Column<'a> {
    let sorted = pane.order.sort.as_ref().filter(|(by, _)| by == field).map(|(_, order)| *order);
    let arrow = if sorted.is_some() { 2 } else { 0 };
    let listing = pane.listing();
    let shown = listing.len().min(SAMPLE);
    let widest = |value: &dyn Fn(usize) -> usize, most: usize| {
        let widest = (0..shown).filter_map(|place| listing.cell_at(place)).map(value).max().unwrap_or(0);
        widest.max(text::width(title) + arrow).min(most) as u16
    };
    let fixed = Constraint::Length;
    let mut wanted = None;
    let (width, side) = match field {
        Field::Row => {
            (fixed(widest(&|cell| text::count(pane.row_in_file(outline, cell) as u64).len(), 12)), Side::Right)
        }
        Field::Name => {
            let name = widest(&|row| text::width(pane.name(outline, row)), 40);
            wanted = Some(Wanted::First(name));
            (fixed(name.min(NAME)), Side::Left)
        }
        Field::Call(_) => {
            wanted = Some(Wanted::First(CALL.1));
            (Constraint::Min(CALL.0), Side::Left)
        }
        Field::Score(_) => {
            wanted = Some(Wanted::Last(SCORE.1));
            (fixed(SCORE.0), Side::Left)
        }
        Field::Share => (fixed(text::width(title).max(10) as u16 + arrow as u16), Side::Left),
        Field::Flags => (fixed(5 + arrow as u16), Side::Left),
        Field::Source => (fixed(9 + arrow as u16), Side::Left),
        // These fields cannot be chosen as columns.
        Field::Marked | Field::Differs | Field::AnyObs => (fixed(0), Side::Left),
        Field::Gene(_) => (fixed((text::width(title) + arrow).clamp(4, 14) as u16), Side::Right),
        Field::Obs(name) => {
            let side = match values(pane, name) {
                Some(Values::Integer(_) | Values::Real(_)) => Side::Right,
                Some(Values::Categorical { .. } | Values::Text(_) | Values::Boolean(_)) | None => Side::Left,
            };
            (fixed(widest(&|row| obs(pane, name, row).map_or(0, |text| text::width(&text)), 18)), side)
        }
    };
    Column { title, width, side, sorted, wanted, compact: compact(field) }
}

/// Returns the minimum width of an essential column; `None` for the others.
fn compact(field: &Field) -> Option<u16> {
    let [name, call, score, share, flags] = COMPACT;
    match field {
        Field::Name => Some(name),
        Field::Call(0) => Some(call),
        Field::Score(0) => Some(score),
        Field::Share => Some(share),
        Field::Flags => Some(flags),
        Field::Row
        | Field::Call(_)
        | Field::Score(_)
        | Field::Source
        | Field::Marked
        | Field::Differs
        | Field::AnyObs
        | Field::Gene(_)
        | Field::Obs(_) => None,
    }
}

/// Returns the values of a column of the file, once they are read.
pub(super) fn values<'a>(pane: &'a CellsPane, name: &str) -> Option<&'a Values> {
    pane.columns.value()?.iter().find(|(known, _)| known == name).map(|(_, column)| column.as_ref())
}

fn obs(pane: &CellsPane, name: &str, row: usize) -> Option<String> {
    match values(pane, name)? {
        Values::Real(values) => Some(values.get(row)?).filter(|value| !value.is_nan()).map(|value| number(*value)),
        column if row < column.len() => column.text(row),
        _ => None,
    }
}

/// Formats a real number with few digits.
fn number(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-3..1e6).contains(&size) {
        format!("{value:.2e}")
    } else if size >= 100.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.3}")
    }
}

/// The values of the table while it is drawn.
struct Shown<'a> {
    pane: &'a CellsPane,
    outline: &'a Outline,
    theme: &'a Theme,
}

impl Shown<'_> {
    /// Returns the value of a column for a cell, in a width. `names` are the names of the visible calls of the column.
    fn line(&self, field: &Field, cell: usize, width: usize, names: &Names<'_>) -> Line<'static> {
        let Self { pane, outline, theme } = *self;
        match field {
            Field::Row => Line::raw(text::count(pane.row_in_file(outline, cell) as u64)),
            Field::Name => Line::raw(text::fit_middle(pane.name(outline, cell), width).into_owned()),
            Field::Source => Line::styled(source(pane, cell), theme.muted),
            Field::Call(_) | Field::Score(_) | Field::Share | Field::Flags | Field::Gene(_)
                if pane.queries.is_inferred(cell) =>
            {
                self.inferred(field, cell, width, names)
            }
            Field::Call(rank) => match pane.call(cell, *rank) {
                Some((label, _)) if *rank == 0 => Line::raw(names.get(label, width)),
                Some((label, _)) => Line::styled(names.get(label, width), theme.muted),
                None if *rank == 0 && pane.queries.unreadable(cell).is_some() => Line::styled(UNREADABLE, theme.bad),
                None if *rank == 0 => Line::styled(unknown(pane, cell, width), theme.muted),
                None => Line::default(),
            },
            Field::Score(rank) => match pane.call(cell, *rank) {
                Some((_, value)) => Line::from(score::score(value, width.saturating_sub(5), theme)),
                None => Line::default(),
            },
            Field::Share => match pane.call(cell, 0) {
                Some((_, share)) => Line::from(score::share(share, width.saturating_sub(7), theme)),
                None => Line::default(),
            },
            Field::Flags => Line::styled(flag_letters(pane, cell), theme.warn),
            Field::Marked | Field::Differs | Field::AnyObs => Line::default(),
            Field::Gene(gene) => match pane.queries.genes().values(gene.column) {
                Some(values) if cell < values.cells() => expression(values.get(cell), theme),
                Some(_) | None if pane.queries.genes().is_reading() => Line::styled("…", theme.busy),
                Some(_) | None => Line::styled("?", theme.muted),
            },
            Field::Obs(name) => {
                Line::raw(text::fit_middle(&obs(pane, name, cell).unwrap_or_default(), width).into_owned())
            }
        }
    }

    /// Returns the value of a column for an inferred cell: its call and score with a mark, and nothing else.
    fn inferred(&self, field: &Field, cell: usize, width: usize, names: &Names<'_>) -> Line<'static> {
        let Some((label, score)) = self.pane.call(cell, 0) else { return Line::default() };
        let text = match field {
            Field::Call(0) => MARK.to_owned() + &names.get(label, width.saturating_sub(MARK.len())),
            Field::Score(0) => format!("{MARK}{score:.2}"),
            Field::Call(_)
            | Field::Score(_)
            | Field::Row
            | Field::Name
            | Field::Share
            | Field::Flags
            | Field::Source
            | Field::Marked
            | Field::Differs
            | Field::Obs(_)
            | Field::AnyObs
            | Field::Gene(_) => String::new(),
        };
        Line::styled(text::fit(&text, width).into_owned(), self.theme.muted)
    }
}

/// Returns the source of a cell's call, as in exports.
pub(super) fn source(pane: &CellsPane, cell: usize) -> &'static str {
    if pane.queries.is_inferred(cell) { CellSource::Inferred.name() } else { CellSource::Annotated.name() }
}

/// Returns the expression of a gene: "–" for none.
fn expression(value: f32, theme: &Theme) -> Line<'static> {
    if value > 0.0 { Line::raw(format!("{value:.2}")) } else { Line::styled("–", theme.muted) }
}

/// Returns the letters of a cell's flags.
pub(super) fn flag_letters(pane: &CellsPane, cell: usize) -> String {
    let flags = pane.queries.flags().value().map_or_else(Flags::default, |flagged| flagged.of(cell));
    flags.iter().map(|flag| flag.letter()).collect()
}

/// Returns why a cell has no call, in a width.
fn unknown(pane: &CellsPane, cell: usize, width: usize) -> &'static str {
    const NOT_YET: &str = "not answered yet";
    if !pane.queries.is_answered(cell) {
        if NOT_YET.len() <= width { NOT_YET } else { "not answered" }
    } else if pane.has_no_call(cell) {
        NO_CALL
    } else if pane.queries.calls().failure().is_some() || pane.queries.labels().failure().is_some() {
        "unreadable answers"
    } else if pane.queries.is_settled() {
        NO_CALL
    } else {
        "…"
    }
}
