//! Overlays over a screen: help, palette, dialogs, the log. The topmost takes every key.

pub(crate) mod benchmark;
pub(crate) mod commands;
pub(crate) mod confirm;
pub(crate) mod consensus;
pub(crate) mod copy_menu;
pub(crate) mod diff;
pub(crate) mod export;
pub(crate) mod gene_prompt;
pub(crate) mod help;
pub(crate) mod log_view;
pub(crate) mod methods;
pub(crate) mod palette;
pub(crate) mod queue_view;
pub(crate) mod table_prompt;
pub(crate) mod thresholds;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{
    action::Action,
    effect::Effect,
    keymap::{Context, Key},
    log::Log,
    msg::Answer,
    pane::{Look, Reply},
    widget::Hit,
};

/// An overlay.
#[derive(Debug)]
pub enum Overlay {
    /// The help.
    Help(help::Help),
    /// The palette of commands.
    Palette(palette::Palette),
    /// A question.
    Confirm(confirm::Confirm),
    /// The log.
    Log(log_view::LogView),
    /// The queue of files.
    Queue(queue_view::QueueView),
    /// The export dialog.
    Export(export::ExportDialog),
    /// The copy menu.
    Copy(copy_menu::CopyMenu),
    /// The prompt for a gene.
    Gene(gene_prompt::GenePrompt),
    /// The prompt for the path of a table.
    Table(table_prompt::TablePrompt),
    /// The thresholds.
    Thresholds(thresholds::ThresholdsDialog),
    /// The Methods paragraph.
    Methods(methods::MethodsView),
    /// The benchmark of the calls against known labels.
    Benchmark(benchmark::BenchmarkView),
    /// The consensus of the calls and of labels of other tools.
    Consensus(Box<consensus::ConsensusView>),
    /// The differences from another run of the same cells.
    Diff(diff::DiffView),
}

impl Overlay {
    /// Returns the contexts of the overlay's keys.
    pub fn contexts(&self) -> &'static [Context] {
        match self {
            Self::Help(_) | Self::Palette(_) => &[Context::Input],
            Self::Confirm(_) => &[Context::Dialog, Context::List, Context::Global],
            Self::Log(view) => view.contexts(),
            Self::Queue(view) => view.contexts(),
            Self::Export(export) => export.contexts(),
            Self::Copy(menu) => menu.contexts(),
            Self::Gene(prompt) => prompt.contexts(),
            Self::Table(prompt) => prompt.contexts(),
            Self::Thresholds(thresholds) => thresholds.contexts(),
            Self::Methods(view) => view.contexts(),
            Self::Benchmark(view) => view.contexts(),
            Self::Consensus(view) => view.contexts(),
            Self::Diff(view) => view.contexts(),
        }
    }

    /// Returns whether keys are text.
    pub fn is_typing(&self) -> bool {
        match self {
            Self::Help(_) | Self::Palette(_) | Self::Thresholds(_) | Self::Gene(_) | Self::Table(_) => true,
            Self::Confirm(_) | Self::Copy(_) | Self::Queue(_) | Self::Methods(_) => false,
            Self::Log(view) => view.is_typing(),
            Self::Export(export) => export.is_typing(),
            Self::Benchmark(view) => view.is_typing(),
            Self::Consensus(view) => view.is_typing(),
            Self::Diff(view) => view.is_typing(),
        }
    }

    /// Handles a key while typing, and returns whether it had an effect.
    pub fn on_key(&mut self, key: Key, log: &Log) -> bool {
        match self {
            Self::Help(help) => help.on_key(key),
            Self::Palette(palette) => palette.on_key(key),
            Self::Export(export) => export.on_key(key),
            Self::Thresholds(thresholds) => thresholds.on_key(key),
            Self::Gene(prompt) => prompt.on_key(key),
            Self::Table(prompt) => prompt.on_key(key),
            Self::Benchmark(view) => view.on_key(key),
            Self::Consensus(view) => view.on_key(key),
            Self::Diff(view) => view.on_key(key),
            Self::Log(view) => view.on_key(key, log),
            Self::Confirm(_) | Self::Copy(_) | Self::Queue(_) | Self::Methods(_) => false,
        }
    }

    /// Inserts pasted text while typing.
    pub fn on_paste(&mut self, text: &str) {
        match self {
            Self::Export(export) => export.on_paste(text),
            Self::Thresholds(thresholds) => thresholds.on_paste(text),
            Self::Gene(prompt) => prompt.on_paste(text),
            Self::Table(prompt) => prompt.on_paste(text),
            Self::Consensus(view) => view.on_paste(text),
            Self::Diff(view) => view.on_paste(text),
            Self::Help(_)
            | Self::Palette(_)
            | Self::Confirm(_)
            | Self::Copy(_)
            | Self::Log(_)
            | Self::Queue(_)
            | Self::Methods(_)
            | Self::Benchmark(_) => {}
        }
    }

    /// Handles an answer; called for every answer.
    pub fn on_answer(&mut self, answer: &Answer) -> Vec<Effect> {
        match self {
            Self::Export(export) => export.on_answer(answer),
            Self::Benchmark(view) => view.on_answer(answer),
            Self::Consensus(view) => view.on_answer(answer),
            Self::Diff(view) => view.on_answer(answer),
            Self::Gene(prompt) => prompt.on_answer(answer),
            Self::Queue(view) => view.on_answer(answer),
            Self::Table(prompt) => prompt.on_answer(answer),
            Self::Methods(view) => view.on_answer(answer),
            Self::Thresholds(_)
            | Self::Help(_)
            | Self::Palette(_)
            | Self::Confirm(_)
            | Self::Copy(_)
            | Self::Log(_) => Vec::new(),
        }
    }

    /// Performs an action.
    pub fn on_action(&mut self, action: Action, log: &Log) -> Reply {
        match self {
            Self::Help(help) => help.on_action(action),
            Self::Palette(palette) => palette.on_action(action),
            Self::Confirm(confirm) => confirm.on_action(action),
            Self::Log(view) => view.on_action(action, log),
            Self::Queue(view) => view.on_action(action),
            Self::Export(export) => export.on_action(action),
            Self::Copy(menu) => menu.on_action(action),
            Self::Gene(prompt) => prompt.on_action(action),
            Self::Table(prompt) => prompt.on_action(action),
            Self::Thresholds(thresholds) => thresholds.on_action(action),
            Self::Methods(view) => view.on_action(action),
            Self::Benchmark(view) => view.on_action(action),
            Self::Consensus(view) => view.on_action(action),
            Self::Diff(view) => view.on_action(action),
        }
    }

    /// Selects the row at a position of the last frame, and returns the action of another click on it.
    pub fn on_click(&mut self, at: Position, log: &Log) -> Option<Action> {
        match self {
            Self::Help(help) => help.on_click(at),
            Self::Palette(palette) => palette.on_click(at),
            Self::Confirm(confirm) => confirm.on_click(at),
            Self::Log(view) => view.on_click(at, log),
            Self::Queue(view) => view.on_click(at),
            Self::Export(export) => export.on_click(at),
            Self::Copy(menu) => menu.on_click(at),
            Self::Gene(prompt) => prompt.on_click(at),
            Self::Table(_) => None,
            Self::Thresholds(thresholds) => thresholds.on_click(at),
            Self::Methods(_) => None,
            Self::Benchmark(view) => view.on_click(at),
            Self::Consensus(view) => view.on_click(at),
            Self::Diff(view) => view.on_click(at),
        }
    }

    /// Draws the overlay over the screen.
    pub fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, log: &Log) {
        match self {
            Self::Help(help) => help.render(frame, area, look),
            Self::Palette(palette) => palette.render(frame, area, look),
            Self::Confirm(confirm) => confirm.render(frame, area, look),
            Self::Log(view) => view.render(frame, area, look, log),
            Self::Queue(view) => view.render(frame, area, look),
            Self::Export(export) => export.render(frame, area, look),
            Self::Copy(menu) => menu.render(frame, area, look),
            Self::Gene(prompt) => prompt.render(frame, area, look),
            Self::Table(prompt) => prompt.render(frame, area, look),
            Self::Thresholds(thresholds) => thresholds.render(frame, area, look),
            Self::Methods(view) => view.render(frame, area, look),
            Self::Benchmark(view) => view.render(frame, area, look),
            Self::Consensus(view) => view.render(frame, area, look),
            Self::Diff(view) => view.render(frame, area, look),
        }
    }
}

/// Returns Enter for another click on the selected row.
fn accept(hit: Hit) -> Option<Action> {
    (hit == Hit::Again).then_some(Action::Accept)
}

/// Returns the middle of an area, at most of the given size.
fn middle(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}
