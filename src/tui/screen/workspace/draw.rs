//! Placing and drawing the panes of an open run.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use super::{
    Workspace, Zoom, layout,
    tabs::{self, Tab, TabState},
};
use crate::{
    domain::OperationKind,
    tui::{
        pane::{Focus, Look, PaneKind, score::call_rule},
        text,
        widget::Panel,
    },
};

/// The minimum width of a cut note at the right of a title.
const LEAST_NOTE: usize = 8;

/// The areas of the parts of an open run.
pub(super) struct Areas {
    /// The area of the tabs; empty if they do not fit.
    pub tabs: Rect,
    /// The shown panes with their areas.
    pub panes: Vec<(PaneKind, Rect)>,
}

impl Workspace {
    /// Returns the areas of the tabs and of the panes.
    pub(super) fn areas(&self, area: Rect) -> Areas {
        let tabs = u16::from(area.height > 8);
        let [tabs, body] = Layout::vertical([Constraint::Length(tabs), Constraint::Fill(1)]).areas(area);
        let room = layout::capacity(body);
        self.room.set(room);
        let shown = match self.zoom {
            Zoom::One => vec![self.focused()],
            Zoom::Several => self.shown(room),
        };
        Areas { tabs, panes: layout::place(&shown, self.focused(), body) }
    }

    /// Draws the panes that fit.
    pub fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let areas = self.areas(area);
        if !areas.tabs.is_empty() {
            frame.render_widget(tabs::line(&self.tabs(), areas.tabs.width, look.theme), areas.tabs);
        }
        for (kind, place) in areas.panes {
            self.render_pane(frame, place, kind, look);
        }
    }

    /// Returns the pane with focus, and other panes with content that fit.
    fn shown(&self, capacity: usize) -> Vec<PaneKind> {
        let order = layout::preference(self.focused(), self.run.facts().activity);
        let is_worth_it = |kind: &PaneKind| *kind == self.focused() || !self.pane(*kind).is_empty();
        order.into_iter().filter(is_worth_it).take(capacity).collect()
    }

    fn render_pane(&self, frame: &mut Frame<'_>, area: Rect, kind: PaneKind, look: &Look<'_>) {
        let pane = self.pane(kind);
        let focus = if kind == self.focused() { Focus::Here } else { Focus::Elsewhere };
        let look = look.part(focus);
        let mut title =
            Line::from(vec![Span::styled(format!("{} ", kind.key()), look.theme.key), Span::raw(kind.title())]);
        if kind.shows_calls() && self.queries.kind() == OperationKind::OntologyAware {
            // The threshold takes precedence over the note, as it gives the calls their meaning.
            let room = usize::from(area.width).saturating_sub(title.width() + 6);
            title.extend(call_rule(&self.selection.thresholds.call_options(), room, look.theme));
            if self.queries.calls().is_asked() {
                // The shown calls are those of the last threshold.
                title.push_span(Span::styled(" …", look.theme.busy));
            }
        }
        let room = Panel::room_for_note(&title, area);
        let note = [pane.note(), pane.short_note()].into_iter().find(|note| text::width(note) <= room);
        // A few letters are not readable.
        let room = if room < LEAST_NOTE { 0 } else { room };
        let note = note.unwrap_or_else(|| text::fit(&pane.short_note(), room).into_owned());
        let inner = Panel::new(title).note(note).render(frame, area, look.style());
        pane.render(frame, inner, &look, &self.selection);
    }

    pub(super) fn tabs(&self) -> Vec<Tab> {
        let state = |kind| match kind {
            kind if kind == self.focused() => TabState::Focused,
            kind if self.pane(kind).is_empty() => TabState::Empty,
            _ => TabState::Live,
        };
        self.kinds().into_iter().map(|kind| Tab { kind, state: state(kind) }).collect()
    }
}
