//! Signals that concern the terminal.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::engine::signals::{EndSignal, EndSignals};

/// The handled signals.
pub struct Signals {
    end: EndSignals,
    stop: Signal,
    resume: Signal,
    resize: Signal,
}

/// The request of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// End the program.
    End,
    /// End the program; the terminal may be closed.
    HangUp,
    /// Suspend the program.
    Suspend,
    /// Redraw the screen, as another process stopped and continued this one.
    Resume,
    /// Draw a frame in the terminal's new size. Crossterm reports the size too, but only after its next read from the
    /// terminal. Bytes that make no event, such as those of a mouse's side button, delay that until the next key.
    Resize,
}

impl Signals {
    /// Installs the handlers.
    pub fn listen() -> io::Result<Self> {
        let raw = |signal: rustix::process::Signal| SignalKind::from_raw(signal.as_raw());
        Ok(Self {
            end: EndSignals::listen()?,
            stop: signal(raw(rustix::process::Signal::TSTP))?,
            resume: signal(raw(rustix::process::Signal::CONT))?,
            resize: signal(SignalKind::window_change())?,
        })
    }

    /// Waits for the next signal.
    pub async fn next(&mut self) -> Wanted {
        tokio::select! {
            // A terminal that hangs up sends SIGCONT along with SIGHUP; the end takes precedence.
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
