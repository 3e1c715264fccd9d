//! The keys that apply where help was asked for. Typing searches them, Enter does what the selected one does.

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
    pane::{Look, Reply},
    text,
    widget::{ListState, Panel, TextInput, message, scroll, table::fitted},
};

/// The keys.
#[derive(Debug)]
pub struct Help {
    commands: Vec<Command>,
    pattern: TextInput,
    list: ListState,
}

/// A line of the help.
enum HelpLine<'a> {
    Title(Context),
    Command(&'a Command, Vec<usize>),
}

impl Help {
    /// The keys of some contexts.
    pub fn new(keymap: &Keymap, contexts: &[Context]) -> Self {
        Self { commands: commands(keymap, contexts), pattern: TextInput::default(), list: ListState::default() }
    }

    pub(super) fn on_key(&mut self, key: Key) -> bool {
        self.list.select(0);
        self.pattern.edit(key)
    }

    pub(super) fn on_action(&mut self, action: Action) -> Reply {
        let found = matching(&self.commands, self.pattern.text());
        if action != Action::Accept {
            return Reply::taken(self.list.on_action(action, found.len()));
        }
        let Some(row) = self.list.selected(found.len()) else { return Reply::done() };
        Reply::Done(vec![Effect::Step(Step::Leave), Effect::Step(Step::Act(found[row].0.action))])
    }

    /// The lines to show and which of them is selected.
    fn lines(&self) -> (Vec<HelpLine<'_>>, usize) {
        let found = matching(&self.commands, self.pattern.text());
        let selected = self.list.selected(found.len()).unwrap_or(0);
        let (mut lines, mut selected_line, mut context) = (Vec::new(), 0, None);
        for (row, (command, places)) in found.into_iter().enumerate() {
            if self.pattern.is_empty() && context != Some(command.context) {
                lines.push(HelpLine::Title(command.context));
                context = Some(command.context);
            }
            if row == selected {
                selected_line = lines.len();
            }
            lines.push(HelpLine::Command(command, places));
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
                HelpLine::Title(context) => Line::styled(context.title(), look.theme.header),
                HelpLine::Command(command, places) => command_line(command, places, look),
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

/// Draws the line in which a pattern is typed.
pub(super) fn render_search(frame: &mut Frame<'_>, area: Rect, (pattern, look): (&TextInput, &Look<'_>)) {
    let [mark, input] = Layout::horizontal([Constraint::Length(2), Constraint::Fill(1)]).areas(area);
    frame.render_widget(Span::styled("› ", look.theme.accent), mark);
    pattern.render(frame, input, look.theme);
}
