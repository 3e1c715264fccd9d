//! The numbers of a dot plot: how many cells of a group express a gene, and how much.

use super::{GeneValues, markers::Groups};

/// A dot: a gene in a group of cells.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Dot {
    /// The fraction of the group's cells with a count; NaN in a group without cells.
    pub fraction: f64,
    /// The mean of the normalized values of all cells of the group; NaN in a group without cells.
    pub mean: f64,
}

/// The dots of all groups and genes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DotPlot {
    genes: usize,
    dots: Vec<Dot>,
}

impl DotPlot {
    /// Computes the dots of groups × genes. They equal `dot_size_df` and `dot_color_df` of scanpy's `dotplot`.
    ///
    /// # Panics
    /// Panics if a gene has values for another number of cells.
    pub fn new<'a>(groups: &Groups, genes: impl IntoIterator<Item = &'a GeneValues>) -> Self {
        let columns: Vec<Vec<Dot>> = genes.into_iter().map(|gene| dots(groups, gene)).collect();
        let row = |group: usize| columns.iter().map(move |column| column[group]);
        Self { genes: columns.len(), dots: (0..groups.len()).flat_map(row).collect() }
    }

    /// Creates a plot from the dots of each group, in the order of the genes.
    ///
    /// # Panics
    /// Panics if the number of dots is not a multiple of the number of genes.
    pub fn of_dots(genes: usize, dots: Vec<Dot>) -> Self {
        assert!(dots.len().is_multiple_of(genes), "one dot per group and gene");
        Self { genes, dots }
    }

    /// Returns all dots, group by group.
    pub fn dots(&self) -> &[Dot] {
        &self.dots
    }

    /// Returns the number of genes.
    pub fn genes(&self) -> usize {
        self.genes
    }

    /// Returns the dot of a gene in a group.
    ///
    /// # Panics
    /// Panics if the group or the gene is out of range.
    pub fn dot(&self, group: usize, gene: usize) -> Dot {
        assert!(gene < self.genes, "gene {gene} of {}", self.genes);
        self.dots[group * self.genes + gene]
    }
}

/// Returns the dots of a gene in all groups.
fn dots(groups: &Groups, gene: &GeneValues) -> Vec<Dot> {
    assert_eq!(gene.cells(), groups.cells(), "one value per cell");
    let mut sums = vec![(0usize, 0.0); groups.len()];
    for (row, value) in gene.iter() {
        if let Some(group) = groups.of_row()[row] {
            let (count, sum) = &mut sums[group as usize];
            *count += 1;
            *sum += f64::from(value);
        }
    }
    let dot = |(group, (count, sum)): (usize, (usize, f64))| {
        let cells = groups.size(group as u32) as f64;
        Dot { fraction: count as f64 / cells, mean: sum / cells }
    };
    sums.into_iter().enumerate().map(dot).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_and_means_are_those_of_all_cells_of_a_group() {
        let groups = Groups::new(["a", "b", "none"].map(str::to_owned).to_vec(), vec![Some(0), None, Some(1), Some(0)]);
        let genes = [GeneValues::new(4, vec![0, 1], vec![3.0, 9.0]), GeneValues::new(4, vec![0, 2, 3], vec![1.0; 3])];
        let plot = DotPlot::new(&groups, &genes);
        assert_eq!((plot.genes(), plot.dot(0, 0)), (2, Dot { fraction: 0.5, mean: 1.5 }));
        assert_eq!([plot.dot(1, 0), plot.dot(1, 1)], [Dot::default(), Dot { fraction: 1.0, mean: 1.0 }]);
        assert!(plot.dot(2, 0).fraction.is_nan(), "a group without cells");
    }
}
