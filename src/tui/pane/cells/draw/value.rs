//! The columns of the table and their values.

use ratatui::{layout::Constraint, text::Line};

use super::{CALL, COMPACT, NAME, SAMPLE, SCORE, flag_letters, source, values};
use crate::{
    engine::Column as Values,
    results::{NO_CALL, coloring::UNREADABLE},
    tui::{
        pane::{
            cells::{CellsPane, Field},
            score,
        },
        query::{Outline, inferred::MARK},
        term_name::Names,
        text,
        theme::Theme,
        widget::table::{Column, Side, Wanted},
    },
};

/// The header of the flags where the word does not fit: the letters in the column.
const FLAG_LETTERS: &str = "ACX";

/// The minimum width of the labels of a column of obs.
const LABEL: u16 = 11;

/// Returns the names of the visible calls, for each column.
pub(super) fn names<'a>(pane: &'a CellsPane, widths: &[Option<u16>], in_sight: &[usize]) -> Vec<Names<'a>> {
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

pub(super) fn column<'a>(pane: &CellsPane, field: &Field, title: &'a str, outline: &Outline) -> Column<'a> {
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
            let widest = widest(&|row| obs(pane, name, row).map_or(0, |text| text::width(&text)), 18);
            // The end of a number matters, but a name may be shortened, so that the column is shown at all.
            let least = if side == Side::Left { widest.min(LABEL) } else { widest };
            wanted = Some(Wanted::First(widest));
            (fixed(least), side)
        }
    };
    let short = if *field == Field::Flags { FLAG_LETTERS } else { title };
    Column { title, short, width, side, sorted, wanted, compact: compact(field) }
}

/// Returns the minimum width of an essential column; `None` for the others.
pub(super) fn compact(field: &Field) -> Option<u16> {
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

pub(super) fn obs(pane: &CellsPane, name: &str, row: usize) -> Option<String> {
    match values(pane, name)? {
        Values::Real(values) => Some(values.get(row)?).filter(|value| !value.is_nan()).map(|value| number(*value)),
        column if row < column.len() => column.text(row),
        _ => None,
    }
}

/// Formats a real number with few digits.
pub(super) fn number(value: f64) -> String {
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
pub(super) struct Shown<'a> {
    pub(super) pane: &'a CellsPane,
    pub(super) outline: &'a Outline,
    pub(super) theme: &'a Theme,
}

impl Shown<'_> {
    /// Returns the value of a column for a cell, in a width. `names` are the names of the visible calls of the column.
    pub(super) fn line(&self, field: &Field, cell: usize, width: usize, names: &Names<'_>) -> Line<'static> {
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

/// Returns the expression of a gene: "–" for none.
pub(super) fn expression(value: f32, theme: &Theme) -> Line<'static> {
    if value > 0.0 { Line::raw(format!("{value:.2}")) } else { Line::styled("–", theme.muted) }
}

/// Returns why a cell has no call, in a width.
pub(super) fn unknown(pane: &CellsPane, cell: usize, width: usize) -> &'static str {
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
