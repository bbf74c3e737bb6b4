//! Not built yet.

use super::{ApiError, Control, Scope, model};

impl Control {
    /// AWS's `GetRuntimeManagementConfig`.
    pub fn get_runtime_management_config(
        &self,
        scope: &Scope,
        input: model::GetRuntimeManagementConfig,
    ) -> Result<model::GetRuntimeManagementConfigOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("GetRuntimeManagementConfig is not built yet"))
    }

    /// AWS's `PutRuntimeManagementConfig`.
    pub fn put_runtime_management_config(
        &self,
        scope: &Scope,
        input: model::PutRuntimeManagementConfig,
    ) -> Result<model::PutRuntimeManagementConfigOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("PutRuntimeManagementConfig is not built yet"))
    }

    /// AWS's `GetFunctionRecursionConfig`.
    pub fn get_function_recursion_config(
        &self,
        scope: &Scope,
        input: model::GetFunctionRecursionConfig,
    ) -> Result<model::GetFunctionRecursionConfigOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("GetFunctionRecursionConfig is not built yet"))
    }

    /// AWS's `PutFunctionRecursionConfig`.
    pub fn put_function_recursion_config(
        &self,
        scope: &Scope,
        input: model::PutFunctionRecursionConfig,
    ) -> Result<model::PutFunctionRecursionConfigOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("PutFunctionRecursionConfig is not built yet"))
    }
}
