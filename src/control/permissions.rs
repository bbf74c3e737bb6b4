//! Not built yet.

use super::{ApiError, Control, Scope, model};

impl Control {
    /// AWS's `AddPermission`.
    pub fn add_permission(&self, scope: &Scope, input: model::AddPermission) -> Result<model::AddPermissionOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("AddPermission is not built yet"))
    }

    /// AWS's `GetPolicy`.
    pub fn get_policy(&self, scope: &Scope, input: model::GetPolicy) -> Result<model::GetPolicyOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("GetPolicy is not built yet"))
    }

    /// AWS's `RemovePermission`.
    pub fn remove_permission(&self, scope: &Scope, input: model::RemovePermission) -> Result<(), ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("RemovePermission is not built yet"))
    }

    /// AWS's `GetResourcePolicy`.
    pub fn get_resource_policy(&self, scope: &Scope, input: model::GetResourcePolicy) -> Result<model::GetResourcePolicyOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("GetResourcePolicy is not built yet"))
    }

    /// AWS's `PutResourcePolicy`.
    pub fn put_resource_policy(&self, scope: &Scope, input: model::PutResourcePolicy) -> Result<model::PutResourcePolicyOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("PutResourcePolicy is not built yet"))
    }

    /// AWS's `DeleteResourcePolicy`.
    pub fn delete_resource_policy(&self, scope: &Scope, input: model::DeleteResourcePolicy) -> Result<(), ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("DeleteResourcePolicy is not built yet"))
    }
}
