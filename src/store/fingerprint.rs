//! Whether a file is still the file a run was begun with.

use std::{
    fs::File,
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
        let modified = i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec());
        Ok(Self { size, modified, sample: hasher.finalize().to_hex().to_string() })
    }

    /// Whether size and digest agree, whatever the date.
    pub fn same_content(&self, other: &Self) -> bool {
        self.size == other.size && self.sample == other.sample
    }
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
    fn an_empty_file_has_a_fingerprint() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(Fingerprint::of(file.path()).unwrap().size, 0);
    }
}
