//! Columns with calls in obs, named like those of the official functions.

use std::collections::BTreeSet;

use crate::{
    domain::{Ontology, TermIndex},
    matrix::{AddedColumn, AddedValues, AnnotatedCopy},
    results::{Call, CallTable, Error},
};

/// A writer of columns with calls into a copy.
pub(super) struct CallColumns<'a> {
    pub(super) copy: &'a mut AnnotatedCopy,
    /// The run's cell for each row of the file.
    pub(super) places: &'a [Option<usize>],
    pub(super) ontology: &'a Ontology,
}

impl CallColumns<'_> {
    pub(super) fn add(self, prefix: &str, calls: &CallTable) -> Result<(), Error> {
        let Self { copy, places, ontology } = self;
        for rank in 0..calls.top_k() {
            let column = |kind: &str, values| AddedColumn { name: format!("{prefix}_{kind}_{}", rank + 1), values };
            let called: Vec<_> = places.iter().map(|cell| cell.and_then(|cell| calls.official(cell, rank))).collect();
            let score = |call: &Option<Call>| call.map_or(f64::NAN, |call| call.score);
            copy.add_column(&column("score", AddedValues::Real(called.iter().map(score).collect())))?;
            copy.add_column(&column("name", categories(&called, |term| ontology.id(term).as_str())))?;
            copy.add_column(&column("label", categories(&called, |term| ontology.label(term))))?;
        }
        Ok(())
    }
}

/// Returns the called terms as sorted categories, as pandas converts text.
fn categories<'a>(calls: &[Option<Call>], text: impl Fn(TermIndex) -> &'a str) -> AddedValues {
    let called = || calls.iter().map(|call| call.map(|call| call.term));
    let used: BTreeSet<TermIndex> = called().flatten().collect();
    let categories: BTreeSet<&str> = used.iter().map(|term| text(*term)).collect();
    let categories: Vec<&str> = categories.into_iter().collect();
    let last = used.last().map_or(0, |term| term.as_usize() + 1);
    let mut codes = vec![-1; last];
    for term in used {
        codes[term.as_usize()] = categories.binary_search(&text(term)).map_or(-1, |place| place as i32);
    }
    AddedValues::Categorical {
        codes: called().map(|term| term.map_or(-1, |term| codes[term.as_usize()])).collect(),
        categories: categories.into_iter().map(str::to_owned).collect(),
    }
}
