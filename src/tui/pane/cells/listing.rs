//! The shown cells, in order, and the places of cells among them. Pure.

use std::sync::Arc;

/// The shown cells.
#[derive(Clone, Debug)]
pub(super) enum Listing {
    /// All cells of the run, in the file's order.
    All(usize),
    /// These rows, in this order.
    Rows(Arc<Vec<u32>>),
}

impl Listing {
    /// Returns the number of cells.
    pub fn len(&self) -> usize {
        match self {
            Self::All(cells) => *cells,
            Self::Rows(rows) => rows.len(),
        }
    }

    /// Returns the cell at a place.
    pub fn cell_at(&self, place: usize) -> Option<usize> {
        match self {
            Self::All(cells) => (place < *cells).then_some(place),
            Self::Rows(rows) => rows.get(place).map(|row| *row as usize),
        }
    }

    /// Returns the place of a cell.
    pub fn place_of(&self, cell: usize) -> Option<usize> {
        match self {
            Self::All(cells) => (cell < *cells).then_some(cell),
            Self::Rows(rows) => rows.iter().position(|row| *row as usize == cell),
        }
    }

    /// Returns the cell to select after the list has changed from `before`: `cell` if it is still shown. Otherwise it
    /// is the next shown cell below its old place, the next above it, or the first.
    pub fn nearest(&self, before: &Self, cell: usize) -> Option<usize> {
        if self.place_of(cell).is_some() {
            return Some(cell);
        }
        let at = before.place_of(cell).unwrap_or(0);
        let is_shown = self.membership(before);
        let below = (at..before.len()).filter_map(|place| before.cell_at(place)).find(|cell| is_shown(*cell));
        let above = || (0..at).rev().filter_map(|place| before.cell_at(place)).find(|cell| is_shown(*cell));
        below.or_else(above).or_else(|| self.cell_at(0))
    }

    /// Returns a test of whether this list shows a cell. Passes over the list only once.
    fn membership(&self, before: &Self) -> impl Fn(usize) -> bool + use<> {
        let mut shown = Vec::new();
        let all = match self {
            Self::All(cells) => *cells,
            Self::Rows(rows) => {
                let highest = rows.iter().max().map_or(0, |row| *row as usize + 1);
                shown = vec![false; highest.max(before.len())];
                rows.iter().for_each(|row| shown[*row as usize] = true);
                0
            }
        };
        move |cell| cell < all || shown.get(cell).copied().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: &[u32]) -> Listing {
        Listing::Rows(Arc::new(rows.to_vec()))
    }

    #[test]
    fn a_vanished_cell_is_replaced_by_the_next_below_or_else_above() {
        let all = Listing::All(10);
        assert_eq!(rows(&[2, 5, 9]).nearest(&all, 5), Some(5));
        assert_eq!(rows(&[2, 9, 5]).nearest(&all, 3), Some(5));
        assert_eq!(rows(&[2, 5]).nearest(&all, 7), Some(5));
        assert_eq!(rows(&[5, 2]).nearest(&rows(&[9, 2, 7, 5]), 7), Some(5));
        assert_eq!(rows(&[3, 4]).nearest(&rows(&[1, 2]), 1), Some(3), "none of the old list is left");
        assert_eq!(rows(&[]).nearest(&all, 7), None);
        assert_eq!(all.nearest(&rows(&[]), 7), Some(7));
    }

    #[test]
    fn places_and_cells_are_inverse() {
        for listing in [Listing::All(3), rows(&[2, 0, 1])] {
            for place in 0..listing.len() {
                assert_eq!(listing.cell_at(place).and_then(|cell| listing.place_of(cell)), Some(place));
            }
            assert_eq!((listing.cell_at(3), listing.place_of(3)), (None, None));
        }
    }
}
