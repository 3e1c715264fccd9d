//! Selection of the matrix with counts: X, raw or a layer; with other genes, in another order, or missing.

use hdf5::File;

use crate::{
    counts::{Cells, Dense, GENES, cells, columns, counts, each, gene, ids, table},
    forge::{Storage, Text, Type, texts},
    parts::{CSC, CSR, dense, forged, frame, frame_with, sparse, strs, with_frames},
    row::{Row, read},
};

/// Returns logarithms of normalized counts, as scanpy leaves them in X.
fn logarithms() -> Dense {
    let row = |row: &Vec<f64>| {
        let sum: f64 = row.iter().sum::<f64>().max(1.0);
        row.iter().map(|value| (1.0 + value * 1e4 / sum).ln()).collect()
    };
    counts().iter().map(row).collect()
}

fn scaled() -> Dense {
    each(&counts(), |value| value - 1.5)
}

/// Writes the raw matrix of some genes in CSR form.
fn raw(file: &File, numbers: &[usize], counts: &Dense) -> hdf5::Result<()> {
    let raw = file.create_group("raw")?;
    let ids: Vec<_> = numbers.iter().map(|&number| gene(number)).collect();
    frame(&raw, "var", &strs(&ids))?;
    sparse(&raw, "X", counts, CSR).map(drop)
}

pub fn rows() -> Vec<Row> {
    [of_raw(), of_layers(), of_x()].into_iter().flatten().collect()
}

/// The genes of raw: those that X lacks, and all genes of X in another order.
const RAW_GENES: [usize; 12] = [1, 2, 3, 5, 6, 7, 9, 10, 11, 4, 8, 12];

fn raw_counts() -> Dense {
    table(6, 12, |cell, gene| ((7 * cell + 5 * gene) % 9).saturating_sub(3) as f64)
}

fn of_raw() -> Vec<Row> {
    let told = &["raw.X"];
    let more = |x: Dense| {
        with_frames(move |file| {
            sparse(file, "X", &x, CSR)?;
            raw(file, &RAW_GENES, &raw_counts())
        })
    };
    let more_cells = || Cells::of(cells(), &RAW_GENES, &raw_counts());
    let order: Vec<usize> = (0..9).rev().collect();
    let reversed: Vec<usize> = order.iter().map(|&place| GENES[place]).collect();
    let other_order = with_frames(move |file| {
        sparse(file, "X", &logarithms(), CSR)?;
        raw(file, &reversed, &columns(&counts(), &order))
    });
    let of_storage = |storage: fn(&hdf5::Group)| {
        with_frames(move |file| {
            sparse(file, "X", &logarithms(), CSR)?;
            let raw = file.create_group("raw")?;
            frame(&raw, "var", &strs(&ids()))?;
            storage(&raw);
            Ok(())
        })
    };
    let absent = with_frames(|file| raw(file, &GENES, &counts()));
    let dense_x = with_frames(|file| {
        dense(file, "X", &scaled(), Type::F64, Storage::Deflated(&[3, 9]));
        raw(file, &GENES, &counts())
    });
    vec![
        read("X of logarithms, raw of more genes", more(logarithms()))
            .to(more_cells())
            .warned(&["raw.X is used instead of X"]),
        read("X of zeros and ones, raw of more genes", more(each(&counts(), |value| value.min(1.0)))).to(more_cells()),
        read("X scaled, raw of more genes", more(scaled())).to(more_cells()),
        read("X dense and scaled, raw of counts", dense_x),
        read("raw in another order", other_order),
        read("raw by columns", of_storage(|raw| drop(sparse(raw, "X", &counts(), CSC).unwrap()))),
        read("raw dense", of_storage(|raw| dense(raw, "X", &counts(), Type::F32, Storage::Contiguous))),
        read("no X, counts in raw", absent),
        read("both are counts: X is taken", more(counts())),
        read("both are counts, raw is requested", more(counts())).to(more_cells()).of_matrix(told[0]),
        raw_of_symbols(),
    ]
}

/// Tests symbols in the index of raw and ids in var only: they are joined by the index.
fn raw_of_symbols() -> Row {
    let make = forged(|file| {
        let symbols: Vec<_> = GENES.iter().map(|number| format!("SYM{number}")).collect();
        frame(file, "obs", &strs(&cells()))?;
        let var = frame_with(file, "var", &strs(&symbols), &["gene_ids"])?;
        texts(&var, "gene_ids", &strs(&ids()), Text::Utf8);
        sparse(file, "X", &logarithms(), CSR)?;
        let raw = file.create_group("raw")?;
        let backwards: Vec<_> = symbols.iter().rev().map(String::as_str).collect();
        frame(&raw, "var", &backwards)?;
        let order: Vec<usize> = (0..9).rev().collect();
        sparse(&raw, "X", &columns(&counts(), &order), CSR).map(drop)
    });
    read("raw of symbols, ids only in var", make)
}

fn of_layers() -> Vec<Row> {
    let layered = |name: &'static str, x: Option<Dense>| {
        with_frames(move |file| {
            if let Some(x) = x {
                sparse(file, "X", &x, CSR)?;
            }
            let layers = file.create_group("layers")?;
            sparse(&layers, "logs", &logarithms(), CSR)?;
            sparse(&layers, name, &counts(), CSR).map(drop)
        })
    };
    vec![
        read("counts in layers/counts", layered("counts", Some(logarithms()))),
        read("counts in layers/raw_counts", layered("raw_counts", Some(scaled()))),
        read("no X, counts in a layer", layered("counts", None)),
        read("counts in a requested layer", layered("counts", Some(counts()))).of_matrix("layers/counts"),
    ]
}

fn of_x() -> Vec<Row> {
    let nothing = with_frames(|file| {
        sparse(file, "X", &table(6, 9, |_, _| 0.0), CSR)?;
        raw(file, &GENES, &counts())
    });
    vec![read("an empty X beside raw", nothing)]
}
