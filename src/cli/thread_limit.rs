//! A check that this process can have the threads and the memory it needs. It is made first, because libraries panic
//! or wait forever if they cannot start a thread later, and without memory a process aborts.

use std::{
    io,
    sync::Arc,
    thread::{Builder, JoinHandle},
};

use rustix::process::{Resource, getrlimit};

/// The number of threads and processes that do not compute: those of the runtime, of HDF5, of disk work, and of a
/// process that checks files.
const OTHER_THREADS: usize = 10;

/// The minimum amount of free memory in bytes: 64 MB that glibc reserves as the heap of other threads, and enough for the
/// threads and a chunk of a small file.
const MIN_MEMORY: usize = 160 << 20;

/// The error of a system with too little memory.
#[derive(Debug, thiserror::Error)]
#[error("castui needs {needed} MB more memory to start, but the system refuses it{limit}", needed = MIN_MEMORY >> 20)]
pub(super) struct TooLittleMemory {
    limit: String,
}

/// Checks that enough memory is available to begin.
pub(super) fn check_memory() -> Result<(), TooLittleMemory> {
    check_bytes(MIN_MEMORY)
}

fn check_bytes(needed: usize) -> Result<(), TooLittleMemory> {
    let mut probe = Vec::<u8>::new();
    let reserved = probe.try_reserve_exact(needed);
    // The allocation must be used, because the compiler may remove it otherwise.
    std::hint::black_box(&probe);
    reserved.map_err(|_| {
        let limit = getrlimit(Resource::As).current;
        let limit =
            limit.map(|bytes| format!(": this process may use {} MB (ulimit -v); raise the limit", bytes >> 20));
        TooLittleMemory { limit: limit.unwrap_or_default() }
    })
}

/// The error of a system that starts too few threads.
#[derive(Debug, thiserror::Error)]
#[error(
    "castui needs {needed} threads, but the system started only {started}: {limits}; raise the limit or end other processes"
)]
pub(super) struct TooFewThreads {
    needed: usize,
    started: usize,
    limits: String,
}

/// Checks that enough threads can be started in addition to `computing` ones.
pub(super) fn check(computing: usize) -> Result<(), TooFewThreads> {
    let needed = computing + OTHER_THREADS;
    let started = start_at_once(needed, |work| Builder::new().stack_size(64 << 10).spawn(work));
    if started >= needed {
        return Ok(());
    }
    let of = |resource| getrlimit(resource).current;
    Err(TooFewThreads { needed, started, limits: describe(of(Resource::Nproc), of(Resource::As)) })
}

type Work = Box<dyn FnOnce() + Send>;

/// Starts up to `most` concurrent threads. Returns how many the system starts.
fn start_at_once(most: usize, spawn: impl Fn(Work) -> io::Result<JoinHandle<()>>) -> usize {
    let (sender, gate) = std::sync::mpsc::channel::<()>();
    let gate = Arc::new(std::sync::Mutex::new(gate));
    let wait = || {
        let gate = gate.clone();
        // Each thread waits until the sender is dropped, after all have been started.
        Box::new(move || drop(gate.lock().map(|gate| gate.recv()))) as Work
    };
    let threads: Vec<_> = (0..most).map_while(|_| spawn(wait()).ok()).collect();
    drop(sender);
    let started = threads.len();
    threads.into_iter().for_each(|thread| drop(thread.join()));
    started
}

/// Describes the limits that are set.
fn describe(processes: Option<u64>, memory: Option<u64>) -> String {
    let processes = processes.map(|most| format!("this user may have {most} processes and threads (ulimit -u)"));
    let memory = memory.map(|bytes| format!("this process may use {} MB of memory (ulimit -v)", bytes >> 20));
    let set: Vec<_> = [processes, memory].into_iter().flatten().collect();
    if set.is_empty() { "the job or container limits them (pids cgroup)".to_owned() } else { set.join(", and ") }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_lack_of_memory_is_detected() {
        check_bytes(1 << 20).unwrap();
        let refused = check_bytes(isize::MAX as usize).unwrap_err().to_string();
        assert!(
            refused.starts_with("castui needs 160 MB more memory to start, but the system refuses it"),
            "{refused}"
        );
    }

    #[test]
    fn threads_are_counted_until_the_system_refuses_one() {
        let left = Cell::new(5);
        let started = start_at_once(8, |work| {
            if left.get() == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            left.set(left.get() - 1);
            Builder::new().spawn(work)
        });
        assert_eq!(started, 5);
        assert!(check(1).is_ok(), "this machine starts a few threads");
    }

    #[test]
    fn the_error_names_the_limits_that_are_set() {
        let said = |processes, memory| {
            TooFewThreads { needed: 14, started: 3, limits: describe(processes, memory) }.to_string()
        };
        let words = said(Some(10), None);
        assert!(
            words.starts_with("castui needs 14 threads, but the system started only 3: this user may have 10 "),
            "{words}"
        );
        assert!(said(None, Some(512 << 20)).contains("512 MB of memory (ulimit -v)"));
        assert!(said(None, None).contains("pids cgroup"));
    }
}
