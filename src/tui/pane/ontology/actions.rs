//! Actions on the shown part, the search, the selected term and the group.

use super::{OntologyPane, part::Part};
use crate::{
    domain::TermId,
    tui::{
        action::Action,
        effect::Effect,
        pane::{
            Reply,
            cells::cell_data::contains,
            term_tree::{self, Toward},
        },
        selection::{Group, Selection},
        widget::TextInput,
    },
};

/// The search for terms, and whether the user types.
#[derive(Debug, Default)]
pub(super) struct Search {
    pub(super) input: TextInput,
    pub(super) is_open: bool,
}

impl OntologyPane {
    /// Returns the term under the cursor.
    pub(super) fn term(&self) -> Option<TermId> {
        let ontology = self.queries.outline().value()?.ontology.as_ref()?;
        Some(ontology.id(*self.state.selected().last()?).clone())
    }

    /// Performs an action on the shown part.
    pub(super) fn on_part(&mut self, action: Action) -> Reply {
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

    pub(super) fn find(&mut self, toward: Toward) -> bool {
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
    pub(super) fn select(&self, selection: &mut Selection) -> Reply {
        let ontology = self.queries.outline().value().and_then(|outline| outline.ontology.as_ref());
        let term = self.state.selected().last().and_then(|term| Some(ontology?.id(*term).clone()));
        selection.term = if selection.term == term { None } else { term };
        Reply::done()
    }

    /// Selects the next group: all cells, the cluster of the selected cell, the marked cells, then all again.
    pub(super) fn next_group(&self, selection: &mut Selection) -> Reply {
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

    pub(super) fn on_search(&mut self, action: Action) -> Reply {
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
