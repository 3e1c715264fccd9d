//! Arrays: reading of blocks and texts.

mod chunk;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use super::metadata::{Description, Shards};
use crate::matrix::{Error, error::Location, filter::MAX_CHUNK, tree::Element};
use chunk::Texts;

/// Maximum size of a block in bytes.
const MAX_BLOCK: u64 = 512 << 20;
/// Maximum number of texts in a chunk.
const MAX_TEXTS: u64 = 1 << 23;
/// Maximum number of dimensions.
const MAX_RANK: usize = 32;

/// The offset and the decoded bytes of a chunk.
type LastChunk = (Vec<u64>, Arc<Vec<u8>>);

/// An array.
#[derive(Debug)]
pub struct Array {
    pub(super) folder: PathBuf,
    pub(super) at: Location,
    pub(super) of: Description,
    /// The index of the last shard.
    index: Mutex<Option<chunk::ShardIndex>>,
    /// The last chunk of texts, and its number.
    texts: Mutex<Option<(u64, Arc<Texts>)>>,
    /// The last chunk of which a block was read, and its offset.
    last: Mutex<Option<LastChunk>>,
}

impl Array {
    /// Checks a description.
    pub(super) fn open(folder: PathBuf, at: &Location, mut of: Description) -> Result<Self, Error> {
        let damaged = || Error::Damaged { at: at.clone() };
        if of.chunk.len() != of.shape.len() || of.shape.len() > MAX_RANK {
            return Err(damaged());
        }
        // A chunk of an empty array may have no size.
        of.chunk.iter_mut().for_each(|size| *size = (*size).max(1));
        let bytes = of.chunk.iter().fold(size_of(&of.element) as u64, |product, &size| product.saturating_mul(size));
        if bytes > MAX_CHUNK && of.element != Element::VariableText {
            return Err(Error::TooLarge { at: at.clone(), size: bytes, unit: "bytes in a chunk", limit: MAX_CHUNK });
        }
        let elements = of
            .chunk
            .iter()
            .zip(&of.shape)
            .fold(1u64, |product, (&chunk, &size)| product.saturating_mul(chunk.min(size)));
        if of.element == Element::VariableText && elements > MAX_TEXTS {
            let (at, limit) = (at.clone(), MAX_TEXTS);
            return Err(Error::TooLarge { at, size: elements, unit: "texts in a chunk", limit });
        }
        if let Some(Shards { shape, .. }) = &of.shards {
            let is_whole = shape.len() == of.chunk.len()
                && shape.iter().zip(&of.chunk).all(|(shard, chunk)| *shard > 0 && shard % chunk == 0);
            if !is_whole {
                return Err(damaged());
            }
        }
        Ok(Self {
            folder,
            at: at.clone(),
            of,
            index: Mutex::default(),
            texts: Mutex::default(),
            last: Mutex::default(),
        })
    }

    /// Returns the dimensions.
    pub fn shape(&self) -> &[u64] {
        &self.of.shape
    }

    /// Returns the dimensions of a chunk.
    pub fn chunk(&self) -> &[u64] {
        &self.of.chunk
    }

    /// Returns the type of an element.
    pub fn element(&self) -> Element {
        self.of.element
    }

    /// Returns the size of a decoded chunk of numbers in bytes.
    pub(super) fn chunk_bytes(&self) -> usize {
        self.of.chunk.iter().product::<u64>() as usize * size_of(&self.of.element)
    }

    /// Reads the chunk that starts at an offset. It includes elements beyond the edge of the array.
    ///
    /// # Errors
    /// Fails if the chunk cannot be read or is damaged.
    pub fn read_chunk(&self, offset: &[u64]) -> Result<Vec<u8>, Error> {
        let index: Vec<u64> = offset.iter().zip(&self.of.chunk).map(|(offset, size)| offset / size).collect();
        let bytes = self.chunk_bytes();
        match chunk::read(self, &index, bytes)? {
            Some(decoded) if decoded.len() == bytes => Ok(decoded),
            Some(_) => Err(Error::Damaged { at: self.at.clone() }),
            None => Ok(chunk::filled(self, bytes)),
        }
    }

    /// Reads a block of numbers of one or two dimensions. Returns its bytes in row-major order.
    ///
    /// # Errors
    /// Fails if the block is too large, or a chunk cannot be read.
    pub fn read_block(&self, start: &[u64], count: &[u64]) -> Result<Vec<u8>, Error> {
        let Element::Number { number, .. } = self.of.element else {
            return Err(Error::Dtype { at: self.at.clone(), found: self.of.element.name(), expected: "numbers" });
        };
        let bytes = count.iter().fold(number.size as u64, |product, &n| product.saturating_mul(n));
        if bytes > MAX_BLOCK {
            let (at, limit) = (self.at.clone(), MAX_BLOCK);
            return Err(Error::TooLarge { at, size: bytes, unit: "bytes in one piece", limit });
        }
        let mut block = vec![0; bytes as usize];
        match (start, count) {
            ([start], [count]) => {
                let [width] = self.of.chunk[..] else { return Err(Error::Damaged { at: self.at.clone() }) };
                self.copy([0, *start], [1, *count], [1, width], &mut block)?;
            }
            ([top, left], [rows, columns]) => {
                let [height, width] = self.of.chunk[..] else { return Err(Error::Damaged { at: self.at.clone() }) };
                self.copy([*top, *left], [*rows, *columns], [height, width], &mut block)?;
            }
            _ => {
                let expected = "one or two dimensions are needed".to_owned();
                return Err(Error::Shape { at: self.at.clone(), found: self.of.shape.clone(), expected });
            }
        }
        Ok(block)
    }

    /// Copies a block from its chunks. An array of one dimension is a single row.
    fn copy(&self, start: [u64; 2], count: [u64; 2], chunk: [u64; 2], block: &mut [u8]) -> Result<(), Error> {
        let size = size_of(&self.of.element);
        let end = [start[0] + count[0], start[1] + count[1]];
        for top in (start[0] / chunk[0] * chunk[0]..end[0]).step_by(chunk[0] as usize) {
            for left in (start[1] / chunk[1] * chunk[1]..end[1]).step_by(chunk[1] as usize) {
                let offset = if self.of.shape.len() == 1 { vec![left] } else { vec![top, left] };
                let bytes = self.chunk_for_blocks(offset)?;
                let (first, last) = (left.max(start[1]), (left + chunk[1]).min(end[1]));
                for row in top.max(start[0])..(top + chunk[0]).min(end[0]) {
                    let from = ((row - top) * chunk[1] + first - left) as usize * size;
                    let into = ((row - start[0]) * count[1] + first - start[1]) as usize * size;
                    let length = (last - first) as usize * size;
                    block[into..into + length].copy_from_slice(&bytes[from..from + length]);
                }
            }
        }
        Ok(())
    }

    /// Returns a chunk. The last one is kept, as columns are read in pieces.
    fn chunk_for_blocks(&self, offset: Vec<u64>) -> Result<Arc<Vec<u8>>, Error> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, bytes)) = last.as_ref().filter(|(kept, _)| *kept == offset) {
            return Ok(bytes.clone());
        }
        let bytes = Arc::new(self.read_chunk(&offset)?);
        *last = Some((offset, bytes.clone()));
        Ok(bytes)
    }

    /// Reads texts of an array of one dimension.
    ///
    /// # Errors
    /// Fails if a chunk cannot be read, or is damaged.
    pub fn read_texts(&self, start: u64, count: usize) -> Result<Vec<String>, Error> {
        let [width] = self.of.chunk[..] else {
            let expected = "one dimension is needed".to_owned();
            return Err(Error::Shape { at: self.at.clone(), found: self.of.shape.clone(), expected });
        };
        let (mut texts, end) = (Vec::with_capacity(count), start + count as u64);
        for number in start / width..end.div_ceil(width) {
            let chunk = self.texts_of(number, width)?;
            let place = |row: u64| (row.clamp(number * width, (number + 1) * width) - number * width) as usize;
            let wanted = chunk.get(place(start)..place(end)).ok_or_else(|| Error::Damaged { at: self.at.clone() })?;
            texts.extend_from_slice(wanted);
        }
        Ok(texts)
    }

    /// Returns a chunk of texts. The last one is kept, as columns are read in pieces.
    fn texts_of(&self, number: u64, width: u64) -> Result<Arc<Texts>, Error> {
        let mut last = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, texts)) = last.as_ref().filter(|(kept, _)| *kept == number) {
            return Ok(texts.clone());
        }
        // Chunks at the end may be shorter than the others.
        let rows = width.min(self.of.shape[0].saturating_sub(number * width)) as usize;
        let texts = Arc::new(chunk::texts(self, number, rows)?);
        *last = Some((number, texts.clone()));
        Ok(texts)
    }
}

/// Returns the size of an element in bytes.
pub(super) fn size_of(element: &Element) -> usize {
    match element {
        Element::Number { number, .. } => number.size,
        Element::FixedText { size } => *size,
        Element::VariableText | Element::Compound | Element::Other => 1,
    }
}
