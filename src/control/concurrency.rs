//! Reserved concurrency, and the scaling of published versions.

use super::name::{FunctionRef, LATEST, no_function, qualified};
use super::records::{self, named};
use super::{ApiError, BodyShape, Control, Scope, model};
use crate::function::Account;
use crate::store::{Setting, Tables};

/// Concurrency that has to stay for functions without a reservation.
const MIN_UNRESERVED: u64 = 100;
/// Functions with a reservation or a setting of one kind that are looked at together.
const MANY: usize = 100_000;

impl Control {
    /// AWS's `PutFunctionConcurrency`.
    ///
    /// # Errors
    /// AWS's, like all methods here.
    pub fn put_function_concurrency(&self, scope: &Scope, input: model::PutFunctionConcurrency) -> Result<model::Concurrency, ApiError> {
        let wanted = own_function(scope, &input.function_name)?;
        let (account, name) = (&scope.account, &wanted.name);
        let reserved = u64::try_from(input.reserved_concurrent_executions).unwrap_or_default();
        let limit = self.0.admission.account_limit();
        self.write(|tables| {
            let mut function = records::function(tables, account, name)?.ok_or_else(|| no_function(&wanted.full_arn(account)))?;
            let others = reserved_total(tables, account)?.saturating_sub(function.reserved.unwrap_or(0));
            // A server with a small limit keeps a tenth of it.
            let least = MIN_UNRESERVED.min(limit / 10);
            if reserved > 0 && others + reserved + least > limit {
                let message = format!(
                    "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum \
                     value of [{least}]."
                );
                return Err(ApiError::invalid(message).shaped(BodyShape::LowerAlone));
            }
            let provisioned: u64 = provisioned_of(tables, account, name)?.iter().map(|(_, count)| count).sum();
            if reserved < provisioned {
                let message = format!(
                    " ReservedConcurrentExecutions  {reserved} should not be lower than function's total provisioned concurrency \
                     [{provisioned}]."
                );
                return Err(ApiError::invalid(message).shaped(BodyShape::LowerAlone));
            }
            function.reserved = Some(reserved);
            records::put_function(tables, account, name, &function)?;
            note_reserved(tables, account, name, Some(reserved))
        })?;
        self.0.routes.forget_all();
        Ok(model::Concurrency { reserved_concurrent_executions: Some(input.reserved_concurrent_executions) })
    }

    /// AWS's `GetFunctionConcurrency`.
    pub fn get_function_concurrency(
        &self,
        scope: &Scope,
        input: model::GetFunctionConcurrency,
    ) -> Result<model::GetFunctionConcurrencyOutput, ApiError> {
        let wanted = named(scope, &input.function_name, None)?;
        let missing = || no_function(&qualified(&scope.account, &wanted.name, None));
        let function = self.read(|tables| records::function(tables, &scope.account, &wanted.name)?.ok_or_else(missing))?;
        let reserved_concurrent_executions = function.reserved.and_then(|count| i64::try_from(count).ok());
        Ok(model::GetFunctionConcurrencyOutput { reserved_concurrent_executions })
    }

    /// AWS's `DeleteFunctionConcurrency`.
    pub fn delete_function_concurrency(&self, scope: &Scope, input: model::DeleteFunctionConcurrency) -> Result<(), ApiError> {
        let wanted = own_function(scope, &input.function_name)?;
        let (account, name) = (&scope.account, &wanted.name);
        self.write(|tables| {
            let missing = || no_function(&qualified(account, name, None));
            let mut function = records::function(tables, account, name)?.ok_or_else(missing)?;
            function.reserved = None;
            records::put_function(tables, account, name, &function)?;
            note_reserved(tables, account, name, None)
        })?;
        self.0.routes.forget_all();
        Ok(())
    }

    /// AWS's `PutFunctionScalingConfig`, kept and returned.
    pub fn put_function_scaling_config(
        &self,
        scope: &Scope,
        input: model::PutFunctionScalingConfig,
    ) -> Result<model::PutFunctionScalingConfigOutput, ApiError> {
        let wanted = named(scope, &input.function_name, Some(&input.qualifier))?;
        let (account, name) = (&scope.account, &wanted.name);
        let state = self.write(|tables| {
            let found = records::find_or_404(tables, account, &wanted)?;
            match &input.function_scaling_config {
                Some(config) => records::put_setting(tables, account, Setting::Scaling, name, wanted.version_or_alias(), config)?,
                None => drop(tables.delete_setting(account, Setting::Scaling, name, wanted.version_or_alias())?),
            }
            Ok(found.record.configuration.state)
        })?;
        Ok(model::PutFunctionScalingConfigOutput { function_state: state })
    }

    /// AWS's `GetFunctionScalingConfig`.
    pub fn get_function_scaling_config(
        &self,
        scope: &Scope,
        input: model::GetFunctionScalingConfig,
    ) -> Result<model::GetFunctionScalingConfigOutput, ApiError> {
        let wanted = named(scope, &input.function_name, Some(&input.qualifier))?;
        self.read(|tables| {
            records::find_or_404(tables, &scope.account, &wanted)?;
            let kept: Option<model::FunctionScalingConfig> =
                records::setting(tables, &scope.account, Setting::Scaling, &wanted.name, wanted.version_or_alias())?;
            Ok(model::GetFunctionScalingConfigOutput {
                function_arn: Some(wanted.arn(&scope.account)),
                applied_function_scaling_config: kept.clone(),
                requested_function_scaling_config: kept,
            })
        })
    }
}

/// The function itself, not a version or an alias.
fn own_function(scope: &Scope, name: &str) -> Result<FunctionRef, ApiError> {
    let wanted = named(scope, name, None)?;
    match wanted.qualifier {
        Some(_) => Err(ApiError::invalid(
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify \
             either a function name or an unqualified function ARN.",
        )),
        None => Ok(wanted),
    }
}

/// Keeps the reservation where the sum over all functions finds it.
fn note_reserved(tables: &dyn Tables, account: &Account, name: &str, reserved: Option<u64>) -> Result<(), ApiError> {
    match reserved {
        Some(count) => records::put_setting(tables, account, Setting::Reserved, name, "", &count),
        None => Ok(tables.delete_setting(account, Setting::Reserved, name, "").map(drop)?),
    }
}

/// What all functions of an account have reserved.
pub(super) fn reserved_total(tables: &dyn Tables, account: &Account) -> Result<u64, ApiError> {
    let rows = tables.settings(account, Setting::Reserved, None, ("", ""), MANY)?;
    rows.iter().map(|row| records::read::<u64>(&row.document)).sum()
}

/// What a function has provisioned: qualifiers and counts.
pub(super) fn provisioned_of(tables: &dyn Tables, account: &Account, name: &str) -> Result<Vec<(String, u64)>, ApiError> {
    let rows = tables.settings(account, Setting::Provisioned, Some(name), ("", ""), MANY)?;
    let counts = rows.iter().map(|row| {
        let record: super::provisioned::ProvisionedRecord = records::read(&row.document)?;
        Ok((row.qualifier.clone(), record.requested))
    });
    counts.collect()
}

/// Whether a qualifier is `$LATEST` or missing.
pub(super) fn is_unpublished(qualifier: &str) -> bool {
    qualifier.is_empty() || qualifier == LATEST
}
