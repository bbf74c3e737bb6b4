//! `wasmlam cache`: the functions that are kept between runs.

use std::io::{self, Write};
use std::time::SystemTime;

use clap::Subcommand;

use super::{Failure, exit, note};
use crate::runner::{Home, MAX_KEPT_BYTES};

/// What to do with them.
#[derive(Debug, Subcommand)]
pub(crate) enum CacheCommand {
    /// Print one line for each: name, bytes on disk, seconds since its last use
    List,
    /// Remove them all; the next run of each function has an init again
    Clear,
}

/// Runs the command.
pub(crate) fn run(command: &CacheCommand, home: &Home) -> Result<u8, Failure> {
    let images = home.images();
    match command {
        CacheCommand::List => {
            let kept = images.list()?;
            let mut out = io::stdout().lock();
            for image in &kept {
                let age = SystemTime::now().duration_since(image.used).unwrap_or_default().as_secs();
                writeln!(out, "{}\t{}\t{age}", image.name, image.bytes)?;
            }
            let total: u64 = kept.iter().map(|image| image.bytes).sum();
            note(&format!("{} functions, {total} of at most {MAX_KEPT_BYTES} bytes", kept.len()));
        }
        CacheCommand::Clear => note(&format!("{} functions removed", images.clear()?)),
    }
    Ok(exit::OK)
}
