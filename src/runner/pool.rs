//! Guest threads that outlive a call: as many as there is work for, up to a bound.

use std::collections::VecDeque;
use std::io;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;

use crate::sandbox::{is_guest_thread, spawn_guest_thread};

/// How long a thread waits for more work before it ends.
const IDLE_TIME: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce() + Send>;

/// A pool of guest threads. A thread is made when there is a job and none is idle; at the bound, jobs wait for their turn, the
/// first one first. A stack is address space until it is used, so a thousand sleeping guests cost little more than their
/// memories.
pub struct GuestPool {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// There is a job, or the pool is gone.
    changed: Condvar,
    most: usize,
    idle_time: Duration,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    threads: usize,
    idle: usize,
    is_closed: bool,
}

impl GuestPool {
    /// A pool of at most this many threads; none is made yet.
    pub fn new(most: NonZeroUsize) -> Self {
        Self::with_idle_time(most, IDLE_TIME)
    }

    fn with_idle_time(most: NonZeroUsize, idle_time: Duration) -> Self {
        let (state, changed) = (Mutex::default(), Condvar::new());
        Self { shared: Arc::new(Shared { state, changed, most: most.get(), idle_time }) }
    }

    /// Runs `job` on a guest thread and waits for it; on a guest thread that is this one.
    ///
    /// # Errors
    /// When there is no thread and none can be made. A panic of `job` goes on in the caller.
    pub fn run<R: Send + 'static>(&self, job: impl FnOnce() -> R + Send + 'static) -> io::Result<R> {
        if is_guest_thread() {
            return Ok(job());
        }
        let (sender, receiver) = mpsc::sync_channel(1);
        self.start(move || {
            let _ = sender.send(catch_unwind(AssertUnwindSafe(job))); // the caller waits until it has come
        })?;
        match receiver.recv() {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => Err(io::Error::other("a guest thread ended early")),
        }
    }

    /// Runs `job` on a guest thread and does not wait. A panic of `job` ends the job and nothing else.
    ///
    /// # Errors
    /// When there is no thread and none can be made; `job` is then dropped.
    pub fn start(&self, job: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let mut state = self.shared.lock();
        state.jobs.push_back(Box::new(job));
        if state.jobs.len() <= state.idle {
            drop(state);
            self.shared.changed.notify_one();
            return Ok(());
        }
        if state.threads == self.shared.most {
            return Ok(());
        }
        state.threads += 1;
        drop(state);
        let shared = Arc::clone(&self.shared);
        let Err(error) = spawn_guest_thread(move || shared.work()) else { return Ok(()) };
        let mut state = self.shared.lock();
        state.threads -= 1;
        // With another thread the job only has to wait.
        match state.threads {
            0 => state.jobs.pop_back().map_or(Ok(()), |_| Err(error)),
            _ => Ok(()),
        }
    }

    /// Threads that there are now, and those of them that wait for work.
    pub fn threads(&self) -> (usize, usize) {
        let state = self.shared.lock();
        (state.threads, state.idle)
    }
}

impl Drop for GuestPool {
    /// Jobs that were started are still done.
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing that holds this lock can panic halfway through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a thread does.
    fn work(&self) {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                let _ = catch_unwind(AssertUnwindSafe(job)); // the panic's message is on stderr already
                state = self.lock();
                continue;
            }
            if state.is_closed {
                break;
            }
            state.idle += 1;
            let (woken, timeout) = self.changed.wait_timeout(state, self.idle_time).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if timeout.timed_out() && state.jobs.is_empty() {
                break;
            }
        }
        state.threads -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    fn pool(most: usize, idle_time: Duration) -> GuestPool {
        GuestPool::with_idle_time(NonZeroUsize::new(most).expect("not zero"), idle_time)
    }

    #[test]
    fn a_thread_is_made_when_none_is_idle_and_serves_again() {
        let pool = pool(1000, Duration::from_secs(3600));
        // All of them wait for each other, so each needs a thread of its own.
        let together = Arc::new(Barrier::new(301));
        for _ in 0..300 {
            let together = Arc::clone(&together);
            pool.start(move || {
                together.wait();
            })
            .expect("a thread");
        }
        together.wait();
        assert_eq!(pool.threads().0, 300);
        assert!(pool.run(is_guest_thread).expect("a thread"));
        assert!(pool.run(|| std::thread::current().name() == Some("guest")).expect("a thread"));
        assert!(pool.threads().0 <= 301);
    }

    #[test]
    fn at_the_bound_jobs_wait_their_turn() {
        let pool = pool(2, Duration::from_secs(3600));
        let (sender, receiver) = mpsc::channel();
        for i in 0..100 {
            let sender = sender.clone();
            pool.start(move || sender.send(i).expect("the test listens")).expect("a thread");
        }
        drop(sender);
        let mut seen: Vec<i32> = receiver.iter().collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..100).collect::<Vec<_>>());
        assert!(pool.threads().0 <= 2);
    }

    #[test]
    fn a_panic_goes_to_the_caller_and_the_thread_lives_on() {
        let pool = pool(1, Duration::from_secs(3600));
        let result = catch_unwind(AssertUnwindSafe(|| pool.run(|| panic!("of the job"))));
        let panic = result.expect_err("it goes on").downcast::<&str>().expect("its message");
        assert_eq!(*panic, "of the job");
        assert_eq!(pool.run(|| 7).expect("a thread"), 7);
        assert_eq!(pool.threads().0, 1);
    }

    #[test]
    fn idle_threads_end_and_a_job_on_a_guest_thread_needs_none() {
        let pool = Arc::new(pool(3, Duration::ZERO));
        let inner = Arc::clone(&pool);
        assert_eq!(pool.run(move || inner.run(|| 7).expect("this thread")).expect("a thread"), 7);
        let gone = (0..10_000).any(|_| {
            std::thread::sleep(Duration::from_millis(1));
            pool.threads().0 == 0
        });
        assert!(gone, "an idle thread did not end");
    }

    #[test]
    fn what_was_started_is_done_when_the_pool_is_gone() {
        let (sender, receiver) = mpsc::channel();
        let pool = pool(1, Duration::from_secs(3600));
        for i in 0..10 {
            let sender = sender.clone();
            pool.start(move || sender.send(i).expect("the test listens")).expect("a thread");
        }
        drop((pool, sender));
        assert_eq!(receiver.iter().count(), 10);
    }
}
