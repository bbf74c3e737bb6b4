//! The threads that guests run on: their stacks are large enough for the deepest recursion that WebAssembly allows.

use std::cell::Cell;
use std::io;
use std::thread::{Builder, JoinHandle, Scope, ScopedJoinHandle};

use super::SandboxError;
pub use super::limits::GUEST_THREAD_STACK;

thread_local! {
    static IS_GUEST_THREAD: Cell<bool> = const { Cell::new(false) };
}

/// The stack is address space until it is used.
fn builder() -> Builder {
    Builder::new().name("guest".into()).stack_size(GUEST_THREAD_STACK)
}

/// Runs `work` on a thread with the stack that guests need and waits for it. Everything that runs a guest must be called
/// inside.
///
/// # Errors
/// When the thread cannot be made. A panic of `work` goes on in the caller.
pub fn on_guest_thread<R: Send>(work: impl FnOnce() -> R + Send) -> io::Result<R> {
    std::thread::scope(|scope| guest_thread(scope, work)?.join().map_err(|panic| std::panic::resume_unwind(panic)))
}

/// Starts such a thread within a scope, for work that borrows.
///
/// # Errors
/// When the thread cannot be made.
pub fn guest_thread<'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: impl FnOnce() -> R + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, R>> {
    builder().spawn_scoped(scope, || {
        IS_GUEST_THREAD.set(true);
        work()
    })
}

/// Starts such a thread that lives as long as its work.
///
/// # Errors
/// When the thread cannot be made.
pub fn spawn_guest_thread<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> io::Result<JoinHandle<R>> {
    builder().spawn(|| {
        IS_GUEST_THREAD.set(true);
        work()
    })
}

/// Makes the calling thread one that guests may run on, until it ends: for threads of runtimes that make their own, which
/// must have a stack of [`GUEST_THREAD_STACK`] bytes. On a smaller one a deep recursion of a guest ends the process.
pub fn adopt_guest_thread() {
    IS_GUEST_THREAD.set(true);
}

/// Whether guests may run on this thread.
pub fn is_guest_thread() -> bool {
    IS_GUEST_THREAD.get()
}

/// On a smaller stack a deep recursion of the guest would hit the guard page and end the process.
pub(super) fn require_guest_thread() -> Result<(), SandboxError> {
    if is_guest_thread() { Ok(()) } else { Err(SandboxError::Host("guests run inside of `on_guest_thread` only".into())) }
}
