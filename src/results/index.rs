//! An index of a chunk's scores that is read about a hundred times faster than the answer. In: a stored answer and the
//! ontology. Out: compressed sparse rows.
//!
//! The index is kept in the run folder (`index/chunk-000000.scores`). It holds only derived data: an index that is
//! missing, damaged, or made from another answer or ontology is built again. If it cannot be written, for example in a
//! read-only folder or in another user's, the answer is parsed each time.
//!
//! An index never overrides the stored answers. It must be this user's own file, and it records the time at which the
//! system last changed the answer's file (ctime). Nobody can set or predict that time, so an index copied from
//! elsewhere does not match, whatever scores it contains.

mod file;
#[cfg(fuzzing)]
pub(super) mod fuzzing;

use std::{collections::HashMap, ops::Range, sync::Arc};

use super::{
    Error,
    answers::{self, BriefOntologyAware},
    room,
};
use crate::{
    domain::{ChunkIndex, Ontology, TermId, TermIndex},
    store::Run,
};

/// An ontology with a lookup table of its terms and a digest that identifies it.
#[derive(Clone, Debug)]
pub struct IndexedOntology {
    /// The ontology.
    pub ontology: Arc<Ontology>,
    /// The BLAKE3 digest of the resource as the server sent it.
    digest: [u8; 32],
    /// The index of each term by the text of its id.
    places: HashMap<Box<str>, TermIndex>,
}

impl IndexedOntology {
    /// Prepares an ontology and the resource it was read from.
    pub fn new(ontology: Ontology, resource: &[u8]) -> Self {
        let places = ontology.terms().map(|term| (ontology.id(term).as_str().into(), term)).collect();
        Self { ontology: Arc::new(ontology), digest: *blake3::hash(resource).as_bytes(), places }
    }

    /// Returns the index of a term. The identifier may have either spelling.
    fn place(&self, id: &str) -> Option<TermIndex> {
        let known = self.places.get(id).copied();
        known.or_else(|| self.ontology.find(&TermId::from(id).other_spelling()?))
    }
}

/// Ontology-aware scores of a chunk's cells in CSR form: cells × terms of the ontology.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChunkScores {
    first_row: usize,
    /// The start of each row in the next two vectors, followed by their length.
    indptr: Vec<u32>,
    terms: Vec<TermIndex>,
    scores: Vec<f64>,
    totals: Vec<Totals>,
}

/// The neighborhood totals of an ontology-aware answer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// The sum of all neighbors' weights.
    pub weight: f64,
    /// The number of neighbors that voted; 0 for a classifier.
    pub neighbors: u64,
    /// The number of those neighbors whose cell type is not in the ontology.
    pub unrecognized: u64,
    /// The number of terms in the answer that the ontology lacks. They are left out of the scores.
    pub unplaced: u64,
}

/// The scores of one cell. Terms ascend without duplicates; a missing term has score 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellScores<'a> {
    /// The terms, in the ontology's order.
    pub terms: &'a [TermIndex],
    /// The score of each term.
    pub scores: &'a [f64],
}

impl<'a> CellScores<'a> {
    /// Returns the terms with their scores.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (TermIndex, f64)> + use<'a> {
        self.terms.iter().copied().zip(self.scores.iter().copied())
    }

    /// Returns the score of a term.
    pub fn get(&self, term: TermIndex) -> f64 {
        self.terms.binary_search(&term).map_or(0.0, |place| self.scores[place])
    }
}

impl ChunkScores {
    /// Returns the rows of the run that the chunk covers.
    pub fn rows(&self) -> Range<usize> {
        self.first_row..self.first_row + self.totals.len()
    }

    /// Returns the scores of a row.
    ///
    /// # Panics
    /// Panics if the row is not in [`ChunkScores::rows`].
    pub fn cell(&self, row: usize) -> CellScores<'_> {
        let place = row - self.first_row;
        let ends = self.indptr[place] as usize..self.indptr[place + 1] as usize;
        CellScores { terms: &self.terms[ends.clone()], scores: &self.scores[ends] }
    }

    /// Returns the neighborhood totals of a row.
    ///
    /// # Panics
    /// Panics if the row is not in [`ChunkScores::rows`].
    pub fn totals(&self, row: usize) -> Totals {
        self.totals[row - self.first_row]
    }

    /// Returns whether the parts are consistent: rows and offsets fit the chunk, terms ascend in each row and are in
    /// the ontology, and scores are finite.
    fn is_consistent(&self, rows: &Range<usize>, terms: usize) -> bool {
        let ascend = |row: &[u32]| {
            let row = self.terms.get(row[0] as usize..row[1] as usize);
            row.is_some_and(|row| {
                row.is_sorted_by(|a, b| a < b) && row.last().is_none_or(|last| last.as_usize() < terms)
            })
        };
        self.first_row == rows.start
            && self.totals.len() == rows.len()
            && self.indptr.len() == rows.len() + 1
            && self.scores.len() == self.terms.len()
            && self.indptr.first() == Some(&0)
            && self.indptr.last().is_some_and(|last| *last as usize == self.terms.len())
            && self.indptr.windows(2).all(ascend)
            && self.scores.iter().chain(self.totals.iter().map(|totals| &totals.weight)).all(|value| value.is_finite())
    }

    /// Reads a chunk's scores from its index. Without a valid index, reads the answer and writes the index.
    pub(super) fn load(run: &Run, chunk: ChunkIndex, ontology: &IndexedOntology) -> Result<Self, Error> {
        let identity = file::Identity::of(run, chunk, ontology);
        if let Some(known) = identity.as_ref().and_then(|identity| file::read(run, chunk, identity, ontology)) {
            return Ok(known);
        }
        let built = Self::from_answer(run, chunk, ontology)?;
        if let Some(identity) = identity {
            file::write(run, chunk, &identity, &built);
        }
        Ok(built)
    }

    fn from_answer(run: &Run, chunk: ChunkIndex, ontology: &IndexedOntology) -> Result<Self, Error> {
        let (_room, body) = room::answer(run, chunk)?;
        let mut cells: Vec<PlacedCell> = Vec::new();
        answers::visit(run, chunk, &body, |cell: BriefOntologyAware<'_>| cells.push(PlacedCell::of(&cell, ontology)))?;
        cells.sort_by_key(|cell| cell.row);
        let count = cells.iter().map(|cell| cell.matches.len()).sum();
        let mut built = Self {
            first_row: run.manifest().range(chunk).start,
            indptr: vec![0],
            terms: Vec::with_capacity(count),
            scores: Vec::with_capacity(count),
            totals: Vec::with_capacity(cells.len()),
        };
        cells.into_iter().for_each(|cell| built.push(cell));
        Ok(built)
    }

    /// Returns the approximate size in memory.
    pub(super) fn bytes(&self) -> usize {
        let Self { first_row: _, indptr, terms, scores, totals } = self;
        size_of_val(&indptr[..]) + size_of_val(&terms[..]) + size_of_val(&scores[..]) + size_of_val(&totals[..])
    }

    /// Adds a row. No term occurs twice: such an answer fails the check. Were it otherwise, scores would be summed, as in
    /// the official score matrix.
    fn push(&mut self, PlacedCell { mut matches, totals, .. }: PlacedCell) {
        matches.sort_by_key(|(term, _)| *term);
        let start = self.terms.len();
        for (term, score) in matches {
            if self.terms[start..].last() == Some(&term) {
                self.scores[self.terms.len() - 1] += score;
            } else {
                self.terms.push(term);
                self.scores.push(score);
            }
        }
        // An overflow would need four billion matches in a chunk, whose answer would not fit into memory.
        self.indptr.push(u32::try_from(self.terms.len()).unwrap_or(u32::MAX));
        self.totals.push(totals);
    }
}

/// An answer about one cell, with the terms that are in the ontology.
struct PlacedCell {
    row: usize,
    matches: Vec<(TermIndex, f64)>,
    totals: Totals,
}

impl PlacedCell {
    fn of(cell: &BriefOntologyAware<'_>, ontology: &IndexedOntology) -> Self {
        let (mut matches, mut unplaced) = (Vec::new(), 0);
        for found in &cell.matches {
            match ontology.place(&found.cell_type_ontology_term_id) {
                // A score of 0 equals a missing term. At a prune threshold of 0 nearly all terms score 0.
                Some(_) if found.score == 0.0 => {}
                Some(term) => matches.push((term, found.score)),
                None => unplaced += 1,
            }
        }
        let totals = Totals {
            weight: cell.total_weight,
            neighbors: cell.total_neighbors,
            unrecognized: cell.total_neighbors_unrecognized,
            unplaced,
        };
        Self { row: answers::row_of(cell), matches, totals }
    }
}
