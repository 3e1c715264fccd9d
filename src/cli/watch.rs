//! `castui watch`

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use indicatif::{HumanCount, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle as BarStyle};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{
    Exit,
    context::{Context, can_draw, escaped, print},
    runs::{found, name, shown},
    when::span,
};
use crate::{
    domain::text::clean,
    engine::watch::{Activity, FolderWatch, Sighting},
    store::{JournalEntry, Manifest, RunState, Weight},
};

/// The interval between checks of the folders.
const EVERY: Duration = Duration::from_secs(1);
/// The number of journal lines that are read at once.
const NEWS: usize = 200;

/// Arguments of `watch`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Ends when no process works on the runs any more: with exit code 0 if all are complete, with 7 if not."
)]
pub(super) struct Arguments {
    /// Run folders, or folders to search for runs [default: the current directory and your recent runs]
    #[arg(value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// Print a line for each change instead of bars
    #[arg(long, conflicts_with = "json")]
    plain: bool,
    /// Print a line of JSON for each change
    #[arg(long)]
    json: bool,
}

/// The style of the display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Bars,
    Plain,
    Json,
}

pub(super) async fn run(arguments: &Arguments, context: &Context) -> anyhow::Result<Exit> {
    let style = match (arguments.json, arguments.plain || !can_draw()) {
        (true, _) => Style::Json,
        (false, true) => Style::Plain,
        (false, false) => Style::Bars,
    };
    let folders = found(&arguments.folders, context)?;
    anyhow::ensure!(!folders.is_empty(), "no runs here; `castui annotate FILE` starts one");
    let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(5));
    let mut watched: Vec<Watched> =
        folders.into_iter().map(|folder| Watched::new(folder, (style == Style::Bars).then_some(&bars))).collect();
    // Problems first, then the runs that others work on.
    watched.iter_mut().for_each(|run| drop(run.folder.look(Timestamp::now())));
    watched.sort_by_key(Watched::urgency);
    let mut first = true;
    loop {
        for run in &mut watched {
            run.check(style, first)?;
        }
        if !watched.iter().any(Watched::is_active) {
            break;
        }
        first = false;
        tokio::time::sleep(EVERY).await;
    }
    let complete = watched.iter().all(|run| run.state() == Some(RunState::Done));
    Ok(if complete { Exit::Ok } else { Exit::Partial })
}

/// A watched run.
struct Watched {
    folder: FolderWatch,
    bar: Option<ProgressBar>,
    pace: Option<Pace>,
    last_failure: Option<String>,
}

/// The chunks stored when the watch began, for the rate.
struct Pace {
    began: Instant,
    cells: usize,
}

impl Watched {
    fn new(folder: PathBuf, bars: Option<&MultiProgress>) -> Self {
        let bar = bars.map(|bars| {
            // Proof: the template is a valid constant. The fallback is the default style.
            let style = BarStyle::with_template("{bar:20} {pos}/{len} cells  {msg}");
            let style = style.unwrap_or_else(|_| BarStyle::default_bar()).progress_chars("##-");
            bars.add(ProgressBar::new(0).with_style(style))
        });
        Self { folder: FolderWatch::new(&folder), bar, pace: None, last_failure: None }
    }

    /// Reads the folder and shows what has changed.
    fn check(&mut self, style: Style, first: bool) -> anyhow::Result<()> {
        let changed = self.folder.look(Timestamp::now()).is_some();
        let news = self.folder.news(NEWS);
        let failures: Vec<JournalEntry> =
            news.into_iter().filter(|entry| matches!(entry.weight, Weight::Warning | Weight::Failure)).collect();
        if let Some(last) = failures.last() {
            self.last_failure = Some(clean(&last.text).into_owned());
        }
        if !(changed || first || !failures.is_empty()) {
            return Ok(());
        }
        if let (None, Some(cells)) = (&self.pace, self.cells_stored()) {
            self.pace = Some(Pace { began: Instant::now(), cells });
        }
        match style {
            Style::Bars => self.redraw(),
            Style::Plain => print(format_args!("{}  {}", shown(self.folder.folder()), self.line()))?,
            Style::Json => print(format_args!("{}", escaped(&self.as_json().to_string())))?,
        }
        Ok(())
    }

    fn redraw(&self) {
        let (Some(bar), Some(manifest)) = (&self.bar, self.manifest()) else { return };
        bar.set_length(manifest.input.cells as u64);
        bar.set_position(self.cells_stored().unwrap_or_default() as u64);
        bar.set_message(format!("{}  {}", clean(&shown(self.folder.folder())), self.summary()));
        if !self.is_active() {
            bar.abandon();
        }
    }

    fn manifest(&self) -> Option<&Manifest> {
        self.folder.run().map(|run| run.manifest())
    }

    fn is_active(&self) -> bool {
        self.folder.last().is_some_and(|last| last.activity != Activity::None)
    }

    /// Returns the rank in the list: runs with missing chunks that nobody works on, then active runs, then complete ones.
    fn urgency(&self) -> u8 {
        match self.state() {
            None | Some(RunState::Partial | RunState::Empty) => 0,
            Some(RunState::Running) => 1,
            Some(RunState::Done) => 2,
        }
    }

    fn state(&self) -> Option<RunState> {
        let (manifest, Sighting { stored, .. }) = (self.manifest()?, self.folder.last()?);
        Some(if self.is_active() {
            RunState::Running
        } else if stored.len() == manifest.chunk_count() {
            RunState::Done
        } else if stored.is_empty() {
            RunState::Empty
        } else {
            RunState::Partial
        })
    }

    fn cells_stored(&self) -> Option<usize> {
        let manifest = self.manifest()?;
        Some(manifest.cells_in(&self.folder.last()?.stored))
    }

    /// Returns cells per second since the watch began, and the seconds until the end at this rate.
    fn rate(&self) -> Option<(f64, u64)> {
        let (pace, stored, manifest) = (self.pace.as_ref()?, self.cells_stored()?, self.manifest()?);
        let rate = stored.saturating_sub(pace.cells) as f64 / pace.began.elapsed().as_secs_f64().max(1.0);
        let left = manifest.input.cells.saturating_sub(stored) as f64;
        (rate > 0.0 && self.is_active()).then(|| (rate, (left / rate).ceil() as u64))
    }

    fn line(&self) -> String {
        let (Some(manifest), Some(last)) = (self.manifest(), self.folder.last()) else {
            return "the folder cannot be read".to_owned();
        };
        let cells = HumanCount(self.cells_stored().unwrap_or_default() as u64);
        let all = HumanCount(manifest.input.cells as u64);
        let chunks = format!("{}/{} chunks", last.stored.len(), manifest.chunk_count());
        format!("{chunks}  {cells}/{all} cells  {}", self.summary())
    }

    /// Returns the state, the rate and the last failure.
    fn summary(&self) -> String {
        let state = self.state().map_or("unreadable", |state| name(&state));
        let rate = self.rate().map(|(rate, left)| {
            let left = span(SignedDuration::from_secs(i64::try_from(left + 59).unwrap_or(i64::MAX)));
            format!("{rate:.1} cells/s, {left} left")
        });
        let failure = self.last_failure.as_ref().filter(|_| self.state() != Some(RunState::Done));
        let failure = failure.map(|failure| format!("last problem: {failure}"));
        [Some(state.to_owned()), rate, failure].into_iter().flatten().collect::<Vec<_>>().join("  ")
    }

    fn as_json(&self) -> serde_json::Value {
        let manifest = self.manifest();
        let rate = self.rate();
        json!({
            "at": Timestamp::now(),
            "folder": self.folder.folder().to_string_lossy(),
            "state": self.state().as_ref().map(name),
            "chunks": manifest.map(Manifest::chunk_count),
            "chunks_stored": self.folder.last().map(|last| last.stored.len()),
            "cells": manifest.map(|manifest| manifest.input.cells),
            "cells_stored": self.cells_stored(),
            "cells_per_second": rate.map(|(rate, _)| rate),
            "seconds_left": rate.map(|(_, left)| left),
            "last_problem": self.last_failure,
        })
    }
}
