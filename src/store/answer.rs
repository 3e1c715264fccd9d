//! Files of stored answers. Each is a zstd file that `zstdcat` prints verbatim, preceded by a skippable frame with a
//! header.

use std::{
    fs::File,
    io::{self, Read, Seek, Write},
    path::Path,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Error, files};
use crate::files::{Trust, inflate, is_refused, open};

/// The magic number of a skippable frame (RFC 8878, section 3.1.2).
const SKIPPABLE: [u8; 4] = 0x184D_2A5Cu32.to_le_bytes();
/// The compression level. Answers are text that compresses well at any level, so the fastest is used.
const LEVEL: i32 = 1;
/// Maximum length of a header in bytes, far above real ones.
const MAX_HEADER: u32 = 1 << 16;

/// Maximum size of a stored answer in bytes. It has to fit into memory several times. Cloud Run limits answers to a
/// quarter of this.
pub const LARGEST: u64 = 128 << 20;
/// Maximum size of the answer about one cell in bytes, far above that of any valid answer.
const LARGEST_CELL: u64 = 4 << 20;
/// Maximum length of the header of a zstd frame in bytes (RFC 8878, section 3.1.1.1).
const LONGEST_FRAME_HEADER: u64 = 18;
/// Maximum size of the rest of an answer in bytes.
const LARGEST_REST: u64 = 1 << 20;

/// The properties of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerHeader {
    /// Row number of the first cell.
    pub first_cell: usize,
    /// Number of cells sent.
    pub cells: usize,
    /// The digest of the data sent ([`crate::chunk::Digest`]), in hexadecimal.
    pub sent: String,
    /// Size of the upload in bytes.
    pub uploaded: u64,
    /// The number of the successful attempt, from 1.
    pub attempt: u32,
    /// The time when the answer arrived.
    pub received_at: Timestamp,
}

/// Writes an answer atomically.
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

/// Reads only the header of an answer.
pub(super) fn read_header(path: &Path) -> Result<AnswerHeader, Error> {
    let mut file = opened(path)?;
    header_of(&mut file).map_err(|source| Error::DamagedAnswer { path: path.to_owned(), source })
}

fn header_of(file: &mut impl Read) -> io::Result<AnswerHeader> {
    let mut start = [0; 8];
    file.read_exact(&mut start)?;
    let [a, b, c, d, length @ ..] = start;
    let length = u32::from_le_bytes(length);
    if [a, b, c, d] != SKIPPABLE || length > MAX_HEADER {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it does not start with the header of a stored answer"));
    }
    let mut header = vec![0; length as usize];
    file.read_exact(&mut header)?;
    Ok(serde_json::from_slice(&header)?)
}

/// Opens an answer. Anything but a regular file is reported as damage, so that the answer is requested again.
fn opened(path: &Path) -> Result<File, Error> {
    open(path, Trust::Anybody).map_err(|source| match is_refused(&source) {
        true => Error::DamagedAnswer { path: path.to_owned(), source },
        false => Error::io("open", path)(source),
    })
}

/// Returns the maximum size of the body of an answer about `cells` cells: the size that the file declares, if that is
/// plausible. A file whose body is larger is damaged.
pub(super) fn size_limit(path: &Path, cells: usize) -> Result<u64, Error> {
    limit_of(&mut opened(path)?, cells).map_err(|source| Error::DamagedAnswer { path: path.to_owned(), source })
}

/// Reads the header of an answer about `cells` cells and the start of its body, and returns the maximum size of the body.
fn limit_of(file: &mut impl Read, cells: usize) -> io::Result<u64> {
    let most = (cells as u64).saturating_mul(LARGEST_CELL).saturating_add(LARGEST_REST).min(LARGEST);
    header_of(file)?;
    Ok(declared_size(file)?.map_or(most, |declared| declared.min(most)))
}

/// Returns the size of the body as declared at the start of its zstd frame, if it is.
fn declared_size(frame: &mut impl Read) -> io::Result<Option<u64>> {
    let mut start = Vec::new();
    frame.take(LONGEST_FRAME_HEADER).read_to_end(&mut start)?;
    Ok(zstd::zstd_safe::get_frame_content_size(&start).ok().flatten())
}

/// Reads the body of an answer about `cells` cells, verbatim.
pub(super) fn read_body(path: &Path, cells: usize) -> Result<Vec<u8>, Error> {
    let mut file = opened(path)?;
    let mut body = Vec::new();
    let read = limit_of(&mut file, cells).and_then(|limit| {
        file.rewind()?;
        inflate(file, limit)?.read_to_end(&mut body)
    });
    // To the decoder, a file that ends after its header is a complete but empty stream. No valid answer is empty.
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
    fn answers_are_restored_verbatim() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zst");
        write(&path, &header(), b"[ {\"x\": 0.10000000000000001} ]").unwrap();
        assert_eq!(read_header(&path).unwrap(), header());
        assert_eq!(read_body(&path, 3).unwrap(), b"[ {\"x\": 0.10000000000000001} ]");
    }

    #[test]
    fn damage_at_any_position_is_detected() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zst");
        write(&path, &header(), &b"0123456789".repeat(50)).unwrap();
        let good = std::fs::read(&path).unwrap();
        let header_end = 8 + u32::from_le_bytes(good[4..8].try_into().unwrap()) as usize;
        for cut in [0, 5, header_end, good.len() / 2, good.len() - 1] {
            std::fs::write(&path, &good[..cut]).unwrap();
            assert!(read_header(&path).is_err() || read_body(&path, 3).is_err(), "cut at {cut}");
        }
        let mut bent = good.clone();
        *bent.last_mut().unwrap() ^= 1;
        std::fs::write(&path, bent).unwrap();
        assert!(matches!(read_body(&path, 3), Err(Error::DamagedAnswer { .. })));
    }

    #[test]
    fn an_answer_inflates_to_so_many_bytes_a_cell_and_what_is_no_file_is_damage() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zst");
        let most = (LARGEST_CELL + LARGEST_REST) as usize;
        write(&path, &header(), &vec![b' '; most]).unwrap();
        assert_eq!(read_body(&path, 1).unwrap().len(), most);
        write(&path, &header(), &vec![b' '; most + 1]).unwrap();
        assert!(read_body(&path, 1).unwrap_err().is_damage());
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        for no_file in [&link, folder.path()] {
            assert!(read_body(no_file, 3).unwrap_err().is_damage());
            assert!(read_header(no_file).unwrap_err().is_damage());
        }
    }
}
