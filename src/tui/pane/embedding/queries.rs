//! Queries of the plot. In: the selection and the shared queries. Out: requests for what is missing or outdated.

use std::sync::Arc;

use super::{
    EmbeddingPane, choices,
    coloring::{self, ColorCells},
    plot,
};
use crate::tui::{
    effect::Effect,
    query::plot::{Axes, ReadPoints},
    selection::Selection,
};

impl EmbeddingPane {
    /// Asks for all data that is missing or outdated.
    pub(super) fn follow(&mut self, selection: &Selection) -> Vec<Effect> {
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

    /// Asks for the plot to be counted, unless it has few enough points to be counted within a frame.
    pub(super) fn recount(&mut self) -> Option<Effect> {
        let count = plot::count(self)?;
        Some(self.counted.ask(count))
    }

    pub(super) fn turn_to(&mut self, axes: Axes) -> Option<Effect> {
        if self.axes.as_ref() == Some(&axes) {
            return None;
        }
        self.points.forget();
        self.axes = Some(axes.clone());
        Some(self.points.ask(ReadPoints(axes, self.inferred.clone())))
    }
}
