//! A scatter plot of any number of points: they are counted into the plot's dots, and each character takes the colour
//! of most of its points.

use std::collections::HashMap;

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};

/// The characters a plot is drawn with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Marker {
    /// Two by four dots a character.
    #[default]
    Braille,
    /// One by two.
    HalfBlock,
    /// One, shaded by the number of points.
    Block,
    /// One, shaded by the number of points, in ASCII.
    Ascii,
}

/// The part of the plane that is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// The middle.
    pub center: [f64; 2],
    /// Half its width and half its height.
    pub reach: [f64; 2],
}

/// A plot being filled.
#[derive(Clone, Debug)]
pub struct Scatter {
    size: [usize; 2],
    marker: Marker,
    view: View,
    dots: Vec<u8>,
    counts: Vec<u32>,
    colors: Vec<HashMap<u16, u32>>,
}

impl Marker {
    /// The next one, for the key that cycles them.
    pub fn next(self) -> Self {
        match self {
            Self::Braille => Self::HalfBlock,
            Self::HalfBlock => Self::Block,
            Self::Block => Self::Ascii,
            Self::Ascii => Self::Braille,
        }
    }

    fn dots(self) -> [usize; 2] {
        match self {
            Self::Braille => [2, 4],
            Self::HalfBlock => [1, 2],
            Self::Block | Self::Ascii => [1, 1],
        }
    }
}

impl View {
    /// The view that shows all points, with a margin. Points that are not finite are left out.
    pub fn of(points: impl Iterator<Item = [f64; 2]>) -> Self {
        let mut low = [f64::INFINITY; 2];
        let mut high = [f64::NEG_INFINITY; 2];
        for point in points.filter(|point| point.iter().all(|value| value.is_finite())) {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        if low[0] > high[0] {
            return Self { center: [0.0; 2], reach: [1.0; 2] };
        }
        let reach = [0, 1].map(|axis| ((high[axis] - low[axis]) * 0.525).max(f64::MIN_POSITIVE));
        Self { center: [(low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0], reach }
    }

    /// The view closer by a factor around its middle.
    pub fn zoomed(self, factor: f64) -> Self {
        Self { reach: self.reach.map(|reach| reach / factor), ..self }
    }

    /// The view moved by shares of its reach.
    pub fn moved(self, [right, up]: [f64; 2]) -> Self {
        Self { center: [self.center[0] + right * self.reach[0], self.center[1] + up * self.reach[1]], ..self }
    }

    /// The place of a point in 0..1 from the upper left corner, if it is in view.
    fn place(&self, point: [f64; 2]) -> Option<[f64; 2]> {
        let across = (point[0] - self.center[0]) / self.reach[0] / 2.0 + 0.5;
        let down = 0.5 - (point[1] - self.center[1]) / self.reach[1] / 2.0;
        ((0.0..1.0).contains(&across) && (0.0..1.0).contains(&down)).then_some([across, down])
    }

    /// The point in the middle of a character of a plot of some size.
    pub fn point(&self, [column, row]: [u16; 2], area: Rect) -> [f64; 2] {
        let across = (f64::from(column) + 0.5) / f64::from(area.width.max(1));
        let down = (f64::from(row) + 0.5) / f64::from(area.height.max(1));
        [self.center[0] + (across - 0.5) * 2.0 * self.reach[0], self.center[1] + (0.5 - down) * 2.0 * self.reach[1]]
    }
}

impl Scatter {
    /// An empty plot for an area.
    pub fn new(area: Rect, marker: Marker, view: View) -> Self {
        let size = [usize::from(area.width), usize::from(area.height)];
        let characters = size[0] * size[1];
        let (counts, colors) = (vec![0; characters], vec![HashMap::new(); characters]);
        Self { size, marker, view, dots: vec![0; characters], counts, colors }
    }

    /// Adds a point with the number of its colour.
    pub fn add(&mut self, point: [f64; 2], color: u16) {
        let Some([across, down]) = self.view.place(point) else { return };
        let [columns, rows] = self.marker.dots();
        let (x, y) =
            ((across * (self.size[0] * columns) as f64) as usize, (down * (self.size[1] * rows) as f64) as usize);
        let place = y / rows * self.size[0] + x / columns;
        if place < self.counts.len() {
            self.dots[place] |= self.dot(x % columns, y % rows);
            self.counts[place] += 1;
            *self.colors[place].entry(color).or_default() += 1;
        }
    }

    fn dot(&self, x: usize, y: usize) -> u8 {
        const BRAILLE: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];
        match self.marker {
            Marker::Braille => BRAILLE[x][y],
            Marker::HalfBlock | Marker::Block | Marker::Ascii => 1 << y,
        }
    }

    /// Draws it, each character in the style of its most frequent colour; of two equally frequent the lower number.
    pub fn render(&self, area: Rect, buffer: &mut Buffer, style: &dyn Fn(u16) -> Style) {
        let most = self.counts.iter().copied().max().unwrap_or(0).max(1);
        for (place, &count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let position =
                Position::new(area.x + (place % self.size[0]) as u16, area.y + (place / self.size[0]) as u16);
            let color = self.colors[place].iter().max_by_key(|(color, count)| (**count, u16::MAX - **color));
            if let (Some(cell), Some((&color, _))) = (buffer.cell_mut(position), color) {
                cell.set_char(self.symbol(self.dots[place], count, most)).set_style(style(color));
            }
        }
    }

    fn symbol(&self, dots: u8, count: u32, most: u32) -> char {
        // Shades by the logarithm: plots are dense in few places.
        let shade = |symbols: [char; 5]| {
            let share = f64::from(count).ln_1p() / f64::from(most).ln_1p();
            symbols[((share * 5.0) as usize).min(4)]
        };
        match self.marker {
            Marker::Braille => char::from_u32(0x2800 + u32::from(dots)).unwrap_or('.'),
            Marker::HalfBlock => ['▀', '▄', '█'][usize::from(dots.clamp(1, 3)) - 1],
            Marker::Block => shade(['·', '░', '▒', '▓', '█']),
            Marker::Ascii => shade(['.', ':', 'o', 'O', '@']),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(marker: Marker, points: &[[f64; 2]]) -> Vec<String> {
        let area = Rect::new(0, 0, 4, 2);
        let mut plot = Scatter::new(area, marker, View { center: [0.0; 2], reach: [1.0; 2] });
        for point in points {
            plot.add(*point, 0);
        }
        let mut buffer = Buffer::empty(area);
        plot.render(area, &mut buffer, &|_| Style::new());
        buffer.content.chunks(4).map(|row| row.iter().map(|cell| cell.symbol()).collect()).collect()
    }

    #[test]
    fn corners_stand_in_corners() {
        let corners = [[-0.999, 0.999], [0.999, -0.999]];
        assert_eq!(drawn(Marker::Braille, &corners), ["⠁   ", "   ⢀"]);
        assert_eq!(drawn(Marker::HalfBlock, &corners), ["▀   ", "   ▄"]);
        assert_eq!(drawn(Marker::Ascii, &corners), ["@   ", "   @"]);
    }

    #[test]
    fn points_out_of_view_or_not_finite_are_left_out() {
        assert_eq!(drawn(Marker::Braille, &[[5.0, 0.0], [f64::NAN, 0.0], [0.0, f64::INFINITY]]), ["    ", "    "]);
        assert_eq!(View::of([[f64::NAN, 0.0]].into_iter()).reach, [1.0, 1.0]);
    }

    #[test]
    fn a_character_takes_the_color_of_most_of_its_points() {
        let area = Rect::new(0, 0, 1, 1);
        let mut plot = Scatter::new(area, Marker::Block, View { center: [0.0; 2], reach: [1.0; 2] });
        for color in [3, 7, 7] {
            plot.add([0.0, 0.0], color);
        }
        let mut buffer = Buffer::empty(area);
        plot.render(area, &mut buffer, &|color| Style::new().fg(ratatui::style::Color::Indexed(color as u8)));
        assert_eq!(buffer[(0, 0)].fg, ratatui::style::Color::Indexed(7));
    }
}
