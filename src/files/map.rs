//! Maps files into memory.

use std::{io, path::Path};

use bytes::Bytes;
use memmap2::Mmap;

use super::open::{Trust, open, refusal};

/// Maps a file of at most `limit` bytes into memory. The system reads its pages when they are used, and may drop them.
/// See [`open`] for the rules of opening. A mapped file must be replaced rather than written to: if it becomes shorter, the
/// system ends the process.
///
/// # Errors
/// Fails like [`open`], if the file cannot be mapped, and with a refusal if it is longer.
pub fn map(path: &Path, trust: Trust, limit: u64) -> io::Result<Bytes> {
    let file = open(path, trust)?;
    if file.metadata()?.len() > limit {
        return Err(refusal(&format!("it is longer than the {limit} bytes that such a file may have")));
    }
    // SAFETY: The bytes must not change while they are mapped. Only trusted users can write to the file, and castui never
    // writes to a file in place: `replace` renames a new file over the old one, whose content stays mapped.
    let mapped = unsafe { Mmap::map(&file) }?;
    Ok(Bytes::from_owner(mapped))
}

#[cfg(test)]
mod tests {
    use std::{
        fs::{self, Permissions},
        io::Write,
        os::unix::fs::{PermissionsExt, symlink},
    };

    use super::*;
    use crate::files::replace;

    #[test]
    fn a_mapped_file_keeps_its_content_when_it_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index");
        replace(&path, |file| file.write_all(b"first")).unwrap();
        let mapped = map(&path, Trust::User, 5).unwrap();
        replace(&path, |file| file.write_all(b"second")).unwrap();
        assert_eq!(mapped, &b"first"[..]);
        assert_eq!(map(&path, Trust::User, 6).unwrap(), &b"second"[..]);
    }

    #[test]
    fn only_trusted_regular_files_up_to_the_limit_are_mapped() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("index"), folder.path().join("link"));
        fs::write(&path, "12345").unwrap();
        symlink(&path, &link).unwrap();
        assert!(map(&path, Trust::User, 4).is_err());
        assert!(map(&link, Trust::User, 5).is_err() && map(folder.path(), Trust::User, 5).is_err());
        fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
        assert!(map(&path, Trust::User, 5).is_err());
    }
}
