//! The names in filter expressions of a run: its columns, and the cell types of its ontology.

use super::{Field, expression::Vocabulary};
use crate::{
    domain::{Ontology, TermId},
    tui::query::Outline,
};

/// The columns and the cell types of a run.
pub(super) struct RunVocabulary<'a> {
    /// The columns.
    pub fields: Vec<Field>,
    /// The outline of the run; without it no cell type is known.
    pub outline: Option<&'a Outline>,
}

impl Vocabulary for RunVocabulary<'_> {
    fn field(&self, name: &str) -> Option<Field> {
        Field::named(name, &self.fields)
    }

    fn term(&self, name: &str) -> Result<TermId, Option<String>> {
        let Some(outline) = self.outline else { return Err(None) };
        let ontology = outline.ontology.as_deref();
        let own = ontology.and_then(|ontology| term_of(ontology, name));
        // A synonym of the bundled ontology is valid if the run's ontology has its term.
        let is_there = |id: &TermId| ontology.is_none_or(|ontology| ontology.find(id).is_some());
        own.or_else(|| outline.cell_ontology.resolve(name).filter(is_there)).ok_or_else(|| nearest(outline, name))
    }
}

/// Returns the term with an id or a label, without regard to case.
fn term_of(ontology: &Ontology, name: &str) -> Option<TermId> {
    let wanted = name.trim().to_lowercase();
    let by_id = ontology.find(&TermId::new(wanted.to_uppercase()));
    let by_label = || ontology.terms().find(|term| ontology.label(*term).to_lowercase() == wanted);
    by_id.or_else(by_label).map(|term| ontology.id(term).clone())
}

/// Returns the label of a similar cell type: the singular, or the shortest label that contains the name.
fn nearest(outline: &Outline, name: &str) -> Option<String> {
    let wanted = name.trim().to_lowercase();
    let singular = wanted.strip_suffix('s').unwrap_or(&wanted);
    let Some(ontology) = outline.ontology.as_deref() else {
        let found = outline.cell_ontology.resolve(singular)?;
        return outline.cell_ontology.label(&found).map(str::to_owned);
    };
    let known = outline.cell_ontology.resolve(singular).and_then(|id| ontology.find(&id));
    let labels = || ontology.terms().map(|term| ontology.label(term));
    let containing =
        || labels().filter(|label| label.to_lowercase().contains(singular)).min_by_key(|label| label.len());
    known.map(|term| ontology.label(term)).or_else(containing).map(str::to_owned)
}
