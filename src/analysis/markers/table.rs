//! Ranked genes of groups of cells.

use super::{GeneDots, Method, adjust::benjamini_hochberg, distributions, moments::GeneMoments};

/// A small number that scanpy adds to both means of a fold change, so that neither is 0.
const OFFSET: f64 = 1e-9;

/// The ranked genes of all tested groups.
#[derive(Clone, Debug, PartialEq)]
pub struct MarkerTable {
    /// The test.
    pub method: Method,
    /// The name of the group that the others were compared with; `None` for the rest of the cells.
    pub reference: Option<String>,
    /// The groups, in the order of the comparison.
    pub groups: Vec<GroupMarkers>,
    /// The dots of genes in all groups, also those that were not compared: of all genes or, if these are too many, at
    /// least of the best of each tested group.
    pub dots: GeneDots,
}

impl MarkerTable {
    /// Keeps the first genes of each group. The dots remain.
    pub fn truncate(&mut self, top: Option<usize>) {
        if let Some(top) = top {
            self.groups.iter_mut().for_each(|group| group.genes.truncate(top));
        }
    }

    /// Returns the ranked genes of a group; `None` if it was not compared.
    pub fn group(&self, name: &str) -> Option<&GroupMarkers> {
        self.groups.iter().find(|group| group.name == name)
    }
}

/// The ranked genes of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupMarkers {
    /// The name of the group.
    pub name: String,
    /// The number of its cells.
    pub cells: usize,
    /// The number of cells that it was compared with.
    pub other_cells: usize,
    /// The selected genes, in descending order of their scores.
    pub genes: Vec<Marker>,
}

/// The comparison of a gene in a group and in other cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Marker {
    /// The column of the matrix.
    pub column: u32,
    /// The mean of the normalized values in the group.
    pub mean: f64,
    /// The mean of the group's counts per 10,000, without the logarithm.
    pub mean_counts: f64,
    /// The mean of the normalized values in the other cells.
    pub other_mean: f64,
    /// The fraction of the group's cells with a count.
    pub fraction: f64,
    /// The fraction of the other cells with a count.
    pub other_fraction: f64,
    /// The statistic of the test: t, or z of the rank-sum test. Positive if the gene is higher in the group.
    pub score: f64,
    /// The binary logarithm of the ratio of the means, without the logarithm of the normalization.
    pub log_fold_change: f64,
    /// The two-sided p value.
    pub p_value: f64,
    /// The p value adjusted for all genes of the matrix.
    pub adjusted_p_value: f64,
}

/// The genes of a group that are kept. p values are adjusted for all genes nevertheless.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Selection {
    /// The maximum number of genes; `None` for all.
    pub top: Option<usize>,
    /// The minimum fraction of the group's cells with a count.
    pub min_fraction: f64,
}

/// The comparison of one gene.
pub(super) struct GeneResult {
    pub own: GeneMoments,
    pub other: GeneMoments,
    pub outcome: Outcome,
}

/// The result of a test.
#[derive(Clone, Copy)]
pub(super) struct Outcome {
    score: f64,
    p_value: f64,
}

impl Outcome {
    /// Tests whether two means differ, by Welch's t-test. Without any variance there is no difference to be tested.
    pub fn of_t_test(own: &GeneMoments, other: &GeneMoments) -> Self {
        let errors = [own, other].map(|moments| moments.variance / moments.cells);
        let error = errors[0] + errors[1];
        let freedom = errors[0] * errors[0] / (own.cells - 1.0) + errors[1] * errors[1] / (other.cells - 1.0);
        let score = (own.mean - other.mean) / error.sqrt();
        let df = error * error / freedom;
        if score.is_nan() {
            return Self { score: 0.0, p_value: 1.0 };
        }
        Self { score, p_value: distributions::student_t(score, if df.is_nan() { 1.0 } else { df }) }
    }

    /// Returns the outcome of a rank-sum test with this z score.
    pub fn of_score(score: f64) -> Self {
        Self { score, p_value: distributions::normal(score) }
    }
}

impl GroupMarkers {
    /// Adjusts the p values of all genes and keeps the best genes.
    pub(super) fn select(name: &str, results: &[GeneResult], selection: &Selection) -> Self {
        let p_values: Vec<f64> = results.iter().map(|result| result.outcome.p_value).collect();
        let adjusted = benjamini_hochberg(&p_values);
        let mut order: Vec<usize> =
            (0..results.len()).filter(|gene| results[*gene].own.fraction >= selection.min_fraction).collect();
        order.sort_by(|a, b| results[*b].outcome.score.total_cmp(&results[*a].outcome.score));
        order.truncate(selection.top.unwrap_or(usize::MAX));
        let marker = |gene: usize| Marker::new(gene as u32, &results[gene], adjusted[gene]);
        let cells = |of: fn(&GeneResult) -> &GeneMoments| results.first().map_or(0, |result| of(result).cells as usize);
        Self {
            name: name.to_owned(),
            cells: cells(|result| &result.own),
            other_cells: cells(|result| &result.other),
            genes: order.into_iter().map(marker).collect(),
        }
    }
}

impl Marker {
    fn new(column: u32, result: &GeneResult, adjusted_p_value: f64) -> Self {
        let GeneResult { own, other, outcome } = result;
        Self {
            column,
            mean: own.mean,
            mean_counts: own.mean_counts,
            other_mean: other.mean,
            fraction: own.fraction,
            other_fraction: other.fraction,
            score: outcome.score,
            log_fold_change: ((own.mean.exp_m1() + OFFSET) / (other.mean.exp_m1() + OFFSET)).log2(),
            p_value: outcome.p_value,
            adjusted_p_value,
        }
    }
}
