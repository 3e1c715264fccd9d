//! The export dialog. In: the run, its marked cells and the cells of its filter, the figure of a pane. Out: an export to
//! write; then its progress and result.

mod exportable;
mod proposal;
mod request;
mod words;

use std::time::Duration;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::Line,
    widgets::{Paragraph, Wrap},
};

use super::middle;
use crate::{
    domain::OperationKind,
    results::CellSet,
    tui::{
        action::Action,
        effect::{Effect, Step},
        facts::Failure,
        keymap::{Context, Key},
        msg::Answer,
        pane::{Look, Reply, score::call_rule},
        text,
        widget::{
            Form, Panel,
            form::{Field, Value},
            rule,
        },
    },
};

use exportable::Chosen;
pub use exportable::{Exportable, FILTERED};

/// The export dialog.
#[derive(Debug)]
pub struct ExportDialog {
    run: Exportable,
    form: Form<Name>,
    /// The proposed path. It follows the format until the user changes it.
    proposed: String,
    state: State,
}

#[derive(Debug)]
enum State {
    Choosing,
    Writing(Duration),
    Failed(Failure),
}

/// The fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Format,
    Ground,
    Cells,
    Clusters,
    Path,
    Existing,
}

const WHITE: &str = "white";
const DARK: &str = "dark";

const REFUSE: &str = "keep it";
const REPLACE: &str = "replace it";

impl ExportDialog {
    /// Creates the dialog for a run.
    pub fn new(run: Exportable) -> Self {
        let first = Chosen::FIRST;
        let formats = run.offers().into_iter().map(|offer| offer.name(&run)).collect();
        let cells =
            run.cells.iter().map(|(name, count, _)| format!("{name}: {}", text::count(*count as u64))).collect();
        // Export the filtered cells by default.
        let seen = run.cells.iter().position(|(name, ..)| run.filter.is_some() && *name == FILTERED).unwrap_or(0);
        let field = |id, label, value: Value| Field { id, label, help: "", default: value.clone(), value };
        let form = Form::new(vec![
            field(Name::Format, "format", Value::choice(formats, &first.name(&run))),
            field(Name::Ground, "background", Value::choice(vec![WHITE.into(), DARK.into()], WHITE)),
            field(Name::Cells, "cells", Value::Choice { options: cells, chosen: seen }),
            field(Name::Clusters, "cluster calls", Value::Switch(false)),
            field(Name::Path, "path", Value::text("")),
            field(Name::Existing, "if it exists", Value::choice(vec![REFUSE.into(), REPLACE.into()], REFUSE)),
        ]);
        let mut dialog = Self { run, form, proposed: String::new(), state: State::Choosing };
        dialog.settle();
        dialog
    }

    fn chosen(&self) -> Chosen {
        let name = self.form.text(Name::Format);
        self.run.offers().into_iter().find(|offer| offer.name(&self.run) == name).unwrap_or(Chosen::FIRST)
    }

    /// Returns whether the chosen format has calls, which depend on the threshold.
    fn has_calls(&self) -> bool {
        match self.chosen() {
            Chosen::Data(format) => format.has_calls(self.run.kind) && self.run.kind == OperationKind::OntologyAware,
            Chosen::Figure(_) => false,
        }
    }

    fn takes_cells(&self) -> bool {
        matches!(self.chosen(), Chosen::Data(format) if format.takes_cells())
    }

    fn chosen_cells(&self) -> &(&'static str, usize, CellSet) {
        let place = match self.form.value(Name::Cells) {
            Some(Value::Choice { chosen, .. }) if self.takes_cells() => *chosen,
            Some(Value::Choice { .. } | Value::Switch(_) | Value::Text(_)) | None => 0,
        };
        // The form offers exactly these.
        &self.run.cells[place.min(self.run.cells.len() - 1)]
    }

    pub(super) fn contexts(&self) -> &'static [Context] {
        if self.is_typing() { &[Context::Input] } else { &[Context::Form, Context::List, Context::Global] }
    }

    pub(super) fn is_typing(&self) -> bool {
        !self.is_writing() && self.form.is_typing()
    }

    fn is_writing(&self) -> bool {
        matches!(self.state, State::Writing(_))
    }

    pub(super) fn on_key(&mut self, key: Key) -> bool {
        self.form.on_key(key)
    }

    pub(super) fn on_paste(&mut self, text: &str) {
        self.form.on_paste(text);
    }

    pub(super) fn on_action(&mut self, action: Action) -> Reply {
        if self.is_writing() {
            // Closing the dialog does not stop the export, whose end is always reported.
            return if action == Action::Back { Effect::Step(Step::Leave).into() } else { Reply::done() };
        }
        if action == Action::Accept && !self.form.is_typing() {
            return self.accept();
        }
        let taken = self.form.on_action(action);
        if taken {
            self.state = State::Choosing;
            self.settle();
        }
        Reply::taken(taken)
    }

    /// Handles an answer; called for every answer while the dialog is open.
    pub fn on_answer(&mut self, answer: &Answer) -> Vec<Effect> {
        match (answer, &self.state) {
            (Answer::ExportUnderWay(time), State::Writing(_)) => self.state = State::Writing(*time),
            (Answer::Exported(Ok(_)), State::Writing(_)) => return vec![Effect::Step(Step::Leave)],
            (Answer::Exported(Err(failure)), State::Writing(_)) => self.state = State::Failed(failure.clone()),
            (_, State::Choosing | State::Writing(_) | State::Failed(_)) => {}
        }
        Vec::new()
    }

    pub(super) fn on_click(&mut self, at: Position) -> Option<Action> {
        self.form.on_click(at)
    }

    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let place = middle(area, area.width.saturating_sub(4).min(100), 14);
        let mut title = Line::raw("export");
        if self.has_calls() {
            title.extend(call_rule(&self.run.calls, usize::from(place.width), look.theme));
        }
        let panel = Panel::new(title);
        let inner = panel.render_over(frame, place, look.theme);
        let [form, below] = Layout::vertical([Constraint::Length(6), Constraint::Fill(1)]).areas(inner);
        self.form.render(frame, form, look.style());
        let mut lines = vec![rule(&self.chosen().name(&self.run), below.width, look.theme)];
        lines.extend(self.words(look));
        frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }), below);
    }
}
