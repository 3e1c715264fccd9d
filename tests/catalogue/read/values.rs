//! Counts that are not quite whole numbers, and counts that are only a part of a cell's.

use std::path::Path;

use crate::{
    counts::{Cells, Dense, GENES, cells, counts, each, table},
    forge::Type,
    parts::{CSR, Sparse, sparse, with_frames},
    row::{Row, read},
};

pub fn rows() -> Vec<Row> {
    [recovered(), corrected(), in_parts()].into_iter().flatten().collect()
}

fn of(values: Dense, data: Type) -> impl FnOnce(&Path) + Send {
    with_frames(move |file| sparse(file, "X", &values, Sparse { data, ..CSR }).map(drop))
}

/// Changes each row by its sum.
fn by_row(dense: &Dense, change: impl Fn(f64, f64) -> f64) -> Dense {
    let change_row = |row: &Vec<f64>| {
        let sum = row.iter().sum::<f64>().max(1.0);
        row.iter().map(|&value| change(value, sum)).collect()
    };
    dense.iter().map(change_row).collect()
}

/// Returns the value rounded to float32.
fn single(value: f64) -> f64 {
    f64::from(value as f32)
}

/// Tests counts recovered from logarithms in float32.
fn recovered() -> Vec<Row> {
    let large = || each(&counts(), |value| value * 2917.0);
    let back = |value: f64, sum: f64| single(single(single((value * 1e4 / sum).ln_1p()).exp_m1()) * single(sum / 1e4));
    let by_two = |value: f64| single(single(single((value + 1.0).log2()).exp2()) - 1.0);
    let told = &["within float error", "sent as whole numbers"];
    vec![
        read("counts from logarithms", of(by_row(&counts(), back), Type::F32)).warned(told),
        read("counts from logarithms of base 2", of(each(&counts(), by_two), Type::F32)),
        read("large counts from logarithms", of(by_row(&large(), back), Type::F32))
            .to(Cells::of(cells(), &GENES, &large()))
            .warned(told),
        read("counts with the error of a division", of(each(&counts(), |value| value * 0.1 / 0.100_000_01), Type::F64))
            .warned(told),
    ]
}

/// Tests counts from which something was subtracted, or in which reads of several genes were divided.
fn corrected() -> Vec<Row> {
    let raw = || table(6, 9, |cell, gene| if cell == 3 { 0.0 } else { ((3 + 2 * cell) * gene + gene % 2) as f64 });
    let ambient = each(&raw(), |value| if value > 0.0 { single(value - 0.013 * (1.0 + value % 3.0)) } else { 0.0 });
    let divided = each(&raw(), |value| if value % 3.0 == 1.0 { value + 0.5 } else { value });
    let row = |name: &str, values: Dense| {
        let expected = Cells::of(cells(), &GENES, &values);
        read(name, of(values, Type::F32))
            .to(expected)
            .warned(&["like corrected counts", "they are treated as corrected counts"])
    };
    vec![row("counts without ambient RNA", ambient), row("counts of an EM algorithm", divided)]
}

/// Tests an X with only a part of the counts: it is sent with a warning.
fn in_parts() -> Vec<Row> {
    let part = || each(&counts(), |value| (value - 1.0).max(0.0));
    let rest = || each(&counts(), |value| value.min(1.0));
    let with_layers = |layers: Vec<(&'static str, Dense)>| {
        with_frames(move |file| {
            sparse(file, "X", &part(), CSR)?;
            let group = file.create_group("layers")?;
            layers.iter().try_for_each(|(name, values)| sparse(&group, name, values, CSR).map(drop))
        })
    };
    let nothing = || table(6, 9, |_, _| 0.0);
    let expected = || Cells::of(cells(), &GENES, &part());
    let kb = with_layers(vec![("ambiguous", nothing()), ("mature", part()), ("nascent", rest())]);
    let velocyto = with_layers(vec![("spliced", part()), ("unspliced", rest())]);
    let no_rest = with_layers(vec![("spliced", part()), ("unspliced", nothing())]);
    let asked = with_layers(vec![("spliced", rest())]);
    vec![
        read("X of mature counts only, by kb", kb)
            .to(expected())
            .warned(&["X holds the same values as layers/mature", "layers/nascent holds counts that are not in it"]),
        read("X of spliced counts only", velocyto).to(expected()).warned(&["same values as layers/spliced"]),
        read("X of spliced counts, and no others", no_rest).to(expected()).without(&["same values"]),
        read("a requested layer with a part of the counts", asked)
            .of_matrix("layers/spliced")
            .to(Cells::of(cells(), &GENES, &rest()))
            .warned(&["layers/spliced holds only a part of the counts"]),
    ]
}
