//! Rendering of the differences: the number of changed cells, their distances in the ontology, their clusters, and
//! their calls in both runs.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use super::DiffView;
use crate::tui::{
    pane::{Look, score::call_rule},
    query::differences::Differences,
    term_name::Names,
    text,
    widget::{
        Column, Message, Panel, Row, Table, bar, rule, scroll,
        table::{self, fitted},
    },
};

pub(super) fn render(view: &DiffView, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let title = match &view.other {
        Some(other) => format!("compared with {}", text::fit_end(&other.to_string_lossy(), 50)),
        None => "compared with another run".to_owned(),
    };
    let mut title = Line::raw(title);
    let room = usize::from(area.width).saturating_sub(title.width() + 4);
    title.extend(call_rule(&view.calls, room, look.theme));
    let inner = Panel::new(title).render_over(frame, area, look.theme);
    match (view.found.value(), view.found.failure()) {
        _ if view.found.is_asked() => {
            Message::new(Span::styled("Comparing every cell…", look.theme.busy), &["esc closes"])
                .render(frame, inner, look.theme);
        }
        (Some(found), _) => view.render_found(frame, inner, found, look),
        (None, Some(failure)) => {
            Message::failure(&failure.what, &[&failure.fix], look.theme).render(frame, inner, look.theme);
        }
        (None, None) if view.runs.is_empty() => {
            let lines = ["type the path of a run folder, or esc"];
            let top = Rect { height: inner.height.min(4), ..inner };
            Message::new(Span::raw("No other ontology-aware run of yours is known"), &lines)
                .render(frame, top, look.theme);
        }
        (None, None) => {}
    }
    if view.is_picking {
        let low = Rect { y: inner.y + 3.min(inner.height), height: inner.height.saturating_sub(3), ..inner };
        view.picker.render(frame, low, look);
    }
}

impl DiffView {
    fn render_found(&self, frame: &mut Frame<'_>, area: Rect, found: &Differences, look: &Look<'_>) {
        let rows = found.distances.len().max(found.clusters.len()) as u16;
        let most = (area.height / 2).saturating_sub(2);
        let [summary, above, title, changes] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length((rows + 1).min(most)),
            Constraint::Length(1),
            Constraint::Fill(1),
        ])
        .areas(area);
        frame.render_widget(fitted(summary_of(found, look), usize::from(summary.width)), summary);
        let [far, groups] =
            Layout::horizontal([Constraint::Percentage(50), Constraint::Fill(1)]).spacing(2).areas(above);
        render_distances(frame, far, found, look);
        self.render_clusters(frame, groups, found, look);
        frame.render_widget(rule("changes", title.width, look.theme), title);
        if found.changes.is_empty() {
            Message::new(Span::styled("Both runs call every cell the same", look.theme.good), &[])
                .render(frame, changes, look.theme);
        } else {
            self.render_changes(frame, changes, found, look);
        }
    }

    fn render_clusters(&self, frame: &mut Frame<'_>, area: Rect, found: &Differences, look: &Look<'_>) {
        let title = self.clusters.as_ref().map_or("", |clusters| clusters.column.as_str());
        let columns = [
            Column::left(title, Constraint::Min(10)),
            Column::right("changed", Constraint::Length(9)),
            Column::left("", Constraint::Length(18)),
        ];
        let mut clusters: Vec<_> = found.clusters.iter().collect();
        clusters.sort_by_key(|cluster| std::cmp::Reverse(cluster.changed));
        let row = |number: usize| {
            let cluster = clusters[number];
            Row::from_iter([
                Line::raw(text::fit(&cluster.label, 60).into_owned()),
                Line::raw(text::count(cluster.changed as u64)),
                share(cluster.changed, cluster.compared, look),
            ])
        };
        Table { columns: &columns, len: clusters.len(), selected: None, row: &row }.render(frame, area, look.style());
    }

    fn render_changes(&self, frame: &mut Frame<'_>, area: Rect, found: &Differences, look: &Look<'_>) {
        let columns = [
            Column::right("cells", Constraint::Length(7)),
            Column::left("this run", Constraint::Fill(1)),
            Column::left("the other", Constraint::Fill(1)),
            Column::right("distance", Constraint::Length(9)),
        ];
        self.change.drawn(table::body(area));
        let selected = self.change.selected(found.changes.len());
        let widths = table::widths(&columns, area.width, None);
        let width = widths[1..3].iter().map(|width| width.map_or(0, usize::from)).min().unwrap_or(0);
        let in_sight =
            scroll::window(selected.unwrap_or(0), found.changes.len(), usize::from(area.height.saturating_sub(1)));
        let calls = found.changes[in_sight].iter().flat_map(|change| [change.here.as_str(), change.there.as_str()]);
        let names = Names::of(calls, width);
        let row = |number: usize| {
            let change = &found.changes[number];
            Row::from_iter([
                text::count(change.rows.len() as u64),
                names.get(&change.here, width),
                names.get(&change.there, width),
                distance(change.distance),
            ])
        };
        Table { columns: &columns, len: found.changes.len(), selected, row: &row }.render(frame, area, look.style());
    }
}

fn summary_of(found: &Differences, look: &Look<'_>) -> Line<'static> {
    let share = found.changed as f64 / found.compared.max(1) as f64;
    let mut line = Line::from(vec![
        Span::styled(text::count(found.changed as u64), look.theme.accent),
        Span::raw(format!(" of {} cells called differently, ", text::count(found.compared as u64))),
        Span::styled(text::percent(share).trim().to_owned(), look.theme.accent),
        Span::styled(format!("   by {}", text::fit(&found.model, 40)), look.theme.muted),
    ]);
    for (cells, which) in found.only_one.into_iter().zip(["this run", "the other"]) {
        if cells > 0 {
            let text = format!("   {} answered by {which} only", text::count(cells as u64));
            line.push_span(Span::styled(text, look.theme.warn));
        }
    }
    line
}

fn distance(edges: Option<u32>) -> String {
    edges.map_or_else(|| "not connected".to_owned(), |edges| edges.to_string())
}

/// Returns a count with its fraction of a total, as a bar.
fn share(cells: usize, of: usize, look: &Look<'_>) -> Line<'static> {
    let share = cells as f64 / of.max(1) as f64;
    let mut spans = bar(share, 10, look.theme.gauge, look.theme).to_vec();
    spans.push(Span::raw(format!(" {:>7}", text::percent(share))));
    Line::from(spans)
}

fn render_distances(frame: &mut Frame<'_>, area: Rect, found: &Differences, look: &Look<'_>) {
    let columns = [
        Column::right("ontology distance", Constraint::Length(17)),
        Column::right("cells", Constraint::Length(9)),
        Column::left("", Constraint::Length(18)),
    ];
    let row = |number: usize| {
        let (edges, cells) = found.distances[number];
        Row::from_iter([
            Line::raw(distance(edges)),
            Line::raw(text::count(cells as u64)),
            share(cells, found.compared, look),
        ])
    };
    Table { columns: &columns, len: found.distances.len(), selected: None, row: &row }.render(
        frame,
        area,
        look.style(),
    );
}
