//! Whether a file is still the file a run was begun with.

use std::{
    fs::{File, Metadata},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::MetadataExt,
    path::Path,
};

use serde::{Deserialize, Serialize};

/// Blocks read from a file for its digest.
const BLOCKS: u64 = 256;
/// Bytes of each.
const BLOCK: u64 = 4096;

/// A file's size, date and a digest of blocks spread over it: taken in milliseconds whatever the size.
///
/// Equal size and digest with another date is not proof enough that nothing changed between the blocks; then the
/// digests of the chunks already stored decide (see [`crate::engine`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Bytes.
    pub size: u64,
    /// Time of last change, in nanoseconds since 1970.
    pub modified: i128,
    /// BLAKE3 of the size and the blocks, in hex.
    pub sample: String,
}

impl Fingerprint {
    /// Takes the fingerprint of a file.
    ///
    /// # Errors
    /// What the system says of the file.
    pub fn of(path: &Path) -> io::Result<Self> {
        // To open a pipe is to wait for whoever writes into it.
        if !path.metadata()?.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "this is no file but a folder, a pipe or a device",
            ));
        }
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        let size = metadata.size();
        let mut hasher = blake3::Hasher::new();
        hasher.update(&size.to_le_bytes());
        let last = size.saturating_sub(BLOCK);
        let mut block = Vec::with_capacity(BLOCK as usize);
        for place in 0..BLOCKS {
            let offset = (u128::from(last) * u128::from(place) / u128::from(BLOCKS - 1)) as u64;
            file.seek(SeekFrom::Start(offset))?;
            block.clear();
            (&mut file).take(BLOCK).read_to_end(&mut block)?;
            hasher.update(&block);
        }
        let sample = hasher.finalize().to_hex().to_string();
        Ok(Self { size, modified: modified(&metadata), sample })
    }

    /// Whether the file at a path is known to be another one by now, or to have been written to: by its size and date
    /// alone, as this is asked again and again while it is read. A file that is gone is not: whoever has it open reads
    /// on.
    pub fn is_outdated(&self, path: &Path) -> bool {
        path.metadata().is_ok_and(|now| (now.size(), modified(&now)) != (self.size, self.modified))
    }

    /// Whether size and digest agree, whatever the date.
    pub fn same_content(&self, other: &Self) -> bool {
        self.size == other.size && self.sample == other.sample
    }
}

fn modified(metadata: &Metadata) -> i128 {
    i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_byte_in_a_small_file_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, vec![7u8; 20_000]).unwrap();
        let before = Fingerprint::of(&path).unwrap();
        assert_eq!(before, Fingerprint::of(&path).unwrap());
        let mut changed = vec![7u8; 20_000];
        changed[12_345] = 8;
        std::fs::write(&path, changed).unwrap();
        assert!(!before.same_content(&Fingerprint::of(&path).unwrap()));
    }

    #[test]
    fn a_file_that_was_written_to_is_outdated_and_one_that_is_gone_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "one").unwrap();
        let begun = Fingerprint::of(&path).unwrap();
        assert!(!begun.is_outdated(&path));
        let later = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1);
        File::options().append(true).open(&path).unwrap().set_modified(later).unwrap();
        assert!(begun.is_outdated(&path));
        std::fs::remove_file(&path).unwrap();
        assert!(!begun.is_outdated(&path));
    }

    #[test]
    fn an_empty_file_has_a_fingerprint() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(Fingerprint::of(file.path()).unwrap().size, 0);
    }
}
