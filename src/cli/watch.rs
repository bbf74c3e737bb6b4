//! `--watch`: the same command again whenever a file that it reads changes.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use super::{Failure, note};
use crate::runner::Changes;

/// Runs this command without its `--watch`, in a process of its own, now and after each change below these paths; one that
/// still runs by then is ended. Only a signal ends it.
pub(super) fn watch(paths: &[PathBuf]) -> Result<u8, Failure> {
    let changes = Changes::watch(paths)?;
    let program = env::current_exe()?;
    let arguments: Vec<OsString> = env::args_os().skip(1).filter(|argument| argument != "--watch").collect();
    loop {
        let mut child = Command::new(&program).args(&arguments).spawn()?;
        let changed = changes.wait()?;
        let _ = child.kill(); // it may have ended long ago
        child.wait()?;
        note(&format!("{} has changed", changed.display()));
    }
}
