//! The table of runs.

use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    style::Style,
    text::{Line, Span},
};

use crate::tui::{
    facts::{Clock, RecentRun, RunCondition},
    pane::Look,
    text,
    theme::Theme,
    widget::{
        Column, Row, Sideways, Table, bar,
        table::{Wanted, widths},
    },
};

/// Returns the mark, the word and the style of a run's condition.
fn condition(run: &RecentRun, theme: &Theme) -> (&'static str, &'static str, Style) {
    match run.state {
        RunCondition::Running => ("●", "running", theme.busy),
        RunCondition::Done => ("✓", "done", theme.good),
        RunCondition::Partial => ("!", "partial", theme.warn),
        RunCondition::Empty => ("○", "empty", theme.muted),
        RunCondition::Damaged(_) => ("✗", "damaged", theme.bad),
    }
}

/// The least room for the end of a folder's path in the lower border.
const FOLDER: usize = 12;

/// Returns the folder of a run and the effect of Enter on it, for the lower border. The folder distinguishes runs of
/// one file where its column does not fit.
pub(super) fn folder_and_enter(run: &RecentRun, room: usize) -> String {
    let enter = what_enter_does(run);
    match room.saturating_sub(text::width(&enter) + 3) {
        left if left < FOLDER => enter,
        left => format!("{} · {enter}", text::fit_end(&run.folder.to_string_lossy(), left)),
    }
}

/// Returns the effect of Enter on a run.
fn what_enter_does(run: &RecentRun) -> String {
    let missing = run.chunks.saturating_sub(run.stored);
    let chunks = if missing == 1 { "the missing chunk".to_owned() } else { format!("the {missing} missing chunks") };
    match run.state {
        RunCondition::Running => "enter shows its progress".into(),
        RunCondition::Done => "enter shows its results".into(),
        RunCondition::Partial => format!("enter shows the results so far, R sends {chunks}"),
        RunCondition::Empty => "enter opens it, R starts it".into(),
        RunCondition::Damaged(_) => "enter shows what is wrong".into(),
    }
}

/// The table of runs.
pub(super) struct RunTable<'a> {
    pub(super) runs: &'a [RecentRun],
    pub(super) selected: Option<usize>,
    pub(super) sideways: &'a Sideways,
}

impl RunTable<'_> {
    /// Draws the runs, with more columns on wide screens.
    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let Self { runs, selected, sideways } = *self;
        let columns = [
            Column::left("state", Constraint::Length(9)),
            Column::left("file", Constraint::Min(16)).wanting(Wanted::First(30)),
            Column::left("strategy", Constraint::Length(8)).wanting(Wanted::Last(18)),
            Column::right("cells", Constraint::Length(9)),
            Column::left("stored", Constraint::Length(9)).wanting(Wanted::Last(12)),
            Column::right("age", Constraint::Length(6)),
            Column::left("folder", Constraint::Min(20)).wanting(Wanted::First(30)),
            Column::left("model", Constraint::Length(16)).wanting(Wanted::First(24)),
        ];
        let widths = widths(&columns, area.width, Some(sideways));
        let row = |number: usize| row(&runs[number], &widths, look);
        let table = Table { columns: &columns, len: runs.len(), selected, row: &row };
        table.render_sideways(frame, area, look.style(), sideways);
    }
}

fn row(run: &RecentRun, widths: &[Option<u16>], look: &Look<'_>) -> Row<'static> {
    let theme = look.theme;
    let room = |column: usize| widths.get(column).copied().flatten().map_or(0, usize::from);
    let (mark, word, style) = condition(run, theme);
    let share = if run.cells == 0 { 1.0 } else { run.stored_cells as f64 / run.cells as f64 };
    let gauge = if share >= 1.0 { theme.good } else { theme.gauge };
    let mut stored = bar(share, room(4).saturating_sub(6), gauge, theme).to_vec();
    let (strategy, folder) = (run.operation.name(), run.folder.to_string_lossy());
    let strategy = if room(2) >= strategy.len() { strategy } else { run.operation.short_name() };
    stored.push(Span::raw(format!(" {:>3.0} %", (share * 100.0).floor())));
    Row::from_iter([
        Line::from(vec![Span::styled(format!("{mark} "), style), Span::styled(word, style)]),
        Line::raw(text::fit(&run.name, 200).into_owned()),
        Line::styled(strategy, theme.muted),
        Line::raw(text::count(run.cells)),
        Line::from(stored),
        Line::styled(age(run, look.now), theme.muted),
        Line::styled(text::fit_end(&folder, room(6)).into_owned(), theme.muted),
        Line::styled(text::fit(run.model.as_str(), 60).into_owned(), theme.muted),
    ])
}

fn age(run: &RecentRun, now: Clock) -> String {
    let seconds = now.time_of_day.duration_since(run.created_at).as_secs().max(0);
    text::rough(std::time::Duration::from_secs(seconds.unsigned_abs()))
}
