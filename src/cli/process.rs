//! What this process asks of the system before it does anything else.

/// Blocks of this many bytes and more are given back as soon as they are freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: i32 = 1 << 20;

/// Has large blocks given back at once. Chunks are large, live briefly and are freed on other threads than they were
/// made on; glibc's habit of keeping such blocks for later would more than double what a run holds.
pub(super) fn give_back_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: mallopt only sets a number of the allocator; called before any other thread exists.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
    }
}

/// Has a file that may not grow further (`ulimit -f`) end in an error and not in a signal that kills.
pub(super) fn outlive_the_file_size_limit() {
    // SAFETY: ignoring a signal runs no code of ours; called before any other thread exists.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}
