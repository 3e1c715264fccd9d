//! The dialog of all thresholds, as numbers. In: the current ones. Out: the changed ones, when they are accepted.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
    widgets::{Paragraph, Wrap},
};

use super::middle;
use crate::{
    domain::Score,
    tui::{
        action::Action,
        effect::{Change, Effect, Step},
        keymap::{Context, Key},
        pane::{Look, Reply},
        selection::Thresholds,
        widget::{
            Form, Panel,
            form::{Field, Value},
            rule,
        },
    },
};

/// The dialog.
#[derive(Debug)]
pub struct ThresholdsDialog {
    form: Form<Name>,
    problem: Option<String>,
}

/// The fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Call,
    Evidence,
    Fraction,
}

impl ThresholdsDialog {
    /// Creates a dialog with the current thresholds; the defaults are the official client's.
    pub fn new(now: Thresholds) -> Self {
        let usual = Thresholds::default();
        let field = |id, label, help, (value, default): (f64, f64)| Field {
            id,
            label,
            help,
            value: Value::text(value.to_string()),
            default: Value::text(default.to_string()),
        };
        let form = Form::new(vec![
            field(
                Name::Call,
                "call",
                "a cell's call is the deepest term that scores at least this; [ and ] change it too",
                (now.call, usual.call),
            ),
            field(
                Name::Evidence,
                "minimum score",
                "in the ontology tree, a cell counts for a term if it scores more than this",
                (now.evidence, usual.evidence),
            ),
            field(
                Name::Fraction,
                "minimum fraction",
                "the tree hides terms found in no more than this fraction of the cells; also { and }",
                (now.fraction, usual.fraction),
            ),
        ]);
        Self { form: form.always_typing(), problem: None }
    }

    pub(super) fn contexts(&self) -> &'static [Context] {
        &[Context::Input]
    }

    pub(super) fn on_key(&mut self, key: Key) -> bool {
        self.problem = None;
        self.form.on_key(key)
    }

    pub(super) fn on_paste(&mut self, text: &str) {
        self.form.on_paste(text);
    }

    pub(super) fn on_action(&mut self, action: Action) -> Reply {
        match action {
            Action::Accept => self.accept(),
            Action::Back => Effect::Step(Step::Leave).into(),
            other => Reply::taken(self.form.on_action(other)),
        }
    }

    fn accept(&mut self) -> Reply {
        match self.thresholds() {
            Ok(thresholds) => {
                Reply::Done(vec![Effect::Step(Step::Leave), Effect::Step(Step::Change(Change::Thresholds(thresholds)))])
            }
            Err(problem) => {
                self.problem = Some(problem);
                Reply::done()
            }
        }
    }

    fn thresholds(&self) -> Result<Thresholds, String> {
        let share = |name, label: &str| {
            let score = self.form.text(name).parse::<Score>();
            score.map(Score::value).map_err(|error| format!("{label}: {error}"))
        };
        Ok(Thresholds {
            call: share(Name::Call, "call")?,
            evidence: share(Name::Evidence, "minimum score")?,
            fraction: share(Name::Fraction, "minimum fraction")?,
        })
    }

    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let inner = Panel::new("thresholds").render_over(frame, middle(area, 66, 9), look.theme);
        let [form, below] = Layout::vertical([Constraint::Length(4), Constraint::Fill(1)]).areas(inner);
        self.form.render(frame, form, look.style());
        let (title, help) = self.form.current().map_or(("", ""), |field| (field.label, field.help));
        let words = match &self.problem {
            Some(problem) => Line::styled(problem.clone(), look.theme.bad),
            None => Line::styled(help, look.theme.muted),
        };
        let lines = vec![rule(title, below.width, look.theme), words];
        frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }), below);
    }
}
