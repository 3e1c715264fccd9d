//! Rendering of a dot plot. The height of a dot is the fraction of cells, its color the mean; without colors a digit
//! stands for the mean.

use std::ops::Range;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use super::{DotPlotPane, GeneChoice, plot::Plot};
use crate::{
    analysis::Dot,
    domain::text::clean,
    tui::{
        action::Action,
        keymap::Context,
        pane::{Focus, Look, marker_genes::render_failure, selected_cell::press},
        term_name::Names,
        text,
        theme::Theme,
        widget::{self, scroll, table::fitted},
    },
};

/// Dots by the fraction of cells, in sevenths. Not even the highest reaches the line above, so that rows stay apart.
const DOTS: [&str; 8] = ["  ", "▁▁", "▂▂", "▃▃", "▄▄", "▅▅", "▆▆", "▇▇"];
/// The minimum and maximum width of a gene, without the gap.
const GENE: (usize, usize) = (4, 9);
/// The maximum width of a group's name.
const NAME: usize = 36;

pub(super) fn render(pane: &DotPlotPane, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    if area.height < 5 || area.width < 24 {
        return;
    }
    let Some(plot) = &pane.plot else {
        return pane.markers.render_absence(frame, area, (look, &pane.queries));
    };
    if let Some(failure) = pane.dots.failure() {
        return render_failure(frame, area, failure, look);
    }
    if plot.genes.is_empty() {
        let headline = match pane.genes {
            GeneChoice::Panel(_) => "The file has none of the panel's genes.",
            GeneChoice::Top(_) | GeneChoice::Nothing => "No gene is chosen.",
        };
        let key = |action| press(look, Context::DotPlot, action);
        let rest =
            format!("{} adds a gene; {} chooses top markers or a panel.", key(Action::AddGene), key(Action::Columns));
        let headline = Span::styled(headline, look.theme.title);
        return widget::Message::new(headline, &[&rest]).render(frame, area, look.theme);
    }
    let heights = [Constraint::Length(2), Constraint::Fill(1), Constraint::Length(2)];
    let [head, body, foot] = Layout::vertical(heights).areas(area);
    let shown = Shown::new(pane, plot, body, look);
    put(frame, head, &[legend(plot, look.theme), shown.header()]);
    shown.render(frame, body);
    put(frame, foot, &shown.details(pane));
}

fn put(frame: &mut Frame<'_>, area: Rect, lines: &[Line<'static>]) {
    for (line, row) in lines.iter().zip(area.rows()) {
        frame.render_widget(fitted(line.clone(), usize::from(row.width)), row);
    }
}

/// Explains height and color.
fn legend(plot: &Plot, theme: &Theme) -> Line<'static> {
    let mut spans = vec![Span::styled("height: cells ", theme.muted)];
    for (fraction, percent) in [(0.25, "25"), (0.5, "50"), (0.75, "75"), (1.0, "100 %")] {
        spans.push(Span::raw(DOTS[height(fraction)]));
        spans.push(Span::styled(format!(" {percent} "), theme.muted));
    }
    if theme.has_colors() {
        spans.push(Span::styled(" color: mean 0 ", theme.muted));
        spans.extend((0..=8).map(|step| Span::styled("█", theme.score(f64::from(step) / 8.0))));
        spans.push(Span::styled(format!(" {:.2}", plot.most), theme.muted));
    } else {
        spans.push(Span::styled(format!(" digit: mean, 0 to 9 = {:.2}", plot.most), theme.muted));
    }
    Line::from(spans)
}

/// The part of a plot that is drawn.
struct Shown<'a> {
    plot: &'a Plot,
    look: &'a Look<'a>,
    names: Names<'a>,
    /// The widths of a name with its gap, of the number of cells, and of each gene with its gap.
    name: usize,
    number: usize,
    widths: Vec<usize>,
    /// The shown genes.
    genes: Range<usize>,
    /// The cursor: the place of a group and of a gene.
    group: Option<usize>,
    gene: usize,
}

impl<'a> Shown<'a> {
    fn new(pane: &DotPlotPane, plot: &'a Plot, body: Rect, look: &'a Look<'a>) -> Self {
        let width = usize::from(body.width);
        let longest = plot.groups.iter().map(|group| text::width(&clean(plot.name(*group)))).max().unwrap_or(0);
        let name = longest.clamp(4, NAME.min(width / 3));
        let number = plot.groups.iter().map(|group| text::count(plot.cells(*group) as u64).len()).max().unwrap_or(1);
        let widths: Vec<usize> =
            plot.genes.iter().map(|gene| text::width(&clean(gene.label())).clamp(GENE.0, GENE.1) + 1).collect();
        let gene = pane.at.min(plot.genes.len() - 1);
        let names = Names::of(plot.groups.iter().map(|group| plot.name(*group)), name);
        pane.groups.drawn(body);
        let genes = window(&widths, gene, width.saturating_sub(2 + name + 1 + number + 2));
        let group = pane.groups.selected(plot.groups.len());
        Self { plot, look, names, name, number, widths, genes, group, gene }
    }

    /// Returns the names of the genes.
    fn header(&self) -> Line<'static> {
        let theme = self.look.theme;
        let more = if self.genes.start > 0 { "‹ " } else { "  " };
        let mut spans = vec![Span::raw(" ".repeat(2 + self.name + 1 + self.number)), Span::styled(more, theme.key)];
        for place in self.genes.clone() {
            let label = text::column(&clean(self.plot.genes[place].label()), self.widths[place] - 1);
            let style = if place == self.gene { theme.accent } else { theme.header };
            spans.extend([Span::styled(label, style), Span::raw(" ")]);
        }
        if self.genes.end < self.widths.len() {
            spans.pop();
            spans.push(Span::styled("›", theme.key));
        }
        Line::from(spans)
    }

    fn render(&self, frame: &mut Frame<'_>, body: Rect) {
        let theme = self.look.theme;
        let len = self.plot.groups.len();
        let rows = scroll::window(self.group.unwrap_or(0), len, usize::from(body.height));
        for (place, line) in rows.zip(body.rows()) {
            let is_selected = self.group == Some(place);
            frame.render_widget(fitted(self.row(place), usize::from(line.width)), line);
            if is_selected && self.look.focus == Focus::Here {
                frame.render_widget(Span::styled("❯", theme.accent), Rect { width: 1, ..line });
            }
            if is_selected {
                let cell = self.cell(line);
                frame.buffer_mut().set_style(cell, theme.cursor(self.look.focus));
            }
        }
    }

    /// Returns the area of the gene under the cursor in a line.
    fn cell(&self, line: Rect) -> Rect {
        let left = 2 + self.name + 1 + self.number + 2;
        let before: usize = self.widths[self.genes.start..self.gene].iter().sum();
        let x = line.x + (left + before) as u16;
        Rect { x, width: (self.widths[self.gene] - 1) as u16, ..line }.intersection(line)
    }

    fn row(&self, place: usize) -> Line<'static> {
        let (group, theme) = (self.plot.groups[place], self.look.theme);
        let name = text::column(&self.names.get(self.plot.name(group), self.name), self.name);
        let cells = text::column_right(&text::count(self.plot.cells(group) as u64), self.number);
        let mut spans = vec![Span::raw("  "), Span::raw(name), Span::raw(" "), Span::styled(cells, theme.muted)];
        spans.push(Span::raw("  "));
        for place in self.genes.clone() {
            let dot = self.plot.dot(group, self.plot.genes[place].column);
            let drawn = self.dot(dot);
            let rest = self.widths[place].saturating_sub(drawn.iter().map(Span::width).sum());
            spans.extend(drawn);
            spans.push(Span::raw(" ".repeat(rest)));
        }
        Line::from(spans)
    }

    fn dot(&self, dot: Option<Dot>) -> Vec<Span<'static>> {
        let theme = self.look.theme;
        let Some(dot) = dot else { return vec![Span::styled("…", theme.muted)] };
        let share = if self.plot.most > 0.0 { dot.mean / self.plot.most } else { 0.0 };
        let mut spans = vec![Span::styled(DOTS[height(dot.fraction)], theme.score(share))];
        if !theme.has_colors() && dot.fraction > 0.0 {
            spans.push(Span::raw(format!(" {:.0}", (share * 9.0).round())));
        }
        spans
    }

    /// Describes the dot under the cursor.
    fn details(&self, pane: &DotPlotPane) -> [Line<'static>; 2] {
        let theme = self.look.theme;
        let Some(group) = self.group.map(|place| self.plot.groups[place]) else { return Default::default() };
        let gene = &self.plot.genes[self.gene];
        let id = gene.id.as_deref().filter(|id| *id != gene.label()).map_or_else(String::new, |id| format!(" ({id})"));
        let numbers = match self.plot.dot(group, gene.column) {
            Some(dot) => format!(
                "{:.1} % of {}, mean {:.3}",
                dot.fraction * 100.0,
                text::counted(self.plot.cells(group) as u64, "cell"),
                dot.mean
            ),
            None => "reading …".to_owned(),
        };
        let title = format!(": {}{id} in {}", clean(gene.label()), clean(self.plot.name(group)));
        let top = match pane.genes {
            GeneChoice::Top(top) => top,
            GeneChoice::Panel(_) | GeneChoice::Nothing => crate::results::markers::CACHED_TOP,
        };
        let marked = self.plot.marked(gene.column, top);
        let marked = match marked.as_slice() {
            [] => String::new(),
            names => format!("among the top {top} markers of {}", clean(&names.join(", "))),
        };
        let details = Line::from(vec![Span::styled(numbers, theme.accent), Span::raw(title)]);
        [details, Line::styled(marked, theme.muted)]
    }
}

/// Returns the height of a dot. A gene that some cells express is never drawn as one that none does, nor as one that all
/// do.
fn height(fraction: f64) -> usize {
    match fraction {
        fraction if fraction.is_nan() || fraction <= 0.0 => 0,
        fraction if fraction >= 1.0 => 7,
        fraction => ((fraction * 7.0).round() as usize).clamp(1, 6),
    }
}

/// Returns the genes that fit into a width, with the one under the cursor.
fn window(widths: &[usize], at: usize, room: usize) -> Range<usize> {
    let mut start = 0;
    while start < at && widths[start..=at].iter().sum::<usize>() > room + 1 {
        start += 1;
    }
    let mut end = start;
    let mut used = 0;
    while end < widths.len() && used + widths[end] <= room + 1 {
        used += widths[end];
        end += 1;
    }
    start..end.max(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_height_of_a_dot_is_its_fraction_to_a_seventh() {
        assert_eq!([0.0, 0.001, 0.25, 0.5, 0.75, 0.99, 1.0, f64::NAN].map(height), [0, 1, 2, 4, 5, 6, 7, 0]);
    }

    #[test]
    fn the_gene_under_the_cursor_is_always_shown() {
        let widths = [5, 6, 5, 7, 5, 5];
        assert_eq!(window(&widths, 0, 15), 0..3);
        assert_eq!(window(&widths, 3, 15), 2..4);
        assert_eq!(window(&widths, 5, 15), 4..6);
        assert_eq!(window(&widths, 5, 0), 5..6);
        assert_eq!(window(&widths, 2, 100), 0..6);
    }
}
