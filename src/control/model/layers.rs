//! Layers, their versions and policies.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use super::{Blob, ResolvedS3Object};

/// AWS's `PublishLayerVersionRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublishLayerVersion {
    pub layer_name: String,
    pub description: Option<String>,
    pub content: LayerVersionContentInput,
    pub compatible_architectures: Option<Vec<String>>,
    pub compatible_runtimes: Option<Vec<String>>,
    pub license_info: Option<String>,
}

/// AWS's `LayerVersionContentInput`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LayerVersionContentInput {
    pub s3_bucket: Option<String>,
    pub s3_key: Option<String>,
    pub s3_object_version: Option<String>,
    pub s3_object_storage_mode: Option<String>,
    pub zip_file: Option<Blob>,
}

/// AWS's `PublishLayerVersionResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublishLayerVersionOutput {
    pub content: Option<LayerVersionContentOutput>,
    pub layer_arn: Option<String>,
    pub layer_version_arn: Option<String>,
    pub description: Option<String>,
    pub created_date: Option<String>,
    pub version: Option<i64>,
    pub compatible_architectures: Option<Vec<String>>,
    pub compatible_runtimes: Option<Vec<String>>,
    pub license_info: Option<String>,
}

/// AWS's `LayerVersionContentOutput`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LayerVersionContentOutput {
    pub location: Option<String>,
    pub code_sha256: Option<String>,
    pub code_size: Option<i64>,
    pub signing_profile_version_arn: Option<String>,
    pub signing_job_arn: Option<String>,
    pub resolved_s3_object: Option<ResolvedS3Object>,
}

/// AWS's `GetLayerVersionRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetLayerVersion {
    pub layer_name: String,
    pub version_number: i64,
}

/// AWS's `GetLayerVersionResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetLayerVersionOutput {
    pub content: Option<LayerVersionContentOutput>,
    pub layer_arn: Option<String>,
    pub layer_version_arn: Option<String>,
    pub description: Option<String>,
    pub created_date: Option<String>,
    pub version: Option<i64>,
    pub compatible_architectures: Option<Vec<String>>,
    pub compatible_runtimes: Option<Vec<String>>,
    pub license_info: Option<String>,
}

/// AWS's `GetLayerVersionByArnRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetLayerVersionByArn {
    pub arn: String,
}

/// AWS's `ListLayersRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListLayers {
    pub compatible_architecture: Option<String>,
    pub compatible_runtime: Option<String>,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

/// AWS's `ListLayersResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListLayersOutput {
    pub next_marker: Option<String>,
    pub layers: Option<Vec<LayerSummary>>,
}

/// AWS's `LayersListItem`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LayerSummary {
    pub layer_name: Option<String>,
    pub layer_arn: Option<String>,
    pub latest_matching_version: Option<LayerVersionSummary>,
}

/// AWS's `LayerVersionsListItem`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LayerVersionSummary {
    pub layer_version_arn: Option<String>,
    pub version: Option<i64>,
    pub description: Option<String>,
    pub created_date: Option<String>,
    pub compatible_architectures: Option<Vec<String>>,
    pub compatible_runtimes: Option<Vec<String>>,
    pub license_info: Option<String>,
}

/// AWS's `ListLayerVersionsRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListLayerVersions {
    pub compatible_architecture: Option<String>,
    pub compatible_runtime: Option<String>,
    pub layer_name: String,
    pub marker: Option<String>,
    pub max_items: Option<i64>,
}

/// AWS's `ListLayerVersionsResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListLayerVersionsOutput {
    pub next_marker: Option<String>,
    pub layer_versions: Option<Vec<LayerVersionSummary>>,
}

/// AWS's `DeleteLayerVersionRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteLayerVersion {
    pub layer_name: String,
    pub version_number: i64,
}

/// AWS's `AddLayerVersionPermissionRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddLayerVersionPermission {
    pub layer_name: String,
    pub version_number: i64,
    pub statement_id: String,
    pub action: String,
    pub principal: String,
    pub organization_id: Option<String>,
    pub revision_id: Option<String>,
}

/// AWS's `AddLayerVersionPermissionResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddLayerVersionPermissionOutput {
    pub statement: Option<String>,
    pub revision_id: Option<String>,
}

/// AWS's `GetLayerVersionPolicyRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetLayerVersionPolicy {
    pub layer_name: String,
    pub version_number: i64,
}

/// AWS's `GetLayerVersionPolicyResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetLayerVersionPolicyOutput {
    pub policy: Option<String>,
    pub revision_id: Option<String>,
}

/// AWS's `RemoveLayerVersionPermissionRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemoveLayerVersionPermission {
    pub layer_name: String,
    pub version_number: i64,
    pub statement_id: String,
    pub revision_id: Option<String>,
}
