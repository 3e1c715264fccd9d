//! The chunks of a run: all of them as a grid, those around the cursor as a table.

use std::time::Duration;

use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    style::Style,
    text::{Line, Span},
};

use super::RunPane;
use crate::{
    domain::text::clean,
    engine::{ChunkState, Fault},
    results::UnreadableAnswer,
    tui::{
        pane::Look,
        remedy, text,
        theme::Theme,
        widget::{
            ChunkGrid, Column, Row, Table,
            chunk_grid::{Grid, Mark},
            table::body,
        },
    },
};

/// Returns the character, the word and the urgency of a state.
fn description(state: ChunkState) -> (char, &'static str, u8) {
    match state {
        ChunkState::Stored => ('■', "stored", 0),
        ChunkState::Waiting => ('·', "waiting", 1),
        ChunkState::Ready => ('◌', "ready", 2),
        ChunkState::Reading => ('○', "reading", 3),
        ChunkState::AtServer => ('●', "at the server", 4),
        ChunkState::Sending => ('↑', "sending", 5),
        ChunkState::Retrying { .. } => ('↻', "retrying", 6),
        ChunkState::Failed => ('✗', "failed", 7),
    }
}

fn style(state: ChunkState, theme: &Theme) -> Style {
    match state {
        ChunkState::Stored => theme.good,
        ChunkState::Waiting | ChunkState::Ready => theme.muted,
        ChunkState::Reading => theme.accent,
        ChunkState::AtServer | ChunkState::Sending => theme.busy,
        ChunkState::Retrying { .. } => theme.warn,
        ChunkState::Failed => theme.bad,
    }
}

/// Returns the height of the grid: the needed rows, at most a third of the area.
pub(super) fn grid_height(chunks: usize, area: Rect) -> u16 {
    let most = (area.height / 3).max(1);
    (Grid::of(chunks, Rect { height: most, ..area }).rows as u16).clamp(1, most)
}

/// Draws the number of chunks in each state, over the end of a rule.
pub(super) fn render_legend(run: &RunPane, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let (unreadable, readable): (Vec<usize>, Vec<usize>) =
        (0..run.chunk_count()).partition(|chunk| run.unreadable(*chunk).is_some());
    let mut counts = [(0usize, ChunkState::Waiting); 8];
    for state in readable.into_iter().map(|chunk| run.state(chunk)) {
        let (_, _, urgency) = description(state);
        counts[usize::from(urgency)] = (counts[usize::from(urgency)].0 + 1, state);
    }
    let present: Vec<_> = counts.into_iter().filter(|(count, _)| *count > 0).collect();
    let room = usize::from(area.width.saturating_sub(12));
    // Without room for words, show characters and numbers only.
    let lines = [true, false].map(|worded| {
        let entry = |(count, state): &(usize, ChunkState)| {
            let (symbol, word, _) = description(*state);
            let word = if worded { format!(" {word}") } else { String::new() };
            let count = text::count(*count as u64);
            let marked = Span::styled(format!(" {symbol} "), style(*state, look.theme));
            [marked, Span::styled(format!("{count}{word} "), look.theme.muted)]
        };
        let mut line = present.iter().flat_map(entry).collect::<Line<'static>>();
        if !unreadable.is_empty() {
            let word = if worded { " unreadable" } else { "" };
            line.push_span(Span::styled(" ✗ ", look.theme.bad));
            line.push_span(Span::styled(format!("{}{word} ", unreadable.len()), look.theme.muted));
        }
        line
    });
    if let Some(legend) = lines.into_iter().find(|line| line.width() <= room) {
        let width = legend.width() as u16;
        frame.render_widget(legend, Rect { x: area.right() - width - 2, width, ..area });
    }
}

/// Draws the grid of all chunks.
pub(super) fn render_grid(run: &RunPane, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let mark = |chunk: usize| {
        if run.unreadable(chunk).is_some() {
            return Mark { symbol: '✗', style: look.theme.bad, urgency: 7 };
        }
        let state = run.state(chunk);
        let (symbol, _, urgency) = description(state);
        Mark { symbol, style: style(state, look.theme), urgency }
    };
    let len = run.chunk_count();
    let grid = ChunkGrid { len, mark: &mark, selected: run.chunk.selected(len), cursor: look.theme.selection };
    grid.render(area, frame.buffer_mut());
}

/// Returns the area of the table with its header, below an empty line.
fn table(area: Rect) -> Rect {
    Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
}

/// Returns the area of the table's rows.
pub(super) fn rows(area: Rect) -> Rect {
    body(table(area))
}

/// Draws the table of the chunks around the cursor.
pub(super) fn render_table(run: &RunPane, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    // The last row has the widest numbers. The remaining width is for the note, which describes problems.
    let (chunks, cells) = (text::count(run.chunk_count() as u64), text::count(run.facts().cells as u64));
    let columns = [
        Column::right("#", Constraint::Length(chunks.len() as u16)),
        Column::left("rows", Constraint::Length(2 * cells.len() as u16 + 3)),
        Column::left("state", Constraint::Length(15)),
        Column::right("try", Constraint::Length(3)),
        Column::right("size", Constraint::Length(7)),
        Column::left("note", Constraint::Fill(1)),
    ];
    let row = |chunk: usize| row(run, chunk, look);
    let len = run.chunk_count();
    let selected = run.chunk.selected(len);
    let body = table(area);
    run.chunk.seen(body.height.saturating_sub(1));
    Table { columns: &columns, len, selected, row: &row }.render(frame, body, look.style());
}

/// The maximum number of lines for what is wrong with a chunk, in a pane of some height.
fn cause_lines(height: u16) -> usize {
    if height < 28 { 2 } else { 4 }
}

/// Returns the number of lines for what is wrong with the selected chunk, in the area of the pane.
pub(super) fn cause_height(run: &RunPane, area: Rect) -> u16 {
    cause(run, [usize::from(area.width), cause_lines(area.height)]).len() as u16
}

/// Returns what is wrong with the selected chunk, in lines of a width: the note in the table has less room.
fn cause(run: &RunPane, [width, rows]: [usize; 2]) -> Vec<String> {
    let Some(chunk) = run.chunk.selected(run.chunk_count()) else { return Vec::new() };
    let cause = run.unreadable(chunk).map(unreadable_note).or_else(|| {
        let progress = run.progress().chunks().get(chunk)?;
        let is_in_trouble = matches!(run.state(chunk), ChunkState::Retrying { .. } | ChunkState::Failed);
        progress.last_error.as_ref().filter(|_| is_in_trouble).map(in_words)
    });
    let Some(cause) = cause else { return Vec::new() };
    let mut lines = text::wrapped(&format!("chunk {}: {cause}", text::count(chunk as u64 + 1)), width);
    if lines.len() > rows {
        let rest = lines.split_off(rows.saturating_sub(1)).join(" ");
        lines.push(text::fit(&rest, width).into_owned());
    }
    lines
}

/// Draws what is wrong with the selected chunk.
pub(super) fn render_cause(run: &RunPane, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let size = [area.width, area.height].map(usize::from);
    for (line, row) in cause(run, size).into_iter().zip(area.rows()) {
        frame.render_widget(Span::styled(line, look.theme.warn), row);
    }
}

fn unreadable_note(answer: &UnreadableAnswer) -> String {
    let file = answer.path.file_name().unwrap_or_default().to_string_lossy();
    format!("{} ({})", clean(&answer.why), clean(&file))
}

fn row(run: &RunPane, chunk: usize, look: &Look<'_>) -> Row<'static> {
    let (theme, state) = (look.theme, run.state(chunk));
    let (symbol, word, style) = match run.unreadable(chunk) {
        Some(_) => ('✗', "unreadable", theme.bad),
        None => {
            let (symbol, word, _) = description(state);
            (symbol, word, style(state, theme))
        }
    };
    let (first, size) = (chunk * run.facts().chunk_size, run.facts().chunk_size);
    let last = (first + size).min(run.facts().cells);
    let progress = run.progress().chunks().get(chunk);
    let attempt = progress.map_or(0, |progress| progress.attempt);
    let bytes = progress.map_or(0, |progress| progress.bytes);
    let or_blank = |shown: bool, text: String| if shown { text } else { String::new() };
    Row::from_iter([
        Line::raw(text::count(chunk as u64 + 1)),
        Line::styled(
            format!("{} – {}", text::count(first as u64), text::count(last.saturating_sub(1) as u64)),
            theme.muted,
        ),
        Line::from(vec![Span::styled(format!("{symbol} "), style), Span::styled(word, style)]),
        Line::raw(or_blank(attempt > 0, attempt.to_string())),
        Line::raw(or_blank(bytes > 0, text::bytes(bytes))),
        Line::raw(note(run, chunk, look)),
    ])
}

fn note(run: &RunPane, chunk: usize, look: &Look<'_>) -> String {
    if let Some(answer) = run.unreadable(chunk) {
        return unreadable_note(answer);
    }
    let Some(progress) = run.progress().chunks().get(chunk) else { return String::new() };
    let now = run.elapsed(look.now);
    let error = || progress.last_error.as_ref().map(in_words).unwrap_or_default();
    let since = |since: Duration| text::clock(now.saturating_sub(since));
    match progress.state {
        ChunkState::Retrying { until } => {
            // The time comes first, as the cause of the selected chunk has separate lines below.
            format!("again in {} s · {}", until.saturating_sub(now).as_secs(), error())
        }
        ChunkState::Failed => error(),
        ChunkState::AtServer if now.saturating_sub(progress.since) >= run.progress().patience() => {
            format!("no answer for {}", since(progress.since))
        }
        ChunkState::Reading | ChunkState::Sending | ChunkState::AtServer => format!("for {}", since(progress.since)),
        ChunkState::Waiting | ChunkState::Ready | ChunkState::Stored => String::new(),
    }
}

/// Returns a failure with its remedy, beginning with the cause.
fn in_words(error: &Fault) -> String {
    cause_first(&remedy::fault(error))
}

/// Returns the reason of a failure without the endpoint and the server, which all chunks of a run share. The result
/// begins with the cause, which is then visible in a narrow column.
fn cause_first(error: &str) -> String {
    let words = error.strip_prefix("the server answered ").unwrap_or(error);
    let words = match words.split_once(": no answer from ") {
        Some((_, rest)) => rest.split_once(": ").map_or(words, |(_, cause)| cause),
        None => words,
    };
    let Some((before, after)) = words.split_once(" to annotate-").or_else(|| words.split_once(" to nearest-")) else {
        return words.to_owned();
    };
    let rest = after.find([':', ' ']).map_or("", |end| &after[end..]);
    format!("{before}{rest}")
}

#[cfg(test)]
mod tests {
    use super::cause_first;

    #[test]
    fn the_cause_of_a_failure_comes_first() {
        for (error, cause) in [
            (
                "the server answered 503 Service Unavailable to annotate-cell-type-ontology-aware-strategy: overloaded",
                "503 Service Unavailable: overloaded",
            ),
            (
                "annotate-cell-type-ontology-aware-strategy: no answer from http://127.0.0.1:1: no connection: refused",
                "no connection: refused",
            ),
            ("cannot write chunk 3: no space left", "cannot write chunk 3: no space left"),
        ] {
            assert_eq!(cause_first(error), cause);
        }
    }
}
