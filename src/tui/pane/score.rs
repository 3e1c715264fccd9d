//! Scores and the call threshold, as all panes show them: a number, and a bar that is readable without colors.

use ratatui::text::Span;

use crate::{
    results::{CallOptions, number::score_text},
    tui::{text, theme::Theme, widget},
};

/// Returns the current call threshold as an addition to a title: `· call ≥ 0.40 (default 0.20)`. A threshold that is
/// not the default is marked, in words and in style. The words are shortened to the width, finally to nothing.
pub(in crate::tui) fn call_threshold(threshold: f64, width: usize, theme: &Theme) -> Vec<Span<'static>> {
    let default = CallOptions::default().min_acceptable_score;
    let (now, usual) = (score_text(threshold), score_text(default));
    let (forms, style) = if threshold == default {
        (vec![format!("call ≥ {now}"), format!("≥ {now}")], theme.muted)
    } else {
        let forms = vec![
            format!("call ≥ {now} (default {usual})"),
            format!("call ≥ {now}, not {usual}"),
            format!("≥ {now}, not {usual}"),
        ];
        (forms, theme.warn)
    };
    let separator = " · ";
    let fits = |form: &String| text::width(form) + text::width(separator) <= width;
    let form = forms.into_iter().find(fits);
    form.map_or_else(Vec::new, |form| vec![Span::styled(separator, theme.muted), Span::styled(form, style)])
}

/// Formats a score as a number with two digits and a bar of the given width.
pub(super) fn score(score: f64, width: usize, theme: &Theme) -> Vec<Span<'static>> {
    let mut spans = vec![Span::raw(format!("{score:>4.2} "))];
    spans.extend(widget::bar(score, width, theme.score(score), theme));
    spans
}

/// Formats a fraction as percent and a bar of the given width.
pub(super) fn share(share: f64, width: usize, theme: &Theme) -> Vec<Span<'static>> {
    let mut spans = vec![Span::raw(format!("{:>4.0} % ", share * 100.0))];
    spans.extend(widget::bar(share, width, theme.gauge, theme));
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{Background, ColorDepth};

    #[test]
    fn a_call_threshold_that_is_not_the_default_is_marked() {
        let theme = Theme::bundled(Background::Dark, ColorDepth::True).unwrap();
        let shown = |threshold, width| {
            let spans = call_threshold(threshold, width, &theme);
            let style = spans.last().map(|span| span.style);
            (spans.into_iter().map(|span| span.content.into_owned()).collect::<String>(), style)
        };
        assert_eq!(shown(0.2, 30), (" · call ≥ 0.20".into(), Some(theme.muted)));
        assert_eq!(shown(0.4, 30), (" · call ≥ 0.40 (default 0.20)".into(), Some(theme.warn)));
        assert_eq!(shown(0.4, 25), (" · call ≥ 0.40, not 0.20".into(), Some(theme.warn)));
        assert_eq!(shown(0.125, 30).0, " · call ≥ 0.125 (default 0.20)");
        assert_eq!(shown(0.4, 10), (String::new(), None));
    }
}
