//! The figure of a dot plot: groups × genes. The size of a dot is the fraction of the group's cells with a count, its
//! color the mean of the normalized values.
//!
//! A fraction f has the radius 9 · √f, so that areas are proportional to fractions. The scale of colors is 0 to the
//! highest mean of the plot.

use super::{
    colors::FigureColors,
    font::Font,
    legend::{HEADING, Legend, MARGIN, TEXT, below, noted},
    shape::{Anchor, Direction, Figure, Shape, TextStyle},
};
use crate::{
    analysis::{dot_plot::DotPlot, markers::Groups},
    domain::number::grouped,
    results::clusters::MOST_READABLE,
};

/// The width and the height of a dot's field.
const FIELD: f64 = 22.0;
/// The largest radius.
const RADIUS: f64 = 9.0;
/// The maximum width of a name.
const NAME: f64 = 320.0;
/// The maximum number of genes, of groups, and of dots.
pub const MOST_GENES: usize = 500;
/// See [`MOST_GENES`].
pub const MOST_GROUPS: usize = MOST_READABLE;
/// See [`MOST_GENES`].
pub const MOST_DOTS: usize = 20_000;
/// The width of the legend.
const LEGEND: f64 = 220.0;

/// A dot plot to draw.
#[derive(Clone, Debug)]
pub struct Dots {
    /// A title that says which groups and genes these are.
    pub title: String,
    /// The names of the groups and their numbers of cells, the rows.
    pub groups: Vec<(String, usize)>,
    /// The names of the genes, the columns.
    pub genes: Vec<String>,
    /// The number of columns in each section; sections have alternate grounds.
    pub sections: Vec<usize>,
    /// The dots of groups × genes.
    pub dots: DotPlot,
}

/// Returns the names of groups and their numbers of cells.
pub fn sized(groups: &Groups) -> Vec<(String, usize)> {
    groups.names().iter().zip(0..).map(|(name, group)| (name.clone(), groups.size(group))).collect()
}

/// Returns the radius of a fraction. The area of a dot is proportional to it.
fn radius(fraction: f64) -> f64 {
    RADIUS * fraction.clamp(0.0, 1.0).sqrt()
}

/// Draws a dot plot: 22 pixels for each gene and group, besides names and legend.
pub fn figure(plot: &Dots, colors: &FigureColors) -> Figure {
    let font = Font::bundled();
    let mut figure = Figure::new(plot.title.clone(), colors.ground);
    let longest = |names: &mut dyn Iterator<Item = &str>| {
        names.map(|name| font.width(name, TEXT)).fold(0.0, f64::max).min(NAME).ceil()
    };
    let sized: Vec<String> = plot.groups.iter().map(|(name, cells)| sized_name(&font, name, *cells)).collect();
    let left = MARGIN + longest(&mut sized.iter().map(String::as_str)) + 10.0;
    let above = longest(&mut plot.genes.iter().map(String::as_str));
    let top = MARGIN + HEADING + 15.0 + above + 10.0;
    let area = [FIELD * plot.genes.len() as f64, FIELD * plot.groups.len() as f64];
    let width = (left + area[0] + 30.0 + LEGEND + MARGIN).max(480.0);
    let heading = font.fit(&plot.title, HEADING, width - 2.0 * MARGIN);
    figure.text([MARGIN, MARGIN + HEADING], heading, TextStyle::new(HEADING, colors.text));
    sections(&mut figure, plot, ([left, top], area[1], colors));
    names(&mut figure, (plot, &sized), (&font, colors), [left, top]);
    let most = dots(&mut figure, plot, colors, [left, top]);
    let at = [left + area[0] + 30.0, top + 8.0];
    let mut side = Legend { figure: &mut figure, colors, font: &font, at, width: LEGEND };
    side.heading("share of cells with counts");
    side.sizes(&radius);
    side.gap();
    side.heading("mean of log1p(counts per 10,000)");
    side.ramp([0.0, most]);
    let bottom = side.at[1].max(top + area[1]);
    figure.reach([width, bottom + MARGIN]);
    figure
}

/// Returns the name of a group with its number of cells; a long name is cut.
fn sized_name(font: &Font, name: &str, cells: usize) -> String {
    let cells = format!(" ({})", grouped(cells as u64));
    format!("{}{cells}", font.fit(name, TEXT, NAME - font.width(&cells, TEXT)))
}

fn sections(figure: &mut Figure, plot: &Dots, ([left, top], height, colors): ([f64; 2], f64, &FigureColors)) {
    let fill = colors.ground.mix(colors.rest, 0.35);
    let mut first = 0;
    for (place, genes) in plot.sections.iter().enumerate() {
        if place % 2 == 0 {
            let at = [left + FIELD * first as f64, top];
            figure.add(Shape::Rect { at, size: [FIELD * *genes as f64, height], fill });
        }
        first += genes;
    }
}

fn names(
    figure: &mut Figure,
    (plot, groups): (&Dots, &[String]),
    (font, colors): (&Font, &FigureColors),
    [left, top]: [f64; 2],
) {
    let style = TextStyle::new(TEXT, colors.text);
    for (place, name) in groups.iter().enumerate() {
        let at = below([left - 8.0, top + (place as f64 + 0.5) * FIELD]);
        figure.text(at, name, style.anchored(Anchor::End));
    }
    for (place, gene) in plot.genes.iter().enumerate() {
        let at = [left + (place as f64 + 0.5) * FIELD + 4.3, top - 8.0];
        figure.text(at, font.fit(gene, TEXT, NAME), TextStyle { direction: Direction::Up, ..style });
    }
}

/// Draws the dots and returns the highest mean.
fn dots(figure: &mut Figure, plot: &Dots, colors: &FigureColors, [left, top]: [f64; 2]) -> f64 {
    let places = || (0..plot.groups.len()).flat_map(|group| (0..plot.genes.len()).map(move |gene| [group, gene]));
    let mean = |[group, gene]: [usize; 2]| plot.dots.dot(group, gene).mean;
    let most = places().map(mean).filter(|mean| mean.is_finite()).fold(0.0, f64::max);
    for [group, gene] in places() {
        let (dot, (name, cells)) = (plot.dots.dot(group, gene), &plot.groups[group]);
        if dot.fraction > 0.0 {
            let center = [left + (gene as f64 + 0.5) * FIELD, top + (group as f64 + 0.5) * FIELD];
            let fill = colors.score(if most > 0.0 { dot.mean / most } else { 0.0 });
            let note = format!(
                "{} in {}: {:.1} % of {cells} cells, mean {:.3}",
                noted(&plot.genes[gene]),
                noted(name),
                100.0 * dot.fraction,
                dot.mean
            );
            figure.add_noted(Shape::Circle { center, radius: radius(dot.fraction), fill }, note);
        }
    }
    most
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{analysis::GeneValues, results::figure::Ground};

    #[test]
    fn the_area_of_a_dot_is_the_fraction_and_its_color_the_mean() {
        let groups = Groups::new(["a", "b"].map(str::to_owned).to_vec(), vec![Some(0), Some(0), Some(1), Some(1)]);
        let genes = [GeneValues::new(4, vec![0], vec![2.0]), GeneValues::new(4, vec![2, 3], vec![4.0, 4.0])];
        let (dots, colors) = (DotPlot::new(&groups, &genes), FigureColors::bundled(Ground::Dark));
        let genes = ["CD3E", "MS4A1"].map(str::to_owned).to_vec();
        let drawn =
            figure(&Dots { title: "t".into(), groups: sized(&groups), genes, sections: vec![1, 1], dots }, &colors);
        let noted: Vec<_> = drawn.items.iter().filter_map(|item| Some((&item.shape, item.note.as_ref()?))).collect();
        assert_eq!(noted.len(), 2, "groups without counts of a gene have no dot");
        assert_eq!(noted[0].1, "CD3E in a: 50.0 % of 2 cells, mean 1.000");
        let dot = |place: usize| match noted[place].0 {
            Shape::Circle { radius, fill, .. } => (*radius, *fill),
            other => panic!("{other:?}"),
        };
        assert_eq!(dot(0), (9.0 * 0.5f64.sqrt(), colors.score(0.25)));
        assert_eq!(dot(1), (9.0, colors.score(1.0)));
        let is_cut = |shape: &Shape| matches!(shape, Shape::Text { text, .. } if text.contains('…'));
        assert!(!drawn.items.iter().any(|item| is_cut(&item.shape)), "the headings fit");
    }
}
