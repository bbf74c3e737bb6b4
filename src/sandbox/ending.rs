//! The end of all guests of this process, for a program that was asked to stop and still has reports to write.

use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, eventfd};

use super::engine;

static ENDING: AtomicBool = AtomicBool::new(false);
/// What sleeping guests wait on, so that they can be woken.
static SLEEPERS: (Mutex<()>, Condvar) = (Mutex::new(()), Condvar::new());
/// Can be read from when all guests end: for those that wait for sockets. Made with the first wait.
static ENDED: OnceLock<Option<OwnedFd>> = OnceLock::new();

/// Ends every guest that runs, as if its time were up, within milliseconds; one that is started later ends at once. For a
/// process that is about to end: there is no way back.
pub fn end_all_guests() {
    ENDING.store(true, Ordering::SeqCst);
    drop(SLEEPERS.0.lock().unwrap_or_else(PoisonError::into_inner)); // nobody is between looking and sleeping
    SLEEPERS.1.notify_all();
    if let Some(ended) = ended() {
        let _ = rustix::io::write(ended, &1_u64.to_ne_bytes()); // cannot fail: its counter is far from full
    }
    engine::wake_all();
}

/// A descriptor to wait for beside others: it can be read from once [`end_all_guests`] was called.
pub(super) fn ended() -> Option<&'static OwnedFd> {
    ENDED.get_or_init(|| eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC).ok()).as_ref()
}

/// Whether [`end_all_guests`] was called.
pub(super) fn is_ending() -> bool {
    ENDING.load(Ordering::Relaxed)
}

/// Sleeps, but not beyond the end of all guests.
pub(super) fn sleep(time: Duration) {
    let until = Instant::now().checked_add(time);
    let mut guard = SLEEPERS.0.lock().unwrap_or_else(PoisonError::into_inner);
    while !ENDING.load(Ordering::SeqCst) {
        let left = until.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()));
        if left.is_zero() {
            return;
        }
        guard = SLEEPERS.1.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0;
    }
}
