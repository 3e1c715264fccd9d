//! Files of other kinds: each is recognized and named, with the remedy.

use std::path::Path;

use crate::{
    counts::{cells, counts, gene},
    forge::{Text, Type, mark, texts, vector},
    parts::{CSR, forged, framed, sparse, usual_x},
    row::{Row, bytes, refused},
};

pub fn rows() -> Vec<Row> {
    [strangers(), formats()].into_iter().flatten().collect()
}

/// Files that are not HDF5.
fn strangers() -> Vec<Row> {
    let kinds: [(&str, &'static [&'static str], &[u8]); 14] = [
        ("nothing", &["empty"], b""),
        ("gzip", &["gunzip"], b"\x1f\x8b\x08\0\0\0\0\0\0\x03"),
        ("zip", &["zip archive"], b"PK\x03\x04\x14\0"),
        ("zstd", &["zstd"], b"\x28\xb5\x2f\xfd\x24\0"),
        ("bzip2", &["bzip2"], b"BZh91AY&SY"),
        ("xz", &["xz"], b"\xfd7zXZ\0\0\x04"),
        ("R data", &["R data"], b"RDX3\nX\n"),
        ("a web page", &["web page"], b"<!DOCTYPE html><html>"),
        ("a Git LFS pointer", &["git lfs pull"], b"version https://git-lfs.github.com/spec/v1\n"),
        (
            "Matrix Market without sizes",
            &["rows, columns and entries"],
            b"%%MatrixMarket matrix coordinate integer general\n",
        ),
        ("a table", &["cannot be read", "scanpy.read_csv", "a.write("], b"cell,gene,count\na,b,1\n"),
        ("noise", &["cannot be read"], &[0xa7; 4096]),
        ("a signature and nothing else", &["truncated"], b"\x89HDF\r\n\x1a\n"),
        ("half a signature", &["cannot be read"], b"\x89HDF"),
    ];
    let row = |(name, words, content): (&str, _, &[u8])| refused(name, words, bytes(content.to_vec()));
    let folder = |name: &str, words, inside: &'static [&'static str]| {
        refused(name, words, move |path: &Path| {
            std::fs::create_dir(path).unwrap();
            inside.iter().for_each(|name| std::fs::write(path.join(name), "{}").unwrap());
        })
    };
    let gzipped = |inside: &'static [u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut encoder, inside).unwrap();
        bytes(encoder.finish().unwrap())
    };
    let gone = refused("no file", &["there is no file", "file.h5ad"], |_: &Path| {}).without(&["os error", "damaged"]);
    let beside =
        refused("no file, but one beside it", &["there is no file", "its folder has cells.h5"], |path: &Path| {
            std::fs::write(path.with_file_name("cells.h5"), "").unwrap();
        });
    let rest = [
        folder("a Zarr store without AnnData", &["Zarr store without AnnData"], &[".zgroup"]),
        folder("a folder of Cell Ranger", &["give a file in it: filtered.h5, raw.h5"], &["raw.h5", "filtered.h5"])
            .without(&["zarr"]),
        folder("a folder with another file called matrix.mtx.gz", &["cannot be read"], &["matrix.mtx.gz"])
            .without(&["zarr"]),
        folder("a folder without known files", &["a folder without a matrix"], &["notes.txt"]),
        refused("R data, gzipped", &["R data", "zellkonverter"], gzipped(b"X\n\0\0\0\x03")).without(&["gunzip"]),
        refused("HDF5, gzipped", &["unpack it with gunzip"], gzipped(b"\x89HDF\r\n\x1a\n")),
        refused("a table, gzipped", &["text table", "scanpy.read_csv"], gzipped(b"gene,a,b\nACTB,1,2\n"))
            .without(&["gunzip"]),
        gone,
        beside,
    ];
    kinds.into_iter().map(row).chain(rest).collect()
}

/// HDF5 files of other programs.
fn formats() -> Vec<Row> {
    let groups = |name: &str, words, groups: &'static [&'static str]| {
        let make = forged(move |file| groups.iter().try_for_each(|group| file.create_group(group).map(drop)));
        refused(name, words, make)
    };
    let mudata = forged(|file| {
        mark(file, "encoding-type", "MuData");
        file.create_group("mod")?.create_group("rna").map(drop)
    });
    let loom = forged(|file| {
        vector(file, "matrix", &[1.0, 2.0], Type::F32);
        file.create_group("row_attrs")?;
        file.create_group("col_attrs").map(drop)
    });
    let molecules = forged(|file| {
        mark(file, "filetype", "molecule");
        Ok(())
    });
    let peaks = framed(cells(), (0..9).map(|n| format!("chr1:{n}000-{n}500")).collect(), usual_x);
    let mouse = framed(cells(), (0..9).map(|n| format!("ENSMUSG{n:011}")).collect(), usual_x);
    let symbols = framed(
        cells(),
        ["CD3D", "CD4", "CD8A", "MS4A1", "NKG7", "LYZ", "PPBP", "FCER1A", "GNLY"].map(str::to_owned).into(),
        usual_x,
    );
    let numbered = framed(cells(), (0..9).map(|n| format!("Gene{n:03}")).collect(), usual_x);
    let several = framed(cells(), (0..9).map(|n| format!("{};{}", gene(n), gene(n + 1))).collect(), usual_x);
    let introns = framed(cells(), (0..9).map(|n| format!("{}-I", gene(n))).collect(), usual_x);
    let strangers =
        framed(cells(), (0..9).map(|n| gene(4 * n)).collect(), |file| sparse(file, "X", &counts(), CSR).map(drop));
    vec![
        refused("MuData without parts", &["/mod/rna/obs is missing"], mudata),
        groups("MuData without modalities", &["MuData", "named rna"], &["mod", "obs", "var"]),
        refused("molecule_info.h5", &["molecule_info", "filtered_feature_bc_matrix.h5"], molecules),
        groups("molecule_info.h5 without a mark", &["molecule_info"], &["barcode_idx", "umi"]),
        groups("h5Seurat", &["Seurat"], &["assays", "meta.data", "cell.names"]),
        refused("loom without attributes", &["genes × cells are needed"], loom),
        groups("another HDF5 file", &["no .h5ad, .h5mu, .loom or 10x .h5", "one, two"], &["one", "two"]),
        groups("an empty HDF5 file", &["it contains nothing"], &[]),
        groups("names that are escape sequences", &["it contains"], &["\x1b[2J", "\u{202e}x"]),
        refused("ATAC peaks", &["ATAC peaks"], peaks),
        refused("mouse", &["mouse"], mouse).without(&["only zeros", "no values"]),
        refused("names of no species", &["no gene of the file", "'Gene000'", "--feature-ids-column-name"], numbered)
            .without(&["mouse"]),
        refused("names with several ids each", &["do not identify one gene each"], several),
        refused("introns only", &["-I' do not identify one gene each"], introns),
        refused("symbols only", &["no gene of the file is in schema"], symbols),
        refused("genes the model does not have", &["no gene of the file is in schema"], strangers),
        refused(
            "a checkpoint of a model",
            &["no .h5ad, .h5mu"],
            forged(|file| {
                texts(&file.create_group("model_weights")?, "layer", &["dense"], Text::Utf8);
                Ok(())
            }),
        ),
    ]
}
