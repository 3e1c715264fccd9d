//! The data of the plot. In: the selection and answers. Out: requests for what is missing, and the plot.

use std::sync::Arc;

use super::{
    DotPlotPane,
    choices::GeneChoice,
    plot::{self, Plot},
};
use crate::{
    analysis::Gene,
    domain::OperationKind,
    results::MarkerPanel,
    tui::{
        effect::Effect,
        pane::marker_genes::by_call,
        query::markers::{GroupSource, Ranked},
        selection::Selection,
    },
};

impl DotPlotPane {
    fn panel(&self) -> Option<&Arc<MarkerPanel>> {
        let GeneChoice::Panel(place) = self.genes else { return None };
        self.queries.outline().value()?.panels.panels.get(place)
    }

    fn source(&self) -> Option<GroupSource> {
        match &self.column {
            Some(column) => Some(GroupSource::Column(column.clone())),
            None => by_call(&self.queries),
        }
    }

    /// Asks for what the plot needs, while the pane is shown.
    pub(super) fn follow(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.markers.is_shown() {
            let source = self.source();
            effects.extend(self.markers.follow(&self.queries, source));
            effects.extend(self.read_dots());
            self.make_plot();
        }
        effects
    }

    fn read_dots(&mut self) -> Option<Effect> {
        self.dots.follow(self.markers.ranked()?, [&self.chosen, &self.listed[..]].concat())
    }

    pub(super) fn turn_to(&mut self, selection: &Selection) -> Vec<Effect> {
        self.chosen = selection.genes.clone();
        if self.queries.kind() == OperationKind::Search && self.column.is_none() {
            self.column.clone_from(&selection.cluster_column);
        }
        self.follow()
    }

    /// Makes the plot again after a change of its content.
    pub(super) fn make_plot(&mut self) {
        let plot =
            |ranked: &Arc<Ranked>| Plot::new(ranked.clone(), self.dots.value().cloned(), self.all_genes(), self.order);
        self.plot = self.markers.ranked().map(plot);
    }

    /// Looks up the genes of the choice, after another choice or other marker genes. Reports what is unknown of a panel.
    pub(super) fn list_genes(&mut self) -> Option<Effect> {
        let listed = |ranked: &Arc<Ranked>| match self.genes {
            GeneChoice::Top(top) => plot::top(ranked, top),
            GeneChoice::Panel(_) => {
                self.panel().map(|panel| panel.resolve(ranked.reader.genes()).0).unwrap_or_default()
            }
            GeneChoice::Nothing => Vec::new(),
        };
        self.listed = self.markers.ranked().map(listed).unwrap_or_default();
        let GeneChoice::Panel(place) = self.genes else { return None };
        let panel = self.panel()?.clone();
        self.reported.report_genes(place, &panel, self.markers.ranked()?)
    }

    /// Returns the genes of the choice, followed by those of the user, each once.
    fn all_genes(&self) -> Vec<Gene> {
        let mut genes = self.listed.clone();
        for gene in &*self.chosen {
            if genes.iter().all(|known| known.column != gene.column) {
                genes.push(gene.clone());
            }
        }
        genes
    }
}
