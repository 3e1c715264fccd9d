//! Decoder of C-Blosc and C-Blosc2 chunks: a header, the offsets of the blocks, and the blocks. Each block consists of
//! one compressed stream, or of one stream for each byte of an element. The decompressed bytes are still shuffled. The
//! format is described in `README_CHUNK_FORMAT.rst` of C-Blosc2.

use super::{
    Codecs, array, blosclz,
    codecs::{lz4_block, snappy},
    part,
    shuffle::{unshuffle, unshuffle_bits},
    size_le,
};

/// The last version of the format before the extensions of C-Blosc2.
const OLD_VERSION: u8 = 2;
/// Limits for one stream per byte in versions without the flag that states it.
const OLD_MAX_STREAMS: usize = 16;
const OLD_MIN_STREAM: usize = 128;

const MEMCPYED: u8 = 0x02;
const NOT_SPLIT: u8 = 0x10;
const DICTIONARY: u8 = 0x01;
const LAZY: u8 = 0x08;
const INSTRUMENTED: u8 = 0x80;

const SHUFFLE: u8 = 1;
const BITSHUFFLE: u8 = 2;
const DELTA: u8 = 3;
const TRUNCATED_PRECISION: u8 = 4;

/// The header of a chunk.
struct Header {
    version: u8,
    flags: u8,
    element: usize,
    bytes: usize,
    block: usize,
    /// Size of the header in bytes.
    end: usize,
    /// The codes of the transformations applied to the elements, in order.
    steps: [u8; 6],
    /// The code of a special chunk, all of whose elements are equal, or 0.
    special: u8,
}

impl Header {
    fn of(source: &[u8]) -> Option<Self> {
        let [version, _, flags, element] = array(source, 0)?;
        let (bytes, block) = (size_le(source, 4)?, size_le(source, 8)?);
        let extended = version > OLD_VERSION && flags & 5 == 5;
        let step = |flag: u8, step: u8| if flags & flag == 0 { 0 } else { step };
        let mut header = Self {
            version,
            flags,
            element: usize::from(element).max(1),
            bytes,
            block,
            end: 16,
            steps: [0, 0, 0, step(8, DELTA), step(1, SHUFFLE), step(4, BITSHUFFLE)],
            special: 0,
        };
        if extended {
            let more: [u8; 16] = array(source, 16)?;
            if more[15] & (DICTIONARY | LAZY | INSTRUMENTED) != 0 {
                return None;
            }
            header.steps = array(&more, 0)?;
            (header.end, header.special) = (32, more[15] >> 4 & 7);
        }
        (bytes == 0 || block > 0).then_some(header)
    }

    /// Returns the number of streams in a block of `block` bytes.
    fn streams(&self, block: usize) -> usize {
        let whole = block == self.block;
        let fits =
            self.version > OLD_VERSION || self.element <= OLD_MAX_STREAMS && block / self.element >= OLD_MIN_STREAM;
        if self.flags & NOT_SPLIT == 0 && whole && fits { self.element } else { 1 }
    }
}

/// Returns the size of the decoded chunk in bytes, as claimed by its header.
pub fn claimed(source: &[u8]) -> Option<usize> {
    size_le(source, 4)
}

/// Decodes into `out` and returns the number of bytes, or `None` if the data is damaged or does not fit.
pub fn decode(source: &[u8], out: &mut [u8], codecs: &mut Codecs) -> Option<usize> {
    let header = Header::of(source)?;
    let out = out.get_mut(..header.bytes)?;
    match header.special {
        _ if header.bytes == 0 => {}
        0 if header.flags & MEMCPYED != 0 => out.copy_from_slice(part(source, header.end, header.bytes)?),
        0 => decode_blocks(&header, source, out, codecs)?,
        // Zeros, or uninitialized values.
        1 | 4 => out.fill(0),
        3 => {
            let value = part(source, header.end, header.element)?;
            out.chunks_mut(value.len()).for_each(|into| into.copy_from_slice(&value[..into.len()]));
        }
        2 if header.element == 4 => out.as_chunks_mut().0.fill(f32::NAN.to_le_bytes()),
        2 if header.element == 8 => out.as_chunks_mut().0.fill(f64::NAN.to_le_bytes()),
        _ => return None,
    }
    Some(header.bytes)
}

fn decode_blocks(header: &Header, source: &[u8], out: &mut [u8], codecs: &mut Codecs) -> Option<()> {
    let mut room = std::mem::take(&mut codecs.block);
    let most = header.block.min(out.len());
    room.resize(room.len().max(2 * most), 0);
    let (front, back) = room.split_at_mut(most);
    for block in 0..out.len().div_ceil(header.block) {
        let start = size_le(source, header.end + 4 * block)?;
        let (before, rest) = out.split_at_mut(block * header.block);
        let length = rest.len().min(header.block);
        let (front, back) = (&mut front[..length], &mut back[..length]);
        read_streams(header, source.get(start..)?, front, codecs)?;
        let planes = undo_steps(header, front, back, before)?;
        rest[..length].copy_from_slice(planes);
    }
    codecs.block = room;
    Some(())
}

/// Decompresses the streams of a block.
fn read_streams(header: &Header, source: &[u8], block: &mut [u8], codecs: &mut Codecs) -> Option<()> {
    let count = header.streams(block.len());
    let size = Some(block.len() / count).filter(|size| size * count == block.len() && *size > 0)?;
    let mut from = 0;
    for into in block.chunks_exact_mut(size) {
        let length = i32::from_le_bytes(array(source, from)?);
        from += 4;
        if header.version > OLD_VERSION && length <= 0 {
            // A run of a single byte value: 0, or the negated length if the token that follows is odd.
            if length < 0 {
                source.get(from).filter(|&token| token & 1 == 1 && length >= -255)?;
                from += 1;
            }
            into.fill(length.unsigned_abs() as u8);
            continue;
        }
        let data = part(source, from, usize::try_from(length).ok()?)?;
        from += data.len();
        if data.len() == size {
            into.copy_from_slice(data);
        } else if decompress(header.flags >> 5, data, into, codecs)? != size {
            return None;
        }
    }
    Some(())
}

fn decompress(compressor: u8, data: &[u8], into: &mut [u8], codecs: &mut Codecs) -> Option<usize> {
    match compressor {
        0 => blosclz::decode(data, into),
        1 => lz4_block(data, into),
        2 => snappy(data, into),
        3 => codecs.inflate(data, into),
        4 => codecs.zstd(data, into),
        _ => None,
    }
}

/// Reverts the transformations of a block, the last one first. `before` contains the decoded blocks before this one.
fn undo_steps<'a>(
    header: &Header,
    mut block: &'a mut [u8],
    mut spare: &'a mut [u8],
    before: &[u8],
) -> Option<&'a [u8]> {
    for step in header.steps.into_iter().rev() {
        match step {
            0 | TRUNCATED_PRECISION => continue,
            SHUFFLE => unshuffle(block, header.element, spare),
            // Old versions did not shuffle a block if its number of elements was not a multiple of eight.
            BITSHUFFLE if header.version <= OLD_VERSION && !(block.len() / header.element).is_multiple_of(8) => {
                continue;
            }
            BITSHUFFLE => unshuffle_bits(block, header.element, spare),
            DELTA => {
                undo_delta(block, header.element, before);
                continue;
            }
            _ => return None,
        }
        std::mem::swap(&mut block, &mut spare);
    }
    Some(block)
}

/// Reverts the delta filter: XOR with the first block or, within the first block, with the previous element.
fn undo_delta(block: &mut [u8], element: usize, before: &[u8]) {
    let step = match element {
        1 | 2 | 4 | 8 => element,
        _ if element.is_multiple_of(8) => 8,
        _ => 1,
    };
    let whole = block.len() / step * step;
    if before.is_empty() {
        (step..whole).for_each(|n| block[n] ^= block[n - step]);
    } else {
        block[..whole].iter_mut().zip(before).for_each(|(value, reference)| *value ^= reference);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_chunk_has_no_blocks() {
        let mut source = [0; 16];
        (source[0], source[3]) = (2, 8);
        assert_eq!(decode(&source, &mut [0; 8], &mut Codecs::default()), Some(0));
    }
}
