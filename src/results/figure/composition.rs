//! The figure of a composition: a bar for each group, divided into the cell types of its cells.

use super::{
    colors::FigureColors,
    font::Font,
    legend::{Entry, HEADING, Legend, MARGIN, Swatch, TEXT, below, noted},
    shape::{Anchor, Figure, Rgb, Shape, TextStyle},
};
use crate::{domain::number::grouped, results::Overview};

/// The height of a bar with the space below.
const ROW: f64 = 24.0;
/// The height of a bar.
const BAR: f64 = 18.0;
/// The width of a bar.
const WIDTH: f64 = 460.0;
/// The maximum width of a name of a group; a longer name is cut and ends with an ellipsis.
const NAME: f64 = 360.0;
/// The minimum and the maximum width of the legend.
const LEGEND: [f64; 2] = [320.0, 640.0];
/// The maximum number of bars; the other groups are counted.
const MOST: usize = 200;

/// A part of all bars: one cell type, or several that share a color.
struct Part {
    color: Rgb,
    label: String,
    cells: usize,
    of_group: Vec<usize>,
}

/// Draws the cell types of groups: 24 pixels for each of up to 200 groups. As many types as there are colors have their own; the
/// others are one part, and so are cells without a call.
pub fn figure((overview, column): (&Overview, &str), colors: &FigureColors) -> Figure {
    let font = Font::bundled();
    let mut figure = Figure::new(format!("Cell types by {column}"), colors.ground);
    let shown = &overview.groups[..overview.groups.len().min(MOST)];
    let name_width = shown.iter().map(|group| font.width(&group.label, TEXT)).fold(0.0, f64::max).min(NAME);
    let (left, top) = (MARGIN + name_width.ceil() + 10.0, MARGIN + HEADING + 18.0);
    let parts = parts(overview, colors);
    let labels = parts.iter().map(|part| Legend::width_of(&font, &part.label, part.cells));
    let legend = labels.fold(LEGEND[0], f64::max).min(LEGEND[1]);
    let width = left + WIDTH + 70.0 + legend + MARGIN;
    let heading = font.fit(&figure.title, HEADING, width - 2.0 * MARGIN);
    figure.text([MARGIN, MARGIN + HEADING], heading, TextStyle::new(HEADING, colors.text));
    for (place, group) in shown.iter().enumerate() {
        let y = top + place as f64 * ROW;
        let middle = y + BAR / 2.0;
        let name = font.fit(&group.label, TEXT, name_width + 1.0);
        figure.text(below([left - 8.0, middle]), name, TextStyle::new(TEXT, colors.text).anchored(Anchor::End));
        bar(&mut figure, &parts, (place, &group.label, group.answered), [left, y]);
        let cells = below([left + WIDTH + 8.0, middle]);
        figure.text(cells, grouped(group.answered as u64), TextStyle::new(TEXT, colors.muted));
    }
    let more = overview.groups.len() - shown.len();
    if more > 0 {
        let at = below([left, top + (shown.len() as f64 + 0.5) * ROW]);
        let text = format!("and {} groups more", grouped(more as u64));
        figure.text(at, text, TextStyle::new(TEXT, colors.muted));
    }
    let at = [left + WIDTH + 70.0, top + 8.0];
    let mut side = Legend { figure: &mut figure, colors, font: &font, at, width: legend };
    for Part { color, label, cells, .. } in &parts {
        side.entry(&Entry { letter: None, swatch: Swatch::disk(*color), label: label.clone(), cells: *cells });
    }
    let bottom = side.at[1].max(top + (shown.len() + usize::from(more > 0)) as f64 * ROW);
    figure.reach([width, bottom + MARGIN]);
    figure
}

fn bar(figure: &mut Figure, parts: &[Part], (group, name, answered): (usize, &str, usize), [left, y]: [f64; 2]) {
    let mut before = 0;
    for part in parts {
        let cells = part.of_group[group];
        if cells == 0 {
            continue;
        }
        let x = |cells: usize| WIDTH * cells as f64 / answered as f64;
        let share = 100.0 * cells as f64 / answered as f64;
        let (kind, name) = (noted(&part.label), noted(name));
        let note = format!("{kind} in {name}: {cells} of {answered} cells ({share:.1} %)");
        let (at, size) = ([left + x(before), y], [x(cells), BAR]);
        figure.add_noted(Shape::Rect { at, size, fill: part.color }, note);
        before += cells;
    }
}

fn parts(overview: &Overview, colors: &FigureColors) -> Vec<Part> {
    let called: Vec<_> = overview.types.iter().filter(|kind| kind.is_call && kind.cells > 0).collect();
    // One other type has the last color itself.
    let own = if called.len() > colors.category_count() { colors.category_count() - 1 } else { called.len() };
    let mut parts: Vec<Part> = called[..own]
        .iter()
        .enumerate()
        .map(|(place, kind)| Part {
            color: colors.category(place),
            label: kind.label.clone(),
            cells: kind.cells,
            of_group: kind.of_group.clone(),
        })
        .collect();
    let others = &called[own..];
    if !others.is_empty() {
        let of_group = |group: usize| others.iter().map(|kind| kind.of_group[group]).sum();
        parts.push(Part {
            color: colors.line,
            label: format!("{} other types", others.len()),
            cells: others.iter().map(|kind| kind.cells).sum(),
            of_group: (0..overview.groups.len()).map(of_group).collect(),
        });
    }
    parts.extend(overview.types.iter().filter(|kind| !kind.is_call).map(|kind| Part {
        color: colors.rest,
        label: kind.label.clone(),
        cells: kind.cells,
        of_group: kind.of_group.clone(),
    }));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{
        figure::Ground,
        overview::{GroupCount, TypeCount},
    };

    #[test]
    fn bars_are_as_long_as_the_shares_and_rare_types_are_one_part() {
        let kind = |number: usize, is_call| TypeCount {
            label: if is_call { format!("type {number}") } else { "no call".into() },
            key: None,
            is_call,
            cells: 3,
            median: 0.5,
            doubtful: 0,
            of_group: vec![1, 2],
        };
        let types: Vec<TypeCount> = (0..14).map(|number| kind(number, true)).chain([kind(14, false)]).collect();
        let groups = [15, 30].map(|answered| GroupCount { label: format!("group of {answered}"), answered }).to_vec();
        let overview = Overview { cells: 45, answered: 45, types, groups, ..Overview::default() };
        let colors = FigureColors::bundled(Ground::Light);
        let drawn = figure((&overview, "louvain"), &colors);
        let noted: Vec<_> = drawn.items.iter().filter_map(|item| Some((&item.shape, item.note.as_deref()?))).collect();
        assert_eq!(noted.len(), 2 * 13, "11 types, the others, and no call");
        assert_eq!(noted[0].1, "type 0 in group of 15: 1 of 15 cells (6.7 %)");
        assert_eq!(noted[11].1, "3 other types in group of 15: 3 of 15 cells (20.0 %)");
        assert_eq!(noted[12].1, "no call in group of 15: 1 of 15 cells (6.7 %)");
        let size = |place: usize| match noted[place].0 {
            Shape::Rect { size, fill, .. } => (size[0], *fill),
            other => panic!("{other:?}"),
        };
        assert_eq!((size(11), size(12)), ((WIDTH * 3.0 / 15.0, colors.line), (WIDTH / 15.0, colors.rest)));
        assert!((noted[..13].iter().enumerate().map(|(place, _)| size(place).0).sum::<f64>() - WIDTH).abs() < 1e-9);
    }
    #[test]
    fn long_names_have_room_and_a_cut_one_is_marked() {
        let long = "CD8-positive, CD25-positive, alpha-beta regulatory T cell of the intestinal mucosa".to_owned();
        let (group, endless) =
            ("a sample of the mucosa of the terminal ileum of donor 17".to_owned(), "donor ".repeat(40));
        let kind = TypeCount {
            label: long.clone(),
            key: None,
            is_call: true,
            cells: 12_345,
            median: 0.5,
            doubtful: 0,
            of_group: vec![12_000, 345],
        };
        let groups = [(&group, 12_000), (&endless, 345)]
            .map(|(label, answered)| GroupCount { label: label.clone(), answered })
            .to_vec();
        let overview = Overview { cells: 12_345, answered: 12_345, types: vec![kind], groups, ..Overview::default() };
        let drawn = figure((&overview, "sample"), &FigureColors::bundled(Ground::Light));
        let texts: Vec<&str> = drawn
            .items
            .iter()
            .filter_map(|item| match &item.shape {
                Shape::Text { text, .. } => Some(text.as_str()),
                _ => None,
            })
            .collect();
        assert!(texts.contains(&long.as_str()) && texts.contains(&group.as_str()), "{texts:?}");
        let cut: Vec<&&str> = texts.iter().filter(|text| text.starts_with("donor donor")).collect();
        assert!(matches!(&cut[..], [text] if text.ends_with('…')), "{cut:?}");
    }
}
