//! Not built yet.

use super::{ApiError, Control, Scope, model};

impl Control {
    /// AWS's `CreateFunction`.
    pub fn create_function(&self, scope: &Scope, input: model::CreateFunction) -> Result<model::FunctionConfiguration, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("CreateFunction is not built yet"))
    }

    /// AWS's `GetFunction`.
    pub fn get_function(&self, scope: &Scope, input: model::GetFunction) -> Result<model::GetFunctionOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("GetFunction is not built yet"))
    }

    /// AWS's `GetFunctionConfiguration`.
    pub fn get_function_configuration(
        &self,
        scope: &Scope,
        input: model::GetFunctionConfiguration,
    ) -> Result<model::FunctionConfiguration, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("GetFunctionConfiguration is not built yet"))
    }

    /// AWS's `UpdateFunctionCode`.
    pub fn update_function_code(&self, scope: &Scope, input: model::UpdateFunctionCode) -> Result<model::FunctionConfiguration, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("UpdateFunctionCode is not built yet"))
    }

    /// AWS's `UpdateFunctionConfiguration`.
    pub fn update_function_configuration(
        &self,
        scope: &Scope,
        input: model::UpdateFunctionConfiguration,
    ) -> Result<model::FunctionConfiguration, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("UpdateFunctionConfiguration is not built yet"))
    }

    /// AWS's `DeleteFunction`.
    pub fn delete_function(&self, scope: &Scope, input: model::DeleteFunction) -> Result<model::DeleteFunctionOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("DeleteFunction is not built yet"))
    }

    /// AWS's `ListFunctions`.
    pub fn list_functions(&self, scope: &Scope, input: model::ListFunctions) -> Result<model::ListFunctionsOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("ListFunctions is not built yet"))
    }
}
