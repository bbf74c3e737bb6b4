//! Versions that are ready to run, each made once however many wait for it.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::hosting::Deployed;

/// Threads that make versions ready.
const BUILDERS: usize = 2;

/// A version that is ready.
pub(super) struct Ready {
    pub(super) deployed: Arc<dyn Deployed>,
    /// Bytes that an invocation needed, at the most; 0 before the first.
    needed: AtomicU64,
    /// Microseconds that the last invocations took, at the most; 0 before the first.
    took: AtomicU64,
}

impl Ready {
    fn new(deployed: Arc<dyn Deployed>) -> Self {
        Self { deployed, needed: AtomicU64::new(0), took: AtomicU64::new(0) }
    }

    /// Notes what an invocation took.
    pub(super) fn took(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1);
        // One that took long counts for some more, less each time. Two at the same time may lose one of their notes.
        let before = self.took.load(Ordering::Relaxed);
        self.took.store(micros.max(before - before / 4), Ordering::Relaxed);
    }

    /// How long an invocation is expected to take; `None` before the first.
    pub(super) fn expected_time(&self) -> Option<Duration> {
        Some(self.took.load(Ordering::Relaxed)).filter(|micros| *micros > 0).map(Duration::from_micros)
    }

    /// Notes what an invocation needed.
    pub(super) fn needed(&self, bytes: u64) {
        self.needed.fetch_max(bytes, Ordering::Relaxed);
    }
}

/// Takes a version when it is ready, or a sentence about why it is not. Must not wait.
pub(super) type Then = Box<dyn FnOnce(Result<Arc<Ready>, String>) + Send>;
/// Makes a version ready.
pub(super) type Build = Box<dyn FnOnce() -> Result<Arc<dyn Deployed>, String> + Send>;

/// The versions of this process that are ready or become so.
pub(super) struct Deployments {
    slots: Arc<Slots>,
    jobs: Mutex<Sender<(String, Build)>>,
}

struct Slots {
    state: Mutex<State>,
    most: usize,
}

#[derive(Default)]
struct State {
    slots: HashMap<String, Slot>,
    uses: u64,
}

enum Slot {
    /// Callers that wait; each counts for the account's concurrency, so there are never many.
    Building(Vec<Then>),
    Ready {
        ready: Arc<Ready>,
        used: u64,
    },
}

impl Deployments {
    /// At most this many are kept; the one used longest ago goes first.
    ///
    /// # Errors
    /// When there is no thread.
    pub(super) fn new(most: usize) -> std::io::Result<Self> {
        let slots = Arc::new(Slots { state: Mutex::default(), most });
        let (jobs, receiver) = channel::<(String, Build)>();
        let receiver = Arc::new(Mutex::new(receiver));
        for _ in 0..BUILDERS {
            let (slots, receiver) = (Arc::clone(&slots), Arc::clone(&receiver));
            std::thread::Builder::new().name("deploy".into()).spawn(move || slots.build_all(&receiver))?;
        }
        Ok(Self { slots, jobs: Mutex::new(jobs) })
    }

    /// Calls `then` with the version of this id: at once if it is ready, else when `build` has made it so on another thread.
    pub(super) fn with(&self, id: &str, build: Build, then: Then) {
        let mut state = self.slots.locked();
        state.uses += 1;
        let now = state.uses;
        match state.slots.get_mut(id) {
            Some(Slot::Ready { ready, used }) => {
                *used = now;
                let ready = Arc::clone(ready);
                drop(state);
                then(Ok(ready));
            }
            Some(Slot::Building(waiting)) => waiting.push(then),
            None => {
                state.slots.insert(id.to_owned(), Slot::Building(vec![then]));
                drop(state);
                // The builders live as long as this sender.
                let _ = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).send((id.to_owned(), build));
            }
        }
    }

    /// What the version of this id needed until now, if it is ready and has run.
    pub(super) fn expected_bytes(&self, id: &str) -> Option<u64> {
        match self.slots.locked().slots.get(id) {
            Some(Slot::Ready { ready, .. }) => Some(ready.needed.load(Ordering::Relaxed)).filter(|bytes| *bytes > 0),
            Some(Slot::Building(_)) | None => None,
        }
    }

    /// Lets go of a version that no function has any more. Those that it is becoming ready for still get it.
    pub(super) fn forget(&self, id: &str) {
        let mut state = self.slots.locked();
        if let Some(Slot::Ready { .. }) = state.slots.get(id) {
            let gone = state.slots.remove(id);
            drop(state); // before the memory of the image is given back
            drop(gone);
        }
    }

    /// How many are ready or become so.
    pub(super) fn count(&self) -> usize {
        self.slots.locked().slots.len()
    }
}

impl Slots {
    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn build_all(&self, jobs: &Mutex<Receiver<(String, Build)>>) {
        loop {
            // The lock is held while waiting for a job, not while working on it.
            let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok((id, build)) = job else { return };
            let built = catch_unwind(AssertUnwindSafe(build)).unwrap_or_else(|_| Err("a fault of the server".into()));
            let result = built.map(|deployed| Arc::new(Ready::new(deployed)));
            for then in self.keep(id, &result) {
                then(result.clone());
            }
        }
    }

    /// Keeps what was built; who waited for it.
    fn keep(&self, id: String, result: &Result<Arc<Ready>, String>) -> Vec<Then> {
        let mut state = self.locked();
        let waiting = match state.slots.remove(&id) {
            Some(Slot::Building(waiting)) => waiting,
            Some(Slot::Ready { .. }) | None => Vec::new(),
        };
        if let Ok(ready) = result {
            state.uses += 1;
            let used = state.uses;
            state.slots.insert(id, Slot::Ready { ready: Arc::clone(ready), used });
        }
        if state.slots.len() > self.most {
            let oldest = state.slots.iter().filter_map(|(id, slot)| match slot {
                Slot::Ready { used, .. } => Some((*used, id.clone())),
                Slot::Building(_) => None,
            });
            if let Some((_, id)) = oldest.min() {
                state.slots.remove(&id);
            }
        }
        waiting
    }
}

#[cfg(test)]
mod tests {
    use super::super::hosting::{Done, InitFailed};
    use super::*;
    use crate::function::Invocation;
    use std::sync::mpsc;

    struct Nothing;
    impl Deployed for Nothing {
        fn invoke(&self, _: Invocation, done: Done) {
            done(Err("nothing".into()));
        }
        fn provision(&self) -> Result<(), InitFailed> {
            Ok(())
        }
    }

    #[test]
    fn one_long_invocation_is_forgotten_after_some_short_ones() {
        let ready = Ready::new(Arc::new(Nothing));
        assert_eq!(ready.expected_time(), None);
        ready.took(Duration::from_millis(64));
        for expected in [48, 36, 27] {
            ready.took(Duration::from_millis(1));
            assert_eq!(ready.expected_time(), Some(Duration::from_millis(expected)));
        }
        (0..20).for_each(|_| ready.took(Duration::ZERO));
        assert!(ready.expected_time().is_some_and(|time| time < Duration::from_millis(1)));
    }

    #[test]
    fn one_build_serves_everybody_who_waits() {
        let deployments = Deployments::new(2).expect("threads");
        let (go, wait) = mpsc::channel::<()>();
        let (sender, results) = mpsc::channel();
        let mut first = Some(wait);
        for _ in 0..5 {
            let (sender, wait) = (sender.clone(), first.take());
            let build: Build = Box::new(move || {
                wait.expect("only the first is built").recv().expect("a sign");
                Ok(Arc::new(Nothing))
            });
            deployments.with("a", build, Box::new(move |result| sender.send(result.is_ok()).expect("a listener")));
        }
        assert!(results.try_recv().is_err());
        go.send(()).expect("it waits");
        assert_eq!(results.iter().take(5).collect::<Vec<_>>(), [true; 5]);
    }

    #[test]
    fn failures_and_panics_are_answered_and_tried_again_and_the_oldest_goes() {
        let deployments = Deployments::new(2).expect("threads");
        let ask = |id: &str, build: Build| {
            let (sender, result) = mpsc::channel();
            deployments.with(id, build, Box::new(move |ready| sender.send(ready.map(drop)).expect("a listener")));
            result.recv().expect("an answer")
        };
        assert_eq!(ask("a", Box::new(|| Err("no".into()))), Err("no".into()));
        assert_eq!(ask("a", Box::new(|| panic!("at once"))), Err("a fault of the server".into()));
        for id in ["a", "b", "c"] {
            assert_eq!(ask(id, Box::new(|| Ok(Arc::new(Nothing)))), Ok(()));
        }
        assert_eq!(deployments.count(), 2);
        assert_eq!(ask("c", Box::new(|| Err("not built again".into()))), Ok(()));
        assert_eq!(ask("a", Box::new(|| Err("it went".into()))), Err("it went".into()));
        deployments.forget("c");
        assert_eq!(ask("c", Box::new(|| Err("it went".into()))), Err("it went".into()));
    }
}
