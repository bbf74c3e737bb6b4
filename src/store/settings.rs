//! What a function, a version or an alias has at most one of: a policy, a URL, a reservation.

use rusqlite::{OptionalExtension, Row, params};

use super::StoreError;
use super::sqlite::Sql;
use crate::function::Account;

/// Which setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Setting {
    /// The resource policy.
    Policy,
    /// The function URL.
    Url,
    /// Retries and destinations of asynchronous invocations.
    EventInvoke,
    /// Reserved concurrency, for the sum over all functions.
    Reserved,
    /// Provisioned concurrency.
    Provisioned,
    /// Runtime management.
    RuntimeManagement,
    /// What a recursive loop comes to.
    Recursion,
    /// Scaling of published versions.
    Scaling,
    /// Events that users keep to try the function with.
    TestEvents,
    /// What the function tried that no sandbox has.
    Attempts,
    /// The code signing configuration: the document is its ARN.
    Signing,
}

impl Setting {
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Url => "url",
            Self::EventInvoke => "event-invoke",
            Self::Reserved => "reserved",
            Self::Provisioned => "provisioned",
            Self::RuntimeManagement => "runtime-management",
            Self::Recursion => "recursion",
            Self::Scaling => "scaling",
            Self::TestEvents => "test-events",
            Self::Attempts => "attempts",
            Self::Signing => "signing",
        }
    }
}

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingRow {
    /// The function's name.
    pub name: String,
    /// A version's number, an alias, `$LATEST`, or nothing for the function itself.
    pub qualifier: String,
    /// What `control` says of it.
    pub document: String,
}

/// The table of settings.
pub trait Settings {
    /// The setting of a function, a version or an alias.
    ///
    /// # Errors
    /// Like all methods of tables: what the database says.
    fn setting(&self, account: &Account, kind: Setting, name: &str, qualifier: &str) -> Result<Option<String>, StoreError>;
    /// Writes it, whether it is there or not.
    fn put_setting(&self, account: &Account, kind: Setting, row: &SettingRow) -> Result<(), StoreError>;
    /// Removes it; whether it was there.
    fn delete_setting(&self, account: &Account, kind: Setting, name: &str, qualifier: &str) -> Result<bool, StoreError>;
    /// Removes every setting that this qualifier of the function has, whatever its kind.
    fn delete_settings_of(&self, account: &Account, name: &str, qualifier: &str) -> Result<(), StoreError>;
    /// Up to `limit` settings of one kind, by name and qualifier, from this pair on; of one function where `name` says so.
    fn settings(
        &self,
        account: &Account,
        kind: Setting,
        name: Option<&str>,
        from: (&str, &str),
        limit: usize,
    ) -> Result<Vec<SettingRow>, StoreError>;
    /// Whose URL has this id: the account, the function's name and the qualifier.
    fn url_owner(&self, id: &str) -> Result<Option<(Account, String, String)>, StoreError>;
    /// Gives an id to the URL of a function or an alias.
    fn put_url_id(&self, account: &Account, id: &str, name: &str, qualifier: &str) -> Result<(), StoreError>;
    /// Takes it away.
    fn delete_url_id(&self, account: &Account, name: &str, qualifier: &str) -> Result<(), StoreError>;
}

fn row(row: &Row<'_>) -> rusqlite::Result<SettingRow> {
    Ok(SettingRow { name: row.get(0)?, qualifier: row.get(1)?, document: row.get(2)? })
}

impl Settings for Sql<'_> {
    fn setting(&self, account: &Account, kind: Setting, name: &str, qualifier: &str) -> Result<Option<String>, StoreError> {
        let sql = "SELECT document FROM settings WHERE region = ? AND account = ? AND kind = ? AND name = ? AND qualifier = ?";
        let key = [&account.region, &account.id, kind.kind(), name, qualifier];
        Ok(self.0.prepare_cached(sql)?.query_row(key, |row| row.get(0)).optional()?)
    }

    fn put_setting(&self, account: &Account, kind: Setting, row: &SettingRow) -> Result<(), StoreError> {
        let sql = "INSERT OR REPLACE INTO settings (region, account, kind, name, qualifier, document) VALUES (?, ?, ?, ?, ?, ?)";
        let values = [&account.region, &account.id, kind.kind(), &row.name, &row.qualifier, &row.document];
        self.0.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }

    fn delete_setting(&self, account: &Account, kind: Setting, name: &str, qualifier: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM settings WHERE region = ? AND account = ? AND kind = ? AND name = ? AND qualifier = ?";
        Ok(self.0.prepare_cached(sql)?.execute([&account.region, &account.id, kind.kind(), name, qualifier])? > 0)
    }

    fn delete_settings_of(&self, account: &Account, name: &str, qualifier: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM settings WHERE region = ? AND account = ? AND name = ? AND qualifier = ?";
        self.0.prepare_cached(sql)?.execute([&account.region, &account.id, name, qualifier])?;
        self.delete_url_id(account, name, qualifier)
    }

    fn settings(
        &self,
        account: &Account,
        kind: Setting,
        name: Option<&str>,
        from: (&str, &str),
        limit: usize,
    ) -> Result<Vec<SettingRow>, StoreError> {
        let sql = "SELECT name, qualifier, document FROM settings WHERE region = ?1 AND account = ?2 AND kind = ?3
                   AND (name, qualifier) >= (?4, ?5) AND (?6 IS NULL OR name = ?6) ORDER BY name, qualifier LIMIT ?7";
        let key = params![account.region, account.id, kind.kind(), from.0, from.1, name, limit];
        Ok(self.0.prepare_cached(sql)?.query_map(key, row)?.collect::<Result<_, _>>()?)
    }

    fn url_owner(&self, id: &str) -> Result<Option<(Account, String, String)>, StoreError> {
        let mut statement = self.0.prepare_cached("SELECT region, account, name, qualifier FROM urls WHERE id = ?")?;
        let found = statement.query_row([id], |row| Ok((Account { region: row.get(0)?, id: row.get(1)? }, row.get(2)?, row.get(3)?)));
        Ok(found.optional()?)
    }

    fn put_url_id(&self, account: &Account, id: &str, name: &str, qualifier: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO urls (id, region, account, name, qualifier) VALUES (?, ?, ?, ?, ?)";
        self.0.prepare_cached(sql)?.execute([id, &account.region, &account.id, name, qualifier])?;
        Ok(())
    }

    fn delete_url_id(&self, account: &Account, name: &str, qualifier: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM urls WHERE region = ? AND account = ? AND name = ? AND qualifier = ?";
        self.0.prepare_cached(sql)?.execute([&account.region, &account.id, name, qualifier])?;
        Ok(())
    }
}
