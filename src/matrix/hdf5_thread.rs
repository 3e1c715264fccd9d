//! The one thread that calls libhdf5. In: closures. Out: what they return.
//!
//! libhdf5 keeps global state and takes one caller at a time. All work on its handles, their closing included, is
//! sent here; a caller blocks until its closure has run, so closures may borrow from the caller.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{LazyLock, mpsc},
    thread,
};

use super::h5::plugins::register;

type Job = Box<dyn FnOnce() + Send>;

thread_local! {
    static HERE: Cell<bool> = const { Cell::new(false) };
}

static QUEUE: LazyLock<mpsc::Sender<Job>> = LazyLock::new(|| {
    let (sender, jobs) = mpsc::channel::<Job>();
    let serve = move || {
        HERE.set(true);
        hdf5::sync::sync(register);
        jobs.iter().for_each(|job| job());
    };
    // Without this thread no file can be read or written: a system that cannot start one cannot run the program.
    thread::Builder::new().name("hdf5".to_owned()).spawn(serve).expect("the system starts a thread");
    sender
});

/// Runs a closure on the HDF5 thread and returns its result; called on that thread, runs it in place.
///
/// # Panics
/// If the closure panics, its panic goes on in the caller; the thread stays usable.
pub fn run<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    if HERE.get() {
        return work();
    }
    let (answer, answered) = mpsc::sync_channel(1);
    let job: Box<dyn FnOnce() + Send + '_> = Box::new(move || {
        // `sync` initialises the library and silences its error printing.
        let result = catch_unwind(AssertUnwindSafe(|| hdf5::sync::sync(work)));
        // The caller waits below and cannot be gone.
        let _ = answer.send(result);
    });
    // SAFETY: only the lifetime changes. This function does not return before `recv` does, which is after the closure
    // has run, and with it everything it borrowed was given up; a job that is dropped unrun drops `answer`, too.
    let job: Job = unsafe { std::mem::transmute::<Box<dyn FnOnce() + Send + '_>, Job>(job) };
    let sent = QUEUE.send(job);
    debug_assert!(sent.is_ok(), "the HDF5 thread never ends");
    match answered.recv() {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => resume_unwind(panic),
        Err(mpsc::RecvError) => unreachable!("the HDF5 thread answers every job"),
    }
}

/// Whether the caller is on the HDF5 thread.
pub(super) fn is_here() -> bool {
    HERE.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closure_may_borrow_and_nest() {
        let mut numbers = vec![1, 2];
        let sum = run(|| {
            numbers.push(3);
            run(|| numbers.iter().sum::<i32>())
        });
        assert_eq!((sum, numbers.len()), (6, 3));
    }

    #[test]
    fn a_panic_comes_back_and_the_thread_survives() {
        let panic = catch_unwind(|| run(|| panic!("inside"))).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"inside"));
        assert_eq!(run(|| 1), 1);
    }

    #[test]
    fn many_threads_share_the_one() {
        let sum: usize = thread::scope(|scope| {
            let handles: Vec<_> =
                (0..8).map(|n| scope.spawn(move || (0..50).map(|k| run(move || n * k)).sum())).collect();
            handles.into_iter().map(|handle| -> usize { handle.join().unwrap() }).sum()
        });
        assert_eq!(sum, 28 * 1225);
    }
}
