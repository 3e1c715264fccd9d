//! Reversal of byte and bit shuffles: from planes (all first bytes or bits, then all second ones, …) to elements.

/// Reverts a byte shuffle. An incomplete element at the end is not shuffled.
pub fn unshuffle(planes: &[u8], element: usize, out: &mut [u8]) {
    let count = planes.len() / element;
    match element {
        2 => unshuffle_fixed::<2>(planes, count, out),
        4 => unshuffle_fixed::<4>(planes, count, out),
        8 => unshuffle_fixed::<8>(planes, count, out),
        _ => {
            for (byte, plane) in planes.chunks_exact(count.max(1)).take(element).enumerate() {
                plane.iter().enumerate().for_each(|(n, &value)| out[n * element + byte] = value);
            }
        }
    }
    let whole = count * element;
    out[whole..].copy_from_slice(&planes[whole..]);
}

fn unshuffle_fixed<const N: usize>(planes: &[u8], count: usize, out: &mut [u8]) {
    let planes: [&[u8]; N] = std::array::from_fn(|byte| &planes[byte * count..][..count]);
    let (elements, _) = out.as_chunks_mut::<N>();
    for (n, element) in elements.iter_mut().take(count).enumerate() {
        *element = std::array::from_fn(|byte| planes[byte][n]);
    }
}

/// Reverts a bit shuffle: row `8 b + k` of the planes has bit `k` of byte `b` of all elements, eight elements to a
/// byte. The last elements, fewer than eight, and an incomplete element are not shuffled.
pub fn unshuffle_bits(planes: &[u8], element: usize, out: &mut [u8]) {
    let eights = planes.len() / element / 8;
    let whole = eights * 8 * element;
    let (shuffled, rest) = planes.split_at(whole);
    for (byte, rows) in shuffled.chunks_exact((eights * 8).max(1)).enumerate() {
        for eight in 0..eights {
            let column = std::array::from_fn(|bit| rows[bit * eights + eight]);
            let values = transposed(u64::from_le_bytes(column)).to_le_bytes();
            let first = eight * 8 * element + byte;
            values.into_iter().enumerate().for_each(|(n, value)| out[first + n * element] = value);
        }
    }
    out[whole..planes.len()].copy_from_slice(rest);
}

/// Transposes an 8 × 8 bit matrix (Hacker's Delight, section 7-3).
fn transposed(bits: u64) -> u64 {
    let swap = |bits: u64, distance: u32, mask: u64| {
        let differing = (bits ^ bits >> distance) & mask;
        bits ^ differing ^ differing << distance
    };
    let bits = swap(bits, 7, 0x00aa_00aa_00aa_00aa);
    let bits = swap(bits, 14, 0x0000_cccc_0000_cccc);
    swap(bits, 28, 0x0000_0000_f0f0_f0f0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_shuffles_are_reverted() {
        for element in [1, 2, 3, 4, 8] {
            let plain: Vec<u8> = (0..element * 5 + element - 1).map(|n| n as u8).collect();
            let (whole, rest) = plain.split_at(element * 5);
            let mut planes: Vec<u8> =
                (0..element).flat_map(|byte| whole.iter().skip(byte).step_by(element).copied()).collect();
            planes.extend_from_slice(rest);
            let mut out = vec![0; plain.len()];
            unshuffle(&planes, element, &mut out);
            assert_eq!(out, plain, "elements of {element} bytes");
        }
    }

    #[test]
    fn bit_shuffles_are_reverted() {
        for element in [1, 2, 3, 4, 8] {
            let count = 24;
            let plain: Vec<u8> = (0..element * (count + 3) + element / 2).map(|n| (n * 37 + n / 7) as u8).collect();
            let mut planes = vec![0; element * count];
            for (n, byte, bit) in
                (0..count).flat_map(|n| (0..element).flat_map(move |byte| (0..8).map(move |bit| (n, byte, bit))))
            {
                let set = plain[n * element + byte] >> bit & 1;
                planes[(byte * 8 + bit) * (count / 8) + n / 8] |= set << (n % 8);
            }
            planes.extend_from_slice(&plain[element * count..]);
            let mut out = vec![0; plain.len()];
            unshuffle_bits(&planes, element, &mut out);
            assert_eq!(out, plain, "elements of {element} bytes");
        }
    }
}
