//! Code signing configurations.

use rusqlite::{OptionalExtension, params};

use super::StoreError;
use super::settings::Setting;
use super::sqlite::Sql;
use crate::function::Account;

/// One code signing configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningRow {
    /// Its ARN.
    pub arn: String,
    /// What `control` says of it.
    pub document: String,
}

/// The table of code signing configurations.
pub trait Signing {
    /// The configuration with this ARN.
    ///
    /// # Errors
    /// Like all methods of tables: what the database says.
    fn signing(&self, account: &Account, arn: &str) -> Result<Option<SigningRow>, StoreError>;
    /// Writes it, whether it is there or not.
    fn put_signing(&self, account: &Account, row: &SigningRow) -> Result<(), StoreError>;
    /// Removes it; whether it was there.
    fn delete_signing(&self, account: &Account, arn: &str) -> Result<bool, StoreError>;
    /// Up to `limit` configurations by ARN, from this one on.
    fn signings(&self, account: &Account, from: &str, limit: usize) -> Result<Vec<SigningRow>, StoreError>;
    /// Up to `limit` names of functions that use this one, from this name on.
    fn functions_signed_by(&self, account: &Account, arn: &str, from: &str, limit: usize) -> Result<Vec<String>, StoreError>;
}

impl Signing for Sql<'_> {
    fn signing(&self, account: &Account, arn: &str) -> Result<Option<SigningRow>, StoreError> {
        let sql = "SELECT arn, document FROM signing WHERE region = ? AND account = ? AND arn = ?";
        let mut statement = self.0.prepare_cached(sql)?;
        let found =
            statement.query_row([&account.region, &account.id, arn], |row| Ok(SigningRow { arn: row.get(0)?, document: row.get(1)? }));
        Ok(found.optional()?)
    }

    fn put_signing(&self, account: &Account, row: &SigningRow) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO signing (region, account, arn, document) VALUES (?, ?, ?, ?)";
        self.0.prepare_cached(sql)?.execute([&account.region, &account.id, &row.arn, &row.document])?;
        Ok(())
    }

    fn delete_signing(&self, account: &Account, arn: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM signing WHERE region = ? AND account = ? AND arn = ?";
        Ok(self.0.prepare_cached(sql)?.execute([&account.region, &account.id, arn])? > 0)
    }

    fn signings(&self, account: &Account, from: &str, limit: usize) -> Result<Vec<SigningRow>, StoreError> {
        let sql = "SELECT arn, document FROM signing WHERE region = ? AND account = ? AND arn >= ? ORDER BY arn LIMIT ?";
        let mut statement = self.0.prepare_cached(sql)?;
        let found = statement.query_map(params![account.region, account.id, from, limit], |row| {
            Ok(SigningRow { arn: row.get(0)?, document: row.get(1)? })
        })?;
        Ok(found.collect::<Result<_, _>>()?)
    }

    fn functions_signed_by(&self, account: &Account, arn: &str, from: &str, limit: usize) -> Result<Vec<String>, StoreError> {
        let sql = format!(
            "SELECT name FROM settings WHERE region = ? AND account = ? AND kind = '{}' AND document = ? AND name >= ?
             ORDER BY name LIMIT ?",
            Setting::Signing.kind()
        );
        let key = params![account.region, account.id, arn, from, limit];
        Ok(self.0.prepare_cached(&sql)?.query_map(key, |row| row.get(0))?.collect::<Result<_, _>>()?)
    }
}
