//! Identification of files that are not HDF5. In: the first bytes. Out: a description, and how to convert the file. The
//! content of compressed files is identified as well.

use std::{borrow::Cow, io::Read, path::Path};

use super::SIGNATURE;

/// Number of bytes needed; the signature of tar is at offset 257.
pub(super) const NEEDED: u64 = 4096;
/// Number of bytes to decompress.
const INSIDE: u64 = 512;

/// A description of a file that is not HDF5.
pub(super) struct ForeignFile {
    /// The kind of file, with an article.
    pub(super) found: Cow<'static, str>,
    /// The remedy.
    pub(super) fix: Cow<'static, str>,
}

/// A compression format and the command that undoes it.
#[derive(Clone, Copy)]
struct Compression {
    magic: &'static [u8],
    name: &'static str,
    command: &'static str,
    unpack: fn(&[u8]) -> Vec<u8>,
}

const COMPRESSIONS: [Compression; 4] = [
    Compression { magic: b"\x1f\x8b", name: "gzip", command: "gunzip", unpack: unpack_gzip },
    Compression { magic: b"\x28\xb5\x2f\xfd", name: "zstd", command: "unzstd", unpack: unpack_zstd },
    Compression { magic: b"BZh", name: "bzip2", command: "bunzip2", unpack: |_| Vec::new() },
    Compression { magic: b"\xfd7zXZ\0", name: "xz", command: "unxz", unpack: |_| Vec::new() },
];

/// Signatures of other files, with the description and the remedy.
const KNOWN: &[(&[u8], &str, &str)] = &[
    (b"RDX", R_DATA, FROM_R),
    (b"RDA", R_DATA, FROM_R),
    (b"X\n\0\0\0", R_DATA, FROM_R),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself", "fetch the file with 'git lfs pull'"),
    (b"\x93NUMPY", "a NumPy array", "put it into an AnnData object in Python, and write an .h5ad"),
    (b"PAR1", "a Parquet table", "put it into an AnnData object in Python, and write an .h5ad"),
    (b"\x80\x04\x95", "a Python pickle", "load it where it was made, and write an .h5ad"),
    (b"\x80\x05\x95", "a Python pickle", "load it where it was made, and write an .h5ad"),
    (b"<", "a web page or XML, not data", "the download failed; download the file again"),
];

/// The signature of an entry of a zip archive.
const ZIP_ENTRY: &[u8] = b"PK\x03\x04";
/// Names of the metadata files of a Zarr store.
const ZARR_FILES: [&str; 5] = [".zgroup", ".zarray", ".zattrs", ".zmetadata", "zarr.json"];
const R_DATA: &str = "an R data file";
const FROM_R: &str = "convert it to .h5ad in R, with zellkonverter for example";
const TABLE: &str = "a text table";
const FROM_TABLE: &str = "convert it in Python: a = scanpy.read_csv('FILE').T if genes are rows, without .T if cells are \
                          (read_text for tabs), then a.write('counts.h5ad')";

/// Identifies a file from its first bytes. The name is used only for compressed content that cannot be decompressed
/// here.
pub(super) fn identify(path: &Path, begin: &[u8]) -> ForeignFile {
    if begin.is_empty() {
        return foreign("empty", "download it again");
    }
    if let Some(compression) = COMPRESSIONS.iter().find(|known| begin.starts_with(known.magic)) {
        return compressed(path, *compression, begin);
    }
    if begin.starts_with(ZIP_ENTRY) {
        return zipped(begin);
    }
    let is_known = || KNOWN.iter().any(|(magic, ..)| begin.starts_with(magic));
    if has_extension(path, &["mtx"]) && is_text(begin) && !is_known() {
        return foreign(
            "text without the first line of a Matrix Market file, %%MatrixMarket",
            "write the counts again with scipy.io.mmwrite or Matrix::writeMM",
        );
    }
    plain(begin)
        .unwrap_or_else(|| foreign("something else", "choose an .h5ad, .h5mu, .loom or 10x .h5 file, or a matrix.mtx"))
}

fn foreign(found: &'static str, fix: &'static str) -> ForeignFile {
    ForeignFile { found: found.into(), fix: fix.into() }
}

fn plain(begin: &[u8]) -> Option<ForeignFile> {
    let known = KNOWN.iter().find(|(magic, ..)| begin.starts_with(magic));
    if let Some(&(_, found, fix)) = known {
        return Some(foreign(found, fix));
    }
    if begin.get(257..262) == Some(b"ustar") {
        return Some(foreign("a tar archive", "unpack it with tar -xf, and give the .h5ad or .h5 file inside"));
    }
    is_table(begin).then(|| foreign(TABLE, FROM_TABLE))
}

/// Returns whether a path has one of these extensions, whose case does not matter.
fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    extension.is_some_and(|extension| extensions.contains(&extension.as_str()))
}

/// Returns whether bytes have no control characters but tabs and ends of lines.
fn is_text(begin: &[u8]) -> bool {
    begin.iter().all(|byte| *byte >= b' ' || matches!(byte, b'\t' | b'\r' | b'\n'))
}

/// Returns whether bytes are lines of text with separators.
fn is_table(begin: &[u8]) -> bool {
    let first = begin.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let has_columns = first.iter().any(|byte| matches!(byte, b'\t' | b',' | b';'));
    is_text(begin) && std::str::from_utf8(first).is_ok() && has_columns
}

fn compressed(path: &Path, compression: Compression, begin: &[u8]) -> ForeignFile {
    let Compression { name, command, unpack, .. } = compression;
    let inside = unpack(begin);
    let of_r = || inside.is_empty() && has_extension(path, &["rds", "rda", "rdata"]);
    if inside.starts_with(SIGNATURE) {
        let found = format!("compressed with {name}").into();
        return ForeignFile { found, fix: format!("unpack it with {command} first").into() };
    }
    if of_r() {
        return ForeignFile { found: format!("{R_DATA}, compressed with {name}").into(), fix: FROM_R.into() };
    }
    match plain(&inside) {
        Some(known) => ForeignFile { found: format!("{}, compressed with {name}", known.found).into(), fix: known.fix },
        None => ForeignFile {
            found: format!("compressed with {name}").into(),
            fix: format!("unpack it with {command} first; only a matrix file inside can be read").into(),
        },
    }
}

fn unpack_gzip(begin: &[u8]) -> Vec<u8> {
    let mut inside = Vec::new();
    // The input is only the beginning of the file, so an error at its end is expected.
    let _ = flate2::read::MultiGzDecoder::new(begin).take(INSIDE).read_to_end(&mut inside);
    inside
}

fn unpack_zstd(begin: &[u8]) -> Vec<u8> {
    let mut inside = Vec::new();
    if let Ok(decoder) = zstd::Decoder::with_buffer(begin) {
        // As for gzip, an error at the end is expected.
        let _ = decoder.take(INSIDE).read_to_end(&mut inside);
    }
    inside
}

/// Returns the names of the entries of a zip archive whose headers are in its first bytes.
fn names_in_zip(begin: &[u8]) -> impl Iterator<Item = Cow<'_, str>> {
    let headers = (0..begin.len()).filter(|&at| begin[at..].starts_with(ZIP_ENTRY));
    headers.filter_map(|at| {
        let length = begin.get(at + 26..at + 28)?;
        let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
        Some(String::from_utf8_lossy(begin.get(at + 30..at + 30 + length)?))
    })
}

/// Identifies a zip archive from the names of its first entries.
fn zipped(begin: &[u8]) -> ForeignFile {
    let is_of_zarr = |name: Cow<str>| name.rsplit('/').next().is_some_and(|last| ZARR_FILES.contains(&last));
    if names_in_zip(begin).any(is_of_zarr) {
        return foreign("a Zarr store in a zip archive", "unpack it into an empty folder, and give that folder");
    }
    let name = names_in_zip(begin).next().unwrap_or_default();
    let last = name.rsplit('/').next().unwrap_or_default();
    match last {
        _ if name.starts_with("[Content_Types]") => foreign(
            "an Excel or other Office file",
            "read the table with pandas, and write an .h5ad with cells as rows",
        ),
        _ if last.ends_with(".npy") => {
            foreign("a NumPy archive (.npz)", "put its arrays into an AnnData object in Python, and write an .h5ad")
        }
        _ => foreign("a zip archive", "unpack it first, and give the .h5ad or .h5 file inside"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn message(name: &str, begin: &[u8]) -> String {
        let ForeignFile { found, fix } = identify(Path::new(name), begin);
        format!("{found}; {fix}")
    }

    fn gzipped(inside: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(inside).unwrap();
        encoder.finish().unwrap()
    }

    fn assert_message(name: &str, begin: &[u8], words: &[&str], not: &[&str]) {
        let message = message(name, begin);
        assert!(words.iter().all(|word| message.contains(word)), "{name}: {message}");
        assert!(!not.iter().any(|word| message.contains(word)), "{name}: {message}");
    }

    #[test]
    fn unpacking_is_suggested_only_for_content_that_can_be_read() {
        assert_message("x.h5ad.gz", &gzipped(b"\x89HDF\r\n\x1a\n..."), &["unpack it with gunzip first"], &["R data"]);
        let zstd = zstd::encode_all(&b"\x89HDF\r\n\x1a\n..."[..], 1).unwrap();
        assert_message("x.h5ad.zst", &zstd, &["unpack it with unzstd first"], &[]);
        assert_message("x.rds", &gzipped(b"X\n\0\0\0\x03\0\x04"), &["R data", "zellkonverter"], &["gunzip"]);
        assert_message("x.rds.gz", &gzipped(b"RDX3\nX\n"), &["R data", "zellkonverter"], &["gunzip"]);
        assert_message("x.rds", b"\xfd7zXZ\0\0\x04", &["R data", "compressed with xz"], &["unxz"]);
        assert_message("x.RData", b"BZh91AY&SY", &["R data"], &["bunzip2"]);
        assert_message("x.tsv.gz", &gzipped(b"\tc1\tc2\nACTB\t1\t2\n"), &["text table", "gzip"], &["gunzip"]);
        let mut tar = vec![0; 512];
        tar[..4].copy_from_slice(b"a.h5");
        tar[257..262].copy_from_slice(b"ustar");
        assert_message("x.tar.gz", &gzipped(&tar), &["tar archive", "tar -xf"], &["gunzip"]);
        assert_message("x.gz", &gzipped(&[0xa7; 100]), &["unpack it with gunzip first", "only a matrix"], &[]);
    }

    #[test]
    fn archives_and_tables_are_identified() {
        let zip = |name: &str| {
            let mut zip = b"PK\x03\x04".to_vec();
            zip.resize(26, 0);
            zip.extend([name.len() as u8, 0, 0, 0]);
            zip.extend(name.as_bytes());
            zip
        };
        assert_message("x", &zip("[Content_Types].xml"), &["Excel", "pandas"], &["unpack"]);
        assert_message("x", &zip("data.npy"), &["NumPy"], &["unpack"]);
        for name in ["store/.zgroup", "zarr.json"] {
            assert_message("x", &zip(name), &["Zarr", "unpack it into an empty folder"], &[".h5ad"]);
        }
        let folders_first = [zip("obsp/"), zip("obsp/array/"), zip("obsp/array/.zarray")].concat();
        assert_message("x", &folders_first, &["Zarr", "unpack it into an empty folder"], &[".h5ad"]);
        assert_message("x", &zip("x.h5ad"), &["zip archive", "unpack"], &[]);
        assert_message("x", b"PK\x03\x04\x14\0", &["zip archive"], &[]);
        assert_message("x", b"cell,gene\n1,2\n", &["text table"], &[]);
        assert_message("x", b"no columns here\n", &["something else"], &[]);
        assert_message("x.mtx", b"1 11 1\n1 33 1\n", &["%%MatrixMarket", "mmwrite"], &[]);
        assert_message("x.mtx", b"version https://git-lfs.github.com/spec/v1\n", &["Git LFS"], &["%%MatrixMarket"]);
        assert_message("x", b"<!DOCTYPE html>", &["web page"], &[]);
        assert_message("x", b"", &["empty"], &[]);
    }
}
