//! The locations of a dataset's storage chunks in its file, for reading them without libhdf5 and its thread.

use std::ffi::c_void;

use hdf5_sys::{h5d::H5Dchunk_iter, h5p::H5P_DEFAULT};

use super::{Dataset, Layout};

/// Maximum number of storage chunks in a map. Datasets with more are read through libhdf5.
const MAX_CHUNKS: usize = 1 << 22;

/// The location of a storage chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredChunk {
    /// Offset of the first byte in the file.
    pub place: u64,
    /// Size in bytes.
    pub size: u64,
    /// A mask of the filters that were not applied; the lowest bit is the first filter.
    pub skipped: u32,
}

/// The written storage chunks, sorted by the offset of their elements.
#[derive(Debug, Default)]
pub struct ChunkMap {
    chunks: Vec<([u64; 2], StoredChunk)>,
}

/// The data of the callback.
struct Visit {
    rank: usize,
    map: ChunkMap,
}

impl ChunkMap {
    /// Lists the chunks of a one- or two-dimensional dataset. Returns `None` if libhdf5 fails or there are too many.
    pub fn of(dataset: &Dataset) -> Option<Self> {
        let rank = dataset.shape.len();
        if !matches!(dataset.layout, Layout::Chunked { .. }) || !(1..=2).contains(&rank) {
            return None;
        }
        let mut visit = Visit { rank, map: Self::default() };
        // SAFETY: the dataset is valid; the callback alone uses the pointer to `visit`, and only during this call.
        let listed = unsafe { H5Dchunk_iter(dataset.handle().id(), H5P_DEFAULT, Some(note), (&raw mut visit).cast()) };
        visit.map.chunks.sort_unstable_by_key(|(offset, _)| *offset);
        (listed >= 0 && visit.map.chunks.len() <= MAX_CHUNKS).then_some(visit.map)
    }

    /// Returns the chunk whose elements start at an offset.
    pub fn get(&self, offset: &[u64]) -> Option<StoredChunk> {
        let key = [offset[0], offset.get(1).copied().unwrap_or(0)];
        let place = self.chunks.binary_search_by_key(&key, |(offset, _)| *offset).ok()?;
        Some(self.chunks[place].1)
    }
}

/// Adds a chunk to the map; stops the iteration (by returning 1) if there are too many.
unsafe extern "C" fn note(offset: *const u64, skipped: u32, place: u64, size: u64, visit: *mut c_void) -> i32 {
    // SAFETY: `ChunkMap::of` passes a pointer to a `Visit`; the offset has the rank of the dataset.
    let (visit, offset) = unsafe {
        let visit = &mut *visit.cast::<Visit>();
        let offset = std::slice::from_raw_parts(offset, visit.rank);
        (visit, [offset[0], offset.get(1).copied().unwrap_or(0)])
    };
    visit.map.chunks.push((offset, StoredChunk { place, size, skipped }));
    i32::from(visit.map.chunks.len() > MAX_CHUNKS)
}
