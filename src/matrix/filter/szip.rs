//! Szip, which is the adaptive entropy coding of CCSDS 121.0-B: samples by lines, each line by blocks, each block by
//! the code that fits it best; in a line of differences the first sample is a reference. Numbers of 32 and 64 bits are
//! coded as lines of their bytes.

use super::{Codecs, array, shuffle::unshuffle};

mod bits;

use bits::Bits;

/// libhdf5's flags: differences of neighbors are coded; the first byte is the highest.
const DIFFERENCES: u32 = 32;
const HIGHEST_FIRST: u32 = 16;
/// What libhdf5 allows.
const MAX_BLOCK: u32 = 32;
const MAX_LINE: u32 = 4096;
/// A run of zero blocks to the end of the segment of 64 blocks.
const REST_OF_SEGMENT: usize = 5;
/// The last symbol of the code for pairs.
const LAST_PAIR: u32 = 90;

/// A dataset's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Szip {
    flags: u32,
    /// Samples a block.
    block: usize,
    /// Bits a number.
    bits: u32,
    /// Samples a line.
    line: usize,
}

impl Szip {
    /// From the values of the filter: flags, numbers a block, bits a number, numbers a line.
    pub fn of(values: &[u32]) -> Option<Self> {
        let &[flags, block, bits, line, ..] = values else { return None };
        let known = (2..=MAX_BLOCK).contains(&block) && block.is_multiple_of(2) && (1..=MAX_LINE).contains(&line);
        let known = known && matches!(bits, 1..=24 | 32 | 64);
        known.then_some(Self { flags, block: block as usize, bits, line: line as usize })
    }

    /// Decodes into `out`; returns the length, or `None` if the data are damaged or are more.
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

    /// Fills a line, block by block.
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

    /// How many blocks of nothing follow.
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

/// The upper bits of each sample in unary, then the lower `k` bits of each.
fn decode_split(bits: &mut Bits, k: u32, samples: &mut [u32]) -> Option<()> {
    samples.iter_mut().try_for_each(|sample| bits.zeros().map(|high| *sample = high << k))?;
    samples.iter_mut().try_for_each(|sample| bits.take(k).map(|low| *sample = sample.wrapping_add(low)))
}

/// Two small samples a symbol: those whose sum is `s` follow those of smaller sums, the second sample counting up.
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
        // The reference stands for the first sample of its pair.
        if next.is_multiple_of(2) {
            samples[next] = sum - second;
            next += 1;
        }
        samples[next] = second;
        next += 1;
    }
    Some(())
}

/// From the reference and mapped differences back to samples of 0 to `most`.
fn undo_differences(samples: &mut [u32], most: u32) {
    let Some((&mut reference, rest)) = samples.split_first_mut() else { return };
    let mut value = reference;
    for sample in rest {
        let difference = *sample;
        let half = (difference >> 1) + (difference & 1);
        // Whichever end of the range is nearer limits how far both ways a difference can go.
        let mask = if value > most / 2 { most } else { 0 };
        value = match half <= (mask ^ value) {
            true if difference & 1 == 0 => value.wrapping_add(difference >> 1),
            true => value.wrapping_sub(half),
            false => mask ^ difference,
        };
        *sample = value;
    }
}
