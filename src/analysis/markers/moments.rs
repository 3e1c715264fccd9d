//! Sums of normalized values by group and gene.

use super::{GeneDots, Groups, Window, groups::MAX_GROUPS_BYTES};
use crate::analysis::{Dot, DotPlot, Error, expression::TARGET_TOTAL};

/// The sums of a gene's values in a group of cells.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sums {
    sum: f64,
    squares: f64,
    /// The number of cells with a count, as a real number.
    count: f64,
    /// The sum of the normalized counts before the logarithm.
    counts: f64,
}

impl Sums {
    fn plus(self, other: Self) -> Self {
        Self {
            sum: self.sum + other.sum,
            squares: self.squares + other.squares,
            count: self.count + other.count,
            counts: self.counts + other.counts,
        }
    }
}

/// The moments of a gene in a group of cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct GeneMoments {
    /// The number of cells.
    pub cells: f64,
    /// The mean of the normalized values.
    pub mean: f64,
    /// The variance, with `n - 1` in the denominator.
    pub variance: f64,
    /// The fraction of cells with a count.
    pub fraction: f64,
    /// The mean of the counts per 10,000.
    pub mean_counts: f64,
}

impl GeneMoments {
    fn new(sums: Sums, cells: usize) -> Self {
        let n = cells as f64;
        let mean = sums.sum / n;
        let variance = (sums.squares / n - mean * mean).max(0.0);
        let unbiased = if cells > 1 { variance * (n / (n - 1.0)) } else { variance };
        Self { cells: n, mean, variance: unbiased, fraction: sums.count / n, mean_counts: sums.counts / n }
    }
}

/// An accumulator of sums, groups × genes. The last group has the cells without a group.
pub(super) struct Moments<'a> {
    groups: &'a Groups,
    genes: usize,
    sums: Vec<Sums>,
}

impl<'a> Moments<'a> {
    /// Creates sums of nothing.
    ///
    /// # Errors
    /// Fails if the sums would take too much memory.
    pub fn new(groups: &'a Groups, genes: usize) -> Result<Self, Error> {
        let length = (groups.len() + 1).saturating_mul(genes);
        if length.saturating_mul(size_of::<Sums>()) > MAX_GROUPS_BYTES {
            return Err(Error::TooManyGroups { groups: groups.len(), genes });
        }
        Ok(Self { groups, genes, sums: vec![Sums::default(); length] })
    }

    /// Adds the cells of a window.
    pub fn add(&mut self, window: &Window) {
        let slice = &window.rows.slice;
        let totals = &window.rows.totals;
        for ((row, ends), total) in (slice.first_cell..).zip(slice.indptr.windows(2)).zip(totals) {
            let first = self.groups.place(row) * self.genes;
            let sums = &mut self.sums[first..first + self.genes];
            let factor = if *total > 0.0 { TARGET_TOTAL / total } else { 0.0 };
            let entries = ends[0]..ends[1];
            let counted = slice.indices[entries.clone()].iter().zip(&slice.data[entries.clone()]);
            for ((&gene, &count), &value) in counted.zip(&window.values[entries]) {
                let sums = &mut sums[gene as usize];
                sums.sum += value;
                sums.squares += value * value;
                sums.count += 1.0;
                sums.counts += f64::from(count) * factor;
            }
        }
    }

    fn sums(&self, gene: usize, place: usize) -> Sums {
        self.sums[place * self.genes + gene]
    }

    /// Returns the dots of some genes in all groups. Columns ascend.
    pub fn dots(&self, columns: Vec<u32>) -> GeneDots {
        let dot = |group: usize, column: u32| {
            let (sums, cells) = (self.sums(column as usize, group), self.groups.size(group as u32) as f64);
            Dot { fraction: sums.count / cells, mean: sums.sum / cells }
        };
        let row = |group: usize| columns.iter().map(move |column| dot(group, *column));
        let dots = (0..self.groups.len()).flat_map(row).collect();
        let plot = DotPlot::of_dots(columns.len(), dots);
        GeneDots::new(columns, plot)
    }

    /// Returns the moments of a gene in a group, and in another group or the rest of the cells.
    ///
    /// The sums of the rest are added up rather than subtracted from the total, which would lose digits.
    pub fn pair(&self, gene: usize, group: u32, reference: Option<u32>) -> (GeneMoments, GeneMoments) {
        let own = GeneMoments::new(self.sums(gene, group as usize), self.groups.size(group));
        let other = match reference {
            Some(reference) => GeneMoments::new(self.sums(gene, reference as usize), self.groups.size(reference)),
            None => {
                let others = (0..=self.groups.len()).filter(|place| *place != group as usize);
                let sums = others.map(|place| self.sums(gene, place)).fold(Sums::default(), Sums::plus);
                GeneMoments::new(sums, self.groups.cells() - self.groups.size(group))
            }
        };
        (own, other)
    }
}
