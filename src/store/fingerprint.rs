//! A fingerprint of the data file, which shows whether it changed since a run was started.

use std::{
    fs::{File, Metadata},
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::MetadataExt,
    path::Path,
};

use serde::{Deserialize, Serialize};

/// Number of blocks read for the digest.
const BLOCKS: u64 = 256;
/// Size of a block in bytes.
const BLOCK: u64 = 4096;

/// The size, modification time and sampled digest of a file. Computing it takes milliseconds for files of any size.
///
/// If only the modification times differ, the file may still have changed between the sampled blocks. Then the digests
/// of the stored chunks are compared (see [`crate::engine`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Size in bytes.
    pub size: u64,
    /// Modification time in nanoseconds since 1970.
    pub modified: i128,
    /// BLAKE3 digest of the size and the blocks, in hexadecimal.
    pub sample: String,
}

impl Fingerprint {
    /// Computes the fingerprint of a file.
    ///
    /// # Errors
    /// Fails if the path is not a regular file or cannot be read.
    pub fn of(path: &Path) -> io::Result<Self> {
        // Opening a pipe would block until something writes to it.
        if !path.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a folder, a pipe or a device, not a file"));
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

    /// Returns whether the file at a path has been replaced or modified, judged only by its size and modification time.
    ///
    /// This is fast enough to be called repeatedly while the file is being read. A deleted file does not count as
    /// changed, because a process that has it open can still read it.
    pub fn is_outdated(&self, path: &Path) -> bool {
        path.metadata().is_ok_and(|now| (now.size(), modified(&now)) != (self.size, self.modified))
    }

    /// Returns whether size and digest are equal, regardless of the modification time.
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
    fn a_changed_byte_in_a_small_file_is_detected() {
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
    fn a_modified_file_is_outdated_and_a_deleted_one_is_not() {
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
