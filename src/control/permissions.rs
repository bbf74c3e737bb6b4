//! Permissions: the resource policies of functions, versions and aliases.

use super::name::{FunctionRef, LATEST, no_function, qualified};
use super::policy::{self, Conditions, ResourcePolicy, Statement};
use super::records::{self, check_revision, named, number_of};
use super::{ApiError, Control, Scope, model};
use crate::function::Account;
use crate::store::{Setting, Tables};

impl Control {
    /// AWS's `AddPermission`.
    ///
    /// # Errors
    /// AWS's, like all methods here.
    pub fn add_permission(&self, scope: &Scope, input: model::AddPermission) -> Result<model::AddPermissionOutput, ApiError> {
        let wanted = named(scope, &input.function_name, input.qualifier.as_deref())?;
        let account = &scope.account;
        if wanted.qualifier.as_deref() == Some(LATEST) {
            return Err(ApiError::invalid("We currently do not support adding policies for $LATEST."));
        }
        let conditions = Conditions {
            source_arn: input.source_arn.as_deref(),
            source_account: input.source_account.as_deref(),
            url_auth_type: input.function_url_auth_type.as_deref(),
            organization: input.principal_org_id.as_deref(),
            event_source_token: input.event_source_token.as_deref(),
            via_url: input.invoked_via_function_url,
        };
        let arn = wanted.arn(account);
        let statement = Statement::of_function(&input.statement_id, &input.action, &input.principal, &arn, conditions)?;
        self.write(|tables| {
            check_target(tables, account, &wanted)?;
            let mut policy = policy_of(tables, account, &wanted)?.unwrap_or_default();
            check_revision(input.revision_id.as_deref(), policy.revision.as_deref(), "GetPolicy")?;
            policy.add(statement.clone())?;
            put(tables, account, &wanted, &policy)?;
            renew(tables, account, &wanted, policy.revision.clone())
        })?;
        Ok(model::AddPermissionOutput { statement: Some(policy::statement_text(&statement)?) })
    }

    /// AWS's `GetPolicy`.
    pub fn get_policy(&self, scope: &Scope, input: model::GetPolicy) -> Result<model::GetPolicyOutput, ApiError> {
        let wanted = named(scope, &input.function_name, input.qualifier.as_deref())?;
        let missing = || ApiError::not_found("The resource you requested does not exist.");
        let policy = self.read(|tables| policy_of(tables, &scope.account, &wanted)?.ok_or_else(missing))?;
        Ok(model::GetPolicyOutput { policy: Some(policy.text()?), revision_id: policy.revision })
    }

    /// AWS's `RemovePermission`.
    pub fn remove_permission(&self, scope: &Scope, input: model::RemovePermission) -> Result<(), ApiError> {
        let wanted = named(scope, &input.function_name, input.qualifier.as_deref())?;
        let account = &scope.account;
        self.write(|tables| {
            if tables.function(account, &wanted.name)?.is_none() {
                return Err(ApiError::not_found(format!("No policy found for: {}", wanted.arn(account))));
            }
            let mut policy = policy_of(tables, account, &wanted)?.ok_or_else(policy::none)?;
            check_revision(input.revision_id.as_deref(), policy.revision.as_deref(), "GetPolicy")?;
            policy.remove(&input.statement_id)?;
            if policy.is_empty() {
                tables.delete_setting(account, Setting::Policy, &wanted.name, place(&wanted))?;
            } else {
                put(tables, account, &wanted, &policy)?;
            }
            renew(tables, account, &wanted, records::revision())
        })
    }

    /// AWS's `GetResourcePolicy`.
    pub fn get_resource_policy(&self, scope: &Scope, input: model::GetResourcePolicy) -> Result<model::GetResourcePolicyOutput, ApiError> {
        let wanted = named(scope, &input.resource_arn, None)?;
        let missing = || ApiError::not_found("The resource you requested does not exist.");
        let policy = self.read(|tables| policy_of(tables, &scope.account, &wanted)?.ok_or_else(missing))?;
        Ok(model::GetResourcePolicyOutput { policy: Some(policy.text()?), revision_id: policy.revision })
    }

    /// AWS's `PutResourcePolicy`.
    pub fn put_resource_policy(&self, scope: &Scope, input: model::PutResourcePolicy) -> Result<model::PutResourcePolicyOutput, ApiError> {
        let wanted = named(scope, &input.resource_arn, None)?;
        let policy = ResourcePolicy::parse(&input.policy)?;
        self.write(|tables| {
            check_target(tables, &scope.account, &wanted)?;
            let old = policy_of(tables, &scope.account, &wanted)?;
            check_revision(input.revision_id.as_deref(), old.and_then(|old| old.revision).as_deref(), "GetResourcePolicy")?;
            put(tables, &scope.account, &wanted, &policy)
        })?;
        Ok(model::PutResourcePolicyOutput { policy: Some(policy.text()?), revision_id: policy.revision })
    }

    /// AWS's `DeleteResourcePolicy`.
    pub fn delete_resource_policy(&self, scope: &Scope, input: model::DeleteResourcePolicy) -> Result<(), ApiError> {
        let wanted = named(scope, &input.resource_arn, None)?;
        self.write(|tables| {
            let old = policy_of(tables, &scope.account, &wanted)?.ok_or_else(policy::none)?;
            check_revision(input.revision_id.as_deref(), old.revision.as_deref(), "GetResourcePolicy")?;
            tables.delete_setting(&scope.account, Setting::Policy, &wanted.name, place(&wanted))?;
            Ok(())
        })
    }
}

/// Where a policy is kept: the function's own has no qualifier.
fn place(wanted: &FunctionRef) -> &str {
    wanted.qualifier.as_deref().filter(|qualifier| *qualifier != LATEST).unwrap_or_default()
}

/// The policy of a function, a version or an alias.
pub(super) fn policy_of(tables: &dyn Tables, account: &Account, wanted: &FunctionRef) -> Result<Option<ResourcePolicy>, ApiError> {
    records::setting(tables, account, Setting::Policy, &wanted.name, place(wanted))
}

fn put(tables: &dyn Tables, account: &Account, wanted: &FunctionRef, policy: &ResourcePolicy) -> Result<(), ApiError> {
    records::put_setting(tables, account, Setting::Policy, &wanted.name, place(wanted), policy)
}

fn check_target(tables: &dyn Tables, account: &Account, wanted: &FunctionRef) -> Result<(), ApiError> {
    if tables.function(account, &wanted.name)?.is_none() {
        return Err(no_function(&qualified(account, &wanted.name, None)));
    }
    let Some(qualifier) = wanted.qualifier.as_deref() else { return Ok(()) };
    let arn = wanted.arn(account);
    match number_of(qualifier) {
        Some(number) => records::version(tables, account, &wanted.name, number)?.map(drop).ok_or_else(|| no_function(&arn)),
        None if qualifier.contains('$') => Err(no_function(&arn)),
        None => records::alias(tables, account, &wanted.name, qualifier)?.map(drop).ok_or_else(|| super::aliases::no_alias(&arn)),
    }
}

/// Gives what has the policy a new revision.
fn renew(tables: &dyn Tables, account: &Account, wanted: &FunctionRef, revision: Option<String>) -> Result<(), ApiError> {
    let qualifier = wanted.version_or_alias();
    if let Some(number) = number_of(qualifier) {
        if let Some(mut record) = records::version(tables, account, &wanted.name, number)? {
            record.configuration.revision_id = revision;
            records::put_version(tables, account, &wanted.name, number, &record)?;
        }
        return Ok(());
    }
    if let Some(mut alias) = records::alias(tables, account, &wanted.name, qualifier)? {
        alias.revision_id = revision;
        let row = crate::store::AliasRow { alias: qualifier.to_owned(), document: records::write(&alias)? };
        tables.put_alias(account, &wanted.name, &row)?;
    }
    Ok(())
}
