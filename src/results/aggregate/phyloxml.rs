//! PhyloXML output of a rooted tree.

use std::fmt::Write;

use super::TreeNode;
use crate::{
    domain::{Ontology, xml::escape},
    results::number::PythonFloat,
};

const HEADER: &str = concat!(
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
    "<phyloxml xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" ",
    "xsi:schemaLocation=\"http://www.phyloxml.org http://www.phyloxml.org/1.00/phyloxml.xsd\" ",
    "xmlns=\"http://www.phyloxml.org\">\n",
    "<phylogeny rooted=\"true\">\n",
);
const FOOTER: &str = "</phylogeny>\n</phyloxml>\n";
/// Spaces per level, the official function's default.
const INDENT: usize = 3;

/// Returns a tree as PhyloXML: the text of the official `generate_phyloxml_from_scored_cell_ontology_tree`, except
/// that `&`, `<`, `>` and `"` in labels and in the name are escaped. The official function does not escape them.
pub fn phyloxml(tree: &TreeNode, name: &str, ontology: &Ontology) -> String {
    let mut text = format!("{HEADER}{:INDENT$}<name>{}</name>\n", "", escape(name));
    clade(&mut text, tree, ontology, 1);
    text.push_str(FOOTER);
    text
}

fn clade(text: &mut String, node: &TreeNode, ontology: &Ontology, level: usize) {
    let outer = " ".repeat(INDENT * level);
    let inner = " ".repeat(INDENT * (level + 1));
    let mut line = |indent: &str, content: std::fmt::Arguments<'_>| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{indent}{content}");
    };
    line(&outer, format_args!("<clade>"));
    line(&inner, format_args!("<name>{}</name>", escape(ontology.id(node.term).as_str())));
    if level > 1 {
        line(&inner, format_args!("<branch_length>1.0</branch_length>"));
    }
    let mut property = |kind: &str, name: &str, value: &str| {
        line(
            &inner,
            format_args!(r#"<property datatype="xsd:{kind}" ref="CAS:{name}" applies_to="clade">{value}</property>"#),
        );
    };
    property("string", "cl_label", &escape(ontology.label(node.term)));
    property("float", "score", &PythonFloat(node.score).to_string());
    property("float", "fraction", &PythonFloat(node.fraction).to_string());
    for child in &node.children {
        clade(text, child, ontology, level + 1);
    }
    text.push_str(&outer);
    text.push_str("</clade>\n");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{TermId, TermIndex};

    /// Returns the name and the label that an XML parser reads from the tree of one term.
    fn parsed(name: &str, label: &str) -> (String, String) {
        let terms = vec![(TermId::from(TermId::CELL), label.to_owned(), Vec::new())];
        let ontology = Ontology::from_parents(terms, &TermId::from(TermId::CELL));
        let root = TreeNode { term: TermIndex(0), score: 0.5, fraction: 1.0, children: Vec::new() };
        let text = phyloxml(&root, name, &ontology);
        let document = roxmltree::Document::parse(&text).unwrap_or_else(|error| panic!("{error}: {text:?}"));
        let text_of = |wanted: &dyn Fn(&roxmltree::Node<'_, '_>) -> bool| {
            document.descendants().find(wanted).unwrap().text().unwrap_or_default().to_owned()
        };
        let is_label = |node: &roxmltree::Node<'_, '_>| node.attribute("ref") == Some("CAS:cl_label");
        (text_of(&|node| node.tag_name().name() == "name"), text_of(&is_label))
    }

    #[test]
    fn a_hostile_label_is_text_and_the_document_is_well_formed() {
        let hostile = "\x1b]52;c;cHdu\x07<![CDATA[]]> & </clade>\r\n\u{0}\u{FFFE}\u{FFFF}\"'";
        let expected = "\u{FFFD}]52;c;cHdu\u{FFFD}<![CDATA[]]> & </clade>\r\n\u{FFFD}\u{FFFD}\u{FFFD}\"'";
        assert_eq!(parsed(hostile, hostile), (expected.to_owned(), expected.to_owned()));
    }

    proptest! {
        #[test]
        fn a_parser_reads_every_label_back(label in prop::collection::vec(any::<char>(), 1..40)) {
            let label: String = label.into_iter().collect();
            let is_allowed = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{7f}'..='\u{9f}');
            let is_allowed = |c: char| is_allowed(c) && !matches!(c, '\u{FFFE}' | '\u{FFFF}');
            let expected: String = label.chars().map(|c| if is_allowed(c) { c } else { '\u{FFFD}' }).collect();
            prop_assert_eq!(parsed("all cells", &label).1, expected);
        }
    }
}
