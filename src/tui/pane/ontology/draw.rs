//! Rendering of a group's ontology.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::Paragraph,
};

use super::OntologyPane;
use crate::{
    domain::{OperationKind, TermIndex},
    tui::{
        action::Action,
        keymap::Context,
        pane::{
            Look, score, term_tree, terms,
            tree_columns::{Named, Numbers, TreeColumns},
        },
        query::Outline,
        selection::{Group, Selection},
        text,
        theme::Theme,
        widget::{
            self, TreeView, rule,
            table::{self, fitted},
        },
    },
};

/// The minimum width with the fraction of cells beside the score.
const WIDE: usize = 44;
/// The numbers: the score, a gap and the fraction, each with a bar.
const NUMBERS: Numbers = Numbers { fixed: 5 + 2 + 7, bars: 2, most: 16 };
/// The minimum width with all settings in one line.
const ONE_LINE: usize = 52;
/// Columns between settings.
const GAP: &str = "   ";
/// The minimum height with a description of the selected term below the tree.
const TALL: u16 = 20;

pub(super) fn note(pane: &OntologyPane) -> String {
    match (pane.aggregated.value(), pane.aggregated.is_asked()) {
        (_, true) => "…".to_owned(),
        (Some(aggregated), false) => {
            let ontology = pane.queries.outline().value().and_then(|outline| outline.ontology.as_deref());
            let part = pane.part.note(ontology);
            let gap = if part.is_empty() { "" } else { " · " };
            format!("{part}{gap}{} cells", text::count(aggregated.cells as u64))
        }
        (None, false) => String::new(),
    }
}

impl OntologyPane {
    /// Draws the pane.
    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, selection: &Selection) {
        let theme = look.theme;
        if self.queries.kind() != OperationKind::OntologyAware {
            let why = format!("This is a {} run: its answers have no ontology terms.", self.queries.kind().name());
            return widget::Message::new(Span::raw("no ontology"), &[&why, "1 shows the cells."])
                .render(frame, area, theme);
        }
        let [head, body] = settings_and_body(area);
        frame.render_widget(Paragraph::new(settings(self, selection, look, head)), head);
        if let Some(failure) = self.aggregated.failure().or(self.queries.outline().failure()) {
            return widget::Message::failure(&failure.what, &[&failure.fix], theme).render(frame, body, theme);
        }
        let (Ok(_), Some(outline)) = (&self.tree, self.queries.outline().value()) else {
            return match &self.tree {
                Err(Some(error)) => {
                    let ontology = self.queries.outline().value().and_then(|outline| outline.ontology.as_deref());
                    let mut rest = vec![
                        error.to_string(),
                        "( lowers the minimum score, { the minimum fraction of cells".to_owned(),
                    ];
                    rest.extend(Some(self.part.note(ontology)).filter(|part| !part.is_empty()));
                    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
                    widget::Message::new(Span::raw("no term is above the thresholds"), &rest)
                        .render(frame, body, theme);
                }
                Ok(_) | Err(None) => {
                    widget::Message::new(Span::raw("adding up scores …"), &[]).render(frame, body, theme)
                }
            };
        };
        let [tree, below, search] = parts(self, body);
        self.render_tree(frame, tree, look, selection);
        self.render_term(frame, below, look, outline);
        render_search(self, frame, search, look);
    }

    fn render_tree(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, selection: &Selection) {
        let (Ok(root), Some(outline)) = (&self.tree, self.queries.outline().value()) else { return };
        let Some(ontology) = &outline.ontology else { return };
        let width = usize::from(area.width);
        let wide = width >= WIDE;
        let numbers = if wide { NUMBERS } else { Numbers { fixed: 5, bars: 1, most: 16 } };
        let visible = self.state.visible(&self.items);
        let nodes = visible.iter().filter_map(|path| Some((path.len() - 1, ontology.label(*path.last()?))));
        let columns = TreeColumns::of(width, numbers, nodes);
        let selected = selection.term.as_ref().and_then(|term| ontology.find(term));
        let is_shown = |term: &TermIndex| {
            self.aggregated.value().is_some_and(|known| {
                known.scores[term.as_usize()] > known.options.threshold
                    && known.fractions[term.as_usize()] > self.fraction
            })
        };
        let label = |path: &[TermIndex], room: usize| -> Line<'_> {
            let roots = std::slice::from_ref(root);
            let siblings = term_tree::siblings(roots, path);
            let Some(node) = siblings.iter().find(|node| path.last() == Some(&node.term)) else {
                return Line::default();
            };
            let labels: Vec<&str> = siblings.iter().map(|node| ontology.label(node.term)).collect();
            let parents = ontology.parents(node.term).iter().filter(|parent| is_shown(parent)).count();
            let named = Named { label: ontology.label(node.term), siblings: &labels, parents };
            let [name, second, pad] = columns.name(named, room);
            let style = if selected == Some(node.term) { Theme::bold(look.theme.accent) } else { look.theme.text };
            let mut spans = vec![Span::styled(name, style), Span::styled(second, look.theme.muted), Span::raw(pad)];
            spans.extend(score::score(node.score, columns.bar, look.theme));
            if wide {
                spans.push(Span::raw("  "));
                spans.extend(score::share(node.fraction, columns.bar, look.theme));
            }
            Line::from(spans)
        };
        let [header, body] = table::parts(area);
        let term = text::column("  term", width.saturating_sub(columns.numbers));
        let titles =
            if wide { format!("{term}{:<1$} cells", "score", columns.bar + 6) } else { format!("{term}score") };
        frame.render_widget(Span::styled(text::fit(&titles, width).into_owned(), look.theme.header), header);
        let tree = TreeView { items: &self.items, state: &self.state, indent: columns.indent, label: &label };
        tree.render(frame, body, look.style());
    }

    fn render_term(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, outline: &Outline) {
        let Some(term) = self.state.selected().last().filter(|_| area.height > 1) else { return };
        let Some(ontology) = &outline.ontology else { return };
        let [head, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
        frame.render_widget(rule("the selected term", head.width, look.theme), head);
        let of = terms::Ontologies { ontology, cell_ontology: &outline.cell_ontology };
        let lines = terms::describe(*term, body, of, look.theme);
        frame.render_widget(Paragraph::new(lines), body);
    }
}

/// Returns the areas of the settings and of what is below them.
fn settings_and_body(area: Rect) -> [Rect; 2] {
    let settings = if usize::from(area.width) < ONE_LINE { 2 } else { 1 };
    Layout::vertical([Constraint::Length(settings), Constraint::Fill(1)]).areas(area)
}

/// Returns the areas of the tree with its header, the selected term and the search, below the settings.
fn parts(pane: &OntologyPane, body: Rect) -> [Rect; 3] {
    let below = if body.height >= TALL { 6 } else { 0 };
    let search = u16::from(pane.search.is_open);
    Layout::vertical([Constraint::Fill(1), Constraint::Length(below), Constraint::Length(search)]).areas(body)
}

/// Returns the area of the tree's nodes in the pane's area.
pub(super) fn nodes(pane: &OntologyPane, area: Rect) -> Rect {
    let [_, body] = settings_and_body(area);
    let [tree, ..] = parts(pane, body);
    table::body(tree)
}

/// Returns the group whose scores are shown, and the thresholds: in one line, or in two where one has no room for them.
fn settings(pane: &OntologyPane, selection: &Selection, look: &Look<'_>, area: Rect) -> Vec<Line<'static>> {
    let width = usize::from(area.width);
    let thresholds = thresholds(selection, look);
    let mut group = group(pane, selection, look);
    if area.height > 1 {
        return vec![fitted(group, width), fitted(thresholds, width)];
    }
    group = fitted(group, width.saturating_sub(GAP.len() + thresholds.width()));
    group.push_span(Span::raw(GAP));
    group.extend(thresholds);
    vec![fitted(group, width)]
}

/// Returns the keys of some actions.
fn keys(actions: &[Action], look: &Look<'_>) -> Span<'static> {
    let contexts = [Context::Ontology, Context::Results];
    let keys: Vec<String> = actions.iter().filter_map(|action| look.keymap.key_for(&contexts, *action)).collect();
    Span::styled(keys.join(" "), look.theme.key)
}

/// Returns the group whose scores are shown, after the key that changes it.
fn group(pane: &OntologyPane, selection: &Selection, look: &Look<'_>) -> Line<'static> {
    let group = match &selection.group {
        Group::All => "all cells".to_owned(),
        Group::Cluster(place) => {
            let clusters = pane.queries.clusters().value();
            let label = clusters.and_then(|clusters| {
                let cluster = clusters.clusters.get(*place as usize)?;
                Some(format!("{} {}", clusters.column, cluster.label))
            });
            text::fit_middle(&label.unwrap_or_default(), 30).into_owned()
        }
        Group::Marked => "marked cells".to_owned(),
        Group::Box(_) => "cells in the box".to_owned(),
    };
    let group = Span::styled(group, Theme::bold(look.theme.accent));
    Line::from(vec![keys(&[Action::ColorBy], look), Span::raw(" "), group])
}

/// Returns the thresholds of a term, after the keys that change them.
fn thresholds(selection: &Selection, look: &Look<'_>) -> Line<'static> {
    let muted = |text: &'static str| Span::styled(text, look.theme.muted);
    Line::from(vec![
        keys(&[Action::LowerEvidence, Action::RaiseEvidence], look),
        muted(" score > "),
        Span::raw(format!("{:.2}", selection.thresholds.evidence)),
        Span::raw(GAP),
        keys(&[Action::LowerFraction, Action::RaiseFraction], look),
        muted(" cells > "),
        Span::raw(format!("{:.0} %", selection.thresholds.fraction * 100.0)),
    ])
}

fn render_search(pane: &OntologyPane, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    if area.height > 0 && area.width > 2 {
        frame.render_widget(Span::styled("/", look.theme.key), area);
        let rest = Rect { x: area.x + 2, width: area.width - 2, ..area };
        pane.search.input.render(frame, rest, look.theme);
    }
}
