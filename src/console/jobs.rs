//! Profiles and memory sweeps: one at a time, since two at once would measure each other; their results are kept for a while.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::bench::{BenchDocument, BenchMode, Plan, Price, Profile, StopRequest};
use crate::function::{Fuel, Invocation, MemorySize, Outcome, Timeout};
use crate::runner::{CpuModel, DeployRequest, MeasureError, MeasureRequest, Measurement, Runner, profile};

/// Results that are kept, of all functions together; the oldest go.
const MAX_KEPT: usize = 40;
/// The longest that a sweep goes on; what it has by then is shown.
const MAX_SWEEP: Duration = Duration::from_secs(120);
/// The longest that one call of a sweep may take, in seconds, whatever the function's timeout is.
const MAX_CALL: u64 = 30;
/// How long each memory size is measured, if its calls are short.
const EACH: Duration = Duration::from_secs(1);
/// Operators that a profiled call may take: about half a minute of computing.
const MAX_OPERATORS: u64 = 20_000_000_000;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JobKind {
    Profile,
    Sweep,
}

/// A measurement before it begins.
pub(super) struct Wanted {
    pub(super) function: String,
    /// The function's revision, to say later that a result is of an earlier one.
    pub(super) revision: String,
    /// What the event is called.
    pub(super) event: String,
    pub(super) invocation: Invocation,
    pub(super) request: DeployRequest,
    /// Of a sweep.
    pub(super) sizes: Vec<MemorySize>,
}

/// What came of it.
#[derive(Clone)]
pub(super) enum Found {
    Profile(Arc<Profile>),
    /// With the sizes that were asked for, and whether its time was over before it was done.
    Sweep {
        document: Arc<BenchDocument>,
        sizes: Vec<u32>,
        is_cut: bool,
    },
    /// The function did not return a result; its error document.
    Failed(String),
    /// Somebody stopped it.
    Stopped,
    /// A sentence about why there is no result.
    Impossible(String),
}

/// A measurement that has ended.
#[derive(Clone)]
pub(super) struct Result {
    pub(super) function: String,
    pub(super) kind: JobKind,
    pub(super) revision: String,
    pub(super) event: String,
    pub(super) found: Found,
}

/// The one that runs.
#[derive(Clone)]
pub(super) struct Running {
    pub(super) function: String,
    pub(super) kind: JobKind,
    pub(super) event: String,
    /// From 0 to 1; an estimate.
    pub(super) done: f64,
    /// What it is at.
    pub(super) at: String,
    stop: StopRequest,
    /// Tells it from those before and after.
    id: u64,
}

#[derive(Default)]
pub(super) struct Jobs(Mutex<State>);

#[derive(Default)]
struct State {
    running: Option<Running>,
    results: VecDeque<Result>,
    started: u64,
}

impl Jobs {
    fn locked(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The one that runs, whatever function it is of.
    pub(super) fn running(&self) -> Option<Running> {
        self.locked().running.clone()
    }

    /// The last result of a function of each kind.
    pub(super) fn results(&self, function: &str) -> Vec<Result> {
        let state = self.locked();
        let of = |kind| state.results.iter().rev().find(|result| result.function == function && result.kind == kind).cloned();
        [JobKind::Profile, JobKind::Sweep].into_iter().filter_map(of).collect()
    }

    /// Ends the one that runs after its call under way, if it is this function's.
    pub(super) fn stop(&self, function: &str) {
        if let Some(running) = self.locked().running.as_ref().filter(|running| running.function == function) {
            running.stop.ask();
        }
    }

    /// Begins a measurement on a guest thread and returns at once.
    ///
    /// # Errors
    /// The function that is being measured already, or a sentence about why nothing can run.
    pub(super) fn start(self: &Arc<Self>, runner: &Runner, kind: JobKind, wanted: Wanted) -> std::result::Result<(), Refused> {
        let stop = StopRequest::at(Instant::now() + MAX_SWEEP);
        let id = {
            let mut state = self.locked();
            if let Some(running) = &state.running {
                return Err(Refused::Busy(running.function.clone()));
            }
            state.started += 1;
            let id = state.started;
            let at = "Getting ready".to_owned();
            let (function, event) = (wanted.function.clone(), wanted.event.clone());
            state.running = Some(Running { function, kind, event, done: 0.0, at, stop: stop.clone(), id });
            id
        };
        // However the job ends, its place is free again.
        let place = Place { jobs: Arc::clone(self), id, result: None };
        let (pool, runner) = (Arc::clone(runner.pool()), runner.clone());
        let job = move || {
            let mut place = place;
            let found = match kind {
                JobKind::Profile => place.profile(&runner, &wanted, &stop),
                JobKind::Sweep => place.sweep(&runner, &wanted, &stop),
            };
            let Wanted { function, revision, event, .. } = wanted;
            place.result = Some(Result { function, kind, revision, event, found });
        };
        pool.start(job).map_err(|error| Refused::Impossible(format!("there is no thread for it: {error}")))
    }

    fn update(&self, id: u64, done: f64, at: String) {
        if let Some(running) = self.locked().running.as_mut().filter(|running| running.id == id) {
            (running.done, running.at) = (done.clamp(0.0, 1.0), at);
        }
    }
}

/// Why a measurement did not begin.
pub(super) enum Refused {
    /// The function that is being measured.
    Busy(String),
    /// A sentence.
    Impossible(String),
}

/// The place of the measurement that runs.
struct Place {
    jobs: Arc<Jobs>,
    id: u64,
    result: Option<Result>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.jobs.locked();
        let Some(running) = state.running.take_if(|running| running.id == self.id) else { return };
        let broken = || Result {
            function: running.function,
            kind: running.kind,
            revision: String::new(),
            event: running.event,
            found: Found::Impossible("It broke off: a fault of the server, whose own log may say more.".into()),
        };
        let result = self.result.take().unwrap_or_else(broken);
        state.results.retain(|old| old.function != result.function || old.kind != result.kind);
        state.results.push_back(result);
        if state.results.len() > MAX_KEPT {
            state.results.pop_front();
        }
    }
}

impl Place {
    fn profile(&self, runner: &Runner, wanted: &Wanted, stop: &StopRequest) -> Found {
        self.jobs.update(self.id, 0.1, "Counting operators".into());
        let mut request = wanted.request.clone();
        request.config.fuel = Fuel::new(MAX_OPERATORS).ok();
        match profile(runner, &wanted.function, &request, &wanted.invocation) {
            Ok(_) if stop.is_asked() => Found::Stopped,
            Ok(profile) => Found::Profile(Arc::new(profile)),
            Err(error) => failed(&error, stop),
        }
    }

    fn sweep(&self, runner: &Runner, wanted: &Wanted, stop: &StopRequest) -> Found {
        let mut request = wanted.request.clone();
        request.cpu = CpuModel::Lambda;
        // A sweep leaves no images of functions that nobody deployed.
        request.keep_image = false;
        if request.config.timeout.duration() > Duration::from_secs(MAX_CALL)
            && let Ok(timeout) = Timeout::new(Duration::from_secs(MAX_CALL))
        {
            request.config.timeout = timeout;
        }
        let packages = [(wanted.function.clone(), request)];
        let invocations = [wanted.invocation.clone()];
        let request = MeasureRequest {
            packages: &packages,
            memory_sizes: wanted.sizes.clone(),
            modes: vec![BenchMode::Snapshot],
            concurrency: vec![std::num::NonZeroUsize::MIN],
            invocations: &invocations,
            arguments: Vec::new(),
            stop: stop.clone(),
        };
        let plan = Plan { warmup: 1, runs: None, min_time: EACH };
        let price = Price::read(Price::DEFAULT).ok();
        let measured = Measurement::prepare(runner, &request).and_then(|measurement| {
            measurement.run(&plan, price.as_ref(), |key, now| {
                self.jobs.update(self.id, now.done, format!("Measuring {} MB", key.memory_size_mb));
            })
        });
        match measured {
            Ok(_) if stop.is_asked() => Found::Stopped,
            Ok(document) => Found::Sweep {
                document: Arc::new(document),
                sizes: wanted.sizes.iter().map(|size| size.mb()).collect(),
                is_cut: stop.is_due(),
            },
            Err(error) => failed(&error, stop),
        }
    }
}

fn failed(error: &MeasureError, stop: &StopRequest) -> Found {
    match error {
        MeasureError::Stopped if stop.is_asked() => Found::Stopped,
        MeasureError::Stopped => {
            Found::Impossible(format!("No call ended within {} seconds, so there is nothing to show.", MAX_SWEEP.as_secs()))
        }
        MeasureError::Call { outcome, .. } if matches!(**outcome, Outcome::OutOfFuel(_)) => Found::Impossible(format!(
            "The call takes more than {MAX_OPERATORS} operators, which is the bound of a profile. Give it a smaller event."
        )),
        MeasureError::Call { error, .. } => Found::Failed(error.clone()),
        MeasureError::Nothing => Found::Impossible("The function ran out of memory or time in every size that was asked for.".into()),
        MeasureError::Deploy(_) | MeasureError::Profile(_) | MeasureError::Host(_) | MeasureError::Io(_) => {
            Found::Impossible(error.to_string())
        }
    }
}
