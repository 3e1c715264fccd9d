//! Decoding of all filters of a dataset in sequence.

use super::{Codecs, Filter, fletcher32};

/// Buffers that are reused for all chunks.
#[derive(Default)]
pub struct Scratch {
    front: Vec<u8>,
    back: Vec<u8>,
    codecs: Codecs,
}

/// Returns the maximum size in bytes, in the file or between two filters, of a chunk with `bytes` decoded bytes.
pub fn room_for(bytes: usize) -> usize {
    bytes + bytes / 8 + 4096
}

impl Scratch {
    /// Reverts filters in the given order. Returns `None` if the data is damaged or the result is not `bytes` long.
    pub fn unfilter<'a>(
        &'a mut self,
        stored: &'a [u8],
        filters: impl Iterator<Item = Filter>,
        bytes: usize,
    ) -> Option<&'a [u8]> {
        let room = room_for(bytes);
        let (mut in_front, mut length) = (false, stored.len());
        for filter in filters {
            let source = if in_front { &self.front[..length] } else { &stored[..length] };
            if filter == Filter::Fletcher32 {
                length = fletcher32::checked(source)?.len();
                continue;
            }
            if self.back.len() < room {
                self.back.resize(room, 0);
            }
            length = filter.undo(source, &mut self.back[..room], &mut self.codecs)?;
            std::mem::swap(&mut self.front, &mut self.back);
            in_front = true;
        }
        let result = if in_front { &self.front[..length] } else { &stored[..length] };
        (length == bytes).then_some(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_with_an_unexpected_decoded_length_is_refused() {
        let mut deflated = vec![0; 100];
        let mut deflater = libdeflater::Compressor::new(libdeflater::CompressionLvl::default());
        let length = deflater.zlib_compress(&[7; 64], &mut deflated).unwrap();
        let mut scratch = Scratch::default();
        let mut inflate =
            |bytes| scratch.unfilter(&deflated[..length], [Filter::Deflate].into_iter(), bytes).map(<[u8]>::to_vec);
        assert_eq!(inflate(64), Some(vec![7; 64]));
        assert_eq!(inflate(63), None);
        assert_eq!(inflate(65), None);
        assert_eq!(inflate(8), None);
    }
}
