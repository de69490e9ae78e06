//! The only unsafe code of the program: how its allocator is set, which the standard library does not offer.

/// Keeps freed memory from staying with the process: left to itself, glibc takes the first large block that is freed (a
/// cover of 12 MB) as a sign to keep blocks of that size on its heap, where they are worn to pieces and never returned.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(super) fn return_large_blocks() {
    /// Blocks from this size on are the system's own and go back to it when they are freed.
    const LARGE_BLOCK_BYTES: libc::c_int = 1 << 20;
    // SAFETY: called with plain numbers before any other thread is started. It says no only to numbers out of range.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES);
        libc::mallopt(libc::M_TRIM_THRESHOLD, LARGE_BLOCK_BYTES);
    }
}

/// Another allocator is left as it is.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn return_large_blocks() {}
