//! Waits between attempts of a request, computed from the number of failures, a random number and the server's wishes.
//! Only `repeat` uses a clock.

use std::{num::NonZeroU32, time::Duration};

use jiff::{Timestamp, fmt::rfc2822::DateTimeParser};
use tokio::time::{Instant, sleep};

use super::Error;

/// The waits between attempts. The default equals the official client's: 7 attempts, waits from 5 s doubling to 32 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The maximum number of attempts.
    pub attempts: NonZeroU32,
    /// The wait after the first failure.
    pub first: Duration,
    /// The longest wait, unless the server asks for more.
    pub longest: Duration,
}

/// The value of a `Retry-After` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// A delay from now.
    Delay(Duration),
    /// The earliest time of the next request.
    At(Timestamp),
}

/// The longest wait that a server can ask for.
pub const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(60 * 60);

/// The fraction by which waits vary, so that parallel requests are not repeated at the same time.
const JITTER: f64 = 0.25;

impl Default for Backoff {
    fn default() -> Self {
        Self {
            attempts: NonZeroU32::MIN.saturating_add(6),
            first: Duration::from_secs(5),
            longest: Duration::from_secs(32),
        }
    }
}

impl Backoff {
    /// The retries of a general call, for which a user may be waiting: 4 attempts within about 4 s.
    pub const GENERAL: Self = Self {
        attempts: NonZeroU32::MIN.saturating_add(3),
        first: Duration::from_millis(500),
        longest: Duration::from_secs(4),
    };
    /// A single attempt.
    pub const ONCE: Self = Self { attempts: NonZeroU32::MIN, ..Self::GENERAL };

    /// Returns the wait after a number of failures (at least 1); `None` if no attempt is left. `unit` is a random
    /// number in 0..1. The wait is at least the one that the server asked for.
    pub fn wait(&self, failures: u32, unit: f64, asked: Option<Duration>) -> Option<Duration> {
        if failures >= self.attempts.get() {
            return None;
        }
        let doublings = failures.saturating_sub(1).min(31);
        let planned = self.first.saturating_mul(1 << doublings).min(self.longest);
        let unit = unit.clamp(0.0, 1.0);
        let jittered = planned.mul_f64(1.0 - JITTER + 2.0 * JITTER * unit);
        let asked = asked.map(|asked| asked.min(LONGEST_RETRY_AFTER) + planned.mul_f64(JITTER * unit));
        Some(asked.map_or(jittered, |asked| asked.max(jittered)))
    }
}

impl RetryAfter {
    /// Parses the header: whole seconds or an HTTP date. Anything else gives `None`. A date is compared with the
    /// `Date` header of the same response, if present, because the server's clock may differ from ours.
    pub fn parse(header: &str, date: Option<&str>) -> Option<Self> {
        let header = header.trim();
        if let Ok(seconds) = header.parse::<u64>() {
            return Some(Self::Delay(Duration::from_secs(seconds)));
        }
        let at = Self::At(http_date(header)?);
        Some(date.and_then(http_date).map_or(at, |now| Self::Delay(at.after(now))))
    }

    /// Returns the delay from `now`; 0 if the time has passed.
    pub fn after(self, now: Timestamp) -> Duration {
        match self {
            Self::Delay(delay) => delay,
            Self::At(then) => Duration::try_from(then.duration_since(now)).unwrap_or_default(),
        }
    }
}

/// Repeats a call until it succeeds, fails permanently, or no attempt is left. No attempt begins after `limit`, which
/// limits the total time with a server that is slow to fail.
pub(super) async fn retry<T, F: Future<Output = Result<T, Error>>>(
    backoff: Backoff,
    limit: Duration,
    ask: impl Fn() -> F,
) -> Result<T, Error> {
    let began = Instant::now();
    let mut failures = 0;
    loop {
        let error = match ask().await {
            Err(error) if error.is_retryable() => error,
            ended => return ended,
        };
        failures += 1;
        let asked = error.retry_after().map(|after| after.after(Timestamp::now()));
        let wait = backoff.wait(failures, rand::random(), asked);
        let Some(wait) = wait.filter(|wait| began.elapsed() + *wait < limit) else { return Err(error) };
        tracing::info!(failures, ?wait, "the call is repeated");
        sleep(wait).await;
    }
}

fn http_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn waits_double_up_to_the_longest_until_no_attempt_is_left() {
        let waits: Vec<_> = (1..=7).map(|failures| Backoff::default().wait(failures, 0.5, None)).collect();
        let expected = [5, 10, 20, 32, 32, 32].map(|n| Some(seconds(n)));
        assert_eq!(waits[..6], expected);
        assert_eq!(waits[6], None);
    }

    #[test]
    fn a_wait_asked_for_by_the_server_is_respected_up_to_the_limit() {
        let wait = |asked| Backoff::default().wait(1, 0.0, Some(seconds(asked))).unwrap();
        assert_eq!(wait(120), seconds(120));
        assert_eq!(wait(1), seconds(5).mul_f64(0.75));
        assert_eq!(wait(u64::MAX), LONGEST_RETRY_AFTER);
    }

    #[test]
    fn retry_after_accepts_seconds_and_dates() {
        let now: Timestamp = "2015-10-21T07:27:00Z".parse().unwrap();
        let from_now = |header| RetryAfter::parse(header, None).map(|after| after.after(now));
        assert_eq!(from_now("120"), Some(seconds(120)));
        assert_eq!(from_now("Wed, 21 Oct 2015 07:28:00 GMT"), Some(seconds(60)));
        assert_eq!(from_now("Wed, 21 Oct 2015 07:20:00 GMT"), Some(seconds(0)));
        assert_eq!(from_now("soon"), None);
        assert_eq!(from_now("-5"), None);
    }

    #[test]
    fn a_date_is_compared_with_the_servers_own_clock() {
        let (then, date) = ("Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:27:30 GMT");
        assert_eq!(RetryAfter::parse(then, Some(date)), Some(RetryAfter::Delay(seconds(30))));
        assert_eq!(RetryAfter::parse(date, Some(then)), Some(RetryAfter::Delay(seconds(0))));
        assert!(matches!(RetryAfter::parse(then, Some("no date")), Some(RetryAfter::At(_))));
    }

    proptest! {
        #[test]
        fn jitter_stays_within_its_bounds(failures in 1u32..7, unit in 0.0f64..1.0) {
            let middle = Backoff::default().wait(failures, 0.5, None).unwrap().as_secs_f64();
            let wait = Backoff::default().wait(failures, unit, None).unwrap().as_secs_f64();
            prop_assert!((wait - middle).abs() <= JITTER * middle + 1e-6);
        }
    }
}
