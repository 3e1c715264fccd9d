//! Aggregated scores of a group of cells. In: a set of cells. Out: a score and a fraction of cells for each term, as a
//! vector, a rooted tree or PhyloXML.
//!
//! Follows the official `get_aggregated_cas_ontology_aware_scores`. A term's score is the mean or median over all
//! cells of the group, or over the cells above the threshold only; a term missing from an answer scores 0. A term's
//! fraction is the share of cells above the threshold. Values equal the official ones to the last bit: means are
//! summed in numpy's order ([`pairwise`]). Cells without an answer are left out; the official functions never meet
//! such cells.

pub(crate) mod pairwise;
mod phyloxml;
mod tree;

pub use phyloxml::phyloxml;
pub use tree::{TreeNode, TreeOptions, rooted_tree};

use pairwise::PairwiseSum;

use super::{CellSet, Clusters, Error, Results};
use crate::domain::{ChunkIndex, TermIndex};

/// Options of the aggregation. The defaults are those of the official functions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AggregateOptions {
    /// The statistic computed from a term's scores.
    pub op: AggregationOp,
    /// The cells whose scores enter the statistic.
    pub domain: AggregationDomain,
    /// The threshold, at least 0. A score counts as over it only if it is strictly higher.
    pub threshold: f64,
}

impl Default for AggregateOptions {
    fn default() -> Self {
        Self { op: AggregationOp::Mean, domain: AggregationDomain::AllCells, threshold: 1e-4 }
    }
}

impl AggregateOptions {
    /// The defaults of the official viewer.
    pub const VIEWER: Self =
        Self { op: AggregationOp::Mean, domain: AggregationDomain::OverThreshold, threshold: 0.05 };
}

/// The statistic computed from a term's scores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AggregationOp {
    /// The mean.
    Mean,
    /// The median.
    Median,
}

/// The cells whose scores are aggregated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AggregationDomain {
    /// All cells of the group.
    AllCells,
    /// The cells over the threshold. A term without any such cell scores 0.
    OverThreshold,
}

/// The aggregated scores of a group of cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregated {
    /// The options used.
    pub options: AggregateOptions,
    /// The number of aggregated cells.
    pub cells: usize,
    /// The score of each term, in the ontology's order.
    pub scores: Vec<f64>,
    /// The fraction of cells over the threshold for each term, in the ontology's order.
    pub fractions: Vec<f64>,
}

/// Aggregates the scores of the answered cells of a set.
///
/// # Errors
/// Fails if none of the cells has an answer, the threshold is negative or NaN, or an answer is damaged.
pub fn aggregate(results: &Results, cells: &CellSet, options: AggregateOptions) -> Result<Aggregated, Error> {
    let grouping = Grouping { cells, group_of: |_| Some(0), groups: 1 };
    let mut aggregated = aggregate_groups(results, &grouping, options)?;
    aggregated.pop().flatten().ok_or(Error::EmptyGroup)
}

/// Aggregates the scores of each cluster in one pass. The entry of a cluster without any answered cell is `None`.
///
/// # Errors
/// See [`aggregate`].
pub fn aggregate_clusters(
    results: &Results,
    clusters: &Clusters,
    options: AggregateOptions,
) -> Result<Vec<Option<Aggregated>>, Error> {
    let group_of = |row: usize| clusters.of_row[row].map(|group| group as usize);
    aggregate_groups(results, &Grouping { cells: &CellSet::All, group_of, groups: clusters.clusters.len() }, options)
}

/// Cells and the group of each.
struct Grouping<'a, F> {
    cells: &'a CellSet,
    group_of: F,
    groups: usize,
}

fn aggregate_groups<F: Fn(usize) -> Option<usize>>(
    results: &Results,
    grouping: &Grouping<'_, F>,
    options: AggregateOptions,
) -> Result<Vec<Option<Aggregated>>, Error> {
    if options.threshold.is_nan() || options.threshold < 0.0 {
        return Err(Error::Threshold { value: options.threshold });
    }
    let terms = results.ontology()?.len();
    let mut pass = Pass { results, grouping, options, terms, chunks: Vec::new() };
    let (sizes, counts) = pass.count()?;
    let scores = match options.op {
        AggregationOp::Mean => pass.means(&sizes, &counts)?,
        AggregationOp::Median => pass.medians(&sizes, &counts)?,
    };
    let group = |group: usize| {
        let places = group * terms..(group + 1) * terms;
        let fraction = |count: &Count| count.over as f64 / sizes[group] as f64;
        (sizes[group] > 0).then(|| Aggregated {
            options,
            cells: sizes[group],
            scores: scores[places.clone()].to_vec(),
            fractions: counts[places].iter().map(fraction).collect(),
        })
    };
    Ok((0..grouping.groups).map(group).collect())
}

/// Numbers of values of a term in a group.
#[derive(Clone, Copy, Default)]
struct Count {
    /// Values present in the answers.
    stored: usize,
    /// Values over the threshold.
    over: usize,
}

/// The passes over the scores. The entry of a term in a group has the index `group * terms + term`.
struct Pass<'a, F> {
    results: &'a Results,
    grouping: &'a Grouping<'a, F>,
    options: AggregateOptions,
    terms: usize,
    /// The chunks that were readable in the first pass.
    chunks: Vec<ChunkIndex>,
}

/// The maximum number of values held in memory to find medians.
const MAX_HELD: usize = 1 << 22;

impl<F: Fn(usize) -> Option<usize>> Pass<'_, F> {
    /// Returns the number of cells in each group, and the counts of each term in each group.
    fn count(&mut self) -> Result<(Vec<usize>, Vec<Count>), Error> {
        let mut sizes = vec![0; self.grouping.groups];
        let mut counts = vec![Count::default(); self.grouping.groups * self.terms];
        self.chunks = self.results.visit_scores(self.grouping.cells, |row, scores| {
            if let Some(group) = (self.grouping.group_of)(row) {
                sizes[group] += 1;
                for (term, score) in scores.iter() {
                    let count = &mut counts[group * self.terms + term.as_usize()];
                    count.stored += 1;
                    count.over += usize::from(score > self.options.threshold);
                }
            }
        })?;
        Ok((sizes, counts))
    }

    /// Returns the number of aggregated values of a term, zeros included.
    fn values(&self, place: usize, sizes: &[usize], counts: &[Count]) -> usize {
        match self.options.domain {
            AggregationDomain::AllCells => sizes[place / self.terms],
            AggregationDomain::OverThreshold => counts[place].over,
        }
    }

    fn means(&self, sizes: &[usize], counts: &[Count]) -> Result<Vec<f64>, Error> {
        let values = |place| self.values(place, sizes, counts);
        let mut sums: Vec<Option<PairwiseSum>> = (0..counts.len())
            .map(|place| (counts[place].stored > 0).then(|| PairwiseSum::new(values(place))))
            .collect();
        let mut taken = vec![0; counts.len()];
        self.visit(|position, place, score| {
            if let Some(sum) = &mut sums[place] {
                match self.options.domain {
                    AggregationDomain::AllCells => sum.add(position, score),
                    AggregationDomain::OverThreshold => sum.add(taken[place], score),
                }
                taken[place] += 1;
            }
        })?;
        let mean = |(place, sum): (usize, Option<PairwiseSum>)| match (sum, values(place)) {
            (Some(sum), count @ 1..) => sum.finish() / count as f64,
            (Some(_), 0) | (None, _) => 0.0,
        };
        Ok(sums.into_iter().enumerate().map(mean).collect())
    }

    /// Computes medians in batches of terms whose values fit into memory.
    fn medians(&self, sizes: &[usize], counts: &[Count]) -> Result<Vec<f64>, Error> {
        let mut medians = vec![0.0; counts.len()];
        let mut first = 0;
        while first < counts.len() {
            let mut held = 0;
            let fits = |count: &&Count| {
                held += count.stored;
                held <= MAX_HELD
            };
            let last = first + counts[first..].iter().take_while(fits).count().max(1);
            let mut values: Vec<Vec<f64>> = vec![Vec::new(); last - first];
            self.visit(|_, place, score| {
                if let Some(values) = place.checked_sub(first).and_then(|place| values.get_mut(place)) {
                    values.push(score);
                }
            })?;
            for (place, given) in (first..).zip(&mut values) {
                medians[place] = median(given, self.values(place, sizes, counts));
            }
            first = last;
        }
        Ok(medians)
    }

    /// Passes each score that enters the statistic to a function, in the file's order of cells. The function gets the
    /// cell's position in its group, the index of the term in that group, and the score.
    fn visit(&self, mut show: impl FnMut(usize, usize, f64)) -> Result<(), Error> {
        let counts = |score: f64| match self.options.domain {
            AggregationDomain::AllCells => true,
            AggregationDomain::OverThreshold => score > self.options.threshold,
        };
        let mut positions = vec![0; self.grouping.groups];
        self.results.visit_scores_again(self.grouping.cells, &self.chunks, |row, scores| {
            if let Some(group) = (self.grouping.group_of)(row) {
                let place = |term: TermIndex| group * self.terms + term.as_usize();
                let counted = scores.iter().filter(|(_, score)| counts(*score));
                counted.for_each(|(term, score)| show(positions[group], place(term), score));
                positions[group] += 1;
            }
        })
    }
}

/// Returns the median of `count` values, of which those not in `values` are zeros, as numpy computes it; 0 if `count`
/// is 0.
fn median(values: &mut [f64], count: usize) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let zeros = count - values.len();
    let below = values.partition_point(|value| *value < 0.0);
    let at = |rank: usize| match rank {
        _ if rank < below => values[rank],
        _ if rank < below + zeros => 0.0,
        _ => values[rank - zeros],
    };
    match count {
        0 => 0.0,
        odd if odd % 2 == 1 => at(odd / 2),
        even => (at(even / 2 - 1) + at(even / 2)) / 2.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_counts_zeros_that_are_not_stored() {
        assert_eq!(median(&mut [0.5, 0.25], 3), 0.25);
        assert_eq!(median(&mut [0.5, 0.25], 4), 0.125);
        assert_eq!(median(&mut [0.5, 0.25], 5), 0.0);
        assert_eq!(median(&mut [], 0), 0.0);
    }
}
