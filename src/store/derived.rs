//! Files of derived data in a subfolder of a run folder. A file that is missing, damaged, or made from another data file
//! is made again.
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

use super::{Fingerprint, Run, layout::MANIFEST};
use crate::{
    files::{self, Trust},
    matrix::CountSource,
};

/// The size in bytes of the header: magic, identity, digest of the body.
const HEADER: u64 = 8 + 32 + 32;

/// A kind of derived files.
#[derive(Debug)]
pub(super) struct Kind {
    /// The name of the subfolder.
    pub folder: &'static str,
    /// The ending of the files' names. The rest of a name consists of hexadecimal digits.
    pub suffix: &'static str,
    /// The first bytes of a file, with the version of the format.
    pub magic: [u8; 8],
    /// The maximum size in bytes of all files. The oldest are removed.
    pub most_bytes: u64,
    /// The maximum number of files.
    pub most_files: usize,
}

/// The derived files of one kind in a run folder.
#[derive(Debug)]
pub(super) struct DerivedFiles {
    folder: PathBuf,
    kind: &'static Kind,
    identity: [u8; 32],
}

impl DerivedFiles {
    /// Opens the derived files of a run for the counts in a matrix of a file. Nothing is read or created.
    ///
    /// # Errors
    /// Fails if the file or the manifest cannot be read.
    pub fn open(run: &Run, file: &Path, source: &CountSource, kind: &'static Kind) -> io::Result<Self> {
        let Fingerprint { size, modified, sample } = Fingerprint::of(file)?;
        let (file, manifest) = (fs::metadata(file)?, fs::metadata(run.folder().join(MANIFEST))?);
        let input = &run.manifest().input;
        let mut hasher = blake3::Hasher::new();
        let changed = [&file, &manifest].map(|metadata| (metadata.ctime(), metadata.ctime_nsec()));
        let parts = (size, modified, sample, changed, source, input.genes, input.cells, input.allow_non_counts);
        hasher.update(&serde_json::to_vec(&parts)?);
        hasher.update(run.manifest().run_id.as_bytes());
        Ok(Self { folder: run.folder().join(kind.folder), kind, identity: *hasher.finalize().as_bytes() })
    }

    /// Returns the body of a file; `None` if it is missing, stale, damaged or longer than `limit` bytes.
    pub fn read(&self, name: &str, limit: u64) -> Option<Vec<u8>> {
        let bytes = files::read(&self.path(name), Trust::User, HEADER.saturating_add(limit)).ok()?;
        open(bytes, self.kind.magic, &self.identity)
    }

    /// Writes the body of a file, and removes the oldest files beyond the limits. Failures are ignored, because a missing
    /// file only costs time. Nothing is written into the run folder of another user.
    pub fn write(&self, name: &str, body: &[u8]) {
        let is_link = self.folder.symlink_metadata().is_ok_and(|found| !found.is_dir());
        let is_too_large = HEADER + body.len() as u64 > self.kind.most_bytes;
        if is_link || is_too_large || !self.folder.parent().is_some_and(files::is_own_folder) {
            return;
        }
        let path = self.path(name);
        let temporary = files::temporary_beside(&path);
        // The file is not synced: the digest reveals a torn one.
        let written = files::create_private_folder(&self.folder)
            .and_then(|()| files::create_new(&temporary))
            .and_then(|mut file| file.write_all(&sealed(body, self.kind.magic, &self.identity)))
            .and_then(|()| fs::rename(&temporary, &path));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        self.kind.trim(&self.folder, self.kind.most_bytes, self.kind.most_files);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}{}", self.kind.suffix))
    }
}

impl Kind {
    /// Removes the files of a run. Other files in the folder are not touched.
    ///
    /// # Errors
    /// Fails if a file cannot be removed.
    pub fn remove(&self, run: &Run) -> io::Result<()> {
        let folder = run.folder().join(self.folder);
        for (path, _) in self.files(&folder) {
            fs::remove_file(path)?;
        }
        match fs::remove_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    /// Returns the files of this kind in a folder, including unfinished ones.
    fn files(&self, folder: &Path) -> Vec<(PathBuf, fs::Metadata)> {
        let is_ours = |name: &str| {
            let stem = name.strip_suffix(self.suffix);
            stem.is_some_and(|stem| stem.bytes().all(|byte| byte.is_ascii_hexdigit())) || files::is_unfinished(name)
        };
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let ours = entries.filter(|entry| is_ours(&entry.file_name().to_string_lossy()));
        ours.filter_map(|entry| Some((entry.path(), entry.metadata().ok()?))).collect()
    }

    /// Removes the oldest files until the limits are met.
    fn trim(&self, folder: &Path, most_bytes: u64, most_files: usize) {
        let mut files = self.files(folder);
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
}

/// Returns a body with its header.
fn sealed(body: &[u8], magic: [u8; 8], identity: &[u8; 32]) -> Vec<u8> {
    [&magic[..], identity, blake3::hash(body).as_bytes(), body].concat()
}

/// Returns the body of a file if its header is as expected.
fn open(mut bytes: Vec<u8>, magic: [u8; 8], identity: &[u8; 32]) -> Option<Vec<u8>> {
    let rest = bytes.strip_prefix(&magic)?.strip_prefix(identity)?;
    let (digest, body) = rest.split_first_chunk::<32>()?;
    if blake3::hash(body) != *digest {
        return None;
    }
    bytes.drain(..HEADER as usize);
    Some(bytes)
}

#[cfg(test)]
pub(super) mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// Opens the derived files of a folder that is not a run.
    pub(in crate::store) fn opened(folder: &Path, kind: &'static Kind, identity: u8) -> DerivedFiles {
        DerivedFiles { folder: folder.join(kind.folder), kind, identity: [identity; 32] }
    }

    const KIND: Kind =
        Kind { folder: "things", suffix: ".thing", magic: *b"castuiT1", most_bytes: 1 << 20, most_files: 100 };

    #[test]
    fn every_damage_and_every_other_identity_is_recognized() {
        let (magic, identity, body) = (KIND.magic, [7; 32], vec![1, 2, 3]);
        let good = sealed(&body, magic, &identity);
        assert_eq!(open(good.clone(), magic, &identity), Some(body));
        assert_eq!(open(good.clone(), magic, &[8; 32]), None);
        for place in 0..good.len() {
            let mut damaged = good.clone();
            damaged[place] ^= 1;
            assert_eq!(open(damaged, magic, &identity), None, "byte {place}");
            assert_eq!(open(good[..place].to_vec(), magic, &identity), None, "cut at {place}");
        }
    }

    #[test]
    fn files_are_private_and_the_oldest_are_removed() {
        let run = tempfile::tempdir().unwrap();
        let files = opened(run.path(), &KIND, 1);
        for name in ["0", "1", "2", "3"] {
            files.write(name, &[0; 100]);
            let file = fs::File::options().append(true).open(files.path(name)).unwrap();
            let modified = std::time::UNIX_EPOCH + std::time::Duration::from_secs(name.parse().unwrap());
            file.set_modified(modified).unwrap();
        }
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&files.folder), mode(&files.path("0"))), (0o700, 0o600));
        fs::write(files.folder.join("mine.txt"), "x").unwrap();
        KIND.trim(&files.folder, u64::MAX, 3);
        let size = files.path("3").metadata().unwrap().len();
        KIND.trim(&files.folder, 2 * size, 100);
        assert_eq!(["0", "1", "2", "3"].map(|name| files.read(name, 100).is_some()), [false, false, true, true]);
        assert!(files.folder.join("mine.txt").exists());
        assert_eq!(files.read("3", 99), None, "longer than the limit");
    }

    #[test]
    fn a_body_beyond_the_limit_of_the_folder_is_not_written() {
        let run = tempfile::tempdir().unwrap();
        let files = opened(run.path(), &KIND, 1);
        files.write("0", &[0; 1 << 20]);
        assert!(!files.folder.exists());
    }

    #[test]
    fn a_link_is_neither_read_nor_written_through() {
        let (run, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let files = opened(run.path(), &KIND, 1);
        std::os::unix::fs::symlink(elsewhere.path(), &files.folder).unwrap();
        files.write("1", b"x");
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
        fs::remove_file(&files.folder).unwrap();
        files.write("1", b"x");
        fs::rename(files.path("1"), elsewhere.path().join("x")).unwrap();
        std::os::unix::fs::symlink(elsewhere.path().join("x"), files.path("1")).unwrap();
        assert_eq!(files.read("1", 9), None);
    }
}
