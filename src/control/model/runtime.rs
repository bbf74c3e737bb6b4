//! Runtime management and recursion.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// AWS's `GetRuntimeManagementConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetRuntimeManagementConfig {
    pub function_name: String,
    pub qualifier: Option<String>,
}

/// AWS's `GetRuntimeManagementConfigResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetRuntimeManagementConfigOutput {
    pub update_runtime_on: Option<String>,
    pub function_arn: Option<String>,
    pub runtime_version_arn: Option<String>,
}

/// AWS's `PutRuntimeManagementConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutRuntimeManagementConfig {
    pub function_name: String,
    pub qualifier: Option<String>,
    pub update_runtime_on: String,
    pub runtime_version_arn: Option<String>,
}

/// AWS's `PutRuntimeManagementConfigResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutRuntimeManagementConfigOutput {
    pub update_runtime_on: String,
    pub function_arn: String,
    pub runtime_version_arn: Option<String>,
}

/// AWS's `GetFunctionRecursionConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionRecursionConfig {
    pub function_name: String,
}

/// AWS's `GetFunctionRecursionConfigResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionRecursionConfigOutput {
    pub recursive_loop: Option<String>,
}

/// AWS's `PutFunctionRecursionConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutFunctionRecursionConfig {
    pub function_name: String,
    pub recursive_loop: String,
}

/// AWS's `PutFunctionRecursionConfigResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutFunctionRecursionConfigOutput {
    pub recursive_loop: Option<String>,
}
