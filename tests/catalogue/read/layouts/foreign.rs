//! Writers of `.h5ad` other than anndata: R, Rust, and large collections.

use hdf5::{File, Group};

use crate::{
    counts::{Dense, GENES, cells, counts, each, ids},
    forge::{Storage, Text, Type, mark, mark_as, mark_numbers, marks, texts, texts_stored, vector},
    parts::{CSR, Vectors, categorical, dense, encode, forged, frame, frame_with, nullable_texts, sparse, strs},
    row::{Row, read},
};

pub fn rows() -> Vec<Row> {
    vec![
        read("SeuratDisk", forged(seurat_disk)),
        read("anndata-rs (SnapATAC2)", forged(anndata_rs)),
        read("R, by hdf5r or rhdf5", forged(r)),
        read("R, zellkonverter", forged(zellkonverter)),
        read("CELLxGENE: X normalized, counts in raw", forged(cellxgene)),
        read("Census: numbers for names", forged(census)).named(&["100", "101", "102", "103", "104", "105"]),
        read("anndata 0.13 with pandas 3: all texts are nullable", forged(pandas_3)),
    ]
}

fn normalised() -> Dense {
    each(&counts(), |value| value / 3.0)
}

/// Codes and categories are separate without a reference, and the frame of raw has no column order.
fn seurat_disk(file: &File) -> hdf5::Result<()> {
    for (parent, name, index) in [(file as &Group, "obs", cells()), (file, "var", ids())] {
        let frame = parent.create_group(name)?;
        encode(&frame, "dataframe", "0.1.0");
        mark(&frame, "_index", "_index");
        marks(&frame, "column-order", &["orig.ident"], Text::Utf8);
        texts(&frame, "_index", &strs(&index), Text::Utf8);
        vector(&frame, "orig.ident", &vec![0.0; index.len()], Type::I32);
        texts(&frame.create_group("__categories")?, "orig.ident", &["project"], Text::Utf8);
    }
    dense(file, "X", &each(&counts(), |value| value - 0.7), Type::F64, Storage::Deflated(&[6, 9]));
    let raw = file.create_group("raw")?;
    let var = raw.create_group("var")?;
    encode(&var, "dataframe", "0.1.0");
    mark(&var, "_index", "_index");
    texts(&var, "_index", &strs(&ids()), Text::Utf8);
    sparse(&raw, "X", &counts(), CSR).map(drop)
}

/// The root has no attributes, and the index is called `index`.
fn anndata_rs(file: &File) -> hdf5::Result<()> {
    for (name, names) in [("obs", cells()), ("var", ids())] {
        let frame = file.create_group(name)?;
        encode(&frame, "dataframe", "0.2.0");
        mark(&frame, "_index", "index");
        marks(&frame, "column-order", &[], Text::Utf8);
        texts(&frame, "index", &strs(&names), Text::Utf8);
    }
    let x = sparse(file, "X", &counts(), CSR)?;
    mark(&x, "extra", "x");
    Ok(())
}

/// Attributes have a fixed size or are arrays, and the shape has 32 bits.
fn r(file: &File) -> hdf5::Result<()> {
    for (name, names) in [("obs", cells()), ("var", ids())] {
        let frame = file.create_group(name)?;
        mark_as(&frame, "encoding-type", "dataframe", Text::NulPadded(9));
        marks(&frame, "_index", &["_index"], Text::Ascii);
        marks(&frame, "column-order", &[], Text::Ascii);
        texts(&frame, "_index", &strs(&names), Text::NulPadded(20));
    }
    let x = file.create_group("X")?;
    marks(&x, "encoding-type", &["csr_matrix"], Text::NulTerminated(11));
    mark_numbers(&x, "shape", &[6.0, 9.0], Type::I32);
    Vectors::of(&counts()).put(&x, CSR);
    Ok(())
}

fn zellkonverter(file: &File) -> hdf5::Result<()> {
    frame(file, "obs", &strs(&cells()))?;
    frame(file, "var", &strs(&ids()))?;
    dense(file, "X", &counts(), Type::I32, Storage::Deflated(&[6, 9]));
    file.create_group("layers").map(drop)
}

fn cellxgene(file: &File) -> hdf5::Result<()> {
    frame(file, "obs", &strs(&cells()))?;
    let var = || strs_of(&["feature_type", "feature_name"]);
    for parent in [file as &Group, &file.create_group("raw")?] {
        let frame = frame_with(parent, "var", &strs(&ids()), &strs(&var()))?;
        categorical(
            &frame,
            "feature_type",
            &[0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
            &["protein_coding", "lncRNA"],
        )?;
        let names: Vec<_> = GENES.iter().map(|number| format!("SYM{number}")).collect();
        texts(&frame, "feature_name", &strs(&names), Text::Utf8);
    }
    sparse(file, "X", &normalised(), CSR)?;
    sparse(&file.group("raw")?, "X", &counts(), CSR).map(drop)
}

fn strs_of(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn census(file: &File) -> hdf5::Result<()> {
    let obs = file.create_group("obs")?;
    encode(&obs, "dataframe", "0.2.0");
    mark(&obs, "_index", "soma_joinid");
    vector(&obs, "soma_joinid", &[100.0, 101.0, 102.0, 103.0, 104.0, 105.0], Type::I64);
    let var = file.create_group("var")?;
    encode(&var, "dataframe", "0.2.0");
    mark(&var, "_index", "soma_joinid");
    marks(&var, "column-order", &["feature_id"], Text::Utf8);
    vector(&var, "soma_joinid", &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], Type::I64);
    texts_stored(&var, "feature_id", &strs(&ids()), Text::Utf8, Storage::Deflated(&[4]));
    sparse(file, "X", &counts(), CSR).map(drop)
}

fn pandas_3(file: &File) -> hdf5::Result<()> {
    encode(file, "anndata", "0.1.0");
    for (name, names) in [("obs", cells()), ("var", ids())] {
        let frame = file.create_group(name)?;
        encode(&frame, "dataframe", "0.2.0");
        mark(&frame, "_index", "_index");
        marks(&frame, "column-order", &["note"], Text::Utf8);
        nullable_texts(&frame, "_index", &strs(&names), &vec![0.0; names.len()])?;
        nullable_texts(&frame, "note", &strs(&names), &vec![1.0; names.len()])?;
    }
    sparse(file, "X", &counts(), CSR).map(drop)
}
