//! The names of the calling rules.

use std::{fmt, str::FromStr};

/// The rule that selects a cell's call among the terms that reach the threshold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallRule {
    /// The deepest term; of equally deep terms the one with the highest score. The rule of the official client.
    #[default]
    Official,
    /// The end of the path that leads from the root to the child with the highest score, as long as that score reaches
    /// the threshold.
    BestPath,
}

impl CallRule {
    /// All rules.
    pub const ALL: [Self; 2] = [Self::Official, Self::BestPath];

    /// Returns the name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::BestPath => "best-path",
        }
    }

    /// Returns the other rule, for comparisons.
    pub fn other(self) -> Self {
        match self {
            Self::Official => Self::BestPath,
            Self::BestPath => Self::Official,
        }
    }
}

impl fmt::Display for CallRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The error of an unknown rule name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected official or best-path")]
pub struct UnknownRule;

impl FromStr for CallRule {
    type Err = UnknownRule;

    fn from_str(name: &str) -> Result<Self, UnknownRule> {
        Self::ALL.into_iter().find(|rule| rule.name() == name).ok_or(UnknownRule)
    }
}
