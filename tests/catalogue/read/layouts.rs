//! Layouts of all anndata versions, and of other writers.

use crate::{
    counts::{Cells, Dense, gene, table},
    row::{Row, bytes, fixture, read},
};

mod foreign;
mod records;

/// Versions of anndata with the kinds of matrix that they wrote (see `tests/fixtures/make.py`).
const FIXTURES: [(&str, &str, &[&str]); 3] = [
    ("0.7", "v07", &["csr", "csc", "dense"]),
    // These versions write the same bytes.
    ("0.8 to 0.11", "v010", &["csr", "csc", "dense"]),
    ("0.12 with nullable texts", "v012", &["csr", "csc"]),
];

pub fn rows() -> Vec<Row> {
    let files = FIXTURES.iter().flat_map(|(version, file, kinds)| kinds.iter().map(move |kind| (version, file, kind)));
    let written = files.flat_map(|(version, file, kind)| {
        ["X", "raw.X", "layers/counts"].map(|matrix| {
            let make = bytes(fixture(&format!("{file}_{kind}.h5ad")));
            let row = read(format!("anndata {version}, {kind}, {matrix}"), make).of_matrix(matrix).to(cells(matrix));
            if matrix == "X" { row } else { row.again() }
        })
    });
    written.chain(records::rows()).chain(foreign::rows()).collect()
}

/// Returns the expected values. The genes of `raw`, of which there may be one more, are in order. Those of `X` are the
/// first 8 in reverse order.
fn cells(matrix: &str) -> Cells {
    let count = |cell: usize, gene: usize| ((7 * cell + 3 * gene) % 11).saturating_sub(6) as f64;
    let (genes, counts): (Vec<usize>, Dense) = match matrix {
        "raw.X" => ((0..10).collect(), table(12, 10, |i, j| if count(i, j) > 0.0 { count(i, j) + 1.0 } else { 0.0 })),
        _ => ((0..8).rev().collect(), table(12, 8, count)),
    };
    let columns: Vec<_> = genes.into_iter().map(|number| Some(gene(number))).collect();
    Cells::of_columns((0..12).map(|cell| format!("cell-{cell}")).collect(), &columns, &counts)
}
