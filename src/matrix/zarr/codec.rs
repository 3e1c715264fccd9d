//! Decoding of chunks. In: the stored bytes and a limit. Out: the decoded bytes. No memory is allocated beyond the limit.

use std::io::Read;

use serde_json::Value;

use crate::matrix::{
    filter::{Codecs, Filter, codecs::lz4_block},
    pool::Pool,
};

static CODECS: Pool<Codecs> = Pool::new();

/// A step of decoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    /// C-Blosc.
    Blosc,
    /// Zstandard.
    Zstd,
    /// gzip.
    Gzip,
    /// zlib.
    Zlib,
    /// bzip2.
    Bzip2,
    /// An LZ4 block after its decoded size.
    Lz4,
    /// Byte shuffle.
    Shuffle {
        /// Size of an element in bytes.
        element: usize,
    },
    /// A CRC-32C checksum after the data.
    Crc32c,
}

impl Codec {
    /// Returns a compressor or filter of version 2.
    pub(super) fn of_version_2(id: &str, settings: &Value) -> Option<Self> {
        Some(match id {
            "blosc" => Self::Blosc,
            "zstd" => Self::Zstd,
            "gzip" => Self::Gzip,
            "zlib" => Self::Zlib,
            "bz2" => Self::Bzip2,
            "lz4" => Self::Lz4,
            "crc32c" => Self::Crc32c,
            "shuffle" => {
                let element = settings.get("elementsize").and_then(Value::as_u64).unwrap_or(4);
                Self::Shuffle { element: usize::try_from(element).ok().filter(|&size| size > 0)? }
            }
            _ => return None,
        })
    }

    /// Returns a codec of version 3, standard or of numcodecs.
    pub(super) fn of_version_3(name: &str) -> Option<Self> {
        Self::of_version_2(name.strip_prefix("numcodecs.").unwrap_or(name), &Value::Null)
            .filter(|codec| !matches!(codec, Self::Shuffle { .. }))
    }

    /// Decodes a chunk; `None` if it is damaged or larger than the limit.
    fn undo(self, stored: &[u8], limit: usize) -> Option<Vec<u8>> {
        match self {
            Self::Zstd => read(zstd::Decoder::with_buffer(stored).ok()?, limit),
            Self::Gzip => read(flate2::read::MultiGzDecoder::new(stored), limit),
            Self::Zlib => read(flate2::read::ZlibDecoder::new(stored), limit),
            Self::Bzip2 => read(bzip2::read::BzDecoder::new(stored), limit),
            Self::Blosc => filter(Filter::Blosc, stored, size_at(stored, 4, limit)?),
            Self::Shuffle { element } => filter(Filter::Shuffle { element }, stored, stored.len()),
            Self::Lz4 => {
                let mut out = vec![0; size_at(stored, 0, limit)?];
                let length = lz4_block(stored.get(4..)?, &mut out)?;
                (length == out.len()).then_some(out)
            }
            Self::Crc32c => unchecked(stored).map(<[u8]>::to_vec),
        }
    }
}

/// Decodes a chunk with all steps; `None` if it is damaged or larger than the limit.
pub(super) fn decode(codecs: &[Codec], stored: Vec<u8>, limit: usize) -> Option<Vec<u8>> {
    codecs.iter().try_fold(stored, |stored, codec| codec.undo(&stored, limit))
}

/// Returns bytes without the checksum after them; `None` if it does not match.
pub(super) fn unchecked(stored: &[u8]) -> Option<&[u8]> {
    let (bytes, checksum) = stored.split_last_chunk::<4>()?;
    (crc32c(bytes) == u32::from_le_bytes(*checksum)).then_some(bytes)
}

fn read(decoder: impl Read, limit: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    decoder.take(limit as u64 + 1).read_to_end(&mut bytes).ok()?;
    (bytes.len() <= limit).then_some(bytes)
}

fn filter(filter: Filter, stored: &[u8], bytes: usize) -> Option<Vec<u8>> {
    let mut out = vec![0; bytes];
    let length = CODECS.with(|codecs| filter.undo(stored, &mut out, codecs))?;
    (length == bytes).then_some(out)
}

/// Reads a size that is within the limit.
fn size_at(stored: &[u8], place: usize, limit: usize) -> Option<usize> {
    let bytes = stored.get(place..place + 4)?.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(bytes)).ok().filter(|&size| size <= limit)
}

/// The remainders of the CRC-32C (Castagnoli) polynomial for each byte.
const REMAINDERS: [u32; 256] = {
    let (mut table, mut byte) = ([0; 256], 0);
    while byte < 256 {
        let (mut remainder, mut bit) = (byte as u32, 0);
        while bit < 8 {
            remainder = if remainder & 1 == 1 { remainder >> 1 ^ 0x82f6_3b78 } else { remainder >> 1 };
            bit += 1;
        }
        table[byte] = remainder;
        byte += 1;
    }
    table
};

fn crc32c(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| REMAINDERS[(crc as u8 ^ byte) as usize] ^ crc >> 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_that_of_rfc_3720() {
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(unchecked(b"123456789\x83\x92\x06\xe3"), Some(&b"123456789"[..]));
        assert_eq!(unchecked(b"123456788\x83\x92\x06\xe3"), None);
    }

    #[test]
    fn a_chunk_larger_than_the_limit_is_refused() {
        let zeros = vec![0; 10_000];
        let stored = zstd::encode_all(&zeros[..], 1).unwrap();
        assert_eq!(decode(&[Codec::Zstd], stored.clone(), 10_000), Some(zeros));
        assert_eq!(decode(&[Codec::Zstd], stored, 9999), None);
        let claim = [&u32::MAX.to_le_bytes()[..], &[0; 20]].concat();
        assert_eq!(decode(&[Codec::Lz4], claim.clone(), 1 << 20), None);
        assert_eq!(decode(&[Codec::Blosc], [&[2, 1, 1, 4][..], &claim].concat(), 1 << 20), None);
    }
}
