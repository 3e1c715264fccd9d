//! What this process asks of the system before it does anything else.

/// Blocks of this many bytes and more are given back as soon as they are freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: i32 = 1 << 20;
/// Bytes that a heap keeps for later, so that windows of rows need not be asked of the system one by one.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT: i32 = 2 << 20;
/// Heaps that threads share.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const HEAPS: i32 = 2;

/// Has large blocks given back at once. Chunks are large, live briefly and are freed on other threads than they were
/// made on; glibc's habit of keeping such blocks for later, on a heap for each thread, would more than double what a
/// run holds.
pub(super) fn give_back_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: mallopt only sets numbers of the allocator; called before any other thread exists.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT);
        libc::mallopt(libc::M_ARENA_MAX, HEAPS);
    }
}

/// Has a file that may not grow further (`ulimit -f`) end in an error and not in a signal that kills.
pub(super) fn outlive_the_file_size_limit() {
    // SAFETY: ignoring a signal runs no code of ours; called before any other thread exists.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}
