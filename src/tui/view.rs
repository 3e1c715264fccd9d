//! Rendering of the whole screen. In: the state and a theme. Out: a buffer. Cannot fail and starts nothing.

use ratatui::{
    Frame,
    layout::{Alignment, Rect},
    text::{Line, Span},
    widgets::{Clear, Paragraph, Wrap},
};

use super::{
    action::Action,
    app::App,
    areas::{Areas, SMALLEST, areas, is_too_small},
    ascii,
    facts::{Cause, Remote, RunFacts},
    keymap::Context,
    pane::{Focus, Look},
    screen::{Screen, new_run::STEPS},
    text,
    theme::Theme,
    widget::{Tabs, table::fitted},
};
use crate::domain::Quota;

/// The characters that the terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// All Unicode characters.
    Unicode,
    /// ASCII characters.
    Ascii,
}

impl Charset {
    /// Detects the charset from the locale: the first of `LC_ALL`, `LC_CTYPE`, `LANG` that is set.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(variable).find(|value| !value.is_empty());
        let locale = locale.unwrap_or_default().to_lowercase();
        if locale.contains("utf-8") || locale.contains("utf8") { Self::Unicode } else { Self::Ascii }
    }
}

/// Draws the whole screen.
pub fn render(frame: &mut Frame<'_>, app: &App, theme: &Theme, charset: Charset) {
    let area = frame.area();
    if is_too_small(area) {
        render_too_small(frame, area, theme);
    } else {
        render_all(frame, area, app, theme);
    }
    if charset == Charset::Ascii {
        ascii::to_ascii(frame.buffer_mut());
    }
}

fn render_too_small(frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
    let lines = vec![
        Line::styled("castui needs a larger window", theme.title),
        Line::raw(format!("{} × {} here, {} × {} at least", area.width, area.height, SMALLEST.0, SMALLEST.1)),
        Line::styled("enlarge the window, or Q quits", theme.muted),
    ];
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }).alignment(Alignment::Center), area);
}

fn render_all(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let Areas { top, body, footer } = areas(area);
    let covered = !app.overlays.is_empty();
    let look = Look {
        theme,
        focus: if covered { Focus::Elsewhere } else { Focus::Here },
        now: app.now,
        facts: &app.facts,
        keymap: &app.keymap,
        log: &app.log,
    };
    render_top(frame, top, app, theme);
    app.screens.current().render(frame, body, &look);
    for overlay in &app.overlays {
        overlay.render(frame, body, &look.focused(Focus::Here), &app.log);
    }
    render_toast(frame, body, app, theme);
    render_footer(frame, footer, app, theme);
}

/// Draws the line at the top: the current place and the remaining quota.
fn render_top(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let mut line = Line::from(vec![Span::styled(" castui", theme.accent), Span::styled("  ", theme.border)]);
    let right = standing(app, theme);
    let room = area.width.saturating_sub(line.width() as u16 + right.width() as u16 + 2);
    line.extend(place_name(app, theme, room).spans);
    frame.render_widget(fitted(line, usize::from(area.width)), area);
    let width = (right.width() as u16).min(area.width);
    frame.render_widget(right, Rect { x: area.right() - width, width, ..area });
}

fn place_name<'a>(app: &'a App, theme: &Theme, room: u16) -> Line<'a> {
    match app.screens.current() {
        Screen::Home(_) => Line::styled("home", theme.title),
        Screen::Login(_) => Line::styled("log in", theme.title),
        Screen::NewRun(new_run) => Tabs { titles: &STEPS, selected: new_run.step() }.line(room, theme),
        Screen::Finder(_) => Line::styled("find", theme.title),
        Screen::Workspace(workspace) => run_name(workspace.run().facts(), usize::from(room), theme),
    }
}

/// Returns the name of a run by its file, strategy, model and folder, as far as it fits. Runs of one file differ in
/// the others.
fn run_name(facts: &RunFacts, room: usize, theme: &Theme) -> Line<'static> {
    let clean = |text: &str| text::fit(text, 60).into_owned();
    let folder = facts.folder.file_name().unwrap_or(facts.folder.as_os_str()).to_string_lossy();
    let (name, folder) = (clean(&facts.name), clean(&folder));
    let (model, strategy) = (clean(facts.model.as_str()), facts.operation.name().to_owned());
    let short = facts.operation.short_name().to_owned();
    let names = [
        vec![name.clone(), strategy.clone(), model, folder.clone()],
        vec![name.clone(), strategy.clone(), folder.clone()],
        vec![name, short.clone(), folder.clone()],
        vec![folder.clone(), strategy],
        vec![folder.clone(), short],
    ];
    let fits = |parts: &&Vec<String>| text::width(&parts.join(" · ")) <= room;
    let last = vec![text::fit_end(&folder, room).into_owned()];
    let parts = names.iter().find(fits).unwrap_or(&last);
    let mut line = Line::styled(parts[0].clone(), theme.title);
    for part in &parts[1..] {
        line.push_span(Span::styled(format!(" · {part}"), theme.muted));
    }
    line
}

/// Returns the state of the connection and the remaining quota.
fn standing(app: &App, theme: &Theme) -> Line<'static> {
    let (mark, style) = match &app.facts.account {
        Remote::Ready(_) if app.server_is_silent() => ("✗ server not answering", theme.warn),
        Remote::Ready(_) => ("●", theme.good),
        Remote::Loading => ("○ connecting", theme.busy),
        Remote::Unasked => ("○ not connected", theme.muted),
        Remote::Failed(failure) => match failure.cause {
            Cause::Token => ("✗ not logged in", theme.bad),
            Cause::Other => ("✗ no connection", theme.bad),
        },
    };
    let mut line = Line::from(vec![Span::styled(mark, style)]);
    if let Some(quota) = app.facts.quota.ready() {
        line.push_span(Span::styled(format!(" {}", left(quota)), theme.muted));
    }
    line.push_span(Span::raw(" "));
    line
}

fn left(quota: &Quota) -> String {
    quota.usable().map_or_else(|| "no limit".into(), |cells| format!("{} cells left", text::count(cells)))
}

/// Draws the line at the bottom: the keys that matter here, and at its end the key that lists all others.
fn render_footer(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let contexts = app.contexts();
    let hints: Vec<_> = hints(app, &contexts);
    let is_general = |hint: &Hint| matches!(hint.action, Action::Palette | Action::Help);
    let (general, special): (Vec<_>, Vec<_>) = hints.into_iter().partition(is_general);
    let reserved: usize = general.iter().map(Hint::width).sum();
    let pending: String = app.pending.iter().map(ToString::to_string).collect();
    let mut line =
        Line::from(Span::styled(if pending.is_empty() { " ".into() } else { format!(" {pending}…  ") }, theme.warn));
    for hint in special {
        if line.width() + hint.width() + reserved <= usize::from(area.width) {
            line.extend(hint.spans(theme));
        }
    }
    frame.render_widget(line, area);
    let right: Line<'_> = general.into_iter().flat_map(|hint| hint.spans(theme)).collect();
    let width = (right.width() as u16).min(area.width);
    frame.render_widget(right, Rect { x: area.right() - width, width, ..area });
}

/// A key and its description.
struct Hint {
    action: Action,
    key: String,
    text: String,
}

impl Hint {
    fn width(&self) -> usize {
        text::width(&self.key) + text::width(&self.text) + 3
    }

    fn spans(&self, theme: &Theme) -> [Span<'static>; 2] {
        [Span::styled(self.key.clone(), theme.key), Span::styled(format!(" {}  ", self.text), theme.muted)]
    }
}

/// Returns the hints of the key table that apply here, each action once.
fn hints(app: &App, contexts: &[Context]) -> Vec<Hint> {
    let mut hints: Vec<Hint> = Vec::new();
    let bindings = app.keymap.bindings(contexts);
    for binding in bindings.into_iter().filter(|binding| app.offers(binding.action)) {
        if let (Some(text), Some(key)) = (&binding.hint, binding.keys.first())
            && !hints.iter().any(|hint| hint.action == binding.action)
        {
            hints.push(Hint { action: binding.action, key: key.to_string(), text: text.clone() });
        }
    }
    hints
}

/// Draws the last message over the lower right corner for a while.
fn render_toast(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let Some(entry) = app.log.toast(app.now) else { return };
    let room = usize::from(area.width).saturating_sub(8);
    let lines: Vec<String> = text::wrapped(&entry.text, room.min(90)).into_iter().take(3).collect();
    let width = lines.iter().map(|line| text::width(line)).max().unwrap_or(0) as u16 + 5;
    let height = (lines.len() as u16).min(area.height);
    let place = Rect {
        x: area.right().saturating_sub(width + 1),
        y: area.bottom().saturating_sub(height),
        width: width.min(area.width),
        height,
    };
    frame.render_widget(Clear, place);
    frame.buffer_mut().set_style(place, theme.overlay);
    for (number, (line, row)) in lines.into_iter().zip(place.rows()).enumerate() {
        let mark = if number == 0 { entry.severity.mark() } else { " " };
        let style = Theme::bold(entry.severity.style(theme));
        let line = Line::from(vec![Span::styled(format!(" {mark} "), style), Span::raw(line)]);
        frame.render_widget(line, row);
    }
}
