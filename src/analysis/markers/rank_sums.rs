//! The Wilcoxon rank-sum test of a gene. In: the cells with a count and their counts. Out: a z score for each group.
//!
//! Cells are ranked by their counts divided by their totals, which have the order of the normalized values. Equal
//! fractions are equal numbers here, while a logarithm of them may differ in its last digit. Cells without a count share
//! the lowest rank; only the others are sorted.

use super::Comparison;

/// The test of all groups of a comparison.
pub(super) struct RankSums<'a> {
    comparison: &'a Comparison<'a>,
    totals: &'a [f64],
    /// The tested groups without the reference.
    contrasts: Vec<u32>,
}

/// A cell with a count: its share of the cell's total, and the place of its group.
type Entry = (f64, usize);

/// The ranks of some cells.
struct Ranked {
    /// The sum of the ranks of the cells of each group.
    sums: Vec<f64>,
    /// The sum of `t³ - t` over the sizes `t` of groups of equal values.
    ties: f64,
}

impl<'a> RankSums<'a> {
    /// Prepares the test for cells with these totals.
    pub fn new(comparison: &'a Comparison<'a>, totals: &'a [f64]) -> Self {
        let contrasts =
            comparison.tested.iter().copied().filter(|group| Some(*group) != comparison.reference).collect();
        Self { comparison, totals, contrasts }
    }

    /// Returns the scores of a gene, one for each contrast. A gene without any difference has the score 0.
    pub fn scores(&self, cells: &[u32], counts: &[f32]) -> Vec<f64> {
        let groups = self.comparison.groups;
        let share = |cell: usize, count: f32| f64::from(count) / self.totals[cell];
        let entry = |(cell, count): (&u32, &f32)| (share(*cell as usize, *count), groups.place(*cell as usize));
        let mut entries: Vec<Entry> = cells.iter().zip(counts).map(entry).collect();
        entries.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        match self.comparison.reference {
            None => {
                let sizes: Vec<usize> = (0..groups.len() as u32).map(|group| groups.size(group)).collect();
                let unlabeled = groups.cells() - sizes.iter().sum::<usize>();
                let sizes = [&sizes[..], &[unlabeled]].concat();
                let ranked = rank(&entries, &sizes);
                let score = |group: &u32| score(&ranked, *group as usize, [sizes[*group as usize], groups.cells()]);
                self.contrasts.iter().map(score).collect()
            }
            Some(reference) => {
                self.contrasts.iter().map(|group| self.against(&entries, *group as usize, reference)).collect()
            }
        }
    }

    fn against(&self, entries: &[Entry], group: usize, reference: u32) -> f64 {
        let groups = self.comparison.groups;
        let is_compared = |place: usize| place == group || place == reference as usize;
        let compared: Vec<Entry> = entries.iter().copied().filter(|(_, place)| is_compared(*place)).collect();
        let mut sizes = vec![0; groups.len() + 1];
        for place in [group, reference as usize] {
            sizes[place] = groups.size(place as u32);
        }
        score(&rank(&compared, &sizes), group, [sizes[group], sizes.iter().sum()])
    }
}

/// Ranks all cells: those with a count in ascending order, and the others, which come before them.
fn rank(ascending: &[Entry], sizes: &[usize]) -> Ranked {
    let cells: usize = sizes.iter().sum();
    let zeros = cells - ascending.len();
    let mut with_count = vec![0usize; sizes.len()];
    ascending.iter().for_each(|(_, place)| with_count[*place] += 1);
    let zero_rank = (zeros as f64 + 1.0) / 2.0;
    let without = sizes.iter().zip(&with_count).map(|(size, with)| (size - with) as f64);
    let mut ranked = Ranked { sums: without.map(|without| without * zero_rank).collect(), ties: tie(zeros) };
    let mut before = zeros;
    for equal in ascending.chunk_by(|a, b| a.0 == b.0) {
        let rank = before as f64 + (equal.len() as f64 + 1.0) / 2.0;
        equal.iter().for_each(|(_, place)| ranked.sums[*place] += rank);
        ranked.ties += tie(equal.len());
        before += equal.len();
    }
    ranked
}

fn tie(size: usize) -> f64 {
    let size = size as f64;
    size * size * size - size
}

/// Returns the z score of a group of `size` cells among `cells`.
fn score(ranked: &Ranked, group: usize, [size, cells]: [usize; 2]) -> f64 {
    let (own, all) = (size as f64, cells as f64);
    let correction = if cells < 2 { 1.0 } else { 1.0 - ranked.ties / tie(cells) };
    let deviation = (correction * own * (all - own) * (all + 1.0) / 12.0).sqrt();
    let score = (ranked.sums[group] - own * (all + 1.0) / 2.0) / deviation;
    if score.is_nan() { 0.0 } else { score }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_and_ties_equal_those_of_scipy() {
        // scipy.stats.rankdata([0, 0, 2, 1, 1, 3, 0]) is [2, 2, 6, 4.5, 4.5, 7, 2]; groups are [0, 1, 0, 0, 1, 1, 1].
        let entries = [(1.0, 0), (1.0, 1), (2.0, 0), (3.0, 1)];
        let ranked = rank(&entries, &[3, 4]);
        assert_eq!(ranked.sums, [12.5, 15.5]);
        assert_eq!(ranked.ties, 24.0 + 6.0);
        // scipy.stats.mannwhitneyu(use_continuity=False, method="asymptotic") has the same p value as this score.
        let expected = (12.5 - 3.0 * 8.0 / 2.0) / ((1.0 - 30.0 / 336.0) * 3.0 * 4.0 * 8.0 / 12.0f64).sqrt();
        assert!((score(&ranked, 0, [3, 7]) - expected).abs() < 1e-12);
    }

    #[test]
    fn a_gene_without_counts_has_the_score_0() {
        assert_eq!(score(&rank(&[], &[3, 4]), 0, [3, 7]), 0.0);
    }
}
