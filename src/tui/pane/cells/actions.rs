//! The effects of actions and selections on the cells table: the cursor, marks, and the columns that follow the selection.

use std::sync::Arc;

use super::{CellsPane, ChosenBy, Field, cell_data::CellData, find::Find, listing::Listing};
use crate::tui::{
    action::Action,
    effect::Effect,
    pane::{Reply, columns::ReadColumns},
    selection::Selection,
};

impl CellsPane {
    /// Selects the next search hit in a direction, with wrap-around.
    pub(super) fn next_found(&mut self, forward: bool, selection: &mut Selection) -> Reply {
        if self.found.is_asked() {
            // The last answer is about another list.
            return Reply::done();
        }
        let Some(found) = self.found.value().filter(|found| !found.is_empty()) else { return Reply::Pass };
        let listing = self.listing();
        let at = selection.cell.and_then(|cell| listing.place_of(cell)).unwrap_or(0) as u32;
        let place = match forward {
            true => found[found.partition_point(|place| *place <= at) % found.len()],
            false => found[(found.partition_point(|place| *place < at) + found.len() - 1) % found.len()],
        };
        selection.cell = listing.cell_at(place as usize).or(selection.cell);
        Reply::done()
    }

    /// Searches the current list for the text of the last search.
    pub(super) fn find(&mut self) -> Option<Effect> {
        let Some(text) = self.searched.clone() else {
            self.found.forget();
            return None;
        };
        let known = CellData {
            calls: self.queries.calls().value().cloned(),
            inferred: self.queries.inferred().value().cloned(),
            labels: self.queries.labels().value().cloned(),
            ..CellData::default()
        };
        let rows = match self.listing() {
            Listing::All(_) => None,
            Listing::Rows(rows) => Some(rows),
        };
        Some(self.found.ask(Find { text, rows, known }))
    }

    pub(super) fn mark(&mut self, selection: &mut Selection) -> Reply {
        let Some(cell) = selection.cell else { return Reply::done() };
        if self.queries.is_inferred(cell) {
            return Effect::hint("Inferred cells cannot be marked: groups have annotated cells only.").into();
        }
        if !selection.marked.remove(&cell) {
            selection.marked.insert(cell);
        }
        self.step(Action::Down, selection)
    }

    pub(super) fn step(&mut self, action: Action, selection: &mut Selection) -> Reply {
        let listing = self.listing();
        let from = selection.cell.and_then(|cell| listing.place_of(cell)).unwrap_or(0);
        let Some(place) = self.page.moved(from, action, listing.len()) else { return Reply::Pass };
        selection.cell = listing.cell_at(place).or(selection.cell);
        Reply::done()
    }

    pub(super) fn read_columns(&mut self) -> Effect {
        let named = |field: &Field| match field {
            Field::Obs(name) => Some(name.clone()),
            Field::Row
            | Field::Name
            | Field::Call(_)
            | Field::Score(_)
            | Field::Share
            | Field::Flags
            | Field::Source
            | Field::Marked
            | Field::Differs
            | Field::AnyObs
            | Field::Gene(_) => None,
        };
        self.columns.ask(ReadColumns(self.chosen.fields.iter().filter_map(named).collect()))
    }

    /// Shows new genes beside the first call, and removes those that are no longer chosen.
    pub(super) fn show_genes(&mut self, selection: &Selection) {
        if Arc::ptr_eq(&self.genes, &selection.genes) {
            return;
        }
        let before = std::mem::replace(&mut self.genes, selection.genes.clone());
        self.chosen.fields.retain(|field| !matches!(field, Field::Gene(gene) if !selection.genes.contains(gene)));
        for gene in selection.genes.iter().filter(|gene| !before.contains(gene)) {
            let is_before = |field: &Field| matches!(field, Field::Gene(_) | Field::Score(0) | Field::Share);
            let last = self.chosen.fields.iter().rposition(is_before).unwrap_or(0);
            self.chosen.fields.insert((last + 1).min(self.chosen.fields.len()), Field::Gene(gene.clone()));
        }
    }

    /// Shows the cluster column beside the first call, unless the user chose the columns.
    pub(super) fn show_clusters(&mut self, selection: &Selection) -> Option<Effect> {
        let field = Field::Obs(selection.cluster_column.clone()?);
        if self.chosen.by == ChosenBy::User || self.chosen.fields.contains(&field) {
            return None;
        }
        self.chosen.fields.retain(|shown| !matches!(shown, Field::Obs(_)));
        let place = self.chosen.fields.iter().position(|shown| *shown == Field::Flags);
        self.chosen.fields.insert(place.unwrap_or(self.chosen.fields.len()), field);
        Some(self.read_columns())
    }
}
