//! `wasmlam cache`: the functions that are kept between runs.

use std::io::{self, IsTerminal, Write};

use clap::Subcommand;

use super::{Failure, exit, note};
use crate::runner::Home;

/// What to do with them.
#[derive(Debug, Subcommand)]
pub(crate) enum CacheCommand {
    /// Print one line for each: name of the function, bytes on disk, seconds since its last use, file
    List,
    /// Remove them all; the next run of each function has an init again
    Clear,
}

/// Runs the command.
pub(crate) fn run(command: &CacheCommand, home: &Home) -> Result<u8, Failure> {
    let images = home.images();
    match command {
        CacheCommand::List => {
            let (lines, total) = images.table()?;
            let mut out = io::stdout().lock();
            if out.is_terminal() {
                out.write_all(b"FUNCTION\tBYTES\tSECONDS SINCE USE\tFILE\n")?;
            }
            out.write_all(lines.as_bytes())?;
            note(&total);
        }
        CacheCommand::Clear => note(&format!("{} functions removed", images.clear()?)),
    }
    Ok(exit::OK)
}
