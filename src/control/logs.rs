//! The reading half of CloudWatch Logs.

use serde_json::Value;

use super::filter::Pattern;
use super::{ApiError, Control, Exception, Scope, model, paging};
use crate::function::Account;
use crate::store::{LogEvent, LogQuery, StoredChunk, Streams};

/// Events of one answer, as CloudWatch has it.
const MAX_EVENTS: usize = 10_000;
/// Bytes of one answer: 1 MiB, with 26 for each event.
const MAX_BYTES: usize = 1 << 20;
/// Chunks that are read at a time.
const CHUNKS: usize = 500;
/// Chunks that one answer looks at, so that a filter that nothing passes ends.
const MAX_CHUNKS: usize = 5_000;

impl Control {
    /// Runs one of DescribeLogGroups, DescribeLogStreams, GetLogEvents and FilterLogEvents by its name, from JSON to JSON.
    ///
    /// # Errors
    /// As CloudWatch Logs answers; UnknownOperationException for any other name.
    pub fn call_logs(&self, scope: &Scope, operation: &str, input: Value) -> Result<Value, ApiError> {
        fn read<T: serde::de::DeserializeOwned>(input: Value) -> Result<T, ApiError> {
            serde_json::from_value(input).map_err(|error| ApiError::new(Exception::Serialization, error.to_string()))
        }
        fn write<T: serde::Serialize>(output: T) -> Result<Value, ApiError> {
            serde_json::to_value(output).map_err(|error| ApiError::service(error.to_string()))
        }
        match operation {
            "DescribeLogGroups" => write(self.describe_log_groups(scope, read(input)?)?),
            "DescribeLogStreams" => write(self.describe_log_streams(scope, read(input)?)?),
            "GetLogEvents" => write(self.get_log_events(scope, read(input)?)?),
            "FilterLogEvents" => write(self.filter_log_events(scope, read(input)?)?),
            other => Err(ApiError::new(Exception::UnknownOperation, format!("'{other}' is not an operation"))),
        }
    }

    /// CloudWatch Logs' `DescribeLogGroups`.
    ///
    /// # Errors
    /// As CloudWatch Logs answers, like all methods here.
    pub fn describe_log_groups(&self, scope: &Scope, input: model::DescribeLogGroups) -> Result<model::DescribeLogGroupsOutput, ApiError> {
        let account = &scope.account;
        let size = paging::size(input.limit, paging::PAGE);
        let [after] = paging::start::<1>(input.next_token.as_deref()).map_err(|_| invalid_token())?;
        let prefix = input.log_group_name_prefix.as_deref().unwrap_or_default();
        let mut rows = self.0.parts.logs.groups(account, prefix, &after, size + 1)?;
        let more = rows.len() > size;
        rows.truncate(size);
        let next_token = rows.last().filter(|_| more).map(|row| paging::marker(&[&row.name]));
        let pattern = input.log_group_name_pattern.map(|pattern| pattern.to_lowercase()).unwrap_or_default();
        let rows = rows.into_iter().filter(|row| row.name.to_lowercase().contains(&pattern));
        let log_groups = rows.map(|row| {
            let arn = group_arn(account, &row.name);
            model::LogGroup {
                log_group_name: row.name,
                creation_time: signed(row.created),
                metric_filter_count: 0,
                arn: format!("{arn}:*"),
                stored_bytes: signed(row.bytes),
                log_group_class: "STANDARD".into(),
                log_group_arn: arn,
            }
        });
        Ok(model::DescribeLogGroupsOutput { log_groups: log_groups.collect(), next_token })
    }

    /// CloudWatch Logs' `DescribeLogStreams`.
    pub fn describe_log_streams(
        &self,
        scope: &Scope,
        input: model::DescribeLogStreams,
    ) -> Result<model::DescribeLogStreamsOutput, ApiError> {
        let account = &scope.account;
        let group = self.group(scope, input.log_group_name.as_deref(), input.log_group_identifier.as_deref())?;
        let size = paging::size(input.limit, paging::PAGE);
        let by_time = input.order_by.as_deref() == Some("LastEventTime");
        let prefix = input.log_stream_name_prefix.as_deref().unwrap_or_default();
        if by_time && !prefix.is_empty() {
            let message = "Cannot order by LastEventTime with a logStreamNamePrefix.";
            return Err(ApiError::new(Exception::LogsInvalidParameter, message));
        }
        let [skip] = paging::start::<1>(input.next_token.as_deref()).map_err(|_| invalid_token())?;
        let skip = skip.parse().unwrap_or(0);
        let mut rows = self.0.parts.logs.streams(account, &group, prefix, by_time && input.descending == Some(true), skip, size + 1)?;
        let more = rows.len() > size;
        rows.truncate(size);
        let arn = group_arn(account, &group);
        let log_streams = rows.into_iter().map(|row| model::LogStream {
            arn: format!("{arn}:log-stream:{}", row.name),
            log_stream_name: row.name,
            creation_time: signed(row.created),
            first_event_timestamp: Some(signed(row.first)),
            last_event_timestamp: Some(signed(row.last)),
            last_ingestion_time: Some(signed(row.ingested)),
            upload_sequence_token: "49039859627891568400000000000000000000000000000000000000".into(),
            stored_bytes: 0, // as AWS has it since 2019
        });
        let next_token = more.then(|| paging::marker(&[&(skip + size).to_string()]));
        Ok(model::DescribeLogStreamsOutput { log_streams: log_streams.collect(), next_token })
    }

    /// CloudWatch Logs' `GetLogEvents`: a page of one stream, the newest one where nothing else is asked for.
    pub fn get_log_events(&self, scope: &Scope, input: model::GetLogEvents) -> Result<model::GetLogEventsOutput, ApiError> {
        let group = self.group(scope, input.log_group_name.as_deref(), input.log_group_identifier.as_deref())?;
        let at = input.next_token.as_deref().map(read_token).transpose()?;
        let backwards = at.map_or(input.start_from_head != Some(true), |at| at.backwards);
        let limit = paging::size(input.limit, MAX_EVENTS);
        let range = range(input.start_time, input.end_time);
        let query = LogQuery {
            account: &scope.account,
            group: &group,
            streams: Streams::Named(vec![input.log_stream_name.clone()]),
            start: range.0,
            end: range.1,
            from: at.map_or(if backwards { u64::MAX } else { 0 }, |at| at.chunk),
            backwards,
            limit: CHUNKS,
        };
        let mut found = self.page(query, at, limit, |_| true)?;
        if found.is_empty() && at.is_none() && !self.has_stream(scope, &group, &input.log_stream_name)? {
            return Err(ApiError::new(Exception::LogsResourceNotFound, "The specified log stream does not exist."));
        }
        if backwards {
            found.reverse();
        }
        // Without events both tokens stay where they were: that is how a client sees the end.
        let stay = at.unwrap_or(Position { chunk: 0, index: 0, backwards: false });
        let first = found.first().map_or(stay, |event| event.position);
        let last = found.last().map_or(stay, |event| event.position.after());
        Ok(model::GetLogEventsOutput {
            next_forward_token: token(Position { backwards: false, ..last }),
            next_backward_token: token(Position { backwards: true, ..first }),
            events: found
                .into_iter()
                .map(|event| model::OutputLogEvent {
                    timestamp: signed(event.event.0),
                    message: event.event.1,
                    ingestion_time: signed(event.ingested),
                })
                .collect(),
        })
    }

    /// CloudWatch Logs' `FilterLogEvents`.
    pub fn filter_log_events(&self, scope: &Scope, input: model::FilterLogEvents) -> Result<model::FilterLogEventsOutput, ApiError> {
        let group = self.group(scope, input.log_group_name.as_deref(), input.log_group_identifier.as_deref())?;
        let pattern = Pattern::parse(input.filter_pattern.as_deref().unwrap_or_default())?;
        let at = input.next_token.as_deref().map(read_token).transpose()?;
        let limit = paging::size(input.limit, MAX_EVENTS);
        let streams = match (input.log_stream_names, input.log_stream_name_prefix) {
            (Some(names), None) => Streams::Named(names.into_iter().take(100).collect()),
            (None, Some(prefix)) => Streams::Prefix(prefix),
            (None, None) => Streams::All,
            (Some(_), Some(_)) => {
                let message = "logStreamNames and logStreamNamePrefix cannot be given together.";
                return Err(ApiError::new(Exception::LogsInvalidParameter, message));
            }
        };
        let (start, end) = range(input.start_time, input.end_time.map(|end| end.saturating_add(1)));
        let from = at.map_or(0, |at| at.chunk);
        let query = LogQuery { account: &scope.account, group: &group, streams, start, end, from, backwards: false, limit: CHUNKS };
        let mut found = self.page(query, at, limit, |text| pattern.matches(text))?;
        let is_full = found.len() >= limit || found.iter().map(Found::bytes).sum::<usize>() + MAX_BYTES / 16 >= MAX_BYTES;
        let next_token = found.last().filter(|_| is_full).map(|event| token(event.position.after()));
        found.sort_by_key(|event| event.event.0);
        let events = found.into_iter().map(|event| model::FilteredLogEvent {
            event_id: format!("{:056}", u128::from(event.position.chunk) << 32 | event.position.index as u128),
            log_stream_name: event.stream,
            timestamp: signed(event.event.0),
            message: event.event.1,
            ingestion_time: signed(event.ingested),
        });
        Ok(model::FilterLogEventsOutput { events: events.collect(), searched_log_streams: Vec::new(), next_token })
    }

    /// The events of a query from a position on that `matches` lets through, within the bounds of an answer.
    fn page(
        &self,
        mut query: LogQuery<'_>,
        at: Option<Position>,
        limit: usize,
        matches: impl Fn(&str) -> bool,
    ) -> Result<Vec<Found>, ApiError> {
        let (mut found, mut bytes, mut looked) = (Vec::new(), 0, 0);
        loop {
            let chunks = self.0.parts.logs.chunks(&query)?;
            let (is_last, next) = (chunks.len() < query.limit, chunks.last().map(|chunk| chunk.id));
            looked += chunks.len();
            for chunk in chunks {
                for event in in_order(chunk, query.backwards) {
                    let is_wanted = (query.start..query.end).contains(&event.event.0) && is_beyond(&event, at, query.backwards);
                    if !is_wanted || !matches(&event.event.1) {
                        continue;
                    }
                    bytes += event.bytes();
                    if found.len() >= limit || bytes > MAX_BYTES && !found.is_empty() {
                        return Ok(found);
                    }
                    found.push(event);
                }
            }
            match next {
                Some(id) if !is_last && looked < MAX_CHUNKS => query.from = if query.backwards { id.saturating_sub(1) } else { id + 1 },
                _ => return Ok(found),
            }
        }
    }

    fn group(&self, scope: &Scope, name: Option<&str>, identifier: Option<&str>) -> Result<String, ApiError> {
        let name = name.or_else(|| identifier.map(|text| text.split(":log-group:").last().unwrap_or(text).trim_end_matches(":*")));
        let Some(name) = name else {
            let message = "One of logGroupName and logGroupIdentifier is needed.";
            return Err(ApiError::new(Exception::LogsInvalidParameter, message));
        };
        match self.0.parts.logs.has_group(&scope.account, name)? {
            true => Ok(name.to_owned()),
            false => Err(ApiError::new(Exception::LogsResourceNotFound, "The specified log group does not exist.")),
        }
    }

    fn has_stream(&self, scope: &Scope, group: &str, name: &str) -> Result<bool, ApiError> {
        let streams = self.0.parts.logs.streams(&scope.account, group, name, false, 0, 1)?;
        Ok(streams.first().is_some_and(|stream| stream.name == name))
    }
}

/// An event with its place.
struct Found {
    position: Position,
    stream: String,
    ingested: u64,
    event: LogEvent,
}

impl Found {
    /// As CloudWatch counts them.
    fn bytes(&self) -> usize {
        self.event.1.len() + 26
    }
}

/// Before an event, on the way to newer or to older ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Position {
    chunk: u64,
    index: usize,
    backwards: bool,
}

impl Position {
    fn after(self) -> Self {
        Self { index: self.index + 1, ..self }
    }
}

fn in_order(chunk: StoredChunk, backwards: bool) -> Vec<Found> {
    let StoredChunk { id, stream, ingested, events } = chunk;
    let found = events.into_iter().enumerate().map(|(index, event)| Found {
        position: Position { chunk: id, index, backwards: false },
        stream: stream.clone(),
        ingested,
        event,
    });
    let mut found: Vec<Found> = found.collect();
    if backwards {
        found.reverse();
    }
    found
}

fn is_beyond(event: &Found, at: Option<Position>, backwards: bool) -> bool {
    let Some(at) = at else { return true };
    let here = (event.position.chunk, event.position.index);
    if backwards { here < (at.chunk, at.index) } else { here >= (at.chunk, at.index) }
}

fn token(position: Position) -> String {
    let Position { chunk, index, backwards } = position;
    format!("{}/{chunk:040}{index:016}", if backwards { 'b' } else { 'f' })
}

fn read_token(token: &str) -> Result<Position, ApiError> {
    let parse = || {
        let (way, digits) = token.split_once('/')?;
        let backwards = match way {
            "f" => false,
            "b" => true,
            _ => return None,
        };
        let (chunk, index) = digits.is_ascii().then(|| digits.split_at_checked(40))??;
        Some(Position { chunk: chunk.parse().ok()?, index: index.parse().ok()?, backwards })
    };
    parse().ok_or_else(invalid_token)
}

fn invalid_token() -> ApiError {
    ApiError::new(Exception::LogsInvalidParameter, "The specified nextToken is invalid.")
}

fn range(start: Option<i64>, end: Option<i64>) -> (u64, u64) {
    let millis = |time: Option<i64>, default: u64| time.map_or(default, |time| u64::try_from(time).unwrap_or(0));
    (millis(start, 0), millis(end, u64::MAX))
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn group_arn(account: &Account, group: &str) -> String {
    format!("arn:{}:logs:{}:{}:log-group:{group}", account.partition(), account.region, account.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens() {
        let position = Position { chunk: u64::MAX, index: 7, backwards: true };
        assert_eq!(read_token(&token(position)).expect("ours"), position);
        for wrong in ["", "f/", "x/1", "f/é", &"f/".repeat(30)] {
            assert!(read_token(wrong).is_err(), "{wrong}");
        }
    }
}
