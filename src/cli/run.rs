//! `wasmlam run`: one package, one event or many.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use clap::{Args, ValueEnum};

use super::{Failure, Places, exit, note, setup};
use crate::function::{
    Account, ApplicationLogLevel, Completion, CpuShare, Environment, EphemeralStorage, EventError, FileTree, Fuel, FunctionConfig,
    HandlerName, Invocation, LogFormat, LoggingConfig, MAX_EVENT_BYTES, MemorySize, Outcome, Qualifier, RuntimeName, SystemLogLevel,
    TenantId, Timeout, check_function_name, civil_date,
};
use crate::package::{MAX_UNZIPPED_BYTES, Package};
use crate::report::{LogType, Platform, document, log_text};
use crate::runner::{ImageFolder, Init, Invoker, Options, in_order};
use crate::sandbox::{FunctionSpec, Interpreter, SlotOptions, Variant, on_guest_thread};

/// Layers of one function, AWS's limit.
const MAX_LAYERS: usize = 5;
/// Bytes of an --env-file: the variables themselves may take 4 KB.
const MAX_ENV_FILE: u64 = 64 * 1024;

const EXAMPLES: &str = "\
Examples:
  wasmlam run package.zip --event '{\"name\": \"Ada\"}'
  wasmlam run app.py --handler app.handler --event-file event.json --timeout 15 --memory-size 512
  wasmlam run folder/ --events events.jsonl --output json
  echo '{}' | wasmlam run package.zip --event-file - --env STAGE=test --layer layer.zip";

/// What was typed; nothing is read or opened yet.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{}", exit::TABLE))]
pub(crate) struct RunArgs {
    /// A zip file, a folder, or one .py file
    package: PathBuf,
    /// MODULE.FUNCTION. Default: lambda_function.lambda_handler, or the one function that can be meant
    #[arg(long, value_name = "MODULE.FUNCTION", value_parser = HandlerName::from_str)]
    handler: Option<HandlerName>,
    /// The event, as JSON [default: {}]
    #[arg(long, value_name = "JSON", group = "source", allow_hyphen_values = true)]
    event: Option<String>,
    /// A file that holds the event; `-` is stdin
    #[arg(long, value_name = "FILE|-", group = "source")]
    event_file: Option<PathBuf>,
    /// A file with one event on each line; `-` is stdin. Prints one JSON line for each
    #[arg(long, value_name = "FILE|-", group = "source")]
    events: Option<PathBuf>,
    /// Events of --events that run at the same time, each in a sandbox of its own; results keep their order
    #[arg(long, value_name = "N", default_value = "1", value_parser = concurrency)]
    concurrency: NonZeroUsize,
    /// snapshot: the init runs once and every sandbox starts from the image after it, in later runs too; each: every
    /// sandbox has an init of its own, as in a cold start
    #[arg(long, value_name = "MODE", default_value = "snapshot")]
    init: InitMode,
    /// One sandbox serves invocation after invocation, as a warm environment on AWS: globals and /tmp survive
    #[arg(long)]
    reuse: bool,
    /// The same bytes out each time: a clock that counts operators, random numbers from a seed, a fixed request id
    #[arg(long)]
    deterministic: bool,
    /// full: all the speed there is; lambda: pauses, so that the function has the CPU share of its memory size on AWS
    #[arg(long, value_name = "MODEL", default_value = "full")]
    cpu_model: CpuModel,
    /// Compare the memory of every sandbox with its image before and after its use; a difference ends the program
    #[arg(long)]
    verify_reset: bool,
    /// Seconds until the function is ended, 0.001 to 900
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = Timeout::from_str)]
    timeout: Timeout,
    /// Memory it may use, 128 to 10240
    #[arg(long, value_name = "MB", default_value = "128", value_parser = MemorySize::from_str)]
    memory_size: MemorySize,
    /// Size of /tmp, 512 to 10240
    #[arg(long, value_name = "MB", default_value = "512", value_parser = EphemeralStorage::from_str)]
    ephemeral_storage: EphemeralStorage,
    /// WebAssembly operators until the function is ended; the same on every machine
    #[arg(long, value_name = "N", value_parser = Fuel::from_str)]
    fuel: Option<Fuel>,
    /// AWS's name for the Python version
    #[arg(long, value_name = "NAME", default_value = "python3.13", value_parser = RuntimeName::from_str)]
    runtime: RuntimeName,
    /// An environment variable
    #[arg(long = "env", value_name = "KEY=VALUE", value_parser = variable)]
    environment: Vec<(String, String)>,
    /// A file with KEY=VALUE on each line; --env wins over it
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// A layer for /opt: a zip or a folder. Up to 5, later ones win
    #[arg(long = "layer", value_name = "ZIP|DIR")]
    layers: Vec<PathBuf>,
    /// The function's name [default: the package's]
    #[arg(long, value_name = "NAME")]
    function_name: Option<String>,
    /// The version or alias that the caller names
    #[arg(long, value_name = "QUALIFIER", value_parser = Qualifier::from_str)]
    qualifier: Option<Qualifier>,
    /// Whom the invocation is for, in a function with tenant isolation
    #[arg(long, value_name = "ID", value_parser = TenantId::from_str)]
    tenant_id: Option<TenantId>,
    /// The region that the function sees
    #[arg(long, value_name = "REGION", default_value = "us-east-1")]
    region: String,
    /// The account that the function sees
    #[arg(long, value_name = "ID", default_value = "123456789012")]
    account_id: String,
    /// How the log is written
    #[arg(long, value_name = "Text|JSON", default_value = "Text", value_parser = LogFormat::from_str)]
    log_format: LogFormat,
    /// With JSON, the least of the function's records that are kept: TRACE, DEBUG, INFO, WARN, ERROR, FATAL [default: INFO]
    #[arg(long, value_name = "LEVEL", value_parser = ApplicationLogLevel::from_str)]
    application_log_level: Option<ApplicationLogLevel>,
    /// With JSON, the least of the platform's records that are kept: DEBUG, INFO, WARN [default: INFO]
    #[arg(long, value_name = "LEVEL", value_parser = SystemLogLevel::from_str)]
    system_log_level: Option<SystemLogLevel>,
    /// The client context, as JSON
    #[arg(long, value_name = "JSON")]
    client_context: Option<String>,
    /// Tail: the last 4 KB of the log; None: no log [default: all of it]
    #[arg(long, value_name = "Tail|None", value_parser = LogType::from_str)]
    log_type: Option<LogType>,
    /// Event: the result is thrown away
    #[arg(long, value_name = "TYPE", default_value = "RequestResponse")]
    invocation_type: InvocationType,
    /// text: the result on stdout, the log on stderr; json: one document on stdout
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    output: Output,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    Text,
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum InitMode {
    Snapshot,
    Each,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CpuModel {
    Full,
    Lambda,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum InvocationType {
    #[value(name = "RequestResponse")]
    RequestResponse,
    #[value(name = "Event")]
    Event,
}

fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
        None => Err(format!("'{text}' is not KEY=VALUE; a variable's value is never taken from this machine's environment")),
    }
}

/// As many threads as AWS gives an account functions at once.
const MAX_CONCURRENCY: usize = 1000;

fn concurrency(text: &str) -> Result<NonZeroUsize, String> {
    let number = text.parse().ok().and_then(NonZeroUsize::new).filter(|n| n.get() <= MAX_CONCURRENCY);
    number.ok_or_else(|| format!("concurrency is '{text}', but must be a whole number, 1 to {MAX_CONCURRENCY}"))
}

/// Runs the command on a thread that can hold a guest's stack.
pub(crate) fn run(arguments: RunArgs, places: &Places) -> Result<u8, Failure> {
    on_guest_thread(|| run_here(arguments, places)).map_err(|error| Failure::new(exit::INTERNAL, error))?
}

fn run_here(arguments: RunArgs, places: &Places) -> Result<u8, Failure> {
    let usage = |error: anyhow::Error| Failure::new(exit::USAGE, error);
    let internal = |error: anyhow::Error| Failure::new(exit::INTERNAL, error);
    let package = Package::open(&arguments.package).map_err(|error| Failure::new(exit::PACKAGE, error))?;
    let (opt, layer_digests) = layers(&arguments.layers, package.unzipped_bytes)?;
    let handler = match arguments.handler.clone() {
        Some(handler) => handler,
        None => package.find_handler().map_err(|error| Failure::new(exit::PACKAGE, error))?,
    };
    let config = config(&arguments, &package, handler).map_err(usage)?;
    let account = Account::new(&arguments.region, &arguments.account_id).map_err(|error| usage(error.into()))?;
    let source = Source::open(SourceName::of(&arguments)).map_err(usage)?;

    let bundle = places.bundle(config.runtime.as_str());
    let info = Interpreter::info(&bundle).context("build it with wasm-python/build.sh").map_err(internal)?;
    if let Some(warning) = config.runtime.runs_on(&info.runtime, &info.python_version) {
        note(&format!("warning: {warning}"));
    }
    let variant = match (arguments.deterministic, config.fuel) {
        (true, _) => Variant::Deterministic,
        (false, Some(_)) => Variant::Fuel,
        (false, None) => Variant::Clock,
    };
    let interpreter = Interpreter::open(&bundle, places.cache(), variant, Box::new(setup::tell)).map_err(|error| internal(error.into()))?;
    let spec = FunctionSpec {
        config: config.clone(),
        account: account.clone(),
        log_stream: if arguments.deterministic { fixed_log_stream(config.version()) } else { log_stream(config.version()) },
        task: Arc::clone(&package.files),
        opt,
        share: (arguments.cpu_model == CpuModel::Lambda).then(|| CpuShare::of_memory(config.memory_size)),
    };
    let platform = Platform::new(config, &account, &spec.log_stream, &info.python_version, interpreter.module_digest());
    let images = ImageFolder::new(places.cache());
    let digests: Vec<&str> = std::iter::once(&package.digest).chain(&layer_digests).map(String::as_str).collect();
    let key = ImageFolder::key(&interpreter, &spec, &digests);
    let options = Options {
        init: match arguments.init {
            InitMode::Snapshot => Init::Snapshot,
            InitMode::Each => Init::Each,
        },
        reuse: arguments.reuse,
        slot: SlotOptions { verify: arguments.verify_reset, ..SlotOptions::default() },
    };
    // A kept image would show in what is printed: a first run tells of an init, a later one does not.
    let kept = (!arguments.deterministic).then_some((&images, key.as_str()));
    let invoker = Invoker::publish(&interpreter, spec, options, kept).map_err(|error| internal(error.into()))?;
    if let Some(warning) = invoker.warning() {
        note(&format!("warning: {warning}"));
    }

    let mut printer = Printer {
        platform,
        log_type: arguments.log_type.unwrap_or_default(),
        output: arguments.output,
        code: exit::OK,
        sandboxes: 0,
        verified: 0,
    };
    let (client_context, tenant_id) = (arguments.client_context, arguments.tenant_id);
    let invocation = |event, client_context| {
        let mut invocation = Invocation::new(event, client_context)?;
        invocation.tenant_id.clone_from(&tenant_id);
        if arguments.deterministic {
            invocation.fix_ids();
        }
        Ok::<_, EventError>(invocation)
    };
    let discard = arguments.invocation_type == InvocationType::Event;
    match source {
        Source::One(event) => {
            let invocation = invocation(event, client_context).map_err(|error| usage(error.into()))?;
            let completion = invoker.worker().invoke(&invocation, true).map_err(|error| internal(error.into()))?;
            printer.print(&completion, false, discard).map_err(internal)?;
        }
        Source::Lines(lines) => {
            let invocations = event_lines(lines).enumerate().map(|(i, line)| {
                let (number, event) = line?;
                let invocation = invocation(event, client_context.clone());
                let invocation = invocation.map_err(|error| usage(anyhow!(error).context(format!("line {number}"))))?;
                Ok::<_, Failure>((i == 0, invocation))
            });
            let worker = || {
                let mut worker = invoker.worker();
                move |(is_first, invocation): (bool, Invocation)| worker.invoke(&invocation, is_first)
            };
            in_order(arguments.concurrency, invocations, worker, |completion| {
                let completion = completion.map_err(|error| internal(error.into()))?;
                printer.print(&completion, true, discard).map_err(internal)
            })?;
        }
    }
    if arguments.verify_reset {
        let Printer { sandboxes, verified, .. } = printer;
        note(&format!(
            "verify-reset: the memory of {verified} of {sandboxes} ended sandboxes was compared with its image, without a \
             difference; that of the others was thrown away"
        ));
    }
    Ok(printer.code)
}

fn config(arguments: &RunArgs, package: &Package, handler: HandlerName) -> anyhow::Result<FunctionConfig> {
    let name = match &arguments.function_name {
        Some(name) => {
            check_function_name(name)?;
            name.clone()
        }
        None => function_name(&package.name),
    };
    let mut variables = match &arguments.env_file {
        Some(path) => env_file(path)?,
        None => BTreeMap::new(),
    };
    variables.extend(arguments.environment.iter().cloned());
    Ok(FunctionConfig {
        name,
        handler,
        runtime: arguments.runtime.clone(),
        memory_size: arguments.memory_size,
        timeout: arguments.timeout,
        ephemeral_storage: arguments.ephemeral_storage,
        fuel: arguments.fuel,
        environment: Environment::new(variables)?,
        logging: LoggingConfig::new(arguments.log_format, arguments.application_log_level, arguments.system_log_level)?,
        qualifier: arguments.qualifier.clone(),
    })
}

/// A package's name as AWS would allow it for a function.
fn function_name(package: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
    let name: String = package.chars().map(allowed).take(64).collect();
    if name.is_empty() { "function".into() } else { name }
}

/// `2026/11/23/[$LATEST]<32 hex digits>` (lambda-semantics 5.6).
fn log_stream(version: &str) -> String {
    let days = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs() / 86_400;
    let (year, month, day) = civil_date(days);
    format!("{year:04}/{month:02}/{day:02}/[{version}]{}", uuid::Uuid::new_v4().simple())
}

/// One of the same form.
fn fixed_log_stream(version: &str) -> String {
    format!("2026/01/01/[{version}]{:032}", 0)
}

fn env_file(path: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut text = String::new();
    let opened = File::open(path).and_then(|file| file.take(MAX_ENV_FILE + 1).read_to_string(&mut text));
    opened.with_context(|| format!("cannot read {}", path.display()))?;
    if text.len() as u64 > MAX_ENV_FILE {
        return Err(anyhow!("{} is larger than {MAX_ENV_FILE} bytes", path.display()));
    }
    let lines = text.lines().enumerate().map(|(i, line)| (i + 1, line.trim_start()));
    lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(number, line)| variable(line).map_err(|error| anyhow!("{}:{number}: {error}", path.display())))
        .collect()
}

/// Lays the layers over each other and holds them, with the package, to Lambda's bound.
fn layers(paths: &[PathBuf], package_bytes: u64) -> Result<(Arc<FileTree>, Vec<String>), Failure> {
    if paths.len() > MAX_LAYERS {
        return Err(Failure::new(exit::USAGE, anyhow!("Cannot reference more than {MAX_LAYERS} layers (there are {}).", paths.len())));
    }
    let mut tree = FileTree::default();
    let mut total = package_bytes;
    let mut digests = Vec::new();
    for path in paths {
        let layer = Package::open(path).map_err(|error| Failure::new(exit::PACKAGE, error))?;
        total += layer.unzipped_bytes;
        if total > MAX_UNZIPPED_BYTES {
            let text = format!("Unzipped size must be smaller than {MAX_UNZIPPED_BYTES} bytes: '{}' brings it to {total}", path.display());
            return Err(Failure::new(exit::PACKAGE, anyhow!(text)));
        }
        tree.overlay(&layer.files);
        digests.push(layer.digest);
    }
    Ok((Arc::new(tree), digests))
}

/// Where events come from.
enum Source {
    One(Vec<u8>),
    Lines(Box<dyn BufRead>),
}

enum SourceName<'a> {
    Text(&'a str),
    File(&'a Path),
    Lines(&'a Path),
}

impl<'a> SourceName<'a> {
    fn of(arguments: &'a RunArgs) -> Self {
        match (&arguments.event, &arguments.event_file, &arguments.events) {
            (_, Some(path), _) => Self::File(path),
            (_, _, Some(path)) => Self::Lines(path),
            (event, None, None) => Self::Text(event.as_deref().unwrap_or("{}")),
        }
    }
}

impl Source {
    fn open(name: SourceName<'_>) -> anyhow::Result<Self> {
        let reader = |path: &Path| -> anyhow::Result<Box<dyn Read>> {
            if path == Path::new("-") {
                return Ok(Box::new(io::stdin()));
            }
            Ok(Box::new(File::open(path).with_context(|| format!("cannot read {}", path.display()))?))
        };
        Ok(match name {
            SourceName::Text(text) => Self::One(text.as_bytes().to_vec()),
            SourceName::File(path) => {
                let mut event = Vec::new();
                // One byte more than is allowed, so that the check sees that there is more.
                let limit = MAX_EVENT_BYTES as u64 + 1;
                reader(path)?.take(limit).read_to_end(&mut event).with_context(|| format!("cannot read {}", path.display()))?;
                Self::One(event)
            }
            SourceName::Lines(path) => Self::Lines(Box::new(io::BufReader::new(reader(path)?))),
        })
    }
}

/// The events of a file with their line numbers; empty lines are left out. A line is read no further than one byte above
/// the bound of an event.
fn event_lines(mut lines: Box<dyn BufRead>) -> impl Iterator<Item = Result<(u64, Vec<u8>), Failure>> {
    let mut number = 0;
    std::iter::from_fn(move || {
        loop {
            number += 1;
            let mut line = Vec::new();
            let limit = MAX_EVENT_BYTES as u64 + 2; // the bound, one byte above it, the line end
            match (&mut lines).take(limit).read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(_) if line.trim_ascii().is_empty() => {}
                Ok(_) => return Some(Ok((number, line.trim_ascii().to_vec()))),
                Err(error) => return Some(Err(Failure::new(exit::USAGE, anyhow!(error).context(format!("line {number}"))))),
            }
        }
    })
}

/// Puts completions on stdout and stderr, and remembers the exit code.
struct Printer {
    platform: Platform,
    log_type: LogType,
    output: Output,
    code: u8,
    /// Sandboxes that ended, and those of them whose memory was compared with its image.
    sandboxes: u64,
    verified: u64,
}

impl Printer {
    fn print(&mut self, completion: &Completion, many: bool, discard: bool) -> anyhow::Result<()> {
        if let Some(reset) = completion.usage.reset {
            self.sandboxes += 1;
            self.verified += u64::from(reset.verified);
        }
        if self.code == exit::OK {
            self.code = exit::code(&completion.outcome);
        }
        let mut out = io::stdout().lock();
        if self.output == Output::Json {
            let document = document(completion, &self.platform, self.log_type);
            return Ok(writeln!(out, "{}", for_reader(&document, out.is_terminal()))?);
        }
        let mut err = io::stderr().lock();
        let to_terminal = err.is_terminal();
        err.write_all(for_reader(&log_text(completion, &self.platform, self.log_type), to_terminal).as_bytes())?;
        if many {
            let document = document(completion, &self.platform, LogType::None);
            writeln!(out, "{}", for_reader(&document, out.is_terminal()))?;
        } else if let Outcome::Returned(result) = &completion.outcome {
            match (discard, out.is_terminal()) {
                (true, _) => {}
                (false, true) => writeln!(out, "{}", for_reader(&String::from_utf8_lossy(result), true))?,
                // Byte for byte: a handler may have returned bytes.
                (false, false) => out.write_all(result).and_then(|()| out.write_all(b"\n"))?,
            }
        } else if let Some(error) = completion.outcome.error(&completion.request_id) {
            // The error document is what a caller would receive, but it is no result: stdout stays empty.
            writeln!(err, "{}", for_reader(error.json(), to_terminal))?;
        }
        Ok(())
    }
}

/// Text of a guest as it is shown: to a terminal without control characters, which could do there as they please (move
/// the cursor, set the title, answer as if typed); into a pipe or file as it is.
fn for_reader(text: &str, to_terminal: bool) -> Cow<'_, str> {
    let acts = |c: char| c.is_control() && c != '\n' && c != '\t';
    if !to_terminal || !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    text.chars()
        .fold(String::with_capacity(text.len()), |mut shown, c| {
            if acts(c) {
                shown.extend(c.escape_unicode())
            } else {
                shown.push(c)
            }
            shown
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packages_name_becomes_a_functions_name() {
        for (package, name) in [("hello", "hello"), ("my app.v2", "my-app-v2"), ("", "function"), ("é", "-")] {
            assert_eq!(function_name(package), name);
            assert!(check_function_name(name).is_ok());
        }
    }

    #[test]
    fn a_guest_cannot_act_on_a_terminal() {
        let text = "a\tb\n\u{1b}[2J\u{9b}1m\r\u{7f}é";
        assert_eq!(for_reader(text, true), "a\tb\n\\u{1b}[2J\\u{9b}1m\\u{d}\\u{7f}é");
        assert_eq!(for_reader(text, false), text);
    }

    #[test]
    fn variables() {
        assert_eq!(variable("A=b=c"), Ok(("A".into(), "b=c".into())));
        assert_eq!(variable("A="), Ok(("A".into(), String::new())));
        assert!(variable("HOME").is_err(), "never the host's value");
    }
}
