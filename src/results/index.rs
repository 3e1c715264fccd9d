//! The scores of a chunk in a form that is read a hundred times faster than its answer. In: a stored answer and the
//! ontology. Out: compressed sparse rows.
//!
//! A chunk's index is kept in the run folder (`index/chunk-000000.scores`). It is derived: it is made again when it is
//! absent, of another answer or ontology, or damaged, and nothing is lost with it. Where it cannot be written (the
//! folder is read-only), the answer is read each time.

mod file;

use std::{collections::HashMap, ops::Range, sync::Arc};

use super::{
    Error,
    answers::{self, BriefOntologyAware},
};
use crate::{
    domain::{ChunkIndex, Ontology, TermId, TermIndex},
    store::Run,
};

/// An ontology, ready for looking up many terms, with what tells it from others.
#[derive(Clone, Debug)]
pub struct IndexedOntology {
    /// The ontology.
    pub ontology: Arc<Ontology>,
    /// BLAKE3 of the resource as the server sent it.
    digest: [u8; 32],
    /// The place of each term, by the text of its id.
    places: HashMap<Box<str>, TermIndex>,
}

impl IndexedOntology {
    /// Takes an ontology and the resource it was made of.
    pub fn new(ontology: Ontology, resource: &[u8]) -> Self {
        let places = ontology.terms().map(|term| (ontology.id(term).as_str().into(), term)).collect();
        Self { ontology: Arc::new(ontology), digest: *blake3::hash(resource).as_bytes(), places }
    }

    /// The place of a term, by its identifier in either spelling.
    fn place(&self, id: &str) -> Option<TermIndex> {
        let known = self.places.get(id).copied();
        known.or_else(|| self.ontology.find(&TermId::from(id).other_spelling()?))
    }
}

/// The ontology-aware scores of a chunk's cells, as compressed sparse rows whose columns are the ontology's terms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChunkScores {
    first_row: usize,
    /// Where each row starts in the next two, and at the end their length.
    indptr: Vec<u32>,
    terms: Vec<TermIndex>,
    scores: Vec<f64>,
    totals: Vec<Totals>,
}

/// What an ontology-aware answer says of the neighborhood as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// The sum of all neighbors' weights.
    pub weight: f64,
    /// How many neighbors voted; none of a classifier's.
    pub neighbors: u64,
    /// How many of them have a cell type outside the ontology.
    pub unrecognized: u64,
    /// Terms of the answer that the ontology does not have; they are left out of the scores.
    pub unplaced: u64,
}

/// The scores of one cell. Terms ascend, each once; a term that is not there has score 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CellScores<'a> {
    /// The terms, in the ontology's order.
    pub terms: &'a [TermIndex],
    /// The score of each.
    pub scores: &'a [f64],
}

impl<'a> CellScores<'a> {
    /// The terms with their scores.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (TermIndex, f64)> + use<'a> {
        self.terms.iter().copied().zip(self.scores.iter().copied())
    }

    /// The score of a term.
    pub fn get(&self, term: TermIndex) -> f64 {
        self.terms.binary_search(&term).map_or(0.0, |place| self.scores[place])
    }
}

impl ChunkScores {
    /// The rows of the file it holds.
    pub fn rows(&self) -> Range<usize> {
        self.first_row..self.first_row + self.totals.len()
    }

    /// The scores of a row of the file.
    ///
    /// # Panics
    /// When the row is not one of [`ChunkScores::rows`].
    pub fn cell(&self, row: usize) -> CellScores<'_> {
        let place = row - self.first_row;
        let ends = self.indptr[place] as usize..self.indptr[place + 1] as usize;
        CellScores { terms: &self.terms[ends.clone()], scores: &self.scores[ends] }
    }

    /// The neighborhood of a row of the file.
    ///
    /// # Panics
    /// When the row is not one of [`ChunkScores::rows`].
    pub fn totals(&self, row: usize) -> Totals {
        self.totals[row - self.first_row]
    }

    /// Reads a chunk's scores from its index, or else from its answer, and then writes the index.
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
        let body = run.answer(chunk)?;
        let cells: Vec<BriefOntologyAware<'_>> = answers::parse(run, chunk, &body)?;
        let mut built = Self { first_row: run.manifest().range(chunk).start, indptr: vec![0], ..Self::default() };
        cells.into_iter().for_each(|cell| built.push(cell, ontology));
        Ok(built)
    }

    /// Adds a row. Scores of a term that is named twice are summed, as the official score matrix does.
    fn push(&mut self, cell: BriefOntologyAware<'_>, ontology: &IndexedOntology) {
        let (mut matches, mut unplaced) = (Vec::new(), 0);
        for found in cell.matches {
            match ontology.place(&found.cell_type_ontology_term_id) {
                // A term that scores nothing is as good as absent, and at a prune threshold of 0 nearly all do.
                Some(_) if found.score == 0.0 => {}
                Some(term) => matches.push((term, found.score)),
                None => unplaced += 1,
            }
        }
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
        // A chunk would need four billion matches to fail here; its answer would not fit into memory.
        self.indptr.push(u32::try_from(self.terms.len()).unwrap_or(u32::MAX));
        self.totals.push(Totals {
            weight: cell.total_weight,
            neighbors: cell.total_neighbors,
            unrecognized: cell.total_neighbors_unrecognized,
            unplaced,
        });
    }
}
