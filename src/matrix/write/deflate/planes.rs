//! Deflate compression of shuffled numbers: a plane with the first bytes of all numbers, then one with the second
//! bytes, and so on.
//!
//! A plane has runs (zeros, the high bytes of ascending gene numbers), few distinct values (the bytes of small counts)
//! or noise (the low bytes of gene numbers). It has hardly any repeated sequences. Therefore each plane is one block
//! with its own Huffman code, the only matches are runs, and noise is stored uncompressed. This is several times as
//! fast as searching for matches, for about the same size. The result is a standard zlib stream (RFC 1950).

use super::{
    bits::BitWriter,
    huffman::{self, Code},
};

/// Maximum code length, so that four codes fit into one call of [`BitWriter::put`].
const MAX_CODE_LENGTH: u8 = 14;
const END_OF_BLOCK: usize = 256;
/// The minimum and the maximum length of a match.
const MATCH: (usize, usize) = (3, 258);
/// Maximum number of bytes in a stored block.
const STORED: usize = 0xffff;
/// The order in which the lengths of the code length code are written.
const LENGTH_ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// Maximum size in bytes of a block's header and end: 286 code lengths of 7 bits each.
const BLOCK_OVERHEAD: usize = 512;

/// Compresses planes of `plane` bytes each to a zlib stream, which is valid until `out` is used again.
pub fn deflate<'a>(planes: &[u8], plane: usize, out: &'a mut BitWriter) -> &'a [u8] {
    let blocks = planes.len().div_ceil(plane.max(1)) + planes.len() / STORED;
    out.restart(planes.len() + blocks * BLOCK_OVERHEAD + BLOCK_OVERHEAD);
    // The zlib header: a window of 32 KiB, no dictionary, fastest compression.
    out.put_bytes(&[0x78, 0x01]);
    let mut runs = Vec::new();
    for plane in planes.chunks(plane.max(1)) {
        Block::new(plane, &mut runs).write(out);
    }
    // An empty final block with the fixed code.
    out.put(0b011, 10);
    out.put_bytes(&libdeflater::adler32(planes).to_be_bytes());
    out.bytes()
}

/// A run of a single byte value.
#[derive(Clone, Copy)]
struct Run {
    start: usize,
    end: usize,
}

/// A plane that is written as a block.
struct Block<'a> {
    plane: &'a [u8],
    runs: &'a [Run],
    frequencies: [u32; 286],
}

impl<'a> Block<'a> {
    fn new(plane: &'a [u8], runs: &'a mut Vec<Run>) -> Self {
        let mut frequencies = [0; 286];
        runs.clear();
        let constant = plane.first().is_some_and(|&byte| run_length(plane, byte) == plane.len());
        if constant {
            frequencies[usize::from(plane[0])] = plane.len() as u32;
            runs.push(Run { start: 0, end: plane.len() });
        } else {
            count(plane, &mut frequencies);
            let commonest = frequencies.iter().max().copied().unwrap_or(0);
            // If one byte value is frequent, its code is short, and only a long run is worth a match.
            if commonest as usize > plane.len() / 4 {
                find_runs::<16>(plane, runs)
            } else {
                find_runs::<4>(plane, runs)
            }
        }
        for &run in runs.iter() {
            let (matches, rest) = matches(run);
            frequencies[usize::from(plane[run.start])] -= (run.end - run.start - 1 - rest) as u32;
            matches.for_each(|length| frequencies[length_symbol(length).0] += 1);
        }
        frequencies[END_OF_BLOCK] = 1;
        Self { plane, runs, frequencies }
    }

    /// Returns the literals between the runs, each with the run that follows.
    fn pieces(&self) -> impl Iterator<Item = (&'a [u8], Option<Run>)> + use<'a> {
        let (plane, runs) = (self.plane, self.runs);
        let starts = std::iter::once(0).chain(runs.iter().map(|run| run.end));
        let followers = runs.iter().map(|&run| Some(run)).chain(std::iter::once(None));
        starts.zip(followers).map(move |(start, run)| (&plane[start..run.map_or(plane.len(), |run| run.start)], run))
    }

    /// Writes the plane either stored or with its own code, whichever is shorter.
    fn write(&self, out: &mut BitWriter) {
        let lengths = huffman::lengths(&self.frequencies, MAX_CODE_LENGTH);
        let literals =
            lengths.iter().zip(&self.frequencies).map(|(&length, &count)| u64::from(length) * u64::from(count));
        // A match has at most 5 extra bits and 1 bit for the distance.
        let matches: u64 = self.frequencies[END_OF_BLOCK + 1..].iter().map(|&count| u64::from(count) * 6).sum();
        if literals.sum::<u64>() + matches < 8 * self.plane.len() as u64 {
            write_code(&lengths, out);
            self.write_coded(&huffman::codes(&lengths), out);
        } else {
            self.write_stored(out);
        }
    }

    fn write_stored(&self, out: &mut BitWriter) {
        for part in self.plane.chunks(STORED) {
            out.put(0b000, 3);
            let length = part.len() as u16;
            out.put_bytes(&length.to_le_bytes());
            out.put_bytes(&(!length).to_le_bytes());
            out.put_bytes(part);
        }
    }

    fn write_coded(&self, codes: &[Code], out: &mut BitWriter) {
        for (literals, run) in self.pieces() {
            let (quads, rest) = literals.as_chunks::<4>();
            for quad in quads {
                let joined = quad.iter().rev().fold((0u64, 0u32), |(bits, count), &byte| {
                    let code = codes[usize::from(byte)];
                    (bits << code.length | u64::from(code.bits), count + u32::from(code.length))
                });
                out.put(joined.0, joined.1);
            }
            rest.iter().for_each(|&byte| put_code(codes[usize::from(byte)], out));
            let Some(run) = run else { continue };
            let byte = codes[usize::from(self.plane[run.start])];
            put_code(byte, out);
            let (matches, rest) = matches(run);
            for length in matches {
                let (symbol, extra, bits) = length_symbol(length);
                put_code(codes[symbol], out);
                // The extra bits, then one bit for the only distance, which is 1.
                out.put(bits as u64, extra + 1);
            }
            (0..rest).for_each(|_| put_code(byte, out));
        }
        put_code(codes[END_OF_BLOCK], out);
    }
}

fn put_code(code: Code, out: &mut BitWriter) {
    out.put(u64::from(code.bits), u32::from(code.length));
}

/// Returns the matches that repeat the first byte of a run, and the number of remaining bytes.
fn matches(run: Run) -> (impl Iterator<Item = usize>, usize) {
    let repeated = run.end - run.start - 1;
    let (whole, last) = (repeated / MATCH.1, repeated % MATCH.1);
    let (last, rest) = if last < MATCH.0 { (None, last) } else { (Some(last), 0) };
    (std::iter::repeat_n(MATCH.1, whole).chain(last), rest)
}

/// Returns the symbol of a match length, the number of its extra bits, and the extra bits.
fn length_symbol(length: usize) -> (usize, u32, usize) {
    let above = length - MATCH.0;
    match above {
        0..8 => (257 + above, 0, 0),
        255 => (285, 0, 0),
        _ => {
            // There are four symbols for each number of extra bits.
            let extra = above.ilog2() - 2;
            let quarter = above >> extra;
            (257 + 4 * extra as usize + quarter, extra, above & ((1 << extra) - 1))
        }
    }
}

/// Counts bytes with four counters, so that equal neighbors do not depend on each other.
fn count(plane: &[u8], frequencies: &mut [u32; 286]) {
    let mut counts = [[0u32; 256]; 4];
    let (quads, rest) = plane.as_chunks::<4>();
    for quad in quads {
        (0..4).for_each(|n| counts[n][usize::from(quad[n])] += 1);
    }
    rest.iter().for_each(|&byte| counts[0][usize::from(byte)] += 1);
    for (symbol, frequency) in frequencies[..256].iter_mut().enumerate() {
        *frequency = counts.iter().map(|counts| counts[symbol]).sum();
    }
}

/// Finds runs, starting from aligned groups of `N` equal bytes. Finds all runs of at least `2 N` bytes and some shorter
/// ones.
fn find_runs<const N: usize>(plane: &[u8], runs: &mut Vec<Run>) {
    let (words, _) = plane.as_chunks::<N>();
    let mut word = 0;
    while word < words.len() {
        let byte = words[word][0];
        if words[word] != [byte; N] {
            word += 1;
            continue;
        }
        let after = runs.last().map_or(0, |run| run.end);
        let start = word * N;
        let before = plane[after..start].iter().rev().take(N).take_while(|&&other| other == byte).count();
        let end = start + run_length(&plane[start..], byte);
        runs.push(Run { start: start - before, end });
        word = end / N;
    }
}

/// Returns the number of leading bytes that are equal to `byte`.
fn run_length(bytes: &[u8], byte: u8) -> usize {
    let (blocks, _) = bytes.as_chunks::<32>();
    let whole = blocks.iter().take_while(|&&block| block == [byte; 32]).count() * 32;
    whole + bytes[whole..].iter().take_while(|&&other| other == byte).count()
}

/// Writes the header of a block with its own code.
fn write_code(lengths: &[u8], out: &mut BitWriter) {
    let used = lengths.iter().rposition(|&length| length > 0).map_or(257, |last| last + 1).max(257);
    // The distance code has a single distance with a code of one bit.
    let coded = run_lengths(&[&lengths[..used], &[1]].concat());
    let mut frequencies = [0u32; 19];
    coded.iter().for_each(|&(symbol, _, _)| frequencies[symbol] += 1);
    let inner = huffman::lengths(&frequencies, 7);
    let written = LENGTH_ORDER.iter().rposition(|&symbol| inner[symbol] > 0).map_or(4, |last| last + 1).max(4);
    out.put(0b100, 3);
    out.put((used - 257) as u64, 5);
    out.put(0, 5);
    out.put((written - 4) as u64, 4);
    LENGTH_ORDER[..written].iter().for_each(|&symbol| out.put(u64::from(inner[symbol]), 3));
    let codes = huffman::codes(&inner);
    for (symbol, extra, bits) in coded {
        put_code(codes[symbol], out);
        out.put(bits as u64, extra);
    }
}

/// Returns code lengths as symbols of the code length code, with the number of extra bits and the extra bits. Runs of
/// zeros become one symbol.
fn run_lengths(lengths: &[u8]) -> Vec<(usize, u32, usize)> {
    let mut coded = Vec::new();
    for run in lengths.chunk_by(|a, b| a == b) {
        if run[0] != 0 {
            coded.extend(run.iter().map(|&length| (usize::from(length), 0, 0)));
            continue;
        }
        let mut left = run.len();
        while left > 0 {
            let zeros = left.min(138);
            coded.push(match zeros {
                1 | 2 => (0, 0, 0),
                3..=10 => (17, 3, zeros - 3),
                _ => (18, 7, zeros - 11),
            });
            left -= if zeros < 3 { 1 } else { zeros };
        }
    }
    coded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn deflated(planes: &[u8], plane: usize) -> Vec<u8> {
        deflate(planes, plane, &mut BitWriter::default()).to_vec()
    }

    /// Decompresses with the library of our reader and with the most common one, and compares the results.
    fn inflated(stream: &[u8], length: usize) -> Vec<u8> {
        let mut out = vec![0; length];
        let inflater = &mut libdeflater::Decompressor::new();
        assert_eq!(inflater.zlib_decompress(stream, &mut out).unwrap(), length);
        let mut other = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::ZlibDecoder::new(stream), &mut other).unwrap();
        assert_eq!(out, other);
        out
    }

    #[test]
    fn runs_of_every_length_are_restored() {
        for length in (0..600).chain([65_535, 65_536, 131_072]) {
            let plane = [vec![9; length], vec![1, 2, 3]].concat();
            assert_eq!(inflated(&deflated(&plane, plane.len()), plane.len()), plane, "{length}");
        }
    }

    #[test]
    fn zeros_are_compressed_and_noise_is_hardly_expanded() {
        let zeros = vec![0; 1 << 17];
        assert!(deflated(&zeros, zeros.len()).len() < 200);
        let noise: Vec<u8> = (0u32..1 << 17).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let stream = deflated(&noise, noise.len());
        assert!(stream.len() < noise.len() + 40, "{}", stream.len());
        assert_eq!(inflated(&stream, noise.len()), noise);
    }

    #[test]
    fn codes_of_maximum_length_are_decoded() {
        // Frequencies that are Fibonacci numbers result in the deepest tree.
        let mut plane = Vec::new();
        let (mut a, mut b) = (1usize, 1);
        for symbol in 0..24u8 {
            plane.extend((0..a).flat_map(|n| if n % 2 == 0 { vec![symbol] } else { vec![symbol, 255] }));
            (a, b) = (b, a + b);
        }
        assert_eq!(inflated(&deflated(&plane, plane.len()), plane.len()), plane);
    }

    proptest! {
        #[test]
        fn deflated_data_is_restored(
            parts in prop::collection::vec((any::<u8>(), 1usize..400, 0u8..3), 0..60),
            plane in 1usize..5000,
        ) {
            let planes: Vec<u8> = parts
                .iter()
                .flat_map(|&(byte, count, kind)| {
                    (0..count).map(move |n| if kind == 0 { byte } else { byte.wrapping_mul(n as u8 | kind) })
                })
                .collect();
            prop_assert_eq!(inflated(&deflated(&planes, plane), planes.len()), planes);
        }
    }
}
