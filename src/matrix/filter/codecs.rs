//! General-purpose decompressors from libraries, with their reusable working memory.

/// Reusable state and buffers of the decoders.
#[derive(Default)]
pub struct Codecs {
    inflater: Option<libdeflater::Decompressor>,
    zstd: Option<zstd::bulk::Decompressor<'static>>,
    /// A buffer for one block, used by one decoder at a time.
    pub block: Vec<u8>,
    /// A buffer for one chunk with blocks that have not been rearranged yet.
    pub tiles: Vec<u8>,
}

impl Codecs {
    /// Decompresses a zlib stream and returns the number of bytes.
    pub fn inflate(&mut self, source: &[u8], out: &mut [u8]) -> Option<usize> {
        self.inflater.get_or_insert_default().zlib_decompress(source, out).ok()
    }

    /// Decompresses a Zstandard frame and returns the number of bytes.
    pub fn zstd(&mut self, source: &[u8], out: &mut [u8]) -> Option<usize> {
        if self.zstd.is_none() {
            self.zstd = zstd::bulk::Decompressor::new().ok();
        }
        self.zstd.as_mut()?.decompress_to_buffer(source, out).ok()
    }
}

/// Decompresses an LZ4 block and returns the number of bytes.
pub fn lz4_block(source: &[u8], out: &mut [u8]) -> Option<usize> {
    lz4_flex::block::decompress_into(source, out).ok()
}

/// Decompresses a raw Snappy block and returns the number of bytes.
pub fn snappy(source: &[u8], out: &mut [u8]) -> Option<usize> {
    snap::raw::Decoder::new().decompress(source, out).ok()
}

/// Decompresses a bzip2 stream and returns the number of bytes.
pub fn bunzip2(source: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut stream = bzip2::Decompress::new(false);
    // The input and the output buffer are complete, so one call reaches the end of a valid stream.
    match stream.decompress(source, out) {
        Ok(bzip2::Status::StreamEnd) => usize::try_from(stream.total_out()).ok(),
        Ok(_) | Err(_) => None,
    }
}
