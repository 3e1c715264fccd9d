//! Plot of the cells in two dimensions of the file's obsm. In: coordinates, calls, clusters, scores of the selected
//! term. Out: the selected cell, and a box of cells as the group for other panes.
//!
//! Arrays as long as the file are read and colored off the interface's thread. The plot is counted when it or its
//! area changes and is cached until then, so that the cost of a frame depends only on its size.

mod actions;
mod choices;
mod coloring;
mod legend;
mod plot;
mod viewport;

use std::{
    cell::{Cell, RefCell},
    sync::Arc,
};

use ratatui::{
    Frame,
    layout::{Position, Rect},
    text::Span,
};

use super::{
    Look, Pane, PaneKind, Reply, clustering,
    picker::Picker,
    selected_cell::{press, render_failure},
};
use crate::{
    analysis::Gene,
    domain::{OperationKind, TermId},
    results::{
        coloring::{Categories, Coloring, lettered},
        plot::axes_name,
    },
    tui::{
        action::Action,
        effect::{Change, Effect, Step},
        facts::{Clock, Clustered},
        keymap::{Context, Key},
        msg::Answer,
        query::{
            InferredCells, QuerySlot, SharedQueries,
            figure::PaneFigure,
            inferred::MARK,
            plot::{Axes, ReadPoints},
        },
        selection::Selection,
        text,
        widget::{self, Marker},
    },
};
use choices::Choice;
use coloring::{ColorCells, ColoringInputs};
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

    /// Asks for all data that is missing or outdated.
    fn follow(&mut self, selection: &Selection) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.axes.is_none()
            && let Some(axes) = choices::best_axes(&self.queries)
        {
            effects.extend(self.turn_to(axes));
        }
        let inferred = self.queries.inferred().value();
        if inferred.map(Arc::as_ptr) != self.inferred.as_ref().map(Arc::as_ptr) {
            self.inferred = inferred.cloned();
            effects.extend(self.axes.take().and_then(|axes| self.turn_to(axes)));
        }
        let inputs = coloring::inputs(&self.queries, &self.color, selection);
        if inputs != self.inputs {
            match &inputs {
                Some(inputs) => effects.push(self.coloring.ask(ColorCells::new(inputs.clone()))),
                None => self.coloring.forget(),
            }
            self.inputs = inputs;
            self.progress = None;
        }
        effects
    }

    fn palette(&self) -> Option<&Categories> {
        match self.coloring.value().map(AsRef::as_ref)? {
            Coloring::Categories(categories) => Some(categories),
            Coloring::Values(_) => None,
        }
    }

    /// Shows only the cells of the next or the previous category; after the last one, all cells.
    fn step_only(&mut self, action: Action) -> Reply {
        let Some(count) = self.palette().map(lettered).filter(|count| *count > 0) else { return Reply::Pass };
        let only = match (self.only, action) {
            (None, Action::NextMatch) => Some(0),
            (None, _) => Some(count - 1),
            (Some(at), Action::NextMatch) => Some(at + 1).filter(|next| *next < count),
            (Some(at), _) => at.checked_sub(1),
        };
        self.show_only(only)
    }

    fn show_only(&mut self, only: Option<u16>) -> Reply {
        self.only = only;
        Reply::Done(self.recount().into_iter().collect())
    }

    /// Lists the cells of the only shown category in the cells table.
    fn list_only(&self) -> Reply {
        match self.only.and_then(|only| coloring::filter(self.palette()?, only)) {
            Some(filter) => Effect::Step(Step::Change(Change::Filter(filter))).into(),
            None => Effect::hint("n shows a group of the legend alone; = then lists its cells").into(),
        }
    }

    /// Asks for the plot to be counted, unless it has few enough points to be counted within a frame.
    fn recount(&mut self) -> Option<Effect> {
        let count = plot::count(self)?;
        Some(self.counted.ask(count))
    }

    fn turn_to(&mut self, axes: Axes) -> Option<Effect> {
        if self.axes.as_ref() == Some(&axes) {
            return None;
        }
        self.points.forget();
        self.axes = Some(axes.clone());
        Some(self.points.ask(ReadPoints(axes, self.inferred.clone())))
    }

    fn render_absence(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let theme = look.theme;
        if self.axes.is_none() && clustering::render(frame, area, self.queries.clustering(), look) {
            return;
        }
        let failure = self.points.failure().or(self.queries.outline().failure());
        let file = self.queries.outline().value().map(|outline| &outline.file);
        if let Some(failure) = failure {
            return render_failure(frame, area, failure, look);
        }
        match file {
            Some(Err(failure)) => render_failure(frame, area, failure, look),
            Some(Ok(_)) if self.axes.is_some() => {
                let name = self.axes.as_ref().map_or("", |axes| axes.name.as_str());
                let headline =
                    format!("Reading {} of {} cells…", text::fit(name, 40), text::count(self.queries.cells() as u64));
                widget::Message::new(Span::styled(headline, theme.busy), &[]).render(frame, area, theme);
            }
            Some(Ok(file)) => {
                let key = |action| press(look, Context::Embedding, action);
                let [headline, fix] = choices::why_none(file, &key(Action::ColorBy), &key(Action::Cluster));
                widget::Message::new(Span::styled(headline, theme.title), &[&fix]).render(frame, area, theme);
            }
            None => {
                let headline = Span::styled("Looking for embeddings in the file…", theme.busy);
                widget::Message::new(headline, &[]).render(frame, area, theme);
            }
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
            && let Some(entry) = self.palette().and_then(|palette| legend::entry_at((palette, self.only), side, at))
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
