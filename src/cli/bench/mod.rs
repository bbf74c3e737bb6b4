//! `wasmlam bench`: packages measured side by side, compared with each other or with a baseline, gated.

mod crew;
mod machine;

use std::collections::HashSet;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, anyhow};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use self::crew::{Failed, Subject, Task, failed, with_crew};
use super::events::{EventArgs, Source, event_lines};
use super::function::FunctionArgs;
use super::{Failure, exit, note, threads};
use crate::bench::{
    Baseline, Document, Environment, FORMAT, Gate, Key, Mode, PROFILE_MODULE, Plan, Price, Profile, Progress, Series, Strategy, Verdict,
    events_digest, judge, measure, median, profile_source,
};
use crate::function::{Invocation, NameError, Outcome, Timeout};
use crate::report::bench as report;
use crate::runner::{CpuModel, DeployRequest, Deployment, Init, Options, Runner};
use crate::sandbox::{WASMTIME_VERSION, on_guest_thread};

/// Bytes of all events together: every thread has a copy.
const MAX_EVENTS_BYTES: usize = 64 << 20;
/// Bytes of a baseline: a hundred series of a hundred thousand samples.
const MAX_BASELINE_BYTES: u64 = 256 << 20;

/// Its paragraphs have no line ends of their own: they are wrapped to the terminal.
const EXAMPLES: &str = "\
Examples:
  wasmlam bench package.zip --event-file event.json
  wasmlam bench old.zip new.zip --event-file event.json --fail-on 'fuel>+1%'
  wasmlam bench package.zip --save main        # and later, with a change:
  wasmlam bench package.zip --baseline main --fail-on 'fuel>+1%' --fail-on 'p50>+10%'
  wasmlam bench package.zip --cpu-model lambda --memory-size 128,256,512,1024,1769,3008 --timeout 60
  wasmlam bench package.zip --mode cold,publish,each,snapshot,reuse --export html=bench.html

What is measured: a run is all of it, from asking for a sandbox until its memory is ready for the next one; `restore`, \
`handler`, `reset` and `init` are its parts. Series take turns in rounds, so that a machine that becomes slower does so \
for all alike; an interval (95 %) is a bootstrap over rounds. Fuel is counted apart, in one call for each event with \
counted time and seeded entropy: it is exact, the same on every machine, and takes no time from the other numbers.

Warnings say what to do. Rules: first run or more than 1 % of runs ten standard deviations off by way of the median \
absolute deviation (hyperfine); a trend over rounds (Mann-Kendall, Z > 3.29) of more than 5 %; threads that waited for a \
core, or the hypervisor took it, more than 2 % of the time; a load above 0.25 for each core before; quartiles of a fixed \
computation more than 10 % apart (Tukey).

Exit codes:
  0   measured, and every --fail-on passed
  1   a --fail-on failed, or a call did
  2   the command line is wrong, or a --fail-on cannot be judged: no baseline, another interpreter
  3 to 6, 70   a call ended so, as in `wasmlam run`";

/// What was typed; nothing is read or opened yet.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[command(mut_arg("memory_size", |argument| argument.help("Memory it may use, 128 to 10240; several, with commas, are series of their own")))]
pub(crate) struct BenchArgs {
    /// Zip files, folders, or .py files; all others are compared with the first one
    #[arg(required = true, value_name = "PACKAGE")]
    packages: Vec<PathBuf>,
    #[command(flatten)]
    events: EventArgs,
    /// cold: boot, init and a call without any image; publish: init and its image; each: init and a call; snapshot: a call
    /// in a sandbox made from the image; reuse: a call in a sandbox that served calls before
    #[arg(long, value_name = "MODES", default_value = "snapshot,reuse", value_delimiter = ',')]
    mode: Vec<ModeName>,
    /// Measure each series for so long, and at least ten runs
    #[arg(long, value_name = "TIME", default_value = "3s", value_parser = time)]
    min_time: Duration,
    /// Measure so many runs of each series instead
    #[arg(long, value_name = "N")]
    runs: Option<NonZeroUsize>,
    /// Runs of each series before any counts
    #[arg(long, value_name = "N", default_value = "3")]
    warmup: usize,
    /// Calls at the same time, each on a thread of its own; several, with commas, are series of their own
    #[arg(long, value_name = "LIST", default_value = "1", value_delimiter = ',', value_parser = threads("concurrency"))]
    concurrency: Vec<NonZeroUsize>,
    /// Compare with what --save kept under this name, or with a file of --export json
    #[arg(long, value_name = "NAME|FILE")]
    baseline: Option<String>,
    /// Keep the results under this name, for --baseline
    #[arg(long, value_name = "NAME", value_parser = name)]
    save: Option<String>,
    /// Exit with 1 if this holds for any series: fuel>+1%, p50>+10%, p99>250us, throughput<-5%. Against the baseline, or
    /// without one against the first package
    #[arg(long, value_name = "CONDITION", value_delimiter = ',', value_parser = Gate::from_str)]
    fail_on: Vec<Gate>,
    /// Write the results: json, csv, markdown, svg, or html, a page of its own
    #[arg(long, value_name = "FORMAT=FILE", value_parser = Export::from_str)]
    export: Vec<Export>,
    /// Show which functions the operators of the first event's call go to, counted, not sampled
    #[arg(long)]
    profile: bool,
    /// Write the profile of the one package: a flame graph (.svg), speedscope (.json) or collapsed stacks (.txt)
    #[arg(long, value_name = "FILE", requires = "profile", value_parser = ProfileFile::from_str)]
    profile_out: Option<ProfileFile>,
    /// What the recommended memory size is best at, with --cpu-model lambda
    #[arg(long, value_name = "STRATEGY", default_value = "balanced")]
    strategy: StrategyName,
    /// Prices to reckon with instead of those of us-east-1, in the form of src/bench/prices.json
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    #[command(flatten)]
    function: FunctionArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ModeName {
    Cold,
    Publish,
    Each,
    Snapshot,
    Reuse,
}

impl From<ModeName> for Mode {
    fn from(name: ModeName) -> Self {
        match name {
            ModeName::Cold => Self::Cold,
            ModeName::Publish => Self::Publish,
            ModeName::Each => Self::Each,
            ModeName::Snapshot => Self::Snapshot,
            ModeName::Reuse => Self::Reuse,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StrategyName {
    Cost,
    Speed,
    Balanced,
}

impl From<StrategyName> for Strategy {
    fn from(name: StrategyName) -> Self {
        match name {
            StrategyName::Cost => Self::Cost,
            StrategyName::Speed => Self::Speed,
            StrategyName::Balanced => Self::Balanced,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Export {
    format: report::Format,
    path: PathBuf,
}

impl FromStr for Export {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (format, path) = text.split_once('=').filter(|(_, path)| !path.is_empty()).ok_or("write FORMAT=FILE")?;
        Ok(Self { format: format.parse()?, path: path.into() })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct ProfileFile {
    format: report::ProfileFormat,
    path: PathBuf,
}

impl FromStr for ProfileFile {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let path = PathBuf::from(text);
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        Ok(Self { format: extension.parse()?, path })
    }
}

fn time(text: &str) -> Result<Duration, String> {
    let (digits, factor) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(digits), _) => (digits, 1e-3),
        (None, Some(digits)) => (digits, 1.0),
        (None, None) => (text, 1.0),
    };
    let seconds = digits.parse::<f64>().ok().map(|number| number * factor).filter(|seconds| (0.0..=3600.0).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| format!("'{text}' is no time: 3s, 500ms, at most 3600s"))
}

fn name(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if text.is_empty() || text.len() > 100 || text.starts_with('.') || !text.chars().all(allowed) {
        return Err("a name has 1 to 100 letters, digits, '-', '_' and '.'; for a file use --export json=FILE".into());
    }
    Ok(text.to_owned())
}

fn usage(error: impl Into<anyhow::Error>) -> Failure {
    Failure::new(exit::USAGE, error)
}

/// Runs the command on a thread that can hold a guest's stack.
pub(crate) fn run(arguments: BenchArgs, runner: &Runner) -> Result<u8, Failure> {
    on_guest_thread(|| run_here(&arguments, runner)).map_err(|error| Failure::new(exit::INTERNAL, error))?
}

fn run_here(arguments: &BenchArgs, runner: &Runner) -> Result<u8, Failure> {
    if arguments.function.deterministic {
        return Err(usage(anyhow!("bench measures real time, so --deterministic has no place here; fuel is always counted that way")));
    }
    if arguments.profile_out.is_some() && arguments.packages.len() > 1 {
        return Err(usage(anyhow!("--profile-out takes the profile of one package, here are {}", arguments.packages.len())));
    }
    let baseline = arguments.baseline.as_deref().map(|name| read_baseline(name, runner)).transpose().map_err(usage)?;
    let invocations = invocations(&arguments.events)?;
    let packages = load(arguments)?;
    let price = match &arguments.prices {
        Some(path) => fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display())).map_err(usage)?,
        None => Price::DEFAULT.to_owned(),
    };
    let price = Price::read(&price).map_err(usage)?;
    let price = packages.iter().any(|(_, request)| request.cpu == CpuModel::Lambda).then_some(price);

    let sizes = arguments.function.memory_sizes();
    let mut candidates = Vec::new();
    for (name, request) in &packages {
        for &size in &sizes {
            for mode in unique(arguments.mode.iter().map(|mode| Mode::from(*mode))) {
                let mut request = request.clone();
                request.config.memory_size = size;
                let key = Key { package: name.clone(), mode, memory_size_mb: size.mb(), concurrency: 1 };
                candidates.push(Candidate { key, request });
            }
        }
    }
    let mut subjects = Vec::new();
    for candidate in candidates {
        if let Some((subject, fuel)) = candidate.prepare(runner, &invocations, sizes.len() > 1)? {
            subjects.push((candidate.key, subject, fuel));
        }
    }
    let tasks: Vec<Task<'_>> = subjects
        .iter()
        .flat_map(|(key, subject, fuel)| {
            let task =
                |concurrency: NonZeroUsize| Task { key: Key { concurrency: concurrency.get(), ..key.clone() }, subject, fuel: *fuel };
            unique(arguments.concurrency.iter().copied()).map(task)
        })
        .collect();
    if tasks.is_empty() {
        return Err(usage(anyhow!("nothing is left to measure")));
    }

    let mut environment = environment(&packages[0].1, runner, &invocations)?;
    environment.prices.clone_from(&price);
    let watch = machine::Watch::start();
    let plan = Plan { warmup: arguments.warmup, runs: arguments.runs.map(NonZeroUsize::get), min_time: arguments.min_time };
    let bar = progress_bar();
    let (runs, control) =
        with_crew(&tasks, &invocations, |crew| measure(crew, tasks.len(), &plan, |progress| show(&bar, &tasks, progress)))?;
    bar.finish_and_clear();
    environment.doubts = watch.stop(control).doubts().iter().map(ToString::to_string).collect();
    let series = tasks.iter().zip(&runs).map(|(task, run)| Series::new(task.key.clone(), run, task.fuel, price.as_ref())).collect();
    let document = Document { environment, series };

    let baseline = match &baseline {
        Some(document) => Baseline::Earlier(document),
        None => Baseline::First,
    };
    write!(io::stdout().lock(), "{}", report::text(&document, baseline, arguments.strategy.into()))?;
    for export in &arguments.export {
        let text = report::export(export.format, &document, baseline, arguments.strategy.into(), &[]);
        write_file(&export.path, &text)?;
    }
    if let Some(name) = &arguments.save {
        save(&baseline_path(name, runner), &document)?;
    }
    if arguments.profile {
        for (name, request) in &packages {
            let profile = profile(name, request, runner, &invocations[0])?;
            write!(io::stdout().lock(), "\n{}", report::profile_text(name, &profile))?;
            if let Some(file) = &arguments.profile_out {
                write_file(&file.path, &report::profile(file.format, &profile))?;
            }
        }
    }
    let mut code = exit::OK;
    for gate in &arguments.fail_on {
        for Verdict { passed, text } in hold(gate, &document, baseline).map_err(usage)? {
            writeln!(io::stdout().lock(), "{text}")?;
            code = if passed { code } else { exit::FUNCTION_ERROR };
        }
    }
    Ok(code)
}

fn unique<T: Copy + Eq + std::hash::Hash>(values: impl Iterator<Item = T>) -> impl Iterator<Item = T> {
    let mut seen = HashSet::new();
    values.filter(move |value| seen.insert(*value))
}

/// All events, each checked.
fn invocations(events: &EventArgs) -> Result<Vec<Invocation>, Failure> {
    let mut bytes = 0;
    let mut checked = |event: Vec<u8>| {
        bytes += event.len();
        if bytes > MAX_EVENTS_BYTES {
            return Err(usage(anyhow!("the events are larger than {MAX_EVENTS_BYTES} bytes together")));
        }
        Invocation::new(event, None).map_err(usage)
    };
    let invocations = match events.open().map_err(usage)? {
        Source::One(event) => vec![checked(event)?],
        Source::Lines(lines) => event_lines(lines).map(|line| checked(line?.1)).collect::<Result<_, _>>()?,
    };
    if invocations.is_empty() { Err(usage(anyhow!("the file of events has none"))) } else { Ok(invocations) }
}

/// Every package with the name of its series: its own, or its path where two have the same.
fn load(arguments: &BenchArgs) -> Result<Vec<(String, DeployRequest)>, Failure> {
    let paths = &arguments.packages;
    if unique(paths.iter()).count() < paths.len() {
        return Err(usage(anyhow!("a package is named twice")));
    }
    let settings = arguments.function.settings_of_any_size()?;
    let requests: Vec<DeployRequest> = paths.iter().map(|path| settings.request(path)).collect::<Result<_, _>>()?;
    let are_unique = unique(requests.iter().map(|request| request.package.name.as_str())).count() == requests.len();
    let name = |(path, request): (&PathBuf, DeployRequest)| {
        let name = if are_unique { request.package.name.clone() } else { path.display().to_string() };
        (name, request)
    };
    Ok(paths.iter().zip(requests).map(name).collect())
}

/// A function in one mode and memory size, before it is known whether it runs there.
struct Candidate {
    key: Key,
    request: DeployRequest,
}

impl Candidate {
    /// What to measure and its fuel. `None`, with a word to the user, where the function cannot run in this mode, or
    /// where a memory size of several is too small for it.
    fn prepare(&self, runner: &Runner, invocations: &[Invocation], one_of_many: bool) -> Result<Option<(Subject, Option<u64>)>, Failure> {
        let what = self.key.to_string();
        let subject = match self.key.mode {
            Mode::Publish => {
                let prepared = runner.prepare(&self.request)?;
                let (interpreter, spec) = prepared.parts();
                Subject::Publish { interpreter: Arc::clone(interpreter), spec: Arc::clone(spec) }
            }
            Mode::Cold => {
                let prepared = runner.prepare(&self.request)?;
                let (interpreter, spec) = prepared.parts();
                let files = runner.home().interpreter(self.request.config.runtime.as_str());
                Subject::Cold { interpreter: Arc::clone(interpreter), spec: Arc::clone(spec), files }
            }
            Mode::Each | Mode::Snapshot | Mode::Reuse => {
                let deployment = self.deploy(runner, self.request.clone())?;
                // Which says that there is no image; a series must be what its name says.
                if self.key.mode == Mode::Snapshot && deployment.warning().is_some() {
                    note(&format!("{what} is left out: see the warning"));
                    return Ok(None);
                }
                Subject::Calls(deployment)
            }
        };
        // Every event once, before anything is measured: an event that fails should not take minutes to be found.
        let mut sampler = subject.sampler(invocations);
        for _ in invocations {
            match sampler() {
                Ok(_) => {}
                Err(Failed::Outcome(outcome @ (Outcome::OutOfMemory(_) | Outcome::TimedOut(_)), _)) if one_of_many => {
                    note(&format!("{what} is left out: it ended as {}", outcome.status()));
                    return Ok(None);
                }
                Err(failed) => return Err(failed.told(&what)),
            }
        }
        drop(sampler);
        let fuel = match &subject {
            Subject::Calls(_) => self.fuel(runner, invocations)?,
            Subject::Publish { .. } | Subject::Cold { .. } => None,
        };
        Ok(Some((subject, fuel)))
    }

    fn deploy(&self, runner: &Runner, mut request: DeployRequest) -> Result<Deployment, Failure> {
        let init = if self.key.mode == Mode::Each { Init::Each } else { Init::Snapshot };
        request.options = Options { init, reuse: self.key.mode == Mode::Reuse, ..request.options };
        let deployment = runner.deploy(request)?;
        deployment.take_init(); // no call that is measured waited for it
        Ok(deployment)
    }

    /// Operators of one call, the mean over the events: in a sandbox of its own, or in one that has seen every event
    /// before. `None` where a call does not return when time is counted.
    fn fuel(&self, runner: &Runner, invocations: &[Invocation]) -> Result<Option<u64>, Failure> {
        // Counted time passes faster than real time where the machine is fast; it must not end the call.
        let mut request = self.request.counting();
        request.config.timeout = Timeout::MAX;
        let mut worker = self.deploy(runner, request)?.worker();
        let passes = if self.key.mode == Mode::Reuse { 2 } else { 1 };
        let mut total = 0;
        for _ in 0..passes {
            total = 0;
            for invocation in invocations {
                let mut invocation = invocation.clone();
                invocation.fix_ids();
                let completion = worker.invoke(&invocation).map_err(|error| Failure::new(exit::INTERNAL, error))?;
                let (Outcome::Returned(_), Some(fuel)) = (&completion.outcome, completion.usage.fuel) else {
                    note(&format!("{} has no fuel: with counted time a call ended as {}", self.key, completion.outcome.status()));
                    return Ok(None);
                };
                total += fuel;
            }
        }
        Ok(Some(total / invocations.len() as u64))
    }
}

/// One call with a profile, beside one without.
fn profile(name: &str, request: &DeployRequest, runner: &Runner, invocation: &Invocation) -> Result<Profile, Failure> {
    let internal = |error: anyhow::Error| Failure::new(exit::INTERNAL, error);
    let mut invocation = invocation.clone();
    invocation.fix_ids();
    let call = |request: &DeployRequest| {
        let mut request = DeployRequest { options: Options::default(), ..request.counting() };
        request.config.timeout = Timeout::MAX;
        let completion = runner.deploy(request)?.worker().invoke(&invocation).map_err(|error| internal(error.into()))?;
        match (completion.outcome, completion.usage.fuel) {
            (Outcome::Returned(result), Some(fuel)) => Ok((result, fuel)),
            (outcome, _) => Err(failed(outcome).told(&format!("the profile of {name}"))),
        }
    };
    let (_, fuel) = call(request)?;
    let wrapper = profile_source(request.config.handler.as_str());
    let handler = format!("{PROFILE_MODULE}.handler").parse().map_err(|error: NameError| internal(error.into()))?;
    let (result, profiled_fuel) = call(&request.wrapped(PROFILE_MODULE, wrapper, handler))?;
    Profile::read(&result, fuel, profiled_fuel).map_err(|error| internal(error.into()))
}

fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display())).map_err(usage)
}

fn environment(request: &DeployRequest, runner: &Runner, invocations: &[Invocation]) -> Result<Environment, Failure> {
    let prepared = runner.prepare(request)?;
    let (interpreter, _) = prepared.parts();
    Ok(Environment {
        format: FORMAT,
        date: machine::date(),
        wasmlam: env!("CARGO_PKG_VERSION").into(),
        wasmtime: WASMTIME_VERSION.into(),
        python: interpreter.runtime().python_version.clone(),
        module_sha256: interpreter.module_digest().into(),
        cpu: machine::cpu(),
        cores: machine::cores(),
        kernel: machine::kernel(),
        cpu_model: if request.cpu == CpuModel::Lambda { "lambda" } else { "full" }.into(),
        arguments: std::env::args().skip(2).collect(),
        events: invocations.len(),
        event_bytes: invocations.iter().map(|invocation| invocation.event.len() as u64).sum(),
        events_sha256: Some(events_digest(invocations.iter().map(|invocation| &*invocation.event))),
        prices: None,
        doubts: Vec::new(),
    })
}

fn progress_bar() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(1000), ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("wasmlam: {bar:30} {percent:>3} % {eta:>3}  {msg}") {
        bar.set_style(style);
    }
    bar
}

/// The live estimate: the last rounds of the series that had its turn.
fn show(bar: &ProgressBar, tasks: &[Task<'_>], progress: Progress<'_>) {
    if bar.is_hidden() {
        return;
    }
    const RECENT: usize = 2000;
    let samples = &progress.run.samples;
    let recent = samples[samples.len().saturating_sub(RECENT)..].iter();
    let p50 = median(recent.map(|sample| sample.whole.as_secs_f64() * 1e6));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
    bar.set_position((progress.done.clamp(0.0, 1.0) * 1000.0) as u64);
    bar.set_message(format!("{}: p50 {}, {} runs", tasks[progress.series].key, report::time(p50), samples.len()));
}

/// Holds the series against a gate, each against its counterpart.
fn hold(gate: &Gate, document: &Document, baseline: Baseline<'_>) -> anyhow::Result<Vec<Verdict>> {
    if let (Baseline::Earlier(earlier), true) = (baseline, gate.is_on_fuel() && gate.is_relative()) {
        let (before, now) = (&earlier.environment.module_sha256, &document.environment.module_sha256);
        if before != now {
            return Err(anyhow!(
                "the fuel of the baseline was counted with another interpreter (module {before:.12}, here {now:.12}): measure the baseline anew"
            ));
        }
    }
    Ok(judge(gate, document, baseline)?)
}

fn baseline_path(name: &str, runner: &Runner) -> PathBuf {
    runner.home().benchmarks().join(format!("{name}.json"))
}

fn read_baseline(name_or_file: &str, runner: &Runner) -> anyhow::Result<Document> {
    let kept = name(name_or_file).ok().map(|name| baseline_path(&name, runner)).filter(|path| path.is_file());
    let path = kept.unwrap_or_else(|| name_or_file.into());
    let size = fs::metadata(&path).map(|metadata| metadata.len());
    let size = size.with_context(|| format!("there is no baseline '{name_or_file}': neither kept by --save nor a file"))?;
    if size > MAX_BASELINE_BYTES {
        return Err(anyhow!("{} is larger than {MAX_BASELINE_BYTES} bytes", path.display()));
    }
    let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let document: Document = serde_json::from_slice(&text).with_context(|| format!("{} is no export of bench", path.display()))?;
    if document.environment.format != FORMAT {
        return Err(anyhow!("{} has format {}, this program reads {FORMAT}", path.display(), document.environment.format));
    }
    Ok(document)
}

/// Complete under its name, or as it was.
fn save(path: &Path, document: &Document) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer(&mut file, document).map_err(io::Error::from)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_names() {
        for (text, ms) in
            [("3s", Some(3000)), ("500ms", Some(500)), ("0.25", Some(250)), ("-1s", None), ("3m", None), ("nan", None), ("", None)]
        {
            assert_eq!(time(text).ok(), ms.map(Duration::from_millis), "{text}");
        }
        for (text, ok) in [("main", true), ("v1.2_3-x", true), ("", false), ("a/b", false), ("..", false), (".x", false)] {
            assert_eq!(name(text).is_ok(), ok, "{text}");
        }
    }
}
