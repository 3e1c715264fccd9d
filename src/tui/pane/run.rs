//! The run's own pane: its progress, chunk by chunk. In: the run's events. Out: requests to pause, cancel and retry.

mod chunks;
mod journal;
mod progress;

pub(crate) use journal::{remark, when};

use std::{sync::Arc, time::Duration};

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
};

use super::{Look, Pane, PaneKind, Reply};
use crate::{
    domain::ChunkIndex,
    engine::{ChunkState, Progress},
    results::{Unreadable, UnreadableAnswer},
    tui::{
        action::Action,
        effect::{Effect, Steering},
        facts::{Activity, Clock, RunFacts, Sighting},
        keymap::Context,
        log::Severity,
        msg::Answer,
        overlay::{Overlay, confirm::Confirm},
        query::SharedQueries,
        selection::Selection,
        view_state::ViewState,
        widget::{ListState, chunk_grid::Grid, rule},
    },
};

/// The run's own pane.
#[derive(Debug)]
pub struct RunPane {
    facts: RunFacts,
    progress: Progress,
    /// The interface's time at the run's time zero.
    began: Option<Duration>,
    /// The end of work, by the run's clock.
    ended: Option<Duration>,
    bytes_sent: u64,
    chunk: ListState,
    follows: Follows,
    /// The stored responses that cannot be read.
    unreadable: Arc<Unreadable>,
}

/// The automatic movement of the cursor in the list of chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Follows {
    /// The cursor follows the first chunk in progress.
    Activity,
    /// The cursor does not move, as the user has moved it.
    Nothing,
}

impl RunPane {
    /// Creates the pane of a run that was just opened.
    pub fn new(facts: RunFacts) -> Self {
        Self {
            facts,
            progress: Progress::default(),
            began: None,
            ended: None,
            bytes_sent: 0,
            chunk: ListState::default(),
            follows: Follows::Activity,
            unreadable: Arc::default(),
        }
    }

    /// Returns the pane of a run that is no longer open, with its view state and its stored chunks.
    pub fn left(mut self, view_state: ViewState) -> Self {
        let is_stored = |chunk: &usize| self.state(*chunk) == ChunkState::Stored;
        self.facts.stored = (0..self.chunk_count()).filter(is_stored).map(|chunk| ChunkIndex(chunk as u32)).collect();
        self.facts.view_state = view_state;
        self
    }

    /// Returns the facts about the run.
    pub fn facts(&self) -> &RunFacts {
        &self.facts
    }

    /// Returns the progress of the run.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Returns whether this program works on the run.
    pub fn is_active(&self) -> bool {
        self.facts.activity == Activity::Here
    }

    /// Returns the time on the run's clock.
    fn elapsed(&self, now: Clock) -> Duration {
        match (self.ended, self.began) {
            (Some(ended), _) => ended,
            (None, Some(began)) => now.since_start.saturating_sub(began),
            (None, None) => Duration::ZERO,
        }
    }

    fn chunk_count(&self) -> usize {
        match self.progress.chunks().len() {
            0 => self.facts.cells.div_ceil(self.facts.chunk_size.max(1)),
            chunks => chunks,
        }
    }

    /// Returns the stored response of a chunk, if it cannot be read.
    fn unreadable(&self, chunk: usize) -> Option<&UnreadableAnswer> {
        let is_stored = self.state(chunk) == ChunkState::Stored;
        self.unreadable.of_chunk(ChunkIndex(chunk as u32)).filter(|_| is_stored)
    }

    /// Returns the state of a chunk: stored if its response was seen in the folder, otherwise by the run's events.
    fn state(&self, chunk: usize) -> ChunkState {
        if self.facts.stored.contains(&ChunkIndex(chunk as u32)) {
            return ChunkState::Stored;
        }
        self.progress.chunks().get(chunk).map_or(ChunkState::Waiting, |progress| progress.state)
    }

    /// Updates the run from the state of its folder. Ignored for a run of this program, which has better data from
    /// events.
    fn take_sighting(&mut self, sighting: &Sighting) -> Option<Effect> {
        if self.is_active() || sighting.activity == Activity::Here {
            return None;
        }
        self.facts.stored.clone_from(&sighting.stored);
        let before = std::mem::replace(&mut self.facts.activity, sighting.activity);
        let (stored, chunks) = (self.facts.stored.len(), self.chunk_count());
        match (before, sighting.activity) {
            (Activity::None, Activity::Elsewhere) => {
                Some(Effect::say(Severity::Good, "another process is working on this run"))
            }
            (Activity::Elsewhere, Activity::None) if stored == chunks => {
                Some(Effect::say(Severity::Good, "the run is complete: another process has stored every chunk"))
            }
            (Activity::Elsewhere, Activity::None) => {
                let text =
                    format!("the other process has ended; {stored} of {chunks} chunks are stored, R sends the rest");
                Some(Effect::say(Severity::Warn, text))
            }
            (Activity::Here | Activity::Elsewhere | Activity::None, _) => None,
        }
    }

    /// Returns whether every chunk is stored.
    fn is_complete(&self) -> bool {
        (0..self.chunk_count()).all(|chunk| self.state(chunk) == ChunkState::Stored)
    }

    fn steer(&self, steering: Steering) -> Reply {
        if self.is_active() { Effect::Steer(steering).into() } else { Reply::Pass }
    }

    fn toggle_pause(&self) -> Reply {
        self.steer(if self.progress.is_paused() { Steering::Continue } else { Steering::Pause })
    }

    fn ask_to_cancel(&self) -> Reply {
        if !self.is_active() {
            return Reply::Pass;
        }
        let under_way = self.progress.count(|state| matches!(state, ChunkState::Sending | ChunkState::AtServer));
        Effect::open(Overlay::Confirm(Confirm::cancel_run(&self.progress, under_way))).into()
    }

    /// Returns whether a chunk waits for a retry, failed, or has a response that cannot be read.
    fn is_in_trouble(&self, chunk: usize) -> bool {
        let has_failed = matches!(self.state(chunk), ChunkState::Retrying { .. } | ChunkState::Failed);
        has_failed || self.unreadable(chunk).is_some()
    }

    /// Moves to the next chunk in trouble.
    fn next_trouble(&mut self) -> Reply {
        let len = self.chunk_count();
        let at = self.chunk.selected(len).unwrap_or(0);
        let next = (at + 1..len).chain(0..=at.min(len.saturating_sub(1))).find(|chunk| self.is_in_trouble(*chunk));
        let Some(next) = next else { return Reply::Pass };
        self.chunk.select(next);
        Reply::done()
    }

    /// Moves the cursor to the first chunk that is neither waiting nor stored.
    fn follow(&mut self) {
        let is_busy =
            |state: ChunkState| !matches!(state, ChunkState::Waiting | ChunkState::Ready | ChunkState::Stored);
        let first = (0..self.chunk_count()).find(|&chunk| is_busy(self.state(chunk)));
        if let Some(first) = first.filter(|_| self.follows == Follows::Activity) {
            self.chunk.select(first);
        }
    }

    /// Returns where progress, the title of the chunks, their grid, their table, what is wrong with the
    /// selected chunk, and the journal are drawn.
    fn parts(&self, area: Rect) -> [Rect; 6] {
        let grid = chunks::grid_height(self.chunk_count(), area);
        let head = 3 + u16::from(area.height >= 18);
        let rest = area.height.saturating_sub(head + 1 + grid);
        let cause = chunks::cause_height(self, area);
        let heights = [
            Constraint::Length(head),
            Constraint::Length(1),
            Constraint::Length(grid),
            Constraint::Length((rest * 3 / 5).min(self.chunk_count() as u16 + 3)),
            Constraint::Length(cause),
            Constraint::Fill(1),
        ];
        Layout::vertical(heights).areas(area)
    }

    fn do_action(&mut self, action: Action) -> Reply {
        match action {
            Action::Pause => self.toggle_pause(),
            Action::Cancel => self.ask_to_cancel(),
            Action::RetryNow => self.steer(Steering::RetryNow),
            Action::Resume if self.is_active() => Reply::done(),
            Action::NextTrouble => self.next_trouble(),
            Action::Left => Reply::taken(self.chunk.on_action(Action::Up, self.chunk_count())),
            Action::Right => Reply::taken(self.chunk.on_action(Action::Down, self.chunk_count())),
            other => Reply::taken(self.chunk.on_action(other, self.chunk_count())),
        }
    }

    fn take_events(&mut self, events: &[crate::engine::Event], now: Clock) {
        for event in events {
            // Events may arrive late, but never early: the earliest time zero is the true one.
            let began = now.since_start.saturating_sub(event.elapsed);
            self.began = Some(self.began.map_or(began, |earlier| earlier.min(began)));
            self.progress.apply(event);
        }
        self.follow();
        if self.progress.is_finished() {
            self.ended.get_or_insert(self.progress.elapsed());
        }
    }
}

impl Pane for RunPane {
    fn kind(&self) -> PaneKind {
        PaneKind::Run
    }

    fn note(&self) -> String {
        progress::condition(self).0
    }

    fn offers(&self, action: Action) -> bool {
        match action {
            Action::Resume => !self.is_complete() && self.facts.activity == Activity::None,
            Action::NextTrouble => (0..self.chunk_count()).any(|chunk| self.is_in_trouble(chunk)),
            _ => true,
        }
    }

    fn contexts(&self) -> &'static [Context] {
        match self.facts.activity {
            Activity::Here => &[Context::Run],
            Activity::Elsewhere | Activity::None if self.is_complete() => &[Context::Complete],
            Activity::Elsewhere | Activity::None => &[Context::Ended],
        }
    }

    fn on_action(&mut self, action: Action, _: &mut Selection) -> Reply {
        let before = self.chunk.clone();
        let reply = self.do_action(action);
        if self.chunk != before {
            self.follows = Follows::Nothing;
        }
        reply
    }

    fn on_click(&mut self, at: Position, area: Rect, _: &mut Selection) -> Reply {
        let ([_, _, grid, table, ..], len) = (self.parts(area), self.chunk_count());
        let is_in_table = self.chunk.click(len, chunks::rows(table), at);
        if let Some(chunk) = Grid::of(len, grid).chunk_at(len, grid, at) {
            self.chunk.select(chunk);
        } else if !is_in_table {
            return Reply::done();
        }
        self.follows = Follows::Nothing;
        Reply::done()
    }

    fn on_queries(&mut self, queries: &Arc<SharedQueries>, _: &Selection) -> Vec<Effect> {
        self.unreadable = queries.unreadable_answers().cloned().unwrap_or_default();
        Vec::new()
    }

    fn on_answer(&mut self, answer: &Answer, now: Clock) -> Vec<Effect> {
        if answer.run() != Some(&self.facts.folder) {
            return Vec::new();
        }
        if let Answer::RunEvents(_, events) = answer {
            self.take_events(events, now);
        } else if let Answer::RunBytes(_, bytes) = answer {
            self.bytes_sent = *bytes;
        } else if let Answer::RunEnded(_) = answer {
            self.facts.activity = Activity::None;
            self.ended.get_or_insert(self.progress.elapsed());
        } else if let Answer::Sighted(_, sighting) = answer {
            return self.take_sighting(sighting).into_iter().collect();
        }
        Vec::new()
    }

    fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>, _: &Selection) {
        let [head, chunks_rule, grid, table, cause, journal] = self.parts(area);
        progress::render(self, frame, head, look);
        frame.render_widget(rule("chunks", chunks_rule.width, look.theme), chunks_rule);
        chunks::render_legend(self, frame, chunks_rule, look);
        chunks::render_grid(self, frame, grid, look);
        chunks::render_table(self, frame, table, look);
        chunks::render_cause(self, frame, cause, look);
        journal::render(frame, journal, look);
    }
}
