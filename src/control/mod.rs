//! AWS's rules for functions and all that belongs to them, without HTTP and without SQL.
//!
//! [`Control`] has one method for each operation of the API, in one file for each resource. What comes in was checked against
//! the service model's bounds and patterns; what depends on the state, or on several members, is checked here and answered
//! in AWS's words. The state is in a [`Store`], asynchronous events in a [`Queue`], logs in a [`LogStore`], and functions run
//! through a [`Runtime`]: each a trait, so that a server of several machines brings its own.
//!
//! An invocation: `invoke.rs` reads the request, `routes.rs` knows which version it means, `admission.rs` whether it may run,
//! `deployments.rs` has the version ready, and the answer comes back on the thread of the guest.

mod account;
mod admission;
mod aliases;
mod asynchronous;
mod attempts;
mod code;
mod concurrency;
mod deployments;
mod error;
mod event_invoke;
mod event_sources;
mod filter;
mod functions;
mod hosted;
mod hosting;
mod invoke;
mod layers;
mod logs;
pub mod model;
mod name;
mod operations;
mod paging;
mod permissions;
mod policy;
mod provisioned;
mod records;
mod routes;
mod runtime;
mod settings;
mod signing;
mod tags;
mod tail;
mod test_events;
#[cfg(test)]
mod tests;
mod throttles;
mod time;
mod urls;
mod versions;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

pub use admission::machine_memory;
pub use asynchronous::{Outlet, Undelivered};
pub use attempts::{KeptAttempt, MAX_ATTEMPTS};
pub use code::{ObjectError, Objects};
pub use error::{ApiError, BodyShape, Exception, ThrottleReason};
pub use hosted::LocalRuntime;
pub use hosting::{Deployed, Done, InitFailed, InvocationPlan, Ran, Runtime};
pub use invoke::{Answer, Here, InvocationType, Invoke, Invoked, Source};
pub use operations::OPERATIONS;
pub use tail::{LogLine, LogPage};
pub use test_events::{MAX_TEST_EVENT_NAME, MAX_TEST_EVENTS, TestEvents};
pub use urls::UrlTarget;

use self::admission::Admission;
use self::attempts::SeenAttempts;
use self::deployments::Deployments;
use self::routes::Routes;
use self::throttles::Throttles;
use crate::function::{Account, RequestId};
use crate::queue::{Clock, Queue, SystemClock};
use crate::store::{LogStore, Store, StoreError, Tables};

/// How long the thread of the queue waits before it looks again whether the server is still there.
const QUEUE_PATIENCE: Duration = Duration::from_secs(1);

/// Whose request it is, and which.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Region and account: each pair has functions of its own.
    pub account: Account,
    /// The id of the request, which an invocation takes over.
    pub request_id: RequestId,
}

/// How a service behaves.
#[derive(Debug, Clone)]
pub struct ControlSettings {
    /// The server's address as its clients write it, for instance `http://127.0.0.1:9001`: in `Location` and function URLs.
    pub endpoint: String,
    /// Invocations of one account and region at the same time; AWS gives 1,000.
    pub concurrency: u64,
    /// Bytes that invocations may need together.
    pub memory_budget: u64,
    /// Versions that are kept ready.
    pub max_deployments: usize,
    /// Whether runtimes that AWS has retired are refused as AWS does.
    pub strict_runtimes: bool,
}

impl Default for ControlSettings {
    fn default() -> Self {
        Self {
            endpoint: "http://127.0.0.1:9001".into(),
            concurrency: 1000,
            memory_budget: machine_memory().map_or(4 << 30, |bytes| bytes / 4 * 3),
            max_deployments: 2000,
            strict_runtimes: false,
        }
    }
}

/// What a service is made of.
pub struct Parts {
    /// The state.
    pub store: Arc<dyn Store>,
    /// The logs.
    pub logs: Arc<dyn LogStore>,
    /// Asynchronous events.
    pub queue: Arc<dyn Queue>,
    /// What runs functions.
    pub runtime: Arc<dyn Runtime>,
    /// Where code in S3 comes from, if anywhere.
    pub objects: Option<Arc<dyn Objects>>,
    /// Where destinations are that are not functions, if anywhere.
    pub outlet: Option<Arc<dyn Outlet>>,
    /// What time it is for asynchronous events.
    pub clock: Arc<dyn Clock>,
}

impl Parts {
    /// The parts that every service needs, with the machine's clock and nothing outside.
    pub fn new(store: Arc<dyn Store>, logs: Arc<dyn LogStore>, queue: Arc<dyn Queue>, runtime: Arc<dyn Runtime>) -> Self {
        Self { store, logs, queue, runtime, objects: None, outlet: None, clock: Arc::new(SystemClock) }
    }
}

/// The Lambda service of one server. Cheap to clone; every method may be called from any thread.
#[derive(Clone)]
pub struct Control(Arc<Inner>);

struct Inner {
    settings: ControlSettings,
    parts: Parts,
    deployments: Deployments,
    routes: Routes,
    admission: Arc<Admission>,
    /// Signs the tokens of downloads, for the life of this process.
    secret: [u8; 32],
    counts: Counts,
    throttles: Throttles,
    attempts: SeenAttempts,
}

#[derive(Default)]
struct Counts {
    invocations: AtomicU64,
    function_errors: AtomicU64,
    throttles: AtomicU64,
    undelivered: AtomicU64,
}

/// What the server counts, for its metrics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ServiceMetrics {
    /// Invocations that were admitted since the start.
    pub invocations: u64,
    /// Those that ended in a function error.
    pub function_errors: u64,
    /// Those that were refused with 429.
    pub throttles: u64,
    /// Those that run now.
    pub running: u64,
    /// Asynchronous events that wait.
    pub queued: u64,
    /// Versions that are ready or become so.
    pub deployments: u64,
    /// Log bytes that the store would not take.
    pub log_bytes_dropped: u64,
    /// Records for destinations that could not be delivered.
    pub undelivered: u64,
}

impl Control {
    /// A service over these parts. What an earlier process left unfinished, functions that were not yet active, goes on.
    ///
    /// # Errors
    /// When the store cannot be read, or there are no threads.
    pub fn open(settings: ControlSettings, parts: Parts) -> Result<Self, ApiError> {
        let control = Self::without_threads(settings, parts)?;
        let weak = Arc::downgrade(&control.0);
        let spawned = std::thread::Builder::new().name("queue".into()).spawn(move || run_queue(&weak));
        spawned.map_err(|error| ApiError::service(format!("no thread for the queue: {error}")))?;
        Ok(control)
    }

    /// A service whose queue moves only when [`Control::run_due`] is called.
    ///
    /// # Errors
    /// As [`Control::open`].
    pub fn without_threads(settings: ControlSettings, parts: Parts) -> Result<Self, ApiError> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|error| ApiError::service(format!("no random numbers: {error}")))?;
        let admission = Arc::new(Admission::new(settings.concurrency, settings.memory_budget));
        let deployments = Deployments::new(settings.max_deployments.max(1));
        let deployments = deployments.map_err(|error| ApiError::service(format!("no threads: {error}")))?;
        let inner = Inner {
            settings,
            parts,
            deployments,
            routes: Routes::default(),
            admission,
            secret,
            counts: Counts::default(),
            throttles: Throttles::default(),
            attempts: SeenAttempts::default(),
        };
        let control = Self(Arc::new(inner));
        for (account, name, number) in control.read(|tables| Ok(tables.pending_versions()?))? {
            control.deploy(&account, &name, number);
        }
        Ok(control)
    }

    /// What was counted until now.
    pub fn metrics(&self) -> ServiceMetrics {
        let counts = &self.0.counts;
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        ServiceMetrics {
            invocations: count(&counts.invocations),
            function_errors: count(&counts.function_errors),
            throttles: count(&counts.throttles),
            running: self.0.admission.running(),
            queued: self.0.parts.queue.len() as u64,
            deployments: self.0.deployments.count() as u64,
            log_bytes_dropped: self.0.parts.logs.dropped(),
            undelivered: count(&counts.undelivered),
        }
    }

    /// Admits nothing more and waits until what runs has ended, `patience` at the longest; whether all of it did. Queued
    /// events stay queued.
    pub fn stop(&self, patience: Duration) -> bool {
        self.0.admission.close();
        self.0.parts.queue.wake();
        let until = Instant::now() + patience;
        while self.0.admission.running() > 0 {
            if Instant::now() >= until {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        true
    }

    /// Lets go of the service and waits until everything that works for it has done so too, as the threads that make versions
    /// ready do: then its store is free for another service. Whether that was so within `patience`; another clone of this
    /// handle never lets go.
    pub fn close(self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        while Arc::strong_count(&self.0) > 1 {
            if Instant::now() >= until {
                return false;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        true
    }

    /// Runs `work` on one consistent state of the store.
    fn read<R>(&self, mut work: impl FnMut(&dyn Tables) -> Result<R, ApiError>) -> Result<R, ApiError> {
        let mut result = None;
        let done = self.0.parts.store.read(&mut |tables| keep(&mut result, work(tables)));
        outcome(done, result)
    }

    /// Runs `work` in a transaction: all of it is kept, or nothing of it where it fails.
    fn write<R>(&self, mut work: impl FnMut(&dyn Tables) -> Result<R, ApiError>) -> Result<R, ApiError> {
        let mut result = None;
        let done = self.0.parts.store.write(&mut |tables| keep(&mut result, work(tables)));
        outcome(done, result)
    }

    /// As [`Control::write`], for what decides how a function is invoked: the next invocation looks it up again.
    fn write_function<R>(
        &self,
        account: &Account,
        name: &str,
        work: impl FnMut(&dyn Tables) -> Result<R, ApiError>,
    ) -> Result<R, ApiError> {
        let result = self.write(work);
        self.0.routes.forget(account, name);
        result
    }
}

fn keep<R>(kept: &mut Option<Result<R, ApiError>>, result: Result<R, ApiError>) -> Result<(), StoreError> {
    let failed = result.is_err();
    *kept = Some(result);
    if failed { Err(StoreError::GivenUp) } else { Ok(()) }
}

fn outcome<R>(done: Result<(), StoreError>, result: Option<Result<R, ApiError>>) -> Result<R, ApiError> {
    match done {
        Ok(()) | Err(StoreError::GivenUp) => result.unwrap_or_else(|| Err(ApiError::service("the store did nothing"))),
        Err(error) => Err(error.into()),
    }
}

/// What the queue's thread does until the service is gone.
fn run_queue(service: &Weak<Inner>) {
    loop {
        let Some(inner) = service.upgrade() else { return };
        let control = Control(inner);
        control.run_due();
        let (queue, clock) = (Arc::clone(&control.0.parts.queue), Arc::clone(&control.0.parts.clock));
        drop(control); // so that a service that nobody has any more ends
        queue.wait(clock.now(), QUEUE_PATIENCE);
    }
}
