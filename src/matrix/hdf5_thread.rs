//! The only thread that calls libhdf5. In: closures. Out: their results.
//!
//! libhdf5 has global state and accepts one caller at a time. All operations on its handles, including closing them,
//! are sent to this thread. A caller blocks until its closure has run, so closures may borrow from the caller.

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
    // Without this thread no file can be read or written, so the program cannot run.
    thread::Builder::new().name("hdf5".to_owned()).spawn(serve).expect("the system starts a thread");
    sender
});

/// Runs a closure on the HDF5 thread and returns its result. If called on that thread, runs the closure directly.
///
/// # Panics
/// A panic of the closure is propagated to the caller; the thread remains usable.
pub fn run<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    if HERE.get() {
        return work();
    }
    let (answer, answered) = mpsc::sync_channel(1);
    let job: Box<dyn FnOnce() + Send + '_> = Box::new(move || {
        // `sync` initializes the library and disables its error output.
        let result = catch_unwind(AssertUnwindSafe(|| hdf5::sync::sync(work)));
        // The caller is blocked in `recv` below, so the receiver exists.
        let _ = answer.send(result);
    });
    // SAFETY: only the lifetime changes. This function returns after `recv`, which returns after the closure has run
    // and released everything it borrowed. A job that is dropped without running drops `answer` as well.
    let job: Job = unsafe { std::mem::transmute::<Box<dyn FnOnce() + Send + '_>, Job>(job) };
    let sent = QUEUE.send(job);
    debug_assert!(sent.is_ok(), "the HDF5 thread never ends");
    match answered.recv() {
        Ok(Ok(result)) => result,
        Ok(Err(panic)) => resume_unwind(panic),
        Err(mpsc::RecvError) => unreachable!("the HDF5 thread answers every job"),
    }
}

/// Returns whether the caller is on the HDF5 thread.
pub(super) fn is_here() -> bool {
    HERE.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closures_may_borrow_and_nest() {
        let mut numbers = vec![1, 2];
        let sum = run(|| {
            numbers.push(3);
            run(|| numbers.iter().sum::<i32>())
        });
        assert_eq!((sum, numbers.len()), (6, 3));
    }

    #[test]
    fn a_panic_is_propagated_and_the_thread_remains_usable() {
        let panic = catch_unwind(|| run(|| panic!("inside"))).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"inside"));
        assert_eq!(run(|| 1), 1);
    }

    #[test]
    fn many_threads_can_run_closures_at_once() {
        let sum: usize = thread::scope(|scope| {
            let handles: Vec<_> =
                (0..8).map(|n| scope.spawn(move || (0..50).map(|k| run(move || n * k)).sum())).collect();
            handles.into_iter().map(|handle| -> usize { handle.join().unwrap() }).sum()
        });
        assert_eq!(sum, 28 * 1225);
    }
}
