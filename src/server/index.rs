//! The search index of a reference. In: counts. Out: the projection of queries, and the reference's points.

use crate::analysis::{Counts, Error, Parameters, Projection, Watch, neighbors::Searchable, prepare};

/// The data needed for a search, and each reference cell's total count.
#[derive(Clone, Debug)]
pub struct Index {
    /// The projection of queries.
    pub projection: Projection,
    /// The points of the reference cells.
    pub reference: Searchable,
    /// The sum of each reference cell's counts.
    pub totals: Vec<f64>,
}

impl Index {
    /// Reads the counts and computes the index.
    ///
    /// # Errors
    /// Fails if the matrix cannot be read, has values that are not counts, or all its cells are the same.
    pub fn build(counts: &Counts<'_>) -> Result<Self, Error> {
        let found = prepare::fit(counts, &Parameters::default(), Watch::default())?;
        let reference = Searchable::new(found.coordinates);
        Ok(Self { projection: found.projection, reference, totals: found.totals })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::fake::FakeCounts;

    #[test]
    fn points_are_centered_and_cells_of_a_kind_are_neighbors() {
        let index = Index::build(&Counts::new(&FakeCounts::clustered(80, 400))).unwrap();
        let points = index.reference.points();
        for component in 0..points.components() {
            let values = points.iter().map(|point| f64::from(point[component]));
            let mean = values.sum::<f64>() / 80.0;
            assert!(mean.abs() < 1e-4, "{mean}");
        }
        for (cell, neighbors) in index.reference.nearest(points, 10).iter().enumerate() {
            assert_eq!((neighbors[0].cell, neighbors[0].distance), (cell, 0.0));
            assert!(neighbors.iter().all(|neighbor| neighbor.cell % 4 == cell % 4));
        }
    }
}
