//! Metadata of reference cells in a pane: from the run's folder at once, and from the server on request.

use std::{path::PathBuf, sync::Arc};

use crate::{
    domain::{CasCellId, CellMetadata, CellMetadataFeature},
    engine::{Metadata, Sibling},
    tui::{
        effect::Effect,
        facts::Failure,
        msg::Answer,
        query::{
            QuerySlot,
            reference::{Describe, From},
        },
    },
};

/// The askers that fetch from a server. The others read the fetched metadata from the run's folder.
const FETCHERS: [&str; 3] = [Asker::Neighbors.fetches(), Asker::Metadata.fetches(), Asker::LookUp.fetches()];

/// The pane that asks.
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

/// The known metadata of some reference cells.
#[derive(Debug)]
pub(super) struct References {
    cells: Vec<CasCellId>,
    /// The folder of the run that has the metadata; `None` for the open run.
    folder: Option<PathBuf>,
    kept: QuerySlot<Metadata>,
    fetched: QuerySlot<Metadata>,
    known: Arc<Metadata>,
}

impl References {
    pub(super) fn new(asker: Asker) -> Self {
        let (kept, fetched) = (QuerySlot::new(asker.looks()), QuerySlot::new(asker.fetches()));
        Self { cells: Vec::new(), folder: None, kept, fetched, known: Arc::default() }
    }

    /// Reads and keeps the metadata in the folder of another run about the same file.
    pub(super) fn take_from(&mut self, sibling: Option<&Sibling>) {
        self.folder = sibling.map(|sibling| sibling.folder.clone());
    }

    /// Switches to other cells and asks for their stored metadata.
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
        vec![self.kept.ask(Describe { cells: self.cells.clone(), from: From::Folder, folder: self.folder.clone() })]
    }

    /// Asks a server for the metadata that is not stored.
    pub(super) fn fetch(&mut self) -> Vec<Effect> {
        if self.cells.is_empty() || self.fetched.is_asked() {
            return Vec::new();
        }
        vec![self.fetched.ask(Describe { cells: self.cells.clone(), from: From::Server, folder: self.folder.clone() })]
    }

    /// Handles an answer. Returns whether it brought new metadata, and the next queries.
    pub(super) fn on_answer(&mut self, answer: &Answer) -> (bool, Vec<Effect>) {
        for slot in [&mut self.kept, &mut self.fetched] {
            if slot.on_answer(answer) {
                if let Some(result) = slot.value() {
                    self.known = result.clone();
                }
                return (true, Vec::new());
            }
        }
        let others = matches!(answer, Answer::Query(result) if FETCHERS.contains(&result.id.asker));
        let missing = self.known.len() < self.cells.len();
        (false, if others && missing { self.look() } else { Vec::new() })
    }

    /// Returns the cells.
    pub(super) fn cells(&self) -> &[CasCellId] {
        &self.cells
    }

    /// Returns the known metadata of the cells.
    pub(super) fn known(&self) -> &Metadata {
        &self.known
    }

    pub(super) fn get(&self, cell: CasCellId) -> Option<&CellMetadata> {
        self.known.get(&cell).map(AsRef::as_ref)
    }

    pub(super) fn value(&self, cell: CasCellId, feature: CellMetadataFeature) -> Option<&str> {
        self.get(cell)?.values.get(&feature).map(String::as_str)
    }

    /// Returns whether a request to the server is pending.
    pub(super) fn is_fetching(&self) -> bool {
        self.fetched.is_asked()
    }

    /// Returns whether a server has answered a request.
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
