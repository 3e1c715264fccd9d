//! Decoder of BloscLZ, the compressor of C-Blosc. It is similar to LZF, with distances over 8 KiB.

use super::lzf::copy_back;

/// Maximum distance of a short reference.
const MAX_DISTANCE: usize = 8191;

/// Decodes into `out` and returns the number of bytes, or `None` if the data is damaged or does not fit.
pub fn decode(source: &[u8], out: &mut [u8]) -> Option<usize> {
    let (mut from, mut to) = (0, 0);
    while from < source.len() {
        // The first control byte is always a run of literals; its upper bits have another meaning.
        let control = usize::from(source[from]) & if from == 0 { 31 } else { 255 };
        from += 1;
        if control < 32 {
            let length = control + 1;
            out.get_mut(to..to + length)?.copy_from_slice(source.get(from..from + length)?);
            (from, to) = (from + length, to + length);
            continue;
        }
        let mut next = || {
            let byte = source.get(from).copied().map(usize::from);
            from += 1;
            byte
        };
        let mut length = (control >> 5) + 2;
        if length == 9 {
            loop {
                let more = next()?;
                length += more;
                if more < 255 {
                    break;
                }
            }
        }
        let (high, low) = (control & 31, next()?);
        let distance =
            if high == 31 && low == 255 { MAX_DISTANCE + (next()? << 8 | next()?) + 1 } else { (high << 8 | low) + 1 };
        copy_back(out, to, distance, length)?;
        to += length;
    }
    Some(to)
}
