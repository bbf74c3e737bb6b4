//! Published versions.

use super::functions::{check_total, listed, shown};
use super::name::{LATEST, no_function, qualified};
use super::records::{self, VersionRecord, check_revision, named, revision, version_name};
use super::{ApiError, Control, Scope, model, paging};
use crate::function::Account;
use crate::store::Tables;

impl Control {
    /// AWS's `PublishVersion`.
    ///
    /// # Errors
    /// AWS's, like all methods here.
    pub fn publish_version(&self, scope: &Scope, input: model::PublishVersion) -> Result<model::FunctionConfiguration, ApiError> {
        let wanted = named(scope, &input.function_name, None)?;
        if input.publish_to.is_some() {
            return Err(ApiError::invalid("PublishTo is not supported by wasmlam. Remove it from your request and try again."));
        }
        let (account, name) = (&scope.account, &wanted.name);
        let (number, record, is_new) = self.write_function(account, name, |tables| {
            let arn = qualified(account, name, None);
            let latest = records::version(tables, account, name, 0)?.ok_or_else(|| no_function(&arn))?;
            if latest.is_pending {
                return Err(ApiError::conflict(format!(
                    "The operation cannot be performed at this time. An update is in progress for resource: {arn}"
                )));
            }
            check_revision(input.revision_id.as_deref(), latest.configuration.revision_id.as_deref(), "GetFunction/GetAlias")?;
            check_sha256(input.code_sha256.as_deref(), latest.configuration.code_sha256.as_deref())?;
            if let Some(newest) = tables.newest_version(account, name)? {
                let record = records::version_of(&newest)?;
                if is_same(&record, &latest) {
                    return Ok((newest.number, record, false));
                }
            }
            let (number, record) = self.publish(tables, account, name, &latest, input.description.as_deref())?;
            Ok((number, record, true))
        })?;
        if is_new {
            self.deploy(account, name, number);
        }
        Ok(shown(record, account, name, Some(&version_name(number))))
    }

    /// Makes the next version of `$LATEST`, which gets a new revision with it.
    fn publish(
        &self,
        tables: &dyn Tables,
        account: &Account,
        name: &str,
        latest: &VersionRecord,
        description: Option<&str>,
    ) -> Result<(u64, VersionRecord), ApiError> {
        let mut record = latest.clone();
        let snaps = latest.configuration.snap_start.as_ref().is_some_and(|snap| snap.apply_on.as_deref() == Some("PublishedVersions"));
        if snaps {
            // Its image has to be there first.
            record.is_pending = true;
            record.configuration.state = Some("Pending".into());
            record.configuration.state_reason = Some("The function is being created.".into());
            record.configuration.state_reason_code = Some("Creating".into());
        }
        if let Some(description) = description {
            record.configuration.description = Some(description.to_owned());
        }
        let number = insert(tables, account, name, &mut record)?;
        let mut latest = latest.clone();
        latest.configuration.revision_id = revision();
        records::put_version(tables, account, name, 0, &latest)?;
        Ok((number, record))
    }

    /// Makes a version of `$LATEST` while that is not ready itself.
    pub(super) fn publish_pending(
        &self,
        tables: &dyn Tables,
        account: &Account,
        name: &str,
        latest: &VersionRecord,
    ) -> Result<(u64, VersionRecord), ApiError> {
        let mut record = latest.clone();
        let configuration = &mut record.configuration;
        configuration.state = Some("Pending".into());
        configuration.state_reason = configuration.last_update_status_reason.take();
        configuration.state_reason_code = configuration.last_update_status_reason_code.take();
        configuration.last_update_status = None;
        let number = insert(tables, account, name, &mut record)?;
        Ok((number, record))
    }

    /// AWS's `ListVersionsByFunction`.
    pub fn list_versions_by_function(
        &self,
        scope: &Scope,
        input: model::ListVersionsByFunction,
    ) -> Result<model::ListVersionsByFunctionOutput, ApiError> {
        let wanted = named(scope, &input.function_name, None)?;
        let (account, name) = (&scope.account, &wanted.name);
        let size = paging::size(input.max_items, paging::PAGE);
        let [number] = paging::start::<1>(input.marker.as_deref())?;
        let from = number.parse().unwrap_or(0);
        let mut rows = self.read(|tables| {
            if tables.function(account, name)?.is_none() {
                return Err(no_function(&qualified(account, name, None)));
            }
            Ok(tables.versions(account, name, from, size + 1)?)
        })?;
        let next_marker = paging::cut(&mut rows, size, |row| paging::marker(&[&row.number.to_string()]));
        let versions = rows.iter().map(|row| {
            let qualifier = version_name(row.number);
            Ok(listed(shown(records::version_of(row)?, account, name, Some(&qualifier))))
        });
        Ok(model::ListVersionsByFunctionOutput { next_marker, versions: Some(versions.collect::<Result<_, ApiError>>()?) })
    }
}

/// Writes a version under the next number.
fn insert(tables: &dyn Tables, account: &Account, name: &str, record: &mut VersionRecord) -> Result<u64, ApiError> {
    check_total(tables, account, record.configuration.code_size.unwrap_or_default())?;
    let mut function = records::function(tables, account, name)?.ok_or_else(|| no_function(&qualified(account, name, None)))?;
    let number = function.next_version;
    function.next_version += 1;
    records::put_function(tables, account, name, &function)?;
    record.deployment = uuid::Uuid::new_v4().to_string();
    record.configuration.version = Some(number.to_string());
    record.configuration.revision_id = revision();
    records::put_version(tables, account, name, number, record)?;
    Ok(number)
}

fn check_sha256(given: Option<&str>, current: Option<&str>) -> Result<(), ApiError> {
    match (given, current) {
        (Some(given), Some(current)) if given != current => Err(ApiError::invalid(format!(
            "CodeSHA256 ({given}) is different from current CodeSHA256 in {LATEST} ({current}). Please try again with the CodeSHA256 in \
             {LATEST}."
        ))),
        _ => Ok(()),
    }
}

/// Whether a version has the code and the settings of `$LATEST`.
fn is_same(version: &VersionRecord, latest: &VersionRecord) -> bool {
    let essence = |record: &VersionRecord| {
        let mut configuration = listed(record.configuration.clone());
        configuration.version = None;
        configuration.revision_id = None;
        configuration.last_modified = None;
        configuration.description = None;
        if let Some(snap) = configuration.snap_start.as_mut() {
            snap.optimization_status = None;
        }
        (configuration, record.code.clone(), record.layers.clone())
    };
    essence(version) == essence(latest)
}
