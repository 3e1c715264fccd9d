//! Box plots in a table.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use super::{Detail, Order, SummaryPane};
use crate::{
    domain::{DatasetStatistics, SummaryStatistics},
    tui::{
        pane::{Look, neighbors::distance},
        term_name::Names,
        text,
        theme::Theme,
        widget::{
            self, Axis, BoxPlot, Table, rule,
            table::{Column, Row, Sorted},
        },
    },
};

/// Draws the cell types, and the datasets of the selected one if requested.
pub(super) fn render(pane: &SummaryPane, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let [types, datasets] = parts(pane, area);
    let columns = Columns::of(area, pane);
    pane.render_types(frame, types, &columns, look);
    if datasets.height > 1 {
        pane.render_datasets(frame, datasets, &columns, look);
    }
}

/// Returns the areas of the tables of cell types and of datasets.
pub(super) fn parts(pane: &SummaryPane, area: Rect) -> [Rect; 2] {
    let below = match pane.detail {
        Detail::Types => 0,
        Detail::Datasets => area.height / 2,
    };
    Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(area)
}

/// The widths of the columns, and the axis that all plots share.
struct Columns {
    name: u16,
    /// 0 if it does not fit.
    share: u16,
    /// 0 if it does not fit.
    median: u16,
    /// 0 if it does not fit, or if only cell types are shown, whose mean is unknown.
    mean: u16,
    axis: Axis,
    labels: String,
}

/// The width of the number of cells.
const COUNT: u16 = 8;

impl Columns {
    fn of(area: Rect, pane: &SummaryPane) -> Self {
        let share = if area.width >= 96 { 8 } else { 0 };
        let longest = pane.types.iter().map(|found| text::width(&found.cell_type)).max().unwrap_or(0);
        let median = if area.width >= 64 { 8 } else { 0 };
        let mean = match pane.detail {
            Detail::Datasets if area.width >= 72 => 8,
            Detail::Datasets | Detail::Types => 0,
        };
        let optional: u16 = [share, median, mean].into_iter().filter(|width| *width > 0).map(|width| width + 2).sum();
        // The table takes two columns for the cursor and two between columns.
        let room = area.width.saturating_sub(2 + COUNT + 2 * 2 + optional);
        let name = (longest.max(10) as u16).min(room / 2).max(6);
        let width = usize::from(room.saturating_sub(name));
        let numbers = pane.types.iter().flat_map(|found| [found.distances.min, found.distances.max]);
        let axis = Axis::spanning(numbers, width);
        let (from, to) = (distance(axis.from), distance(axis.to));
        let gap = width.saturating_sub(text::width(&from) + text::width(&to));
        let labels =
            if gap > 0 { format!("{from}{}{to}", " ".repeat(gap)) } else { text::fit(&from, width).into_owned() };
        Self { name, share, median, mean, axis, labels }
    }

    fn columns<'a>(&'a self, title: &'a str, order: Option<Order>) -> Vec<Column<'a>> {
        let sorted = |by: &[Order], how| order.filter(|order| by.contains(order)).map(|_| how);
        let plot = Constraint::Length(self.axis.width as u16);
        let mut columns = vec![
            Column {
                sorted: sorted(&[Order::Name], Sorted::Ascending),
                ..Column::left(title, Constraint::Length(self.name))
            },
            Column {
                sorted: sorted(&[Order::Count], Sorted::Descending),
                ..Column::right("cells", Constraint::Length(COUNT))
            },
        ];
        if self.share > 0 {
            columns.push(Column::left("share", Constraint::Length(self.share)));
        }
        columns
            .push(Column { sorted: sorted(&[Order::Nearest], Sorted::Ascending), ..Column::left(&self.labels, plot) });
        if self.median > 0 {
            columns.push(Column {
                sorted: sorted(&[Order::Median], Sorted::Ascending),
                ..Column::right("median", Constraint::Length(self.median))
            });
        }
        if self.mean > 0 {
            // Cell types leave the column empty, so that all plots share one axis.
            columns.push(Column::right(if order.is_some() { "" } else { "mean" }, Constraint::Length(self.mean)));
        }
        columns
    }
}

impl SummaryPane {
    fn render_types(&self, frame: &mut Frame<'_>, area: Rect, columns: &Columns, look: &Look<'_>) {
        let all = self.neighbors().max(1) as f64;
        let names = Names::of(self.types.iter().map(|found| found.cell_type.as_str()), usize::from(columns.name));
        let row = |number: usize| {
            let found = &self.types[number];
            let share = found.cell_count as f64 / all;
            let name = names.get(&found.cell_type, usize::from(columns.name));
            let plot = type_plot(found, columns, look.theme);
            let median = found.distances.median;
            Values { name, count: found.cell_count, share, plot, median, mean: None }.row(columns, look)
        };
        let shown = columns.columns("cell type", Some(self.order));
        self.list.seen(area.height.saturating_sub(1));
        let selected = self.list.selected(self.types.len());
        Table { columns: &shown, len: self.types.len(), selected, row: &row }.render(frame, area, look.style());
    }

    fn render_datasets(&self, frame: &mut Frame<'_>, area: Rect, columns: &Columns, look: &Look<'_>) {
        let Some(found) = self.selected() else { return };
        let [head, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
        frame.render_widget(rule(&format!("datasets of {}", found.cell_type), head.width, look.theme), head);
        match found.datasets.as_deref() {
            None | Some([]) => {
                let headline =
                    Span::styled("This server does not say which datasets the neighbors come from.", look.theme.muted);
                widget::Message::new(headline, &[]).render(frame, body, look.theme);
            }
            Some(datasets) => columns.render_datasets(datasets, frame, body, look),
        }
    }
}

fn type_plot(found: &SummaryStatistics, columns: &Columns, theme: &Theme) -> Line<'static> {
    let stats = found.distances;
    let plot = BoxPlot { numbers: [stats.min, stats.p25, stats.median, stats.p75, stats.max] };
    plot.line(&columns.axis, theme.gauge, theme)
}

/// The values of a row.
struct Values {
    name: String,
    /// The number of cells.
    count: u64,
    share: f64,
    plot: Line<'static>,
    median: f64,
    /// The mean, which is known only for datasets.
    mean: Option<f64>,
}

impl Values {
    fn row(self, columns: &Columns, look: &Look<'_>) -> Row<'static> {
        let Self { name, count, share, plot, median, mean } = self;
        let mut cells = vec![Line::raw(name), Line::raw(text::count(count))];
        if columns.share > 0 {
            cells.push(Line::from(
                widget::bar(share, usize::from(columns.share), look.theme.gauge, look.theme).to_vec(),
            ));
        }
        cells.push(plot);
        if columns.median > 0 {
            cells.push(Line::raw(distance(median)));
        }
        if columns.mean > 0 {
            cells.push(Line::raw(mean.map(distance).unwrap_or_default()));
        }
        cells.into_iter().collect()
    }
}

impl Columns {
    fn render_datasets(&self, datasets: &[DatasetStatistics], frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let mut datasets: Vec<&DatasetStatistics> = datasets.iter().collect();
        datasets.sort_by_key(|dataset| std::cmp::Reverse(dataset.count));
        let all = datasets.iter().map(|dataset| dataset.count).fold(0, u64::saturating_add).max(1) as f64;
        let row = |number: usize| {
            let dataset = datasets[number];
            let name = text::fit_middle(&dataset.dataset_id, usize::from(self.name)).into_owned();
            // Datasets have no quartiles, so draw whiskers and a median.
            let plot = BoxPlot { numbers: [dataset.min, dataset.median, dataset.median, dataset.median, dataset.max] };
            let plot = plot.line(&self.axis, look.theme.gauge, look.theme);
            let share = dataset.count as f64 / all;
            let (median, mean) = (dataset.median, Some(dataset.mean));
            Values { name, count: dataset.count, share, plot, median, mean }.row(self, look)
        };
        let shown = self.columns("dataset", None);
        Table { columns: &shown, len: datasets.len(), selected: None, row: &row }.render(frame, area, look.style());
    }
}
