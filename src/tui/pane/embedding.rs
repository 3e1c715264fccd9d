//! Plot of the cells in two dimensions of the file's obsm. In: coordinates, calls, clusters, scores of the selected
//! term. Out: the selected cell, and a box of cells as the group for other panes.
//!
//! Arrays as long as the file are read and colored off the interface's thread. The plot is counted when it or its
//! area changes and is cached until then, so that the cost of a frame depends only on its size.

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
    layout::{Constraint, Layout, Position, Rect},
    text::Span,
};

use super::{
    Look, Pane, PaneKind, Reply, clustering,
    selected_cell::{press, render_failure},
};
use crate::{
    domain::{OperationKind, TermId},
    tui::{
        action::Action,
        effect::Effect,
        facts::{Clock, Clustered},
        keymap::Context,
        log::Severity,
        msg::Answer,
        query::{
            QuerySlot, SharedQueries,
            plot::{Axes, ReadPoints},
        },
        selection::{Group, Selection},
        text,
        widget::{self, Marker},
    },
};
use choices::{Choice, Choices};
use coloring::{ColorCells, Coloring, ColoringInputs};
use viewport::Viewport;

/// The property that determines the color of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ColorBy {
    /// The first call, or the vote of the neighbors.
    Call,
    /// The cluster.
    Cluster,
    /// The score of the selected term.
    Score,
}

/// The plot of the cells in two dimensions.
#[derive(Debug)]
pub struct EmbeddingPane {
    queries: Arc<SharedQueries>,
    axes: Option<Axes>,
    points: QuerySlot<Vec<[f32; 2]>>,
    color: ColorBy,
    /// The coloring while no term is selected.
    usual: ColorBy,
    /// The selected term at the last change.
    term: Option<TermId>,
    coloring: QuerySlot<Coloring>,
    /// The inputs of the last requested coloring.
    inputs: Option<ColoringInputs>,
    viewport: Viewport,
    /// The marker that the user chose; if `None`, letters without colors.
    marker: Option<Marker>,
    /// The marker of the last frame.
    drawn_with: Cell<Marker>,
    choices: Option<Choices>,
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
            color,
            usual: color,
            term: None,
            coloring: QuerySlot::new("coloring of the embedding"),
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
        let inputs = coloring::inputs(&self.queries, self.color, selection);
        if inputs != self.inputs {
            match &inputs {
                Some(inputs) => effects.push(self.coloring.ask(ColorCells(inputs.clone()))),
                None => self.coloring.forget(),
            }
            self.inputs = inputs;
        }
        effects
    }

    /// Colors by the score of a term once one is selected, and as before once none is.
    fn color_by_term(&mut self, selection: &Selection) {
        if selection.term == self.term {
            return;
        }
        self.term.clone_from(&selection.term);
        match (&self.term, self.color) {
            (Some(_), ColorBy::Call | ColorBy::Cluster) => {
                self.usual = self.color;
                self.color = ColorBy::Score;
            }
            (None, ColorBy::Score) => self.color = self.usual,
            (Some(_), ColorBy::Score) | (None, ColorBy::Call | ColorBy::Cluster) => {}
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
        Some(self.points.ask(ReadPoints(axes)))
    }

    fn on_choosing(&mut self, mut choices: Choices, action: Action, selection: &Selection) -> Reply {
        match action {
            Action::Back => Reply::done(),
            Action::Accept => {
                let mut effects = Vec::new();
                match choices.chosen() {
                    Some(Choice::Color(color)) => self.color = color,
                    Some(Choice::Axes(axes)) => effects.extend(self.turn_to(axes)),
                    None => {}
                }
                effects.extend(self.follow(selection));
                Reply::Done(effects)
            }
            other => {
                let taken = choices.on_action(other);
                self.choices = Some(choices);
                Reply::taken(taken)
            }
        }
    }

    /// Selects the cells in the box as the group.
    fn take_box(&mut self, selection: &mut Selection) -> Reply {
        let points = self.points.value().map_or(&[][..], |points| points);
        let rows = self.viewport.boxed(points);
        self.viewport.close_box();
        if rows.is_empty() {
            return Effect::say(Severity::Warn, "No cell is in the box; the group is unchanged.").into();
        }
        let said = format!("The group now has {} cells; 2 shows their ontology.", text::count(rows.len() as u64));
        selection.group = Group::Box(rows.into());
        Effect::say(Severity::Good, said).into()
    }

    fn select_cell(&self, selection: &mut Selection) -> Reply {
        let points = self.points.value().map_or(&[][..], |points| points);
        match self.viewport.nearest(points) {
            Some(row) => {
                selection.cell = Some(row);
                Reply::done()
            }
            None => Effect::say(Severity::Warn, "No cell is here.").into(),
        }
    }

    fn on_plot(&mut self, action: Action, selection: &mut Selection) -> Reply {
        match action {
            Action::SelectBox if self.viewport.is_boxing() => self.take_box(selection),
            Action::Accept if self.viewport.is_boxing() => self.take_box(selection),
            Action::Back if self.viewport.is_boxing() => {
                self.viewport.close_box();
                Reply::done()
            }
            Action::SelectBox => {
                self.viewport.open_box();
                Reply::done()
            }
            Action::Accept => self.select_cell(selection),
            Action::Unmark if matches!(selection.group, Group::Box(_)) => {
                selection.group = Group::All;
                Reply::done()
            }
            Action::Last => {
                let cell = selection.cell.and_then(|row| self.points.value()?.get(row).copied());
                if let Some(point) = cell {
                    self.viewport.go_to(point.map(f64::from));
                }
                Reply::done()
            }
            other => self.move_by(other),
        }
    }

    fn move_by(&mut self, action: Action) -> Reply {
        let before = self.viewport.view();
        if !self.viewport.on_action(action) {
            return Reply::Pass;
        }
        if self.viewport.view() == before { Reply::done() } else { Reply::Done(self.recount().into_iter().collect()) }
    }

    fn render_absence(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let theme = look.theme;
        if self.axes.is_none() && clustering::render(frame, area, (self.queries.clustering(), look)) {
            return;
        }
        let failure = self.points.failure().or(self.queries.outline().failure());
        let file = self.queries.outline().value().map(|outline| &outline.file);
        if let Some(failure) = failure {
            return render_failure(frame, area, (failure, look));
        }
        match file {
            Some(Err(failure)) => render_failure(frame, area, (failure, look)),
            Some(Ok(_)) if self.axes.is_some() => {
                let name = self.axes.as_ref().map_or("", |axes| axes.name.as_str());
                let headline =
                    format!("Reading {} of {} cells…", text::fit(name, 40), text::count(self.queries.cells() as u64));
                widget::message(frame, area, (Span::styled(headline, theme.busy), &[]), theme);
            }
            Some(Ok(file)) => {
                let key = |action| press(look, Context::Embedding, action);
                let [headline, fix] = choices::why_none(file, &key(Action::ColorBy), &key(Action::Cluster));
                widget::message(frame, area, (Span::styled(headline, theme.title), &[&fix]), theme);
            }
            None => {
                let headline = Span::styled("Looking for embeddings in the file…", theme.busy);
                widget::message(frame, area, (headline, &[]), theme);
            }
        }
    }

    fn render_choices(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        if let Some(choices) = &self.choices {
            choices.render(frame, area, look);
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
        if self.is_empty() { &[] } else { &[Context::Embedding] }
    }

    fn on_action(&mut self, action: Action, selection: &mut Selection) -> Reply {
        if let Some(choices) = self.choices.take() {
            return self.on_choosing(choices, action, selection);
        }
        match action {
            Action::ColorBy => {
                let now = (self.color, self.axes.as_ref());
                self.choices = Some(Choices::new(&self.queries, selection, now));
                Reply::done()
            }
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

    fn on_click(&mut self, at: Position, area: Rect, selection: &mut Selection) -> Reply {
        let [plot, _] = legend::places(area);
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
        if self.coloring.on_answer(answer) {
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
        let Some(points) = self.points.value() else {
            let choices = if self.choices.is_some() { area.height / 2 } else { 0 };
            let [above, below] = Layout::vertical([Constraint::Fill(1), Constraint::Length(choices)]).areas(area);
            self.render_absence(frame, above, look);
            return self.render_choices(frame, below, look);
        };
        let [plot, side] = legend::places(area);
        plot::render(self, frame, plot, (points, look, selection));
        if self.choices.is_some() {
            self.render_choices(frame, if side.is_empty() { area } else { side }, look);
        } else {
            legend::render(self, frame, side, (points, look, selection));
        }
    }
}

#[cfg(test)]
mod tests;
