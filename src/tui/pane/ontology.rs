//! The ontology of a group of cells: aggregated scores and the fractions of cells, as a foldable tree. In: a group
//! and thresholds. Out: the selected term. Follows the rules of the official viewer's circular tree.

mod draw;
mod part;

use std::{collections::HashSet, sync::Arc};

use ratatui::{
    Frame,
    layout::{Position, Rect},
};
use tui_tree_widget::TreeItem;

use super::{Look, Pane, PaneKind, Reply, cells::filter_sort::contains, term_tree};
use crate::{
    domain::{OperationKind, TermId, TermIndex},
    results::{
        AggregateOptions, Aggregated, CellSet, Error,
        aggregate::{self, TreeNode},
    },
    tui::{
        action::Action,
        effect::Effect,
        facts::{Clock, Failure},
        keymap::{Context, Key},
        msg::Answer,
        query::{Query, QuerySlot, SharedQueries, Source, figure::PaneFigure, source::failure},
        selection::{Group, Selection},
        widget::{TextInput, TreeState},
    },
};
use part::Part;
use term_tree::{TermNode, Toward};

/// The minimum fraction of cells in a branch that is open at first.
const OPEN: f64 = 0.1;

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

/// The subject of the last query.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    cells: CellSet,
    threshold: f64,
    generation: u64,
}

/// The search for terms, and whether the user types.
#[derive(Debug, Default)]
struct Search {
    input: TextInput,
    is_open: bool,
}

/// Query for the aggregated scores of a group.
#[derive(Debug)]
struct AggregateCells {
    cells: CellSet,
    options: AggregateOptions,
}

impl Query for AggregateCells {
    type Output = Aggregated;

    fn answer(&self, source: &Source) -> Result<Aggregated, Failure> {
        aggregate::aggregate(source.results(), &self.cells, self.options).map_err(|error| failure(&error))
    }
}

impl TermNode for TreeNode {
    fn term(&self) -> TermIndex {
        self.term
    }

    fn children(&self) -> &[Self] {
        &self.children
    }
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

    /// Returns the cells of the selected group; `None` while its clusters are unknown.
    fn cells(&self, selection: &Selection) -> Option<CellSet> {
        match &selection.group {
            Group::All => Some(CellSet::All),
            Group::Cluster(place) => {
                let clusters = self.queries.clusters().value()?;
                clusters.clusters.get(*place as usize).map(|cluster| cluster.cells.clone())
            }
            Group::Marked => Some(CellSet::of(selection.marked.iter().copied())),
            Group::Box(rows) => Some(CellSet::Rows(rows.clone())),
        }
    }

    fn ask(&mut self, selection: &Selection) -> Vec<Effect> {
        if self.queries.kind() != OperationKind::OntologyAware {
            return Vec::new();
        }
        let Some(cells) = self.cells(selection) else { return Vec::new() };
        let (threshold, generation) = (selection.thresholds.evidence, self.queries.generation());
        let wanted = Asked { cells, threshold, generation };
        if self.asked.as_ref() == Some(&wanted) {
            return Vec::new();
        }
        let options = AggregateOptions { threshold, ..AggregateOptions::VIEWER };
        let effect = self.aggregated.ask(AggregateCells { cells: wanted.cells.clone(), options });
        self.asked = Some(wanted);
        vec![effect]
    }

    /// Rebuilds the tree; open branches remain open.
    fn arrange(&mut self) {
        let (Some(aggregated), Some(outline)) = (self.aggregated.value(), self.queries.outline().value()) else {
            return;
        };
        let Some(ontology) = &outline.ontology else { return };
        let called = self.called();
        self.tree = self.part.tree(aggregated, ontology, self.fraction, &called).map_err(Some);
        let roots = self.tree.as_ref().map_or(&[][..], std::slice::from_ref);
        self.items = term_tree::items(roots);
        if self.state.selected().is_empty() {
            for (path, _) in term_tree::branches(roots).into_iter().filter(|(_, node)| node.fraction >= OPEN) {
                self.state.open(path);
            }
        }
        let is_there = |path: &[TermIndex]| term_tree::node_at(roots, path).is_some();
        if !is_there(self.state.selected()) {
            let mut path = self.state.selected().to_vec();
            while !path.is_empty() && !is_there(&path) {
                path.pop();
            }
            let path = if path.is_empty() { roots.iter().map(|root| root.term).collect() } else { path };
            self.state.reveal(path);
        }
    }

    /// Returns the calls of the group's cells, if only those are shown.
    fn called(&self) -> HashSet<TermIndex> {
        match (self.queries.calls().value(), &self.asked) {
            (Some(calls), Some(asked)) if self.part.is_called_only() => part::called(&calls.table, &asked.cells),
            (Some(_) | None, _) => HashSet::new(),
        }
    }

    /// Returns the term under the cursor.
    fn term(&self) -> Option<TermId> {
        let ontology = self.queries.outline().value()?.ontology.as_ref()?;
        Some(ontology.id(*self.state.selected().last()?).clone())
    }

    /// Changes the shown part of the ontology, and keeps the cursor on its term if that is still shown.
    fn show_part(&mut self, change: impl FnOnce(&mut Part)) -> Reply {
        let term = self.state.selected().last().copied();
        change(&mut self.part);
        // A tree from another root has other paths, so the open branches are unknown.
        self.state = TreeState::default();
        self.arrange();
        if let Some(path) = term.and_then(|term| term_tree::path_of(&self.items, term)) {
            self.state.reveal(path);
        }
        Reply::done()
    }

    /// Performs an action on the shown part.
    fn on_part(&mut self, action: Action) -> Reply {
        match (action, self.term()) {
            (Action::TreeRoot, Some(term)) => {
                let mut is_other = false;
                let shown = self.show_part(|part| is_other = part.toggle_root(term));
                if is_other { shown } else { Effect::hint("this is the root already").into() }
            }
            (Action::HideTerm, Some(term)) => self.hide(term),
            (Action::ShowTerms, _) => {
                let mut were_hidden = false;
                let shown = self.show_part(|part| were_hidden = part.show_hidden());
                if were_hidden { shown } else { Effect::hint("no terms are hidden").into() }
            }
            (Action::CalledOnly, _) => self.show_part(Part::toggle_called),
            (_, Some(_) | None) => Reply::Pass,
        }
    }

    /// Hides the term under the cursor, which moves to the next term or to the parent.
    fn hide(&mut self, term: TermId) -> Reply {
        let before = self.state.selected().to_vec();
        if !self.part.hide(term) {
            return Effect::hint("the root of the tree cannot be hidden").into();
        }
        self.state.on_action(Action::Down, &self.items);
        let is_below = self.state.selected().starts_with(&before);
        if is_below && before.len() > 1 {
            self.state.reveal(before[..before.len() - 1].to_vec());
        }
        self.arrange();
        Reply::done()
    }

    fn find(&mut self, toward: Toward) -> bool {
        let ontology = self.queries.outline().value().and_then(|outline| outline.ontology.clone());
        let wanted = self.search.input.text().to_lowercase();
        let (Some(ontology), false) = (ontology, wanted.is_empty()) else { return false };
        let found = term_tree::find(&self.items, self.state.selected(), toward, &|term| {
            contains(ontology.label(term), &wanted) || contains(ontology.id(term).as_str(), &wanted)
        });
        if let Some(path) = found {
            self.state.reveal(path);
        }
        true
    }

    /// Selects the term for all panes; a second time clears the selection.
    fn select(&self, selection: &mut Selection) -> Reply {
        let ontology = self.queries.outline().value().and_then(|outline| outline.ontology.as_ref());
        let term = self.state.selected().last().and_then(|term| Some(ontology?.id(*term).clone()));
        selection.term = if selection.term == term { None } else { term };
        Reply::done()
    }

    /// Selects the next group: all cells, the cluster of the selected cell, the marked cells, then all again.
    fn next_group(&self, selection: &mut Selection) -> Reply {
        let clusters = self.queries.clusters().value();
        let cluster = selection.cell.and_then(|cell| clusters?.of_row.get(cell).copied().flatten());
        let marked = (!selection.marked.is_empty()).then_some(Group::Marked);
        selection.group = match &selection.group {
            Group::All => cluster.map(Group::Cluster).or(marked).unwrap_or_default(),
            Group::Cluster(_) => marked.unwrap_or_default(),
            Group::Marked | Group::Box(_) => Group::All,
        };
        Reply::done()
    }

    fn on_search(&mut self, action: Action) -> Reply {
        match action {
            Action::Accept => self.search.is_open = false,
            Action::Back => self.search = Search::default(),
            Action::Down => {
                self.find(Toward::Next);
            }
            Action::Up => {
                self.find(Toward::Previous);
            }
            _ => {}
        }
        Reply::done()
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
