//! Opening of results. In: a run or its folder, perhaps damaged. Out: [`Results`] with the cell names and the ontology.

use std::{
    path::Path,
    sync::{Arc, Mutex, RwLock},
};

use super::Results;
use crate::{
    engine::mend::{self, Lack},
    results::{CellNames, Error, cell_names::cell_names, index::IndexedOntology, unreadable::Notes},
    store::Run,
    wire::general,
};

impl Results {
    /// Opens the results of a run. Reads the cell names and the ontology, but no answers.
    ///
    /// # Errors
    /// Fails if the folder, the names or the ontology are damaged.
    pub fn open(run: &Run) -> Result<Self, Error> {
        Self::with(run, cell_names(run)?.iter().collect(), read_ontology(run)?)
    }

    /// Opens the results of a run for viewing, even if parts of the folder other than its answers are damaged. Without
    /// a list of names, cells are named by their rows, so nothing should be exported then; see [`Results::lacks`].
    ///
    /// # Errors
    /// Fails if the folder cannot be read, or if the cells that the run covers are unknown.
    pub fn open_readable(run: &Run) -> Result<Self, Error> {
        let (names, ontology) = (cell_names(run), read_ontology(run));
        let lacks_ontology = match &ontology {
            Ok(Some(_)) => false,
            Ok(None) => mend::needs_ontology(run),
            Err(_) => true,
        };
        let lacks = [(Lack::Cells, names.is_err()), (Lack::Ontology, lacks_ontology)];
        let lacks = lacks.into_iter().filter_map(|(lack, is_so)| is_so.then_some(lack)).collect();
        let by_row = || (0..run.manifest().input.cells).map(|row| row.to_string()).collect();
        let names = names.map_or_else(|_| by_row(), |names| names.iter().collect());
        Ok(Self { lacks, ..Self::with(run, names, ontology.unwrap_or_default())? })
    }

    fn with(run: &Run, names: CellNames, ontology: Option<IndexedOntology>) -> Result<Self, Error> {
        Ok(Self {
            names: Arc::new(names),
            kept: run.kept_rows()?.map(Into::into),
            ontology,
            stored: RwLock::new(Arc::new(run.stored()?)),
            recent_answers: Mutex::default(),
            recent_scores: Mutex::default(),
            notes: Notes::default(),
            run: run.clone(),
            lacks: Vec::new(),
        })
    }

    /// Opens the results of the run in a folder; see [`Results::open`].
    ///
    /// # Errors
    /// Fails if the folder is not a run folder, or is damaged.
    pub fn open_folder(folder: &Path) -> Result<Self, Error> {
        Self::open(&Run::open(folder)?)
    }
}

fn read_ontology(run: &Run) -> Result<Option<IndexedOntology>, Error> {
    let Some(text) = run.ontology()? else { return Ok(None) };
    let damaged = |source| Error::Ontology { run: run.folder().to_owned(), source };
    Ok(Some(IndexedOntology::new(general::read_ontology(&text).map_err(damaged)?, &text)))
}
