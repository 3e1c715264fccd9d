//! Rendering of the overview.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use super::{Counted, List, OverviewPane};
use crate::{
    domain::{OperationKind, text::clean},
    results::{
        Overview,
        number::score_text,
        overview::{GroupCount, TypeCount},
    },
    tui::{
        pane::{Focus, Look, score},
        query::inferred::MARK,
        selection::Selection,
        term_name::{Names, short},
        text,
        theme::Theme,
        widget::{
            self, Table, WidgetStyle, rule,
            table::{self, Column, Row, Wanted, fitted},
        },
    },
};

/// The minimum width of a name, and the width at which nearly all names of the Cell Ontology fit.
const NAME: (u16, u16) = (20, 44);
/// The widths of a fraction and of a score without a bar, and of the longest bar.
const NUMBERS: (u16, u16, u16) = (7, 5, 16);
/// The heights at which the lists of groups and doubtful calls fit below the cell types: the minimum, and the number of
/// lines that they take.
const BELOW: (u16, u16) = (16, 8);
/// The width of the list of doubtful calls.
const DOUBTS: u16 = 39;

/// The width of the column with the cells of a group that fits beside the others at 80 columns.
const GROUP: usize = 9;

/// The place and the title of the column with the numbers of inferred cells.
const AFTER_CELLS: usize = 2;
const INFERRED: &str = "~ inferred";

/// The parts of the pane.
struct Parts {
    head: Rect,
    types: Rect,
    groups: Rect,
    doubts: Rect,
}

fn parts(pane: &OverviewPane, area: Rect) -> Parts {
    let head = if area.height >= 8 { 2 } else { 0 };
    let below = match area.height {
        height if height < BELOW.0 => 0,
        height => BELOW.1.max(height * 2 / 5),
    };
    let heights = [Constraint::Length(head), Constraint::Fill(1), Constraint::Length(below)];
    let [head, types, below] = Layout::vertical(heights).areas(area);
    let doubts = match pane.queries.kind() {
        OperationKind::OntologyAware => DOUBTS.min(below.width / 2),
        OperationKind::SummaryStatistics | OperationKind::Search => 0,
    };
    let [groups, doubts] = Layout::horizontal([Constraint::Fill(1), Constraint::Length(doubts)])
        .spacing(u16::from(doubts > 0) * 2)
        .areas(below);
    Parts { head, types, groups, doubts }
}

/// Returns the areas of the rows of each list.
pub(super) fn lists(pane: &OverviewPane, area: Rect) -> [(List, Rect); 3] {
    let parts = parts(pane, area);
    [
        (List::Types, table::body(parts.types)),
        (List::Groups, below_rule(parts.groups)),
        (List::Doubts, below_rule(parts.doubts)),
    ]
}

fn below_rule(area: Rect) -> Rect {
    Rect { y: area.y + area.height.min(1), height: area.height.saturating_sub(1), ..area }
}

impl OverviewPane {
    /// Draws the pane.
    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, selection: &Selection) {
        match self.counted.value() {
            Some(counted) => {
                let parts = parts(self, area);
                self.render_head(frame, parts.head, look, selection);
                self.render_types(frame, parts.types, look, counted);
                self.render_groups(frame, parts.groups, look, counted);
                self.render_doubts(frame, parts.doubts, look, &counted.overview);
            }
            None => render_nothing(self, frame, area, look),
        }
        if let Some(picker) = &self.picker {
            picker.render(frame, area, look);
        }
    }

    /// Draws the numbers of cells, then the model, the thresholds and the folder.
    fn render_head(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, selection: &Selection) {
        let Some(counted) = self.counted.value() else { return };
        let (theme, overview) = (look.theme, &counted.overview);
        let mut numbers = numbers(counted, theme);
        let queries = &self.queries;
        if is_scored(self) {
            let doubtful = text::count(overview.doubtful as u64);
            numbers.push_span(Span::raw(format!("  ·  {doubtful} doubtful")));
        }
        let thresholds = match queries.kind() {
            OperationKind::OntologyAware => {
                let now = &selection.thresholds;
                format!("tree: score > {} in {} of cells", score_text(now.evidence), text::percent(now.fraction))
            }
            OperationKind::SummaryStatistics | OperationKind::Search => "most neighbors".to_owned(),
        };
        if let Some(failure) = queries.inferred().failure() {
            let lines = [numbers, Line::styled(failure.what.clone(), theme.warn)];
            return put_lines(frame, area, lines);
        }
        let about = format!("{}  ·  {thresholds}  ·  ", clean(queries.model().as_str()));
        let room = usize::from(area.width).saturating_sub(text::width(&about));
        // The end of a path distinguishes runs.
        let folder = text::fit_end(&queries.folder().to_string_lossy(), room).into_owned();
        let about = Line::from(vec![Span::styled(about, theme.muted), Span::raw(folder)]);
        put_lines(frame, area, [numbers, about]);
    }

    fn render_types(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, counted: &Counted) {
        let (theme, overview) = (look.theme, &counted.overview);
        if overview.types.is_empty() {
            let rest = ["Cell types appear when the first chunk is answered.", "0 shows how far the run is."];
            return widget::Message::new(Span::raw("no cell is answered yet"), &rest).render(frame, area, theme);
        }
        let group = self.cursor(List::Groups).map(|place| (place, &overview.groups[place]));
        let title = group.map_or_else(String::new, |(_, group)| title_of_group(group, counted.column.as_deref()));
        let mut columns = columns(is_scored(self), &title);
        if counted.inferred.is_some() {
            columns.insert(AFTER_CELLS, Column::right(INFERRED, Constraint::Length(10)));
        }
        let widths: Vec<usize> = table::widths(&columns, area.width, None)
            .into_iter()
            .map(|width| usize::from(width.unwrap_or(0)))
            .enumerate()
            .filter(|(place, _)| counted.inferred.is_none() || *place != AFTER_CELLS)
            .map(|(_, width)| width)
            .collect();
        let names = Names::of(overview.types.iter().map(|kind| kind.label.as_str()), widths[0]);
        let shown = ShownTypes { overview, group, is_scored: is_scored(self), widths: &widths, theme };
        let row = |place: usize| {
            let inferred = counted.inferred.as_ref().and_then(|inferred| inferred.of_type.get(place));
            let inferred =
                inferred.map(|cells| Line::styled(format!("{MARK}{}", text::count(*cells as u64)), theme.muted));
            let mut cells = shown.row(&overview.types[place], &names);
            cells.splice(AFTER_CELLS..AFTER_CELLS, inferred);
            cells.into_iter().collect()
        };
        let len = overview.types.len();
        self.types.seen(area.height.saturating_sub(1));
        let table = Table { columns: &columns, len, selected: self.types.selected(len), row: &row };
        table.render(frame, area, WidgetStyle::new(theme, focus(self, List::Types, look)));
    }

    /// Draws the groups: their cells, and how many of them have the cell type under the cursor.
    fn render_groups(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, counted: &Counted) {
        if area.is_empty() {
            return;
        }
        let (theme, overview) = (look.theme, &counted.overview);
        let kind = self.cursor(List::Types).map(|place| &overview.types[place]);
        let Some(column) = &counted.column else {
            let words = ["The file has no obs column that", "forms groups."];
            return Words { title: "groups", words: &words }.render(frame, area, theme);
        };
        let title = match kind {
            Some(kind) => {
                // The list may be longer than its place.
                let start = format!("by {} ({}): ", text::fit(column, 20), text::count(overview.groups.len() as u64));
                let room = usize::from(area.width).saturating_sub(6 + text::width(&start));
                start + &short(&kind.label, room)
            }
            None => format!("by {}", text::fit(column, 20)),
        };
        if let Some(fault) = &counted.fault {
            return Words { title: &title, words: &[&fault.what, &fault.fix] }.render(frame, area, theme);
        }
        frame.render_widget(rule(&title, area.width, theme), area);
        let widest =
            overview.groups.iter().map(|group| text::width(&group.label)).max().unwrap_or(0).clamp(6, 24) as u16;
        let most =
            overview.groups.iter().map(|group| text::count(group.answered as u64).len()).max().unwrap_or(0) as u16;
        let columns = [
            Column::left("", Constraint::Length(widest.min(12))).wanting(Wanted::First(widest)),
            Column::right("", Constraint::Length(most)),
            Column::right("", Constraint::Length(most)),
            Column::left("", Constraint::Length(NUMBERS.0 + 3)).wanting(Wanted::Last(NUMBERS.0 + NUMBERS.2)),
        ];
        let widths = table::widths(&columns, area.width, None);
        let bar = usize::from(widths[3].unwrap_or(0)).saturating_sub(usize::from(NUMBERS.0));
        let name = usize::from(widths[0].unwrap_or(0));
        let names = Names::of(overview.groups.iter().map(|group| group.label.as_str()), name);
        let row = |place: usize| {
            let group = &overview.groups[place];
            let of_type = kind.map_or(0, |kind| kind.of_group[place]);
            Row::from_iter([
                Line::raw(names.get(&group.label, name)),
                Line::styled(text::count(group.answered as u64), theme.muted),
                Line::raw(text::count(of_type as u64)),
                Line::from(score::share(share(of_type, group.answered), bar, theme)),
            ])
        };
        let rows = below_rule(area);
        self.groups.seen(rows.height);
        let table =
            Table { columns: &columns, len: overview.groups.len(), selected: self.cursor(List::Groups), row: &row };
        table.render_rows(frame, rows, WidgetStyle::new(theme, focus(self, List::Groups, look)));
    }

    /// Draws the numbers of cells by flag.
    fn render_doubts(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, overview: &Overview) {
        if area.is_empty() {
            return;
        }
        let theme = look.theme;
        if self.cursor(List::Doubts).is_none() {
            return Words { title: "doubtful calls", words: &["no call has a flag"] }.render(frame, area, theme);
        }
        frame.render_widget(rule("doubtful calls", area.width, theme), area);
        let number = text::count(overview.doubtful as u64).len() as u16;
        let columns = [Column::left("", Constraint::Fill(1)), Column::right("", Constraint::Length(number))];
        let row = |place: usize| {
            let (letter, meaning, cells) = match overview.flagged.get(place) {
                Some((flag, cells)) => (flag.letter(), flag.meaning(), *cells),
                None => (' ', "any of these", overview.doubtful),
            };
            let name = Line::from(vec![Span::styled(format!("{letter} "), theme.warn), Span::raw(meaning)]);
            Row::from_iter([name, Line::raw(text::count(cells as u64))])
        };
        let rows = below_rule(area);
        self.doubts.seen(rows.height);
        let len = self.len(List::Doubts);
        let table = Table { columns: &columns, len, selected: self.cursor(List::Doubts), row: &row };
        table.render_rows(frame, rows, WidgetStyle::new(theme, focus(self, List::Doubts, look)));
    }
}

fn render_nothing(pane: &OverviewPane, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let theme = look.theme;
    let queries = &pane.queries;
    if queries.kind() == OperationKind::Search {
        let rest = ["A search run has neighbors but no cell types to count.", "4 shows the neighbors."];
        return widget::Message::new(Span::raw("no overview"), &rest).render(frame, area, theme);
    }
    let failures = [queries.outline().failure(), queries.calls().failure(), queries.labels().failure()];
    let failures = failures.into_iter().chain([queries.flags().failure(), pane.counted.failure()]);
    match failures.flatten().next() {
        Some(failure) => {
            widget::Message::failure(&failure.what, &[&failure.fix], theme).render(frame, area, theme);
        }
        None => widget::Message::new(Span::styled("counting cell types …", theme.busy), &[]).render(frame, area, theme),
    }
}

fn put_lines(frame: &mut Frame<'_>, area: Rect, lines: [Line<'static>; 2]) {
    for (line, row) in lines.into_iter().zip(area.rows()) {
        frame.render_widget(fitted(line, usize::from(row.width)), row);
    }
}

/// Returns the numbers of cells, those of inferred cells apart.
fn numbers(counted: &Counted, theme: &Theme) -> Line<'static> {
    let overview = &counted.overview;
    let count = |cells: usize| text::count(cells as u64);
    let mut spans = vec![Span::styled(text::counted(overview.cells as u64, "cell"), Theme::bold(theme.text))];
    if let Some(inferred) = &counted.inferred {
        spans.push(Span::styled(" annotated", Theme::bold(theme.text)));
        spans.push(Span::raw(format!("  ·  {MARK}{} inferred", count(inferred.cells))));
        spans.push(Span::raw(format!("  ·  {} neither", count(inferred.without))));
    }
    let missing = overview.cells - overview.answered;
    if missing > 0 {
        spans.push(Span::styled(format!("  ·  {} without an answer", count(missing)), theme.warn));
    }
    let called: usize = overview.types.iter().filter(|kind| kind.is_call).map(|kind| kind.cells).sum();
    spans.push(Span::raw(format!("  ·  {} called", count(called))));
    if overview.answered > called {
        spans.push(Span::styled(format!("  ·  {} no call", count(overview.answered - called)), theme.warn));
    }
    Line::from(spans)
}

/// Returns the focus of a list.
fn focus(pane: &OverviewPane, list: List, look: &Look<'_>) -> Focus {
    if pane.list == list { look.focus } else { Focus::Elsewhere }
}

fn share(cells: usize, of: usize) -> f64 {
    cells as f64 / of.max(1) as f64
}

/// Returns the columns of the cell types. The last one is about the group under the cursor.
/// Returns the title of the column with the cells of a group. A label that is a number has the name of its column.
fn title_of_group(group: &GroupCount, column: Option<&str>) -> String {
    let label = text::fit_middle(&group.label, 14);
    let room = GROUP.saturating_sub(1 + text::width(&label));
    match column.filter(|_| room > 2 && label.parse::<f64>().is_ok()) {
        Some(column) => format!("{} {label}", text::fit(column, room)),
        None => format!("in {label}"),
    }
}

fn columns(is_scored: bool, group: &str) -> Vec<Column<'_>> {
    let (share, score, bar) = NUMBERS;
    let bars =
        |title, number: u16| Column::left(title, Constraint::Length(number + 3)).wanting(Wanted::Last(number + bar));
    let mut columns = vec![
        Column::left("cell type", Constraint::Min(NAME.0)).wanting(Wanted::First(NAME.1)),
        Column::right("cells", Constraint::Length(9)),
        bars("share", share),
        if is_scored { bars("median", score) } else { bars("median share", share + 2) },
    ];
    if is_scored {
        columns.push(Column::right("doubtful", Constraint::Length(8)));
    }
    if !group.is_empty() {
        columns.push(Column::right(group, Constraint::Length((text::width(group) as u16).max(7))));
    }
    columns
}

/// Returns whether calls have scores and flags; votes of neighbors have none.
fn is_scored(pane: &OverviewPane) -> bool {
    pane.queries.kind() == OperationKind::OntologyAware
}

/// The table of cell types while it is drawn.
struct ShownTypes<'a> {
    overview: &'a Overview,
    /// The group under the cursor, with its place.
    group: Option<(usize, &'a GroupCount)>,
    is_scored: bool,
    widths: &'a [usize],
    theme: &'a Theme,
}

impl ShownTypes<'_> {
    fn row(&self, kind: &TypeCount, names: &Names<'_>) -> Vec<Line<'static>> {
        let (share_width, score_width, _) = NUMBERS;
        let bar = |column: usize, number: u16| self.widths[column].saturating_sub(usize::from(number));
        let label = names.get(&kind.label, self.widths[0]);
        let mut cells = vec![
            if kind.is_call { Line::raw(label) } else { Line::styled(label, self.theme.muted) },
            Line::raw(text::count(kind.cells as u64)),
            Line::from(score::share(share(kind.cells, self.overview.answered), bar(2, share_width), self.theme)),
            match kind.median {
                median if median.is_nan() => Line::styled("   –", self.theme.muted),
                median if self.is_scored => Line::from(score::score(median, bar(3, score_width), self.theme)),
                median => Line::from(score::share(median, bar(3, share_width), self.theme)),
            },
        ];
        if self.is_scored {
            let style = if kind.doubtful > 0 { self.theme.warn } else { self.theme.muted };
            cells.push(Line::styled(text::count(kind.doubtful as u64), style));
        }
        if let Some((place, _)) = self.group {
            cells.push(Line::raw(text::count(kind.of_group[place] as u64)));
        }
        cells
    }
}

/// Sentences below a rule with a title, in place of a list.
struct Words<'a> {
    title: &'a str,
    words: &'a [&'a str],
}

impl Words<'_> {
    fn render(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        frame.render_widget(rule(self.title, area.width, theme), area);
        let place = below_rule(area);
        let lines = text::paragraphs(self.words, usize::from(place.width), usize::from(place.height));
        for ((_, line), row) in lines.into_iter().zip(place.rows()) {
            frame.render_widget(Line::styled(line, theme.muted), row);
        }
    }
}
