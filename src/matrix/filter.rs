//! The filters of HDF5 files: from the bytes of a storage chunk as they lie in the file to its elements, outside of
//! libhdf5 and its one thread. In: stored bytes, what the file says of the filter, room for what comes out. Out: how
//! much of that room was filled. Knows nothing of files.
//!
//! Nothing is allocated by what the data claim: a decoder fills the room it is given, or fails.

pub mod bitshuffle;
pub mod blosc;
pub mod blosc2;
pub mod blosclz;
pub mod codecs;
pub mod fletcher32;
pub mod lz4;
pub mod lzf;
pub mod pipeline;
pub mod shuffle;
pub mod szip;

pub use codecs::Codecs;
pub use pipeline::Scratch;

use bitshuffle::Bitshuffle;
use szip::Szip;

/// The most bytes a storage chunk may have, filtered or not.
pub const MAX_CHUNK: u64 = 128 << 20;

/// A filter as a dataset uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// zlib.
    Deflate,
    /// First bytes first, then second bytes, and so on.
    Shuffle {
        /// The bytes of an element.
        element: usize,
    },
    /// A checksum at the end.
    Fletcher32,
    /// CCSDS's entropy coding.
    Szip(Szip),
    /// h5py's own.
    Lzf,
    /// bzip2.
    Bzip2,
    /// C-Blosc.
    Blosc,
    /// LZ4, in blocks.
    Lz4,
    /// First bits first, then second bits, and so on; compressed by blocks, if it says so.
    Bitshuffle(Bitshuffle),
    /// Zstandard.
    Zstd,
    /// C-Blosc2.
    Blosc2,
}

/// The filters undone here that libhdf5 can be taught: their registered numbers and names. (Szip is one of its own,
/// left out where it is built; it does not let anyone stand in.)
pub const PLUGINS: [(i32, &str); 7] = [
    (307, "bzip2"),
    (32_000, "lzf"),
    (32_001, "blosc"),
    (32_004, "lz4"),
    (32_008, "bitshuffle"),
    (32_015, "zstd"),
    (32_026, "blosc2"),
];

impl Filter {
    /// The filter of a registered number with a dataset's values for it; `None` if it is not undone here.
    pub fn of(id: i32, values: &[u32]) -> Option<Self> {
        match id {
            1 => Some(Self::Deflate),
            2 => Some(Self::Shuffle { element: usize::try_from(*values.first()?).ok().filter(|&size| size > 0)? }),
            3 => Some(Self::Fletcher32),
            4 => Szip::of(values).map(Self::Szip),
            307 => Some(Self::Bzip2),
            32_000 => Some(Self::Lzf),
            32_001 => Some(Self::Blosc),
            32_004 => Some(Self::Lz4),
            32_008 => Bitshuffle::of(values).map(Self::Bitshuffle),
            32_015 => Some(Self::Zstd),
            32_026 => Some(Self::Blosc2),
            _ => None,
        }
    }

    /// Fills `out` with what the filter made `source` of; returns how many bytes that is, or `None` if the data are
    /// damaged or are more than there is room for.
    pub fn undo(self, source: &[u8], out: &mut [u8], codecs: &mut Codecs) -> Option<usize> {
        match self {
            Self::Deflate => codecs.inflate(source, out),
            Self::Shuffle { element } => {
                shuffle::unshuffle(source, element, out.get_mut(..source.len())?);
                Some(source.len())
            }
            Self::Fletcher32 => {
                let data = fletcher32::checked(source)?;
                out.get_mut(..data.len())?.copy_from_slice(data);
                Some(data.len())
            }
            Self::Szip(parameters) => parameters.decode(source, out, codecs),
            Self::Lzf => lzf::decode(source, out),
            Self::Bzip2 => codecs::bunzip2(source, out),
            Self::Blosc => blosc::decode(source, out, codecs),
            Self::Lz4 => lz4::decode(source, out),
            Self::Bitshuffle(parameters) => parameters.decode(source, out, codecs),
            Self::Zstd => codecs.zstd(source, out),
            Self::Blosc2 => blosc2::decode(source, out, codecs),
        }
    }
}

/// The part of `bytes` from `start` on, of so many bytes, if it is all there.
fn part(bytes: &[u8], start: usize, length: usize) -> Option<&[u8]> {
    bytes.get(start..)?.get(..length)
}

/// So many bytes at a place, as an array.
fn array<const N: usize>(bytes: &[u8], start: usize) -> Option<[u8; N]> {
    part(bytes, start, N)?.try_into().ok()
}

/// A little-endian number of 32 bits that is no less than 0, as a size.
fn size_le(bytes: &[u8], start: usize) -> Option<usize> {
    usize::try_from(i32::from_le_bytes(array(bytes, start)?)).ok()
}

/// A big-endian number of 32 bits, as a size.
fn size_be(bytes: &[u8], start: usize) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(array(bytes, start)?)).ok()
}
