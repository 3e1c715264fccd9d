//! The embedded crosswalk from labels of Pan-human Azimuth to the Cell Ontology.

use std::collections::HashMap;

use crate::domain::TermId;

static TABLE: &str = include_str!("../../../assets/crosswalk/pan-human-azimuth.tsv");

/// Terms by label. See `assets/README.md` for the origin.
#[derive(Clone, Debug)]
pub struct Crosswalk(HashMap<String, TermId>);

impl Crosswalk {
    /// Loads the embedded crosswalk. Labels of the root "cell", such as those of doublets, are left out: they do not name a
    /// cell type.
    pub fn embedded() -> Self {
        let rows = TABLE.lines().skip(1).filter_map(|line| line.split_once('\t'));
        let rows = rows.filter(|(_, term)| *term != TermId::CELL);
        Self(rows.map(|(label, term)| (label.to_lowercase(), TermId::from(term))).collect())
    }

    /// Returns the term of a label, given in lower case.
    pub fn find(&self, label: &str) -> Option<&TermId> {
        self.0.get(label)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CellOntology;

    #[test]
    fn every_label_has_a_term_of_the_cell_ontology() {
        let (crosswalk, cell_ontology) = (Crosswalk::embedded(), CellOntology::embedded());
        assert_eq!(crosswalk.0.len(), 444);
        let unknown: Vec<_> = crosswalk.0.iter().filter(|(_, term)| cell_ontology.label(term).is_none()).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
