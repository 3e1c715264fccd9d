//! Rendering of the clusters table.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use super::{ClustersPane, Comparison, Entry, query::ClusterComparison};
use crate::{
    domain::OperationKind,
    results::NO_CALL,
    tui::{
        action::Action,
        keymap::Context,
        pane::{Look, clustering, score, selected_cell::press},
        selection::{Group, Selection},
        term_name::{self, Names},
        text,
        theme::Theme,
        widget::{
            self, Table, rule,
            table::{self, Column, Row, Wanted, fitted},
        },
    },
};

/// The minimum widths of a cluster's label, which is cut in the middle: beside the widest numbers of cells, and beside
/// others.
const LABEL: (u16, u16) = (6, 8);
/// The minimum width of the numbers of cells.
const CELLS: u16 = 5;
/// The minimum width of a name, and the width at which nearly all names of the Cell Ontology fit.
const NAME: (u16, u16) = (term_name::LEAST as u16, 44);
/// The widths of a score and of a fraction without a bar, and of the longest bar.
const NUMBERS: (u16, u16, u16) = (5, 7, 12);
/// The minimum width of a readable list of fractions.
const LIST: usize = 34;
/// The place of the column with the labels of the file.
const OWN: usize = 4;
/// The number of lines below the table for the selected cluster.
const BELOW: u16 = 7;
/// The minimum fraction of cells with the same call in an agreeing cluster.
const AGREED: f64 = 0.5;

impl ClustersPane {
    /// Draws the pane.
    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, selection: &Selection) {
        match self.comparison.value().filter(|_| self.queries.clusters().failure().is_none()) {
            Some(comparison) if !comparison.clusters.is_empty() => {
                let [table, below] = parts(area);
                self.render_table(frame, table, look, selection);
                let at = self.cursor.selected(comparison.clusters.len()).unwrap_or(0);
                comparison.clusters[at].draw(frame, below, look, comparison.labels.as_deref());
            }
            Some(_) | None => self.render_nothing(frame, area, look, selection),
        }
        if let Entry::Column(picker) | Entry::Labels(picker) = &self.entry {
            picker.render(frame, area, look);
        }
    }

    fn render_nothing(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, selection: &Selection) {
        let theme = look.theme;
        let queries = &self.queries;
        if selection.cluster_column.is_none() && clustering::render(frame, area, queries.clustering(), look) {
            return;
        }
        if queries.kind() == OperationKind::Search {
            let rest =
                ["A search run has neighbors but no calls, so it has no cluster calls.", "4 shows the neighbors."];
            return widget::Message::new(Span::raw("no clusters"), &rest).render(frame, area, theme);
        }
        let file = queries.outline().value().and_then(|outline| outline.file.as_ref().err());
        let failures = [queries.outline().failure(), file, queries.clusters().failure(), queries.calls().failure()];
        let failure =
            failures.into_iter().chain([queries.labels().failure(), self.comparison.failure()]).flatten().next();
        if let Some(failure) = failure {
            return widget::Message::failure(&failure.what, &[&failure.fix], theme).render(frame, area, theme);
        }
        if queries.outline().value().is_some() && selection.cluster_column.is_none() {
            let key = press(look, Context::Clusters, Action::Cluster);
            let computes = format!("{key} computes clusters and a map from the counts.");
            let rest = match self.file() {
                Some(file) if file.cluster_columns().next().is_some() => {
                    ["The file has no column that looks like clusters.", "B chooses one.", &computes]
                }
                Some(_) | None => ["The file has no obs columns (10x .h5 files have none).", &computes, ""],
            };
            let rest: Vec<&str> = rest.into_iter().filter(|line| !line.is_empty()).collect();
            return widget::Message::new(Span::raw("no clusters"), &rest).render(frame, area, theme);
        }
        widget::Message::new(Span::raw("comparing clusters …"), &[]).render(frame, area, theme);
    }

    fn render_table(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, selection: &Selection) {
        let Some(comparison) = self.comparison.value() else { return };
        let theme = look.theme;
        let title = self.queries.clusters().value().map_or("cluster", |clusters| clusters.column.as_str());
        let title = text::fit(title, 12).into_owned();
        let widest = comparison.clusters.iter().map(|cluster| text::width(&cluster.label)).max().unwrap_or(0);
        let label = widest.max(text::width(&title)).min(24) as u16;
        let own = comparison.labels.as_deref().unwrap_or_default();
        let most = comparison.clusters.iter().map(|cluster| text::count(cluster.cells as u64).len()).max().unwrap_or(0);
        let most = CELLS.max(most as u16);
        // Longer titles and numbers must not hide the last column.
        let least = (LABEL.1 + CELLS).saturating_sub(most).max(LABEL.0);
        let name = |title| Column::left(title, Constraint::Min(NAME.0)).wanting(Wanted::First(NAME.1));
        let (score, share, bar) = NUMBERS;
        let number = |title, width| Column::left(title, Constraint::Length(width)).wanting(Wanted::Last(width + bar));
        let columns = [
            Column::left(&title, Constraint::Length(label.min(least))).wanting(Wanted::First(label)),
            Column::right("cells", Constraint::Length(most)),
            name("cluster call"),
            number("score", score),
            name(own),
            // The width of the title.
            Column { width: Constraint::Min(13), ..name("majority call") },
            number("agree", share),
        ];
        // A run without scores has no cluster call.
        let is_scored = self.queries.kind() == OperationKind::OntologyAware;
        let shown: Vec<usize> = (0..columns.len())
            .filter(|place| is_scored || !matches!(place, 2 | 3))
            .filter(|place| *place != OWN || comparison.labels.is_some())
            .collect();
        let columns: Vec<Column<'_>> = shown.iter().map(|place| columns[*place].clone()).collect();
        let widths = table::widths(&columns, area.width, Some(&self.sideways));
        // The width of each of the seven columns, or 0 if it is not shown.
        let mut all = [0; 7];
        shown.iter().zip(&widths).for_each(|(place, width)| all[*place] = usize::from(width.unwrap_or(0)));
        let named = Named::of(comparison, &all);
        let row = |place: usize| {
            let mut cells = row(&comparison.clusters[place], &named, theme);
            let mut row = Row::from_iter(shown.iter().map(|place| std::mem::take(&mut cells[*place])));
            if selection.group == Group::Cluster(place as u32) {
                row.style = theme.mark;
            }
            row
        };
        let len = comparison.clusters.len();
        self.cursor.seen(area.height.saturating_sub(1));
        let table = Table { columns: &columns, len, selected: self.cursor.selected(len), row: &row };
        table.render_sideways(frame, area, look.style(), &self.sideways);
    }
}

/// Returns the areas of the table and of the selected cluster.
pub(super) fn parts(area: Rect) -> [Rect; 2] {
    let below = if area.height >= 16 { BELOW } else { 0 };
    Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(area)
}

/// The widths of all columns, and the names of cell types. A cell type has the same name in every column of the table.
struct Named<'a> {
    widths: &'a [usize; 7],
    names: Names<'a>,
    width: usize,
}

impl<'a> Named<'a> {
    fn of(comparison: &'a Comparison, widths: &'a [usize; 7]) -> Self {
        let shown: Vec<usize> = [2, OWN, 5].into_iter().filter(|column| widths[*column] > 0).collect();
        let width = shown.iter().map(|column| widths[*column]).min().unwrap_or(0);
        let first = |list: &'a [(String, f64)]| list.first().map(|(label, _)| label.as_str());
        let labels = comparison.clusters.iter().flat_map(|cluster| {
            [(2, &cluster.calls), (OWN, &cluster.labeled), (5, &cluster.called)]
                .into_iter()
                .filter(|(column, _)| shown.contains(column))
                .filter_map(|(_, list)| first(list))
                .collect::<Vec<_>>()
        });
        Self { widths, names: Names::of(labels, width), width }
    }

    fn name(&self, named: Option<&(String, f64)>) -> Line<'static> {
        named.map_or_else(Line::default, |(label, _)| Line::raw(self.names.get(label, self.width)))
    }
}

fn row(cluster: &ClusterComparison, named: &Named<'_>, theme: &Theme) -> [Line<'static>; 7] {
    let bar = |column: usize, number: u16| named.widths[column].saturating_sub(usize::from(number));
    let (score, share, _) = NUMBERS;
    let agreement = cluster.called.first().map_or_else(Line::default, |(_, agree)| {
        let mut line = Line::from(score::share(*agree, bar(6, share), theme));
        if *agree < AGREED {
            line.spans[0] = line.spans[0].clone().style(theme.warn);
        }
        line
    });
    let call = match cluster.calls.first() {
        _ if cluster.answered == 0 => Line::styled("not answered yet", theme.muted),
        None => Line::styled(NO_CALL, theme.muted),
        call => named.name(call),
    };
    [
        Line::raw(text::fit_middle(&cluster.label, named.widths[0]).into_owned()),
        Line::raw(text::count(cluster.cells as u64)),
        call,
        cluster
            .calls
            .first()
            .map_or_else(Line::default, |(_, value)| Line::from(score::score(*value, bar(3, score), theme))),
        named.name(cluster.labeled.first()),
        named.name(cluster.called.first()),
        agreement,
    ]
}

impl ClusterComparison {
    /// Draws the cluster: its scores, its cells and the file's labels, side by side. `labels` is the column of the labels.
    fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, labels: Option<&str>) {
        if area.height < 2 {
            return;
        }
        let theme = look.theme;
        let [head, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
        let answered = if self.answered < self.cells {
            format!(", {} answered", text::count(self.answered as u64))
        } else {
            String::new()
        };
        let title =
            format!("{}: {} cells{answered}", text::fit_middle(&self.label, 40), text::count(self.cells as u64));
        frame.render_widget(rule(&title, head.width, theme), head);
        let mut lists: Vec<List<'_>> = Vec::new();
        if !self.calls.is_empty() {
            lists.push(List { title: "cluster scores", values: &self.calls, draw: score::score });
        }
        lists.push(List { title: "cell by cell", values: &self.called, draw: score::share });
        if let Some(column) = labels {
            lists.push(List { title: column, values: &self.labeled, draw: score::share });
        }
        let fits = (usize::from(body.width) / LIST).clamp(1, lists.len());
        // Without room for all lists, omit the scores first, as the table shows them too.
        let lists = &lists[lists.len() - fits..];
        let places = Layout::horizontal(lists.iter().map(|_| Constraint::Fill(1))).spacing(2).split(body);
        for (list, place) in lists.iter().zip(places.iter()) {
            render_list(frame, *place, list, theme);
        }
    }
}

/// Cell types with their scores or shares, under a title.
struct List<'a> {
    title: &'a str,
    values: &'a [(String, f64)],
    /// Draws a value with a bar of a given width.
    draw: fn(f64, usize, &Theme) -> Vec<Span<'static>>,
}

fn render_list(frame: &mut Frame<'_>, area: Rect, list: &List<'_>, theme: &Theme) {
    let values = list.values;
    let width = usize::from(area.width);
    let bar = (width / 5).clamp(3, 12);
    let name = width.saturating_sub(bar + 8);
    let rows = usize::from(area.height).saturating_sub(1);
    let mut lines = vec![Line::styled(text::fit(list.title, width).into_owned(), theme.header)];
    let shown = if values.len() > rows { rows.saturating_sub(1) } else { rows };
    let names = Names::of(values.iter().take(shown).map(|(label, _)| label.as_str()), name);
    for (label, value) in values.iter().take(shown) {
        let mut spans = vec![Span::raw(text::column(&names.get(label, name), name) + " ")];
        spans.extend((list.draw)(*value, bar, theme));
        lines.push(fitted(Line::from(spans), width));
    }
    if values.len() > shown {
        lines.push(Line::styled(format!("and {} more", values.len() - shown), theme.muted));
    }
    for (line, place) in lines.into_iter().zip(area.rows()) {
        frame.render_widget(line, place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Background, ColorDepth};

    #[test]
    fn a_cell_type_has_one_name_in_all_columns() {
        let types = ["CD8-positive, alpha-beta cytotoxic T cell", "CD8-positive, alpha-beta memory T cell", "B cell"];
        let list = |label: &str| vec![(label.to_owned(), 0.5)];
        let clusters = types.iter().map(|label| ClusterComparison {
            label: "1".to_owned(),
            cells: 2,
            answered: 2,
            calls: list(label),
            called: list(label),
            labeled: list(label),
        });
        let comparison = Comparison { labels: None, clusters: clusters.collect() };
        for (wide, narrow) in [(17, 16), (20, 15), (44, 44), (17, 17)] {
            let widths = [9, 5, wide, 8, 0, narrow, 7];
            let named = Named::of(&comparison, &widths);
            let theme = Theme::bundled(Background::Dark, ColorDepth::None).unwrap();
            let names: Vec<[String; 2]> = comparison
                .clusters
                .iter()
                .map(|cluster| {
                    let row = row(cluster, &named, &theme);
                    [row[2].to_string(), row[5].to_string()]
                })
                .collect();
            assert!(names.iter().all(|[call, majority]| call == majority && text::width(call) <= narrow), "{names:?}");
            assert!(names[0] != names[1], "{names:?}");
        }
    }
}
