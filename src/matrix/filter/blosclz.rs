//! BloscLZ, the compressor of C-Blosc's own: LZF's kin, with distances beyond 8 KiB.

use super::lzf::copy_back;

/// The farthest a short reference reaches.
const MAX_DISTANCE: usize = 8191;

/// Decodes into `out`; returns the length, or `None` if the data are damaged or are more.
pub fn decode(source: &[u8], out: &mut [u8]) -> Option<usize> {
    let (mut from, mut to) = (0, 0);
    while from < source.len() {
        // The first byte is always a run of literals: its upper bits say something else.
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
