//! Cells as points in a space of few dimensions.

/// Coordinates, cells × components, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Coordinates {
    components: usize,
    values: Vec<f32>,
}

impl Coordinates {
    /// Creates coordinates from values, row by row.
    ///
    /// # Panics
    /// Panics if `components` is 0, or if the values do not fill the last row.
    pub fn new(components: usize, values: Vec<f32>) -> Self {
        assert!(components > 0 && values.len().is_multiple_of(components), "coordinates have whole rows");
        Self { components, values }
    }

    /// Returns the number of rows, one per cell.
    pub fn rows(&self) -> usize {
        self.values.len() / self.components
    }

    /// Returns the number of components of a row.
    pub fn components(&self) -> usize {
        self.components
    }

    /// Returns the coordinates of a cell.
    ///
    /// # Panics
    /// Panics if there is no such row.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.components..][..self.components]
    }

    /// Returns the coordinates of some cells, in the order of `rows`.
    ///
    /// # Panics
    /// Panics if there is no such row.
    pub fn select(&self, rows: impl Iterator<Item = usize>) -> Self {
        Self { components: self.components, values: rows.flat_map(|row| self.row(row)).copied().collect() }
    }

    /// Returns all coordinates, row by row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Returns all coordinates without copying them, row by row.
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// Iterates over the rows.
    pub fn iter(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.components)
    }
}
