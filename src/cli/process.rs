//! Settings of this process, made before anything else.

use rustix::process::{Resource, Rlimit, setrlimit};

/// The size in bytes from which freed blocks are returned to the system at once.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: i32 = 1 << 20;
/// The number of bytes that a heap keeps, so that windows of rows reuse memory.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT: i32 = 2 << 20;
/// The number of heaps shared by threads.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const HEAPS: i32 = 2;

/// Makes the allocator return large blocks at once. Chunks are large, short-lived and freed on other threads. By
/// default glibc would keep such blocks on a heap per thread, which would more than double the memory of a run.
pub(super) fn give_back_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: mallopt only sets numbers of the allocator; called before any other thread exists.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT);
        libc::mallopt(libc::M_ARENA_MAX, HEAPS);
    }
}

/// Keeps the memory of this process, which may hold a token, out of core files and away from the user's other processes,
/// debuggers included.
pub(super) fn keep_memory_private() {
    // If the system refuses, there are no such files or they are limited already.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Makes writes beyond the file size limit (`ulimit -f`) fail with an error instead of a fatal signal.
pub(super) fn outlive_the_file_size_limit() {
    // SAFETY: ignoring a signal runs no code of ours; called before any other thread exists.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn the_memory_is_neither_dumped_nor_open_to_other_processes() {
        use rustix::process::{DumpableBehavior, dumpable_behavior, getrlimit};
        keep_memory_private();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        let limit = getrlimit(Resource::Core);
        assert_eq!((limit.current, limit.maximum), (Some(0), Some(0)));
    }
}
