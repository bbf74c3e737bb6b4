//! Versions: `$LATEST` and the published ones, with the zips that each needs.

use rusqlite::{OptionalExtension, Row, params};

use super::StoreError;
use super::sqlite::Sql;
use crate::function::Account;

/// One version of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// The function's name.
    pub name: String,
    /// Its number; 0 is `$LATEST`.
    pub number: u64,
    /// Whether it still has to be deployed, also after a restart.
    pub is_pending: bool,
    /// Bytes of its zip, for the account's total.
    pub code_size: u64,
    /// What `control` says of it.
    pub document: String,
}

/// The table of versions.
pub trait Versions {
    /// The version with this number.
    ///
    /// # Errors
    /// Like all methods of tables: what the database says.
    fn version(&self, account: &Account, name: &str, number: u64) -> Result<Option<VersionRow>, StoreError>;
    /// Writes it, whether it is there or not, with the digests of the zips that it needs.
    fn put_version(&self, account: &Account, row: &VersionRow, digests: &[&str]) -> Result<(), StoreError>;
    /// Removes it; the digests of the zips that it named.
    fn delete_version(&self, account: &Account, name: &str, number: u64) -> Result<Vec<String>, StoreError>;
    /// The published version with the highest number.
    fn newest_version(&self, account: &Account, name: &str) -> Result<Option<VersionRow>, StoreError>;
    /// Up to `limit` versions of the function, `$LATEST` first, from number `from` on.
    fn versions(&self, account: &Account, name: &str, from: u64, limit: usize) -> Result<Vec<VersionRow>, StoreError>;
    /// Up to `limit` versions of all functions, `$LATEST` alone unless `all`, from this name and number on.
    fn all_versions(&self, account: &Account, from: (&str, u64), all: bool, limit: usize) -> Result<Vec<VersionRow>, StoreError>;
    /// Those that have to be deployed, of every account.
    fn pending_versions(&self) -> Result<Vec<(Account, String, u64)>, StoreError>;
    /// Bytes of the zips of all versions of all functions and layers.
    fn total_code_size(&self, account: &Account) -> Result<u64, StoreError>;
}

const COLUMNS: &str = "SELECT name, number, pending, code_size, document FROM versions WHERE region = ? AND account = ?";

fn row(row: &Row<'_>) -> rusqlite::Result<VersionRow> {
    Ok(VersionRow { name: row.get(0)?, number: row.get(1)?, is_pending: row.get(2)?, code_size: row.get(3)?, document: row.get(4)? })
}

impl Versions for Sql<'_> {
    fn version(&self, account: &Account, name: &str, number: u64) -> Result<Option<VersionRow>, StoreError> {
        let mut statement = self.0.prepare_cached(&format!("{COLUMNS} AND name = ? AND number = ?"))?;
        Ok(statement.query_row(params![account.region, account.id, name, number], row).optional()?)
    }

    fn put_version(&self, account: &Account, row: &VersionRow, digests: &[&str]) -> Result<(), StoreError> {
        let sql =
            "INSERT OR REPLACE INTO versions (region, account, name, number, pending, code_size, document) VALUES (?, ?, ?, ?, ?, ?, ?)";
        let values = params![account.region, account.id, row.name, row.number, row.is_pending, row.code_size, row.document];
        self.0.prepare_cached(sql)?.execute(values)?;
        let key = params![account.region, account.id, row.name, row.number];
        self.0.prepare_cached("DELETE FROM version_blobs WHERE region = ? AND account = ? AND name = ? AND number = ?")?.execute(key)?;
        let sql = "INSERT OR IGNORE INTO version_blobs (region, account, name, number, digest) VALUES (?, ?, ?, ?, ?)";
        for digest in digests {
            self.0.prepare_cached(sql)?.execute(params![account.region, account.id, row.name, row.number, digest])?;
        }
        Ok(())
    }

    fn delete_version(&self, account: &Account, name: &str, number: u64) -> Result<Vec<String>, StoreError> {
        let key = params![account.region, account.id, name, number];
        let sql = "DELETE FROM version_blobs WHERE region = ? AND account = ? AND name = ? AND number = ? RETURNING digest";
        let digests = self.0.prepare_cached(sql)?.query_map(key, |row| row.get(0))?.collect::<Result<_, _>>()?;
        self.0.prepare_cached("DELETE FROM versions WHERE region = ? AND account = ? AND name = ? AND number = ?")?.execute(key)?;
        Ok(digests)
    }

    fn newest_version(&self, account: &Account, name: &str) -> Result<Option<VersionRow>, StoreError> {
        let sql = format!("{COLUMNS} AND name = ? AND number > 0 ORDER BY number DESC LIMIT 1");
        Ok(self.0.prepare_cached(&sql)?.query_row([&account.region, &account.id, name], row).optional()?)
    }

    fn versions(&self, account: &Account, name: &str, from: u64, limit: usize) -> Result<Vec<VersionRow>, StoreError> {
        let sql = format!("{COLUMNS} AND name = ? AND number >= ? ORDER BY number LIMIT ?");
        let key = params![account.region, account.id, name, from, limit];
        Ok(self.0.prepare_cached(&sql)?.query_map(key, row)?.collect::<Result<_, _>>()?)
    }

    fn all_versions(&self, account: &Account, from: (&str, u64), all: bool, limit: usize) -> Result<Vec<VersionRow>, StoreError> {
        let sql = format!("{COLUMNS} AND (name, number) >= (?, ?) AND (? OR number = 0) ORDER BY name, number LIMIT ?");
        let key = params![account.region, account.id, from.0, from.1, all, limit];
        Ok(self.0.prepare_cached(&sql)?.query_map(key, row)?.collect::<Result<_, _>>()?)
    }

    fn pending_versions(&self) -> Result<Vec<(Account, String, u64)>, StoreError> {
        let mut statement = self.0.prepare_cached("SELECT region, account, name, number FROM versions WHERE pending")?;
        let found = statement.query_map([], |row| Ok((Account { region: row.get(0)?, id: row.get(1)? }, row.get(2)?, row.get(3)?)))?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    fn total_code_size(&self, account: &Account) -> Result<u64, StoreError> {
        let sql = "SELECT (SELECT coalesce(sum(code_size), 0) FROM versions WHERE region = ?1 AND account = ?2)
                   + (SELECT coalesce(sum(code_size), 0) FROM layer_versions WHERE region = ?1 AND account = ?2)";
        Ok(self.0.prepare_cached(sql)?.query_row([&account.region, &account.id], |row| row.get(0))?)
    }
}
