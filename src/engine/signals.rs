//! Signals that ask a run to end. In: the signals of this process. Out: whether to wait for the chunks in flight or to
//! end at once.

use std::{
    future::pending,
    io,
    time::{Duration, Instant},
};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Period after the first signal in which other signals, except Ctrl-C, count as the same request. Batch systems and
/// closing sessions send several signals at once, some of them twice.
const SAME_REQUEST: Duration = Duration::from_secs(2);

/// A signal that asks a run to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndSignal {
    /// SIGINT: the user pressed Ctrl-C.
    Interrupt,
    /// SIGTERM, SIGUSR1 or SIGUSR2, sent by a batch system or script.
    Terminate,
    /// SIGHUP: the session has ended, and the terminal may no longer exist.
    HangUp,
}

/// A receiver of the signals that ask a run to end. Without it, they would end the process.
#[derive(Debug)]
pub struct EndSignals {
    interrupt: Signal,
    terminate: Signal,
    user: [Signal; 2],
    /// `None` if SIGHUP is ignored: a process started with `nohup` outlives its session.
    hang_up: Option<Signal>,
}

impl EndSignals {
    /// Starts receiving signals. A SIGHUP that was ignored when the process started remains ignored.
    ///
    /// # Errors
    /// Fails if the system refuses to install a handler.
    pub fn listen() -> io::Result<Self> {
        let hang_up = if is_ignored(SignalKind::hangup()) { None } else { Some(signal(SignalKind::hangup())?) };
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            user: [signal(SignalKind::user_defined1())?, signal(SignalKind::user_defined2())?],
            hang_up,
        })
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) -> EndSignal {
        let [first, second] = &mut self.user;
        tokio::select! {
            _ = self.interrupt.recv() => EndSignal::Interrupt,
            _ = self.terminate.recv() => EndSignal::Terminate,
            _ = first.recv() => EndSignal::Terminate,
            _ = second.recv() => EndSignal::Terminate,
            () = received(self.hang_up.as_mut()) => EndSignal::HangUp,
        }
    }
}

async fn received(signal: Option<&mut Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => pending().await,
    }
}

/// Returns whether a signal is currently ignored. It is not after a handler has been installed.
fn is_ignored(kind: SignalKind) -> bool {
    // SAFETY: a null action changes nothing; the old action is written to a struct for which all zeros is a valid
    // value.
    unsafe {
        let mut old: libc::sigaction = std::mem::zeroed();
        libc::sigaction(kind.as_raw_value(), std::ptr::null(), &mut old) == 0 && old.sa_sigaction == libc::SIG_IGN
    }
}

/// The meaning of a signal for a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopRequest {
    /// Start no new chunk and wait for those in flight.
    End,
    /// End at once.
    EndNow,
    /// The signal belongs to the previous one.
    Nothing,
}

/// The requests to end that a run has received.
#[derive(Clone, Copy, Debug, Default)]
pub struct StopRequests {
    first: Option<(EndSignal, Instant)>,
}

impl StopRequests {
    /// Handles a signal and returns its meaning. A second Ctrl-C always ends the run at once. Any other second signal
    /// does so unless it arrives together with the first.
    pub fn on_signal(&mut self, signal: EndSignal, now: Instant) -> StopRequest {
        let Some((first, at)) = self.first else {
            self.first = Some((signal, now));
            return StopRequest::End;
        };
        let is_insistent = first == EndSignal::Interrupt && signal == EndSignal::Interrupt;
        if is_insistent || now.saturating_duration_since(at) >= SAME_REQUEST {
            StopRequest::EndNow
        } else {
            StopRequest::Nothing
        }
    }

    /// Returns the first signal, if there was one.
    pub fn first(&self) -> Option<EndSignal> {
        self.first.map(|(signal, _)| signal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the meaning of each of several signals, given with their time in milliseconds.
    fn meanings(signals: &[(EndSignal, u64)]) -> Vec<StopRequest> {
        let (start, mut requests) = (Instant::now(), StopRequests::default());
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        signals.iter().map(|(signal, time)| requests.on_signal(*signal, at(*time))).collect()
    }

    #[test]
    fn a_second_signal_ends_at_once() {
        use EndSignal::{HangUp, Interrupt, Terminate};
        use StopRequest::{End, EndNow};
        assert_eq!(meanings(&[(Interrupt, 0), (Interrupt, 50)]), [End, EndNow]);
        assert_eq!(meanings(&[(Terminate, 0), (Terminate, 5000)]), [End, EndNow]);
        assert_eq!(meanings(&[(HangUp, 0), (Interrupt, 2000)]), [End, EndNow]);
    }

    #[test]
    fn signals_sent_together_are_one_request() {
        use EndSignal::{HangUp, Interrupt, Terminate};
        use StopRequest::{End, EndNow, Nothing};
        assert_eq!(meanings(&[(Terminate, 0), (Terminate, 30), (HangUp, 60)]), [End, Nothing, Nothing]);
        assert_eq!(meanings(&[(HangUp, 0), (Terminate, 30), (Terminate, 2500)]), [End, Nothing, EndNow]);
        assert_eq!(meanings(&[(Interrupt, 0), (Terminate, 30)]), [End, Nothing]);
    }
}
