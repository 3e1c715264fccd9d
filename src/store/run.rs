//! A run folder as a whole: making it, reading it, adding answers.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{Read, Write},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;

use super::{
    AnswerHeader, CellList, Claim, Error, Journal, JournalEntry, Lock, LockState, Manifest, answer, cells, files,
    journal, lock,
};
use crate::domain::{ChunkIndex, Shard};

const MANIFEST: &str = "run.json";
const CELLS: &str = "cells.jsonl.zst";
const ONTOLOGY: &str = "ontology.json.zst";
const ANSWERS: &str = "answers";
/// More chunks than any run has: a billion cells in chunks of a hundred.
const MOST_CHUNKS: usize = 10_000_000;
const JOURNAL: &str = "journal.jsonl";
const JOURNAL_OF_PART: &str = "journal-";
/// Nobody takes longer to make a lock.
const LONGEST_LOCKING: Duration = Duration::from_secs(60);
/// How often a part looks again whether another one has made the folder …
const WAITS_FOR_OTHERS: u32 = 150;
/// … and how long it waits each time.
const WAIT_FOR_OTHERS: Duration = Duration::from_millis(200);

/// A run folder, for reading. Needs no lock.
#[derive(Clone, Debug)]
pub struct Run {
    folder: PathBuf,
    manifest: Manifest,
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunState {
    /// A living process works on it.
    Running,
    /// Every chunk is stored.
    Done,
    /// Some chunks are stored and nobody works on the rest.
    Partial,
    /// No chunk is stored and nobody works on it.
    Empty,
}

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

impl Run {
    /// Opens a run folder.
    ///
    /// # Errors
    /// When it is none, is damaged, or was made by a newer castui.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(MANIFEST);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::NotARun { path: folder.to_owned() });
            }
            Err(error) => return Err(Error::io("read", path)(error)),
        };
        check_format(&path, &text)?;
        let damaged = |source| Error::Damaged { path: path.clone(), source };
        let manifest: Manifest = serde_json::from_slice(&text).map_err(damaged)?;
        if manifest.chunk_count() > MOST_CHUNKS {
            return Err(damaged(serde::de::Error::custom("it has more chunks than there can be")));
        }
        Ok(Self { folder: folder.to_owned(), manifest })
    }

    /// Whether a folder holds a run.
    pub fn is_run(folder: &Path) -> bool {
        folder.join(MANIFEST).is_file()
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the run is.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Where the run's file is: where it was, or beside the folder, if both were moved together. Whether it is still
    /// the same file is another question.
    pub fn input_path(&self) -> PathBuf {
        let was = &self.manifest.input.path;
        let folder = std::path::absolute(&self.folder).unwrap_or_else(|_| self.folder.clone());
        let beside = was.file_name().map(|name| folder.with_file_name(name));
        beside.filter(|beside| !was.exists() && beside.exists()).unwrap_or_else(|| was.clone())
    }

    /// The chunks whose answers stand in the folder now.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn stored(&self) -> Result<BTreeSet<ChunkIndex>, Error> {
        let folder = self.folder.join(ANSWERS);
        let chunks = self.manifest.chunk_count();
        let mut stored = BTreeSet::new();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(stored),
            Err(error) => return Err(Error::io("list", folder)(error)),
        };
        for entry in entries {
            let name = entry.map_err(Error::io("list", &folder))?.file_name();
            stored.extend(chunk_of_name(&name.to_string_lossy()).filter(|chunk| chunk.as_usize() < chunks));
        }
        Ok(stored)
    }

    /// How far the run is.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn state(&self, now: Timestamp) -> Result<RunState, Error> {
        let stored = self.stored()?.len();
        Ok(if stored == self.manifest.chunk_count() {
            RunState::Done
        } else if matches!(self.lock_state(now)?, LockState::Held(_)) {
            RunState::Running
        } else if stored > 0 {
            RunState::Partial
        } else {
            RunState::Empty
        })
    }

    /// Who writes to the run.
    ///
    /// # Errors
    /// When the lock cannot be read.
    pub fn lock_state(&self, now: Timestamp) -> Result<LockState, Error> {
        lock::state(&self.folder, now)
    }

    /// The answer of a stored chunk, verbatim.
    ///
    /// # Errors
    /// When it is not stored or damaged.
    pub fn answer(&self, chunk: ChunkIndex) -> Result<Vec<u8>, Error> {
        answer::read_body(&self.answer_path(chunk))
    }

    /// What is known about a stored answer.
    ///
    /// # Errors
    /// When it is not stored or damaged.
    pub fn answer_header(&self, chunk: ChunkIndex) -> Result<AnswerHeader, Error> {
        let header = answer::read_header(&self.answer_path(chunk))?;
        let cells = self.manifest.range(chunk);
        if (header.first_cell, header.cells) == (cells.start, cells.len()) {
            return Ok(header);
        }
        let source = std::io::Error::new(std::io::ErrorKind::InvalidData, "it is about other cells");
        Err(Error::DamagedAnswer { path: self.answer_path(chunk), source })
    }

    /// Where a chunk's answer is stored.
    pub fn answer_path(&self, chunk: ChunkIndex) -> PathBuf {
        self.folder.join(ANSWERS).join(answer_name(chunk))
    }

    /// The file's names of its cells, in order.
    ///
    /// # Errors
    /// When the list is damaged.
    pub fn cell_names(&self) -> Result<Vec<String>, Error> {
        let mut names = Vec::with_capacity(self.manifest.input.cells.min(1 << 24));
        cells::read(&self.folder.join(CELLS), |name, _| names.push(name))?;
        Ok(names)
    }

    /// The rows of the run's cells in the file; none if the run is about all of its cells.
    ///
    /// # Errors
    /// When the list is damaged, or not of the run's cells.
    pub fn kept_rows(&self) -> Result<Option<Vec<u32>>, Error> {
        let Some(kept) = self.manifest.input.kept else { return Ok(None) };
        let path = self.folder.join(CELLS);
        let mut rows = Vec::with_capacity(self.manifest.input.cells.min(1 << 24));
        cells::read(&path, |_, row| rows.extend(row))?;
        let ascend = rows.is_sorted_by(|a, b| a < b) && rows.last().is_none_or(|last| (*last as usize) < kept.of);
        if rows.len() == self.manifest.input.cells && ascend {
            return Ok(Some(rows));
        }
        Err(Error::Damaged { path, source: serde::de::Error::custom("it does not list the rows of the run's cells") })
    }

    /// The ontology resource, verbatim as the server sent it; `None` for runs without one.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn ontology(&self) -> Result<Option<Vec<u8>>, Error> {
        let path = self.folder.join(ONTOLOGY);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io("open", path)(error)),
        };
        let mut text = Vec::new();
        let read = zstd::Decoder::new(file).and_then(|mut decoder| decoder.read_to_end(&mut text));
        read.map_err(Error::io("read", path))?;
        Ok(Some(text))
    }

    /// The last lines of the journal, oldest first.
    pub fn journal(&self, most: usize) -> Vec<JournalEntry> {
        let names = fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
        let journals = names.filter(|name| is_journal(&name.to_string_lossy()));
        let mut entries: Vec<_> = journals.flat_map(|name| journal::tail(&self.folder.join(name), most)).collect();
        entries.sort_by_key(|entry| entry.at);
        entries.split_off(entries.len().saturating_sub(most))
    }
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
    /// When the folder holds another run or something else, another process writes this part or the whole, or it cannot
    /// be written.
    pub fn join(folder: &Path, shard: Shard, new: NewRun<'_>) -> Result<Self, Error> {
        let mut patience = WAITS_FOR_OTHERS;
        loop {
            match Self::try_join(folder, shard, new) {
                // Another part makes the folder just now, or looks whether it has to.
                Err(Error::Locked { .. } | Error::AlreadyARun { .. }) if patience > 0 => {
                    patience -= 1;
                    std::thread::sleep(WAIT_FOR_OTHERS);
                }
                joined => return joined,
            }
        }
    }

    fn try_join(folder: &Path, shard: Shard, new: NewRun<'_>) -> Result<Self, Error> {
        if !Run::is_run(folder) {
            drop(Self::create(folder, new.manifest.clone(), new.cells, new.ontology)?);
        }
        let run = Run::open(folder)?;
        if !run.manifest.is_same_work(new.manifest) {
            return Err(Error::OtherRun { path: folder.to_owned() });
        }
        let lock = Lock::take(folder, Claim::Part(shard), Timestamp::now())?;
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

    /// Shows a sign of life; to be called every [`lock::BEAT`].
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

fn check_format(path: &Path, text: &[u8]) -> Result<(), Error> {
    #[derive(serde::Deserialize)]
    struct Header {
        format: u32,
        castui_version: String,
    }
    let damaged = |source| Error::Damaged { path: path.to_owned(), source };
    let header: Header = serde_json::from_slice(text).map_err(damaged)?;
    if header.format > super::manifest::FORMAT {
        return Err(Error::NewerFormat {
            path: path.to_owned(),
            version: crate::domain::text::excerpt(&header.castui_version),
            format: header.format,
            known: super::manifest::FORMAT,
        });
    }
    Ok(())
}

/// Makes sure that a run can be begun in a folder.
///
/// # Errors
/// When it holds a run or something else: what the user keeps there is not touched. What a run leaves behind that died before
/// it had a manifest does not count as use.
pub fn refuse_used(folder: &Path) -> Result<(), Error> {
    if Run::is_run(folder) {
        return Err(Error::AlreadyARun { path: folder.to_owned() });
    }
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("list", folder)(error)),
    };
    let ours = |name: &str| {
        [ANSWERS, CELLS, ONTOLOGY].contains(&name)
            || is_journal(name)
            || lock::is_lock(name)
            || files::is_unfinished(name)
    };
    for entry in entries {
        let entry = entry.map_err(Error::io("list", folder))?;
        if !ours(&entry.file_name().to_string_lossy()) {
            return Err(Error::NotEmpty { path: folder.to_owned() });
        }
    }
    // Answers are of a run, whose manifest is lost: a new run must not take them for its own.
    let answers = fs::read_dir(folder.join(ANSWERS)).into_iter().flatten().flatten();
    if answers.into_iter().any(|entry| !files::is_unfinished(&entry.file_name().to_string_lossy())) {
        return Err(Error::NotEmpty { path: folder.join(ANSWERS) });
    }
    Ok(())
}

fn is_journal(name: &str) -> bool {
    name == JOURNAL || name.starts_with(JOURNAL_OF_PART)
}

fn answer_name(chunk: ChunkIndex) -> String {
    format!("chunk-{:06}.zst", chunk.0)
}

fn chunk_of_name(name: &str) -> Option<ChunkIndex> {
    let number = name.strip_prefix("chunk-")?.strip_suffix(".zst")?;
    let chunk = ChunkIndex(number.parse().ok()?);
    (name == answer_name(chunk)).then_some(chunk)
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

/// Removes what processes that died left unfinished in a run folder, unless somebody works there.
pub fn tidy(folder: &Path, now: Timestamp) {
    if let Ok(_lock) = Lock::take(folder, Claim::Whole, now) {
        remove_unfinished(&folder.join(ANSWERS));
        remove_unfinished(folder);
    }
}

/// Best effort: what is left is named as unfinished and read by nobody. Whoever calls this holds the lock; others may
/// just be making theirs.
fn remove_unfinished(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_left = || !lock::is_in_the_making(&name.to_string_lossy()) || age(&entry) > LONGEST_LOCKING;
        if files::is_unfinished(&name.to_string_lossy()) && is_left() {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// How long ago a file was written; nothing if that is in the future.
fn age(entry: &fs::DirEntry) -> Duration {
    let modified = entry.metadata().ok().and_then(|data| data.modified().ok());
    modified.and_then(|modified| modified.elapsed().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::*;
    use crate::{
        domain::{ModelName, Operation},
        matrix::{ColumnName, CountSource},
        store::{Fingerprint, Input, SchemaIdentity},
    };

    fn manifest(cells: usize) -> Manifest {
        Manifest {
            format: super::super::manifest::FORMAT,
            castui_version: "0.1.0".into(),
            run_id: uuid::Uuid::nil(),
            created_at: Timestamp::UNIX_EPOCH,
            input: Input {
                path: "/data/a.h5ad".into(),
                fingerprint: Fingerprint { size: 1, modified: 2, sample: "3".into() },
                cells,
                kept: None,
                genes: 3,
                count_matrix: CountSource::X,
                feature_ids: ColumnName::Index,
                feature_names: None,
                symbol_table: None,
                allow_non_counts: false,
            },
            server: "http://127.0.0.1:1".into(),
            server_version: None,
            model: ModelName::new("m"),
            schema: SchemaIdentity { name: "s".into(), genes: 3, digest: "d".into() },
            ontology_resource: None,
            operation: Operation::Search,
            chunk_size: NonZeroUsize::new(2).unwrap(),
        }
    }

    fn names(cells: usize) -> Vec<String> {
        (0..cells).map(|cell| format!("cell \"{cell}\"\n")).collect()
    }

    fn header(first_cell: usize) -> AnswerHeader {
        AnswerHeader {
            first_cell,
            cells: 2,
            sent: String::new(),
            uploaded: 0,
            attempt: 1,
            received_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_run_is_found_again_as_it_was_left() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("run");
        let writer = Writer::create(&folder, manifest(5), &names(5), Some(b"{}")).unwrap();
        writer.store(ChunkIndex(2), &header(4), b"[1]").unwrap();
        assert_eq!(writer.run().state(Timestamp::UNIX_EPOCH).unwrap(), RunState::Running);
        drop(writer);
        let run = Run::open(&folder).unwrap();
        assert_eq!(run.stored().unwrap(), BTreeSet::from([ChunkIndex(2)]));
        assert_eq!(run.state(Timestamp::UNIX_EPOCH).unwrap(), RunState::Partial);
        assert_eq!(run.cell_names().unwrap(), names(5));
        assert_eq!(run.ontology().unwrap().as_deref(), Some(b"{}".as_slice()));
        assert_eq!(run.answer(ChunkIndex(2)).unwrap(), b"[1]");
        assert_eq!(run.manifest().range(ChunkIndex(2)), 4..5);
    }

    #[test]
    fn a_file_that_moved_along_with_the_folder_is_found_beside_it() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("a.castui");
        let writer = Writer::create(&folder, manifest(5), &names(5), None).unwrap();
        assert_eq!(writer.run().input_path(), Path::new("/data/a.h5ad"), "there is none anywhere");
        fs::write(place.path().join("a.h5ad"), "moved").unwrap();
        assert_eq!(writer.run().input_path(), place.path().join("a.h5ad"));
    }

    #[test]
    fn a_second_run_does_not_take_the_folder_of_the_first() {
        let folder = tempfile::tempdir().unwrap();
        drop(Writer::create(folder.path(), manifest(1), &names(1), None).unwrap());
        let again = Writer::create(folder.path(), manifest(1), &names(1), None);
        assert!(matches!(again, Err(Error::AlreadyARun { .. })));
        let other = tempfile::tempdir().unwrap();
        fs::write(other.path().join("thesis.tex"), "").unwrap();
        let used = Writer::create(other.path(), manifest(1), &names(1), None);
        assert!(matches!(used, Err(Error::NotEmpty { .. })));
    }

    #[test]
    fn what_died_before_its_manifest_does_not_block_a_new_run() {
        let folder = tempfile::tempdir().unwrap();
        drop(Writer::create(folder.path(), manifest(1), &names(1), None).unwrap());
        fs::remove_file(folder.path().join(MANIFEST)).unwrap();
        Writer::create(folder.path(), manifest(1), &names(1), None).unwrap();
    }

    #[test]
    fn answers_without_their_manifest_are_not_taken_for_those_of_a_new_run() {
        let folder = tempfile::tempdir().unwrap();
        let writer = Writer::create(folder.path(), manifest(1), &names(1), None).unwrap();
        writer.store(ChunkIndex(0), &header(0), b"[1]").unwrap();
        drop(writer);
        fs::remove_file(folder.path().join(MANIFEST)).unwrap();
        let refused = Writer::create(folder.path(), manifest(1), &names(1), None);
        assert!(matches!(refused, Err(Error::NotEmpty { .. })));
    }

    #[test]
    fn an_answer_about_other_cells_is_damage_and_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        let writer = Writer::create(folder.path(), manifest(4), &names(4), None).unwrap();
        writer.store(ChunkIndex(1), &header(0), b"[1]").unwrap();
        let run = writer.run();
        assert!(run.answer_header(ChunkIndex(1)).unwrap_err().is_damage());
        writer.set_aside(ChunkIndex(1)).unwrap();
        assert!(run.stored().unwrap().is_empty());
        assert_eq!(fs::read_dir(folder.path().join(ANSWERS)).unwrap().count(), 1, "nothing is lost");
    }

    #[test]
    fn unfinished_answers_are_not_stored_ones_and_go_at_the_next_opening() {
        let folder = tempfile::tempdir().unwrap();
        drop(Writer::create(folder.path(), manifest(5), &names(5), None).unwrap());
        let part = folder.path().join(ANSWERS).join(".chunk-000001.zst.0123456789abcdef0123456789abcdef.part");
        fs::write(&part, "half").unwrap();
        assert!(Run::open(folder.path()).unwrap().stored().unwrap().is_empty());
        drop(Writer::open(folder.path(), Timestamp::UNIX_EPOCH).unwrap());
        assert!(!part.exists());
    }

    #[test]
    fn a_manifest_of_a_newer_castui_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(MANIFEST), r#"{"format": 99, "castui_version": "7.0", "other": 1}"#).unwrap();
        let error = Run::open(folder.path()).unwrap_err();
        assert!(error.to_string().contains("castui 7.0"), "{error}");
    }
}
