//! Matrices that hold no counts, and files without cells or genes.

use crate::{
    counts::{Dense, cells, counts, each, ids, table},
    forge::{Storage, Type, numbers},
    parts::{CSR, Sparse, Vectors, dense, encode, framed, sparse, with_frames},
    row::{Row, refused},
};

pub fn rows() -> Vec<Row> {
    [none(), empty()].into_iter().flatten().collect()
}

fn of(values: Dense) -> impl FnOnce(&std::path::Path) + Send {
    with_frames(move |file| sparse(file, "X", &values, Sparse { data: Type::F64, ..CSR }).map(drop))
}

fn one(value: f64) -> Dense {
    let mut counts = counts();
    counts[4][2] = value;
    counts
}

fn none() -> Vec<Row> {
    let row_sums = || counts().iter().map(|row| row.iter().sum::<f64>().max(1.0)).collect::<Vec<_>>();
    let normalised = |size: f64| -> Dense {
        let rows = counts().into_iter().zip(row_sums());
        rows.map(|(row, sum)| row.iter().map(|value| value * size / sum).collect()).collect()
    };
    let late = framed((0..1000).map(|n| format!("c{n}")).collect(), ids(), |file| {
        let mut values = table(1000, 9, |cell, gene| ((cell + gene) % 3) as f64);
        // Between the places of the sample.
        values[137][4] = 0.5;
        sparse(file, "X", &values, CSR).map(drop)
    });
    let both = with_frames(|file| {
        dense(file, "X", &each(&counts(), |value| value - 1.5), Type::F32, Storage::Contiguous);
        let raw = file.create_group("raw")?;
        crate::parts::frame(&raw, "var", &crate::parts::strs(&ids()))?;
        sparse(&raw, "X", &normalised_logs(), CSR).map(drop)
    });
    let parts = |x: bool| {
        with_frames(move |file| {
            if x {
                sparse(file, "X", &normalised_logs(), CSR)?;
            }
            let layers = file.create_group("layers")?;
            sparse(&layers, "spliced", &counts(), CSR)?;
            sparse(&layers, "unspliced", &counts(), CSR).map(drop)
        })
    };
    let choice = &["--count-matrix-input", "layers/spliced, layers/unspliced"];
    vec![
        refused("logarithms, counts in parts of them only, by velocyto", choice, parts(true)),
        refused("no X, counts in parts of them only", choice, parts(false)),
        refused("normalised to 10,000", &["not whole numbers", "raw counts"], of(normalised(1e4 + 0.3))),
        refused("logarithms", &["not whole numbers", "raw counts"], of(normalised_logs())),
        refused("scaled", &["negative"], of(each(&counts(), |value| value - 1.5))),
        refused("one value below zero", &["negative"], of(one(-1.0))),
        refused("NaN", &["NaN or infinite"], of(one(f64::NAN))),
        refused("infinite", &["NaN or infinite"], of(one(f64::INFINITY))),
        refused("too large for 32 bits", &["NaN or infinite"], of(one(1e300))),
        refused("one fraction, far behind", &["cell c137 at gene ENSG00000000004"], late),
        refused("scaled X and logarithms in raw, by SeuratDisk", &["negative"], both),
    ]
}

fn normalised_logs() -> Dense {
    let row = |row: &Vec<f64>| {
        let sum: f64 = row.iter().sum::<f64>().max(1.0);
        row.iter().map(|value| (1.0 + value * 1e4 / sum).ln()).collect()
    };
    counts().iter().map(row).collect()
}

fn empty() -> Vec<Row> {
    let none = || {
        framed(Vec::new(), ids(), |file| {
            let group = file.create_group("X")?;
            encode(&group, "csr_matrix", "0.1.0");
            Vectors { indptr: vec![0.0], ..Vectors::default() }.put(&group, CSR);
            Ok(())
        })
    };
    let genes = framed(cells(), Vec::new(), |file| {
        numbers(file, "X", &[], Type::F32, &[6, 0], Storage::Contiguous);
        Ok(())
    });
    let zeros = |kind: Option<Sparse>| {
        with_frames(move |file| {
            let zeros = table(6, 9, |_, _| 0.0);
            match kind {
                Some(how) => sparse(file, "X", &zeros, how).map(drop),
                None => {
                    dense(file, "X", &zeros, Type::F32, Storage::Contiguous);
                    Ok(())
                }
            }
        })
    };
    vec![
        refused("no cells", &["no cells"], none()),
        refused("no genes", &[], genes),
        refused("no entry in a sparse X", &["no values"], zeros(Some(CSR))),
        refused("nothing but zeros in a dense X", &["no values"], zeros(None)),
    ]
}
