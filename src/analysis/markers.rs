//! Genes that distinguish groups of cells. In: windows of rows of a count matrix, and groups of its cells. Out: for each
//! group its best genes, with means, fractions, scores, fold changes and p values.
//!
//! Formulas are those of scanpy 1.11's `rank_genes_groups` on counts normalized as in [`super::expression`], in `f64`:
//!
//! - The *t-test* is Welch's, from means and variances that are collected in one pass.
//! - The *Wilcoxon* rank-sum test uses the normal approximation with tie correction (`tie_correct=True`), without a
//!   correction for continuity. Cells with equal shares of counts have equal ranks; scanpy ranks the rounded logarithms,
//!   whose last digit depends on the processor, so a few of its ties are broken. One pass writes the counts into buckets of genes in a temporary file, and each bucket is
//!   ranked in memory.
//! - *Rest* means all cells outside of the group, including those without a group.
//! - The log fold change is `log2((exp(m) - 1 + 1e-9) / (exp(r) - 1 + 1e-9))` for the means `m` and `r` of the
//!   normalized values.
//! - p values are two-sided. They are adjusted by Benjamini and Hochberg's procedure over all genes of the matrix.

mod adjust;
mod distributions;
mod gene_dots;
mod groups;
mod moments;
mod rank_sums;
mod table;

pub(crate) use gene_dots::GeneDots;
pub use groups::Groups;
pub use table::Selection;
pub(crate) use table::{GroupMarkers, Marker, MarkerTable};

use std::path::PathBuf;

use rayon::prelude::*;

use super::{
    Error, Step, Watch,
    expression::{CheckedRows, CountRows, LogNormalizer, stream},
};
use crate::{
    chunk::ValuePolicy,
    matrix::{RowSource, SpillWriter},
};
use moments::Moments;
use rank_sums::RankSums;

/// The test that compares groups.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Method {
    /// Welch's t-test.
    #[default]
    TTest,
    /// The Wilcoxon rank-sum test with tie correction.
    Wilcoxon,
}

impl Method {
    /// Returns the name in scanpy.
    pub fn name(self) -> &'static str {
        match self {
            Self::TTest => "t-test",
            Self::Wilcoxon => "wilcoxon",
        }
    }

    /// Returns a description of the test.
    pub fn description(self) -> &'static str {
        match self {
            Self::TTest => "Welch's t-test on log-normalized counts",
            Self::Wilcoxon => "Wilcoxon rank-sum test with tie correction on log-normalized counts",
        }
    }
}

/// The counts that are compared.
pub struct ComparedCounts<'a> {
    /// The counts, cells × genes.
    pub rows: &'a dyn RowSource,
    /// The values that are accepted as counts.
    pub values: ValuePolicy,
    /// The approximate number of entries, which determines the number of buckets on disk.
    pub entries: u64,
    /// The folder of the temporary file; `None` for that of the system.
    pub spill: Option<PathBuf>,
}

/// A comparison of groups.
#[derive(Clone, Debug)]
pub struct Comparison<'a> {
    /// The groups of the cells.
    pub groups: &'a Groups,
    /// The groups whose genes are ranked. Each has at least two cells.
    pub tested: Vec<u32>,
    /// The group that all others are compared with; `None` for the rest of the cells. It has at least two cells.
    pub reference: Option<u32>,
    /// The test.
    pub method: Method,
    /// The genes that are kept.
    pub selection: Selection,
}

/// Ranks the genes of groups. The reference itself is skipped.
///
/// # Errors
/// Fails if the matrix cannot be read or has values that are not counts, if a group has fewer than two cells, if there
/// are too many groups, or with [`Error::Canceled`].
pub fn compare(
    counts: &ComparedCounts<'_>,
    comparison: &Comparison<'_>,
    watch: &Watch<'_>,
) -> Result<MarkerTable, Error> {
    comparison.check(counts.rows)?;
    let mut moments = Moments::new(comparison.groups, counts.rows.gene_count())?;
    let scores = match comparison.method {
        Method::TTest => {
            let accumulate = |part: Window| {
                moments.add(&part);
                Ok(())
            };
            stream(
                CountRows { rows: counts.rows, policy: counts.values },
                watch.of(Step::Markers),
                normalized,
                accumulate,
            )?;
            None
        }
        Method::Wilcoxon => Some(rank(counts, comparison, &mut moments, watch)?),
    };
    let tested = comparison.tested.iter().filter(|group| Some(**group) != comparison.reference);
    let groups = tested.enumerate().map(|(place, group)| {
        let test = |gene: usize| {
            let (own, other) = moments.pair(gene, *group, comparison.reference);
            let outcome = match &scores {
                None => table::Outcome::of_t_test(&own, &other),
                Some(scores) => table::Outcome::of_score(scores[gene * comparison.contrasts() + place]),
            };
            table::GeneResult { own, other, outcome }
        };
        let results: Vec<table::GeneResult> = (0..counts.rows.gene_count()).into_par_iter().map(test).collect();
        GroupMarkers::select(comparison.groups.name(*group), &results, &comparison.selection)
    });
    let groups: Vec<GroupMarkers> = groups.collect();
    let reference = comparison.reference.map(|group| comparison.groups.name(group).to_owned());
    let dots = moments.dots(dotted(&groups, comparison.groups.len(), counts.rows.gene_count()));
    Ok(MarkerTable { method: comparison.method, reference, groups, dots })
}

/// The maximum number of dots of a table that has those of all genes: 32 MB.
const MOST_DOTS: usize = 2_000_000;

/// The number of best genes of each group whose dots are in every table.
pub const DOTTED_TOP: usize = 50;

/// Returns the columns of the genes whose dots are in a table, ascending: all genes, or the best genes of each tested
/// group if all were too many.
fn dotted(tested: &[GroupMarkers], groups: usize, genes: usize) -> Vec<u32> {
    if groups.saturating_mul(genes) <= MOST_DOTS {
        return (0..genes as u32).collect();
    }
    let best = tested.iter().flat_map(|group| group.genes.iter().take(DOTTED_TOP));
    let mut columns: Vec<u32> = best.map(|gene| gene.column).collect();
    columns.sort_unstable();
    columns.dedup();
    columns
}

impl Comparison<'_> {
    /// Returns the number of groups that are compared with the reference.
    fn contrasts(&self) -> usize {
        self.tested.iter().filter(|group| Some(**group) != self.reference).count()
    }

    fn check(&self, rows: &dyn RowSource) -> Result<(), Error> {
        let (found, cells) = (self.groups.cells(), rows.cell_count());
        if found != cells {
            return Err(Error::OtherCells { found, cells });
        }
        let needed = self.tested.iter().chain(&self.reference);
        let small = needed.clone().find(|group| self.groups.size(**group) < 2);
        if let Some(group) = small {
            return Err(Error::SmallGroup { group: self.groups.name(*group).to_owned() });
        }
        let whole = self.tested.iter().find(|group| self.reference.is_none() && self.groups.size(**group) + 2 > cells);
        match whole {
            Some(group) => Err(Error::NoRest { group: self.groups.name(*group).to_owned() }),
            None => Ok(()),
        }
    }
}

/// A window of normalized rows.
struct Window {
    rows: CheckedRows,
    values: Vec<f64>,
}

/// Computes the normalized values of a window, on any thread.
fn normalized(rows: CheckedRows) -> Window {
    let mut values = Vec::with_capacity(rows.slice.data.len());
    for ((_, counts), total) in rows.slice.iter().zip(&rows.totals) {
        let mut normalizer = LogNormalizer::of_total(*total);
        values.extend(counts.iter().map(|count| normalizer.value_memoized(*count)));
    }
    Window { rows, values }
}

/// Collects moments, and returns the score of the rank-sum test for each gene and contrast.
fn rank(
    counts: &ComparedCounts<'_>,
    comparison: &Comparison<'_>,
    moments: &mut Moments<'_>,
    watch: &Watch<'_>,
) -> Result<Vec<f64>, Error> {
    let genes = counts.rows.gene_count();
    let mut spill = SpillWriter::create(counts.spill.as_deref(), genes, counts.entries)?;
    let mut totals = Vec::with_capacity(counts.rows.cell_count());
    stream(CountRows { rows: counts.rows, policy: counts.values }, watch.of(Step::Markers), normalized, |part| {
        moments.add(&part);
        for (cell, (genes, counts)) in (part.rows.slice.first_cell..).zip(part.rows.slice.iter()) {
            for (&gene, &count) in genes.iter().zip(counts) {
                spill.push(gene, cell as u32, count)?;
            }
        }
        totals.extend_from_slice(&part.rows.totals);
        Ok(())
    })?;
    let spill = spill.finish()?;
    let sums = RankSums::new(comparison, &totals);
    let buckets: Vec<std::ops::Range<usize>> = spill.bucket_ranges().collect();
    let (stage, done) = (watch.of(Step::Markers), std::sync::atomic::AtomicUsize::new(0));
    let scored = buckets.into_par_iter().map(|bucket| {
        let by_gene = spill.rows(bucket.clone())?;
        let done = done.fetch_add(bucket.len(), std::sync::atomic::Ordering::Relaxed);
        stage.advance(done, genes)?;
        Ok(by_gene.iter().flat_map(|(cells, counts)| sums.scores(cells, counts)).collect::<Vec<f64>>())
    });
    Ok(scored.collect::<Result<Vec<_>, Error>>()?.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_the_dots_of_all_genes_unless_they_are_too_many() {
        let result = |gene: usize| {
            let moments =
                moments::GeneMoments { cells: 2.0, mean: 0.0, variance: 0.0, fraction: 0.0, mean_counts: 0.0 };
            table::GeneResult { own: moments, other: moments, outcome: table::Outcome::of_score(gene as f64) }
        };
        let results: Vec<table::GeneResult> = (0..200).map(result).collect();
        let group = GroupMarkers::select("a", &results, &Selection::default());
        assert_eq!(dotted(std::slice::from_ref(&group), 10, 200), (0..200).collect::<Vec<u32>>());
        let best: Vec<u32> = (150..200).collect();
        assert_eq!(dotted(&[group.clone(), group], 10_001, 200), best, "the genes with the highest scores, each once");
    }
}
