//! `wasmlam bench`: packages measured side by side, compared with each other or with a baseline, gated.

use std::fs::{self, File};
use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, anyhow};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::events::{EventArgs, Source, event_lines};
use super::function::FunctionArgs;
use super::{Failure, exit, note, threads};
use crate::bench::{Baseline, Document, Gate, Key, Mode, Plan, Price, Progress, Stop, Strategy, Verdict, judge, median};
use crate::function::Invocation;
use crate::report::bench as report;
use crate::runner::{
    BaselineName, CpuModel, DeployRequest, MeasureError, MeasureRequest, Measurement, Runner, profile, read_baseline, save_baseline, unique,
};
use crate::sandbox::on_guest_thread;

/// Bytes of all events together: every thread has a copy.
const MAX_EVENTS_BYTES: usize = 64 << 20;
/// Its paragraphs have no line ends of their own: they are wrapped to the terminal.
const EXAMPLES: &str = "\
Examples:
  wasmlam bench package.zip --event-file event.json
  wasmlam bench old.zip new.zip --event-file event.json --fail-on 'fuel>+1%'
  wasmlam bench package.zip --save main        # and later, with a change:
  wasmlam bench package.zip --baseline main --fail-on 'fuel>+1%' --fail-on 'p50>+10%'
  wasmlam bench package.zip --cpu-model lambda --memory-size 128,256,512,1024,1769,3008 --timeout 60
  wasmlam bench --compare main change --fail-on 'p50>+10% in snapshot'
  wasmlam bench package.zip --mode cold,publish,each,snapshot,reuse --export html=bench.html

What is measured: a run is all of it, from asking for a sandbox until its memory is ready for the next one; `restore`, \
`handler`, `reset` and `init` are its parts. Series take turns in rounds, so that a machine that becomes slower does so \
for all alike; an interval (95 %) is a bootstrap over rounds. Fuel is counted apart, in one call for each event with \
counted time and seeded entropy: it is exact, the same on every machine, and takes no time from the other numbers.

Warnings say what to do. Rules: first run or more than 1 % of runs outliers by a modified Z-score above 10 (hyperfine); a trend over rounds (Mann-Kendall, Z > 3.29) of more than 5 %; threads that waited for a \
core, or the hypervisor took it, more than 2 % of the time; a load above 0.25 for each core before; quartiles of a fixed \
computation more than 10 % apart (Tukey).

Exit codes:
  0   measured, and every --fail-on passed
  1   a --fail-on failed, or a call did
  2   the command line is wrong, or a --fail-on cannot be judged: no baseline, or one with other
      events, another interpreter, CPU model or processor
  3 to 6, 70   a call ended so, as in `wasmlam run`";

/// What was typed; nothing is read or opened yet.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[command(mut_arg("memory_size", |argument| argument.help("Memory it may use, 128 to 10240; several, with commas, are series of their own")))]
pub(crate) struct BenchArgs {
    /// Zip files, folders, or .py files; all others are compared with the first one
    #[arg(required_unless_present = "compare", value_name = "PACKAGE")]
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
    /// Measure this many runs of each series instead
    #[arg(long, value_name = "N", value_parser = runs, allow_negative_numbers = true, conflicts_with = "min_time")]
    runs: Option<NonZeroUsize>,
    /// Runs of each series before any counts
    #[arg(long, value_name = "N", default_value = "3")]
    warmup: usize,
    /// Calls at the same time, each on a thread of its own; several, with commas, are series of their own
    #[arg(long, value_name = "LIST", default_value = "1", value_delimiter = ',', value_parser = threads("concurrency"))]
    concurrency: Vec<NonZeroUsize>,
    /// Compare two results that were kept, by name or file, and measure nothing
    #[arg(long, value_name = "BEFORE NOW", num_args = 2, conflicts_with_all = ["packages", "baseline", "save", "profile"])]
    compare: Option<Vec<String>>,
    /// Compare with what --save kept under this name, or with a file of --export json
    #[arg(long, value_name = "NAME|FILE")]
    baseline: Option<String>,
    /// Keep the results under this name, for --baseline
    #[arg(long, value_name = "NAME", value_parser = BaselineName::from_str)]
    save: Option<BaselineName>,
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
    /// Prices for the cost model instead of those of us-east-1, in the form of src/bench/prices.json
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
        let (format, path) =
            text.split_once('=').filter(|(_, path)| !path.is_empty()).ok_or("write FORMAT=FILE, or FORMAT=- for stdout")?;
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

fn runs(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| format!("runs is {text}, but must be a whole number, at least 1"))
}

fn usage(error: impl Into<anyhow::Error>) -> Failure {
    Failure::new(exit::USAGE, error)
}

impl From<MeasureError> for Failure {
    fn from(error: MeasureError) -> Self {
        match error {
            MeasureError::Deploy(error) => error.into(),
            MeasureError::Call { ref outcome, .. } => Self::new(exit::code(outcome), error),
            MeasureError::Nothing | MeasureError::Stopped => Self::new(exit::USAGE, error),
            MeasureError::Profile(_) | MeasureError::Host(_) => Self::new(exit::INTERNAL, error),
            MeasureError::Io(error) => error.into(),
        }
    }
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
    arguments.check_files()?;
    if let Some([before, now]) = arguments.compare.as_deref() {
        let read = |name: &String| read_baseline(runner.home(), name).map_err(usage);
        return arguments.finish(runner, &read(now)?, Some(&read(before)?));
    }
    let is_relative = arguments.fail_on.iter().find(|gate| gate.is_relative());
    if let (Some(gate), None, 1) = (is_relative, &arguments.baseline, arguments.packages.len()) {
        return Err(usage(anyhow!("--fail-on '{gate}' needs something to compare with: --baseline, or a second package")));
    }
    let baseline = arguments.baseline.as_deref().map(|name| read_baseline(runner.home(), name)).transpose().map_err(usage)?;
    let invocations = invocations(&arguments.events)?;
    let packages = load(arguments)?;
    let price = match &arguments.prices {
        Some(path) => fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display())).map_err(usage)?,
        None => Price::DEFAULT.to_owned(),
    };
    let price = Price::read(&price).map_err(usage)?;
    let price = packages.iter().any(|(_, request)| request.cpu == CpuModel::Lambda).then_some(price);

    let request = MeasureRequest {
        packages: &packages,
        memory_sizes: arguments.function.memory_sizes(),
        modes: arguments.mode.iter().map(|mode| Mode::from(*mode)).collect(),
        concurrency: arguments.concurrency.clone(),
        invocations: &invocations,
        arguments: std::env::args().skip(2).collect(),
        stop: Stop::default(),
    };
    let measurement = Measurement::prepare(runner, &request)?;
    let plan = Plan { warmup: arguments.warmup, runs: arguments.runs.map(NonZeroUsize::get), min_time: arguments.min_time };
    let bar = progress_bar();
    let document = measurement.run(&plan, price.as_ref(), |key, progress| show(&bar, key, progress))?;
    bar.finish_and_clear();

    let code = arguments.finish(runner, &document, baseline.as_ref())?;
    if arguments.profile {
        for (name, request) in &packages {
            let profile = profile(runner, name, request, &invocations[0])?;
            write!(io::stdout().lock(), "\n{}", report::profile_text(name, &profile))?;
            if let Some(file) = &arguments.profile_out {
                write_file(&file.path, &report::profile(file.format, &profile))?;
            }
        }
    }
    Ok(code)
}

impl BenchArgs {
    /// Whether the files can be written, before minutes are spent on what goes into them.
    fn check_files(&self) -> Result<(), Failure> {
        let exports = self.export.iter().map(|export| &export.path).filter(|path| *path != Path::new("-"));
        let paths: Vec<&PathBuf> = exports.chain(self.profile_out.iter().map(|file| &file.path)).collect();
        if unique(paths.iter().copied()).count() < paths.len() {
            return Err(usage(anyhow!("two results would be written to the same file")));
        }
        for path in paths {
            let is_new = !path.exists();
            let open = File::options().append(true).create(true).open(path);
            open.with_context(|| format!("cannot write {}", path.display())).map_err(usage)?;
            if is_new {
                let _ = fs::remove_file(path); // it was made only to see whether it can be
            }
        }
        Ok(())
    }

    /// Shows results, writes and keeps them, and checks the gates.
    fn finish(&self, runner: &Runner, document: &Document, earlier: Option<&Document>) -> Result<u8, Failure> {
        let baseline = earlier.map_or(Baseline::First, Baseline::Earlier);
        let mut judged = Vec::new();
        let mut refused = None;
        for gate in &self.fail_on {
            match judge(gate, document, baseline) {
                Ok(verdicts) => judged.extend(verdicts),
                // The results are not lost for it.
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        let to_stdout = self.export.iter().any(|export| export.path == Path::new("-"));
        if !to_stdout {
            write!(io::stdout().lock(), "{}", report::text(document, baseline, self.strategy.into()))?;
        }
        for export in &self.export {
            let text = report::export(export.format, document, baseline, self.strategy.into(), &judged);
            if export.path == Path::new("-") {
                io::stdout().lock().write_all(text.as_bytes())?;
            } else {
                write_file(&export.path, &text)?;
            }
        }
        if let Some(name) = &self.save {
            save_baseline(runner.home(), name, document)?;
        }
        for Verdict { text, .. } in &judged {
            if to_stdout {
                note(text);
            } else {
                writeln!(io::stdout().lock(), "{text}")?;
            }
        }
        match refused {
            Some(error) => Err(usage(error)),
            None if judged.iter().all(|verdict| verdict.passed) => Ok(exit::OK),
            None => Ok(exit::FUNCTION_ERROR),
        }
    }
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

fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display())).map_err(usage)
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
fn show(bar: &ProgressBar, key: &Key, progress: Progress<'_>) {
    if bar.is_hidden() {
        return;
    }
    const RECENT: usize = 2000;
    let samples = &progress.run.samples;
    let recent = samples[samples.len().saturating_sub(RECENT)..].iter();
    let p50 = median(recent.map(|sample| sample.whole.as_secs_f64() * 1e6));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
    bar.set_position((progress.done.clamp(0.0, 1.0) * 1000.0) as u64);
    bar.set_message(format!("{}: p50 {}, {} runs", key, report::time(p50), samples.len()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, ms) in
            [("3s", Some(3000)), ("500ms", Some(500)), ("0.25", Some(250)), ("-1s", None), ("3m", None), ("nan", None), ("", None)]
        {
            assert_eq!(time(text).ok(), ms.map(Duration::from_millis), "{text}");
        }
    }
}
