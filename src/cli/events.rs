//! Where events come from: an argument, a file, or a file of many.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use clap::Args;

use super::{Failure, exit};
use crate::function::MAX_EVENT_BYTES;

/// What was typed; nothing is read or opened yet.
#[derive(Debug, Args)]
pub(crate) struct EventArgs {
    /// The event, as JSON [default: {}]
    #[arg(long, value_name = "JSON", group = "source", allow_hyphen_values = true)]
    event: Option<String>,
    /// A file that holds the event; `-` is stdin
    #[arg(long, value_name = "FILE|-", group = "source")]
    event_file: Option<PathBuf>,
    /// A file with one event on each line; `-` is stdin
    #[arg(long, value_name = "FILE|-", group = "source")]
    events: Option<PathBuf>,
}

/// Events, opened.
pub(crate) enum Source {
    One(Vec<u8>),
    Lines(Box<dyn BufRead>),
}

impl EventArgs {
    /// Reads the one event, or opens the file of many.
    pub(crate) fn open(&self) -> anyhow::Result<Source> {
        Ok(match (&self.event, &self.event_file, &self.events) {
            (_, Some(path), _) => {
                let mut event = Vec::new();
                // One byte more than is allowed, so that the check sees that there is more.
                let limit = MAX_EVENT_BYTES as u64 + 1;
                reader(path)?.take(limit).read_to_end(&mut event).with_context(|| format!("cannot read {}", path.display()))?;
                Source::One(event)
            }
            (_, _, Some(path)) => Source::Lines(Box::new(io::BufReader::new(reader(path)?))),
            (event, None, None) => Source::One(event.as_deref().unwrap_or("{}").as_bytes().to_vec()),
        })
    }
}

fn reader(path: &Path) -> anyhow::Result<Box<dyn Read>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    Ok(Box::new(File::open(path).with_context(|| format!("cannot read {}", path.display()))?))
}

/// The events of a file with their line numbers; empty lines are left out. A line is read no further than one byte above
/// the bound of an event.
pub(crate) fn event_lines(mut lines: Box<dyn BufRead>) -> impl Iterator<Item = Result<(u64, Vec<u8>), Failure>> {
    let mut number = 0;
    std::iter::from_fn(move || {
        loop {
            number += 1;
            let mut line = Vec::new();
            let limit = MAX_EVENT_BYTES as u64 + 2; // the bound, one byte above it, the line end
            match (&mut lines).take(limit).read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(_) if line.trim_ascii().is_empty() => {}
                Ok(_) => return Some(Ok((number, line.trim_ascii().to_vec()))),
                Err(error) => return Some(Err(Failure::new(exit::USAGE, anyhow!(error).context(format!("line {number}"))))),
            }
        }
    })
}
