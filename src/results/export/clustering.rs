//! A table of clusters and the map.

use std::path::Path;

use super::{
    annotations::Annotations,
    sink::Existing,
    table::{Batch, Column, TableFormat, Value},
    table_file::{self, Destination},
};
use crate::results::Error;

/// The number of rows written at once.
const ROWS: usize = 4096;

/// Clusters of cells and their places in a map, in the order of the file.
#[derive(Clone, Copy, Debug)]
pub struct ClusterTable<'a> {
    /// The name of each cell.
    pub names: &'a [String],
    /// The cluster of each cell.
    pub clusters: &'a [u32],
    /// The point of each cell, if there is a map.
    pub map: Option<&'a [[f32; 2]]>,
}

impl ClusterTable<'_> {
    /// Writes a table with the columns `cell` and `cluster`, and `UMAP1` and `UMAP2` if there is a map.
    ///
    /// # Errors
    /// Fails if the file exists and may not be replaced, or if it cannot be written.
    pub fn write(&self, path: &Path, target: (TableFormat, Existing)) -> Result<(), Error> {
        let mut columns = vec![Column::text("cell"), Column::text("cluster")];
        columns.extend(self.map.iter().flat_map(|_| ["UMAP1", "UMAP2"].map(Column::real)));
        let about = Annotations::default();
        table_file::write(Destination { path, target, about: &about }, &columns, |sink| {
            let cells: Vec<usize> = (0..self.names.len()).collect();
            cells.chunks(ROWS).try_for_each(|cells| {
                let mut batch = Batch::new(&columns);
                cells.iter().for_each(|cell| batch.push(self.row(*cell)));
                sink.write(batch)
            })
        })
    }

    fn row(&self, cell: usize) -> Vec<Value> {
        let mut values = vec![Value::text(&self.names[cell]), Value::text(&self.clusters[cell].to_string())];
        let point = self.map.iter().flat_map(|points| points[cell]);
        values.extend(point.map(|value| Value::Real(f64::from(value))));
        values
    }
}
