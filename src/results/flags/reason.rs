//! The reason for a flag, and the reason as a sentence.

use super::flag::Flag;
use crate::{
    domain::{Ontology, TermIndex, number::grouped},
    results::calls::Call,
};

/// The reason for a flag.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// A term on another branch scores at least as high as the call.
    Ambiguous {
        /// The cell's first call.
        call: Call,
        /// The highest-scoring term that is neither above nor below the call.
        other: Call,
    },
    /// The call is coarse.
    Coarse {
        /// The cell's first call.
        call: Call,
        /// The number of finer cell types below it in the ontology.
        finer: usize,
    },
    /// The call is unlike those of the cell's cluster.
    Unlike {
        /// The column and the label of the cluster.
        cluster: (String, String),
        /// The most frequent calls in the cluster: one, or several that are equally frequent.
        usual: Vec<TermIndex>,
        /// The number of its cells with such a call, for each.
        cells: usize,
        /// The number of its cells with any call.
        called: usize,
    },
}

impl Reason {
    /// Returns the flag.
    pub fn flag(&self) -> Flag {
        match self {
            Self::Ambiguous { .. } => Flag::Ambiguous,
            Self::Coarse { .. } => Flag::Coarse,
            Self::Unlike { .. } => Flag::Unlike,
        }
    }

    /// Returns the reason as a sentence without the letter. The ontology supplies the labels.
    pub fn words(&self, ontology: &Ontology) -> String {
        match self {
            Self::Ambiguous { call, other } => format!(
                "on another branch, {} has {:.2}; the call, {}, has {:.2}",
                ontology.label(other.term),
                other.score,
                ontology.label(call.term),
                call.score
            ),
            Self::Coarse { call, finer } => {
                format!("{} is coarse: the ontology has {finer} finer cell types below it", ontology.label(call.term))
            }
            Self::Unlike { cluster: (column, label), usual, cells, called } => {
                let (names, [cells, called]) =
                    (usual_names(usual, ontology), [cells, called].map(|number| grouped(*number as u64)));
                match usual.len() {
                    0 | 1 => format!(
                        "the most frequent call in {column} {label} is {names} ({cells} of {called}), on another branch"
                    ),
                    _ => format!(
                        "the most frequent calls in {column} {label} are {names} ({cells} of {called} each), on other \
                         branches"
                    ),
                }
            }
        }
    }
}

/// Returns the labels of the most frequent calls of a cluster: `A`, `A and B`, `A, B and C`.
pub fn usual_names(usual: &[TermIndex], ontology: &Ontology) -> String {
    let labels: Vec<&str> = usual.iter().map(|term| ontology.label(*term)).collect();
    match labels.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} and {last}", others.join(", ")),
        Some(_) | None => labels.concat(),
    }
}
