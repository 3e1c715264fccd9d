//! The queue of files: their states, what the quota suffices for, and what comes next. Files are added and annotated by
//! commands, which the view names and copies.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::{Line, Span},
};

use crate::{
    domain::text::clean,
    engine::queue::suffices,
    tui::{
        action::Action,
        effect::Effect,
        facts::{Failure, QueueRow, RunCondition},
        keymap::Context,
        msg::Answer,
        pane::{Look, Reply},
        shell_commands::QueueCommands,
        text,
        theme::Theme,
        widget::{
            Column, ListState, Message, Panel, Row, Table,
            table::{self, Wanted},
        },
    },
};

/// The size of the view.
const SIZE: (u16, u16) = (110, 30);

/// The view of the queue.
#[derive(Debug)]
pub struct QueueView {
    commands: QueueCommands,
    rows: Option<Result<Vec<QueueRow>, Failure>>,
    list: ListState,
}

impl QueueView {
    /// Creates a view, and the effect that reads the queue.
    pub fn open(commands: QueueCommands) -> (Self, Effect) {
        (Self { commands, rows: None, list: ListState::default() }, Effect::FetchQueue)
    }

    pub(super) fn contexts(&self) -> &'static [Context] {
        &[Context::Queue, Context::List, Context::Global]
    }

    fn entries(&self) -> &[QueueRow] {
        match &self.rows {
            Some(Ok(rows)) => rows,
            Some(Err(_)) | None => &[],
        }
    }

    pub(super) fn on_answer(&mut self, answer: &Answer) -> Vec<Effect> {
        if let Answer::Queue(rows) = answer {
            self.rows = Some(rows.clone());
        }
        Vec::new()
    }

    pub(super) fn on_action(&mut self, action: Action) -> Reply {
        let len = self.entries().len();
        let selected = self.list.selected(len).and_then(|row| self.entries().get(row));
        match (action, selected) {
            (Action::Refresh, _) => Effect::FetchQueue.into(),
            (Action::CopyCommand, _) => Effect::Copy(self.commands.run.clone()).into(),
            (Action::RemoveQueued, Some(row)) => Effect::RemoveQueued(row.id).into(),
            (Action::Accept, Some(row)) if row.stored > 0 => Effect::OpenRun(row.folder.clone()).into(),
            (other, _) => Reply::taken(self.list.on_action(other, len)),
        }
    }

    pub(super) fn on_click(&mut self, at: Position) -> Option<Action> {
        let len = self.entries().len();
        self.list.hit(len, at).and_then(super::accept)
    }

    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let entries = self.entries();
        let note = if entries.is_empty() { String::new() } else { text::counted(entries.len() as u64, "file") };
        let area = super::middle(area, SIZE.0, SIZE.1);
        let inner = Panel::new("queue").note(note).render_over(frame, area, look.theme);
        let lines = foot_lines(entries, &self.commands, look);
        let foot: Vec<Line<'_>> = lines.iter().flat_map(|line| wrapped(line, inner.width)).collect();
        let rows = Constraint::Length(foot.len() as u16);
        let [list, below] = Layout::vertical([Constraint::Fill(1), rows]).areas(inner);
        match &self.rows {
            None => Message::new(Span::raw("Reading the queue …"), &[]).render(frame, list, look.theme),
            Some(Err(failure)) => {
                Message::failure(&failure.what, &[&failure.fix], look.theme).render(frame, list, look.theme);
            }
            Some(Ok(rows)) if rows.is_empty() => {
                let add = format!("{}   adds files", self.commands.add);
                Message::new(Span::styled("The queue is empty", look.theme.title), &[&add])
                    .render(frame, list, look.theme);
            }
            Some(Ok(rows)) => self.render_rows(frame, list, rows, look),
        }
        for (line, row) in foot.into_iter().zip(below.rows()) {
            frame.render_widget(line, row);
        }
    }

    fn render_rows(&self, frame: &mut Frame<'_>, area: Rect, rows: &[QueueRow], look: &Look<'_>) {
        let columns = [
            Column::right("", Constraint::Length(3)),
            Column::left("state", Constraint::Length(9)),
            Column::right("cells", Constraint::Length(10)),
            Column::right("missing", Constraint::Length(10)),
            Column::left("quota", Constraint::Length(9)),
            Column::left("file", Constraint::Min(16)).wanting(Wanted::First(60)),
        ];
        let quota = quota(rows, look);
        let next = next(rows);
        let row = |number: usize| {
            let fits = quota.get(number).copied().flatten();
            row(&rows[number], Standing { number, is_next: next == Some(number), fits }, look.theme)
        };
        self.list.drawn(table::body(area));
        let table = Table { columns: &columns, len: rows.len(), selected: self.list.selected(rows.len()), row: &row };
        table.render(frame, area, look.style());
    }
}

/// Returns whether the quota suffices for each file; empty without a known limit.
fn quota(rows: &[QueueRow], look: &Look<'_>) -> Vec<Option<bool>> {
    let missing: Vec<u64> = rows.iter().map(|row| row.missing).collect();
    let usable = look.facts.quota.ready().and_then(|quota| quota.usable());
    usable.map_or_else(Vec::new, |usable| suffices(&missing, usable))
}

/// Returns the place of the file that is annotated next: the first with missing cells that no process works on.
fn next(rows: &[QueueRow]) -> Option<usize> {
    rows.iter().position(|row| row.missing > 0 && row.state != RunCondition::Running && !row.is_gone)
}

/// The position of a file in the queue.
struct Standing {
    /// The number of the file, from 0.
    number: usize,
    /// Set if it is annotated next.
    is_next: bool,
    /// Whether the quota suffices; `None` if no limit is known.
    fits: Option<bool>,
}

fn row(row: &QueueRow, Standing { number, is_next, fits }: Standing, theme: &Theme) -> Row<'static> {
    let (word, style) = match (&row.state, row.is_gone) {
        (RunCondition::Done, _) => ("done", theme.good),
        (_, true) => ("file gone", theme.bad),
        (RunCondition::Running, false) => ("running", theme.busy),
        (RunCondition::Damaged(_), false) => ("damaged", theme.bad),
        (RunCondition::Partial | RunCondition::Empty, false) if is_next => ("next", theme.accent),
        (RunCondition::Partial, false) => ("partial", theme.warn),
        (RunCondition::Empty, false) => ("waiting", theme.muted),
    };
    let quota = match fits {
        Some(true) => Span::styled("suffices", theme.good),
        Some(false) => Span::styled("too small", theme.warn),
        None => Span::raw(""),
    };
    Row::from_iter([
        Line::raw((number + 1).to_string()),
        Line::styled(word, style),
        Line::raw(text::count(row.cells)),
        Line::raw(text::count(row.missing)),
        Line::from(quota),
        Line::raw(text::fit_end(&clean(&row.file.to_string_lossy()), 200).into_owned()),
    ])
}

/// Breaks a line of one style into lines of a width.
fn wrapped<'a>(line: &'a Line<'_>, columns: u16) -> impl Iterator<Item = Line<'a>> {
    text::wrapped(&line.to_string(), usize::from(columns)).into_iter().map(|part| Line::styled(part, line.style))
}

/// Returns the sum of the missing cells, what the quota suffices for, and the commands.
fn foot_lines(rows: &[QueueRow], commands: &QueueCommands, look: &Look<'_>) -> Vec<Line<'static>> {
    let theme = look.theme;
    let missing: u64 = rows.iter().map(|row| row.missing).sum();
    let quota = look.facts.quota.ready();
    let usable = quota.and_then(|quota| quota.usable());
    let fit = self::quota(rows, look).into_iter().filter(|fits| *fits == Some(true)).count();
    let what = match usable {
        Some(usable) => format!(
            "{} cells missing, {} may be sent now: enough for {}",
            text::count(missing),
            text::count(usable),
            text::counted(fit as u64, "file")
        ),
        None => format!("{} cells missing; no limit of the account is known", text::count(missing)),
    };
    let reset =
        quota.and_then(|quota| quota.resets_at.as_deref()).map(|at| format!("; the week ends at {}", clean(at)));
    let key = |action| look.keymap.key_for(&[Context::Queue], action).unwrap_or_else(|| format!(":{action}"));
    vec![
        Line::raw(what + &reset.unwrap_or_default()),
        Line::styled(format!("{} annotates them ({} copies it)", commands.run, key(Action::CopyCommand)), theme.muted),
        Line::styled(format!("{} adds files; {} removes one", commands.add, key(Action::RemoveQueued)), theme.muted),
    ]
}
