//! What the table of cells is filtered and sorted by, and what that asks for.

use super::{
    CellsPane, Entry, Field,
    arrange::{Arrange, Known},
    expression::{self, Fault},
};
use crate::{
    results::CellSet,
    tui::{
        effect::Effect,
        pane::Reply,
        selection::Selection,
        widget::{TextInput, table::Sorted},
    },
};

impl CellsPane {
    /// Asks for the rows anew, if they are not simply all.
    pub(super) fn arrange(&mut self) -> Vec<Effect> {
        if self.order.filter.is_none() && self.order.sort.is_none() {
            self.rows.forget();
            return self.find().into_iter().collect();
        }
        let known = Known {
            calls: self.study.calls().value().cloned(),
            labels: self.study.labels().value().cloned(),
            flags: self.flags.value().cloned(),
            marked: self.order.marked.clone(),
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

    /// Reads a filter and applies it; an empty one shows all again.
    pub(super) fn filter(&mut self, text: &str, selection: &Selection) -> Result<Vec<Effect>, Fault> {
        self.order.marked = Some(CellSet::of(selection.marked.iter().copied()));
        if text.trim().is_empty() {
            self.order.filter = None;
            return Ok(self.arrange());
        }
        let fields = self.fields();
        let expression = expression::parse(text, &|name| Field::named(name, &fields))?;
        self.order.filter = Some((text.to_owned(), expression));
        Ok(self.arrange())
    }

    /// Shows only cells with the same call and of the same cluster.
    pub(super) fn same_as(&mut self, selection: &Selection) -> Reply {
        let Some(cell) = selection.cell else { return Reply::done() };
        let mut parts = Vec::new();
        if let Some((label, _)) = self.call(cell, 0) {
            parts.push(format!("call_1={}", expression::quoted(label)));
        }
        if let (Some(clusters), Some(column)) = (self.study.clusters().value(), &selection.cluster_column)
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

    pub(super) fn is_filtered(&self) -> bool {
        self.order.filter.is_some()
    }
}
