//! Exit codes: the one table, shown in `--help` and in docs/RUNNING.md.

use crate::function::Outcome;

/// A result.
pub(crate) const OK: u8 = 0;
/// The function failed: an exception, an exit, a trap, a result that is too large.
pub(crate) const FUNCTION_ERROR: u8 = 1;
/// The command line, the event or a setting is wrong.
pub(crate) const USAGE: u8 = 2;
/// The package or its handler cannot be loaded.
pub(crate) const PACKAGE: u8 = 3;
/// The timeout passed.
pub(crate) const TIMEOUT: u8 = 4;
/// The memory ran out.
pub(crate) const OUT_OF_MEMORY: u8 = 5;
/// The fuel ran out.
pub(crate) const OUT_OF_FUEL: u8 = 6;
/// A fault of wasmlam or of its installation (`EX_SOFTWARE` of sysexits).
pub(crate) const INTERNAL: u8 = 70;
/// Stopped by a signal, as a shell reports SIGINT.
pub(crate) const INTERRUPTED: u8 = 130;

/// For `--help`.
pub(crate) const TABLE: &str = include_str!("help/exit.txt").trim_ascii_end();

/// The code for how an invocation ended.
pub(crate) fn code(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Returned(_) => OK,
        Outcome::Raised(_) | Outcome::Exited(_) | Outcome::Trapped(_) | Outcome::ResultTooLarge(_) => FUNCTION_ERROR,
        Outcome::InitFailed(_) => PACKAGE,
        Outcome::TimedOut(_) => TIMEOUT,
        Outcome::OutOfMemory(_) => OUT_OF_MEMORY,
        Outcome::OutOfFuel(_) => OUT_OF_FUEL,
    }
}
