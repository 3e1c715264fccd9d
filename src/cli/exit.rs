//! Exit codes of commands and errors.

use std::{error::Error as StdError, process::ExitCode};

use super::{
    annotated_copy::CopyError,
    benchmark::BenchmarkError,
    call_options::{CellError, SamePrefix},
    calls::NoGraph,
    cells::ListError,
    cluster::TableError,
    consensus::ConsensusError,
    context::NoToken,
    existing_run::OtherRequest,
    export::ExportError,
    inference::InferenceError,
    markers::MarkerError,
    obs_options::NoSuchCells,
    run_server::NotSent,
    stored_run::FileError,
    tree::GroupError,
};
use crate::{
    analysis,
    api::{self, ErrorKind},
    config,
    engine::{Outcome, StopReason, catalog, clustering, official, prepare, signals::EndSignal},
    matrix::obs_table,
    results::{self, PanelError, calls::UnknownTerm, figure::ColorError, labels::TableFault, plot::PlotError},
};

/// The table of exit codes for the help.
pub(super) const MEANINGS: &str = "\
Exit codes:
  0         success
  1         any other failure
  2         the command line is wrong
  3         a check of the input failed; nothing was sent or written
  4         no valid token
  5         not enough quota
  6         the network or the server failed
  7         some answers are stored, others are missing; `castui resume` sends the rest
  130       ended by Ctrl-C; what was stored is kept
  143       ended by SIGTERM, SIGHUP, SIGUSR1 or SIGUSR2; what was stored is kept

For a bug report, attach castui.log from the run's folder: versions, options, requests and retries, but neither the
token nor names of cells. -v and -vv print such lines; CASTUI_LOG selects them, as in `castui::api=debug`.";

/// The result of a command. Scripts rely on the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Success.
    Ok,
    /// A failure without a specific code.
    Failure,
    /// An invalid command line.
    Usage,
    /// A failed check before anything was sent.
    Preflight,
    /// A missing or invalid token.
    Authentication,
    /// Not enough quota.
    Quota,
    /// A failure of the network or the server.
    Network,
    /// Some answers are missing; `castui resume` requests them.
    Partial,
    /// Ended by Ctrl-C.
    Interrupted,
    /// Ended by SIGTERM, SIGHUP, SIGUSR1 or SIGUSR2, as batch systems and closed sessions do.
    Terminated,
}

impl Exit {
    /// Returns the number that the shell receives.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failure => 1,
            Self::Usage => 2,
            Self::Preflight => 3,
            Self::Authentication => 4,
            Self::Quota => 5,
            Self::Network => 6,
            Self::Partial => 7,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// Returns the code of a run ended by a signal.
    pub fn of_signal(signal: EndSignal) -> Self {
        match signal {
            EndSignal::Interrupt => Self::Interrupted,
            EndSignal::Terminate | EndSignal::HangUp => Self::Terminated,
        }
    }

    /// Returns the code of a server's refusal.
    pub fn of_refusal(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::Authentication => Self::Authentication,
            ErrorKind::Quota => Self::Quota,
            ErrorKind::Forbidden
            | ErrorKind::BadRequest
            | ErrorKind::NotFound
            | ErrorKind::TooLarge
            | ErrorKind::RateLimited
            | ErrorKind::Server
            | ErrorKind::Network
            | ErrorKind::Portal
            | ErrorKind::Timeout
            | ErrorKind::Tls
            | ErrorKind::Proxy
            | ErrorKind::Unreadable
            | ErrorKind::NotOffered => Self::Network,
        }
    }

    /// Returns the code of a finished run that was not ended by a signal. `stored` is the total number of stored
    /// chunks.
    pub fn of_outcome(outcome: &Outcome, stored: usize) -> Self {
        match &outcome.stopped {
            _ if outcome.is_complete() => Self::Ok,
            Some(StopReason::Authentication { .. }) => Self::Authentication,
            Some(StopReason::Quota { .. }) => Self::Quota,
            _ if stored > 0 => Self::Partial,
            Some(StopReason::Asked) => Self::Interrupted,
            Some(StopReason::NotCounts { .. }) => Self::Preflight,
            Some(StopReason::Input { .. } | StopReason::Storage { .. } | StopReason::Defect { .. }) => Self::Failure,
            Some(StopReason::Unreachable { .. } | StopReason::Refused { .. } | StopReason::Oversized { .. }) | None => {
                Self::Network
            }
        }
    }

    /// Returns the code of an error, determined by the first of its causes that has one.
    pub fn of_error(error: &anyhow::Error) -> Self {
        error.chain().find_map(Self::of_cause).unwrap_or(Self::Failure)
    }

    /// Returns the code of one cause; `None` if a cause below it determines the code.
    fn of_cause(cause: &(dyn StdError + 'static)) -> Option<Self> {
        if is_usage(cause) {
            return Some(Self::Usage);
        }
        if is_preflight(cause) {
            return Some(Self::Preflight);
        }
        if is_authentication(cause) {
            return Some(Self::Authentication);
        }
        Self::of_server_cause(cause).or_else(|| Self::of_command_cause(cause))
    }

    /// Returns the code of an error of the server, the catalog or the settings.
    fn of_server_cause(cause: &(dyn StdError + 'static)) -> Option<Self> {
        if let Some(error) = cause.downcast_ref::<api::Error>() {
            return Some(Self::of_refusal(error.kind()));
        }
        if let Some(error) = cause.downcast_ref::<catalog::Error>() {
            return Some(Self::of_catalog(error));
        }
        if let Some(prepare::Error::Catalog(error)) = cause.downcast_ref::<prepare::Error>() {
            return Some(Self::of_catalog(error));
        }
        cause.downcast_ref::<config::Error>().map(Self::of_settings)
    }

    /// Returns the code of an error of a command that works on stored answers or on counts.
    fn of_command_cause(cause: &(dyn StdError + 'static)) -> Option<Self> {
        if let Some(error) = cause.downcast_ref::<results::Error>() {
            return Self::of_results(error);
        }
        if let Some(error) = cause.downcast_ref::<ExportError>() {
            return Some(Self::of_export(error));
        }
        if let Some(error) = cause.downcast_ref::<PlotError>() {
            return Self::of_plot(error);
        }
        if let Some(error) = cause.downcast_ref::<MarkerError>() {
            return Some(Self::of_markers(error));
        }
        if let Some(error) = cause.downcast_ref::<InferenceError>() {
            return Some(Self::of_inference(error));
        }
        if let Some(error) = cause.downcast_ref::<clustering::Error>() {
            return Some(Self::of_clustering(error));
        }
        cause.downcast_ref::<TableError>().map(Self::of_table)
    }
}

/// Returns whether a cause is always a fault of the command line.
fn is_usage(cause: &(dyn StdError + 'static)) -> bool {
    cause.is::<CellError>()
        || cause.is::<GroupError>()
        || cause.is::<SamePrefix>()
        || cause.is::<UnknownTerm>()
        || cause.is::<ConsensusError>()
        || cause.is::<TableFault>()
        || cause.is::<ListError>()
        || cause.is::<BenchmarkError>()
        || cause.is::<ColorError>()
}

/// Returns whether a cause is always a fault of the input, found before anything was sent or written.
fn is_preflight(cause: &(dyn StdError + 'static)) -> bool {
    cause.is::<FileError>()
        || cause.is::<NoSuchCells>()
        || cause.is::<official::Error>()
        || cause.is::<obs_table::Error>()
        || cause.is::<PanelError>()
        || cause.is::<NoGraph>()
        || cause.is::<CopyError>()
        || cause.is::<OtherRequest>()
        || cause.is::<NotSent>()
        || matches!(cause.downcast_ref(), Some(prepare::Error::Changed { .. }))
}

/// Returns whether a cause is a missing or unusable token.
fn is_authentication(cause: &(dyn StdError + 'static)) -> bool {
    cause.is::<NoToken>()
        || cause.is::<api::LoginError>()
        || cause.is::<api::TokenFileError>()
        || cause.is::<api::TokenError>()
}

impl Exit {
    fn of_catalog(error: &catalog::Error) -> Self {
        match error {
            catalog::Error::Api(error) => Self::of_refusal(error.kind()),
            catalog::Error::UnknownModel { .. } | catalog::Error::NoModel | catalog::Error::NoDefaultModel { .. } => {
                Self::Preflight
            }
            catalog::Error::UnknownSchema { .. } => Self::Usage,
            catalog::Error::UnreadableOntology { .. } => Self::Network,
        }
    }

    fn of_clustering(error: &clustering::Error) -> Self {
        match error {
            clustering::Error::Analysis(analysis::Error::Parameter { .. } | analysis::Error::Resolution { .. }) => {
                Self::Usage
            }
            clustering::Error::Analysis(_) | clustering::Error::Changed { .. } | clustering::Error::Counts { .. } => {
                Self::Preflight
            }
            clustering::Error::Matrix(_)
            | clustering::Error::File(_)
            | clustering::Error::Store(_)
            | clustering::Error::Io { .. } => Self::Failure,
        }
    }

    /// Returns the code of a figure that cannot be made; `None` if the cause determines it.
    fn of_plot(error: &PlotError) -> Option<Self> {
        match error {
            PlotError::Results(error) => Self::of_results(error),
            PlotError::OtherRun { .. }
            | PlotError::Term { .. }
            | PlotError::OnlyCalls
            | PlotError::TooManyDots { .. } => Some(Self::Usage),
            PlotError::NoEmbedding { .. }
            | PlotError::NoClusters { .. }
            | PlotError::NoColumn { .. }
            | PlotError::Gene { .. }
            | PlotError::TooFewGroups => Some(Self::Preflight),
        }
    }

    fn of_table(error: &TableError) -> Self {
        match error {
            TableError::NoName { .. } | TableError::Ending { .. } => Self::Usage,
            TableError::Exists { .. } => Self::Failure,
        }
    }

    /// Returns the code of an error of results; `None` if the cause determines it.
    fn of_results(error: &results::Error) -> Option<Self> {
        match error {
            results::Error::WrongOperation { .. }
            | results::Error::Threshold { .. }
            | results::Error::TooManyCalls { .. }
            | results::Error::NoDatasets { .. }
            | results::Error::OtherOntology { .. }
            | results::Error::TooFewAnnotated { .. }
            | results::Error::UnknownTerm { .. }
            | results::Error::NotInOntology { .. } => Some(Self::Usage),
            results::Error::InputChanged { .. }
            | results::Error::Inferred(_)
            | results::Error::InputGone { .. }
            | results::Error::OtherCounts { .. }
            | results::Error::NoCounts { .. }
            | results::Error::Clusters { .. }
            | results::Error::UnknownLabels { .. }
            | results::Error::TruthLength { .. }
            | results::Error::Graph { .. }
            | results::Error::NothingInCommon { .. } => Some(Self::Preflight),
            results::Error::Store(_)
            | results::Error::Matrix(_)
            | results::Error::Analysis(_)
            | results::Error::File(_)
            | results::Error::Answer { .. }
            | results::Error::CellNames { .. }
            | results::Error::Ontology { .. }
            | results::Error::NoOntology { .. }
            | results::Error::NoRoot
            | results::Error::EmptyGroup
            | results::Error::EmptyTree { .. }
            | results::Error::Exists { .. }
            | results::Error::Parquet(_)
            | results::Error::Write(_) => None,
        }
    }

    fn of_markers(error: &MarkerError) -> Self {
        match error {
            MarkerError::NoCalls { .. } | MarkerError::UnknownGroup { .. } => Self::Usage,
            MarkerError::NoClusters { .. } | MarkerError::TooFewGroups { .. } => Self::Preflight,
        }
    }

    fn of_export(error: &ExportError) -> Self {
        match error {
            ExportError::OtherRun { .. }
            | ExportError::AllCells(_)
            | ExportError::NoMarkers(_)
            | ExportError::NoCalls(_)
            | ExportError::NoInferred(_)
            | ExportError::AllInferred
            | ExportError::NoLevels(_)
            | ExportError::OtherContent(_)
            | ExportError::AllCellsShown(_) => Self::Usage,
            ExportError::Exists { .. } => Self::Failure,
            ExportError::NoTarget { .. } => Self::Usage,
        }
    }

    fn of_inference(error: &InferenceError) -> Self {
        match error {
            InferenceError::NoTerms(_) => Self::Usage,
            InferenceError::NoFolder { .. } => Self::Preflight,
        }
    }

    fn of_settings(error: &config::Error) -> Self {
        match error {
            config::Error::TokenVariable { .. } | config::Error::TokenFile(_) | config::Error::Login(_) => {
                Self::Authentication
            }
            config::Error::File { .. } | config::Error::ServerVariable { .. } => Self::Usage,
            config::Error::NoHome { .. } | config::Error::Read { .. } => Self::Failure,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
