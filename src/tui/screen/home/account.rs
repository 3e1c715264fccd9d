//! Server, user, token; and the quota, with the limit that binds.

use std::time::Duration;

use jiff::{civil, tz::TimeZone};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use crate::{
    domain::{Quota, QuotaLimit},
    tui::{
        facts::{Account, Moment, Remote},
        pane::{Focus, Look},
        text,
        theme::Theme,
        widget::{Panel, bar as thin_bar, gauge, message, table::fitted},
    },
};

/// Draws the account in a panel of its own.
pub(super) fn render_account(frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let inner = Panel::new("account").render(frame, area, (look.theme, Focus::Elsewhere));
    match look.facts.account.ready() {
        Some(account) => render_lines(frame, inner, account_lines(account, (look, inner.width))),
        None => render_missing(frame, inner, (&look.facts.account, "account"), look),
    }
}

/// Draws the quota in a panel of its own, two lines a limit.
pub(super) fn render_quota(frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let inner = Panel::new("quota").render(frame, area, (look.theme, Focus::Elsewhere));
    let Some(quota) = look.facts.quota.ready() else {
        return render_missing(frame, inner, (&look.facts.quota, "quota"), look);
    };
    let width = usize::from(inner.width);
    let mut lines = Vec::new();
    for limit in [QuotaLimit::Weekly, QuotaLimit::Lifetime] {
        let row = QuotaRow::of(quota, limit, look.now);
        lines.push(row.figures(width, look.theme));
        lines.push(gauge(row.share, width, row.style(look.theme), look.theme));
        lines.push(Line::default());
    }
    lines.truncate(5);
    render_lines(frame, inner, lines);
}

/// Draws account and quota in one panel, for small screens.
pub(super) fn render_both(frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let inner = Panel::new("account").render(frame, area, (look.theme, Focus::Elsewhere));
    let [top, bottom] = Layout::vertical([Constraint::Length(3), Constraint::Fill(1)]).areas(inner);
    match look.facts.account.ready() {
        Some(account) => render_lines(frame, top, account_lines(account, (look, inner.width))),
        None => render_missing(frame, top, (&look.facts.account, "account"), look),
    }
    if let Some(quota) = look.facts.quota.ready() {
        let line = |limit| QuotaRow::of(quota, limit, look.now).line(usize::from(inner.width), look.theme);
        render_lines(frame, bottom, vec![line(QuotaLimit::Weekly), line(QuotaLimit::Lifetime)]);
    }
}

/// Says why something is not there.
pub(super) fn render_missing<T>(
    frame: &mut Frame<'_>,
    area: Rect,
    (remote, what): (&Remote<T>, &str),
    look: &Look<'_>,
) {
    match remote {
        Remote::Ready(_) => {}
        Remote::Unasked => {
            message(frame, area, (Span::styled("Not connected", look.theme.muted), &["t logs in"]), look.theme)
        }
        Remote::Loading => message(frame, area, (Span::raw(format!("Asking for the {what} …")), &[]), look.theme),
        Remote::Failed(failure) => {
            let headline = Span::styled(failure.what.clone(), look.theme.bad);
            message(frame, area, (headline, &[&failure.fix]), look.theme);
        }
    }
}

fn render_lines(frame: &mut Frame<'_>, area: Rect, lines: Vec<Line<'_>>) {
    for (line, row) in lines.into_iter().zip(area.rows()) {
        frame.render_widget(fitted(line, usize::from(row.width)), row);
    }
}

/// Four lines, or three where a line is long enough for two of them.
fn account_lines(account: &Account, (look, width): (&Look<'_>, u16)) -> Vec<Line<'static>> {
    let theme = look.theme;
    let label = |text: &str| Span::styled(text::column(text, 8), theme.muted);
    let foreign = |text: &str| Span::raw(text::fit(text, 100).into_owned());
    let mut state = vec![Span::styled(format!("● online {} ms", account.latency.as_millis()), theme.good)];
    if let Some(version) = &account.version {
        state.push(Span::styled(format!("  version {}", text::fit(version, 20)), theme.muted));
    }
    if let Some(proxy) = &account.proxy {
        state.push(Span::styled(format!("  via {}", text::fit(proxy, 40)), theme.muted));
    }
    let mut server = vec![label("server"), foreign(&account.server)];
    let mut lines = Vec::new();
    if width >= 72 {
        server.push(Span::raw("  "));
        server.append(&mut state);
        lines.push(Line::from(server));
    } else {
        state.insert(0, label(""));
        lines.extend([Line::from(server), Line::from(state)]);
    }
    lines.push(Line::from(vec![label("user"), foreign(&account.user)]));
    let mut token = vec![label("token")];
    match &account.token {
        Some(facts) => {
            token.push(Span::raw(format!("…{}", text::fit(&facts.tail, 4))));
            token.extend(expiry(facts.expires_at, look));
            token.push(Span::styled(format!("  {}", text::fit(&facts.source, 60)), theme.muted));
        }
        None => token.push(Span::styled("none needed", theme.muted)),
    }
    lines.push(Line::from(token));
    lines
}

fn expiry(expires_at: Option<jiff::Timestamp>, look: &Look<'_>) -> Option<Span<'static>> {
    let left = expires_at?.duration_since(look.now.clock).as_secs();
    Some(if left <= 0 {
        Span::styled("  expired", look.theme.bad)
    } else {
        let style = if left < 7 * 86_400 { look.theme.warn } else { look.theme.muted };
        Span::styled(format!("  expires in {}", text::rough(Duration::from_secs(left.unsigned_abs()))), style)
    })
}

/// One of the two limits, ready to be drawn.
struct QuotaRow {
    name: &'static str,
    left: Option<u64>,
    of: Option<u64>,
    share: f64,
    binds: bool,
    resets: Option<String>,
}

impl QuotaRow {
    fn of(quota: &Quota, limit: QuotaLimit, now: Moment) -> Self {
        let (name, left, of) = match limit {
            QuotaLimit::Weekly => ("weekly", quota.remaining_weekly, quota.weekly),
            QuotaLimit::Lifetime => ("lifetime", quota.remaining_lifetime, quota.lifetime),
        };
        let share = match (left, of) {
            (Some(left), Some(of)) if of > 0 => left as f64 / of as f64,
            (Some(_), _) => 0.0,
            (None, _) => 1.0,
        };
        let resets = (limit == QuotaLimit::Weekly).then(|| resets_in(quota.resets_at.as_deref(), now)).flatten();
        Self { name, left, of, share, binds: quota.binding_limit() == Some(limit), resets }
    }

    fn style(&self, theme: &Theme) -> ratatui::style::Style {
        if self.share < 0.1 {
            theme.bad
        } else if self.share < 0.25 {
            theme.warn
        } else {
            theme.gauge
        }
    }

    fn amount(&self) -> String {
        match (self.left, self.of) {
            (Some(left), Some(of)) => format!("{} left of {}", text::count(left), text::count(of)),
            (Some(left), None) => format!("{} left", text::count(left)),
            (None, _) => "unlimited".into(),
        }
    }

    fn remark(&self, theme: &Theme) -> Vec<Span<'static>> {
        let mut spans = Vec::new();
        if self.binds {
            spans.push(Span::styled("  binds", theme.mark));
        }
        if let Some(resets) = &self.resets {
            spans.push(Span::styled(format!("  resets in {resets}"), theme.muted));
        }
        spans
    }

    /// Everything in one line.
    fn line(&self, width: usize, theme: &Theme) -> Line<'static> {
        let bar = if width >= 96 { 32 } else { 20 };
        let mut line = Line::from(Span::styled(text::column(self.name, 9), theme.muted));
        line.extend(thin_bar(self.share, bar, self.style(theme), theme));
        line.push_span(Span::raw(format!("  {}", self.amount())));
        line.extend(self.remark(theme));
        line
    }

    /// All but the gauge.
    fn figures(&self, width: usize, theme: &Theme) -> Line<'static> {
        let mut line =
            Line::from(vec![Span::styled(format!("{}  ", self.name), theme.muted), Span::raw(self.amount())]);
        line.extend(self.remark(theme));
        fitted(line, width)
    }
}

/// The time until the week starts again. The server says no zone; it means UTC.
fn resets_in(resets_at: Option<&str>, now: Moment) -> Option<String> {
    let civil: civil::DateTime = resets_at?.parse().ok()?;
    let at = civil.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let left = at.duration_since(now.clock).as_secs();
    (left > 0).then(|| text::rough(Duration::from_secs(left.unsigned_abs())))
}
