//! Tables of cells: clusters, labels and coordinates that are not in the file itself. In: a CSV or TSV file whose rows are
//! named like cells. Out: columns and embeddings ([`Added`](super::Added)) for the cells of any file.

mod coordinates;
mod error;
mod join;
mod read;
mod reference;
mod values;

use std::{
    collections::HashMap,
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

pub use coordinates::CoordinateColumns;
pub(crate) use error::Error;
pub(crate) use join::{Likely, Match};
pub use read::KeyColumn;
pub use reference::TableReference;
pub(super) use values::Values;

/// A table with one row per cell.
#[derive(Debug)]
pub struct ObsTable {
    path: PathBuf,
    /// The column with the names of the cells.
    key: KeyColumn,
    /// The named columns with coordinates.
    coordinates: Vec<CoordinateColumns>,
    /// The row of each cell name.
    rows: HashMap<Box<str>, u32>,
    /// The columns other than the one with the names, in the order of the file.
    columns: Vec<(String, Values)>,
    /// Pairs of columns with coordinates, as places in `columns`, with the names of their embeddings.
    embeddings: Vec<(String, [usize; 2])>,
}

impl ObsTable {
    /// Returns the path of the table.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path and the way in which the table was read.
    pub fn reference(&self) -> TableReference {
        let Self { path, key, coordinates, .. } = self;
        TableReference { path: path.clone(), key: key.clone(), coordinates: coordinates.clone() }
    }

    /// Returns the columns without those of coordinates.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&str, &Values)> {
        let is_coordinate = |place: &usize| self.embeddings.iter().any(|(_, pair)| pair.contains(place));
        let columns = self.columns.iter().enumerate().filter(move |(place, _)| !is_coordinate(place));
        columns.map(|(_, (name, values))| (name.as_str(), values))
    }

    /// Returns the points of the first two columns for cells whose rows are given; `None` if there are fewer columns.
    pub(super) fn first_points(&self, rows: &[Option<u32>]) -> Option<Vec<[f32; 2]>> {
        (self.columns.len() >= 2).then(|| self.points([0, 1], rows))
    }
}

/// The tables that a user joins to the cells of a file.
#[derive(Clone, Default)]
pub struct ObsTables(Arc<[ObsTable]>);

impl ObsTables {
    /// Returns whether there are no tables.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether a match is that of one of these tables.
    pub fn have(&self, source: &Match) -> bool {
        self.iter().any(|table| table.path() == source.path)
    }

    /// Returns the paths of the tables and the ways in which they were read.
    pub fn references(&self) -> Vec<TableReference> {
        self.iter().map(ObsTable::reference).collect()
    }

    /// Returns the tables.
    pub fn iter(&self) -> impl Iterator<Item = &ObsTable> {
        self.0.iter()
    }
}

impl FromIterator<ObsTable> for ObsTables {
    fn from_iter<I: IntoIterator<Item = ObsTable>>(tables: I) -> Self {
        Self(tables.into_iter().collect())
    }
}

impl fmt::Debug for ObsTables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(ObsTable::path)).finish()
    }
}

#[cfg(test)]
mod tests;
