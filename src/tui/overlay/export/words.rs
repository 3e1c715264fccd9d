//! The text below the form: the format and its cells, the progress, or the failure.

use ratatui::text::{Line, Span};

use super::{
    ExportDialog, State,
    exportable::{Chosen, FILTERED},
};
use crate::tui::{pane::Look, text, theme::Theme};

impl ExportDialog {
    /// Returns the line with the cells to export, which makes an ignored filter visible.
    fn which_cells(&self, theme: &Theme) -> Line<'static> {
        let (which, count, _) = self.chosen_cells();
        let (count, all) = (text::count(*count as u64), text::count(self.run.cells[0].1 as u64));
        let filter = self.run.filter.as_ref().map(|filter| text::fit(filter, 60).into_owned());
        match (*which, filter) {
            (FILTERED, Some(filter)) => {
                Line::styled(format!("{count} of {all} cells: those that the filter {filter} shows"), theme.accent)
            }
            ("all", Some(filter)) => {
                Line::styled(format!("all {all} cells, also those that {filter} hides"), theme.warn)
            }
            ("all", None) => Line::styled(format!("all {all} cells"), theme.muted),
            (which, _) => Line::styled(format!("{count} of {all} cells: {which}"), theme.accent),
        }
    }

    /// Returns the description of the format, the progress of the export, or its failure.
    pub(super) fn words(&self, look: &Look<'_>) -> Vec<Line<'static>> {
        let theme = look.theme;
        match &self.state {
            State::Choosing => {
                let mut lines = match (self.chosen(), &self.run.figure) {
                    (Chosen::Figure(format), Some(figure)) => vec![
                        Line::styled(
                            format!("a figure as {}, in the colors of the theme", format.in_words()),
                            theme.muted,
                        ),
                        Line::styled(text::fit(&figure.describe(), 200).into_owned(), theme.accent),
                    ],
                    (Chosen::Figure(_), None) => Vec::new(),
                    (Chosen::Data(format), figure) => {
                        let mut lines = vec![Line::styled(format.description(), theme.muted), self.which_cells(theme)];
                        if figure.is_some() && self.chosen() == Chosen::FIRST {
                            lines.push(Line::styled("the next formats are figures of the pane", theme.muted));
                        }
                        lines
                    }
                };
                if self.has_calls() {
                    let text =
                        format!("cells are called at {}, as shown; t changes this", self.run.calls.describe(None));
                    lines.push(Line::styled(text, theme.muted));
                }
                lines
            }
            State::Writing(time) => vec![
                Line::styled(format!("writing … {}", text::clock(*time)), theme.busy),
                Line::styled(
                    "esc closes this, and the export continues; the file appears when it is complete",
                    theme.muted,
                ),
            ],
            State::Failed(failure) => vec![
                Line::from(vec![Span::styled("✗ ", theme.bad), Span::styled(failure.what.clone(), theme.bad)]),
                Line::styled(failure.fix.clone(), theme.text),
            ],
        }
    }
}
