//! What happened so far, and the last of it as a toast.

use std::{collections::VecDeque, time::Duration};

use jiff::Timestamp;
use ratatui::style::Style;

use super::{facts::Moment, theme::Theme};

/// Entries that are kept.
const KEPT: usize = 2_000;

/// How much something matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// For the record only.
    Note,
    /// Good to know.
    Good,
    /// Needs a look.
    Warn,
    /// Went wrong.
    Bad,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// How much it matters.
    pub severity: Severity,
    /// What, cleaned.
    pub text: String,
}

/// What happened so far.
#[derive(Clone, Debug, Default)]
pub struct Log {
    entries: VecDeque<Entry>,
    toast_until: Duration,
}

impl Severity {
    /// The style of its mark.
    pub fn style(self, theme: &Theme) -> Style {
        match self {
            Self::Note => theme.muted,
            Self::Good => theme.good,
            Self::Warn => theme.warn,
            Self::Bad => theme.bad,
        }
    }

    /// Its mark, which says it without colour.
    pub fn mark(self) -> &'static str {
        match self {
            Self::Note => "·",
            Self::Good => "✓",
            Self::Warn => "!",
            Self::Bad => "✗",
        }
    }

    /// How long it is shown as a toast.
    fn shown_for(self) -> Duration {
        match self {
            Self::Note => Duration::ZERO,
            Self::Good => Duration::from_secs(4),
            Self::Warn => Duration::from_secs(8),
            Self::Bad => Duration::from_secs(15),
        }
    }
}

impl Log {
    /// Notes something; anything but a note is shown as a toast for a while.
    pub fn add(&mut self, now: Moment, severity: Severity, text: &str) {
        if self.entries.len() == KEPT {
            self.entries.pop_front();
        }
        let text = crate::domain::text::clean(text).into_owned();
        self.entries.push_back(Entry { at: now.clock, severity, text });
        if severity > Severity::Note {
            self.toast_until = now.since_start + severity.shown_for();
        }
    }

    /// The entries, oldest first.
    pub fn entries(&self) -> &VecDeque<Entry> {
        &self.entries
    }

    /// The toast to show now.
    pub fn toast(&self, now: Moment) -> Option<&Entry> {
        let last = self.entries.iter().rev().find(|entry| entry.severity > Severity::Note);
        last.filter(|_| now.since_start < self.toast_until)
    }

    /// How long the toast will still be shown.
    pub fn toast_left(&self, now: Moment) -> Option<Duration> {
        self.toast(now).map(|_| self.toast_until - now.since_start)
    }

    /// Takes the toast away.
    pub fn dismiss(&mut self) {
        self.toast_until = Duration::ZERO;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment { since_start: Duration::from_secs(seconds), clock: Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn a_toast_goes_away_by_itself_and_stays_in_the_log() {
        let mut log = Log::default();
        log.add(at(10), Severity::Good, "exported");
        log.add(at(11), Severity::Note, "chunk 3 stored");
        assert_eq!(log.toast(at(13)).unwrap().text, "exported");
        assert_eq!(log.toast_left(at(13)), Some(Duration::from_secs(1)));
        assert!(log.toast(at(14)).is_none());
        assert_eq!(log.entries().len(), 2);
    }
}
