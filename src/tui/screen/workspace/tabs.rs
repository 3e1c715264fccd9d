//! The line of panes: their digits, and as much of their names as has room. Names are whole words.

use ratatui::text::{Line, Span};

use crate::tui::{pane::PaneKind, theme::Theme};

/// A pane in the line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tab {
    pub(super) kind: PaneKind,
    pub(super) state: TabState,
}

/// How a pane stands in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TabState {
    /// It has focus.
    Focused,
    /// It has something to show.
    Live,
    /// It has nothing to show in this run.
    Empty,
}

/// How much of the names is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    /// All.
    All,
    /// Those of panes that have something to show.
    Live,
    /// The same, in short.
    Short,
    /// That of the pane with focus.
    Focused,
}

/// The line, with the most names that fit.
pub(super) fn line(tabs: &[Tab], width: u16, theme: &Theme) -> Line<'static> {
    let all = [Names::All, Names::Live, Names::Short, Names::Focused];
    let lines = all.map(|names| spans(tabs, names, theme));
    let fits = lines.iter().position(|spans| spans.iter().map(Span::width).sum::<usize>() <= usize::from(width));
    let place = fits.unwrap_or(all.len() - 1);
    Line::from(lines.into_iter().nth(place).unwrap_or_default())
}

fn spans(tabs: &[Tab], names: Names, theme: &Theme) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    for tab in tabs {
        let (digit, style) = match tab.state {
            TabState::Focused => (theme.accent, theme.title),
            TabState::Live => (theme.key, theme.muted),
            TabState::Empty => (theme.border, theme.border),
        };
        let name = match (names, tab.state) {
            (Names::All, _) | (_, TabState::Focused) if names != Names::Short => tab.kind.title(),
            (Names::Live, TabState::Live) => tab.kind.title(),
            (Names::Short, TabState::Live | TabState::Focused) => tab.kind.short_title(),
            (Names::All | Names::Live | Names::Short | Names::Focused, _) => "",
        };
        spans.push(Span::styled(format!(" {}", tab.kind.digit()), digit));
        if !name.is_empty() {
            spans.push(Span::styled(format!(" {name}"), style));
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Background, ColorDepth};

    /// The panes of an ontology-aware run, one of them with focus.
    fn tabs(focused: PaneKind) -> Vec<Tab> {
        let empty = [PaneKind::Neighbors, PaneKind::Metadata, PaneKind::Summary];
        let state = |kind| match kind {
            kind if kind == focused => TabState::Focused,
            kind if empty.contains(&kind) => TabState::Empty,
            _ => TabState::Live,
        };
        PaneKind::ALL.into_iter().map(|kind| Tab { kind, state: state(kind) }).collect()
    }

    fn text(width: u16, focused: PaneKind) -> String {
        let theme = Theme::bundled(Background::Dark, ColorDepth::None).unwrap();
        line(&tabs(focused), width, &theme).to_string()
    }

    #[test]
    fn names_are_whole_words_at_every_width() {
        let words: Vec<&str> = PaneKind::ALL.iter().flat_map(|kind| [kind.title(), kind.short_title()]).collect();
        for width in [60, 80, 100, 120, 200] {
            for focused in PaneKind::ALL {
                let line = text(width, focused);
                let names: Vec<&str> = line.split_whitespace().filter(|word| word.len() > 1).collect();
                assert!(names.iter().all(|name| words.contains(name)), "{line}");
                let least = if line.len() < 60 { 1 } else { 7 };
                assert!(
                    names.len() >= least
                        && names.iter().any(|name| focused.title().starts_with(name) || *name == focused.short_title()),
                    "{line} at {width}"
                );
            }
        }
    }

    #[test]
    fn panes_with_nothing_to_show_lose_their_names_first() {
        assert_eq!(
            text(80, PaneKind::Cells),
            " 1 cells 2 ontology 3 matches 4 5 clusters 6 embedding 7 8 look-up 9 0 run"
        );
        assert_eq!(text(60, PaneKind::Cells), " 1 cells 2 tree 3 matches 4 5 cluster 6 plot 7 8 ids 9 0 run");
        assert!(text(120, PaneKind::Cells).contains("4 neighbors"));
    }
}
