//! The dialog of the rule of calls, its restriction, and all thresholds as numbers. In: the current ones. Out: the changed
//! ones, when they are accepted.

use std::sync::Arc;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::Line,
    widgets::{Paragraph, Wrap},
};

use super::middle;
use crate::{
    domain::{Score, TermId, text::clean},
    results::{CallRule, Restriction},
    tui::{
        action::Action,
        effect::{Change, Effect, Step},
        keymap::{Context, Key},
        pane::{Look, Reply},
        query::Outline,
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
    /// The names of terms, once they were read.
    outline: Option<Arc<Outline>>,
    /// The restriction that was shown first. It is kept if its text is not changed.
    shown: Restriction,
    problem: Option<String>,
}

/// The fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Call,
    Rule,
    Only,
    Never,
    Evidence,
    Fraction,
}

impl ThresholdsDialog {
    /// Creates a dialog with the current thresholds; the defaults are the official client's.
    pub fn new(now: &Thresholds, outline: Option<Arc<Outline>>) -> Self {
        let usual = Thresholds::default();
        let field = |id, label, help, (value, default): (f64, f64)| Field {
            id,
            label,
            help,
            value: Value::text(value.to_string()),
            default: Value::text(default.to_string()),
        };
        let terms = |id, label, help, terms: &[TermId]| Field {
            id,
            label,
            help,
            value: Value::text(listed(terms, outline.as_deref())),
            default: Value::text(""),
        };
        let rules = || CallRule::ALL.map(|rule| rule.name().to_owned()).to_vec();
        let form = Form::new(vec![
            field(
                Name::Call,
                "call",
                "a term needs at least this score to be a cell's call; [ and ] change it too",
                (now.call, usual.call),
            ),
            Field {
                id: Name::Rule,
                label: "rule",
                help: "official: the deepest term that reaches the score; best-path: from the root to the child with the \
                       highest score, as long as it reaches it; ← and → change it",
                value: Value::choice(rules(), now.rule.name()),
                default: Value::choice(rules(), usual.rule.name()),
            },
            terms(
                Name::Only,
                "call only",
                "only these terms and their descendants are called: labels or ids, with ; between them",
                now.restriction.only(),
            ),
            terms(
                Name::Never,
                "never call",
                "these terms and their descendants are not called: labels or ids, with ; between them",
                now.restriction.never(),
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
        Self { form: form.always_typing(), outline, shown: now.restriction.clone(), problem: None }
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
        let rule = self.form.text(Name::Rule).parse::<CallRule>().map_err(|error| error.to_string())?;
        Ok(Thresholds {
            rule,
            restriction: self.restriction()?,
            call: share(Name::Call, "call")?,
            evidence: share(Name::Evidence, "minimum score")?,
            fraction: share(Name::Fraction, "minimum fraction")?,
        })
    }

    /// Returns the restriction from the typed names.
    fn restriction(&self) -> Result<Restriction, String> {
        let outline = self.outline.as_deref();
        let is_changed = |name, terms: &[TermId]| self.form.text(name) != listed(terms, outline);
        if !is_changed(Name::Only, self.shown.only()) && !is_changed(Name::Never, self.shown.never()) {
            return Ok(self.shown.clone());
        }
        let Some(outline) = outline else { return Err("the terms are still being read; try again".to_owned()) };
        let names = |name| -> Vec<String> {
            let names = self.form.text(name).split(';').map(str::trim);
            names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
        };
        let found = Restriction::of_names(
            &names(Name::Only),
            &names(Name::Never),
            outline.ontology.as_deref(),
            &outline.cell_ontology,
        );
        found.map_err(|error| error.to_string())
    }

    pub(super) fn on_click(&mut self, at: Position) -> Option<Action> {
        self.form.on_click(at)
    }

    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let inner = Panel::new("thresholds").render_over(frame, middle(area, 66, 13), look.theme);
        let [form, below] = Layout::vertical([Constraint::Length(6), Constraint::Fill(1)]).areas(inner);
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

/// Returns terms as their labels, or as ids while the labels are unknown.
fn listed(terms: &[TermId], outline: Option<&Outline>) -> String {
    let ontology = outline.and_then(|outline| outline.ontology.as_ref());
    let label = |id: &TermId| {
        let named = ontology.and_then(|ontology| ontology.find(id).map(|term| ontology.label(term)));
        clean(named.unwrap_or(id.as_str())).into_owned()
    };
    terms.iter().map(label).collect::<Vec<_>>().join("; ")
}
