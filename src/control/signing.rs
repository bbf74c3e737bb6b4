//! Code signing configurations: kept and returned, never enforced, since nothing here signs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::name::{lambda_arn, no_function, qualified};
use super::records::{self, named};
use super::{ApiError, BodyShape, Control, Exception, Scope, model, paging, time};
use crate::function::Account;
use crate::store::{Setting, SigningRow, Tables};

/// A configuration as it is kept.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct SigningRecord {
    config: model::CodeSigningConfig,
    pub(super) tags: BTreeMap<String, String>,
}

impl Control {
    /// AWS's `CreateCodeSigningConfig`.
    ///
    /// # Errors
    /// AWS's, like all methods here.
    pub fn create_code_signing_config(
        &self,
        scope: &Scope,
        input: model::CreateCodeSigningConfig,
    ) -> Result<model::CreateCodeSigningConfigOutput, ApiError> {
        let id = format!("csc-{}", &uuid::Uuid::new_v4().simple().to_string()[..17]);
        let policies = input.code_signing_policies.unwrap_or_default();
        let config = model::CodeSigningConfig {
            code_signing_config_arn: lambda_arn(&scope.account, &format!("code-signing-config:{id}")),
            code_signing_config_id: id,
            description: Some(input.description.unwrap_or_default()),
            allowed_publishers: input.allowed_publishers,
            code_signing_policies: model::CodeSigningPolicies {
                untrusted_artifact_on_deployment: policies.untrusted_artifact_on_deployment.or_else(|| Some("Enforce".into())),
            },
            last_modified: time::last_modified(),
        };
        let record = SigningRecord { config: config.clone(), tags: input.tags.unwrap_or_default() };
        super::tags::check_count(&record.tags)?;
        self.write(|tables| put(tables, &scope.account, &record))?;
        Ok(model::CreateCodeSigningConfigOutput { code_signing_config: config })
    }

    /// AWS's `GetCodeSigningConfig`.
    pub fn get_code_signing_config(
        &self,
        scope: &Scope,
        input: model::GetCodeSigningConfig,
    ) -> Result<model::GetCodeSigningConfigOutput, ApiError> {
        let record = self.read(|tables| signing_or_404(tables, &scope.account, &input.code_signing_config_arn))?;
        Ok(model::GetCodeSigningConfigOutput { code_signing_config: record.config })
    }

    /// AWS's `UpdateCodeSigningConfig`.
    pub fn update_code_signing_config(
        &self,
        scope: &Scope,
        input: model::UpdateCodeSigningConfig,
    ) -> Result<model::UpdateCodeSigningConfigOutput, ApiError> {
        let record = self.write(|tables| {
            let mut record = signing_or_404(tables, &scope.account, &input.code_signing_config_arn)?;
            if input.description.is_some() {
                record.config.description.clone_from(&input.description);
            }
            if let Some(publishers) = &input.allowed_publishers {
                record.config.allowed_publishers = publishers.clone();
            }
            if let Some(policies) = &input.code_signing_policies {
                record.config.code_signing_policies = policies.clone();
            }
            record.config.last_modified = time::last_modified();
            put(tables, &scope.account, &record)?;
            Ok(record)
        })?;
        Ok(model::UpdateCodeSigningConfigOutput { code_signing_config: record.config })
    }

    /// AWS's `DeleteCodeSigningConfig`.
    pub fn delete_code_signing_config(
        &self,
        scope: &Scope,
        input: model::DeleteCodeSigningConfig,
    ) -> Result<model::DeleteCodeSigningConfigOutput, ApiError> {
        let arn = &input.code_signing_config_arn;
        self.write(|tables| {
            signing_or_404(tables, &scope.account, arn)?;
            if !tables.functions_signed_by(&scope.account, &records::write(arn)?, "", 1)?.is_empty() {
                return Err(ApiError::conflict("The code signing configuration is used by a function. Remove it from the function first."));
            }
            tables.delete_signing(&scope.account, arn)?;
            Ok(())
        })?;
        Ok(model::DeleteCodeSigningConfigOutput {})
    }

    /// AWS's `ListCodeSigningConfigs`.
    pub fn list_code_signing_configs(
        &self,
        scope: &Scope,
        input: model::ListCodeSigningConfigs,
    ) -> Result<model::ListCodeSigningConfigsOutput, ApiError> {
        let size = paging::size(input.max_items, paging::PAGE);
        let [from] = paging::start::<1>(input.marker.as_deref())?;
        let mut rows = self.read(|tables| Ok(tables.signings(&scope.account, &from, size + 1)?))?;
        let next_marker = paging::cut(&mut rows, size, |row| paging::marker(&[&row.arn]));
        let configs = rows.iter().map(|row| Ok(records::read::<SigningRecord>(&row.document)?.config));
        let configs = configs.collect::<Result<_, ApiError>>()?;
        Ok(model::ListCodeSigningConfigsOutput { next_marker, code_signing_configs: Some(configs) })
    }

    /// AWS's `ListFunctionsByCodeSigningConfig`.
    pub fn list_functions_by_code_signing_config(
        &self,
        scope: &Scope,
        input: model::ListFunctionsByCodeSigningConfig,
    ) -> Result<model::ListFunctionsByCodeSigningConfigOutput, ApiError> {
        let account = &scope.account;
        let size = paging::size(input.max_items, paging::PAGE);
        let [from] = paging::start::<1>(input.marker.as_deref())?;
        let mut names = self.read(|tables| {
            signing_or_404(tables, account, &input.code_signing_config_arn)?;
            Ok(tables.functions_signed_by(account, &records::write(&input.code_signing_config_arn)?, &from, size + 1)?)
        })?;
        let next_marker = paging::cut(&mut names, size, |name| paging::marker(&[name]));
        let function_arns = Some(names.iter().map(|name| qualified(account, name, None)).collect());
        Ok(model::ListFunctionsByCodeSigningConfigOutput { next_marker, function_arns })
    }

    /// AWS's `PutFunctionCodeSigningConfig`.
    pub fn put_function_code_signing_config(
        &self,
        scope: &Scope,
        input: model::PutFunctionCodeSigningConfig,
    ) -> Result<model::PutFunctionCodeSigningConfigOutput, ApiError> {
        let arn = &input.code_signing_config_arn;
        // Before the function's name is looked at.
        self.read(|tables| check_exists(tables, &scope.account, arn))?;
        let wanted = named(scope, &input.function_name, None)?;
        self.write(|tables| {
            check_exists(tables, &scope.account, arn)?;
            records::find_or_404(tables, &scope.account, &wanted)?;
            records::put_setting(tables, &scope.account, Setting::Signing, &wanted.name, "", arn)
        })?;
        Ok(model::PutFunctionCodeSigningConfigOutput { code_signing_config_arn: arn.clone(), function_name: wanted.name })
    }

    /// AWS's `GetFunctionCodeSigningConfig`: empty where the function has none.
    pub fn get_function_code_signing_config(
        &self,
        scope: &Scope,
        input: model::GetFunctionCodeSigningConfig,
    ) -> Result<model::GetFunctionCodeSigningConfigOutput, ApiError> {
        let wanted = named(scope, &input.function_name, None)?;
        let arn: Option<String> = self.read(|tables| {
            let missing = || no_function(&wanted.arn(&scope.account));
            tables.function(&scope.account, &wanted.name)?.ok_or_else(missing)?;
            records::setting(tables, &scope.account, Setting::Signing, &wanted.name, "")
        })?;
        let function_name = arn.is_some().then_some(wanted.name);
        Ok(model::GetFunctionCodeSigningConfigOutput { code_signing_config_arn: arn, function_name })
    }

    /// AWS's `DeleteFunctionCodeSigningConfig`.
    pub fn delete_function_code_signing_config(
        &self,
        scope: &Scope,
        input: model::DeleteFunctionCodeSigningConfig,
    ) -> Result<(), ApiError> {
        let wanted = named(scope, &input.function_name, None)?;
        self.write(|tables| {
            records::find_or_404(tables, &scope.account, &wanted)?;
            tables.delete_setting(&scope.account, Setting::Signing, &wanted.name, "")?;
            Ok(())
        })
    }
}

fn put(tables: &dyn Tables, account: &Account, record: &SigningRecord) -> Result<(), ApiError> {
    let row = SigningRow { arn: record.config.code_signing_config_arn.clone(), document: records::write(record)? };
    Ok(tables.put_signing(account, &row)?)
}

fn signing_or_404(tables: &dyn Tables, account: &Account, arn: &str) -> Result<SigningRecord, ApiError> {
    let row = tables.signing(account, arn)?.ok_or_else(unknown)?;
    records::read(&row.document)
}

/// 404 for a configuration.
pub(super) fn unknown() -> ApiError {
    ApiError::not_found("The Lambda code signing configuration ARN can not be found.").shaped(BodyShape::UpperAlone)
}

/// 404 for a configuration that a function is to use.
pub(super) fn check_exists(tables: &dyn Tables, account: &Account, arn: &str) -> Result<(), ApiError> {
    match tables.signing(account, arn)? {
        Some(_) => Ok(()),
        None => Err(ApiError::new(
            Exception::CodeSigningConfigNotFound,
            format!("The code signing configuration cannot be found. Check that the provided configuration is not deleted: {arn}."),
        )),
    }
}
