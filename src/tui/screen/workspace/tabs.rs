//! The line of tabs: the digits of the panes, and the names that fit as whole words.

use ratatui::text::{Line, Span};

use crate::tui::{pane::PaneKind, theme::Theme};

/// A tab of a pane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tab {
    pub(super) kind: PaneKind,
    pub(super) state: TabState,
}

/// The state of a tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TabState {
    /// The pane has focus.
    Focused,
    /// The pane has content.
    Live,
    /// The pane has nothing to show in this run.
    Empty,
}

/// The choice of shown names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    /// All names.
    All,
    /// All names, short.
    AllShort,
    /// The names of panes with content.
    Live,
    /// Short names of panes with content.
    Short,
    /// The name of the pane with focus.
    Focused,
}

/// Returns the line with the most names that fit.
pub(super) fn line(tabs: &[Tab], width: u16, theme: &Theme) -> Line<'static> {
    let mut line = Line::default();
    for (tab, name) in tabs.iter().zip(names(tabs, width)) {
        let (digit, style) = match tab.state {
            TabState::Focused => (theme.accent, theme.title),
            TabState::Live => (theme.key, theme.muted),
            TabState::Empty => (theme.border, theme.border),
        };
        line.push_span(Span::styled(format!(" {}", tab.kind.key()), digit));
        if !name.is_empty() {
            line.push_span(Span::styled(format!(" {name}"), style));
        }
    }
    line
}

/// Returns the pane whose tab is drawn at a column of the line.
pub(super) fn at(tabs: &[Tab], width: u16, column: u16) -> Option<PaneKind> {
    let mut right = 0;
    tabs.iter().zip(names(tabs, width)).find_map(|(tab, name)| {
        right += tab_width(name);
        (usize::from(column) < right).then_some(tab.kind)
    })
}

/// Returns the width of a tab: a space, the digit, and the name after another space, if any.
fn tab_width(name: &str) -> usize {
    2 + if name.is_empty() { 0 } else { 1 + name.len() }
}

/// Returns the names of the tabs in a line of some width; empty for names that do not fit.
fn names(tabs: &[Tab], width: u16) -> Vec<&'static str> {
    let all = [Names::All, Names::AllShort, Names::Live, Names::Short, Names::Focused];
    let lines = all.map(|names| tabs.iter().map(|tab| name(*tab, names)).collect::<Vec<_>>());
    let is_fitting = |names: &&Vec<&str>| names.iter().map(|name| tab_width(name)).sum::<usize>() <= usize::from(width);
    let [.., least] = &lines;
    lines.iter().find(is_fitting).unwrap_or(least).clone()
}

fn name(tab: Tab, names: Names) -> &'static str {
    match (names, tab.state) {
        (Names::All, _) | (Names::Live | Names::Focused, TabState::Focused) | (Names::Live, TabState::Live) => {
            tab.kind.title()
        }
        (Names::AllShort, _) | (Names::Short, TabState::Live | TabState::Focused) => tab.kind.short_title(),
        (Names::Live | Names::Short | Names::Focused, TabState::Live | TabState::Empty) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Background, ColorDepth};

    /// Returns the panes of an ontology-aware run, one of them with focus.
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
    fn a_click_on_a_tab_means_the_pane_it_names() {
        for width in [60, 80, 120, 200] {
            for focused in PaneKind::ALL {
                let (line, tabs) = (text(width, focused), tabs(focused));
                let mut expected = None;
                for (column, symbol) in line.chars().enumerate() {
                    // The space before a digit belongs to its tab.
                    let next = line.chars().nth(column + 1).filter(|_| symbol == ' ').unwrap_or(symbol);
                    expected = PaneKind::ALL.into_iter().find(|kind| kind.key() == next).or(expected);
                    assert_eq!(at(&tabs, width, column as u16), expected, "{line} at {column}");
                }
                assert_eq!(at(&tabs, width, line.chars().count() as u16), None);
            }
        }
    }

    #[test]
    fn all_panes_have_names_at_100_columns_and_those_with_nothing_to_show_lose_them_first() {
        assert_eq!(
            text(100, PaneKind::Cells),
            " O all 1 cells 2 tree 3 match 4 near 5 cluster 6 plot 7 meta 8 ids 9 stats E genes P dots 0 run"
        );
        assert_eq!(
            text(80, PaneKind::Cells),
            " O all 1 cells 2 tree 3 match 4 5 cluster 6 plot 7 8 ids 9 E genes P dots 0 run"
        );
        assert!(text(140, PaneKind::Cells).contains("4 neighbors"));
    }
}
