//! Server, user and token; and the quota, with the limiting row marked.

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
        facts::{Account, Clock, LocalService, Remote},
        pane::{Focus, Look},
        text,
        theme::Theme,
        widget::{Message, Panel, WidgetStyle, bar as thin_bar, gauge, table::fitted},
    },
};

/// Draws the account in its own panel.
pub(super) fn render_account(frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let inner = Panel::new("account").render(frame, area, WidgetStyle::new(look.theme, Focus::Elsewhere));
    match look.facts.account.ready() {
        Some(account) => render_lines(frame, inner, account_lines(account, look, inner.width)),
        None => Missing { remote: &look.facts.account, what: "account" }.render(frame, inner, look),
    }
}

/// Draws the quota in its own panel, with two lines for each limit.
pub(super) fn render_quota(frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let inner = Panel::new("quota").render(frame, area, WidgetStyle::new(look.theme, Focus::Elsewhere));
    let Some(quota) = look.facts.quota.ready() else {
        return Missing { remote: &look.facts.quota, what: "quota" }.render(frame, inner, look);
    };
    let width = usize::from(inner.width);
    let mut lines = Vec::new();
    for limit in [QuotaLimit::Weekly, QuotaLimit::Lifetime] {
        let row = QuotaRow::of(quota, limit, look.now);
        let (figures, below) = row.figures(width, look.theme);
        lines.push(figures);
        lines.extend(row.share.map(|share| row.gauge(share, width, look.theme)));
        lines.push(below);
    }
    lines.truncate(5);
    render_lines(frame, inner, lines);
}

/// Draws account and quota in one panel, for small screens.
pub(super) fn render_both(frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
    let inner = Panel::new("account").render(frame, area, WidgetStyle::new(look.theme, Focus::Elsewhere));
    if look.facts.account.ready().is_none() && look.facts.quota.ready().is_none() {
        return Missing { remote: &look.facts.account, what: "account" }.render(frame, inner, look);
    }
    let [top, bottom] = Layout::vertical([Constraint::Length(3), Constraint::Fill(1)]).areas(inner);
    match look.facts.account.ready() {
        Some(account) => render_lines(frame, top, account_lines(account, look, inner.width)),
        None => Missing { remote: &look.facts.account, what: "account" }.render(frame, top, look),
    }
    if let Some(quota) = look.facts.quota.ready() {
        let line = |limit| QuotaRow::of(quota, limit, look.now).line(usize::from(inner.width), look.theme);
        render_lines(frame, bottom, vec![line(QuotaLimit::Weekly), line(QuotaLimit::Lifetime)]);
    }
}

/// A value that was not fetched yet, or could not be.
pub(super) struct Missing<'a, T> {
    pub(super) remote: &'a Remote<T>,
    /// The value, in a word.
    pub(super) what: &'static str,
}

impl<T> Missing<'_, T> {
    /// Draws the reason why a value is missing.
    pub(super) fn render(&self, frame: &mut Frame<'_>, area: Rect, look: &Look<'_>) {
        let Self { remote, what } = self;
        match remote {
            Remote::Ready(_) => {}
            Remote::Unasked if look.facts.starting.is_some() => {
                let service = match &look.facts.starting {
                    Some(LocalService::Reference(file)) => {
                        let name = file.file_name().unwrap_or_default().to_string_lossy();
                        format!("the service of {}", text::fit(&name, 40))
                    }
                    Some(LocalService::Demo) | None => "the demo service".to_owned(),
                };
                let headline = Span::styled(format!("Starting {service} …"), look.theme.busy);
                Message::new(headline, &["This takes a few seconds."]).render(frame, area, look.theme);
            }
            Remote::Unasked => Message::new(Span::styled("Not connected", look.theme.muted), &["t logs in"])
                .render(frame, area, look.theme),
            Remote::Loading => {
                Message::new(Span::raw(format!("Asking for the {what} …")), &[]).render(frame, area, look.theme)
            }
            Remote::Failed(failure) => {
                Message::failure(&failure.what, &[&failure.fix], look.theme).render(frame, area, look.theme);
            }
        }
    }
}

fn render_lines(frame: &mut Frame<'_>, area: Rect, lines: Vec<Line<'_>>) {
    for (line, row) in lines.into_iter().zip(area.rows()) {
        frame.render_widget(fitted(line, usize::from(row.width)), row);
    }
}

/// Returns four lines, or three if two of them fit into one.
fn account_lines(account: &Account, look: &Look<'_>, width: u16) -> Vec<Line<'static>> {
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
    let left = expires_at?.duration_since(look.now.time_of_day).as_secs();
    Some(if left <= 0 {
        Span::styled("  expired", look.theme.bad)
    } else {
        let style = if left < 7 * 86_400 { look.theme.warn } else { look.theme.muted };
        Span::styled(format!("  expires in {}", text::rough(Duration::from_secs(left.unsigned_abs()))), style)
    })
}

/// A limit of the quota, ready to be drawn.
struct QuotaRow {
    name: &'static str,
    left: Option<i64>,
    of: Option<u64>,
    /// The remaining fraction, in 0..=1; `None` if the server does not report it.
    share: Option<f64>,
    is_limiting: bool,
    resets: Option<String>,
}

impl QuotaRow {
    fn of(quota: &Quota, limit: QuotaLimit, now: Clock) -> Self {
        let (name, left, of) = match limit {
            QuotaLimit::Weekly => ("weekly", quota.remaining_weekly, quota.weekly),
            QuotaLimit::Lifetime => ("lifetime", quota.remaining_lifetime, quota.lifetime),
        };
        let share = match (left, of) {
            (Some(_), _) if limit == QuotaLimit::Weekly && quota.weekly_is_capped() => None,
            (Some(left), Some(of)) if of > 0 => Some((left as f64 / of as f64).max(0.0)),
            (Some(_), _) => Some(0.0),
            (None, _) => Some(1.0),
        };
        let resets = (limit == QuotaLimit::Weekly).then(|| resets_in(quota.resets_at.as_deref(), now)).flatten();
        Self { name, left, of, share, is_limiting: quota.binding_limit() == Some(limit), resets }
    }

    fn style(&self, theme: &Theme) -> ratatui::style::Style {
        match self.share {
            Some(share) if share < 0.1 => theme.bad,
            Some(share) if share < 0.25 => theme.warn,
            Some(_) | None => theme.gauge,
        }
    }

    fn amount(&self) -> String {
        match (self.left, self.of, self.share) {
            (Some(_), Some(of), None) => format!("limit {} per week, not limiting", text::count(of)),
            (Some(left), Some(of), Some(_)) => format!("{} of {}", rest(left), text::count(of)),
            (Some(left), None, _) => rest(left),
            (None, ..) => "unlimited".into(),
        }
    }

    fn remark(&self, theme: &Theme) -> Vec<Span<'static>> {
        let mut spans = Vec::new();
        if let Some(resets) = &self.resets {
            spans.push(Span::styled(format!("  resets in {resets}"), theme.muted));
        }
        if self.is_limiting {
            spans.push(Span::styled("  limiting", theme.mark));
        }
        spans
    }

    /// Returns the gauge alone, with a mark if this limit is reached first.
    fn gauge(&self, share: f64, width: usize, theme: &Theme) -> Line<'static> {
        let mark = if self.is_limiting { "  limiting" } else { "" };
        let mut line = gauge(share, width.saturating_sub(mark.len()), self.style(theme), theme);
        line.push_span(Span::styled(mark, theme.mark));
        line
    }

    /// Returns gauge and figures in one line.
    fn line(&self, width: usize, theme: &Theme) -> Line<'static> {
        let mut words = vec![Span::raw(format!("  {}", self.amount()))];
        words.extend(self.remark(theme));
        // The words take precedence over the bar, as a cut date is useless.
        let needed: usize = 9 + words.iter().map(Span::width).sum::<usize>();
        let bar = width.saturating_sub(needed).min(if width >= 96 { 32 } else { 20 });
        let mut line = Line::from(Span::styled(text::column(self.name, 9), theme.muted));
        match self.share {
            Some(share) => line.extend(thin_bar(share, bar, self.style(theme), theme)),
            None => line.push_span(Span::raw(" ".repeat(bar))),
        }
        line.extend(words);
        line
    }

    /// Returns all but the gauge. A date that does not fit into the first line is in the second one, so that it is
    /// never cut.
    fn figures(&self, width: usize, theme: &Theme) -> (Line<'static>, Line<'static>) {
        let mut line =
            Line::from(vec![Span::styled(format!("{}  ", self.name), theme.muted), Span::raw(self.amount())]);
        let resets = self.resets.as_ref().map(|resets| format!("  resets in {resets}"));
        let resets = Span::styled(resets.unwrap_or_default(), theme.muted);
        if line.width() + resets.width() > width {
            return (fitted(line, width), fitted(Line::from(resets), width));
        }
        line.push_span(resets);
        (line, Line::default())
    }
}

/// Returns the remainder of a limit in words. Parallel chunks can overdraw a limit.
fn rest(left: i64) -> String {
    let cells = text::count(left.unsigned_abs());
    if left < 0 { format!("{cells} cells over the limit") } else { format!("{cells} left") }
}

/// Returns the time until the week starts again. The server gives no time zone, but means UTC.
fn resets_in(resets_at: Option<&str>, now: Clock) -> Option<String> {
    let civil: civil::DateTime = resets_at?.parse().ok()?;
    let at = civil.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let left = at.duration_since(now.time_of_day).as_secs();
    (left > 0).then(|| text::rough(Duration::from_secs(left.unsigned_abs())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::{
        sample,
        theme::{Background, ColorDepth},
    };

    fn line(quota: &Quota, limit: QuotaLimit, width: usize) -> String {
        let theme = Theme::bundled(Background::Dark, ColorDepth::None).unwrap();
        QuotaRow::of(quota, limit, sample::clock_at(0)).line(width, &theme).to_string()
    }

    #[test]
    fn the_reset_date_is_never_cut() {
        let quota = Quota { weekly: Some(100_000), remaining_weekly: Some(43_600), ..sample::quota() };
        for width in [56, 60, 76, 100, 196] {
            let line = line(&quota, QuotaLimit::Weekly, width);
            let seen: String = line.chars().take(width).collect();
            assert!(seen.contains("43,600 left of 100,000  resets in 52 h"), "{seen}");
            assert!(width < 60 || seen.contains("limiting"), "{seen}");
        }
    }

    #[test]
    fn an_overdrawn_quota_says_by_how_many_cells() {
        let quota = Quota { lifetime: Some(50_000), remaining_lifetime: Some(-120), ..sample::quota() };
        let lifetime = line(&quota, QuotaLimit::Lifetime, 76);
        assert!(lifetime.contains("120 cells over the limit of 50,000  limiting"), "{lifetime}");
    }

    #[test]
    fn a_new_user_does_not_see_the_week_as_half_used() {
        let quota = Quota {
            weekly: Some(100_000),
            remaining_weekly: Some(50_000),
            lifetime: Some(50_000),
            remaining_lifetime: Some(50_000),
            ..sample::quota()
        };
        let weekly = line(&quota, QuotaLimit::Weekly, 76);
        assert!(weekly.contains("limit 100,000 per week, not limiting") && !weekly.contains("50,000"), "{weekly}");
        let lifetime = line(&quota, QuotaLimit::Lifetime, 76);
        assert!(lifetime.contains("50,000 left of 50,000  limiting"), "{lifetime}");
    }
}
