//! Aliases: names that point to a version, or share calls out between two.

use super::model::{AliasConfiguration, AliasRoutingConfiguration};
use super::name::{FunctionRef, LATEST, no_function, qualified};
use super::records::{self, check_revision, named, number_of, revision};
use super::{ApiError, BodyShape, Control, Exception, Scope, model, paging};
use crate::function::Account;
use crate::store::{AliasRow, Setting, Tables};

/// Aliases that a function may have.
const MAX_ALIASES: usize = 1000;

impl Control {
    /// AWS's `CreateAlias`.
    ///
    /// # Errors
    /// AWS's, like all methods here.
    pub fn create_alias(&self, scope: &Scope, input: model::CreateAlias) -> Result<AliasConfiguration, ApiError> {
        let wanted = named(scope, &input.function_name, None)?;
        let (account, name) = (&scope.account, &wanted.name);
        check_name(&input.name)?;
        self.write_function(account, name, |tables| {
            let alias = AliasConfiguration {
                alias_arn: Some(qualified(account, name, Some(&input.name))),
                name: Some(input.name.clone()),
                function_version: Some(input.function_version.clone()),
                description: Some(input.description.clone().unwrap_or_default()),
                routing_config: routing(input.routing_config.clone()),
                revision_id: revision(),
            };
            check_target(tables, account, name, &alias)?;
            let arn = alias.alias_arn.as_deref().unwrap_or_default();
            if tables.alias(account, name, &input.name)?.is_some() {
                return Err(ApiError::conflict(format!("Alias already exists: {arn}")));
            }
            if tables.aliases(account, name)?.len() >= MAX_ALIASES {
                return Err(ApiError::invalid(format!("A function can have at most {MAX_ALIASES} aliases here. Delete one first.")));
            }
            put(tables, account, name, &alias)?;
            Ok(alias)
        })
    }

    /// AWS's `GetAlias`.
    pub fn get_alias(&self, scope: &Scope, input: model::GetAlias) -> Result<AliasConfiguration, ApiError> {
        let wanted = named(scope, &input.function_name, None)?;
        self.read(|tables| {
            records::alias(tables, &scope.account, &wanted.name, &input.name)?
                .ok_or_else(|| no_alias(&qualified(&scope.account, &wanted.name, Some(&input.name))))
        })
    }

    /// AWS's `UpdateAlias`.
    pub fn update_alias(&self, scope: &Scope, input: model::UpdateAlias) -> Result<AliasConfiguration, ApiError> {
        let wanted = named(scope, &input.function_name, None)?;
        let (account, name) = (&scope.account, &wanted.name);
        self.write_function(account, name, |tables| {
            let missing = || ApiError::not_found(format!("Alias not found: {}", qualified(account, name, Some(&input.name))));
            let mut alias = records::alias(tables, account, name, &input.name)?.ok_or_else(missing)?;
            check_revision(input.revision_id.as_deref(), alias.revision_id.as_deref(), "GetFunction/GetAlias")?;
            if let Some(version) = &input.function_version {
                alias.function_version = Some(version.clone());
            }
            if let Some(description) = &input.description {
                alias.description = Some(description.clone());
            }
            if input.routing_config.is_some() {
                alias.routing_config = routing(input.routing_config.clone());
            }
            check_target(tables, account, name, &alias)?;
            alias.revision_id = revision();
            put(tables, account, name, &alias)?;
            Ok(alias)
        })
    }

    /// AWS's `DeleteAlias`.
    pub fn delete_alias(&self, scope: &Scope, input: model::DeleteAlias) -> Result<(), ApiError> {
        let wanted = named(scope, &input.function_name, None)?;
        let (account, name) = (&scope.account, &wanted.name);
        self.write_function(account, name, |tables| {
            if tables.delete_alias(account, name, &input.name)? {
                // A function URL of it would call what is not there.
                tables.delete_settings_of(account, name, &input.name)?;
            }
            Ok(())
        })
    }

    /// AWS's `ListAliases`.
    pub fn list_aliases(&self, scope: &Scope, input: model::ListAliases) -> Result<model::ListAliasesOutput, ApiError> {
        let wanted = named(scope, &input.function_name, None)?;
        let (account, name) = (&scope.account, &wanted.name);
        let size = paging::size(input.max_items, paging::PAGE);
        let [from] = paging::start::<1>(input.marker.as_deref())?;
        let rows = self.read(|tables| {
            if tables.function(account, name)?.is_none() {
                return Err(no_function(&qualified(account, name, None)));
            }
            Ok(tables.aliases(account, name)?)
        })?;
        let aliases = rows.iter().filter(|row| row.alias >= from).map(|row| records::read::<AliasConfiguration>(&row.document));
        let mut aliases = aliases.collect::<Result<Vec<_>, _>>()?;
        aliases.retain(|alias| input.function_version.is_none() || alias.function_version == input.function_version);
        let next_marker = paging::cut(&mut aliases, size, |alias| paging::marker(&[alias.name.as_deref().unwrap_or_default()]));
        Ok(model::ListAliasesOutput { next_marker, aliases: Some(aliases) })
    }
}

fn put(tables: &dyn Tables, account: &Account, name: &str, alias: &AliasConfiguration) -> Result<(), ApiError> {
    let row = AliasRow { alias: alias.name.clone().unwrap_or_default(), document: records::write(alias)? };
    Ok(tables.put_alias(account, name, &row)?)
}

/// 404 for an alias, where AWS says so.
pub(super) fn no_alias(arn: &str) -> ApiError {
    ApiError::not_found(format!("Cannot find alias arn: {arn}"))
}

fn check_name(name: &str) -> Result<(), ApiError> {
    if !name.is_empty() && name.bytes().any(|byte| !byte.is_ascii_digit()) {
        return Ok(());
    }
    let message = format!(
        "1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression \
         pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)"
    );
    Err(ApiError::new(Exception::Validation, message))
}

/// An empty one is left out.
fn routing(given: Option<AliasRoutingConfiguration>) -> Option<AliasRoutingConfiguration> {
    given.filter(|config| config.additional_version_weights.as_ref().is_some_and(|weights| !weights.is_empty()))
}

fn check_target(tables: &dyn Tables, account: &Account, name: &str, alias: &AliasConfiguration) -> Result<(), ApiError> {
    let version = alias.function_version.as_deref().unwrap_or_default();
    let weights = alias.routing_config.as_ref().and_then(|config| config.additional_version_weights.clone()).unwrap_or_default();
    if weights.len() > 1 {
        return Err(ApiError::invalid("Number of items in AdditionalVersionWeights cannot be greater than 1"));
    }
    if let Some(weight) = weights.values().find(|weight| !(0.0..=1.0).contains(*weight)) {
        let shown: Vec<String> = weights.iter().map(|(version, weight)| format!("{version}={weight:?}")).collect();
        debug_assert!(!weight.is_nan(), "JSON has none");
        let message = format!(
            "1 validation error detected: Value '{{{}}}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map \
             value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or \
             equal to 0.0, Member must not be null]",
            shown.join(", ")
        );
        return Err(ApiError::new(Exception::Validation, message));
    }
    if weights.contains_key(version) {
        let message =
            format!("Invalid function version {version}. Function version {version} is already included in routing configuration.");
        return Err(ApiError::invalid(message));
    }
    if !weights.is_empty() && (version == LATEST || weights.contains_key(LATEST)) {
        let message = format!("{LATEST} is not supported for an alias pointing to more than 1 version");
        return Err(ApiError::invalid(message).shaped(BodyShape::LowerAlone));
    }
    if tables.function(account, name)?.is_none() {
        return Err(no_function(&qualified(account, name, None)));
    }
    for version in weights.keys().map(String::as_str).chain([version]) {
        let missing = || no_function(&qualified(account, name, Some(version)));
        let number = number_of(version).ok_or_else(missing)?;
        records::version(tables, account, name, number)?.ok_or_else(missing)?;
    }
    check_provisioned(tables, account, name, alias)
}

/// An alias with provisioned concurrency cannot point to a version that has its own.
fn check_provisioned(tables: &dyn Tables, account: &Account, name: &str, alias: &AliasConfiguration) -> Result<(), ApiError> {
    let has = |qualifier: Option<&str>| {
        let setting = tables.setting(account, Setting::Provisioned, name, qualifier.unwrap_or_default());
        setting.map(|found| found.is_some())
    };
    if has(alias.name.as_deref())? && has(alias.function_version.as_deref())? {
        let message = "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version";
        return Err(ApiError::conflict(message));
    }
    Ok(())
}

/// Where a qualifier is an alias or a published version of a function that is there.
pub(super) fn check_published(tables: &dyn Tables, account: &Account, wanted: &FunctionRef) -> Result<(), ApiError> {
    let arn = wanted.arn(account);
    match number_of(wanted.version_or_alias()) {
        Some(number) => records::version(tables, account, &wanted.name, number)?.map(drop).ok_or_else(|| no_function(&arn)),
        None => records::alias(tables, account, &wanted.name, wanted.version_or_alias())?.map(drop).ok_or_else(|| no_alias(&arn)),
    }
}
