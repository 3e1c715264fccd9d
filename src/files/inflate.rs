//! Zstandard streams, decompressed up to a limit.

use std::io::{self, BufReader, Read};

/// Binary logarithm of the largest accepted window, in bytes, which bounds memory. Streams of castui need 2 MiB.
const LARGEST_WINDOW_LOG: u32 = 24;

/// Decompresses a stream. Reading from it fails after more than `limit` bytes.
///
/// # Errors
/// Fails if the decoder cannot be created.
pub fn inflate<R: Read>(compressed: R, limit: u64) -> io::Result<impl Read> {
    let mut decoder = zstd::Decoder::new(compressed)?;
    decoder.window_log_max(LARGEST_WINDOW_LOG)?;
    Ok(Limited { inner: decoder, left: limit })
}

/// A stream that fails if it is longer than a limit.
struct Limited<R> {
    inner: zstd::Decoder<'static, BufReader<R>>,
    left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Reading one byte beyond the limit detects a stream that is too long.
        let most = usize::try_from(self.left.saturating_add(1)).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.inner.read(&mut buffer[..most])?;
        match self.left.checked_sub(read as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::new(io::ErrorKind::InvalidData, "it holds more than such a file may")),
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inflated(compressed: &[u8], limit: u64) -> io::Result<usize> {
        let mut bytes = Vec::new();
        inflate(compressed, limit)?.read_to_end(&mut bytes)
    }

    #[test]
    fn a_stream_ends_at_its_limit() {
        let compressed = zstd::encode_all(&vec![0; 100_000][..], 1).unwrap();
        assert_eq!(inflated(&compressed, 100_000).unwrap(), 100_000);
        let error = inflated(&compressed, 99_999).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_stream_with_a_huge_window_is_refused() {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(27).unwrap();
        io::Write::write_all(&mut encoder, &vec![7; 20 << 20]).unwrap();
        assert!(inflated(&encoder.finish().unwrap(), 1 << 30).is_err());
    }
}
