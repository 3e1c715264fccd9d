//! A fingerprint of the data file, which shows whether it changed since a run was started.

use std::{
    fs::{File, Metadata},
    io::{self, Read, Seek, SeekFrom},
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::matrix;

/// Number of blocks read for the digest.
const BLOCKS: u64 = 256;
/// Size of a block in bytes.
const BLOCK: u64 = 4096;

/// Maximum number of files and depth of folders of a Zarr store.
const MAX_FILES: usize = 4_000_000;
const MAX_DEPTH: usize = 32;
/// Metadata files at the root of a Zarr store.
const STORE_METADATA: [&str; 4] = ["zarr.json", ".zgroup", ".zattrs", ".zmetadata"];

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
    /// Computes the fingerprint of a file, or of the matrix in a folder (see [`matrix::resolve`]). The digest of a Matrix
    /// Market file covers the lists of features and barcodes too.
    ///
    /// # Errors
    /// Fails if there is no such file or it cannot be read.
    pub fn of(path: &Path) -> io::Result<Self> {
        let path = &matrix::resolve(path).unwrap_or_else(|_| path.to_owned());
        if path.is_dir() {
            return Self::of_store(path);
        }
        // Opening a pipe would block until something writes to it.
        if !path.metadata()?.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a folder, a pipe or a device, not a file"));
        }
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        let size = metadata.size();
        let mut hasher = blake3::Hasher::new();
        hasher.update(&size.to_le_bytes());
        sample(&mut file, size, &mut hasher)?;
        for companion in matrix::companions(path) {
            let mut file = File::open(companion)?;
            let size = file.metadata()?.size();
            hasher.update(&size.to_le_bytes());
            sample(&mut file, size, &mut hasher)?;
        }
        let sample = hasher.finalize().to_hex().to_string();
        Ok(Self { size, modified: modified(&metadata), sample })
    }

    /// Computes the fingerprint of a Zarr store: the names and sizes of all its files, and blocks of some of them.
    fn of_store(folder: &Path) -> io::Result<Self> {
        let files = files_below(folder)?;
        let mut hasher = blake3::Hasher::new();
        let (mut size, mut latest) = (0u64, 0);
        let step = files.len().div_ceil(BLOCKS as usize).max(1);
        for (place, (path, metadata)) in files.iter().enumerate() {
            hasher.update(path.strip_prefix(folder).unwrap_or(path).as_os_str().as_bytes());
            hasher.update(&metadata.size().to_le_bytes());
            size = size.saturating_add(metadata.size());
            latest = latest.max(modified(metadata));
            if place % step == 0 {
                let mut block = Vec::new();
                File::open(path)?.take(BLOCK).read_to_end(&mut block)?;
                hasher.update(&block);
            }
        }
        Ok(Self { size, modified: latest, sample: hasher.finalize().to_hex().to_string() })
    }

    /// Returns whether the file at a path has been replaced or modified, judged only by its size and modification time.
    ///
    /// This is fast enough to be called repeatedly while the file is being read. A deleted file does not count as
    /// changed, because a process that has it open can still read it.
    pub fn is_outdated(&self, path: &Path) -> bool {
        path.metadata().is_ok_and(|now| match now.is_dir() {
            // A store that is written again gets new metadata at its root.
            true => STORE_METADATA
                .iter()
                .any(|name| path.join(name).metadata().is_ok_and(|metadata| modified(&metadata) > self.modified)),
            false => (now.size(), modified(&now)) != (self.size, self.modified),
        })
    }

    /// Returns the time at which the system last changed a file, or any file of a Zarr store (ctime), in nanoseconds
    /// since 1970. Unlike the modification time, nobody can set it.
    ///
    /// # Errors
    /// Fails if there is no such file.
    pub fn last_change(path: &Path) -> io::Result<i128> {
        let path = &matrix::resolve(path).unwrap_or_else(|_| path.to_owned());
        let of = |metadata: &Metadata| i128::from(metadata.ctime()) * 1_000_000_000 + i128::from(metadata.ctime_nsec());
        let files = if path.is_dir() { files_below(path)? } else { vec![(path.clone(), path.metadata()?)] };
        Ok(files.iter().map(|(_, metadata)| of(metadata)).max().unwrap_or_default())
    }

    /// Returns whether the digest is that of all bytes.
    pub fn covers_all(&self) -> bool {
        self.size <= BLOCKS * BLOCK
    }

    /// Returns whether size and digest are equal, regardless of the modification time.
    pub fn same_content(&self, other: &Self) -> bool {
        self.size == other.size && self.sample == other.sample
    }
}

/// Returns the regular files below a folder, sorted by path. Links are not followed.
fn files_below(folder: &Path) -> io::Result<Vec<(PathBuf, Metadata)>> {
    let (mut files, mut folders, mut depth) = (Vec::new(), vec![folder.to_owned()], 0);
    while !folders.is_empty() {
        for folder in std::mem::take(&mut folders) {
            for entry in folder.read_dir()? {
                let path = entry?.path();
                let metadata = path.symlink_metadata()?;
                match metadata.is_dir() {
                    true => folders.push(path),
                    false if metadata.is_file() => files.push((path, metadata)),
                    false => {}
                }
            }
            if files.len() + folders.len() > MAX_FILES || depth > MAX_DEPTH {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, "the store has too many files or folders"));
            }
        }
        depth += 1;
    }
    files.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    Ok(files)
}

/// Adds blocks of a file to a digest.
fn sample(file: &mut File, size: u64, hasher: &mut blake3::Hasher) -> io::Result<()> {
    let last = size.saturating_sub(BLOCK);
    let mut block = Vec::with_capacity(BLOCK as usize);
    for place in 0..BLOCKS {
        let offset = (u128::from(last) * u128::from(place) / u128::from(BLOCKS - 1)) as u64;
        file.seek(SeekFrom::Start(offset))?;
        block.clear();
        file.by_ref().take(BLOCK).read_to_end(&mut block)?;
        hasher.update(&block);
    }
    Ok(())
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
    fn the_lists_beside_a_matrix_market_file_are_part_of_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &str| std::fs::write(folder.path().join(name), content).unwrap();
        ["matrix.mtx", "features.tsv", "barcodes.tsv"].iter().for_each(|name| write(name, "x"));
        let before = Fingerprint::of(folder.path()).unwrap();
        assert_eq!(before, Fingerprint::of(&folder.path().join("matrix.mtx")).unwrap());
        write("barcodes.tsv", "y");
        assert!(!before.same_content(&Fingerprint::of(folder.path()).unwrap()));
    }

    #[test]
    fn a_changed_chunk_of_a_store_is_detected() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("X")).unwrap();
        std::fs::write(folder.path().join(".zgroup"), "{}").unwrap();
        let chunk = folder.path().join("X/0.0");
        std::fs::write(&chunk, "one").unwrap();
        let before = Fingerprint::of(folder.path()).unwrap();
        assert_eq!(before, Fingerprint::of(folder.path()).unwrap());
        assert!(!before.is_outdated(folder.path()));
        std::fs::write(&chunk, "two").unwrap();
        assert!(!before.same_content(&Fingerprint::of(folder.path()).unwrap()));
        std::fs::write(&chunk, "three").unwrap();
        assert!(!before.same_content(&Fingerprint::of(folder.path()).unwrap()));
    }

    #[test]
    fn an_empty_file_has_a_fingerprint() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(Fingerprint::of(file.path()).unwrap().size, 0);
    }
}
