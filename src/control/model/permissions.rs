//! Resource policies of functions.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

/// AWS's `AddPermissionRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddPermission {
    pub function_name: String,
    pub statement_id: String,
    pub action: String,
    pub principal: String,
    pub source_arn: Option<String>,
    pub function_url_auth_type: Option<String>,
    pub invoked_via_function_url: Option<bool>,
    pub source_account: Option<String>,
    pub event_source_token: Option<String>,
    pub qualifier: Option<String>,
    pub revision_id: Option<String>,
    #[serde(rename = "PrincipalOrgID")]
    pub principal_org_id: Option<String>,
}

/// AWS's `AddPermissionResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddPermissionOutput {
    pub statement: Option<String>,
}

/// AWS's `GetPolicyRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetPolicy {
    pub function_name: String,
    pub qualifier: Option<String>,
}

/// AWS's `GetPolicyResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetPolicyOutput {
    pub policy: Option<String>,
    pub revision_id: Option<String>,
}

/// AWS's `RemovePermissionRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemovePermission {
    pub function_name: String,
    pub statement_id: String,
    pub qualifier: Option<String>,
    pub revision_id: Option<String>,
}

/// AWS's `GetResourcePolicyRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetResourcePolicy {
    pub resource_arn: String,
}

/// AWS's `GetResourcePolicyResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetResourcePolicyOutput {
    pub policy: Option<String>,
    pub revision_id: Option<String>,
}

/// AWS's `PutResourcePolicyRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutResourcePolicy {
    pub resource_arn: String,
    pub policy: String,
    pub revision_id: Option<String>,
}

/// AWS's `PutResourcePolicyResponse`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutResourcePolicyOutput {
    pub policy: Option<String>,
    pub revision_id: Option<String>,
}

/// AWS's `DeleteResourcePolicyRequest`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteResourcePolicy {
    pub resource_arn: String,
    pub revision_id: Option<String>,
}
