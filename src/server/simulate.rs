//! Simulated behaviors of other CAS servers, enabled only on request, for tests of clients.

use std::str::FromStr;

use super::token::TokenFault;

/// A behavior that this service shows only on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Simulation {
    /// The list of models has no embedding dimension.
    NullDimension,
    /// The list of models has unreadable entries before and after the others.
    StrangeModels,
    /// Models are classifiers: no embedding, no neighbors, and scores of another kind.
    Classifier,
    /// The models have an ontology column other than `cell_type`.
    NoCellType,
    /// The models have no ontology columns, as on older servers.
    NoColumns,
    /// Summary statistics have no breakdown by dataset, even if requested.
    NoDatasets,
    /// Too few neighbors are found, and the list is padded.
    Padding,
    /// Distances are similarities: the nearest neighbor has the largest, and some are negative.
    Similarity,
    /// Response bodies never end.
    Oversized,
    /// Uploads and responses are limited to 32 MiB, as on Cloud Run. A chunk with a larger answer fails after it was
    /// charged.
    CloudRun,
    /// Every endpoint that needs a token fails with status 500.
    TokenError,
    /// The token has expired.
    ExpiredToken,
    /// The token is inactive.
    InactiveToken,
    /// The account is inactive.
    InactiveUser,
    /// The quota endpoint fails with status 500.
    QuotaError,
}

/// The maximum size in bytes of a request or response on Cloud Run.
pub(super) const CLOUD_RUN_LIMIT: usize = 32 << 20;

impl Simulation {
    /// All simulations.
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

    /// Returns the name on the command line.
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

    /// Returns a short description.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::NullDimension => "models without an embedding dimension",
            Self::StrangeModels => "unreadable entries in the list of models",
            Self::Classifier => "answers of a classifier: no neighbors, CL_ ids, the ten best terms only",
            Self::NoCellType => "models whose ontology columns lack cell_type",
            Self::NoColumns => "models without ontology columns, as on older servers",
            Self::NoDatasets => "no breakdown by dataset, as on CAS 1.8.5",
            Self::Padding => "too few neighbors, the rest padded with id 2^64-1",
            Self::Similarity => "similarities in place of distances",
            Self::Oversized => "response bodies that never end",
            Self::CloudRun => "at most 32 MiB per request or response",
            Self::TokenError => "500 from every endpoint that needs a token",
            Self::ExpiredToken => "401, the token is expired",
            Self::InactiveToken => "401, the token is inactive",
            Self::InactiveUser => "401, the user is inactive",
            Self::QuotaError => "500 from the quota endpoint",
        }
    }

    /// Returns the simulated fault of every token.
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

/// An unknown simulation name.
#[derive(Debug, thiserror::Error)]
#[error("unknown simulation '{0}'")]
pub struct UnknownSimulation(String);

impl FromStr for Simulation {
    type Err = UnknownSimulation;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|simulation| simulation.name() == name);
        found.ok_or_else(|| UnknownSimulation(crate::domain::text::excerpt(name)))
    }
}
