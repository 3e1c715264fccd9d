//! `castui runs`

use std::{
    cmp::Reverse,
    collections::HashSet,
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::Context as _;
use indicatif::HumanCount;
use jiff::Timestamp;
use serde_json::json;

use super::{
    Exit,
    context::{Context, complain, print, print_json, say},
    table::{Side, Table},
    when::ago,
};
use crate::{
    domain::ModelName,
    engine::recent,
    store::{self, LockState, Run, RunState, lock::Holder},
};

/// Arguments of `runs`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Folders to search for runs of any user [default: the current directory and your recent runs]
    #[arg(value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A row of the list.
struct Row {
    folder: PathBuf,
    state: RunState,
    holder: Option<Holder>,
    stored: usize,
    run: Run,
}

pub(super) fn run(arguments: &Arguments, context: &Context) -> anyhow::Result<Exit> {
    let now = Timestamp::now();
    let mut exit = Exit::Ok;
    let mut rows = Vec::new();
    for folder in found(&arguments.folders, context)? {
        match Row::of(folder, now) {
            Ok(row) => rows.push(row),
            // The folder was removed after it was listed.
            Err(store::Error::NotARun { .. }) => {}
            Err(error) => {
                complain(&error.into());
                exit = Exit::Failure;
            }
        }
    }
    rows.sort_by_key(|row| (Reverse(row.run.manifest().created_at), row.folder.clone()));
    if arguments.json {
        print_json(&rows.iter().map(Row::as_json).collect::<Vec<_>>())?;
    } else if rows.is_empty() {
        say(format_args!("no runs here; `castui annotate FILE` starts one"));
    } else {
        print(format_args!("{}", table(&rows, now)))?;
    }
    Ok(exit)
}

/// Returns the folders of runs without duplicates.
pub(super) fn found(given: &[PathBuf], context: &Context) -> anyhow::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    if given.is_empty() {
        folders.extend(runs_in(Path::new(""))?);
        folders.extend(recent::list(&context.recent_runs()).into_iter().map(|run| run.folder));
    }
    for folder in given {
        folders.extend(if Run::is_run(folder) { vec![folder.clone()] } else { runs_in(folder)? });
    }
    let mut seen = HashSet::new();
    folders.retain(|folder| Run::is_run(folder) && seen.insert(fs::canonicalize(folder).ok()));
    Ok(folders)
}

/// Returns the runs directly in a folder. An empty path is the current directory.
fn runs_in(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let named = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = fs::read_dir(named).with_context(|| format!("cannot look for runs in {}", named.display()))?;
    Ok(entries.flatten().map(|entry| folder.join(entry.file_name())).filter(|folder| Run::is_run(folder)).collect())
}

impl Row {
    fn of(folder: PathBuf, now: Timestamp) -> Result<Self, store::Error> {
        let run = Run::open(&folder)?;
        let stored = run.stored()?.len();
        let state = run.state_with(stored, now);
        let holder = match run.lock_state(now)? {
            LockState::Held(holder) => Some(holder).filter(|_| state == RunState::Running),
            LockState::Free | LockState::Dead(_) => None,
        };
        Ok(Self { folder, state, holder, stored, run })
    }

    fn as_json(&self) -> serde_json::Value {
        let manifest = self.run.manifest();
        json!({
            "folder": std::path::absolute(&self.folder).unwrap_or_else(|_| self.folder.clone()).to_string_lossy(),
            "run_id": manifest.run_id,
            "state": name(&self.state),
            "host": self.holder.as_ref().map(|holder| &holder.host),
            "pid": self.holder.as_ref().map(|holder| holder.pid),
            "input": manifest.input.path.to_string_lossy(),
            "cells": manifest.input.cells,
            "chunks": manifest.chunk_count(),
            "chunks_stored": self.stored,
            "strategy": manifest.operation.kind().name(),
            "model": manifest.model,
            "server": manifest.server,
            "begun_at": manifest.created_at,
        })
    }
}

pub(super) fn name(state: &RunState) -> &'static str {
    match state {
        RunState::Running => "running",
        RunState::Done => "done",
        RunState::Partial => "partial",
        RunState::Empty => "empty",
    }
}

fn table(rows: &[Row], now: Timestamp) -> Table {
    use Side::{Left, Right};
    let mut table = Table::new(0, [Left, Right, Right, Left, Left, Left, Left]);
    table.row(["state", "cells", "chunks", "strategy", "model", "started", "folder"]);
    for row in rows {
        let manifest = row.run.manifest();
        let holder = row.holder.as_ref().map(|holder| format!("  ({holder})")).unwrap_or_default();
        table.row([
            name(&row.state).to_owned(),
            HumanCount(manifest.input.cells as u64).to_string(),
            format!("{}/{}", row.stored, manifest.chunk_count()),
            manifest.operation.kind().name().to_owned(),
            ModelName::as_str(&manifest.model).to_owned(),
            ago(manifest.created_at, now),
            format!("{}{holder}", shown(&row.folder)),
        ]);
    }
    table
}

/// Returns the path relative to the current directory, if the run is below it.
pub(super) fn shown(folder: &Path) -> String {
    let below = env::current_dir().ok().and_then(|here| folder.strip_prefix(here).ok().map(Path::to_owned));
    below.as_deref().unwrap_or(folder).display().to_string()
}
