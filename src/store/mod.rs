//! What the server keeps: rows in SQLite, zips in files, logs in a database of their own.
//!
//! Knows keys and bytes, not AWS's rules: what a row says is a document, JSON text that `control` writes and reads. Everything
//! is behind traits ([`Store`], [`Tables`], [`LogStore`]), so that a server of several machines can bring its own. The only
//! user of `rusqlite`. Each group of tables has a file, and the schema grows by numbered steps (`migrations.rs`).

mod aliases;
mod blobs;
mod functions;
mod layers;
mod logs;
mod mappings;
mod migrations;
mod settings;
mod signing;
mod sqlite;
mod versions;

use std::io;
use std::path::PathBuf;

pub use aliases::{AliasRow, Aliases};
pub use blobs::{Blobs, Pin};
pub use functions::{FunctionRow, Functions};
pub use layers::{LayerRow, Layers};
pub use logs::{GroupRow, LogChunk, LogEvent, LogQuery, LogStore, SqliteLogs, StoredChunk, StreamRow, Streams};
pub use mappings::{MappingRow, Mappings};
pub use settings::{Setting, SettingRow, Settings};
pub use signing::{Signing, SigningRow};
pub use sqlite::SqliteStore;
pub use versions::{VersionRow, Versions};

/// All tables, inside one transaction.
pub trait Tables: Functions + Versions + Aliases + Settings + Layers + Mappings + Signing {}
impl<T: Functions + Versions + Aliases + Settings + Layers + Mappings + Signing> Tables for T {}

/// What one transaction does. An error undoes all of it.
pub type Work<'a> = &'a mut dyn FnMut(&dyn Tables) -> Result<(), StoreError>;

/// Transactions over the tables, and the zips that rows name.
pub trait Store: Send + Sync {
    /// Runs `work` on one consistent state, which it must not change.
    ///
    /// # Errors
    /// Those of `work`, and [`StoreError::Database`].
    fn read(&self, work: Work<'_>) -> Result<(), StoreError>;

    /// Runs `work` alone among all writers. When this returns, what it did survives the end of the process and of the
    /// machine.
    ///
    /// # Errors
    /// Those of `work`, and [`StoreError::Database`]: then nothing of it was done.
    fn write(&self, work: Work<'_>) -> Result<(), StoreError>;

    /// The zips.
    fn blobs(&self) -> &Blobs;
}

/// Why something could not be kept or found.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The work of a transaction gave up; nothing of it was done.
    #[error("the transaction was given up")]
    GivenUp,
    /// SQLite's words.
    #[error("the store's database: {0}")]
    Database(#[from] rusqlite::Error),
    /// A file of the store.
    #[error("cannot use {path} of the store: {error}")]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The folder was written by a newer wasmlam.
    #[error("the store in {path} has schema {found}, but this wasmlam knows up to {known}: use the newer wasmlam that wrote it")]
    TooNew {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: usize,
        /// Ours.
        known: usize,
    },
    /// Another server has it open.
    #[error("the store in {0} is in use by another wasmlam: stop that one, or give --state another folder")]
    InUse(PathBuf),
    /// A row that this program did not write.
    #[error("the store has a row that cannot be read: {0}")]
    Damaged(String),
}
