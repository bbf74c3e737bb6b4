//! The command line: arguments in, text and an exit code out. The only user of clap, of the terminal and of exit codes.

mod arguments;
mod bench;
mod cache;
mod completion;
mod exit;
mod network;
mod run;
mod sample;
mod serve;
mod setup;
mod signals;
mod test;
mod watch;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::sync::Arc;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use self::setup::Terminal;
use crate::runner::{Blame, Blamed, Home, Runner};
use crate::sandbox::{WASMTIME_VERSION, on_guest_thread};
use crate::text::{self, Harmless};

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
    /// Run packages against a suite of cases: verdicts, scores, reports
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
    Setup,
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

/// A mistake in what was typed, or in a file that it names.
fn usage(error: impl Into<anyhow::Error>) -> Failure {
    Failure::new(exit::USAGE, error)
}

/// A fault of this program or of its installation.
fn internal(error: impl Into<anyhow::Error>) -> Failure {
    Failure::new(exit::INTERNAL, error)
}

impl<E: Blamed + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        let code = match error.blame() {
            Blame::Request => exit::USAGE,
            Blame::Package => exit::PACKAGE,
            Blame::Function(outcome) => exit::code(outcome),
            Blame::Host => exit::INTERNAL,
            Blame::Stopped => exit::INTERRUPTED,
            Blame::Reader => exit::OK,
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
            let code = if error.use_stderr() { exit::USAGE } else { exit::OK };
            if code == exit::USAGE {
                let _ = write!(io::stderr(), "wasmlam: "); // as in front of every other error
            }
            let _ = error.print(); // nobody is left to report to
            return code;
        }
    };
    let most = NonZeroUsize::new(MAX_THREADS).unwrap_or(NonZeroUsize::MIN);
    let runner = Runner::new(home, Arc::new(Terminal::default()), most);
    let result = match cli.command {
        Command::Run(arguments) => guest_thread(|| run::run(*arguments, &runner)),
        Command::Test(arguments) => guest_thread(|| test::run(&arguments, &runner)),
        Command::Bench(arguments) => guest_thread(|| bench::run(&arguments, &runner)),
        Command::Serve(arguments) => serve::run(*arguments, &runner),
        Command::SampleEvent(arguments) => sample::run(&arguments),
        Command::Completion(arguments) => completion::completion(&arguments),
        Command::Man(arguments) => completion::man(&arguments),
        Command::Setup => setup::run(&runner),
        Command::Cache(command) => cache::run(&command, runner.home()),
    };
    match network::finish().and(result) {
        Ok(code) => code,
        // Nobody reads any more: `wasmlam run ... | head -1` is not an error.
        Err(Failure { code: exit::OK, .. }) => exit::OK,
        Err(Failure { code, error }) => {
            note(&format!("error: {error:#}"));
            code
        }
    }
}

/// Runs a command on a thread that can hold a guest's stack.
fn guest_thread(command: impl FnOnce() -> Result<u8, Failure> + Send) -> Result<u8, Failure> {
    on_guest_thread(command)?
}

/// A line for the person at the terminal.
fn note(text: &str) {
    let _ = writeln!(io::stderr(), "wasmlam: {}", text::lines(text)); // with stderr closed there is nobody to read it
}

/// Puts a result on stdout: byte for byte, except on a terminal, where nothing of it may act.
fn print(result: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if out.is_terminal() { Harmless(out).write_all(result) } else { out.write_all(result) }
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

/// Reads a pair such as `KEY=VALUE`.
fn pair(form: &'static str) -> impl Fn(&str) -> Result<(String, String), String> + Clone + Send + Sync {
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    move |text| text.split_once('=').map(owned).ok_or_else(|| format!("'{text}' is not {form}"))
}

/// A progress bar on stderr in this form; hidden where that is not a terminal. Without a length it is a spinner.
fn progress(length: Option<u64>, form: &str) -> ProgressBar {
    let target = if io::stderr().is_terminal() { ProgressDrawTarget::stderr_with_hz(10) } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(length, target);
    match ProgressStyle::with_template(form) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar, // a form of ours that is wrong: the bar has its own
    }
}

/// Reads one of these words; `--help` and messages list them.
fn choice<T: Copy + Send + Sync + 'static>(choices: &'static [(&'static str, T)]) -> impl TypedValueParser<Value = T> {
    let value = |word: String| choices.iter().find(|(known, _)| *known == word).map_or(choices[0].1, |(_, value)| *value);
    PossibleValuesParser::new(choices.iter().map(|(word, _)| *word)).map(value)
}

fn version(home: &Home) -> String {
    format!("{} (wasmtime {WASMTIME_VERSION}, {})", env!("CARGO_PKG_VERSION"), home.python())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verify_cli() {
        Cli::command().debug_assert();
    }
}
