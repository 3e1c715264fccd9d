//! Writer of a chunk of cells as an `.h5ad` image in memory.

use std::{
    ffi::CStr,
    path::{Path, PathBuf},
};

use super::{
    CellBlock, GeneFrame,
    deflate::{self, CHUNK, LeBytes4},
    genes::Names,
    layout::{self, TOTALS},
};
use crate::matrix::{
    Error,
    error::Location,
    h5::{
        File, Handle,
        make::{DatasetSpec, Kind, NewDataset, Shuffle, Storage},
    },
    hdf5_thread,
};

/// Returns the name of images in error messages.
pub fn image_name() -> &'static Path {
    Path::new("(chunk in memory)")
}

/// An array of 4-byte elements that is compressed by chunks as it grows.
struct Filtered<T> {
    /// Elements that do not fill a storage chunk yet.
    waiting: Vec<T>,
    chunks: Vec<Vec<u8>>,
}

impl<T: LeBytes4> Filtered<T> {
    fn new() -> Self {
        Self { waiting: Vec::new(), chunks: Vec::new() }
    }

    fn extend(&mut self, mut values: &[T]) {
        while self.waiting.len() + values.len() >= CHUNK {
            let (now, later) = values.split_at(CHUNK - self.waiting.len());
            self.waiting.extend_from_slice(now);
            self.chunks.push(deflate::filter_words(&self.waiting, CHUNK));
            self.waiting.clear();
            values = later;
        }
        self.waiting.extend_from_slice(values);
    }

    /// Compresses the remaining elements. A short array becomes a single chunk of its length.
    fn finish(mut self) -> Vector {
        let length = self.chunks.len() * CHUNK + self.waiting.len();
        let chunk = CHUNK.min(length).max(1);
        if !self.waiting.is_empty() {
            self.chunks.push(deflate::filter_words(&self.waiting, chunk));
        }
        Vector { length, chunk, chunks: self.chunks }
    }
}

/// A compressed array.
struct Vector {
    length: usize,
    chunk: usize,
    chunks: Vec<Vec<u8>>,
}

impl Vector {
    /// Writes the array as a dataset and frees its memory.
    fn write(self, group: &Handle, name: &CStr, kind: Kind) -> Option<NewDataset> {
        let storage = match self.length {
            0 => Storage::Contiguous,
            _ => Storage::Deflated { chunk: self.chunk, shuffle: Shuffle::Yes },
        };
        let dataset = NewDataset::create(group, name, DatasetSpec { kind, length: self.length, storage })?;
        for (n, chunk) in self.chunks.into_iter().enumerate() {
            dataset.write_chunk(n * self.chunk, &chunk)?;
        }
        Some(dataset)
    }
}

/// A writer of an `.h5ad` image: `X` as CSR of float32, row numbers as cell names, and `total_mrna_umis` in obs.
///
/// Cells are compressed as they are appended, so that a chunk never has to be in memory uncompressed.
pub struct ImageWriter<'a> {
    genes: &'a GeneFrame,
    names: Vec<String>,
    entries: usize,
    data: Filtered<f32>,
    indices: Filtered<u32>,
    indptr: Filtered<u32>,
    totals: Filtered<f32>,
}

impl<'a> ImageWriter<'a> {
    /// Creates a writer without cells.
    pub fn new(genes: &'a GeneFrame) -> Self {
        let mut indptr = Filtered::new();
        indptr.extend(&[0]);
        Self {
            genes,
            names: Vec::new(),
            entries: 0,
            data: Filtered::new(),
            indices: Filtered::new(),
            indptr,
            totals: Filtered::new(),
        }
    }

    /// Appends cells.
    ///
    /// # Errors
    /// Fails if the image would have more entries than the 32-bit offsets of the format can address.
    pub fn append(&mut self, block: &CellBlock<'_>) -> Result<(), Error> {
        let cells = block.indptr.len().saturating_sub(1);
        debug_assert!(block.totals.len() == cells && block.indices.len() == block.data.len());
        if i32::try_from(self.entries + block.data.len()).is_err() {
            let (at, size) = (Location::new(image_name(), "/X"), (self.entries + block.data.len()) as u64);
            return Err(Error::TooLarge { at, size, unit: "entries", limit: i32::MAX as u64 });
        }
        let ends: Vec<_> = block.indptr.iter().skip(1).map(|end| (self.entries + end) as u32).collect();
        self.indptr.extend(&ends);
        self.entries += block.data.len();
        self.data.extend(block.data);
        self.indices.extend(block.indices);
        self.totals.extend(block.totals);
        self.names.extend((block.first_cell..block.first_cell + cells).map(|row| row.to_string()));
        Ok(())
    }

    /// Returns the image.
    ///
    /// # Errors
    /// Fails if libhdf5 runs out of memory.
    pub fn finish(self) -> Result<Vec<u8>, Error> {
        let parts = Parts {
            cells: self.names.len(),
            data: self.data.finish(),
            indices: self.indices.finish(),
            indptr: self.indptr.finish(),
            totals: self.totals.finish(),
            names: Names::new(&self.names, deflate::filter_bytes),
        };
        let image = hdf5_thread::run(|| assemble(self.genes, parts));
        image.ok_or_else(|| Error::Write { at: Location::new(&PathBuf::from(image_name()), "/") })
    }
}

/// Writes cells as an `.h5ad` image, as castui sends them.
///
/// # Errors
/// Fails under the same conditions as the methods of [`ImageWriter`].
pub fn write_image(genes: &GeneFrame, block: &CellBlock<'_>) -> Result<Vec<u8>, Error> {
    let mut writer = ImageWriter::new(genes);
    writer.append(block)?;
    writer.finish()
}

/// The parts of an image that depend on the cells.
struct Parts {
    cells: usize,
    data: Vector,
    indices: Vector,
    indptr: Vector,
    totals: Vector,
    names: Names,
}

fn assemble(genes: &GeneFrame, parts: Parts) -> Option<Vec<u8>> {
    let file = File::create_image()?;
    layout::root(file.handle())?;
    let matrix = layout::matrix(file.handle(), [parts.cells, genes.len()])?;
    parts.data.write(&matrix, c"data", Kind::Float32)?;
    parts.indices.write(&matrix, c"indices", Kind::Int32)?;
    parts.indptr.write(&matrix, c"indptr", Kind::Int32)?;
    let obs = layout::frame(file.handle(), c"obs", &[TOTALS])?;
    layout::names(&obs, c"_index", &parts.names, parts.cells)?;
    let totals = parts.totals.write(&obs, TOTALS, Kind::Float32)?;
    layout::encode(totals.handle(), c"array", c"0.2.0")?;
    layout::genes(file.handle(), genes)?;
    file.image()
}
