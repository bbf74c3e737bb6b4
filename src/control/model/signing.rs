//! Code signing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// AWS's `CreateCodeSigningConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateCodeSigningConfig {
    pub description: Option<String>,
    pub allowed_publishers: AllowedPublishers,
    pub code_signing_policies: Option<CodeSigningPolicies>,
    pub tags: Option<BTreeMap<String, String>>,
}

/// AWS's `AllowedPublishers`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AllowedPublishers {
    pub signing_profile_version_arns: Vec<String>,
}

/// AWS's `CodeSigningPolicies`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CodeSigningPolicies {
    pub untrusted_artifact_on_deployment: Option<String>,
}

/// AWS's `CreateCodeSigningConfigResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateCodeSigningConfigOutput {
    pub code_signing_config: CodeSigningConfig,
}

/// AWS's `CodeSigningConfig`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CodeSigningConfig {
    pub code_signing_config_id: String,
    pub code_signing_config_arn: String,
    pub description: Option<String>,
    pub allowed_publishers: AllowedPublishers,
    pub code_signing_policies: CodeSigningPolicies,
    pub last_modified: String,
}

/// AWS's `GetCodeSigningConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetCodeSigningConfig {
    pub code_signing_config_arn: String,
}

/// AWS's `GetCodeSigningConfigResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetCodeSigningConfigOutput {
    pub code_signing_config: CodeSigningConfig,
}

/// AWS's `UpdateCodeSigningConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateCodeSigningConfig {
    pub code_signing_config_arn: String,
    pub description: Option<String>,
    pub allowed_publishers: Option<AllowedPublishers>,
    pub code_signing_policies: Option<CodeSigningPolicies>,
}

/// AWS's `UpdateCodeSigningConfigResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateCodeSigningConfigOutput {
    pub code_signing_config: CodeSigningConfig,
}

/// AWS's `DeleteCodeSigningConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteCodeSigningConfig {
    pub code_signing_config_arn: String,
}

/// AWS's `DeleteCodeSigningConfigResponse`, which has no members.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DeleteCodeSigningConfigOutput {}

/// AWS's `ListCodeSigningConfigsRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListCodeSigningConfigs {
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

/// AWS's `ListCodeSigningConfigsResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListCodeSigningConfigsOutput {
    pub next_marker: Option<String>,
    pub code_signing_configs: Option<Vec<CodeSigningConfig>>,
}

/// AWS's `ListFunctionsByCodeSigningConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionsByCodeSigningConfig {
    pub code_signing_config_arn: String,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

/// AWS's `ListFunctionsByCodeSigningConfigResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionsByCodeSigningConfigOutput {
    pub next_marker: Option<String>,
    pub function_arns: Option<Vec<String>>,
}

/// AWS's `PutFunctionCodeSigningConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutFunctionCodeSigningConfig {
    pub code_signing_config_arn: String,
    pub function_name: String,
}

/// AWS's `PutFunctionCodeSigningConfigResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutFunctionCodeSigningConfigOutput {
    pub code_signing_config_arn: String,
    pub function_name: String,
}

/// AWS's `GetFunctionCodeSigningConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionCodeSigningConfig {
    pub function_name: String,
}

/// AWS's `GetFunctionCodeSigningConfigResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionCodeSigningConfigOutput {
    pub code_signing_config_arn: Option<String>,
    pub function_name: Option<String>,
}

/// AWS's `DeleteFunctionCodeSigningConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteFunctionCodeSigningConfig {
    pub function_name: String,
}
