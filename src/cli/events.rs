//! Where events come from: an argument, a file, or a file of many.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use clap::Args;

use super::{Failure, exit};
use crate::function::MAX_EVENT_BYTES;

/// What editors on Windows put in front of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What was typed; nothing is read or opened yet.
#[derive(Debug, Args)]
pub(crate) struct EventArgs {
    /// The event as JSON, a file that holds it, or `-` for stdin [default: {}]
    #[arg(long, value_name = "JSON|@FILE|-", group = "source", allow_hyphen_values = true)]
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
            (_, Some(path), _) => Source::One(read(path)?),
            (_, _, Some(path)) => Source::Lines(Box::new(io::BufReader::new(reader(path)?))),
            (None, None, None) => Source::One(b"{}".to_vec()),
            (Some(event), None, None) => Source::One(match (event.as_str(), event.strip_prefix('@'), event.strip_prefix("file://")) {
                ("-", ..) => read(Path::new("-"))?,
                (_, Some(file), _) | (_, _, Some(file)) => read(Path::new(file))?,
                (text, None, None) => text.as_bytes().to_vec(),
            }),
        })
    }

    /// The files to look at for changes.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let of_event = self.event.as_deref().and_then(|event| event.strip_prefix('@').or_else(|| event.strip_prefix("file://")));
        let files = self.event_file.iter().chain(&self.events).cloned().chain(of_event.map(PathBuf::from));
        files.filter(|path| path != Path::new("-")).collect()
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut event = Vec::new();
    // One byte more than is allowed, so that the check sees that there is more.
    let limit = (MAX_EVENT_BYTES + BYTE_ORDER_MARK.len()) as u64 + 1;
    reader(path)?.take(limit).read_to_end(&mut event).with_context(|| format!("cannot read {}", path.display()))?;
    if event.starts_with(BYTE_ORDER_MARK) {
        event.drain(..BYTE_ORDER_MARK.len());
    }
    Ok(event)
}

fn reader(path: &Path) -> anyhow::Result<Box<dyn Read>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    if path.is_dir() {
        return Err(anyhow!("{} is a folder, but must be a file", path.display()));
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
                Ok(_) => {
                    let text = if number == 1 { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&line) } else { &line };
                    match text.trim_ascii() {
                        b"" => {}
                        b"[" => {
                            let hint = "--events wants one event on each line, and this is one array: jq -c '.[]' FILE makes lines of it";
                            return Some(Err(Failure::new(exit::USAGE, anyhow!("line {number}: {hint}"))));
                        }
                        text => return Some(Ok((number, text.to_vec()))),
                    }
                }
                Err(error) => return Some(Err(Failure::new(exit::USAGE, anyhow!(error).context(format!("line {number}"))))),
            }
        }
    })
}
