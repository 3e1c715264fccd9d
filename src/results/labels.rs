//! Labels of other tools as terms of the Cell Ontology. In: texts. Out: terms, and the way each was found.
//!
//! A label is mapped only if it is known exactly, apart from case: by the user's table, as an id, as a label or synonym of
//! exactly one term, or by the crosswalk of Pan-human Azimuth. All other labels are counted and never guessed.

mod crosswalk;

use std::{
    collections::{BTreeMap, HashMap},
    fmt, io,
};

use super::Error;
use crate::{
    domain::{CellOntology, Ontology, TermId, TermIndex, text},
    matrix::Column,
};

pub use crosswalk::Crosswalk;

/// Texts that mean "no label", in lower case: `unknown` and `na` of CELLxGENE, and the forms that missing values take
/// in files written by pandas, R and JSON tools.
const NO_LABEL: [&str; 9] = ["", "unknown", "na", "n/a", "nan", "<na>", "none", "null", "-"];

/// The maximum number of unmapped labels named in a message.
const SHOWN: usize = 10;

/// The way a label was mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mapping {
    /// By the user's table.
    Table,
    /// As a term id.
    Id,
    /// As the label of a term.
    Label,
    /// As a synonym of exactly one term.
    Synonym,
    /// By the crosswalk of Pan-human Azimuth.
    Crosswalk,
}

impl fmt::Display for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Table => "table",
            Self::Id => "id",
            Self::Label => "label",
            Self::Synonym => "synonym",
            Self::Crosswalk => "crosswalk",
        })
    }
}

/// Maps labels to the terms of an ontology.
#[derive(Debug)]
pub struct LabelMapper<'a> {
    ontology: &'a Ontology,
    cell_ontology: &'a CellOntology,
    labels: HashMap<String, TermIndex>,
    crosswalk: Crosswalk,
    table: HashMap<String, TermId>,
}

/// The faults of a user's table of labels.
#[derive(Debug, thiserror::Error)]
pub enum TableFault {
    /// The table could not be read.
    #[error("cannot read the table of labels")]
    Read(#[from] io::Error),
    /// A line does not have two columns.
    #[error("line {line} has no tab; each line is a label, a tab and a term id, label or synonym")]
    Columns {
        /// The line, counted from 1.
        line: usize,
    },
    /// The second column is not a term.
    #[error("line {line}: '{}' is not a term id, label or synonym of the ontology", text::excerpt(term))]
    Term {
        /// The line, counted from 1.
        line: usize,
        /// The text.
        term: String,
    },
    /// A label occurs with two terms.
    #[error("line {line}: '{}' has another term on an earlier line", text::excerpt(label))]
    Twice {
        /// The line, counted from 1.
        line: usize,
        /// The label.
        label: String,
    },
}

/// A column of labels as terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappedColumn {
    /// The name of the column.
    pub name: String,
    /// The term of each row; `None` without a label, or for a label that is not mapped.
    pub terms: Vec<Option<TermIndex>>,
    /// The mapped labels with their terms and numbers of cells, sorted by label.
    pub mapped: Vec<(String, TermIndex, Mapping, usize)>,
    /// The labels that are not mapped, with their numbers of cells, the most frequent first.
    pub unmapped: Vec<(String, usize)>,
    /// The number of cells without a label.
    pub unlabeled: usize,
}

impl<'a> LabelMapper<'a> {
    /// Prepares the mapping to an ontology. Synonyms are those of the embedded Cell Ontology.
    pub fn new(ontology: &'a Ontology, cell_ontology: &'a CellOntology) -> Self {
        let labels = ontology.terms().map(|term| (folded(ontology.label(term)), term)).collect();
        Self { ontology, cell_ontology, labels, crosswalk: Crosswalk::embedded(), table: HashMap::new() }
    }

    /// Adds the user's table: lines of a label, a tab, and a term id, label or synonym. Empty lines and lines that begin with
    /// `#` are skipped. The table takes precedence over everything else.
    ///
    /// # Errors
    /// Fails at the first line that cannot be used.
    pub fn add_table(&mut self, table: &str) -> Result<(), TableFault> {
        for (line, text) in (1..).zip(table.lines()) {
            if text.trim().is_empty() || text.starts_with('#') {
                continue;
            }
            let (label, term) = text.split_once('\t').ok_or(TableFault::Columns { line })?;
            let term = term.trim();
            let found = self.by_name(term).map(|(term, _)| self.ontology.id(term).clone());
            let found = found.ok_or_else(|| TableFault::Term { line, term: term.to_owned() })?;
            let before = self.table.insert(folded(label), found.clone());
            if before.is_some_and(|before| before != found) {
                return Err(TableFault::Twice { line, label: label.to_owned() });
            }
        }
        Ok(())
    }

    /// Returns the term of a label, and the way it was found.
    pub fn map(&self, label: &str) -> Option<(TermIndex, Mapping)> {
        let folded = folded(label);
        let by_table = self.table.get(&folded).and_then(|id| self.ontology.find(id));
        let by_crosswalk = || self.crosswalk.find(&folded).and_then(|id| self.ontology.find(id));
        by_table
            .map(|term| (term, Mapping::Table))
            .or_else(|| self.by_name(label))
            .or_else(|| by_crosswalk().map(|term| (term, Mapping::Crosswalk)))
    }

    fn by_name(&self, name: &str) -> Option<(TermIndex, Mapping)> {
        let name = name.trim();
        let by_id =
            self.ontology.find(&TermId::new(name)).or_else(|| self.ontology.find(&TermId::new(name.to_uppercase())));
        let by_label = || self.labels.get(&folded(name)).copied();
        let by_synonym = || self.cell_ontology.resolve(name).and_then(|id| self.ontology.find(&id));
        by_id
            .map(|term| (term, Mapping::Id))
            .or_else(|| by_label().map(|term| (term, Mapping::Label)))
            .or_else(|| by_synonym().map(|term| (term, Mapping::Synonym)))
    }

    /// Maps a column of labels.
    pub fn column(&self, name: &str, column: &Column) -> MappedColumn {
        let mut seen: BTreeMap<String, (Option<(TermIndex, Mapping)>, usize)> = BTreeMap::new();
        let mut unlabeled = 0;
        let mut term = |row: usize| {
            let Some(label) = column.text(row).filter(|text| is_label(text)) else {
                unlabeled += 1;
                return None;
            };
            let (found, cells) = seen.entry(label).or_insert_with_key(|label| (self.map(label), 0));
            *cells += 1;
            found.map(|(term, _)| term)
        };
        let terms = (0..column.len()).map(&mut term).collect();
        let mut mapped = Vec::new();
        let mut unmapped = Vec::new();
        for (label, (found, cells)) in seen {
            match found {
                Some((term, mapping)) => mapped.push((label, term, mapping, cells)),
                None => unmapped.push((label, cells)),
            }
        }
        unmapped.sort_by_key(|(_, cells)| std::cmp::Reverse(*cells));
        MappedColumn { name: name.to_owned(), terms, mapped, unmapped, unlabeled }
    }
}

impl MappedColumn {
    /// Fails if a label is not mapped.
    ///
    /// # Errors
    /// The error counts the labels and names the first ten.
    pub fn require_all(&self) -> Result<(), Error> {
        if self.unmapped.is_empty() {
            return Ok(());
        }
        Err(Error::UnknownLabels {
            column: text::excerpt(&self.name),
            count: self.unmapped.len(),
            labels: self
                .unmapped
                .iter()
                .take(SHOWN)
                .map(|(label, cells)| format!("{} ({cells})", text::excerpt(label)))
                .collect(),
        })
    }
}

/// Returns whether a text is a label, and not a mark for a missing value.
pub fn is_label(text: &str) -> bool {
    !NO_LABEL.contains(&text.trim().to_ascii_lowercase().as_str())
}

fn folded(label: &str) -> String {
    label.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_mapper<T>(test: impl FnOnce(LabelMapper<'_>, &Ontology) -> T) -> T {
        let cell_ontology = CellOntology::embedded();
        let ontology = cell_ontology.ontology();
        test(LabelMapper::new(&ontology, &cell_ontology), &ontology)
    }

    #[test]
    fn labels_are_mapped_by_table_id_label_synonym_and_crosswalk() {
        with_mapper(|mut mapper, ontology| {
            mapper.add_table("# mine\nTregs\tCL:0000792\nB\tB cell\n\n").unwrap();
            let found = |label: &str| mapper.map(label).map(|(term, how)| (ontology.id(term).to_string(), how));
            assert_eq!(found("tregs"), Some(("CL:0000792".into(), Mapping::Table)));
            assert_eq!(found("CL_0000236"), Some(("CL:0000236".into(), Mapping::Id)));
            assert_eq!(found("B CELL "), Some(("CL:0000236".into(), Mapping::Label)));
            assert_eq!(found("B-lymphocyte"), Some(("CL:0000236".into(), Mapping::Synonym)));
            assert_eq!(found("Immune cell"), Some(("CL:0000738".into(), Mapping::Crosswalk)));
            for unknown in ["Bcells", "T", "CL:9999999", "Doublet like cell"] {
                assert_eq!(found(unknown), None, "{unknown}");
            }
        });
    }

    #[test]
    fn a_column_counts_the_labels_that_are_not_mapped() {
        with_mapper(|mapper, ontology| {
            let values = ["B cell", "odd", "unknown", "B cell", "odder", "odd", ""];
            let column = Column::Text(values.map(|value| Some(value.to_owned())).to_vec());
            let found = mapper.column("labels", &column);
            let b_cell = ontology.find(&TermId::from("CL:0000236"));
            assert_eq!(found.terms, [b_cell, None, None, b_cell, None, None, None]);
            assert_eq!(found.unmapped, [("odd".to_owned(), 2), ("odder".to_owned(), 1)]);
            assert_eq!((found.unlabeled, found.mapped.len(), found.mapped[0].3), (2, 1, 2));
            let error = found.require_all().unwrap_err().to_string();
            assert!(error.contains("2 of the labels") && error.contains("odd (2), odder (1)"), "{error}");
        });
    }

    #[test]
    fn faults_of_a_table_name_the_line() {
        with_mapper(|mut mapper, _| {
            let mut fault = |table: &str| mapper.add_table(table).unwrap_err().to_string();
            assert!(fault("a\tB cell\nb B cell").starts_with("line 2 has no tab"));
            assert_eq!(fault("a\tB sell"), "line 1: 'B sell' is not a term id, label or synonym of the ontology");
            assert_eq!(fault("x\tB cell\nX\tT cell"), "line 2: 'X' has another term on an earlier line");
        });
    }
}
