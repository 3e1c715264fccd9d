//! Inferred calls of cells that were not sent. In: runs of a sample of a file's cells, and the principal components of
//! all cells. Out: a call for each cell, with its source and a confidence.
//!
//! The scores of a cell are the weighted mean of the scores of its k nearest annotated cells in the space of principal
//! components. A neighbor at distance d has the weight exp(−(d/σ)²), where σ is the distance of the k-th neighbor; a
//! neighbor in another group of the sample counts half. The same rule as for annotated cells makes the call.
//!
//! The agreement of a cell is the share of the weight of neighbors whose own call is on the same branch of the ontology.
//! Its confidence is how often calls with such an agreement are right, measured on the annotated cells: each of them is
//! inferred from the others ([`Calibration`]). A cell that is farther from its nearest annotated cell than 99.5 % of the
//! annotated cells are from theirs has no inferred call, because no annotated cell stands for it.

mod calibration;
mod scores;
mod stored;

pub use crate::domain::CellSource;
pub(crate) use calibration::Calibration;
pub(crate) use stored::{Inferred, Unusable, store};

use std::borrow::Cow;

use rayon::prelude::*;

use super::{CallOptions, Error, NO_CALL, Results, calls::Caller};
use crate::{
    analysis::{
        Coordinates,
        neighbors::{Nearest, Searchable},
    },
    domain::{
        Ontology, TermIndex,
        quantile::{quantile, sorted},
    },
};
use scores::{Scores, Sums, annotated_scores};

/// The mark of an inferred call where there is no room for a word.
pub const MARK: &str = "~ ";

/// The number of cells that are inferred at a time.
const BLOCK: usize = 4096;
/// The numbers of neighbors to choose from.
const CHOICES: [usize; 5] = [3, 5, 8, 15, 30];
/// The share of annotated cells that lie within the limit of the distance.
const COVERED: f64 = 0.995;
/// The weight of a neighbor in another group, relative to one in the same.
const OTHER_GROUP: f64 = 0.5;

/// The options of an inference.
#[derive(Clone, Debug)]
pub struct InferOptions {
    /// The number of annotated neighbors of each cell; `None` means the one with the best agreement on annotated cells.
    pub neighbors: Option<usize>,
    /// The rule of the calls.
    pub calls: CallOptions,
}

/// The result for a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InferredCell {
    /// The source.
    pub source: CellSource,
    /// The call with its score; `None` without a call.
    pub call: Option<(TermIndex, f64)>,
    /// The probability that the call is on the branch of the server's call; absent for annotated cells.
    pub confidence: Option<f64>,
    /// The distance to the nearest annotated cell; absent for annotated cells.
    pub distance: Option<f64>,
}

impl InferredCell {
    /// Returns the label of the cell's call, which says that an inferred call is inferred: `B cell (inferred)`. `None`
    /// without a source; the label of an annotated cell without a call is [`NO_CALL`].
    pub fn label<'a>(&self, ontology: &'a Ontology) -> Option<Cow<'a, str>> {
        match (self.source, self.call) {
            (CellSource::Annotated, Some((term, _))) => Some(ontology.label(term).into()),
            (CellSource::Annotated, None) => Some(NO_CALL.into()),
            (CellSource::Inferred, Some((term, _))) => Some(format!("{} (inferred)", ontology.label(term)).into()),
            (CellSource::Inferred | CellSource::None, _) => None,
        }
    }
}

/// The results for all cells of a file.
#[derive(Clone, Debug)]
pub struct Inference {
    /// One result per cell of the file.
    pub cells: Vec<InferredCell>,
    /// The number of neighbors that decided about a cell.
    pub neighbors: usize,
    /// The measurement on the annotated cells.
    pub calibration: Calibration,
    /// The largest distance at which cells are inferred.
    pub limit: f64,
    /// The rows of the annotated cells that were inferred from the others, and whether the result was on the branch of
    /// the server's call.
    pub left_out: Vec<(u32, bool)>,
}

impl Inference {
    /// Returns the expected share of inferred calls that are on the branch of the server's call: their mean confidence.
    /// `None` if no cell is inferred.
    pub fn expected_agreement(&self) -> Option<f64> {
        let confidences: Vec<f64> = self.cells.iter().filter_map(|cell| cell.confidence).collect();
        (!confidences.is_empty()).then(|| confidences.iter().sum::<f64>() / confidences.len() as f64)
    }
}

/// A cell that is inferred from its neighbors, before its confidence is known.
#[derive(Clone, Copy, Debug)]
struct Raw {
    call: Option<(TermIndex, f64)>,
    agreement: f64,
    nearest: f64,
}

/// Infers the calls of all cells of a file from runs of some of them. `coordinates` and `groups` have an entry for each
/// cell of the file.
///
/// # Errors
/// Fails if a run is not ontology-aware, cannot be read, or has another ontology than the first. Also fails with fewer
/// annotated cells than neighbors.
pub fn infer(
    runs: &[Results],
    coordinates: &Coordinates,
    groups: Option<&[Option<u32>]>,
    options: &InferOptions,
) -> Result<Inference, Error> {
    let Some(first) = runs.first() else { return Err(Error::EmptyGroup) };
    let ontology = first.ontology()?;
    let caller = Caller::new(ontology, options.calls.with_top_k(1))?;
    let annotated = annotated_scores(runs, &caller)?;
    let least = options.neighbors.unwrap_or(CHOICES[0]);
    if annotated.len() <= least {
        return Err(Error::TooFewAnnotated { annotated: annotated.len(), neighbors: least });
    }
    let engine = Engine {
        reference: Searchable::new(coordinates.select(annotated.rows().iter().map(|row| *row as usize))),
        annotated: &annotated,
        coordinates,
        ontology,
        caller: &caller,
        groups,
    };
    let Measured { neighbors, calibration, left_out, limit } = engine.calibrate(options.neighbors);
    let mut cells: Vec<InferredCell> = (0..coordinates.rows() as u32)
        .map(|row| {
            let place = annotated.position(row);
            let source = if place.is_some() { CellSource::Annotated } else { CellSource::None };
            let call = place.and_then(|place| annotated.call(place));
            InferredCell { source, call, confidence: None, distance: None }
        })
        .collect();
    let others: Vec<u32> = (0..coordinates.rows() as u32).filter(|row| annotated.position(*row).is_none()).collect();
    for block in others.chunks(BLOCK) {
        for (row, raw) in block.iter().zip(engine.infer(block, neighbors)) {
            let call = raw.call.filter(|_| raw.nearest <= limit);
            cells[*row as usize] = InferredCell {
                source: if call.is_some() { CellSource::Inferred } else { CellSource::None },
                call,
                confidence: call.map(|_| calibration.confidence(raw.agreement)),
                distance: Some(raw.nearest),
            };
        }
    }
    Ok(Inference { cells, neighbors, calibration, limit, left_out })
}

/// The result of inferring annotated cells from the others.
struct Measured {
    neighbors: usize,
    calibration: Calibration,
    left_out: Vec<(u32, bool)>,
    limit: f64,
}

/// The inputs of an inference.
struct Engine<'a> {
    reference: Searchable,
    annotated: &'a Scores,
    coordinates: &'a Coordinates,
    ontology: &'a Ontology,
    caller: &'a Caller,
    groups: Option<&'a [Option<u32>]>,
}

impl Engine<'_> {
    /// Returns the annotated cells nearest to some cells of the file.
    fn nearest(&self, rows: &[u32], count: usize) -> Vec<Vec<Nearest>> {
        self.reference.nearest(&self.coordinates.select(rows.iter().map(|row| *row as usize)), count)
    }

    /// Infers some cells that are not annotated.
    fn infer(&self, rows: &[u32], neighbors: usize) -> Vec<Raw> {
        let nearest = self.nearest(rows, neighbors);
        let rows = rows.par_iter().zip(nearest);
        rows.map_init(|| Sums::new(self.ontology.len()), |sums, (row, near)| self.combine(*row, &near, sums)).collect()
    }

    /// Infers each annotated cell from the others and compares the result with its own call, for the given number of
    /// neighbors, otherwise for the one with the best agreement.
    fn calibrate(&self, given: Option<usize>) -> Measured {
        let others = self.annotated.len() - 1;
        let choices: Vec<usize> = given.map_or_else(|| CHOICES.to_vec(), |given| vec![given]);
        let choices = choices.into_iter().filter(|choice| *choice <= others).collect::<Vec<_>>();
        let most = choices.last().copied().unwrap_or(1);
        let mut near: Vec<Vec<Nearest>> = Vec::with_capacity(self.annotated.len());
        for block in self.annotated.rows().chunks(BLOCK) {
            let first = near.len();
            near.extend(self.nearest(block, most + 1));
            near[first..].iter_mut().zip(first..).for_each(|(near, place)| near.retain(|near| near.cell != place));
        }
        let distances: Vec<f64> = near.iter().filter_map(|near| Some(near.first()?.distance)).collect();
        let limit = quantile(&sorted(&distances), COVERED).unwrap_or(f64::INFINITY);
        let right = |found: &[(u32, f64, bool)]| found.iter().filter(|(_, _, is_right)| *is_right).count();
        let measured = choices.into_iter().map(|choice| (choice, self.measure(&near, choice, limit)));
        let best = measured.reduce(|best, next| if right(&next.1) > right(&best.1) { next } else { best });
        let (neighbors, found) = best.unwrap_or((1, Vec::new()));
        let calibration =
            Calibration::new(found.iter().map(|(_, agreement, is_right)| (*agreement, *is_right)).collect());
        let left_out = found.into_iter().map(|(row, _, is_right)| (row, is_right)).collect();
        Measured { neighbors, calibration, left_out, limit }
    }

    /// Infers annotated cells from a number of neighbors. Returns the row, the agreement, and whether the call is right.
    fn measure(&self, near: &[Vec<Nearest>], neighbors: usize, limit: f64) -> Vec<(u32, f64, bool)> {
        let infer = |sums: &mut Sums, (place, near): (usize, &Vec<Nearest>)| {
            let row = self.annotated.rows()[place];
            let raw = self.combine(row, &near[..neighbors.min(near.len())], sums);
            let ((inferred, _), (own, _)) = (raw.call?, self.annotated.call(place)?);
            (raw.nearest <= limit).then(|| (row, raw.agreement, self.ontology.same_branch(inferred, own)))
        };
        let inferred = near.par_iter().enumerate().map_init(|| Sums::new(self.ontology.len()), infer);
        inferred.flatten_iter().collect()
    }

    /// Combines the neighbors of a cell.
    fn combine(&self, row: u32, near: &[Nearest], sums: &mut Sums) -> Raw {
        let bandwidth = near.last().map_or(1.0, |last| last.distance).max(f64::MIN_POSITIVE);
        let group = |row: u32| self.groups.and_then(|groups| groups[row as usize]);
        let weights: Vec<f64> = near
            .iter()
            .map(|near| {
                let weight = (-(near.distance / bandwidth).powi(2)).exp();
                if group(row) == group(self.annotated.rows()[near.cell]) { weight } else { weight * OTHER_GROUP }
            })
            .collect();
        let total: f64 = weights.iter().sum();
        for (near, weight) in near.iter().zip(&weights) {
            self.annotated.scores(near.cell).for_each(|(term, score)| sums.add(term, score * weight / total));
        }
        let scores = sums.take();
        let call = scores::called(self.caller, &scores);
        let agrees = |near: &Nearest| match (call, self.annotated.call(near.cell)) {
            (Some((call, _)), Some((own, _))) => self.ontology.same_branch(call, own),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        let agreement =
            near.iter().zip(&weights).filter(|(near, _)| agrees(near)).map(|(_, weight)| weight).sum::<f64>();
        let nearest = near.first().map_or(f64::INFINITY, |near| near.distance);
        Raw { call, agreement: agreement / total, nearest }
    }
}
