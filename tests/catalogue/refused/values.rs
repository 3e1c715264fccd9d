//! Matrices without counts, and files without cells or genes.

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
        // The value is between the sampled places.
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
    let sum = &["hold parts of the counts", "adata.layers['spliced'] + adata.layers['unspliced']"];
    let never = &["--count-matrix-input", "layers/spliced"];
    let mut rows = vec![
        refused("logarithms, counts in parts of them only, by velocyto", sum, parts(true)).without(never),
        refused("no X, counts in parts of them only", sum, parts(false)).without(never),
        refused("normalized to 10,000", &["not raw counts", "the same total in every cell"], of(normalised(1e4 + 0.3))),
        refused("logarithms", &["not raw counts", "before normalization"], of(normalised_logs())),
        refused("scaled", &["negative"], of(each(&counts(), |value| value - 1.5))),
        refused("one value below zero", &["negative"], of(one(-1.0))),
        refused("NaN", &["NaN or infinite"], of(one(f64::NAN))),
        refused("infinite", &["NaN or infinite"], of(one(f64::INFINITY))),
        refused("too large for 32 bits", &["NaN or infinite"], of(one(1e300))),
        refused("one fraction, far behind", &["cell c137 at gene ENSG00000000004"], late),
        refused("scaled X and logarithms in raw, by SeuratDisk", &["negative"], both),
    ];
    rows.extend(normalized_in_other_ways());
    rows.extend(parts_that_are_not_offered());
    rows
}

/// Values that are large or have different sums, and still are not counts.
fn normalized_in_other_ways() -> Vec<Row> {
    let raw = || table(6, 9, |cell, gene| if cell == 3 { 0.0 } else { ((5 * cell + 3 * gene) % 7 + gene) as f64 });
    let by_cell = |factor: fn(usize) -> f64| -> Dense {
        let rows = raw().into_iter().enumerate();
        rows.map(|(cell, row)| row.iter().map(|value| value * factor(cell)).collect()).collect()
    };
    let per_million = || -> Dense {
        let of_gene = |(gene, value): (usize, &f64)| value * 1e6 / (7.3 + 1.7 * gene as f64).powi(2);
        let rows = raw().into_iter().enumerate();
        rows.map(|(cell, row)| row.iter().enumerate().map(of_gene).map(|value| value / (1.1 + cell as f64)).collect())
            .collect()
    };
    let factor = &["not raw counts", "whole numbers times a factor for each cell"];
    vec![
        refused("counts by size factors", factor, of(by_cell(|cell| 0.731 + 0.217 * cell as f64))),
        refused("counts by large factors", factor, of(by_cell(|cell| 1234.567 + 89.1 * cell as f64))),
        refused("counts halved, thirded and so on", factor, of(by_cell(|cell| 1.0 / (3.7 + cell as f64)))),
        refused("transcripts per million of some genes", &["not raw counts", "normalized"], of(per_million())),
        refused("square roots of counts", &["square roots of counts"], of(each(&raw(), f64::sqrt))),
        refused("logarithms of counts", &["logarithms of counts"], of(each(&raw(), f64::ln_1p))),
        refused("logarithms of counts of base 2", &["logarithms of counts"], of(each(&raw(), |n| (n + 1.0).log2()))),
        refused(
            "small corrected counts",
            &["not raw counts", "whole numbers and fractions", "--allow-non-counts"],
            of(each(&counts(), |value| if value == 3.0 { 2.53 } else { value })),
        ),
        refused(
            "small counts without ambient RNA",
            &["not raw counts", "--allow-non-counts"],
            of(each(&counts(), |value| if value > 0.0 { value - 0.013 * (1.0 + value % 3.0) } else { 0.0 })),
        ),
        refused("non-counts with large sums", &["not raw counts"], of(normalised_logs()))
            .without(&["fewer than 20 counts", "empty droplets"]),
    ]
}

/// Layers of whole numbers that are only a part of a cell's counts.
fn parts_that_are_not_offered() -> Vec<Row> {
    let with_layers = |layers: Vec<(&'static str, Dense)>| {
        with_frames(move |file| {
            sparse(file, "X", &normalised_logs(), CSR)?;
            let group = file.create_group("layers")?;
            layers.iter().try_for_each(|(name, values)| sparse(&group, name, values, CSR).map(drop))
        })
    };
    let ones = || each(&counts(), |value| value.min(1.0));
    let ambiguous = vec![("ambiguous", ones()), ("spliced", normalised_logs()), ("unspliced", normalised_logs())];
    let before = &["use the file from before normalization"];
    vec![
        refused("logarithms, ambiguous counts in a layer", before, with_layers(ambiguous)).without(&["layers/"]),
        refused("logarithms, intronic counts in a layer", before, with_layers(vec![("intronic", ones())]))
            .without(&["layers/"]),
        refused(
            "logarithms, all counts and some of them in layers",
            &["use --count-matrix-input layers/umi"],
            with_layers(vec![("detected", ones()), ("umi", counts())]),
        )
        .without(&["layers/detected"]),
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
        refused("no entry in a sparse X", &["only zeros"], zeros(Some(CSR))),
        refused("nothing but zeros in a dense X", &["only zeros"], zeros(None)),
    ]
}
