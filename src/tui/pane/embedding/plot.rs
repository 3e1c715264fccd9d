//! The plot: points, letters at the centers of categories, the selected cell, the box, the cursor.

use std::{collections::HashMap, sync::Arc};

use ratatui::{
    Frame,
    buffer::Buffer,
    layout::{Position, Rect, Size},
    style::{Modifier, Style},
};

use super::EmbeddingPane;
use crate::{
    results::coloring::{Coloring, letter, lettered},
    tui::{
        facts::Failure,
        pane::{Focus, Look},
        query::{Query, Source},
        selection::Selection,
        theme::Theme,
        widget::{self, Glyph, Marker, Raster, Scatter, Shade, View},
    },
};

/// The maximum number of points counted within a frame. More points are counted on a separate task, and until that
/// ends the last count is drawn.
const WITHIN_A_FRAME: usize = 200_000;

/// The inputs of a drawing.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Request {
    size: Size,
    marker: Marker,
    view: View,
    /// The only category to show, if not all are shown.
    only: Option<u16>,
}

/// The counts of the last frame, kept for the next.
#[derive(Debug, Default)]
pub(super) struct Kept {
    plot: Option<(Request, Scatter)>,
    under: Option<(Request, [u16; 2], Under)>,
}

/// The content of the character under the cursor.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Under {
    /// The number of cells.
    pub(super) cells: usize,
    /// The cell, if there is only one.
    pub(super) only: Option<usize>,
    /// The categories with their numbers of cells, the most frequent first.
    pub(super) categories: Vec<(u16, usize)>,
    /// The mean number.
    pub(super) score: Option<f64>,
}

fn request(pane: &EmbeddingPane, size: Size) -> Request {
    Request { size, marker: pane.drawn_with.get(), view: pane.viewport.view(), only: pane.only }
}

impl Request {
    fn raster(self) -> Raster {
        Raster { size: self.size, marker: self.marker, view: self.view }
    }
}

/// A counted plot and its inputs.
#[derive(Debug)]
pub(super) struct Counted {
    request: Request,
    plot: Scatter,
}

/// Query for the count of points in a plot.
#[derive(Debug)]
pub(super) struct Count {
    request: Request,
    points: Arc<Vec<[f32; 2]>>,
    coloring: Option<Arc<Coloring>>,
}

impl Query for Count {
    type Output = Counted;

    fn answer(&self, _: &Source) -> Result<Counted, Failure> {
        let ink = ink(self.coloring.as_deref(), self.request.only);
        let plot = Scatter::plot(self.request.raster(), &self.points, ink);
        Ok(Counted { request: self.request, plot })
    }
}

/// Returns the query for the current plot, if it has too many points to be counted within a frame.
pub(super) fn count(pane: &EmbeddingPane) -> Option<Count> {
    let points = pane.points.value().filter(|points| points.len() > WITHIN_A_FRAME)?;
    let request = request(pane, pane.viewport.size());
    Some(Count { request, points: points.clone(), coloring: pane.coloring.value().cloned() })
}

/// Takes a plot that was counted on another task.
pub(super) fn take(pane: &EmbeddingPane) {
    if let Some(counted) = pane.counted.value() {
        let plot = Some((counted.request, counted.plot.clone()));
        *pane.kept.borrow_mut() = Kept { plot, under: None };
    }
}

impl EmbeddingPane {
    /// Draws the plot.
    pub(super) fn draw_plot(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, selection: &Selection) {
        let Some(points) = self.points.value() else { return };
        if area.is_empty() {
            return;
        }
        self.viewport.drawn_in(area.as_size());
        let usual = if look.theme.has_colors() { Marker::default() } else { Marker::Letter };
        self.drawn_with.set(self.marker.unwrap_or(usual));
        let request = request(self, area.as_size());
        let mut kept = self.kept.borrow_mut();
        let suits =
            |made_for: &Request| *made_for == request || (self.counted.is_asked() && made_for.size == request.size);
        if !kept.plot.as_ref().is_some_and(|(made_for, _)| suits(made_for)) {
            let ink = ink(self.coloring.value().map(AsRef::as_ref), self.only);
            kept.plot = Some((request, Scatter::plot(request.raster(), points, ink)));
        }
        let Some((_, plot)) = &kept.plot else { return };
        plot.render(area, frame.buffer_mut(), &|shade| paint(self, shade, look.theme));
        self.render_letters(frame, area, plot, look.theme);
        self.render_marks(frame, area, look, selection);
    }

    fn render_letters(&self, frame: &mut Frame<'_>, area: Rect, plot: &Scatter, theme: &Theme) {
        let Some(Coloring::Categories(palette)) = self.coloring.value().map(AsRef::as_ref) else { return };
        if self.drawn_with.get() == Marker::Letter || area.width < 20 || area.height < 6 {
            return;
        }
        for (place, middle) in plot.middles(lettered(palette)).into_iter().enumerate().take(LABELED) {
            let Some([column, row]) = middle else { continue };
            let style = Theme::bold(theme.category(place)).add_modifier(Modifier::REVERSED);
            put(frame.buffer_mut(), position(area, [column, row]), letter(place), style);
        }
    }

    fn render_marks(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, selection: &Selection) {
        let Some(points) = self.points.value() else { return };
        let (theme, view, size) = (look.theme, self.viewport.view(), area.as_size());
        let character = |point: [f64; 2]| view.character(point, size);
        let selected = selection.cell.and_then(|row| points.get(row)).and_then(|point| character(point.map(f64::from)));
        if let Some(place) = selected {
            put(frame.buffer_mut(), position(area, place), '◆', Theme::bold(theme.warn));
        }
        if let Some([from, to]) = self.viewport.corners() {
            render_box(frame, area, [from, to].map(|corner| within(corner, view, size)), theme.accent);
        }
        if let (Some([column, row]), Focus::Here) = (character(self.viewport.cursor()), look.focus) {
            let position = Position::new(area.x + column, area.y + row);
            if let Some(cell) = frame.buffer_mut().cell_mut(position) {
                if cell.symbol() == " " {
                    cell.set_char('┼').set_style(theme.accent);
                } else {
                    cell.set_style(theme.accent.add_modifier(Modifier::REVERSED));
                }
            }
        }
    }
}

fn ink(coloring: Option<&Coloring>, only: Option<u16>) -> widget::Ink<'_> {
    match coloring {
        Some(Coloring::Categories(palette)) => {
            // Later categories have no letter, but can be shown alone.
            let count = only.map_or(0, |only| only.saturating_add(1)).max(lettered(palette));
            widget::Ink::Categories { of: &palette.of, count, only }
        }
        Some(Coloring::Values(values)) => widget::Ink::Scores(&values.of),
        None => widget::Ink::Plain,
    }
}

pub(super) fn paint(pane: &EmbeddingPane, shade: Shade, theme: &Theme) -> (Style, Glyph) {
    match shade {
        Shade::Category(place) => {
            let (place, letter) = (usize::from(place), letter(usize::from(place)));
            // The color of an earlier category is ambiguous, so the letter distinguishes them.
            let is_shared = theme.has_colors() && place >= theme.category_colors();
            (theme.category(place), if is_shared { Glyph::Letter(letter) } else { Glyph::Marker(letter) })
        }
        Shade::Score(number) => {
            let place = match pane.coloring.value().map(AsRef::as_ref) {
                Some(Coloring::Values(values)) => values.place(f64::from(number)),
                Some(Coloring::Categories(_)) | None => 0.0,
            };
            // Digits stand for tenths of the scale, as colors do.
            let tenth = (place * 10.0).min(9.0) as u8;
            (theme.score(place), Glyph::Marker(char::from(b'0' + tenth)))
        }
        Shade::Rest if pane.coloring.value().is_some() => (theme.border, Glyph::Marker('·')),
        Shade::Rest => (theme.muted, Glyph::Marker('·')),
    }
}

/// The maximum number of categories with a letter in the plot; more would hide the points.
const LABELED: usize = 26;

/// Returns the position of a character of the plot, if it is visible.
fn position(area: Rect, [column, row]: [u16; 2]) -> Option<Position> {
    let position = Position::new(area.x.saturating_add(column), area.y.saturating_add(row));
    area.contains(position).then_some(position)
}

fn put(buffer: &mut Buffer, at: Option<Position>, symbol: char, style: Style) {
    if let Some(cell) = at.and_then(|at| buffer.cell_mut(at)) {
        cell.set_char(symbol).set_style(style);
    }
}

/// Returns the character of a point, or the nearest one at the edge.
fn within(point: [f64; 2], view: View, size: Size) -> [i32; 2] {
    let across = ((point[0] - view.center[0]) / view.reach[0] / 2.0 + 0.5) * f64::from(size.width);
    let down = (0.5 - (point[1] - view.center[1]) / view.reach[1] / 2.0) * f64::from(size.height);
    [across.floor() as i32, down.floor() as i32]
}

fn render_box(frame: &mut Frame<'_>, area: Rect, [from, to]: [[i32; 2]; 2], style: Style) {
    let [left, right] = [from[0].min(to[0]), from[0].max(to[0])];
    let [top, bottom] = [from[1].min(to[1]), from[1].max(to[1])];
    let (width, height) = (i32::from(area.width), i32::from(area.height));
    let mut edge = |column: i32, row: i32, symbol: char| {
        if (0..width).contains(&column) && (0..height).contains(&row) {
            put(frame.buffer_mut(), position(area, [column as u16, row as u16]), symbol, style);
        }
    };
    for column in left.max(0)..=right.min(width) {
        edge(column, top, '─');
        edge(column, bottom, '─');
    }
    for row in top.max(0)..=bottom.min(height) {
        edge(left, row, '│');
        edge(right, row, '│');
    }
    edge(left, top, '┌');
    edge(right, top, '┐');
    edge(left, bottom, '└');
    edge(right, bottom, '┘');
}

/// Returns the content of the character under the cursor in the last drawn plot.
pub(super) fn under(pane: &EmbeddingPane, points: &[[f32; 2]]) -> Under {
    let mut kept = pane.kept.borrow_mut();
    let Some(request) = kept.plot.as_ref().map(|(request, _)| *request) else { return Under::default() };
    let Some(place) = request.view.character(pane.viewport.cursor(), request.size) else { return Under::default() };
    if let Some((made_for, at, under)) = &kept.under
        && (*made_for, *at) == (request, place)
    {
        return under.clone();
    }
    let under = count_under(pane, points, request, place);
    kept.under = Some((request, place, under.clone()));
    under
}

fn count_under(pane: &EmbeddingPane, points: &[[f32; 2]], request: Request, [column, row]: [u16; 2]) -> Under {
    let middle = request.view.point([column, row], request.size);
    let half = [
        request.view.reach[0] / f64::from(request.size.width.max(1)),
        request.view.reach[1] / f64::from(request.size.height.max(1)),
    ];
    let low = [0, 1].map(|axis| (middle[axis] - half[axis]) as f32);
    let high = [0, 1].map(|axis| (middle[axis] + half[axis]) as f32);
    let is_here = |point: &[f32; 2]| (0..2).all(|axis| point[axis] >= low[axis] && point[axis] < high[axis]);
    let rows: Vec<usize> = points.iter().enumerate().filter(|(_, point)| is_here(point)).map(|(row, _)| row).collect();
    let mut under = Under { cells: rows.len(), ..Under::default() };
    if let [only] = rows.as_slice() {
        under.only = Some(*only);
    }
    match pane.coloring.value().map(AsRef::as_ref) {
        Some(Coloring::Categories(palette)) => {
            let mut counts: HashMap<u16, usize> = HashMap::new();
            rows.iter().filter_map(|row| palette.of.get(*row)).for_each(|of| *counts.entry(*of).or_default() += 1);
            under.categories = counts.into_iter().collect();
            under.categories.sort_by_key(|(of, cells)| (std::cmp::Reverse(*cells), *of));
        }
        Some(Coloring::Values(values)) => {
            let found = || rows.iter().filter_map(|row| values.of.get(*row)).filter(|score| !score.is_nan());
            let sum: f64 = found().map(|score| f64::from(*score)).sum();
            under.score = Some(found().count()).filter(|count| *count > 0).map(|count| sum / count as f64);
        }
        None => {}
    }
    under
}
