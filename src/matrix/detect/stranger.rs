//! What a file is that is not HDF5, from its first bytes, and what to do with it. A compressed file is looked into.

use std::{borrow::Cow, io::Read, path::Path};

use super::SIGNATURE;

/// Bytes needed: tar has its mark at 257.
pub(super) const NEEDED: u64 = 4096;
/// Bytes looked at of what is compressed.
const INSIDE: u64 = 512;

/// What a file is, and what to do.
pub(super) struct Stranger {
    /// What it is, with an article.
    pub(super) found: Cow<'static, str>,
    /// What to do.
    pub(super) fix: Cow<'static, str>,
}

/// A compression, and how it is undone.
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

/// What other files begin with, what they are, and what to do.
const KNOWN: &[(&[u8], &str, &str)] = &[
    (b"RDX", R_DATA, FROM_R),
    (b"RDA", R_DATA, FROM_R),
    (b"X\n\0\0\0", R_DATA, FROM_R),
    (b"version https://git-lfs", "a Git LFS pointer, not the file itself", "fetch the file with 'git lfs pull'"),
    (b"%%MatrixMarket", MATRIX_MARKET, FROM_MATRIX_MARKET),
    (b"\x93NUMPY", "a NumPy array", "put it into an AnnData object in Python, and write an .h5ad"),
    (b"PAR1", "a Parquet table", "put it into an AnnData object in Python, and write an .h5ad"),
    (b"\x80\x04\x95", "a Python pickle", "load it where it was made, and write an .h5ad"),
    (b"\x80\x05\x95", "a Python pickle", "load it where it was made, and write an .h5ad"),
    (b"<", "a web page or XML, not data", "the download failed; fetch the file again"),
];

const R_DATA: &str = "an R data file";
const FROM_R: &str = "convert it to .h5ad in R, with zellkonverter for example";
const MATRIX_MARKET: &str = "a Matrix Market file";
const FROM_MATRIX_MARKET: &str = "read its folder with scanpy.read_10x_mtx, and write an .h5ad";
const TABLE: &str = "a text table";
const FROM_TABLE: &str = "read it with scanpy.read_csv or pandas, and write an .h5ad with cells as rows";

/// Tells what a file is from its first bytes. The name helps only where those are packed in a way that is not read here.
pub(super) fn identify(path: &Path, begin: &[u8]) -> Stranger {
    if begin.is_empty() {
        return stranger("empty", "fetch it again");
    }
    if let Some(compression) = COMPRESSIONS.iter().find(|known| begin.starts_with(known.magic)) {
        return compressed(path, *compression, begin);
    }
    if begin.starts_with(b"PK\x03\x04") {
        return zipped(begin);
    }
    plain(begin).unwrap_or_else(|| stranger("something else", "give an .h5ad or a 10x .h5 file"))
}

fn stranger(found: &'static str, fix: &'static str) -> Stranger {
    Stranger { found: found.into(), fix: fix.into() }
}

fn plain(begin: &[u8]) -> Option<Stranger> {
    let known = KNOWN.iter().find(|(magic, ..)| begin.starts_with(magic));
    if let Some(&(_, found, fix)) = known {
        return Some(stranger(found, fix));
    }
    if begin.get(257..262) == Some(b"ustar") {
        return Some(stranger("a tar archive", "unpack it with tar -xf, and give the .h5ad or .h5 file inside"));
    }
    is_table(begin).then(|| stranger(TABLE, FROM_TABLE))
}

/// Whether bytes are lines of text with separators.
fn is_table(begin: &[u8]) -> bool {
    let is_text = |&byte: &u8| byte >= b' ' || matches!(byte, b'\t' | b'\r' | b'\n');
    let first = begin.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let has_columns = first.iter().any(|byte| matches!(byte, b'\t' | b',' | b';'));
    begin.iter().all(is_text) && std::str::from_utf8(first).is_ok() && has_columns
}

fn compressed(path: &Path, compression: Compression, begin: &[u8]) -> Stranger {
    let Compression { name, command, unpack, .. } = compression;
    let inside = unpack(begin);
    let of_r = || {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        inside.is_empty() && extension.is_some_and(|extension| ["rds", "rda", "rdata"].contains(&extension.as_str()))
    };
    if inside.starts_with(SIGNATURE) {
        let found = format!("compressed with {name}").into();
        return Stranger { found, fix: format!("unpack it with {command} first").into() };
    }
    if of_r() {
        return Stranger { found: format!("{R_DATA}, compressed with {name}").into(), fix: FROM_R.into() };
    }
    match plain(&inside) {
        Some(known) => Stranger { found: format!("{}, compressed with {name}", known.found).into(), fix: known.fix },
        None => Stranger {
            found: format!("compressed with {name}").into(),
            fix: format!("unpack it with {command} first; only an .h5ad or 10x .h5 file inside can be read").into(),
        },
    }
}

fn unpack_gzip(begin: &[u8]) -> Vec<u8> {
    let mut inside = Vec::new();
    // What was unpacked before the bytes ended is enough.
    let _ = flate2::read::MultiGzDecoder::new(begin).take(INSIDE).read_to_end(&mut inside);
    inside
}

fn unpack_zstd(begin: &[u8]) -> Vec<u8> {
    let mut inside = Vec::new();
    if let Ok(decoder) = zstd::Decoder::with_buffer(begin) {
        // As with gzip.
        let _ = decoder.take(INSIDE).read_to_end(&mut inside);
    }
    inside
}

/// A zip archive, told by the name of its first entry.
fn zipped(begin: &[u8]) -> Stranger {
    let length = begin.get(26..28).map_or(0, |bytes| usize::from(u16::from_le_bytes([bytes[0], bytes[1]])));
    let name = begin.get(30..30 + length).map(String::from_utf8_lossy).unwrap_or_default();
    let last = name.rsplit('/').next().unwrap_or_default();
    match last {
        _ if name.starts_with("[Content_Types]") => stranger(
            "an Excel or other Office file",
            "read the table with pandas, and write an .h5ad with cells as rows",
        ),
        _ if last.ends_with(".npy") => {
            stranger("a NumPy archive (.npz)", "put its arrays into an AnnData object in Python, and write an .h5ad")
        }
        ".zgroup" | ".zattrs" | "zarr.json" | ".zmetadata" => {
            stranger("a zarr store in a zip archive", "read it with anndata.read_zarr, and write an .h5ad")
        }
        _ => stranger("a zip archive", "unpack it first, and give the .h5ad or .h5 file inside"),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn told(name: &str, begin: &[u8]) -> String {
        let Stranger { found, fix } = identify(Path::new(name), begin);
        format!("{found}; {fix}")
    }

    fn gzipped(inside: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(inside).unwrap();
        encoder.finish().unwrap()
    }

    fn assert_told(name: &str, begin: &[u8], words: &[&str], not: &[&str]) {
        let told = told(name, begin);
        assert!(words.iter().all(|word| told.contains(word)), "{name}: {told}");
        assert!(!not.iter().any(|word| told.contains(word)), "{name}: {told}");
    }

    #[test]
    fn only_what_can_be_read_then_is_to_be_unpacked() {
        assert_told("x.h5ad.gz", &gzipped(b"\x89HDF\r\n\x1a\n..."), &["unpack it with gunzip first"], &["R data"]);
        let zstd = zstd::encode_all(&b"\x89HDF\r\n\x1a\n..."[..], 1).unwrap();
        assert_told("x.h5ad.zst", &zstd, &["unpack it with unzstd first"], &[]);
        assert_told("x.rds", &gzipped(b"X\n\0\0\0\x03\0\x04"), &["R data", "zellkonverter"], &["gunzip"]);
        assert_told("x.rds.gz", &gzipped(b"RDX3\nX\n"), &["R data", "zellkonverter"], &["gunzip"]);
        assert_told("x.rds", b"\xfd7zXZ\0\0\x04", &["R data", "compressed with xz"], &["unxz"]);
        assert_told("x.RData", b"BZh91AY&SY", &["R data"], &["bunzip2"]);
        assert_told("x.tsv.gz", &gzipped(b"\tc1\tc2\nACTB\t1\t2\n"), &["text table", "gzip"], &["gunzip"]);
        assert_told("x.mtx.gz", &gzipped(b"%%MatrixMarket matrix"), &["Matrix Market", "read_10x_mtx"], &["gunzip"]);
        let mut tar = vec![0; 512];
        tar[..4].copy_from_slice(b"a.h5");
        tar[257..262].copy_from_slice(b"ustar");
        assert_told("x.tar.gz", &gzipped(&tar), &["tar archive", "tar -xf"], &["gunzip"]);
        assert_told("x.gz", &gzipped(&[0xa7; 100]), &["unpack it with gunzip first", "only an .h5ad"], &[]);
    }

    #[test]
    fn archives_and_tables_are_told_apart() {
        let zip = |name: &str| {
            let mut zip = b"PK\x03\x04".to_vec();
            zip.resize(26, 0);
            zip.extend([name.len() as u8, 0, 0, 0]);
            zip.extend(name.as_bytes());
            zip
        };
        assert_told("x", &zip("[Content_Types].xml"), &["Excel", "pandas"], &["unpack"]);
        assert_told("x", &zip("data.npy"), &["NumPy"], &["unpack"]);
        assert_told("x", &zip("store/.zgroup"), &["zarr", "read_zarr"], &["unpack"]);
        assert_told("x", &zip("x.h5ad"), &["zip archive", "unpack"], &[]);
        assert_told("x", b"PK\x03\x04\x14\0", &["zip archive"], &[]);
        assert_told("x", b"cell,gene\n1,2\n", &["text table"], &[]);
        assert_told("x", b"no columns here\n", &["something else"], &[]);
        assert_told("x", b"<!DOCTYPE html>", &["web page"], &[]);
        assert_told("x", b"", &["empty"], &[]);
    }
}
