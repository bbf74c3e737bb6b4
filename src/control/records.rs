//! What the store's documents say, and the functions, versions and aliases that they are.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::name::{FunctionRef, LATEST, no_function};
use super::{ApiError, Scope, model};
use crate::function::Account;
use crate::store::{FunctionRow, Setting, SettingRow, StoreError, Tables, VersionRow};

/// What belongs to a function, whatever its version.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct FunctionRecord {
    pub(super) tags: BTreeMap<String, String>,
    /// Reserved concurrency.
    pub(super) reserved: Option<u64>,
    /// The next version's number.
    #[serde(skip)]
    pub(super) next_version: u64,
}

/// One version of a function.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct VersionRecord {
    /// As the API shows it, without the ARN's qualifier.
    pub(super) configuration: model::FunctionConfiguration,
    /// Changes with the code and with every setting that a deployment depends on.
    pub(super) deployment: String,
    /// SHA-256 of its zip, as 64 hexadecimal digits.
    pub(super) code: String,
    /// Bytes of the unzipped code.
    pub(super) unzipped: u64,
    /// SHA-256 of the zips of its layers.
    pub(super) layers: Vec<String>,
    /// Whether it still has to be deployed.
    #[serde(skip)]
    pub(super) is_pending: bool,
}

/// What a name stands for.
pub(super) struct Found {
    pub(super) number: u64,
    pub(super) record: VersionRecord,
    /// Where the qualifier was an alias.
    pub(super) alias: Option<model::AliasConfiguration>,
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::service(error.to_string())
    }
}

/// Reads a document.
pub(super) fn read<T: DeserializeOwned>(document: &str) -> Result<T, ApiError> {
    serde_json::from_str(document).map_err(|error| StoreError::Damaged(error.to_string()).into())
}

/// Writes a document.
pub(super) fn write<T: Serialize>(value: &T) -> Result<String, ApiError> {
    serde_json::to_string(value).map_err(|error| ApiError::service(error.to_string()))
}

/// A new revision's id.
pub(super) fn revision() -> Option<String> {
    Some(uuid::Uuid::new_v4().to_string())
}

/// The number of a version: 0 for `$LATEST`. `None` for what is an alias.
pub(super) fn number_of(qualifier: &str) -> Option<u64> {
    match qualifier {
        LATEST => Some(0),
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok(),
        _ => None,
    }
}

/// What a version's number is called.
pub(super) fn version_name(number: u64) -> String {
    if number == 0 { LATEST.to_owned() } else { number.to_string() }
}

pub(super) fn function(tables: &dyn Tables, account: &Account, name: &str) -> Result<Option<FunctionRecord>, ApiError> {
    let Some(row) = tables.function(account, name)? else { return Ok(None) };
    Ok(Some(FunctionRecord { next_version: row.next_version, ..read(&row.document)? }))
}

pub(super) fn put_function(tables: &dyn Tables, account: &Account, name: &str, record: &FunctionRecord) -> Result<(), ApiError> {
    let row = FunctionRow { name: name.to_owned(), next_version: record.next_version, document: write(record)? };
    Ok(tables.put_function(account, &row)?)
}

pub(super) fn version_of(row: &VersionRow) -> Result<VersionRecord, ApiError> {
    Ok(VersionRecord { is_pending: row.is_pending, ..read(&row.document)? })
}

pub(super) fn version(tables: &dyn Tables, account: &Account, name: &str, number: u64) -> Result<Option<VersionRecord>, ApiError> {
    tables.version(account, name, number)?.as_ref().map(version_of).transpose()
}

pub(super) fn put_version(tables: &dyn Tables, account: &Account, name: &str, number: u64, record: &VersionRecord) -> Result<(), ApiError> {
    let row = VersionRow {
        name: name.to_owned(),
        number,
        is_pending: record.is_pending,
        code_size: record.configuration.code_size.unwrap_or_default().try_into().unwrap_or_default(),
        document: write(record)?,
    };
    let digests: Vec<&str> = std::iter::once(&record.code).chain(&record.layers).map(String::as_str).collect();
    Ok(tables.put_version(account, &row, &digests)?)
}

pub(super) fn alias(
    tables: &dyn Tables,
    account: &Account,
    name: &str,
    alias: &str,
) -> Result<Option<model::AliasConfiguration>, ApiError> {
    tables.alias(account, name, alias)?.map(|row| read(&row.document)).transpose()
}

/// The version that a name stands for, an alias's first one included.
pub(super) fn find(tables: &dyn Tables, account: &Account, wanted: &FunctionRef) -> Result<Option<Found>, ApiError> {
    let qualifier = wanted.version_or_alias();
    let (number, alias) = match number_of(qualifier) {
        Some(number) => (number, None),
        None => match alias(tables, account, &wanted.name, qualifier)? {
            Some(alias) => (alias.function_version.as_deref().and_then(number_of).unwrap_or(0), Some(alias)),
            None => return Ok(None),
        },
    };
    Ok(version(tables, account, &wanted.name, number)?.map(|record| Found { number, record, alias }))
}

/// As [`find`], with AWS's error for what is not there.
pub(super) fn find_or_404(tables: &dyn Tables, account: &Account, wanted: &FunctionRef) -> Result<Found, ApiError> {
    find(tables, account, wanted)?.ok_or_else(|| no_function(&wanted.arn(account)))
}

pub(super) fn setting<T: DeserializeOwned>(
    tables: &dyn Tables,
    account: &Account,
    kind: Setting,
    name: &str,
    qualifier: &str,
) -> Result<Option<T>, ApiError> {
    tables.setting(account, kind, name, qualifier)?.map(|document| read(&document)).transpose()
}

pub(super) fn put_setting<T: Serialize>(
    tables: &dyn Tables,
    account: &Account,
    kind: Setting,
    name: &str,
    qualifier: &str,
    value: &T,
) -> Result<(), ApiError> {
    let row = SettingRow { name: name.to_owned(), qualifier: qualifier.to_owned(), document: write(value)? };
    Ok(tables.put_setting(account, kind, &row)?)
}

/// 412 unless the caller named no revision or the one that there is.
pub(super) fn check_revision(given: Option<&str>, current: Option<&str>, operation: &str) -> Result<(), ApiError> {
    match given {
        Some(given) if Some(given) != current => {
            let message = format!(
                "The Revision Id provided does not match the latest Revision Id. Call the {operation} API to retrieve the latest Revision Id"
            );
            Err(ApiError::new(super::Exception::PreconditionFailed, message))
        }
        _ => Ok(()),
    }
}

/// The function's name and qualifier, for an operation that takes both.
pub(super) fn named(scope: &Scope, name: &str, qualifier: Option<&str>) -> Result<FunctionRef, ApiError> {
    FunctionRef::parse(scope, name, qualifier)
}
