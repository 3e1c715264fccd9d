//! Where the storage chunks of a dataset lie in its file, so that they can be read without libhdf5 and its one thread.

use std::ffi::c_void;

use hdf5_sys::{h5d::H5Dchunk_iter, h5p::H5P_DEFAULT};

use super::{Dataset, Layout};

/// A dataset of more storage chunks than this is read through libhdf5.
const MAX_CHUNKS: usize = 1 << 22;

/// Where a storage chunk lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredChunk {
    /// Its first byte in the file.
    pub place: u64,
    /// Its bytes.
    pub size: u64,
    /// Filters that were left out in writing it: bits, the first filter's lowest.
    pub skipped: u32,
}

/// The storage chunks that were ever written, by where their elements start.
#[derive(Debug, Default)]
pub struct ChunkMap {
    chunks: Vec<([u64; 2], StoredChunk)>,
}

/// What the callback of libhdf5 gets.
struct Visit {
    rank: usize,
    map: ChunkMap,
}

impl ChunkMap {
    /// Has libhdf5 list the chunks of a dataset of one or two dimensions; `None` if it cannot, or there are too many.
    pub fn of(dataset: &Dataset) -> Option<Self> {
        let rank = dataset.shape.len();
        if !matches!(dataset.layout, Layout::Chunked { .. }) || !(1..=2).contains(&rank) {
            return None;
        }
        let mut visit = Visit { rank, map: Self::default() };
        // SAFETY: valid dataset; the callback gets a pointer to the visit and only it, and only during this call.
        let listed = unsafe { H5Dchunk_iter(dataset.handle().id(), H5P_DEFAULT, Some(note), (&raw mut visit).cast()) };
        visit.map.chunks.sort_unstable_by_key(|(offset, _)| *offset);
        (listed >= 0 && visit.map.chunks.len() <= MAX_CHUNKS).then_some(visit.map)
    }

    /// The chunk whose elements start at an offset.
    pub fn get(&self, offset: &[u64]) -> Option<StoredChunk> {
        let key = [offset[0], offset.get(1).copied().unwrap_or(0)];
        let place = self.chunks.binary_search_by_key(&key, |(offset, _)| *offset).ok()?;
        Some(self.chunks[place].1)
    }
}

/// Notes a chunk; ends the listing with 1 when there are too many.
unsafe extern "C" fn note(offset: *const u64, skipped: u32, place: u64, size: u64, visit: *mut c_void) -> i32 {
    // SAFETY: `ChunkMap::of` gives the visit; libhdf5 gives an offset of the dataset's rank.
    let (visit, offset) = unsafe {
        let visit = &mut *visit.cast::<Visit>();
        let offset = std::slice::from_raw_parts(offset, visit.rank);
        (visit, [offset[0], offset.get(1).copied().unwrap_or(0)])
    };
    visit.map.chunks.push((offset, StoredChunk { place, size, skipped }));
    i32::from(visit.map.chunks.len() > MAX_CHUNKS)
}
