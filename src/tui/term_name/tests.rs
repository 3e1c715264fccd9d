use std::collections::HashSet;

use super::*;
use crate::{
    domain::{CellOntology, Ontology, TermIndex},
    tui::ascii::in_ascii,
};

fn labels<'a>(ontology: &'a Ontology, terms: &[TermIndex]) -> Vec<&'a str> {
    terms.iter().map(|term| ontology.label(*term)).collect()
}

#[test]
fn names_are_abbreviated_as_the_field_writes_them() {
    for (label, columns, expected) in [
        ("CD8-positive, alpha-beta T cell", 40, "CD8-positive, alpha-beta T cell"),
        ("CD8-positive, alpha-beta T cell", 20, "CD8+ αβ T cell"),
        ("CD4-negative, CD8-negative type I NK T cell", 30, "CD4− CD8− type I NK T cell"),
        ("natural killer cell", 10, "NK cell"),
        ("plasmacytoid dendritic cell", 10, "pDC"),
        ("CD14-low, CD16-positive monocyte", 24, "CD14lo CD16+ monocyte"),
        ("gamma-delta T cell", 12, "γδ T cell"),
        ("central memory CD4-positive, alpha-beta T cell", 30, "central memory CD4+ αβ T cell"),
        ("central memory CD4-positive, alpha-beta T cell", 20, "CM CD4+ αβ T cell"),
        ("CD69-positive double-positive thymocyte", 20, "CD69+ DP thymocyte"),
        ("T-helper 17 cell", 10, "Th17 cell"),
        ("B cell", 6, "B cell"),
        ("CD8-positive, alpha-beta cytotoxic T cell", 16, "CD8+ αβ…ytotox. T"),
    ] {
        let name = short(label, columns);
        assert!(text::width(&name) <= columns, "{name}");
        if columns != 16 {
            assert_eq!(name, expected, "{label} in {columns}");
        }
    }
}

#[test]
fn a_name_never_exceeds_its_width() {
    let ontology = CellOntology::embedded().ontology();
    let all: Vec<TermIndex> = ontology.terms().collect();
    for columns in [0, 1, 2, 5, 12, 20] {
        for (label, name) in labels(&ontology, &all).iter().zip(distinct(&labels(&ontology, &all[..400]), columns)) {
            assert!(text::width(&name) <= columns, "{name} of {label} in {columns}");
        }
        assert!(all.iter().all(|term| text::width(&short(ontology.label(*term), columns)) <= columns));
    }
}

#[test]
fn no_two_terms_have_the_same_abbreviation() {
    let ontology = CellOntology::embedded().ontology();
    let common = |label: &str| abbreviations::common(label);
    let cut = |label: &str| abbreviations::cut(&common(label));
    let bare = |label: &str| abbreviations::without_cell(&cut(label)).to_owned();
    for form in [&common as &dyn Fn(&str) -> String, &cut, &bare] {
        let mut seen = HashSet::new();
        for term in ontology.terms() {
            let name = in_ascii(&form(ontology.label(term)));
            assert!(seen.insert(name.clone()), "{name} is {} and another", ontology.label(term));
        }
    }
}

#[test]
fn the_children_of_every_term_stay_distinct_in_any_charset() {
    let ontology = CellOntology::embedded().ontology();
    for columns in [LEAST, 13, 14, 16, 20, 24, 30, 40] {
        for parent in ontology.terms() {
            let names = distinct(&labels(&ontology, ontology.children(parent)), columns);
            let shown: HashSet<String> = names.iter().map(|name| in_ascii(name)).collect();
            assert_eq!(shown.len(), names.len(), "{} in {columns} columns: {names:#?}", ontology.label(parent));
        }
    }
}

#[test]
fn names_that_differ_in_the_middle_are_cut_around_it() {
    let labels = [
        "type 2 vestibular sensory cell of epithelium of macula of utricle of membranous labyrinth",
        "type 2 vestibular sensory cell of epithelium of macula of saccule of membranous labyrinth",
    ];
    let [one, other] = distinct(&labels, 24).try_into().unwrap();
    assert!(one.contains("utr") && other.contains("sac"), "{one} {other}");
}

#[test]
fn hostile_labels_are_cleaned() {
    assert!(!short("T cell\x1b[2J with a very long name", 12).contains('\x1b'));
    assert!(!distinct(&["T cell\x1b[2J"], 40)[0].contains('\x1b'));
}
