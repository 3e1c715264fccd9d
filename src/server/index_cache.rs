//! The cache of a reference's index. In: the reference's path and a cache folder. Out: the cached index, or a place to
//! write a new one. Failures only cost time: the index is then computed again.
//!
//! Answers are computed from the index, so the name of a file is not enough to trust it. It must belong to this user,
//! to root, or to the owner of the reference, who could change the reference itself. It also records the time at which
//! the system last changed the reference's file (ctime). Nobody can set or predict that time, so an index copied from
//! elsewhere does not match.

use std::{
    ffi::OsString,
    fs,
    io::{self, BufWriter, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use super::{
    index::Index,
    index_file::{self, Fingerprint},
};
use crate::{
    files::{self, Trust},
    store,
};

/// The two possible places of a reference's index: next to the file, and in the cache folder.
#[derive(Clone, Debug)]
pub struct IndexCache {
    places: [PathBuf; 2],
    fingerprint: Fingerprint,
    trust: Trust,
}

impl IndexCache {
    /// Fingerprints the reference. `salt` contains everything else that the index depends on.
    ///
    /// # Errors
    /// Fails if the reference cannot be read.
    pub fn new(reference: &Path, cache_dir: &Path, salt: &str) -> io::Result<Self> {
        let mut name = reference.file_stem().map_or_else(OsString::new, OsString::from);
        name.push(".castui-index");
        let (fingerprint, trust) = fingerprint(reference, salt)?;
        let mut unique = name.clone();
        // References of the same name in different folders need different places.
        let folder = blake3::hash(fs::canonicalize(reference)?.as_os_str().as_encoded_bytes());
        unique.push(format!("-{}", &folder.to_hex()[..16]));
        Ok(Self { places: [reference.with_file_name(name), cache_dir.join(unique)], fingerprint, trust })
    }

    /// Returns the index of a reference with these numbers of genes and cells, if one of the places contains a valid one.
    pub fn load(&self, genes: usize, cells: usize) -> Option<Index> {
        let limit = index_file::longest(genes, cells);
        let read = |place: &PathBuf| files::map(place, self.trust, limit).ok();
        let fits = |index: &Index| index.totals.len() == cells && index.projection.slots.len() == genes;
        self.places.iter().find_map(|place| index_file::decode(&read(place)?, &self.fingerprint).filter(fits))
    }

    /// Writes the index to the first place that is writable and trusted, and returns that place.
    pub fn save(&self, index: &Index) -> Option<&Path> {
        let is_kept =
            |place: &&PathBuf| keep(place, index, &self.fingerprint).is_ok() && files::open(place, self.trust).is_ok();
        self.places.iter().find(is_kept).map(PathBuf::as_path)
    }
}

/// Returns a digest of the reference's fingerprint, the time of its last change and the salt, and the owners whose index
/// files are trusted.
fn fingerprint(path: &Path, salt: &str) -> io::Result<(Fingerprint, Trust)> {
    let store::Fingerprint { size, modified, sample } = store::Fingerprint::of(path)?;
    let changed = store::Fingerprint::last_change(path)?;
    let mut hasher = blake3::Hasher::new();
    for part in [salt, &sample, &format!("{size} {modified} {changed}")] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    Ok((*hasher.finalize().as_bytes(), Trust::UserOr(path.metadata()?.uid())))
}

/// Replaces a file atomically: a reader sees the old file, the new one, or none.
fn keep(path: &Path, index: &Index, fingerprint: &Fingerprint) -> io::Result<()> {
    path.parent().map_or(Ok(()), files::create_private_folder)?;
    Ok(files::replace(path, |file| {
        let mut file = BufWriter::new(file);
        index_file::encode(index, fingerprint, &mut file)?;
        file.flush()
    })?)
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use super::*;
    use crate::server::index::{IndexOptions, tests::fake_index};

    const CELLS: usize = 30;
    const GENES: usize = 20;

    #[test]
    fn a_cached_index_is_found_until_the_reference_changes() {
        let folder = tempfile::tempdir().unwrap();
        let reference = folder.path().join("atlas.h5ad");
        fs::write(&reference, vec![1; 300_000]).unwrap();
        let cache_dir = folder.path().join("cache");
        let cache = IndexCache::new(&reference, &cache_dir, "X").unwrap();
        assert!(cache.load(GENES, CELLS).is_none());
        let index = fake_index(CELLS, GENES, IndexOptions::default()).unwrap();
        assert_eq!(cache.save(&index), Some(folder.path().join("atlas.castui-index").as_path()));
        assert_eq!(cache.load(GENES, CELLS).unwrap().totals, index.totals);
        assert!(IndexCache::new(&reference, &cache_dir, "raw.X").unwrap().load(GENES, CELLS).is_none());
        fs::write(&reference, vec![2; 300_000]).unwrap();
        assert!(IndexCache::new(&reference, &cache_dir, "X").unwrap().load(GENES, CELLS).is_none());
    }

    #[test]
    fn an_index_of_a_zarr_store_is_found_until_a_file_of_the_store_changes() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("atlas.zarr");
        fs::create_dir_all(store.join("X/c")).unwrap();
        fs::write(store.join("zarr.json"), "{}").unwrap();
        fs::write(store.join("X/c/0"), [1; 5000]).unwrap();
        let cache = || IndexCache::new(&store, folder.path(), "X").unwrap();
        let place = folder.path().join("atlas.castui-index");
        assert_eq!(cache().save(&fake_index(CELLS, GENES, IndexOptions::default()).unwrap()), Some(place.as_path()));
        assert!(cache().load(GENES, CELLS).is_some());
        fs::write(store.join("X/c/0"), [2; 5000]).unwrap();
        assert!(cache().load(GENES, CELLS).is_none());
    }

    #[test]
    fn a_damaged_index_is_ignored_and_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let reference = folder.path().join("atlas.h5ad");
        fs::write(&reference, "content").unwrap();
        let cache = IndexCache::new(&reference, folder.path(), "X").unwrap();
        fs::write(folder.path().join("atlas.castui-index"), "garbage").unwrap();
        assert!(cache.load(GENES, CELLS).is_none());
        cache.save(&fake_index(CELLS, GENES, IndexOptions::default()).unwrap()).unwrap();
        assert!(cache.load(GENES, CELLS).is_some());
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
        let place = cache.save(&fake_index(CELLS, GENES, IndexOptions::default()).unwrap()).unwrap();
        assert!(place.starts_with(&cache_dir));
        assert!(cache.load(GENES, CELLS).is_some());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "no temporary file is left");
    }

    #[test]
    fn an_index_copied_from_elsewhere_is_not_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let (reference, cache_dir) = (folder.path().join("atlas.h5ad"), folder.path().join("cache"));
        let place = folder.path().join("atlas.castui-index");
        fs::write(&reference, "content").unwrap();
        let index = fake_index(CELLS, GENES, IndexOptions::default()).unwrap();
        let cache = || IndexCache::new(&reference, &cache_dir, "X").unwrap();
        let is_read = || cache().load(GENES, CELLS).is_some();
        assert_eq!(cache().save(&index), Some(place.as_path()));
        assert!(is_read());
        assert!(cache().load(GENES + 1, CELLS).is_none() && cache().load(GENES, CELLS - 1).is_none());
        let mode = |mode| fs::set_permissions(&place, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        mode(0o666);
        assert!(!is_read(), "others can write to it");
        mode(0o600);
        if std::os::unix::fs::chown(&place, Some(65_534), None).is_ok() {
            assert!(!is_read(), "it is another user's");
            std::os::unix::fs::chown(&place, Some(0), None).unwrap();
        }
        // A copy of both files has the same content and the same times, except for the ctime.
        let modified = fs::metadata(&reference).unwrap().modified().unwrap();
        let copy = folder.path().join("copy");
        fs::copy(&reference, &copy).unwrap();
        File::options().write(true).open(&copy).unwrap().set_modified(modified).unwrap();
        fs::rename(&copy, &reference).unwrap();
        assert!(!is_read(), "it came with the reference");
        for hostile in ["/dev/zero", "/dev/tty"] {
            let _ = fs::remove_file(&place);
            std::os::unix::fs::symlink(hostile, &place).unwrap();
            assert!(!is_read(), "{hostile}");
        }
        fs::remove_file(&place).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&place).status().unwrap().success());
        assert!(!is_read(), "a pipe");
        // An untrusted index is replaced.
        assert_eq!(cache().save(&index), Some(place.as_path()));
        assert!(is_read());
        assert_eq!(fs::metadata(&place).unwrap().mode() & 0o777, 0o600);
    }
}
