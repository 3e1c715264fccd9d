//! General compressors, by the libraries that know them; their working memory is kept from chunk to chunk.

/// What decoders use again.
#[derive(Default)]
pub struct Codecs {
    inflater: Option<libdeflater::Decompressor>,
    zstd: Option<zstd::bulk::Decompressor<'static>>,
    /// Room for one block, lent to the decoder at work.
    pub block: Vec<u8>,
    /// Room for one chunk whose blocks are still to be put into their places.
    pub tiles: Vec<u8>,
}

impl Codecs {
    /// A zlib stream.
    pub fn inflate(&mut self, source: &[u8], out: &mut [u8]) -> Option<usize> {
        self.inflater.get_or_insert_default().zlib_decompress(source, out).ok()
    }

    /// A Zstandard frame.
    pub fn zstd(&mut self, source: &[u8], out: &mut [u8]) -> Option<usize> {
        if self.zstd.is_none() {
            self.zstd = zstd::bulk::Decompressor::new().ok();
        }
        self.zstd.as_mut()?.decompress_to_buffer(source, out).ok()
    }
}

/// An LZ4 block.
pub fn lz4_block(source: &[u8], out: &mut [u8]) -> Option<usize> {
    lz4_flex::block::decompress_into(source, out).ok()
}

/// A block of raw Snappy.
pub fn snappy(source: &[u8], out: &mut [u8]) -> Option<usize> {
    snap::raw::Decoder::new().decompress(source, out).ok()
}

/// A bzip2 stream.
pub fn bunzip2(source: &[u8], out: &mut [u8]) -> Option<usize> {
    let mut stream = bzip2::Decompress::new(false);
    // All of the input and all of the room are there: one call ends the stream or there is something wrong with it.
    match stream.decompress(source, out) {
        Ok(bzip2::Status::StreamEnd) => usize::try_from(stream.total_out()).ok(),
        Ok(_) | Err(_) => None,
    }
}
