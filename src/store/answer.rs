//! One stored answer: a zstd file that `zstdcat` prints verbatim, with a header in a skippable frame before it.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Error, files};

/// The magic number of a skippable frame (RFC 8878, section 3.1.2).
const SKIPPABLE: [u8; 4] = 0x184D_2A5Cu32.to_le_bytes();
/// Answers are text that shrinks well at any level; the lowest costs the least time.
const LEVEL: i32 = 1;
/// No header is anywhere near this long; a longer one is damage.
const MAX_HEADER: u32 = 1 << 16;

/// What is known about an answer besides its body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerHeader {
    /// The row number of the first cell.
    pub first_cell: usize,
    /// How many cells were sent.
    pub cells: usize,
    /// A digest of what was sent ([`crate::chunk::Digest`]), in hex.
    pub sent: String,
    /// Bytes of the upload.
    pub uploaded: u64,
    /// Which attempt succeeded, from 1.
    pub attempt: u32,
    /// When the answer arrived.
    pub received_at: Timestamp,
}

/// Writes an answer whole.
pub(super) fn write(path: &Path, header: &AnswerHeader, body: &[u8]) -> Result<(), Error> {
    files::write_whole(path, |file| {
        let header = serde_json::to_vec(header)?;
        let length = u32::try_from(header.len()).map_err(io::Error::other)?;
        file.write_all(&SKIPPABLE)?;
        file.write_all(&length.to_le_bytes())?;
        file.write_all(&header)?;
        let mut encoder = zstd::Encoder::new(file, LEVEL)?;
        encoder.include_checksum(true)?;
        encoder.set_pledged_src_size(Some(body.len() as u64))?;
        encoder.include_contentsize(true)?;
        encoder.write_all(body)?;
        encoder.finish()?;
        Ok(())
    })
}

/// Reads a header alone.
pub(super) fn read_header(path: &Path) -> Result<AnswerHeader, Error> {
    let mut file = File::open(path).map_err(Error::io("open", path))?;
    header_of(&mut file).map_err(|source| Error::DamagedAnswer { path: path.to_owned(), source })
}

fn header_of(file: &mut impl Read) -> io::Result<AnswerHeader> {
    let mut start = [0; 8];
    file.read_exact(&mut start)?;
    let [a, b, c, d, length @ ..] = start;
    let length = u32::from_le_bytes(length);
    if [a, b, c, d] != SKIPPABLE || length > MAX_HEADER {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it does not begin like a stored answer"));
    }
    let mut header = vec![0; length as usize];
    file.read_exact(&mut header)?;
    Ok(serde_json::from_slice(&header)?)
}

/// Reads the body, verbatim.
pub(super) fn read_body(path: &Path) -> Result<Vec<u8>, Error> {
    let file = File::open(path).map_err(Error::io("open", path))?;
    let mut body = Vec::new();
    let read = zstd::Decoder::new(file).and_then(|mut decoder| decoder.read_to_end(&mut body));
    // A file that ends with its header is a whole, empty stream to the decoder; no answer is empty.
    let read = read.and_then(|length| if length == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) });
    read.map_err(|source| Error::DamagedAnswer { path: path.to_owned(), source })?;
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> AnswerHeader {
        AnswerHeader {
            first_cell: 1000,
            cells: 3,
            sent: "ab".into(),
            uploaded: 12,
            attempt: 2,
            received_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_answer_comes_back_verbatim() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zst");
        write(&path, &header(), b"[ {\"x\": 0.10000000000000001} ]").unwrap();
        assert_eq!(read_header(&path).unwrap(), header());
        assert_eq!(read_body(&path).unwrap(), b"[ {\"x\": 0.10000000000000001} ]");
    }

    #[test]
    fn damage_anywhere_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zst");
        write(&path, &header(), &b"0123456789".repeat(50)).unwrap();
        let good = std::fs::read(&path).unwrap();
        let header_end = 8 + u32::from_le_bytes(good[4..8].try_into().unwrap()) as usize;
        for cut in [0, 5, header_end, good.len() / 2, good.len() - 1] {
            std::fs::write(&path, &good[..cut]).unwrap();
            assert!(read_header(&path).is_err() || read_body(&path).is_err(), "cut at {cut}");
        }
        let mut bent = good.clone();
        *bent.last_mut().unwrap() ^= 1;
        std::fs::write(&path, bent).unwrap();
        assert!(matches!(read_body(&path), Err(Error::DamagedAnswer { .. })));
    }
}
