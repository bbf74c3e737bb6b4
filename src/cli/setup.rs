//! `wasmlam setup`: what takes long and is done once, before somebody waits for it; and how it is shown where somebody does.

use std::io::{self, IsTerminal};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::{DEFAULT_RUNTIME, Failure, Places, exit, note};
use crate::sandbox::{Interpreter, SetupStep, Variant, on_guest_thread};

/// There is nothing to choose.
#[derive(Debug, Args)]
pub(crate) struct SetupArgs {}

/// Compiles the interpreter in every variant and boots it.
pub(crate) fn run(_: &SetupArgs, places: &Places) -> Result<u8, Failure> {
    let internal = |error: anyhow::Error| Failure::new(exit::INTERNAL, error);
    on_guest_thread(|| {
        for variant in Variant::ALL {
            let interpreter = Interpreter::open(&places.bundle(DEFAULT_RUNTIME), places.cache(), variant, Box::new(tell));
            interpreter.and_then(|interpreter| interpreter.prepare()).map_err(|error| internal(error.into()))?;
        }
        Ok(exit::OK)
    })
    .map_err(|error| Failure::new(exit::INTERNAL, error))?
}

/// Shows a step while it runs: a spinner with its time on a terminal, a line elsewhere.
pub(crate) fn tell(step: SetupStep) -> Box<dyn FnOnce()> {
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
