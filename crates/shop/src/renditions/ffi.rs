//! The only unsafe code of the shop: a thread's own place among others, which the standard library does not offer.

use std::io;

/// Sets how nice the calling thread is to others: 0 is the usual, 19 the nicest.
pub(super) fn set_niceness(niceness: i32) -> io::Result<()> {
    // SAFETY: a system call with plain numbers. On Linux a priority belongs to a thread, and 0 names the calling one.
    answer(unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, niceness) })
}

/// Lets the calling thread give way at once to whoever wants its processor, and take what is left.
#[cfg(target_os = "linux")]
pub(super) fn take_what_is_left() -> io::Result<()> {
    let parameters = libc::sched_param { sched_priority: 0 };
    // SAFETY: the parameters live through the call; 0 names the calling thread.
    answer(unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &parameters) })
}

/// Lets the calling thread give way to others.
#[cfg(not(target_os = "linux"))]
pub(super) fn take_what_is_left() -> io::Result<()> {
    set_niceness(19)
}

fn answer(returned: libc::c_int) -> io::Result<()> {
    if returned == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
