//! The figure of an embedding: a point for each cell, colored by a category or a number, and a legend.
//!
//! Up to [`MAX_SHAPES`] cells are shapes. More cells become one image, so that the file stays small for a million.
//!
//! The first 12 categories have the colors of the theme. Of shapes, the next ones have the same colors in other forms:
//! disks, squares, triangles, diamonds. Of pixels, they have lighter, then darker tints. Each category also has a letter
//! at its most central cell. Inferred calls are hollow, or pale pixels, in the color of their cell type.
//!
//! With n cells, a point has the radius 110 / √n, limited to 0.7 to 4.5 pixels. Both axes have the same scale.

mod ink;
mod letters;
mod points;

use super::{
    colors::FigureColors,
    font::Font,
    legend::{HEADING, LINE, Legend, MARGIN, TEXT},
    shape::{Figure, TextStyle},
};
use crate::{
    domain::{
        number::short,
        text::{clean, numbered},
    },
    results::coloring::Coloring,
};
use ink::Ink;

/// The maximum number of cells drawn as shapes.
pub const MAX_SHAPES: usize = 5_000;
/// The width and the height of the plot.
const SIDE: f64 = 600.0;
/// The width of the legend.
const LEGEND: f64 = 320.0;

/// An embedding to draw.
pub struct EmbeddingPlot<'a> {
    /// The name of the embedding and its dimensions.
    pub name: &'a str,
    /// The coordinates of each cell.
    pub points: &'a [[f32; 2]],
    /// The color of each cell.
    pub coloring: &'a Coloring,
    /// The only category in color, as a place among the categories; `None` for all.
    pub only: Option<u16>,
}

impl EmbeddingPlot<'_> {
    /// Returns the coloring in words: `call`, or `call, B cell only`.
    pub fn colored_by(&self) -> String {
        match self.coloring {
            Coloring::Categories(categories) => {
                match self.only.and_then(|only| categories.entries.get(usize::from(only))) {
                    Some(entry) => format!("{}, {} only", categories.title, entry.label),
                    None => self.coloring.title(),
                }
            }
            Coloring::Values(_) => self.coloring.title(),
        }
    }
}

/// Draws an embedding: 980 × 690, higher with more than 36 categories.
pub fn figure(plot: &EmbeddingPlot<'_>, colors: &FigureColors) -> Figure {
    let font = Font::bundled();
    let mut figure = Figure::new(format!("{} colored by {}", plot.name, plot.colored_by()), colors.ground);
    let heading = font.fit(&figure.title, HEADING, SIDE + LEGEND);
    figure.text([MARGIN, MARGIN + HEADING], heading, TextStyle::new(HEADING, colors.text));
    let top = MARGIN + HEADING + 15.0;
    let places = placed(plot.points);
    let cells = places.iter().flatten().count();
    let ink = Ink::new((plot.coloring, plot.only), colors, points::kind(cells));
    points::draw(&mut figure, &ink, &places, [MARGIN, top]);
    if let Coloring::Categories(categories) = plot.coloring {
        letters::write(&mut figure, &letters::Letters { categories, only: plot.only, colors }, &places, [MARGIN, top]);
    }
    let foot = foot(&font, plot.name, [cells, places.len() - cells]);
    let foot_at = [MARGIN, top + SIDE + LINE];
    figure.text(foot_at, foot, TextStyle::new(TEXT, colors.muted));
    let at = [MARGIN + SIDE + 20.0, top + 8.0];
    let mut side = Legend { figure: &mut figure, colors, font: &font, at, width: LEGEND };
    write_legend(&mut side, plot.coloring, &ink);
    let bottom = side.at[1].max(foot_at[1]);
    figure.reach([MARGIN * 2.0 + SIDE + 20.0 + LEGEND, bottom + MARGIN]);
    figure
}

/// Returns the line below the plot: the embedding, the number of cells, and the number of cells without coordinates.
fn foot(font: &Font, name: &str, [cells, missing]: [usize; 2]) -> String {
    let mut count = format!(", {}", numbered(cells, "cell", "cells"));
    if missing > 0 {
        count.push_str(&format!("; {} without coordinates", numbered(missing, "cell", "cells")));
    }
    format!("{}{count}", font.fit(&clean(name), TEXT, SIDE - font.width(&count, TEXT)))
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

fn write_legend(side: &mut Legend<'_>, coloring: &Coloring, ink: &Ink<'_>) {
    match coloring {
        Coloring::Categories(categories) => {
            side.heading(&categories.title);
            ink.entries(categories).iter().for_each(|entry| side.entry(entry));
        }
        Coloring::Values(values) => {
            side.heading(&format!("{} {}", values.title, values.label));
            side.ramp_between(values.ends());
            let are_scores = values.scale == [0.0, 1.0];
            let mean = if are_scores { format!("{:.3}", values.mean) } else { short(values.mean) };
            side.heading(&format!("mean {mean}"));
            let without = values.of.len() - values.cells - values.outside;
            for (label, cells) in [("no value", without), ("other cells", values.outside)] {
                if cells > 0 {
                    side.entry(&ink.rest(label, cells));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{
        coloring::{Categories, Property, Values},
        figure::{FigureFormat, Ground, shape::Shape},
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
        figure(&EmbeddingPlot { name: "X_umap", points, coloring, only: None }, &FigureColors::bundled(Ground::Light))
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
        let is_foot = |item: &crate::results::figure::shape::Item| matches!(&item.shape, Shape::Text { text, .. } if text == "X_umap, 3 cells; 1 cell without coordinates");
        assert!(drawn.items.iter().any(is_foot));
        // The most frequent category, B cell, has the first color; the cell without a category is pale and drawn first.
        assert_eq!(circles[0], ([MARGIN + 590.0, 50.0 + 445.0], colors.rest));
        assert!(circles.contains(&([MARGIN + 590.0, 50.0 + 155.0], colors.category(0))), "{circles:?}");
        assert!(circles.contains(&([MARGIN + 10.0, 50.0 + 445.0], colors.category(1))), "{circles:?}");
    }

    #[test]
    fn one_category_in_color_leaves_the_others_pale() {
        // B cell, the most frequent category, is at place 0.
        let coloring = categories(&[0, 1, 1, 0, 1]);
        let points = [[0.0, 0.0], [10.0, 5.0], [9.0, 1.0], [10.0, 0.0], [3.0, 3.0]];
        let plot = EmbeddingPlot { name: "X_umap", points: &points, coloring: &coloring, only: Some(1) };
        let colors = FigureColors::bundled(Ground::Light);
        let drawn = figure(&plot, &colors);
        assert_eq!(drawn.title, "X_umap colored by call, T cell only");
        let fills: Vec<_> = drawn
            .items
            .iter()
            .filter_map(|item| match item.shape {
                Shape::Circle { fill, radius: 4.5, .. } => Some(fill),
                _ => None,
            })
            .collect();
        let count = |color| fills.iter().filter(|fill| **fill == color).count();
        assert_eq!((count(colors.category(1)), count(colors.rest), fills.len()), (2, 3, 5));
        let texts: Vec<&str> = drawn
            .items
            .iter()
            .filter_map(|item| match &item.shape {
                Shape::Text { text, .. } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        assert!(texts.contains(&"T cell") && texts.contains(&"other cells") && !texts.contains(&"B cell"), "{texts:?}");
        assert_eq!(texts.iter().filter(|text| **text == "b").count(), 2, "in the plot and in the legend: {texts:?}");
        assert!(!texts.contains(&"a"), "{texts:?}");
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
