//! Detection of the file type from the content, never from the name.

use std::{
    fs::{File, Metadata, OpenOptions},
    io::{ErrorKind, Read, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

mod folder;
mod foreign;

use super::Error;
pub(crate) use folder::{names_in, resolve};
use foreign::ForeignFile;

const SIGNATURE: &[u8; 8] = b"\x89HDF\r\n\x1a\n";

/// Opens a regular file for reading. Nothing else is opened: opening a pipe blocks until something writes to it.
pub fn open(path: &Path) -> Result<File, Error> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Error::NoFile { path: path.to_owned(), beside: folder::matrices_beside(path) },
        _ => Error::Io { path: path.to_owned(), source: error },
    };
    refuse_other_kinds(path, &path.metadata().map_err(failed)?)?;
    let opened = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path);
    let file = opened.map_err(failed)?;
    // The path may lead to something else by now.
    refuse_other_kinds(path, &file.metadata().map_err(failed)?)?;
    Ok(file)
}

fn refuse_other_kinds(path: &Path, metadata: &Metadata) -> Result<(), Error> {
    if metadata.is_dir() {
        return Err(folder::refused(path));
    }
    if !metadata.is_file() {
        let fix = "write it to a file first: parts of it are read again";
        return Err(not_hdf5(path, ForeignFile { found: "a pipe or a device".into(), fix: fix.into() }));
    }
    Ok(())
}

/// Returns the first bytes of an open file. `path` is used in error messages.
pub fn begin(path: &Path, mut file: &File) -> Result<Vec<u8>, Error> {
    let mut begin = Vec::new();
    let read = file.rewind().and_then(|()| file.take(foreign::NEEDED).read_to_end(&mut begin));
    read.map_err(|source| Error::Io { path: path.to_owned(), source })?;
    Ok(begin)
}

/// Checks that an open file is a complete HDF5 file. `path` is used in error messages.
pub fn check_file(path: &Path, file: &File) -> Result<(), Error> {
    let io = |source| Error::Io { path: path.to_owned(), source };
    let metadata = file.metadata().map_err(io)?;
    let begin = begin(path, file)?;
    match superblock(file, metadata.len()) {
        Ok(Some(block)) => check_superblock(path, &block, metadata.len()),
        Ok(None) => Err(not_hdf5(path, foreign::identify(path, &begin))),
        Err(source) if source.kind() == ErrorKind::UnexpectedEof => {
            Err(Error::Truncated { path: path.to_owned(), expected: metadata.len() + 1, actual: metadata.len() })
        }
        Err(source) => Err(io(source)),
    }
}

/// Checks that bytes are a complete HDF5 file.
pub fn check_image(name: &Path, image: &[u8]) -> Result<(), Error> {
    match image.get(..64) {
        Some(block) if block.starts_with(SIGNATURE) => check_superblock(name, block, image.len() as u64),
        _ => Err(not_hdf5(name, foreign::identify(name, image))),
    }
}

/// Reads the first 64 bytes of the superblock, which may follow a user block.
fn superblock(mut file: &File, size: u64) -> std::io::Result<Option<[u8; 64]>> {
    let mut offset = 0;
    while offset + SIGNATURE.len() as u64 <= size {
        let mut signature = [0; 8];
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(&mut signature)?;
        if signature == *SIGNATURE {
            let mut block = [0; 64];
            file.seek(SeekFrom::Start(offset))?;
            file.read_exact(&mut block)?;
            return Ok(Some(block));
        }
        offset = if offset == 0 { 512 } else { offset * 2 };
    }
    Ok(None)
}

fn check_superblock(path: &Path, block: &[u8], actual: u64) -> Result<(), Error> {
    let (end, wide, open) = match block[8] {
        0 => (40, block[13] == 8, false),
        1 => (44, block[13] == 8, false),
        version => (28, block[9] == 8, version >= 3 && block[11] & 0b101 != 0),
    };
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&block[end..end + 8]);
    let expected = u64::from_le_bytes(bytes);
    if wide && expected > actual {
        return Err(Error::Truncated { path: path.to_owned(), expected, actual });
    }
    if open { Err(Error::NotClosed { path: path.to_owned() }) } else { Ok(()) }
}

fn not_hdf5(path: &Path, ForeignFile { found, fix }: ForeignFile) -> Error {
    Error::NotHdf5 { path: path.to_owned(), found, fix }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(content: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.h5ad");
        std::fs::write(&path, content).unwrap();
        open(&path)
            .and_then(|file| check_file(&path, &file))
            .map_or_else(|error| error.to_string(), |()| "HDF5".to_owned())
    }

    fn superblock_0(end: u64, user_block: usize) -> Vec<u8> {
        let mut file = vec![b' '; user_block];
        file.extend_from_slice(SIGNATURE);
        file.extend_from_slice(&[0, 0, 0, 0, 0, 8, 8, 0]);
        file.resize(user_block + 40, 0);
        file.extend_from_slice(&end.to_le_bytes());
        file.resize(user_block + 96, 0);
        file
    }

    #[test]
    fn a_truncated_file_is_detected_from_its_superblock() {
        assert_eq!(check(&superblock_0(96, 0)), "HDF5");
        assert_eq!(check(&superblock_0(608, 512)), "HDF5");
        assert!(check(&superblock_0(5000, 0)).contains("5000 bytes, the file has 96"));
        assert!(check(&superblock_0(96, 0)[..30]).contains("truncated"));
    }
}
