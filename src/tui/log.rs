//! The log of messages to the user and of the open run. The last message is shown as a toast.

use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};

use jiff::Timestamp;

use super::facts::{Clock, LogLine};
pub(crate) use super::severity::Severity;

/// The maximum number of entries.
const KEPT: usize = 2_000;

/// The origin of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The interface.
    Interface,
    /// The open run.
    Run,
}

/// An entry of the log.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The time.
    pub at: Timestamp,
    /// The severity.
    pub severity: Severity,
    /// The origin.
    pub origin: Origin,
    /// The cleaned text.
    pub text: String,
}

/// The log.
#[derive(Clone, Debug, Default)]
pub struct Log {
    entries: VecDeque<Entry>,
    toast_until: Duration,
}

impl Entry {
    fn new(at: Timestamp, severity: Severity, origin: Origin, text: &str) -> Self {
        Self { at, severity, origin, text: crate::domain::text::clean(text).into_owned() }
    }
}

impl Log {
    /// Adds a message. Anything but a note is shown as a toast for a while.
    pub fn add(&mut self, now: Clock, severity: Severity, text: &str) {
        self.push(Entry::new(now.time_of_day, severity, Origin::Interface, text));
        if severity > Severity::Note {
            self.toast_until = now.since_start + severity.shown_for();
        }
    }

    /// Adds a line of the open run; it is not shown as a toast.
    pub fn add_of_run(&mut self, at: Timestamp, severity: Severity, text: &str) {
        self.push(Entry::new(at, severity, Origin::Run, text));
    }

    /// Replaces the lines of the last open run by those of another, in the order of their times.
    pub fn open_run(&mut self, history: impl IntoIterator<Item = LogLine>) {
        self.entries.retain(|entry| entry.origin == Origin::Interface);
        for (at, severity, text) in history {
            self.push(Entry::new(at, severity, Origin::Run, &text));
        }
        self.entries.make_contiguous().sort_by_key(|entry| entry.at);
    }

    /// Adds new lines of the open run's journal.
    pub fn add_journal(&mut self, lines: &[LogLine]) {
        let known: HashSet<(Timestamp, String)> = self.of_run().map(|entry| (entry.at, entry.text.clone())).collect();
        let entries = lines.iter().map(|(at, severity, text)| Entry::new(*at, *severity, Origin::Run, text));
        for entry in entries.filter(|entry| !known.contains(&(entry.at, entry.text.clone()))).collect::<Vec<_>>() {
            self.push(entry);
        }
    }

    /// Returns the lines of the open run, oldest first.
    pub fn lines_of_run(&self) -> Vec<LogLine> {
        let of_run = self.entries.iter().filter(|entry| entry.origin == Origin::Run);
        of_run.map(|entry| (entry.at, entry.severity, entry.text.clone())).collect()
    }

    /// Adds an entry. When the log is full, the oldest entry that reports no problem makes room.
    fn push(&mut self, entry: Entry) {
        if self.entries.len() == KEPT {
            let harmless = self.entries.iter().position(|entry| entry.severity < Severity::Warn);
            self.entries.remove(harmless.unwrap_or(0));
        }
        self.entries.push_back(entry);
    }

    /// Returns the entries, oldest first.
    pub fn entries(&self) -> &VecDeque<Entry> {
        &self.entries
    }

    /// Returns the lines of the open run, newest first.
    pub fn of_run(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().rev().filter(|entry| entry.origin == Origin::Run)
    }

    /// Returns the current toast.
    pub fn toast(&self, now: Clock) -> Option<&Entry> {
        let is_shown = |entry: &&Entry| entry.origin == Origin::Interface && entry.severity > Severity::Note;
        let last = self.entries.iter().rev().find(is_shown);
        last.filter(|_| now.since_start < self.toast_until)
    }

    /// Returns the remaining time of the toast.
    pub fn toast_left(&self, now: Clock) -> Option<Duration> {
        self.toast(now).map(|_| self.toast_until - now.since_start)
    }

    /// Removes the toast.
    pub fn dismiss(&mut self) {
        self.toast_until = Duration::ZERO;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Clock {
        Clock { since_start: Duration::from_secs(seconds), time_of_day: Timestamp::UNIX_EPOCH }
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

    #[test]
    fn lines_of_the_run_make_no_toast_and_are_replaced_by_those_of_another_run() {
        let mut log = Log::default();
        log.add(at(10), Severity::Good, "exported");
        log.add_of_run(Timestamp::UNIX_EPOCH, Severity::Bad, "chunk 3 failed");
        assert_eq!(log.toast(at(11)).unwrap().text, "exported");
        let earlier = Timestamp::from_second(-60).unwrap();
        log.open_run([(earlier, Severity::Warn, "chunk 1 retried".to_owned())]);
        let texts: Vec<&str> = log.entries().iter().map(|entry| entry.text.as_str()).collect();
        assert_eq!(texts, ["chunk 1 retried", "exported"], "by time");
        assert_eq!(log.of_run().count(), 1);
    }

    #[test]
    fn a_full_log_keeps_problems_longer_than_progress() {
        let mut log = Log::default();
        log.add_of_run(Timestamp::UNIX_EPOCH, Severity::Bad, "chunk 0 failed");
        for chunk in 1..=KEPT {
            log.add_of_run(Timestamp::UNIX_EPOCH, Severity::Good, &format!("chunk {chunk} stored"));
        }
        assert_eq!(log.entries().len(), KEPT);
        assert_eq!(log.entries()[0].text, "chunk 0 failed");
        assert_eq!(log.entries()[1].text, "chunk 2 stored");
    }
}
