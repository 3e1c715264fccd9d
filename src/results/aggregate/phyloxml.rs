//! PhyloXML output of a rooted tree.

use std::fmt::Write;

use super::TreeNode;
use crate::{domain::Ontology, results::number::PythonFloat};

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
/// that `&`, `<` and `>` in labels and in the name are escaped. The official function does not escape them.
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

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
