//! Not built yet.

use super::{ApiError, Control, Scope, model};

impl Control {
    /// AWS's `PutFunctionConcurrency`.
    pub fn put_function_concurrency(&self, scope: &Scope, input: model::PutFunctionConcurrency) -> Result<model::Concurrency, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("PutFunctionConcurrency is not built yet"))
    }

    /// AWS's `GetFunctionConcurrency`.
    pub fn get_function_concurrency(
        &self,
        scope: &Scope,
        input: model::GetFunctionConcurrency,
    ) -> Result<model::GetFunctionConcurrencyOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("GetFunctionConcurrency is not built yet"))
    }

    /// AWS's `DeleteFunctionConcurrency`.
    pub fn delete_function_concurrency(&self, scope: &Scope, input: model::DeleteFunctionConcurrency) -> Result<(), ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("DeleteFunctionConcurrency is not built yet"))
    }

    /// AWS's `PutProvisionedConcurrencyConfig`.
    pub fn put_provisioned_concurrency_config(
        &self,
        scope: &Scope,
        input: model::PutProvisionedConcurrencyConfig,
    ) -> Result<model::PutProvisionedConcurrencyConfigOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("PutProvisionedConcurrencyConfig is not built yet"))
    }

    /// AWS's `GetProvisionedConcurrencyConfig`.
    pub fn get_provisioned_concurrency_config(
        &self,
        scope: &Scope,
        input: model::GetProvisionedConcurrencyConfig,
    ) -> Result<model::GetProvisionedConcurrencyConfigOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("GetProvisionedConcurrencyConfig is not built yet"))
    }

    /// AWS's `DeleteProvisionedConcurrencyConfig`.
    pub fn delete_provisioned_concurrency_config(
        &self,
        scope: &Scope,
        input: model::DeleteProvisionedConcurrencyConfig,
    ) -> Result<(), ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("DeleteProvisionedConcurrencyConfig is not built yet"))
    }

    /// AWS's `ListProvisionedConcurrencyConfigs`.
    pub fn list_provisioned_concurrency_configs(
        &self,
        scope: &Scope,
        input: model::ListProvisionedConcurrencyConfigs,
    ) -> Result<model::ListProvisionedConcurrencyConfigsOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("ListProvisionedConcurrencyConfigs is not built yet"))
    }

    /// AWS's `GetFunctionScalingConfig`.
    pub fn get_function_scaling_config(
        &self,
        scope: &Scope,
        input: model::GetFunctionScalingConfig,
    ) -> Result<model::GetFunctionScalingConfigOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("GetFunctionScalingConfig is not built yet"))
    }

    /// AWS's `PutFunctionScalingConfig`.
    pub fn put_function_scaling_config(
        &self,
        scope: &Scope,
        input: model::PutFunctionScalingConfig,
    ) -> Result<model::PutFunctionScalingConfigOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("PutFunctionScalingConfig is not built yet"))
    }
}
