//! Pacing of frames. Pure: time is an argument.

use std::time::Duration;

use crate::tui::options::Pace;

/// Pacer of frames.
#[derive(Clone, Copy, Debug)]
pub struct Pacer {
    gap: Duration,
    wanted: Wanted,
    last: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wanted {
    No,
    InTime,
    Now,
}

impl Pacer {
    /// Creates a pacer with the given pace.
    pub fn new(pace: Pace) -> Self {
        let gap = match pace {
            Pace::Usual => Duration::from_millis(100),
            Pace::LowBandwidth => Duration::from_millis(500),
        };
        Self { gap, wanted: Wanted::No, last: None }
    }

    /// Requests a frame for a change that can wait.
    pub fn want(&mut self) {
        self.wanted = self.wanted.max(Wanted::InTime);
    }

    /// Requests a frame at once, for input of the user.
    pub fn want_now(&mut self) {
        self.wanted = Wanted::Now;
    }

    /// Records that a frame was drawn.
    pub fn drawn(&mut self, now: Duration) {
        self.wanted = Wanted::No;
        self.last = Some(now);
    }

    /// Returns the time until the next frame is due, or `None` if no frame is wanted.
    pub fn due_in(&self, now: Duration) -> Option<Duration> {
        match (self.wanted, self.last) {
            (Wanted::No, _) => None,
            (Wanted::Now, _) | (Wanted::InTime, None) => Some(Duration::ZERO),
            (Wanted::InTime, Some(last)) => Some((last + self.gap).saturating_sub(now)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_waits_for_its_turn_and_keys_do_not() {
        let at = Duration::from_millis;
        let mut pacer = Pacer::new(Pace::Usual);
        assert_eq!(pacer.due_in(at(0)), None);
        pacer.want();
        assert_eq!(pacer.due_in(at(0)), Some(at(0)));
        pacer.drawn(at(0));
        assert_eq!(pacer.due_in(at(50)), None);
        pacer.want();
        assert_eq!(pacer.due_in(at(30)), Some(at(70)));
        pacer.want_now();
        pacer.want();
        assert_eq!(pacer.due_in(at(31)), Some(at(0)));
        let mut slow = Pacer::new(Pace::LowBandwidth);
        slow.drawn(at(0));
        slow.want();
        assert_eq!(slow.due_in(at(100)), Some(at(400)));
    }
}
