//! Rendering of a consensus: the number of cells with one, the cells of each cell type or reason, and the labels that are not
//! terms.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use super::{ConsensusView, List, Mode, cell::CellLabels};
use crate::{
    results::consensus::{Group, GroupResult},
    tui::{
        pane::{Look, score::call_rule},
        query::consensus::FoundConsensus,
        term_name::Names,
        text,
        widget::{
            Column, Message, Panel, Row, Table, bar, rule, scroll,
            table::{self, fitted},
        },
    },
};

/// The least width with a bar for the share of each group.
const WITH_BARS: u16 = 100;
/// The width of the bar.
const BAR: u16 = 12;
/// The width of a term id, with a space before it.
const ID: usize = 11;
/// The least width of the numbers of cells: that of their header.
const CELLS: usize = 5;

pub(super) fn render(view: &ConsensusView, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let inner = Panel::new(title(view, area.width, look)).render_over(frame, area, look.theme);
    match (view.found.value(), view.found.failure()) {
        _ if view.found.is_asked() => {
            let headline = Span::styled(under_way(view), look.theme.busy);
            Message::new(headline, &["ctrl-x stops, esc closes"]).render(frame, inner, look.theme);
        }
        (Some(found), _) => view.render_found(frame, inner, found, look),
        (None, Some(failure)) => {
            Message::failure(&failure.what, &[&failure.fix], look.theme).render(frame, inner, look.theme);
        }
        (None, None) => {}
    }
    match &view.mode {
        Mode::Choosing => view.choice.render(frame, inner, look),
        Mode::Limits(limits) => limits.render(frame, inner, look),
        Mode::Showing => {}
    }
}

/// Returns the title: the tools, and the rule of the run's calls if they are one of them.
fn title(view: &ConsensusView, width: u16, look: &Look<'_>) -> Line<'static> {
    let room = usize::from(width).saturating_sub(4);
    let Some(found) = view.found() else { return Line::raw("consensus of several tools") };
    let names: Vec<_> = found.labels.tools.iter().map(|tool| text::fit(&tool.name, 40).into_owned()).collect();
    let tools = text::fit(&format!("consensus of {}", names.join(", ")), room).into_owned();
    let mut title = Line::raw(tools);
    if let Some(calls) = found.labels.calls() {
        title.extend(call_rule(calls, room.saturating_sub(title.width()), look.theme));
    }
    title
}

fn under_way(view: &ConsensusView) -> String {
    match view.progress {
        Some([done, total]) if total > 0 => {
            format!("Comparing the labels of every cell… {}", text::percent(done as f64 / total as f64))
        }
        Some(_) | None => "Comparing the labels of every cell…".to_owned(),
    }
}

impl ConsensusView {
    fn render_found(&self, frame: &mut Frame<'_>, area: Rect, found: &FoundConsensus, look: &Look<'_>) {
        let head = heading(found, usize::from(area.width), look);
        let cell = CellLabels { found, cell: self.cell };
        let [above, lead, list, below] = Layout::vertical([
            Constraint::Length(head.len() as u16),
            Constraint::Length(u16::from(self.list == List::Unmapped)),
            Constraint::Fill(1),
            Constraint::Length(cell.height(area.height)),
        ])
        .areas(area);
        for (line, row) in head.into_iter().zip(above.rows()) {
            frame.render_widget(line, row);
        }
        match self.list {
            List::Groups => self.render_groups(frame, list, found, look),
            List::Unmapped => {
                frame.render_widget(rule("labels that are not terms", lead.width, look.theme), lead);
                self.render_unmapped(frame, list, found, look);
            }
        }
        cell.render(frame, below, look);
    }

    fn render_groups(&self, frame: &mut Frame<'_>, area: Rect, found: &FoundConsensus, look: &Look<'_>) {
        let groups = &found.summary.groups;
        let bars = if area.width >= WITH_BARS { BAR } else { 0 };
        let most = groups.iter().map(|group| group.cells).max().unwrap_or(0);
        let counts = text::width(&text::count(most as u64)).max(CELLS) as u16;
        let mut columns =
            vec![Column::right("cells", Constraint::Length(counts)), Column::right("share", Constraint::Length(7))];
        columns.extend((bars > 0).then(|| Column::left("", Constraint::Length(bars))));
        columns.push(Column::left("consensus", Constraint::Fill(1)));
        self.group.drawn(table::body(area));
        let selected = self.group.selected(groups.len());
        let widths = table::widths(&columns, area.width, None);
        let width = widths.last().copied().flatten().map_or(0, usize::from);
        let in_sight = scroll::window(selected.unwrap_or(0), groups.len(), usize::from(area.height.saturating_sub(1)));
        let ontology = &found.labels.ontology;
        let label = |group: &Group| match group.result {
            GroupResult::Agreed(term) => Some(ontology.label(term)),
            GroupResult::Missing(_) => None,
        };
        let named = width.saturating_sub(ID);
        let names = Names::of(groups[in_sight].iter().filter_map(label), named);
        let row = |number: usize| {
            let group = &groups[number];
            let share = group.cells as f64 / found.summary.cells().max(1) as f64;
            let mut cells = vec![Line::raw(text::count(group.cells as u64)), Line::raw(text::percent(share))];
            if bars > 0 {
                cells.push(Line::from(bar(share, usize::from(bars), look.theme.gauge, look.theme).to_vec()));
            }
            cells.push(match &group.result {
                GroupResult::Agreed(term) => {
                    let name = names.get(ontology.label(*term), named);
                    let id = format!(" {}", text::fit(ontology.id(*term).as_str(), ID - 1));
                    Line::from(vec![Span::raw(name), Span::styled(id, look.theme.muted)])
                }
                GroupResult::Missing(reason) => Line::styled(missing(reason, width), look.theme.warn),
            });
            Row::from_iter(cells)
        };
        Table { columns: &columns, len: groups.len(), selected, row: &row }.render(frame, area, look.style());
    }

    fn render_unmapped(&self, frame: &mut Frame<'_>, area: Rect, found: &FoundConsensus, look: &Look<'_>) {
        let columns = [
            Column::right("cells", Constraint::Length(9)),
            Column::left("tool", Constraint::Length(24)),
            Column::left("label", Constraint::Fill(1)),
        ];
        let len = found.labels.unmapped();
        self.label.drawn(table::body(area));
        let selected = self.label.selected(len);
        let row = |number: usize| {
            let Some((tool, (label, cells))) = found.labels.unmapped_at(number) else { return Row::default() };
            Row::from_iter([
                Line::raw(text::count(*cells as u64)),
                Line::styled(text::fit(&tool.name, 24).into_owned(), look.theme.muted),
                Line::raw(text::fit(label, usize::from(area.width)).into_owned()),
            ])
        };
        Table { columns: &columns, len, selected, row: &row }.render(frame, area, look.style());
    }
}

/// Returns the reason for a missing consensus within a width, with "none" before it if both fit.
fn missing(reason: &str, width: usize) -> String {
    let whole = text::fit(&format!("none: {reason}"), usize::MAX).into_owned();
    if text::width(&whole) <= width { whole } else { text::fit(reason, width).into_owned() }
}

/// Returns the lines above the list: the number of cells with a consensus, its limits, and the labels that are not used.
fn heading(found: &FoundConsensus, width: usize, look: &Look<'_>) -> Vec<Line<'static>> {
    let (theme, summary) = (look.theme, &found.summary);
    let share = summary.agreed() as f64 / summary.cells().max(1) as f64;
    let mut lines = vec![Line::from(vec![
        Span::styled(text::count(summary.agreed() as u64), theme.accent),
        Span::raw(format!(" of {} have a consensus, ", text::counted(summary.cells() as u64, "cell"))),
        Span::styled(text::percent(share), theme.accent),
    ])];
    let (tools, options) = (found.labels.tools.len(), found.options);
    let descendants = text::counted(options.max_descendants as u64, "descendant");
    let rule = format!("at least {} of {tools} agree on a term with at most {descendants}", options.min_agree);
    lines.push(Line::styled(rule, theme.muted));
    let unmapped = found.labels.unmapped();
    if unmapped > 0 {
        let words = format!(
            "{} of {} {} no terms and not used; tab lists them",
            text::counted(unmapped as u64, "label"),
            with_unmapped(found),
            if unmapped == 1 { "is" } else { "are" }
        );
        lines.push(Line::styled(words, theme.warn));
    }
    lines.into_iter().map(|line| fitted(line, width)).collect()
}

/// Returns the names of the tools with labels that are not terms.
fn with_unmapped(found: &FoundConsensus) -> String {
    let tools = found.labels.tools.iter().filter(|tool| !tool.unmapped.is_empty());
    tools.map(|tool| text::fit(&tool.name, 24).into_owned()).collect::<Vec<_>>().join(", ")
}

/// Returns the groups as lines with tab-separated columns. Shares are fractions.
pub(super) fn groups_as_text(found: &FoundConsensus) -> String {
    let mut lines = vec!["cells\tshare\tconsensus_name\tconsensus_label\treason".to_owned()];
    let ontology = &found.labels.ontology;
    for group in &found.summary.groups {
        let share = group.cells as f64 / found.summary.cells().max(1) as f64;
        let result = match &group.result {
            GroupResult::Agreed(term) => format!("{}\t{}\t", ontology.id(*term), ontology.label(*term)),
            GroupResult::Missing(reason) => format!("\t\t{reason}"),
        };
        lines.push(format!("{}\t{share}\t{result}", group.cells));
    }
    lines.join("\n")
}

/// Returns the labels that are not terms as lines with tab-separated columns.
pub(super) fn unmapped_as_text(found: &FoundConsensus) -> String {
    let mut lines = vec!["tool\tlabel\tcells".to_owned()];
    for tool in &found.labels.tools {
        lines.extend(tool.unmapped.iter().map(|(label, cells)| {
            // A label with a tab or a line end would look like several columns.
            let label = label.replace(['\t', '\n', '\r'], " ");
            format!("{}\t{label}\t{cells}", tool.name)
        }));
    }
    lines.join("\n")
}
