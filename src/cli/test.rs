//! `wasmlam test`: packages are held to a suite of cases, and verdicts come out.

use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::anyhow;
use clap::Args;

use super::arguments::FunctionArgs;
use super::signals::stop_on_signals;
use super::watch::watch;
use super::{Failure, exit, note, print, progress, threads, usage};
use crate::function::Timeout;
use crate::judge::{Filter, SCHEMA, Suite, Verdict};
use crate::report::{ReportFormat, ReportTo, Reports, SuitePlan, SuiteReport};
use crate::runner::{Runner, SuiteEnd, SuiteOptions, SuiteRun};
use crate::text::Harmless;

/// Its paragraphs have no line ends of their own: they are wrapped to the terminal. The tables fit into 100 columns.
const HELP: &str = include_str!("help/test.txt").trim_ascii_end();

/// What was typed; nothing is read or opened yet.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct TestArgs {
    /// Packages, then the suite: zips, folders or .py files; a folder, a .jsonl, .yaml or .json file
    #[arg(value_name = "PACKAGE... SUITE", required_unless_present = "schema")]
    paths: Vec<PathBuf>,
    /// Only these cases
    #[arg(long, value_name = "EXPR", value_parser = Filter::from_str)]
    filter: Option<Filter>,
    /// Cases that run at the same time; results keep the suite's order [default: as many as there are cores]
    #[arg(long, value_name = "N", value_parser = threads("jobs"))]
    jobs: Option<NonZeroUsize>,
    /// Skip what comes after the first case that is not accepted
    #[arg(long)]
    fail_fast: bool,
    /// Run each case N times and say what was not the same: verdict, result, log or fuel
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeat: u32,
    /// With --repeat: exit with 1 if a case was not the same in each of its runs, even if it was accepted
    #[arg(long, requires = "repeat")]
    fail_on_flaky: bool,
    /// text, json, junit, tap, gradescope or csv (scores), with =FILE into a file; gradescope=FOLDER/ is a file for each
    /// package. Text goes to stdout if no other report does
    #[arg(long = "report", value_name = "FORMAT[=FILE]", value_parser = ReportTo::from_str)]
    reports: Vec<ReportTo>,
    /// Where the last --report goes
    #[arg(long, value_name = "FILE", requires = "reports")]
    report_file: Option<PathBuf>,
    /// Show event, expectation, result and log of hidden cases as well
    #[arg(long)]
    show_hidden: bool,
    /// Write results as the new expectations into the suite, where `result` or `text` alone differs
    #[arg(long)]
    update: bool,
    /// Bytes of log that a case may write
    #[arg(long, value_name = "BYTES", default_value = "1048576")]
    output_limit: u64,
    /// Seconds of CPU time that a case may use, beside --timeout: a busy machine does not change it
    #[arg(long, value_name = "SECONDS", value_parser = Timeout::from_str, allow_negative_numbers = true)]
    cpu_timeout: Option<Timeout>,
    /// Run again when a package, a layer or the suite changes
    #[arg(long, conflicts_with = "update")]
    watch: bool,
    /// Print the JSON Schema of suites
    #[arg(long)]
    schema: bool,
    #[command(flatten)]
    function: FunctionArgs,
}

/// Runs the command. Must be on a guest thread.
pub(crate) fn run(arguments: &TestArgs, runner: &Runner) -> Result<u8, Failure> {
    if arguments.schema {
        print(SCHEMA.as_bytes())?;
        return Ok(exit::OK);
    }
    if arguments.watch {
        return watch(&arguments.paths.iter().cloned().chain(arguments.function.files()).collect::<Vec<_>>());
    }
    let (suite, packages) = match arguments.paths.as_slice() {
        [packages @ .., suite] if !packages.is_empty() => (suite, packages),
        _ => return Err(usage(anyhow!("a package and a suite are needed: wasmlam test PACKAGE... SUITE"))),
    };
    let suite = Suite::open(suite)?;
    let (function, options, stop) =
        (arguments.function.settings()?, arguments.options(), stop_on_signals("cases that run are ended, and reports are written")?);
    let run = SuiteRun { runner, suite: &suite, packages, function: &function, options: &options, stop: &stop };
    let checked = run.check()?;
    for warning in checked.overridden(|option| std::env::args().any(|word| word == option || word.starts_with(&format!("{option}=")))) {
        note(&warning);
    }
    let plan = SuitePlan {
        total: checked.cases * packages.len() as u64,
        suite: suite.path().file_name().unwrap_or_default().to_string_lossy().into_owned(),
        packages: packages.len(),
        colour: io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    };
    let wanted = ReportTo::with_file(arguments.reports.clone(), arguments.report_file.as_deref())?;
    let mut reports = Reports::begin(wanted, &plan, stdout)?;
    let bar = progress(Some(plan.total), "{bar:20} {pos} of {len} cases, {eta} left");
    let SuiteEnd { summary, updates, result } = run.run(|record| {
        bar.inc(1);
        // On a terminal that both write to, the line must be out of the way.
        let mut write = || reports.case(record);
        if bar.is_hidden() || !io::stdout().is_terminal() { write() } else { bar.suspend(write) }
    });
    bar.finish_and_clear();
    let ended = reports.end(&summary);
    result?;
    ended?;
    if !summary.interrupted && !updates.is_empty() {
        suite.write(&updates)?;
    }
    Ok(match (summary.interrupted, summary.count(Verdict::Ie), summary.failed()) {
        (true, ..) => exit::INTERRUPTED,
        (_, 0, 0) if arguments.fail_on_flaky && summary.flaky > 0 => exit::FUNCTION_ERROR,
        (_, 0, 0) => exit::OK,
        (_, 0, _) => exit::FUNCTION_ERROR,
        _ => exit::INTERNAL,
    })
}

impl TestArgs {
    fn options(&self) -> SuiteOptions {
        SuiteOptions {
            filter: self.filter.clone(),
            jobs: self.jobs.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN),
            fail_fast: self.fail_fast,
            repeat: self.repeat,
            show_hidden: self.show_hidden,
            update: self.update,
            output_limit: self.output_limit,
            cpu_timeout: self.cpu_timeout,
            qualifier: self.function.qualifier.clone(),
        }
    }
}

/// What is written to stdout: to a terminal, nothing that could act there.
fn stdout(format: ReportFormat) -> Box<dyn Write> {
    match io::stdout().is_terminal() {
        // Text is made for one: the colours are its own.
        true if format != ReportFormat::Text => Box::new(Harmless(io::stdout())),
        _ => Box::new(io::stdout()),
    }
}
