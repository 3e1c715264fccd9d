//! The signals that ask a run to end, and what each of them means. In: the signals of this process. Out: whether to wait
//! for the chunks in flight or to end at once.

use std::{
    future::pending,
    io,
    time::{Duration, Instant},
};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Signals other than Ctrl-C that come this soon after the first one belong to it: batch systems and closing sessions
/// send several at once, some of them twice.
const SAME_REQUEST: Duration = Duration::from_secs(2);

/// A signal that asks a run to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndSignal {
    /// SIGINT: the user pressed Ctrl-C.
    Interrupt,
    /// SIGTERM, SIGUSR1 or SIGUSR2: a batch system or a script asks.
    Terminate,
    /// SIGHUP: the session has ended, and the terminal may be gone.
    HangUp,
}

/// Listens to the signals that ask a run to end. Without it they would end the process at once.
#[derive(Debug)]
pub struct EndSignals {
    interrupt: Signal,
    terminate: Signal,
    user: [Signal; 2],
    /// `None` where SIGHUP is ignored: a process under `nohup` outlives its session.
    hang_up: Option<Signal>,
}

impl EndSignals {
    /// Listens from now on. A SIGHUP that was ignored when the process began stays ignored.
    ///
    /// # Errors
    /// When the system refuses to install a handler.
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

/// Whether a signal is ignored by now. Once somebody listens to it, it is not.
fn is_ignored(kind: SignalKind) -> bool {
    // SAFETY: a null action changes nothing, and the old one is written to a struct of ours that all zeros are valid for.
    unsafe {
        let mut old: libc::sigaction = std::mem::zeroed();
        libc::sigaction(kind.as_raw_value(), std::ptr::null(), &mut old) == 0 && old.sa_sigaction == libc::SIG_IGN
    }
}

/// What a signal means for a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// Start no new chunk and wait for those in flight.
    End,
    /// End at once.
    EndNow,
    /// Nothing more than the signal before it.
    Nothing,
}

/// The requests to end that a run has received.
#[derive(Clone, Copy, Debug, Default)]
pub struct Requests {
    first: Option<(EndSignal, Instant)>,
}

impl Requests {
    /// Takes in a signal and says what it means. A second Ctrl-C always ends at once; any other second signal does
    /// unless it arrives together with the first.
    pub fn on_signal(&mut self, signal: EndSignal, now: Instant) -> Request {
        let Some((first, at)) = self.first else {
            self.first = Some((signal, now));
            return Request::End;
        };
        let is_insistent = first == EndSignal::Interrupt && signal == EndSignal::Interrupt;
        if is_insistent || now.saturating_duration_since(at) >= SAME_REQUEST {
            Request::EndNow
        } else {
            Request::Nothing
        }
    }

    /// The first signal, if there was one.
    pub fn first(&self) -> Option<EndSignal> {
        self.first.map(|(signal, _)| signal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each of several signals means, given with the milliseconds at which they arrive.
    fn meanings(signals: &[(EndSignal, u64)]) -> Vec<Request> {
        let (start, mut requests) = (Instant::now(), Requests::default());
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        signals.iter().map(|(signal, time)| requests.on_signal(*signal, at(*time))).collect()
    }

    #[test]
    fn a_second_signal_ends_at_once() {
        use EndSignal::{HangUp, Interrupt, Terminate};
        use Request::{End, EndNow};
        assert_eq!(meanings(&[(Interrupt, 0), (Interrupt, 50)]), [End, EndNow]);
        assert_eq!(meanings(&[(Terminate, 0), (Terminate, 5000)]), [End, EndNow]);
        assert_eq!(meanings(&[(HangUp, 0), (Interrupt, 2000)]), [End, EndNow]);
    }

    #[test]
    fn signals_that_are_sent_together_are_one_request() {
        use EndSignal::{HangUp, Interrupt, Terminate};
        use Request::{End, EndNow, Nothing};
        assert_eq!(meanings(&[(Terminate, 0), (Terminate, 30), (HangUp, 60)]), [End, Nothing, Nothing]);
        assert_eq!(meanings(&[(HangUp, 0), (Terminate, 30), (Terminate, 2500)]), [End, Nothing, EndNow]);
        assert_eq!(meanings(&[(Interrupt, 0), (Terminate, 30)]), [End, Nothing]);
    }
}
