//! Every operation by its name, from JSON to JSON.

use serde_json::Value;

use super::{ApiError, Control, Exception, Scope};

macro_rules! operations {
    ($($name:ident => $method:ident,)*) => {
        /// The operations that [`Control::call`] knows. Invocations are not among them: they have [`Control::invoke`].
        pub const OPERATIONS: &[&str] = &[$(stringify!($name)),*];

        impl Control {
            /// Runs an operation of [`OPERATIONS`] by its name. The input is the one object that path, query, headers and
            /// body make together; the output is the object of the body, `null` where there is none. May wait for the
            /// disk, so it belongs on a thread that may.
            ///
            /// # Errors
            /// What AWS would answer; SerializationException for an input that is not of the operation's shape, and
            /// UnknownOperationException for a name that is not in [`OPERATIONS`].
            pub fn call(&self, scope: &Scope, operation: &str, input: Value) -> Result<Value, ApiError> {
                match operation {
                    $(stringify!($name) => {
                        let input = serde_json::from_value(input)
                            .map_err(|error| ApiError::new(Exception::Serialization, error.to_string()))?;
                        let output = self.$method(scope, input)?;
                        serde_json::to_value(output).map_err(|error| ApiError::service(error.to_string()))
                    })*
                    other => Err(ApiError::new(Exception::UnknownOperation, format!("'{other}' is not an operation"))),
                }
            }
        }
    };
}

operations! {
    CreateFunction => create_function,
    GetFunction => get_function,
    GetFunctionConfiguration => get_function_configuration,
    UpdateFunctionCode => update_function_code,
    UpdateFunctionConfiguration => update_function_configuration,
    DeleteFunction => delete_function,
    ListFunctions => list_functions,
    PublishVersion => publish_version,
    ListVersionsByFunction => list_versions_by_function,
    CreateAlias => create_alias,
    GetAlias => get_alias,
    UpdateAlias => update_alias,
    DeleteAlias => delete_alias,
    ListAliases => list_aliases,
    PublishLayerVersion => publish_layer_version,
    GetLayerVersion => get_layer_version,
    GetLayerVersionByArn => get_layer_version_by_arn,
    ListLayers => list_layers,
    ListLayerVersions => list_layer_versions,
    DeleteLayerVersion => delete_layer_version,
    AddLayerVersionPermission => add_layer_version_permission,
    GetLayerVersionPolicy => get_layer_version_policy,
    RemoveLayerVersionPermission => remove_layer_version_permission,
    AddPermission => add_permission,
    GetPolicy => get_policy,
    RemovePermission => remove_permission,
    GetResourcePolicy => get_resource_policy,
    PutResourcePolicy => put_resource_policy,
    DeleteResourcePolicy => delete_resource_policy,
    ListTags => list_tags,
    TagResource => tag_resource,
    UntagResource => untag_resource,
    PutFunctionConcurrency => put_function_concurrency,
    GetFunctionConcurrency => get_function_concurrency,
    DeleteFunctionConcurrency => delete_function_concurrency,
    PutProvisionedConcurrencyConfig => put_provisioned_concurrency_config,
    GetProvisionedConcurrencyConfig => get_provisioned_concurrency_config,
    DeleteProvisionedConcurrencyConfig => delete_provisioned_concurrency_config,
    ListProvisionedConcurrencyConfigs => list_provisioned_concurrency_configs,
    GetFunctionScalingConfig => get_function_scaling_config,
    PutFunctionScalingConfig => put_function_scaling_config,
    PutFunctionEventInvokeConfig => put_function_event_invoke_config,
    UpdateFunctionEventInvokeConfig => update_function_event_invoke_config,
    GetFunctionEventInvokeConfig => get_function_event_invoke_config,
    DeleteFunctionEventInvokeConfig => delete_function_event_invoke_config,
    ListFunctionEventInvokeConfigs => list_function_event_invoke_configs,
    CreateEventSourceMapping => create_event_source_mapping,
    GetEventSourceMapping => get_event_source_mapping,
    UpdateEventSourceMapping => update_event_source_mapping,
    DeleteEventSourceMapping => delete_event_source_mapping,
    ListEventSourceMappings => list_event_source_mappings,
    CreateFunctionUrlConfig => create_function_url_config,
    GetFunctionUrlConfig => get_function_url_config,
    UpdateFunctionUrlConfig => update_function_url_config,
    DeleteFunctionUrlConfig => delete_function_url_config,
    ListFunctionUrlConfigs => list_function_url_configs,
    GetRuntimeManagementConfig => get_runtime_management_config,
    PutRuntimeManagementConfig => put_runtime_management_config,
    GetFunctionRecursionConfig => get_function_recursion_config,
    PutFunctionRecursionConfig => put_function_recursion_config,
    CreateCodeSigningConfig => create_code_signing_config,
    GetCodeSigningConfig => get_code_signing_config,
    UpdateCodeSigningConfig => update_code_signing_config,
    DeleteCodeSigningConfig => delete_code_signing_config,
    ListCodeSigningConfigs => list_code_signing_configs,
    ListFunctionsByCodeSigningConfig => list_functions_by_code_signing_config,
    PutFunctionCodeSigningConfig => put_function_code_signing_config,
    GetFunctionCodeSigningConfig => get_function_code_signing_config,
    DeleteFunctionCodeSigningConfig => delete_function_code_signing_config,
    GetAccountSettings => get_account_settings,
}
