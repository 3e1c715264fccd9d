//! Access to the results of a run. In: a run on disk, finished or not. Out: answers and scores, read one window of
//! cells at a time.

mod answer;
mod coverage;
mod opening;
mod passes;
mod visit;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, RwLock},
};

use super::{
    CellNames, Error,
    index::{ChunkScores, IndexedOntology},
    recent::Recent,
    unreadable::Notes,
};
use crate::{
    domain::{CellAnswer, ChunkIndex, Ontology, OperationKind},
    engine::mend::Lack,
    store::Run,
};

/// The results of a run. They can be shared among threads.
#[derive(Debug)]
pub struct Results {
    run: Run,
    names: Arc<CellNames>,
    kept: Option<Arc<[u32]>>,
    ontology: Option<IndexedOntology>,
    stored: RwLock<Arc<BTreeSet<ChunkIndex>>>,
    recent_answers: Mutex<Recent<Vec<CellAnswer>>>,
    recent_scores: Mutex<Recent<ChunkScores>>,
    /// The answers that could not be read when they were last read.
    notes: Notes,
    lacks: Vec<Lack>,
}

impl Results {
    /// Returns the damaged parts of the run folder that these results do without.
    pub fn lacks(&self) -> &[Lack] {
        &self.lacks
    }

    /// Returns the run.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Returns the kind of operation requested from the server.
    pub fn kind(&self) -> OperationKind {
        self.run.manifest().operation.kind()
    }

    /// Returns the number of the run's cells, answered or not. A run may cover only some cells of its file.
    pub fn cell_count(&self) -> usize {
        self.names.len()
    }

    /// Returns the row in the file of a cell of the run. The two differ only if the run covers some of the file's
    /// cells.
    ///
    /// # Panics
    /// Panics if the row is out of range.
    pub fn row_in_file(&self, row: usize) -> usize {
        self.kept.as_ref().map_or(row, |kept| kept[row] as usize)
    }

    /// Returns the row in the file of each cell of the run; `None` if the run is about all cells of the file.
    pub fn rows_in_file(&self) -> Option<&Arc<[u32]>> {
        self.kept.as_ref()
    }

    /// Returns the file's names of the run's cells.
    pub fn names(&self) -> &Arc<CellNames> {
        &self.names
    }

    /// Returns the ontology of the answers.
    ///
    /// # Errors
    /// Fails if the run is not ontology-aware, or has no ontology.
    pub fn ontology(&self) -> Result<&Arc<Ontology>, Error> {
        Ok(&self.indexed_ontology()?.ontology)
    }

    pub(super) fn indexed_ontology(&self) -> Result<&IndexedOntology, Error> {
        self.require(OperationKind::OntologyAware)?;
        self.ontology.as_ref().ok_or_else(|| Error::NoOntology { run: self.run.folder().to_owned() })
    }

    pub(super) fn require(&self, needed: OperationKind) -> Result<(), Error> {
        let found = self.kind();
        if found == needed {
            Ok(())
        } else {
            Err(Error::WrongOperation { run: self.run.folder().to_owned(), found, needed })
        }
    }
}
