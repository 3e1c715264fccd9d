//! The choice and the widths of a table's columns. Pure.

use ratatui::layout::{Constraint, Rect};

use super::{Column, Sideways, Wanted};
use crate::tui::text;

/// The width reserved for the cursor at the left.
const CURSOR: u16 = 2;
/// Columns of the screen between two columns, and those in a compact table.
const GAP: (u16, u16) = (2, 1);
/// A table between these widths shows the columns of the narrower one. A pane has the whole screen below 116 columns
/// and shares it with others above, where it must not show fewer columns.
const STEP: (u16, u16) = (76, 112);
/// The minimum width of a column that takes the remaining width.
const LEAST: u16 = 8;

/// The shown columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) places: Vec<Place>,
    /// The number of skipped columns after the first.
    pub(super) before: usize,
    /// The number of columns that do not fit at the right.
    pub(super) after: usize,
    /// The mark of these columns in the header, if they can be scrolled to.
    more: String,
    /// The maximum number of skipped columns, at which the last one is shown.
    pub(super) most: usize,
}

/// The place of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) column: usize,
    x: u16,
    pub(super) width: u16,
}

impl Place {
    /// Returns the area of the place on a line.
    pub(super) fn on(&self, line: Rect) -> Rect {
        Rect { x: line.x + self.x, width: self.width, height: 1, ..line }.intersection(line)
    }
}

impl Shown {
    /// Returns the mark of columns that do not fit at the right.
    pub(super) fn more(&self) -> &str {
        &self.more
    }
}

/// Ability of a table to scroll to the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scrolls {
    Yes,
    No,
}

/// The distances and minimum widths of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spacing {
    /// The usual ones.
    Usual,
    /// Narrower ones, for a table without room for its essential columns.
    Compact,
}

impl Spacing {
    fn gap(self) -> u16 {
        match self {
            Self::Usual => GAP.0,
            Self::Compact => GAP.1,
        }
    }

    fn least(self, column: &Column<'_>) -> u16 {
        match (self, column.compact) {
            (Self::Compact, Some(width)) => width,
            (Self::Usual | Self::Compact, _) => least(column),
        }
    }

    /// Returns the mark of columns that do not fit at the right.
    fn mark(self, after: usize, scrolls: Scrolls) -> String {
        match (scrolls, self) {
            (Scrolls::Yes, Self::Usual) if after > 0 => format!(" +{after}›"),
            (Scrolls::Yes, Self::Compact) if after > 0 => " ›".into(),
            (Scrolls::Yes | Scrolls::No, _) => String::new(),
        }
    }
}

/// Returns the width of each column in a table, or `None` for those that are not shown. `sideways` is `None` for a table
/// that does not scroll to the right.
pub fn widths(columns: &[Column<'_>], width: u16, sideways: Option<&Sideways>) -> Vec<Option<u16>> {
    let shown = shown(columns, width, sideways);
    let width = |column: usize| shown.places.iter().find(|place| place.column == column).map(|place| place.width);
    (0..columns.len()).map(width).collect()
}

/// Returns the columns that fit into a table of some width.
pub(super) fn shown(columns: &[Column<'_>], width: u16, sideways: Option<&Sideways>) -> Shown {
    let scrolls = if sideways.is_some() { Scrolls::Yes } else { Scrolls::No };
    let fitting = Fitting { columns, width, scrolls };
    let most = (0..columns.len()).find(|passed| fitting.chosen(*passed).after == 0).unwrap_or(0);
    let before = sideways.map_or(0, |sideways| sideways.passed).min(most);
    let Chosen { columns: chosen, after, spacing } = fitting.chosen(before);
    let more = spacing.mark(after, scrolls);
    let room = width.saturating_sub(CURSOR + text::width(&more) as u16);
    let widths = grown(columns, &chosen, spacing, room);
    let mut x = CURSOR;
    let places = chosen.into_iter().zip(widths).map(|(column, width)| {
        let place = Place { column, x, width };
        x += width + spacing.gap();
        place
    });
    Shown { places: places.collect(), before, after, more, most }
}

/// Columns that have to fit into a width.
struct Fitting<'a> {
    columns: &'a [Column<'a>],
    width: u16,
    scrolls: Scrolls,
}

/// The columns that fit.
struct Chosen {
    columns: Vec<usize>,
    /// The number of columns left out.
    after: usize,
    spacing: Spacing,
}

impl Fitting<'_> {
    /// Returns the columns that fit with their minimum widths. Before the table is scrolled, the essential columns come
    /// first, in the compact spacing if necessary.
    fn chosen(&self, passed: usize) -> Chosen {
        let mut wanted: Vec<usize> =
            (0..self.columns.len()).filter(|column| *column == 0 || *column > passed).collect();
        let essential = match passed {
            0 => self.columns.iter().filter(|column| column.compact.is_some()).count(),
            _ => 0,
        };
        if essential > 0 {
            wanted.sort_by_key(|column| self.columns[*column].compact.is_none());
        }
        let usual = self.count(&wanted, Spacing::Usual);
        let (count, spacing) = match usual < essential {
            true => (self.count(&wanted, Spacing::Compact).min(essential), Spacing::Compact),
            false => (usual, Spacing::Usual),
        };
        let after = wanted.len() - count;
        wanted.truncate(count);
        wanted.sort_unstable();
        Chosen { columns: wanted, after, spacing }
    }

    /// Returns the number of columns that fit, in their order of importance.
    fn count(&self, wanted: &[usize], spacing: Spacing) -> usize {
        let width = if (STEP.0..STEP.1).contains(&self.width) { STEP.0 } else { self.width };
        let (room, gap) = (width.saturating_sub(CURSOR), spacing.gap());
        let needed = |count: usize| {
            let widths = wanted[..count].iter().map(|column| spacing.least(&self.columns[*column]) + gap);
            let mark = text::width(&spacing.mark(wanted.len() - count, self.scrolls)) as u16;
            widths.sum::<u16>().saturating_sub(gap) + mark
        };
        // The first column alone is not enough, so the second one shares its room.
        let always = if room >= 2 * LEAST + gap { wanted.len().min(2) } else { wanted.len().min(1) };
        (always..=wanted.len()).rev().find(|count| needed(*count) <= room).unwrap_or(always)
    }
}

/// Returns the widths of columns in a room: the minimum widths, then names up to their wanted width, then bars, then
/// columns that take the rest.
fn grown(columns: &[Column<'_>], chosen: &[usize], spacing: Spacing, room: u16) -> Vec<u16> {
    let mut widths: Vec<u16> = chosen.iter().map(|column| spacing.least(&columns[*column])).collect();
    let gaps = spacing.gap() * (chosen.len().max(1) as u16 - 1);
    let mut left = room.saturating_sub(gaps);
    squeeze(&mut widths, left);
    left -= widths.iter().sum::<u16>().min(left);
    let wanted = |turn: usize, column: &Column<'_>| match (turn, column.wanted) {
        (0, Some(Wanted::First(width))) | (1, Some(Wanted::Last(width))) => width,
        (2, _) if takes_the_rest(column.width) => u16::MAX,
        _ => 0,
    };
    for turn in 0..3 {
        let goals: Vec<u16> = chosen.iter().map(|column| wanted(turn, &columns[*column])).collect();
        left = share(&mut widths, &goals, left);
    }
    widths
}

/// Narrows the widest columns until all fit.
fn squeeze(widths: &mut [u16], room: u16) {
    while widths.iter().sum::<u16>() > room {
        let Some(widest) = widths.iter_mut().max().filter(|width| **width > 0) else { return };
        *widest -= 1;
    }
}

/// Distributes columns of the screen one by one to widths below their goal, and returns the remainder.
fn share(widths: &mut [u16], goals: &[u16], mut left: u16) -> u16 {
    let mut grew = true;
    while left > 0 && grew {
        grew = false;
        for (width, _) in widths.iter_mut().zip(goals).filter(|(width, goal)| **width < **goal) {
            if left > 0 {
                (*width, left, grew) = (*width + 1, left - 1, true);
            }
        }
    }
    left
}

fn takes_the_rest(width: Constraint) -> bool {
    match width {
        Constraint::Min(_) | Constraint::Fill(_) => true,
        Constraint::Length(_) | Constraint::Max(_) | Constraint::Percentage(_) | Constraint::Ratio(..) => false,
    }
}

fn least(column: &Column<'_>) -> u16 {
    match column.width {
        Constraint::Length(columns) | Constraint::Min(columns) => columns,
        Constraint::Max(_) | Constraint::Fill(_) | Constraint::Percentage(_) | Constraint::Ratio(..) => LEAST,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scrolled(passed: usize) -> Sideways {
        Sideways { passed, ..Sideways::default() }
    }

    fn columns(widths: &[u16]) -> Vec<Column<'static>> {
        widths.iter().map(|width| Column::left("", Constraint::Length(*width))).collect()
    }

    fn numbers(shown: &Shown) -> Vec<usize> {
        shown.places.iter().map(|place| place.column).collect()
    }

    #[test]
    fn columns_without_room_are_scrolled_to_and_the_first_stays() {
        let columns = columns(&[10, 10, 10, 10]);
        let at = |passed| shown(&columns, 40, Some(&scrolled(passed)));
        assert_eq!((numbers(&at(0)), at(0).before, at(0).after, at(0).most), (vec![0, 1, 2], 0, 1, 1));
        assert_eq!((numbers(&at(1)), at(1).before, at(1).after), (vec![0, 2, 3], 1, 0));
        assert_eq!(at(9), at(1), "no farther than the last column");
        assert_eq!(shown(&columns, 60, Some(&scrolled(3))).before, 0, "where all fit nothing is passed over");
    }

    #[test]
    fn names_grow_before_bars_and_bars_before_the_rest() {
        let columns = [
            Column::left("name", Constraint::Length(6)).wanting(Wanted::First(10)),
            Column::left("score", Constraint::Length(4)).wanting(Wanted::Last(8)),
            Column::left("note", Constraint::Fill(1)),
        ];
        let widths = |width| widths(&columns, width, Some(&Sideways::default()));
        assert_eq!(widths(24), [Some(6), Some(4), Some(8)]);
        assert_eq!(widths(28), [Some(10), Some(4), Some(8)]);
        assert_eq!(widths(32), [Some(10), Some(8), Some(8)]);
        assert_eq!(widths(40), [Some(10), Some(8), Some(16)]);
    }

    #[test]
    fn a_narrow_table_still_shows_two_columns() {
        let columns = columns(&[28, 28, 10]);
        assert_eq!(widths(&columns, 36, Some(&Sideways::default())), [Some(14), Some(14), None]);
        assert_eq!(widths(&columns, 12, Some(&Sideways::default())), [Some(6), None, None]);
    }

    #[test]
    fn essential_columns_come_first_and_are_narrow_before_they_are_left_out() {
        let column = |width| Column::left("", Constraint::Length(width));
        let columns = [column(18).essential(8), column(20).essential(12), column(7), column(8).essential(5)];
        let widths = |width| widths(&columns, width, Some(&Sideways::default()));
        assert_eq!(widths(61), [Some(18), Some(20), Some(7), Some(8)]);
        assert_eq!(widths(56), [Some(18), Some(20), None, Some(8)]);
        assert_eq!(widths(36), [Some(8), Some(12), None, Some(5)]);
        let scrolled = shown(&columns, 56, Some(&scrolled(1)));
        assert_eq!(numbers(&scrolled), [0, 2, 3], "the column left out can be scrolled to");
    }

    proptest! {
        #[test]
        fn a_wider_table_shows_no_fewer_columns_and_all_stay_inside(
            widths in prop::collection::vec((1u16..30, prop::option::of(1u16..30)), 1..9), width in 4u16..300,
        ) {
            let columns: Vec<Column<'_>> = widths
                .iter()
                .map(|(width, compact)| {
                    let compact = compact.map(|compact| compact.min(*width));
                    Column { compact, ..Column::left("", Constraint::Length(*width)) }
                })
                .collect();
            let count = |width| shown(&columns, width, Some(&Sideways::default())).places.len();
            prop_assert!(count(width) <= count(width + 1), "{} columns at {width}", count(width));
            for passed in 0..widths.len() {
                let shown = shown(&columns, width, Some(&scrolled(passed)));
                let last = shown.places.last().unwrap();
                prop_assert!(last.x + last.width <= width, "{shown:?}");
                prop_assert_eq!(shown.places.len() + shown.before + shown.after, columns.len());
            }
        }

        #[test]
        fn every_column_can_be_scrolled_to(widths in prop::collection::vec(1u16..30, 1..9), width in 24u16..120) {
            let columns = columns(&widths);
            let most = shown(&columns, width, Some(&Sideways::default())).most;
            let mut seen: Vec<usize> = (0..=most).flat_map(|passed| numbers(&shown(&columns, width, Some(&scrolled(passed))))).collect();
            seen.sort_unstable();
            seen.dedup();
            prop_assert_eq!(seen.len(), columns.len());
        }
    }
}
