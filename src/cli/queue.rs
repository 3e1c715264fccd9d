//! `castui queue`

mod work;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use indicatif::HumanCount;
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{
    Exit,
    annotate_words::{self, absolute},
    context::{Context, print, print_json, say},
    runs::name,
    table::{Side, Table},
};
use crate::{
    domain::text::numbered,
    engine::queue::{Queue, QueueProgress, QueuedFile, suffices},
    matrix::Matrix,
    store::RunState,
};

/// The subcommands of `queue`.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add files at the end
    Add(AddArguments),
    /// List the files: how far they are, and what the quota suffices for
    List(ListArguments),
    /// Annotate the files in their order, until the end or until the quota is used up
    Run(work::Arguments),
    /// Remove files; their run folders are kept
    Remove(RemoveArguments),
}

/// Arguments of `queue add`.
#[derive(Debug, clap::Args)]
#[command(override_usage = "castui queue add [OPTIONS] <FILE>... [-- <OPTIONS OF annotate>]")]
pub(super) struct AddArguments {
    /// Files to annotate
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Folder for the run folders [default: beside each file]
    #[arg(long, value_name = "DIR")]
    runs_in: Option<PathBuf>,
    /// Options of `annotate` for these files
    #[arg(last = true, value_name = "OPTIONS OF annotate")]
    options: Vec<String>,
}

/// Arguments of `queue list`.
#[derive(Debug, clap::Args)]
pub(super) struct ListArguments {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `queue remove`.
#[derive(Debug, clap::Args)]
pub(super) struct RemoveArguments {
    /// Files, or their numbers in the list
    #[arg(required_unless_present = "done", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Remove the files that are annotated
    #[arg(long)]
    done: bool,
}

pub(super) async fn run(command: Command, context: &Context) -> anyhow::Result<Exit> {
    let queue = Queue::at(context.settings.paths.required(&context.settings.paths.state)?.join("queue"));
    match command {
        Command::Add(arguments) => add(&arguments, &queue, context),
        Command::List(arguments) => list(&arguments, &queue, context).await,
        Command::Run(arguments) => work::run(&arguments, &queue, context).await,
        Command::Remove(arguments) => remove(&arguments, &queue),
    }
}

fn add(arguments: &AddArguments, queue: &Queue, context: &Context) -> anyhow::Result<Exit> {
    let mut entries = Vec::new();
    for file in &arguments.files {
        let file = absolute(file)?;
        let folder = annotate_words::run_folder(&file, arguments.runs_in.as_deref(), &arguments.options)?;
        let entry = QueuedFile {
            id: Uuid::new_v4(),
            added_at: Timestamp::now(),
            cells: Matrix::open(&file)?.cells_in_file() as u64,
            file,
            folder,
            options: arguments.options.clone(),
            server: context.settings.server.to_string(),
        };
        annotate_words::parse(work::words(&entry, Some(1)))?;
        entries.push(entry);
    }
    for entry in &entries {
        queue.add(entry)?;
    }
    let cells = HumanCount(entries.iter().map(|entry| entry.cells).sum());
    say(format_args!("{} with {cells} cells added; `castui queue run` annotates them", files(entries.len())));
    Ok(Exit::Ok)
}

fn files(count: usize) -> String {
    numbered(count, "file", "files")
}

async fn list(arguments: &ListArguments, queue: &Queue, context: &Context) -> anyhow::Result<Exit> {
    let entries = queue.entries();
    let progress: Vec<_> = entries.iter().map(QueueProgress::of).collect();
    if arguments.json {
        let rows: Vec<_> = entries.iter().zip(&progress).map(|(entry, progress)| as_json(entry, progress)).collect();
        print_json(&rows)?;
        return Ok(Exit::Ok);
    }
    if entries.is_empty() {
        say(format_args!("the queue is empty; `castui queue add FILE…` adds files"));
        return Ok(Exit::Ok);
    }
    let missing: Vec<u64> = progress.iter().map(|progress| progress.missing).collect();
    let quota = remaining_quota(context).await.map(|usable| suffices(&missing, usable));
    let mut table = Table::new(0, [Side::Right, Side::Left, Side::Right, Side::Right, Side::Left, Side::Left]);
    table.row(["", "state", "cells", "missing", "quota", "file"]);
    for (number, (entry, progress)) in entries.iter().zip(&progress).enumerate() {
        let suffices = quota.as_ref().and_then(|quota| quota[number]);
        table.row([
            (number + 1).to_string(),
            name(&progress.state).to_owned(),
            HumanCount(entry.cells).to_string(),
            HumanCount(progress.missing).to_string(),
            suffices.map_or("", |suffices| if suffices { "suffices" } else { "too small" }).to_owned(),
            entry.file.display().to_string(),
        ]);
    }
    print(format_args!("{table}"))?;
    Ok(Exit::Ok)
}

/// Returns the cells that may still be sent; `None` if there is no limit or the server cannot be asked.
async fn remaining_quota(context: &Context) -> Option<u64> {
    let quota = context.service().ok()?.quota().await;
    match quota {
        Ok(quota) => quota.usable(),
        Err(error) => {
            say(format_args!("the quota is unknown: {}", crate::cli::remedy::sentence(&error)));
            None
        }
    }
}

fn as_json(entry: &QueuedFile, progress: &QueueProgress) -> serde_json::Value {
    json!({
        "file": entry.file.to_string_lossy(),
        "folder": entry.folder.to_string_lossy(),
        "state": name(&progress.state),
        "cells": entry.cells,
        "cells_missing": progress.missing,
        "options": entry.options,
        "server": entry.server,
        "added_at": entry.added_at,
    })
}

fn remove(arguments: &RemoveArguments, queue: &Queue) -> anyhow::Result<Exit> {
    let entries = queue.entries();
    let mut chosen = Vec::new();
    for file in &arguments.files {
        let entry = find(&entries, file);
        chosen.push(
            entry.ok_or_else(|| {
                anyhow::anyhow!("{} is not in the queue; `castui queue list` lists it", file.display())
            })?,
        );
    }
    if arguments.done {
        chosen.extend(entries.iter().filter(|entry| QueueProgress::of(entry).state == RunState::Done));
    }
    chosen.sort_by_key(|entry| entry.id);
    chosen.dedup();
    for entry in &chosen {
        queue.remove(entry.id)?;
    }
    say(format_args!("{} removed from the queue; run folders are kept", files(chosen.len())));
    Ok(Exit::Ok)
}

/// Returns an entry by its number in the list or by its file.
fn find<'a>(entries: &'a [QueuedFile], wanted: &Path) -> Option<&'a QueuedFile> {
    let number = wanted.to_str().and_then(|text| text.parse::<usize>().ok());
    let numbered = number.and_then(|number| entries.get(number.checked_sub(1)?));
    let path = std::path::absolute(wanted).ok();
    entries.iter().find(|entry| Some(&entry.file) == path.as_ref()).or(numbered)
}
