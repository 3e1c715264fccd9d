//! The results of a preflight: every check, the cost, the data that leaves the machine, and the equivalent command
//! line.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    style::Style,
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use crate::tui::{
    action::Action,
    effect::Effect,
    facts::{Check, PreflightReport, Remote, RunRequest, Verdict},
    log::Severity,
    msg::Answer,
    pane::{Focus, Look, Reply},
    text,
    theme::Theme,
    widget::{ListState, Message, Panel, WidgetStyle, rule, scroll, table::fitted},
};

/// The view of a preflight.
#[derive(Debug, Default)]
pub struct PreflightView {
    request: Option<RunRequest>,
    report: Remote<Box<PreflightReport>>,
    list: ListState,
}

impl PreflightView {
    /// Creates a view that waits for the report on a run.
    pub fn asked(request: RunRequest) -> Self {
        Self { request: Some(request), report: Remote::Loading, list: ListState::default() }
    }

    /// Returns the checked run.
    pub fn request(&self) -> Option<&RunRequest> {
        self.request.as_ref()
    }

    /// Performs an action.
    pub fn on_action(&mut self, action: Action) -> Reply {
        match (action, self.report.ready()) {
            (Action::Accept, _) => self.start(),
            (Action::CopyCommand | Action::Copy, Some(report)) => Effect::Copy(report.command.to_string()).into(),
            (other, _) => {
                let checks = self.report.ready().map_or(0, |report| report.checks.len());
                Reply::taken(self.list.on_action(other, checks))
            }
        }
    }

    fn start(&self) -> Reply {
        match &self.report {
            Remote::Ready(report) if report.fails() == 0 => Effect::StartRun.into(),
            Remote::Ready(_) => Effect::hint("Fix the errors before starting: esc goes back to the options.").into(),
            Remote::Failed(failure) => Effect::say(Severity::Bad, &failure.what).into(),
            Remote::Loading | Remote::Unasked => Effect::hint("still checking").into(),
        }
    }

    /// Selects the check at a position of the last frame.
    pub fn on_click(&mut self, at: Position) {
        let checks = self.report.ready().map_or(0, |report| report.checks.len());
        self.list.hit(checks, at);
    }

    /// Handles an answer; called for every answer.
    pub fn on_answer(&mut self, answer: &Answer) {
        if let Answer::Preflight(result) = answer {
            self.report = match result {
                Ok(report) => {
                    // Select the first error, so that the user reads it and its remedy first.
                    let first_error = report.checks.iter().position(|check| check.verdict == Verdict::Fail);
                    self.list.select(first_error.unwrap_or(0));
                    Remote::Ready(report.clone())
                }
                Err(failure) => Remote::Failed(failure.clone()),
            };
        }
    }

    /// Draws the view.
    pub fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let Some(report) = self.report.ready() else {
            let inner = Panel::new("preflight").render(frame, area, look.style());
            return self.render_missing(frame, inner, look);
        };
        let command = report.command.lines(usize::from(area.width).saturating_sub(4));
        let command: Vec<_> = command.into_iter().map(|line| Line::styled(line, look.theme.text)).collect();
        let below = if area.height >= 16 { command.len() as u16 + 6 } else { 0 };
        let [checks, below] = Layout::vertical([Constraint::Fill(1), Constraint::Length(below)]).areas(area);
        self.render_checks(frame, checks, report, look);
        if below.height > 0 {
            Transfer { report, command }.render(frame, below, look);
        }
    }

    fn render_missing(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        match &self.report {
            Remote::Failed(failure) => {
                Message::failure(&failure.what, &[&failure.fix, "r checks again, esc goes back"], look.theme)
                    .render(frame, area, look.theme);
            }
            Remote::Loading | Remote::Unasked | Remote::Ready(_) => {
                let lines = ["nothing is sent until you start the run", "esc goes back"];
                Message::new(Span::raw("Checking file, server and quota …"), &lines).render(frame, area, look.theme);
            }
        }
    }

    fn render_checks(&self, frame: &mut Frame<'_>, area: Rect, report: &PreflightReport, look: &Look<'_>) {
        let panel = Panel::new("preflight").note(verdicts(report, look.theme));
        let inner = panel.render(frame, area, look.style());
        let selected = self.list.selected(report.checks.len());
        let mut lines = Vec::new();
        let mut selected_end = 0;
        for (number, check) in report.checks.iter().enumerate() {
            let width = usize::from(inner.width);
            let is_selected = selected == Some(number);
            let of_check = check_lines(check, width, look.theme).into_iter();
            lines.extend(of_check.map(|line| (number, line, is_selected)));
            if let Some(fix) = check.fix.as_ref().filter(|_| check.verdict != Verdict::Ok) {
                lines.extend(fix_lines(fix, width, look.theme).into_iter().map(|line| (number, line, false)));
            }
            if selected == Some(number) {
                selected_end = lines.len().saturating_sub(1);
            }
        }
        self.list.seen(inner.height);
        let window = scroll::window(selected_end, lines.len(), usize::from(inner.height));
        self.list.drawn_lines(inner, lines[window.clone()].iter().map(|(number, ..)| Some(*number)).collect());
        for ((_, line, here), row) in lines.drain(window).zip(inner.rows()) {
            frame.render_widget(fitted(line, usize::from(row.width)), row);
            if here {
                frame.buffer_mut().set_style(row, look.theme.cursor(look.focus));
            }
        }
    }
}

impl PreflightReport {
    /// Returns the number of checks that prevent the start of the run.
    pub fn fails(&self) -> usize {
        self.checks.iter().filter(|check| check.verdict == Verdict::Fail).count()
    }
}

fn style(verdict: Verdict, theme: &Theme) -> (&'static str, Style) {
    match verdict {
        Verdict::Ok => ("ok", theme.good),
        Verdict::Warn => ("warn", theme.warn),
        Verdict::Fail => ("FAIL", theme.bad),
    }
}

fn verdicts(report: &PreflightReport, theme: &Theme) -> Line<'static> {
    let count = |verdict| report.checks.iter().filter(|check| check.verdict == verdict).count();
    let (warn, fail) = (count(Verdict::Warn), count(Verdict::Fail));
    if warn + fail == 0 {
        return Line::styled("all good, enter starts", theme.good);
    }
    let mut spans = Vec::new();
    if fail > 0 {
        spans.push(Span::styled(text::counted(fail as u64, "error"), theme.bad));
        spans.push(Span::styled(", ", theme.muted));
    }
    spans.push(Span::styled(text::counted(warn as u64, "warning"), theme.warn));
    Line::from(spans)
}

/// The width before a check's message.
const MARGIN: usize = 18;

/// Returns the finding of a check, wrapped to the width.
fn check_lines(check: &Check, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let (word, style) = style(check.verdict, theme);
    let mut lines = text::wrapped(&text::fit(&check.message, 400), width.saturating_sub(MARGIN).max(20)).into_iter();
    let first = Line::from(vec![
        Span::styled(format!("{word:>4}  "), style),
        Span::styled(text::column(&check.name, MARGIN - 7), theme.header),
        Span::raw(format!(" {}", lines.next().unwrap_or_default())),
    ]);
    let further = |line| Line::raw(format!("{:MARGIN$}{line}", ""));
    std::iter::once(first).chain(lines.map(further)).collect()
}

fn fix_lines(fix: &str, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let lines = text::wrapped(&text::fit(fix, 400), width.saturating_sub(MARGIN).max(20)).into_iter().enumerate();
    let line = |(number, line)| {
        let arrow = if number == 0 { "→ " } else { "  " };
        Line::styled(format!("{:>MARGIN$}{line}", arrow), theme.muted)
    };
    lines.map(line).collect()
}

/// The data that leave this machine, and the equivalent command.
struct Transfer<'a> {
    report: &'a PreflightReport,
    /// The lines of the command.
    command: Vec<Line<'static>>,
}

impl Transfer<'_> {
    fn render(self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let Self { report, command } = self;
        let inner =
            Panel::new("what leaves this machine").render(frame, area, WidgetStyle::new(look.theme, Focus::Elsewhere));
        let label = |text: &'static str| Span::styled(text, look.theme.muted);
        let size = report.bytes.map(|bytes| format!("about {}", text::bytes(bytes))).unwrap_or_default();
        let joined = |names: &[String]| names.iter().map(|name| text::fit(name, 40).into_owned()).collect::<Vec<_>>();
        let mut lines = vec![
            Line::from(vec![
                Span::styled("sent  ", look.theme.warn),
                Span::raw(joined(&report.sent).join(", ")),
                label("  "),
                Span::styled(size, look.theme.muted),
            ]),
            Line::from(vec![Span::styled("stays ", look.theme.good), Span::raw(joined(&report.kept).join(", "))]),
            cost(report, look),
            rule("the equivalent command (y copies)", inner.width, look.theme),
        ];
        lines.extend(command);
        let lines: Vec<Line<'_>> = lines.into_iter().map(|line| fitted(line, usize::from(inner.width))).collect();
        frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: false }), inner);
    }
}

fn cost(report: &PreflightReport, look: &Look<'_>) -> Line<'static> {
    let mut line = super::preview::cost(report.cells, look);
    let chunks = format!("  in {}", text::counted(report.chunks, "chunk"));
    line.push_span(Span::styled(chunks, look.theme.muted));
    line
}
