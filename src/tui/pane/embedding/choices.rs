//! The choice of embedding and coloring.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use super::ColorBy;
use crate::{
    domain::OperationKind,
    engine::usual_embedding,
    tui::{
        action::Action,
        pane::Look,
        query::{SharedQueries, plot::Axes, shared::FileOutline},
        selection::Selection,
        text,
        widget::{ListState, rule, scroll, table::fitted},
    },
};

/// An item to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Color(ColorBy),
    Axes(Axes),
}

/// All items to choose from.
#[derive(Debug)]
pub(super) struct Choices {
    choices: Vec<(Choice, String)>,
    now: Vec<Choice>,
    list: ListState,
}

/// Returns the displayed name of a plot: `X_pca 1 × 2`.
pub(super) fn name(axes: &Axes) -> String {
    let [x, y] = axes.dimensions.map(|dimension| dimension + 1);
    format!("{} {x} × {y}", text::fit(&axes.name, 30))
}

/// Returns the embedding plotted by default: a usual one, or else one with two dimensions.
pub(super) fn best_axes(queries: &SharedQueries) -> Option<Axes> {
    let file = queries.outline().value()?.file.as_ref().ok()?;
    let name = usual_embedding(file.obsm.iter().map(|found| (&*found.name, found.dimensions)))?;
    Some(Axes { name: name.to_owned(), dimensions: [0, 1] })
}

/// Returns the reason why nothing is plotted, and the key to press.
pub(super) fn why_none(file: &FileOutline, key: &str, cluster_key: &str) -> [String; 2] {
    let names: Vec<&str> = file.obsm.iter().filter(|found| found.dimensions >= 2).map(|found| &*found.name).collect();
    match names.as_slice() {
        [] => [
            "This file has no embedding in obsm.".to_owned(),
            format!("{cluster_key} computes a map (UMAP) and clusters from the counts."),
        ],
        [only] => {
            let only = text::fit(only, 40);
            [format!("No UMAP in this file: obsm has {only} only."), format!("Press {key} to plot {only}.")]
        }
        several => {
            let several = text::fit(&several.join(", "), 120).into_owned();
            [format!("No UMAP in this file: obsm has {several}."), format!("Press {key} to choose one.")]
        }
    }
}

impl Choices {
    /// Returns all choices that a run's file and the selection offer.
    pub(super) fn new(queries: &SharedQueries, selection: &Selection, (color, axes): (ColorBy, Option<&Axes>)) -> Self {
        let mut choices = Vec::new();
        let mut offer = |choice: ColorBy, label: String| choices.push((Choice::Color(choice), label));
        match queries.kind() {
            OperationKind::OntologyAware => offer(ColorBy::Call, "call".to_owned()),
            OperationKind::SummaryStatistics => offer(ColorBy::Call, "most neighbors".to_owned()),
            OperationKind::Search => {}
        }
        let column = selection.cluster_column.as_deref().map(|column| text::fit(column, 30));
        offer(ColorBy::Cluster, column.map_or_else(|| "cluster".to_owned(), |column| format!("cluster ({column})")));
        if queries.kind() == OperationKind::OntologyAware {
            offer(ColorBy::Score, "score of a term".to_owned());
        }
        choices.extend(axes_of(queries).map(|axes| (Choice::Axes(axes.clone()), name(&axes))));
        let mut now = vec![Choice::Color(color)];
        now.extend(axes.cloned().map(Choice::Axes));
        let mut list = ListState::default();
        let first_missing = choices.iter().position(|(choice, _)| matches!(choice, Choice::Axes(_)));
        let at =
            if axes.is_none() { first_missing } else { choices.iter().position(|(choice, _)| now.contains(choice)) };
        list.select(at.unwrap_or(0));
        Self { choices, now, list }
    }

    /// Returns the item under the cursor.
    pub(super) fn chosen(&self) -> Option<Choice> {
        Some(self.choices[self.list.selected(self.choices.len())?].0.clone())
    }

    /// Moves the cursor; the key that opened the list moves it down.
    pub(super) fn on_action(&mut self, action: Action) -> bool {
        let len = self.choices.len();
        match action {
            Action::ColorBy => {
                let next = self.list.selected(len).map_or(0, |at| (at + 1) % len.max(1));
                self.list.select(next);
                true
            }
            other => self.list.on_action(other, len),
        }
    }

    /// Draws the list.
    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let theme = look.theme;
        let [head, body] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
        frame.render_widget(rule("color by, plot", head.width, theme), head);
        let selected = self.list.selected(self.choices.len());
        let rows = scroll::window(selected.unwrap_or(0), self.choices.len(), usize::from(body.height));
        for (number, row) in rows.zip(body.rows()) {
            let (choice, label) = &self.choices[number];
            let here = selected == Some(number);
            let mark = if self.now.contains(choice) { Span::styled("● ", theme.accent) } else { Span::raw("  ") };
            let cursor = Span::styled(if here { "❯ " } else { "  " }, theme.accent);
            let line = Line::from(vec![cursor, mark, Span::raw(label.as_str())]);
            frame.render_widget(fitted(line, usize::from(row.width)), row);
            if here {
                frame.buffer_mut().set_style(row, theme.cursor(look.focus));
            }
        }
    }
}

/// Returns the pairs of dimensions to choose from, among the first three of each embedding.
fn axes_of(queries: &SharedQueries) -> impl Iterator<Item = Axes> + '_ {
    const PAIRS: [[usize; 2]; 3] = [[0, 1], [0, 2], [1, 2]];
    let file = queries.outline().value().and_then(|outline| outline.file.as_ref().ok());
    file.into_iter().flat_map(|file| &file.obsm).flat_map(|found| {
        let pairs = PAIRS.into_iter().filter(|[_, y]| *y < found.dimensions);
        pairs.map(|dimensions| Axes { name: found.name.clone(), dimensions })
    })
}
