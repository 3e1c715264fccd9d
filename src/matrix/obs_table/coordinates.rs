//! The columns of a table that have coordinates.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Error, ObsTable, read::listed};
use crate::matrix::open::free_name;

/// The names of maps that are recognized in names of columns.
const MAPS: [&str; 2] = ["umap", "tsne"];
/// The endings of the names of both coordinates.
const AXES: [[&str; 2]; 3] = [["1", "2"], ["0", "1"], ["x", "y"]];
/// The maximum number of embeddings of a table.
const MOST: usize = 32;

/// Two columns with the coordinates of cells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoordinateColumns {
    /// The column with the first coordinate.
    pub x: String,
    /// The column with the second coordinate.
    pub y: String,
}

impl FromStr for CoordinateColumns {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(',').map(|(x, y)| (x.trim(), y.trim())) {
            Some((x, y)) if !x.is_empty() && !y.is_empty() && x != y => Ok(Self { x: x.to_owned(), y: y.to_owned() }),
            Some(_) | None => Err("name two columns, separated by a comma"),
        }
    }
}

impl ObsTable {
    /// Makes columns of coordinates an embedding: the named ones, and pairs with names such as `UMAP_1` and `UMAP_2`.
    pub(super) fn with_coordinates(mut self, named: &[CoordinateColumns]) -> Result<Self, Error> {
        for CoordinateColumns { x, y } in named {
            let pair = [self.coordinate(x)?, self.coordinate(y)?];
            let stem = common_stem(&simple(x), &simple(y)).unwrap_or_else(|| self.file_stem());
            self.add_embedding(&stem, pair);
        }
        let simple: Vec<String> = self.columns.iter().map(|(name, _)| simple(name)).collect();
        for (x, name) in simple.iter().enumerate() {
            let partner = AXES.iter().find_map(|[first, second]| {
                let stem = name.strip_suffix(first).filter(|stem| MAPS.iter().any(|map| stem.ends_with(map)))?;
                let y = simple.iter().position(|other| other.strip_suffix(second) == Some(stem))?;
                Some((stem, y))
            });
            let Some((stem, y)) = partner else { continue };
            let are_numbers = [x, y].iter().all(|&place| self.columns[place].1.are_numbers());
            let is_known = self.embeddings.iter().any(|(_, pair)| pair.contains(&x) || pair.contains(&y));
            if are_numbers && !is_known && self.embeddings.len() < MOST {
                self.add_embedding(stem, [x, y]);
            }
        }
        Ok(self)
    }

    /// Returns the place of a column of coordinates.
    fn coordinate(&self, column: &str) -> Result<usize, Error> {
        let names = || self.columns.iter().map(|(name, _)| name.as_str());
        let place = names().position(|name| name == column).ok_or_else(|| Error::NoColumn {
            path: self.path.clone(),
            column: column.to_owned(),
            columns: listed(names()),
        })?;
        match self.columns[place].1.first_text() {
            None => Ok(place),
            Some(value) => {
                let (column, value) = (column.to_owned(), value.to_owned());
                Err(Error::NoNumbers { path: self.path.clone(), column, value })
            }
        }
    }

    /// Adds an embedding with a name as in obsm: `umap` becomes `X_umap`.
    fn add_embedding(&mut self, stem: &str, pair: [usize; 2]) {
        let name = format!("X_{}", stem.strip_prefix('x').filter(|rest| MAPS.contains(rest)).unwrap_or(stem));
        let name = free_name(&name, |name| self.embeddings.iter().any(|(other, _)| other == name));
        self.embeddings.push((name, pair));
    }

    fn file_stem(&self) -> String {
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
        stem.split('.').next().unwrap_or_default().replace('/', "_")
    }
}

/// Returns a name in lower case without punctuation.
fn simple(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Returns the common beginning of the names of two coordinates, such as `umap` of `umap1` and `umap2`.
fn common_stem(x: &str, y: &str) -> Option<String> {
    let pairs = AXES.iter().filter_map(|[first, second]| Some((x.strip_suffix(first)?, y.strip_suffix(second)?)));
    let mut stems = pairs.filter(|(x, y)| x == y && !x.is_empty());
    stems.next().map(|(stem, _)| stem.to_owned())
}
