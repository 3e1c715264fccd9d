//! The data of the pane. In: the selection and answers. Out: requests for what is missing, and the comparison.

use std::sync::Arc;

use super::{
    EvidencePane,
    compared::{Compared, Lists},
};
use crate::{
    results::MarkerPanel,
    tui::{
        effect::Effect,
        facts::Failure,
        pane::{Reply, marker_genes::by_call},
        query::markers::{Ranked, ReadCell},
        selection::Selection,
    },
};

impl EvidencePane {
    /// Returns the panel whose genes are shown.
    pub(super) fn panel(&self) -> Option<&Arc<MarkerPanel>> {
        self.queries.outline().value()?.panels.panels.get(self.panel?)
    }

    /// Follows the selection: asks for what its cell and its genes need.
    pub(super) fn turn_to(&mut self, selection: &Selection) -> Vec<Effect> {
        self.subject = Selection { cell: selection.cell, genes: selection.genes.clone(), ..Selection::default() };
        self.follow()
    }

    /// Asks for what the last selection needs, while the pane is shown, and compares what is known.
    pub(super) fn follow(&mut self) -> Vec<Effect> {
        if !self.markers.is_shown() {
            return Vec::new();
        }
        let mut effects: Vec<Effect> = self.markers.follow(&self.queries, by_call(&self.queries)).into_iter().collect();
        if self.markers.ranked().is_some() {
            effects.extend(self.answer.follow(&self.queries, &self.subject));
            effects.extend(self.read_cell());
            effects.extend(self.read_dots());
        }
        self.compared = self.compare();
        effects
    }

    /// Looks up the genes of the panel in the file, and reports what is unknown.
    pub(super) fn find_panel(&mut self) -> Option<Effect> {
        let found = |ranked: &Arc<Ranked>| Some(self.panel()?.resolve(ranked.reader.genes()).0);
        self.panel_genes = self.markers.ranked().and_then(found).unwrap_or_default();
        let (place, panel) = (self.panel?, self.panel()?.clone());
        self.reported.report(place, &panel, self.markers.ranked()?)
    }

    fn read_cell(&mut self) -> Option<Effect> {
        if self.asked == self.subject.cell {
            return None;
        }
        self.asked = self.subject.cell;
        self.asked.map(|row| self.cell.ask(ReadCell { row }))
    }

    /// Tries again what has failed, or starts a computation that waits for the user.
    pub(super) fn try_again(&mut self) -> Reply {
        if self.cell.failure().is_some() {
            self.asked = None;
        }
        self.dots.forget_failure();
        let mut effects: Vec<Effect> = self.markers.compute().into_iter().collect();
        effects.extend(self.follow());
        Reply::unless_empty(effects)
    }

    /// Returns the reason why the values of the cell, or those of the user's genes, are unknown.
    pub(super) fn failure(&self) -> Option<&Failure> {
        self.cell.failure().or(self.dots.failure())
    }

    fn read_dots(&mut self) -> Option<Effect> {
        self.dots.follow(self.markers.ranked()?, [&self.subject.genes, &self.panel_genes[..]].concat())
    }

    fn compare(&self) -> Option<Compared> {
        let ranked = self.markers.ranked()?;
        let cell = self.cell.value().filter(|cell| Some(cell.row) == self.subject.cell)?;
        let answer = self.answer.answer().filter(|(row, _)| *row == cell.row).map(|(_, answer)| answer);
        let lists = Lists {
            ranked,
            cell: &cell.values,
            dots: self.dots.value().map(AsRef::as_ref),
            panel: self.panel().map(AsRef::as_ref),
            ontology: self.queries.outline().value().and_then(|outline| outline.ontology.as_deref()),
        };
        Some(lists.compared(cell.row, (answer, self.opponent.as_deref()), &self.subject.genes))
    }
}
