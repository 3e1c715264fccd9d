//! Whether the terminal is still there. A program whose terminal vanished without a signal would otherwise read "end of
//! file" for ever.

use rustix::event::{PollFd, PollFlags, poll};
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
    let input = std::io::stdin();
    loop {
        // No event is asked for: hanging up and errors are always reported.
        let mut watched = [PollFd::new(&input, PollFlags::empty())];
        match poll(&mut watched, None) {
            Ok(_) => {
                let seen = watched[0].revents();
                if seen.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
                    return true;
                }
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return false,
        }
    }
}
