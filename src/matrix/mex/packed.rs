//! Rows of counts in few bytes, for temporary files. For each row: the number of entries, the differences between their
//! indices, and their values. Numbers are written with seven bits in each byte (LEB128).

use crate::matrix::RowSlice;

/// The first byte of a block whose values are all whole numbers below 2²⁴, and of one whose values are stored as `f32`.
const WHOLE: u8 = 0;
const REAL: u8 = 1;
/// The exclusive upper bound of whole numbers that `f32` represents exactly.
const EXACT: f32 = 16_777_216.0;

/// Encodes rows, whose indices ascend strictly.
pub(super) fn encode(rows: &RowSlice) -> Vec<u8> {
    let is_whole = |&value: &f32| (0.0..EXACT).contains(&value) && value.fract() == 0.0;
    let all_whole = rows.data.iter().all(is_whole);
    let mut bytes = Vec::with_capacity(3 * rows.data.len() + rows.len() + 1);
    bytes.push(if all_whole { WHOLE } else { REAL });
    for (indices, data) in rows.iter() {
        push(&mut bytes, indices.len() as u32);
        let mut last = 0;
        for &index in indices {
            push(&mut bytes, index - last);
            last = index;
        }
        for value in data {
            match all_whole {
                true => push(&mut bytes, *value as u32),
                false => bytes.extend_from_slice(&value.to_le_bytes()),
            }
        }
    }
    bytes
}

/// Decodes rows; `None` if the bytes are damaged.
pub(super) fn decode(bytes: &[u8], first_cell: usize, rows: usize) -> Option<RowSlice> {
    let (kind, mut rest) = bytes.split_first()?;
    let mut slice = RowSlice { first_cell, indptr: Vec::with_capacity(rows + 1), ..RowSlice::default() };
    slice.indptr.push(0);
    for _ in 0..rows {
        let count = take(&mut rest)?;
        let mut last = 0u32;
        for _ in 0..count {
            last = last.checked_add(take(&mut rest)?)?;
            slice.indices.push(last);
        }
        for _ in 0..count {
            slice.data.push(match *kind {
                WHOLE => take(&mut rest)? as f32,
                _ => {
                    let (value, after) = rest.split_first_chunk()?;
                    rest = after;
                    f32::from_le_bytes(*value)
                }
            });
        }
        slice.indptr.push(slice.indices.len());
    }
    rest.is_empty().then_some(slice)
}

fn push(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u32> {
    let (mut number, mut shift) = (0u32, 0);
    loop {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u32::from(byte & 0x7f).checked_shl(shift)?;
        if byte < 0x80 {
            return Some(number);
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn decoded_rows_equal_the_encoded_ones(
            rows in prop::collection::vec(prop::collection::btree_map(0u32..4_000_000, 1u32..1 << 25, 0..20), 0..20),
            divisor in prop::sample::select(vec![1.0f32, 3.0]),
        ) {
            let mut slice = RowSlice { first_cell: 7, indptr: vec![0], ..RowSlice::default() };
            for row in &rows {
                slice.indices.extend(row.keys());
                slice.data.extend(row.values().map(|&value| value as f32 / divisor));
                slice.indptr.push(slice.indices.len());
            }
            let bytes = encode(&slice);
            prop_assert_eq!(decode(&bytes, 7, rows.len()), Some(slice));
            prop_assert!(rows.is_empty() || decode(&bytes[..bytes.len() - 1], 7, rows.len()).is_none());
        }
    }
}
