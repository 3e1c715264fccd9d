//! Files that are refused, and the messages about them.

use super::row::Row;

mod damage;
mod kinds;
mod links;
mod parts;
mod sizes;
mod sparse;
mod tenx;
mod values;

pub fn rows() -> Vec<Row> {
    [
        kinds::rows(),
        damage::rows(),
        parts::rows(),
        sparse::rows(),
        sizes::rows(),
        links::rows(),
        values::rows(),
        tenx::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
