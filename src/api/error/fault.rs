//! Faults of bodies and of feature schemas.

use crate::{domain::text, wire::MOST_GENES};

/// A deviation of a body from the contract, in the words of the JSON parser. The parser may quote the body, so control
/// characters and the token are removed, and long words are shortened.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct BodyFault(String);

impl BodyFault {
    pub(in crate::api) fn new(words: &str) -> Self {
        Self(text::clean(&text::shorten(words)).into_owned())
    }
}

/// The faults of a feature schema.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SchemaFault {
    /// The schema has no genes.
    #[error("it has no genes")]
    Empty,
    /// The schema has too many genes.
    #[error("it has {0} genes; castui reads at most {MOST_GENES}")]
    TooMany(usize),
    /// A gene has no id.
    #[error("its gene number {0} has no id")]
    Blank(usize),
    /// The id of a gene is too long.
    #[error("the id of its gene number {0} is too long")]
    Long(usize),
    /// A gene twice.
    #[error("it has the gene {0} twice")]
    Duplicate(String),
}
