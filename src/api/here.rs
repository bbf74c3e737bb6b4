//! Functions on the thread that read their request.
//!
//! A function whose result is awaited runs where its request was read: a change of thread, there and back, costs more than a
//! short function does, and moves its memory from one core's caches to another's. Meanwhile the thread does nothing else, and
//! there are two ways to go about that:
//!
//! - **Handing over.** The runtime gives the thread's other work to another thread first (`block_in_place`). Right for every
//!   function, but with a change of thread of its own, for each invocation.
//! - **Holding on.** The thread's other work waits. Right for functions that are back at once, and only those whose last
//!   invocations were do it. An expectation can be wrong, so all threads but one may hold on at the same time, and where none of
//!   them comes back within two ticks of a watch, that one is woken to go on with everything else.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::Handle;

use crate::control::Here;
use crate::sandbox::{is_guest_thread, resets_later};

/// A function whose last invocations took no longer than this is expected to be back at once.
const AT_ONCE: Duration = Duration::from_millis(2);
/// How often the watch looks, while there is something to look at.
const TICK: Duration = Duration::from_millis(2);
/// Ticks without an invocation after which the watch sleeps until there is one.
const TICKS_UNTIL_SLEEP: u32 = 500;

/// The threads of a runtime, as places where functions run.
pub(super) struct Threads {
    shared: Arc<Shared>,
    watch: Option<JoinHandle<()>>,
}

struct Shared {
    runtime: Handle,
    /// Threads that may hold on at the same time.
    most: usize,
    holding: AtomicUsize,
    /// Invocations whose threads held on and that are over.
    ended: AtomicU64,
    /// Whether the watch sleeps until it is woken.
    is_asleep: AtomicBool,
    is_over: AtomicBool,
}

impl Threads {
    /// Of this runtime, which has one thread more than `most`.
    ///
    /// # Errors
    /// When the system has no thread for the watch.
    pub(super) fn new(runtime: Handle, most: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            runtime,
            most,
            holding: AtomicUsize::new(0),
            ended: AtomicU64::new(0),
            is_asleep: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
        });
        let watched = Arc::clone(&shared);
        let watch = thread::Builder::new().name("wasmlam-watch".into()).spawn(move || watched.watch())?;
        Ok(Self { shared, watch: Some(watch) })
    }

    /// A place among the threads that hold on, if there is one.
    fn hold(&self) -> Option<Holding<'_>> {
        let shared = &*self.shared;
        let free = |holding: usize| (holding < shared.most).then_some(holding + 1);
        shared.holding.fetch_update(Ordering::SeqCst, Ordering::SeqCst, free).ok()?;
        // Looked at after the count went up: either the watch sees the count before it sleeps, or this sees that it sleeps.
        if shared.is_asleep.swap(false, Ordering::SeqCst)
            && let Some(watch) = &self.watch
        {
            watch.thread().unpark();
        }
        Some(Holding(shared))
    }
}

impl fmt::Debug for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Threads").field("most", &self.shared.most).finish_non_exhaustive()
    }
}

impl Here for Threads {
    fn run(&self, expected: Option<Duration>, work: Box<dyn FnOnce() + Send>) {
        // Elsewhere, as on the thread that made a function ready, nobody waits for this one.
        let is_short = is_guest_thread() && expected.is_some_and(|expected| expected <= AT_ONCE);
        match is_short.then(|| self.hold()).flatten() {
            // This thread sends the answer next, and sees to the rest when it waits for requests.
            Some(_holding) => resets_later(work),
            None => tokio::task::block_in_place(work),
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        if let Some(watch) = self.watch.take() {
            watch.thread().unpark();
            let _ = watch.join(); // it cannot have panicked
        }
    }
}

/// One thread that holds on.
struct Holding<'a>(&'a Shared);

impl Drop for Holding<'_> {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::SeqCst);
        self.0.holding.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Shared {
    fn watch(&self) {
        let (mut seen, mut quiet) = (0, 0);
        while !self.is_over.load(Ordering::SeqCst) {
            if quiet == TICKS_UNTIL_SLEEP {
                self.is_asleep.store(true, Ordering::SeqCst);
                if self.holding.load(Ordering::SeqCst) == 0 && !self.is_over.load(Ordering::SeqCst) {
                    thread::park();
                }
                self.is_asleep.store(false, Ordering::SeqCst);
                quiet = 0;
            }
            thread::sleep(TICK);
            let (ended, is_held) = (self.ended.load(Ordering::SeqCst), self.holding.load(Ordering::SeqCst) > 0);
            if ended == seen && is_held {
                // A task from outside wakes a thread that has nothing to do. It goes on with what there is, and waits for
                // connections in the end.
                drop(self.runtime.spawn(std::future::ready(())));
            }
            quiet = if ended == seen && !is_held { quiet + 1 } else { 0 };
            seen = ended;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::sandbox::adopt_guest_thread;

    #[test]
    fn a_runtime_goes_on_while_all_threads_but_one_wait_for_functions_that_take_longer_than_expected() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(3)
            .enable_all()
            .on_thread_start(adopt_guest_thread)
            .build()
            .expect("a runtime");
        let threads = Arc::new(Threads::new(runtime.handle().clone(), 2).expect("a thread"));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("its address");
        let (release, held) = mpsc::channel::<()>();
        let held = Arc::new(std::sync::Mutex::new(held));
        let (begun, begins) = mpsc::channel();
        // Two that hold on, and one more for which there is no place.
        for _ in 0..3 {
            let (threads, held, begun) = (Arc::clone(&threads), Arc::clone(&held), begun.clone());
            runtime.spawn(async move {
                let work = move || {
                    begun.send(()).expect("the test listens");
                    let _ = held.lock().expect("not poisoned").recv();
                };
                threads.run(Some(Duration::ZERO), Box::new(work));
            });
        }
        for _ in 0..3 {
            begins.recv().expect("each begins");
        }
        assert_eq!(threads.shared.holding.load(Ordering::SeqCst), 2);
        let (done, answered) = mpsc::channel();
        runtime.spawn(async move {
            let accepted = listener.accept().await.is_ok();
            tokio::time::sleep(Duration::from_millis(1)).await;
            done.send(accepted).expect("the test listens");
        });
        let _client = std::net::TcpStream::connect(address).expect("a connection");
        assert_eq!(answered.recv(), Ok(true), "connections and timers go on");
        drop(release);
        runtime.shutdown_timeout(Duration::from_secs(60));
        assert_eq!(threads.shared.holding.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn a_watch_that_sleeps_is_woken() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
        let threads = Threads::new(runtime.handle().clone(), 1).expect("a thread");
        threads.shared.is_asleep.store(true, Ordering::SeqCst);
        let holding = threads.hold().expect("a place");
        assert!(!threads.shared.is_asleep.load(Ordering::SeqCst) && threads.hold().is_none());
        drop(holding);
        assert!(threads.hold().is_some());
    }
}
