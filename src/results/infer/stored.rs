//! Inferred calls in run folders. They are valid for one file, one set of answers and one calling rule.

use std::{collections::BTreeMap, path::Path};

use super::{CellSource, Inference, InferredCell};
use crate::{
    domain::{TermId, TermIndex, shell},
    matrix::{self, Matrix},
    results::{CallOptions, CellNames, Error, Results},
    store::{Fingerprint, InferredOrigin, StoredCall, StoredInference, UsedRun},
};

/// The calls of all cells of a run's file, annotated and inferred.
#[derive(Clone, Debug)]
pub struct Inferred {
    /// One result per cell of the file.
    pub cells: Vec<InferredCell>,
    /// The names of the cells of the file.
    pub names: CellNames,
    /// The inputs.
    pub origin: InferredOrigin,
}

/// The reasons why a run has no usable inferred calls.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Unusable {
    /// None are stored, or the file is damaged.
    #[error("{run} has no inferred calls; `castui infer {run}` makes them")]
    Missing {
        /// The run folder, quoted for a shell.
        run: String,
    },
    /// The answers or the file have changed since.
    #[error("the inferred calls of {run} are out of date: {what}; `castui infer {run}` makes them again")]
    Outdated {
        /// The run folder, quoted for a shell.
        run: String,
        /// The input that has changed.
        what: &'static str,
    },
    /// They were made by another rule.
    #[error(
        "the inferred calls of {run} were made with {made}, not {wanted}; `castui infer {run}{arguments}` makes them again"
    )]
    OtherRule {
        /// The run folder, quoted for a shell.
        run: String,
        /// The rule of the stored calls.
        made: String,
        /// The requested rule.
        wanted: String,
        /// The arguments of the requested rule.
        arguments: String,
    },
}

/// Stores an inference in the folders of all runs that it used.
///
/// # Errors
/// Fails if a run has no ontology, or a folder is not writable.
pub fn store(runs: &[Results], inference: &Inference, calls: &CallOptions) -> Result<(), Error> {
    let Some(first) = runs.first() else { return Err(Error::EmptyGroup) };
    let ontology = first.ontology()?;
    let mut places = BTreeMap::new();
    let mut terms = Vec::new();
    let mut place = |term: TermIndex| {
        *places.entry(term).or_insert_with(|| {
            terms.push(ontology.id(term).to_string());
            terms.len() as u32 - 1
        })
    };
    let stored = |cell: &InferredCell| StoredCall {
        source: cell.source,
        term: cell.call.map(|(term, _)| place(term)),
        score: cell.call.map_or(f64::NAN, |(_, score)| score),
        confidence: cell.confidence.unwrap_or(f64::NAN),
        distance: cell.distance.unwrap_or(f64::NAN),
    };
    let cells = inference.cells.iter().map(stored).collect();
    let origin = InferredOrigin {
        input: first.run().manifest().input.fingerprint.clone(),
        runs: runs.iter().map(|run| UsedRun::of(run.run(), &*run.stored())).collect(),
        rule: calls.arguments(),
        neighbors: inference.neighbors,
        largest_distance: inference.limit,
        left_out_agreement: inference.calibration.accuracy(),
    };
    let stored = StoredInference { origin, terms, cells };
    runs.iter().try_for_each(|run| stored.write(run.run().folder()))?;
    Ok(())
}

impl Inferred {
    /// Reads the stored calls of a run's file, with the names of its cells; see [`Inferred::read`].
    ///
    /// # Errors
    /// Fails if the file has changed or cannot be read, or if the run has no usable inferred calls.
    pub fn of_file(results: &Results, path: &Path, calls: &CallOptions) -> Result<Self, Error> {
        let now = Fingerprint::of(path).map_err(|source| matrix::Error::Io { path: path.to_owned(), source })?;
        if !now.same_content(&results.run().manifest().input.fingerprint) {
            return Err(Error::InputChanged { path: path.to_owned() });
        }
        let names = Matrix::open(path)?.cell_names()?;
        Ok(Self::read(results, calls, names.iter().collect())?)
    }

    /// Reads the stored calls of a run's file. They must have been made from the run's current answers by the same rule.
    /// `names` has the names of all cells of the file.
    ///
    /// # Errors
    /// Fails if the run has no stored calls, or if they were made from something else.
    pub fn read(results: &Results, calls: &CallOptions, names: CellNames) -> Result<Self, Unusable> {
        let run = results.run();
        let input = &run.manifest().input;
        let quoted = || shell::path(run.folder()).to_string();
        let missing = || Unusable::Missing { run: quoted() };
        let outdated = |what| Unusable::Outdated { run: quoted(), what };
        let stored = StoredInference::read(run.folder(), input.cells_in_file()).ok_or_else(missing)?;
        if !stored.origin.input.same_content(&input.fingerprint) || names.len() != stored.cells.len() {
            return Err(outdated("they are about another file"));
        }
        if !stored.origin.runs.contains(&UsedRun::of(run, &*results.stored())) {
            return Err(outdated("the run has other answers now"));
        }
        let wanted = calls.arguments();
        if stored.origin.rule != wanted {
            let words = |rule: &[String]| if rule.is_empty() { "the default rule".to_owned() } else { rule.join(" ") };
            let arguments = wanted.iter().map(|argument| format!(" {}", shell::quoted(argument))).collect();
            let (made, wanted) = (words(&stored.origin.rule), words(&wanted));
            return Err(Unusable::OtherRule { run: quoted(), made, wanted, arguments });
        }
        let ontology = results.ontology().map_err(|_| missing())?;
        let terms: Option<Vec<TermIndex>> =
            stored.terms.iter().map(|id| ontology.find(&TermId::from(id.as_str()))).collect();
        let terms = terms.ok_or_else(|| outdated("they have terms that the run's ontology lacks"))?;
        let cells = stored.cells.iter().map(|cell| called(cell, &terms)).collect();
        Ok(Self { cells, names, origin: stored.origin })
    }

    /// Returns whether a run's folder has inferred calls, whatever they were made from.
    pub fn is_stored(results: &Results) -> bool {
        StoredInference::is_in(results.run().folder())
    }

    /// Returns the number of cells of a source.
    pub fn count(&self, source: CellSource) -> usize {
        self.cells.iter().filter(|cell| cell.source == source).count()
    }
}

fn called(stored: &StoredCall, terms: &[TermIndex]) -> InferredCell {
    let known = |value: f64| (!value.is_nan()).then_some(value);
    InferredCell {
        source: stored.source,
        call: stored.term.map(|term| (terms[term as usize], stored.score)),
        confidence: known(stored.confidence),
        distance: known(stored.distance),
    }
}
