//! The log: messages of the interface and lines of the open run, the newest last. It can be narrowed to problems.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::{Line, Span},
};

use crate::tui::{
    action::Action,
    effect::Effect,
    keymap::{Context, Key},
    log::{Entry, Log, Severity},
    pane::{Look, Reply, run::when},
    text,
    widget::{Column, ListState, Message, Panel, Row, Table, TextInput, rule, table},
};

/// The view of the log.
#[derive(Debug, Default)]
pub struct LogView {
    list: ListState,
    pattern: TextInput,
    is_typing: bool,
    shown: Shown,
}

/// The shown entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Shown {
    /// All entries.
    #[default]
    All,
    /// Warnings and failures.
    Problems,
}

impl Shown {
    fn has(self, entry: &Entry) -> bool {
        match self {
            Self::All => true,
            Self::Problems => entry.severity >= Severity::Warn,
        }
    }
}

impl LogView {
    /// Creates a view with the newest entry selected.
    pub fn newest(log: &Log) -> Self {
        let mut list = ListState::default();
        list.select(log.entries().len().saturating_sub(1));
        Self { list, ..Self::default() }
    }

    pub(super) fn contexts(&self) -> &'static [Context] {
        if self.is_typing { &[Context::Input] } else { &[Context::Log, Context::List, Context::Global] }
    }

    pub(super) fn is_typing(&self) -> bool {
        self.is_typing
    }

    /// Handles a key of the pattern, and moves to the newest matching entry.
    pub(super) fn on_key(&mut self, key: Key, log: &Log) -> bool {
        let taken = self.pattern.edit(key);
        let entries = self.entries(log);
        let found = (0..entries.len()).rev().find(|row| self.is_found(entries[*row]));
        if let Some(row) = found {
            self.list.select(row);
        }
        taken
    }

    /// Returns the shown entries, oldest first.
    fn entries<'a>(&self, log: &'a Log) -> Vec<&'a Entry> {
        log.entries().iter().filter(|entry| self.shown.has(entry)).collect()
    }

    fn is_found(&self, entry: &Entry) -> bool {
        !self.pattern.is_empty() && place_of(&entry.text, self.pattern.text()).is_some()
    }

    /// Moves to the next matching entry, up or down, with wrap-around.
    fn next_found(&mut self, action: Action, entries: &[&Entry]) -> Reply {
        let len = entries.len();
        let at = self.list.selected(len).unwrap_or(0);
        let place = |step: usize| if action == Action::NextMatch { (at + len - step) % len } else { (at + step) % len };
        if let Some(row) = (1..=len).map(place).find(|row| self.is_found(entries[*row])) {
            self.list.select(row);
        }
        Reply::done()
    }

    /// Switches between problems and all entries; the cursor moves to the newest.
    fn toggle_problems(&mut self, log: &Log) -> Reply {
        self.shown = match self.shown {
            Shown::All => Shown::Problems,
            Shown::Problems => Shown::All,
        };
        self.list.select(self.entries(log).len().saturating_sub(1));
        Reply::done()
    }

    pub(super) fn on_action(&mut self, action: Action, log: &Log) -> Reply {
        let entries = self.entries(log);
        let len = entries.len();
        match (action, self.list.selected(len)) {
            (Action::Accept | Action::Back, _) if self.is_typing => {
                self.is_typing = false;
                if action == Action::Back {
                    self.pattern.clear();
                }
                Reply::done()
            }
            (Action::Search, _) => {
                self.is_typing = true;
                self.pattern.clear();
                Reply::done()
            }
            (Action::NextMatch | Action::PreviousMatch, _) => self.next_found(action, &entries),
            (Action::Filter, _) => self.toggle_problems(log),
            (Action::Copy, Some(row)) => Effect::Copy(entries[row].text.clone()).into(),
            (other, _) => Reply::taken(self.list.on_action(other, len)),
        }
    }

    pub(super) fn on_click(&mut self, at: Position, log: &Log) -> Option<Action> {
        let entries = self.entries(log).len();
        self.list.hit(entries, at);
        None
    }

    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, log: &Log) {
        let entries = self.entries(log);
        let panel = Panel::new("log").note(self.note(entries.len(), log));
        let inner = panel.render_over(frame, area, look.theme);
        let searches = self.is_typing || !self.pattern.is_empty();
        let [inner, search] =
            Layout::vertical([Constraint::Fill(1), Constraint::Length(u16::from(searches))]).areas(inner);
        if searches {
            self.render_search(frame, search, look);
        }
        if entries.is_empty() {
            let headline = match self.shown {
                Shown::All => "No messages yet, and no run is open.",
                Shown::Problems => "No warnings and no failures.",
            };
            Message::new(headline.into(), &["esc closes"]).render(frame, inner, look.theme);
            return;
        }
        let time = entries.iter().map(|entry| when(entry.at, look.now.time_of_day).len()).max().unwrap_or(0);
        let columns =
            [Column::left("time", Constraint::Length(time as u16)), Column::left("what", Constraint::Fill(1))];
        let row = |number: usize| {
            let entry = entries[number];
            let mark = Span::styled(format!("{} ", entry.severity.mark()), entry.severity.style(look.theme));
            Row::from_iter([
                Line::styled(when(entry.at, look.now.time_of_day), look.theme.muted),
                self.marked(mark, &entry.text, look),
            ])
        };
        let [list, whole] = parts(inner, &entries, time);
        self.list.drawn(table::body(list));
        let selected = self.list.selected(entries.len());
        Table { columns: &columns, len: entries.len(), selected, row: &row }.render(frame, list, look.style());
        if let Some(entry) = selected.map(|row| entries[row]) {
            render_whole(frame, whole, entry, look);
        }
    }

    /// Returns the number of shown entries, and the number of all entries that report a problem.
    fn note(&self, shown: usize, log: &Log) -> String {
        let count = |severity| log.entries().iter().filter(|entry| entry.severity == severity).count() as u64;
        let counted = |severity, noun| text::counted(count(severity), noun);
        let problems = format!("{}, {}", counted(Severity::Warn, "warning"), counted(Severity::Bad, "failure"));
        match self.shown {
            Shown::All => format!("{shown} shown: {problems}, times in UTC"),
            Shown::Problems => format!("problems only: {problems}"),
        }
    }

    /// Returns an entry with the pattern highlighted.
    fn marked<'a>(&self, mark: Span<'static>, text: &'a str, look: &Look<'_>) -> Line<'a> {
        match place_of(text, self.pattern.text()).filter(|_| !self.pattern.is_empty()) {
            Some(found) => Line::from(vec![
                mark,
                Span::raw(&text[..found.start]),
                Span::styled(&text[found.clone()], look.theme.found),
                Span::raw(&text[found.end..]),
            ]),
            None => Line::from(vec![mark, Span::raw(text)]),
        }
    }

    fn render_search(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        if area.width < 3 {
            return;
        }
        frame.render_widget(Span::styled("/ ", look.theme.key), area);
        let input = Rect { x: area.x + 2, width: area.width - 2, ..area };
        if self.is_typing {
            self.pattern.render(frame, input, look.theme);
        } else {
            frame.render_widget(Span::raw(self.pattern.text()), input);
        }
    }
}

/// The number of lines for the whole text of the selected entry.
const WHOLE: u16 = 3;

/// Returns the areas of the entries and of the whole text of the selected one. The latter is empty if all entries fit.
fn parts(area: Rect, entries: &[&Entry], time: usize) -> [Rect; 2] {
    // The cursor, the time, a gap and the mark precede the text.
    let room = usize::from(area.width).saturating_sub(2 + time + 2 + 2);
    let is_cut = entries.iter().any(|entry| text::width(&entry.text) > room);
    let whole = if is_cut && area.height >= 10 { 1 + WHOLE } else { 0 };
    Layout::vertical([Constraint::Fill(1), Constraint::Length(whole)]).areas(area)
}

/// Draws the whole text of an entry under a rule.
fn render_whole(frame: &mut Frame<'_>, area: Rect, entry: &Entry, look: &Look<'_>) {
    let mut rows = area.rows();
    let Some(title) = rows.next() else { return };
    frame.render_widget(rule("the selected line", title.width, look.theme), title);
    let (width, height) = (usize::from(area.width), usize::from(area.height).saturating_sub(1));
    for ((_, line), row) in text::paragraphs(&[&entry.text], width, height).into_iter().zip(rows) {
        frame.render_widget(Span::raw(line), row);
    }
}

/// Returns the place of a pattern in a text, without regard to the case of ASCII letters.
fn place_of(text: &str, pattern: &str) -> Option<std::ops::Range<usize>> {
    let start = text.to_ascii_lowercase().find(&pattern.to_ascii_lowercase())?;
    Some(start..start + pattern.len())
}
