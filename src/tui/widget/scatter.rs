//! A scatter plot of any number of points. [`Scatter::plot`] counts the points once, in milliseconds for a million;
//! the cost of [`Scatter::render`] depends only on the number of characters.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect, Size},
    style::Style,
};

/// The characters of a plot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Marker {
    /// Two by four dots in a character.
    #[default]
    Braille,
    /// One by two dots in a character.
    HalfBlock,
    /// One dot, shaded by the number of points.
    Block,
    /// One dot, with the letter of the most frequent category.
    Letter,
    /// One dot, shaded by the number of points, in ASCII.
    Ascii,
}

/// The visible part of the plane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// The center.
    pub center: [f64; 2],
    /// Half the width and half the height.
    pub reach: [f64; 2],
}

/// The coloring of points.
#[derive(Clone, Copy, Debug)]
pub enum Ink<'a> {
    /// By category; categories from `count` on mean none.
    Categories {
        /// The category of each point.
        of: &'a [u16],
        /// The number of categories.
        count: u16,
        /// The only category to show, if not all are shown.
        only: Option<u16>,
    },
    /// By a number; NaN means none.
    Scores(&'a [f32]),
    /// All points alike.
    Plain,
}

/// The shade of a character.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shade {
    /// The most frequent category of its points.
    Category(u16),
    /// The mean number of its points.
    Score(f32),
    /// No point has a category or a number.
    Rest,
}

/// The glyph of a shade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyph {
    /// The marker's character; this letter for markers of letters.
    Marker(char),
    /// A letter for any marker, as the color is shared with another shade.
    Letter(char),
}

/// A plot.
#[derive(Clone, Debug)]
pub struct Scatter {
    size: Size,
    marker: Marker,
    dots: Vec<u8>,
    counts: Vec<u32>,
    shades: Vec<Shade>,
}

impl Marker {
    /// Returns the next marker in the cycle.
    pub fn next(self) -> Self {
        match self {
            Self::Braille => Self::HalfBlock,
            Self::HalfBlock => Self::Block,
            Self::Block => Self::Letter,
            Self::Letter => Self::Ascii,
            Self::Ascii => Self::Braille,
        }
    }

    fn dots(self) -> [usize; 2] {
        match self {
            Self::Braille => [2, 4],
            Self::HalfBlock => [1, 2],
            Self::Block | Self::Letter | Self::Ascii => [1, 1],
        }
    }
}

impl View {
    /// Returns the view of all points, with a margin. Points that are not finite are ignored.
    pub fn of(points: &[[f32; 2]]) -> Self {
        let mut low = [f64::INFINITY; 2];
        let mut high = [f64::NEG_INFINITY; 2];
        for point in
            points.iter().map(|point| point.map(f64::from)).filter(|point| point.iter().all(|value| value.is_finite()))
        {
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

    /// Returns the view with more room along one axis, so that a unit is as long on both axes in a plot of some size.
    /// A character is taken for twice as high as wide.
    pub fn even(self, size: Size) -> Self {
        let sides = [f64::from(size.width.max(1)), 2.0 * f64::from(size.height.max(1))];
        let unit = (self.reach[0] / sides[0]).max(self.reach[1] / sides[1]);
        Self { reach: sides.map(|side| (side * unit).max(f64::MIN_POSITIVE)), ..self }
    }

    /// Returns the place of a visible point, in 0..1 from the upper left corner.
    pub fn place(&self, point: [f64; 2]) -> Option<[f64; 2]> {
        let across = (point[0] - self.center[0]) / self.reach[0] / 2.0 + 0.5;
        let down = 0.5 - (point[1] - self.center[1]) / self.reach[1] / 2.0;
        ((0.0..1.0).contains(&across) && (0.0..1.0).contains(&down)).then_some([across, down])
    }

    /// Returns the point in the middle of a character of a plot.
    pub fn point(&self, [column, row]: [u16; 2], size: Size) -> [f64; 2] {
        let across = (f64::from(column) + 0.5) / f64::from(size.width.max(1));
        let down = (f64::from(row) + 0.5) / f64::from(size.height.max(1));
        [self.center[0] + (across - 0.5) * 2.0 * self.reach[0], self.center[1] + (0.5 - down) * 2.0 * self.reach[1]]
    }

    /// Returns the character of a visible point in a plot.
    pub fn character(&self, point: [f64; 2], size: Size) -> Option<[u16; 2]> {
        let [across, down] = self.place(point)?;
        Some([(across * f64::from(size.width)) as u16, (down * f64::from(size.height)) as u16])
    }
}

/// The characters that points are counted into.
#[derive(Clone, Copy, Debug)]
pub struct Raster {
    /// The size of the plot.
    pub size: Size,
    /// The marker, which decides how many dots a character has.
    pub marker: Marker,
    /// The visible part of the plane.
    pub view: View,
}

/// The categories of points; see [`Ink::Categories`].
struct Categories<'a> {
    of: &'a [u16],
    count: u16,
    only: Option<u16>,
}

impl Scatter {
    /// Counts points into a plot.
    pub fn plot(raster: Raster, points: &[[f32; 2]], ink: Ink<'_>) -> Self {
        let Raster { size, marker, .. } = raster;
        let characters = usize::from(size.width) * usize::from(size.height);
        let mut plot = Self {
            size,
            marker,
            dots: vec![0; characters],
            counts: vec![0; characters],
            shades: vec![Shade::Rest; characters],
        };
        let grid = Grid::new(raster);
        match ink {
            Ink::Categories { of, count, only } => plot.count_categories(&grid, points, Categories { of, count, only }),
            Ink::Scores(scores) => plot.sum_scores(&grid, points, scores),
            Ink::Plain => {
                points.iter().filter_map(|point| grid.place(*point)).for_each(|(place, dot)| plot.add(place, dot))
            }
        }
        plot
    }

    fn add(&mut self, place: usize, dot: u8) {
        self.dots[place] |= dot;
        self.counts[place] += 1;
    }

    fn count_categories(&mut self, grid: &Grid, points: &[[f32; 2]], categories: Categories<'_>) {
        let Categories { of, count, only } = categories;
        let width = usize::from(count);
        let mut tally = vec![0u32; self.counts.len() * width];
        for (point, category) in points.iter().zip(of) {
            let Some((place, dot)) = grid.place(*point) else { continue };
            self.add(place, dot);
            if *category < count && only.is_none_or(|only| only == *category) {
                tally[place * width + usize::from(*category)] += 1;
            }
        }
        for (shade, tally) in self.shades.iter_mut().zip(tally.chunks(width.max(1))) {
            // Among equally frequent categories, take the lowest number.
            let most = (0..count).zip(tally).rev().max_by_key(|(_, tally)| **tally);
            if let Some((category, 1..)) = most {
                *shade = Shade::Category(category);
            }
        }
    }

    fn sum_scores(&mut self, grid: &Grid, points: &[[f32; 2]], scores: &[f32]) {
        let mut sums = vec![(0.0f32, 0u32); self.counts.len()];
        for (point, score) in points.iter().zip(scores) {
            let Some((place, dot)) = grid.place(*point) else { continue };
            self.add(place, dot);
            if !score.is_nan() {
                sums[place].0 += score;
                sums[place].1 += 1;
            }
        }
        for (shade, (sum, count)) in self.shades.iter_mut().zip(sums) {
            if count > 0 {
                *shade = Shade::Score(sum / count as f32);
            }
        }
    }

    /// Returns for each category the character nearest to the center of the characters where it is the most frequent.
    pub fn middles(&self, count: u16) -> Vec<Option<[u16; 2]>> {
        let columns = usize::from(self.size.width).max(1);
        let mut places: Vec<Vec<[u16; 2]>> = vec![Vec::new(); usize::from(count)];
        for (place, shade) in self.shades.iter().enumerate() {
            if let Shade::Category(category) = shade {
                let at = [(place % columns) as u16, (place / columns) as u16];
                places[usize::from(*category)].push(at);
            }
        }
        places.into_iter().map(|places| middle(&places)).collect()
    }

    /// Draws the plot; `paint` returns the style and the glyph of a shade.
    pub fn render(&self, area: Rect, buffer: &mut Buffer, paint: &dyn Fn(Shade) -> (Style, Glyph)) {
        let area = area.intersection(buffer.area);
        let most = self.counts.iter().copied().max().unwrap_or(0).max(1);
        let columns = usize::from(self.size.width);
        for (place, &count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let position = Position::new(area.x + (place % columns) as u16, area.y + (place / columns) as u16);
            if area.contains(position) {
                let (style, glyph) = paint(self.shades[place]);
                let symbol = match glyph {
                    Glyph::Marker(letter) => self.symbol(self.dots[place], count, most, letter),
                    Glyph::Letter(letter) => letter,
                };
                buffer[position].set_char(symbol).set_style(style);
            }
        }
    }

    fn symbol(&self, dots: u8, count: u32, most: u32, letter: char) -> char {
        // Shade by the logarithm, as plots are dense in few places.
        let shade = |symbols: [char; 5]| {
            let share = f64::from(count).ln_1p() / f64::from(most).ln_1p();
            symbols[((share * 5.0) as usize).min(4)]
        };
        match self.marker {
            Marker::Braille => char::from_u32(0x2800 + u32::from(dots)).unwrap_or('.'),
            Marker::HalfBlock => ['▀', '▄', '█'][usize::from(dots.clamp(1, 3)) - 1],
            Marker::Block => shade(['·', '░', '▒', '▓', '█']),
            Marker::Letter => letter,
            Marker::Ascii => shade(['.', ':', 'o', 'O', '@']),
        }
    }
}

/// Returns the character nearest to the center of some characters. Rows count double, as they are twice as high as
/// columns are wide.
fn middle(places: &[[u16; 2]]) -> Option<[u16; 2]> {
    let mean = |axis: usize| places.iter().map(|place| f64::from(place[axis])).sum::<f64>() / places.len() as f64;
    let [x, y] = [mean(0), mean(1)];
    let distance = |place: &[u16; 2]| (f64::from(place[0]) - x).powi(2) + 4.0 * (f64::from(place[1]) - y).powi(2);
    places.iter().copied().min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// A mapping from points to dots, prepared for a few multiplications for each point.
struct Grid {
    scale: [f32; 2],
    shift: [f32; 2],
    dots: [usize; 2],
    columns: usize,
    size: [f32; 2],
}

impl Grid {
    fn new(Raster { size, marker, view }: Raster) -> Self {
        let dots = marker.dots();
        let total = [f64::from(size.width) * dots[0] as f64, f64::from(size.height) * dots[1] as f64];
        let scale = [total[0] / view.reach[0] / 2.0, -total[1] / view.reach[1] / 2.0];
        let shift = [0, 1].map(|axis| (total[axis] / 2.0 - view.center[axis] * scale[axis]) as f32);
        let scale = scale.map(|scale| scale as f32);
        Self { scale, shift, dots, columns: usize::from(size.width), size: total.map(|total| total as f32) }
    }

    /// Returns the character of a visible point, and its dot.
    fn place(&self, point: [f32; 2]) -> Option<(usize, u8)> {
        const BRAILLE: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];
        let x = point[0] * self.scale[0] + self.shift[0];
        let y = point[1] * self.scale[1] + self.shift[1];
        if !(x >= 0.0 && x < self.size[0] && y >= 0.0 && y < self.size[1]) {
            return None;
        }
        let (x, y) = (x as usize, y as usize);
        let [columns, rows] = self.dots;
        let dot = if rows == 4 { BRAILLE[x % 2][y % 4] } else { 1 << (y % rows) };
        Some((y / rows * self.columns + x / columns, dot))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNIT: View = View { center: [0.0; 2], reach: [1.0; 2] };

    fn drawn(marker: Marker, points: &[[f32; 2]]) -> Vec<String> {
        let area = Rect::new(0, 0, 4, 2);
        let of = vec![0; points.len()];
        let plot = Scatter::plot(
            Raster { size: area.as_size(), marker, view: UNIT },
            points,
            Ink::Categories { of: &of, count: 1, only: None },
        );
        let mut buffer = Buffer::empty(area);
        plot.render(area, &mut buffer, &|_| (Style::new(), Glyph::Marker('a')));
        buffer.content.chunks(4).map(|row| row.iter().map(|cell| cell.symbol()).collect()).collect()
    }

    #[test]
    fn corners_are_drawn_in_corners() {
        let corners = [[-0.999, 0.999], [0.999, -0.999]];
        assert_eq!(drawn(Marker::Braille, &corners), ["⠁   ", "   ⢀"]);
        assert_eq!(drawn(Marker::HalfBlock, &corners), ["▀   ", "   ▄"]);
        assert_eq!(drawn(Marker::Ascii, &corners), ["@   ", "   @"]);
        assert_eq!(drawn(Marker::Letter, &corners), ["a   ", "   a"]);
    }

    #[test]
    fn points_out_of_view_or_not_finite_are_left_out() {
        assert_eq!(drawn(Marker::Braille, &[[5.0, 0.0], [f32::NAN, 0.0], [0.0, f32::INFINITY]]), ["    ", "    "]);
        assert_eq!(View::of(&[[f32::NAN, 0.0]]).reach, [1.0, 1.0]);
    }

    #[test]
    fn a_unit_is_as_long_on_both_axes_and_nothing_in_view_is_lost() {
        for size in [Size::new(46, 20), Size::new(76, 55), Size::new(200, 10), Size::new(1, 1), Size::new(0, 0)] {
            let view = View { center: [3.0, -2.0], reach: [4.0, 7.0] };
            let even = view.even(size);
            assert_eq!(even.center, view.center);
            assert!(even.reach[0] >= 4.0 - 1e-9 && even.reach[1] >= 7.0 - 1e-9, "{even:?} in {size:?}");
            assert!((even.reach[0] - 4.0).abs() < 1e-9 || (even.reach[1] - 7.0).abs() < 1e-9, "{even:?} in {size:?}");
            let across = even.reach[0] / f64::from(size.width.max(1));
            let down = even.reach[1] / f64::from(size.height.max(1)) / 2.0;
            assert!((across - down).abs() < 1e-9, "{even:?} in {size:?}");
        }
    }

    #[test]
    fn a_character_takes_the_category_of_most_of_its_points() {
        let size = Size::new(1, 1);
        let shade =
            |ink| Scatter::plot(Raster { size, marker: Marker::Block, view: UNIT }, &[[0.0, 0.0]; 3], ink).shades[0];
        assert_eq!(shade(Ink::Categories { of: &[3, 7, 7], count: 8, only: None }), Shade::Category(7));
        assert_eq!(shade(Ink::Categories { of: &[3, 7, 9], count: 8, only: None }), Shade::Category(3));
        assert_eq!(shade(Ink::Categories { of: &[9, 9, 9], count: 8, only: None }), Shade::Rest);
        assert_eq!(shade(Ink::Categories { of: &[3, 7, 7], count: 8, only: Some(3) }), Shade::Category(3));
        assert_eq!(shade(Ink::Categories { of: &[7, 7, 7], count: 8, only: Some(3) }), Shade::Rest);
        assert_eq!(shade(Ink::Scores(&[0.5, f32::NAN, 1.0])), Shade::Score(0.75));
        assert_eq!(shade(Ink::Scores(&[f32::NAN; 3])), Shade::Rest);
    }

    #[test]
    fn a_category_is_labeled_in_its_middle() {
        let points: Vec<[f32; 2]> = (0..9).map(|step| [step as f32 * 0.2 - 0.8, 0.0]).collect();
        let ink = Ink::Categories { of: &[0; 9], count: 2, only: None };
        let plot = Scatter::plot(Raster { size: Size::new(10, 3), marker: Marker::Braille, view: UNIT }, &points, ink);
        assert_eq!(plot.middles(2), [Some([5, 1]), None]);
    }

    #[test]
    fn no_size_is_too_small() {
        for size in [Size::new(0, 0), Size::new(0, 5), Size::new(5, 0)] {
            let ink = Ink::Categories { of: &[0], count: 1, only: None };
            let plot = Scatter::plot(Raster { size, marker: Marker::Braille, view: UNIT }, &[[0.0, 0.0]], ink);
            plot.render(Rect::new(0, 0, 9, 9), &mut Buffer::empty(Rect::new(0, 0, 3, 3)), &|_| {
                (Style::new(), Glyph::Marker('a'))
            });
            assert_eq!(plot.middles(1), [None]);
        }
    }
}
