//! Filters for chunks to be written, applied outside libhdf5: shuffle, then deflate.

use libdeflater::{CompressionLvl, Compressor};

use bits::BitWriter;

use crate::matrix::pool::Pool;

mod bits;
mod huffman;
mod planes;

/// Compression level for chunks that are not numbers.
const LEVEL: i32 = 1;

/// Number of elements in a storage chunk of the arrays of `X`: 512 KiB.
pub const CHUNK: usize = 1 << 17;

static SCRATCH: Pool<Scratch> = Pool::new();

struct Scratch {
    deflater: Compressor,
    planes: Vec<u8>,
    coded: BitWriter,
}

impl Default for Scratch {
    fn default() -> Self {
        // The valid levels are 0 to 12.
        let level = CompressionLvl::new(LEVEL).unwrap_or_default();
        Self { deflater: Compressor::new(level), planes: Vec::new(), coded: BitWriter::default() }
    }
}

/// A number of 4 bytes.
pub trait LeBytes4: Copy {
    /// Returns the little-endian bytes.
    fn bytes(self) -> [u8; 4];
}

impl LeBytes4 for u32 {
    fn bytes(self) -> [u8; 4] {
        self.to_le_bytes()
    }
}

impl LeBytes4 for i32 {
    fn bytes(self) -> [u8; 4] {
        self.to_le_bytes()
    }
}

impl LeBytes4 for f32 {
    fn bytes(self) -> [u8; 4] {
        self.to_le_bytes()
    }
}

/// Shuffles the bytes of numbers and deflates them as a chunk of `chunk` elements. Missing numbers are zeros.
pub fn filter_words<T: LeBytes4>(values: &[T], chunk: usize) -> Vec<u8> {
    SCRATCH.with(|Scratch { planes, coded, .. }| {
        planes.clear();
        planes.resize(chunk * 4, 0);
        let (first, rest) = planes.split_at_mut(chunk);
        let (second, rest) = rest.split_at_mut(chunk);
        let (third, fourth) = rest.split_at_mut(chunk);
        for ((((&value, a), b), c), d) in values.iter().zip(first).zip(second).zip(third).zip(fourth) {
            [*a, *b, *c, *d] = value.bytes();
        }
        planes::deflate(planes, chunk, coded).to_vec()
    })
}

/// Deflates a chunk of bytes.
pub fn filter_bytes(bytes: &[u8]) -> Vec<u8> {
    SCRATCH.with(|scratch| zlib(&mut scratch.deflater, bytes))
}

/// Deflates a chunk at a higher level, for data that is compressed once and sent many times.
pub fn filter_bytes_hard(bytes: &[u8]) -> Vec<u8> {
    zlib(&mut Compressor::new(CompressionLvl::default()), bytes)
}

fn zlib(deflater: &mut Compressor, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0; deflater.zlib_compress_bound(bytes.len())];
    // The output has the guaranteed bound, so the only error, insufficient space, cannot occur.
    let length = deflater.zlib_compress(bytes, &mut out).expect("the bound suffices");
    out.truncate(length);
    out
}
