//! Formats other than .h5ad and 10x .h5: Matrix Market folders, loom, MuData, Zarr, and folders of Cell Ranger.

use std::{fs, io::Write, path::Path};

use hdf5::File;

use crate::{
    counts::{cells, counts, gene, ids, turned},
    forge::{Storage, Text, Type, mark, texts},
    parts::{CSR, dense, encode, forged, frame, sparse, strs},
    row::{Row, read},
};

pub fn rows() -> Vec<Row> {
    [mex(), hdf5_files(), stores()].into_iter().flatten().collect()
}

/// Returns the text of a matrix with genes in rows, and its entries in the order of cells or of genes.
fn matrix_market(by_gene: bool) -> String {
    let counts = counts();
    let mut entries: Vec<(usize, usize, f64)> = Vec::new();
    for (cell, row) in counts.iter().enumerate() {
        entries.extend(
            row.iter().enumerate().filter(|(_, count)| **count != 0.0).map(|(gene, &count)| (cell, gene, count)),
        );
    }
    if by_gene {
        entries.sort_by_key(|&(cell, gene, _)| (gene, cell));
    }
    let sizes = format!("{} {} {}\n", ids().len(), cells().len(), entries.len());
    let lines: String =
        entries.iter().map(|(cell, gene, count)| format!("{} {} {count}\n", gene + 1, cell + 1)).collect();
    format!("%%MatrixMarket matrix coordinate integer general\n%\n{sizes}{lines}")
}

fn packed(name: &str, text: &str) -> Vec<u8> {
    match Path::new(name).extension().and_then(std::ffi::OsStr::to_str) {
        Some("gz") => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(text.as_bytes()).unwrap();
            encoder.finish().unwrap()
        }
        Some("zst") => zstd::encode_all(text.as_bytes(), 1).unwrap(),
        _ => text.as_bytes().to_vec(),
    }
}

/// Returns a function that creates a folder with a matrix and its lists of features and barcodes.
fn folder(names: [&'static str; 3], by_gene: bool) -> impl FnOnce(&Path) + Send {
    move |path| {
        fs::create_dir_all(path).unwrap();
        let features: String = ids().iter().map(|id| format!("{id}\tG{id}\tGene Expression\n")).collect();
        let barcodes: String = cells().iter().map(|cell| format!("{cell}\n")).collect();
        for (name, text) in names.iter().zip([matrix_market(by_gene), features, barcodes]) {
            fs::write(path.join(name), packed(name, &text)).unwrap();
        }
    }
}

fn mex() -> Vec<Row> {
    let version_3 = ["matrix.mtx.gz", "features.tsv.gz", "barcodes.tsv.gz"];
    let version_2 = ["matrix.mtx", "genes.tsv", "barcodes.tsv"];
    vec![
        read("a Matrix Market folder of Cell Ranger 3", folder(version_3, false)).called("mex"),
        read("a Matrix Market folder of Cell Ranger 2", folder(version_2, false)).called("mex"),
        read(
            "a Matrix Market folder with zstd",
            folder(["matrix.mtx.zst", "features.tsv.zst", "barcodes.tsv.zst"], false),
        )
        .called("mex"),
        read("a Matrix Market folder sorted by gene", folder(version_2, true)).called("mex"),
        read("the Matrix Market folder of an outs folder", move |path: &Path| {
            folder(version_3, false)(&path.join("filtered_feature_bc_matrix"));
        })
        .called("outs"),
        read("a Matrix Market file with a prefix", |path: &Path| {
            let names = ["GSM1_matrix.mtx.gz", "GSM1_features.tsv.gz", "GSM1_barcodes.tsv.gz"];
            folder(names, false)(path.parent().unwrap());
        })
        .called("GSM1_matrix.mtx.gz"),
    ]
}

fn hdf5_files() -> Vec<Row> {
    let loom = forged(|file: &File| {
        dense(file, "matrix", &turned(&counts()), Type::F64, Storage::Deflated(&[4, 4]));
        file.create_group("layers")?;
        texts(&file.create_group("row_attrs")?, "Accession", &strs(&ids()), Text::Utf8);
        texts(&file.create_group("col_attrs")?, "CellID", &strs(&cells()), Text::NulPadded(32));
        Ok(())
    });
    let mudata = forged(|file: &File| {
        mark(file, "encoding-type", "MuData");
        let modalities = file.create_group("mod")?;
        for (name, index) in [("rna", ids()), ("prot", (0..3).map(gene).collect())] {
            let modality = modalities.create_group(name)?;
            encode(&modality, "anndata", "0.1.0");
            frame(&modality, "obs", &strs(&cells()))?;
            frame(&modality, "var", &strs(&index))?;
            if name == "rna" {
                sparse(&modality, "X", &counts(), CSR)?;
            }
        }
        Ok(())
    });
    vec![
        read("a loom file", loom).called("cells.loom"),
        read("the rna modality of MuData", mudata).called("cells.h5mu"),
    ]
}

/// Writes a store of version 2 without compression.
fn store(path: &Path) {
    let json = |name: &str, text: &str| {
        let file = path.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    };
    json(".zgroup", r#"{"zarr_format": 2}"#);
    json(".zattrs", r#"{"encoding-type": "anndata", "encoding-version": "0.1.0"}"#);
    for (name, index) in [("obs", cells()), ("var", ids())] {
        json(&format!("{name}/.zgroup"), r#"{"zarr_format": 2}"#);
        json(&format!("{name}/.zattrs"), r#"{"encoding-type": "dataframe", "_index": "_index", "column-order": []}"#);
        let count = index.len();
        json(
            &format!("{name}/_index/.zarray"),
            &format!(
                r#"{{"zarr_format": 2, "shape": [{count}], "chunks": [{count}], "dtype": "|O", "order": "C",
                    "compressor": null, "fill_value": "", "filters": [{{"id": "vlen-utf8"}}]}}"#
            ),
        );
        let mut bytes = (count as u32).to_le_bytes().to_vec();
        for text in &index {
            bytes.extend((text.len() as u32).to_le_bytes());
            bytes.extend(text.as_bytes());
        }
        fs::write(path.join(name).join("_index/0"), bytes).unwrap();
    }
    let (rows, columns) = (cells().len(), ids().len());
    json(
        "X/.zarray",
        &format!(
            r#"{{"zarr_format": 2, "shape": [{rows}, {columns}], "chunks": [{rows}, {columns}], "dtype": ">i2",
                "order": "C", "compressor": null, "fill_value": 0, "filters": null}}"#
        ),
    );
    let bytes: Vec<u8> = counts().into_iter().flatten().flat_map(|count| (count as i16).to_be_bytes()).collect();
    fs::write(path.join("X/0.0"), bytes).unwrap();
}

fn stores() -> Vec<Row> {
    vec![read("a Zarr store", store).called("cells.zarr")]
}
