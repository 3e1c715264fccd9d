//! Cells grouped by name: cell types, datasets, and the ontology terms of cell types. In: columns of a reference. Out:
//! a group and a term for each cell.

use std::collections::{BTreeMap, HashMap};

use crate::domain::{CellOntology, Ontology, TermId, TermIndex};
use crate::matrix::Column;

/// The name of cells without one.
const UNKNOWN: &str = "unknown";

/// Cells grouped by name.
#[derive(Clone, Debug)]
pub struct Groups {
    codes: Vec<u32>,
    names: Vec<String>,
}

impl Groups {
    /// Groups cells by name. Cells without a name form the group "unknown".
    pub fn new(names: impl IntoIterator<Item = Option<String>>) -> Self {
        let mut codes = HashMap::new();
        let mut groups = Self { codes: Vec::new(), names: Vec::new() };
        for name in names {
            let name = name.unwrap_or_else(|| UNKNOWN.to_owned());
            let code = *codes.entry(name).or_insert_with_key(|name| {
                groups.names.push(name.clone());
                groups.names.len() as u32 - 1
            });
            groups.codes.push(code);
        }
        groups
    }

    /// Groups cells by a column.
    pub fn of_column(column: &Column) -> Self {
        Self::new((0..column.len()).map(|cell| column.text(cell)))
    }

    /// Returns the group of a cell.
    pub fn of(&self, cell: usize) -> u32 {
        self.codes[cell]
    }

    /// Returns the name of a group.
    pub fn name(&self, group: u32) -> &str {
        &self.names[group as usize]
    }

    /// Returns the number of groups.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Returns whether there are no groups.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

/// The cell types of a reference.
#[derive(Clone, Debug)]
pub struct CellTypes {
    /// The cells grouped by the label of their type.
    pub labels: Groups,
    /// The term of each cell; `None` if it is not in the ontology.
    pub terms: Vec<Option<TermIndex>>,
    /// The names that are not in the ontology, each with its number of cells.
    pub unresolved: BTreeMap<String, usize>,
}

impl CellTypes {
    /// Resolves terms by the column of term ids, and by the labels where that fails. At least one column must be
    /// given.
    pub fn resolve(
        ids: Option<&Column>,
        labels: Option<&Column>,
        cell_ontology: &CellOntology,
        ontology: &Ontology,
    ) -> Self {
        let cells = ids.or(labels).map_or(0, Column::len);
        let name = |column: Option<&Column>, cell: usize| column.and_then(|column| column.text(cell));
        let mut known: HashMap<_, (Option<TermIndex>, String)> = HashMap::new();
        let mut types = Self { labels: Groups::new([]), terms: Vec::with_capacity(cells), unresolved: BTreeMap::new() };
        let mut names = Vec::with_capacity(cells);
        for cell in 0..cells {
            let key = (name(ids, cell), name(labels, cell));
            let (term, shown) = known.entry(key).or_insert_with_key(|(id, label)| {
                let term = find(id.as_deref(), label.as_deref(), cell_ontology, ontology);
                let of_term = || term.map(|term| ontology.label(term).to_owned());
                let shown = label.clone().or_else(of_term).or_else(|| id.clone());
                (term, shown.unwrap_or_else(|| UNKNOWN.to_owned()))
            });
            if term.is_none() {
                *types.unresolved.entry(shown.clone()).or_default() += 1;
            }
            types.terms.push(*term);
            names.push(Some(shown.clone()));
        }
        types.labels = Groups::new(names);
        types
    }
}

fn find(id: Option<&str>, label: Option<&str>, cell_ontology: &CellOntology, ontology: &Ontology) -> Option<TermIndex> {
    let by_id = id.and_then(|id| ontology.find(&TermId::from(id)));
    by_id.or_else(|| ontology.find(&cell_ontology.resolve(label?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[Option<&str>]) -> Column {
        Column::Text(values.iter().map(|value| value.map(str::to_owned)).collect())
    }

    #[test]
    fn the_term_id_has_precedence_over_the_label() {
        let cell_ontology = CellOntology::embedded();
        let ontology = cell_ontology.ontology();
        let ids = column(&[Some("CL:0000236"), Some("CL:9999999"), None, Some("CL:0000084"), Some("odd")]);
        let labels = column(&[Some("my B cells"), Some("T cell"), Some("nothing"), None, None]);
        let types = CellTypes::resolve(Some(&ids), Some(&labels), &cell_ontology, &ontology);
        let terms: Vec<_> = types.terms.iter().map(|term| term.map(|term| ontology.id(term).as_str())).collect();
        assert_eq!(terms, [Some("CL:0000236"), Some("CL:0000084"), None, Some("CL:0000084"), None]);
        let shown: Vec<_> = (0..5).map(|cell| types.labels.name(types.labels.of(cell))).collect();
        assert_eq!(shown, ["my B cells", "T cell", "nothing", "T cell", "odd"]);
        assert_eq!(types.unresolved.keys().collect::<Vec<_>>(), ["nothing", "odd"]);
    }

    #[test]
    fn labels_without_term_ids_are_resolved() {
        let cell_ontology = CellOntology::embedded();
        let ontology = cell_ontology.ontology();
        let labels = column(&[Some("b cell"), None, Some("blob"), Some("blob")]);
        let types = CellTypes::resolve(None, Some(&labels), &cell_ontology, &ontology);
        assert_eq!(types.terms.iter().filter(|term| term.is_some()).count(), 1);
        assert_eq!(types.unresolved, BTreeMap::from([("blob".to_owned(), 2), ("unknown".to_owned(), 1)]));
        assert_eq!(types.labels.len(), 3);
    }
}
