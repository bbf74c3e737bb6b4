//! `wasmlam bench`: packages measured side by side, compared with each other or with a baseline, gated.

use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use anyhow::anyhow;
use clap::Args;

use super::arguments::{EventArgs, FunctionArgs};
use super::signals::on_first_signal;
use super::{Failure, choice, exit, note, print, progress, threads, usage};
use crate::bench::{Baseline, BenchDocument, BenchMode, Gate, Plan, StopRequest, Strategy, judge_gates, parse_duration};
use crate::report::bench as report;
use crate::runner::{
    BaselineName, CpuModel, MeasureRequest, Measurement, Runner, profile, read_baseline, read_prices, requests, save_baseline,
};

/// Bytes of all events together: every thread has a copy.
const MAX_EVENTS_BYTES: usize = 64 << 20;
/// Its paragraphs have no line ends of their own: they are wrapped to the terminal.
const HELP: &str = include_str!("help/bench.txt").trim_ascii_end();

/// What was typed; nothing is read or opened yet.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
#[command(mut_arg("memory_size", |argument| argument.help("Memory it may use, 128 to 10240; several, with commas, are series of their own")))]
pub(crate) struct BenchArgs {
    /// Zip files, folders, or .py files; all others are compared with the first one
    #[arg(required_unless_present = "compare", value_name = "PACKAGE")]
    packages: Vec<PathBuf>,
    #[command(flatten)]
    events: EventArgs,
    /// cold: boot, init and a call without any image; publish: init and its image; each: init and a call; snapshot: a call
    /// in a sandbox made from the image; reuse: a call in a sandbox that served calls before
    #[arg(long, value_name = "MODES", default_value = "snapshot,reuse", value_delimiter = ',', value_parser = choice(&BenchMode::NAMES))]
    mode: Vec<BenchMode>,
    /// Measure each series for this time, and for at least ten runs
    #[arg(long, value_name = "TIME", default_value = "3s", value_parser = parse_duration)]
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
    #[arg(long, value_name = "FORMAT=FILE", value_parser = report::ExportTo::from_str)]
    export: Vec<report::ExportTo>,
    /// Show which functions the operators of the first event's call go to, counted, not sampled
    #[arg(long)]
    profile: bool,
    /// Write the profile of the one package: a flame graph (.svg), speedscope (.json) or collapsed stacks (.txt)
    #[arg(long, value_name = "FILE", requires = "profile", value_parser = report::ProfileTo::from_str)]
    profile_out: Option<report::ProfileTo>,
    /// What the recommended memory size is best at, with --cpu-model lambda
    #[arg(long, value_name = "STRATEGY", default_value = "balanced", value_parser = choice(&Strategy::NAMES))]
    strategy: Strategy,
    /// Prices for the cost model instead of those of us-east-1, in the form of src/bench/prices.json
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    #[command(flatten)]
    function: FunctionArgs,
}

fn runs(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| format!("runs is {text}, but must be a whole number, at least 1"))
}

/// Runs the command. Must be on a guest thread.
pub(crate) fn run(arguments: &BenchArgs, runner: &Runner) -> Result<u8, Failure> {
    if arguments.function.deterministic {
        return Err(usage(anyhow!("bench measures real time, so --deterministic has no place here; fuel is always counted that way")));
    }
    if arguments.profile_out.is_some() && arguments.packages.len() > 1 {
        return Err(usage(anyhow!("--profile-out takes the profile of one package, here are {}", arguments.packages.len())));
    }
    report::check_files(&arguments.export, arguments.profile_out.as_ref())?;
    if let Some([before, now]) = arguments.compare.as_deref() {
        let read = |name: &String| read_baseline(runner.home(), name);
        return arguments.finish(runner, &read(now)?, Some(&read(before)?));
    }
    let is_relative = arguments.fail_on.iter().find(|gate| gate.is_relative());
    if let (Some(gate), None, 1) = (is_relative, &arguments.baseline, arguments.packages.len()) {
        return Err(usage(anyhow!("--fail-on '{gate}' needs something to compare with: --baseline, or a second package")));
    }
    let baseline = arguments.baseline.as_deref().map(|name| read_baseline(runner.home(), name)).transpose()?;
    let invocations = arguments.events.source().invocations(MAX_EVENTS_BYTES)?;
    let packages = requests(&arguments.function.settings_of_any_size()?, &arguments.packages)?;
    let price = read_prices(arguments.prices.as_deref())?;
    let price = packages.iter().any(|(_, request)| request.cpu == CpuModel::Lambda).then_some(price);
    let stop = StopRequest::default();
    let asked = stop.clone();
    let request = MeasureRequest {
        packages: &packages,
        memory_sizes: arguments.function.memory_sizes().to_vec(),
        modes: arguments.mode.clone(),
        concurrency: arguments.concurrency.clone(),
        invocations: &invocations,
        arguments: std::env::args().skip(2).collect(),
        stop: stop.clone(),
    };
    on_first_signal(move || {
        asked.ask();
        note("stopping: what was measured is shown; Ctrl-C again ends at once");
    })?;
    let measurement = Measurement::prepare(runner, &request)?;
    let plan = Plan { warmup: arguments.warmup, runs: arguments.runs.map(NonZeroUsize::get), min_time: arguments.min_time };
    let bar = progress(Some(1000), "wasmlam: {bar:30} {percent:>3} % {eta:>3}  {msg}");
    let measured = measurement.run(&plan, price.as_ref(), |key, progress| {
        bar.set_position(progress.per_mille());
        if !bar.is_hidden() {
            bar.set_message(report::estimate(key, &progress));
        }
    });
    bar.finish_and_clear();
    let code = arguments.finish(runner, &measured?, baseline.as_ref())?;
    if stop.is_asked() {
        return Ok(exit::INTERRUPTED);
    }
    if arguments.profile {
        for (name, request) in &packages {
            let profile = profile(runner, name, request, &invocations[0])?;
            print(format!("\n{}", report::profile_text(name, &profile)).as_bytes())?;
            if let Some(file) = &arguments.profile_out {
                report::write_file(&file.path, &report::profile(file.format, &profile))?;
            }
        }
    }
    Ok(code)
}

impl BenchArgs {
    /// Shows results, writes and keeps them, and checks the gates.
    fn finish(&self, runner: &Runner, document: &BenchDocument, earlier: Option<&BenchDocument>) -> Result<u8, Failure> {
        let baseline = earlier.map_or(Baseline::First, Baseline::Earlier);
        let (judged, refused) = judge_gates(&self.fail_on, document, baseline);
        report::write(document, baseline, self.strategy, &judged, &self.export, &mut io::stdout().lock())?;
        if let Some(name) = &self.save {
            save_baseline(runner.home(), name, document)?;
        }
        if self.export.iter().any(report::ExportTo::is_stdout) {
            judged.iter().for_each(|verdict| note(&verdict.text));
        }
        match refused {
            Some(error) => Err(error.into()),
            None if judged.iter().all(|verdict| verdict.passed) => Ok(exit::OK),
            None => Ok(exit::FUNCTION_ERROR),
        }
    }
}
