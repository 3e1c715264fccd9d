//! The form of the two limits of a consensus: the number of tools that must agree, and the number of descendants. In: the
//! current limits. Out: the changed ones, or the fault of a typed number.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::Line,
    widgets::{Paragraph, Wrap},
};

use crate::{
    results::consensus::{ConsensusOptions, MAX_DESCENDANTS},
    tui::{
        action::Action,
        keymap::Key,
        overlay::middle,
        pane::Look,
        text,
        widget::{
            Form, Panel,
            form::{Field, Value},
            rule,
        },
    },
};

/// The form.
#[derive(Debug)]
pub(super) struct Limits {
    form: Form<Name>,
    tools: usize,
    problem: Option<String>,
}

/// The fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Agreeing,
    Descendants,
}

impl Limits {
    /// Creates a form with the current limits, for a number of tools.
    pub fn new(now: ConsensusOptions, tools: usize) -> Self {
        let field = |id, label, help, value: usize, default: usize| Field {
            id,
            label,
            help,
            value: Value::text(value.to_string()),
            default: Value::text(default.to_string()),
        };
        let usual = ConsensusOptions::usual_agreement(tools);
        let form = Form::new(vec![
            field(
                Name::Agreeing,
                "tools that agree",
                "the number of tools that must agree on a term; more than half of them by default",
                now.min_agree,
                usual,
            ),
            field(
                Name::Descendants,
                "most descendants",
                "a term with more descendants is too general, unless enough tools name it; OpenScPCA uses 170",
                now.max_descendants,
                MAX_DESCENDANTS,
            ),
        ]);
        Self { form: form.always_typing(), tools, problem: None }
    }

    pub fn on_key(&mut self, key: Key) -> bool {
        self.problem = None;
        self.form.on_key(key)
    }

    pub fn on_paste(&mut self, text: &str) {
        self.problem = None;
        self.form.on_paste(text);
    }

    pub fn on_action(&mut self, action: Action) -> bool {
        self.form.on_action(action)
    }

    pub fn on_click(&mut self, at: Position) -> Option<Action> {
        self.form.on_click(at)
    }

    /// Returns the typed limits; `None` if one of them is not possible, which the form then says.
    pub fn accept(&mut self) -> Option<ConsensusOptions> {
        let limits = self.limits();
        self.problem = limits.as_ref().err().cloned();
        limits.ok()
    }

    fn limits(&self) -> Result<ConsensusOptions, String> {
        let number = |name| self.form.text(name).trim().parse::<usize>().ok();
        let min_agree = number(Name::Agreeing).filter(|number| (1..=self.tools).contains(number));
        let min_agree =
            min_agree.ok_or_else(|| format!("tools that agree: type a whole number from 1 to {}", self.tools))?;
        let max_descendants = number(Name::Descendants);
        let max_descendants =
            max_descendants.ok_or_else(|| "most descendants: type a whole number, such as 170".to_owned())?;
        Ok(ConsensusOptions { min_agree, max_descendants })
    }

    pub fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let panel = Panel::new("limits").note("enter counts again, esc closes");
        let inner = panel.render_over(frame, middle(area, 62, 8), look.theme);
        let [form, below] = Layout::vertical([Constraint::Length(2), Constraint::Fill(1)]).areas(inner);
        self.form.render(frame, form, look.style());
        let (title, help) = self.form.current().map_or(("", ""), |field| (field.label, field.help));
        let words = match &self.problem {
            Some(problem) => Line::styled(text::fit(problem, usize::MAX).into_owned(), look.theme.bad),
            None => Line::styled(help, look.theme.muted),
        };
        let lines = vec![rule(title, below.width, look.theme), words];
        frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }), below);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_possible_limits_are_accepted() {
        let now = ConsensusOptions { min_agree: 2, max_descendants: 170 };
        let typed = |agreeing: &str, descendants: &str| {
            let mut limits = Limits::new(now, 3);
            for (text, next) in [(agreeing, Action::Down), (descendants, Action::Down)] {
                limits.on_key("ctrl-u".parse().unwrap());
                limits.on_paste(text);
                limits.on_action(next);
            }
            (limits.accept(), limits.problem)
        };
        assert_eq!(Limits::new(now, 3).accept(), Some(now));
        assert_eq!(typed("3", " 0 "), (Some(ConsensusOptions { min_agree: 3, max_descendants: 0 }), None));
        for (agreeing, descendants, fault) in [
            ("0", "1", "from 1 to 3"),
            ("4", "1", "from 1 to 3"),
            ("", "1", "from 1 to 3"),
            ("2", "-1", "such as 170"),
            ("2", "1e3", "such as 170"),
        ] {
            let (limits, problem) = typed(agreeing, descendants);
            assert!(limits.is_none() && problem.unwrap().contains(fault), "{agreeing} {descendants}");
        }
    }
}
