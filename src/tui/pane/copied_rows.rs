//! Copyable texts about the rows of a small table. In: a header and rows of values. Out: items of the copy menu.

use crate::{domain::text::clean, tui::overlay::copy_menu::CopyItem};

/// A table whose rows can be copied.
pub(super) struct CopiedRows<'a> {
    /// The heading of the first column.
    pub(super) name: &'static str,
    pub(super) header: Vec<&'a str>,
    pub(super) rows: Vec<Vec<String>>,
}

impl CopiedRows<'_> {
    /// Returns the texts about a row: its name, its values, and the whole table.
    pub(super) fn items(&self, at: usize) -> Vec<CopyItem> {
        let Some(name) = self.rows.get(at).and_then(|row| row.first()) else { return Vec::new() };
        let header = line(self.header.iter().copied());
        let lines: Vec<String> = self.rows.iter().map(|row| line(row.iter().map(String::as_str))).collect();
        vec![
            CopyItem::new(self.name, clean(name)),
            CopyItem::lines("its row with the header", format!("{header}\n{}", lines[at])),
            CopyItem::lines("all rows with the header", format!("{header}\n{}", lines.join("\n"))),
        ]
    }
}

/// Returns values as a line with tabs.
fn line<'a>(values: impl Iterator<Item = &'a str>) -> String {
    let values: Vec<_> = values.map(clean).collect();
    values.join("\t")
}
