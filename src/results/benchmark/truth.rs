//! True terms of cells.

use std::collections::{BTreeSet, HashMap};

use crate::{
    domain::{Ontology, TermId, TermIndex, text},
    matrix::Column,
    results::{
        Error,
        labels::{MappedColumn, is_label},
    },
};

/// The maximum number of unknown labels shown in an error.
const SHOWN: usize = 10;
/// The true term of each cell of a file; `None` for a cell without a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// The name of the obs column.
    pub column: String,
    /// One entry per row.
    pub terms: Vec<Option<TermIndex>>,
}

impl Truth {
    /// Takes the truth from a column of mapped labels.
    ///
    /// # Errors
    /// Fails if a label is not mapped. The error counts the labels and names the first ten.
    pub fn of(column: MappedColumn) -> Result<Self, Error> {
        column.require_all()?;
        Ok(Self { column: column.name, terms: column.terms })
    }

    /// Reads the truth from an obs column of term ids or labels. A text that is neither an id nor a label of the
    /// ontology is looked up by `find`, for example among synonyms. Missing values, empty texts, `-`, `unknown`, `na`,
    /// `n/a`, `nan`, `<na>`, `none` and `null` in any case count as no label.
    ///
    /// # Errors
    /// Fails if labels cannot be resolved. The error counts them and names the first ten.
    pub fn new(
        name: &str,
        column: &Column,
        ontology: &Ontology,
        find: impl Fn(&str) -> Option<TermId>,
    ) -> Result<Self, Error> {
        let labels: HashMap<&str, TermIndex> = ontology.terms().map(|term| (ontology.label(term), term)).collect();
        let mut known: HashMap<String, Option<TermIndex>> = HashMap::new();
        let mut resolve = |label: String| {
            let term = known.entry(label).or_insert_with_key(|label| {
                let by_id = ontology.find(&TermId::new(label.as_str()));
                by_id
                    .or_else(|| labels.get(label.as_str()).copied())
                    .or_else(|| find(label).and_then(|id| ontology.find(&id)))
            });
            *term
        };
        let label = |row: usize| column.text(row).filter(|text| is_label(text));
        let terms = (0..column.len()).map(|row| label(row).and_then(&mut resolve)).collect();
        let unknown: BTreeSet<&String> =
            known.iter().filter(|(_, term)| term.is_none()).map(|(label, _)| label).collect();
        if unknown.is_empty() {
            return Ok(Self { column: name.to_owned(), terms });
        }
        Err(Error::UnknownLabels {
            column: text::excerpt(name),
            count: unknown.len(),
            labels: unknown.into_iter().take(SHOWN).map(|label| text::excerpt(label)).collect(),
        })
    }
}
