//! The figure of a tree of aggregated scores: a line for each term, indented below its parent. The size of a dot is the
//! share of cells over the threshold, its color the score.
//!
//! A share f has the radius 8 · √f, and at least 1. The scale of colors is 0 to 1.

use std::collections::HashSet;

use super::{
    colors::FigureColors,
    font::Font,
    legend::{HEADING, Legend, MARGIN, TEXT, below, noted},
    shape::{Anchor, Figure, Shape, TextStyle},
};
use crate::{
    domain::{Ontology, TermIndex, number::grouped, text::numbered},
    results::aggregate::TreeNode,
};

/// The height of a line.
const ROW: f64 = 20.0;
/// The indentation of a level.
const LEVEL: f64 = 18.0;
/// The largest radius.
const RADIUS: f64 = 8.0;
/// The width of the lines with their names, and of each of the two numbers.
const NAMES: f64 = 560.0;
const NUMBER: f64 = 70.0;
const LEGEND: f64 = 190.0;
/// The maximum number of lines; the others are counted.
const MOST: usize = 300;

/// A tree to draw.
pub struct TreePlot<'a> {
    /// The tree.
    pub tree: &'a TreeNode,
    /// The ontology, for labels.
    pub ontology: &'a Ontology,
    /// The number of cells that were aggregated.
    pub cells: usize,
    /// The threshold of the shown terms.
    pub threshold: f64,
}

/// A line of the figure.
#[derive(Debug, PartialEq)]
struct Row {
    depth: usize,
    /// The line of the parent.
    parent: Option<usize>,
    term: TermIndex,
    score: f64,
    fraction: f64,
    /// Whether the term's children are below an earlier line.
    is_repeated: bool,
}

/// Draws a tree: 970 pixels wide, 20 for each term. A term with several parents appears below each, but its children
/// only below the first.
pub fn figure(plot: &TreePlot<'_>, colors: &FigureColors) -> Figure {
    let font = Font::bundled();
    let title = format!("Cell types of {}", numbered(plot.cells, "cell", "cells"));
    let mut figure = Figure::new(title.clone(), colors.ground);
    figure.text([MARGIN, MARGIN + HEADING], title, TextStyle::new(HEADING, colors.text));
    let mut rows = Vec::new();
    collect(plot.tree, [0, usize::MAX], (&mut rows, &mut HashSet::new()));
    let top = MARGIN + HEADING + 40.0;
    let muted = TextStyle::new(TEXT, colors.muted);
    for (place, name) in ["score", "cells"].into_iter().enumerate() {
        figure.text([number_end(place), top - ROW * 0.8], name, muted.anchored(Anchor::End));
    }
    for (place, row) in rows.iter().take(MOST).enumerate() {
        line(&mut figure, (plot, colors, &font), (row, place), top);
    }
    let shown = rows.len().min(MOST);
    if rows.len() > shown {
        let more = format!("and {} terms more", grouped((rows.len() - shown) as u64));
        figure.text(below([MARGIN, top + (shown as f64 + 0.5) * ROW]), more, muted);
    }
    let at = [number_end(1) + 40.0, top];
    let mut side = Legend { figure: &mut figure, colors, font: &font, at, width: LEGEND };
    side.heading("score");
    side.ramp([0.0, 1.0]);
    side.gap();
    side.heading(&format!("share of cells over {}", plot.threshold));
    side.sizes(&radius);
    let bottom = side.at[1].max(top + (shown as f64 + 1.0) * ROW);
    figure.reach([number_end(1) + 40.0 + LEGEND + MARGIN, bottom + MARGIN]);
    figure
}

fn radius(fraction: f64) -> f64 {
    (RADIUS * fraction.clamp(0.0, 1.0).sqrt()).max(1.0)
}

/// Returns the right end of a column of numbers.
fn number_end(place: usize) -> f64 {
    MARGIN + NAMES + NUMBER * (place + 1) as f64
}

/// Lists a node and everything below it. `parent` is the line of the parent, beyond all lines for the root.
fn collect(node: &TreeNode, [depth, parent]: [usize; 2], (rows, seen): (&mut Vec<Row>, &mut HashSet<TermIndex>)) {
    let is_repeated = !node.children.is_empty() && !seen.insert(node.term);
    let (place, parent) = (rows.len(), (parent < rows.len()).then_some(parent));
    rows.push(Row { depth, parent, term: node.term, score: node.score, fraction: node.fraction, is_repeated });
    if !is_repeated {
        node.children.iter().for_each(|child| collect(child, [depth + 1, place], (rows, seen)));
    }
}

fn line(
    figure: &mut Figure,
    (plot, colors, font): (&TreePlot<'_>, &FigureColors, &Font),
    (row, place): (&Row, usize),
    top: f64,
) {
    let middle = |place: usize| top + (place as f64 + 0.5) * ROW;
    let x = |depth: usize| MARGIN + RADIUS + LEVEL * depth as f64;
    let (left, y) = (x(row.depth), middle(place));
    if let (Some(parent), Some(above)) = (row.parent, row.depth.checked_sub(1)) {
        let (color, width) = (colors.rest, 1.0);
        figure.add(Shape::Line { from: [x(above), middle(parent) + RADIUS], to: [x(above), y], color, width });
        figure.add(Shape::Line { from: [x(above), y], to: [left, y], color, width });
    }
    let (id, label) = (plot.ontology.id(row.term), plot.ontology.label(row.term));
    let note = format!(
        "{} ({}): score {:.3}, {:.1} % of cells",
        noted(label),
        noted(id.as_str()),
        row.score,
        100.0 * row.fraction
    );
    let shape = Shape::Circle { center: [left, y], radius: radius(row.fraction), fill: colors.score(row.score) };
    figure.add_noted(shape, note);
    let mark = if row.is_repeated { " (see above)" } else { "" };
    let start = left + RADIUS + 5.0;
    let room = MARGIN + NAMES - start - font.width(mark, TEXT);
    let name = format!("{}{mark}", font.fit(label, TEXT, room));
    figure.text(below([start, y]), name, TextStyle::new(TEXT, colors.text));
    let numbers = [format!("{:.3}", row.score), format!("{:.1} %", 100.0 * row.fraction)];
    for (place, number) in numbers.into_iter().enumerate() {
        let style = TextStyle::new(TEXT, colors.muted).anchored(Anchor::End);
        figure.text(below([number_end(place), y]), number, style);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::TermId, results::figure::Ground};

    #[test]
    fn a_term_below_two_parents_is_drawn_twice_and_its_children_once() {
        let term = |id: &str, parents: &[&str]| {
            (TermId::from(id), format!("label of {id}"), parents.iter().copied().map(TermId::from).collect())
        };
        let terms = vec![term(TermId::CELL, &[]), term("a", &[TermId::CELL]), term("b", &["a"]), term("c", &["b"])];
        let ontology = Ontology::from_parents(terms, &TermId::from(TermId::CELL));
        let node = |term: u32, children: Vec<TreeNode>| TreeNode {
            term: TermIndex(term),
            score: 0.25,
            fraction: 0.5,
            children,
        };
        let twice = node(2, vec![node(3, Vec::new())]);
        let tree = node(0, vec![node(1, vec![twice.clone()]), twice]);
        let plot = TreePlot { tree: &tree, ontology: &ontology, cells: 8, threshold: 0.05 };
        let drawn = figure(&plot, &FigureColors::bundled(Ground::Light));
        let notes: Vec<&str> = drawn.items.iter().filter_map(|item| item.note.as_deref()).collect();
        let names: Vec<&str> = notes.iter().map(|note| note.split_once(" (").unwrap().0).collect();
        assert_eq!(names, ["label of CL:0000000", "label of a", "label of b", "label of c", "label of b"]);
        assert_eq!(notes[1], "label of a (a): score 0.250, 50.0 % of cells");
        let is_text = |wanted: &str| {
            drawn.items.iter().any(|item| matches!(&item.shape, Shape::Text { text, .. } if text == wanted))
        };
        assert!(is_text("label of b (see above)") && is_text("50.0 %"));
    }
}
