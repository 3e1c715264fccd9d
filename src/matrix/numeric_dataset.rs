//! Numeric datasets, read by storage chunk. Raw chunks are fetched on the HDF5 thread and decoded on the caller's
//! thread. Encodings that only libhdf5 supports (n-bit, scale-offset) are decoded by it, a whole chunk at a time.

use std::{
    ops::Range,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use super::{
    Error,
    error::Location,
    filter::{Filter, Scratch, pipeline::room_for},
    h5::{self, ChunkMap, Layout},
    hdf5_thread,
    number::{FromNumber, Number},
    pool::Pool,
    tree::{Dataset, DatasetKind, Element, File, Node},
};

pub(crate) mod cache;

use cache::{ChunkCache, ChunkKey};

static DATASETS: AtomicU64 = AtomicU64::new(0);

/// Returns a number that is unique among all open datasets and identifies this dataset's chunks in a cache.
pub fn next_serial() -> u64 {
    DATASETS.fetch_add(1, Ordering::Relaxed)
}

/// Capacity of the chunk cache in bytes: decoded chunks kept for neighboring windows.
pub const CACHE: usize = 48 << 20;

/// Capacity, in chunks, of the separate cache of a one-dimensional dataset: one chunk for each concurrent reader.
const SHARED: usize = 4;

/// Number of chunks that are located one by one before the locations of all chunks are requested. A sample needs few,
/// and locating all takes a while in a large file.
const FEW: usize = 64;

/// Number of elements read at once from a contiguous dataset.
const PIECE: u64 = 1 << 20;

static BUFFERS: Pool<Buffers> = Pool::new();

#[derive(Default)]
struct Buffers {
    stored: Vec<u8>,
    scratch: Scratch,
}

/// A numeric dataset of one or two dimensions.
pub struct NumericDataset {
    dataset: Dataset,
    number: Number,
    layout: Option<ChunkLayout>,
    /// Number of chunks read so far.
    reads: AtomicUsize,
    /// The locations of all chunks, determined after many reads.
    chunks: OnceLock<Option<ChunkMap>>,
    serial: u64,
    cache: Arc<ChunkCache>,
    _file: Arc<File>,
}

/// The storage chunks of a dataset.
pub struct ChunkLayout {
    /// Dimensions of a chunk.
    pub chunk: Vec<u64>,
    /// The filters to decode here; `None` if libhdf5 has to decode the chunks.
    filters: Option<Vec<Filter>>,
    /// Size of a decoded chunk in bytes.
    bytes: usize,
}

/// Whether a chunk is expected to be needed again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// The end of the chunk is being read, so neighboring windows do not need it anymore.
    Done,
    /// The next window needs the rest of the chunk.
    Likely,
}

impl NumericDataset {
    /// Opens a dataset.
    pub fn open(file: &Arc<File>, at: &Location, cache: &Arc<ChunkCache>) -> Result<Self, Error> {
        match hdf5_thread::run(|| Node::open(file, at))? {
            Node::Dataset(dataset) => Self::new(file, dataset, cache),
            Node::Group(_) => {
                Err(Error::Encoding { at: at.clone(), found: "a group".to_owned(), expected: "a dataset" })
            }
        }
    }

    fn new(file: &Arc<File>, dataset: Dataset, cache: &Arc<ChunkCache>) -> Result<Self, Error> {
        let Element::Number { number, as_stored, .. } = dataset.element else {
            return Err(Error::Dtype { at: dataset.at.clone(), found: dataset.element.name(), expected: "numbers" });
        };
        let filters = match dataset.kind() {
            DatasetKind::Hdf5(dataset) => match &dataset.layout {
                Layout::Chunked { filters, .. } => filters.clone(),
                Layout::Unchunked => None,
            },
            DatasetKind::Zarr(_) => None,
        };
        let layout = dataset.chunk().map(|chunk| ChunkLayout {
            bytes: chunk.iter().product::<u64>() as usize * number.size,
            chunk: chunk.to_vec(),
            filters: filters.filter(|_| as_stored),
        });
        let cache = match &layout {
            Some(layout) if layout.chunk.len() == 1 => {
                &Arc::new(ChunkCache::new((SHARED * layout.bytes).clamp(1 << 20, CACHE)))
            }
            Some(_) | None => cache,
        };
        Ok(Self {
            dataset,
            number,
            layout,
            reads: AtomicUsize::new(0),
            chunks: OnceLock::new(),
            serial: next_serial(),
            cache: cache.clone(),
            _file: file.clone(),
        })
    }

    /// Returns the location of the dataset.
    pub fn at(&self) -> &Location {
        &self.dataset.at
    }

    /// Returns the dimensions.
    pub fn shape(&self) -> &[u64] {
        &self.dataset.shape
    }

    /// Returns the length of a one-dimensional dataset.
    pub fn len(&self) -> Result<u64, Error> {
        self.dataset.len()
    }

    /// Returns the type of the elements.
    pub fn number(&self) -> Number {
        self.number
    }

    /// Returns the chunk layout, or `None` if the dataset is not chunked.
    pub fn chunk_layout(&self) -> Option<&ChunkLayout> {
        self.layout.as_ref()
    }

    /// Reads a range of a one-dimensional dataset and appends it to `out`.
    pub fn read<T: FromNumber>(&self, range: Range<u64>, out: &mut Vec<T>) -> Result<(), Error> {
        let length = self.len()?;
        debug_assert!(range.end <= length);
        out.reserve((range.end - range.start) as usize);
        let Some(layout) = &self.layout else { return self.read_pieces(range, out) };
        let (size, step) = (self.number.size as u64, layout.chunk[0]);
        let mut start = range.start;
        while start < range.end {
            let chunk_start = start / step * step;
            let (chunk_end, end) = ((chunk_start + step).min(length), (chunk_start + step).min(range.end));
            let reuse = if end == chunk_end { Reuse::Done } else { Reuse::Likely };
            let wanted = ((start - chunk_start) * size) as usize..((end - chunk_start) * size) as usize;
            self.with_chunk(&[chunk_start], reuse, |bytes| self.number.decode(&bytes[wanted], out))?;
            start = end;
        }
        Ok(())
    }

    fn read_pieces<T: FromNumber>(&self, range: Range<u64>, out: &mut Vec<T>) -> Result<(), Error> {
        for start in range.clone().step_by(PIECE as usize) {
            let count = PIECE.min(range.end - start);
            let block = self.read_block(&[start], &[count])?;
            self.number.decode(&block, out);
        }
        Ok(())
    }

    /// Reads a block through libhdf5.
    pub fn read_block(&self, start: &[u64], count: &[u64]) -> Result<Vec<u8>, Error> {
        hdf5_thread::run(|| self.dataset.read_block(start, count))
    }

    /// Calls `visit` with the decoded bytes of the chunk that starts at `offset`. The bytes include elements beyond the
    /// edge of the dataset.
    pub fn with_chunk<R>(&self, offset: &[u64], reuse: Reuse, visit: impl FnOnce(&[u8]) -> R) -> Result<R, Error> {
        let Some(layout) = &self.layout else {
            return Err(Error::Damaged { at: self.at().clone() });
        };
        let key = ChunkKey { dataset: self.serial, offset: [offset[0], offset.get(1).copied().unwrap_or(0)] };
        match reuse {
            Reuse::Done => match self.cache.take(key) {
                Some(bytes) => Ok(visit(&bytes)),
                None => self.decode_chunk(layout, offset, visit),
            },
            Reuse::Likely => {
                let bytes = self.cache.get_or_load(key, || self.decode_chunk(layout, offset, <[u8]>::to_vec))?;
                Ok(visit(&bytes))
            }
        }
    }

    fn decode_chunk<R>(
        &self,
        layout: &ChunkLayout,
        offset: &[u64],
        visit: impl FnOnce(&[u8]) -> R,
    ) -> Result<R, Error> {
        let dataset = match self.dataset.kind() {
            DatasetKind::Hdf5(dataset) => dataset,
            DatasetKind::Zarr(array) => return Ok(visit(&array.read_chunk(offset)?)),
        };
        let Some(filters) = &layout.filters else { return Ok(visit(&self.chunk_by_libhdf5(layout, offset)?)) };
        BUFFERS.with(|buffers| {
            let Buffers { stored, scratch } = buffers;
            let skipped = self.read_directly(dataset, layout, offset, stored).or_else(|| {
                stored.resize(stored.capacity().max(layout.bytes / 2).min(layout.bytes + 64), 0);
                hdf5_thread::run(|| dataset.read_chunk(offset, room_for(layout.bytes), stored))
            });
            let inflated = skipped.and_then(|skipped| {
                let active =
                    filters.iter().enumerate().filter(|(n, _)| skipped >> n & 1 == 0).map(|(_, &filter)| filter);
                scratch.unfilter(stored, active.rev(), layout.bytes)
            });
            match inflated {
                Some(bytes) => Ok(visit(bytes)),
                // The chunk is not written (and has the fill value), is an unfiltered edge chunk, or is damaged.
                None => Ok(visit(&self.chunk_by_libhdf5(layout, offset)?)),
            }
        })
    }

    /// Reads a stored chunk from the file without libhdf5, once many chunks have been read. See
    /// [`h5::Dataset::read_chunk`].
    fn read_directly(
        &self,
        dataset: &h5::Dataset,
        layout: &ChunkLayout,
        offset: &[u64],
        stored: &mut Vec<u8>,
    ) -> Option<u32> {
        if self.reads.fetch_add(1, Ordering::Relaxed) < FEW {
            return None;
        }
        let chunks = self.chunks.get_or_init(|| hdf5_thread::run(|| ChunkMap::of(dataset)));
        let chunk = chunks.as_ref()?.get(offset)?;
        let size = usize::try_from(chunk.size).ok().filter(|&size| size <= room_for(layout.bytes))?;
        stored.resize(size, 0);
        dataset.file().read_on_disk(chunk.place, stored).map(|()| chunk.skipped)
    }

    /// Reads the part of a chunk inside the dataset through libhdf5, and arranges it as a whole chunk.
    fn chunk_by_libhdf5(&self, layout: &ChunkLayout, offset: &[u64]) -> Result<Vec<u8>, Error> {
        let ends = offset.iter().zip(&layout.chunk).zip(self.shape());
        let count: Vec<u64> = ends.map(|((&start, &size), &end)| size.min(end - start)).collect();
        let block = self.read_block(offset, &count)?;
        let line = |lengths: &[u64]| lengths[1..].iter().product::<u64>() as usize * self.number.size;
        let (narrow, wide) = (line(&count), line(&layout.chunk));
        if narrow == wide {
            return Ok(block);
        }
        let mut chunk = vec![0; layout.bytes];
        for (from, into) in block.chunks_exact(narrow).zip(chunk.chunks_exact_mut(wide)) {
            into[..narrow].copy_from_slice(from);
        }
        Ok(chunk)
    }
}
