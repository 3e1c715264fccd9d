//! Settings of this process, made before anything else.

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

/// Makes writes beyond the file size limit (`ulimit -f`) fail with an error instead of a fatal signal.
pub(super) fn outlive_the_file_size_limit() {
    // SAFETY: ignoring a signal runs no code of ours; called before any other thread exists.
    unsafe {
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}
