//! Descriptions of ontology terms.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    domain::{CellOntology, Ontology, TermIndex},
    tui::{text, theme::Theme},
};

/// The ontologies that describe terms.
#[derive(Clone, Copy)]
pub(super) struct Ontologies<'a> {
    /// The ontology of the answers.
    pub ontology: &'a Ontology,
    /// Definitions and synonyms.
    pub cell_ontology: &'a CellOntology,
}

/// Describes a term: name and id, definition, synonyms and parents, from the bundled Cell Ontology. Returns lines that
/// fit into an area; an ellipsis marks text that does not fit.
pub(super) fn describe(term: TermIndex, area: Rect, of: Ontologies<'_>, theme: &Theme) -> Vec<Line<'static>> {
    let (width, rows) = (usize::from(area.width), usize::from(area.height));
    let mut lines: Vec<Line<'static>> =
        description(term, of, theme).into_iter().flat_map(|line| wrapped(line, width)).collect();
    if lines.len() > rows {
        lines.truncate(rows);
        if let Some(last) = lines.last_mut() {
            let kept = text::start(&last.to_string(), width.saturating_sub(2)).trim_end().len();
            *last = ended(last, kept);
        }
    }
    lines
}

/// Breaks a line into lines of a width, in the styles of its spans.
fn wrapped(line: Line<'static>, width: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::default()];
    for span in line.spans {
        for word in span.content.split_inclusive(' ') {
            let used = lines.last().map_or(0, Line::width);
            if used > 0 && used + text::width(word.trim_end()) > width {
                lines.push(Line::default());
            }
            if let Some(line) = lines.last_mut() {
                line.push_span(Span::styled(word.to_owned(), span.style));
            }
        }
    }
    lines
}

/// Returns the first bytes of a line, followed by an ellipsis.
fn ended(line: &Line<'static>, kept: usize) -> Line<'static> {
    let mut left = kept;
    let mut spans = Vec::new();
    for span in &line.spans {
        let part = &span.content[..left.min(span.content.len())];
        left -= part.len();
        spans.push(Span::styled(part.to_owned(), span.style));
    }
    spans.push(Span::raw(" …"));
    Line::from(spans)
}

fn description(term: TermIndex, of: Ontologies<'_>, theme: &Theme) -> Vec<Line<'static>> {
    let Ontologies { ontology, cell_ontology } = of;
    let id = ontology.id(term);
    let shown = |text: &str| text::fit(text, 600).into_owned();
    let mut lines = vec![Line::from(vec![
        Span::styled(shown(ontology.label(term)), Theme::bold(theme.text)),
        Span::styled(format!("  {}", shown(id.as_str())), theme.muted),
    ])];
    match cell_ontology.definition(id) {
        Some(definition) => lines.push(Line::raw(shown(definition))),
        None => lines.push(Line::styled("The Cell Ontology gives no definition.", theme.muted)),
    }
    let list = |title: &'static str, names: Vec<String>| {
        let list = Line::from(vec![Span::styled(title, theme.muted), Span::raw(names.join(", "))]);
        (!names.is_empty()).then_some(list)
    };
    lines.extend(list("also  ", cell_ontology.synonyms(id).iter().map(|name| shown(name)).collect()));
    let parents = ontology.parents(term).iter().map(|parent| shown(ontology.label(*parent))).collect();
    lines.extend(list("is a  ", parents));
    lines
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn text_is_wrapped_between_words_and_a_cut_is_marked() {
        let bold = Style::new().bold();
        let line = Line::from(vec![Span::styled("is a  ", bold), Span::raw("lymphocyte of the αβ lineage")]);
        let lines = wrapped(line, 16);
        let texts: Vec<String> = lines.iter().map(Line::to_string).collect();
        assert_eq!(texts, ["is a  lymphocyte ", "of the αβ ", "lineage"]);
        assert_eq!(lines[0].spans[0].style, bold);
        let cut = |columns| ended(&lines[1], text::start(&texts[1], columns).trim_end().len()).to_string();
        assert_eq!([cut(14), cut(8)], ["of the αβ …", "of the α …"]);
    }
}
