//! Renders a report as Markdown. Text from files cannot break a table and is never read as markup. Figures are left out.

use std::fmt::{self, Write};

use super::document::{Block, Cell, Report, Section, Side, Table};
use crate::domain::text;

/// Returns a report as a page of Markdown.
pub fn markdown(report: &Report) -> String {
    let mut page = Page::default();
    page.line(format_args!("# {}\n", plain(&report.title)));
    page.line(format_args!("{}\n", plain(&report.subtitle)));
    page.facts(&report.highlights);
    report.notes.iter().for_each(|note| page.line(format_args!("\n**Note:** {}", plain(note))));
    report.sections.iter().for_each(|section| page.section(section));
    page.0
}

/// A page of Markdown that is being written.
#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, line: fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{line}");
    }

    fn section(&mut self, section: &Section) {
        let is_shown = |block: &Block| !matches!(block, Block::Figure(_));
        if !section.blocks.iter().any(is_shown) {
            return;
        }
        self.line(format_args!("\n## {}", plain(&section.title)));
        for block in section.blocks.iter().filter(|block| is_shown(block)) {
            self.line(format_args!(""));
            self.block(block);
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Text(text) => self.line(format_args!("{}", plain(text))),
            Block::Facts(facts) => self.facts(facts),
            Block::Table(table) => self.table(table),
            Block::Code(code) => self.code_block("sh", code),
            Block::Figure(_) => {}
            Block::Citations(citations) => {
                citations
                    .iter()
                    .for_each(|citation| self.line(format_args!("- {} <{}>", citation.text, citation.link)));
            }
        }
    }

    fn facts(&mut self, facts: &[(&'static str, String)]) {
        self.line(format_args!("|  |  |\n|---|---|"));
        facts.iter().for_each(|(name, value)| self.line(format_args!("| {name} | {} |", plain(value))));
    }

    fn table(&mut self, table: &Table) {
        let titles: Vec<String> = table.columns.iter().map(|column| plain(&column.title)).collect();
        self.line(format_args!("| {} |", titles.join(" | ")));
        let side = |side: Side| match side {
            Side::Left => "---",
            Side::Right => "--:",
        };
        let sides: Vec<&str> = table.columns.iter().map(|column| side(column.side)).collect();
        self.line(format_args!("|{}|", sides.join("|")));
        for row in table.rows.iter().take(table.brief) {
            let cells: Vec<String> = row.cells.iter().map(cell).collect();
            self.line(format_args!("| {} |", cells.join(" | ")));
        }
        if let Some(more) = table.rows.len().checked_sub(table.brief).filter(|more| *more > 0) {
            self.line(format_args!("\nand {more} more."));
        }
    }

    /// Adds a block of code, between fences that the code cannot close.
    fn code_block(&mut self, language: &str, code: &str) {
        let code = text::clean_lines(code);
        let fence = "`".repeat(longest_run(&code).max(2) + 1);
        self.line(format_args!("{fence}{language}\n{code}\n{fence}"));
    }
}

/// Returns the text of a cell.
fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Term { label, id, depth } => {
            let indent = "\u{2003}".repeat(*depth);
            let id = if id.is_empty() { String::new() } else { format!(" ({})", plain(id)) };
            format!("{indent}{}{id}", plain(label))
        }
        Cell::Empty | Cell::Text(_) | Cell::Count(_) | Cell::Inferred(_) | Cell::Share(_) => plain(&cell.shown()),
        Cell::Score(_) | Cell::Signed(_) | Cell::PValue(_) => plain(&cell.shown()),
    }
}

/// Returns the length of the longest run of backticks in a text.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Returns text that cannot break a table and cannot be read as markup. A tilde is markup only in pairs, so the single mark
/// of an inferred cell stays as it is.
fn plain(text: &str) -> String {
    let mut safe = String::new();
    let cleaned = text::clean(text);
    let mut before = ' ';
    for c in cleaned.chars() {
        if matches!(c, '|' | '`' | '*' | '_' | '<' | '[' | '\\') || (c == '~' && before == '~') {
            safe.push('\\');
        }
        safe.push(c);
        before = c;
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::report::document::{Column, RowKind};

    #[test]
    fn hostile_text_breaks_neither_tables_nor_code() {
        let mut table = Table::new("t", [Column::left("a|b"), Column::right("n")]);
        table.row(RowKind::Usual, [Cell::Text("x|y`z`<b>~~".into()), Cell::Count(1234)]);
        let blocks = vec![Block::Table(table), Block::Code("echo ```".into())];
        let section = Section { id: "s".into(), title: "*s*".into(), blocks };
        let page = markdown(&Report { title: "_t_".into(), sections: vec![section], ..Report::default() });
        assert!(page.starts_with("# \\_t\\_\n"), "{page}");
        assert!(
            page.contains("\n## \\*s\\*\n\n| a\\|b | n |\n|---|--:|\n| x\\|y\\`z\\`\\<b>~\\~ | 1,234 |\n"),
            "{page}"
        );
        assert!(page.ends_with("\n````sh\necho ```\n````\n"), "{page}");
    }

    #[test]
    fn a_long_table_is_cut_and_the_rest_is_counted() {
        let mut table = Table { brief: 2, ..Table::new("t", [Column::right("n")]) };
        (0..5).for_each(|number| table.row(RowKind::Usual, [Cell::Count(number)]));
        let section = Section { id: "s".into(), title: "s".into(), blocks: vec![Block::Table(table)] };
        let page = markdown(&Report { sections: vec![section], ..Report::default() });
        assert!(page.ends_with("| 0 |\n| 1 |\n\nand 3 more.\n"), "{page}");
    }
}
