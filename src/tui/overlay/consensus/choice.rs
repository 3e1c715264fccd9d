//! The choice of tools: the run's own calls and columns of obs with labels. In: the columns of the file. Out: the chosen tools,
//! or the reason why there are too few.

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use crate::{
    domain::OperationKind,
    engine::{ColumnHeader, ColumnKind},
    results::consensus::OWN_CALLS,
    tui::{
        action::Action,
        keymap::Key,
        pane::{
            Look,
            columns::kind_in_words,
            picker::{Choice, Picked, Picker, Takes},
        },
        query::{Outline, consensus::ToolName},
    },
};

/// The least number of tools, as one cannot agree with another.
pub(super) const LEAST: usize = 2;

/// The choice of tools.
#[derive(Debug)]
pub struct ToolChoice {
    picker: Picker,
    tools: Vec<ToolName>,
}

/// The result of an action.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Chosen {
    /// The choice remains open.
    Open,
    /// The choice was closed without a change.
    Closed,
    /// The chosen tools.
    Tools(Vec<ToolName>),
}

/// Returns the columns with labels. A column with the name of the run's own calls is not one of them, as no command can name
/// it.
fn label_columns(outline: &Outline) -> impl Iterator<Item = &ColumnHeader> {
    let is_text = |kind| match kind {
        ColumnKind::Categorical { categories } => categories > 0,
        ColumnKind::Text => true,
        ColumnKind::Integer | ColumnKind::Boolean | ColumnKind::Real | ColumnKind::Other => false,
    };
    let columns = outline.file.iter().flat_map(|file| &file.obs);
    columns.filter(move |header| is_text(header.kind) && header.name != OWN_CALLS)
}

fn has_calls(outline: &Outline, kind: OperationKind) -> bool {
    kind == OperationKind::OntologyAware && outline.ontology.is_some()
}

/// Returns the reason why a run has no consensus; `None` if it has enough tools.
pub fn why_none(outline: &Outline, kind: OperationKind) -> Option<&'static str> {
    let (has_calls, columns) = (has_calls(outline, kind), label_columns(outline).count());
    if usize::from(has_calls) + columns >= LEAST {
        return None;
    }
    Some(match kind {
        OperationKind::OntologyAware if has_calls => {
            "The file has no obs column with labels of another tool (10x .h5 files have none)."
        }
        OperationKind::OntologyAware => {
            "The run's ontology cannot be read, so its calls have no terms; a consensus needs two obs columns with labels."
        }
        OperationKind::SummaryStatistics | OperationKind::Search => {
            "This run has no calls, so a consensus needs two obs columns with labels; the file has fewer."
        }
    })
}

impl ToolChoice {
    /// Creates the choice from the calls of a run and the columns of its file. The calls and the column with likely labels
    /// are chosen at first.
    pub fn new(outline: &Outline, kind: OperationKind) -> Self {
        let likely = outline.file.as_ref().ok().and_then(|file| file.likely_labels(""));
        let (mut tools, mut choices) = (Vec::new(), Vec::new());
        if has_calls(outline, kind) {
            tools.push(ToolName::Calls);
            choices.push(Choice { name: OWN_CALLS.into(), hint: "the calls of this run".into(), is_chosen: true });
        }
        for header in label_columns(outline) {
            let is_chosen = likely == Some(header.name.as_str());
            tools.push(ToolName::Column(header.name.clone()));
            choices.push(Choice { name: header.name.clone(), hint: kind_in_words(header.kind), is_chosen });
        }
        let picker = Picker::new("consensus of", choices, Takes::Many);
        Self { picker: picker.with_footer("tab chooses, enter compares"), tools }
    }

    pub(super) fn on_key(&mut self, key: Key) -> bool {
        self.picker.on_key(key)
    }

    pub(super) fn on_paste(&mut self, text: &str) {
        self.picker.on_paste(text);
    }

    pub(super) fn on_click(&mut self, at: Position) -> Option<Action> {
        self.picker.on_click(at)
    }

    pub(super) fn on_action(&mut self, action: Action) -> Chosen {
        match self.picker.on_action(action) {
            Picked::Open => Chosen::Open,
            Picked::Closed => Chosen::Closed,
            Picked::Done(places) => Chosen::Tools(places.iter().map(|place| self.tools[*place].clone()).collect()),
        }
    }

    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        self.picker.render(frame, area, look);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{domain::CellOntology, results::CellNames, tui::query::shared::FileOutline};

    fn outline(columns: &[(&str, ColumnKind)]) -> Outline {
        let cell_ontology = CellOntology::embedded();
        let header = |(name, kind): &(&str, ColumnKind)| ColumnHeader { name: (*name).into(), kind: *kind };
        Outline {
            names: Arc::new(CellNames::default()),
            rows: None,
            ontology: Some(Arc::new(cell_ontology.ontology())),
            cell_ontology: Arc::new(cell_ontology),
            panels: Arc::default(),
            file: Ok(FileOutline { obs: columns.iter().map(header).collect(), ..FileOutline::default() }),
        }
    }

    #[test]
    fn a_run_without_enough_tools_has_a_reason() {
        const LABELS: ColumnKind = ColumnKind::Categorical { categories: 3 };
        let why = |columns: &[(&str, ColumnKind)], kind| why_none(&outline(columns), kind);
        let aware = OperationKind::OntologyAware;
        assert_eq!(why(&[("cell_type", LABELS)], aware), None);
        assert_eq!(why(&[("a", LABELS), ("b", ColumnKind::Text)], OperationKind::Search), None);
        // Numbers are not labels, and in a command the name castui stands for the calls.
        let none = [
            ("n", ColumnKind::Integer),
            ("x", ColumnKind::Real),
            (OWN_CALLS, LABELS),
            ("e", ColumnKind::Categorical { categories: 0 }),
        ];
        assert!(why(&none, aware).unwrap().contains("no obs column"));
        assert!(why(&[("a", LABELS)], OperationKind::SummaryStatistics).unwrap().contains("has no calls"));
        let damaged = Outline { ontology: None, ..outline(&[("a", LABELS)]) };
        assert!(why_none(&damaged, aware).unwrap().contains("ontology cannot be read"));
    }

    #[test]
    fn the_calls_and_the_likely_labels_are_chosen_at_first() {
        let columns = [("donor", ColumnKind::Text), ("cell_type", ColumnKind::Text), ("other", ColumnKind::Text)];
        let mut choice = ToolChoice::new(&outline(&columns), OperationKind::OntologyAware);
        let column = |name: &str| ToolName::Column(name.into());
        let chosen = choice.on_action(Action::Accept);
        assert_eq!(chosen, Chosen::Tools(vec![ToolName::Calls, column("cell_type")]));
        for letter in ["o", "t", "h", "e", "r"] {
            assert!(choice.on_key(letter.parse().unwrap()));
        }
        assert_eq!(choice.on_action(Action::NextPane), Chosen::Open);
        let chosen = choice.on_action(Action::Accept);
        assert_eq!(chosen, Chosen::Tools(vec![ToolName::Calls, column("cell_type"), column("other")]));
        assert_eq!(choice.on_action(Action::Back), Chosen::Closed);
    }
}
