//! Not built yet.

use super::{ApiError, Control, Scope, model};

impl Control {
    /// AWS's `ListTags`.
    pub fn list_tags(&self, scope: &Scope, input: model::ListTags) -> Result<model::ListTagsOutput, ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("ListTags is not built yet"))
    }

    /// AWS's `TagResource`.
    pub fn tag_resource(&self, scope: &Scope, input: model::TagResource) -> Result<(), ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("TagResource is not built yet"))
    }

    /// AWS's `UntagResource`.
    pub fn untag_resource(&self, scope: &Scope, input: model::UntagResource) -> Result<(), ApiError> {
        let _ = (scope, input);
        Err(ApiError::service("UntagResource is not built yet"))
    }
}
