//! The filter and the order of the cells table, and the queries that they need.

use super::{
    CellsPane, Entry, Field,
    cell_data::CellData,
    elsewhere::Elsewhere,
    expression::{self, Fault},
    filter_sort::Arrange,
    vocabulary::RunVocabulary,
};
use crate::{
    results::{CellSet, NO_CALL},
    tui::{
        effect::Effect,
        pane::Reply,
        selection::Selection,
        widget::{TextInput, table::Sorted},
    },
};

impl CellsPane {
    /// Asks for the rows again, unless all are shown in the file's order.
    pub(super) fn arrange(&mut self) -> Vec<Effect> {
        if self.order.filter.is_none() && self.order.sort.is_none() {
            self.rows.forget();
            return self.find().into_iter().collect();
        }
        let known = CellData {
            calls: self.queries.calls().value().cloned(),
            inferred: self.queries.inferred().value().cloned(),
            labels: self.queries.labels().value().cloned(),
            flags: self.queries.flags().value().cloned(),
            genes: self.queries.genes().known().clone(),
            marked: self.order.marked.clone(),
            differing: self.order.differing.clone(),
        };
        let filter = self.order.filter.as_ref().map(|(_, expression)| expression.clone());
        vec![self.rows.ask(Arrange { filter, sort: self.order.sort.clone(), known })]
    }

    pub(super) fn reverse(&mut self) -> Reply {
        let Some((_, order)) = &mut self.order.sort else { return self.open_sort() };
        *order = match order {
            Sorted::Ascending => Sorted::Descending,
            Sorted::Descending => Sorted::Ascending,
        };
        Reply::Done(self.arrange())
    }

    /// Parses a filter and applies it; an empty filter shows all cells.
    pub(super) fn filter(&mut self, text: &str, selection: &Selection) -> Result<Vec<Effect>, Fault> {
        if text.trim().is_empty() {
            self.order.filter = None;
            return Ok(self.arrange());
        }
        let vocabulary =
            RunVocabulary { fields: self.fields(), outline: self.queries.outline().value().map(AsRef::as_ref) };
        let expression = expression::parse(text, &vocabulary)?;
        self.order.filter = Some((text.to_owned(), expression));
        self.take_sets(selection);
        Ok(self.arrange())
    }

    /// Stores the sets of cells that the filter uses, and returns whether one has changed.
    pub(super) fn take_sets(&mut self, selection: &Selection) -> bool {
        let filter = self.order.filter.as_ref().map(|(_, expression)| expression);
        let is_about = |field| filter.is_some_and(|filter| filter.is_about(&field));
        let marked = is_about(Field::Marked).then(|| CellSet::of(selection.marked.iter().copied()));
        let differing = is_about(Field::Differs).then(|| CellSet::Rows(selection.differing.clone()));
        let changed = marked != self.order.marked || differing != self.order.differing;
        (self.order.marked, self.order.differing) = (marked, differing);
        changed
    }

    /// Shows exactly the cells chosen in a comparison with another run.
    pub fn show_differing(&mut self, selection: &Selection) -> Vec<Effect> {
        // Proof: the filter names no column of the file and no cell type, so it is valid in every run.
        self.filter("differs=yes", selection).unwrap_or_default()
    }

    /// Shows the cells of a filter that another pane wrote, or the filter with its fault.
    pub fn show_filtered(&mut self, text: &str, selection: &Selection) -> Vec<Effect> {
        self.entry = Entry::Nothing;
        self.filter(text, selection).unwrap_or_else(|fault| {
            self.entry = Entry::Filter(TextInput::with(text), Some(fault));
            Vec::new()
        })
    }

    /// Shows only cells with the same call and in the same cluster.
    pub(super) fn same_as(&mut self, selection: &Selection) -> Reply {
        let Some(cell) = selection.cell else { return Reply::done() };
        let mut parts = Vec::new();
        if let Some((label, _)) = self.call(cell, 0) {
            parts.push(format!("call_1={}", expression::quoted(label)));
        } else if self.has_no_call(cell) {
            parts.push(format!("call_1={}", expression::quoted(NO_CALL)));
        }
        if self.queries.is_inferred(cell) {
            parts.push("source=inferred".to_owned());
        }
        if let (Some(clusters), Some(column)) = (self.queries.clusters().value(), &selection.cluster_column)
            && let Some(cluster) = clusters.of_row.get(cell).copied().flatten()
        {
            let label = &clusters.clusters[cluster as usize].label;
            parts.push(format!("{}={}", expression::quoted(column), expression::quoted(label)));
        }
        let text = parts.join(" and ");
        match self.filter(&text, selection) {
            Ok(effects) => Reply::Done(effects),
            Err(fault) => {
                self.entry = Entry::Filter(TextInput::with(text), Some(fault));
                Reply::done()
            }
        }
    }

    /// Returns the texts of the filter that are in no call but in another column.
    pub(super) fn elsewhere(&self) -> &[Elsewhere] {
        self.rows.value().map_or(&[], |arranged| &arranged.elsewhere)
    }

    pub(super) fn is_filtered(&self) -> bool {
        self.order.filter.is_some()
    }
}
