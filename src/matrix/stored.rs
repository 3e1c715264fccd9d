//! Numbers in storage chunks. Raw chunks are fetched on the HDF5 thread and decoded on the caller's; what only
//! libhdf5 can undo (n-bit numbers, scale and offset) it undoes, whole chunks at a time.

use std::{
    ops::Range,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use super::{
    Error,
    error::Place,
    filter::{Filter, Scratch, pipeline::room_for},
    h5::{ChunkMap, Dataset, Element, File, Layout, Node},
    hdf5_thread,
    number::{FromNumber, Number},
    pool::Pool,
};

pub mod cache;

use cache::{ChunkCache, ChunkKey};

static DATASETS: AtomicU64 = AtomicU64::new(0);

/// A number that no other dataset, of whatever file, has: the key to its chunks in a cache.
pub fn next_serial() -> u64 {
    DATASETS.fetch_add(1, Ordering::Relaxed)
}

/// Bytes of inflated chunks kept for the neighboring windows.
pub const CACHE: usize = 48 << 20;

/// Chunks of a vector that are read in part by so many readers at once: a vector keeps these, in a cache of its own.
const SHARED: usize = 4;

/// Storage chunks that libhdf5 finds one by one before it is asked for the places of all of them: a look here and there
/// needs few, and finding all takes a while in a large file.
const FEW: usize = 64;

/// Elements read at once from a dataset that is stored in one piece.
const PIECE: u64 = 1 << 20;

static BUFFERS: Pool<Buffers> = Pool::new();

#[derive(Default)]
struct Buffers {
    stored: Vec<u8>,
    scratch: Scratch,
}

/// A numeric dataset of one or two dimensions.
pub struct Stored {
    dataset: Dataset,
    number: Number,
    grid: Option<Grid>,
    /// How many chunks have been read.
    reads: AtomicUsize,
    /// Where all are, once many have been read.
    chunks: OnceLock<Option<ChunkMap>>,
    serial: u64,
    cache: Arc<ChunkCache>,
    _file: Arc<File>,
}

/// How a dataset is cut into chunks.
pub struct Grid {
    /// The dimensions of a chunk.
    pub chunk: Vec<u64>,
    /// The filters to undo here; `None` if libhdf5 has to.
    filters: Option<Vec<Filter>>,
    /// The bytes of a chunk.
    bytes: usize,
}

/// Whether a chunk will be wanted again soon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// Its end is used now: the windows before it have had theirs, those after it need none of it.
    Done,
    /// The next window needs the rest.
    Likely,
}

impl Stored {
    /// Opens the dataset at a path.
    pub fn open(file: &Arc<File>, at: &Place, cache: &Arc<ChunkCache>) -> Result<Self, Error> {
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
        let grid = match &dataset.layout {
            Layout::Whole => None,
            Layout::Chunked { chunk, filters } => Some(Grid {
                bytes: chunk.iter().product::<u64>() as usize * number.size,
                chunk: chunk.clone(),
                filters: filters.clone().filter(|_| as_stored),
            }),
        };
        let cache = match &grid {
            Some(grid) if grid.chunk.len() == 1 => {
                &Arc::new(ChunkCache::new((SHARED * grid.bytes).clamp(1 << 20, CACHE)))
            }
            Some(_) | None => cache,
        };
        Ok(Self {
            dataset,
            number,
            grid,
            reads: AtomicUsize::new(0),
            chunks: OnceLock::new(),
            serial: next_serial(),
            cache: cache.clone(),
            _file: file.clone(),
        })
    }

    /// Where it is.
    pub fn at(&self) -> &Place {
        &self.dataset.at
    }

    /// Its dimensions.
    pub fn shape(&self) -> &[u64] {
        &self.dataset.shape
    }

    /// The length, if it has one dimension.
    pub fn len(&self) -> Result<u64, Error> {
        self.dataset.len()
    }

    /// The type of its numbers.
    pub fn number(&self) -> Number {
        self.number
    }

    /// How it is cut into chunks, if it is.
    pub fn grid(&self) -> Option<&Grid> {
        self.grid.as_ref()
    }

    /// Appends a range of a dataset of one dimension.
    pub fn read<T: FromNumber>(&self, range: Range<u64>, out: &mut Vec<T>) -> Result<(), Error> {
        let length = self.len()?;
        debug_assert!(range.end <= length);
        out.reserve((range.end - range.start) as usize);
        let Some(grid) = &self.grid else { return self.read_pieces(range, out) };
        let (size, step) = (self.number.size as u64, grid.chunk[0]);
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

    /// Gives the decoded bytes of the chunk that starts at an offset to a closure: all of its elements, those beyond
    /// the dataset's edge included.
    pub fn with_chunk<R>(&self, offset: &[u64], reuse: Reuse, visit: impl FnOnce(&[u8]) -> R) -> Result<R, Error> {
        let Some(grid) = &self.grid else {
            return Err(Error::Damaged { at: self.at().clone() });
        };
        let key = ChunkKey { dataset: self.serial, offset: [offset[0], offset.get(1).copied().unwrap_or(0)] };
        match reuse {
            Reuse::Done => match self.cache.take(key) {
                Some(bytes) => Ok(visit(&bytes)),
                None => self.decode_chunk(grid, offset, visit),
            },
            Reuse::Likely => {
                let bytes = self.cache.get_or_load(key, || self.decode_chunk(grid, offset, <[u8]>::to_vec))?;
                Ok(visit(&bytes))
            }
        }
    }

    fn decode_chunk<R>(&self, grid: &Grid, offset: &[u64], visit: impl FnOnce(&[u8]) -> R) -> Result<R, Error> {
        let Some(filters) = &grid.filters else { return Ok(visit(&self.chunk_by_libhdf5(grid, offset)?)) };
        BUFFERS.with(|buffers| {
            let Buffers { stored, scratch } = buffers;
            let skipped = self.read_directly(grid, offset, stored).or_else(|| {
                stored.resize(stored.capacity().max(grid.bytes / 2).min(grid.bytes + 64), 0);
                hdf5_thread::run(|| self.dataset.read_chunk(offset, room_for(grid.bytes), stored))
            });
            let inflated = skipped.and_then(|skipped| {
                let active =
                    filters.iter().enumerate().filter(|(n, _)| skipped >> n & 1 == 0).map(|(_, &filter)| filter);
                scratch.unfilter(stored, active.rev(), grid.bytes)
            });
            match inflated {
                Some(bytes) => Ok(visit(bytes)),
                // Never written (then it holds the fill value), an unfiltered edge, or damaged: libhdf5 knows.
                None => Ok(visit(&self.chunk_by_libhdf5(grid, offset)?)),
            }
        })
    }

    /// Reads a storage chunk as it lies in the file, without libhdf5, if many are read; as [`Dataset::read_chunk`].
    fn read_directly(&self, grid: &Grid, offset: &[u64], stored: &mut Vec<u8>) -> Option<u32> {
        if self.reads.fetch_add(1, Ordering::Relaxed) < FEW {
            return None;
        }
        let chunks = self.chunks.get_or_init(|| hdf5_thread::run(|| ChunkMap::of(&self.dataset)));
        let chunk = chunks.as_ref()?.get(offset)?;
        let size = usize::try_from(chunk.size).ok().filter(|&size| size <= room_for(grid.bytes))?;
        stored.resize(size, 0);
        self.dataset.file().read_on_disk(chunk.place, stored).map(|()| chunk.skipped)
    }

    /// Reads what lies within the dataset and lays it out as a whole chunk.
    fn chunk_by_libhdf5(&self, grid: &Grid, offset: &[u64]) -> Result<Vec<u8>, Error> {
        let ends = offset.iter().zip(&grid.chunk).zip(self.shape());
        let count: Vec<u64> = ends.map(|((&start, &size), &end)| size.min(end - start)).collect();
        let block = self.read_block(offset, &count)?;
        let line = |lengths: &[u64]| lengths[1..].iter().product::<u64>() as usize * self.number.size;
        let (narrow, wide) = (line(&count), line(&grid.chunk));
        if narrow == wide {
            return Ok(block);
        }
        let mut chunk = vec![0; grid.bytes];
        for (from, into) in block.chunks_exact(narrow).zip(chunk.chunks_exact_mut(wide)) {
            into[..narrow].copy_from_slice(from);
        }
        Ok(chunk)
    }
}
