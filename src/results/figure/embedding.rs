//! The figure of an embedding: a point for each cell, colored by a category or a number, and a legend.
//!
//! Up to [`MAX_CIRCLES`] cells are circles. More cells become one image, so that the file stays small for a million.

use super::{
    colors::FigureColors,
    font::Font,
    legend::{self, Entry, HEADING, LINE, Legend, MARGIN, TEXT},
    raster,
    shape::{Anchor, Figure, Pixels, Rgb, Shape, TextStyle},
};
use crate::results::coloring::{Categories, Coloring, letter, lettered};

/// The maximum number of cells drawn as circles.
pub const MAX_CIRCLES: usize = 5_000;
/// The width and the height of the plot.
const SIDE: f64 = 600.0;
/// The width of the legend.
const LEGEND: f64 = 260.0;
/// The number of colors for numbers in an image.
const STEPS: usize = 128;

/// An embedding to draw.
pub struct EmbeddingPlot<'a> {
    /// The name of the embedding.
    pub name: &'a str,
    /// The coordinates of each cell.
    pub points: &'a [[f32; 2]],
    /// The color of each cell.
    pub coloring: &'a Coloring,
}

/// Draws an embedding: 920 × 680, higher with more than 36 categories.
pub fn figure(plot: &EmbeddingPlot<'_>, colors: &FigureColors) -> Figure {
    let font = Font::bundled();
    let mut figure = Figure::new(format!("{} colored by {}", plot.name, plot.coloring.title()), colors.ground);
    let heading = font.fit(&figure.title, HEADING, SIDE + LEGEND);
    figure.text([MARGIN, MARGIN + HEADING], heading, TextStyle::new(HEADING, colors.text));
    let top = MARGIN + HEADING + 15.0;
    let places = placed(plot.points);
    let ink = Ink { coloring: plot.coloring, colors };
    points(&mut figure, &ink, &places, [MARGIN, top]);
    if let Coloring::Categories(categories) = plot.coloring {
        letters(&mut figure, (categories, colors), &places, [MARGIN, top]);
    }
    let cells = places.iter().flatten().count();
    let foot = format!("{}, {} cells", plot.name, legend::count(cells));
    let foot_at = [MARGIN, top + SIDE + LINE];
    figure.text(foot_at, font.fit(&foot, TEXT, SIDE), TextStyle::new(TEXT, colors.muted));
    let at = [MARGIN + SIDE + 20.0, top + 8.0];
    let mut side = Legend { figure: &mut figure, colors, font: &font, at, width: LEGEND };
    write_legend(&mut side, plot.coloring);
    let bottom = side.at[1].max(foot_at[1]);
    figure.reach([MARGIN * 2.0 + SIDE + 20.0 + LEGEND, bottom + MARGIN]);
    figure
}

/// Returns the place of each cell in the plot, with the same scale on both axes; `None` without finite coordinates.
fn placed(points: &[[f32; 2]]) -> Vec<Option<[f64; 2]>> {
    let known = |point: &&[f32; 2]| point.iter().all(|value| value.is_finite());
    let mut low = [f64::INFINITY; 2];
    let mut high = [f64::NEG_INFINITY; 2];
    for point in points.iter().filter(known) {
        for axis in 0..2 {
            low[axis] = low[axis].min(f64::from(point[axis]));
            high[axis] = high[axis].max(f64::from(point[axis]));
        }
    }
    let span = (high[0] - low[0]).max(high[1] - low[1]);
    let unit = if span > 0.0 { (SIDE - 20.0) / span } else { 0.0 };
    let middle = [0, 1].map(|axis| low[axis].midpoint(high[axis]));
    let place = |point: &[f32; 2]| {
        let [x, y] = [0, 1].map(|axis| (f64::from(point[axis]) - middle[axis]) * unit);
        [SIDE / 2.0 + x, SIDE / 2.0 - y]
    };
    points.iter().map(|point| known(&point).then(|| place(point))).collect()
}

/// The colors of cells, by number.
struct Ink<'a> {
    coloring: &'a Coloring,
    colors: &'a FigureColors,
}

impl Ink<'_> {
    /// Returns all colors of points: that of cells without any, then the others.
    fn palette(&self) -> Vec<Rgb> {
        let others: Vec<Rgb> = match self.coloring {
            Coloring::Categories(_) => {
                (0..self.colors.category_count().min(255)).map(|place| self.colors.category(place)).collect()
            }
            Coloring::Values(_) => (0..STEPS).map(|step| self.colors.score(step as f64 / (STEPS - 1) as f64)).collect(),
        };
        std::iter::once(self.colors.rest).chain(others).collect()
    }

    /// Returns the color of a cell, as a place in the palette.
    fn of(&self, row: usize) -> u8 {
        match self.coloring {
            Coloring::Categories(categories) => match categories.of.get(row).map(|of| usize::from(*of)) {
                Some(of) if of < categories.entries.len() => (1 + of % self.colors.category_count().min(255)) as u8,
                Some(_) | None => 0,
            },
            Coloring::Values(values) => match values.of.get(row).map(|number| f64::from(*number)) {
                Some(number) if !number.is_nan() => 1 + (values.place(number) * (STEPS - 1) as f64).round() as u8,
                Some(_) | None => 0,
            },
        }
    }

    /// Returns the cells in the order of drawing. Cells without a color come first. Of numbers, the highest are on top;
    /// categories are mixed, so that none hides another.
    fn order(&self, cells: usize) -> Vec<(u8, usize)> {
        // The fractional part of the golden ratio spreads consecutive numbers evenly.
        let mixed = |row: usize| (row as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mut order: Vec<(u8, usize)> = (0..cells).map(|row| (self.of(row), row)).collect();
        match self.coloring {
            Coloring::Categories(_) => order.sort_unstable_by_key(|(color, row)| (*color > 0, mixed(*row))),
            Coloring::Values(_) => order.sort_unstable_by_key(|(color, row)| (*color, mixed(*row))),
        }
        order
    }
}

fn points(figure: &mut Figure, ink: &Ink<'_>, places: &[Option<[f64; 2]>], origin: [f64; 2]) {
    let count = places.iter().flatten().count();
    let radius = (110.0 / (count.max(1) as f64).sqrt()).clamp(0.7, 4.5);
    let palette = ink.palette();
    let drawn = ink.order(places.len()).into_iter().filter_map(|(color, row)| Some((color, places[row]?)));
    if count <= MAX_CIRCLES {
        for (color, [x, y]) in drawn {
            let center = [origin[0] + x, origin[1] + y];
            figure.add(Shape::Circle { center, radius, fill: palette[usize::from(color)] });
        }
        return;
    }
    let side = (SIDE * raster::SCALE) as usize;
    let palette = std::iter::once(ink.colors.ground).chain(palette).collect();
    let mut pixels = Pixels { width: side, height: side, palette, of: vec![0; side * side] };
    let disk = disk(radius * raster::SCALE);
    for (color, [x, y]) in drawn {
        stamp(&mut pixels, &disk, ([x, y].map(|at| (at * raster::SCALE) as i64), color + 1));
    }
    figure.add(Shape::Image { at: origin, size: [SIDE, SIDE], pixels });
}

/// Returns the pixels of a disk around its middle.
fn disk(radius: f64) -> Vec<[i64; 2]> {
    let reach = radius.ceil() as i64;
    let square = (-reach..=reach).flat_map(|y| (-reach..=reach).map(move |x| [x, y]));
    square.filter(|[x, y]| ((x * x + y * y) as f64) <= radius * radius).collect()
}

fn stamp(pixels: &mut Pixels, disk: &[[i64; 2]], ([x, y], color): ([i64; 2], u8)) {
    let (width, height) = (pixels.width as i64, pixels.height as i64);
    for [across, down] in disk {
        let [column, row] = [x + across, y + down];
        if (0..width).contains(&column) && (0..height).contains(&row) {
            pixels.of[(row * width + column) as usize] = color;
        }
    }
}

/// Writes the letter of each category at the median of its cells.
fn letters(
    figure: &mut Figure,
    (categories, colors): (&Categories, &FigureColors),
    places: &[Option<[f64; 2]>],
    origin: [f64; 2],
) {
    let mut of_each: Vec<[Vec<f64>; 2]> = vec![Default::default(); usize::from(lettered(categories))];
    if of_each.len() < 2 {
        return;
    }
    for (of, place) in categories.of.iter().zip(places) {
        if let (Some(coordinates), Some(place)) = (of_each.get_mut(usize::from(*of)), place) {
            coordinates.iter_mut().zip(place).for_each(|(list, value)| list.push(*value));
        }
    }
    let style = TextStyle { halo: Some(colors.ground), ..TextStyle::new(14.0, colors.text).anchored(Anchor::Middle) };
    for (place, mut coordinates) in of_each.into_iter().enumerate() {
        if coordinates[0].is_empty() {
            continue;
        }
        let middle = coordinates[0].len() / 2;
        let [x, y] = [0, 1].map(|axis| *coordinates[axis].select_nth_unstable_by(middle, f64::total_cmp).1);
        figure.text([origin[0] + x, origin[1] + y + 5.0], letter(place), style);
    }
}

fn write_legend(side: &mut Legend<'_>, coloring: &Coloring) {
    match coloring {
        Coloring::Categories(categories) => {
            side.heading(&categories.title);
            for entry in entries(categories, side.colors) {
                side.entry(&entry);
            }
        }
        Coloring::Values(values) => {
            side.heading(&format!("{} {}", values.title, values.label));
            side.ramp(values.scale);
            side.heading(&format!("mean {:.3}", values.mean));
            let without = values.of.len() - values.cells;
            if without > 0 {
                let entry =
                    Entry { letter: None, color: Some(side.colors.rest), label: "no value".into(), cells: without };
                side.entry(&entry);
            }
        }
    }
}

/// Returns the lines of a legend: the categories with a letter, the number of the others, and cells without a category.
fn entries(categories: &Categories, colors: &FigureColors) -> Vec<Entry> {
    let shown = usize::from(lettered(categories));
    let mark = |place| (categories.entries.len() > 1).then(|| letter(place));
    let named = categories.entries[..shown].iter().enumerate().map(|(place, entry)| Entry {
        letter: mark(place),
        color: Some(colors.category(place)),
        label: entry.label.clone(),
        cells: entry.cells,
    });
    let rest = &categories.entries[shown..];
    let more = (!rest.is_empty()).then(|| Entry {
        letter: None,
        color: None,
        label: format!("{} more", rest.len()),
        cells: rest.iter().map(|entry| entry.cells).sum(),
    });
    let without = categories.without.iter().map(|(reason, cells)| Entry {
        letter: None,
        color: Some(colors.rest),
        label: (*reason).to_owned(),
        cells: *cells,
    });
    named.chain(more).chain(without).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{
        coloring::{Property, Values},
        figure::{FigureFormat, Ground},
    };

    fn categories(of: &[u32]) -> Coloring {
        let of: Vec<_> = of.iter().map(|of| Some(Some(*of))).collect();
        Coloring::Categories(Categories::new(
            ("call", Property::Call),
            ["T cell", "B cell"].map(str::to_owned).to_vec(),
            &of,
        ))
    }

    fn draw(points: &[[f32; 2]], coloring: &Coloring) -> Figure {
        figure(&EmbeddingPlot { name: "X_umap", points, coloring }, &FigureColors::bundled(Ground::Light))
    }

    #[test]
    fn cells_have_the_colors_of_their_categories_and_stay_in_the_plot() {
        let coloring = categories(&[0, 1, 1, 9]);
        let drawn = draw(&[[0.0, 0.0], [10.0, 5.0], [f32::NAN, 1.0], [10.0, 0.0]], &coloring);
        let colors = FigureColors::bundled(Ground::Light);
        let circles = drawn.items.iter().filter_map(|item| match item.shape {
            Shape::Circle { center, fill, radius: 4.5 } => Some((center, fill)),
            _ => None,
        });
        let circles: Vec<_> = circles.collect();
        assert_eq!(circles.len(), 3, "a cell without coordinates is left out");
        // The most frequent category, B cell, has the first color; the cell without a category is pale and drawn first.
        assert_eq!(circles[0], ([MARGIN + 590.0, 50.0 + 445.0], colors.rest));
        assert!(circles.contains(&([MARGIN + 590.0, 50.0 + 155.0], colors.category(0))), "{circles:?}");
        assert!(circles.contains(&([MARGIN + 10.0, 50.0 + 445.0], colors.category(1))), "{circles:?}");
    }

    #[test]
    fn many_cells_become_one_small_image() {
        let cells = 200_000;
        let at =
            |row: usize| [(row as f32 * 0.7).sin() * (row % 97) as f32, (row as f32 * 0.3).cos() * (row % 89) as f32];
        let points: Vec<[f32; 2]> = (0..cells).map(at).collect();
        let values = Coloring::Values(Values::of(
            "expression of",
            "CD3E",
            (0..cells).map(|row| (row % 101) as f32 / 100.0).collect(),
        ));
        let of: Vec<u32> = (0..cells as u32).map(|row| row % 2).collect();
        for coloring in [values, categories(&of)] {
            let drawn = draw(&points, &coloring);
            assert!(drawn.items.iter().any(|item| matches!(item.shape, Shape::Image { .. })));
            let svg = FigureFormat::Svg.write(&drawn);
            assert!(svg.len() < 3 << 20, "{} bytes", svg.len());
            assert_eq!(svg, FigureFormat::Svg.write(&draw(&points, &coloring)), "the same input gives the same bytes");
        }
    }
}
