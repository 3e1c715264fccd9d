//! What CAS servers do now and then, or will do, and this service only when asked to: for tests of clients.

use std::str::FromStr;

use super::token::TokenFault;

/// Something a server may do that this one does not do by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Simulation {
    /// The list of models has no embedding dimension.
    NullDimension,
    /// The list of models has entries that cannot be read, before and after the others.
    StrangeModels,
    /// Models are classifiers: no embedding, no neighbors, scores of their own.
    Classifier,
    /// The models have an ontology column, and it is not `cell_type`.
    NoCellType,
    /// The models have no ontology columns, as on older servers.
    NoColumns,
    /// Summary statistics have no breakdown by dataset, whether or not it is asked for.
    NoDatasets,
    /// Too few neighbors are found, and the list is padded.
    Padding,
    /// Distances are similarities: the nearest neighbor has the largest, and some are negative.
    Similarity,
    /// Answers have no end.
    Oversized,
    /// No more than 32 MiB go up or down, as on Cloud Run; a chunk whose answer is larger fails after it was paid for.
    CloudRun,
    /// Whatever asks for a token fails (500).
    TokenError,
    /// The token is past its date.
    ExpiredToken,
    /// The token was switched off.
    InactiveToken,
    /// The account was switched off.
    InactiveUser,
    /// The quota cannot be asked for (500).
    QuotaError,
}

/// Bytes that Cloud Run lets through, up and down.
pub(super) const CLOUD_RUN_LIMIT: usize = 32 << 20;

impl Simulation {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::NullDimension,
        Self::StrangeModels,
        Self::Classifier,
        Self::NoCellType,
        Self::NoColumns,
        Self::NoDatasets,
        Self::Padding,
        Self::Similarity,
        Self::Oversized,
        Self::CloudRun,
        Self::TokenError,
        Self::ExpiredToken,
        Self::InactiveToken,
        Self::InactiveUser,
        Self::QuotaError,
    ];

    /// The name it is asked for by.
    pub fn name(self) -> &'static str {
        match self {
            Self::NullDimension => "null-dimension",
            Self::StrangeModels => "strange-models",
            Self::Classifier => "classifier",
            Self::NoCellType => "no-cell-type",
            Self::NoColumns => "no-columns",
            Self::NoDatasets => "no-datasets",
            Self::Padding => "padding",
            Self::Similarity => "similarity",
            Self::Oversized => "oversized",
            Self::CloudRun => "cloud-run",
            Self::TokenError => "token-error",
            Self::ExpiredToken => "expired-token",
            Self::InactiveToken => "inactive-token",
            Self::InactiveUser => "inactive-user",
            Self::QuotaError => "quota-error",
        }
    }

    /// What it does, in a few words.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::NullDimension => "models without an embedding dimension",
            Self::StrangeModels => "entries in the list of models that cannot be read",
            Self::Classifier => "answers of a classifier: no neighbors, CL_ ids, the ten best terms only",
            Self::NoCellType => "models whose ontology columns lack cell_type",
            Self::NoColumns => "models without ontology columns, as on older servers",
            Self::NoDatasets => "no breakdown by dataset, as on CAS 1.8.5",
            Self::Padding => "too few neighbors, the rest padded with id 2^64-1",
            Self::Similarity => "similarities in place of distances",
            Self::Oversized => "answers without an end",
            Self::CloudRun => "no more than 32 MiB up or down a call",
            Self::TokenError => "500 wherever a token is needed",
            Self::ExpiredToken => "401, the token is expired",
            Self::InactiveToken => "401, the token is inactive",
            Self::InactiveUser => "401, the user is inactive",
            Self::QuotaError => "500 where the quota is asked for",
        }
    }

    /// What is wrong with every token.
    pub(super) fn token_fault(self) -> Option<TokenFault> {
        match self {
            Self::TokenError => Some(TokenFault::Cut),
            Self::ExpiredToken => Some(TokenFault::Expired),
            Self::InactiveToken => Some(TokenFault::Inactive),
            Self::InactiveUser => Some(TokenFault::UserInactive),
            Self::NullDimension
            | Self::StrangeModels
            | Self::Classifier
            | Self::NoCellType
            | Self::NoColumns
            | Self::NoDatasets
            | Self::Padding
            | Self::Similarity
            | Self::Oversized
            | Self::CloudRun
            | Self::QuotaError => None,
        }
    }
}

/// A text that names no simulation.
#[derive(Debug, thiserror::Error)]
#[error("there is no simulation '{0}'")]
pub struct UnknownSimulation(String);

impl FromStr for Simulation {
    type Err = UnknownSimulation;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|simulation| simulation.name() == name);
        found.ok_or_else(|| UnknownSimulation(crate::domain::text::excerpt(name)))
    }
}
