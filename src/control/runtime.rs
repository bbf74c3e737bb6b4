//! When a function's runtime is updated, and what a recursive loop comes to.

use super::name::{FunctionRef, LATEST};
use super::records::{self, find_or_404, named};
use super::{ApiError, Control, Scope, model};
use crate::store::Setting;

impl Control {
    /// AWS's `GetRuntimeManagementConfig`.
    ///
    /// # Errors
    /// AWS's, like all methods here.
    pub fn get_runtime_management_config(
        &self,
        scope: &Scope,
        input: model::GetRuntimeManagementConfig,
    ) -> Result<model::GetRuntimeManagementConfigOutput, ApiError> {
        let wanted = named(scope, &input.function_name, input.qualifier.as_deref())?;
        self.read(|tables| {
            find_or_404(tables, &scope.account, &wanted)?;
            let kept: Option<model::GetRuntimeManagementConfigOutput> =
                records::setting(tables, &scope.account, Setting::RuntimeManagement, &wanted.name, wanted.version_or_alias())?;
            let kept = kept.unwrap_or_else(|| model::GetRuntimeManagementConfigOutput {
                update_runtime_on: Some("Auto".into()),
                ..model::GetRuntimeManagementConfigOutput::default()
            });
            Ok(model::GetRuntimeManagementConfigOutput { function_arn: Some(wanted.arn(&scope.account)), ..kept })
        })
    }

    /// AWS's `PutRuntimeManagementConfig`.
    pub fn put_runtime_management_config(
        &self,
        scope: &Scope,
        input: model::PutRuntimeManagementConfig,
    ) -> Result<model::PutRuntimeManagementConfigOutput, ApiError> {
        let wanted = named(scope, &input.function_name, input.qualifier.as_deref())?;
        let is_manual = input.update_runtime_on == "Manual";
        if is_manual != input.runtime_version_arn.is_some() {
            return Err(ApiError::invalid("RuntimeVersionArn is required when UpdateRuntimeOn is Manual, and only then."));
        }
        let kept = model::GetRuntimeManagementConfigOutput {
            update_runtime_on: Some(input.update_runtime_on.clone()),
            function_arn: None,
            runtime_version_arn: input.runtime_version_arn.clone(),
        };
        self.write(|tables| {
            find_or_404(tables, &scope.account, &wanted)?;
            let (kind, qualifier) = (Setting::RuntimeManagement, wanted.version_or_alias());
            records::put_setting(tables, &scope.account, kind, &wanted.name, qualifier, &kept)
        })?;
        Ok(model::PutRuntimeManagementConfigOutput {
            update_runtime_on: input.update_runtime_on,
            function_arn: wanted.arn(&scope.account),
            runtime_version_arn: input.runtime_version_arn,
        })
    }

    /// AWS's `GetFunctionRecursionConfig`.
    pub fn get_function_recursion_config(
        &self,
        scope: &Scope,
        input: model::GetFunctionRecursionConfig,
    ) -> Result<model::GetFunctionRecursionConfigOutput, ApiError> {
        let wanted = whole_function(scope, &input.function_name)?;
        self.read(|tables| {
            find_or_404(tables, &scope.account, &wanted)?;
            let kept: Option<String> = records::setting(tables, &scope.account, Setting::Recursion, &wanted.name, "")?;
            Ok(model::GetFunctionRecursionConfigOutput { recursive_loop: Some(kept.unwrap_or_else(|| "Terminate".into())) })
        })
    }

    /// AWS's `PutFunctionRecursionConfig`.
    pub fn put_function_recursion_config(
        &self,
        scope: &Scope,
        input: model::PutFunctionRecursionConfig,
    ) -> Result<model::PutFunctionRecursionConfigOutput, ApiError> {
        let wanted = whole_function(scope, &input.function_name)?;
        self.write(|tables| {
            find_or_404(tables, &scope.account, &wanted)?;
            records::put_setting(tables, &scope.account, Setting::Recursion, &wanted.name, "", &input.recursive_loop)
        })?;
        Ok(model::PutFunctionRecursionConfigOutput { recursive_loop: Some(input.recursive_loop) })
    }
}

fn whole_function(scope: &Scope, name: &str) -> Result<FunctionRef, ApiError> {
    let wanted = named(scope, name, None)?;
    match wanted.qualifier.as_deref() {
        None | Some(LATEST) => Ok(FunctionRef { qualifier: None, ..wanted }),
        Some(_) => Err(ApiError::invalid("Please specify a function name or an unqualified function ARN.")),
    }
}
