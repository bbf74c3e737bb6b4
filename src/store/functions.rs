//! Functions: a name, the number of the next version, and what belongs to no version.

use rusqlite::{OptionalExtension, params};

use super::StoreError;
use super::sqlite::Sql;
use crate::function::Account;

/// One function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionRow {
    /// Its name.
    pub name: String,
    /// What the next published version will be.
    pub next_version: u64,
    /// What `control` says of it.
    pub document: String,
}

/// The table of functions.
pub trait Functions {
    /// The function with this name.
    ///
    /// # Errors
    /// Like all methods of tables: what the database says.
    fn function(&self, account: &Account, name: &str) -> Result<Option<FunctionRow>, StoreError>;
    /// Writes it, whether it is there or not.
    fn put_function(&self, account: &Account, row: &FunctionRow) -> Result<(), StoreError>;
    /// Removes it with everything under its name but its event source mappings; the digests of the zips that it named.
    fn delete_function(&self, account: &Account, name: &str) -> Result<Vec<String>, StoreError>;
    /// How many there are.
    fn count_functions(&self, account: &Account) -> Result<u64, StoreError>;
}

impl Functions for Sql<'_> {
    fn function(&self, account: &Account, name: &str) -> Result<Option<FunctionRow>, StoreError> {
        let sql = "SELECT name, next_version, document FROM functions WHERE region = ? AND account = ? AND name = ?";
        let found = self.0.prepare_cached(sql)?.query_row([&account.region, &account.id, name], |row| {
            Ok(FunctionRow { name: row.get(0)?, next_version: row.get(1)?, document: row.get(2)? })
        });
        Ok(found.optional()?)
    }

    fn put_function(&self, account: &Account, row: &FunctionRow) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO functions (region, account, name, next_version, document) VALUES (?, ?, ?, ?, ?)";
        self.0.prepare_cached(sql)?.execute(params![account.region, account.id, row.name, row.next_version, row.document])?;
        Ok(())
    }

    fn delete_function(&self, account: &Account, name: &str) -> Result<Vec<String>, StoreError> {
        let key = [&account.region, &account.id, name];
        let sql = "SELECT DISTINCT digest FROM version_blobs WHERE region = ? AND account = ? AND name = ?";
        let digests = self.0.prepare_cached(sql)?.query_map(key, |row| row.get(0))?.collect::<Result<_, _>>()?;
        for table in ["functions", "versions", "version_blobs", "aliases", "settings", "urls"] {
            let sql = format!("DELETE FROM {table} WHERE region = ? AND account = ? AND name = ?");
            self.0.prepare_cached(&sql)?.execute(key)?;
        }
        Ok(digests)
    }

    fn count_functions(&self, account: &Account) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM functions WHERE region = ? AND account = ?";
        Ok(self.0.prepare_cached(sql)?.query_row([&account.region, &account.id], |row| row.get(0))?)
    }
}
