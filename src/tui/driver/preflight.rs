//! Preflight checks, with results in the words of the screens.

use std::num::NonZeroU32;

use crate::{
    api::Backoff,
    chunk::{GeneNames, ValuePolicy},
    engine::{self, DriveOptions, Inspection, NonCountPolicy, PreparedRun, Purpose, RunOptions, Service, Subject},
    matrix::{ColumnName, ObsTables},
    tui::{
        facts::{Check, Failure, PreflightReport, RunRequest, Verdict},
        remedy,
        shell_commands::CommandLines,
    },
};

/// A run that the user asks for, with the settings that apply to it.
pub(super) struct Asked {
    /// The options of the form.
    pub request: RunRequest,
    /// The tables that are joined to the cells.
    pub tables: ObsTables,
    /// The configured drive options.
    pub drive: DriveOptions,
    /// The author of the equivalent command.
    pub commands: &'static dyn CommandLines,
}

/// Runs all checks and returns the report, with the prepared run if it can start.
pub(super) async fn check(
    service: &Service,
    Asked { request, tables, drive, commands }: Asked,
) -> Result<(PreflightReport, Option<PreparedRun>), Failure> {
    let options = RunOptions { tables, ..options(&request, drive)? };
    let looked = engine::preflight::preflight(service, &options).await;
    let (cells, chunks) = match (&looked.prepared, &looked.inspection) {
        (Some(prepared), _) => (prepared.manifest().input.cells, prepared.manifest().chunk_count()),
        (None, Some(inspection)) => (inspection.cells, inspection.cells.div_ceil(request.chunk_size.get())),
        (None, None) => (0, 0),
    };
    let report = PreflightReport {
        checks: looked.checks.iter().map(check_in_words).collect(),
        cells: cells as u64,
        chunks: chunks as u64,
        bytes: None,
        sent: sent(&looked, &request),
        kept: looked.inspection.as_ref().map(kept).unwrap_or_default(),
        command: commands.of_options(&options, &service.client().server().to_string(), &drive),
    };
    Ok((report, looked.prepared))
}

/// Returns the engine's options for a request. Drive options that the form does not set are taken from the
/// configuration.
pub(in crate::tui) fn options(request: &RunRequest, drive: DriveOptions) -> Result<RunOptions, Failure> {
    let count_matrix = request
        .count_matrix
        .parse()
        .map_err(|error| super::failure::failure(&error as &crate::matrix::rows::UnknownSource))?;
    let attempts = u32::try_from(request.attempts.get()).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MAX);
    Ok(RunOptions {
        input: request.input.clone(),
        folder: request.folder.clone(),
        operation: request.operation,
        model: Some(request.model.clone()),
        // The form always shows a size; the default size counts as not chosen.
        chunk_size: Some(request.chunk_size).filter(|size| size.get() != request.operation.kind().default_chunk_size()),
        count_matrix: Some(count_matrix),
        feature_ids: Some(ColumnName::from(request.feature_ids.clone())),
        feature_names: request.feature_names.clone().map(ColumnName::from),
        genes: if request.map_symbols { GeneNames::Symbols } else { GeneNames::Ids },
        min_counts: request.min_counts,
        sample: None,
        beyond: Vec::new(),
        cache: None,
        tables: ObsTables::default(),
        values: if request.allow_non_counts { ValuePolicy::NonNegative } else { ValuePolicy::WholeNumbers },
        purpose: Purpose::Run,
        shard: None,
        drive: DriveOptions {
            max_requests: request.requests.get(),
            backoff: Backoff { attempts, ..drive.backoff },
            non_counts: if request.skip_non_counts { NonCountPolicy::LeaveOut } else { drive.non_counts },
            ..drive
        },
    })
}

fn check_in_words(check: &engine::Check) -> Check {
    let verdict = match check.verdict {
        engine::preflight::Verdict::Ok => Verdict::Ok,
        engine::preflight::Verdict::Warn => Verdict::Warn,
        engine::preflight::Verdict::Fail => Verdict::Fail,
    };
    Check {
        name: subject(check.subject).into(),
        verdict,
        message: remedy::found(check),
        fix: check.fix.as_ref().map(remedy::words),
    }
}

fn subject(subject: Subject) -> &'static str {
    match subject {
        Subject::Server => "server",
        Subject::Token => "token",
        Subject::Protocol => "protocol",
        Subject::Model => "model",
        Subject::File => "file",
        Subject::Counts => "counts",
        Subject::Genes => "genes",
        Subject::Cells => "cells",
        Subject::Quota => "quota",
        Subject::Folder => "folder",
    }
}

fn sent(looked: &engine::Preflight, request: &RunRequest) -> Vec<String> {
    let genes = looked.genes.as_ref().map(|genes| genes.matched);
    let counts = genes.map_or_else(
        || "counts".to_owned(),
        |genes| format!("counts of {} genes", crate::tui::text::count(genes as u64)),
    );
    let mut sent = vec![counts, "each cell's total".into(), "row numbers".into()];
    if request.feature_names.is_some() {
        sent.push("gene names".into());
    }
    sent
}

fn kept(inspection: &Inspection) -> Vec<String> {
    let mut kept = vec!["cell names".to_owned()];
    match inspection.obs.len() {
        0 => {}
        1 => kept.push("1 obs column".into()),
        columns => kept.push(format!("{columns} obs columns")),
    }
    kept.extend(inspection.obsm.iter().map(|embedding| embedding.name.clone()));
    kept.push("everything else".into());
    kept
}
