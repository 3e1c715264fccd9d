//! The files that are read.

use super::row::Row;

mod cells;
mod container;
mod filters;
mod genes;
mod layouts;
mod matrices;
mod names;
mod numbers;
mod sparse;
mod tenx;

pub fn rows() -> Vec<Row> {
    [
        container::rows(),
        filters::rows(),
        layouts::rows(),
        matrices::rows(),
        numbers::rows(),
        sparse::rows(),
        names::rows(),
        genes::rows(),
        cells::rows(),
        tenx::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
