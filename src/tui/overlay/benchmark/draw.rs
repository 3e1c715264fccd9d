//! Rendering of the benchmark: the measures as a table, the confusion as a heat map with numbers for terminals
//! without colors.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Modifier, Style},
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use super::BenchmarkView;
use crate::{
    results::benchmark::Measures,
    tui::{
        pane::{Focus, Look, score::call_rule},
        query::benchmark::{Class, Measured},
        term_name::Names,
        text,
        widget::{
            Column, Message, Panel, Row, Table, WidgetStyle, rule, scroll,
            table::{self, fitted},
        },
    },
};

/// The headers of the measures: P is precision, R recall.
const MEASURES: [&str; 9] =
    ["k", "F1 micro", "F1 macro", "F1 wtd", "P macro", "R macro", "hier F1", "hier P", "hier R"];
/// The width of a cell of the heat map.
const CELL: usize = 4;
/// The width of a count of cells.
const COUNT: usize = 8;

pub(super) fn render(view: &BenchmarkView, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let title = match &view.column {
        Some(column) => format!("calls against {}", text::fit(column, 40)),
        None => "calls against known labels".to_owned(),
    };
    let mut title = Line::raw(title);
    let room = usize::from(area.width).saturating_sub(title.width() + 4);
    title.extend(call_rule(&view.calls, room, look.theme));
    let inner = Panel::new(title).render_over(frame, area, look.theme);
    match (view.measured.value(), view.measured.failure()) {
        _ if view.measured.is_asked() => {
            Message::new(Span::styled("Comparing every cell…", look.theme.busy), &["esc closes"])
                .render(frame, inner, look.theme);
        }
        (Some(measured), _) => view.render_measured(frame, inner, measured, look),
        (None, Some(failure)) => {
            Message::failure(&failure.what, &[&failure.fix], look.theme).render(frame, inner, look.theme);
        }
        (None, None) => {}
    }
    if view.is_picking {
        view.picker.render(frame, inner, look);
    }
}

impl BenchmarkView {
    fn render_measured(&self, frame: &mut Frame<'_>, area: Rect, measured: &Measured, look: &Look<'_>) {
        let by_k = &measured.benchmark.by_k;
        let classes = self.classes().min(200);
        let detail = if area.height >= 18 { 4 } else { 2 };
        let [counts, table, other, title, map, below] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(by_k.len() as u16 + 1),
            Constraint::Length(1),
            Constraint::Length(1),
            Constraint::Max(classes as u16 + 2),
            Constraint::Min(detail),
        ])
        .areas(area);
        frame.render_widget(fitted(compared(measured, look), usize::from(counts.width)), counts);
        self.render_measures(frame, table, by_k, look);
        frame.render_widget(fitted(other_rule(self, measured, look), usize::from(other.width)), other);
        let Some((measures, classes)) = by_k.get(self.k).zip(measured.classes.get(self.k)) else { return };
        let said = format!("known in rows, called in columns, % of the row, k = {}", self.k + 1);
        frame.render_widget(rule(&said, title.width, look.theme), title);
        let heat = Heat { measures, classes, at: self.class.selected(classes.len()) };
        self.class.drawn(table::body(map));
        heat.render(frame, map, look);
        heat.render_detail(frame, below, look);
    }

    fn render_measures(&self, frame: &mut Frame<'_>, area: Rect, by_k: &[Measures], look: &Look<'_>) {
        let widths = MEASURES.map(|name| Constraint::Length((text::width(name) as u16).max(2)));
        let columns: Vec<Column<'_>> =
            MEASURES.iter().zip(widths).map(|(name, width)| Column::right(name, width)).collect();
        let row = |place: usize| {
            let values = values(&by_k[place]).map(|value| format!("{value:.3}"));
            Row::from_iter([(place + 1).to_string()].into_iter().chain(values))
        };
        let table = Table { columns: &columns, len: by_k.len(), selected: Some(self.k), row: &row };
        table.render(frame, area, WidgetStyle::new(look.theme, Focus::Elsewhere));
    }
}

fn compared(measured: &Measured, look: &Look<'_>) -> Line<'static> {
    let (benchmark, theme) = (&measured.benchmark, look.theme);
    let mut line =
        Line::from(vec![Span::styled(text::count(benchmark.cells as u64), theme.accent), Span::raw(" cells compared")]);
    for (cells, why) in [(benchmark.unanswered, "without an answer"), (benchmark.unlabeled, "without a label")] {
        if cells > 0 {
            line.push_span(Span::styled(format!("   {} {why}, left out", text::count(cells as u64)), theme.warn));
        }
    }
    if benchmark.no_call > 0 {
        let words = format!("   {} without a call, counted as \"cell\"", text::count(benchmark.no_call as u64));
        line.push_span(Span::styled(words, theme.warn));
    }
    line
}

fn values(measures: &Measures) -> [f64; 8] {
    let (flat, hierarchical) = (&measures.flat, &measures.hierarchical);
    [
        flat.f1_micro,
        flat.f1_macro,
        flat.f1_weighted,
        flat.precision_macro,
        flat.recall_macro,
        hierarchical.h_f1_micro,
        hierarchical.h_precision_micro,
        hierarchical.h_recall_micro,
    ]
}

/// Returns the measures of the other calling rule for the shown k, in a line.
fn other_rule(view: &BenchmarkView, measured: &Measured, look: &Look<'_>) -> Line<'static> {
    let Some(measures) = measured.other.by_k.get(view.k) else { return Line::default() };
    let words = format!(
        "by the {} rule, k = {}: F1 micro {:.3}, macro {:.3}, hier F1 {:.3}",
        measured.other.inferred.name(),
        view.k + 1,
        measures.flat.f1_micro,
        measures.flat.f1_macro,
        measures.hierarchical.h_f1_micro
    );
    Line::styled(words, look.theme.muted)
}

/// Returns k, the rule and the measures of each row: first those of the calls, then those under the other rule.
fn rows(measured: &Measured) -> Vec<(usize, &str, &Measures)> {
    let benchmarks = [&measured.benchmark, &measured.other].into_iter();
    benchmarks
        .flat_map(|benchmark| (1..).zip(&benchmark.by_k).map(|(k, measures)| (k, benchmark.inferred.name(), measures)))
        .collect()
}

/// Returns the measures as tab-separated values, with columns for the threshold and the rule of the calls.
pub(super) fn as_text(measured: &Measured) -> String {
    let threshold = measured.benchmark.inferred.calls().map_or(String::new(), |(_, score)| score.to_string());
    let mut lines = vec![format!("{}\tcall threshold\trule", MEASURES.join("\t"))];
    for (k, rule, measures) in rows(measured) {
        let values = values(measures).map(|value| value.to_string());
        lines.push(format!("{k}\t{}\t{threshold}\t{rule}", values.join("\t")));
    }
    lines.join("\n")
}

/// The confusion for one k.
struct Heat<'a> {
    measures: &'a Measures,
    classes: &'a [Class],
    at: Option<usize>,
}

impl Heat<'_> {
    fn share(&self, row: usize, column: usize) -> f64 {
        let (truth, called) = (&self.classes[row], &self.classes[column]);
        self.measures.confusion.get(&truth.term, &called.term) as f64 / truth.cells.max(1) as f64
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        if area.height < 2 {
            return;
        }
        let width = usize::from(area.width);
        let label = (width / 3).clamp(8, 36);
        let fits = width.saturating_sub(label + COUNT + 6) / CELL;
        let columns = scroll::window(self.at.unwrap_or(0), self.classes.len(), fits);
        let [head, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
        let mut header = format!("    {}{}", " ".repeat(label), text::column_right("cells", COUNT));
        columns.clone().for_each(|column| header.push_str(&format!("{:>CELL$}", column + 1)));
        frame.render_widget(Line::styled(header, look.theme.header), head);
        let names = Names::of(self.classes.iter().map(|class| class.label.as_str()), label);
        // Rows of types that are only called have nothing to show.
        let rows = scroll::window(self.at.unwrap_or(0), self.classes.len(), usize::from(body.height));
        for (number, place) in rows.zip(body.rows()) {
            let class = &self.classes[number];
            let here = self.at == Some(number);
            let mut line = Line::from(vec![
                Span::styled(format!("{:>3} ", number + 1), if here { look.theme.accent } else { look.theme.muted }),
                Span::raw(text::column(&names.get(&class.label, label), label)),
                Span::styled(text::column_right(&text::count(class.cells), COUNT), look.theme.muted),
            ]);
            line.extend(columns.clone().map(|column| self.cell(number, column, look)));
            frame.render_widget(line, place);
            if here {
                let named = Rect { width: (4 + label + COUNT) as u16, ..place }.intersection(place);
                frame.buffer_mut().set_style(named, look.theme.cursor(look.focus));
            }
        }
    }

    fn cell(&self, row: usize, column: usize, look: &Look<'_>) -> Span<'static> {
        let share = self.share(row, column);
        let text = match (share * 100.0).round() as u64 {
            0 if share == 0.0 && row == column && self.classes[row].cells > 0 => "  0".to_owned(),
            0 if share == 0.0 => "  ·".to_owned(),
            0 => " <1".to_owned(),
            percent => format!("{percent:>3}"),
        };
        let style = match (share > 0.0, look.theme.has_colors()) {
            (false, _) => look.theme.border,
            (true, true) => look.theme.score(share).add_modifier(Modifier::REVERSED),
            (true, false) => Style::new(),
        };
        let style = if row == column { style.add_modifier(Modifier::BOLD) } else { style };
        Span::styled(format!("{text} "), style)
    }

    /// Draws the calls of the cells in the selected row, the most frequent first.
    fn render_detail(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let Some(at) = self.at else { return };
        let class = &self.classes[at];
        let mut called: Vec<(f64, &Class)> =
            self.classes.iter().enumerate().map(|(column, class)| (self.share(at, column), class)).collect();
        called.retain(|(share, _)| *share > 0.0);
        called.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut line = Line::from(vec![
            Span::styled(class.label.clone(), look.theme.title),
            Span::styled(format!(" {} ", class.term), look.theme.muted),
        ]);
        if called.is_empty() {
            line.push_span(Span::raw("is not a known label of any cell; cells with other labels are called this"));
        } else {
            line.push_span(Span::raw("is called "));
        }
        for (place, (share, class)) in called.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            line.push_span(Span::raw(format!("{comma}{} {}", class.label, text::percent(*share).trim())));
        }
        frame.render_widget(Paragraph::new(line).wrap(Wrap { trim: true }), area);
    }
}
