//! Not built yet.

use super::{ApiError, Control, Scope, model};

impl Control {
    /// AWS's `CreateCodeSigningConfig`.
    pub fn create_code_signing_config(
        &self,
        scope: &Scope,
        input: model::CreateCodeSigningConfig,
    ) -> Result<model::CreateCodeSigningConfigOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("CreateCodeSigningConfig is not built yet"))
    }

    /// AWS's `GetCodeSigningConfig`.
    pub fn get_code_signing_config(
        &self,
        scope: &Scope,
        input: model::GetCodeSigningConfig,
    ) -> Result<model::GetCodeSigningConfigOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("GetCodeSigningConfig is not built yet"))
    }

    /// AWS's `UpdateCodeSigningConfig`.
    pub fn update_code_signing_config(
        &self,
        scope: &Scope,
        input: model::UpdateCodeSigningConfig,
    ) -> Result<model::UpdateCodeSigningConfigOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("UpdateCodeSigningConfig is not built yet"))
    }

    /// AWS's `DeleteCodeSigningConfig`.
    pub fn delete_code_signing_config(
        &self,
        scope: &Scope,
        input: model::DeleteCodeSigningConfig,
    ) -> Result<model::DeleteCodeSigningConfigOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("DeleteCodeSigningConfig is not built yet"))
    }

    /// AWS's `ListCodeSigningConfigs`.
    pub fn list_code_signing_configs(
        &self,
        scope: &Scope,
        input: model::ListCodeSigningConfigs,
    ) -> Result<model::ListCodeSigningConfigsOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("ListCodeSigningConfigs is not built yet"))
    }

    /// AWS's `ListFunctionsByCodeSigningConfig`.
    pub fn list_functions_by_code_signing_config(
        &self,
        scope: &Scope,
        input: model::ListFunctionsByCodeSigningConfig,
    ) -> Result<model::ListFunctionsByCodeSigningConfigOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("ListFunctionsByCodeSigningConfig is not built yet"))
    }

    /// AWS's `PutFunctionCodeSigningConfig`.
    pub fn put_function_code_signing_config(
        &self,
        scope: &Scope,
        input: model::PutFunctionCodeSigningConfig,
    ) -> Result<model::PutFunctionCodeSigningConfigOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("PutFunctionCodeSigningConfig is not built yet"))
    }

    /// AWS's `GetFunctionCodeSigningConfig`.
    pub fn get_function_code_signing_config(
        &self,
        scope: &Scope,
        input: model::GetFunctionCodeSigningConfig,
    ) -> Result<model::GetFunctionCodeSigningConfigOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("GetFunctionCodeSigningConfig is not built yet"))
    }

    /// AWS's `DeleteFunctionCodeSigningConfig`.
    pub fn delete_function_code_signing_config(
        &self,
        scope: &Scope,
        input: model::DeleteFunctionCodeSigningConfig,
    ) -> Result<(), ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("DeleteFunctionCodeSigningConfig is not built yet"))
    }
}
