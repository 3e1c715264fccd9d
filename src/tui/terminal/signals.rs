//! Signals that concern the terminal.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::engine::signals::{EndSignal, EndSignals};

/// The signals that are listened to.
pub struct Signals {
    end: EndSignals,
    stop: Signal,
    resume: Signal,
    resize: Signal,
}

/// What a signal wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// An end.
    End,
    /// An end, and the terminal may be gone.
    HangUp,
    /// A stop.
    Suspend,
    /// The screen again: somebody stopped us without our doing, and continued.
    Resume,
    /// A frame in the terminal's new size. Crossterm reports it too, but only after its next read from the terminal:
    /// bytes that make no event, such as those of a mouse's side button, delay that until a key is pressed.
    Resize,
}

impl Signals {
    /// Listens.
    pub fn listen() -> io::Result<Self> {
        let raw = |signal: rustix::process::Signal| SignalKind::from_raw(signal.as_raw());
        Ok(Self {
            end: EndSignals::listen()?,
            stop: signal(raw(rustix::process::Signal::TSTP))?,
            resume: signal(raw(rustix::process::Signal::CONT))?,
            resize: signal(SignalKind::window_change())?,
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Wanted {
        tokio::select! {
            // A terminal that hangs up sends SIGCONT along with SIGHUP: the end goes first.
            biased;
            signal = self.end.next() => match signal {
                EndSignal::Interrupt | EndSignal::Terminate => Wanted::End,
                EndSignal::HangUp => Wanted::HangUp,
            },
            _ = self.stop.recv() => Wanted::Suspend,
            _ = self.resume.recv() => Wanted::Resume,
            _ = self.resize.recv() => Wanted::Resize,
        }
    }
}
