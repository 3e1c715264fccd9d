//! The table of runs.

use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    style::Style,
    text::{Line, Span},
};

use crate::tui::{
    facts::{Moment, RecentRun, RunCondition},
    pane::Look,
    text,
    theme::Theme,
    widget::{Column, Row, Table, bar},
};

/// The mark, the word and the style of a run's condition.
fn condition(run: &RecentRun, theme: &Theme) -> (&'static str, &'static str, Style) {
    match run.state {
        RunCondition::Running => ("●", "running", theme.busy),
        RunCondition::Done => ("✓", "done", theme.good),
        RunCondition::Partial => ("!", "partial", theme.warn),
        RunCondition::Empty => ("○", "empty", theme.muted),
        RunCondition::Damaged(_) => ("✗", "damaged", theme.bad),
    }
}

/// What Enter does to a run, for the lower border.
pub(super) fn what_enter_does(run: &RecentRun) -> String {
    let missing = run.chunks.saturating_sub(run.stored);
    let chunks = if missing == 1 { "the missing chunk".to_owned() } else { format!("the {missing} missing chunks") };
    match run.state {
        RunCondition::Running => "enter watches it".into(),
        RunCondition::Done => "enter browses it".into(),
        RunCondition::Partial => format!("enter browses what is there, R sends {chunks}"),
        RunCondition::Empty => "enter opens it, R starts it".into(),
        RunCondition::Damaged(_) => "enter says what is wrong".into(),
    }
}

/// Draws the runs, with more columns where there is room.
pub(super) fn render(
    frame: &mut Frame<'_>,
    area: Rect,
    (runs, selected): (&[RecentRun], Option<usize>),
    look: &Look<'_>,
) {
    let columns = [
        Column::left("state", Constraint::Length(9)),
        Column::left("file", Constraint::Min(16)),
        Column::right("cells", Constraint::Length(9)),
        Column::left("stored", Constraint::Length(12)),
        Column::right("age", Constraint::Length(6)),
        Column::left("model", Constraint::Length(24)),
    ];
    let row = |number: usize| row(&runs[number], look);
    Table { columns: &columns, len: runs.len(), selected, row: &row }.render(frame, area, look.style());
}

fn row(run: &RecentRun, look: &Look<'_>) -> Row<'static> {
    let theme = look.theme;
    let (mark, word, style) = condition(run, theme);
    let share = if run.chunks == 0 { 1.0 } else { run.stored as f64 / run.chunks as f64 };
    let gauge = if share >= 1.0 { theme.good } else { theme.gauge };
    let mut stored = bar(share, 6, gauge, theme).to_vec();
    stored.push(Span::raw(format!(" {:>3.0} %", (share * 100.0).floor())));
    Row::from_iter([
        Line::from(vec![Span::styled(format!("{mark} "), style), Span::styled(word, style)]),
        Line::raw(text::fit(&run.name, 200).into_owned()),
        Line::raw(text::count(run.cells)),
        Line::from(stored),
        Line::styled(age(run, look.now), theme.muted),
        Line::styled(text::fit(run.model.as_str(), 60).into_owned(), theme.muted),
    ])
}

fn age(run: &RecentRun, now: Moment) -> String {
    let seconds = now.clock.duration_since(run.created_at).as_secs().max(0);
    text::rough(std::time::Duration::from_secs(seconds.unsigned_abs()))
}
