//! The log of an invocation as it comes: the same text as [`log_text`](super::log_text) gives at its end, in pieces.

use std::sync::{Mutex, PoisonError};

use super::{LogType, Platform, events, lines, log_text};
use crate::function::{Completion, LogFormat, Seen};

/// A log that is shown while the invocation runs.
#[derive(Debug)]
pub struct LiveLog {
    platform: Platform,
    shown: Mutex<Shown>,
}

#[derive(Debug, Default)]
struct Shown {
    has_begun: bool,
    /// Bytes of the function's log that were shown, or are in `rest`.
    bytes: usize,
    /// The start of a character, or of a line where lines count, whose end has not come yet.
    rest: Vec<u8>,
    ends_a_line: bool,
}

impl LiveLog {
    /// A log of which nothing is shown yet.
    pub fn new(platform: Platform) -> Self {
        Self { platform, shown: Mutex::default() }
    }

    /// The text to show now.
    pub fn next(&self, seen: Seen<'_>) -> String {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let is_json = self.platform.config.logging.format == LogFormat::Json;
        match seen {
            Seen::Begun(begun) => {
                shown.has_begun = true;
                let bytes = if is_json { events::start(&begun, &self.platform) } else { lines::start(&begun, &self.platform) };
                shown.ends_a_line = matches!(bytes.last(), None | Some(b'\n'));
                String::from_utf8_lossy(&bytes).into_owned()
            }
            Seen::Printed(bytes) => {
                shown.bytes += bytes.len();
                shown.rest.extend_from_slice(bytes);
                let end = if is_json { ended_lines(&shown.rest) } else { ended_characters(&shown.rest) };
                let now: Vec<u8> = shown.rest.drain(..end).collect();
                self.show(&mut shown, &now)
            }
        }
    }

    fn show(&self, shown: &mut Shown, bytes: &[u8]) -> String {
        if bytes.is_empty() {
            return String::new();
        }
        let bytes = match self.platform.config.logging.format {
            LogFormat::Json => events::of_function(bytes, &self.platform),
            LogFormat::Text => bytes.to_vec(),
        };
        shown.ends_a_line = bytes.last().map_or(shown.ends_a_line, |last| *last == b'\n');
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The text that is left to show of an invocation that has ended.
    pub fn end(&self, completion: &Completion) -> String {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if !shown.has_begun {
            return log_text(completion, &self.platform, LogType::All);
        }
        let mut rest = std::mem::take(&mut shown.rest);
        rest.extend_from_slice(completion.log.bytes.get(shown.bytes..).unwrap_or_default());
        let mut text = self.show(&mut shown, &rest);
        let end = match self.platform.config.logging.format {
            LogFormat::Json => events::end(completion, &self.platform),
            LogFormat::Text => lines::end(completion, &self.platform),
        };
        if !shown.ends_a_line && !end.is_empty() {
            text.push('\n');
        }
        text + &String::from_utf8_lossy(&end)
    }
}

/// Bytes up to the end of the last line.
fn ended_lines(bytes: &[u8]) -> usize {
    bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1)
}

/// Bytes up to a character whose end is missing.
fn ended_characters(bytes: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match std::str::from_utf8(&bytes[at..]) {
            Ok(_) => return bytes.len(),
            Err(error) => match error.error_len() {
                Some(wrong) => at += error.valid_up_to() + wrong,
                None => return at + error.valid_up_to(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::lines::tests::{completion, platform};
    use super::*;
    use crate::function::{ApplicationLogLevel, Begun, LoggingConfig, Outcome};
    use std::time::Duration;

    /// Shows a log in pieces of each length, and fails unless they are the whole log together.
    fn shown_in_pieces(completion: &Completion, platform: &Platform) {
        let whole = log_text(completion, platform, LogType::All);
        let log = &completion.log.bytes;
        for length in 1..=log.len().max(1) {
            let live = LiveLog::new(platform.clone());
            let mut text = live.next(Seen::Begun(Begun::of(completion)));
            for piece in log.chunks(length) {
                text += &live.next(Seen::Printed(piece));
            }
            assert_eq!(text + &live.end(completion), whole, "pieces of {length}");
            let live = LiveLog::new(platform.clone());
            let mut text = live.next(Seen::Begun(Begun::of(completion)));
            text += &live.next(Seen::Printed(&log[..length.min(log.len())]));
            assert_eq!(text + &live.end(completion), whole, "what comes after {length} is not kept live");
        }
        assert_eq!(LiveLog::new(platform.clone()).end(completion), whole, "nothing was live");
    }

    #[test]
    fn the_pieces_are_the_log() {
        let (mut completion, mut platform) = (completion(Outcome::Returned(b"1".to_vec())), platform());
        completion.usage.init_duration = Some(Duration::from_millis(3));
        completion.init_log.bytes = b"init".to_vec();
        for log in [&b""[..], b"one\n", b"no newline", "ä€🦀\n\u{fffd}ä".as_bytes(), b"a\xe2\x82b\xff\n\xf0\x9f"] {
            completion.log.bytes = log.to_vec();
            shown_in_pieces(&completion, &platform);
        }
        for level in [ApplicationLogLevel::Trace, ApplicationLogLevel::Info, ApplicationLogLevel::Error] {
            platform.config.logging = LoggingConfig::new(LogFormat::Json, Some(level), None).expect("they fit together");
            for log in [&b""[..], b"plain\n{\"level\": \"DEBUG\"}\n{\"level\": \"ERROR\"}", b"{\"level\": \"ERROR\"}\nplain\n", b"\n\nx"] {
                completion.log.bytes = log.to_vec();
                shown_in_pieces(&completion, &platform);
            }
        }
    }
}
