//! A run folder for adding answers: making it, opening it, storing.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use super::{
    AnswerHeader, CellList, Claim, Error, Journal, JournalEntry, Lock, Manifest, Run, answer, cells, files,
    layout::{ANSWERS, CELLS, JOURNAL, JOURNAL_OF_PART, MANIFEST, ONTOLOGY},
    upkeep::{refuse_used, remove_unfinished},
};
use crate::domain::{ChunkIndex, Shard};

/// What the folder of a run is made of.
#[derive(Clone, Copy, Debug)]
pub struct NewRun<'a> {
    /// What the run is.
    pub manifest: &'a Manifest,
    /// The cells.
    pub cells: CellList<'a>,
    /// The ontology as the server sent it, for runs that have one.
    pub ontology: Option<&'a [u8]>,
}

/// A run folder, for adding answers. One process at a time, or one for each part.
#[derive(Debug)]
pub struct Writer {
    run: Run,
    lock: Mutex<Lock>,
    journal: Mutex<Journal>,
}

impl Writer {
    /// Makes a run folder and takes its lock. `cells` are the file's names of its cells; `ontology` is the server's
    /// answer, verbatim.
    ///
    /// # Errors
    /// When the folder holds anything already, or cannot be written.
    pub fn create<'a>(
        folder: &Path,
        manifest: Manifest,
        cells: impl Into<CellList<'a>>,
        ontology: Option<&[u8]>,
    ) -> Result<Self, Error> {
        refuse_used(folder)?;
        files::create_private_folder(&folder.join(ANSWERS))?;
        let lock = Lock::take(folder, Claim::Whole, manifest.created_at)?;
        refuse_used(folder)?;
        remove_unfinished(folder);
        write_cells(folder, cells.into())?;
        if let Some(ontology) = ontology {
            write_compressed(&folder.join(ONTOLOGY), |out| out.write_all(ontology))?;
        }
        // The manifest comes last: a folder with one is whole.
        files::write_whole(&folder.join(MANIFEST), |file| Ok(serde_json::to_writer_pretty(file, &manifest)?))?;
        let run = Run { folder: folder.to_owned(), manifest };
        Self::with_journal(run, lock, JOURNAL)
    }

    /// Takes a part of a run: makes its folder if no other part has, and takes the part's lock.
    ///
    /// # Errors
    /// When the folder holds another run or something else, another process writes this part or the whole (it may just be
    /// making the folder), or it cannot be written.
    pub fn join(folder: &Path, shard: Shard, new: NewRun<'_>) -> Result<Self, Error> {
        if !Run::is_run(folder) {
            drop(Self::create(folder, new.manifest.clone(), new.cells, new.ontology)?);
        }
        let run = Run::open(folder)?;
        if !run.manifest.is_same_work(new.manifest) {
            return Err(Error::OtherRun { path: folder.to_owned() });
        }
        Self::take_part(run, shard, Timestamp::now())
    }

    /// Opens a run folder for adding answers of a part and takes the part's lock.
    ///
    /// # Errors
    /// When it is no run, or another process works on the part or on the whole.
    pub fn open_part(folder: &Path, shard: Shard, now: Timestamp) -> Result<Self, Error> {
        Self::take_part(Run::open(folder)?, shard, now)
    }

    fn take_part(run: Run, shard: Shard, now: Timestamp) -> Result<Self, Error> {
        let lock = Lock::take(&run.folder, Claim::Part(shard), now)?;
        let journal = format!("{JOURNAL_OF_PART}{}.jsonl", shard.to_string().replace('/', "-of-"));
        Self::with_journal(run, lock, &journal)
    }

    /// Opens a run folder for adding answers and takes its lock. What an earlier process left unfinished is removed.
    ///
    /// # Errors
    /// When it is no run, or another process works on it.
    pub fn open(folder: &Path, now: Timestamp) -> Result<Self, Error> {
        let run = Run::open(folder)?;
        let lock = Lock::take(folder, Claim::Whole, now)?;
        files::create_private_folder(&folder.join(ANSWERS))?;
        remove_unfinished(&folder.join(ANSWERS));
        remove_unfinished(folder);
        Self::with_journal(run, lock, JOURNAL)
    }

    fn with_journal(run: Run, lock: Lock, journal: &str) -> Result<Self, Error> {
        let journal = Journal::open(&run.folder.join(journal))?;
        Ok(Self { run, lock: Mutex::new(lock), journal: Mutex::new(journal) })
    }

    /// The run, for reading.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Stores an answer. When this returns, the answer survives whatever happens next.
    ///
    /// # Errors
    /// When it cannot be written; then the chunk is not stored.
    pub fn store(&self, chunk: ChunkIndex, header: &AnswerHeader, body: &[u8]) -> Result<(), Error> {
        unpoisoned(&self.lock).check()?;
        answer::write(&self.run.answer_path(chunk), header, body)
    }

    /// Sets a stored answer aside that turned out damaged: it counts as not stored, and nothing is lost.
    ///
    /// # Errors
    /// When it cannot be renamed.
    pub fn set_aside(&self, chunk: ChunkIndex) -> Result<(), Error> {
        let path = self.run.answer_path(chunk);
        let aside = path.with_extension("damaged.zst");
        match fs::rename(&path, aside) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            renamed => renamed.map_err(Error::io("rename", path)),
        }
    }

    /// Makes sure that the list of cells is there and whole; what the file says is written if it is not.
    ///
    /// # Errors
    /// What keeps it from being written.
    pub fn mend_cells<E: From<Error>>(
        &self,
        rows: Option<&[u32]>,
        names: impl FnOnce() -> Result<Vec<String>, E>,
    ) -> Result<(), E> {
        let known = self.run.cell_names().is_ok_and(|known| known.len() == self.run.manifest.input.cells);
        if known && self.run.kept_rows().is_ok_and(|known| known.as_deref() == rows) {
            return Ok(());
        }
        Ok(write_cells(&self.run.folder, CellList { names: &names()?, rows })?)
    }

    /// Shows a sign of life; to be called every [`BEAT`](super::lock::BEAT).
    ///
    /// # Errors
    /// When another process has taken the run over.
    pub fn beat(&self, now: Timestamp) -> Result<(), Error> {
        unpoisoned(&self.lock).beat(now)
    }

    /// Adds a line to the journal.
    pub fn note(&self, entry: &JournalEntry) {
        unpoisoned(&self.journal).note(entry);
    }
}

/// Neither lock nor journal is ever left half-changed, so a panic elsewhere does not make them unusable.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn write_cells(folder: &Path, list: CellList<'_>) -> Result<(), Error> {
    write_compressed(&folder.join(CELLS), |out| cells::write(list, out))
}

fn write_compressed(
    path: &Path,
    write: impl FnOnce(&mut zstd::Encoder<'_, &mut File>) -> std::io::Result<()>,
) -> Result<(), Error> {
    files::write_whole(path, |file| {
        let mut encoder = zstd::Encoder::new(file, 3)?;
        encoder.include_checksum(true)?;
        write(&mut encoder)?;
        encoder.finish()?;
        Ok(())
    })
}
