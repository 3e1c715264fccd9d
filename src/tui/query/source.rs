//! The source of answers: an open run and its input file. May be shared among threads; its methods wait for disks.

use std::{
    collections::HashMap,
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use super::{LongWork, genes};
use crate::{
    analysis::{
        depth::{self, Depths},
        markers::{Comparison, Groups, MarkerTable},
    },
    domain::{CellOntology, text::sentence},
    engine::{CellColumns, Column, ReferenceCells, Service},
    matrix::ObsTables,
    results::{
        self, GeneReader, Panels, Results,
        markers::{cached_markers, find_markers},
    },
    store,
    tui::facts::Failure,
};

/// The number of rankings kept in memory.
const MOST_RANKINGS: usize = 2;

/// An open run and its file.
#[derive(Debug)]
pub struct Source {
    results: Results,
    columns: Mutex<Option<Result<Arc<CellColumns>, Failure>>>,
    kept: Mutex<HashMap<String, Arc<Column>>>,
    genes: Mutex<Option<Arc<GeneReader>>>,
    /// The last rankings of marker genes, the latest last. One ranking is made at a time.
    ranked: Mutex<Vec<(Groups, Arc<MarkerTable>)>>,
    panels: Arc<Panels>,
    depths: OnceLock<Arc<Depths>>,
    cell_ontology: OnceLock<Arc<CellOntology>>,
    reference: ReferenceCells,
    /// The opened runs of other kinds about the same file, by folder.
    siblings: Mutex<HashMap<PathBuf, Arc<SiblingSource>>>,
    connection: Connection,
    figure_theme: Arc<toml::Table>,
}

/// Another run about the same file.
#[derive(Debug)]
pub struct SiblingSource {
    /// The results.
    pub results: Results,
    /// The metadata of its reference cells.
    pub reference: ReferenceCells,
}

impl SiblingSource {
    /// Returns the row of a cell of another run, if this run has the cell too.
    pub fn row_of(&self, other: &Results, row: usize) -> Option<usize> {
        let in_file = other.row_in_file(row);
        match self.results.rows_in_file() {
            None => (in_file < self.results.cell_count()).then_some(in_file),
            Some(rows) => rows.binary_search(&u32::try_from(in_file).ok()?).ok(),
        }
    }
}

/// Access to the current server.
#[derive(Clone)]
pub struct Connection(Arc<dyn Fn() -> Result<Service, Failure> + Send + Sync>);

impl Connection {
    /// Creates a connection from a function that returns the server, or a failure.
    pub fn new(service: impl Fn() -> Result<Service, Failure> + Send + Sync + 'static) -> Self {
        Self(Arc::new(service))
    }
}

impl Default for Connection {
    /// Returns a connection without a server.
    fn default() -> Self {
        Self::new(|| {
            Err(Failure::new(
                "You are not logged in.",
                "Log in on the home screen, which also shows what works without a token.",
            ))
        })
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Connection(…)")
    }
}

impl Source {
    /// Opens the run in a folder. The run's file is opened when first needed.
    ///
    /// # Errors
    ///
    /// Fails if the run cannot be opened.
    pub fn open(folder: &Path) -> Result<Self, Failure> {
        Self::joined(folder, None)
    }

    /// Opens the run in a folder with tables joined to its file, instead of those that it remembers; see
    /// [`Source::open`].
    ///
    /// # Errors
    ///
    /// Fails if the run cannot be opened.
    pub fn joined(folder: &Path, tables: Option<ObsTables>) -> Result<Self, Failure> {
        Ok(Self {
            results: open_readable(folder, tables).map_err(|error| failure(&error))?,
            columns: Mutex::default(),
            kept: Mutex::default(),
            genes: Mutex::default(),
            ranked: Mutex::default(),
            panels: Arc::default(),
            depths: OnceLock::new(),
            cell_ontology: OnceLock::new(),
            reference: ReferenceCells::open(folder),
            siblings: Mutex::default(),
            connection: Connection::default(),
            figure_theme: Arc::default(),
        })
    }

    /// Returns the source with a connection to a server.
    pub fn connected(self, connection: Connection) -> Self {
        Self { connection, ..self }
    }

    /// Returns the source with the user's theme, for figures.
    pub fn with_figure_theme(self, figure_theme: Arc<toml::Table>) -> Self {
        Self { figure_theme, ..self }
    }

    /// Returns the user's theme, for figures.
    pub fn figure_theme(&self) -> &toml::Table {
        &self.figure_theme
    }

    /// Returns the results.
    pub fn results(&self) -> &Results {
        &self.results
    }

    /// Returns the columns and embeddings of the run's file.
    ///
    /// # Errors
    ///
    /// Fails if the file is gone or has changed since the run.
    pub fn columns(&self) -> Result<Arc<CellColumns>, Failure> {
        let open = || {
            CellColumns::open(self.results.run()).map(Arc::new).map_err(|error| {
                Failure::new(
                    sentence(&error),
                    "The calls and scores are in the run folder and do not need the file; to see its columns, put it back and open the run again.",
                )
            })
        };
        self.columns.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(open).clone()
    }

    /// Opens the run's file again when its columns are next needed, as columns were computed.
    pub fn forget_columns(&self) {
        *self.columns.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Returns a column of obs, cached after the first read.
    ///
    /// # Errors
    ///
    /// Fails if the column cannot be read.
    pub fn column(&self, name: &str) -> Result<Arc<Column>, Failure> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(column) = kept().get(name) {
            return Ok(column.clone());
        }
        let read = self.columns()?.column(name);
        let column = Arc::new(read.map_err(|error| Failure::new(sentence(&error), "Choose another column."))?);
        kept().insert(name.to_owned(), column.clone());
        Ok(column)
    }

    /// Returns the access to the genes in the run's file.
    ///
    /// # Errors
    ///
    /// Fails if the file is gone or has changed since the run.
    pub fn genes(&self) -> Result<Arc<GeneReader>, Failure> {
        let mut genes = self.genes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reader) = &*genes {
            return Ok(reader.clone());
        }
        // A failure is not kept, as the file may be put back.
        let reader = GeneReader::of_run(&self.results, &self.results.run().input_path());
        let reader = Arc::new(reader.map_err(|error| genes::failure(&error))?);
        *genes = Some(reader.clone());
        Ok(reader)
    }

    /// Returns the ranked genes of groups, from memory or the cache of the run. If they are unknown, all counts are read
    /// for `work`; without it, returns `None`. Waits for another ranking under way, which may be the same.
    ///
    /// # Errors
    ///
    /// Fails if the file is gone or has changed, if groups cannot be compared, or if the work was canceled.
    pub fn ranked(
        &self,
        groups: &Groups,
        comparison: &Comparison<'_>,
        work: Option<&LongWork>,
    ) -> Result<Option<Arc<MarkerTable>>, Failure> {
        let reader = self.genes()?;
        let mut known = self.ranked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, table)) = known.iter().find(|(of, _)| of == groups) {
            return Ok(Some(table.clone()));
        }
        let table = match work {
            Some(work) => {
                let found = work.watch(|watch| find_markers(&reader, comparison, watch));
                Some(found.map_err(|error| genes::failure(&error))?)
            }
            None => cached_markers(&reader, comparison),
        };
        let Some(table) = table.map(Arc::new) else { return Ok(None) };
        if known.len() == MOST_RANKINGS {
            known.remove(0);
        }
        known.push((groups.clone(), table.clone()));
        Ok(Some(table))
    }

    /// Returns the source with the user's marker panels.
    pub fn with_panels(self, panels: Arc<Panels>) -> Self {
        Self { panels, ..self }
    }

    /// Returns the user's marker panels.
    pub fn panels(&self) -> &Arc<Panels> {
        &self.panels
    }

    /// Returns the counts and the genes per cell, cached after the first read.
    ///
    /// # Errors
    ///
    /// Fails if the file is gone or has changed, or the work was canceled.
    pub fn depths(&self, work: &LongWork) -> Result<Arc<Depths>, Failure> {
        if let Some(depths) = self.depths.get() {
            return Ok(depths.clone());
        }
        let reader = self.genes()?;
        let rows = reader.row_source().map_err(|error| genes::failure(&error))?;
        let read = work.watch(|watch| depth::read(&*rows, reader.values(), watch));
        let depths = Arc::new(read.map_err(|error| genes::failure(&results::Error::Analysis(error)))?);
        Ok(self.depths.get_or_init(|| depths).clone())
    }

    /// Returns the known metadata of reference cells.
    pub fn reference(&self) -> &ReferenceCells {
        &self.reference
    }

    /// Returns another run about the same file, which is opened at the first request.
    ///
    /// # Errors
    ///
    /// Fails if the run cannot be opened.
    pub fn sibling(&self, folder: &Path) -> Result<Arc<SiblingSource>, Failure> {
        let mut siblings = self.siblings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = siblings.get(folder) {
            return Ok(known.clone());
        }
        let results = open_readable(folder, None).map_err(|error| failure(&error))?;
        let opened = Arc::new(SiblingSource { results, reference: ReferenceCells::open(folder) });
        siblings.insert(folder.to_owned(), opened.clone());
        Ok(opened)
    }

    /// Returns the server.
    ///
    /// # Errors
    ///
    /// Fails without a connected server.
    pub fn service(&self) -> Result<Service, Failure> {
        (self.connection.0)()
    }

    /// Returns definitions and synonyms of terms.
    pub fn cell_ontology(&self) -> &Arc<CellOntology> {
        self.cell_ontology.get_or_init(|| Arc::new(CellOntology::embedded()))
    }
}

fn open_readable(folder: &Path, tables: Option<ObsTables>) -> Result<Results, results::Error> {
    let run = store::Run::open(folder)?;
    Results::open_readable(&match tables {
        Some(tables) => run.with_tables(tables),
        None => run,
    })
}

/// Returns an error of the results as a failure with a remedy.
pub fn failure(error: &results::Error) -> Failure {
    let fix = match error {
        results::Error::Answer { .. } | results::Error::Store(store::Error::DamagedAnswer { .. }) => {
            "R requests it again. All other cells are unaffected."
        }
        results::Error::EmptyGroup => "Wait for more chunks, or choose other cells.",
        results::Error::EmptyTree { .. } => "Lower the thresholds.",
        results::Error::Clusters { .. } => "B chooses another column.",
        results::Error::Threshold { .. } => "Choose a threshold between 0 and 1.",
        results::Error::WrongOperation { .. } => "0 shows the run itself.",
        results::Error::Matrix(_)
        | results::Error::File(_)
        | results::Error::InputChanged { .. }
        | results::Error::OtherCounts { .. } => "Restore the run's file to its original content.",
        results::Error::Inferred(_) => "I shows annotated cells only again.",
        results::Error::InputGone { .. } => "Move the run's file back to its place, or next to the run folder.",
        results::Error::CellNames { .. } | results::Error::Ontology { .. } | results::Error::NoOntology { .. } => {
            "R resumes the run, which repairs it."
        }
        results::Error::Exists { .. } => "Choose another name, or replace the file.",
        results::Error::Store(_)
        | results::Error::Analysis(_)
        | results::Error::NoCounts { .. }
        | results::Error::NotCounts { .. }
        | results::Error::NoRoot
        | results::Error::NotInOntology { .. }
        | results::Error::OtherOntology { .. }
        | results::Error::TooFewAnnotated { .. }
        | results::Error::UnknownTerm { .. }
        | results::Error::UnknownLabels { .. }
        | results::Error::TruthLength { .. }
        | results::Error::NothingInCommon { .. }
        | results::Error::Graph { .. }
        | results::Error::Parquet(_)
        | results::Error::TooManyCalls { .. }
        | results::Error::NoDatasets { .. }
        | results::Error::Write(_) => "q goes back.",
    };
    Failure::new(sentence(error), fix)
}
