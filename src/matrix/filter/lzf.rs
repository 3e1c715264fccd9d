//! Decoder of LZF (LibLZF), the compressor of h5py: runs of literals, and references of up to 264 bytes into the
//! preceding 8 KiB.

/// Decodes into `out` and returns the number of bytes, or `None` if the data is damaged or does not fit.
pub fn decode(source: &[u8], out: &mut [u8]) -> Option<usize> {
    let (mut from, mut to) = (0, 0);
    while from < source.len() {
        let control = usize::from(source[from]);
        from += 1;
        if control < 32 {
            let length = control + 1;
            out.get_mut(to..to + length)?.copy_from_slice(source.get(from..from + length)?);
            (from, to) = (from + length, to + length);
            continue;
        }
        let mut length = control >> 5;
        if length == 7 {
            length += usize::from(*source.get(from)?);
            from += 1;
        }
        let distance = ((control & 31) << 8 | usize::from(*source.get(from)?)) + 1;
        from += 1;
        length += 2;
        copy_back(out, to, distance, length)?;
        to += length;
    }
    Some(to)
}

/// Copies `length` bytes that start `distance` before `to`. Source and target may overlap, which repeats a pattern.
pub fn copy_back(out: &mut [u8], to: usize, distance: usize, length: usize) -> Option<()> {
    let start = to.checked_sub(distance)?;
    let window = out.get_mut(start..to.checked_add(length)?)?;
    if distance >= length {
        window.copy_within(..length, distance);
    } else if let [value] = window[..distance] {
        window.fill(value);
    } else {
        // Each step doubles the length of the pattern.
        let mut done = distance;
        while done < window.len() {
            let step = done.min(window.len() - done);
            window.copy_within(..step, done);
            done += step;
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_references_are_copied() {
        let mut out = [0; 32];
        assert_eq!(decode(&[2, b'a', b'b', b'c', 0x20 << 1, 2], &mut out), Some(7));
        assert_eq!(&out[..7], b"abcabca");
        assert_eq!(decode(&[0, b'x', 0xe0, 3, 0], &mut out), Some(13));
        assert_eq!(&out[..13], &[b'x'; 13]);
    }

    #[test]
    fn truncated_input_invalid_distances_and_overlong_output_are_refused() {
        let mut out = [0; 8];
        assert_eq!(decode(&[2, b'a', b'b'], &mut out), None);
        assert_eq!(decode(&[0, b'a', 0x20, 1], &mut out), None);
        assert_eq!(decode(&[0, b'a', 0xe0, 255, 0], &mut out), None);
        assert_eq!(decode(&[0, b'a', 0xe0], &mut out), None);
        assert_eq!(decode(&[], &mut out), Some(0));
    }
}
