//! Reserved and provisioned concurrency, and scaling.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// AWS's `PutFunctionConcurrencyRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutFunctionConcurrency {
    pub function_name: String,
    pub reserved_concurrent_executions: i64,
}

/// AWS's `GetFunctionConcurrencyRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionConcurrency {
    pub function_name: String,
}

/// AWS's `GetFunctionConcurrencyResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionConcurrencyOutput {
    pub reserved_concurrent_executions: Option<i64>,
}

/// AWS's `DeleteFunctionConcurrencyRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteFunctionConcurrency {
    pub function_name: String,
}

/// AWS's `PutProvisionedConcurrencyConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutProvisionedConcurrencyConfig {
    pub function_name: String,
    pub qualifier: String,
    pub provisioned_concurrent_executions: i64,
}

/// AWS's `PutProvisionedConcurrencyConfigResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutProvisionedConcurrencyConfigOutput {
    pub requested_provisioned_concurrent_executions: Option<i64>,
    pub allocated_provisioned_concurrent_executions: Option<i64>,
    pub available_provisioned_concurrent_executions: Option<i64>,
    pub status: Option<String>,
    pub status_reason: Option<String>,
    pub last_modified: Option<String>,
}

/// AWS's `GetProvisionedConcurrencyConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetProvisionedConcurrencyConfig {
    pub function_name: String,
    pub qualifier: String,
}

/// AWS's `GetProvisionedConcurrencyConfigResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetProvisionedConcurrencyConfigOutput {
    pub requested_provisioned_concurrent_executions: Option<i64>,
    pub available_provisioned_concurrent_executions: Option<i64>,
    pub allocated_provisioned_concurrent_executions: Option<i64>,
    pub status: Option<String>,
    pub status_reason: Option<String>,
    pub last_modified: Option<String>,
}

/// AWS's `DeleteProvisionedConcurrencyConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteProvisionedConcurrencyConfig {
    pub function_name: String,
    pub qualifier: String,
}

/// AWS's `ListProvisionedConcurrencyConfigsRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListProvisionedConcurrencyConfigs {
    pub function_name: String,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

/// AWS's `ListProvisionedConcurrencyConfigsResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListProvisionedConcurrencyConfigsOutput {
    pub provisioned_concurrency_configs: Option<Vec<ProvisionedConcurrencyConfigListItem>>,
    pub next_marker: Option<String>,
}

/// AWS's `ProvisionedConcurrencyConfigListItem`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProvisionedConcurrencyConfigListItem {
    pub function_arn: Option<String>,
    pub requested_provisioned_concurrent_executions: Option<i64>,
    pub available_provisioned_concurrent_executions: Option<i64>,
    pub allocated_provisioned_concurrent_executions: Option<i64>,
    pub status: Option<String>,
    pub status_reason: Option<String>,
    pub last_modified: Option<String>,
}

/// AWS's `GetFunctionScalingConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionScalingConfig {
    pub function_name: String,
    pub qualifier: String,
}

/// AWS's `GetFunctionScalingConfigResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionScalingConfigOutput {
    pub function_arn: Option<String>,
    pub applied_function_scaling_config: Option<FunctionScalingConfig>,
    pub requested_function_scaling_config: Option<FunctionScalingConfig>,
}

/// AWS's `FunctionScalingConfig`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionScalingConfig {
    pub min_execution_environments: Option<i64>,
    pub max_execution_environments: Option<i64>,
}

/// AWS's `PutFunctionScalingConfigRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutFunctionScalingConfig {
    pub function_name: String,
    pub qualifier: String,
    pub function_scaling_config: Option<FunctionScalingConfig>,
}

/// AWS's `PutFunctionScalingConfigResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutFunctionScalingConfigOutput {
    pub function_state: Option<String>,
}
