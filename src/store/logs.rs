//! Logs as CloudWatch Logs groups them, in a database of their own: written in batches by one thread, bounded by size.
//!
//! A row has what one invocation wrote. Logs are not synchronised at each commit: the last ones may be lost with the
//! machine, none with the process. Where the disk is slower than the functions, they wait for it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, ToSql, params, params_from_iter};
use serde::{Deserialize, Serialize};

use super::StoreError;
use super::migrations::{LOGS, migrate};
use super::sqlite::connect;
use crate::function::Account;

/// Bytes of logs that may wait for the disk. Beyond it, whoever appends waits.
const MAX_WAITING_BYTES: u64 = 16 << 20;
/// How long the writer lets chunks gather, unless somebody waits to read: under load a transaction for each would take more of
/// the processor than the functions whose logs they are.
const GATHERING: Duration = Duration::from_millis(5);
/// Groups whose ids the writer remembers.
const MAX_KNOWN_GROUPS: usize = 4096;
/// Chunks that one transaction writes.
const MAX_BATCH: usize = 4096;
/// How long a reader waits for what was appended before it.
const PATIENCE: Duration = Duration::from_secs(5);

/// One event of a log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEvent(
    /// Milliseconds since 1970.
    pub u64,
    /// Its text, without the end of the line.
    pub String,
);

/// What one invocation wrote.
#[derive(Debug, Clone)]
pub struct LogChunk {
    /// Whose.
    pub account: Account,
    /// For instance `/aws/lambda/hello`.
    pub group: String,
    /// The environment's.
    pub stream: String,
    /// In order.
    pub events: Vec<LogEvent>,
}

/// A chunk as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredChunk {
    /// Grows with each chunk.
    pub id: u64,
    /// Its stream.
    pub stream: String,
    /// Milliseconds since 1970.
    pub ingested: u64,
    /// In order.
    pub events: Vec<LogEvent>,
}

/// A log group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRow {
    /// Its name.
    pub name: String,
    /// Milliseconds since 1970.
    pub created: u64,
    /// Bytes that its chunks take.
    pub bytes: u64,
}

/// A log stream. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamRow {
    /// Its name.
    pub name: String,
    /// When the first chunk came.
    pub created: u64,
    /// The first event.
    pub first: u64,
    /// The last event.
    pub last: u64,
    /// When the last chunk came.
    pub ingested: u64,
    /// Bytes that its chunks take.
    pub bytes: u64,
}

/// Which streams of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Streams {
    /// Every one.
    #[default]
    All,
    /// Those with these names.
    Named(Vec<String>),
    /// Those whose names begin so.
    Prefix(String),
}

/// Which chunks of a group.
#[derive(Debug, Clone)]
pub struct LogQuery<'a> {
    /// Whose.
    pub account: &'a Account,
    /// The group's name.
    pub group: &'a str,
    /// Which streams.
    pub streams: Streams,
    /// Chunks that have an event at this time or later; milliseconds since 1970.
    pub start: u64,
    /// Chunks that have an event before this time.
    pub end: u64,
    /// From this chunk on, or down where `backwards`.
    pub from: u64,
    /// The newest first.
    pub backwards: bool,
    /// Chunks, at the most.
    pub limit: usize,
}

/// Where logs are kept.
pub trait LogStore: Send + Sync {
    /// Appends a chunk; it is kept soon. Waits where too much waits already.
    fn append(&self, chunk: LogChunk);
    /// Up to `limit` groups with this prefix, by name, after the name `after`.
    ///
    /// # Errors
    /// Like all methods that read: what the database says.
    fn groups(&self, account: &Account, prefix: &str, after: &str, limit: usize) -> Result<Vec<GroupRow>, StoreError>;
    /// Whether there is such a group.
    fn has_group(&self, account: &Account, group: &str) -> Result<bool, StoreError>;
    /// Up to `limit` streams of a group with this prefix: by name, or the one with the newest chunk first; `skip` of them left
    /// out.
    fn streams(
        &self,
        account: &Account,
        group: &str,
        prefix: &str,
        newest_first: bool,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<StreamRow>, StoreError>;
    /// The chunks of a query.
    fn chunks(&self, query: &LogQuery<'_>) -> Result<Vec<StoredChunk>, StoreError>;
    /// Bytes that the database would not take.
    fn dropped(&self) -> u64;
}

/// Logs in SQLite.
pub struct SqliteLogs {
    shared: Arc<Shared>,
    writer: Option<JoinHandle<()>>,
}

struct Shared {
    connection: Mutex<Connection>,
    waiting: Mutex<Waiting>,
    /// There is work, where the writer waits for it.
    work: Condvar,
    room: Condvar,
    dropped: AtomicU64,
    max_bytes: u64,
}

/// What the writer has not taken yet.
#[derive(Default)]
struct Waiting {
    rows: Vec<Row>,
    /// Of these rows, and of those that are being written.
    bytes: u64,
    /// Answered when everything before them is kept.
    flushes: Vec<Sender<()>>,
    /// Whether the writer waits for the first row. Then it has to be woken; while it lets rows gather it wakes itself.
    is_idle: bool,
    is_over: bool,
}

/// A chunk as the database has it, made on the thread that appends.
struct Row {
    account: Account,
    group: String,
    stream: String,
    first: u64,
    last: u64,
    bytes: u64,
    events: String,
}

impl SqliteLogs {
    /// The logs in `folder`, of which the oldest go while all take more than `max_bytes`.
    ///
    /// # Errors
    /// What file system and database say.
    pub fn open(folder: &Path, max_bytes: u64) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(|error| StoreError::File { path: folder.to_owned(), error })?;
        let path = folder.join("logs.sqlite");
        let mut connection = connect(&path)?;
        migrate(&mut connection, &path, LOGS)?;
        Self::start(connection, max_bytes)
    }

    /// Logs that end with the process.
    ///
    /// # Errors
    /// What the database says.
    pub fn in_memory(max_bytes: u64) -> Result<Self, StoreError> {
        let mut connection = Connection::open_in_memory()?;
        migrate(&mut connection, Path::new("memory"), LOGS)?;
        Self::start(connection, max_bytes)
    }

    fn start(connection: Connection, max_bytes: u64) -> Result<Self, StoreError> {
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        let total: u64 = connection.query_row("SELECT coalesce(sum(bytes), 0) FROM chunks", [], |row| row.get(0))?;
        let sql = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'chunks'";
        let newest: i64 = connection.query_row(sql, [], |row| row.get(0))?;
        let shared = Arc::new(Shared {
            connection: Mutex::new(connection),
            waiting: Mutex::default(),
            work: Condvar::new(),
            room: Condvar::new(),
            dropped: AtomicU64::new(0),
            max_bytes,
        });
        let writer = Arc::clone(&shared);
        let writer = std::thread::Builder::new()
            .name("logs".into())
            .spawn(move || Writer { shared: writer, total, newest, groups: HashMap::new() }.write_all())
            .map_err(|error| StoreError::File { path: "a thread".into(), error })?;
        Ok(Self { shared, writer: Some(writer) })
    }

    /// The database, after everything that was appended until now is in it.
    fn reader(&self) -> MutexGuard<'_, Connection> {
        let (done, kept) = channel();
        self.shared.waiting().flushes.push(done);
        self.shared.work.notify_one();
        let _ = kept.recv_timeout(PATIENCE);
        self.shared.connection()
    }
}

impl Drop for SqliteLogs {
    /// What was appended is still written.
    fn drop(&mut self) {
        self.shared.waiting().is_over = true;
        self.shared.work.notify_one();
        if let Some(writer) = self.writer.take() {
            let _ = writer.join(); // where it panicked there is nothing more to write
        }
    }
}

impl Shared {
    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for work and takes it; `None` when there will be no more.
    fn take(&self) -> Option<(Vec<Row>, Vec<Sender<()>>)> {
        let mut waiting = self.waiting();
        while waiting.rows.is_empty() && waiting.flushes.is_empty() {
            if waiting.is_over {
                return None;
            }
            waiting.is_idle = true;
            waiting = self.work.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            waiting.is_idle = false;
        }
        let is_early = |waiting: &mut Waiting| waiting.flushes.is_empty() && !waiting.is_over;
        let gathered = self.work.wait_timeout_while(waiting, GATHERING, is_early);
        let mut waiting = gathered.unwrap_or_else(PoisonError::into_inner).0;
        let later = waiting.rows.len().min(MAX_BATCH);
        let later = waiting.rows.split_off(later);
        let rows = std::mem::replace(&mut waiting.rows, later);
        let flushes = if waiting.rows.is_empty() { std::mem::take(&mut waiting.flushes) } else { Vec::new() };
        Some((rows, flushes))
    }
}

/// What the one thread that writes knows.
struct Writer {
    shared: Arc<Shared>,
    /// Bytes of all chunks.
    total: u64,
    /// The id of the last chunk.
    newest: i64,
    /// The ids of groups, which are never removed.
    groups: HashMap<Account, HashMap<String, i64>>,
}

impl Writer {
    fn write_all(&mut self) {
        let shared = Arc::clone(&self.shared);
        while let Some((rows, flushes)) = shared.take() {
            let bytes = rows.iter().map(|row| row.bytes).sum::<u64>();
            match self.keep(&mut shared.connection(), &rows, self.total + bytes) {
                Ok(now) => self.total = now,
                Err(_) => {
                    self.groups.clear(); // what the transaction made is not there
                    shared.dropped.fetch_add(bytes, Ordering::Relaxed);
                }
            }
            drop(rows);
            shared.waiting().bytes -= bytes;
            shared.room.notify_all();
            for done in flushes {
                let _ = done.send(());
            }
        }
    }

    /// Writes a batch and removes the oldest chunks beyond the bound; the bytes that are there then.
    fn keep(&mut self, connection: &mut Connection, rows: &[Row], mut total: u64) -> Result<u64, StoreError> {
        if rows.is_empty() {
            return Ok(total);
        }
        let transaction = connection.transaction()?;
        let now = now_ms();
        for row in rows {
            self.insert(&transaction, row, now)?;
        }
        if total > self.shared.max_bytes {
            total -= remove_oldest(&transaction, total - self.shared.max_bytes)?;
        }
        transaction.commit()?;
        Ok(total)
    }

    fn insert(&mut self, connection: &Connection, row: &Row, now: u64) -> Result<(), StoreError> {
        let group = self.group(connection, row, now)?;
        self.newest += 1;
        // Not one statement with RETURNING: SQLite makes a temporary table for that each time, and most streams are new.
        let sql = "INSERT INTO streams (log_group, name, created, newest) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
        let is_new = connection.prepare_cached(sql)?.execute(params![group, row.stream, now, self.newest])? == 1;
        let stream: i64 = if is_new {
            connection.last_insert_rowid()
        } else {
            let sql = "UPDATE streams SET newest = ? WHERE log_group = ? AND name = ?";
            connection.prepare_cached(sql)?.execute(params![self.newest, group, row.stream])?;
            let sql = "SELECT id FROM streams WHERE log_group = ? AND name = ?";
            connection.prepare_cached(sql)?.query_row(params![group, row.stream], |row| row.get(0))?
        };
        let sql = "INSERT INTO chunks (id, log_group, stream, first, last, ingested, bytes, events) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        let values = params![self.newest, group, stream, row.first, row.last, now, row.bytes, row.events];
        connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    fn group(&mut self, connection: &Connection, row: &Row, now: u64) -> Result<i64, StoreError> {
        if let Some(id) = self.groups.get(&row.account).and_then(|groups| groups.get(&row.group)) {
            return Ok(*id);
        }
        let sql = "INSERT INTO groups (region, account, name, created) VALUES (?, ?, ?, ?)
                   ON CONFLICT DO UPDATE SET created = created RETURNING id";
        let values = params![row.account.region, row.account.id, row.group, now];
        let id = connection.prepare_cached(sql)?.query_row(values, |row| row.get(0))?;
        if self.groups.values().map(HashMap::len).sum::<usize>() >= MAX_KNOWN_GROUPS {
            self.groups.clear();
        }
        self.groups.entry(row.account.clone()).or_default().insert(row.group.clone(), id);
        Ok(id)
    }
}

fn now_ms() -> u64 {
    u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

/// Bytes as CloudWatch counts them: 26 for each event beside its text.
fn size(chunk: &LogChunk) -> u64 {
    chunk.events.iter().map(|event| event.1.len() as u64 + 26).sum()
}

/// Removes the oldest chunks until at least `excess` bytes are gone, and the streams and groups that have none left; the
/// bytes that went.
fn remove_oldest(connection: &Connection, excess: u64) -> Result<u64, StoreError> {
    let (mut removed, mut last) = (0, 0_i64);
    {
        let mut statement = connection.prepare_cached("SELECT id, bytes FROM chunks ORDER BY id")?;
        let mut rows = statement.query([])?;
        while removed < excess {
            let Some(row) = rows.next()? else { break };
            last = row.get(0)?;
            removed += row.get::<_, u64>(1)?;
        }
    }
    connection.prepare_cached("DELETE FROM chunks WHERE id <= ?")?.execute([last])?;
    connection.prepare_cached("DELETE FROM streams WHERE newest <= ?")?.execute([last])?;
    Ok(removed)
}

fn group_id(connection: &Connection, account: &Account, group: &str) -> Result<Option<i64>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT id FROM groups WHERE region = ? AND account = ? AND name = ?")?;
    Ok(statement.query_row([&account.region, &account.id, group], |row| row.get(0)).optional()?)
}

impl LogStore for SqliteLogs {
    fn append(&self, chunk: LogChunk) {
        let (Some(first), Some(last)) = (chunk.events.first(), chunk.events.last()) else { return };
        let (first, last, bytes) = (first.0, last.0, size(&chunk));
        // Numbers and text always have a form in JSON.
        let Ok(events) = serde_json::to_string(&chunk.events) else { return };
        let LogChunk { account, group, stream, .. } = chunk;
        let row = Row { account, group, stream, first, last, bytes, events };
        let mut waiting = self.shared.waiting();
        while waiting.bytes > MAX_WAITING_BYTES {
            waiting = self.shared.room.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        waiting.bytes += bytes;
        waiting.rows.push(row);
        if std::mem::take(&mut waiting.is_idle) {
            drop(waiting);
            self.shared.work.notify_one();
        }
    }

    fn groups(&self, account: &Account, prefix: &str, after: &str, limit: usize) -> Result<Vec<GroupRow>, StoreError> {
        let connection = self.reader();
        let sql = "SELECT name, created, (SELECT coalesce(sum(bytes), 0) FROM chunks WHERE log_group = groups.id) FROM groups
                   WHERE region = ? AND account = ? AND substr(name, 1, ?) = ? AND name > ? ORDER BY name LIMIT ?";
        let mut statement = connection.prepare_cached(sql)?;
        let key = params![account.region, account.id, prefix.chars().count(), prefix, after, limit];
        let found = statement.query_map(key, |row| Ok(GroupRow { name: row.get(0)?, created: row.get(1)?, bytes: row.get(2)? }))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    fn has_group(&self, account: &Account, group: &str) -> Result<bool, StoreError> {
        Ok(group_id(&self.reader(), account, group)?.is_some())
    }

    fn streams(
        &self,
        account: &Account,
        group: &str,
        prefix: &str,
        newest_first: bool,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<StreamRow>, StoreError> {
        let connection = self.reader();
        let Some(group) = group_id(&connection, account, group)? else { return Ok(Vec::new()) };
        let sql = format!(
            "SELECT s.name, s.created, min(c.first), max(c.last), max(c.ingested), sum(c.bytes)
             FROM (SELECT * FROM streams WHERE log_group = ? AND substr(name, 1, ?) = ? ORDER BY {0} LIMIT ? OFFSET ?) s
             JOIN chunks c ON c.stream = s.id GROUP BY s.id ORDER BY s.{0}",
            if newest_first { "newest DESC" } else { "name" }
        );
        let key = params![group, prefix.chars().count(), prefix, limit, skip];
        let mut statement = connection.prepare_cached(&sql)?;
        let found = statement.query_map(key, |row| {
            Ok(StreamRow {
                name: row.get(0)?,
                created: row.get(1)?,
                first: row.get(2)?,
                last: row.get(3)?,
                ingested: row.get(4)?,
                bytes: row.get(5)?,
            })
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    fn chunks(&self, query: &LogQuery<'_>) -> Result<Vec<StoredChunk>, StoreError> {
        let connection = self.reader();
        let Some(group) = group_id(&connection, query.account, query.group)? else { return Ok(Vec::new()) };
        let as_sql = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let (from, start, end, limit) = (as_sql(query.from), as_sql(query.start), as_sql(query.end), as_sql(query.limit as u64));
        let mut values: Vec<Box<dyn ToSql>> = vec![Box::new(group), Box::new(from), Box::new(start), Box::new(end)];
        let which = match &query.streams {
            Streams::All => String::new(),
            Streams::Prefix(prefix) => {
                values.extend([Box::new(prefix.chars().count()) as Box<dyn ToSql>, Box::new(prefix.clone())]);
                "AND substr(s.name, 1, ?) = ?".to_owned()
            }
            Streams::Named(names) => {
                values.extend(names.iter().map(|name| Box::new(name.clone()) as Box<dyn ToSql>));
                format!(
                    "AND c.stream IN (SELECT id FROM streams WHERE log_group = {group} AND name IN ({}))",
                    vec!["?"; names.len()].join(", ")
                )
            }
        };
        values.push(Box::new(limit));
        let (bound, order) = if query.backwards { ("<=", "DESC") } else { (">=", "ASC") };
        let sql = format!(
            "SELECT c.id, s.name, c.ingested, c.events FROM chunks c JOIN streams s ON s.id = c.stream
             WHERE c.log_group = ? AND c.id {bound} ? AND c.last >= ? AND c.first < ? {which} ORDER BY c.id {order} LIMIT ?"
        );
        let mut statement = connection.prepare_cached(&sql)?;
        let found =
            statement.query_map(params_from_iter(values), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, String>(3)?)))?;
        found
            .map(|row| {
                let (id, stream, ingested, events) = row?;
                let events = serde_json::from_str(&events).map_err(|error| StoreError::Damaged(error.to_string()))?;
                Ok(StoredChunk { id, stream, ingested, events })
            })
            .collect()
    }

    fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(stream: &str, at: u64, text: &str) -> LogChunk {
        LogChunk {
            account: Account::default(),
            group: "/aws/lambda/f".into(),
            stream: stream.into(),
            events: vec![LogEvent(at, text.into()), LogEvent(at + 1, "END".into())],
        }
    }

    fn query(account: &Account) -> LogQuery<'_> {
        let group = "/aws/lambda/f";
        LogQuery { account, group, streams: Streams::All, start: 0, end: u64::MAX, from: 0, backwards: false, limit: 100 }
    }

    #[test]
    fn what_was_appended_is_read_back_by_group_and_stream() {
        let logs = SqliteLogs::in_memory(1 << 20).expect("memory");
        let account = Account::default();
        for (stream, at) in [("a", 10), ("b", 20), ("a", 30)] {
            logs.append(chunk(stream, at, "hello"));
        }
        let found = |query: &LogQuery<'_>| -> Vec<(String, u64)> {
            logs.chunks(query).expect("chunks").into_iter().map(|chunk| (chunk.stream, chunk.events[0].0)).collect()
        };
        assert_eq!(found(&query(&account)), [("a".into(), 10), ("b".into(), 20), ("a".into(), 30)]);
        let named = LogQuery { streams: Streams::Named(vec!["a".into()]), backwards: true, from: u64::MAX, ..query(&account) };
        assert_eq!(found(&named), [("a".into(), 30), ("a".into(), 10)]);
        assert_eq!(found(&LogQuery { streams: Streams::Prefix("b".into()), ..query(&account) }), [("b".into(), 20)]);
        assert_eq!(found(&LogQuery { start: 21, end: 30, ..query(&account) }), [("b".into(), 20)], "its second event is at 21");
        assert_eq!(found(&LogQuery { group: "/aws/lambda/g", ..query(&account) }), []);
        let streams = logs.streams(&account, "/aws/lambda/f", "", true, 0, 10).expect("streams");
        let shown: Vec<_> = streams.iter().map(|stream| (stream.name.as_str(), stream.first, stream.last)).collect();
        assert_eq!(shown, [("a", 10, 31), ("b", 20, 21)]);
        let groups = logs.groups(&account, "/aws", "", 10).expect("groups");
        assert_eq!((groups[0].name.as_str(), groups[0].bytes), ("/aws/lambda/f", 3 * (26 + 5 + 26 + 3)));
        assert!(logs.groups(&account, "/other", "", 10).expect("groups").is_empty());
    }

    #[test]
    fn the_oldest_go_when_all_are_too_many() {
        let logs = SqliteLogs::in_memory(600).expect("memory");
        let account = Account::default();
        for at in 0..100 {
            logs.append(chunk(&format!("stream-{at}"), at, "hello"));
        }
        let left = logs.chunks(&query(&account)).expect("chunks");
        assert_eq!(left.len(), 10, "ten of 60 bytes");
        assert_eq!(left[0].events[0].0, 90);
        assert_eq!(logs.streams(&account, "/aws/lambda/f", "", false, 0, 100).expect("streams").len(), 10);
        assert_eq!(logs.dropped(), 0);
    }
}
