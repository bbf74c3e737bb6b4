//! Driving a measurement: what is measured, and the threads that do it. How often, and what the numbers say, is `bench`'s.

use std::collections::{BTreeSet, HashSet};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use super::{CpuModel, DeployError, DeployRequest, Deployment, FunctionSettings, Init, Options, Runner, machine};
use crate::bench::{
    Batch, BenchDocument, BenchEnvironment, BenchMode, FORMAT, Measure, Measured, PROFILE_MODULE, Plan, Price, Profile, ProfileError,
    Progress, Sample, Series, SeriesKey, StopRequest, events_digest, measure, profile_source, result_digest,
};
use crate::function::{Invocation, MemorySize, Outcome, RequestId, Timeout, Usage};
use crate::sandbox::{
    Function, FunctionSpec, Interpreter, InterpreterFiles, Sandbox, SandboxError, SlotOptions, StartError, WASMTIME_VERSION, guest_thread,
};

/// What is measured: every package in every memory size, mode and concurrency.
#[derive(Debug, Clone)]
pub struct MeasureRequest<'a> {
    /// Packages with the names of their series.
    pub packages: &'a [(String, DeployRequest)],
    /// The memory sizes to compare, in any order.
    pub memory_sizes: Vec<MemorySize>,
    /// Which parts of a function's life are measured.
    pub modes: Vec<BenchMode>,
    /// Calls at the same time; each number gives a series of its own.
    pub concurrency: Vec<NonZeroUsize>,
    /// The events, which take turns. Not empty.
    pub invocations: &'a [Invocation],
    /// What was typed, for the document.
    pub arguments: Vec<String>,
    /// Ends it early; by default nothing does.
    pub stop: StopRequest,
}

/// Why nothing could be measured, or not to the end.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// A function could not be deployed.
    #[error(transparent)]
    Deploy(#[from] DeployError),
    /// A call did not return a result.
    #[error("{what}: only calls that return a result are measured, this one ended with {error}\nhint: `wasmlam run` shows its log")]
    Call {
        /// The series.
        what: String,
        /// How the call ended.
        outcome: Box<Outcome>,
        /// Its error document.
        error: String,
    },
    /// Every series was left out.
    #[error("nothing is left to measure")]
    Nothing,
    /// It was to end before there was a first result.
    #[error("the measurement was stopped before there was a result")]
    Stopped,
    /// The profiler's answer cannot be read.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// A fault of the host.
    #[error(transparent)]
    Host(#[from] SandboxError),
    /// A thread or a folder could not be made.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Each value once, in the order of its first appearance.
fn unique<T: Copy + Eq + std::hash::Hash>(values: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
    let mut seen = HashSet::new();
    values.filter(move |value| seen.insert(*value))
}

/// Reads every package, with the name of its series: its own, or its path where two have the same. A package that is named
/// again is a series of its own, which shows how far two measurements of the same differ.
///
/// # Errors
/// When a package cannot be loaded.
pub fn requests(settings: &FunctionSettings, paths: &[PathBuf]) -> Result<Vec<(String, DeployRequest)>, DeployError> {
    let requests: Vec<DeployRequest> = paths.iter().map(|path| settings.request(path)).collect::<Result<_, _>>()?;
    let names = || paths.iter().zip(&requests).filter(|(path, _)| paths.iter().filter(|other| other == path).count() == 1);
    let are_unique = unique(names().map(|(_, request)| request.package.name.as_str())).count() == names().count();
    let name = |i: usize, request: &DeployRequest| {
        let name = if are_unique { request.package.name.clone() } else { paths[i].display().to_string() };
        match paths[..i].iter().filter(|path| **path == paths[i]).count() {
            0 => name,
            1 => format!("{name} (again)"),
            times => format!("{name} (again, {times})"),
        }
    };
    let names: Vec<String> = requests.iter().enumerate().map(|(i, request)| name(i, request)).collect();
    Ok(names.into_iter().zip(requests).collect())
}

/// Series that are ready to be measured: every function is deployed, and has answered every event once.
pub struct Measurement<'a> {
    invocations: &'a [Invocation],
    tasks: Vec<SeriesTask>,
    environment: BenchEnvironment,
    stop: StopRequest,
}

impl<'a> Measurement<'a> {
    /// Deploys every package in every way that is asked for and calls it with every event. Series that cannot be measured
    /// are left out with a note to the runner's observer. Must run on a guest thread.
    ///
    /// # Errors
    /// When a function cannot be deployed, a call does not return a result, nothing is left to measure, or the request's stop is
    /// due.
    pub fn prepare(runner: &Runner, request: &MeasureRequest<'a>) -> Result<Self, MeasureError> {
        let invocations = request.invocations;
        let mut tasks = Vec::new();
        let memory_sizes: BTreeSet<MemorySize> = request.memory_sizes.iter().copied().collect();
        for (name, of_package) in request.packages {
            for &size in &memory_sizes {
                for mode in unique(request.modes.iter().copied()) {
                    if request.stop.is_due() {
                        return Err(MeasureError::Stopped);
                    }
                    let mut of_size = of_package.clone();
                    of_size.config.memory_size = size;
                    let key = SeriesKey { package: name.clone(), mode, memory_size_mb: size.mb(), concurrency: 1 };
                    let candidate = Candidate { key, request: of_size };
                    let Some((subject, counted)) = candidate.prepare(runner, invocations, memory_sizes.len() > 1)? else {
                        continue;
                    };
                    let (key, subject) = (candidate.key, Arc::new(subject));
                    tasks.extend(unique(request.concurrency.iter().copied()).map(|concurrency| SeriesTask {
                        key: SeriesKey { concurrency: concurrency.get(), ..key.clone() },
                        subject: Arc::clone(&subject),
                        counted: counted.clone(),
                    }));
                }
            }
        }
        let Some((_, first)) = request.packages.first().filter(|_| !tasks.is_empty()) else { return Err(MeasureError::Nothing) };
        let environment = environment(runner, first, request)?;
        Ok(Self { invocations, tasks, environment, stop: request.stop.clone() })
    }

    /// Measures all series in turns. `progress` is called after each turn, with the series that had it. When the request's stop is due,
    /// the runs that are under way come to their end, and what was measured until then is the document. Must run on a guest
    /// thread.
    ///
    /// # Errors
    /// When a call does not return a result, nothing was measured, or the host is at fault.
    pub fn run(
        self,
        plan: &Plan,
        price: Option<&Price>,
        mut progress: impl FnMut(&SeriesKey, Progress<'_>),
    ) -> Result<BenchDocument, MeasureError> {
        let Self { invocations, tasks, mut environment, stop } = self;
        environment.prices = price.cloned();
        let watch = machine::Watch::start();
        let (runs, control) = with_crew(&tasks, (invocations, &stop), |crew| {
            measure(crew, tasks.len(), plan, &stop, |now| progress(&tasks[now.series].key, now))
        })?;
        environment.doubts = watch.stop(control).doubts().iter().map(ToString::to_string).collect();
        if stop.is_asked() {
            environment.doubts.insert(0, "stopped before its end: there are fewer runs than were asked for".into());
        }
        let series = tasks.iter().zip(&runs).filter(|(_, run)| !run.samples.is_empty()).map(|(task, run)| {
            let counted = task.counted.as_ref();
            let mut series = Series::new(task.key.clone(), run, counted.map(|counted| counted.fuel), price);
            if let Some(counted) = counted {
                series.results.clone_from(&counted.results);
                series.events.iter_mut().for_each(|numbers| numbers.fuel = counted.fuels.get(numbers.event - 1).copied());
            }
            series
        });
        let series: Vec<Series> = series.collect();
        if series.is_empty() {
            return Err(MeasureError::Stopped);
        }
        Ok(BenchDocument { environment, series })
    }
}

/// A function in one mode and memory size, before it is known whether it runs there.
struct Candidate {
    key: SeriesKey,
    request: DeployRequest,
}

impl Candidate {
    /// What to measure and its fuel. `None`, with a word to the user, where the function cannot run in this mode, or
    /// where a memory size of several is too small for it.
    fn prepare(
        &self,
        runner: &Runner,
        invocations: &[Invocation],
        one_of_many: bool,
    ) -> Result<Option<(Subject, Option<Counted>)>, MeasureError> {
        let what = self.key.to_string();
        let subject = match self.key.mode {
            BenchMode::Publish => {
                let prepared = runner.prepare(&self.request)?;
                let (interpreter, spec) = prepared.parts();
                Subject::Publish { interpreter: Arc::clone(interpreter), spec: Arc::clone(spec) }
            }
            BenchMode::Cold => {
                let prepared = runner.prepare(&self.request)?;
                let (interpreter, spec) = prepared.parts();
                let files = runner.home().interpreter(self.request.config.runtime.as_str());
                Subject::Cold { interpreter: Arc::clone(interpreter), spec: Arc::clone(spec), files }
            }
            BenchMode::Each | BenchMode::Snapshot | BenchMode::Reuse => {
                let deployment = self.deploy(runner, self.request.clone())?;
                // Which says that there is no image; a series must be what its name says.
                if self.key.mode == BenchMode::Snapshot && deployment.warning().is_some() && deployment.image_bytes() == 0 {
                    runner.note(&format!("{what} is left out: see the warning"));
                    return Ok(None);
                }
                Subject::Calls(deployment)
            }
        };
        // Every event once, before anything is measured: an event that fails should not take minutes to be found.
        let mut sampler = subject.sampler(invocations);
        for _ in invocations {
            match sampler(true) {
                Ok(_) => {}
                Err(FailedRun::Outcome(outcome @ (Outcome::OutOfMemory(_) | Outcome::TimedOut(_)), _)) if one_of_many => {
                    runner.note(&format!("{what} is left out: it ended as {}", outcome.status()));
                    return Ok(None);
                }
                Err(failed) => return Err(failed.of(&what)),
            }
        }
        drop(sampler);
        let counted = match &subject {
            Subject::Calls(_) => self.count(runner, invocations)?,
            Subject::Publish { .. } | Subject::Cold { .. } => None,
        };
        Ok(Some((subject, counted)))
    }

    fn deploy(&self, runner: &Runner, mut request: DeployRequest) -> Result<Deployment, DeployError> {
        let init = if self.key.mode == BenchMode::Each { Init::Each } else { Init::Snapshot };
        request.options = Options { init, reuse: self.key.mode == BenchMode::Reuse, ..request.options };
        let deployment = runner.deploy(request)?;
        deployment.take_init(); // no call that is measured waited for it
        Ok(deployment)
    }

    /// Operators of one call, the mean over the events, and the results: in a sandbox of its own, or in one that has seen
    /// every event before. `None` where a call does not return when time is counted.
    fn count(&self, runner: &Runner, invocations: &[Invocation]) -> Result<Option<Counted>, MeasureError> {
        // Counted time passes faster than real time where the machine is fast; it must not end the call.
        let mut request = self.request.counting();
        request.config.timeout = Timeout::MAX;
        let mut worker = self.deploy(runner, request)?.worker();
        let passes = if self.key.mode == BenchMode::Reuse { 2 } else { 1 };
        let (mut fuels, mut results) = (Vec::new(), Vec::new());
        for _ in 0..passes {
            (fuels, results) = (Vec::new(), Vec::new());
            for invocation in invocations {
                let mut invocation = invocation.clone();
                invocation.fix_ids();
                let completion = worker.invoke(&invocation)?;
                let (Outcome::Returned(result), Some(fuel)) = (&completion.outcome, completion.usage.fuel) else {
                    runner.note(&format!("{} has no fuel: with counted time a call ended as {}", self.key, completion.outcome.status()));
                    return Ok(None);
                };
                fuels.push(fuel);
                results.push(result_digest(result));
            }
        }
        Ok(Some(Counted { fuel: fuels.iter().sum::<u64>() / invocations.len() as u64, fuels, results }))
    }
}

/// Profiles one call of a function, with its fuel beside that of the same call without the profiler. Must run on a guest
/// thread.
///
/// # Errors
/// When the function cannot be deployed or the call does not return a result.
pub fn profile(runner: &Runner, name: &str, request: &DeployRequest, invocation: &Invocation) -> Result<Profile, MeasureError> {
    let mut invocation = invocation.clone();
    invocation.fix_ids();
    let call = |request: &DeployRequest| {
        let mut request = DeployRequest { options: Options::default(), ..request.counting() };
        request.config.timeout = Timeout::MAX;
        let completion = runner.deploy(request)?.worker().invoke(&invocation)?;
        match (completion.outcome, completion.usage.fuel) {
            (Outcome::Returned(result), Some(fuel)) => Ok((result, fuel)),
            (outcome, _) => Err(failed(outcome).of(&format!("the profile of {name}"))),
        }
    };
    let (_, fuel) = call(request)?;
    let wrapper = profile_source(request.config.handler.as_str());
    let handler = format!("{PROFILE_MODULE}.handler").parse();
    let handler = handler.map_err(|error: crate::function::NameError| SandboxError::Host(error.to_string()))?;
    let (result, profiled_fuel) = call(&request.wrapped(PROFILE_MODULE, wrapper, handler))?;
    Ok(Profile::read(&result, fuel, profiled_fuel)?)
}

fn environment(runner: &Runner, first: &DeployRequest, request: &MeasureRequest<'_>) -> Result<BenchEnvironment, MeasureError> {
    let prepared = runner.prepare(first)?;
    let (interpreter, _) = prepared.parts();
    Ok(BenchEnvironment {
        format: FORMAT,
        date: machine::date(),
        wasmlam: env!("CARGO_PKG_VERSION").into(),
        wasmtime: WASMTIME_VERSION.into(),
        python: interpreter.runtime().python_version.clone(),
        module_sha256: interpreter.module_digest().into(),
        cpu: machine::cpu(),
        cores: machine::cores(),
        kernel: machine::kernel(),
        cpu_model: if first.cpu == CpuModel::Lambda { "lambda" } else { "full" }.into(),
        arguments: request.arguments.clone(),
        events: request.invocations.len(),
        event_bytes: request.invocations.iter().map(|invocation| invocation.event.len() as u64).sum(),
        events_sha256: Some(events_digest(request.invocations.iter().map(|invocation| &*invocation.event))),
        prices: None,
        doubts: Vec::new(),
    })
}

/// A function as one mode runs it.
enum Subject {
    /// The init of each run, or none, is the invoker's choice.
    Calls(Deployment),
    /// The init and its image, without a call.
    Publish { interpreter: Arc<Interpreter>, spec: Arc<FunctionSpec> },
    /// Everything from the compiled module on.
    Cold { interpreter: Arc<Interpreter>, spec: Arc<FunctionSpec>, files: InterpreterFiles },
}

/// One series and what it runs.
struct SeriesTask {
    key: SeriesKey,
    subject: Arc<Subject>,
    counted: Option<Counted>,
}

/// What is the same in every run, where time is counted and entropy comes from a seed.
#[derive(Debug, Clone)]
struct Counted {
    /// Operators of one call, the mean over the events.
    fuel: u64,
    /// Operators of the call with each event.
    fuels: Vec<u64>,
    /// A digest of each event's result.
    results: Vec<String>,
}

/// Makes one run after the other, on one thread.
type Sampler<'a> = Box<dyn FnMut(Counts) -> Result<Sample, FailedRun> + 'a>;

/// Whether a run counts. One that does not leaves its event to the next one, so that each event has as many that do.
type Counts = bool;

/// Why a run gave no sample.
#[derive(Debug)]
enum FailedRun {
    /// The function did not return a result; its error document.
    Outcome(Outcome, String),
    /// A fault of the host.
    Host(SandboxError),
}

impl From<SandboxError> for FailedRun {
    fn from(error: SandboxError) -> Self {
        Self::Host(error)
    }
}

impl From<StartError> for FailedRun {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Init(failed_init) => failed(failed_init.outcome),
            StartError::Host(error) => error.into(),
        }
    }
}

impl From<std::io::Error> for FailedRun {
    fn from(error: std::io::Error) -> Self {
        Self::Host(error.into())
    }
}

impl FailedRun {
    /// The error of the measurement; `what` names the series.
    fn of(self, what: &str) -> MeasureError {
        match self {
            Self::Outcome(outcome, error) => MeasureError::Call { what: what.to_owned(), outcome: Box::new(outcome), error },
            Self::Host(error) => MeasureError::Host(error),
        }
    }
}

impl Subject {
    /// A sampler that goes through these events in turn.
    fn sampler(&self, invocations: &[Invocation]) -> Sampler<'_> {
        let mut invocations = invocations.to_vec();
        let mut next = 0;
        let mut invocation = move |counts: Counts| {
            let event = next % invocations.len();
            let invocation = &mut invocations[event];
            next += usize::from(counts);
            invocation.request_id = RequestId::mint(); // one of its own, as handlers rely on
            (event, invocation.clone())
        };
        match self {
            Self::Calls(deployment) => {
                let mut worker = deployment.worker();
                Box::new(move |counts| {
                    let (event, invocation) = invocation(counts);
                    let started = Instant::now();
                    let completion = worker.invoke(&invocation)?;
                    let whole = started.elapsed();
                    check(&completion.outcome)?;
                    Ok(Sample { event, ..sample(whole, &completion.usage) })
                })
            }
            Self::Publish { interpreter, spec } => Box::new(move |_| {
                let started = Instant::now();
                let function = Function::publish(interpreter, Arc::clone(spec))?;
                let whole = started.elapsed();
                let init = function.init.as_ref();
                let peak_memory_bytes = init.map_or(0, |init| init.max_memory_bytes);
                Ok(Sample { whole, init: init.map(|init| init.duration), peak_memory_bytes, ..Sample::default() })
            }),
            Self::Cold { interpreter, spec, files } => Box::new(move |counts| {
                // Compiled code and nothing else is kept.
                let folder = tempfile::tempdir()?;
                let files = InterpreterFiles { images: folder.path().to_owned(), ..files.clone() };
                let (event, invocation) = invocation(counts);
                let started = Instant::now();
                let interpreter = Interpreter::open(&files, interpreter.variant(), Box::new(|_| Box::new(|| {})))?;
                interpreter.prepare()?;
                let booted = started.elapsed();
                let (mut sandbox, init) = Sandbox::init(&interpreter, spec, SlotOptions::default())?;
                let call = sandbox.call(&invocation)?;
                let reset = sandbox.finish();
                let whole = started.elapsed();
                check(&call.outcome)?;
                let usage = Usage { init_duration: Some(init.duration), restore_duration: Some(booted), reset: Some(reset), ..call.usage };
                Ok(Sample { event, ..sample(whole, &usage) })
            }),
        }
    }
}

fn sample(whole: Duration, usage: &Usage) -> Sample {
    Sample {
        whole,
        init: usage.init_duration,
        restore: usage.restore_duration,
        handler: Some(usage.duration),
        reset: usage.reset.and_then(|reset| reset.duration),
        peak_memory_bytes: usage.max_memory_bytes,
        pages_written: usage.reset.and_then(|reset| reset.pages_written),
        event: 0,
    }
}

fn check(outcome: &Outcome) -> Result<(), FailedRun> {
    if matches!(outcome, Outcome::Returned(_)) { Ok(()) } else { Err(failed(outcome.clone())) }
}

/// A call that gave no result.
fn failed(outcome: Outcome) -> FailedRun {
    let error = outcome.error(&RequestId::fixed()).map_or_else(String::new, |error| error.json().to_owned());
    FailedRun::Outcome(outcome, error)
}

/// The threads; each keeps the sandboxes of every series that it has run, so that a turn finds what the last one left.
struct Crew<'a> {
    tasks: &'a [SeriesTask],
    orders: Vec<Sender<(usize, Batch)>>,
    results: Receiver<Result<Measured, MeasureError>>,
}

/// Runs `work` with as many threads as the series with the most calls at the same time needs.
fn with_crew<R>(
    tasks: &[SeriesTask],
    (invocations, stop): (&[Invocation], &StopRequest),
    work: impl FnOnce(&mut Crew<'_>) -> Result<R, MeasureError>,
) -> Result<R, MeasureError> {
    let threads = tasks.iter().map(|task| task.key.concurrency).max().unwrap_or(1);
    std::thread::scope(|scope| {
        let (done, results) = channel();
        let mut orders = Vec::new();
        for _ in 0..threads {
            let (order, ordered) = channel::<(usize, Batch)>();
            let done = done.clone();
            guest_thread(scope, move || {
                let mut samplers: Vec<Option<Sampler<'_>>> = tasks.iter().map(|_| None).collect();
                while let Ok((series, batch)) = ordered.recv() {
                    let sampler = samplers[series].get_or_insert_with(|| tasks[series].subject.sampler(invocations));
                    let measured = turn(sampler, batch, stop).map_err(|failed| failed.of(&tasks[series].key.to_string()));
                    if done.send(measured).is_err() {
                        return;
                    }
                }
            })?;
            orders.push(order);
        }
        work(&mut Crew { tasks, orders, results })
    })
}

fn turn(sampler: &mut Sampler<'_>, batch: Batch, stop: &StopRequest) -> Result<Measured, FailedRun> {
    let goes_on = || !stop.is_due();
    for _ in 0..batch.uncounted {
        sampler(false)?;
    }
    let mut samples = Vec::new();
    let (waited, started) = (machine::waited(), Instant::now());
    while goes_on() && samples.len() < batch.at_most && (samples.len() < batch.at_least || started.elapsed() < batch.time) {
        samples.push(sampler(true)?);
    }
    Ok(Measured { samples, elapsed: started.elapsed(), waited: machine::waited().saturating_sub(waited) })
}

impl Measure for Crew<'_> {
    type Error = MeasureError;

    fn batch(&mut self, series: usize, batch: Batch) -> Result<Measured, MeasureError> {
        let threads = self.tasks[series].key.concurrency;
        let share = |runs: usize| runs.div_ceil(threads);
        let batch = Batch { at_least: share(batch.at_least), at_most: share(batch.at_most), ..batch };
        let gone = || MeasureError::Io(std::io::Error::other("a thread of the benchmark ended early"));
        for order in &self.orders[..threads] {
            order.send((series, batch)).map_err(|_| gone())?;
        }
        let mut all = Measured::default();
        for _ in 0..threads {
            let measured = self.results.recv().map_err(|_| gone())??;
            all.samples.extend(measured.samples);
            all.elapsed = all.elapsed.max(measured.elapsed);
            // Of threads that wait side by side, the mean.
            all.waited += measured.waited / u32::try_from(threads).unwrap_or(u32::MAX);
        }
        Ok(all)
    }
}
