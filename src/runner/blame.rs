//! Whose fault an error is: what a front end makes an exit code or a status of.

use std::io;

use super::{BaselineError, DeployError, EnvironmentError, EventsError, MeasureError, PricesError, SuiteRunError, WatchError};
use crate::bench::GateError;
use crate::function::{AccountError, EventError, Outcome};
use crate::judge::SuiteError;
use crate::report::ReportsError;
use crate::report::bench::OutputError;
use crate::sandbox::SandboxError;

/// Whose fault it is.
#[derive(Debug, Clone, Copy)]
pub enum Blame<'a> {
    /// Whoever asked: an option, an event, a setting or a file that was named.
    Request,
    /// Whoever made the package: it cannot be loaded.
    Package,
    /// Whoever wrote the function: a call that must return a result ended like this.
    Function(&'a Outcome),
    /// This program, its installation or its machine.
    Host,
    /// Nobody: whoever started it has stopped it, before there was anything to show.
    Stopped,
    /// Nobody: whoever read the output has had enough of it, as `head` does.
    Reader,
}

/// Whose fault it is that something could not be read or written.
fn of_io(error: &io::Error) -> Blame<'static> {
    if error.kind() == io::ErrorKind::BrokenPipe { Blame::Reader } else { Blame::Host }
}

impl Blamed for io::Error {
    fn blame(&self) -> Blame<'_> {
        of_io(self)
    }
}

/// An error that is somebody's fault.
pub trait Blamed: std::error::Error {
    /// Whose.
    fn blame(&self) -> Blame<'_>;
}

impl Blamed for DeployError {
    fn blame(&self) -> Blame<'_> {
        match self {
            Self::Package(_) => Blame::Package,
            Self::Config(_) => Blame::Request,
            Self::Bundle(_) | Self::Host(_) => Blame::Host,
        }
    }
}

impl Blamed for SuiteRunError {
    fn blame(&self) -> Blame<'_> {
        match self {
            Self::Suite(_) | Self::Case { .. } | Self::Empty(_) | Self::NoPackage(_) | Self::UpdateOfMany(_) => Blame::Request,
            Self::Deploy(error) => error.blame(),
            Self::Io(error) => of_io(error),
        }
    }
}

impl Blamed for MeasureError {
    fn blame(&self) -> Blame<'_> {
        match self {
            Self::Deploy(error) => error.blame(),
            Self::Nothing => Blame::Request,
            Self::Stopped => Blame::Stopped,
            Self::Call { outcome, .. } => Blame::Function(outcome),
            Self::Io(error) => of_io(error),
            Self::Profile(_) | Self::Host(_) => Blame::Host,
        }
    }
}

impl Blamed for WatchError {
    fn blame(&self) -> Blame<'_> {
        match self {
            Self::Missing { .. } | Self::Refused { .. } => Blame::Request,
            Self::Failed(_) => Blame::Host,
        }
    }
}

impl Blamed for ReportsError {
    fn blame(&self) -> Blame<'_> {
        if let Self::Io(error) = self { of_io(error) } else { Blame::Request }
    }
}

impl Blamed for OutputError {
    fn blame(&self) -> Blame<'_> {
        if let Self::Stdout(error) = self { of_io(error) } else { Blame::Request }
    }
}

/// Errors that only have one cause.
macro_rules! always {
    ($blame:ident: $($error:ty),+) => {
        $(impl Blamed for $error {
            fn blame(&self) -> Blame<'_> {
                Blame::$blame
            }
        })+
    };
}

always!(Request: AccountError, BaselineError, EnvironmentError, EventError, EventsError, GateError, PricesError, SuiteError);
always!(Host: SandboxError);
