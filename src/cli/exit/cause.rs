//! The exit code of an error. In: a chain of causes. Out: the code of the first cause that has one.

use std::error::Error as StdError;

use super::Exit;
use crate::{
    api,
    cli::{
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
    },
    config,
    engine::{catalog, clustering, official, prepare},
    matrix::obs_table,
    results::{self, PanelError, calls::UnknownTerm, figure::ColorError, labels::TableFault, plot::PlotError},
};

impl Exit {
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
