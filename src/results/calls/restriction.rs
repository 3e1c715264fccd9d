//! The restriction of calls to plausible terms.

use std::sync::Arc;

use crate::{
    domain::{CellOntology, Ontology, TermId, TermIndex, text},
    results::Error,
};

/// The terms that may be called. Each listed term stands for itself and all of its descendants. Scores are not changed
/// by a restriction: terms that may not be called are ignored by the calling rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restriction {
    only: Option<Arc<[TermId]>>,
    never: Option<Arc<[TermId]>>,
}

/// A name that is not a term.
#[derive(Debug, thiserror::Error)]
#[error("'{}' is not a term id, label or synonym of the Cell Ontology", text::excerpt(.0))]
pub struct UnknownTerm(String);

impl Restriction {
    /// The restriction that allows every term.
    pub const NONE: Self = Self { only: None, never: None };

    /// Creates a restriction. Without any `only`, every term may be called that is not excluded by `never`.
    pub fn new(only: Vec<TermId>, never: Vec<TermId>) -> Self {
        let list = |terms: Vec<TermId>| (!terms.is_empty()).then(|| terms.into());
        Self { only: list(only), never: list(never) }
    }

    /// Creates a restriction from names: ids, labels or synonyms, in any case. Terms of `ontology` take precedence over
    /// those of the Cell Ontology.
    ///
    /// # Errors
    /// Fails at the first name that is unknown, or a synonym of several terms.
    pub fn of_names(
        only: &[String],
        never: &[String],
        ontology: Option<&Ontology>,
        cell_ontology: &CellOntology,
    ) -> Result<Self, UnknownTerm> {
        let resolve = |names: &[String]| -> Result<Vec<TermId>, UnknownTerm> {
            let term = |name: &String| term_of(name, ontology, cell_ontology).ok_or_else(|| UnknownTerm(name.clone()));
            names.iter().map(term).collect()
        };
        Ok(Self::new(resolve(only)?, resolve(never)?))
    }

    /// Returns the terms of which, with their descendants, one must be called; empty if any may be.
    pub fn only(&self) -> &[TermId] {
        self.only.as_deref().unwrap_or_default()
    }

    /// Returns the terms that, with their descendants, must not be called.
    pub fn never(&self) -> &[TermId] {
        self.never.as_deref().unwrap_or_default()
    }

    /// Returns whether every term may be called.
    pub fn is_none(&self) -> bool {
        self.only().is_empty() && self.never().is_empty()
    }

    /// Returns whether each term of an ontology may be called; `None` if all may.
    ///
    /// # Errors
    /// Fails if a listed term is not in the ontology.
    pub(super) fn allowed(&self, ontology: &Ontology) -> Result<Option<Vec<bool>>, Error> {
        if self.is_none() {
            return Ok(None);
        }
        let mut allowed = vec![self.only().is_empty(); ontology.len()];
        for (terms, may_be_called) in [(self.only(), true), (self.never(), false)] {
            for id in terms {
                let term = ontology.find(id).ok_or_else(|| Error::NotInOntology { term: id.clone() })?;
                ontology.with_descendants(term).iter().for_each(|term| allowed[term.as_usize()] = may_be_called);
            }
        }
        Ok(Some(allowed))
    }

    /// Describes the restriction, such as `only T cell; never B cell`; `None` without a restriction.
    pub fn describe(&self, label: impl Fn(&TermId) -> String) -> Option<String> {
        let list = |terms: &[TermId]| terms.iter().map(&label).collect::<Vec<_>>().join(", ");
        let parts = [("only", self.only()), ("never", self.never())];
        let parts = parts.into_iter().filter(|(_, terms)| !terms.is_empty());
        let text = parts.map(|(word, terms)| format!("{word} {}", list(terms))).collect::<Vec<_>>().join("; ");
        (!text.is_empty()).then_some(text)
    }
}

/// Returns the term with a name: an id or a label of an ontology, or a name in the Cell Ontology.
fn term_of(name: &str, ontology: Option<&Ontology>, cell_ontology: &CellOntology) -> Option<TermId> {
    let name = name.trim();
    let in_ontology = |ontology: &Ontology| {
        let by_id = ontology.find(&TermId::new(name));
        let is_label = |term: &TermIndex| ontology.label(*term).eq_ignore_ascii_case(name);
        by_id.or_else(|| ontology.terms().find(is_label)).map(|term| ontology.id(term).clone())
    };
    ontology.and_then(in_ontology).or_else(|| cell_ontology.resolve(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn terms_are_named_by_id_label_or_synonym() {
        let cell_ontology = CellOntology::embedded();
        let ontology = cell_ontology.ontology();
        let resolve = |name: &str| {
            let found = Restriction::of_names(&names(&[name]), &[], Some(&ontology), &cell_ontology);
            found.map(|found| found.only()[0].as_str().to_owned())
        };
        for name in ["CL:0000236", "CL_0000236", "B cell", "b CELL ", "B-lymphocyte"] {
            assert_eq!(resolve(name).unwrap(), "CL:0000236", "{name}");
        }
        assert_eq!(
            resolve("B sell").unwrap_err().to_string(),
            "'B sell' is not a term id, label or synonym of the Cell Ontology"
        );
    }

    #[test]
    fn never_takes_precedence_over_only() {
        let cell_ontology = CellOntology::embedded();
        let ontology = cell_ontology.ontology();
        let [lymphocyte, t_cell, b_cell] =
            ["lymphocyte", "T cell", "B cell"].map(|name| cell_ontology.resolve(name).unwrap());
        let allowed =
            Restriction::new(vec![lymphocyte.clone()], vec![t_cell.clone()]).allowed(&ontology).unwrap().unwrap();
        let may = |id: &TermId| allowed[ontology.find(id).unwrap().as_usize()];
        assert!(may(&lymphocyte) && may(&b_cell) && !may(&t_cell) && !may(&TermId::from(TermId::CELL)));
        assert!(Restriction::NONE.allowed(&ontology).unwrap().is_none());
        let unknown = Restriction::new(vec![TermId::from("CL:1")], Vec::new());
        assert!(matches!(unknown.allowed(&ontology), Err(Error::NotInOntology { .. })));
    }

    #[test]
    fn a_restriction_is_described_in_words() {
        let restriction = Restriction::new(vec!["CL:1".into(), "CL:2".into()], vec!["CL:3".into()]);
        assert_eq!(restriction.describe(|id| id.to_string()).unwrap(), "only CL:1, CL:2; never CL:3");
        assert_eq!(Restriction::NONE.describe(|id| id.to_string()), None);
    }
}
