//! Reports of a preflight for users and for programs. In: its checks. Out: lines on standard error, JSON, an exit
//! code.

use serde_json::json;

use super::{Exit, context::say, remedy};
use crate::{
    api::ErrorKind,
    engine::{Check, Preflight, preflight::Verdict},
};

/// The level of detail of a preflight report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detail {
    /// Failures and choices.
    Brief,
    /// All checks.
    Everything,
}

/// Reports the findings of a preflight.
pub(super) fn report_preflight(looked: &Preflight, detail: Detail) {
    for check in &looked.checks {
        if detail == Detail::Everything || check.verdict != Verdict::Ok || matters(check) {
            let mark = match check.verdict {
                Verdict::Ok => "ok  ",
                Verdict::Warn => "warn",
                Verdict::Fail => "FAIL",
            };
            say(format_args!("{mark} {:<8} {}", check.subject.name(), remedy::found(check)));
            if let Some(fix) = check.fix.as_ref().filter(|_| check.verdict != Verdict::Ok) {
                say(format_args!("     {:<8} -> {}", "", remedy::words(fix)));
            }
        }
    }
}

/// Returns whether a check is reported briefly. Choices made for the user are always reported.
fn matters(check: &Check) -> bool {
    use crate::engine::Subject;
    matches!(check.subject, Subject::Model | Subject::File | Subject::Counts | Subject::Genes | Subject::Quota)
}

pub(super) fn checks_json(looked: &Preflight) -> Vec<serde_json::Value> {
    looked
        .checks
        .iter()
        .map(|check| {
            json!({
                "subject": check.subject.name(),
                "verdict": match check.verdict {
                    Verdict::Ok => "ok",
                    Verdict::Warn => "warn",
                    Verdict::Fail => "fail",
                },
                "found": remedy::found(check),
                "fix": check.fix.as_ref().map(remedy::words),
            })
        })
        .collect()
}

pub(super) fn preflight_json(looked: &Preflight) -> serde_json::Value {
    let run = looked.prepared.as_ref().map(|prepared| {
        let manifest = prepared.manifest();
        json!({
            "cells": manifest.input.cells,
            "chunks": manifest.chunk_count(),
            "count_matrix_input": manifest.input.count_matrix,
            "feature_ids_column_name": manifest.input.feature_ids,
            "model": manifest.model,
        })
    });
    json!({ "checks": checks_json(looked), "run": run })
}

/// Returns the exit code of a failed check.
pub(super) fn exit_of_check(check: &Check) -> Exit {
    match check.refusal {
        Some(ErrorKind::Authentication) => Exit::Authentication,
        Some(kind) => Exit::of_refusal(kind),
        None => Exit::Preflight,
    }
}
