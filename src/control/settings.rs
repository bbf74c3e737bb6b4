//! A function's settings: AWS's defaults, its rules beyond the model's bounds, and what a sandbox needs of them.

use std::time::Duration;

use super::model::{
    CreateFunction, EnvironmentOutput, EphemeralStorage, FunctionConfiguration, LoggingConfig, SnapStartOutput, TracingConfigOutput,
    UpdateFunctionConfiguration, VpcConfig, VpcConfigOutput,
};
use super::{ApiError, Exception};
use crate::function::{
    self, ConfigError, Environment, FunctionConfig, FunctionName, HandlerName, MAX_ENVIRONMENT_BYTES, MemorySize, RuntimeName, Timeout,
};

/// Runtimes that AWS no longer takes.
const RETIRED: [&str; 3] = ["python2.7", "python3.6", "python3.7"];
/// The longest time of a function that is not of a newer kind, in seconds.
const MAX_TIMEOUT: i64 = 900;
/// The largest memory and `/tmp` of such a function, in MB.
const MAX_MEMORY: i64 = 10_240;

/// The settings of a new function; state, code and ARNs are not among them.
pub(super) fn of_new(input: &CreateFunction, name: &str, is_strict: bool) -> Result<FunctionConfiguration, ApiError> {
    refuse_unsupported(&[
        ("PublishTo", input.publish_to.is_some()),
        ("FileSystemConfigs", is_set(input.file_system_configs.as_ref())),
        ("ImageConfig", is_set(input.image_config.as_ref())),
        ("CapacityProviderConfig", is_set(input.capacity_provider_config.as_ref())),
        ("DurableConfig", is_set(input.durable_config.as_ref())),
        ("RuntimeConfig", is_set(input.runtime_config.as_ref())),
        ("AcceleratorConfig", is_set(input.accelerator_config.as_ref())),
        ("PackageType Image", input.package_type.as_deref() == Some("Image")),
        ("Code.ImageUri", input.code.image_uri.is_some()),
    ])?;
    let (Some(runtime), Some(handler)) = (&input.runtime, &input.handler) else {
        return Err(ApiError::invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages."));
    };
    let mut settings = FunctionConfiguration {
        function_name: Some(name.to_owned()),
        runtime: Some(runtime.clone()),
        role: Some(input.role.clone()),
        handler: Some(handler.clone()),
        description: Some(input.description.clone().unwrap_or_default()),
        timeout: Some(input.timeout.unwrap_or(3)),
        memory_size: Some(input.memory_size.unwrap_or(128)),
        package_type: Some("Zip".into()),
        architectures: Some(input.architectures.clone().unwrap_or_else(|| vec!["x86_64".into()])),
        ephemeral_storage: Some(input.ephemeral_storage.clone().unwrap_or(EphemeralStorage { size: 512 })),
        tracing_config: Some(TracingConfigOutput { mode: Some(tracing_mode(input.tracing_config.as_ref())) }),
        snap_start: Some(snap_start(input.snap_start.as_ref().and_then(|snap| snap.apply_on.as_deref()))),
        logging_config: Some(logging(None, input.logging_config.as_ref(), name)?),
        environment: input.environment.as_ref().map(environment),
        kms_key_arn: input.kms_key_arn.clone().filter(|arn| !arn.is_empty()),
        dead_letter_config: input
            .dead_letter_config
            .clone()
            .filter(|config| config.target_arn.as_deref().is_some_and(|arn| !arn.is_empty())),
        vpc_config: input.vpc_config.as_ref().map(vpc).filter(|vpc| vpc.subnet_ids.as_ref().is_some_and(|ids| !ids.is_empty())),
        tenancy_config: input.tenancy_config.clone(),
        ..FunctionConfiguration::default()
    };
    check(&mut settings, is_strict)?;
    Ok(settings)
}

/// Changes the members that the request has.
pub(super) fn change(settings: &mut FunctionConfiguration, input: &UpdateFunctionConfiguration, is_strict: bool) -> Result<(), ApiError> {
    refuse_unsupported(&[
        ("FileSystemConfigs", is_set(input.file_system_configs.as_ref())),
        ("ImageConfig", is_set(input.image_config.as_ref())),
        ("CapacityProviderConfig", is_set(input.capacity_provider_config.as_ref())),
        ("DurableConfig", is_set(input.durable_config.as_ref())),
        ("RuntimeConfig", is_set(input.runtime_config.as_ref())),
        ("AcceleratorConfig", is_set(input.accelerator_config.as_ref())),
    ])?;
    fn replace<T: Clone>(old: &mut Option<T>, new: &Option<T>) {
        if new.is_some() {
            old.clone_from(new);
        }
    }
    replace(&mut settings.runtime, &input.runtime);
    replace(&mut settings.role, &input.role);
    replace(&mut settings.handler, &input.handler);
    replace(&mut settings.description, &input.description);
    replace(&mut settings.timeout, &input.timeout);
    replace(&mut settings.memory_size, &input.memory_size);
    replace(&mut settings.ephemeral_storage, &input.ephemeral_storage);
    replace(&mut settings.environment, &input.environment.as_ref().map(environment));
    replace(&mut settings.vpc_config, &input.vpc_config.as_ref().map(vpc));
    if let Some(tracing) = &input.tracing_config {
        settings.tracing_config = Some(TracingConfigOutput { mode: Some(tracing_mode(Some(tracing))) });
    }
    if let Some(snap) = &input.snap_start {
        settings.snap_start = Some(snap_start(snap.apply_on.as_deref()));
    }
    if let Some(config) = &input.logging_config {
        let name = settings.function_name.clone().unwrap_or_default();
        settings.logging_config = Some(logging(settings.logging_config.as_ref(), Some(config), &name)?);
    }
    if let Some(arn) = &input.kms_key_arn {
        settings.kms_key_arn = Some(arn.clone()).filter(|arn| !arn.is_empty());
    }
    if let Some(config) = &input.dead_letter_config {
        settings.dead_letter_config = Some(config.clone()).filter(|config| config.target_arn.as_deref().is_some_and(|arn| !arn.is_empty()));
    }
    check(settings, is_strict)
}

fn is_set(value: Option<&serde_json::Value>) -> bool {
    value.is_some_and(|value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()))
}

fn refuse_unsupported(members: &[(&str, bool)]) -> Result<(), ApiError> {
    match members.iter().find(|(_, is_there)| *is_there) {
        Some((member, _)) => {
            Err(ApiError::invalid(format!("{member} is not supported by wasmlam. Remove it from your request and try again.")))
        }
        None => Ok(()),
    }
}

fn tracing_mode(config: Option<&super::model::TracingConfig>) -> String {
    config.and_then(|config| config.mode.clone()).unwrap_or_else(|| "PassThrough".into())
}

fn snap_start(apply_on: Option<&str>) -> SnapStartOutput {
    SnapStartOutput { apply_on: Some(apply_on.unwrap_or("None").to_owned()), optimization_status: Some("Off".into()) }
}

fn environment(given: &super::model::Environment) -> EnvironmentOutput {
    EnvironmentOutput { variables: Some(given.variables.clone().unwrap_or_default()), error: None }
}

/// One that was taken away stays, with empty lists.
fn vpc(given: &VpcConfig) -> VpcConfigOutput {
    let subnets = given.subnet_ids.clone().unwrap_or_default();
    VpcConfigOutput {
        // No VPC is there to ask for its id.
        vpc_id: Some(if subnets.is_empty() { String::new() } else { "vpc-00000000000000000".into() }),
        subnet_ids: Some(subnets),
        security_group_ids: Some(given.security_group_ids.clone().unwrap_or_default()),
        ipv6_allowed_for_dual_stack: Some(given.ipv6_allowed_for_dual_stack.unwrap_or(false)),
    }
}

/// A partial change keeps the rest; text takes the levels away, JSON adds those that are missing.
fn logging(old: Option<&LoggingConfig>, new: Option<&LoggingConfig>, name: &str) -> Result<LoggingConfig, ApiError> {
    let (old, new) = (old.cloned().unwrap_or_default(), new.cloned().unwrap_or_default());
    let format = new.log_format.clone().or(old.log_format.clone()).unwrap_or_else(|| "Text".into());
    let group = new.log_group.clone().or(old.log_group.clone()).unwrap_or_else(|| format!("/aws/lambda/{name}"));
    if format == "Text" {
        if new.application_log_level.is_some() || new.system_log_level.is_some() {
            return Err(ApiError::invalid(ConfigError::LevelWithText.to_string()));
        }
        return Ok(LoggingConfig { log_format: Some(format), log_group: Some(group), ..LoggingConfig::default() });
    }
    let level = |new: Option<String>, old: Option<String>| new.or(old).or_else(|| Some("INFO".into()));
    Ok(LoggingConfig {
        log_format: Some(format),
        application_log_level: level(new.application_log_level, old.application_log_level),
        system_log_level: level(new.system_log_level, old.system_log_level),
        log_group: Some(group),
    })
}

/// The rules that are beyond the model.
fn check(settings: &mut FunctionConfiguration, is_strict: bool) -> Result<(), ApiError> {
    check_runtime(settings.runtime.as_deref().unwrap_or_default(), is_strict)?;
    let at_most = |value: Option<i64>, path: &str, most: i64| match value {
        Some(value) if value > most => {
            let message = format!(
                "1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: Member must have value less than \
                 or equal to {most}"
            );
            Err(ApiError::new(Exception::Validation, message))
        }
        _ => Ok(()),
    };
    at_most(settings.timeout, "timeout", MAX_TIMEOUT)?;
    at_most(settings.ephemeral_storage.as_ref().map(|storage| storage.size), "ephemeralStorage.size", MAX_MEMORY)?;
    if settings.memory_size.is_some_and(|size| size > MAX_MEMORY) {
        let message = format!("'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to {MAX_MEMORY}");
        return Err(ApiError::new(Exception::Validation, message));
    }
    if let Some(snap) = settings.snap_start.as_mut() {
        snap.optimization_status = Some("Off".into());
    }
    hosted(settings).map(drop)
}

/// The runtime's rule has a wording of its own.
fn check_runtime(runtime: &str, is_strict: bool) -> Result<(), ApiError> {
    if is_strict && RETIRED.contains(&runtime) {
        let message = format!(
            "The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use \
             a supported runtime while creating or updating functions."
        );
        return Err(ApiError::invalid(message));
    }
    if RuntimeName::KNOWN.contains(&runtime) {
        return Ok(());
    }
    let message = format!(
        "Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [{}] or be a valid ARN",
        RuntimeName::KNOWN.join(", ")
    );
    Err(ApiError::invalid(message))
}

/// The settings as a sandbox takes them.
///
/// # Errors
/// AWS's, for those that break a rule of Lambda.
pub(super) fn hosted(settings: &FunctionConfiguration) -> Result<FunctionConfig, ApiError> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let invalid = |error: &dyn std::fmt::Display| ApiError::invalid(error.to_string());
    let name: FunctionName = text(&settings.function_name).parse().map_err(|error| invalid(&error))?;
    let handler: HandlerName = text(&settings.handler).parse().map_err(|error| invalid(&error))?;
    let runtime: RuntimeName = text(&settings.runtime).parse().map_err(|error| invalid(&error))?;
    let mut config = FunctionConfig::new(name, handler, runtime);
    let number = |value: Option<i64>| u32::try_from(value.unwrap_or_default()).unwrap_or(u32::MAX);
    config.memory_size = MemorySize::from_mb(number(settings.memory_size)).map_err(|error| invalid(&error))?;
    config.timeout = Timeout::new(Duration::from_secs(number(settings.timeout).into())).map_err(|error| invalid(&error))?;
    let storage = settings.ephemeral_storage.as_ref().map_or(512, |storage| storage.size);
    config.ephemeral_storage = function::EphemeralStorage::from_mb(number(Some(storage))).map_err(|error| invalid(&error))?;
    if let Some(variables) = settings.environment.as_ref().and_then(|environment| environment.variables.as_ref()) {
        config.environment = Environment::new(variables.clone()).map_err(|error| environment_error(&error, variables))?;
    }
    config.logging = hosted_logging(settings.logging_config.as_ref())?;
    config.log_group = settings.logging_config.as_ref().and_then(|logging| logging.log_group.clone());
    Ok(config)
}

fn hosted_logging(given: Option<&LoggingConfig>) -> Result<function::LoggingConfig, ApiError> {
    let given = given.cloned().unwrap_or_default();
    let invalid = |error: &dyn std::fmt::Display| ApiError::new(Exception::Validation, error.to_string());
    let format = given.log_format.unwrap_or_else(|| "Text".into()).parse().map_err(|error| invalid(&error))?;
    let application = given.application_log_level.map(|level| level.parse()).transpose().map_err(|error| invalid(&error))?;
    let system = given.system_log_level.map(|level| level.parse()).transpose().map_err(|error| invalid(&error))?;
    function::LoggingConfig::new(format, application, system).map_err(|error| ApiError::invalid(error.to_string()))
}

fn environment_error(error: &ConfigError, variables: &std::collections::BTreeMap<String, String>) -> ApiError {
    const { assert!(MAX_ENVIRONMENT_BYTES == 4096, "the sentence says 4KB") };
    // The whole text here; where it is printed on a terminal it is cut.
    if matches!(error, ConfigError::EnvironmentTooLarge(_)) {
        let measured = serde_json::to_string(variables).unwrap_or_default();
        return ApiError::invalid(ConfigError::EnvironmentTooLarge(measured).to_string());
    }
    if matches!(error, ConfigError::ReservedKeys(_)) {
        return ApiError::invalid(error.to_string());
    }
    ApiError::new(Exception::Validation, error.to_string())
}
