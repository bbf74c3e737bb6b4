//! The command line: arguments in, text and an exit code out. The only user of clap, of the terminal and of exit codes.

mod bench;
mod cache;
mod completion;
mod events;
mod exit;
mod function;
mod network;
mod run;
mod sample;
mod serve;
mod setup;
mod signals;
mod test;
mod watch;

use std::borrow::Cow;
use std::ffi::OsString;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::sync::Arc;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use self::setup::Terminal;
use crate::runner::{DeployError, Home, Runner};
use crate::sandbox::{RuntimeInfo, WASMTIME_VERSION};
use crate::text;

#[derive(Debug, Parser)]
#[command(name = "wasmlam", about = "Runs AWS-Lambda-style Python functions in WebAssembly: Lambda's behaviour, real isolation, no Docker", after_help = exit::TABLE)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a Lambda package on an event
    Run(Box<run::RunArgs>),
    /// Hold packages to a suite of cases: verdicts, scores, reports
    Test(Box<test::TestArgs>),
    /// Measure packages: time, fuel, memory, cost on AWS; compare them, gate on them
    Bench(Box<bench::BenchArgs>),
    /// Serve the AWS Lambda API on this machine: for the AWS CLI, the SDKs and whatever else speaks it
    Serve(Box<serve::ServeArgs>),
    /// Print an event as one of AWS's services sends it
    SampleEvent(sample::SampleArgs),
    /// Print the completions for a shell
    Completion(completion::CompletionArgs),
    /// Print the manual page, or write all of them into a folder
    Man(completion::ManArgs),
    /// Compile and boot the interpreter now, so that no later command has to
    Setup(setup::SetupArgs),
    /// List or clear the functions that are kept between runs
    #[command(subcommand)]
    Cache(cache::CacheCommand),
}

/// Why a command ended without an outcome, and with which code.
#[derive(Debug)]
pub(crate) struct Failure {
    code: u8,
    error: anyhow::Error,
}

impl Failure {
    fn new(code: u8, error: impl Into<anyhow::Error>) -> Self {
        Self { code, error: error.into() }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(exit::INTERNAL, error)
    }
}

impl From<DeployError> for Failure {
    fn from(error: DeployError) -> Self {
        let code = match error {
            DeployError::Package(_) => exit::PACKAGE,
            DeployError::Config(_) => exit::USAGE,
            DeployError::Bundle(_) | DeployError::Host(_) => exit::INTERNAL,
        };
        Self::new(code, error)
    }
}

/// Runs the program with these arguments, the first being its own name, and gives its exit code.
pub fn run<I: IntoIterator<Item = OsString>>(arguments: I) -> u8 {
    let home = Home::from_environment();
    let matches = Cli::command().version(version(&home)).try_get_matches_from(arguments);
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print(); // nothing is left to tell it to
            return if error.use_stderr() { exit::USAGE } else { exit::OK };
        }
    };
    let most = NonZeroUsize::new(MAX_THREADS).unwrap_or(NonZeroUsize::MIN);
    let runner = Runner::new(home, Arc::new(Terminal::default()), most);
    let result = match cli.command {
        Command::Run(arguments) => run::run(*arguments, &runner),
        Command::Test(arguments) => test::run(*arguments, &runner),
        Command::Bench(arguments) => bench::run(*arguments, &runner),
        Command::Serve(arguments) => serve::run(*arguments, &runner),
        Command::SampleEvent(arguments) => sample::run(&arguments),
        Command::Completion(arguments) => completion::completion(&arguments),
        Command::Man(arguments) => completion::man(&arguments),
        Command::Setup(arguments) => setup::run(&arguments, &runner),
        Command::Cache(command) => cache::run(&command, runner.home()),
    };
    match result {
        Ok(code) => code,
        // Nobody reads any more: `wasmlam run ... | head -1` is no error.
        Err(Failure { error, .. }) if is_broken_pipe(&error) => exit::OK,
        Err(Failure { code, error }) => {
            note(&format!("error: {error:#}"));
            code
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// A line for the person at the terminal.
fn note(text: &str) {
    let _ = writeln!(io::stderr(), "wasmlam: {}", text::lines(text)); // with stderr closed there is nobody to tell
}

/// As many threads as AWS gives an account functions at once.
const MAX_THREADS: usize = 1000;

/// Reads the number of threads that the option of this name asks for.
fn threads(option: &'static str) -> impl Fn(&str) -> Result<NonZeroUsize, String> + Clone + Send + Sync {
    move |text| {
        let number = text.parse().ok().and_then(NonZeroUsize::new).filter(|n| n.get() <= MAX_THREADS);
        number.ok_or_else(|| format!("{option} is '{text}', but must be a whole number, 1 to {MAX_THREADS}"))
    }
}

/// Text of a guest as it is shown: to a terminal without what could act there; into a pipe or file as it is.
fn for_reader(text: &str, to_terminal: bool) -> Cow<'_, str> {
    if to_terminal { text::lines(text) } else { Cow::Borrowed(text) }
}

fn version(home: &Home) -> String {
    let python = match home.default_runtime() {
        Ok(RuntimeInfo { python_version, .. }) => format!("CPython {python_version}"),
        Err(_) => "CPython not built yet: make build".to_owned(),
    };
    format!("{} (wasmtime {WASMTIME_VERSION}, {python})", env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verify_cli() {
        Cli::command().debug_assert();
    }

    #[test]
    fn only_a_terminal_is_protected() {
        assert_eq!((for_reader("\u{1b}[2J", true), for_reader("\u{1b}[2J", false)), ("\\u{1b}[2J".into(), "\u{1b}[2J".into()));
    }

    #[test]
    fn the_version_is_the_one_that_is_linked() {
        let lock = include_str!("../../Cargo.lock");
        assert!(lock.contains(&format!("name = \"wasmtime\"\nversion = \"{WASMTIME_VERSION}\"")));
    }
}
