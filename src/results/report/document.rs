//! The content of a report: sections of text, tables and figures. Every number is formatted here, so that the renderers
//! cannot differ in any.

use crate::{
    domain::number::grouped,
    results::{NO_CALL, methods::Citation},
};

/// The p value below which numbers of 64 bits lose digits.
const LEAST_P: f64 = 1e-300;

/// A report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The title.
    pub title: String,
    /// The subject under the title: model, service and date.
    pub subtitle: String,
    /// The main numbers, as names and values.
    pub highlights: Vec<(&'static str, String)>,
    /// Remarks that readers must not miss.
    pub notes: Vec<String>,
    /// The sections, in order.
    pub sections: Vec<Section>,
}

/// A section of a report.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// The name by which the section is linked: lower-case letters, digits and hyphens.
    pub id: String,
    /// The title.
    pub title: String,
    /// The content, in order.
    pub blocks: Vec<Block>,
}

/// A part of a section.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A paragraph.
    Text(String),
    /// Names and values.
    Facts(Vec<(&'static str, String)>),
    /// A table.
    Table(Table),
    /// A command for a shell.
    Code(String),
    /// A figure.
    Figure(Drawing),
    /// Works to cite.
    Citations(Vec<Citation>),
}

/// A figure, which only some renderers show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// The name of the figure, for links.
    pub id: String,
    /// An SVG element.
    pub svg: String,
    /// The caption.
    pub caption: String,
}

/// A table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// The name by which the table is found in the page.
    pub id: String,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Row>,
    /// The number of rows in a short rendering.
    pub brief: usize,
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The title.
    pub title: String,
    /// The alignment.
    pub side: Side,
}

/// The alignment of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Text starts at the left.
    Left,
    /// Numbers end at the right.
    Right,
}

/// A row of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// The cells, one for each column.
    pub cells: Vec<Cell>,
    /// The kind of the row.
    pub kind: RowKind,
}

/// The kind of a row, which decides its look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RowKind {
    /// An ordinary row.
    #[default]
    Usual,
    /// The first row of a group.
    First,
    /// Cells without a call.
    NoCall,
    /// Inferred calls only.
    Inferred,
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A cell type at a depth in a tree.
    Term {
        /// The label.
        label: String,
        /// The ID; empty if it is not known.
        id: String,
        /// The depth; 0 outside of trees.
        depth: usize,
    },
    /// A number of cells.
    Count(usize),
    /// A number of inferred cells.
    Inferred(usize),
    /// A share of cells, from 0 to 1.
    Share(f64),
    /// A score or a measure.
    Score(f64),
    /// A number of any sign, such as a log fold change.
    Signed(f64),
    /// A p value.
    PValue(f64),
}

impl Section {
    /// Creates an empty section.
    pub fn new(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self { id: id.into(), title: title.into(), blocks: Vec::new() }
    }

    /// Adds a paragraph.
    pub fn text(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Text(text.into()));
    }
}

impl Table {
    /// Creates a table without rows, all of whose rows are rendered everywhere.
    pub fn new(id: impl Into<String>, columns: impl IntoIterator<Item = Column>) -> Self {
        Self { id: id.into(), columns: columns.into_iter().collect(), rows: Vec::new(), brief: usize::MAX }
    }

    /// Adds a row.
    pub fn row(&mut self, kind: RowKind, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(Row { cells: cells.into_iter().collect(), kind });
    }
}

impl Column {
    /// Creates a column of text.
    pub fn left(title: impl Into<String>) -> Self {
        Self { title: title.into(), side: Side::Left }
    }

    /// Creates a column of numbers.
    pub fn right(title: impl Into<String>) -> Self {
        Self { title: title.into(), side: Side::Right }
    }
}

impl Cell {
    /// Creates a cell type outside of trees.
    pub fn term(label: impl Into<String>, id: impl ToString) -> Self {
        Self::Term { label: label.into(), id: id.to_string(), depth: 0 }
    }

    /// Creates the text for cells without a call.
    pub fn no_call() -> Self {
        Self::Text(NO_CALL.to_owned())
    }

    /// Creates the share of some cells in others; nothing if there are no others.
    pub fn share(part: usize, whole: usize) -> Self {
        if whole == 0 { Self::Empty } else { Self::Share(part as f64 / whole as f64) }
    }

    /// Creates a score; nothing for NaN.
    pub fn score(score: f64) -> Self {
        if score.is_nan() { Self::Empty } else { Self::Score(score) }
    }

    /// Returns the text of the cell as every renderer shows it. Inferred cells have a mark. IDs and depths are left to the
    /// renderers.
    pub fn shown(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) | Self::Term { label: text, .. } => text.clone(),
            Self::Count(count) => count_text(*count),
            Self::Inferred(count) => format!("~{}", count_text(*count)),
            Self::Share(share) => percent(*share),
            Self::Score(score) => format!("{score:.3}"),
            Self::Signed(number) => format!("{number:.2}"),
            Self::PValue(p) => p_value(*p),
        }
    }
}

/// Returns a p value with two significant digits.
fn p_value(p: f64) -> String {
    match p {
        0.0..LEAST_P => format!("<{LEAST_P:e}"),
        0.001.. => format!("{p:.3}"),
        _ => format!("{p:.1e}"),
    }
}

/// Returns a count with thousands separators.
pub fn count_text(count: usize) -> String {
    grouped(count as u64)
}

/// Returns a share as a percentage.
pub fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_format() {
        let shown = |cell: Cell| cell.shown();
        assert_eq!(shown(Cell::Count(11_212)), "11,212");
        assert_eq!(shown(Cell::Inferred(1_000)), "~1,000");
        assert_eq!(shown(Cell::share(152, 221)), "68.8 %");
        assert_eq!(shown(Cell::share(0, 0)), "");
        assert_eq!(shown(Cell::score(0.123_46)), "0.123");
        assert_eq!(shown(Cell::score(f64::NAN)), "");
        assert_eq!([1.234, -0.5].map(|number| shown(Cell::Signed(number))), ["1.23", "-0.50"]);
        let values = [1.0, 0.049_6, 0.001, 0.000_949, 3.21e-40, 1e-300, 4e-310, 0.0];
        let expected = ["1.000", "0.050", "0.001", "9.5e-4", "3.2e-40", "1.0e-300", "<1e-300", "<1e-300"];
        assert_eq!(values.map(|p| shown(Cell::PValue(p))), expected);
    }
}
