//! `wasmlam test`: packages are held to a suite of cases, and verdicts come out.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::anyhow;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use signal_hook::consts::{SIGINT, SIGTERM};

use super::function::FunctionArgs;
use super::{Failure, exit, for_reader, threads};
use crate::function::{Completion, Environment, Fuel, Invocation, MemorySize, Outcome};
use crate::judge::{
    Bounds, Case, Checker, Evidence, Filter, Judgement, Record, SCHEMA, Suite, SuiteError, Summary, Update, Verdict, check_event, judge,
    update,
};
use crate::report::{Format, Plan, SuiteReport};
use crate::runner::{DeployRequest, Deployment, Runner, in_order};
use crate::sandbox::on_guest_thread;

/// Its paragraphs have no line ends of their own: they are wrapped to the terminal. The tables fit into 100 columns.
const HELP: &str = "\
A suite is a folder of pairs (NAME.event.json, NAME.expected.json), a JSON Lines file, or a YAML or JSON file with a list \
of cases or {\"defaults\": {...}, \"cases\": [...]}. A case has `name`, and may have `event` or `event_file`, `expect`, \
`timeout` (s), `memory_size` (MB), `fuel`, `env`, `points` (1), `hidden`, `tags`, `files` (path in /tmp: text, \
{\"base64\": ...} or {\"file\": ...}). Without `expect`, every result will do that is no error. A case with the tag `skip` \
is not run.

`expect` may have:
  result, subset   equal as JSON; at least this
  ignore           paths that are not compared: $.a[0].b, $.items[*].id, $[\"odd key\"]
  tolerance        {\"abs\": 1e-6, \"rel\": 1e-9} for numbers
  unordered        true, or the paths of arrays whose order does not matter
  matches          path: regular expression
  types            path: null, boolean, number, integer, string, array or object
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
  1    some were not
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
    /// text, json, junit, tap or gradescope, with =FILE into a file. Text goes to stdout if no other report does
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
        Ok(Self { format: format.parse()?, file: file.map(PathBuf::from) })
    }
}

/// Runs the command on a thread that can hold a guest's stack.
pub(crate) fn run(arguments: TestArgs, runner: &Runner) -> Result<u8, Failure> {
    if arguments.schema {
        io::stdout().write_all(SCHEMA.as_bytes())?;
        return Ok(exit::OK);
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
    // A package that is no package is the code's fault; one that is not there is the caller's.
    if let Some(missing) = packages.iter().find(|path| !path.exists()) {
        return Err(usage(&format!("there is no package '{}'", missing.display())));
    }
    let suite = Suite::open(suite).map_err(|error| Failure::new(exit::USAGE, error))?;
    let cases = check(&suite, arguments).map_err(|error| Failure::new(exit::USAGE, error))?;
    let plan = Plan {
        suite: suite.path().file_name().unwrap_or_default().to_string_lossy().into_owned(),
        packages: packages.len(),
        total: cases * packages.len() as u64,
        colour: false,
    };
    let mut reports = Reports::open(arguments, &plan)?;
    let stop = Stop::on_signals()?;
    let tasks = Tasks { arguments, suite: &suite, runner, stop: &stop, packages: packages.iter(), current: None, published: Vec::new() };
    let jobs = arguments.jobs.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    let (mut summary, mut updates) = (Summary::default(), BTreeMap::new());
    let judge = Judge { arguments, suite: &suite, stop: &stop };
    let ran = in_order(
        jobs,
        tasks,
        || |task: Task| judge.run(&task),
        |judged: Option<(Record, Option<Update>)>| {
            // A worker that was told to stop has nothing.
            let Some((mut record, update)) = judged else { return Ok(()) };
            if stop.after_failure() && record.verdict != Verdict::Sk {
                record = skipped(record, AFTER_FAILURE); // it ran at the same time as the one that failed
            } else if let Some(update) = update {
                updates.insert(record.name.clone(), update);
            }
            if arguments.fail_fast && record.verdict.is_failure() {
                stop.skip.store(true, Ordering::Relaxed);
            }
            summary.add(&record);
            Ok::<_, Failure>(reports.case(&record)?)
        },
    );
    summary.interrupted = stop.is_asked() || ran.is_err();
    let ended = reports.end(&summary);
    ran?;
    ended?;
    if !summary.interrupted && !updates.is_empty() {
        suite.write(&updates).map_err(|error| Failure::new(exit::USAGE, error))?;
    }
    Ok(match (summary.interrupted, summary.count(Verdict::Ie), summary.failed()) {
        (true, ..) => exit::INTERRUPTED,
        (_, 0, 0) => exit::OK,
        (_, 0, _) => exit::FUNCTION_ERROR,
        _ => exit::INTERNAL,
    })
}

/// Reads the whole suite, so that a mistake at its end is told before anything runs. How many cases are meant.
fn check(suite: &Suite, arguments: &TestArgs) -> anyhow::Result<u64> {
    let environment = arguments.function.environment()?;
    // 16 bytes for each case, not its name.
    let mut names = HashSet::new();
    let mut meant = 0;
    for case in suite.cases()? {
        let case = case?;
        let wrong = |what: String| anyhow!("{} ({}): {what}", case.place, case.name);
        if !names.insert(xxhash_rust::xxh3::xxh3_128(case.name.as_bytes())) {
            return Err(wrong("there is another case of this name".into()));
        }
        if let Some(env) = &case.env {
            environment.with(env).map_err(|error| wrong(error.to_string()))?;
        }
        check_event(&suite.event(&case)?).map_err(wrong)?;
        suite.check_files(&case)?;
        meant += u64::from(arguments.means(&case));
    }
    Ok(meant)
}

impl TestArgs {
    fn means(&self, case: &Case) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.matches(case))
    }
}

/// Why not to go on.
struct Stop {
    /// By a signal; a second one ends the program at once.
    asked: Arc<AtomicBool>,
    /// By a case that was not accepted.
    skip: AtomicBool,
}

impl Stop {
    fn on_signals() -> io::Result<Self> {
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            signal_hook::flag::register_conditional_shutdown(signal, exit::INTERRUPTED.into(), Arc::clone(&asked))?;
            signal_hook::flag::register(signal, Arc::clone(&asked))?;
        }
        Ok(Self { asked, skip: AtomicBool::new(false) })
    }

    fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    fn after_failure(&self) -> bool {
        self.skip.load(Ordering::Relaxed)
    }
}

/// A case on its way to a worker.
struct Task {
    package: Arc<str>,
    case: Case,
    /// What runs it, or why nothing can.
    invoker: Result<Deployment, Arc<str>>,
    checker: Option<Result<Deployment, String>>,
}

/// Functions that are kept published at the same time: one of each package, of each memory size and of each environment.
const MAX_PUBLISHED: usize = 16;

/// What a published function depends on; cases that agree in it share one.
#[derive(PartialEq)]
struct Settings {
    package: PathBuf,
    memory_size: MemorySize,
    environment: Environment,
    counts_fuel: bool,
    is_checker: bool,
}

/// The cases of every package in turn, with what runs them. Functions are published here, on one thread, when they are
/// first needed.
struct Tasks<'a> {
    arguments: &'a TestArgs,
    suite: &'a Suite,
    runner: &'a Runner,
    stop: &'a Stop,
    packages: std::slice::Iter<'a, PathBuf>,
    current: Option<Current<'a>>,
    /// The one used last is the last.
    published: Vec<(Settings, Deployment)>,
}

struct Current<'a> {
    path: &'a Path,
    name: Arc<str>,
    request: Result<DeployRequest, Arc<str>>,
    cases: Box<dyn Iterator<Item = Result<Case, SuiteError>> + 'a>,
}

impl Iterator for Tasks<'_> {
    type Item = Result<Task, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.stop.is_asked() {
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
                Ok(case) if !self.arguments.means(&case) => None,
                Ok(case) => Some(self.task(case, &current)),
                Err(error) => Some(Err(Failure::new(exit::USAGE, error))),
            };
            self.current = Some(current);
            if task.is_some() {
                return task;
            }
        }
    }
}

impl<'a> Tasks<'a> {
    fn begin(&self, path: &'a Path) -> Result<Current<'a>, Failure> {
        let request = match self.arguments.function.request(path) {
            Ok(request) => Ok(request),
            // The others can be tested.
            Err(Failure { code: exit::PACKAGE, error }) => Err(format!("{error:#}").into()),
            Err(failure) => return Err(failure),
        };
        let cases = self.suite.cases().map_err(|error| Failure::new(exit::USAGE, error))?;
        Ok(Current { path, name: path.display().to_string().into(), request, cases })
    }

    fn task(&mut self, case: Case, current: &Current<'_>) -> Result<Task, Failure> {
        let invoker = match &current.request {
            Ok(request) => Ok(self.invoker(current.path, request, &case)?),
            Err(reason) => Err(Arc::clone(reason)),
        };
        let checker = match case.expect.as_ref().and_then(|expect| expect.checker.as_ref()) {
            Some(checker) => Some(self.checker(checker)?),
            None => None,
        };
        Ok(Task { package: Arc::clone(&current.name), case, invoker, checker })
    }

    /// The function with the settings of a case.
    fn invoker(&mut self, path: &Path, request: &DeployRequest, case: &Case) -> Result<Deployment, Failure> {
        let mut config = request.config.clone();
        if let Some(env) = &case.env {
            config.environment = config.environment.with(env).map_err(|error| Failure::new(exit::USAGE, error))?;
        }
        config.memory_size = case.memory_size.unwrap_or(config.memory_size);
        // Each invocation says how much.
        config.fuel = case.fuel.or(config.fuel).map(|_| Fuel::MAX);
        let settings = Settings {
            package: path.to_owned(),
            memory_size: config.memory_size,
            environment: config.environment.clone(),
            counts_fuel: config.fuel.is_some(),
            is_checker: false,
        };
        self.published(settings, |runner| deploy(runner, DeployRequest { config, ..request.clone() }))
    }

    /// A checker's function, or why there is none.
    fn checker(&mut self, checker: &Checker) -> Result<Result<Deployment, String>, Failure> {
        let path = self.suite.beside(&checker.package);
        // Those of `of_checker`, so that its package is read once and not for each case.
        let settings = Settings {
            package: path.clone(),
            memory_size: MemorySize::CHECKER,
            environment: Environment::default(),
            counts_fuel: false,
            is_checker: true,
        };
        let function = &self.arguments.function;
        let published = self.published(settings, |runner| deploy(runner, function.of_checker().request(&path)?));
        match published {
            Ok(invoker) => Ok(Ok(invoker)),
            Err(Failure { code: exit::PACKAGE, error }) => Ok(Err(format!("{error:#}"))),
            Err(failure) => Err(failure),
        }
    }

    /// The function with these settings: a known one, or the one that `publish` makes.
    fn published(
        &mut self,
        settings: Settings,
        publish: impl FnOnce(&Runner) -> Result<Deployment, Failure>,
    ) -> Result<Deployment, Failure> {
        let known = self.published.iter().position(|(known, _)| *known == settings);
        let entry = match known {
            Some(at) => self.published.remove(at),
            None => (settings, publish(self.runner)?),
        };
        let invoker = entry.1.clone();
        self.published.push(entry);
        if self.published.len() > MAX_PUBLISHED {
            self.published.remove(0);
        }
        Ok(invoker)
    }
}

fn deploy(runner: &Runner, request: DeployRequest) -> Result<Deployment, Failure> {
    let deployment = runner.deploy(request)?;
    deployment.take_init(); // a case is judged by its own call
    Ok(deployment)
}

const AFTER_FAILURE: &str = "after a case that was not accepted";
const BY_TAG: &str = "by its tag `skip`";
/// Bytes of a log that a report can show, from its end.
const SHOWN_LOG: usize = 4096;
/// Bytes of an event that a report can show.
const SHOWN_EVENT: usize = 4096;

/// What a worker does.
struct Judge<'a> {
    arguments: &'a TestArgs,
    suite: &'a Suite,
    stop: &'a Stop,
}

impl Judge<'_> {
    /// A record of a case, and its new expectation if it has one. `None` when there was no time to begin.
    fn run(&self, task: &Task) -> Option<(Record, Option<Update>)> {
        if self.stop.is_asked() {
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
        if self.stop.after_failure() {
            return Some((skipped(record, AFTER_FAILURE), None));
        }
        Some(match self.invoke(task) {
            Ok(runs) => self.record(task, record, runs),
            Err(judgement) => (self.judged(record, judgement, None), None),
        })
    }

    /// Runs the case as often as it was asked for.
    fn invoke(&self, task: &Task) -> Result<Runs, Judgement> {
        let internal = |reason: String| Judgement::new(Verdict::Ie, reason);
        let invoker = task.invoker.as_ref().map_err(|reason| Judgement::new(Verdict::Ce, &**reason))?;
        let event = self.suite.event(&task.case).map_err(|error| internal(error.to_string()))?;
        let invocation = self.invocation(&task.case, event).map_err(|error| internal(error.to_string()))?;
        let mut runs = Runs { event: Vec::new(), first: None, worst: None, changed: Vec::new(), count: 0 };
        for _ in 0..self.arguments.repeat {
            let completion = invoker.worker().invoke(&invocation).map_err(|error| internal(error.to_string()))?;
            let judgement = self.judge(task, &invocation.event, &completion);
            runs.add(completion, judgement);
        }
        runs.event = invocation.event;
        Ok(runs)
    }

    fn invocation(&self, case: &Case, event: Vec<u8>) -> anyhow::Result<Invocation> {
        let mut invocation = Invocation::new(event, None)?;
        invocation.timeout = case.timeout;
        invocation.fuel = case.fuel.or(self.arguments.function.fuel);
        invocation.files = self.suite.files(case)?;
        invocation.qualifier.clone_from(&self.arguments.function.qualifier);
        if self.arguments.function.deterministic {
            invocation.fix_ids();
        }
        Ok(invocation)
    }

    fn judge(&self, task: &Task, event: &[u8], completion: &Completion) -> Judgement {
        judge(&task.case, event, completion, self.bounds(), &mut |_, question| {
            let checker = match &task.checker {
                Some(Ok(checker)) => checker,
                Some(Err(reason)) => return Err(reason.clone()),
                None => return Err("it was not loaded".into()),
            };
            let mut invocation = Invocation::new(question, None).map_err(|error| error.to_string())?;
            invocation.qualifier.clone_from(&self.arguments.function.qualifier);
            if self.arguments.function.deterministic {
                invocation.fix_ids();
            }
            checker.worker().invoke(&invocation).map_err(|error| error.to_string())
        })
    }

    fn bounds(&self) -> Bounds {
        Bounds { log: self.arguments.output_limit }
    }

    fn record(&self, task: &Task, record: Record, runs: Runs) -> (Record, Option<Update>) {
        let Runs { event, first: Some(completion), worst: Some(judgement), changed, count } = runs else {
            return (self.judged(record, Judgement::new(Verdict::Ie, "it was not run"), None), None);
        };
        // A result that changes from run to run is none to expect.
        let is_wanted = self.arguments.update && changed.is_empty();
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
            wall: usage.duration,
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
        let is_shown = !record.hidden || self.arguments.show_hidden;
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
        if wanted.iter().any(|report| report.format == Format::Gradescope) && plan.packages > 1 {
            return Err(usage("a gradescope report is about one package".into()));
        }
        match wanted.iter().filter(|report| report.file.is_none()).count() {
            0 => wanted.push(ReportTo { format: Format::Text, file: None }),
            1 => {}
            _ => return Err(usage("one report can go to stdout; give the others a file: --report junit=FILE".into())),
        }
        let begin = |report: &ReportTo| -> Result<Box<dyn SuiteReport>, Failure> {
            let colour = report.file.is_none() && io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
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
