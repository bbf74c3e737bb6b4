//! Aliases: names for versions.

use rusqlite::{OptionalExtension, params};

use super::StoreError;
use super::sqlite::Sql;
use crate::function::Account;

/// One alias of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasRow {
    /// The alias.
    pub alias: String,
    /// What `control` says of it.
    pub document: String,
}

/// The table of aliases.
pub trait Aliases {
    /// The alias with this name.
    ///
    /// # Errors
    /// Like all methods of tables: what the database says.
    fn alias(&self, account: &Account, name: &str, alias: &str) -> Result<Option<AliasRow>, StoreError>;
    /// Writes it, whether it is there or not.
    fn put_alias(&self, account: &Account, name: &str, row: &AliasRow) -> Result<(), StoreError>;
    /// Removes it; whether it was there.
    fn delete_alias(&self, account: &Account, name: &str, alias: &str) -> Result<bool, StoreError>;
    /// All aliases of a function by name: at most as many as `control` lets it have.
    fn aliases(&self, account: &Account, name: &str) -> Result<Vec<AliasRow>, StoreError>;
}

impl Aliases for Sql<'_> {
    fn alias(&self, account: &Account, name: &str, alias: &str) -> Result<Option<AliasRow>, StoreError> {
        let sql = "SELECT alias, document FROM aliases WHERE region = ? AND account = ? AND name = ? AND alias = ?";
        let found = self
            .0
            .prepare_cached(sql)?
            .query_row([&account.region, &account.id, name, alias], |row| Ok(AliasRow { alias: row.get(0)?, document: row.get(1)? }));
        Ok(found.optional()?)
    }

    fn put_alias(&self, account: &Account, name: &str, row: &AliasRow) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO aliases (region, account, name, alias, document) VALUES (?, ?, ?, ?, ?)";
        self.0.prepare_cached(sql)?.execute(params![account.region, account.id, name, row.alias, row.document])?;
        Ok(())
    }

    fn delete_alias(&self, account: &Account, name: &str, alias: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM aliases WHERE region = ? AND account = ? AND name = ? AND alias = ?";
        Ok(self.0.prepare_cached(sql)?.execute([&account.region, &account.id, name, alias])? > 0)
    }

    fn aliases(&self, account: &Account, name: &str) -> Result<Vec<AliasRow>, StoreError> {
        let sql = "SELECT alias, document FROM aliases WHERE region = ? AND account = ? AND name = ? ORDER BY alias";
        let mut statement = self.0.prepare_cached(sql)?;
        let found =
            statement.query_map([&account.region, &account.id, name], |row| Ok(AliasRow { alias: row.get(0)?, document: row.get(1)? }))?;
        Ok(found.collect::<Result<_, _>>()?)
    }
}
