//! A run folder, opened for writing answers.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::fs::MetadataExt,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

use super::{
    AnswerHeader, CellList, Claim, Error, Journal, JournalEntry, Lock, Manifest, Run, answer, cells, files,
    layout::{ANSWERS, CELLS, JOURNAL, JOURNAL_OF_PART, MANIFEST, ONTOLOGY},
    log::RunLog,
    upkeep::{refuse_used, remove_unfinished},
};
use crate::{
    domain::{ChunkIndex, Shard},
    files::is_own_folder,
};

/// The content of a new run folder.
#[derive(Clone, Copy, Debug)]
pub struct NewRun<'a> {
    /// The definition of the run.
    pub manifest: &'a Manifest,
    /// The cells.
    pub cells: CellList<'a>,
    /// The ontology as sent by the server, for runs that have one.
    pub ontology: Option<&'a [u8]>,
}

/// A run folder, opened for writing answers by one process, or by one process per part.
#[derive(Debug)]
pub struct Writer {
    run: Run,
    lock: Mutex<Lock>,
    journal: Mutex<Journal>,
    log: Arc<RunLog>,
}

impl Writer {
    /// Creates a run folder and takes its lock.
    ///
    /// `cells` are the names of the cells in the file; `ontology` is the server's answer, verbatim.
    ///
    /// # Errors
    /// Fails if the folder is not empty or cannot be written.
    pub fn create<'a>(
        folder: &Path,
        manifest: Manifest,
        cells: impl Into<CellList<'a>>,
        ontology: Option<&[u8]>,
    ) -> Result<Self, Error> {
        refuse_used(folder)?;
        files::create_private_folder(&folder.join(ANSWERS))?;
        let lock = take_lock(folder, Claim::Whole, manifest.created_at)?;
        refuse_used(folder)?;
        remove_unfinished(folder);
        write_cells(folder, cells.into())?;
        if let Some(ontology) = ontology {
            write_compressed(&folder.join(ONTOLOGY), |out| out.write_all(ontology))?;
        }
        // The manifest is written last, so a folder with a manifest is complete.
        files::write_whole(&folder.join(MANIFEST), |file| Ok(serde_json::to_writer_pretty(file, &manifest)?))?;
        let run = Run { folder: folder.to_owned(), manifest, joined: Arc::default() };
        Self::with_logs(run, lock, None)
    }

    /// Takes a part of a run. Creates the folder if no process has done so for another part.
    ///
    /// # Errors
    /// Fails if the folder contains a different run or other files, or cannot be written. Also fails if another process
    /// writes this part or the whole run (it may just be creating the folder).
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

    /// Opens a run folder for writing the answers of a part, and takes the lock on that part.
    ///
    /// # Errors
    /// Fails if the folder is not a run, or another process writes this part or the whole run.
    pub fn open_part(folder: &Path, shard: Shard, now: Timestamp) -> Result<Self, Error> {
        Self::take_part(Run::open(folder)?, shard, now)
    }

    fn take_part(run: Run, shard: Shard, now: Timestamp) -> Result<Self, Error> {
        let lock = take_lock(&run.folder, Claim::Part(shard), now)?;
        Self::with_logs(run, lock, Some(shard))
    }

    /// Opens a run folder for writing answers, and takes its lock. Temporary files of dead processes are removed.
    ///
    /// # Errors
    /// Fails if the folder is not a run, or another process is writing to it.
    pub fn open(folder: &Path, now: Timestamp) -> Result<Self, Error> {
        let run = Run::open(folder)?;
        let lock = take_lock(folder, Claim::Whole, now)?;
        files::create_private_folder(&folder.join(ANSWERS))?;
        remove_unfinished(&folder.join(ANSWERS));
        remove_unfinished(folder);
        Self::with_logs(run, lock, None)
    }

    fn with_logs(run: Run, lock: Lock, shard: Option<Shard>) -> Result<Self, Error> {
        let journal = Journal::open(&run.folder.join(journal_name(shard)))?;
        let log = Arc::new(RunLog::open(&run.folder, shard));
        Ok(Self { run, lock: Mutex::new(lock), journal: Mutex::new(journal), log })
    }

    /// Returns the run for reading.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Stores an answer. When this returns, the answer is durable.
    ///
    /// # Errors
    /// Fails if the answer cannot be written or the lock was lost; then the chunk is not stored.
    pub fn store(&self, chunk: ChunkIndex, header: &AnswerHeader, body: &[u8]) -> Result<(), Error> {
        unpoisoned(&self.lock).check()?;
        answer::write(&self.run.answer_path(chunk), header, body)
    }

    /// Renames the file of a damaged answer, so that the chunk counts as not stored.
    ///
    /// # Errors
    /// Fails if the file cannot be renamed.
    pub fn set_aside(&self, chunk: ChunkIndex) -> Result<(), Error> {
        let path = self.run.answer_path(chunk);
        let aside = path.with_extension("damaged.zst");
        match fs::rename(&path, aside) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            renamed => renamed.map_err(Error::io("rename", path)),
        }
    }

    /// Checks the list of cells, and rewrites it from the data file if it is missing or damaged.
    ///
    /// # Errors
    /// Fails if the names cannot be read or the list cannot be written.
    pub fn restore_cells<E: From<Error>>(
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

    /// Replaces the ontology resource by the server's answer, verbatim.
    ///
    /// # Errors
    /// Fails if the resource cannot be written.
    pub fn restore_ontology(&self, resource: &[u8]) -> Result<(), Error> {
        write_compressed(&self.run.folder.join(ONTOLOGY), |out| out.write_all(resource))
    }

    /// Updates the heartbeat of the lock. Must be called every [`BEAT`](super::lock::BEAT).
    ///
    /// # Errors
    /// Fails if another process has taken over the run.
    pub fn beat(&self, now: Timestamp) -> Result<(), Error> {
        unpoisoned(&self.lock).beat(now)
    }

    /// Returns the log for bug reports.
    pub fn log(&self) -> Arc<RunLog> {
        self.log.clone()
    }

    /// Adds an entry to the journal.
    pub fn note(&self, entry: &JournalEntry) {
        unpoisoned(&self.journal).note(entry);
    }
}

fn journal_name(shard: Option<Shard>) -> String {
    let part = |shard: Shard| format!("{JOURNAL_OF_PART}{}.jsonl", shard.to_string().replace('/', "-of-"));
    shard.map_or_else(|| JOURNAL.to_owned(), part)
}

/// Takes a lock of a run folder. Refuses a folder of another user, who could replace its files at any time.
fn take_lock(folder: &Path, claim: Claim, now: Timestamp) -> Result<Lock, Error> {
    let lock = Lock::take(folder, claim, now)?;
    if !is_own_folder(folder) {
        // On some file systems all files belong to another user, even those created by this process.
        let owner = |path: &Path| fs::metadata(path).map(|metadata| metadata.uid()).map_err(Error::io("look at", path));
        let (of_folder, of_lock) = (owner(folder)?, owner(lock.path())?);
        if of_folder != of_lock {
            return Err(Error::ForeignFolder { path: folder.to_owned(), owner: of_folder });
        }
    }
    let answers = folder.join(ANSWERS);
    if answers.symlink_metadata().is_ok_and(|found| !found.is_dir()) {
        return Err(Error::NotAFolder { path: answers });
    }
    Ok(lock)
}

/// Locks a mutex. A panic of another thread leaves the lock and the journal consistent.
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
