//! Not built yet.

use super::{ApiError, Control, Scope, model};

impl Control {
    /// AWS's `PublishLayerVersion`.
    pub fn publish_layer_version(
        &self,
        scope: &Scope,
        input: model::PublishLayerVersion,
    ) -> Result<model::PublishLayerVersionOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("PublishLayerVersion is not built yet"))
    }

    /// AWS's `GetLayerVersion`.
    pub fn get_layer_version(&self, scope: &Scope, input: model::GetLayerVersion) -> Result<model::GetLayerVersionOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("GetLayerVersion is not built yet"))
    }

    /// AWS's `GetLayerVersionByArn`.
    pub fn get_layer_version_by_arn(
        &self,
        scope: &Scope,
        input: model::GetLayerVersionByArn,
    ) -> Result<model::GetLayerVersionOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("GetLayerVersionByArn is not built yet"))
    }

    /// AWS's `ListLayers`.
    pub fn list_layers(&self, scope: &Scope, input: model::ListLayers) -> Result<model::ListLayersOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("ListLayers is not built yet"))
    }

    /// AWS's `ListLayerVersions`.
    pub fn list_layer_versions(&self, scope: &Scope, input: model::ListLayerVersions) -> Result<model::ListLayerVersionsOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("ListLayerVersions is not built yet"))
    }

    /// AWS's `DeleteLayerVersion`.
    pub fn delete_layer_version(&self, scope: &Scope, input: model::DeleteLayerVersion) -> Result<(), ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("DeleteLayerVersion is not built yet"))
    }

    /// AWS's `AddLayerVersionPermission`.
    pub fn add_layer_version_permission(
        &self,
        scope: &Scope,
        input: model::AddLayerVersionPermission,
    ) -> Result<model::AddLayerVersionPermissionOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("AddLayerVersionPermission is not built yet"))
    }

    /// AWS's `GetLayerVersionPolicy`.
    pub fn get_layer_version_policy(
        &self,
        scope: &Scope,
        input: model::GetLayerVersionPolicy,
    ) -> Result<model::GetLayerVersionPolicyOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("GetLayerVersionPolicy is not built yet"))
    }

    /// AWS's `RemoveLayerVersionPermission`.
    pub fn remove_layer_version_permission(&self, scope: &Scope, input: model::RemoveLayerVersionPermission) -> Result<(), ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("RemoveLayerVersionPermission is not built yet"))
    }
}
