//! What kind of file it is, from its content and never from its name.

use std::{
    fs::File,
    io::{ErrorKind, Read, Seek, SeekFrom},
    path::Path,
};

use super::Error;

const SIGNATURE: &[u8; 8] = b"\x89HDF\r\n\x1a\n";

/// What other files begin with, what they are, and what to do.
const STRANGERS: &[(&[u8], &str, &str)] = &[
    (b"\x1f\x8b", "compressed with gzip", "unpack it with gunzip first"),
    (b"PK\x03\x04", "a zip archive", "unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", "unpack it with unzstd first"),
    (b"BZh", "compressed with bzip2", "unpack it with bunzip2 first"),
    (b"\xfd7zXZ\0", "compressed with xz", "unpack it with unxz first"),
    (b"RDX", "an R data file", "convert it to .h5ad in R, with zellkonverter say"),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself", "fetch the file with 'git lfs pull'"),
    (b"%%MatrixMarket", "a Matrix Market file", "read it with scanpy and write an .h5ad"),
    (b"<", "a web page or XML, not data", "the download failed; fetch the file again"),
];

/// Checks that a path is a whole HDF5 file.
pub fn check_file(path: &Path) -> Result<(), Error> {
    let io = |source| Error::Io { path: path.to_owned(), source };
    // Before it is opened, which for a pipe waits for whoever writes into it.
    let metadata = path.metadata().map_err(io)?;
    if metadata.is_dir() {
        return Err(not_hdf5(path, "a directory", "give an .h5ad or .h5 file; a zarr store cannot be read"));
    }
    if !metadata.is_file() {
        return Err(not_hdf5(path, "a pipe or a device", "write it to a file first: parts of it are read again"));
    }
    let mut file = File::open(path).map_err(io)?;
    let mut begin = Vec::new();
    file.by_ref().take(64).read_to_end(&mut begin).map_err(io)?;
    match superblock(&mut file, metadata.len()) {
        Ok(Some(block)) => check_superblock(path, &block, metadata.len()),
        Ok(None) => Err(stranger(path, &begin)),
        Err(source) if source.kind() == ErrorKind::UnexpectedEof => {
            Err(Error::Truncated { path: path.to_owned(), expected: metadata.len() + 1, actual: metadata.len() })
        }
        Err(source) => Err(io(source)),
    }
}

/// Checks that bytes are a whole HDF5 file.
pub fn check_image(name: &Path, image: &[u8]) -> Result<(), Error> {
    match image.get(..64) {
        Some(block) if block.starts_with(SIGNATURE) => check_superblock(name, block, image.len() as u64),
        _ => Err(stranger(name, image)),
    }
}

/// The first 64 bytes of the superblock, which may lie behind a block of the user's.
fn superblock(file: &mut File, size: u64) -> std::io::Result<Option<[u8; 64]>> {
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

fn stranger(path: &Path, begin: &[u8]) -> Error {
    let known = STRANGERS.iter().find(|(magic, ..)| begin.starts_with(magic));
    match known {
        _ if begin.is_empty() => not_hdf5(path, "empty", "fetch it again"),
        Some(&(_, found, fix)) => not_hdf5(path, found, fix),
        None => not_hdf5(path, "something else", "give an .h5ad or a 10x .h5 file"),
    }
}

fn not_hdf5(path: &Path, found: &'static str, fix: &'static str) -> Error {
    Error::NotHdf5 { path: path.to_owned(), found, fix }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(content: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.h5ad");
        std::fs::write(&path, content).unwrap();
        check_file(&path).map_or_else(|error| error.to_string(), |()| "HDF5".to_owned())
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
    fn other_files_are_named_with_a_way_out() {
        assert!(check(b"\x1f\x8b\x08abc").contains("gunzip"));
        assert!(check(b"<!DOCTYPE html>").contains("web page"));
        assert!(check(b"PK\x03\x04").contains("zip"));
        assert!(check(b"").contains("empty"));
        assert!(check(b"cell,gene\n1,2\n").contains("not an HDF5 file"));
        let folder = tempfile::tempdir().unwrap();
        assert!(check_file(folder.path()).unwrap_err().to_string().contains("directory"));
        assert!(check_file(Path::new("/dev/null")).unwrap_err().to_string().contains("a pipe or a device"));
    }

    #[test]
    fn a_truncated_file_is_told_by_its_superblock() {
        assert_eq!(check(&superblock_0(96, 0)), "HDF5");
        assert_eq!(check(&superblock_0(608, 512)), "HDF5");
        assert!(check(&superblock_0(5000, 0)).contains("5000 bytes, the file has 96"));
        assert!(check(&superblock_0(96, 0)[..30]).contains("truncated"));
    }
}
