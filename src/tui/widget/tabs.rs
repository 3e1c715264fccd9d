//! A line of tabs, the steps of a wizard among them.

use ratatui::text::{Line, Span};

use crate::tui::theme::Theme;

/// Tabs in a line.
#[derive(Clone, Copy, Debug)]
pub struct Tabs<'a> {
    /// Their titles.
    pub titles: &'a [&'a str],
    /// Which one is shown.
    pub selected: usize,
}

impl Tabs<'_> {
    /// The line; where it does not fit, the selected one alone with its number.
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
