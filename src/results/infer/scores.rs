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
