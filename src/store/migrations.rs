//! The schema, in steps. A step that was released is never changed: a new one follows it.

use std::path::Path;

use rusqlite::Connection;

use super::StoreError;

/// The steps of the tables. `user_version` counts those that were done.
pub(super) const TABLES: &[&str] = &["
    CREATE TABLE functions (
        region TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL,
        next_version INTEGER NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (region, account, name)
    ) WITHOUT ROWID;
    -- Number 0 is $LATEST.
    CREATE TABLE versions (
        region TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL,
        pending INTEGER NOT NULL,
        code_size INTEGER NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (region, account, name, number)
    );
    CREATE INDEX pending_versions ON versions (pending) WHERE pending;
    -- The zips that a version needs: its code and its layers.
    CREATE TABLE version_blobs (
        region TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL,
        digest TEXT NOT NULL,
        PRIMARY KEY (region, account, name, number, digest)
    ) WITHOUT ROWID;
    CREATE INDEX blob_versions ON version_blobs (digest);
    CREATE TABLE aliases (
        region TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL, alias TEXT NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (region, account, name, alias)
    ) WITHOUT ROWID;
    CREATE TABLE settings (
        region TEXT NOT NULL, account TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL, qualifier TEXT NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (region, account, kind, name, qualifier)
    ) WITHOUT ROWID;
    CREATE TABLE urls (
        id TEXT NOT NULL PRIMARY KEY,
        region TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL, qualifier TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX urls_of ON urls (region, account, name, qualifier);
    CREATE TABLE layers (
        region TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL,
        next_version INTEGER NOT NULL,
        PRIMARY KEY (region, account, name)
    ) WITHOUT ROWID;
    CREATE TABLE layer_versions (
        region TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL,
        digest TEXT NOT NULL,
        code_size INTEGER NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (region, account, name, number)
    );
    CREATE INDEX blob_layers ON layer_versions (digest);
    CREATE TABLE mappings (
        region TEXT NOT NULL, account TEXT NOT NULL, id TEXT NOT NULL,
        function TEXT NOT NULL, source TEXT NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (region, account, id)
    ) WITHOUT ROWID;
    CREATE TABLE signing (
        region TEXT NOT NULL, account TEXT NOT NULL, arn TEXT NOT NULL,
        document TEXT NOT NULL,
        PRIMARY KEY (region, account, arn)
    ) WITHOUT ROWID;
"];

/// The steps of the logs.
pub(super) const LOGS: &[&str] = &["
    CREATE TABLE groups (
        id INTEGER PRIMARY KEY,
        region TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL,
        created INTEGER NOT NULL,
        UNIQUE (region, account, name)
    );
    CREATE TABLE streams (
        id INTEGER PRIMARY KEY,
        log_group INTEGER NOT NULL, name TEXT NOT NULL,
        created INTEGER NOT NULL,
        -- The last chunk: a stream goes with it.
        newest INTEGER NOT NULL,
        UNIQUE (log_group, name)
    );
    CREATE INDEX old_streams ON streams (newest);
    -- What one invocation wrote. Times are milliseconds since 1970.
    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        log_group INTEGER NOT NULL, stream INTEGER NOT NULL,
        first INTEGER NOT NULL, last INTEGER NOT NULL, ingested INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        events TEXT NOT NULL
    );
    CREATE INDEX group_chunks ON chunks (log_group, id);
    CREATE INDEX stream_chunks ON chunks (stream, id);
"];

/// Does the steps that are missing, each in a transaction of its own.
pub(super) fn migrate(connection: &mut Connection, path: &Path, steps: &[&str]) -> Result<(), StoreError> {
    let found: usize = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > steps.len() {
        return Err(StoreError::TooNew { path: path.to_owned(), found, known: steps.len() });
    }
    for (number, step) in steps.iter().enumerate().skip(found) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", number + 1)?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_done_once_and_newer_schemas_are_refused() {
        let mut connection = Connection::open_in_memory().expect("memory");
        let steps = ["CREATE TABLE a (x)", "ALTER TABLE a ADD COLUMN y"];
        migrate(&mut connection, Path::new("x"), &steps[..1]).expect("the first");
        migrate(&mut connection, Path::new("x"), &steps).expect("the second alone");
        migrate(&mut connection, Path::new("x"), &steps).expect("nothing to do");
        connection.execute("INSERT INTO a (x, y) VALUES (1, 2)", []).expect("both columns");
        let error = migrate(&mut connection, Path::new("x"), &steps[..1]).expect_err("too new");
        assert_eq!(error.to_string(), "the store in x has schema 2, but this wasmlam knows up to 1: use the newer wasmlam that wrote it");
    }
}
