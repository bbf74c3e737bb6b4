//! What Ctrl-C and SIGTERM do.

use std::io::{self, Read};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::low_level::pipe;

use super::{exit, note};
use crate::sandbox::end_all_guests;

/// What the first signal sets; it ends all guests as well, so that what was done can be reported at once. A second one ends
/// the program, whatever it does.
pub(super) fn stop_on_signals(what: &'static str) -> io::Result<Arc<AtomicBool>> {
    on_first_signal(move || {
        end_all_guests();
        note(&format!("stopping: {what}; Ctrl-C again ends at once"));
    })
}

/// Does this on a thread of its own at the first signal, which sets the flag. A second one ends the program at once.
pub(super) fn on_first_signal(act: impl FnOnce() + Send + 'static) -> io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    // What a signal handler may do is write to a pipe; the rest is done here.
    let (mut signals, from_handler) = UnixStream::pair()?;
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal must not find the flag set.
        signal_hook::flag::register_conditional_shutdown(signal, exit::INTERRUPTED.into(), Arc::clone(&stop))?;
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
        pipe::register(signal, from_handler.try_clone()?)?;
    }
    let asked = Arc::clone(&stop);
    std::thread::Builder::new().name("signals".into()).spawn(move || {
        if signals.read_exact(&mut [0]).is_ok() {
            asked.store(true, Ordering::Relaxed);
            act();
        }
    })?;
    Ok(stop)
}
