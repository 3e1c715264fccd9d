//! A line of tabs, also used for the steps of a new run.

use ratatui::text::{Line, Span};

use crate::tui::theme::Theme;

/// Tabs in a line.
#[derive(Clone, Copy, Debug)]
pub struct Tabs<'a> {
    /// The titles.
    pub titles: &'a [&'a str],
    /// The index of the shown tab.
    pub selected: usize,
}

impl Tabs<'_> {
    /// Returns the line, or only the selected tab with its number if the line does not fit.
    pub fn line(&self, width: u16, theme: &Theme) -> Line<'static> {
        let needed: usize = self.titles.iter().map(|title| title.len() + 5).sum();
        let number = |place: usize| format!("{} ", place + 1);
        let tab = |place: usize, title: &str| {
            let (mark, style) = match place.cmp(&self.selected) {
                std::cmp::Ordering::Less => (theme.good, theme.muted),
                std::cmp::Ordering::Equal => (theme.accent, theme.title),
                std::cmp::Ordering::Greater => (theme.muted, theme.muted),
            };
            [Span::styled(number(place), mark), Span::styled(title.to_owned(), style)]
        };
        let mut spans = Vec::new();
        for (place, title) in self.titles.iter().enumerate() {
            if needed <= usize::from(width) || place == self.selected {
                if !spans.is_empty() {
                    spans.push(Span::styled(" › ", theme.border));
                }
                spans.extend(tab(place, title));
            }
        }
        Line::from(spans)
    }
}
