//! `wasmlam run`: one package, one event or many.

use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{ArgAction, Args};

use super::arguments::{EventArgs, FunctionArgs};
use super::signals::stop_on_signals;
use super::watch::watch;
use super::{Failure, choice, exit, note, print, threads};
use crate::function::{Completion, EventError, Invocation, TenantId};
use crate::report::{Answer, AnswerForm, Answers, LogType};
use crate::runner::{Events, EventsError, Init, Options, Runner, hint};
use crate::text::for_reader;

/// What was typed; nothing is read or opened yet.
#[derive(Debug, Args)]
#[command(after_help = concat!(include_str!("help/run.txt"), "\n", include_str!("help/exit.txt")).trim_ascii_end())]
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
    #[arg(long, value_name = "MODE", default_value = "snapshot", value_parser = choice(&[("snapshot", Init::Snapshot), ("each", Init::Each)]))]
    init: Init,
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
    #[arg(action = ArgAction::Set, long = "invocation-type", value_name = "TYPE", default_value = "RequestResponse", value_parser = choice(&[("RequestResponse", false), ("Event", true)]))]
    discards_result: bool,
    /// text: the result on stdout, the log on stderr (with --events one JSON line for each result); json: one document on stdout
    #[arg(action = ArgAction::Set, long = "output", value_name = "FORMAT", default_value = "text", value_parser = choice(&[("text", false), ("json", true)]))]
    as_json: bool,
    /// Run again when the package, a layer or the event changes
    #[arg(long)]
    watch: bool,
    #[command(flatten)]
    function: FunctionArgs,
}

/// Runs the command. Must be on a guest thread.
pub(crate) fn run(arguments: RunArgs, runner: &Runner) -> Result<u8, Failure> {
    if arguments.watch {
        let files = std::iter::once(arguments.package.clone())
            .chain(arguments.events.source().file().map(PathBuf::from))
            .chain(arguments.function.files());
        return watch(&files.collect::<Vec<_>>());
    }
    let stop = stop_on_signals("the function is ended, and its log is shown")?;
    let mut request = arguments.function.settings()?.request(&arguments.package)?;
    let events = arguments.events.source().open()?;
    request.options = Options { init: arguments.init, reuse: arguments.reuse, ..request.options };
    let deployment = runner.deploy(request.clone())?;
    let form = AnswerForm::of(arguments.as_json, matches!(events, Events::Lines(_)), arguments.discards_result);
    let mut answers = Answers::new(deployment.platform().clone(), form, arguments.log_type.unwrap_or_default());
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
    match events {
        Events::One(event) => {
            let mut invocation = invocation(event, client_context)?;
            invocation.follower = answers.follower(show_log);
            let completion = deployment.worker().invoke(&invocation)?;
            show(&mut answers, &completion, &stop)?;
            for contact in completion.network.iter().filter(|contact| contact.refused.is_none()) {
                note(&contact.to_string());
            }
            for attempt in &completion.attempts {
                note(&format!("blocked: {attempt}"));
            }
        }
        Events::Lines(lines) => {
            let mut count = 0_u64;
            let lines = lines.take_while(|_| !stop.load(Ordering::Relaxed)).inspect(|_| count += 1);
            let invocations = lines.map(|line| {
                let (number, event) = line?;
                Ok::<_, Failure>(invocation(event, client_context.clone()).map_err(|error| EventsError::EventOfLine(number, error))?)
            });
            deployment.invoke_all(arguments.concurrency, invocations, |completion| Ok(show(&mut answers, &completion, &stop)?))?;
            if count == 0 && !stop.load(Ordering::Relaxed) {
                return Err(EventsError::Empty.into());
            }
        }
    }
    if let Some(hint) = deployment.failed_init().and_then(|failed| hint(runner, &request, &arguments.package, &failed.outcome)) {
        note(&format!("hint: {hint}"));
    }
    if arguments.function.verify_reset {
        note(&answers.resets());
    }
    Ok(if stop.load(Ordering::Relaxed) { exit::INTERRUPTED } else { answers.failed().map_or(exit::OK, exit::code) })
}

/// Puts the answer of an invocation on stdout and stderr.
fn show(answers: &mut Answers, completion: &Completion, stop: &AtomicBool) -> io::Result<()> {
    let Answer { result, log } = answers.next(completion, stop.load(Ordering::Relaxed));
    show_log(&log);
    print(&result)
}

/// Shows a part of a log on stderr. With stderr closed, nobody reads it.
fn show_log(text: &str) {
    let mut err = io::stderr().lock();
    let to_terminal = err.is_terminal();
    let _ = err.write_all(for_reader(text, to_terminal).as_bytes());
}
