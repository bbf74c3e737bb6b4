//! What is measured, and the threads that do it.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::anyhow;

use super::super::{Failure, exit};
use super::machine;
use crate::bench::{Batch, Key, Measure, Measured, Sample};
use crate::function::{Invocation, Outcome, RequestId, Usage};
use crate::runner::Deployment;
use crate::sandbox::{Function, FunctionSpec, Interpreter, InterpreterFiles, Sandbox, SandboxError, SlotOptions, StartError, guest_thread};

/// A function as one mode runs it.
pub(super) enum Subject {
    /// The init of each run, or none, is the invoker's choice.
    Calls(Deployment),
    /// The init and its image, without a call.
    Publish { interpreter: Arc<Interpreter>, spec: Arc<FunctionSpec> },
    /// Everything from the compiled module on.
    Cold { interpreter: Arc<Interpreter>, spec: Arc<FunctionSpec>, files: InterpreterFiles },
}

/// One series and what it runs.
pub(super) struct Task<'a> {
    pub(super) key: Key,
    pub(super) subject: &'a Subject,
    pub(super) fuel: Option<u64>,
}

/// Makes one run after the other, on one thread.
pub(super) type Sampler<'a> = Box<dyn FnMut() -> Result<Sample, Failed> + 'a>;

/// Why a run gave no sample.
#[derive(Debug)]
pub(super) enum Failed {
    /// The function did not return a result; its error document.
    Outcome(Outcome, String),
    /// A fault of the host.
    Host(anyhow::Error),
}

impl From<SandboxError> for Failed {
    fn from(error: SandboxError) -> Self {
        Self::Host(error.into())
    }
}

impl From<StartError> for Failed {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Init(failed_init) => failed(failed_init.outcome),
            StartError::Host(error) => error.into(),
        }
    }
}

impl From<std::io::Error> for Failed {
    fn from(error: std::io::Error) -> Self {
        Self::Host(error.into())
    }
}

impl Failed {
    /// As the command tells it; `what` names the series.
    pub(super) fn told(self, what: &str) -> Failure {
        match self {
            Self::Outcome(outcome, error) => {
                let text = format!(
                    "{what}: only calls that return a result are measured, this one ended with {error}\nhint: `wasmlam run` shows its log"
                );
                Failure::new(exit::code(&outcome), anyhow!(text))
            }
            Self::Host(error) => Failure::new(exit::INTERNAL, error),
        }
    }
}

impl Subject {
    /// A sampler that goes through these events in turn.
    pub(super) fn sampler(&self, invocations: &[Invocation]) -> Sampler<'_> {
        let mut invocations = invocations.to_vec();
        let mut next = 0;
        let mut invocation = move || {
            let count = invocations.len();
            let invocation = &mut invocations[next % count];
            next += 1;
            invocation.request_id = RequestId::mint(); // one of its own, as handlers rely on
            invocation.clone()
        };
        match self {
            Self::Calls(deployment) => {
                let mut worker = deployment.worker();
                Box::new(move || {
                    let invocation = invocation();
                    let started = Instant::now();
                    let completion = worker.invoke(&invocation)?;
                    let whole = started.elapsed();
                    check(&completion.outcome)?;
                    Ok(sample(whole, &completion.usage))
                })
            }
            Self::Publish { interpreter, spec } => Box::new(move || {
                let started = Instant::now();
                let function = Function::publish(interpreter, Arc::clone(spec))?;
                let whole = started.elapsed();
                let init = function.init.as_ref();
                let peak_memory_bytes = init.map_or(0, |init| init.max_memory_bytes);
                Ok(Sample { whole, init: init.map(|init| init.duration), peak_memory_bytes, ..Sample::default() })
            }),
            Self::Cold { interpreter, spec, files } => Box::new(move || {
                // Compiled code and nothing else is kept.
                let folder = tempfile::tempdir()?;
                let files = InterpreterFiles { images: folder.path().to_owned(), ..files.clone() };
                let invocation = invocation();
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
                Ok(sample(whole, &usage))
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
    }
}

fn check(outcome: &Outcome) -> Result<(), Failed> {
    if matches!(outcome, Outcome::Returned(_)) { Ok(()) } else { Err(failed(outcome.clone())) }
}

/// A call that gave no result.
pub(super) fn failed(outcome: Outcome) -> Failed {
    let error = outcome.error(&RequestId::fixed()).map_or_else(String::new, |error| error.json().to_owned());
    Failed::Outcome(outcome, error)
}

/// The threads; each keeps the sandboxes of every series that it has run, so that a turn finds what the last one left.
pub(super) struct Crew<'a> {
    tasks: &'a [Task<'a>],
    orders: Vec<Sender<(usize, Batch)>>,
    results: Receiver<Result<Measured, Failure>>,
}

/// Runs `work` with as many threads as the series with the most calls at the same time needs.
pub(super) fn with_crew<R>(
    tasks: &[Task<'_>],
    invocations: &[Invocation],
    work: impl FnOnce(&mut Crew<'_>) -> Result<R, Failure>,
) -> Result<R, Failure> {
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
                    let measured = turn(sampler, batch).map_err(|failed| failed.told(&tasks[series].key.to_string()));
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

fn turn(sampler: &mut Sampler<'_>, batch: Batch) -> Result<Measured, Failed> {
    for _ in 0..batch.uncounted {
        sampler()?;
    }
    let mut samples = Vec::new();
    let (waited, started) = (machine::waited(), Instant::now());
    while samples.len() < batch.at_most && (samples.len() < batch.at_least || started.elapsed() < batch.time) {
        samples.push(sampler()?);
    }
    Ok(Measured { samples, elapsed: started.elapsed(), waited: machine::waited().saturating_sub(waited) })
}

impl Measure for Crew<'_> {
    type Error = Failure;

    fn batch(&mut self, series: usize, batch: Batch) -> Result<Measured, Failure> {
        let threads = self.tasks[series].key.concurrency;
        let share = |runs: usize| runs.div_ceil(threads);
        let batch = Batch { at_least: share(batch.at_least), at_most: share(batch.at_most), ..batch };
        let gone = || Failure::new(exit::INTERNAL, anyhow!("a thread of the benchmark ended early"));
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
