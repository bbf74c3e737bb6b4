//! The newest lines of a log group, for those who watch it.

use super::{ApiError, Control, Scope};
use crate::store::{LogQuery, StoredChunk, Streams};

/// Chunks that are read at a time.
const CHUNKS: usize = 200;

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Milliseconds since 1970.
    pub time_ms: u64,
    /// Its text.
    pub text: String,
}

/// Lines of a log group in the order in which they were kept, and the place behind them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogPage {
    /// In order.
    pub lines: Vec<LogLine>,
    /// Where the lines that come later begin.
    pub end: u64,
    /// Whether there is more than what is here.
    pub is_partial: bool,
}

impl Control {
    /// The last lines of a group from a time on, at most `most` and the rest of the invocation that the first of them belongs
    /// to. A group that has nothing yet is empty.
    ///
    /// # Errors
    /// When the logs cannot be read.
    pub fn last_log_lines(&self, scope: &Scope, group: &str, from_ms: u64, most: usize) -> Result<LogPage, ApiError> {
        let mut query = query(scope, group, u64::MAX, true);
        let mut found: Vec<StoredChunk> = Vec::new();
        let (mut count, mut is_partial, mut is_first) = (0, false, true);
        let mut end = 0;
        loop {
            // The newest chunk is where later ones begin, however old it is.
            query.start = if is_first { 0 } else { from_ms };
            query.limit = if is_first { 1 } else { CHUNKS };
            let chunks = self.0.parts.logs.chunks(&query)?;
            let (is_last, oldest) = (chunks.len() < query.limit, chunks.last().map(|chunk| chunk.id));
            if is_first {
                end = oldest.unwrap_or(0);
            }
            is_first = false;
            for chunk in chunks {
                if count >= most {
                    is_partial = true;
                    break;
                }
                count += chunk.events.len();
                found.push(chunk);
            }
            match oldest {
                Some(oldest) if !is_last && !is_partial && oldest > 0 => query.from = oldest - 1,
                Some(_) | None => break,
            }
        }
        found.reverse();
        let lines = found.into_iter().flat_map(lines).filter(|line| line.time_ms >= from_ms).collect();
        Ok(LogPage { lines, end: end + 1, is_partial })
    }

    /// The lines of a group from a place on that [`LogPage::end`] said, about `most` at a time.
    ///
    /// # Errors
    /// When the logs cannot be read.
    pub fn later_log_lines(&self, scope: &Scope, group: &str, from: u64, most: usize) -> Result<LogPage, ApiError> {
        let query = query(scope, group, from, false);
        let chunks = self.0.parts.logs.chunks(&query)?;
        let mut page = LogPage { end: from, is_partial: chunks.len() == query.limit, ..LogPage::default() };
        for chunk in chunks {
            if page.lines.len() >= most {
                page.is_partial = true;
                break;
            }
            page.end = chunk.id + 1;
            page.lines.extend(lines(chunk));
        }
        Ok(page)
    }
}

fn query<'a>(scope: &'a Scope, group: &'a str, from: u64, backwards: bool) -> LogQuery<'a> {
    LogQuery { account: &scope.account, group, streams: Streams::All, start: 0, end: u64::MAX, from, backwards, limit: CHUNKS }
}

fn lines(chunk: StoredChunk) -> impl Iterator<Item = LogLine> {
    chunk.events.into_iter().map(|event| LogLine { time_ms: event.0, text: event.1 })
}
