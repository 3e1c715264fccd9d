//! Filtering chunks for HDF5: shuffle, then deflate, outside of libhdf5.

use libdeflater::{CompressionLvl, Compressor};

use bits::BitWriter;

use crate::matrix::pool::Pool;

mod bits;
mod huffman;
mod planes;

/// How hard to deflate what is no numbers.
const LEVEL: i32 = 1;

/// Elements of a storage chunk of the vectors of `X`: 512 KiB.
pub const CHUNK: usize = 1 << 17;

static WORKSHOPS: Pool<Workshop> = Pool::new();

struct Workshop {
    deflater: Compressor,
    planes: Vec<u8>,
    coded: BitWriter,
}

impl Default for Workshop {
    fn default() -> Self {
        // Levels 0 to 12 exist.
        let level = CompressionLvl::new(LEVEL).unwrap_or_default();
        Self { deflater: Compressor::new(level), planes: Vec::new(), coded: BitWriter::default() }
    }
}

/// A number of 4 bytes.
pub trait Word: Copy {
    /// Its bytes, the lowest first.
    fn bytes(self) -> [u8; 4];
}

impl Word for u32 {
    fn bytes(self) -> [u8; 4] {
        self.to_le_bytes()
    }
}

impl Word for i32 {
    fn bytes(self) -> [u8; 4] {
        self.to_le_bytes()
    }
}

impl Word for f32 {
    fn bytes(self) -> [u8; 4] {
        self.to_le_bytes()
    }
}

/// Shuffles numbers into planes of their bytes and deflates them as a chunk of so many; those that are missing are
/// zeros.
pub fn filter_words<T: Word>(values: &[T], chunk: usize) -> Vec<u8> {
    WORKSHOPS.with(|Workshop { planes, coded, .. }| {
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

/// Deflates a chunk of bytes as it is.
pub fn filter_bytes(bytes: &[u8]) -> Vec<u8> {
    WORKSHOPS.with(|workshop| zlib(&mut workshop.deflater, bytes))
}

/// Deflates a chunk harder: for what is deflated once and sent often.
pub fn filter_bytes_hard(bytes: &[u8]) -> Vec<u8> {
    zlib(&mut Compressor::new(CompressionLvl::default()), bytes)
}

fn zlib(deflater: &mut Compressor, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0; deflater.zlib_compress_bound(bytes.len())];
    // The bound is one by definition, so that the only error there is, too little room, cannot occur.
    let length = deflater.zlib_compress(bytes, &mut out).expect("the bound suffices");
    out.truncate(length);
    out
}
