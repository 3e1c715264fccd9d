//! What the table of cells keeps for the next time, and how it takes it up again.

use super::{CellsPane, Chosen, ChosenBy, Expression, Field};
use crate::tui::{
    effect::Effect,
    kept::{Kept, KeptSort},
    selection::Selection,
    widget::table::Sorted,
};

impl CellsPane {
    /// Puts down columns, order and filter.
    pub(super) fn put_down(&self, kept: &mut Kept) {
        kept.export_folder.clone_from(&self.export_folder);
        if self.restoring.is_some() {
            // Not taken up yet: it stays as it was.
            return;
        }
        let chosen = self.chosen.by == ChosenBy::User;
        kept.columns = chosen.then(|| self.chosen.fields.iter().map(Field::name).collect());
        kept.sort = self
            .order
            .sort
            .as_ref()
            .map(|(field, order)| KeptSort { column: field.name(), descending: *order == Sorted::Descending });
        // Neither marks nor comparisons are kept: a filter by them would show nothing the next time.
        let lasts =
            |expression: &Expression| ![Field::Marked, Field::Differs].iter().any(|field| expression.is_about(field));
        let filter = self.order.filter.as_ref().filter(|(_, expression)| lasts(expression));
        kept.filter = filter.map(|(text, _)| text.clone());
    }

    /// Takes up what was kept, once the columns of the file are known. What makes no sense any more is left out, and so is
    /// what the user has chosen anew by then.
    pub(super) fn take_up(&mut self, selection: &Selection) -> Vec<Effect> {
        if self.study.outline().value().is_none() {
            return Vec::new();
        }
        let Some(kept) = self.restoring.take() else { return Vec::new() };
        let known = self.fields();
        let field = |name: &String| {
            known.iter().find(|field| field.name() == *name).cloned().or_else(|| Field::named(name, &known))
        };
        let mut effects = Vec::new();
        let fields: Vec<Field> = kept.columns.iter().flatten().filter_map(field).collect();
        if !fields.is_empty() && self.chosen.by == ChosenBy::Default {
            self.chosen = Chosen { fields, by: ChosenBy::User };
            effects.push(self.read_columns());
        }
        let sort = kept.sort.as_ref().and_then(|sort| Some((field(&sort.column)?, sort.order())));
        self.order.sort = self.order.sort.take().or(sort);
        let filtered = match &kept.filter {
            Some(text) if self.order.filter.is_none() => self.filter(text, selection).ok(),
            Some(_) | None => None,
        };
        effects.extend(filtered.unwrap_or_else(|| self.arrange()));
        effects
    }
}
