//! Detection of a closed terminal. Without it, a program whose terminal closed without a signal would read "end of
//! file" forever.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::sync::oneshot;

/// Returns a receiver that resolves once the terminal is closed. A sleeping thread waits for that.
pub fn watch() -> oneshot::Receiver<()> {
    let (gone, receiver) = oneshot::channel();
    let watching = std::thread::Builder::new().name("hangup".into()).spawn(move || {
        if wait_for_hangup() {
            let _ = gone.send(());
        } else {
            // If the terminal cannot be watched, keep the sender: a dropped one would be taken for a closed terminal.
            std::mem::forget(gone);
        }
    });
    drop(watching);
    receiver
}

/// Waits until the terminal hangs up; returns `false` if waiting fails.
fn wait_for_hangup() -> bool {
    loop {
        match look(None) {
            Ok(true) => return true,
            Ok(false) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

/// Returns whether the terminal is closed.
pub fn is_gone() -> bool {
    look(Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).unwrap_or(false)
}

/// Waits for the given time, or without limit, and returns whether the terminal has hung up.
fn look(patience: Option<&Timespec>) -> rustix::io::Result<bool> {
    let input = std::io::stdin();
    // Hangups and errors are reported without being requested.
    let mut watched = [PollFd::new(&input, PollFlags::empty())];
    poll(&mut watched, patience)?;
    Ok(watched[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL))
}
