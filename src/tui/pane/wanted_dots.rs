//! The dots of genes that are not among the marker genes of a run. In: the genes that a pane shows. Out: their dots, read
//! once for all of them.

use std::sync::Arc;

use crate::{
    analysis::{Gene, markers::GeneDots},
    tui::{
        effect::Effect,
        facts::Failure,
        msg::Answer,
        query::{
            QuerySlot,
            markers::{Ranked, ReadDots},
        },
    },
};

/// The dots that a pane has asked for.
#[derive(Debug)]
pub(super) struct WantedDots {
    asker: &'static str,
    slot: QuerySlot<GeneDots>,
    /// The genes whose dots were asked for.
    genes: Vec<Gene>,
}

impl WantedDots {
    pub(super) fn new(asker: &'static str) -> Self {
        Self { asker, slot: QuerySlot::new(asker), genes: Vec::new() }
    }

    /// Asks for the dots of those genes that are not ranked, unless they were asked for.
    pub(super) fn follow(&mut self, ranked: &Arc<Ranked>, mut genes: Vec<Gene>) -> Option<Effect> {
        genes.retain(|gene| ranked.dot(0, gene.column).is_none());
        if genes == self.genes {
            return None;
        }
        self.genes.clone_from(&genes);
        self.slot.forget();
        let ask = ReadDots { ranked: ranked.clone(), genes, work: Arc::default() };
        (!ask.genes.is_empty()).then(|| self.slot.ask(ask))
    }

    /// Forgets the dots, which are those of other groups.
    pub(super) fn forget(&mut self) {
        self.slot.forget();
        self.genes.clear();
    }

    /// Lets dots that could not be read be asked for again.
    pub(super) fn forget_failure(&mut self) {
        if self.failure().is_some() {
            self.genes.clear();
        }
    }

    /// Returns the effect that cancels the work under way.
    pub(super) fn cancel(&self) -> Option<Effect> {
        self.slot.is_asked().then_some(Effect::CancelQuery(self.asker))
    }

    /// Handles an answer, and returns whether it is about these dots.
    pub(super) fn on_answer(&mut self, answer: &Answer) -> bool {
        self.slot.on_answer(answer)
    }

    pub(super) fn value(&self) -> Option<&Arc<GeneDots>> {
        self.slot.value()
    }

    pub(super) fn failure(&self) -> Option<&Failure> {
        self.slot.failure()
    }
}
