//! Layers: a name whose numbers are never used again, and its versions.

use rusqlite::{OptionalExtension, Row, params};

use super::StoreError;
use super::sqlite::Sql;
use crate::function::Account;

/// One version of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerRow {
    /// The layer's name.
    pub name: String,
    /// From 1 on.
    pub number: u64,
    /// SHA-256 of its zip, as 64 hexadecimal digits.
    pub digest: String,
    /// Bytes of its zip, for the account's total.
    pub code_size: u64,
    /// What `control` says of it.
    pub document: String,
}

/// The tables of layers.
pub trait Layers {
    /// Takes the next number of a layer, the first if there is no such layer yet.
    ///
    /// # Errors
    /// Like all methods of tables: what the database says.
    fn take_layer_number(&self, account: &Account, name: &str) -> Result<u64, StoreError>;
    /// The version with this number.
    fn layer(&self, account: &Account, name: &str, number: u64) -> Result<Option<LayerRow>, StoreError>;
    /// Writes it, whether it is there or not.
    fn put_layer(&self, account: &Account, row: &LayerRow) -> Result<(), StoreError>;
    /// Removes it; the digest of its zip.
    fn delete_layer(&self, account: &Account, name: &str, number: u64) -> Result<Option<String>, StoreError>;
    /// Up to `limit` versions of a layer, the newest first, from number `from` down.
    fn layer_versions(&self, account: &Account, name: &str, from: u64, limit: usize) -> Result<Vec<LayerRow>, StoreError>;
    /// The newest version of each of up to `limit` layers by name, from this name on.
    fn newest_layers(&self, account: &Account, from: &str, limit: usize) -> Result<Vec<LayerRow>, StoreError>;
}

fn row(row: &Row<'_>) -> rusqlite::Result<LayerRow> {
    Ok(LayerRow { name: row.get(0)?, number: row.get(1)?, digest: row.get(2)?, code_size: row.get(3)?, document: row.get(4)? })
}

const COLUMNS: &str = "SELECT name, number, digest, code_size, document FROM layer_versions WHERE region = ? AND account = ?";

impl Layers for Sql<'_> {
    fn take_layer_number(&self, account: &Account, name: &str) -> Result<u64, StoreError> {
        let sql = "INSERT INTO layers (region, account, name, next_version) VALUES (?, ?, ?, 2)
                   ON CONFLICT DO UPDATE SET next_version = next_version + 1 RETURNING next_version - 1";
        Ok(self.0.prepare_cached(sql)?.query_row([&account.region, &account.id, name], |row| row.get(0))?)
    }

    fn layer(&self, account: &Account, name: &str, number: u64) -> Result<Option<LayerRow>, StoreError> {
        let mut statement = self.0.prepare_cached(&format!("{COLUMNS} AND name = ? AND number = ?"))?;
        Ok(statement.query_row(params![account.region, account.id, name, number], row).optional()?)
    }

    fn put_layer(&self, account: &Account, row: &LayerRow) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO layer_versions (region, account, name, number, digest, code_size, document) VALUES (?, ?, ?, ?, ?, ?, ?)";
        let values = params![account.region, account.id, row.name, row.number, row.digest, row.code_size, row.document];
        self.0.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    fn delete_layer(&self, account: &Account, name: &str, number: u64) -> Result<Option<String>, StoreError> {
        let sql = "DELETE FROM layer_versions WHERE region = ? AND account = ? AND name = ? AND number = ? RETURNING digest";
        let mut statement = self.0.prepare_cached(sql)?;
        Ok(statement.query_row(params![account.region, account.id, name, number], |row| row.get(0)).optional()?)
    }

    fn layer_versions(&self, account: &Account, name: &str, from: u64, limit: usize) -> Result<Vec<LayerRow>, StoreError> {
        let sql = format!("{COLUMNS} AND name = ? AND number <= ? ORDER BY number DESC LIMIT ?");
        let from = i64::try_from(from).unwrap_or(i64::MAX);
        let key = params![account.region, account.id, name, from, limit];
        Ok(self.0.prepare_cached(&sql)?.query_map(key, row)?.collect::<Result<_, _>>()?)
    }

    fn newest_layers(&self, account: &Account, from: &str, limit: usize) -> Result<Vec<LayerRow>, StoreError> {
        // SQLite takes the other columns from the row that has the maximum.
        let sql = "SELECT name, max(number), digest, code_size, document FROM layer_versions WHERE region = ? AND account = ? AND name >= ?
                   GROUP BY name ORDER BY name LIMIT ?";
        let key = params![account.region, account.id, from, limit];
        Ok(self.0.prepare_cached(sql)?.query_map(key, row)?.collect::<Result<_, _>>()?)
    }
}
