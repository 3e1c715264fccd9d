//! The dots of marker genes in all groups.

use crate::analysis::{Dot, DotPlot};

/// The dots of some genes in all groups of a comparison, whether they were compared or not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GeneDots {
    /// The columns of the genes, ascending.
    columns: Vec<u32>,
    plot: DotPlot,
}

impl GeneDots {
    /// Creates the dots of genes in the order of their columns, which ascend.
    ///
    /// # Panics
    /// Panics if there is another number of columns than of genes in the plot.
    pub fn new(columns: Vec<u32>, plot: DotPlot) -> Self {
        assert_eq!(columns.len(), plot.genes(), "one column per gene");
        Self { columns, plot }
    }

    /// Returns the columns of the genes, ascending.
    pub fn columns(&self) -> &[u32] {
        &self.columns
    }

    /// Returns the dots of all groups, whose genes are in the order of the columns.
    pub fn plot(&self) -> &DotPlot {
        &self.plot
    }

    /// Returns the dot of a gene in a group; `None` if the gene is not among them.
    ///
    /// # Panics
    /// Panics if the group is out of range.
    pub fn get(&self, group: usize, column: u32) -> Option<Dot> {
        let gene = self.columns.binary_search(&column).ok()?;
        Some(self.plot.dot(group, gene))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn genes_are_found_by_their_column() {
        let dots: Vec<Dot> = (0..4).map(|dot| Dot { fraction: 0.5, mean: f64::from(dot) }).collect();
        let dots = GeneDots::new(vec![3, 9], DotPlot::of_dots(2, dots));
        assert_eq!(dots.get(1, 9), Some(Dot { fraction: 0.5, mean: 3.0 }));
        assert_eq!(dots.get(0, 4), None);
    }
}
