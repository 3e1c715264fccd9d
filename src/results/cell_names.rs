//! Names of a run's cells, packed so that a million names need only a few large allocations.

use super::Error;
use crate::store::Run;

/// Reads the file's names of the run's cells and checks their number against the manifest.
pub(super) fn cell_names(run: &Run) -> Result<Vec<String>, Error> {
    let names = run.cell_names()?;
    let cells = run.manifest().input.cells;
    if names.len() == cells {
        Ok(names)
    } else {
        Err(Error::CellNames { run: run.folder().to_owned(), listed: names.len(), cells })
    }
}

/// The file's own names of the run's cells, in order.
#[derive(Clone, Debug, Default)]
pub struct CellNames {
    text: String,
    ends: Vec<usize>,
}

impl CellNames {
    /// Returns the name of a row.
    ///
    /// # Panics
    /// Panics if the row is out of range.
    pub fn get(&self, row: usize) -> &str {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[row]]
    }

    /// Returns the number of names.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns whether there are no names.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Returns all names in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.len()).map(|row| self.get(row))
    }
}

impl<S: AsRef<str>> FromIterator<S> for CellNames {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut packed = Self::default();
        for name in names {
            packed.text.push_str(name.as_ref());
            packed.ends.push(packed.text.len());
        }
        packed.text.shrink_to_fit();
        packed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_names_are_returned_in_order() {
        let names: CellNames = ["a", "", "細胞"].into_iter().collect();
        assert_eq!(names.iter().collect::<Vec<_>>(), ["a", "", "細胞"]);
    }
}
