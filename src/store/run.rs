//! A run folder, opened for reading.

use std::{
    collections::BTreeSet,
    fs,
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::SystemTime,
};

use jiff::Timestamp;

use super::{
    AnswerHeader, Error, JoinedTables, JournalEntry, JournalReader, LockState, Manifest, answer, cells,
    layout::{self, ANSWERS, CELLS, MANIFEST, ONTOLOGY, answer_name, chunk_of_name},
    lock,
};
use crate::{
    domain::ChunkIndex,
    files::{Trust, inflate, is_refused, open, read as read_file},
    matrix::ObsTables,
};

/// Maximum number of chunks, above that of any real run: a billion cells in chunks of a hundred.
const MAX_CHUNKS: usize = 10_000_000;
/// Maximum size of a manifest in bytes, far above that of a valid one.
const LONGEST_MANIFEST: u64 = 1 << 20;

/// A run folder, opened for reading. No lock is needed.
#[derive(Clone, Debug)]
pub struct Run {
    pub(super) folder: PathBuf,
    pub(super) manifest: Manifest,
    /// The tables that are joined to the cells; empty until they are needed. Clones of a run share them.
    pub(super) joined: Arc<OnceLock<JoinedTables>>,
}

/// The progress of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunState {
    /// A living process is working on the run.
    Running,
    /// All chunks are stored.
    Done,
    /// Some chunks are stored, and no process is working on the others.
    Partial,
    /// No chunk is stored, and no process is working on the run.
    Empty,
}

impl Run {
    /// Opens a run folder.
    ///
    /// # Errors
    /// Fails if the folder is not a run, is damaged, or was created by a newer version of castui.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join(MANIFEST);
        let text = match read_file(&path, Trust::Anybody, LONGEST_MANIFEST) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::NotARun { path: folder.to_owned() });
            }
            Err(error) => return Err(Error::io("read", path)(error)),
        };
        check_format(&path, &text)?;
        let damaged = |source| Error::Damaged { path: path.clone(), source };
        let manifest: Manifest = serde_json::from_slice(&text).map_err(damaged)?;
        if manifest.chunk_count() > MAX_CHUNKS {
            return Err(damaged(serde::de::Error::custom("the number of chunks is too large")));
        }
        Ok(Self { folder: folder.to_owned(), manifest, joined: Arc::default() })
    }

    /// Returns whether a folder contains a run.
    pub fn is_run(folder: &Path) -> bool {
        layout::is_run(folder)
    }

    /// Returns the log of the last process that worked on the run, for bug reports, if there is one.
    pub fn log(&self) -> Option<PathBuf> {
        let logs = std::fs::read_dir(&self.folder).ok()?.filter_map(Result::ok);
        let logs = logs.filter(|entry| layout::is_log(&entry.file_name().to_string_lossy()));
        logs.max_by_key(|entry| entry.metadata().and_then(|found| found.modified()).ok()).map(|entry| entry.path())
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the run with tables that are joined to the cells of its input file, instead of the remembered ones.
    pub fn with_tables(self, tables: ObsTables) -> Self {
        Self { joined: Arc::new(OnceLock::from(JoinedTables::named(tables))), ..self }
    }

    /// Returns the tables that are joined to the cells of the input file. The first call reads the remembered ones.
    pub fn tables(&self) -> &ObsTables {
        &self.joined().tables
    }

    /// Returns the tables that are joined to the cells, and the states of the remembered ones, which the first call reads.
    pub fn joined(&self) -> &JoinedTables {
        self.joined.get_or_init(|| JoinedTables::remembered(self))
    }

    /// Returns the manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Returns the path of the input file: the original path, or the path next to the folder if both were moved
    /// together. The file may have changed.
    pub fn input_path(&self) -> PathBuf {
        let was = &self.manifest.input.path;
        let folder = self.manifest.imported.as_ref().map_or(&self.folder, |imported| &imported.from);
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.clone());
        let beside = was.file_name().map(|name| folder.with_file_name(name));
        beside.filter(|beside| !was.exists() && beside.exists()).unwrap_or_else(|| was.clone())
    }

    /// Returns the chunks whose answers are currently stored.
    ///
    /// # Errors
    /// Fails if the folder cannot be listed.
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

    /// Returns the modification time of the folder of answers. Two changes in quick succession may have the same time.
    pub fn answers_changed_at(&self) -> Option<SystemTime> {
        fs::metadata(self.folder.join(ANSWERS)).and_then(|metadata| metadata.modified()).ok()
    }

    /// Returns the state of the run. If a lock cannot be read, no process is reported to work on it.
    ///
    /// # Errors
    /// Fails if the folder cannot be read.
    pub fn state(&self, now: Timestamp) -> Result<RunState, Error> {
        Ok(self.state_with(self.stored()?.len(), now))
    }

    /// Returns the state of the run with a known number of stored chunks.
    pub fn state_with(&self, stored: usize, now: Timestamp) -> RunState {
        if stored == self.manifest.chunk_count() {
            RunState::Done
        } else if matches!(self.lock_state(now), Ok(LockState::Held(_))) {
            RunState::Running
        } else if stored > 0 {
            RunState::Partial
        } else {
            RunState::Empty
        }
    }

    /// Returns the state of the locks on the run.
    ///
    /// # Errors
    /// Fails if the locks cannot be read.
    pub fn lock_state(&self, now: Timestamp) -> Result<LockState, Error> {
        lock::state(&self.folder, now)
    }

    /// Returns the answer of a stored chunk, verbatim.
    ///
    /// # Errors
    /// Fails if the answer is not stored, is damaged, or is not about the cells of the chunk.
    pub fn answer(&self, chunk: ChunkIndex) -> Result<Vec<u8>, Error> {
        self.answer_header(chunk)?;
        answer::read_body(&self.answer_path(chunk), self.manifest.range(chunk).len())
    }

    /// Returns the maximum size in bytes of the answer of a stored chunk; 0 if its file is unreadable.
    pub fn answer_size_limit(&self, chunk: ChunkIndex) -> u64 {
        answer::size_limit(&self.answer_path(chunk), self.manifest.range(chunk).len()).unwrap_or(0)
    }

    /// Reads the header of a stored answer.
    ///
    /// # Errors
    /// Fails if the answer is not stored, is damaged, or belongs to other cells.
    pub fn answer_header(&self, chunk: ChunkIndex) -> Result<AnswerHeader, Error> {
        let header = answer::read_header(&self.answer_path(chunk))?;
        let cells = self.manifest.range(chunk);
        if (header.first_cell, header.cells) == (cells.start, cells.len()) {
            return Ok(header);
        }
        let source = std::io::Error::new(std::io::ErrorKind::InvalidData, "it is about other cells");
        Err(Error::DamagedAnswer { path: self.answer_path(chunk), source })
    }

    /// Returns the path of a chunk's answer.
    pub fn answer_path(&self, chunk: ChunkIndex) -> PathBuf {
        self.folder.join(ANSWERS).join(answer_name(chunk))
    }

    /// Reads the names of the cells, in the order of the file.
    ///
    /// # Errors
    /// Fails if the list is damaged.
    pub fn cell_names(&self) -> Result<Vec<String>, Error> {
        let mut names = Vec::with_capacity(self.manifest.input.cells.min(1 << 20));
        cells::read(&self.folder.join(CELLS), self.manifest.input.cells, |name, _| names.push(name))?;
        Ok(names)
    }

    /// Reads the row numbers of the run's cells in the file; `None` if the run has all cells of the file.
    ///
    /// # Errors
    /// Fails if the list is damaged or does not match the manifest.
    pub fn kept_rows(&self) -> Result<Option<Vec<u32>>, Error> {
        let Some(of) = self.manifest.input.selected_of() else { return Ok(None) };
        let path = self.folder.join(CELLS);
        let mut rows = Vec::with_capacity(self.manifest.input.cells.min(1 << 20));
        cells::read(&path, self.manifest.input.cells, |_, row| rows.extend(row))?;
        let ascend = rows.is_sorted_by(|a, b| a < b) && rows.last().is_none_or(|last| (*last as usize) < of);
        if rows.len() == self.manifest.input.cells && ascend {
            return Ok(Some(rows));
        }
        let source = std::io::Error::other("it does not list the rows of the run's cells");
        Err(Error::DamagedPart { path, source })
    }

    /// Reads the ontology resource, verbatim as sent by the server; `None` for runs without one.
    ///
    /// # Errors
    /// Fails if the file is damaged.
    pub fn ontology(&self) -> Result<Option<Vec<u8>>, Error> {
        let path = self.folder.join(ONTOLOGY);
        let file = match open(&path, Trust::Anybody) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) if is_refused(&source) => return Err(Error::DamagedPart { path, source }),
            Err(error) => return Err(Error::io("open", path)(error)),
        };
        let mut text = Vec::new();
        let read = inflate(file, crate::wire::LARGEST_ONTOLOGY).and_then(|mut decoder| decoder.read_to_end(&mut text));
        read.map_err(|source| Error::DamagedPart { path, source })?;
        Ok(Some(text))
    }

    /// Returns the last `most` entries of all journals, in order of time.
    pub fn journal(&self, most: usize) -> Vec<JournalEntry> {
        JournalReader::default().news(&self.folder, most)
    }
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
