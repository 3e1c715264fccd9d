//! Copyable texts about the selected cell.

use super::{CellsPane, Field, draw};
use crate::{
    domain::text::clean,
    results::NO_CALL,
    tui::{overlay::copy_menu::CopyItem, query::Outline, selection::Selection},
};

impl CellsPane {
    /// Returns the copyable texts about the selected cell: its name, its call, its row of the table.
    pub(super) fn copy_items(&self, selection: &Selection) -> Vec<CopyItem> {
        let (Some(cell), Some(outline)) = (selection.cell, self.queries.outline().value()) else { return Vec::new() };
        let mut items = vec![CopyItem::new("cell", self.name(outline, cell))];
        if let Some((label, _)) = self.call(cell, 0) {
            items.push(CopyItem::new("call", self.marked(cell, label)));
        }
        if let Some(id) = self.called_term(cell, outline) {
            items.push(CopyItem::new("term id of the call", id));
        }
        let fields = &self.chosen.fields;
        let row: Vec<String> = fields.iter().map(|field| self.plain(field, cell, outline)).collect();
        let titles: Vec<String> = fields.iter().map(|field| clean(&field.name()).into_owned()).collect();
        let row = row.join("\t");
        items.push(CopyItem::lines("row, tab-separated", row.as_str()));
        items.push(CopyItem::lines("row with its header", format!("{}\n{row}", titles.join("\t"))));
        items
    }

    /// Returns the label of a call, which says that an inferred call is inferred.
    fn marked(&self, cell: usize, label: &str) -> String {
        if self.queries.is_inferred(cell) { format!("{label} (inferred)") } else { label.to_owned() }
    }

    fn called_term(&self, cell: usize, outline: &Outline) -> Option<String> {
        let calls = self.queries.calls().value()?;
        let call = (cell < calls.table.len()).then(|| calls.table.called(cell, 0))??;
        Some(outline.ontology.as_ref()?.id(call.term).to_string())
    }

    /// Returns the value of a column for a cell, with numbers in full and names uncut.
    fn plain(&self, field: &Field, cell: usize, outline: &Outline) -> String {
        let text = match field {
            Field::Row => self.row_in_file(outline, cell).to_string(),
            Field::Name => self.name(outline, cell).to_owned(),
            Field::Call(0) if self.has_no_call(cell) => NO_CALL.to_owned(),
            Field::Call(rank) => self.call(cell, *rank).map_or_else(String::new, |(label, _)| self.marked(cell, label)),
            Field::Score(rank) => self.call(cell, *rank).map_or_else(String::new, |(_, score)| score.to_string()),
            Field::Share => self.call(cell, 0).map_or_else(String::new, |(_, share)| share.to_string()),
            Field::Flags => draw::flag_letters(self, cell),
            Field::Source => draw::source(self, cell).to_owned(),
            Field::Marked | Field::Differs | Field::AnyObs => String::new(),
            Field::Gene(gene) => {
                let values = self.queries.genes().values(gene.column).filter(|values| cell < values.cells());
                values.map_or_else(String::new, |values| values.get(cell).to_string())
            }
            Field::Obs(name) => draw::values(self, name).and_then(|column| column.text(cell)).unwrap_or_default(),
        };
        clean(&text).into_owned()
    }
}
