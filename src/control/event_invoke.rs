//! How asynchronous invocations are tried again, and where their records go.

use super::model::{DestinationConfig, FunctionEventInvokeConfig, OnFailure, OnSuccess};
use super::name::FunctionRef;
use super::records::{self, named, number_of};
use super::{ApiError, Control, Scope, model, paging, time};
use crate::function::Account;
use crate::store::{Setting, Tables};

impl Control {
    /// AWS's `PutFunctionEventInvokeConfig`: what is absent goes.
    ///
    /// # Errors
    /// AWS's, like all methods here.
    pub fn put_function_event_invoke_config(
        &self,
        scope: &Scope,
        input: model::PutFunctionEventInvokeConfig,
    ) -> Result<FunctionEventInvokeConfig, ApiError> {
        let wanted = named(scope, &input.function_name, input.qualifier.as_deref())?;
        let given = Given(input.maximum_retry_attempts, input.maximum_event_age_in_seconds, input.destination_config);
        self.put_event_invoke(scope, &wanted, &given, false)
    }

    /// AWS's `UpdateFunctionEventInvokeConfig`: what is absent stays.
    pub fn update_function_event_invoke_config(
        &self,
        scope: &Scope,
        input: model::UpdateFunctionEventInvokeConfig,
    ) -> Result<FunctionEventInvokeConfig, ApiError> {
        let wanted = named(scope, &input.function_name, input.qualifier.as_deref())?;
        let given = Given(input.maximum_retry_attempts, input.maximum_event_age_in_seconds, input.destination_config);
        self.put_event_invoke(scope, &wanted, &given, true)
    }

    fn put_event_invoke(
        &self,
        scope: &Scope,
        wanted: &FunctionRef,
        given: &Given,
        merges: bool,
    ) -> Result<FunctionEventInvokeConfig, ApiError> {
        let Given(retries, age, destinations) = given;
        if retries.is_none() && age.is_none() && destinations.is_none() {
            return Err(ApiError::invalid("You must specify at least one of error handling or destination setting."));
        }
        let account = &scope.account;
        self.write(|tables| {
            if records::find(tables, account, wanted)?.is_none() {
                return Err(ApiError::not_found("The function doesn't exist."));
            }
            check_destinations(tables, scope, wanted, destinations.as_ref())?;
            let old = match merges {
                true => Some(config_of(tables, account, wanted)?.ok_or_else(|| missing(account, wanted))?),
                false => None,
            };
            let config = merged(old.unwrap_or_default(), given, wanted.full_arn(account));
            records::put_setting(tables, account, Setting::EventInvoke, &wanted.name, wanted.version_or_alias(), &config)?;
            Ok(config)
        })
    }

    /// AWS's `GetFunctionEventInvokeConfig`.
    pub fn get_function_event_invoke_config(
        &self,
        scope: &Scope,
        input: model::GetFunctionEventInvokeConfig,
    ) -> Result<FunctionEventInvokeConfig, ApiError> {
        let wanted = named(scope, &input.function_name, input.qualifier.as_deref())?;
        self.read(|tables| config_of(tables, &scope.account, &wanted)?.ok_or_else(|| missing(&scope.account, &wanted)))
    }

    /// AWS's `DeleteFunctionEventInvokeConfig`.
    pub fn delete_function_event_invoke_config(
        &self,
        scope: &Scope,
        input: model::DeleteFunctionEventInvokeConfig,
    ) -> Result<(), ApiError> {
        let wanted = named(scope, &input.function_name, input.qualifier.as_deref())?;
        self.write(|tables| match tables.delete_setting(&scope.account, Setting::EventInvoke, &wanted.name, wanted.version_or_alias())? {
            true => Ok(()),
            false => Err(missing(&scope.account, &wanted)),
        })
    }

    /// AWS's `ListFunctionEventInvokeConfigs`.
    pub fn list_function_event_invoke_configs(
        &self,
        scope: &Scope,
        input: model::ListFunctionEventInvokeConfigs,
    ) -> Result<model::ListFunctionEventInvokeConfigsOutput, ApiError> {
        let wanted = named(scope, &input.function_name, None)?;
        let size = paging::size(input.max_items, paging::PAGE);
        let [from] = paging::start::<1>(input.marker.as_deref())?;
        let mut rows = self.read(|tables| {
            if tables.function(&scope.account, &wanted.name)?.is_none() {
                return Err(ApiError::not_found("The function doesn't exist."));
            }
            Ok(tables.settings(&scope.account, Setting::EventInvoke, Some(&wanted.name), (&wanted.name, &from), size + 1)?)
        })?;
        let next_marker = paging::cut(&mut rows, size, |row| paging::marker(&[&row.qualifier]));
        let configs = rows.iter().map(|row| records::read(&row.document)).collect::<Result<_, _>>()?;
        Ok(model::ListFunctionEventInvokeConfigsOutput { function_event_invoke_configs: Some(configs), next_marker })
    }
}

/// Attempts, age in seconds, destinations.
struct Given(Option<i64>, Option<i64>, Option<DestinationConfig>);

fn config_of(tables: &dyn Tables, account: &Account, wanted: &FunctionRef) -> Result<Option<FunctionEventInvokeConfig>, ApiError> {
    records::setting(tables, account, Setting::EventInvoke, &wanted.name, wanted.version_or_alias())
}

fn missing(account: &Account, wanted: &FunctionRef) -> ApiError {
    ApiError::not_found(format!("The function {} doesn't have an EventInvokeConfig", wanted.full_arn(account)))
}

fn merged(old: FunctionEventInvokeConfig, given: &Given, arn: String) -> FunctionEventInvokeConfig {
    let Given(retries, age, destinations) = given;
    let old_destinations = old.destination_config.unwrap_or_default();
    let new = destinations.clone().unwrap_or_default();
    let destination_config = DestinationConfig {
        on_success: Some(new.on_success.or(old_destinations.on_success).unwrap_or_default()),
        on_failure: Some(new.on_failure.or(old_destinations.on_failure).unwrap_or_default()),
    };
    FunctionEventInvokeConfig {
        last_modified: Some(time::epoch()),
        function_arn: Some(arn),
        maximum_retry_attempts: retries.or(old.maximum_retry_attempts),
        maximum_event_age_in_seconds: age.or(old.maximum_event_age_in_seconds),
        destination_config: Some(destination_config),
    }
}

fn check_destinations(
    tables: &dyn Tables,
    scope: &Scope,
    wanted: &FunctionRef,
    destinations: Option<&DestinationConfig>,
) -> Result<(), ApiError> {
    let Some(destinations) = destinations else { return Ok(()) };
    let success = destinations.on_success.as_ref().and_then(|on: &OnSuccess| on.destination.as_deref());
    let failure = destinations.on_failure.as_ref().and_then(|on: &OnFailure| on.destination.as_deref());
    for target in [success, failure].into_iter().flatten().filter(|target| !target.is_empty()) {
        let pieces: Vec<&str> = target.split(':').collect();
        match pieces[..] {
            ["arn", _, "lambda", _, _, "function", ..] => check_function(tables, scope, wanted, target)?,
            ["arn", _, "sqs" | "sns" | "events", ..] => {}
            ["arn", _, "s3", ..] if Some(target) == failure => {}
            _ => return Err(invalid(success, failure)),
        }
    }
    Ok(())
}

fn check_function(tables: &dyn Tables, scope: &Scope, wanted: &FunctionRef, target: &str) -> Result<(), ApiError> {
    let wrong = || ApiError::invalid(format!("The destination ARN {target} is invalid."));
    let other = FunctionRef::parse(scope, target, None).map_err(|_| wrong())?;
    if other.name == wanted.name {
        return Err(ApiError::invalid("You can't specify the function as a destination for itself."));
    }
    let exists = match number_of(other.version_or_alias()) {
        Some(number) => records::version(tables, &scope.account, &other.name, number)?.is_some(),
        None => records::alias(tables, &scope.account, &other.name, other.version_or_alias())?.is_some(),
    };
    if exists { Ok(()) } else { Err(wrong()) }
}

fn invalid(success: Option<&str>, failure: Option<&str>) -> ApiError {
    let on = |kind: &str, target: Option<&str>| target.map_or("null".into(), |target| format!("{kind}(destination={target})"));
    ApiError::invalid(format!(
        "The provided destination config DestinationConfig(onSuccess={}, onFailure={}) is invalid.",
        on("OnSuccess", success),
        on("OnFailure", failure)
    ))
}
