//! The scores and calls of the annotated cells of several runs.

use crate::{
    domain::{Ontology, TermIndex},
    results::{CellSet, Error, Results, calls::Caller, index::CellScores},
};

/// The scores of annotated cells, by ascending row of the file.
#[derive(Debug, Default)]
pub(super) struct Scores {
    rows: Vec<u32>,
    ends: Vec<usize>,
    terms: Vec<TermIndex>,
    scores: Vec<f64>,
    calls: Vec<Option<(TermIndex, f64)>>,
}

impl Scores {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Returns the rows in the file.
    pub(super) fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// Returns the place of a row of the file.
    pub(super) fn position(&self, row: u32) -> Option<usize> {
        self.rows.binary_search(&row).ok()
    }

    /// Returns the call of the cell at a place.
    pub(super) fn call(&self, place: usize) -> Option<(TermIndex, f64)> {
        self.calls[place]
    }

    /// Returns the scores of the cell at a place.
    pub(super) fn scores(&self, place: usize) -> impl Iterator<Item = (TermIndex, f64)> + '_ {
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        let range = start..self.ends[place];
        self.terms[range.clone()].iter().copied().zip(self.scores[range].iter().copied())
    }
}

/// Sums of the scores of terms, with a place for each term of the ontology. It is used for one cell after another.
pub(super) struct Sums {
    sums: Vec<f64>,
    /// Whether a term was added.
    is_added: Vec<bool>,
    /// The added terms.
    added: Vec<TermIndex>,
}

impl Sums {
    pub(super) fn new(terms: usize) -> Self {
        Self { sums: vec![0.0; terms], is_added: vec![false; terms], added: Vec::new() }
    }

    /// Adds a score to the sum of a term.
    pub(super) fn add(&mut self, term: TermIndex, score: f64) {
        let place = term.as_usize();
        if !std::mem::replace(&mut self.is_added[place], true) {
            self.added.push(term);
        }
        self.sums[place] += score;
    }

    /// Returns the added terms in ascending order with their sums, and resets all sums.
    pub(super) fn take(&mut self) -> Vec<(TermIndex, f64)> {
        self.added.sort_unstable();
        let taken = self.added.drain(..).map(|term| {
            let place = term.as_usize();
            self.is_added[place] = false;
            (term, std::mem::take(&mut self.sums[place]))
        });
        taken.collect()
    }
}

/// Returns the first call for scores; `None` if no term below the root reaches the threshold.
pub(super) fn called(caller: &Caller, scores: &[(TermIndex, f64)]) -> Option<(TermIndex, f64)> {
    let (terms, values): (Vec<TermIndex>, Vec<f64>) = scores.iter().copied().unzip();
    let calls = caller.call(CellScores { terms: &terms, scores: &values });
    calls.first().filter(|call| caller.is_call(call)).map(|call| (call.term, call.score))
}

/// Reads the scores of all answered cells. A cell of several runs counts once, with its first answer.
pub(super) fn annotated_scores(runs: &[Results], caller: &Caller) -> Result<Scores, Error> {
    let mut cells: Vec<(u32, Vec<(TermIndex, f64)>)> = Vec::new();
    for run in runs {
        if !same_terms(run.ontology()?, runs[0].ontology()?) {
            return Err(Error::OtherOntology { run: run.run().folder().to_owned() });
        }
        run.visit_scores(&CellSet::All, |row, scores| {
            cells.push((run.row_in_file(row) as u32, scores.iter().collect()));
        })?;
    }
    cells.sort_by_key(|(row, _)| *row);
    cells.dedup_by_key(|(row, _)| *row);
    let mut all = Scores::default();
    for (row, scores) in cells {
        all.rows.push(row);
        all.calls.push(called(caller, &scores));
        for (term, score) in scores {
            all.terms.push(term);
            all.scores.push(score);
        }
        all.ends.push(all.terms.len());
    }
    Ok(all)
}

/// Returns whether two ontologies have the same terms in the same order.
fn same_terms(one: &Ontology, other: &Ontology) -> bool {
    one.len() == other.len() && one.terms().all(|term| one.id(term) == other.id(term))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_taken_in_order_and_begin_again() {
        let mut sums = Sums::new(5);
        for (term, score) in [(4, 0.5), (1, 0.25), (4, 0.25), (2, 0.0)] {
            sums.add(TermIndex(term), score);
        }
        assert_eq!(sums.take(), [(TermIndex(1), 0.25), (TermIndex(2), 0.0), (TermIndex(4), 0.75)]);
        sums.add(TermIndex(4), 1.0);
        assert_eq!((sums.take(), sums.take()), (vec![(TermIndex(4), 1.0)], vec![]));
    }
}
