//! The help of a screen: its keys, the meaning of its words and signs, and the syntax of filters. Typing searches all
//! of it; Enter performs the action of the selected key.

mod words;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::{Line, Span},
};

use super::{
    accept,
    commands::{Command, highlighted, matching},
    middle,
};
use crate::tui::{
    action::Action,
    effect::{Effect, Step},
    keymap::{Context, Key},
    pane::{Look, Reply, cells::syntax::EXAMPLES},
    text,
    widget::{ListState, Message, Panel, TextInput, scroll, table::fitted},
};

/// The width of a key or a word.
const NAME: usize = 22;

/// The help of a screen.
#[derive(Debug)]
pub struct Help {
    commands: Vec<Command>,
    notes: Vec<Note>,
    /// The part that is shown first.
    first: Part,
    pattern: TextInput,
    list: ListState,
}

/// A word or an example of a filter, with its meaning.
#[derive(Clone, Copy, Debug)]
struct Note {
    part: Part,
    name: &'static str,
    meaning: &'static str,
}

/// A part of the help that is not a list of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Words,
    Filters,
}

/// A selectable row of the help.
enum HelpRow<'a> {
    Command(&'a Command, Vec<usize>),
    Note(Note),
}

impl Part {
    fn title(self) -> &'static str {
        match self {
            Self::Words => "Words and signs",
            Self::Filters => "Filters (& in the cells pane)",
        }
    }
}

impl Help {
    /// Creates the help for some contexts, with the commands that apply there.
    pub fn new(commands: Vec<Command>, contexts: &[Context]) -> Self {
        let words = contexts.iter().flat_map(|context| words::words(*context));
        let mut notes: Vec<Note> =
            words.map(|word| Note { part: Part::Words, name: word.name, meaning: word.meaning }).collect();
        if contexts.iter().any(|context| matches!(context, Context::Cells | Context::Expression)) {
            let note = |example: &crate::tui::pane::cells::syntax::Example| Note {
                part: Part::Filters,
                name: example.filter,
                meaning: example.shows,
            };
            notes.extend(EXAMPLES.iter().map(note));
        }
        let first = if contexts.contains(&Context::Expression) { Part::Filters } else { Part::Words };
        Self { commands, notes, first, pattern: TextInput::default(), list: ListState::default() }
    }

    pub(super) fn on_key(&mut self, key: Key) -> bool {
        self.list.select(0);
        self.pattern.edit(key)
    }

    pub(super) fn on_action(&mut self, action: Action) -> Reply {
        let found = self.rows();
        if action != Action::Accept {
            return Reply::taken(self.list.on_action(action, found.len()));
        }
        match self.list.selected(found.len()).map(|row| &found[row]) {
            Some(HelpRow::Command(command, _)) => {
                Reply::Done(vec![Effect::Step(Step::Leave), Effect::Step(Step::Act(command.action))])
            }
            Some(HelpRow::Note(_)) | None => Reply::done(),
        }
    }

    /// Returns the text to search for. A slash before it is a habit from other programs.
    fn searched(&self) -> &str {
        let typed = self.pattern.text();
        typed.strip_prefix('/').filter(|text| !text.is_empty()).unwrap_or(typed)
    }

    /// Returns the rows that match the pattern. Without a pattern, the keys of the pane come first, then its words,
    /// then the keys shared with other panes.
    fn rows(&self) -> Vec<HelpRow<'_>> {
        let pattern = self.searched();
        let fits = |text: &str| text.to_lowercase().contains(&pattern.to_lowercase());
        let commands = matching(&self.commands, pattern).into_iter();
        let commands = commands.map(|(command, places)| HelpRow::Command(command, places));
        let notes = |part: Part| {
            let notes = self.notes.iter().filter(move |note| note.part == part);
            notes.filter(|note| fits(note.name) || fits(note.meaning)).map(|note| HelpRow::Note(*note))
        };
        if self.first == Part::Filters {
            return notes(Part::Filters).chain(commands).chain(notes(Part::Words)).collect();
        }
        let is_shared = |row: &HelpRow<'_>| match row {
            HelpRow::Command(command, _) => is_shared(command.context),
            HelpRow::Note(_) => false,
        };
        let (shared, own): (Vec<_>, Vec<_>) = commands.partition(is_shared);
        own.into_iter().chain(notes(Part::Words)).chain(shared).chain(notes(Part::Filters)).collect()
    }

    /// Returns the lines to show, each with its row; titles have none.
    fn lines(&self, width: usize, look: &Look<'_>) -> Vec<(Option<usize>, Line<'static>)> {
        let found = self.rows();
        let (mut lines, mut title) = (Vec::new(), None);
        for (number, row) in found.into_iter().enumerate() {
            let above = match &row {
                HelpRow::Command(command, _) => command.context.title(),
                HelpRow::Note(note) => note.part.title(),
            };
            if self.pattern.is_empty() && title != Some(above) {
                lines.push((None, Line::styled(above, look.theme.header)));
                title = Some(above);
            }
            let of_row = match row {
                HelpRow::Command(command, places) => vec![command_line(command, &places, look)],
                HelpRow::Note(note) => note_lines(note, width, look),
            };
            lines.extend(of_row.into_iter().map(|line| (Some(number), line)));
        }
        lines
    }

    pub(super) fn on_click(&mut self, at: Position) -> Option<Action> {
        let found = self.rows().len();
        self.list.hit(found, at).and_then(accept)
    }

    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let place = middle(area, 76, area.height.saturating_sub(2).min(40));
        let panel = Panel::new("help").note("type to search, enter does it, esc closes");
        let inner = panel.render_over(frame, place, look.theme);
        let [search, _, body] =
            Layout::vertical([Constraint::Length(1), Constraint::Length(1), Constraint::Fill(1)]).areas(inner);
        render_search(frame, search, &self.pattern, look);
        // A row has up to three lines, and a page must not skip any row.
        self.list.seen(body.height / 3);
        let lines = self.lines(usize::from(body.width), look);
        let selected = self.list.selected(self.rows().len()).unwrap_or(0);
        let last = lines.iter().rposition(|(row, _)| *row == Some(selected)).unwrap_or(0);
        if lines.is_empty() {
            Message::new("No key or word matches".into(), &["backspace for more, esc closes"])
                .render(frame, body, look.theme);
        }
        // Show all lines of the selected row, and the title above the first row.
        let window = scroll::window(last, lines.len(), usize::from(body.height));
        self.list.drawn_lines(body, lines[window.clone()].iter().map(|(row, _)| *row).collect());
        for ((number, line), place) in lines[window].iter().zip(body.rows()) {
            frame.render_widget(fitted(line.clone(), usize::from(place.width)), place);
            if *number == Some(selected) {
                frame.buffer_mut().set_style(place, look.theme.selection);
            }
        }
    }
}

/// Returns whether a context is shared by several panes or screens.
fn is_shared(context: Context) -> bool {
    matches!(context, Context::Results | Context::Search | Context::List | Context::Global)
}

fn command_line(command: &Command, places: &[usize], look: &Look<'_>) -> Line<'static> {
    let mut line = Line::from(vec![Span::styled(text::column(&format!("  {}", command.keys), NAME), look.theme.key)]);
    line.extend(highlighted(&command.description, places, look.theme));
    line
}

/// Returns a name with its meaning beside it, in the needed number of lines. A long name has a separate line.
fn note_lines(note: Note, width: usize, look: &Look<'_>) -> Vec<Line<'static>> {
    let needed = text::width(note.name) + 4;
    let is_long = needed > width / 2;
    let name = if is_long { NAME } else { needed.max(NAME) }.min(width / 2);
    let title = |columns| Span::styled(text::column(&format!("  {}", note.name), columns), look.theme.key);
    let meaning = text::wrapped(note.meaning, width.saturating_sub(name).max(1));
    let line = |(number, words): (usize, String)| {
        let beside = if number == 0 && !is_long { title(name) } else { Span::raw(" ".repeat(name)) };
        Line::from(vec![beside, Span::raw(words)])
    };
    let above = is_long.then(|| Line::from(title(width)));
    above.into_iter().chain(meaning.into_iter().enumerate().map(line)).collect()
}

/// Draws the line with the search pattern.
pub(super) fn render_search(frame: &mut Frame<'_>, area: Rect, pattern: &TextInput, look: &Look<'_>) {
    let [mark, input] = Layout::horizontal([Constraint::Length(2), Constraint::Fill(1)]).areas(area);
    frame.render_widget(Span::styled("› ", look.theme.accent), mark);
    pattern.render(frame, input, look.theme);
}
