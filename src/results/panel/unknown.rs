//! The cell types and genes of a panel that nothing is known about. In: panels, ontologies, the genes of a file. Out: the
//! terms of the entries, and a sentence about the entries that have no effect.

use std::{collections::HashMap, sync::Arc};

use super::{MarkerPanel, Panels};
use crate::{
    analysis::GeneIndex,
    domain::{CellOntology, Ontology, TermId, text::excerpt},
};

/// The maximum number of cell types, and of genes, that a sentence names.
const NAMED: usize = 8;

/// The cell types and genes of a panel whose entries have no effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unknown {
    /// The cell types that the ontology lacks, each once.
    pub types: Vec<String>,
    /// The genes that the file lacks, each once.
    pub genes: Vec<String>,
}

impl Panels {
    /// Returns the panels with the terms that their cell types name: an ID or a label of the ontology of a run, or a label
    /// or synonym of the Cell Ontology. Without an ontology of a run, any term of the Cell Ontology is known.
    pub fn with_terms(&self, ontology: Option<&Ontology>, cell_ontology: &CellOntology) -> Self {
        if self.panels.is_empty() {
            return self.clone();
        }
        let names = Names::new(ontology, cell_ontology);
        let panels = self.panels.iter().map(|panel| {
            let mut panel = MarkerPanel::clone(panel);
            panel.entries.iter_mut().for_each(|entry| entry.term = names.term(&entry.cell_type));
            Arc::new(panel)
        });
        Self { panels: panels.collect(), faults: self.faults.clone() }
    }
}

impl MarkerPanel {
    /// Returns the cell types without a term, other than those that are groups of cells by name, and the genes that a file
    /// lacks; no genes without an index. The terms must have been found.
    pub fn unknown(&self, index: Option<&GeneIndex>, is_group: impl Fn(&str) -> bool) -> Unknown {
        let mut types: Vec<String> = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.term.is_none() && !is_group(&entry.cell_type)) {
            if !types.iter().any(|known| known.eq_ignore_ascii_case(&entry.cell_type)) {
                types.push(entry.cell_type.clone());
            }
        }
        Unknown { types, genes: index.map(|index| self.resolve(index).1).unwrap_or_default() }
    }
}

impl Unknown {
    /// Returns a sentence about the entries of a panel that have no effect; `None` if all have one.
    pub fn sentence(&self, panel: &str) -> Option<String> {
        let listed = |names: &[String], what: fn(&str) -> String| {
            let many = if names.len() == 1 { "" } else { "s" };
            (!names.is_empty()).then(|| format!("{} {} ({})", names.len(), what(many), bounded(names)))
        };
        let types = listed(&self.types, |many| format!("unknown cell type{many}"));
        let genes = listed(&self.genes, |many| format!("gene{many} not in the file"));
        let parts: Vec<String> = [types, genes].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| format!("The panel {} leaves out {}.", excerpt(panel), parts.join(" and ")))
    }
}

/// Returns the first names of a list and the number of the others.
fn bounded(names: &[String]) -> String {
    let first: Vec<String> = names.iter().take(NAMED).map(|name| excerpt(name)).collect();
    match names.len().saturating_sub(NAMED) {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

/// The terms of a run by their names.
struct Names<'a> {
    ontology: Option<&'a Ontology>,
    cell_ontology: &'a CellOntology,
    labels: HashMap<String, TermId>,
}

impl<'a> Names<'a> {
    fn new(ontology: Option<&'a Ontology>, cell_ontology: &'a CellOntology) -> Self {
        let labeled = |ontology: &'a Ontology| {
            ontology.terms().map(|term| (ontology.label(term).to_lowercase(), ontology.id(term).clone()))
        };
        Self { ontology, cell_ontology, labels: ontology.into_iter().flat_map(labeled).collect() }
    }

    fn term(&self, name: &str) -> Option<TermId> {
        let known = |id: TermId| match self.ontology {
            Some(ontology) => ontology.find(&id).map(|term| ontology.id(term).clone()),
            None => Some(id),
        };
        let labeled = || self.labels.get(&name.to_lowercase()).cloned();
        let by_id = || known(TermId::new(name.to_uppercase())).filter(|_| self.ontology.is_some());
        let resolved = || known(self.cell_ontology.resolve(TermId::from(name).canonical().as_str())?);
        labeled().or_else(by_id).or_else(resolved)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn panels(text: &str) -> Panels {
        Panels::default().with_first(MarkerPanel::parse(text.as_bytes(), Path::new("blood.tsv")).unwrap())
    }

    #[test]
    fn a_type_is_known_by_label_id_or_synonym_and_others_are_listed_once() {
        let text =
            "t CELL\tA\ncl:0000236\tA\nCL_0000236\tB\nT-cell\tA\nT lymphocyte\tA\nNK cel\tA\nnk CEL\tB\nCL:99\tA\n";
        let cell_ontology = CellOntology::embedded();
        let ontology = cell_ontology.ontology();
        for ontology in [None, Some(&ontology)] {
            let panels = panels(text).with_terms(ontology, &cell_ontology);
            let terms: Vec<Option<&str>> =
                panels.panels[0].entries.iter().map(|entry| entry.term.as_ref().map(TermId::as_str)).collect();
            let (t, b) = (Some("CL:0000084"), Some("CL:0000236"));
            assert_eq!(terms, [t, b, b, t, t, None, None, None]);
            let unknown = panels.panels[0].unknown(None, |name| name == "CL:99");
            assert_eq!(unknown, Unknown { types: vec!["NK cel".into()], genes: Vec::new() });
        }
    }

    #[test]
    fn the_sentence_names_a_bounded_number() {
        let names = |start: &str, count: usize| (1..=count).map(|number| format!("{start}{number}")).collect();
        let unknown = |types, genes| Unknown { types: names("t", types), genes: names("G", genes) };
        assert_eq!(unknown(0, 0).sentence("blood"), None);
        assert_eq!(
            unknown(1, 10).sentence("blood").unwrap(),
            "The panel blood leaves out 1 unknown cell type (t1) and 10 genes not in the file (G1, G2, G3, G4, G5, G6, G7, G8 \
             and 2 more)."
        );
        let genes = unknown(0, 1).sentence("blood").unwrap();
        assert_eq!(genes, "The panel blood leaves out 1 gene not in the file (G1).");
    }
}
