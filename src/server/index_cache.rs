//! The cache of a reference's index. In: the reference's path and a cache folder. Out: the cached index, or a place to
//! write a new one. Failures only cost time: the index is then computed again.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use uuid::Uuid;

use super::{
    index::Index,
    index_file::{self, Fingerprint},
};

/// The number of samples of a file that enter its fingerprint.
const SAMPLES: u64 = 32;
/// The size of a sample in bytes.
const SAMPLE_SIZE: u64 = 64 << 10;

/// The two possible places of a reference's index: next to the file, and in the cache folder.
#[derive(Clone, Debug)]
pub struct IndexCache {
    places: [PathBuf; 2],
    fingerprint: Fingerprint,
}

impl IndexCache {
    /// Fingerprints the reference. `salt` contains everything else that the index depends on.
    ///
    /// # Errors
    /// Fails if the reference cannot be read.
    pub fn new(reference: &Path, cache_dir: &Path, salt: &str) -> io::Result<Self> {
        let mut name = reference.file_stem().map_or_else(OsString::new, OsString::from);
        name.push(".castui-index");
        let fingerprint = fingerprint(reference, salt)?;
        let mut unique = name.clone();
        // References of the same name in different folders need different places.
        let folder = blake3::hash(fs::canonicalize(reference)?.as_os_str().as_encoded_bytes());
        unique.push(format!("-{}", &folder.to_hex()[..16]));
        Ok(Self { places: [reference.with_file_name(name), cache_dir.join(unique)], fingerprint })
    }

    /// Returns the index if one of the places contains a valid one.
    pub fn load(&self) -> Option<Index> {
        self.places.iter().find_map(|place| index_file::decode(&fs::read(place).ok()?, &self.fingerprint))
    }

    /// Writes the index to the first writable place and returns that place.
    pub fn save(&self, index: &Index) -> Option<&Path> {
        let bytes = index_file::encode(index, &self.fingerprint);
        self.places.iter().find(|place| replace(place, &bytes).is_ok()).map(PathBuf::as_path)
    }
}

/// Returns a fingerprint of size, modification time, and samples from start to end.
fn fingerprint(path: &Path, salt: &str) -> io::Result<Fingerprint> {
    let mut file = File::open(path)?;
    let metadata = file.metadata()?;
    let changed = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut hasher = blake3::Hasher::new();
    hasher.update(salt.as_bytes());
    hasher.update(&metadata.len().to_le_bytes());
    hasher.update(&changed.as_nanos().to_le_bytes());
    let last = metadata.len().saturating_sub(SAMPLE_SIZE);
    for sample in 0..SAMPLES {
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start((u128::from(last) * u128::from(sample) / u128::from(SAMPLES - 1)) as u64))?;
        (&mut file).take(SAMPLE_SIZE).read_to_end(&mut bytes)?;
        hasher.update(&bytes);
    }
    Ok(*hasher.finalize().as_bytes())
}

/// Replaces a file atomically: a reader sees the old file, the new one, or none.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", Uuid::new_v4()));
    let temporary = PathBuf::from(name);
    let written = File::create_new(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&temporary, path)).inspect_err(|_| {
        // Best effort: the first error matters more than a temporary file left behind.
        let _ = fs::remove_file(&temporary);
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::fake::FakeCounts;

    #[test]
    fn a_cached_index_is_found_until_the_reference_changes() {
        let folder = tempfile::tempdir().unwrap();
        let reference = folder.path().join("atlas.h5ad");
        fs::write(&reference, vec![1; 300_000]).unwrap();
        let cache_dir = folder.path().join("cache");
        let cache = IndexCache::new(&reference, &cache_dir, "X").unwrap();
        assert!(cache.load().is_none());
        let index = Index::build(&FakeCounts::clustered(30, 20)).unwrap();
        assert_eq!(cache.save(&index), Some(folder.path().join("atlas.castui-index").as_path()));
        assert_eq!(cache.load().unwrap().totals, index.totals);
        assert!(IndexCache::new(&reference, &cache_dir, "raw.X").unwrap().load().is_none());
        fs::write(&reference, vec![2; 300_000]).unwrap();
        assert!(IndexCache::new(&reference, &cache_dir, "X").unwrap().load().is_none());
    }

    #[test]
    fn a_damaged_index_is_ignored_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let reference = folder.path().join("atlas.h5ad");
        fs::write(&reference, "content").unwrap();
        let cache = IndexCache::new(&reference, folder.path(), "X").unwrap();
        fs::write(folder.path().join("atlas.castui-index"), "garbage").unwrap();
        assert!(cache.load().is_none());
        cache.save(&Index::build(&FakeCounts::clustered(30, 20)).unwrap()).unwrap();
        assert!(cache.load().is_some());
    }

    #[test]
    fn the_cache_folder_is_used_if_the_reference_folder_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let reference = folder.path().join("atlas.h5ad");
        fs::write(&reference, "content").unwrap();
        // A folder of the same name prevents writing, even for root.
        fs::create_dir(folder.path().join("atlas.castui-index")).unwrap();
        let cache_dir = folder.path().join("cache");
        let cache = IndexCache::new(&reference, &cache_dir, "X").unwrap();
        let place = cache.save(&Index::build(&FakeCounts::clustered(30, 20)).unwrap()).unwrap();
        assert!(place.starts_with(&cache_dir));
        assert!(cache.load().is_some());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "no temporary file is left");
    }
}
