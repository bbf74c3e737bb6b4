//! Not built yet.

use super::{ApiError, Control, Scope, model};

impl Control {
    /// AWS's `CreateFunctionUrlConfig`.
    pub fn create_function_url_config(
        &self,
        scope: &Scope,
        input: model::CreateFunctionUrlConfig,
    ) -> Result<model::CreateFunctionUrlConfigOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("CreateFunctionUrlConfig is not built yet"))
    }

    /// AWS's `GetFunctionUrlConfig`.
    pub fn get_function_url_config(
        &self,
        scope: &Scope,
        input: model::GetFunctionUrlConfig,
    ) -> Result<model::GetFunctionUrlConfigOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("GetFunctionUrlConfig is not built yet"))
    }

    /// AWS's `UpdateFunctionUrlConfig`.
    pub fn update_function_url_config(
        &self,
        scope: &Scope,
        input: model::UpdateFunctionUrlConfig,
    ) -> Result<model::UpdateFunctionUrlConfigOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("UpdateFunctionUrlConfig is not built yet"))
    }

    /// AWS's `DeleteFunctionUrlConfig`.
    pub fn delete_function_url_config(&self, scope: &Scope, input: model::DeleteFunctionUrlConfig) -> Result<(), ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("DeleteFunctionUrlConfig is not built yet"))
    }

    /// AWS's `ListFunctionUrlConfigs`.
    pub fn list_function_url_configs(
        &self,
        scope: &Scope,
        input: model::ListFunctionUrlConfigs,
    ) -> Result<model::ListFunctionUrlConfigsOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("ListFunctionUrlConfigs is not built yet"))
    }
}

/// A function URL, found by its id.
#[derive(Debug, Clone)]
pub struct UrlTarget {
    /// Region and account of the function.
    pub account: crate::function::Account,
    /// The function's name.
    pub function_name: String,
    /// The alias that it belongs to; `None` for `$LATEST`.
    pub qualifier: Option<String>,
    /// `NONE` or `AWS_IAM`.
    pub auth_type: String,
    /// What browsers are allowed.
    pub cors: Option<model::Cors>,
    /// `BUFFERED` or `RESPONSE_STREAM`.
    pub invoke_mode: String,
    /// Whether the policy has a statement that lets anyone use it, which AuthType NONE needs.
    pub is_public: bool,
}

impl Control {
    /// The URL with this id: 32 lower-case letters and digits. `None` when there is none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn function_url(&self, id: &str) -> Result<Option<UrlTarget>, ApiError> {
        let _ = id;
        Err(ApiError::service("not built yet"))
    }
}
