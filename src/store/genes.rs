//! A gene-major table of expression, cached in the run folder: one file per requested gene (`genes/000123.values`). It
//! holds only derived data. A file that is missing, damaged, or made from another data file is made again.
//!
//! A file must be this user's own. Its identity includes the time at which the system last changed the data file and
//! the manifest (ctime). Nobody can set or predict these times, so files copied from elsewhere do not match. The size of
//! the folder is limited, and it can be removed at any time.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::{
    Fingerprint, Run,
    layout::{GENES, MANIFEST},
};
use crate::{
    analysis::GeneValues,
    files::{self, Trust},
    matrix::CountSource,
};

/// The first bytes of a file; the number is the version of the format.
const MAGIC: [u8; 8] = *b"castuiG1";
/// Size in bytes of the header: magic, identity, digest of the body, number of cells with a count.
const HEADER: usize = 8 + 32 + 32 + 8;
/// Size in bytes of an entry: row and value.
const ENTRY: u64 = 8;
/// Maximum size in bytes of all files. The oldest are removed.
const MOST_BYTES: u64 = 512 << 20;
/// Maximum number of files.
const MOST_FILES: usize = 2000;

/// The cached expression of a run's genes.
#[derive(Debug)]
pub struct GeneCache {
    folder: PathBuf,
    identity: [u8; 32],
    cells: usize,
}

impl GeneCache {
    /// Opens the cache of a run for the counts in a matrix of a file. Nothing is read or created.
    ///
    /// # Errors
    /// Fails if the file or the manifest cannot be read.
    pub fn open(run: &Run, file: &Path, source: &CountSource) -> io::Result<Self> {
        let Fingerprint { size, modified, sample } = Fingerprint::of(file)?;
        let (file, manifest) = (fs::metadata(file)?, fs::metadata(run.folder().join(MANIFEST))?);
        let input = &run.manifest().input;
        let mut hasher = blake3::Hasher::new();
        let changed = [&file, &manifest].map(|metadata| (metadata.ctime(), metadata.ctime_nsec()));
        let parts = (size, modified, sample, changed, source, input.genes, input.cells, input.allow_non_counts);
        hasher.update(&serde_json::to_vec(&parts)?);
        hasher.update(run.manifest().run_id.as_bytes());
        Ok(Self {
            folder: run.folder().join(GENES),
            identity: *hasher.finalize().as_bytes(),
            cells: run.manifest().input.cells,
        })
    }

    /// Returns the cached values of a column; `None` if they are missing, stale or damaged.
    pub fn read(&self, column: u32) -> Option<GeneValues> {
        let limit = HEADER as u64 + ENTRY.saturating_mul(self.cells as u64);
        let bytes = files::read(&self.path(column), Trust::User, limit).ok()?;
        decode(&bytes, &self.identity, self.cells).filter(GeneValues::is_consistent)
    }

    /// Writes the values of a column, and removes the oldest files beyond the limit. Failures are ignored, because a
    /// missing file only costs time. Nothing is written into the run folder of another user.
    pub fn write(&self, column: u32, values: &GeneValues) {
        let is_link = self.folder.symlink_metadata().is_ok_and(|found| !found.is_dir());
        if is_link || !self.folder.parent().is_some_and(files::is_own_folder) {
            return;
        }
        let (path, bytes) = (self.path(column), encode(values, &self.identity));
        let temporary = files::temporary_beside(&path);
        // The file is not synced: the digest reveals a torn one.
        let written = files::create_private_folder(&self.folder)
            .and_then(|()| files::create_new(&temporary))
            .and_then(|mut file| file.write_all(&bytes))
            .and_then(|()| fs::rename(&temporary, &path));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        trim(&self.folder, MOST_BYTES, MOST_FILES);
    }

    /// Removes the cache of a run. Files of others in the folder are not touched.
    ///
    /// # Errors
    /// Fails if a file cannot be removed.
    pub fn remove(run: &Run) -> io::Result<()> {
        let folder = run.folder().join(GENES);
        for (path, _) in cached_files(&folder) {
            fs::remove_file(path)?;
        }
        match fs::remove_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    fn path(&self, column: u32) -> PathBuf {
        self.folder.join(format!("{column:06}.values"))
    }
}

/// Returns the cache's files in a folder, including unfinished ones.
fn cached_files(folder: &Path) -> Vec<(PathBuf, fs::Metadata)> {
    let is_ours = |name: &str| {
        let column = name.strip_suffix(".values");
        column.is_some_and(|column| column.bytes().all(|byte| byte.is_ascii_digit())) || files::is_unfinished(name)
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let ours = entries.filter(|entry| is_ours(&entry.file_name().to_string_lossy()));
    ours.filter_map(|entry| Some((entry.path(), entry.metadata().ok()?))).collect()
}

/// Removes the oldest files until the limits are met.
fn trim(folder: &Path, most_bytes: u64, most_files: usize) {
    let mut files = cached_files(folder);
    files.sort_by_key(|(path, metadata)| (metadata.mtime(), metadata.mtime_nsec(), path.clone()));
    let mut bytes: u64 = files.iter().map(|(_, metadata)| metadata.len()).sum();
    let mut count = files.len();
    for (path, metadata) in files {
        if bytes <= most_bytes && count <= most_files {
            return;
        }
        if fs::remove_file(path).is_ok() {
            (bytes, count) = (bytes - metadata.len(), count - 1);
        }
    }
}

fn encode(values: &GeneValues, identity: &[u8; 32]) -> Vec<u8> {
    let mut body = Vec::with_capacity(8 + values.expressing() * ENTRY as usize);
    body.extend((values.expressing() as u64).to_le_bytes());
    body.extend(values.rows().iter().flat_map(|row| row.to_le_bytes()));
    body.extend(values.values().iter().flat_map(|value| value.to_le_bytes()));
    [&MAGIC[..], identity, blake3::hash(&body).as_bytes(), &body].concat()
}

fn decode(bytes: &[u8], identity: &[u8; 32], cells: usize) -> Option<GeneValues> {
    let rest = bytes.strip_prefix(&MAGIC)?.strip_prefix(identity)?;
    let (digest, body) = rest.split_first_chunk::<32>()?;
    if blake3::hash(body) != *digest {
        return None;
    }
    let (count, entries) = body.split_first_chunk::<8>()?;
    let count = usize::try_from(u64::from_le_bytes(*count)).ok()?;
    let (rows, values) = entries.split_at_checked(count.checked_mul(4)?)?;
    if values.len() != rows.len() {
        return None;
    }
    let rows = rows.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect();
    let values = values.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    Some(GeneValues::new(cells, rows, values))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn example() -> GeneValues {
        GeneValues::new(9, vec![0, 3, 8], vec![0.25, 1.5, 3.0])
    }

    #[test]
    fn every_damage_and_every_other_identity_is_recognized() {
        let good = encode(&example(), &[7; 32]);
        assert_eq!(decode(&good, &[7; 32], 9), Some(example()));
        assert_eq!(decode(&good, &[8; 32], 9), None);
        for place in 0..good.len() {
            let mut damaged = good.clone();
            damaged[place] ^= 1;
            assert_eq!(decode(&damaged, &[7; 32], 9), None, "byte {place}");
            assert_eq!(decode(&good[..place], &[7; 32], 9), None, "cut at {place}");
        }
        assert!(!decode(&good, &[7; 32], 8).unwrap().is_consistent(), "a row beyond the last cell");
    }

    #[test]
    fn files_are_private_and_the_oldest_are_removed() {
        let run = tempfile::tempdir().unwrap();
        let cache = GeneCache { folder: run.path().join(GENES), identity: [1; 32], cells: 9 };
        for column in 0..4 {
            cache.write(column, &example());
            let file = fs::File::options().append(true).open(cache.path(column)).unwrap();
            file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(u64::from(column))).unwrap();
        }
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&cache.folder), mode(&cache.path(0))), (0o700, 0o600));
        fs::write(cache.folder.join("mine.txt"), "x").unwrap();
        trim(&cache.folder, u64::MAX, 3);
        let size = cache.path(3).metadata().unwrap().len();
        trim(&cache.folder, 2 * size, 100);
        let cached = [0, 1, 2, 3].map(|column| cache.read(column).is_some());
        assert_eq!(cached, [false, false, true, true]);
        assert!(cache.folder.join("mine.txt").exists());
    }

    #[test]
    fn a_link_is_neither_read_nor_written_through() {
        let run = tempfile::tempdir().unwrap();
        let cache = GeneCache { folder: run.path().join(GENES), identity: [1; 32], cells: 9 };
        let elsewhere = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), &cache.folder).unwrap();
        cache.write(1, &example());
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
        fs::remove_file(&cache.folder).unwrap();
        cache.write(1, &example());
        fs::rename(cache.path(1), elsewhere.path().join("x")).unwrap();
        std::os::unix::fs::symlink(elsewhere.path().join("x"), cache.path(1)).unwrap();
        assert_eq!(cache.read(1), None);
    }
}
