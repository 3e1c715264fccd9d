//! The upper lines of the run: progress, speed and time.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Style,
    text::{Line, Span},
};

use super::RunPane;
use crate::{
    engine::ChunkState,
    results::UnreadableAnswer,
    tui::{
        facts::Activity,
        pane::Look,
        text,
        theme::Theme,
        widget::{self, sparkline, table::fitted},
    },
};

/// Returns the condition of the run in a few words, with the style of its severity.
pub(super) fn condition(run: &RunPane) -> (String, fn(&Theme) -> Style) {
    let progress = run.progress();
    let stored = (0..run.chunk_count()).filter(|&chunk| run.state(chunk) == ChunkState::Stored).count();
    let (word, style): (&str, fn(&Theme) -> Style) = match run.facts().activity {
        Activity::Here if progress.stopping().is_some() => ("stopping", |theme| theme.warn),
        Activity::Here if progress.is_paused() => ("paused", |theme| theme.warn),
        Activity::Here => ("running", |theme| theme.busy),
        Activity::Elsewhere => ("run by another process", |theme| theme.busy),
        Activity::None if stored == run.chunk_count() => ("done", |theme| theme.good),
        Activity::None => ("partial", |theme| theme.warn),
    };
    match unreadable(run).count() {
        0 => (word.to_owned(), style),
        1 => (format!("{word}, 1 answer unreadable"), |theme| theme.bad),
        several => (format!("{word}, {several} answers unreadable"), |theme| theme.bad),
    }
}

/// Returns the chunks whose stored responses cannot be read.
fn unreadable(run: &RunPane) -> impl Iterator<Item = &UnreadableAnswer> {
    (0..run.chunk_count()).filter_map(|chunk| run.unreadable(chunk))
}

/// Draws the gauge and the figures below it.
pub(super) fn render(run: &RunPane, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let [what, bar, figures, _] = Layout::vertical([Constraint::Length(1); 4]).areas(area);
    frame.render_widget(fitted(identity(run, look.theme), usize::from(what.width)), what);
    render_gauge(run, frame, bar, look);
    frame.render_widget(fitted(speed(run, look), usize::from(figures.width)), figures);
}

fn identity(run: &RunPane, theme: &Theme) -> Line<'static> {
    let facts = run.facts();
    let (word, style) = condition(run);
    let dot = || Span::styled(" · ", theme.border);
    Line::from(vec![
        Span::styled(text::fit(&facts.name, 40).into_owned(), theme.title),
        dot(),
        Span::styled(word, Theme::bold(style(theme))),
        dot(),
        Span::raw(text::fit(facts.model.as_str(), 40).into_owned()),
        dot(),
        Span::raw(facts.operation.name()),
        dot(),
        Span::raw(text::counted(run.chunk_count() as u64, "chunk")),
    ])
}

/// Counts the cells whose responses are stored and readable.
fn cells_stored(run: &RunPane) -> usize {
    let (cells, size) = (run.facts().cells, run.facts().chunk_size);
    let is_there = |chunk: &usize| run.state(*chunk) == ChunkState::Stored && run.unreadable(*chunk).is_none();
    let stored = (0..run.chunk_count()).filter(is_there);
    stored.map(|chunk| size.min(cells.saturating_sub(chunk * size))).sum()
}

fn render_gauge(run: &RunPane, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let (stored, cells) = (cells_stored(run), run.facts().cells);
    let share = if cells == 0 { 1.0 } else { stored as f64 / cells as f64 };
    let label =
        format!("  {} of {} cells  {:>7}", text::count(stored as u64), text::count(cells as u64), text::percent(share));
    let width = usize::from(area.width).saturating_sub(text::width(&label));
    let style = if share >= 1.0 { look.theme.good } else { look.theme.gauge };
    let mut line = widget::gauge(share, width, style, look.theme);
    line.push_span(Span::styled(label, look.theme.text));
    frame.render_widget(fitted(line, usize::from(area.width)), area);
}

fn speed(run: &RunPane, look: &Look<'_>) -> Line<'static> {
    let (progress, now, theme) = (run.progress(), run.elapsed(look.now), look.theme);
    let cells: usize = unreadable(run).map(|answer| answer.rows.len()).sum();
    if cells > 0 && !run.is_active() {
        let words =
            format!("the answers for {} cells cannot be read; R requests them again", text::count(cells as u64));
        return Line::styled(words, theme.bad);
    }
    let is_complete = cells_stored(run) == run.facts().cells;
    match run.facts().activity {
        Activity::Elsewhere => {
            let text = "another process works on this run; chunks appear here once they are stored";
            return Line::styled(text, theme.muted);
        }
        Activity::None if progress.chunks().is_empty() && is_complete => {
            return Line::styled("every chunk is stored", theme.muted);
        }
        Activity::None if progress.chunks().is_empty() => {
            return Line::styled("the run is not active; R sends what is missing", theme.muted);
        }
        Activity::Here if progress.chunks().is_empty() => {
            return Line::styled("waiting for the run to start", theme.muted);
        }
        Activity::Here | Activity::None => {}
    }
    let label = |text: &'static str| Span::styled(text, theme.muted);
    let mut spans = vec![];
    if run.is_active() {
        let is_known = !progress.is_paused() && !progress.is_stalled(now);
        let remaining = progress.remaining(now).filter(|_| is_known);
        spans.extend([
            Span::styled(text::count(progress.speed(now).round() as u64), theme.accent),
            label(" cells/s "),
            Span::styled(sparkline(&progress.speeds(now, 12), 12), theme.gauge),
            label("  left "),
            Span::styled(remaining.map_or_else(|| "–".into(), text::clock), theme.accent),
        ]);
        spans.push(label("  "));
    }
    spans.extend([
        label("elapsed "),
        Span::raw(text::clock(now)),
        label("  quota "),
        Span::raw(text::count(progress.cells_stored_now() as u64)),
        label("  sent "),
        Span::raw(text::bytes(run.bytes_sent)),
    ]);
    Line::from(spans)
}
