//! A chunk of cells as an `.h5ad` image in memory.

use std::{
    ffi::CStr,
    path::{Path, PathBuf},
};

use super::{
    CellBlock, GeneFrame,
    deflate::{self, CHUNK},
    genes::Names,
    layout::{self, TOTALS},
};
use crate::matrix::{
    Error,
    error::Place,
    h5::{
        File, Handle,
        make::{Kind, NewDataset, Shuffle, Storage},
    },
    hdf5_thread,
};

/// What errors about images call them.
pub fn image_name() -> &'static Path {
    Path::new("(chunk in memory)")
}

/// A vector of 4-byte elements, filtered.
struct Filtered {
    length: usize,
    chunk: usize,
    chunks: Vec<Vec<u8>>,
}

impl Filtered {
    fn new<T: Copy>(values: &[T], bytes: fn(T) -> [u8; 4]) -> Self {
        let chunk = CHUNK.min(values.len()).max(1);
        let chunks = values.chunks(chunk).map(|part| deflate::filter_words(part, chunk, bytes)).collect();
        Self { length: values.len(), chunk, chunks }
    }

    fn write(&self, group: &Handle, name: &CStr, kind: Kind) -> Option<NewDataset> {
        let storage = match self.length {
            0 => Storage::Whole,
            _ => Storage::Deflated { chunk: self.chunk, shuffle: Shuffle::Yes },
        };
        let dataset = NewDataset::create(group, name, kind, self.length, storage)?;
        for (n, chunk) in self.chunks.iter().enumerate() {
            dataset.write_chunk(n * self.chunk, chunk)?;
        }
        Some(dataset)
    }
}

/// The parts of an image that depend on the cells.
struct Parts {
    cells: usize,
    data: Filtered,
    indices: Filtered,
    indptr: Filtered,
    totals: Filtered,
    names: Names,
}

/// Writes cells as an `.h5ad` image: `X` CSR float32, row numbers as cell names, `total_mrna_umis` in obs.
///
/// # Errors
/// If the block has more entries than the format's 32-bit offsets can count, or libhdf5 fails for want of memory.
pub fn write_image(genes: &GeneFrame, block: &CellBlock<'_>) -> Result<Vec<u8>, Error> {
    let cells = block.indptr.len().saturating_sub(1);
    debug_assert!(block.totals.len() == cells && block.indices.len() == block.data.len());
    if i32::try_from(block.data.len()).is_err() {
        let (at, size) = (Place::new(image_name(), "/X"), block.data.len() as u64);
        return Err(Error::TooLarge { at, size, unit: "entries", limit: i32::MAX as u64 });
    }
    let rows: Vec<_> = (block.first_cell..block.first_cell + cells).map(|row| row.to_string()).collect();
    let parts = Parts {
        cells,
        data: Filtered::new(block.data, f32::to_le_bytes),
        indices: Filtered::new(block.indices, u32::to_le_bytes),
        indptr: Filtered::new(block.indptr, |offset| (offset as u32).to_le_bytes()),
        totals: Filtered::new(block.totals, f32::to_le_bytes),
        names: Names::new(&rows, deflate::filter_bytes),
    };
    let image = hdf5_thread::run(|| assemble(genes, &parts));
    image.ok_or_else(|| Error::Write { at: Place::new(&PathBuf::from(image_name()), "/") })
}

fn assemble(genes: &GeneFrame, parts: &Parts) -> Option<Vec<u8>> {
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
