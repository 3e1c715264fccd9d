//! True terms of cells.

use std::collections::{BTreeSet, HashMap};

use crate::{
    domain::{Ontology, TermId, TermIndex, text},
    matrix::Column,
    results::Error,
};

/// The maximum number of unknown labels shown in an error.
const SHOWN: usize = 10;
/// Texts that mean "no label", in lower case: `unknown` and `na` of CELLxGENE, and the forms that missing values take
/// in files written by pandas, R and JSON tools.
const NO_LABEL: [&str; 9] = ["", "unknown", "na", "n/a", "nan", "<na>", "none", "null", "-"];

/// The true term of each cell of a file; `None` for a cell without a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// The name of the obs column.
    pub column: String,
    /// One entry per row.
    pub terms: Vec<Option<TermIndex>>,
}

impl Truth {
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

fn is_label(text: &str) -> bool {
    !NO_LABEL.contains(&text.trim().to_ascii_lowercase().as_str())
}
