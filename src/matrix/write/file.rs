//! Writer of a whole sanitized matrix as an `.h5ad` file, block by block, in the layout of the chunk images.

use std::{
    ffi::{CStr, CString},
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::{
    CellBlock, GeneFrame,
    deflate::{self, CHUNK, LeBytes4},
    layout::{self, TOTALS},
};
use crate::{
    files,
    matrix::{
        Error,
        error::Location,
        h5::{
            File, Handle,
            make::{DatasetSpec, Kind, NewDataset, Shuffle, Storage},
        },
        hdf5_thread,
    },
};

/// Number of cell names written at once.
const PIECE: usize = 1 << 16;

/// A writer of an `.h5ad` file, block by block.
///
/// The file appears under its final name only when it is finished. If the writer is dropped before that, the file is
/// removed.
pub struct FileWriter {
    path: PathBuf,
    temporary: PathBuf,
    cells: usize,
    file: Option<Parts>,
    indptr: Vec<i64>,
    totals: Vec<f32>,
}

/// The open parts of a file that is being written.
struct Parts {
    matrix: Handle,
    data: Growing<f32>,
    indices: Growing<u32>,
    file: File,
}

/// A one-dimensional dataset that is written by whole storage chunks.
struct Growing<T> {
    dataset: NewDataset,
    waiting: Vec<T>,
    written: usize,
}

impl FileWriter {
    /// Starts a file with these genes and cell names.
    ///
    /// # Errors
    /// Fails if a temporary file cannot be created in the folder of `path`.
    pub fn create(path: &Path, genes: &GeneFrame, cell_names: &[String]) -> Result<Self, Error> {
        let temporary = files::temporary_beside(path);
        let cells = cell_names.len();
        let mut writer = Self {
            path: path.to_owned(),
            temporary,
            cells,
            file: None,
            indptr: vec![0],
            totals: Vec::with_capacity(cells),
        };
        let parts = hdf5_thread::run(|| Parts::create(&writer.temporary, genes, cell_names));
        writer.file = Some(parts.ok_or_else(|| writer.failed("/"))?);
        // The mode is set before counts are written, because HDF5 uses the umask.
        let private = fs::set_permissions(&writer.temporary, Permissions::from_mode(0o600));
        private.map_err(|source| Error::Io { path: path.to_owned(), source })?;
        Ok(writer)
    }

    /// Appends cells.
    ///
    /// # Errors
    /// Fails if the cells cannot be written, for example because the disk is full.
    pub fn append(&mut self, block: &CellBlock<'_>) -> Result<(), Error> {
        debug_assert!(block.first_cell == self.totals.len());
        let last = self.indptr.last().copied().unwrap_or(0);
        self.indptr.extend(block.indptr.iter().skip(1).map(|&offset| last + offset as i64));
        self.totals.extend_from_slice(block.totals);
        let written = self.file.as_mut().and_then(|parts| {
            parts.data.append(block.data)?;
            parts.indices.append(block.indices)
        });
        written.ok_or_else(|| self.failed("/X"))
    }

    /// Writes the remaining data, syncs the file to disk and renames it to its final name.
    ///
    /// # Errors
    /// Fails if the file cannot be written, or if the number of cells is not the number of cell names.
    pub fn finish(mut self) -> Result<(), Error> {
        if self.totals.len() != self.cells {
            let (at, found) = (Location::new(&self.path, "/X"), vec![self.totals.len() as u64]);
            return Err(Error::Shape { at, found, expected: format!("there are {} cell names", self.cells) });
        }
        let finished = self.file.take().and_then(|parts| parts.finish(&self.indptr, &self.totals));
        finished.ok_or_else(|| self.failed("/X"))?;
        self.publish().map_err(|source| Error::Io { path: self.path.clone(), source })
    }

    fn publish(&self) -> std::io::Result<()> {
        fs::File::open(&self.temporary)?.sync_all()?;
        fs::rename(&self.temporary, &self.path)?;
        files::sync_folder(&self.path)
    }

    fn failed(&self, object: &str) -> Error {
        Error::Write { at: Location::new(&self.path, object) }
    }
}

impl Drop for FileWriter {
    fn drop(&mut self) {
        self.file = None;
        // After `finish` the file no longer exists. Otherwise a failure cannot be handled here.
        let _ = fs::remove_file(&self.temporary);
    }
}

impl Parts {
    fn create(path: &Path, genes: &GeneFrame, cell_names: &[String]) -> Option<Self> {
        let file = File::create(path)?;
        layout::root(file.handle())?;
        layout::genes(file.handle(), genes)?;
        let obs = layout::frame(file.handle(), c"obs", &[TOTALS])?;
        write_names(&obs, cell_names)?;
        let matrix = layout::matrix(file.handle(), [cell_names.len(), genes.len()])?;
        let data = Growing::create(&matrix, c"data", Kind::Float32)?;
        let indices = Growing::create(&matrix, c"indices", Kind::Int32)?;
        Some(Self { matrix, data, indices, file })
    }

    fn finish(mut self, indptr: &[i64], totals: &[f32]) -> Option<()> {
        self.data.flush()?;
        self.indices.flush()?;
        let narrow: Option<Vec<i32>> = indptr.iter().map(|&offset| i32::try_from(offset).ok()).collect();
        hdf5_thread::run(|| {
            let whole = |parent, name, kind, length| {
                NewDataset::create(parent, name, DatasetSpec { kind, length, storage: Storage::Contiguous })
            };
            match &narrow {
                Some(narrow) => {
                    let bytes: Vec<u8> = narrow.iter().flat_map(|offset| offset.to_ne_bytes()).collect();
                    whole(&self.matrix, c"indptr", Kind::Int32, narrow.len())?.write_all(&bytes)?;
                }
                None => {
                    let bytes: Vec<u8> = indptr.iter().flat_map(|offset| offset.to_ne_bytes()).collect();
                    whole(&self.matrix, c"indptr", Kind::Int64, indptr.len())?.write_all(&bytes)?;
                }
            }
            let bytes: Vec<u8> = totals.iter().flat_map(|total| total.to_ne_bytes()).collect();
            let column = whole(self.file.handle(), c"obs/total_mrna_umis", Kind::Float32, totals.len())?;
            layout::encode(column.handle(), c"array", c"0.2.0")?;
            if !totals.is_empty() {
                column.write_all(&bytes)?;
            }
            self.file.flush()
        })
    }
}

/// Writes the cell names. NULs, which variable-length text cannot contain, are replaced.
fn write_names(obs: &Handle, names: &[String]) -> Option<()> {
    let storage = match names.len() {
        0 => Storage::Contiguous,
        count => Storage::Deflated { chunk: PIECE.min(count), shuffle: Shuffle::No },
    };
    let dataset =
        NewDataset::create(obs, c"_index", DatasetSpec { kind: Kind::VariableText, length: names.len(), storage })?;
    layout::encode(dataset.handle(), c"string-array", c"0.2.0")?;
    for (n, part) in names.chunks(PIECE).enumerate() {
        let texts: Vec<CString> =
            part.iter().map(|name| CString::new(name.replace('\0', "\u{FFFD}")).ok()).collect::<Option<_>>()?;
        dataset.write_texts(n * PIECE, &texts.iter().map(CString::as_c_str).collect::<Vec<&CStr>>())?;
    }
    Some(())
}

impl<T: LeBytes4 + Sync> Growing<T> {
    fn create(parent: &Handle, name: &CStr, kind: Kind) -> Option<Self> {
        let dataset = NewDataset::create(
            parent,
            name,
            DatasetSpec { kind, length: 0, storage: Storage::Growing { chunk: CHUNK } },
        )?;
        Some(Self { dataset, waiting: Vec::with_capacity(CHUNK), written: 0 })
    }

    fn append(&mut self, mut values: &[T]) -> Option<()> {
        while !values.is_empty() {
            let room = (CHUNK - self.waiting.len()).min(values.len());
            let (now, later) = values.split_at(room);
            self.waiting.extend_from_slice(now);
            values = later;
            if self.waiting.len() == CHUNK {
                self.flush()?;
            }
        }
        Some(())
    }

    fn flush(&mut self) -> Option<()> {
        if self.waiting.is_empty() {
            return Some(());
        }
        let filtered = deflate::filter_words(&self.waiting, CHUNK);
        let (start, end) = (self.written, self.written + self.waiting.len());
        hdf5_thread::run(|| {
            self.dataset.extend_to(end)?;
            self.dataset.write_chunk(start, &filtered)
        })?;
        self.waiting.clear();
        self.written = end;
        Some(())
    }
}
