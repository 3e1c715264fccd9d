//! Access to the results of a run. In: a run on disk, finished or not. Out: answers and scores, read one window of
//! cells at a time.

use std::{
    collections::BTreeSet,
    ops::Range,
    path::Path,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use rayon::prelude::*;

use super::{
    CellNames, CellSet, Error,
    answers::{self, BriefMatch, BriefSummary},
    cell_names::cell_names,
    index::{CellScores, ChunkScores, IndexedOntology},
    recent::Recent,
    room,
    unreadable::{Notes, Unreadable},
};
use crate::{
    domain::{CellAnswer, ChunkIndex, Ontology, OperationKind},
    engine::mend::{self, Lack},
    store::Run,
    wire::general,
};

/// The number of chunks loaded at once during a pass over all cells. The scores of a chunk take at most 25 MB.
const AHEAD: usize = 8;

/// The maximum total size in bytes of the answers of chunks loaded at once, if the values made from them are larger.
const AHEAD_BYTES: u64 = 64 << 20;

/// The size in bytes above which an answer is not kept in memory, and only the requested cell is read.
const LARGE_ANSWER: u64 = 16 << 20;

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

    /// Returns the damaged parts of the run folder that these results do without.
    pub fn lacks(&self) -> &[Lack] {
        &self.lacks
    }

    /// Opens the results of the run in a folder; see [`Results::open`].
    ///
    /// # Errors
    /// Fails if the folder is not a run folder, or is damaged.
    pub fn open_folder(folder: &Path) -> Result<Self, Error> {
        Self::open(&Run::open(folder)?)
    }

    /// Lists the stored chunks again and returns those that are new. Used while a run is in progress.
    ///
    /// # Errors
    /// Fails if the folder cannot be listed.
    pub fn refresh(&self) -> Result<Vec<ChunkIndex>, Error> {
        let now = Arc::new(self.run.stored()?);
        let mut stored = self.stored.write().unwrap_or_else(PoisonError::into_inner);
        let new = now.difference(&stored).copied().collect();
        self.notes.retain(|chunk| now.contains(chunk));
        *stored = now;
        Ok(new)
    }

    /// Notes the stored answers whose header does not match the chunk's cells.
    pub fn check_headers(&self) {
        for chunk in self.stored().iter() {
            let header = self.run.answer_header(*chunk).map_err(Error::from);
            // A valid header does not clear the note of an answer that could not be read.
            if header.is_err() {
                self.notes.hear(&self.run, *chunk, &header);
            }
        }
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

    /// Returns the stored chunks, as of the last refresh.
    pub fn stored(&self) -> Arc<BTreeSet<ChunkIndex>> {
        self.stored.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns whether a cell's answer is stored, as of the last refresh. It may still be unreadable.
    pub fn is_answered(&self, row: usize) -> bool {
        self.stored().contains(&self.run.manifest().chunk_of(row))
    }

    /// Returns the stored answers that could not be read when they were last read. Functions that go through all cells
    /// skip them, as if they were not stored.
    pub fn unreadable(&self) -> Unreadable {
        self.notes.list()
    }

    /// Returns the rows of the chunks that are not stored, as one range per chunk.
    pub fn missing(&self) -> Vec<Range<usize>> {
        let (stored, manifest) = (self.stored(), self.run.manifest());
        manifest.chunks().filter(|chunk| !stored.contains(chunk)).map(|chunk| manifest.range(chunk)).collect()
    }

    /// Returns the answer about a cell; `None` if its chunk is not stored.
    ///
    /// # Errors
    /// Fails if the answer is damaged.
    ///
    /// # Panics
    /// Panics if the row is out of range.
    pub fn cell(&self, row: usize) -> Result<Option<CellAnswer>, Error> {
        assert!(row < self.cell_count(), "row {row} of {}", self.cell_count());
        let chunk = self.run.manifest().chunk_of(row);
        if !self.stored().contains(&chunk) {
            return Ok(None);
        }
        // The size is read from the file of the answer.
        if !Recent::has(&self.recent_answers, chunk) && self.run.answer_size_limit(chunk) > LARGE_ANSWER {
            let read = self.read_cell(chunk, row);
            self.notes.hear(&self.run, chunk, &read);
            return read.map(Some);
        }
        let first = self.run.manifest().range(chunk).start;
        Ok(Some(self.answers(chunk)?[row - first].clone()))
    }

    /// Returns the answers about a range of cells; see [`Results::cell`].
    ///
    /// # Errors
    /// Fails if an answer is damaged.
    ///
    /// # Panics
    /// Panics if the range exceeds the last row.
    pub fn rows(&self, rows: Range<usize>) -> Result<Vec<Option<CellAnswer>>, Error> {
        rows.map(|row| self.cell(row)).collect()
    }

    /// Returns the answers of a stored chunk, in the file's order.
    ///
    /// # Errors
    /// Fails if the answer is damaged.
    pub fn answers(&self, chunk: ChunkIndex) -> Result<Arc<Vec<CellAnswer>>, Error> {
        let load = || {
            // An answer takes about twice as much memory as its text.
            let bytes = usize::try_from(self.run.answer_size_limit(chunk)).unwrap_or(usize::MAX).saturating_mul(2);
            Ok((self.read_answers(chunk)?, bytes))
        };
        let read = Recent::get_or_load(&self.recent_answers, chunk, load);
        self.notes.hear(&self.run, chunk, &read);
        read
    }

    /// Returns the ontology-aware scores of a stored chunk.
    ///
    /// # Errors
    /// Fails if the answer is damaged, or the run is not ontology-aware.
    pub fn scores(&self, chunk: ChunkIndex) -> Result<Arc<ChunkScores>, Error> {
        let load = || {
            let scores = self.load_scores(chunk)?;
            let bytes = scores.bytes();
            Ok((scores, bytes))
        };
        Recent::get_or_load(&self.recent_scores, chunk, load)
    }

    /// Loads the scores of a chunk without caching them, for passes over all chunks.
    fn load_scores(&self, chunk: ChunkIndex) -> Result<ChunkScores, Error> {
        ChunkScores::load(&self.run, chunk, self.indexed_ontology()?)
    }

    /// Returns the scores of a stored chunk. If the answer cannot be read, notes that and returns `None`.
    ///
    /// # Errors
    /// Fails if the run is not ontology-aware, or has no ontology.
    pub(super) fn scores_if_readable(&self, chunk: ChunkIndex) -> Result<Option<ChunkScores>, Error> {
        let ontology = self.indexed_ontology()?;
        self.notes.take(&self.run, chunk, ChunkScores::load(&self.run, chunk, ontology))
    }

    /// Returns the answers of a stored chunk. If they cannot be read, notes that and returns `None`.
    pub(super) fn answers_if_readable(&self, chunk: ChunkIndex) -> Result<Option<Vec<CellAnswer>>, Error> {
        self.notes.take(&self.run, chunk, self.read_answers(chunk))
    }

    /// Builds the missing indexes of all stored chunks, on all cores. Calls `progress` with the number of finished
    /// chunks and the number of all. Indexes are optional: without them the first pass over a large run takes seconds.
    ///
    /// # Errors
    /// Fails if the run is not ontology-aware, or has no ontology.
    pub fn build_index(&self, progress: impl Fn(usize, usize) + Sync) -> Result<(), Error> {
        let all = self.stored().len();
        let done = std::sync::atomic::AtomicUsize::new(0);
        self.map_scores(&CellSet::All, |_, _| {
            progress(done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1, all);
        })?;
        Ok(())
    }

    /// Returns the number of a set's cells whose answers have terms that the ontology lacks. A classifier may score such
    /// terms; calls, trees and tables leave them out.
    ///
    /// # Errors
    /// Fails if the run is not ontology-aware, or has no ontology.
    pub fn cells_with_unplaced_terms(&self, cells: &CellSet) -> Result<usize, Error> {
        let counts = self.map_scores(cells, |scores, rows| rows.filter(|row| scores.totals(*row).unplaced > 0).count());
        Ok(counts?.into_iter().sum())
    }

    /// Applies a function to the scores of each readable chunk with cells of a set, on all cores. The function gets
    /// the scores and the rows of the chunk that are in the set. Results are in the order of the chunks.
    pub(super) fn map_scores<T: Send>(
        &self,
        cells: &CellSet,
        function: impl Fn(&ChunkScores, &mut dyn Iterator<Item = usize>) -> T + Sync,
    ) -> Result<Vec<T>, Error> {
        let load = |chunk| {
            let scores = self.scores_if_readable(chunk)?;
            Ok(scores.map(|scores| function(&scores, &mut cells.within(scores.rows()))))
        };
        self.chunks_of(cells).into_par_iter().filter_map(|chunk| load(chunk).transpose()).collect()
    }

    /// Computes a value for each chunk on all cores, a few chunks ahead, and passes the values on in order.
    pub(super) fn in_order<T: Send>(
        &self,
        chunks: &[ChunkIndex],
        make: impl Fn(ChunkIndex) -> Result<T, Error> + Sync,
        mut take: impl FnMut(T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        for chunks in chunks.chunks(AHEAD) {
            let made: Vec<T> = chunks.par_iter().map(|chunk| make(*chunk)).collect::<Result<_, _>>()?;
            made.into_iter().try_for_each(&mut take)?;
        }
        Ok(())
    }

    /// Does the same as [`Results::in_order`] for values that are larger than the answers they are made from, with fewer
    /// chunks ahead if their answers are large.
    pub(super) fn in_order_by_size<T: Send>(
        &self,
        chunks: &[ChunkIndex],
        make: impl Fn(ChunkIndex) -> Result<T, Error> + Sync,
        mut take: impl FnMut(T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut rest = chunks;
        while !rest.is_empty() {
            let mut bytes = 0u64;
            let fitting = rest.iter().take(AHEAD).take_while(|chunk| {
                bytes = bytes.saturating_add(self.run.answer_size_limit(**chunk));
                bytes <= AHEAD_BYTES
            });
            let (next, later) = rest.split_at(fitting.count().max(1));
            self.in_order(next, &make, &mut take)?;
            rest = later;
        }
        Ok(())
    }

    /// Passes the scores of each answered cell of a set to a function, in the file's order. Returns the readable
    /// chunks.
    pub(super) fn visit_scores(
        &self,
        cells: &CellSet,
        mut show: impl FnMut(usize, CellScores<'_>),
    ) -> Result<Vec<ChunkIndex>, Error> {
        let mut shown = Vec::new();
        self.in_order(
            &self.chunks_of(cells),
            |chunk| Ok((chunk, self.scores_if_readable(chunk)?)),
            |(chunk, scores)| {
                if let Some(scores) = scores {
                    cells.within(scores.rows()).for_each(|row| show(row, scores.cell(row)));
                    shown.push(chunk);
                }
                Ok(())
            },
        )?;
        Ok(shown)
    }

    /// Passes the scores of the cells of a set in known readable chunks to a function, for further passes over them.
    ///
    /// # Errors
    /// Fails if one of the chunks can no longer be read.
    pub(super) fn visit_scores_again(
        &self,
        cells: &CellSet,
        chunks: &[ChunkIndex],
        mut show: impl FnMut(usize, CellScores<'_>),
    ) -> Result<(), Error> {
        self.in_order(
            chunks,
            |chunk| self.load_scores(chunk),
            |scores| {
                cells.within(scores.rows()).for_each(|row| show(row, scores.cell(row)));
                Ok(())
            },
        )
    }

    /// Passes the summary-statistics matches of each answered cell to a function, in the file's order.
    pub(super) fn visit_summaries(&self, mut show: impl FnMut(usize, &[BriefMatch])) -> Result<(), Error> {
        self.require(OperationKind::SummaryStatistics)?;
        self.in_order(
            &self.chunks_of(&CellSet::All),
            |chunk| {
                let read = || {
                    let (_room, body) = room::answer(&self.run, chunk)?;
                    answers::parse::<BriefSummary>(&self.run, chunk, &body)
                };
                let cells = self.notes.take(&self.run, chunk, read())?;
                Ok((self.run.manifest().range(chunk), cells.unwrap_or_default()))
            },
            |(rows, cells)| {
                rows.zip(&cells).for_each(|(row, cell)| show(row, &cell.matches));
                Ok(())
            },
        )
    }

    /// Returns the chunks of the plan with cells of a set, stored or not.
    pub(super) fn planned_chunks(&self, cells: &CellSet) -> Vec<ChunkIndex> {
        let manifest = self.run.manifest();
        manifest.chunks().filter(|chunk| cells.within(manifest.range(*chunk)).next().is_some()).collect()
    }

    /// Returns the stored chunks with cells of a set.
    pub(super) fn chunks_of(&self, cells: &CellSet) -> Vec<ChunkIndex> {
        let manifest = self.run.manifest();
        let wanted = |chunk: &ChunkIndex| cells.within(manifest.range(*chunk)).next().is_some();
        self.stored().iter().copied().filter(wanted).collect()
    }

    /// Counts the cells of a set that have an answer. Cells of known unreadable answers are not counted.
    pub fn answered(&self, cells: &CellSet) -> usize {
        let readable = self.chunks_of(cells).into_iter().filter(|chunk| !self.notes.has(*chunk));
        readable.map(|chunk| cells.count_within(self.run.manifest().range(chunk))).sum()
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

fn read_ontology(run: &Run) -> Result<Option<IndexedOntology>, Error> {
    let Some(text) = run.ontology()? else { return Ok(None) };
    let damaged = |source| Error::Ontology { run: run.folder().to_owned(), source };
    Ok(Some(IndexedOntology::new(general::read_ontology(&text).map_err(damaged)?, &text)))
}
