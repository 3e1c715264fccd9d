//! Decoder of Szip, the adaptive entropy coder of CCSDS 121.0-B. Samples are grouped in lines and lines in blocks. Each
//! block uses the code that suits it best. With differences enabled, the first sample of a line is a reference. Numbers
//! of 32 and 64 bits are coded as lines of their bytes.

use super::{Codecs, array, shuffle::unshuffle};

mod bits;

use bits::Bits;

/// Flags of libhdf5: differences between neighbors are coded; the most significant byte comes first.
const DIFFERENCES: u32 = 32;
const HIGHEST_FIRST: u32 = 16;
/// Limits of libhdf5.
const MAX_BLOCK: u32 = 32;
const MAX_LINE: u32 = 4096;
/// The code for zero blocks up to the end of a segment of 64 blocks.
const REST_OF_SEGMENT: usize = 5;
/// The largest symbol of the second-extension code, which codes pairs of samples.
const LAST_PAIR: u32 = 90;

/// The parameters of a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Szip {
    flags: u32,
    /// Samples per block.
    block: usize,
    /// Bits per number.
    bits: u32,
    /// Samples per line.
    line: usize,
}

impl Szip {
    /// Parses the parameters of the filter: flags, samples per block, bits per number and samples per line.
    pub fn of(values: &[u32]) -> Option<Self> {
        let &[flags, block, bits, line, ..] = values else { return None };
        let known = (2..=MAX_BLOCK).contains(&block) && block.is_multiple_of(2) && (1..=MAX_LINE).contains(&line);
        let known = known && matches!(bits, 1..=24 | 32 | 64);
        known.then_some(Self { flags, block: block as usize, bits, line: line as usize })
    }

    /// Decodes into `out` and returns the number of bytes, or `None` if the data is damaged or does not fit.
    pub fn decode(self, source: &[u8], out: &mut [u8], codecs: &mut Codecs) -> Option<usize> {
        let total = usize::try_from(u32::from_le_bytes(array(source, 0)?)).ok()?;
        let out = out.get_mut(..total)?;
        let bits = Bits::new(source.get(4..)?);
        if self.bits <= 24 {
            self.decode_lines(bits, self.bits, out)?;
            return Some(total);
        }
        let mut planes = std::mem::take(&mut codecs.tiles);
        planes.resize(planes.len().max(total), 0);
        let decoded = self.decode_lines(bits, 8, &mut planes[..total]);
        unshuffle(&planes[..total], self.bits as usize / 8, out);
        codecs.tiles = planes;
        decoded.map(|()| total)
    }

    fn decode_lines(self, mut bits: Bits, width: u32, out: &mut [u8]) -> Option<()> {
        let size = match width {
            1..=8 => 1,
            9..=16 => 2,
            _ => 4,
        };
        let mut samples = vec![0; self.line.next_multiple_of(self.block)];
        for into in out.chunks_mut(self.line * size) {
            self.decode_line(&mut bits, width, &mut samples)?;
            if self.flags & DIFFERENCES != 0 {
                undo_differences(&mut samples, u32::MAX >> (32 - width));
            }
            for (sample, into) in samples.iter().zip(into.chunks_mut(size)) {
                let bytes = sample.to_le_bytes();
                into.copy_from_slice(bytes.get(..into.len())?);
                if self.flags & HIGHEST_FIRST != 0 {
                    into.reverse();
                }
            }
        }
        Some(())
    }

    /// Decodes a line, block by block.
    fn decode_line(self, bits: &mut Bits, width: u32, samples: &mut [u32]) -> Option<()> {
        let id_width = match width {
            1..=8 => 3,
            9..=16 => 4,
            _ => 5,
        };
        let mut start = 0;
        while start < samples.len() {
            let has_reference = start == 0 && self.flags & DIFFERENCES != 0;
            let id = bits.take(id_width)?;
            let pairs = if id == 0 { bits.take(1)? == 1 } else { false };
            let stored = id == (1 << id_width) - 1;
            let first = usize::from(has_reference && !stored);
            if first == 1 {
                samples[start] = bits.take(width)?;
            }
            if id == 0 && !pairs {
                let end = start + self.zero_blocks(bits, start, samples.len())? * self.block;
                samples.get_mut(start + first..end)?.fill(0);
                start = end;
                continue;
            }
            let block = &mut samples[start..start + self.block];
            match id {
                0 => decode_pairs(bits, block, first)?,
                _ if stored => block.iter_mut().try_for_each(|sample| bits.take(width).map(|value| *sample = value))?,
                _ => decode_split(bits, id - 1, &mut block[first..])?,
            }
            start += self.block;
        }
        Some(())
    }

    /// Decodes the number of zero blocks that follow.
    fn zero_blocks(self, bits: &mut Bits, start: usize, length: usize) -> Option<usize> {
        let count = bits.zeros()? as usize + 1;
        let before = start / self.block;
        Some(match count {
            REST_OF_SEGMENT => (length / self.block - before).min(64 - before % 64),
            _ if count > REST_OF_SEGMENT => count - 1,
            _ => count,
        })
    }
}

/// Decodes a sample-splitting block: the upper bits of all samples in unary, then the lower `k` bits of each.
fn decode_split(bits: &mut Bits, k: u32, samples: &mut [u32]) -> Option<()> {
    samples.iter_mut().try_for_each(|sample| bits.zeros().map(|high| *sample = high << k))?;
    samples.iter_mut().try_for_each(|sample| bits.take(k).map(|low| *sample = sample.wrapping_add(low)))
}

/// Decodes a second-extension block, where a symbol codes a pair of small samples. Symbols are ordered by the sum of
/// the pair, then by its second sample.
fn decode_pairs(bits: &mut Bits, samples: &mut [u32], first: usize) -> Option<()> {
    let mut next = first;
    while next < samples.len() {
        let symbol = bits.zeros().filter(|&symbol| symbol <= LAST_PAIR)?;
        let (mut sum, mut start) = (0, 0);
        while start + sum < symbol {
            sum += 1;
            start += sum;
        }
        let second = symbol - start;
        // The reference replaces the first sample of its pair.
        if next.is_multiple_of(2) {
            samples[next] = sum - second;
            next += 1;
        }
        samples[next] = second;
        next += 1;
    }
    Some(())
}

/// Converts a reference and mapped differences to samples in the range from 0 to `most`.
fn undo_differences(samples: &mut [u32], most: u32) {
    let Some((&mut reference, rest)) = samples.split_first_mut() else { return };
    let mut value = reference;
    for sample in rest {
        let difference = *sample;
        let half = (difference >> 1) + (difference & 1);
        // The nearer end of the range limits the differences that are possible in both directions.
        let mask = if value > most / 2 { most } else { 0 };
        value = match half <= (mask ^ value) {
            true if difference & 1 == 0 => value.wrapping_add(difference >> 1),
            true => value.wrapping_sub(half),
            false => mask ^ difference,
        };
        *sample = value;
    }
}
