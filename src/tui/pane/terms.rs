//! Descriptions of ontology terms.

use ratatui::text::{Line, Span};

use crate::{
    domain::TermIndex,
    tui::{query::Outline, text, theme::Theme},
};

/// Describes a term: name and id, definition, synonyms and parents, from the bundled Cell Ontology.
pub(super) fn describe<'a>(term: TermIndex, outline: &Outline, theme: &Theme) -> Vec<Line<'a>> {
    let Some(ontology) = &outline.ontology else { return Vec::new() };
    let id = ontology.id(term);
    let shown = |text: &str| text::fit(text, 600).into_owned();
    let mut lines = vec![Line::from(vec![
        Span::styled(shown(ontology.label(term)), Theme::bold(theme.text)),
        Span::styled(format!("  {}", shown(id.as_str())), theme.muted),
    ])];
    match outline.cell_ontology.definition(id) {
        Some(definition) => lines.push(Line::raw(shown(definition))),
        None => lines.push(Line::styled("The Cell Ontology gives no definition.", theme.muted)),
    }
    let list = |title: &'static str, names: Vec<String>| {
        let list = Line::from(vec![Span::styled(title, theme.muted), Span::raw(names.join(", "))]);
        (!names.is_empty()).then_some(list)
    };
    lines.extend(list("also  ", outline.cell_ontology.synonyms(id).iter().map(|name| shown(name)).collect()));
    let parents = ontology.parents(term).iter().map(|parent| shown(ontology.label(*parent))).collect();
    lines.extend(list("is a  ", parents));
    lines
}
