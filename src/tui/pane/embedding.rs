//! Plot of the cells in two dimensions of the file's obsm. In: coordinates, calls, clusters, scores of the selected
//! term. Out: the selected cell, and a box of cells as the group for other panes.
//!
//! Arrays as long as the file are read and colored off the interface's thread. The plot is counted when it or its
//! area changes and is cached until then, so that the cost of a frame depends only on its size.

mod absence;
mod actions;
mod choices;
mod coloring;
mod legend;
mod legend_rows;
mod only;
mod plot;
mod queries;
mod viewport;

use std::{
    cell::{Cell, RefCell},
    sync::Arc,
};

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{Look, Pane, PaneKind, Reply, picker::Picker};
use crate::{
    analysis::Gene,
    domain::{OperationKind, TermId},
    results::{coloring::Coloring, plot::axes_name},
    tui::{
        action::Action,
        effect::Effect,
        facts::{Clock, Clustered},
        keymap::{Context, Key},
        msg::Answer,
        query::{InferredCells, QuerySlot, SharedQueries, figure::PaneFigure, inferred::MARK, plot::Axes},
        selection::Selection,
        text,
        widget::Marker,
    },
};
use choices::Choice;
use coloring::ColoringInputs;
use legend_rows::LegendRows;
use viewport::Viewport;

/// The asker of the coloring.
const COLORING: &str = "coloring of the embedding";

/// The property that determines the color of cells.
#[derive(Clone, Debug, PartialEq, Eq)]
enum ColorBy {
    /// The first call, or the vote of the neighbors.
    Call,
    /// The cluster.
    Cluster,
    /// The score of the selected term.
    Score,
    /// The score of the call, or the share of neighbors with the most frequent type.
    Confidence,
    /// The flags of the call.
    Flags,
    /// The distance of the nearest neighbor.
    Distance,
    /// The counts per cell.
    Counts,
    /// The genes with a count per cell.
    Genes,
    /// A column of obs.
    Column(String),
    /// The expression of a gene.
    Gene(Gene),
}

/// The plot of the cells in two dimensions.
#[derive(Debug)]
pub struct EmbeddingPane {
    queries: Arc<SharedQueries>,
    axes: Option<Axes>,
    points: QuerySlot<Vec<[f32; 2]>>,
    /// The inferred cells whose points follow those of the run's cells.
    inferred: Option<Arc<InferredCells>>,
    color: ColorBy,
    /// The coloring while no term is selected.
    usual: ColorBy,
    /// The selected term at the last change.
    term: Option<TermId>,
    /// The gene chosen last, at the last change.
    gene: Option<Gene>,
    /// The only category to show, if not all are shown.
    only: Option<u16>,
    /// The shown part of the legend.
    rows: LegendRows,
    /// The share of the cells that were read for the coloring, while it is computed.
    progress: Option<f64>,
    coloring: QuerySlot<Coloring>,
    /// The inputs of the last requested coloring.
    inputs: Option<ColoringInputs>,
    viewport: Viewport,
    /// The marker that the user chose; if `None`, letters without colors.
    marker: Option<Marker>,
    /// The marker of the last frame.
    drawn_with: Cell<Marker>,
    choices: Option<(Picker, Vec<Choice>)>,
    /// A plot with too many points to be counted within a frame.
    counted: QuerySlot<plot::Counted>,
    kept: RefCell<plot::Kept>,
}

impl EmbeddingPane {
    /// Creates the pane of a run that was just opened.
    pub fn new(queries: Arc<SharedQueries>) -> Self {
        let color = match queries.kind() {
            OperationKind::OntologyAware | OperationKind::SummaryStatistics => ColorBy::Call,
            OperationKind::Search => ColorBy::Cluster,
        };
        Self {
            queries,
            axes: None,
            points: QuerySlot::new("points of the embedding"),
            inferred: None,
            color: color.clone(),
            usual: color,
            term: None,
            gene: None,
            only: None,
            rows: LegendRows::default(),
            progress: None,
            coloring: QuerySlot::new(COLORING),
            inputs: None,
            viewport: Viewport::default(),
            marker: None,
            drawn_with: Cell::default(),
            choices: None,
            counted: QuerySlot::new("plot of the embedding"),
            kept: RefCell::default(),
        }
    }

    fn render_choices(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        if let Some((picker, _)) = &self.choices {
            picker.render(frame, area, look);
        }
    }
}

impl Pane for EmbeddingPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Embedding
    }

    fn note(&self) -> String {
        let Some(axes) = &self.axes else { return String::new() };
        let mut note = choices::name(axes);
        if let Some(inferred) = &self.inferred {
            note = format!("{note} · {MARK}{} inferred", text::count(inferred.len() as u64));
        }
        if self.viewport.magnification() > 1.0 {
            note = format!("{note} · {}×", self.viewport.magnification());
        }
        note
    }

    fn offers(&self, action: Action) -> bool {
        match action {
            // Numbers have no categories to show alone.
            Action::NextMatch | Action::PreviousMatch | Action::SameAs => self.palette().is_some(),
            Action::LegendDown | Action::LegendUp => {
                self.palette().is_some_and(|palette| self.rows.is_longer(palette.entries.len()))
            }
            _ => true,
        }
    }

    fn is_empty(&self) -> bool {
        match self.queries.outline().value().map(|outline| outline.file.as_ref()) {
            Some(Ok(file)) => !file.obsm.iter().any(|found| found.dimensions >= 2),
            Some(Err(_)) => true,
            None => false,
        }
    }

    fn contexts(&self) -> &'static [Context] {
        match (self.is_empty(), self.is_typing()) {
            (true, _) => &[],
            (false, true) => &[Context::Input],
            (false, false) => &[Context::Embedding],
        }
    }

    fn is_typing(&self) -> bool {
        self.choices.is_some()
    }

    fn on_key(&mut self, key: Key) -> bool {
        self.choices.as_mut().is_some_and(|(picker, _)| picker.on_key(key))
    }

    fn on_action(&mut self, action: Action, selection: &mut Selection) -> Reply {
        if let Some((picker, choices)) = self.choices.take() {
            return self.on_choosing(picker, choices, action, selection);
        }
        match action {
            Action::ColorBy => self.open_choices(selection),
            Action::CancelWork if self.progress.is_some() => Effect::CancelQuery(COLORING).into(),
            Action::Marker => {
                let marker = self.drawn_with.get().next();
                self.marker = Some(marker);
                self.drawn_with.set(marker);
                Reply::Done(self.recount().into_iter().collect())
            }
            _ if self.points.value().is_none() => Reply::Pass,
            other => self.on_plot(other, selection),
        }
    }

    fn figure(&self) -> Option<PaneFigure> {
        let (axes, coloring) = (self.axes.as_ref()?, self.coloring.value()?.clone());
        let (name, points) = (axes_name(&axes.name, axes.dimensions), self.points.value()?.clone());
        Some(PaneFigure::Embedding { name, points, coloring, only: self.only })
    }

    fn on_choice_click(&mut self, at: Position) -> Option<Action> {
        self.choices.as_mut().and_then(|(picker, _)| picker.on_click(at))
    }

    fn on_click(&mut self, at: Position, area: Rect, selection: &mut Selection) -> Reply {
        let [plot, side] = legend::places(area);
        if self.choices.is_none()
            && let Some(entry) = self.palette().and_then(|palette| legend::entry_at((palette, &self.rows), side, at))
        {
            return self.show_only(Some(entry).filter(|entry| self.only != Some(*entry)));
        }
        if self.choices.is_some() || !plot.contains(at) {
            return Reply::done();
        }
        let Some(points) = self.points.value().cloned() else { return Reply::done() };
        self.viewport.drawn_in(plot.as_size());
        let before = self.viewport.view();
        self.viewport.go_to(before.point([at.x - plot.x, at.y - plot.y], plot.as_size()));
        let moved = (self.viewport.view() != before).then(|| self.recount()).flatten();
        if !self.viewport.is_boxing() {
            selection.cell = self.viewport.nearest(&points).or(selection.cell);
        }
        Reply::Done(moved.into_iter().collect())
    }

    fn on_wheel(&mut self, scroll: Action, at: Position, area: Rect, selection: &mut Selection) -> Reply {
        let [_, side] = legend::places(area);
        let count = self.palette().map(|palette| palette.entries.len());
        match count.filter(|_| self.choices.is_none() && legend::is_legend(side, at)) {
            Some(count) => {
                self.rows.on_action(scroll, count);
                Reply::done()
            }
            None => self.on_action(scroll, selection),
        }
    }

    fn on_selection(&mut self, selection: &Selection) -> Vec<Effect> {
        self.color_by_term(selection);
        self.color_by_gene(selection);
        self.follow(selection)
    }

    fn on_queries(&mut self, queries: &Arc<SharedQueries>, selection: &Selection) -> Vec<Effect> {
        self.queries = queries.clone();
        self.follow(selection)
    }

    fn on_answer(&mut self, answer: &Answer, _: Clock) -> Vec<Effect> {
        if matches!(answer, Answer::ClusteringEnded(_, Ok(Clustered::Done { .. }))) {
            // The map may have been computed again.
            return self.axes.take().and_then(|axes| self.turn_to(axes)).into_iter().collect();
        }
        if self.points.on_answer(answer) {
            if let Some(points) = self.points.value() {
                let size = self.viewport.size();
                self.viewport = Viewport::of(points);
                self.viewport.drawn_in(size);
            }
            self.kept.take();
            return self.recount().into_iter().collect();
        }
        if let Answer::QueryUnderWay(id, [done, total]) = answer
            && id.asker == COLORING
            && self.coloring.is_asked()
        {
            self.progress = Some(*done as f64 / (*total).max(1) as f64);
        }
        if self.coloring.on_answer(answer) {
            self.progress = None;
            // A category may be another one now.
            self.only = None;
            self.rows.reset();
            let recount = self.recount();
            if recount.is_none() {
                self.kept.take();
            }
            return recount.into_iter().collect();
        }
        if self.counted.on_answer(answer) {
            plot::take(self);
        }
        Vec::new()
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, selection: &Selection) {
        if self.points.value().is_none() {
            self.render_absence(frame, area, look);
            return self.render_choices(frame, area, look);
        }
        let [plot, side] = legend::places(area);
        self.draw_plot(frame, plot, look, selection);
        self.draw_side(frame, side, look, selection);
        self.render_choices(frame, area, look);
    }
}

#[cfg(test)]
mod tests;
