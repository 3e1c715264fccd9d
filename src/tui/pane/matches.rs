//! The matches of the selected cell, arranged by the ontology. In: the selected cell and the call threshold. Out: the
//! selected term, and the explanation of the call.

mod draw;
mod query;

use std::sync::Arc;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};
use tui_tree_widget::TreeItem;

use super::{Look, Pane, PaneKind, Reply, flagged::FlagReasons, term_tree};
use crate::{
    domain::{Ontology, OperationKind, TermIndex},
    engine::Sibling,
    results::CallOptions,
    tui::{
        action::Action,
        effect::Effect,
        facts::Clock,
        keymap::Context,
        msg::Answer,
        overlay::copy_menu::CopyItem,
        query::{QuerySlot, SharedQueries},
        selection::Selection,
        widget::{TreeState, table},
    },
};
use query::{CellMatches, ReadMatches};

/// The matches of a cell.
#[derive(Debug)]
pub struct MatchesPane {
    queries: Arc<SharedQueries>,
    matches: QuerySlot<CellMatches>,
    items: Vec<TreeItem<'static, TermIndex>>,
    tree: TreeState<TermIndex>,
    /// The cell, the options of calls and the generation of the shared queries of the last query.
    asked: Option<(usize, CallOptions, u64)>,
    /// The cell and the options of calls that are shown.
    shown: Option<(usize, CallOptions)>,
    flags: FlagReasons,
    below: Below,
}

/// The content below the tree if not everything fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Below {
    /// The explanation of the call.
    Why,
    /// The description of the selected term.
    Term,
}

impl MatchesPane {
    /// Creates the pane of a run that was just opened.
    pub fn new(queries: &Arc<SharedQueries>) -> Self {
        Self {
            queries: queries.clone(),
            matches: QuerySlot::new("matches"),
            items: Vec::new(),
            tree: TreeState::default(),
            asked: None,
            shown: None,
            flags: FlagReasons::new("matches/flags"),
            below: Below::Why,
        }
    }

    /// Asks about the selected cell, unless that was asked already.
    fn ask(&mut self, selection: &Selection) -> Vec<Effect> {
        let is_answerable = |cell: &usize| !self.is_empty() && !self.queries.is_inferred(*cell);
        let Some(row) = selection.cell.filter(is_answerable) else {
            self.matches.forget();
            self.asked = None;
            return Vec::new();
        };
        let options = selection.thresholds.call_options();
        let wanted = Some((row, options.clone(), self.queries.generation()));
        if self.asked == wanted {
            return Vec::new();
        }
        self.asked = wanted;
        let from = self.lender().map(|sibling| sibling.folder.clone());
        vec![self.matches.ask(ReadMatches { row, options, from })]
    }

    /// Asks about the selected cell: its matches, and the reasons of its flags.
    fn follow(&mut self, selection: &Selection) -> Vec<Effect> {
        let mut effects = self.ask(selection);
        effects.extend(self.flags.follow(&self.queries, selection));
        effects
    }

    /// Shows the received matches. For another cell or other calls the whole tree is opened and the cursor moves to the
    /// first call; otherwise the tree remains as the user left it.
    fn show(&mut self) {
        let Some(matches) = self.matches.value() else { return };
        self.items = term_tree::items(&matches.roots);
        let shown = Some((matches.row, matches.options.clone()));
        if self.shown == shown && !self.tree.selected().is_empty() {
            return;
        }
        self.shown = shown;
        self.tree = TreeState::default();
        for path in matches.calls.iter().filter_map(|call| term_tree::path_of(&self.items, *call)) {
            // Other branches stay closed, so that the calls are in sight.
            self.tree.reveal(path);
        }
        let call = matches.explanation.as_ref().and_then(|explanation| explanation.call).map(|call| call.term);
        let path = call.and_then(|call| term_tree::path_of(&self.items, call));
        if let Some(path) = path.or_else(|| Some(vec![*self.items.first()?.identifier()])) {
            self.tree.reveal(path);
        }
    }

    fn select(&self, selection: &mut Selection) {
        if let (Some(term), Some(ontology)) = (self.tree.selected().last(), self.ontology()) {
            // Selecting the same term again clears the selection.
            let chosen = Some(ontology.id(*term).clone());
            selection.term = if selection.term == chosen { None } else { chosen };
        }
    }

    /// Returns the ontology of the shown matches, otherwise that of the run.
    fn ontology(&self) -> Option<&Arc<Ontology>> {
        let shown = self.matches.value().and_then(|matches| matches.ontology.as_ref());
        shown.or_else(|| self.queries.outline().value()?.ontology.as_ref())
    }

    /// Returns the other run that has the matches, if the open one lacks them.
    fn lender(&self) -> Option<&Sibling> {
        self.queries.holder(OperationKind::OntologyAware).sibling()
    }

    fn selected_id(&self) -> Option<String> {
        Some(self.ontology()?.id(*self.tree.selected().last()?).as_str().to_owned())
    }
}

impl Pane for MatchesPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Matches
    }

    fn note(&self) -> String {
        let name = |matches: &Arc<CellMatches>| {
            let outline = self.queries.outline().value()?;
            let origin = self.lender().map_or_else(String::new, |sibling| format!(" in {}", sibling.name()));
            Some(format!("{}{origin}", outline.names.get(matches.row)))
        };
        self.matches.value().and_then(name).unwrap_or_default()
    }

    fn is_empty(&self) -> bool {
        !self.queries.holder(OperationKind::OntologyAware).is_some()
    }

    fn contexts(&self) -> &'static [Context] {
        if self.is_empty() { &[] } else { &[Context::Matches] }
    }

    fn on_action(&mut self, action: Action, selection: &mut Selection) -> Reply {
        match action {
            Action::Explain => {
                self.below = match self.below {
                    Below::Why => Below::Term,
                    Below::Term => Below::Why,
                };
                Reply::done()
            }
            Action::Accept => {
                self.select(selection);
                Reply::done()
            }
            Action::Copy => Reply::unless_empty(self.selected_id().map(Effect::Copy)),
            Action::Fold => term_tree::fold(&mut self.tree, &self.items),
            other => Reply::taken(self.tree.on_action(other, &self.items)),
        }
    }

    fn on_click(&mut self, at: Position, area: Rect, _: &mut Selection) -> Reply {
        let [_, tree, _] = draw::parts(area);
        self.tree.click(&self.items, table::body(tree), at);
        Reply::done()
    }

    fn on_selection(&mut self, selection: &Selection) -> Vec<Effect> {
        let ontology = self.ontology();
        let term = selection.term.as_ref().and_then(|term| ontology?.find(term));
        if let Some(term) = term.filter(|term| self.tree.selected().last() != Some(term))
            && let Some(path) = term_tree::path_of(&self.items, term)
        {
            self.tree.reveal(path);
        }
        self.follow(selection)
    }

    fn on_queries(&mut self, queries: &Arc<SharedQueries>, selection: &Selection) -> Vec<Effect> {
        self.queries = queries.clone();
        self.follow(selection)
    }

    fn copies(&self, _: &Selection) -> Vec<CopyItem> {
        self.selected_id().map(|id| CopyItem::new("term of the match", id)).into_iter().collect()
    }

    fn on_answer(&mut self, answer: &Answer, _: Clock) -> Vec<Effect> {
        if self.matches.on_answer(answer) {
            self.show();
        }
        self.flags.on_answer(answer);
        Vec::new()
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, selection: &Selection) {
        self.draw(frame, area, look, selection);
    }
}
