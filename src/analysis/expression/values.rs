//! The expression of a gene in all cells.

/// The log-normalized values of a gene, sparse: cells that are not listed have the value 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GeneValues {
    cells: usize,
    rows: Vec<u32>,
    values: Vec<f32>,
}

impl GeneValues {
    /// Creates the values of a gene in the given rows, which ascend.
    ///
    /// # Panics
    /// Panics if the numbers of rows and values differ.
    pub fn new(cells: usize, rows: Vec<u32>, values: Vec<f32>) -> Self {
        assert_eq!(rows.len(), values.len(), "one value per row");
        Self { cells, rows, values }
    }

    /// Returns whether rows ascend and are below the number of cells, and values are positive and finite.
    pub fn is_consistent(&self) -> bool {
        self.rows.is_sorted_by(|a, b| a < b)
            && self.rows.last().is_none_or(|last| (*last as usize) < self.cells)
            && self.values.iter().all(|value| *value > 0.0 && value.is_finite())
    }

    /// Returns the number of cells, whether they express the gene or not.
    pub fn cells(&self) -> usize {
        self.cells
    }

    /// Returns the number of cells with a count.
    pub fn expressing(&self) -> usize {
        self.rows.len()
    }

    /// Returns the rows of the cells with a count, ascending.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Returns the values of the cells with a count.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Returns the value of a cell.
    pub fn get(&self, cell: usize) -> f32 {
        let place = u32::try_from(cell).ok().and_then(|row| self.rows.binary_search(&row).ok());
        place.map_or(0.0, |place| self.values[place])
    }

    /// Iterates over the rows and values of the cells with a count.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (usize, f32)> + '_ {
        self.rows.iter().map(|row| *row as usize).zip(self.values.iter().copied())
    }

    /// Returns one value per cell.
    pub fn dense(&self) -> Vec<f32> {
        let mut dense = vec![0.0; self.cells];
        self.iter().for_each(|(row, value)| dense[row] = value);
        dense
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inconsistent_values_are_recognized() {
        let is_consistent =
            |rows: &[u32], values: &[f32]| GeneValues::new(5, rows.to_vec(), values.to_vec()).is_consistent();
        assert!(is_consistent(&[0, 4], &[0.5, 1.0]) && is_consistent(&[], &[]));
        assert!(!is_consistent(&[4, 0], &[0.5, 1.0]) && !is_consistent(&[1, 1], &[0.5, 1.0]));
        assert!(!is_consistent(&[5], &[1.0]) && !is_consistent(&[1], &[0.0]) && !is_consistent(&[1], &[f32::NAN]));
    }
}
