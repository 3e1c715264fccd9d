//! What a pane knows of reference cells: what the run's folder keeps at once, the rest when the user wants it fetched.

use std::sync::Arc;

use crate::{
    domain::{CasCellId, CellMetadata, CellMetadataFeature},
    engine::Metadata,
    tui::{
        effect::Effect,
        facts::Failure,
        msg::Answer,
        study::{
            Inquiry,
            reference::{Describe, From},
        },
    },
};

/// Who asks servers about reference cells. What one of them is told, the others find in the run's folder.
const FETCHERS: [&str; 3] = [Asker::Neighbors.fetches(), Asker::Metadata.fetches(), Asker::LookUp.fetches()];

/// Which pane asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asker {
    Neighbors,
    Metadata,
    LookUp,
}

impl Asker {
    const fn looks(self) -> &'static str {
        match self {
            Self::Neighbors => "kept for neighbors",
            Self::Metadata => "kept for metadata",
            Self::LookUp => "kept for look-up",
        }
    }

    const fn fetches(self) -> &'static str {
        match self {
            Self::Neighbors => "fetched for neighbors",
            Self::Metadata => "fetched for metadata",
            Self::LookUp => "fetched for look-up",
        }
    }
}

/// What is known of some reference cells.
#[derive(Debug)]
pub(super) struct References {
    cells: Vec<CasCellId>,
    kept: Inquiry<Metadata>,
    fetched: Inquiry<Metadata>,
    known: Arc<Metadata>,
}

impl References {
    pub(super) fn new(asker: Asker) -> Self {
        let (kept, fetched) = (Inquiry::new(asker.looks()), Inquiry::new(asker.fetches()));
        Self { cells: Vec::new(), kept, fetched, known: Arc::default() }
    }

    /// Is about other cells from now on: asks what is kept of them.
    pub(super) fn turn_to(&mut self, cells: Vec<CasCellId>) -> Vec<Effect> {
        self.cells = cells;
        self.known = Arc::default();
        self.fetched.forget();
        self.look()
    }

    fn look(&mut self) -> Vec<Effect> {
        if self.cells.is_empty() {
            self.kept.forget();
            return Vec::new();
        }
        vec![self.kept.ask(Describe { cells: self.cells.clone(), from: From::Folder })]
    }

    /// Asks a server about what is not kept.
    pub(super) fn fetch(&mut self) -> Vec<Effect> {
        if self.cells.is_empty() || self.fetched.is_asked() {
            return Vec::new();
        }
        vec![self.fetched.ask(Describe { cells: self.cells.clone(), from: From::Server })]
    }

    /// Takes an answer: whether more is known now, and what to ask next.
    pub(super) fn on_answer(&mut self, answer: &Answer) -> (bool, Vec<Effect>) {
        for inquiry in [&mut self.kept, &mut self.fetched] {
            if inquiry.on_answer(answer) {
                if let Some(told) = inquiry.value() {
                    self.known = told.clone();
                }
                return (true, Vec::new());
            }
        }
        let others = matches!(answer, Answer::Told(told) if FETCHERS.contains(&told.ticket.asker));
        let missing = self.known.len() < self.cells.len();
        (false, if others && missing { self.look() } else { Vec::new() })
    }

    /// The cells it is about.
    pub(super) fn cells(&self) -> &[CasCellId] {
        &self.cells
    }

    /// What is known of them.
    pub(super) fn known(&self) -> &Metadata {
        &self.known
    }

    pub(super) fn get(&self, cell: CasCellId) -> Option<&CellMetadata> {
        self.known.get(&cell).map(AsRef::as_ref)
    }

    pub(super) fn value(&self, cell: CasCellId, feature: CellMetadataFeature) -> Option<&str> {
        self.get(cell)?.values.get(&feature).map(String::as_str)
    }

    /// Whether a server is being asked.
    pub(super) fn is_fetching(&self) -> bool {
        self.fetched.is_asked()
    }

    /// Whether a server was asked and has answered.
    pub(super) fn was_fetched(&self) -> bool {
        self.fetched.value().is_some()
    }

    pub(super) fn failure(&self) -> Option<&Failure> {
        self.fetched.failure().or(self.kept.failure())
    }

    #[cfg(test)]
    pub(super) fn of(cells: Vec<CellMetadata>) -> Self {
        let known = cells.iter().map(|cell| (cell.cell, Arc::new(cell.clone()))).collect();
        let ids = cells.iter().map(|cell| cell.cell).collect();
        Self { cells: ids, known: Arc::new(known), ..Self::new(Asker::LookUp) }
    }
}
