//! Where the events of a run come from: a text, a file, or a file of many.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use crate::function::{EventError, Invocation, MAX_EVENT_BYTES};

/// The path that stands for stdin.
const STDIN: &str = "-";
/// What editors on Windows put in front of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Where events are, as a user names it; nothing is opened yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventSource {
    /// The event itself, as JSON.
    Text(String),
    /// A file that holds one event; `-` is stdin.
    File(PathBuf),
    /// A file with one event on each line; `-` is stdin.
    Lines(PathBuf),
}

/// Events that are read, or open to be read.
pub enum Events {
    /// One event.
    One(Vec<u8>),
    /// Many: each with the number of its line.
    Lines(EventLines),
}

/// Why events could not be read.
#[derive(Debug, thiserror::Error)]
pub enum EventsError {
    /// The file system refused.
    #[error("cannot read {path}: {error}", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The file system's reason.
        error: io::Error,
    },
    /// A folder was named in the place of a file.
    #[error("{path} is a folder, but must be a file", path = .0.display())]
    Folder(PathBuf),
    /// A JSON array that begins on this line, in the place of a file of lines.
    #[error("line {0}: --events wants one event on each line, and this is one array: jq -c '.[]' FILE makes lines of it")]
    Array(u64),
    /// A line that could not be read.
    #[error("line {0}: {1}")]
    Line(u64, io::Error),
    /// A line whose event AWS would not take.
    #[error("line {0}: {1}")]
    EventOfLine(u64, EventError),
    /// An event that AWS would not take.
    #[error(transparent)]
    Event(#[from] EventError),
    /// More events than may be held in memory together, in bytes.
    #[error("the events are larger than {0} bytes together")]
    TooLarge(usize),
    /// A file of lines without a line.
    #[error("the events file is empty")]
    Empty,
}

impl EventSource {
    /// What the text of an `--event` option means: the event itself, `-` for stdin, or a file behind `@` or `file://`.
    pub fn of_text(text: &str) -> Self {
        match text.strip_prefix('@').or_else(|| text.strip_prefix("file://")) {
            Some(file) => Self::File(file.into()),
            None if text == STDIN => Self::File(text.into()),
            None => Self::Text(text.to_owned()),
        }
    }

    /// The file to watch for changes; stdin is not one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Text(_) => None,
            Self::File(path) | Self::Lines(path) => Some(path.as_path()).filter(|path| *path != Path::new(STDIN)),
        }
    }

    /// Reads the one event, or opens the file of many.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open(&self) -> Result<Events, EventsError> {
        Ok(match self {
            Self::Text(text) => Events::One(text.as_bytes().to_vec()),
            Self::File(path) => Events::One(read(path)?),
            Self::Lines(path) => {
                Events::Lines(EventLines { file: Box::new(io::BufReader::new(reader(path)?)), path: path.clone(), number: 0 })
            }
        })
    }

    /// All of its events, each checked; together they have at most `most_bytes` bytes, and there is at least one.
    ///
    /// # Errors
    /// When they cannot be read, are too large, are not JSON, or are none.
    pub fn invocations(&self, most_bytes: usize) -> Result<Vec<Invocation>, EventsError> {
        let mut bytes = 0;
        let mut within_bound = |event: Vec<u8>| {
            bytes += event.len();
            if bytes > most_bytes { Err(EventsError::TooLarge(most_bytes)) } else { Ok(event) }
        };
        let invocations: Vec<Invocation> = match self.open()? {
            Events::One(event) => vec![Invocation::new(within_bound(event)?, None)?],
            Events::Lines(lines) => {
                let invocation = |line: Result<(u64, Vec<u8>), EventsError>| {
                    let (number, event) = line?;
                    Invocation::new(within_bound(event)?, None).map_err(|error| EventsError::EventOfLine(number, error))
                };
                lines.map(invocation).collect::<Result<_, _>>()?
            }
        };
        if invocations.is_empty() { Err(EventsError::Empty) } else { Ok(invocations) }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, EventsError> {
    let mut event = Vec::new();
    // One byte more than is allowed, so that the check sees that there is more.
    let limit = (MAX_EVENT_BYTES + BYTE_ORDER_MARK.len()) as u64 + 1;
    let read = reader(path)?.take(limit).read_to_end(&mut event);
    read.map_err(|error| EventsError::Read { path: path.to_owned(), error })?;
    if event.starts_with(BYTE_ORDER_MARK) {
        event.drain(..BYTE_ORDER_MARK.len());
    }
    Ok(event)
}

fn reader(path: &Path) -> Result<Box<dyn Read>, EventsError> {
    if path == Path::new(STDIN) {
        return Ok(Box::new(io::stdin()));
    }
    if path.is_dir() {
        return Err(EventsError::Folder(path.to_owned()));
    }
    Ok(Box::new(File::open(path).map_err(|error| EventsError::Read { path: path.to_owned(), error })?))
}

/// The events of a file with their line numbers; empty lines are left out. A line is read no further than one byte above the
/// bound of an event.
pub struct EventLines {
    file: Box<dyn BufRead>,
    path: PathBuf,
    number: u64,
}

impl Iterator for EventLines {
    type Item = Result<(u64, Vec<u8>), EventsError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.number += 1;
            let number = self.number;
            let mut line = Vec::new();
            let limit = MAX_EVENT_BYTES as u64 + 2; // the bound, one byte above it, the line end
            match (&mut self.file).take(limit).read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(_) => {
                    let text = if number == 1 { line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&line) } else { &line };
                    match text.trim_ascii() {
                        b"" => {}
                        b"[" => return Some(Err(EventsError::Array(number))),
                        text => return Some(Ok((number, text.to_vec()))),
                    }
                }
                Err(error) if number == 1 => return Some(Err(EventsError::Read { path: self.path.clone(), error })),
                Err(error) => return Some(Err(EventsError::Line(number, error))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_can_name_a_file() {
        for (text, source) in [
            ("{}", EventSource::Text("{}".into())),
            ("-", EventSource::File("-".into())),
            ("@e.json", EventSource::File("e.json".into())),
            ("file://e.json", EventSource::File("e.json".into())),
            ("-1", EventSource::Text("-1".into())),
        ] {
            assert_eq!(EventSource::of_text(text), source, "{text}");
        }
        assert_eq!(EventSource::of_text("-").file(), None, "stdin does not change");
        assert_eq!(EventSource::of_text("@e.json").file(), Some(Path::new("e.json")));
    }

    #[test]
    fn all_events_together_have_a_bound_and_a_bad_one_has_its_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("events.jsonl");
        std::fs::write(&path, "\u{feff}1\n\n22\n333\n").expect("writes");
        let source = EventSource::Lines(path.clone());
        let events: Vec<Vec<u8>> = source.invocations(6).expect("within").into_iter().map(|invocation| invocation.event).collect();
        assert_eq!(events, [b"1".to_vec(), b"22".to_vec(), b"333".to_vec()]);
        assert!(matches!(source.invocations(5), Err(EventsError::TooLarge(5))));
        std::fs::write(&path, "1\n\n{").expect("writes");
        assert!(source.invocations(9).expect_err("not JSON").to_string().starts_with("line 3: the event is not JSON"));
        std::fs::write(&path, "\n").expect("writes");
        assert!(matches!(source.invocations(9), Err(EventsError::Empty)));
    }
}
