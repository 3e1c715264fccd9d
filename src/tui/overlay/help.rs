//! The keys that apply where help was asked for, and the syntax of filters. Typing searches them, Enter does what the
//! selected key does.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use super::{
    commands::{Command, commands, highlighted, matching},
    middle,
};
use crate::tui::{
    action::Action,
    effect::{Effect, Step},
    keymap::{Context, Key, Keymap},
    pane::{
        Look, Reply,
        cells::syntax::{EXAMPLES, Example},
    },
    text,
    widget::{ListState, Panel, TextInput, message, scroll, table::fitted},
};

/// The title over the syntax of filters.
const FILTERS: &str = "Filters (& in the cells pane)";

/// The keys, and the syntax of filters where there are any.
#[derive(Debug)]
pub struct Help {
    commands: Vec<Command>,
    examples: &'static [Example],
    /// What stands first.
    first: Part,
    pattern: TextInput,
    list: ListState,
}

/// A part of the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Keys,
    Filters,
}

/// A row of the help.
enum HelpRow<'a> {
    Command(&'a Command, Vec<usize>),
    Example(&'static Example),
}

/// A line of the help.
enum HelpLine<'a> {
    Title(&'static str),
    Row(HelpRow<'a>),
}

impl Help {
    /// The help for some contexts.
    pub fn new(keymap: &Keymap, contexts: &[Context]) -> Self {
        let has_filters = contexts.iter().any(|context| matches!(context, Context::Cells | Context::Expression));
        Self {
            commands: commands(keymap, contexts),
            examples: if has_filters { &EXAMPLES } else { &[] },
            first: if contexts.contains(&Context::Expression) { Part::Filters } else { Part::Keys },
            pattern: TextInput::default(),
            list: ListState::default(),
        }
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
            Some(HelpRow::Example(_)) | None => Reply::done(),
        }
    }

    /// The rows that fit the pattern.
    fn rows(&self) -> Vec<HelpRow<'_>> {
        let pattern = self.pattern.text();
        let fits = |text: &str| text.to_lowercase().contains(&pattern.to_lowercase());
        let commands = matching(&self.commands, pattern).into_iter();
        let commands = commands.map(|(command, places)| HelpRow::Command(command, places));
        let examples = self.examples.iter().filter(|example| fits(example.filter) || fits(example.shows));
        let examples = examples.map(HelpRow::Example);
        match self.first {
            Part::Keys => commands.chain(examples).collect(),
            Part::Filters => examples.chain(commands).collect(),
        }
    }

    /// The lines to show and which of them is selected.
    fn lines(&self) -> (Vec<HelpLine<'_>>, usize) {
        let found = self.rows();
        let selected = self.list.selected(found.len()).unwrap_or(0);
        let (mut lines, mut selected_line, mut title) = (Vec::new(), 0, None);
        for (number, row) in found.into_iter().enumerate() {
            let above = match &row {
                HelpRow::Command(command, _) => command.context.title(),
                HelpRow::Example(_) => FILTERS,
            };
            if self.pattern.is_empty() && title != Some(above) {
                lines.push(HelpLine::Title(above));
                title = Some(above);
            }
            if number == selected {
                selected_line = lines.len();
            }
            lines.push(HelpLine::Row(row));
        }
        (lines, selected_line)
    }

    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let (lines, selected) = self.lines();
        let place = middle(area, 76, area.height.saturating_sub(2).min(40));
        let panel = Panel::new("help").note("type to search, enter does it, esc closes");
        let inner = panel.render_over(frame, place, look.theme);
        let [search, _, body] =
            Layout::vertical([Constraint::Length(1), Constraint::Length(1), Constraint::Fill(1)]).areas(inner);
        render_search(frame, search, (&self.pattern, look));
        // A title above the first selected row is worth seeing.
        self.list.seen(body.height);
        let window = scroll::window(selected, lines.len(), usize::from(body.height));
        if lines.is_empty() {
            message(frame, body, ("No key or word matches".into(), &["backspace for more, esc closes"]), look.theme);
        }
        for (number, row) in window.zip(body.rows()) {
            let line = match &lines[number] {
                HelpLine::Title(title) => Line::styled(*title, look.theme.header),
                HelpLine::Row(HelpRow::Command(command, places)) => command_line(command, places, look),
                HelpLine::Row(HelpRow::Example(example)) => example_line(example, look),
            };
            frame.render_widget(fitted(line, usize::from(row.width)), row);
            if number == selected {
                frame.buffer_mut().set_style(row, look.theme.selection);
            }
        }
    }
}

fn command_line(command: &Command, places: &[usize], look: &Look<'_>) -> Line<'static> {
    let mut line = Line::from(vec![Span::styled(text::column(&format!("  {}", command.keys), 22), look.theme.key)]);
    line.extend(highlighted(command.action.description(), places, look.theme));
    line
}

fn example_line(example: &Example, look: &Look<'_>) -> Line<'static> {
    let width = text::width(example.filter).max(18) + 4;
    Line::from(vec![
        Span::styled(text::column(&format!("  {}", example.filter), width), look.theme.key),
        Span::raw(example.shows),
    ])
}

/// Draws the line in which a pattern is typed.
pub(super) fn render_search(frame: &mut Frame<'_>, area: Rect, (pattern, look): (&TextInput, &Look<'_>)) {
    let [mark, input] = Layout::horizontal([Constraint::Length(2), Constraint::Fill(1)]).areas(area);
    frame.render_widget(Span::styled("› ", look.theme.accent), mark);
    pattern.render(frame, input, look.theme);
}
