//! A run folder for reading: what is run, what is stored.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::Read,
    path::{Path, PathBuf},
    time::SystemTime,
};

use jiff::Timestamp;

use super::{
    AnswerHeader, Error, JournalEntry, LockState, Manifest, answer, cells, journal,
    layout::{ANSWERS, CELLS, MANIFEST, ONTOLOGY, answer_name, chunk_of_name, is_journal},
    lock,
};
use crate::domain::ChunkIndex;

/// More chunks than any run has: a billion cells in chunks of a hundred.
const MOST_CHUNKS: usize = 10_000_000;

/// A run folder, for reading. Needs no lock.
#[derive(Clone, Debug)]
pub struct Run {
    pub(super) folder: PathBuf,
    pub(super) manifest: Manifest,
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

    /// Returns when the list of answers was last changed, as the file system tells it. Two changes in quick succession
    /// may have the same time.
    pub fn answers_changed_at(&self) -> Option<SystemTime> {
        fs::metadata(self.folder.join(ANSWERS)).and_then(|metadata| metadata.modified()).ok()
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
