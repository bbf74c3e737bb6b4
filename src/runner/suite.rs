//! Running a suite: the cases of every package in turn, each judged, results in order.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::deployment::Held;
use super::form::Form;
use super::traffic::{open_recording, replay};
use super::{DeployError, DeployRequest, Deployment, FunctionSettings, Runner, in_order};
use crate::function::{Completion, Environment, Fuel, Invocation, MemorySize, Mode, Outcome, Qualifier, Timeout};
use crate::judge::{
    Case, Checker, Evidence, Filter, JudgeBounds, Judgement, Record, Reference, Suite, SuiteError, Summary, Update, Verdict, check_event,
    judge, update,
};
use crate::network::recording::Recording;

/// Functions that are kept deployed at the same time: one of each package, of each memory size and of each environment.
const MAX_DEPLOYED: usize = 16;
/// Bytes of the images of all functions that are deployed, those that cases on their way to a worker hold included. One more
/// waits until some are done, unless it would be the only one.
const MAX_DEPLOYED_BYTES: u64 = 1 << 30;
/// How long to wait before looking again whether they are.
const LOOK_AGAIN: Duration = Duration::from_millis(1);
/// Bytes of a result that is large: one of 6 MB can take more than 100 MB while it is compared as JSON.
const LARGE_RESULT: usize = 1 << 20;
/// Where large results are judged: two at a time, so that memory does not grow with the number of jobs.
static LARGE_PLACES: Places = Places { free: Mutex::new(2), changed: Condvar::new() };

/// Places for work that takes much memory.
struct Places {
    free: Mutex<usize>,
    changed: Condvar,
}

/// A place that somebody has until this is dropped.
struct Place<'a>(&'a Places);

impl Places {
    /// Waits for a place.
    fn take(&self) -> Place<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.changed.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Place(self)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.changed.notify_one();
    }
}

/// The least CPU time that a multiple of a reference's gives: less is noise.
const LEAST_CPU_TIME: Duration = Duration::from_millis(50);
const AFTER_FAILURE: &str = "after a case that was not accepted";
const BY_TAG: &str = "by its tag `skip`";
/// Bytes of a log that a report can show, from its end.
const SHOWN_LOG: usize = 4096;
/// Bytes of an event that a report can show.
const SHOWN_EVENT: usize = 4096;

/// How a suite is run.
#[derive(Debug, Clone)]
pub struct SuiteOptions {
    /// Which cases are run; `None` for all.
    pub filter: Option<Filter>,
    /// Cases that run at the same time.
    pub jobs: NonZeroUsize,
    /// Whether to skip what comes after the first case that is not accepted.
    pub fail_fast: bool,
    /// How often each case is run.
    pub repeat: u32,
    /// Whether evidence of hidden cases is in their records.
    pub show_hidden: bool,
    /// Whether results become new expectations where `result` or `text` alone differs.
    pub update: bool,
    /// Bytes of log that a case may write.
    pub output_limit: u64,
    /// Bound of a case's CPU time, where the case has none of its own.
    pub cpu_timeout: Option<Timeout>,
    /// How the caller names the functions.
    pub qualifier: Option<Qualifier>,
}

/// Why a suite could not be run, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum SuiteRunError {
    /// The suite itself cannot be read.
    #[error(transparent)]
    Suite(#[from] SuiteError),
    /// A case that cannot be run: its place, its name and the reason.
    #[error("{place} ({name}): {reason}")]
    Case {
        /// Where it stands.
        place: String,
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is nothing to run.
    #[error("{0}")]
    Empty(String),
    /// A package that is not there. One that is there and cannot be loaded gets the verdict CE.
    #[error("there is no package '{}'", .0.display())]
    NoPackage(PathBuf),
    /// New expectations can come from one package only.
    #[error("--update takes the results of one package, here are {0}")]
    UpdateOfMany(usize),
    /// A package or a checker could not be deployed, for a reason that is not its own.
    #[error(transparent)]
    Deploy(#[from] DeployError),
    /// A report could not be written, or a thread not be made.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A suite, the packages that it is for, and how they are run.
pub struct SuiteRun<'a> {
    /// Where guests run.
    pub runner: &'a Runner,
    /// The cases.
    pub suite: &'a Suite,
    /// The packages, each of which gets all cases.
    pub packages: &'a [PathBuf],
    /// How packages and checkers are deployed.
    pub function: &'a FunctionSettings,
    /// How the suite is run.
    pub options: &'a SuiteOptions,
    /// Set from outside to end early; cases that run by then have no record.
    pub stop: &'a AtomicBool,
}

/// What will be run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Checked {
    /// Cases that pass the filter.
    pub cases: u64,
    /// How many of them say their timeout themselves, or by the suite's defaults.
    pub own_timeouts: u64,
    /// How many of them say their memory size.
    pub own_memory_sizes: u64,
    /// How many of them say their fuel.
    pub own_fuels: u64,
}

impl Checked {
    /// Warnings about options that were given and that cases put their own value in the place of, which a user may not expect.
    pub fn overridden(&self, is_given: impl Fn(&str) -> bool) -> Vec<String> {
        let counts = [("--timeout", self.own_timeouts), ("--memory-size", self.own_memory_sizes), ("--fuel", self.own_fuels)];
        let overridden = counts.into_iter().filter(|(option, count)| *count > 0 && is_given(option));
        let warning =
            |(option, count)| format!("warning: {option} does not apply to {count} of {} cases: the suite sets their own", self.cases);
        overridden.map(warning).collect()
    }
}

/// What a run of a suite gave.
pub struct SuiteEnd {
    /// Counts of all records that were handed over.
    pub summary: Summary,
    /// New expectations, by the name of their case.
    pub updates: BTreeMap<String, Update>,
    /// Why it ended early, if it did for a reason other than being stopped.
    pub result: Result<(), SuiteRunError>,
}

impl SuiteRun<'_> {
    /// Reads the whole suite, so that a mistake at its end is reported before anything runs.
    ///
    /// # Errors
    /// The first thing that is wrong with the suite, that a package is missing, or that no case would run.
    pub fn check(&self) -> Result<Checked, SuiteRunError> {
        if self.options.update {
            if self.packages.len() > 1 {
                return Err(SuiteRunError::UpdateOfMany(self.packages.len()));
            }
            self.suite.check_writable()?;
        }
        if let Some(missing) = self.packages.iter().find(|path| !path.exists()) {
            return Err(SuiteRunError::NoPackage(missing.clone()));
        }
        // 16 bytes for each case, not its name.
        let mut names = HashSet::new();
        let (mut all, mut checked) = (0_u64, Checked::default());
        for case in self.suite.cases()? {
            let case = case?;
            let wrong = |reason: String| SuiteRunError::Case { place: case.place.to_string(), name: case.name.clone(), reason };
            if !names.insert(xxhash_rust::xxh3::xxh3_128(case.name.as_bytes())) {
                return Err(wrong("there is another case of this name".into()));
            }
            if let Some(env) = &case.env {
                self.function.environment.with(env).map_err(|error| wrong(error.to_string()))?;
            }
            check_event(&self.suite.event(&case)?).map_err(wrong)?;
            self.suite.check_files(&case)?;
            all += 1;
            if self.passes_filter(&case) {
                checked.cases += 1;
                checked.own_timeouts += u64::from(case.timeout.is_some());
                checked.own_memory_sizes += u64::from(case.memory_size.is_some());
                checked.own_fuels += u64::from(case.fuel.is_some());
            }
        }
        let path = self.suite.path();
        match (all, checked.cases) {
            (0, _) if path.is_dir() => Err(SuiteRunError::Empty(format!(
                "'{}' is taken for the suite, but has no *.event.json; the suite comes last: PACKAGE... SUITE",
                path.display()
            ))),
            (0, _) => Err(SuiteRunError::Empty(format!("the suite {} has no cases", path.display()))),
            (all, 0) => Err(SuiteRunError::Empty(format!("the filter matches none of {all} cases of {}", path.display()))),
            _ => Ok(checked),
        }
    }

    fn passes_filter(&self, case: &Case) -> bool {
        self.options.filter.as_ref().is_none_or(|filter| filter.matches(case))
    }

    /// Runs the cases and hands each record to `report`, in the order of the packages and of the suite. Must run on a guest
    /// thread.
    pub fn run(&self, mut report: impl FnMut(&Record) -> io::Result<()>) -> SuiteEnd {
        let skip = AtomicBool::new(false);
        let judging = Judging { run: self, skip: &skip };
        let (deployed, held, limits) = (Vec::new(), Vec::new(), HashMap::new());
        let tasks = Tasks { run: self, packages: self.packages.iter(), current: None, deployed, held, limits, replayed: None };
        let (mut summary, mut updates) = (Summary::default(), BTreeMap::new());
        let result = in_order(
            self.options.jobs,
            tasks,
            || |task: Task| judging.run(&task),
            |judged: Option<(Record, Option<Update>)>| {
                // A worker that was asked to stop has nothing.
                let Some((mut record, update)) = judged else { return Ok(()) };
                if skip.load(Ordering::Relaxed) && record.verdict != Verdict::Sk {
                    record = skipped(record, AFTER_FAILURE); // it ran at the same time as the one that failed
                } else if let Some(update) = update {
                    updates.insert(record.name.clone(), update);
                }
                if self.options.fail_fast && record.verdict.is_failure() {
                    skip.store(true, Ordering::Relaxed);
                }
                summary.add(&record);
                Ok::<_, SuiteRunError>(report(&record)?)
            },
        );
        summary.interrupted = self.is_stopped() || result.is_err();
        SuiteEnd { summary, updates, result }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// A case on its way to a worker.
struct Task {
    package: Arc<str>,
    case: Case,
    /// What runs it, or why nothing can.
    function: Result<Deployment, Arc<str>>,
    checker: Option<Result<Deployment, String>>,
}

/// What a deployed function depends on; cases that agree in it share one.
#[derive(PartialEq)]
struct CaseSettings {
    package: PathBuf,
    memory_size: MemorySize,
    environment: Environment,
    counts_fuel: bool,
    is_checker: bool,
    form: Form,
    /// The recording that answers it.
    replay: Option<PathBuf>,
}

/// The cases of every package in turn, with what runs them. Functions are deployed here, on one thread, when they are first
/// needed.
struct Tasks<'a> {
    run: &'a SuiteRun<'a>,
    packages: std::slice::Iter<'a, PathBuf>,
    current: Option<Current<'a>>,
    /// The one used last is the last.
    deployed: Vec<(CaseSettings, Deployment)>,
    /// Every one that may still be held, by a case on its way if not here.
    held: Vec<Held>,
    /// What the reference took for each case that has one, by a digest of its name.
    limits: HashMap<u128, Taken>,
    /// The recording that was read last.
    replayed: Option<(PathBuf, Arc<Recording>)>,
}

/// What a reference solution took for a case.
#[derive(Debug, Clone, Copy)]
struct Taken {
    cpu: Duration,
    fuel: Option<u64>,
}

struct Current<'a> {
    path: &'a Path,
    name: Arc<str>,
    /// How it is deployed in each form that a case so far needed, or why it cannot be.
    requests: HashMap<Form, Result<DeployRequest, Arc<str>>>,
    cases: Box<dyn Iterator<Item = Result<Case, SuiteError>> + 'a>,
}

impl Iterator for Tasks<'_> {
    type Item = Result<Task, SuiteRunError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.run.is_stopped() {
                return None;
            }
            let current = match self.current.take() {
                Some(current) => Ok(current),
                None => {
                    let path = self.packages.next()?;
                    self.begin(path)
                }
            };
            let mut current = match current {
                Ok(current) => current,
                Err(error) => return Some(Err(error)),
            };
            let Some(case) = current.cases.next() else { continue };
            let task = match case {
                Ok(case) if !self.run.passes_filter(&case) => None,
                Ok(case) => Some(self.task(case, &mut current)),
                Err(error) => Some(Err(error.into())),
            };
            self.current = Some(current);
            if task.is_some() {
                return task;
            }
        }
    }
}

impl<'a> Tasks<'a> {
    fn begin(&self, path: &'a Path) -> Result<Current<'a>, SuiteRunError> {
        Ok(Current { path, name: path.display().to_string().into(), requests: HashMap::new(), cases: self.run.suite.cases()? })
    }

    fn task(&mut self, mut case: Case, current: &mut Current<'_>) -> Result<Task, SuiteRunError> {
        let form = Form::of(&case);
        let request = match current.requests.entry(form) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(match form.request(self.run.function, current.path) {
                Ok(request) => Ok(request),
                // The others can be tested.
                Err(DeployError::Package(error)) => Err(error.to_string().into()),
                Err(error) => return Err(error.into()),
            }),
        };
        case.cpu_timeout = case.cpu_timeout.or(self.run.options.cpu_timeout);
        if let (Some(reference), false) = (case.reference.clone(), case.has_tag("skip")) {
            self.limit(&mut case, &reference)?;
        }
        let recording = self.recording(&case)?;
        let function = match request {
            Ok(request) => Ok(self.function(current.path, request, &case, recording)?),
            Err(reason) => Err(Arc::clone(reason)),
        };
        let checker = match case.expect.as_ref().and_then(|expect| expect.checker.as_ref()) {
            Some(checker) => Some(self.checker(checker)?),
            None => None,
        };
        Ok(Task { package: Arc::clone(&current.name), case, function, checker })
    }

    /// Limits a case by what its reference solution takes, which is run once for each case.
    fn limit(&mut self, case: &mut Case, reference: &Reference) -> Result<(), SuiteRunError> {
        let wrong = |reason: String| SuiteRunError::Case { place: case.place.clone(), name: case.name.clone(), reason };
        let digest = xxhash_rust::xxh3::xxh3_128(case.name.as_bytes());
        let taken = match self.limits.get(&digest) {
            Some(taken) => *taken,
            None => {
                let path = self.run.suite.beside(&reference.package);
                let cannot = |error: String| wrong(format!("the reference {}: {error}", path.display()));
                let request = Form::of(case).request(self.run.function, &path).map_err(|error| cannot(error.to_string()))?;
                let mut unlimited = case.clone();
                // Operators are counted where a multiple of them is wanted.
                unlimited.fuel = reference.fuel.map(|_| Fuel::MAX).or(case.fuel);
                let recording = self.recording(case)?;
                let deployment = self.function(&path, &request, &unlimited, recording)?;
                let event = self.run.suite.event(case)?;
                let mut invocation = Invocation::new(event, None).map_err(|error| wrong(error.to_string()))?;
                invocation.files = self.run.suite.files(case)?;
                invocation.timeout = case.timeout;
                let completion = deployment.invoke(invocation).map_err(|error| cannot(error.to_string()))?;
                if completion.outcome.result().is_none() && !self.run.is_stopped() {
                    return Err(cannot(format!("it ended as {}", completion.outcome.status())));
                }
                let taken = Taken { cpu: completion.usage.cpu, fuel: completion.usage.fuel };
                self.limits.insert(digest, taken);
                taken
            }
        };
        if let Some(factor) = reference.time {
            let limit = Timeout::at_most(taken.cpu.mul_f64(factor).max(LEAST_CPU_TIME));
            case.cpu_timeout = Some(case.cpu_timeout.map_or(limit, |own| own.min(limit)));
        }
        if let (Some(factor), Some(fuel)) = (reference.fuel, taken.fuel) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a limit, rounded")]
            let limit = Fuel::new((fuel as f64 * factor) as u64).map_err(|error| wrong(error.to_string()))?;
            case.fuel = Some(case.fuel.map_or(limit, |own| own.min(limit)));
        }
        Ok(())
    }

    /// The recording that answers a case's requests, if it names one. The last one is kept.
    fn recording(&mut self, case: &Case) -> Result<Option<Arc<Recording>>, SuiteRunError> {
        let Some(path) = case.replay.as_ref().map(|path| self.run.suite.beside(path)) else { return Ok(None) };
        if let Some((_, recording)) = self.replayed.as_ref().filter(|(known, _)| *known == path) {
            return Ok(Some(Arc::clone(recording)));
        }
        let wrong = |reason: String| SuiteRunError::Case { place: case.place.clone(), name: case.name.clone(), reason };
        let recording = open_recording(&path).map_err(|error| wrong(error.to_string()))?;
        self.replayed = Some((path, Arc::clone(&recording)));
        Ok(Some(recording))
    }

    /// The function with the settings of a case.
    fn function(
        &mut self,
        path: &Path,
        request: &DeployRequest,
        case: &Case,
        recording: Option<Arc<Recording>>,
    ) -> Result<Deployment, DeployError> {
        let mut config = request.config.clone();
        if let Some(env) = &case.env {
            config.environment = config.environment.with(env)?;
        }
        config.memory_size = case.memory_size.unwrap_or(config.memory_size);
        // Each invocation has a bound of its own.
        config.fuel = case.fuel.or(config.fuel).map(|_| Fuel::MAX);
        let settings = CaseSettings {
            package: path.to_owned(),
            memory_size: config.memory_size,
            environment: config.environment.clone(),
            counts_fuel: config.fuel.is_some(),
            is_checker: false,
            form: Form::of(case),
            replay: case.replay.clone(),
        };
        let mut network = request.network.clone();
        if let Some(recording) = recording {
            network.traffic = replay(recording);
        }
        self.deployed(settings, || Ok(DeployRequest { config, network, ..request.clone() }))
    }

    /// A checker's function, or why there is none.
    fn checker(&mut self, checker: &Checker) -> Result<Result<Deployment, String>, DeployError> {
        let path = self.run.suite.beside(&checker.package);
        // Those of `of_checker`, so that its package is read once and not for each case.
        let settings = CaseSettings {
            package: path.clone(),
            memory_size: MemorySize::CHECKER,
            environment: Environment::default(),
            counts_fuel: false,
            is_checker: true,
            form: Form::Handler,
            replay: None,
        };
        let function = self.run.function;
        match self.deployed(settings, || function.of_checker().request(&path)) {
            Ok(deployment) => Ok(Ok(deployment)),
            Err(DeployError::Package(error)) => Ok(Err(error.to_string())),
            Err(error) => Err(error),
        }
    }

    /// The function with these settings: a known one, or the one that `request` asks for.
    fn deployed(
        &mut self,
        settings: CaseSettings,
        request: impl FnOnce() -> Result<DeployRequest, DeployError>,
    ) -> Result<Deployment, DeployError> {
        let known = self.deployed.iter().position(|(known, _)| *known == settings);
        let entry = match known {
            Some(at) => self.deployed.remove(at),
            None => {
                self.make_room();
                let deployment = self.run.runner.deploy(request()?)?;
                self.held.push(deployment.watch());
                deployment.take_init(); // a case is judged by its own call
                (settings, deployment)
            }
        };
        let deployment = entry.1.clone();
        self.deployed.push(entry);
        if self.deployed.len() > MAX_DEPLOYED {
            self.deployed.remove(0);
        }
        Ok(deployment)
    }

    /// Lets go of images, and waits for the cases that hold others, until there is room for one more. Workers need nothing of
    /// this thread to finish what they have.
    fn make_room(&mut self) {
        loop {
            self.held.retain(|held| held.image_bytes().is_some());
            let bytes: u64 = self.held.iter().filter_map(Held::image_bytes).sum();
            if bytes <= MAX_DEPLOYED_BYTES || self.run.is_stopped() {
                return;
            }
            if self.deployed.is_empty() {
                std::thread::sleep(LOOK_AGAIN);
            } else {
                self.deployed.remove(0);
            }
        }
    }
}

/// Why a case's invocation could not be made.
#[derive(Debug, thiserror::Error)]
enum InvocationError {
    #[error(transparent)]
    Event(#[from] crate::function::EventError),
    #[error(transparent)]
    Files(#[from] SuiteError),
}

/// What a worker does.
struct Judging<'a> {
    run: &'a SuiteRun<'a>,
    /// Set by a case that was not accepted.
    skip: &'a AtomicBool,
}

impl Judging<'_> {
    /// A record of a case, and its new expectation if it has one. `None` when there was no time to begin.
    fn run(&self, task: &Task) -> Option<(Record, Option<Update>)> {
        if self.run.is_stopped() {
            return None;
        }
        let case = &task.case;
        let record = Record {
            max_points: case.max_points(),
            hidden: case.hidden.unwrap_or_default(),
            tags: case.tags.clone().unwrap_or_default(),
            ..Record::new(task.package.to_string(), case.name.clone())
        };
        if case.has_tag("skip") {
            return Some((Record { max_points: 0.0, ..skipped(record, BY_TAG) }, None));
        }
        if self.skip.load(Ordering::Relaxed) {
            return Some((skipped(record, AFTER_FAILURE), None));
        }
        let invoked = self.invoke(task);
        if self.run.is_stopped() {
            return None; // its guest may have been ended for that
        }
        let judged = match invoked {
            Ok(runs) => self.record(task, record, runs),
            Err(judgement) => (self.judged(record, judgement, None), None),
        };
        // One that was being compared when the run was stopped has no verdict.
        (judged.0.verdict != Verdict::Sk).then_some(judged)
    }

    /// Runs the case as often as it was asked for.
    fn invoke(&self, task: &Task) -> Result<Runs, Judgement> {
        // None of the three is a guest's doing. An event and the files of a case come from the suite, which was read and
        // checked before anything ran: one that cannot be read now was changed or removed by somebody on this machine. An
        // invocation fails for faults of the host alone, as `SandboxError` says: whatever a guest does is an `Outcome`.
        let internal = |reason: String| Judgement::new(Verdict::Ie, reason);
        let function = task.function.as_ref().map_err(|reason| Judgement::new(Verdict::Ce, &**reason))?;
        let event = self.run.suite.event(&task.case).map_err(|error| internal(error.to_string()))?;
        let invocation = self.invocation(&task.case, event).map_err(|error| internal(error.to_string()))?;
        let mut runs = Runs { event: Vec::new(), first: None, worst: None, changed: Vec::new(), count: 0 };
        for _ in 0..self.run.options.repeat {
            let completion = function.worker().invoke(&invocation).map_err(|error| internal(error.to_string()))?;
            let judgement = self.judge(task, &invocation.event, &completion);
            runs.add(completion, judgement);
        }
        runs.event = invocation.event;
        Ok(runs)
    }

    fn invocation(&self, case: &Case, event: Vec<u8>) -> Result<Invocation, InvocationError> {
        let mut invocation = Invocation::new(event, None)?;
        invocation.timeout = case.timeout;
        invocation.cpu_timeout = case.cpu_timeout;
        invocation.fuel = case.fuel.or(self.run.function.fuel);
        invocation.files = self.run.suite.files(case)?;
        invocation.pays_start = true;
        self.name(&mut invocation);
        Ok(invocation)
    }

    /// Says who calls, as every invocation of a run does.
    fn name(&self, invocation: &mut Invocation) {
        invocation.qualifier.clone_from(&self.run.options.qualifier);
        if self.run.function.deterministic {
            invocation.fix_ids();
        }
    }

    fn judge(&self, task: &Task, event: &[u8], completion: &Completion) -> Judgement {
        let is_large = completion.outcome.result().is_some_and(|result| result.len() >= LARGE_RESULT);
        let _place = is_large.then(|| LARGE_PLACES.take());
        judge(&task.case, event, completion, self.bounds(), &mut |_, question| {
            let checker = match &task.checker {
                Some(Ok(checker)) => checker,
                Some(Err(reason)) => return Err(reason.clone()),
                None => return Err("it was not loaded".into()),
            };
            // The judge makes the question and bounds its size: that it is no event is not for any guest to bring about.
            let mut invocation = Invocation::new(question, None).map_err(|error| error.to_string())?;
            invocation.timeout = task.case.expect.as_ref().and_then(|expect| expect.checker.as_ref()).map(|checker| checker.timeout);
            self.name(&mut invocation);
            checker.worker().invoke(&invocation).map_err(|error| error.to_string())
        })
    }

    fn bounds(&self) -> JudgeBounds<'_> {
        JudgeBounds { log: self.run.options.output_limit, stop: Some(self.run.stop) }
    }

    fn record(&self, task: &Task, record: Record, runs: Runs) -> (Record, Option<Update>) {
        let Runs { event, first: Some(completion), worst: Some(judgement), changed, count } = runs else {
            // Each case is run once at least, so not even the host can bring this about.
            return (self.judged(record, Judgement::new(Verdict::Ie, "it was not run"), None), None);
        };
        // A result that changes from run to run cannot be expected.
        let is_wanted = self.run.options.update && changed.is_empty();
        let update = if is_wanted { update(&task.case, &event, &completion, self.bounds(), &judgement) } else { None };
        let usage = &completion.usage;
        let result_bytes = if let Outcome::ResultTooLarge(bytes) = completion.outcome {
            bytes
        } else {
            completion.outcome.result().map_or(0, <[u8]>::len)
        };
        let log = &completion.log.bytes;
        // Most cases are accepted, and nothing is shown of those.
        let evidence = (judgement.verdict.is_failure() || update.is_some()).then(|| Evidence {
            event: shown(&event[..event.len().min(SHOWN_EVENT)]),
            differences: judgement.differences.clone(),
            raised: judgement.raised.clone(),
            log: shown(&log[log.len().saturating_sub(SHOWN_LOG)..]),
        });
        let record = Record {
            idle: judgement.verdict == Verdict::Tle && usage.is_idle(),
            // Of an init that the call waited for and that did not come to its end, that is all there is.
            wall: if completion.mode == Mode::Each && !completion.was_called {
                usage.init_duration.unwrap_or_default()
            } else {
                usage.duration
            },
            cpu: usage.cpu,
            fuel: usage.fuel,
            peak_memory_bytes: usage.max_memory_bytes,
            output_bytes: result_bytes as u64 + completion.log.written,
            runs: count,
            changed,
            updated: update.is_some(),
            ..record
        };
        let judgement = if update.is_some() { Judgement::new(Verdict::Ac, "") } else { judgement };
        (self.judged(record, judgement, evidence), update)
    }

    /// The record with its verdict, and with what may be shown of the reasons.
    fn judged(&self, record: Record, judgement: Judgement, evidence: Option<Evidence>) -> Record {
        let Judgement { verdict, detail, .. } = judgement;
        let is_shown = !record.hidden || self.run.options.show_hidden;
        Record {
            verdict,
            detail: if is_shown { detail } else { String::new() },
            evidence: evidence.filter(|_| is_shown),
            points: if verdict == Verdict::Ac { record.max_points } else { 0.0 },
            // Nobody could have got them.
            max_points: if verdict == Verdict::Ie { 0.0 } else { record.max_points },
            ..record
        }
    }
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A record of a case that was not run, or whose run does not count.
fn skipped(record: Record, why: &str) -> Record {
    Record {
        verdict: Verdict::Sk,
        detail: why.into(),
        max_points: if record.verdict == Verdict::Ie { 0.0 } else { record.max_points },
        hidden: record.hidden,
        tags: record.tags,
        ..Record::new(record.package, record.name)
    }
}

/// The runs of one case.
struct Runs {
    event: Vec<u8>,
    first: Option<Completion>,
    /// The verdict that comes first in their order.
    worst: Option<Judgement>,
    changed: Vec<&'static str>,
    count: u32,
}

impl Runs {
    fn add(&mut self, completion: Completion, judgement: Judgement) {
        self.count += 1;
        let (Some(first), Some(worst)) = (&self.first, &self.worst) else {
            (self.first, self.worst) = (Some(completion), Some(judgement));
            return;
        };
        for (what, differs) in [
            ("verdict", worst.verdict != judgement.verdict),
            ("result", first.outcome != completion.outcome),
            ("log", first.log != completion.log),
            ("fuel", first.usage.fuel != completion.usage.fuel),
        ] {
            if differs && !self.changed.contains(&what) {
                self.changed.push(what);
            }
        }
        if judgement.verdict < worst.verdict {
            self.worst = Some(judgement);
        }
    }
}
