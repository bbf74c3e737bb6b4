//! `wasmlam test`: packages are held to a suite of cases, and verdicts come out.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::anyhow;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::function::FunctionArgs;
use super::signals::stop_on_signals;
use super::watch::watch;
use super::{Failure, exit, for_reader, note, threads};
use crate::judge::{Filter, Record, SCHEMA, Suite, Summary, Verdict};
use crate::report::{Format, Plan, SuiteReport, gradescope_folder};
use crate::runner::{Checked, Runner, SuiteEnd, SuiteOptions, SuiteRun, SuiteRunError};
use crate::sandbox::on_guest_thread;

/// Its paragraphs have no line ends of their own: they are wrapped to the terminal. The tables fit into 100 columns.
const HELP: &str = "\
A suite is a folder of pairs (NAME.event.json, NAME.expected.json), a JSON Lines file, or a YAML or JSON file with a list \
of cases or {\"defaults\": {...}, \"cases\": [...]}. A case has `name`, and may have `event` or `event_file`, `expect`, \
`timeout` (s), `memory_size` (MB), `fuel` (which go before those of the command line), `env`, `points` (1), `hidden`, `tags`, `files` (path in /tmp: text, \
{\"base64\": ...} or {\"file\": ...}). Without `expect`, every result will do that is no error. A case with the tag `skip` \
is not run.

`expect` may have:
  result, subset   equal as JSON; at least this
  ignore           paths that are not compared: $.a[0].b, $.items[*].id, $[\"odd key\"]
  tolerance        {\"abs\": 1e-6, \"rel\": 1e-9} for numbers
  unordered        true, or the paths of arrays whose order does not matter
  matches          path: regular expression
  types            path: null, boolean, number, integer, nan, string, array or object
  text             the result's text: of a string its value, else the bytes as they were returned
  error            {\"type\": \"KeyError\", \"message\": regular expression}
  log              regular expressions that must be in the log, in this order
  outcome          how it must end: ok, function_error, init_error, exited, trapped, timeout,
                   out_of_memory, out_of_fuel, result_too_large
  http             {\"status\", \"headers\", \"body\" or \"body_subset\" or \"body_text\"} of an API Gateway
                   answer; paths begin at {status, headers, body} then
  checker          a package, or {\"package\", \"args\"}: a handler that gets {event, expected, result,
                   text, error, log, args} in a sandbox of its own and answers true, false or
                   {\"accepted\": true or false, \"message\": \"...\"}

`wasmlam test --schema` prints all of it as a JSON Schema.

Verdicts, the first that holds: IE internal error, CE cannot be loaded, SV security violation, MLE memory, TLE time, FLE \
fuel, OLE output, RE runtime error, WA wrong answer, SK skipped, AC accepted. An outcome or error that is expected by name \
is AC.

Filters: a part of a name; or name(~part), name(=whole), name(/regex/), tag(word) with and, or, not and ( ).

Exit codes:
  0    every case was accepted or skipped
  1    some were not; with --fail-on-flaky, or not the same each time
  2    the command line or the suite is wrong; nothing was run
  70   a fault of wasmlam, of its installation or of a checker (IE)
  130  stopped by Ctrl-C or SIGTERM; what was done is reported";

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
    /// Run again when a package, a layer or the suite changes
    #[arg(long, conflicts_with = "update")]
    watch: bool,
    /// Print the JSON Schema of suites
    #[arg(long)]
    schema: bool,
    #[command(flatten)]
    function: FunctionArgs,
}

/// A report and the file it goes to; without one it is stdout.
#[derive(Debug, Clone)]
struct ReportTo {
    format: Format,
    file: Option<PathBuf>,
}

impl FromStr for ReportTo {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = text.split_once('=').map_or((text, None), |(format, file)| (format, Some(file)));
        if file == Some("") {
            return Err(format!("'{text}' names no file"));
        }
        // `-` is stdout, as for files that are read it is stdin.
        Ok(Self { format: format.parse()?, file: file.filter(|file| *file != "-").map(PathBuf::from) })
    }
}

impl ReportTo {
    fn is_folder(&self) -> bool {
        self.file.as_ref().is_some_and(|file| file.as_os_str().to_string_lossy().ends_with('/'))
    }
}

/// Runs the command on a thread that can hold a guest's stack.
pub(crate) fn run(arguments: TestArgs, runner: &Runner) -> Result<u8, Failure> {
    if arguments.schema {
        io::stdout().write_all(SCHEMA.as_bytes())?;
        return Ok(exit::OK);
    }
    if arguments.watch {
        return watch(&arguments.paths.iter().cloned().chain(arguments.function.files()).collect::<Vec<_>>());
    }
    on_guest_thread(|| run_here(&arguments, runner)).map_err(|error| Failure::new(exit::INTERNAL, error))?
}

fn run_here(arguments: &TestArgs, runner: &Runner) -> Result<u8, Failure> {
    let usage = |text: &str| Failure::new(exit::USAGE, anyhow!(text.to_owned()));
    let (suite, packages) = match arguments.paths.as_slice() {
        [packages @ .., suite] if !packages.is_empty() => (suite, packages),
        _ => return Err(usage("a package and a suite are needed: wasmlam test PACKAGE... SUITE")),
    };
    if arguments.update && packages.len() > 1 {
        return Err(usage("--update takes the results of one package"));
    }
    // A missing package is a usage error; one that cannot be loaded gets the verdict CE.
    if let Some(missing) = packages.iter().find(|path| !path.exists()) {
        return Err(usage(&format!("there is no package '{}'", missing.display())));
    }
    let suite = Suite::open(suite).map_err(SuiteRunError::from)?;
    let (function, options, stop) =
        (arguments.function.settings()?, arguments.options(), stop_on_signals("cases that run are ended, and reports are written")?);
    let run = SuiteRun { runner, suite: &suite, packages, function: &function, options: &options, stop: &stop };
    let checked = run.check()?;
    arguments.warn_of_overridden(&checked);
    let plan = Plan {
        total: checked.cases * packages.len() as u64,
        suite: suite.path().file_name().unwrap_or_default().to_string_lossy().into_owned(),
        packages: packages.len(),
        colour: false,
    };
    let mut reports = Reports::open(arguments, &plan)?;
    let SuiteEnd { summary, updates, result } = run.run(|record| reports.case(record));
    let ended = reports.end(&summary);
    result?;
    ended?;
    if !summary.interrupted && !updates.is_empty() {
        suite.write(&updates).map_err(SuiteRunError::from)?;
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
    /// A case's own bounds go before those of the command line, which a user may not expect.
    fn warn_of_overridden(&self, checked: &Checked) {
        let of_line = |option: &str| std::env::args().any(|argument| argument == option || argument.starts_with(&format!("{option}=")));
        for (option, count) in
            [("--timeout", checked.own_timeouts), ("--memory-size", checked.own_memory_sizes), ("--fuel", checked.own_fuels)]
        {
            if count > 0 && of_line(option) {
                note(&format!("warning: {option} is not for {count} of {} cases: the suite says theirs", checked.cases));
            }
        }
    }

    fn options(&self) -> SuiteOptions {
        SuiteOptions {
            filter: self.filter.clone(),
            jobs: self.jobs.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN),
            fail_fast: self.fail_fast,
            repeat: self.repeat,
            show_hidden: self.show_hidden,
            update: self.update,
            output_limit: self.output_limit,
            qualifier: self.function.qualifier.clone(),
        }
    }
}

impl From<SuiteRunError> for Failure {
    fn from(error: SuiteRunError) -> Self {
        match error {
            error @ (SuiteRunError::Suite(_) | SuiteRunError::Case { .. } | SuiteRunError::Empty(_)) => Self::new(exit::USAGE, error),
            SuiteRunError::Deploy(error) => error.into(),
            SuiteRunError::Io(error) => error.into(),
        }
    }
}

/// Where the reports go, and the line that shows how far it is.
struct Reports {
    reports: Vec<Box<dyn SuiteReport>>,
    progress: ProgressBar,
}

impl Reports {
    fn open(arguments: &TestArgs, plan: &Plan) -> Result<Self, Failure> {
        let usage = |text: String| Failure::new(exit::USAGE, anyhow!(text));
        let mut wanted = arguments.reports.clone();
        if let (Some(file), Some(last)) = (&arguments.report_file, wanted.last_mut())
            && last.file.replace(file.clone()).is_some()
        {
            return Err(usage("the last --report names a file, and --report-file another one".into()));
        }
        if wanted.iter().any(|report| report.format == Format::Gradescope && !report.is_folder()) && plan.packages > 1 {
            return Err(usage("a gradescope report is about one package; gradescope=FOLDER/ writes one for each".into()));
        }
        if let Some(folder) = wanted.iter().find(|report| report.format != Format::Gradescope && report.is_folder()) {
            return Err(usage(format!("{} is a folder, but must be a file", folder.file.as_deref().unwrap_or(Path::new("")).display())));
        }
        match wanted.iter().filter(|report| report.file.is_none()).count() {
            0 => wanted.push(ReportTo { format: Format::Text, file: None }),
            1 => {}
            _ => return Err(usage("one report can go to stdout; give the others a file: --report junit=FILE".into())),
        }
        for (i, report) in wanted.iter().enumerate() {
            if let Some(file) = report.file.as_ref().filter(|_| wanted[..i].iter().any(|other| other.file == report.file)) {
                return Err(usage(format!("two reports would be written to {}", file.display())));
            }
        }
        let begin = |report: &ReportTo| -> Result<Box<dyn SuiteReport>, Failure> {
            let colour = report.file.is_none() && io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            if let (true, Some(folder)) = (report.is_folder(), &report.file) {
                return gradescope_folder(folder).map_err(|error| usage(format!("cannot write to {}: {error}", folder.display())));
            }
            let out: Box<dyn Write> = match &report.file {
                Some(path) => {
                    let file = File::create(path).map_err(|error| usage(format!("cannot write {}: {error}", path.display())))?;
                    Box::new(BufWriter::new(file))
                }
                None if !io::stdout().is_terminal() => Box::new(BufWriter::new(io::stdout())),
                // Text is made for one: the colours are its own.
                None if report.format == Format::Text => Box::new(io::stdout()),
                None => Box::new(ForTerminal),
            };
            Ok(report.format.begin(out, Plan { colour, ..plan.clone() })?)
        };
        let reports = wanted.iter().map(begin).collect::<Result<_, _>>()?;
        let target = if io::stderr().is_terminal() { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() };
        let progress = ProgressBar::with_draw_target(Some(plan.total), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:20} {pos} of {len} cases, {eta} left") {
            progress.set_style(style);
        }
        Ok(Self { reports, progress })
    }

    fn case(&mut self, record: &Record) -> io::Result<()> {
        let Self { reports, progress } = self;
        progress.inc(1);
        let mut write = || reports.iter_mut().try_for_each(|report| report.case(record));
        // On a terminal both write to, the line must be out of the way.
        if progress.is_hidden() || !io::stdout().is_terminal() { write() } else { progress.suspend(write) }
    }

    fn end(&mut self, summary: &Summary) -> io::Result<()> {
        self.progress.finish_and_clear();
        self.reports.iter_mut().try_for_each(|report| report.end(summary))
    }
}

/// Stdout when it is a terminal: what a guest wrote must not act there.
struct ForTerminal;

impl Write for ForTerminal {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stdout().write_all(for_reader(&String::from_utf8_lossy(bytes), true).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stdout().flush()
    }
}
