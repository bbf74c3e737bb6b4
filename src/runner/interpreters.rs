//! The interpreters of this process, each opened once, whichever thread asks first.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use super::{DeployError, Home};
use crate::function::RuntimeName;
use crate::sandbox::{Interpreter, SandboxError, SetupStep, Variant};

/// What a use case reports to whoever watches it, while it works.
pub trait Observer: Send + Sync {
    /// A step that takes long is about to start; what comes back is called when it is done.
    fn step(&self, _step: SetupStep) -> Box<dyn FnOnce()> {
        Box::new(|| {})
    }

    /// Something that the user should know, and that is no error. The same text may come more than once.
    fn warning(&self, _text: &str) {}

    /// What became of a part of the work, for a person who waits for it.
    fn note(&self, _text: &str) {}
}

/// An observer that does not look.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {}

/// Interpreters by their bundle and the variant of their machine code.
pub(super) struct Interpreters {
    home: Home,
    observer: Arc<dyn Observer>,
    opened: Mutex<HashMap<(PathBuf, Variant), Opening>>,
}

/// Locked while the interpreter is opened; empty if that failed, so that it can be tried again.
type Opening = Arc<Mutex<Option<Arc<Interpreter>>>>;

impl Interpreters {
    pub(super) fn new(home: Home, observer: Arc<dyn Observer>) -> Self {
        Self { home, observer, opened: Mutex::default() }
    }

    pub(super) fn home(&self) -> &Home {
        &self.home
    }

    pub(super) fn note(&self, text: &str) {
        self.observer.note(text);
    }

    pub(super) fn warn(&self, text: &str) {
        self.observer.warning(text);
    }

    /// The interpreter for functions of this runtime; warns where it is another one than was asked for.
    pub(super) fn open(&self, runtime: &RuntimeName, variant: Variant) -> Result<Arc<Interpreter>, DeployError> {
        let files = self.home.interpreter(runtime.as_str());
        let key = (files.bundle.clone(), variant);
        let opening = Arc::clone(self.opened.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default());
        let mut opening = opening.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(interpreter) = &*opening {
            self.warn_of_runtime(runtime, interpreter);
            return Ok(Arc::clone(interpreter));
        }
        let observer = Arc::clone(&self.observer);
        let interpreter = Interpreter::open(&files, variant, Box::new(move |step| observer.step(step))).map_err(DeployError::host)?;
        self.warn_of_runtime(runtime, &interpreter);
        *opening = Some(Arc::clone(&interpreter));
        Ok(interpreter)
    }

    fn warn_of_runtime(&self, runtime: &RuntimeName, interpreter: &Interpreter) {
        let info = interpreter.runtime();
        if let Some(warning) = runtime.runs_on(&info.runtime, &info.python_version) {
            self.warn(&warning);
        }
    }
}

impl DeployError {
    /// A fault of the host: of its bundle where that can be said.
    pub(super) fn host(error: SandboxError) -> Self {
        match error {
            SandboxError::NoBundle(..) | SandboxError::Bundle(..) | SandboxError::Module(_) => Self::Bundle(error),
            SandboxError::Io(_)
            | SandboxError::Write { .. }
            | SandboxError::Wasmtime(_)
            | SandboxError::NotOurs { .. }
            | SandboxError::Host(_) => Self::Host(error),
        }
    }
}
