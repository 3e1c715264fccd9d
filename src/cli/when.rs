//! Short texts for durations and times.

use jiff::{SignedDuration, Timestamp};

/// Returns a duration in its two largest units: `2 d 4 h`, `5 h 12 min`, `12 min`.
pub(super) fn span(duration: SignedDuration) -> String {
    let minutes = duration.as_mins();
    let (days, hours, rest) = (minutes / (24 * 60), minutes / 60 % 24, minutes % 60);
    match (days, hours) {
        (0, 0) => format!("{rest} min"),
        (0, _) => format!("{hours} h {rest} min"),
        (1..=6, 1..) => format!("{days} d {hours} h"),
        _ => format!("{days} d"),
    }
}

/// Returns the time since a moment in its largest unit; after a week, the date.
pub(super) fn ago(then: Timestamp, now: Timestamp) -> String {
    let minutes = now.duration_since(then).as_mins();
    match minutes {
        ..1 => "just now".into(),
        1..60 => format!("{minutes} min ago"),
        60..1440 => format!("{} h ago", minutes / 60),
        1440..10_080 => format!("{} d ago", minutes / 1440),
        10_080.. => then.strftime("%Y-%m-%d").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_at_most_two_units() {
        let of = |minutes| span(SignedDuration::from_mins(minutes));
        assert_eq!([of(12), of(312), of(52 * 60)], ["12 min", "5 h 12 min", "2 d 4 h"]);
        assert_eq!([of(24 * 60), of(112 * 24 * 60 + 61)], ["1 d", "112 d"]);
    }

    #[test]
    fn old_times_are_shown_as_dates() {
        let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
        let of = |then: &str| ago(then.parse().unwrap(), now);
        assert_eq!(of("2026-11-20T12:00:30Z"), "just now");
        assert_eq!(of("2026-11-20T09:59:00Z"), "2 h ago");
        assert_eq!(of("2026-11-14T12:00:00Z"), "6 d ago");
        assert_eq!(of("2026-11-01T12:00:00Z"), "2026-11-01");
    }
}
