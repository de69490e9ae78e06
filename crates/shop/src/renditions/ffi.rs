//! The only unsafe code of the shop: a thread's own priority, which the standard library does not offer.

/// Sets how nice the calling thread is to others: 0 is the usual, 19 the nicest.
pub(super) fn set_niceness(niceness: i32) -> std::io::Result<()> {
    // SAFETY: a system call with plain numbers. On Linux a priority belongs to a thread, and 0 names the calling one.
    match unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, niceness) } {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    }
}
