//! What belongs to functions: permissions, tags, concurrency, URLs, configs, mappings, signing.

use super::*;

#[test]
fn permissions() {
    let service = Service::new();
    let before = service.create("f")["RevisionId"].clone();
    let get = json!({"FunctionName": "f"});
    assert_eq!(service.refused("GetPolicy", get.clone()), "ResourceNotFoundException: The resource you requested does not exist.");
    let add = json!({"FunctionName": "f", "StatementId": "s1", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"});
    let added = service.ok("AddPermission", with(add.clone(), json!({"SourceArn": "arn:aws:s3:::b"})));
    assert_eq!(
        added["Statement"],
        format!(
            r#"{{"Sid":"s1","Effect":"Allow","Principal":{{"Service":"s3.amazonaws.com"}},"Action":"lambda:InvokeFunction","Resource":"{FN}f","Condition":{{"ArnLike":{{"AWS:SourceArn":"arn:aws:s3:::b"}}}}}}"#
        )
    );
    let policy = service.ok("GetPolicy", get.clone());
    let configuration = service.ok("GetFunctionConfiguration", get.clone());
    assert_eq!(policy["RevisionId"], configuration["RevisionId"], "one new revision for both");
    assert_ne!(policy["RevisionId"], before);
    assert_eq!(
        service.refused("AddPermission", add.clone()),
        "ResourceConflictException: The statement id (s1) provided already exists. Please provide a new statement id, or remove the existing \
         statement."
    );
    let refused = |changes: Value| service.refused("AddPermission", with(add.clone(), changes));
    assert_eq!(
        refused(json!({"Principal": "invalid.nonaws.com"})),
        "InvalidParameterValueException: The provided principal was invalid. Please check the principal and try again."
    );
    assert_eq!(
        refused(json!({"Qualifier": "$LATEST"})),
        "InvalidParameterValueException: We currently do not support adding policies for $LATEST."
    );
    assert_eq!(refused(json!({"Qualifier": "live"})), format!("ResourceNotFoundException: Cannot find alias arn: {FN}f:live"));
    assert_eq!(refused(json!({"Qualifier": "7"})), format!("ResourceNotFoundException: Function not found: {FN}f:7"));
    assert!(
        refused(json!({"StatementId": "s2", "RevisionId": "x"})).ends_with("Call the GetPolicy API to retrieve the latest Revision Id")
    );
    service.ok("PublishVersion", get.clone());
    service.ok("AddPermission", with(add, json!({"Qualifier": "1"})));
    let of_version = service.ok("GetPolicy", json!({"FunctionName": "f:1"}));
    assert!(of_version["Policy"].as_str().expect("text").contains(&format!("{FN}f:1")), "each has a policy of its own");
    let remove = |sid: &str| json!({"FunctionName": "f", "StatementId": sid});
    assert_eq!(service.refused("RemovePermission", remove("x")), "ResourceNotFoundException: Statement x is not found in resource policy.");
    service.ok("RemovePermission", remove("s1"));
    assert_eq!(
        service.refused("RemovePermission", remove("s1")),
        "ResourceNotFoundException: No policy is associated with the given resource."
    );
    assert_eq!(
        service.refused("RemovePermission", json!({"FunctionName": "g", "StatementId": "s"})),
        format!("ResourceNotFoundException: No policy found for: {FN}g")
    );
    let whole = json!({"Version": "2012-10-17", "Statement": [{"Sid": "p", "Effect": "Allow", "Principal": "*", "Action": "lambda:*", "Resource": "x"}]});
    let arn = format!("{FN}f");
    let put = service.ok("PutResourcePolicy", json!({"ResourceArn": arn, "Policy": whole.to_string()}));
    assert_eq!(service.ok("GetResourcePolicy", json!({"ResourceArn": arn}))["RevisionId"], put["RevisionId"]);
    service.ok("DeleteResourcePolicy", json!({"ResourceArn": arn}));
    assert!(service.refused("GetPolicy", get).starts_with("ResourceNotFoundException"));
}

#[test]
fn tags() {
    let service = Service::new();
    let before = service.create("f")["RevisionId"].clone();
    let arn = format!("{FN}f");
    let tags = |of: &str| service.ok("ListTags", json!({"Resource": of}))["Tags"].clone();
    assert_eq!(tags(&arn), json!({}));
    service.ok("TagResource", json!({"Resource": arn, "Tags": {"a": "1", "b": "2"}}));
    service.ok("UntagResource", json!({"Resource": arn, "TagKeys": ["a", "none"]}));
    assert_eq!(tags(&arn), json!({"b": "2"}));
    assert_ne!(service.ok("GetFunctionConfiguration", json!({"FunctionName": "f"}))["RevisionId"], before);
    let many: serde_json::Map<String, Value> = (0..50).map(|n| (format!("k{n}"), json!("v"))).collect();
    assert_eq!(
        service.refused("TagResource", json!({"Resource": arn, "Tags": many})),
        "InvalidParameterValueException: Number of tags exceeds resource tag limit."
    );
    assert_eq!(
        service.refused("TagResource", json!({"Resource": arn, "Tags": {}})),
        "InvalidParameterValueException: An error occurred and the request cannot be processed."
    );
    assert!(service.refused("UntagResource", json!({"Resource": arn, "TagKeys": []})).contains("Value null at 'tagKeys'"));
    for qualified in [format!("{arn}:1"), format!("{arn}:$LATEST")] {
        assert_eq!(
            service.refused("ListTags", json!({"Resource": qualified})),
            "InvalidParameterValueException: Tags on function aliases and versions are not supported. Please specify a function ARN."
        );
    }
    assert_eq!(
        service.refused("ListTags", json!({"Resource": format!("{FN}g")})),
        format!("ResourceNotFoundException: Function not found: {FN}g")
    );
    assert!(
        service
            .refused("ListTags", json!({"Resource": "f"}))
            .starts_with("ValidationException: 1 validation error detected: Value 'f' at 'resource'")
    );
    let mapping = "arn:aws:lambda:us-east-1:123456789012:event-source-mapping:00000000-0000-4000-8000-000000000000";
    let missing = format!("ResourceNotFoundException: Event source mapping not found: {mapping}");
    assert_eq!(service.refused("ListTags", json!({"Resource": mapping})), missing);
}

#[test]
fn concurrency() {
    let service = Service::new();
    service.create("f");
    let f = json!({"FunctionName": "f"});
    let reserve = |count: i64| with(f.clone(), json!({"ReservedConcurrentExecutions": count}));
    assert_eq!(service.ok("GetFunctionConcurrency", f.clone()), json!({}));
    assert_eq!(service.ok("PutFunctionConcurrency", reserve(5)), json!({"ReservedConcurrentExecutions": 5}));
    assert_eq!(service.ok("GetFunctionConcurrency", f.clone()), json!({"ReservedConcurrentExecutions": 5}));
    assert_eq!(service.ok("GetFunction", f.clone())["Concurrency"], json!({"ReservedConcurrentExecutions": 5}));
    let limits = service.ok("GetAccountSettings", json!({}))["AccountLimit"].clone();
    assert_eq!((&limits["ConcurrentExecutions"], &limits["UnreservedConcurrentExecutions"]), (&json!(1000), &json!(995)));
    let error = service.error("PutFunctionConcurrency", reserve(901));
    assert_eq!(
        error.body(),
        json!({"message": "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its \
               minimum value of [100]."})
    );
    assert!(
        service.refused("PutFunctionConcurrency", with(reserve(1), json!({"FunctionName": "f:1"}))).contains("Aliases and versions do not")
    );
    let unknown = with(reserve(1), json!({"FunctionName": "g"}));
    assert_eq!(service.refused("PutFunctionConcurrency", unknown), format!("ResourceNotFoundException: Function not found: {FN}g:$LATEST"));

    service.ok("PublishVersion", f.clone());
    service.ok("CreateAlias", json!({"FunctionName": "f", "Name": "live", "FunctionVersion": "1"}));
    let provision =
        |qualifier: &str, count: i64| json!({"FunctionName": "f", "Qualifier": qualifier, "ProvisionedConcurrentExecutions": count});
    let at = |qualifier: &str| json!({"FunctionName": "f", "Qualifier": qualifier});
    assert_eq!(
        service.refused("PutProvisionedConcurrencyConfig", provision("$LATEST", 1)),
        "InvalidParameterValueException: Provisioned Concurrency Configs cannot be applied to unpublished function versions."
    );
    assert_eq!(
        service.refused("GetProvisionedConcurrencyConfig", at("$LATEST")),
        "InvalidParameterValueException: The function resource provided must be an alias or a published version."
    );
    assert_eq!(
        service.refused("GetProvisionedConcurrencyConfig", at("1")),
        "ProvisionedConcurrencyConfigNotFoundException: No Provisioned Concurrency Config found for this function"
    );
    assert_eq!(
        service.refused("PutProvisionedConcurrencyConfig", provision("1", 6)),
        "InvalidParameterValueException: Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"
    );
    let put = service.ok("PutProvisionedConcurrencyConfig", provision("1", 2));
    assert_eq!((&put["Status"], &put["AllocatedProvisionedConcurrentExecutions"]), (&json!("IN_PROGRESS"), &json!(0)));
    let status = |qualifier: &str| loop {
        let shown = service.ok("GetProvisionedConcurrencyConfig", at(qualifier));
        if shown["Status"] != "IN_PROGRESS" {
            return shown;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let ready = status("1");
    assert_eq!((&ready["Status"], &ready["AvailableProvisionedConcurrentExecutions"]), (&json!("READY"), &json!(2)));
    assert_eq!(
        service.refused("PutProvisionedConcurrencyConfig", provision("live", 1)),
        "ResourceConflictException: Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version"
    );
    let error = service.error("PutFunctionConcurrency", reserve(1));
    assert_eq!(
        error.body(),
        json!({"message": " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2]."})
    );
    let listed = service.ok("ListProvisionedConcurrencyConfigs", f.clone());
    assert_eq!(listed["ProvisionedConcurrencyConfigs"][0]["FunctionArn"], format!("{FN}f:1"));
    service.ok("DeleteProvisionedConcurrencyConfig", at("1"));
    service.ok("DeleteProvisionedConcurrencyConfig", at("1"));
    service.fake.init_fails.store(true, Ordering::SeqCst);
    service.ok("PutProvisionedConcurrencyConfig", provision("live", 1));
    assert_eq!(status("live")["StatusReason"], "FUNCTION_ERROR_INIT_FAILURE");
    assert_eq!(
        service.refused("PutProvisionedConcurrencyConfig", provision("1", 1)),
        "ResourceConflictException: Version is pointed by a Provisioned Concurrency alias"
    );
    service.ok("DeleteFunctionConcurrency", f.clone());
    assert_eq!(service.ok("GetFunctionConcurrency", f), json!({}));
}

#[test]
fn event_invoke_configs() {
    let service = Service::new();
    service.create("f");
    service.create("target");
    let f = json!({"FunctionName": "f"});
    let missing = format!("ResourceNotFoundException: The function {FN}f:$LATEST doesn't have an EventInvokeConfig");
    assert_eq!(service.refused("GetFunctionEventInvokeConfig", f.clone()), missing);
    assert_eq!(service.refused("DeleteFunctionEventInvokeConfig", f.clone()), missing);
    assert_eq!(
        service.refused("PutFunctionEventInvokeConfig", f.clone()),
        "InvalidParameterValueException: You must specify at least one of error handling or destination setting."
    );
    let put =
        service.ok("PutFunctionEventInvokeConfig", with(f.clone(), json!({"MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 60})));
    let modified = put["LastModified"].clone();
    assert!(modified.is_number());
    assert_eq!(
        put,
        json!({"LastModified": modified, "FunctionArn": format!("{FN}f:$LATEST"), "MaximumRetryAttempts": 1,
               "MaximumEventAgeInSeconds": 60, "DestinationConfig": {"OnSuccess": {}, "OnFailure": {}}})
    );
    let to = |on: &str, target: &str| with(f.clone(), json!({"DestinationConfig": {on: {"Destination": target}}}));
    let updated = service.ok("UpdateFunctionEventInvokeConfig", to("OnSuccess", &format!("{FN}target")));
    assert_eq!(updated["MaximumRetryAttempts"], 1, "it stays");
    assert_eq!(
        service.refused("PutFunctionEventInvokeConfig", to("OnSuccess", &format!("{FN}none"))),
        format!("InvalidParameterValueException: The destination ARN {FN}none is invalid.")
    );
    assert_eq!(
        service.refused("PutFunctionEventInvokeConfig", to("OnSuccess", &format!("{FN}f"))),
        "InvalidParameterValueException: You can't specify the function as a destination for itself."
    );
    assert_eq!(
        service.refused("PutFunctionEventInvokeConfig", to("OnSuccess", "arn:aws:iam::123456789012:role/x")),
        "InvalidParameterValueException: The provided destination config \
         DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:iam::123456789012:role/x), onFailure=null) is invalid."
    );
    let put = service.ok("PutFunctionEventInvokeConfig", to("OnFailure", "arn:aws:sqs:us-east-1:123456789012:q"));
    assert!(put.get("MaximumRetryAttempts").is_none(), "a put replaces");
    assert_eq!(
        service.refused("PutFunctionEventInvokeConfig", with(f.clone(), json!({"FunctionName": "g", "MaximumRetryAttempts": 0}))),
        "ResourceNotFoundException: The function doesn't exist."
    );
    let listed = service.ok("ListFunctionEventInvokeConfigs", f.clone());
    assert_eq!(listed["FunctionEventInvokeConfigs"].as_array().expect("a list").len(), 1);
    service.ok("DeleteFunctionEventInvokeConfig", f.clone());
    assert_eq!(service.ok("ListFunctionEventInvokeConfigs", f)["FunctionEventInvokeConfigs"], json!([]));
}

#[test]
fn urls() {
    let service = Service::new();
    service.create("f");
    let f = json!({"FunctionName": "f"});
    let create = with(f.clone(), json!({"AuthType": "NONE", "Cors": {"AllowOrigins": ["*"]}}));
    let created = service.ok("CreateFunctionUrlConfig", create.clone());
    assert!(created.get("InvokeMode").is_none() && created.get("LastModifiedTime").is_none());
    let time = created["CreationTime"].as_str().expect("a time");
    assert!(time.len() == 27 && time.ends_with('Z'), "{time}");
    let url = created["FunctionUrl"].as_str().expect("a URL");
    let id = url.strip_prefix("http://").and_then(|url| url.strip_suffix(".lambda-url.us-east-1.localhost:9001/")).expect("ours");
    assert_eq!(
        service.refused("CreateFunctionUrlConfig", create.clone()),
        format!(
            "ResourceConflictException: Failed to create function url config for [functionArn = {FN}f]. Error message:  FunctionUrlConfig \
             exists for this Lambda function"
        )
    );
    let found = service.control.function_url(id).expect("a store").expect("it is there");
    assert_eq!((found.function_name.as_str(), found.is_public, found.invoke_mode.as_str()), ("f", false, "BUFFERED"));
    let permission = json!({"FunctionName": "f", "StatementId": "url", "Action": "lambda:InvokeFunctionUrl", "Principal": "*", "FunctionUrlAuthType": "NONE"});
    service.ok("AddPermission", permission);
    assert!(service.control.function_url(id).expect("a store").expect("it is there").is_public);
    assert!(service.control.function_url("../x").expect("a store").is_none());
    assert_eq!(service.ok("GetFunctionUrlConfig", f.clone())["InvokeMode"], "BUFFERED");
    let updated = service.ok("UpdateFunctionUrlConfig", with(f.clone(), json!({"AuthType": "AWS_IAM", "InvokeMode": "RESPONSE_STREAM"})));
    assert_eq!((&updated["AuthType"], &updated["InvokeMode"]), (&json!("AWS_IAM"), &json!("RESPONSE_STREAM")));
    assert_eq!(updated["Cors"], json!({"AllowOrigins": ["*"]}), "it stays");
    for qualifier in ["1", "$LATEST"] {
        let error = service.refused("CreateFunctionUrlConfig", with(create.clone(), json!({"Qualifier": qualifier})));
        assert!(
            error.starts_with(&format!("ValidationException: 1 validation error detected: Value '{qualifier}' at 'qualifier'")),
            "{error}"
        );
    }
    assert_eq!(
        service.refused("CreateFunctionUrlConfig", with(create.clone(), json!({"FunctionName": "g"}))),
        "ResourceNotFoundException: Function does not exist"
    );
    service.ok("PublishVersion", f.clone());
    service.ok("CreateAlias", json!({"FunctionName": "f", "Name": "live", "FunctionVersion": "1"}));
    service.ok("CreateFunctionUrlConfig", with(create, json!({"Qualifier": "live"})));
    assert_eq!(service.ok("ListFunctionUrlConfigs", f.clone())["FunctionUrlConfigs"].as_array().expect("a list").len(), 2);
    service.ok("DeleteFunctionUrlConfig", f.clone());
    assert_eq!(service.refused("GetFunctionUrlConfig", f.clone()), "ResourceNotFoundException: The resource you requested does not exist.");
    assert!(service.control.function_url(id).expect("a store").is_none());
    assert_eq!(
        service.ok("ListFunctionUrlConfigs", f)["FunctionUrlConfigs"].as_array().expect("a list").len(),
        1,
        "the alias keeps its own"
    );
}

#[test]
fn event_source_mappings() {
    let service = Service::new();
    service.create("f");
    let queue = "arn:aws:sqs:us-east-1:123456789012:q";
    let create = json!({"FunctionName": "f", "EventSourceArn": queue});
    let created = service.ok("CreateEventSourceMapping", create.clone());
    let id = created["UUID"].as_str().expect("an id").to_owned();
    assert_eq!((&created["State"], &created["BatchSize"]), (&json!("Creating"), &json!(10)));
    assert_eq!((&created["StateTransitionReason"], &created["FunctionResponseTypes"]), (&json!("USER_INITIATED"), &json!([])));
    assert_eq!(created["EventSourceMappingArn"], format!("arn:aws:lambda:us-east-1:123456789012:event-source-mapping:{id}"));
    assert_eq!(service.ok("GetEventSourceMapping", json!({"UUID": id}))["State"], "Enabled");
    assert_eq!(
        service.refused("CreateEventSourceMapping", create.clone()),
        format!(
            "ResourceConflictException: An event source mapping with SQS arn (\" {queue} \") and function (\" {FN}f \") already exists. Please \
             update or delete the existing mapping with UUID {id}"
        )
    );
    let refused = |changes: Value| service.refused("CreateEventSourceMapping", with(create.clone(), changes));
    assert_eq!(refused(json!({"EventSourceArn": "arn:aws:s3:::b"})), "InvalidParameterValueException: Unrecognized event source.");
    assert_eq!(
        refused(json!({"BatchSize": 11})),
        "InvalidParameterValueException: Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
    );
    assert_eq!(
        refused(json!({"FilterCriteria": {"Filters": [{"Pattern": "no"}]}})),
        "InvalidParameterValueException: Invalid filter pattern definition."
    );
    assert_eq!(refused(json!({"FunctionName": "g"})), "InvalidParameterValueException: Function does not exist");
    let stream = "arn:aws:kinesis:us-east-1:123456789012:stream/s";
    assert_eq!(
        refused(json!({"EventSourceArn": stream})),
        "InvalidParameterValueException: 1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member \
         must not be null."
    );
    let of_stream = service.ok("CreateEventSourceMapping", with(create, json!({"EventSourceArn": stream, "StartingPosition": "LATEST"})));
    assert_eq!((&of_stream["BatchSize"], &of_stream["MaximumRetryAttempts"]), (&json!(100), &json!(-1)));
    let updated = service.ok("UpdateEventSourceMapping", json!({"UUID": id, "Enabled": false, "BatchSize": 5}));
    assert_eq!(updated["State"], "Updating");
    let got = service.ok("GetEventSourceMapping", json!({"UUID": id}));
    assert_eq!((&got["State"], &got["BatchSize"]), (&json!("Disabled"), &json!(5)));
    assert_eq!(
        service.ok("ListEventSourceMappings", json!({"FunctionName": "f"}))["EventSourceMappings"].as_array().expect("a list").len(),
        2
    );
    service.ok("DeleteFunction", json!({"FunctionName": "f"}));
    assert_eq!(service.ok("DeleteEventSourceMapping", json!({"UUID": id}))["State"], "Deleting", "mappings outlive the function");
    assert_eq!(service.ok("GetEventSourceMapping", json!({"UUID": id}))["State"], "Deleting", "for a while");
    for operation in ["UpdateEventSourceMapping", "DeleteEventSourceMapping"] {
        let refused = service.refused(operation, json!({"UUID": id}));
        assert!(refused.starts_with("ResourceInUseException: Cannot ") && refused.ends_with("because it is in use."), "{refused}");
    }
    service.clock.advance(Duration::from_secs(1));
    assert_eq!(service.ok("ListEventSourceMappings", json!({}))["EventSourceMappings"].as_array().map(Vec::len), Some(1), "the stream's");
    assert_eq!(
        service.refused("GetEventSourceMapping", json!({"UUID": id})),
        "ResourceNotFoundException: The resource you requested does not exist."
    );
}

#[test]
fn what_is_kept_and_returned() {
    let service = Service::new();
    service.create("f");
    let f = json!({"FunctionName": "f"});
    assert_eq!(service.ok("GetFunctionRecursionConfig", f.clone()), json!({"RecursiveLoop": "Terminate"}));
    service.ok("PutFunctionRecursionConfig", with(f.clone(), json!({"RecursiveLoop": "Allow"})));
    assert_eq!(service.ok("GetFunctionRecursionConfig", f.clone()), json!({"RecursiveLoop": "Allow"}));
    let auto = json!({"UpdateRuntimeOn": "Auto", "FunctionArn": format!("{FN}f")});
    assert_eq!(service.ok("GetRuntimeManagementConfig", f.clone()), auto);
    service.ok("PutRuntimeManagementConfig", with(f.clone(), json!({"UpdateRuntimeOn": "FunctionUpdate"})));
    assert_eq!(service.ok("GetRuntimeManagementConfig", f.clone())["UpdateRuntimeOn"], "FunctionUpdate");
    service.ok("PublishVersion", f.clone());
    let scaling = json!({"FunctionName": "f", "Qualifier": "1", "FunctionScalingConfig": {"MinExecutionEnvironments": 1}});
    service.ok("PutFunctionScalingConfig", scaling);
    let got = service.ok("GetFunctionScalingConfig", json!({"FunctionName": "f", "Qualifier": "1"}));
    assert_eq!(got["AppliedFunctionScalingConfig"], json!({"MinExecutionEnvironments": 1}));

    assert_eq!(service.ok("GetFunctionCodeSigningConfig", f.clone()), json!({}));
    let publishers = json!({"AllowedPublishers": {"SigningProfileVersionArns": ["arn:aws:signer:us-east-1:123456789012:/p/x"]}});
    let signing = service.ok("CreateCodeSigningConfig", publishers)["CodeSigningConfig"].clone();
    let arn = signing["CodeSigningConfigArn"].as_str().expect("an ARN").to_owned();
    assert!(arn.starts_with("arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-"), "{arn}");
    assert_eq!(signing["CodeSigningPolicies"], json!({"UntrustedArtifactOnDeployment": "Enforce"}));
    service.ok("PutFunctionCodeSigningConfig", with(f.clone(), json!({"CodeSigningConfigArn": arn})));
    assert_eq!(service.ok("GetFunctionCodeSigningConfig", f.clone()), json!({"CodeSigningConfigArn": arn, "FunctionName": "f"}));
    let by = service.ok("ListFunctionsByCodeSigningConfig", json!({"CodeSigningConfigArn": arn}));
    assert_eq!(by["FunctionArns"], json!([format!("{FN}f")]));
    assert!(service.refused("DeleteCodeSigningConfig", json!({"CodeSigningConfigArn": arn})).starts_with("ResourceConflictException"));
    service.ok("DeleteFunctionCodeSigningConfig", f);
    service.ok("DeleteCodeSigningConfig", json!({"CodeSigningConfigArn": arn}));
    let error = service.error("GetCodeSigningConfig", json!({"CodeSigningConfigArn": arn}));
    assert_eq!(error.body(), json!({"Message": "The Lambda code signing configuration ARN can not be found."}));
    assert_eq!(service.ok("ListCodeSigningConfigs", json!({}))["CodeSigningConfigs"], json!([]));
}

#[test]
fn names_of_operations_are_known_or_refused() {
    let service = Service::new();
    assert_eq!(OPERATIONS.len(), 70);
    assert!(service.refused("DropTables", json!({})).starts_with("UnknownOperationException"));
    assert!(service.refused("GetFunction", json!({})).starts_with("SerializationException"));
}
