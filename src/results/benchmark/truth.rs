//! The true term of each cell.

use std::collections::{BTreeSet, HashMap};

use crate::{
    domain::{Ontology, TermId, TermIndex, text},
    matrix::Column,
    results::Error,
};

/// How many unknown labels an error shows.
const SHOWN: usize = 10;
/// Texts that mean that a cell has no label, in small letters: `unknown` and `na` of CELLxGENE, and what pandas, R and
/// JSON leave of a missing value.
const NO_LABEL: [&str; 9] = ["", "unknown", "na", "n/a", "nan", "<na>", "none", "null", "-"];

/// The true term of each cell of a file; `None` where it has no label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// The column.
    pub column: String,
    /// One a row.
    pub terms: Vec<Option<TermIndex>>,
}

impl Truth {
    /// Reads the truth from an obs column of term ids or of labels. A text that is no term id is looked up by `find`, say
    /// among synonyms; the ontology's own labels are always known. A missing value, an empty text, and `unknown`, `na`,
    /// `n/a`, `nan`, `none`, `null` in any case are no label.
    ///
    /// # Errors
    /// When a label is found nowhere; then all such labels are named.
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

fn is_label(text: &str) -> bool {
    !NO_LABEL.contains(&text.trim().to_ascii_lowercase().as_str())
}
