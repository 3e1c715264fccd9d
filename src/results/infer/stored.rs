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
    #[error("{run} has no inferred calls")]
    Missing {
        /// The run folder, quoted for a shell.
        run: String,
    },
    /// The answers or the file have changed since.
    #[error("the inferred calls of {run} are out of date: {what}")]
    Outdated {
        /// The run folder, quoted for a shell.
        run: String,
        /// The input that has changed.
        what: &'static str,
    },
    /// They were made by another rule.
    #[error(
        "the inferred calls of {run} were made with {made}, not {wanted}",
        made = rule_in_words(made), wanted = rule_in_words(wanted)
    )]
    OtherRule {
        /// The run folder, quoted for a shell.
        run: String,
        /// The settings of the rule of the stored calls; see [`CallOptions::settings`].
        made: Vec<String>,
        /// The settings of the requested rule.
        wanted: Vec<String>,
    },
}

fn rule_in_words(settings: &[String]) -> String {
    if settings.is_empty() { "the default rule".to_owned() } else { settings.join(", ") }
}

/// Returns the settings of a stored rule. Earlier versions stored them as arguments of the command line, with values as
/// separate words.
fn settings_of(stored: &[String]) -> Vec<String> {
    let mut settings: Vec<String> = Vec::new();
    let are_arguments = stored.first().is_some_and(|word| word.starts_with('-'));
    for word in stored {
        match settings.last_mut() {
            Some(last) if are_arguments && !word.starts_with('-') => *last = format!("{last}={word}"),
            Some(_) | None => settings.push(word.trim_start_matches('-').to_owned()),
        }
    }
    settings
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
        rule: calls.settings(),
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
            return Err(outdated("the answers of the run have changed"));
        }
        let (made, wanted) = (settings_of(&stored.origin.rule), calls.settings());
        if made != wanted {
            return Err(Unusable::OtherRule { run: quoted(), made, wanted });
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

    /// Returns the rows in the file of the inferred cells that are not among the run's own, ascending.
    pub fn rows_beyond(&self, results: &Results) -> Vec<u32> {
        let mut is_own = vec![false; self.cells.len()];
        (0..results.cell_count()).for_each(|cell| is_own[results.row_in_file(cell)] = true);
        let is_inferred = |row: &usize| self.cells[*row].source == CellSource::Inferred && !is_own[*row];
        (0..self.cells.len()).filter(is_inferred).map(|row| row as u32).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_stored_as_arguments_is_understood() {
        let stored = |words: &[&str]| settings_of(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        let settings = ["min-acceptable-score=0.50", "longest-path", "only=CL:0000084"];
        assert_eq!(stored(&["--min-acceptable-score", "0.50", "--longest-path", "--only=CL:0000084"]), settings);
        assert_eq!(stored(&settings), settings);
        assert!(stored(&[]).is_empty());
    }
}
