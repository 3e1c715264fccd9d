//! Rendering of the labels of one cell: the label and the term of each tool, the consensus, and the reason for it.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use crate::tui::{
    pane::Look,
    query::consensus::{CellLabel, FoundConsensus},
    term_name, text,
    widget::{
        Column, Row, Table, rule,
        table::{self, fitted},
    },
};

/// The lines besides the tools: the name of the cell, and its consensus.
const LINES: u16 = 2;
/// The maximum width of the name of a tool.
const NAME: usize = 24;

/// The labels of a cell, with its consensus.
#[derive(Clone, Copy)]
pub(super) struct CellLabels<'a> {
    /// The consensus about all cells.
    pub found: &'a FoundConsensus,
    /// The cell, if one is selected.
    pub cell: Option<usize>,
}

impl CellLabels<'_> {
    /// Returns the number of lines in an area of a height. Half of the area is left for the list.
    pub fn height(self, of: u16) -> u16 {
        let tools = u16::try_from(self.found.labels.tools.len()).unwrap_or(u16::MAX);
        tools.saturating_add(LINES).min((of / 2).max(LINES + 1))
    }

    pub fn render(self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let [title, consensus, tools] =
            Layout::vertical([Constraint::Length(1), Constraint::Length(1), Constraint::Fill(1)]).areas(area);
        let Some(row) = self.cell.filter(|row| *row < self.found.outcomes.len()) else {
            frame.render_widget(rule("no cell of the run is selected", title.width, look.theme), title);
            let words = "> shows the labels of the first cell of the group under the cursor";
            let words = Line::styled(words, look.theme.muted);
            return frame.render_widget(fitted(words, usize::from(consensus.width)), consensus);
        };
        let name = format!("cell {}", self.found.labels.names.get(row));
        frame.render_widget(rule(&name, title.width, look.theme), title);
        frame.render_widget(fitted(self.outcome(row, look), usize::from(consensus.width)), consensus);
        self.render_tools(frame, tools, row, look);
    }

    /// Returns the consensus about a cell with its reason.
    fn outcome(self, row: usize, look: &Look<'_>) -> Line<'static> {
        let (outcome, labels) = (&self.found.outcomes[row], &self.found.labels);
        let clean = |text: &str| text::fit(text, usize::MAX).into_owned();
        let reason = clean(&outcome.reason(&labels.ontology, labels.tools.len()));
        Line::from(match outcome.term() {
            Some(term) => vec![
                Span::styled(clean(labels.ontology.label(term)), look.theme.title),
                Span::styled(format!(" {}", clean(labels.ontology.id(term).as_str())), look.theme.muted),
                Span::raw(format!(": {reason}")),
            ],
            None => vec![Span::styled("no consensus", look.theme.warn), Span::raw(format!(": {reason}"))],
        })
    }

    fn render_tools(self, frame: &mut Frame<'_>, area: Rect, row: usize, look: &Look<'_>) {
        let tools = &self.found.labels.tools;
        let room = usize::from(area.height);
        // The last line counts the tools without room.
        let shown = if tools.len() > room { room.saturating_sub(1) } else { tools.len() };
        let name = tools.iter().map(|tool| text::width(&text::fit(&tool.name, NAME))).max().unwrap_or(0);
        let columns = [
            Column::left("", Constraint::Length(name as u16)),
            Column::left("", Constraint::Fill(1)),
            Column::left("", Constraint::Fill(1)),
        ];
        let widths = table::widths(&columns, area.width, None);
        let width = |column: usize| widths.get(column).copied().flatten().map_or(0, usize::from);
        let line = |tool: usize| self.tool_row(At { tool, row }, [width(1), width(2)], look);
        Table { columns: &columns, len: shown, selected: None, row: &line }.render_rows(frame, area, look.style());
        if let (true, Some(last)) = (shown < tools.len(), area.rows().next_back()) {
            let more = text::counted((tools.len() - shown) as u64, "tool");
            let words = Line::styled(format!("   … {more} more in a taller window"), look.theme.muted);
            frame.render_widget(fitted(words, usize::from(last.width)), last);
        }
    }

    /// Returns the row of a tool: its name, its label and its term, the last two within widths.
    fn tool_row(self, at: At, [label_width, term_width]: [usize; 2], look: &Look<'_>) -> Row<'static> {
        let labels = &self.found.labels;
        let tool = &labels.tools[at.tool];
        let (label, how) = in_words(&labels.label(at.tool, at.row), label_width, look);
        let term = match tool.terms[at.row] {
            Some(term) => {
                let room = term_width.saturating_sub(text::width(&how));
                let name = term_name::short(labels.ontology.label(term), room).into_owned();
                Line::from(vec![Span::raw(name), Span::styled(how, look.theme.muted)])
            }
            None => Line::styled(how, look.theme.warn),
        };
        let sign = if self.found.agrees(at.tool, at.row) { "✓" } else { "" };
        Row { sign, ..Row::from_iter([Line::raw(text::fit(&tool.name, NAME).into_owned()), label, term]) }
    }
}

/// A tool and a cell.
#[derive(Clone, Copy)]
struct At {
    tool: usize,
    row: usize,
}

/// Returns the label of a tool, and the words after its term: the way it was mapped, or the reason why there is no term.
fn in_words(label: &CellLabel, width: usize, look: &Look<'_>) -> (Line<'static>, String) {
    let muted = |words: &'static str| Line::styled(words, look.theme.muted);
    match label {
        CellLabel::NoAnswer => (muted("no answer"), "–".to_owned()),
        CellLabel::NoCall => (muted("no call"), "–".to_owned()),
        CellLabel::Call => (muted("call"), String::new()),
        CellLabel::NoLabel => (muted("no label"), "–".to_owned()),
        CellLabel::Text(text, Some(mapping)) => {
            (Line::raw(text::fit(text, width).into_owned()), format!(" ({mapping})"))
        }
        CellLabel::Text(text, None) => (Line::raw(text::fit(text, width).into_owned()), "not a term".to_owned()),
    }
}
