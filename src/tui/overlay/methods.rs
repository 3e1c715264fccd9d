//! The Methods paragraph of a run, to read and to copy. In: a query. Out: text for the clipboard.

use std::cell::Cell;

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

use super::{
    Overlay,
    copy_menu::{CopyItem, CopyMenu},
    middle,
};
use crate::{
    results::methods::Methods,
    tui::{
        action::Action,
        effect::Effect,
        keymap::Context,
        msg::Answer,
        pane::{Look, Reply},
        query::{QuerySlot, methods::Describe},
        text,
        widget::{ListState, Message, Panel},
    },
};

/// The widest column of text that is read with ease.
const WIDTH: u16 = 86;

/// The columns of the frame and its margins.
const FRAME: u16 = 4;

/// The Methods paragraph of a run.
#[derive(Debug)]
pub struct MethodsView {
    methods: QuerySlot<Methods>,
    /// The first shown line, as the selection of a list.
    first: ListState,
    /// The number of lines that can be the first, in the last frame. It limits moves and does not affect drawing.
    positions: Cell<usize>,
}

impl MethodsView {
    /// Creates the view and the query for its text. `opening` counts the dialogs opened so far.
    pub fn new(query: Describe, opening: u32) -> (Self, Effect) {
        let mut methods = QuerySlot::of_dialog("methods", opening);
        let asked = methods.ask(query);
        (Self { methods, first: ListState::default(), positions: Cell::new(1) }, asked)
    }

    pub(super) fn contexts(&self) -> &'static [Context] {
        &[Context::Methods, Context::List, Context::Global]
    }

    pub(super) fn on_answer(&mut self, answer: &Answer) -> Vec<Effect> {
        self.methods.on_answer(answer);
        Vec::new()
    }

    pub(super) fn on_action(&mut self, action: Action) -> Reply {
        match (action, self.methods.value()) {
            (Action::Copy, Some(methods)) => Effect::CopyLines(methods.text()).into(),
            (Action::CopyMenu, Some(methods)) => {
                let works: Vec<String> =
                    methods.citations.iter().map(|work| format!("{} {}", work.text, work.link)).collect();
                let items = vec![
                    CopyItem::lines("paragraph and references", methods.text()),
                    CopyItem::new("paragraph", methods.paragraph()),
                    CopyItem::lines("references", works.join("\n")),
                ];
                Effect::open(Overlay::Copy(CopyMenu::new(items))).into()
            }
            (Action::Copy | Action::CopyMenu, None) => Reply::done(),
            (other, _) => Reply::taken(self.first.on_action(other, self.positions.get())),
        }
    }

    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let width = WIDTH.min(area.width.saturating_sub(2));
        let lines = self.methods.value().map(|methods| lines(methods, usize::from(width.saturating_sub(FRAME)), look));
        let needed = lines.as_ref().map_or(5, |lines| lines.len() as u16).saturating_add(2);
        let place = middle(area, width, needed.min(area.height.saturating_sub(2)));
        let height = usize::from(Panel::inside(place).height);
        let positions = lines.as_ref().map_or(0, Vec::len).saturating_sub(height) + 1;
        let first = self.first.selected(positions).unwrap_or(0);
        let panel = Panel::new("methods").note("y copies, esc closes").footer(hidden_lines(first, positions));
        let inner = panel.render_over(frame, place, look.theme);
        let Some(lines) = lines else { return self.render_state(frame, inner, look) };
        self.first.seen(inner.height);
        self.positions.set(positions);
        for (line, row) in lines.into_iter().skip(first).zip(inner.rows()) {
            frame.render_widget(line, row);
        }
    }

    fn render_state(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        match self.methods.failure() {
            Some(failure) => {
                Message::failure(&failure.what, &[&failure.fix], look.theme).render(frame, area, look.theme);
            }
            None => {
                let headline = Span::styled("Reading the run…", look.theme.busy);
                Message::new(headline, &[]).render(frame, area, look.theme);
            }
        }
    }
}

/// Returns the number of lines below the shown ones, or the way back from the last ones; empty if all lines fit.
fn hidden_lines(first: usize, positions: usize) -> String {
    match positions - 1 - first.min(positions - 1) {
        0 if first > 0 => "the end; k goes back".to_owned(),
        0 => String::new(),
        below => format!("{} more; j goes on", text::counted(below as u64, "line")),
    }
}

/// Returns the lines of the paragraph and of the works to cite.
fn lines(methods: &Methods, width: usize, look: &Look<'_>) -> Vec<Line<'static>> {
    let mut lines: Vec<Line<'static>> = text::wrapped(&methods.paragraph(), width).into_iter().map(Line::raw).collect();
    lines.push(Line::raw(""));
    lines.push(Line::styled("References", look.theme.header));
    for work in &methods.citations {
        lines.extend(text::wrapped(work.text, width).into_iter().map(Line::raw));
        lines.extend(text::wrapped(work.link, width).into_iter().map(|line| Line::styled(line, look.theme.muted)));
    }
    lines
}
