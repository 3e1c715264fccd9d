//! The login screen: a token to paste, or ways without one.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use crate::tui::{
    action::Action,
    effect::{Destination, Effect, Secret, Wanted},
    facts::Failure,
    keymap::{Context, Key},
    msg::Answer,
    pane::{Look, Reply},
    widget::{Hit, ListState, Panel, TextInput, table::fitted},
};

/// The login screen.
#[derive(Debug)]
pub struct Login {
    way: ListState,
    token: TextInput,
    state: State,
}

/// The progress of the login.
#[derive(Debug)]
enum State {
    Open,
    Checking,
    Refused(Failure),
}

/// The ways to connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Token,
    Demo,
    Reference,
}

const WAYS: [(Way, &str, &str); 3] = [
    (Way::Token, "Paste a token", "from cellarium.ai; it is stored in a file that only you can read"),
    (Way::Demo, "Try the demo", "annotates 221 real blood cells on this machine; no token, no network"),
    (Way::Reference, "Use your own reference", "any annotated .h5ad; castui serves it on this machine"),
];

impl Default for Login {
    fn default() -> Self {
        Self { way: ListState::default(), token: TextInput::hidden(), state: State::Open }
    }
}

impl Login {
    fn way(&self) -> Way {
        WAYS[self.way.selected(WAYS.len()).unwrap_or(0)].0
    }

    /// Returns the contexts of the screen's keys.
    pub fn contexts(&self) -> &'static [Context] {
        match self.way() {
            Way::Token => &[Context::Login, Context::Input],
            Way::Demo | Way::Reference => &[Context::Login, Context::List, Context::Global],
        }
    }

    /// Returns whether keys are text.
    pub fn is_typing(&self) -> bool {
        self.way() == Way::Token
    }

    /// Handles a key while typing.
    pub fn on_key(&mut self, key: Key) -> bool {
        self.state = State::Open;
        self.token.edit(key)
    }

    /// Inserts pasted text.
    pub fn on_paste(&mut self, text: &str) {
        self.state = State::Open;
        self.way.select(0);
        self.token.insert(text.trim());
    }

    /// Performs an action.
    pub fn on_action(&mut self, action: Action) -> Reply {
        if action != Action::Accept {
            return Reply::taken(self.way.on_action(action, WAYS.len()));
        }
        match self.way() {
            Way::Token if self.token.is_empty() => {
                self.state = State::Refused(Failure::new("There is no token yet.", "Paste it here, then press enter."));
                Reply::done()
            }
            Way::Token => {
                self.state = State::Checking;
                Effect::LogIn(Secret::new(self.token.text())).into()
            }
            Way::Demo => Effect::UseDemo.into(),
            Way::Reference => Effect::show(Destination::Find(Wanted::Reference)).into(),
        }
    }

    /// Selects the way at a position of the last frame, and returns the action of another click on it.
    pub fn on_click(&mut self, at: Position) -> Option<Action> {
        let hit = self.way.hit(WAYS.len(), at)?;
        (hit == Hit::Again).then_some(Action::Accept)
    }

    /// Handles the result of a login. Forgets a token that was accepted.
    pub fn on_answer(&mut self, answer: &Answer) -> Vec<Effect> {
        let Answer::LoggedIn(result) = answer else { return Vec::new() };
        match result {
            Ok(()) => {
                *self = Self::default();
                vec![Effect::show(Destination::Home)]
            }
            Err(failure) => {
                self.state = State::Refused(failure.clone());
                Vec::new()
            }
        }
    }

    /// Draws the screen.
    pub fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let (width, height) = (78.min(area.width), 20.min(area.height));
        let place =
            Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 3, width, height };
        let inner = Panel::new("welcome to castui").render(frame, place, look.style());
        let words = explanation(look);
        let text = words.line_count(inner.width) as u16;
        let [_, top, _, ways, _, status] = Layout::vertical([
            Constraint::Length(u16::from(area.height >= 20)),
            Constraint::Length(text),
            Constraint::Length(1),
            Constraint::Length(7),
            Constraint::Length(1),
            Constraint::Fill(1),
        ])
        .areas(inner);
        frame.render_widget(words, top);
        self.render_ways(frame, ways, look);
        self.render_status(frame, status, look);
    }

    fn render_ways(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let (theme, mut rows) = (look.theme, area.rows());
        // Each way has a title and a remark, and the token a line for typing.
        let lines_of = |way: Way| if way == Way::Token { 3 } else { 2 };
        let lines = WAYS.iter().enumerate().flat_map(|(number, (way, ..))| vec![Some(number); lines_of(*way)]);
        self.way.drawn_lines(area, lines.take(usize::from(area.height)).collect());
        for (way, title, remark) in WAYS {
            let here = way == self.way();
            let lead = Span::styled(if here { "❯ " } else { "  " }, theme.accent);
            let title = Span::styled(title, if here { theme.title } else { theme.text });
            for line in [Line::from(vec![lead, title]), Line::styled(format!("  {remark}"), theme.muted)] {
                let Some(row) = rows.next() else { return };
                frame.render_widget(fitted(line, usize::from(row.width)), row);
            }
            if way == Way::Token {
                let Some(row) = rows.next() else { return };
                let [_, label, input] =
                    Layout::horizontal([Constraint::Length(2), Constraint::Length(7), Constraint::Fill(1)]).areas(row);
                frame.render_widget(Span::styled("token› ", if here { theme.key } else { theme.muted }), label);
                if here {
                    self.token.render(frame, input, theme);
                }
            }
        }
    }

    fn render_status(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let lines = match &self.state {
            State::Open => vec![],
            State::Checking => vec![Line::styled("Asking the server …", look.theme.busy)],
            State::Refused(failure) => vec![
                Line::styled(failure.what.clone(), look.theme.bad),
                Line::styled(failure.fix.clone(), look.theme.muted),
            ],
        };
        frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }), area);
    }
}

fn explanation(look: &Look<'_>) -> Paragraph<'static> {
    Paragraph::new(vec![Line::raw(
        "castui annotates single cells with Cellarium CAS, the Cell Annotation Service. You need an API token: \
             request one at https://cellarium.ai, and paste it here. It is not displayed, and is checked before it is \
             stored.",
    )])
    .style(look.theme.text)
    .wrap(Wrap { trim: true })
}
