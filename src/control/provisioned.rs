//! Provisioned concurrency: environments that are initialised and wait.
//!
//! Here every environment starts from the image after the init, so what is provisioned is that image, in memory, and a share
//! of the function's reservation.

use serde::{Deserialize, Serialize};

use super::aliases::check_published;
use super::concurrency::{is_unpublished, provisioned_of};
use super::deployments::Ready;
use super::name::{FunctionRef, no_function, qualified};
use super::records::{self, VersionRecord, named, number_of, version_name};
use super::{ApiError, BodyShape, Control, Exception, Scope, model, paging, time};
use crate::function::{Account, Initialization};
use crate::store::{Setting, Tables};

/// What was asked for, and what came of it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct ProvisionedRecord {
    pub(super) requested: u64,
    status: Status,
    modified: String,
    /// Changes with each request.
    id: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
enum Status {
    #[default]
    InProgress,
    Ready,
    Failed,
}

impl Control {
    /// AWS's `PutProvisionedConcurrencyConfig`.
    ///
    /// # Errors
    /// AWS's, like all methods here.
    pub fn put_provisioned_concurrency_config(
        &self,
        scope: &Scope,
        input: model::PutProvisionedConcurrencyConfig,
    ) -> Result<model::PutProvisionedConcurrencyConfigOutput, ApiError> {
        let wanted = named(scope, &input.function_name, Some(&input.qualifier))?;
        let account = &scope.account;
        if is_unpublished(wanted.version_or_alias()) {
            return Err(ApiError::invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions."));
        }
        let record = ProvisionedRecord {
            requested: u64::try_from(input.provisioned_concurrent_executions).unwrap_or_default(),
            status: Status::InProgress,
            modified: time::whole_seconds(),
            id: uuid::Uuid::new_v4().to_string(),
        };
        let limit = self.0.admission.account_limit();
        let number = self.write(|tables| {
            check_published(tables, account, &wanted)?;
            check_overlap(tables, account, &wanted)?;
            check_room(tables, account, &wanted, record.requested, limit)?;
            put(tables, account, &wanted, &record)?;
            Ok(records::find_or_404(tables, account, &wanted)?.number)
        })?;
        self.0.routes.forget_all();
        self.provision(account, wanted, number, record.id.clone());
        let shown = shown(&record);
        Ok(model::PutProvisionedConcurrencyConfigOutput {
            requested_provisioned_concurrent_executions: shown.requested_provisioned_concurrent_executions,
            allocated_provisioned_concurrent_executions: shown.allocated_provisioned_concurrent_executions,
            available_provisioned_concurrent_executions: shown.available_provisioned_concurrent_executions,
            status: shown.status,
            status_reason: shown.status_reason,
            last_modified: shown.last_modified,
        })
    }

    fn provision(&self, account: &Account, wanted: FunctionRef, number: u64, id: String) {
        let name = wanted.name.clone();
        let Ok(Some(version)) = self.read(|tables| records::version(tables, account, &name, number)) else { return };
        // Its environments say that they are provisioned, so those that there are do not do.
        self.0.deployments.forget(&version.deployment);
        let build = self.build(account.clone(), name, number);
        let (control, account) = (self.clone(), account.clone());
        let then = move |ready: Result<std::sync::Arc<Ready>, String>| {
            let is_ready = ready.is_ok_and(|ready| ready.deployed.provision().is_ok());
            let status = if is_ready { Status::Ready } else { Status::Failed };
            // Where the store is at fault it stays in progress.
            drop(control.write(|tables| {
                let found: Option<ProvisionedRecord> =
                    records::setting(tables, &account, Setting::Provisioned, &wanted.name, wanted.version_or_alias())?;
                match found.filter(|record| record.id == id) {
                    Some(record) => put(tables, &account, &wanted, &ProvisionedRecord { status, ..record }),
                    None => Ok(()),
                }
            }));
        };
        self.0.deployments.with(&version.deployment, build, Box::new(then));
    }

    /// How environments of a version come to be: provisioned where it or an alias of it has concurrency provisioned, so all
    /// its environments are alike here.
    pub(super) fn initialization(
        &self,
        account: &Account,
        name: &str,
        number: u64,
        record: &VersionRecord,
    ) -> Result<Initialization, ApiError> {
        if number == 0 {
            return Ok(Initialization::OnDemand);
        }
        let is_provisioned = self.read(|tables| {
            let version = version_name(number);
            for (qualifier, _) in provisioned_of(tables, account, name)? {
                let alias = || records::alias(tables, account, name, &qualifier);
                if qualifier == version || alias()?.and_then(|alias| alias.function_version).as_deref() == Some(&version) {
                    return Ok(true);
                }
            }
            Ok(false)
        })?;
        let snap_start = record.configuration.snap_start.as_ref().and_then(|snap| snap.apply_on.as_deref());
        Ok(match snap_start {
            _ if is_provisioned => Initialization::ProvisionedConcurrency,
            Some("PublishedVersions") => Initialization::SnapStart,
            Some(_) | None => Initialization::OnDemand,
        })
    }

    /// AWS's `GetProvisionedConcurrencyConfig`.
    pub fn get_provisioned_concurrency_config(
        &self,
        scope: &Scope,
        input: model::GetProvisionedConcurrencyConfig,
    ) -> Result<model::GetProvisionedConcurrencyConfigOutput, ApiError> {
        let wanted = published(scope, &input.function_name, &input.qualifier)?;
        let missing = || {
            let message = "No Provisioned Concurrency Config found for this function";
            ApiError::new(Exception::ProvisionedConcurrencyConfigNotFound, message)
        };
        self.read(|tables| {
            check_published(tables, &scope.account, &wanted)?;
            let found = records::setting(tables, &scope.account, Setting::Provisioned, &wanted.name, wanted.version_or_alias())?;
            Ok(shown(&found.ok_or_else(missing)?))
        })
    }

    /// AWS's `DeleteProvisionedConcurrencyConfig`.
    pub fn delete_provisioned_concurrency_config(
        &self,
        scope: &Scope,
        input: model::DeleteProvisionedConcurrencyConfig,
    ) -> Result<(), ApiError> {
        let wanted = published(scope, &input.function_name, &input.qualifier)?;
        let deployment = self.write(|tables| {
            check_published(tables, &scope.account, &wanted)?;
            tables.delete_setting(&scope.account, Setting::Provisioned, &wanted.name, wanted.version_or_alias())?;
            Ok(records::find_or_404(tables, &scope.account, &wanted)?.record.deployment)
        })?;
        self.0.routes.forget_all();
        self.0.deployments.forget(&deployment);
        Ok(())
    }

    /// AWS's `ListProvisionedConcurrencyConfigs`.
    pub fn list_provisioned_concurrency_configs(
        &self,
        scope: &Scope,
        input: model::ListProvisionedConcurrencyConfigs,
    ) -> Result<model::ListProvisionedConcurrencyConfigsOutput, ApiError> {
        let wanted = named(scope, &input.function_name, None)?;
        let (account, name) = (&scope.account, &wanted.name);
        let size = paging::size(input.max_items, paging::PAGE);
        let [from] = paging::start::<1>(input.marker.as_deref())?;
        let mut rows = self.read(|tables| {
            if tables.function(account, name)?.is_none() {
                return Err(no_function(&qualified(account, name, None)));
            }
            Ok(tables.settings(account, Setting::Provisioned, Some(name), (name, &from), size + 1)?)
        })?;
        let next_marker = paging::cut(&mut rows, size, |row| paging::marker(&[&row.qualifier]));
        let configs = rows.iter().map(|row| {
            let shown = shown(&records::read(&row.document)?);
            Ok(model::ProvisionedConcurrencyConfigListItem {
                function_arn: Some(qualified(account, name, Some(&row.qualifier))),
                requested_provisioned_concurrent_executions: shown.requested_provisioned_concurrent_executions,
                available_provisioned_concurrent_executions: shown.available_provisioned_concurrent_executions,
                allocated_provisioned_concurrent_executions: shown.allocated_provisioned_concurrent_executions,
                status: shown.status,
                status_reason: shown.status_reason,
                last_modified: shown.last_modified,
            })
        });
        let configs = configs.collect::<Result<_, ApiError>>()?;
        Ok(model::ListProvisionedConcurrencyConfigsOutput { provisioned_concurrency_configs: Some(configs), next_marker })
    }
}

fn shown(record: &ProvisionedRecord) -> model::GetProvisionedConcurrencyConfigOutput {
    let requested = i64::try_from(record.requested).unwrap_or(i64::MAX);
    let (status, ready, reason) = match record.status {
        Status::InProgress => ("IN_PROGRESS", 0, None),
        Status::Ready => ("READY", requested, None),
        Status::Failed => ("FAILED", 0, Some("FUNCTION_ERROR_INIT_FAILURE".to_owned())),
    };
    model::GetProvisionedConcurrencyConfigOutput {
        requested_provisioned_concurrent_executions: Some(requested),
        available_provisioned_concurrent_executions: Some(ready),
        allocated_provisioned_concurrent_executions: Some(ready),
        status: Some(status.into()),
        status_reason: reason,
        last_modified: Some(record.modified.clone()),
    }
}

fn put(tables: &dyn Tables, account: &Account, wanted: &FunctionRef, record: &ProvisionedRecord) -> Result<(), ApiError> {
    records::put_setting(tables, account, Setting::Provisioned, &wanted.name, wanted.version_or_alias(), record)
}

fn published(scope: &Scope, name: &str, qualifier: &str) -> Result<FunctionRef, ApiError> {
    let wanted = named(scope, name, Some(qualifier))?;
    match is_unpublished(wanted.version_or_alias()) {
        true => Err(ApiError::invalid("The function resource provided must be an alias or a published version.")),
        false => Ok(wanted),
    }
}

/// A version and an alias of it cannot both have it.
fn check_overlap(tables: &dyn Tables, account: &Account, wanted: &FunctionRef) -> Result<(), ApiError> {
    let others = provisioned_of(tables, account, &wanted.name)?;
    let has = |qualifier: &str| others.iter().any(|(other, _)| other == qualifier);
    if number_of(wanted.version_or_alias()).is_none() {
        let alias = records::alias(tables, account, &wanted.name, wanted.version_or_alias())?;
        if alias.and_then(|alias| alias.function_version).is_some_and(|version| has(&version)) {
            let message = "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version";
            return Err(ApiError::conflict(message));
        }
        return Ok(());
    }
    for (other, _) in &others {
        let alias = records::alias(tables, account, &wanted.name, other)?;
        if alias.and_then(|alias| alias.function_version).as_deref() == Some(wanted.version_or_alias()) {
            return Err(ApiError::conflict("Version is pointed by a Provisioned Concurrency alias"));
        }
    }
    Ok(())
}

/// It fits into the function's reservation, else into what the account has without one.
fn check_room(tables: &dyn Tables, account: &Account, wanted: &FunctionRef, requested: u64, limit: u64) -> Result<(), ApiError> {
    let others = provisioned_of(tables, account, &wanted.name)?;
    let total: u64 = others.iter().filter(|(other, _)| other != wanted.version_or_alias()).map(|(_, count)| count).sum::<u64>() + requested;
    let function = records::function(tables, account, &wanted.name)?.unwrap_or_default();
    if let Some(reserved) = function.reserved {
        return match total > reserved {
            true => Err(ApiError::invalid(
                "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
            )),
            false => Ok(()),
        };
    }
    let unreserved = limit.saturating_sub(super::concurrency::reserved_total(tables, account)?);
    let least = 100.min(limit / 10);
    if total > unreserved {
        let message =
            format!("Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [{unreserved}].");
        return Err(ApiError::invalid(message).shaped(BodyShape::LowerAlone));
    }
    if total + least > unreserved {
        let message = format!(
            "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of \
             [{least}]."
        );
        return Err(ApiError::invalid(message).shaped(BodyShape::LowerAlone));
    }
    Ok(())
}
