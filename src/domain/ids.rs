//! Newtypes for identifiers that could be confused.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An ontology term identifier such as `CL:0000236`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TermId(String);

/// The name of a model offered by a CAS server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ModelName(String);

macro_rules! text_id {
    ($name:ident) => {
        impl $name {
            /// Wraps an identifier without checking it.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// Returns the identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.to_owned())
            }
        }
    };
}

text_id!(TermId);
text_id!(ModelName);

impl ModelName {
    /// The model of the embedded demo.
    pub const DEMO: &'static str = "castui-demo-pbmc";
}

impl TermId {
    /// The root of the Cell Ontology, "cell".
    pub const CELL: &'static str = "CL:0000000";

    /// The term "eukaryotic cell" of the Cell Ontology, the root in the tutorial of the official viewer.
    pub const EUKARYOTIC_CELL: &'static str = "CL:0000255";

    /// Returns the identifier with a colon, as in the Cell Ontology.
    pub fn canonical(self) -> Self {
        match self.other_spelling() {
            Some(other) if other.0.contains(':') => other,
            Some(_) | None => self,
        }
    }

    /// Returns the identifier with the other separator: `CL_0000236` for `CL:0000236` and vice versa. Returns `None`
    /// unless it consists of a prefix and a number.
    pub fn other_spelling(&self) -> Option<Self> {
        let (prefix, separator, number) = match (self.0.split_once(':'), self.0.split_once('_')) {
            (Some((prefix, number)), _) => (prefix, '_', number),
            (None, Some((prefix, number))) => (prefix, ':', number),
            (None, None) => return None,
        };
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| Self(format!("{prefix}{separator}{number}")))
    }
}

/// The position of a chunk in a run, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChunkIndex(pub u32);

impl ChunkIndex {
    /// Returns the position as an index into a slice of chunks.
    pub fn as_usize(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for ChunkIndex {
    /// Writes the chunk number, counted from 1 for users.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", u64::from(self.0) + 1)
    }
}

/// The ID of a reference cell on a CAS server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CasCellId(pub i64);

impl fmt::Display for CasCellId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn term_ids_have_two_spellings() {
        let other = |id: &str| TermId::from(id).other_spelling().map(|id| id.to_string());
        assert_eq!(other("CL_0000236").as_deref(), Some("CL:0000236"));
        assert_eq!(other("CL:0000236").as_deref(), Some("CL_0000236"));
        assert_eq!([other("cell"), other("T_cell"), other("CL_")], [None, None, None]);
        let canonical = ["CL_0000236", "CL:0000236", "T_cell"].map(|id| TermId::from(id).canonical().to_string());
        assert_eq!(canonical, ["CL:0000236", "CL:0000236", "T_cell"]);
    }
}
