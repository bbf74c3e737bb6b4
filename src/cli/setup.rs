//! `wasmlam setup`: what takes long and is done once, before somebody waits for it; and how it is shown where somebody does.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::{Failure, exit, note, progress};
use crate::runner::{Observer, Runner};
use crate::sandbox::SetupStep;

/// Compiles the interpreter in every variant and boots it.
pub(crate) fn run(runner: &Runner) -> Result<u8, Failure> {
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
    let bar = progress(None, "wasmlam: {spinner} {msg} {elapsed}").with_message(step.to_string());
    if bar.is_hidden() {
        note(&step.to_string());
    } else {
        bar.enable_steady_tick(Duration::from_millis(100));
    }
    Box::new(move || bar.finish_and_clear())
}
