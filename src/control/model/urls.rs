//! Function URLs.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// AWS's `CreateFunctionUrlConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateFunctionUrlConfig {
    pub function_name: String,
    pub qualifier: Option<String>,
    pub auth_type: String,
    pub cors: Option<Cors>,
    pub invoke_mode: Option<String>,
}

/// AWS's `Cors`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Cors {
    pub allow_credentials: Option<bool>,
    pub allow_headers: Option<Vec<String>>,
    pub allow_methods: Option<Vec<String>>,
    pub allow_origins: Option<Vec<String>>,
    pub expose_headers: Option<Vec<String>>,
    pub max_age: Option<i64>,
}

/// AWS's `CreateFunctionUrlConfigResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateFunctionUrlConfigOutput {
    pub function_url: String,
    pub function_arn: String,
    pub auth_type: String,
    pub cors: Option<Cors>,
    pub creation_time: String,
    pub invoke_mode: Option<String>,
}

/// AWS's `GetFunctionUrlConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionUrlConfig {
    pub function_name: String,
    pub qualifier: Option<String>,
}

/// AWS's `GetFunctionUrlConfigResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionUrlConfigOutput {
    pub function_url: String,
    pub function_arn: String,
    pub auth_type: String,
    pub cors: Option<Cors>,
    pub creation_time: String,
    pub last_modified_time: String,
    pub invoke_mode: Option<String>,
}

/// AWS's `UpdateFunctionUrlConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateFunctionUrlConfig {
    pub function_name: String,
    pub qualifier: Option<String>,
    pub auth_type: Option<String>,
    pub cors: Option<Cors>,
    pub invoke_mode: Option<String>,
}

/// AWS's `UpdateFunctionUrlConfigResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateFunctionUrlConfigOutput {
    pub function_url: String,
    pub function_arn: String,
    pub auth_type: String,
    pub cors: Option<Cors>,
    pub creation_time: String,
    pub last_modified_time: String,
    pub invoke_mode: Option<String>,
}

/// AWS's `DeleteFunctionUrlConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteFunctionUrlConfig {
    pub function_name: String,
    pub qualifier: Option<String>,
}

/// AWS's `ListFunctionUrlConfigsRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionUrlConfigs {
    pub function_name: String,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

/// AWS's `ListFunctionUrlConfigsResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionUrlConfigsOutput {
    pub function_url_configs: Vec<FunctionUrlConfig>,
    pub next_marker: Option<String>,
}

/// AWS's `FunctionUrlConfig`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionUrlConfig {
    pub function_url: String,
    pub function_arn: String,
    pub creation_time: String,
    pub last_modified_time: String,
    pub cors: Option<Cors>,
    pub auth_type: String,
    pub invoke_mode: Option<String>,
}
