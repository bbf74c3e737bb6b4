//! Not built yet.

use super::{ApiError, Control, Scope, model};

impl Control {
    /// AWS's `PutFunctionEventInvokeConfig`.
    pub fn put_function_event_invoke_config(
        &self,
        scope: &Scope,
        input: model::PutFunctionEventInvokeConfig,
    ) -> Result<model::FunctionEventInvokeConfig, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("PutFunctionEventInvokeConfig is not built yet"))
    }

    /// AWS's `UpdateFunctionEventInvokeConfig`.
    pub fn update_function_event_invoke_config(
        &self,
        scope: &Scope,
        input: model::UpdateFunctionEventInvokeConfig,
    ) -> Result<model::FunctionEventInvokeConfig, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("UpdateFunctionEventInvokeConfig is not built yet"))
    }

    /// AWS's `GetFunctionEventInvokeConfig`.
    pub fn get_function_event_invoke_config(
        &self,
        scope: &Scope,
        input: model::GetFunctionEventInvokeConfig,
    ) -> Result<model::FunctionEventInvokeConfig, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("GetFunctionEventInvokeConfig is not built yet"))
    }

    /// AWS's `DeleteFunctionEventInvokeConfig`.
    pub fn delete_function_event_invoke_config(
        &self,
        scope: &Scope,
        input: model::DeleteFunctionEventInvokeConfig,
    ) -> Result<(), ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("DeleteFunctionEventInvokeConfig is not built yet"))
    }

    /// AWS's `ListFunctionEventInvokeConfigs`.
    pub fn list_function_event_invoke_configs(
        &self,
        scope: &Scope,
        input: model::ListFunctionEventInvokeConfigs,
    ) -> Result<model::ListFunctionEventInvokeConfigsOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("ListFunctionEventInvokeConfigs is not built yet"))
    }
}
