//! The path of a table and the way in which it is read, which can be stored.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{CoordinateColumns, Error, KeyColumn, ObsTable};

/// The path of a table and the way in which it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableReference {
    /// The path.
    #[serde(with = "crate::domain::path_text")]
    pub path: PathBuf,
    /// The column with the names of the cells.
    #[serde(default)]
    pub key: KeyColumn,
    /// The named columns with coordinates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coordinates: Vec<CoordinateColumns>,
}

impl TableReference {
    /// Reads the table.
    ///
    /// # Errors
    /// Fails under the same conditions as [`ObsTable::read`].
    pub fn read(&self) -> Result<ObsTable, Error> {
        ObsTable::read(&self.path, &self.key, &self.coordinates)
    }
}
