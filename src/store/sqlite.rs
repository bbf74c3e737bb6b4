//! The store of one machine: a database in WAL mode that is synchronised at each commit.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use super::blobs::Blobs;
use super::migrations::{TABLES, migrate};
use super::{Store, StoreError, Work};

/// Connections that read beside the writer.
const READERS: usize = 4;
/// Statements that each connection keeps compiled.
const CACHED_STATEMENTS: usize = 128;

/// Tables in SQLite, zips in files beside it.
pub struct SqliteStore {
    writer: Mutex<Connection>,
    /// Empty where the database is in memory: then the writer reads too.
    readers: Vec<Mutex<Connection>>,
    blobs: Blobs,
    /// Holds the folder for this process alone.
    _lock: Option<File>,
}

/// The tables as one transaction sees them.
pub(super) struct Sql<'c>(pub(super) &'c Connection);

impl SqliteStore {
    /// The store in `folder`, which is made if it is missing. Files of zips that no row names are removed: a process that
    /// was killed left them.
    ///
    /// # Errors
    /// That another process has it open, that a newer program wrote it, or what file system and database say.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(folder).map_err(|error| StoreError::File { path: folder.to_owned(), error })?;
        let lock = lock(folder)?;
        let path = folder.join("wasmlam.sqlite");
        let mut writer = connect(&path)?;
        migrate(&mut writer, &path, TABLES)?;
        let readers = (0..READERS).map(|_| connect(&path).map(Mutex::new)).collect::<Result<_, _>>()?;
        let store = Self { writer: Mutex::new(writer), readers, blobs: Blobs::open(&folder.join("zips"))?, _lock: Some(lock) };
        let named = |digest: &str| is_named(&store.locked_writer(), digest);
        store.blobs.sweep(named)?;
        Ok(store)
    }

    /// A store that ends with the process.
    ///
    /// # Errors
    /// What the database says.
    pub fn in_memory() -> Result<Self, StoreError> {
        let mut writer = Connection::open_in_memory()?;
        prepare(&writer)?;
        migrate(&mut writer, Path::new("memory"), TABLES)?;
        Ok(Self { writer: Mutex::new(writer), readers: Vec::new(), blobs: Blobs::in_memory(), _lock: None })
    }

    fn locked_writer(&self) -> MutexGuard<'_, Connection> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A reader that nobody uses, or the first one when all are in use.
    fn reader(&self) -> MutexGuard<'_, Connection> {
        let idle = self.readers.iter().find_map(|reader| reader.try_lock().ok());
        let first = || self.readers.first().unwrap_or(&self.writer).lock().unwrap_or_else(PoisonError::into_inner);
        idle.unwrap_or_else(first)
    }
}

impl Store for SqliteStore {
    fn read(&self, work: Work<'_>) -> Result<(), StoreError> {
        let mut connection = self.reader();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
        work(&Sql(&transaction))?;
        Ok(transaction.finish()?)
    }

    fn write(&self, work: Work<'_>) -> Result<(), StoreError> {
        let mut connection = self.locked_writer();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        work(&Sql(&transaction))?;
        transaction.commit()?;
        // Still the only writer: no row that names one of these can appear meanwhile, and what a writer that waits has put
        // there already is pinned.
        self.blobs.collect(|digest| is_named(&connection, digest))
    }

    fn blobs(&self) -> &Blobs {
        &self.blobs
    }
}

fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join("lock");
    let failed = |error| StoreError::File { path: path.clone(), error };
    let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

pub(super) fn connect(path: &PathBuf) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    prepare(&connection)?;
    Ok(connection)
}

fn prepare(connection: &Connection) -> Result<(), StoreError> {
    // FULL: the WAL is synchronised before a commit returns, so what was acknowledged survives a loss of power too.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    Ok(())
}

/// Whether a row names this zip.
fn is_named(connection: &Connection, digest: &str) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM version_blobs WHERE digest = ?1) OR EXISTS (SELECT 1 FROM layer_versions WHERE digest = ?1)";
    Ok(connection.prepare_cached(sql)?.query_row([digest], |row| row.get(0))?)
}
