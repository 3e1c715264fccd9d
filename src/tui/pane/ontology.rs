//! The ontology of a group of cells: aggregated scores and the fractions of cells, as a foldable tree. In: a group
//! and thresholds. Out: the selected term. Follows the rules of the official viewer's circular tree.

mod actions;
mod draw;
mod part;
mod query;
mod tree;

use std::sync::Arc;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};
use tui_tree_widget::TreeItem;

use super::{Look, Pane, PaneKind, Reply, term_tree};
use crate::tui::pane::term_tree::Toward;
use crate::{
    domain::{OperationKind, TermIndex},
    results::{Aggregated, Error, aggregate::TreeNode},
    tui::{
        action::Action,
        effect::Effect,
        facts::Clock,
        keymap::{Context, Key},
        msg::Answer,
        query::{QuerySlot, SharedQueries, figure::PaneFigure},
        selection::{Group, Selection},
        widget::{TextInput, TreeState},
    },
};
use actions::Search;
use part::Part;
use query::Asked;

/// The ontology of a group of cells.
#[derive(Debug)]
pub struct OntologyPane {
    queries: Arc<SharedQueries>,
    aggregated: QuerySlot<Aggregated>,
    /// The tree at the current thresholds, or the reason for its absence.
    tree: Result<TreeNode, Option<Error>>,
    items: Vec<TreeItem<'static, TermIndex>>,
    state: TreeState<TermIndex>,
    asked: Option<Asked>,
    fraction: f64,
    part: Part,
    search: Search,
}

impl OntologyPane {
    /// Creates the pane of a run that was just opened.
    pub fn new(queries: &Arc<SharedQueries>) -> Self {
        Self {
            queries: queries.clone(),
            aggregated: QuerySlot::new("ontology"),
            tree: Err(None),
            items: Vec::new(),
            state: TreeState::default(),
            asked: None,
            fraction: 0.0,
            part: Part::default(),
            search: Search::default(),
        }
    }
}

impl Pane for OntologyPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Ontology
    }

    fn note(&self) -> String {
        draw::note(self)
    }

    fn is_empty(&self) -> bool {
        self.queries.kind() != OperationKind::OntologyAware
    }

    fn contexts(&self) -> &'static [Context] {
        if self.is_empty() {
            return &[];
        }
        if self.search.is_open { &[Context::Input] } else { &[Context::Ontology] }
    }

    fn is_typing(&self) -> bool {
        self.search.is_open
    }

    fn on_key(&mut self, key: Key) -> bool {
        let is_taken = self.search.input.edit(key);
        self.find(Toward::Here);
        is_taken
    }

    fn on_paste(&mut self, text: &str) {
        self.search.input.insert(text);
        self.find(Toward::Here);
    }

    fn on_action(&mut self, action: Action, selection: &mut Selection) -> Reply {
        if self.search.is_open {
            return self.on_search(action);
        }
        match action {
            Action::Search => {
                self.search = Search { input: TextInput::default(), is_open: true };
                Reply::done()
            }
            Action::NextMatch => Reply::taken(self.find(Toward::Next)),
            Action::PreviousMatch => Reply::taken(self.find(Toward::Previous)),
            Action::Accept => self.select(selection),
            Action::ColorBy => self.next_group(selection),
            Action::RaiseEvidence => {
                selection.thresholds.move_evidence(1);
                Reply::done()
            }
            Action::LowerEvidence => {
                selection.thresholds.move_evidence(-1);
                Reply::done()
            }
            Action::Fold => term_tree::fold(&mut self.state, &self.items),
            Action::Copy => {
                let ontology = self.queries.outline().value().and_then(|outline| outline.ontology.as_ref());
                let id = self.state.selected().last().and_then(|term| Some(ontology?.id(*term).as_str().to_owned()));
                Reply::unless_empty(id.map(Effect::Copy))
            }
            Action::Back if selection.group != Group::All => {
                selection.group = Group::All;
                Reply::done()
            }
            Action::Back if self.part.forget_root() => self.show_part(|_| {}),
            Action::TreeRoot | Action::HideTerm | Action::ShowTerms | Action::CalledOnly => self.on_part(action),
            other => Reply::taken(self.state.on_action(other, &self.items)),
        }
    }

    fn figure(&self) -> Option<PaneFigure> {
        let (aggregated, asked) = (self.aggregated.value()?, self.asked.as_ref()?);
        let ontology = self.queries.outline().value()?.ontology.clone()?;
        let tree = Arc::new(self.tree.as_ref().ok()?.clone());
        Some(PaneFigure::Tree { tree, ontology, cells: aggregated.cells, threshold: asked.threshold })
    }

    fn on_click(&mut self, at: Position, area: Rect, _: &mut Selection) -> Reply {
        self.state.click(&self.items, draw::nodes(self, area), at);
        Reply::done()
    }

    fn on_selection(&mut self, selection: &Selection) -> Vec<Effect> {
        if self.fraction != selection.thresholds.fraction {
            self.fraction = selection.thresholds.fraction;
            self.arrange();
        }
        self.ask(selection)
    }

    fn on_queries(&mut self, queries: &Arc<SharedQueries>, selection: &Selection) -> Vec<Effect> {
        let was_open = self.queries.outline().value().is_some();
        let calls = |queries: &SharedQueries| queries.calls().value().map(Arc::as_ptr);
        let are_new_calls = self.part.is_called_only() && calls(&self.queries) != calls(queries);
        self.queries = queries.clone();
        let was_fraction = std::mem::replace(&mut self.fraction, selection.thresholds.fraction);
        let is_opened = !was_open && queries.outline().value().is_some();
        if was_fraction != self.fraction || is_opened || are_new_calls {
            self.arrange();
        }
        self.ask(selection)
    }

    fn on_answer(&mut self, answer: &Answer, _: Clock) -> Vec<Effect> {
        if self.aggregated.on_answer(answer) {
            self.arrange();
        }
        Vec::new()
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, selection: &Selection) {
        self.draw(frame, area, look, selection);
    }
}
