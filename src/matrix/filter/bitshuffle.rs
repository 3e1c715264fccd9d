//! The HDF5 filter Bitshuffle: blocks of elements with shuffled bits, optionally compressed one by one. Up to seven
//! elements at the end are stored unchanged.

use super::{Codecs, array, codecs::lz4_block, part, shuffle::unshuffle_bits, size_be};

/// The parameters of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bitshuffle {
    element: usize,
    /// Number of elements in a block, if there is no compression.
    block: usize,
    compressor: Compressor,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compressor {
    None,
    Lz4,
    Zstd,
}

impl Bitshuffle {
    /// Parses the parameters of the filter: version (2 numbers), bytes per element, elements per block (0 means the
    /// default) and compressor.
    pub fn of(values: &[u32]) -> Option<Self> {
        let element = usize::try_from(*values.get(2)?).ok().filter(|&size| size > 0)?;
        let block = values.get(3).map_or(0, |&block| block as usize);
        let compressor = match values.get(4) {
            None | Some(0) => Compressor::None,
            Some(2) => Compressor::Lz4,
            Some(3) => Compressor::Zstd,
            Some(_) => return None,
        };
        let block = if block > 0 { block } else { (8192 / element / 8 * 8).max(128) };
        Some(Self { element, block, compressor })
    }

    /// Decodes into `out` and returns the number of bytes, or `None` if the data is damaged or does not fit.
    pub fn decode(self, source: &[u8], out: &mut [u8], codecs: &mut Codecs) -> Option<usize> {
        if self.compressor == Compressor::None {
            return self.decode_plain(source, out);
        }
        let total = usize::try_from(u64::from_be_bytes(array(source, 0)?)).ok()?;
        let out = out.get_mut(..total)?;
        let block = (size_be(source, 8)? / self.element / 8 * 8 * self.element).max(8 * self.element);
        let (shuffled, rest) = out.split_at_mut(self.shuffled(total));
        let mut from = 12;
        let mut room = std::mem::take(&mut codecs.block);
        room.resize(room.len().max(block.min(shuffled.len())), 0);
        for into in shuffled.chunks_mut(block) {
            let size = size_be(source, from)?;
            let data = part(source, from + 4, size)?;
            from += 4 + size;
            let planes = &mut room[..into.len()];
            let length = match self.compressor {
                Compressor::Zstd => codecs.zstd(data, planes)?,
                Compressor::Lz4 | Compressor::None => lz4_block(data, planes)?,
            };
            if length != into.len() {
                return None;
            }
            unshuffle_bits(planes, self.element, into);
        }
        codecs.block = room;
        rest.copy_from_slice(part(source, from, rest.len())?);
        Some(total)
    }

    fn decode_plain(self, source: &[u8], out: &mut [u8]) -> Option<usize> {
        let out = out.get_mut(..source.len())?;
        let shuffled = self.shuffled(source.len());
        let block = (self.block / 8 * 8).max(8).checked_mul(self.element)?;
        for (planes, into) in source[..shuffled].chunks(block).zip(out.chunks_mut(block)) {
            unshuffle_bits(planes, self.element, &mut into[..planes.len()]);
        }
        out[shuffled..].copy_from_slice(&source[shuffled..]);
        Some(source.len())
    }

    /// Returns how many of `bytes` bytes are shuffled: those of whole groups of eight elements.
    fn shuffled(self, bytes: usize) -> usize {
        let eight = 8 * self.element;
        bytes / eight * eight
    }
}
