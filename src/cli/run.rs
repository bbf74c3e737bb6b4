//! `wasmlam run`: one package, one event or many.

use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::atomic::Ordering;

use anyhow::anyhow;
use clap::{Args, ValueEnum};

use super::events::{EventArgs, Source, event_lines};
use super::function::FunctionArgs;
use super::signals::stop_on_signals;
use super::watch::watch;
use super::{Failure, exit, for_reader, note, threads};
use crate::function::{Completion, EventError, Invocation, Outcome, TenantId};
use crate::report::{LogType, Platform, document, log_text};
use crate::runner::{Init, Options, Runner, in_order};
use crate::sandbox::{InitReport, on_guest_thread};

const EXAMPLES: &str = "\
Examples:
  wasmlam run package.zip --event '{\"name\": \"Ada\"}'
  wasmlam run app.py --handler app.handler --event-file event.json --timeout 15 --memory-size 512
  wasmlam run folder/ --events events.jsonl --output json
  wasmlam run app.py --allow-net '*.amazonaws.com:443,db.example.org:5432'
  echo '{}' | wasmlam run package.zip --event-file - --env STAGE=test --layer layer.zip";

/// What was typed; nothing is read or opened yet.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{}", exit::TABLE))]
pub(crate) struct RunArgs {
    /// A zip file, a folder, or one .py file
    package: PathBuf,
    #[command(flatten)]
    events: EventArgs,
    /// Events of --events that run at the same time, each in a sandbox of its own; results keep their order
    #[arg(long, value_name = "N", default_value = "1", value_parser = threads("concurrency"), requires = "events")]
    concurrency: NonZeroUsize,
    /// snapshot: the init runs once and every sandbox starts from the image after it, in later runs too; each: every
    /// sandbox has an init of its own, as in a cold start
    #[arg(long, value_name = "MODE", default_value = "snapshot")]
    init: InitMode,
    /// One sandbox serves invocation after invocation, as a warm environment on AWS: globals and /tmp survive
    #[arg(long)]
    reuse: bool,
    /// Whom the invocation is for, in a function with tenant isolation
    #[arg(long, value_name = "ID", value_parser = TenantId::from_str)]
    tenant_id: Option<TenantId>,
    /// The client context, as JSON
    #[arg(long, value_name = "JSON")]
    client_context: Option<String>,
    /// Tail: the last 4 KB of the log; None: no log [default: all of it]
    #[arg(long, value_name = "Tail|None", value_parser = LogType::from_str)]
    log_type: Option<LogType>,
    /// Event: the result is thrown away
    #[arg(long, value_name = "TYPE", default_value = "RequestResponse")]
    invocation_type: InvocationType,
    /// text: the result on stdout, the log on stderr (with --events one JSON line for each result); json: one document on stdout
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    output: Output,
    /// Run again when the package, a layer or the event changes
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    function: FunctionArgs,
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
enum InvocationType {
    #[value(name = "RequestResponse")]
    RequestResponse,
    #[value(name = "Event")]
    Event,
}

/// Runs the command on a thread that can hold a guest's stack.
pub(crate) fn run(arguments: RunArgs, runner: &Runner) -> Result<u8, Failure> {
    if arguments.watch {
        let files = std::iter::once(arguments.package.clone()).chain(arguments.events.files()).chain(arguments.function.files());
        return watch(&files.collect::<Vec<_>>());
    }
    on_guest_thread(|| run_here(arguments, runner)).map_err(|error| Failure::new(exit::INTERNAL, error))?
}

fn run_here(arguments: RunArgs, runner: &Runner) -> Result<u8, Failure> {
    let usage = |error: anyhow::Error| Failure::new(exit::USAGE, error);
    let internal = |error: anyhow::Error| Failure::new(exit::INTERNAL, error);
    let stop = stop_on_signals("the function is ended, and its log is shown")?;
    let mut request = arguments.function.settings()?.request(&arguments.package)?;
    let source = arguments.events.open().map_err(usage)?;
    request.options = Options {
        init: match arguments.init {
            InitMode::Snapshot => Init::Snapshot,
            InitMode::Each => Init::Each,
        },
        reuse: arguments.reuse,
        ..request.options
    };
    let deployment = runner.deploy(request)?;
    let mut printer = Printer {
        platform: deployment.platform().clone(),
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
        invocation.qualifier.clone_from(&arguments.function.qualifier);
        if arguments.function.deterministic {
            invocation.fix_ids();
        }
        Ok::<_, EventError>(invocation)
    };
    let discard = arguments.invocation_type == InvocationType::Event;
    match source {
        Source::One(event) => {
            let invocation = invocation(event, client_context).map_err(|error| usage(error.into()))?;
            let completion = deployment.worker().invoke(&invocation).map_err(|error| internal(error.into()))?;
            printer.print(&completion, false, discard).map_err(internal)?;
        }
        Source::Lines(lines) => {
            // The first event's completion reports the init, whichever of them gets to run first.
            let mut init = deployment.take_init();
            let mut count = 0_u64;
            let lines = event_lines(lines).take_while(|_| !stop.load(Ordering::Relaxed)).inspect(|_| count += 1);
            let invocations = lines.map(|line| {
                let (number, event) = line?;
                let invocation = invocation(event, client_context.clone());
                let invocation = invocation.map_err(|error| usage(anyhow!(error).context(format!("line {number}"))))?;
                Ok::<_, Failure>((init.take(), invocation))
            });
            let worker = || {
                let mut worker = deployment.worker();
                move |(init, invocation): (Option<InitReport>, Invocation)| worker.invoke_after(&invocation, init)
            };
            in_order(arguments.concurrency, invocations, worker, |completion| {
                let completion = completion.map_err(|error| internal(error.into()))?;
                printer.print(&completion, true, discard).map_err(internal)
            })?;
            if count == 0 && !stop.load(Ordering::Relaxed) {
                return Err(usage(anyhow!("the file of events has none")));
            }
        }
    }
    if arguments.function.verify_reset {
        let Printer { sandboxes, verified, .. } = printer;
        note(&format!(
            "verify-reset: the memory of {verified} of {sandboxes} ended sandboxes was compared with its image, without a \
             difference; that of the others was thrown away"
        ));
    }
    Ok(if stop.load(Ordering::Relaxed) { exit::INTERRUPTED } else { printer.code })
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
        drop(err);
        if !many {
            for contact in completion.network.iter().filter(|contact| contact.refused.is_none()) {
                note(&for_reader(&contact.to_string(), to_terminal));
            }
            for attempt in &completion.attempts {
                note(&for_reader(&format!("the function tried what no sandbox has: {attempt}"), to_terminal));
            }
        }
        Ok(())
    }
}
