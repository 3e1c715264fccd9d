//! The composition of a neighborhood, by feature, as bars.

use std::collections::HashMap;

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::MetadataPane;
use crate::{
    domain::{CasCellId, CellMetadataFeature as Feature},
    tui::{
        pane::Look,
        term_name::Names,
        text,
        theme::Theme,
        widget::{self, rule, table::fitted},
    },
};

/// The features, the most informative first.
const SHOWN: [Feature; 6] =
    [Feature::CellType, Feature::Tissue, Feature::Disease, Feature::Assay, Feature::DonorId, Feature::Sex];

/// Returns the values of a feature with their numbers of cells, the most frequent first, and the number of cells
/// without a value.
fn counted(pane: &MetadataPane, feature: Feature) -> (Vec<(&str, usize)>, usize) {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let mut without = 0;
    for (id, cell) in pane.references.known() {
        match cell.values.get(&feature) {
            Some(value) => *counts.entry(value).or_default() += weight(pane, *id),
            None => without += weight(pane, *id),
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    (counts, without)
}

/// Returns how often a reference cell counts: once for a cell, and for a group once for each of its cells that it is a
/// neighbor of.
fn weight(pane: &MetadataPane, id: CasCellId) -> usize {
    match pane.group.sum().filter(|_| pane.group.is_on()) {
        Some(sum) => sum.counts.get(&id).copied().unwrap_or(0),
        None => 1,
    }
}

/// Returns the values of all features with their numbers of neighbors, as tab-separated lines.
pub(super) fn as_text(pane: &MetadataPane) -> String {
    let clean = |value: &str| crate::domain::text::clean(value).into_owned();
    let lines = SHOWN.iter().flat_map(|feature| {
        let (values, _) = counted(pane, *feature);
        values.into_iter().map(|(value, count)| format!("{}\t{}\t{count}\n", feature.name(), clean(value)))
    });
    std::iter::once("feature\tvalue\tneighbors\n".to_owned()).chain(lines.collect::<Vec<_>>()).collect()
}

/// Draws the values of each feature that fit.
pub(super) fn render(pane: &MetadataPane, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let theme = look.theme;
    let all: usize = pane.references.known().keys().map(|id| weight(pane, *id)).sum();
    let counted = SHOWN.map(|feature| (feature, counted(pane, feature)));
    let rows = shares(counted.each_ref().map(|(_, (values, _))| values.len().max(1)), usize::from(area.height));
    let mut lines = vec![rule(&format!("{} neighbors", text::count(all as u64)), area.width, theme)];
    for ((feature, (values, without)), rows) in counted.iter().zip(rows) {
        let composition = Composition { feature: *feature, values, without: *without, all };
        lines.extend(composition.lines(rows, area.width, theme));
    }
    for (line, row) in lines.into_iter().zip(area.rows()) {
        frame.render_widget(fitted(line, usize::from(row.width)), row);
    }
}

/// Returns the number of rows of each feature: at least one; the rest goes in turn to features with more values.
fn shares(wanted: [usize; SHOWN.len()], height: usize) -> [usize; SHOWN.len()] {
    let mut rows = [1; SHOWN.len()];
    let mut left = height.saturating_sub(1 + SHOWN.len());
    while left > 0 && rows.iter().zip(&wanted).any(|(rows, wanted)| rows < wanted) {
        for (rows, wanted) in rows.iter_mut().zip(&wanted) {
            if left > 0 && *rows < *wanted {
                *rows += 1;
                left -= 1;
            }
        }
    }
    rows
}

/// The values of a feature among the neighbors.
struct Composition<'a> {
    feature: Feature,
    /// The values with their numbers of cells, the most frequent first.
    values: &'a [(&'a str, usize)],
    /// The number of cells without a value.
    without: usize,
    /// The number of all cells.
    all: usize,
}

impl Composition<'_> {
    /// Returns lines about the values; the last one counts those that do not fit.
    fn lines(&self, rows: usize, width: u16, theme: &Theme) -> Vec<Line<'static>> {
        let Self { feature, values, without, all } = *self;
        const LABEL: usize = 10;
        const NUMBER: usize = 5;
        let label = |number: usize| {
            let text = if number == 0 { feature.label() } else { "" };
            Span::styled(text::column(text, LABEL), theme.header)
        };
        if values.is_empty() {
            let words = super::features::not_offered(usize::from(width).saturating_sub(LABEL));
            return vec![Line::from(vec![label(0), Span::styled(words, theme.muted)])];
        }
        let room = usize::from(width).saturating_sub(LABEL + NUMBER + 1);
        let bar = (room / 3).min(24);
        let name = room.saturating_sub(bar + 1);
        let shown = if values.len() > rows { rows.saturating_sub(1).max(1) } else { values.len() };
        let names = Names::of(values[..shown].iter().map(|(value, _)| *value), name);
        let line = |(number, (value, count)): (usize, &(&str, usize))| {
            let value = if feature == Feature::CellType { names.get(value, name) } else { (*value).to_owned() };
            let mut spans = vec![label(number), Span::raw(text::column(&value, name)), Span::raw(" ")];
            spans.extend(widget::bar(*count as f64 / all.max(1) as f64, bar, theme.gauge, theme));
            spans.push(Span::raw(text::column_right(&count.to_string(), NUMBER)));
            Line::from(spans)
        };
        let mut lines: Vec<Line<'static>> = values[..shown].iter().enumerate().map(line).collect();
        if shown < values.len() && rows > 1 {
            let others = values[shown..].iter().map(|(_, count)| count).sum::<usize>() + without;
            let text = format!("{} more values", values.len() - shown);
            let mut spans = vec![label(1), Span::styled(text::column(&text, name), theme.muted), Span::raw(" ")];
            spans.push(Span::raw(" ".repeat(bar)));
            spans.push(Span::styled(text::column_right(&others.to_string(), NUMBER), theme.muted));
            lines.push(Line::from(spans));
        }
        lines
    }
}
