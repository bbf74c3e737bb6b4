//! Event source mappings.

use rusqlite::{OptionalExtension, Row, params};

use super::StoreError;
use super::sqlite::Sql;
use crate::function::Account;

/// One event source mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingRow {
    /// Its UUID.
    pub id: String,
    /// The function's ARN.
    pub function: String,
    /// What its events come from: an ARN, or a text of `control`'s for what has none.
    pub source: String,
    /// What `control` says of it.
    pub document: String,
}

/// The table of event source mappings.
pub trait Mappings {
    /// The mapping with this UUID.
    ///
    /// # Errors
    /// Like all methods of tables: what the database says.
    fn mapping(&self, account: &Account, id: &str) -> Result<Option<MappingRow>, StoreError>;
    /// Writes it, whether it is there or not.
    fn put_mapping(&self, account: &Account, row: &MappingRow) -> Result<(), StoreError>;
    /// Removes it; whether it was there.
    fn delete_mapping(&self, account: &Account, id: &str) -> Result<bool, StoreError>;
    /// Up to `limit` mappings by UUID, from this one on; of one function and of one source where those say so.
    fn mappings(
        &self,
        account: &Account,
        function: Option<&str>,
        source: Option<&str>,
        from: &str,
        limit: usize,
    ) -> Result<Vec<MappingRow>, StoreError>;
}

fn row(row: &Row<'_>) -> rusqlite::Result<MappingRow> {
    Ok(MappingRow { id: row.get(0)?, function: row.get(1)?, source: row.get(2)?, document: row.get(3)? })
}

impl Mappings for Sql<'_> {
    fn mapping(&self, account: &Account, id: &str) -> Result<Option<MappingRow>, StoreError> {
        let sql = "SELECT id, function, source, document FROM mappings WHERE region = ? AND account = ? AND id = ?";
        Ok(self.0.prepare_cached(sql)?.query_row([&account.region, &account.id, id], row).optional()?)
    }

    fn put_mapping(&self, account: &Account, row: &MappingRow) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO mappings (region, account, id, function, source, document) VALUES (?, ?, ?, ?, ?, ?)";
        let values = [&account.region, &account.id, &row.id, &row.function, &row.source, &row.document];
        self.0.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    fn delete_mapping(&self, account: &Account, id: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM mappings WHERE region = ? AND account = ? AND id = ?";
        Ok(self.0.prepare_cached(sql)?.execute([&account.region, &account.id, id])? > 0)
    }

    fn mappings(
        &self,
        account: &Account,
        function: Option<&str>,
        source: Option<&str>,
        from: &str,
        limit: usize,
    ) -> Result<Vec<MappingRow>, StoreError> {
        let sql = "SELECT id, function, source, document FROM mappings WHERE region = ?1 AND account = ?2 AND id >= ?3
                   AND (?4 IS NULL OR function = ?4) AND (?5 IS NULL OR source = ?5) ORDER BY id LIMIT ?6";
        let key = params![account.region, account.id, from, function, source, limit];
        Ok(self.0.prepare_cached(sql)?.query_map(key, row)?.collect::<Result<_, _>>()?)
    }
}
