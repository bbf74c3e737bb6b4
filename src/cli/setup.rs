//! `wasmlam setup`: what takes long and is done once, before somebody waits for it; and how it is shown where somebody does.

use std::collections::HashSet;
use std::io::{self, IsTerminal};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Failure, exit, note};
use crate::runner::{Observer, Runner};
use crate::sandbox::{SetupStep, Variant};

/// There is nothing to choose.
#[derive(Debug, Args)]
pub(crate) struct SetupArgs {}

/// Compiles the interpreter in every variant and boots it.
pub(crate) fn run(_: &SetupArgs, runner: &Runner) -> Result<u8, Failure> {
    runner.set_up()?;
    Ok(exit::OK)
}

/// Shows on stderr what a use case reports.
#[derive(Debug, Default)]
pub(super) struct Terminal {
    /// What was shown; the same warning about a hundred functions is shown once.
    warned: Mutex<HashSet<String>>,
}

impl Observer for Terminal {
    fn step(&self, step: SetupStep) -> Box<dyn FnOnce()> {
        show(step)
    }

    fn warning(&self, text: &str) {
        if self.warned.lock().unwrap_or_else(PoisonError::into_inner).insert(text.to_owned()) {
            note(&format!("warning: {text}"));
        }
    }

    fn note(&self, text: &str) {
        note(text);
    }
}

/// Shows a step while it runs: a spinner with its time on a terminal, a line elsewhere.
fn show(step: SetupStep) -> Box<dyn FnOnce()> {
    let text = match step {
        SetupStep::Compile(Variant::Clock) => "compiling the interpreter for this machine (once, some ten seconds)",
        SetupStep::Compile(Variant::Fuel | Variant::Deterministic) => "compiling the interpreter that counts fuel (once, some ten seconds)",
        SetupStep::Boot => "booting the interpreter (once)",
    };
    if !io::stderr().is_terminal() {
        note(text);
        return Box::new(|| {});
    }
    let bar = ProgressBar::new_spinner().with_message(text);
    if let Ok(style) = ProgressStyle::with_template("wasmlam: {spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    Box::new(move || bar.finish_and_clear())
}
