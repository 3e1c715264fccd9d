//! Renders a report as one page of HTML without scripts or external resources. The page is also well-formed XML.
//!
//! Text from files and servers is cleaned and escaped, so that it stays text. A content security policy forbids scripts
//! and every request, in case that is not enough.

use std::fmt::{self, Write};

use super::document::{Block, Cell, Column, Report, Row, RowKind, Section, Side, Table};
use crate::domain::{
    text::{clean, clean_lines},
    xml,
};

const STYLE: &str = include_str!("page.css");
/// The policy of the page: styles within it, images as data, and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/// Returns a report as a page of HTML.
pub fn html(report: &Report) -> String {
    let mut page = Page::default();
    page.head(report);
    page.line(format_args!("<main>"));
    report.sections.iter().for_each(|section| page.section(section));
    page.line(format_args!("</main>"));
    page.line(format_args!("<footer>Written by castui {}.</footer>", env!("CARGO_PKG_VERSION")));
    page.line(format_args!("</body>\n</html>"));
    page.0
}

/// Returns a text from a file or a server as text of the page.
fn safe(text: &str) -> String {
    xml::escape(&clean(text))
}

/// A page of HTML that is being written.
#[derive(Default)]
struct Page(String);

impl Page {
    fn line(&mut self, line: fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{line}");
    }

    fn head(&mut self, report: &Report) {
        let title = safe(&report.title);
        self.line(format_args!(
            "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\" xml:lang=\"en\">\n<head>\n\
             <meta charset=\"utf-8\"/>\n<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\"/>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
             <meta name=\"referrer\" content=\"no-referrer\"/>\n\
             <meta name=\"generator\" content=\"castui {}\"/>\n<link rel=\"icon\" href=\"data:,\"/>\n<title>{title}</title>\n\
             <style>\n{STYLE}</style>\n</head>\n<body>",
            env!("CARGO_PKG_VERSION")
        ));
        self.line(format_args!("<header>\n<h1>{title}</h1>\n<p class=\"subtitle\">{}</p>", safe(&report.subtitle)));
        self.facts("highlights", &report.highlights);
        report.notes.iter().for_each(|note| self.line(format_args!("<p class=\"note\">{}</p>", safe(note))));
        self.line(format_args!("<nav aria-label=\"Sections\">\n<ul>"));
        for section in &report.sections {
            self.line(format_args!("<li><a href=\"#{}\">{}</a></li>", safe(&section.id), safe(&section.title)));
        }
        self.line(format_args!("</ul>\n</nav>\n</header>"));
    }

    fn section(&mut self, section: &Section) {
        let (id, title) = (safe(&section.id), safe(&section.title));
        self.line(format_args!("<section id=\"{id}\">\n<h2>{title}</h2>"));
        section.blocks.iter().for_each(|block| self.block(block));
        self.line(format_args!("</section>"));
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Text(text) => self.line(format_args!("<p>{}</p>", safe(text))),
            Block::Facts(facts) => self.facts("facts", facts),
            Block::Table(table) => self.table(table),
            Block::Code(code) => {
                self.line(format_args!("<pre><code>{}</code></pre>", xml::escape(&clean_lines(code))));
            }
            Block::Figure(drawing) => self.line(format_args!(
                "<figure id=\"{}\">\n<div class=\"scroll\">\n{}</div>\n<figcaption>{}</figcaption>\n</figure>",
                safe(&drawing.id),
                drawing.svg,
                safe(&drawing.caption)
            )),
            Block::Citations(citations) => {
                self.line(format_args!("<ol class=\"works\">"));
                for citation in citations {
                    let link = safe(citation.link);
                    self.line(format_args!("<li>{} <a href=\"{link}\">{link}</a></li>", safe(citation.text)));
                }
                self.line(format_args!("</ol>"));
            }
        }
    }

    fn facts(&mut self, class: &str, facts: &[(&'static str, String)]) {
        self.line(format_args!("<dl class=\"{class}\">"));
        for (name, value) in facts {
            // In the list of highlights each pair is one cell of a grid.
            let (start, end) = if class == "highlights" { ("<div>", "</div>") } else { ("", "") };
            self.line(format_args!("{start}<dt>{}</dt><dd>{}</dd>{end}", safe(name), safe(value)));
        }
        self.line(format_args!("</dl>"));
    }

    fn table(&mut self, table: &Table) {
        self.line(format_args!("<div class=\"scroll\">\n<table id=\"{}\">\n<thead><tr>", safe(&table.id)));
        for Column { title, side } in &table.columns {
            self.line(format_args!("<th scope=\"col\"{}>{}</th>", side_class(*side), safe(title)));
        }
        self.line(format_args!("</tr></thead>\n<tbody>"));
        let has_groups = table.rows.iter().any(|row| row.kind == RowKind::First);
        for row in &table.rows {
            self.row(table, row, has_groups);
        }
        self.line(format_args!("</tbody>\n</table>\n</div>"));
    }

    fn row(&mut self, table: &Table, row: &Row, has_groups: bool) {
        let kind = match row.kind {
            RowKind::Usual => "",
            RowKind::First => "first",
            RowKind::NoCall => "nocall",
            RowKind::Inferred => "inferred",
        };
        let classes: Vec<&str> =
            [kind, if has_groups { "grouped" } else { "" }].into_iter().filter(|class| !class.is_empty()).collect();
        let class = if classes.is_empty() { String::new() } else { format!(" class=\"{}\"", classes.join(" ")) };
        let _ = write!(self.0, "<tr{class}>");
        for (place, (cell, column)) in row.cells.iter().zip(&table.columns).enumerate() {
            self.cell(place, cell, column.side);
        }
        self.line(format_args!("</tr>"));
    }

    fn cell(&mut self, place: usize, cell: &Cell, side: Side) {
        let side = side_class(side);
        let shown = safe(&cell.shown());
        let _ = match cell {
            Cell::Empty => write!(self.0, "<td{side}></td>"),
            Cell::Text(_) if place == 0 => write!(self.0, "<th scope=\"row\"{side}>{shown}</th>"),
            Cell::Text(_) => write!(self.0, "<td{side}>{shown}</td>"),
            Cell::Term { id, depth, .. } => {
                let id = if id.is_empty() { String::new() } else { format!("<span class=\"id\">{}</span>", safe(id)) };
                let content = match depth {
                    0 => format!("{shown}{id}"),
                    depth => format!("<div class=\"term\" style=\"--d:{depth}\">{shown}{id}</div>"),
                };
                if place == 0 {
                    write!(self.0, "<th scope=\"row\">{content}</th>")
                } else {
                    write!(self.0, "<td>{content}</td>")
                }
            }
            Cell::Count(count) => write!(self.0, "<td{side}><data value=\"{count}\">{shown}</data></td>"),
            Cell::Inferred(count) => {
                write!(self.0, "<td class=\"n inferred\"><data value=\"{count}\">{shown}</data></td>")
            }
            Cell::Share(share) => {
                let width = format!("{:.2}%", 100.0 * share.clamp(0.0, 1.0));
                write!(
                    self.0,
                    "<td class=\"n share\"><span><i style=\"--w:{width}\"></i><data value=\"{share}\">{shown}</data></span></td>"
                )
            }
            Cell::Score(score) | Cell::Signed(score) | Cell::PValue(score) => {
                write!(self.0, "<td{side}><data value=\"{score}\">{shown}</data></td>")
            }
        };
    }
}

fn side_class(side: Side) -> &'static str {
    match side {
        Side::Left => "",
        Side::Right => " class=\"n\"",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{methods::Citation, report::document::Drawing};

    /// Names that try to leave their place in the page.
    const HOSTILE: [&str; 8] = [
        "<script>alert(1)</script>",
        "\" onload=\"alert(1)\" x=\"",
        "' onmouseover='alert(1)",
        "</title></style><img src=x onerror=alert(1)>",
        "\u{202e}txet\u{2066}\u{200b}",
        "\u{0}\u{1b}[31m\u{85}\u{fffe}",
        "&lt;b&gt; &amp; ]]> <!-- -->",
        "javascript:alert(1)",
    ];

    fn report(name: &str) -> Report {
        let mut table = Table::new("t", [Column::left(name), Column::right("n")]);
        table.row(RowKind::First, [Cell::term(name, name), Cell::Count(1)]);
        table.row(RowKind::Inferred, [Cell::Text(name.to_owned()), Cell::Inferred(2)]);
        table.row(RowKind::NoCall, [Cell::Term { label: name.into(), id: name.into(), depth: 2 }, Cell::Share(0.25)]);
        let drawing =
            Drawing { id: "f".into(), svg: "<svg xmlns=\"http://www.w3.org/2000/svg\"/>".into(), caption: name.into() };
        let blocks = vec![
            Block::Text(name.to_owned()),
            Block::Facts(vec![("fact", name.to_owned())]),
            Block::Table(table),
            Block::Code(name.to_owned()),
            Block::Figure(drawing),
            Block::Citations(vec![Citation { text: "a & b", link: "https://doi.org/10.1/x" }]),
        ];
        Report {
            title: name.to_owned(),
            subtitle: name.to_owned(),
            highlights: vec![("cells", name.to_owned())],
            notes: vec![name.to_owned()],
            sections: vec![Section { id: "s".into(), title: name.to_owned(), blocks }],
        }
    }

    /// Parses a page as XML.
    fn parsed(page: &str) -> roxmltree::Document<'_> {
        let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
        roxmltree::Document::parse_with_options(page, options).unwrap_or_else(|error| panic!("{error}\n{page}"))
    }

    #[test]
    fn hostile_names_stay_text_in_a_well_formed_page() {
        let shape = |page: &str| -> Vec<(String, Vec<String>)> {
            let attributes = |node: roxmltree::Node<'_, '_>| {
                node.attributes().map(|attribute| attribute.name().to_owned()).collect::<Vec<_>>()
            };
            parsed(page)
                .descendants()
                .filter(|node| node.is_element())
                .map(|node| (node.tag_name().name().to_owned(), attributes(node)))
                .collect()
        };
        let plain = shape(&html(&report("a plain name")));
        assert!(plain.iter().all(|(_, attributes)| attributes.iter().all(|name| !name.starts_with("on"))));
        for name in HOSTILE {
            let page = html(&report(name));
            assert_eq!(shape(&page), plain, "{name:?}");
            let expected = clean(name).replace(['\u{0}', '\u{fffe}'], "\u{fffd}");
            let document = parsed(&page);
            let texts = document.descendants().filter(|node| node.is_text()).filter_map(|node| node.text());
            assert_eq!(texts.filter(|text| *text == expected).count(), 17, "{name:?}: {page}");
        }
    }

    #[test]
    fn the_page_requests_nothing() {
        let page = html(&report("x"));
        let document = parsed(&page);
        for node in document.descendants().filter(|node| node.is_element()) {
            for attribute in node.attributes() {
                let is_request =
                    matches!(attribute.name(), "src" | "srcset" | "data" | "poster" | "action" | "background");
                assert!(!is_request, "{node:?}");
                let is_link = node.tag_name().name() == "a";
                if attribute.name() == "href" && !is_link {
                    assert_eq!(attribute.value(), "data:,");
                }
            }
        }
        assert!(!STYLE.contains("url(") && !STYLE.contains("@import") && !STYLE.contains(['<', '&']));
        let elsewhere = page.replace("xmlns=\"http://", "").replace("https://doi.org/10.1/x", "");
        assert!(!elsewhere.contains("http:") && !elsewhere.contains("https:") && !elsewhere.contains("//www"));
    }

    #[test]
    fn numbers_have_their_exact_value() {
        let page = html(&report("x"));
        assert!(page.contains("<data value=\"0.25\">25.0 %</data>"), "{page}");
        assert!(page.contains("<td class=\"n inferred\"><data value=\"2\">~2</data></td>"), "{page}");
    }
}
