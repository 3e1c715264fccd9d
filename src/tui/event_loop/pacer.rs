//! When the next frame is due. Pure: time comes in.

use std::time::Duration;

use crate::tui::options::Pace;

/// When the next frame is due.
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
    /// A pacer that keeps a pace.
    pub fn new(pace: Pace) -> Self {
        let gap = match pace {
            Pace::Usual => Duration::from_millis(100),
            Pace::LowBandwidth => Duration::from_millis(500),
        };
        Self { gap, wanted: Wanted::No, last: None }
    }

    /// Something changed that can wait for its turn.
    pub fn want(&mut self) {
        self.wanted = self.wanted.max(Wanted::InTime);
    }

    /// The user did something: the answer must be seen at once.
    pub fn want_now(&mut self) {
        self.wanted = Wanted::Now;
    }

    /// A frame was drawn.
    pub fn drawn(&mut self, now: Duration) {
        self.wanted = Wanted::No;
        self.last = Some(now);
    }

    /// How long until the next frame is due; `None` if none is wanted.
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
