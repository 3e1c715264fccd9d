//! The sequencing depth of sampled cells. In: their numbers of counts. Out: how many cells have few.

/// The number of gene-expression counts of the sampled cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Number of sampled cells.
    pub cells: usize,
    /// For each element of [`Depth::FEW`], the number of sampled cells with fewer counts.
    pub below: [usize; Depth::FEW.len()],
}

impl Depth {
    /// Limits on the number of counts, each of them exclusive.
    ///
    /// Cells below them have, in order: no counts, the stray counts of any droplet, the ambient counts of most
    /// droplets, and fewer counts than commonly required.
    pub const FEW: [u64; 4] = [1, 20, 100, 500];

    /// Estimates how many of `cells` cells have fewer counts than `few`, which is an element of [`Depth::FEW`].
    pub fn estimate_below(&self, few: u64, cells: usize) -> usize {
        let index = Self::FEW.iter().position(|other| *other == few).unwrap_or(0);
        (self.below[index] as u128 * cells as u128 / (self.cells as u128).max(1)) as usize
    }

    /// Returns whether most cells have only stray counts, as in a raw matrix with empty droplets.
    pub fn looks_unfiltered(&self) -> bool {
        2 * self.below[1] > self.cells
    }

    /// Adds a cell with its number of counts.
    pub fn add(&mut self, total: f64) {
        self.cells += 1;
        for (below, few) in self.below.iter_mut().zip(Self::FEW) {
            *below += usize::from(total < few as f64);
        }
    }
}
