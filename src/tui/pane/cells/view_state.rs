//! The view state of the cells table: saving and restoring.

use super::{CellsPane, Chosen, ChosenBy, Expression, Field};
use crate::tui::{
    effect::Effect,
    selection::Selection,
    view_state::{SavedSort, ViewState},
    widget::table::Sorted,
};

impl CellsPane {
    /// Saves columns, order and filter.
    pub(super) fn save_view_state(&self, view_state: &mut ViewState) {
        view_state.export_folder.clone_from(&self.export_folder);
        if self.restoring.is_some() {
            // The state is not restored yet, so it remains unchanged.
            return;
        }
        let chosen = self.chosen.by == ChosenBy::User;
        view_state.columns = chosen.then(|| self.chosen.fields.iter().map(Field::stored_name).collect());
        view_state.sort = self
            .order
            .sort
            .as_ref()
            .map(|(field, order)| SavedSort { column: field.stored_name(), descending: *order == Sorted::Descending });
        // Marks and comparisons are not saved, so a filter by them would match nothing in the next session.
        let lasts =
            |expression: &Expression| ![Field::Marked, Field::Differs].iter().any(|field| expression.is_about(field));
        let filter = self.order.filter.as_ref().filter(|(_, expression)| lasts(expression));
        view_state.filter = filter.map(|(text, _)| text.clone());
    }

    /// Restores the view state once the columns of the file are known. Skips parts that are no longer valid, or that
    /// the user has since changed.
    pub(super) fn restore_view_state(&mut self, selection: &Selection) -> Vec<Effect> {
        if self.queries.outline().value().is_none() {
            return Vec::new();
        }
        let Some(view_state) = self.restoring.take() else { return Vec::new() };
        let known = self.fields();
        let field = |name: &String| Field::stored(name, &known);
        let mut effects = Vec::new();
        let fields: Vec<Field> = view_state.columns.iter().flatten().filter_map(field).collect();
        if !fields.is_empty() && self.chosen.by == ChosenBy::Default {
            self.chosen = Chosen { fields, by: ChosenBy::User };
            effects.push(self.read_columns());
        }
        let sort = view_state.sort.as_ref().and_then(|sort| Some((field(&sort.column)?, sort.order())));
        self.order.sort = self.order.sort.take().or(sort);
        let filtered = match &view_state.filter {
            Some(text) if self.order.filter.is_none() => self.filter(text, selection).ok(),
            Some(_) | None => None,
        };
        effects.extend(filtered.unwrap_or_else(|| self.arrange()));
        effects
    }
}
