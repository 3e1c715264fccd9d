//! Whether the terminal is still there. A program whose terminal vanished without a signal would otherwise read "end of
//! file" for ever.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::sync::oneshot;

/// Resolves once the terminal is gone. Costs a thread that sleeps until then, and no time.
pub fn watch() -> oneshot::Receiver<()> {
    let (gone, receiver) = oneshot::channel();
    let watching = std::thread::Builder::new().name("hangup".into()).spawn(move || {
        if wait_for_hangup() {
            let _ = gone.send(());
        } else {
            // Without the means to watch, silence: the receiver must not take a lost sender for a lost terminal.
            std::mem::forget(gone);
        }
    });
    drop(watching);
    receiver
}

/// Waits until the terminal hangs up; `false` if that cannot be waited for.
fn wait_for_hangup() -> bool {
    loop {
        match look(None) {
            Ok(true) => return true,
            Ok(false) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}

/// Whether the terminal is gone by now.
pub fn is_gone() -> bool {
    look(Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).unwrap_or(false)
}

/// Looks so long; tells whether the terminal has hung up.
fn look(patience: Option<&Timespec>) -> rustix::io::Result<bool> {
    let input = std::io::stdin();
    // No event is asked for: hanging up and errors are always reported.
    let mut watched = [PollFd::new(&input, PollFlags::empty())];
    poll(&mut watched, patience)?;
    Ok(watched[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL))
}
