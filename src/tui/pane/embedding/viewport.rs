//! The visible part of the plane, and the cursor. Pure, except for the size of the last drawn plot: a step of the
//! cursor is one character.

use std::cell::Cell;

use ratatui::layout::Size;

use crate::tui::{action::Action, widget::View};

/// The maximum zoom factor.
const CLOSEST: f64 = 128.0;
/// The number of characters in a page step, horizontally and vertically.
const PAGE: [i32; 2] = [16, 8];
/// The maximum distance of a selectable cell from the cursor, in characters.
const NEAR: f64 = 2.5;

/// The visible part of the plane, and the cursor.
#[derive(Debug)]
pub(super) struct Viewport {
    whole: View,
    view: View,
    cursor: [f64; 2],
    corner: Option<[f64; 2]>,
    size: Cell<Size>,
}

impl Default for Viewport {
    fn default() -> Self {
        Self::of(&[])
    }
}

impl Viewport {
    /// Returns a view of the whole plane of some points, with the cursor in the middle.
    pub(super) fn of(points: &[[f32; 2]]) -> Self {
        let whole = View::of(points);
        Self { whole, view: whole, cursor: whole.center, corner: None, size: Cell::new(Size::new(60, 20)) }
    }

    /// Records the size of the drawn plot.
    pub(super) fn drawn_in(&self, size: Size) {
        if size.width > 0 && size.height > 0 {
            self.size.set(size);
        }
    }

    /// Returns the size of the last drawn plot.
    pub(super) fn size(&self) -> Size {
        self.size.get()
    }

    /// Returns the part that is seen, with the same scale on both axes.
    pub(super) fn view(&self) -> View {
        self.view.even(self.size())
    }

    /// Returns the part that is seen from farthest away.
    fn whole(&self) -> View {
        self.whole.even(self.size())
    }

    /// Returns the position of the cursor.
    pub(super) fn cursor(&self) -> [f64; 2] {
        self.cursor
    }

    /// Returns the corners of the box: its start and the cursor.
    pub(super) fn corners(&self) -> Option<[[f64; 2]; 2]> {
        Some([self.corner?, self.cursor])
    }

    pub(super) fn is_boxing(&self) -> bool {
        self.corner.is_some()
    }

    pub(super) fn open_box(&mut self) {
        self.corner = Some(self.cursor);
    }

    pub(super) fn close_box(&mut self) {
        self.corner = None;
    }

    /// Returns the zoom factor, rounded to a power of two.
    pub(super) fn magnification(&self) -> f64 {
        (self.whole.reach[0] / self.view.reach[0]).log2().round().exp2()
    }

    /// Returns half the size of a character, in the plane's units.
    fn half(&self) -> [f64; 2] {
        let (size, view) = (self.size(), self.view());
        [view.reach[0] / f64::from(size.width), view.reach[1] / f64::from(size.height)]
    }

    /// Returns the points in the characters that the box covers, ascending.
    pub(super) fn boxed(&self, points: &[[f32; 2]]) -> Vec<usize> {
        let Some([from, to]) = self.corners() else { return Vec::new() };
        let half = self.half();
        let inside = |point: &[f32; 2]| {
            (0..2).all(|axis| {
                let (low, high) = (from[axis].min(to[axis]) - half[axis], from[axis].max(to[axis]) + half[axis]);
                (low..=high).contains(&f64::from(point[axis]))
            })
        };
        let rows = points.iter().enumerate().filter(|(_, point)| inside(point));
        rows.map(|(row, _)| row).collect()
    }

    /// Returns the point nearest to the cursor, if it is near. Points in the cursor's character take precedence.
    pub(super) fn nearest(&self, points: &[[f32; 2]]) -> Option<usize> {
        let half = self.half();
        let characters = |point: &[f32; 2]| {
            let off = [0, 1].map(|axis| (f64::from(point[axis]) - self.cursor[axis]) / half[axis] / 2.0);
            off[0].abs().max(off[1].abs())
        };
        let of_point = |point: &[f32; 2]| {
            if point.iter().all(|value| value.is_finite()) { characters(point) } else { f64::INFINITY }
        };
        let distances = points.iter().map(of_point).enumerate().filter(|(_, distance)| *distance <= NEAR);
        distances.min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(row, _)| row)
    }

    /// Moves the cursor or zooms, and returns whether the action did one of these.
    pub(super) fn on_action(&mut self, action: Action) -> bool {
        let [across, down] = PAGE;
        match action {
            Action::Left => self.step(-1, 0),
            Action::Right => self.step(1, 0),
            Action::Up => self.step(0, -1),
            Action::Down => self.step(0, 1),
            Action::HalfPageUp => self.step(0, -down / 2),
            Action::HalfPageDown => self.step(0, down / 2),
            Action::PageUp => self.step(0, -down),
            Action::PageDown => self.step(0, down),
            Action::PageLeft => self.step(-across, 0),
            Action::PageRight => self.step(across, 0),
            Action::ZoomIn => self.zoom(2.0),
            Action::ZoomOut => self.zoom(0.5),
            Action::First => (self.view, self.cursor) = (self.whole, self.whole.center),
            _ => return false,
        }
        true
    }

    /// Moves the cursor by characters. At an edge the view moves too, within the area of the points.
    fn step(&mut self, columns: i32, rows: i32) {
        let (half, whole, view) = (self.half(), self.whole(), self.view());
        let to =
            [self.cursor[0] + f64::from(columns) * 2.0 * half[0], self.cursor[1] - f64::from(rows) * 2.0 * half[1]];
        for axis in 0..2 {
            let (middle, reach) = (whole.center[axis], whole.reach[axis] - half[axis]);
            self.cursor[axis] = to[axis].clamp(middle - reach.max(0.0), middle + reach.max(0.0));
            let room = (view.reach[axis] - half[axis]).max(0.0);
            let center = &mut self.view.center[axis];
            *center = center.clamp(self.cursor[axis] - room, self.cursor[axis] + room);
        }
    }

    /// Zooms around the cursor, never out beyond the whole.
    fn zoom(&mut self, factor: f64) {
        let now = self.whole.reach[0] / self.view.reach[0];
        let factor = (now * factor).clamp(1.0, CLOSEST) / now;
        let (whole, view) = (self.whole(), self.view());
        for axis in 0..2 {
            let off = (view.center[axis] - self.cursor[axis]) / factor;
            let room = (whole.reach[axis] - view.reach[axis] / factor).max(0.0);
            let middle = whole.center[axis];
            self.view.reach[axis] /= factor;
            self.view.center[axis] = (self.cursor[axis] + off).clamp(middle - room, middle + room);
        }
    }

    /// Moves the cursor to a point.
    pub(super) fn go_to(&mut self, point: [f64; 2]) {
        if point.iter().all(|value| value.is_finite()) {
            self.cursor = point;
            self.step(0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORNERS: [[f32; 2]; 2] = [[-10.0, -10.0], [10.0, 10.0]];

    #[test]
    fn the_cursor_remains_visible_and_the_view_remains_on_the_points() {
        let mut viewport = Viewport::of(&CORNERS);
        for action in [Action::ZoomIn, Action::ZoomIn, Action::Left, Action::PageUp, Action::PageUp, Action::PageUp] {
            for _ in 0..9 {
                assert!(viewport.on_action(action));
                assert!(
                    viewport.view().place(viewport.cursor).is_some(),
                    "{:?} is not in {:?}",
                    viewport.cursor,
                    viewport.view()
                );
            }
        }
        assert_eq!(viewport.magnification(), CLOSEST);
        viewport.on_action(Action::First);
        assert_eq!((viewport.magnification(), viewport.view), (1.0, viewport.whole));
        viewport.on_action(Action::ZoomOut);
        assert_eq!(viewport.view, viewport.whole);
    }

    #[test]
    fn every_step_of_the_cursor_has_a_key() {
        use crate::tui::keymap::{Context, Keymap};
        let keymap = Keymap::bundled().unwrap();
        let contexts = [Context::Embedding, Context::Results, Context::List, Context::Global];
        let steps = Action::ALL.iter().filter(|action| Viewport::of(&CORNERS).on_action(**action));
        for step in steps {
            assert!(keymap.key_for(&contexts, *step).is_some(), "{step} has no key in the embedding");
        }
    }

    #[test]
    fn zooming_in_and_out_again_shows_the_whole() {
        let mut viewport = Viewport::of(&CORNERS);
        viewport.go_to([7.0, -8.0]);
        viewport.on_action(Action::ZoomIn);
        assert_eq!(viewport.cursor, [7.0, -8.0]);
        viewport.on_action(Action::ZoomOut);
        assert!((viewport.view.center[0] - viewport.whole.center[0]).abs() < 1e-9);
    }

    #[test]
    fn a_box_holds_the_cells_of_the_characters_it_covers() {
        let points = [[0.0, 0.0], [3.0, 0.0], [9.0, 9.0], [f32::NAN, 0.0]];
        let mut viewport = Viewport::of(&CORNERS);
        assert!(viewport.boxed(&points).is_empty());
        viewport.open_box();
        (0..12).for_each(|_| viewport.step(1, 0));
        assert_eq!(viewport.boxed(&points), [0, 1]);
        viewport.close_box();
        assert!(!viewport.is_boxing());
    }

    #[test]
    fn the_nearest_cell_is_selected_if_it_is_near() {
        let mut viewport = Viewport::of(&CORNERS);
        assert_eq!(viewport.nearest(&[[9.0, 9.0], [0.3, 0.0], [0.1, 0.1]]), Some(2));
        assert_eq!(viewport.nearest(&[[9.0, 9.0], [f32::NAN, 0.0]]), None);
        viewport.go_to([9.0, 9.0]);
        assert_eq!(viewport.nearest(&[[9.0, 9.0]]), Some(0));
    }

    #[test]
    fn the_cursor_reaches_every_character_and_stays_in_sight_when_zooming() {
        for size in [Size::new(46, 20), Size::new(76, 55), Size::new(160, 12)] {
            let mut viewport = Viewport::of(&[[-10.0, -2.0], [10.0, 2.0]]);
            viewport.drawn_in(size);
            for corner in [[0, 0], [size.width - 1, size.height - 1]] {
                viewport.on_action(Action::First);
                viewport.go_to(viewport.view().point(corner, size));
                assert_eq!(viewport.view().character(viewport.cursor, size), Some(corner));
                for action in [Action::ZoomIn, Action::ZoomIn, Action::ZoomOut, Action::ZoomOut] {
                    viewport.on_action(action);
                    assert!(
                        viewport.view().place(viewport.cursor).is_some(),
                        "{:?} in {:?}",
                        viewport.cursor,
                        viewport.view()
                    );
                }
            }
        }
    }

    #[test]
    fn a_single_point_can_be_shown() {
        let mut viewport = Viewport::of(&[[5.0, 5.0]]);
        for action in [Action::ZoomIn, Action::Left, Action::Up, Action::ZoomOut, Action::PageDown] {
            viewport.on_action(action);
        }
        assert!(viewport.cursor.iter().all(|value| value.is_finite()));
    }
}
