//! Scores and the call threshold, as all panes show them: a number, and a bar that is readable without colors.

use ratatui::text::Span;

use crate::{
    results::{CallOptions, CallRule, number::score_text},
    tui::{text, theme::Theme, widget},
};

/// Returns the current threshold of calls as an addition to a title: `· call ≥ 0.40 (default 0.20)`, followed by the rule
/// and the restriction if they are not the defaults. What is not the default is marked, in words and in style. The words
/// are shortened to the width, finally to nothing.
pub(in crate::tui) fn call_rule(calls: &CallOptions, width: usize, theme: &Theme) -> Vec<Span<'static>> {
    let default = CallOptions::OFFICIAL.min_acceptable_score;
    let (now, usual) = (score_text(calls.min_acceptable_score), score_text(default));
    let mut marks = String::new();
    if calls.rule != CallRule::Official {
        marks += ", best path";
    }
    if !calls.restriction.is_none() {
        marks += ", restricted";
    }
    let is_usual = calls.min_acceptable_score == default && marks.is_empty();
    let forms = if calls.min_acceptable_score == default {
        vec![format!("call ≥ {now}{marks}"), format!("≥ {now}{marks}")]
    } else {
        vec![
            format!("call ≥ {now} (default {usual}){marks}"),
            format!("call ≥ {now}, not {usual}{marks}"),
            format!("≥ {now}, not {usual}{marks}"),
        ]
    };
    let style = if is_usual { theme.muted } else { theme.warn };
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
    use crate::{
        results::Restriction,
        tui::theme::{Background, ColorDepth},
    };

    #[test]
    fn a_call_threshold_that_is_not_the_default_is_marked() {
        let theme = Theme::bundled(Background::Dark, ColorDepth::True).unwrap();
        let shown = |threshold, width| {
            let calls = CallOptions { min_acceptable_score: threshold, ..CallOptions::OFFICIAL };
            let spans = call_rule(&calls, width, &theme);
            let style = spans.last().map(|span| span.style);
            (spans.into_iter().map(|span| span.content.into_owned()).collect::<String>(), style)
        };
        assert_eq!(shown(0.2, 30), (" · call ≥ 0.20".into(), Some(theme.muted)));
        assert_eq!(shown(0.4, 30), (" · call ≥ 0.40 (default 0.20)".into(), Some(theme.warn)));
        assert_eq!(shown(0.4, 25), (" · call ≥ 0.40, not 0.20".into(), Some(theme.warn)));
        assert_eq!(shown(0.125, 30).0, " · call ≥ 0.125 (default 0.20)");
        assert_eq!(shown(0.4, 10), (String::new(), None));
    }

    #[test]
    fn a_rule_and_a_restriction_that_are_not_the_default_are_marked() {
        let theme = Theme::bundled(Background::Dark, ColorDepth::True).unwrap();
        let mut calls = CallOptions { rule: CallRule::BestPath, ..CallOptions::OFFICIAL };
        let shown = |calls: &CallOptions, width| -> String {
            call_rule(calls, width, &theme).into_iter().map(|span| span.content.into_owned()).collect()
        };
        assert_eq!(shown(&calls, 40), " · call ≥ 0.20, best path");
        calls.restriction = Restriction::new(vec!["CL:0000084".into()], Vec::new());
        assert_eq!(shown(&calls, 40), " · call ≥ 0.20, best path, restricted");
        assert_eq!(shown(&calls, 35), " · ≥ 0.20, best path, restricted");
        assert_eq!(call_rule(&calls, 40, &theme)[1].style, theme.warn);
    }
}
