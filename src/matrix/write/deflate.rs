//! Filtering chunks for HDF5: shuffle, then deflate, outside of libhdf5.

use std::cell::RefCell;

use libdeflater::{CompressionLvl, Compressor};

/// How hard to deflate. Of 63 million entries of generated counts, levels 1, 2, 4 and 6 made 100.7, 98.5, 96.0 and
/// 92.6 MB; level 6 took nearly twice the time of level 1.
pub const LEVEL: i32 = 1;

/// Elements of a storage chunk of the vectors of `X`: 512 KiB.
pub const CHUNK: usize = 1 << 17;

thread_local! {
    static WORKSHOP: RefCell<Workshop> = RefCell::default();
}

struct Workshop {
    deflater: Compressor,
    planes: Vec<u8>,
}

impl Default for Workshop {
    fn default() -> Self {
        // Levels 0 to 12 exist.
        let level = CompressionLvl::new(LEVEL).unwrap_or_default();
        Self { deflater: Compressor::new(level), planes: Vec::new() }
    }
}

/// Shuffles 4-byte elements, given as numbers, into planes of their little-endian bytes and deflates them as a chunk
/// of so many elements; elements that are missing are zeros.
pub fn filter_words<T: Copy>(values: &[T], chunk: usize, bytes: fn(T) -> [u8; 4]) -> Vec<u8> {
    WORKSHOP.with_borrow_mut(|workshop| {
        let Workshop { deflater, planes } = workshop;
        planes.clear();
        planes.resize(chunk * 4, 0);
        let (first, rest) = planes.split_at_mut(chunk);
        let (second, rest) = rest.split_at_mut(chunk);
        let (third, fourth) = rest.split_at_mut(chunk);
        for ((((&value, a), b), c), d) in values.iter().zip(first).zip(second).zip(third).zip(fourth) {
            [*a, *b, *c, *d] = bytes(value);
        }
        zlib(deflater, planes)
    })
}

/// Deflates a chunk of bytes as it is.
pub fn filter_bytes(bytes: &[u8]) -> Vec<u8> {
    WORKSHOP.with_borrow_mut(|workshop| zlib(&mut workshop.deflater, bytes))
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
