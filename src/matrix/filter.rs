//! Decoders of HDF5 filters, which run outside libhdf5 and its thread. In: the bytes of a storage chunk as stored in
//! the file, the parameters of the filters, and an output buffer. Out: the number of bytes written to the buffer.
//!
//! No allocation depends on sizes claimed by the data: a decoder fills the given buffer, or fails.

pub(crate) mod bitshuffle;
pub(crate) mod blosc;
pub(crate) mod blosc2;
pub(crate) mod blosclz;
pub(crate) mod codecs;
pub(crate) mod fletcher32;
pub(crate) mod lz4;
pub(crate) mod lzf;
pub(crate) mod pipeline;
pub(crate) mod shuffle;
pub(crate) mod szip;

pub(crate) use codecs::Codecs;
pub(crate) use pipeline::Scratch;

use bitshuffle::Bitshuffle;
use szip::Szip;

/// Maximum size of a storage chunk in bytes, filtered or not.
pub const MAX_CHUNK: u64 = 128 << 20;

/// A filter with its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// zlib.
    Deflate,
    /// Byte shuffle: the first bytes of all elements, then the second bytes, and so on.
    Shuffle {
        /// Size of an element in bytes.
        element: usize,
    },
    /// A Fletcher-32 checksum after the data.
    Fletcher32,
    /// The entropy coder of CCSDS 121.0-B.
    Szip(Szip),
    /// The LZF filter of h5py.
    Lzf,
    /// bzip2.
    Bzip2,
    /// C-Blosc.
    Blosc,
    /// LZ4 in blocks.
    Lz4,
    /// Bit shuffle: the first bits of all elements, then the second bits, and so on; optionally compressed in blocks.
    Bitshuffle(Bitshuffle),
    /// Zstandard.
    Zstd,
    /// C-Blosc2.
    Blosc2,
}

/// Registered numbers and names of the filters decoded here that can be registered with libhdf5.
///
/// Szip is missing: libhdf5 defines it itself (even if built without it) and does not accept a replacement.
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
    /// Returns the filter with a registered number and the parameters of a dataset, or `None` if it is not supported.
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

    /// Decodes `source` into `out` and returns the number of bytes written, or `None` if the data is damaged or does
    /// not fit.
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

/// Returns `length` bytes from `start` on, if they exist.
fn part(bytes: &[u8], start: usize, length: usize) -> Option<&[u8]> {
    bytes.get(start..)?.get(..length)
}

/// Returns `N` bytes from `start` on as an array, if they exist.
fn array<const N: usize>(bytes: &[u8], start: usize) -> Option<[u8; N]> {
    part(bytes, start, N)?.try_into().ok()
}

/// Reads a little-endian signed 32-bit number as a size; `None` if it is negative.
fn size_le(bytes: &[u8], start: usize) -> Option<usize> {
    usize::try_from(i32::from_le_bytes(array(bytes, start)?)).ok()
}

/// Reads a big-endian unsigned 32-bit number as a size.
fn size_be(bytes: &[u8], start: usize) -> Option<usize> {
    usize::try_from(u32::from_be_bytes(array(bytes, start)?)).ok()
}
