//! Files that are accepted.

use super::row::Row;

mod cells;
mod container;
mod features;
mod filters;
mod genes;
mod ids;
mod layouts;
mod matrices;
mod names;
mod numbers;
mod others;
mod sparse;
mod tenx;
mod values;

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
        features::rows(),
        ids::rows(),
        values::rows(),
        cells::rows(),
        tenx::rows(),
        others::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
