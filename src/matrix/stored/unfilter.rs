//! Undoing the filters of HDF5's own: deflate, shuffle, Fletcher32.

use crate::matrix::h5::dataset::Filter;

/// Buffers that are used again from chunk to chunk.
#[derive(Default)]
pub struct Scratch {
    front: Vec<u8>,
    back: Vec<u8>,
    inflater: Option<libdeflater::Decompressor>,
}

impl Scratch {
    /// Undoes filters in the order given; `None` if the data do not come out as so many bytes.
    pub fn unfilter<'a>(
        &'a mut self,
        stored: &'a [u8],
        filters: impl Iterator<Item = Filter>,
        element: usize,
        bytes: usize,
    ) -> Option<&'a [u8]> {
        self.front.clear();
        let mut in_front = false;
        let mut length = stored.len();
        for filter in filters {
            let source = if in_front { &self.front[..length] } else { &stored[..length] };
            match filter {
                Filter::Fletcher32 => {
                    length = checked_length(source)?;
                    continue;
                }
                Filter::Deflate => {
                    // One element more than wanted is not accepted: what inflates to more than a chunk is damaged.
                    self.back.resize(bytes + 4, 0);
                    let inflater = self.inflater.get_or_insert_default();
                    length = inflater.zlib_decompress(source, &mut self.back).ok()?;
                }
                Filter::Shuffle => {
                    self.back.resize(length, 0);
                    unshuffle(source, element, &mut self.back[..length]);
                }
            }
            std::mem::swap(&mut self.front, &mut self.back);
            in_front = true;
        }
        let result = if in_front { &self.front[..length] } else { &stored[..length] };
        (length == bytes).then_some(result)
    }
}

/// Puts the bytes of each element together again; bytes left over at the end are not shuffled.
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

/// The length without the checksum, if it is right (early libraries on some machines wrote its halves swapped).
fn checked_length(source: &[u8]) -> Option<usize> {
    let (data, stored) = source.split_last_chunk::<4>()?;
    let (stored, sum) = (u32::from_le_bytes(*stored), fletcher32(data));
    let swapped = |half: u32| (half & 0xff) << 8 | half >> 8;
    let reversed = swapped(sum >> 16) << 16 | swapped(sum & 0xffff);
    (stored == sum || stored == reversed).then_some(data.len())
}

/// Fletcher's checksum over 16-bit big-endian words, as libhdf5 computes it (`H5_checksum_fletcher32`).
pub fn fletcher32(data: &[u8]) -> u32 {
    let (words, rest) = data.as_chunks::<2>();
    let (mut low, mut high) = (0u32, 0u32);
    // After 360 words the sums could overflow.
    for block in words.chunks(360) {
        for word in block {
            low += u32::from(u16::from_be_bytes(*word));
            high += low;
        }
        low = (low & 0xffff) + (low >> 16);
        high = (high & 0xffff) + (high >> 16);
    }
    if let [last] = rest {
        low += u32::from(*last) << 8;
        high += low;
        low = (low & 0xffff) + (low >> 16);
        high = (high & 0xffff) + (high >> 16);
    }
    low = (low & 0xffff) + (low >> 16);
    high = (high & 0xffff) + (high >> 16);
    high << 16 | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffled_bytes_come_back_in_order() {
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
    fn a_stream_that_inflates_to_too_much_is_refused() {
        let mut deflated = vec![0; 100];
        let mut deflater = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
        let length = deflater.zlib_compress(&[7; 64], &mut deflated).unwrap();
        let mut scratch = Scratch::default();
        let mut inflate =
            |bytes| scratch.unfilter(&deflated[..length], [Filter::Deflate].into_iter(), 4, bytes).map(<[u8]>::to_vec);
        assert_eq!(inflate(64), Some(vec![7; 64]));
        assert_eq!(inflate(63), None);
        assert_eq!(inflate(65), None);
        assert_eq!(inflate(8), None);
    }
}
