//! Functions, versions, aliases, layers.

use super::*;

#[test]
fn a_new_function_has_every_member_and_becomes_active() {
    let service = Service::new();
    let created = service.ok("CreateFunction", with(request("f"), json!({"Environment": {"Variables": {"KEY": "v"}}, "Tags": {"a": "b"}})));
    let revision = created["RevisionId"].as_str().expect("an id").to_owned();
    let modified = created["LastModified"].as_str().expect("a date");
    assert!(modified.len() == 28 && modified.ends_with("+0000"), "{modified}");
    assert_eq!(
        with(created.clone(), json!({"RevisionId": "", "LastModified": ""})),
        json!({
            "FunctionName": "f", "FunctionArn": format!("{FN}f"), "Runtime": "python3.13", "Role": ROLE, "Handler": "app.handler",
            "CodeSize": 156, "Description": "", "Timeout": 3, "MemorySize": 128, "LastModified": "",
            "CodeSha256": created["CodeSha256"], "Version": "$LATEST", "Environment": {"Variables": {"KEY": "v"}},
            "TracingConfig": {"Mode": "PassThrough"}, "RevisionId": "", "State": "Pending",
            "StateReason": "The function is being created.", "StateReasonCode": "Creating", "PackageType": "Zip",
            "Architectures": ["x86_64"], "EphemeralStorage": {"Size": 512},
            "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
            "RuntimeVersionConfig": {"RuntimeVersionArn": format!("arn:aws:lambda:us-east-1::runtime:{}", "0".repeat(64))},
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/f"},
        })
    );
    let zip = serde_json::from_value::<model::Blob>(ZIP.into()).expect("base64");
    let digest = <sha2::Sha256 as sha2::Digest>::digest(&*zip.0);
    let sha256 = serde_json::to_value(model::Blob::from(digest.to_vec())).expect("text");
    assert_eq!(created["CodeSha256"], sha256);

    let active = service.settle("f");
    assert_eq!((&active["State"], &active["LastUpdateStatus"]), (&json!("Active"), &json!("Successful")));
    assert!(active.get("StateReason").is_none() && active.get("StateReasonCode").is_none());
    assert_ne!(active["RevisionId"], json!(revision), "the end of Pending is a revision");

    let got = service.ok("GetFunction", json!({"FunctionName": "f"}));
    assert_eq!((&got["Tags"], &got["Code"]["RepositoryType"]), (&json!({"a": "b"}), &json!("S3")));
    assert!(got.get("Concurrency").is_none());
    let location = got["Code"]["Location"].as_str().expect("a URL");
    let token = location.strip_prefix("http://127.0.0.1:9001/_wasmlam/code/").expect("ours");
    assert_eq!(service.control.download(token).expect("a store"), Some(zip.0.to_vec()));
    let forged = token.replace(|c: char| c.is_ascii_digit(), "1");
    for wrong in ["", "a.b.c", "../../etc/passwd", forged.as_str(), &token[..token.len() - 1]] {
        assert_eq!(service.control.download(wrong).expect("a store"), None, "{wrong}");
    }
    assert_eq!(service.ok("GetFunction", json!({"FunctionName": "f:$LATEST"}))["Configuration"]["FunctionArn"], format!("{FN}f:$LATEST"));
}

#[test]
fn what_a_new_function_may_not_be() {
    let service = Service::new();
    service.create("f");
    let refused = |changes: Value| service.refused("CreateFunction", with(request("g"), changes));
    let error = service.error("CreateFunction", request("f"));
    assert_eq!(error.to_string(), "ResourceConflictException: Function already exist: f");
    assert_eq!(error.body(), json!({"message": "Function already exist: f"}));
    assert_eq!(
        refused(json!({"Code": {"ZipFile": "bm8gemlw"}})),
        "InvalidParameterValueException: Could not unzip uploaded file. Please check your file, then try to upload again."
    );
    assert_eq!(refused(json!({"Code": {"ZipFile": ""}})), "InvalidParameterValueException: Uploaded file must be a non-empty zip");
    assert_eq!(
        refused(json!({"Code": {"S3Bucket": "b", "S3Key": "k"}})),
        "InvalidParameterValueException: Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket \
         does not exist. (This server has no S3: start it with --s3-endpoint and the address of one.)"
    );
    assert!(refused(json!({"Runtime": "python9"})).starts_with(
        "InvalidParameterValueException: Value python9 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: ["
    ));
    assert!(refused(json!({"Runtime": "python9"})).ends_with("] or be a valid ARN"));
    assert_eq!(
        refused(json!({"Environment": {"Variables": {"AWS_REGION": "x"}}})),
        "InvalidParameterValueException: Lambda was unable to configure your environment variables because the environment variables you have \
         provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION"
    );
    let long = "x".repeat(4096);
    assert_eq!(
        refused(json!({"Environment": {"Variables": {"LARGE": long}}})),
        format!(
            "InvalidParameterValueException: Lambda was unable to configure your environment variables because the environment variables you \
             have provided exceeded the 4KB limit. String measured: {{\"LARGE\":\"{long}\"}}"
        )
    );
    assert_eq!(
        refused(json!({"Timeout": 901})),
        "ValidationException: 1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less \
         than or equal to 900"
    );
    assert_eq!(
        refused(json!({"MemorySize": 10_241})),
        "ValidationException: 'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to 10240"
    );
    assert_eq!(
        refused(json!({"LoggingConfig": {"LogFormat": "Text", "SystemLogLevel": "INFO"}})),
        "InvalidParameterValueException: LogLevel is not supported when LogFormat is set to \"Text\". Remove LogLevel from your request or \
         change the LogFormat to \"JSON\" and try again."
    );
    assert_eq!(
        refused(json!({"DurableConfig": {"ExecutionTimeout": 1}})),
        "InvalidParameterValueException: DurableConfig is not supported by wasmlam. Remove it from your request and try again."
    );
    assert_eq!(
        refused(json!({"CodeSigningConfigArn": "arn:x"})),
        "CodeSigningConfigNotFoundException: The code signing configuration cannot be found. Check that the provided configuration is not \
         deleted: arn:x."
    );
    assert_eq!(
        service.refused("GetFunction", json!({"FunctionName": "g"})),
        format!("ResourceNotFoundException: Function not found: {FN}g")
    );
    assert_eq!(
        service.refused("GetFunction", json!({"FunctionName": "f", "Qualifier": "7"})),
        format!("ResourceNotFoundException: Function not found: {FN}f:7")
    );
    let strict = Service::with(
        ControlSettings { strict_runtimes: true, ..ControlSettings::default() },
        Arc::new(SqliteStore::in_memory().expect("memory")),
    );
    assert_eq!(
        strict.refused("CreateFunction", with(request("g"), json!({"Runtime": "python3.7"}))),
        "InvalidParameterValueException: The runtime parameter of python3.7 is no longer supported for creating or updating AWS Lambda \
         functions. We recommend you use a supported runtime while creating or updating functions."
    );
}

#[test]
fn updates_are_in_progress_until_they_are_done_and_have_revisions() {
    let service = Service::new();
    service.create("f");
    service.fake.close();
    let before = service.ok("GetFunctionConfiguration", json!({"FunctionName": "f"}));
    let update = json!({"FunctionName": "f", "ZipFile": OTHER_ZIP, "RevisionId": before["RevisionId"]});
    let updated = service.ok("UpdateFunctionCode", update.clone());
    assert_eq!((&updated["State"], &updated["LastUpdateStatus"]), (&json!("Active"), &json!("InProgress")));
    assert_eq!(updated["LastUpdateStatusReason"], "The function is being created.");
    assert_eq!(updated["LastUpdateStatusReasonCode"], "Creating");
    assert_ne!(updated["CodeSha256"], before["CodeSha256"]);
    assert_eq!(
        service.refused("UpdateFunctionConfiguration", json!({"FunctionName": "f", "Timeout": 5})),
        format!("ResourceConflictException: The operation cannot be performed at this time. An update is in progress for resource: {FN}f")
    );
    service.fake.open();
    let done = service.settle("f");
    assert_eq!(done["LastUpdateStatus"], "Successful");
    assert!(done.get("LastUpdateStatusReason").is_none());
    assert_eq!(
        service.refused("UpdateFunctionCode", update),
        "PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to \
         retrieve the latest Revision Id"
    );
    let dry = service.ok("UpdateFunctionCode", json!({"FunctionName": "f", "ZipFile": ZIP, "DryRun": true, "Publish": true}));
    assert_eq!(dry["CodeSha256"], before["CodeSha256"]);
    assert_eq!(service.ok("GetFunctionConfiguration", json!({"FunctionName": "f"})), done, "nothing changed");
    let changed = service.ok(
        "UpdateFunctionConfiguration",
        json!({"FunctionName": "f", "Timeout": 7, "Description": "d", "Environment": {"Variables": {"KEY": "1"}},
               "LoggingConfig": {"LogFormat": "JSON", "SystemLogLevel": "WARN"}}),
    );
    assert_eq!((&changed["Timeout"], &changed["Description"], &changed["MemorySize"]), (&json!(7), &json!("d"), &json!(128)));
    let json_logs = json!({"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "SystemLogLevel": "WARN", "LogGroup": "/aws/lambda/f"});
    assert_eq!(changed["LoggingConfig"], json_logs);
    service.settle("f");
    let back = service.ok("UpdateFunctionConfiguration", json!({"FunctionName": "f", "LoggingConfig": {"LogFormat": "Text"}}));
    assert_eq!(back["LoggingConfig"], json!({"LogFormat": "Text", "LogGroup": "/aws/lambda/f"}));
    service.settle("f");
    let published = service.ok("UpdateFunctionCode", json!({"FunctionName": "f", "ZipFile": ZIP, "Publish": true}));
    assert_eq!((&published["FunctionArn"], &published["Version"]), (&json!(format!("{FN}f:1")), &json!("1")));
    assert_eq!(published["State"], "Pending");
    assert!(published.get("LastUpdateStatus").is_none());
    service.settle("f");
    assert_eq!(service.ok("GetFunctionConfiguration", json!({"FunctionName": "f:1"}))["State"], "Active");
}

#[test]
fn a_function_that_cannot_be_deployed_fails_and_says_why() {
    let service = Service::new();
    service.ok("CreateFunction", with(request("f"), json!({"Handler": "broken.handler"})));
    let failed = service.settle("f");
    assert_eq!((&failed["State"], &failed["StateReason"]), (&json!("Failed"), &json!("the machine has no room")));
    assert_eq!(
        service.invoke("f", "{}").expect_err("failed").to_string(),
        "ResourceConflictException: The operation cannot be performed at this time. The function is currently in the following state: Failed"
    );
}

#[test]
fn versions() {
    let service = Service::new();
    let created = service.ok("CreateFunction", with(request("f"), json!({"Publish": true})));
    assert_eq!(
        (&created["Version"], &created["FunctionArn"], &created["State"]),
        (&json!("1"), &json!(format!("{FN}f")), &json!("Pending"))
    );
    service.settle("f");
    let publish = |changes: Value| service.ok("PublishVersion", with(json!({"FunctionName": "f"}), changes));
    assert_eq!(publish(json!({"Description": "ignored"}))["Version"], "1", "nothing changed");
    service.ok("UpdateFunctionConfiguration", json!({"FunctionName": "f", "Timeout": 4}));
    let before = service.settle("f");
    let second = publish(json!({"Description": "two", "CodeSha256": before["CodeSha256"], "RevisionId": before["RevisionId"]}));
    assert_eq!((&second["Version"], &second["State"], &second["LastUpdateStatus"]), (&json!("2"), &json!("Active"), &json!("Successful")));
    assert_eq!((&second["FunctionArn"], &second["Description"]), (&json!(format!("{FN}f:2")), &json!("two")));
    let after = service.ok("GetFunctionConfiguration", json!({"FunctionName": "f"}));
    assert_ne!(after["RevisionId"], before["RevisionId"], "publishing is a revision of $LATEST");
    assert_eq!(
        service.refused("PublishVersion", json!({"FunctionName": "f", "CodeSha256": "x"})),
        format!(
            "InvalidParameterValueException: CodeSHA256 (x) is different from current CodeSHA256 in $LATEST ({}). Please try again with the \
             CodeSHA256 in $LATEST.",
            before["CodeSha256"].as_str().expect("text")
        )
    );
    let listed = service.ok("ListVersionsByFunction", json!({"FunctionName": "f"}));
    let versions: Vec<_> = listed["Versions"].as_array().expect("a list").iter().map(|version| version["FunctionArn"].clone()).collect();
    assert_eq!(versions, [json!(format!("{FN}f:$LATEST")), json!(format!("{FN}f:1")), json!(format!("{FN}f:2"))]);
    assert!(listed["Versions"][0].get("State").is_none() && listed["Versions"][0].get("RuntimeVersionConfig").is_none());
    let delete = |qualifier: &str| service.ok("DeleteFunction", json!({"FunctionName": "f", "Qualifier": qualifier}));
    delete("2");
    delete("2");
    service.ok("UpdateFunctionConfiguration", json!({"FunctionName": "f", "Timeout": 5}));
    service.settle("f");
    assert_eq!(publish(json!({}))["Version"], "3", "numbers go on");
    assert_eq!(
        service.refused("DeleteFunction", json!({"FunctionName": "f", "Qualifier": "$LATEST"})),
        "InvalidParameterValueException: $LATEST version cannot be deleted without deleting the function."
    );
    assert_eq!(
        service.refused("DeleteFunction", json!({"FunctionName": "nobody", "Qualifier": "live"})),
        "InvalidParameterValueException: Deletion of aliases is not currently supported."
    );
    let gone = format!("ResourceNotFoundException: Function not found: {FN}nobody");
    assert_eq!(service.refused("DeleteFunction", json!({"FunctionName": "nobody", "Qualifier": "7"})), gone);
    assert_eq!(service.refused("ListVersionsByFunction", json!({"FunctionName": "nobody"})), gone);
    // Code of $LATEST, 1 and 3.
    assert_eq!(service.ok("GetAccountSettings", json!({}))["AccountUsage"], json!({"TotalCodeSize": 3 * 156, "FunctionCount": 1}));
    service.ok("DeleteFunction", json!({"FunctionName": "f"}));
    assert_eq!(service.ok("GetAccountSettings", json!({}))["AccountUsage"], json!({"TotalCodeSize": 0, "FunctionCount": 0}));
    service.create("f");
    assert_eq!(publish(json!({}))["Version"], "1", "another function");
}

#[test]
fn a_version_with_snap_start_is_pending_until_its_image_is_there() {
    let service = Service::new();
    service.ok("CreateFunction", with(request("f"), json!({"SnapStart": {"ApplyOn": "PublishedVersions"}})));
    let latest = service.settle("f");
    assert_eq!(latest["SnapStart"], json!({"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}));
    assert_eq!(service.ok("PublishVersion", json!({"FunctionName": "f"}))["State"], "Pending");
    service.settle("f");
    let version = service.ok("GetFunctionConfiguration", json!({"FunctionName": "f:1"}));
    assert_eq!((&version["State"], &version["SnapStart"]["OptimizationStatus"]), (&json!("Active"), &json!("On")));
}

#[test]
fn lists_have_pages() {
    let service = Service::new();
    for number in 0..60 {
        service.ok("CreateFunction", request(&format!("f{number:02}")));
    }
    let first = service.ok("ListFunctions", json!({"MaxItems": 10_000}));
    assert_eq!(first["Functions"].as_array().expect("a list").len(), 50);
    assert!(first["Functions"][0].get("State").is_none());
    let second = service.ok("ListFunctions", json!({"Marker": first["NextMarker"]}));
    assert_eq!(second["Functions"].as_array().expect("a list").len(), 10);
    assert_eq!(second["Functions"][0]["FunctionName"], "f50");
    assert!(second.get("NextMarker").is_none());
    assert!(service.refused("ListFunctions", json!({"Marker": "x y"})).starts_with("InvalidParameterValueException: Invalid Marker"));
    let elsewhere = service.control.call(&scope("eu-west-1"), "ListFunctions", json!({})).expect("another region");
    assert_eq!(elsewhere["Functions"], json!([]));
    service.settle("f00");
    service.ok("PublishVersion", json!({"FunctionName": "f00"}));
    let all = service.ok("ListFunctions", json!({"FunctionVersion": "ALL", "MaxItems": 2}));
    assert_eq!(all["Functions"][0]["FunctionArn"], format!("{FN}f00:$LATEST"));
    assert_eq!(all["Functions"][1]["FunctionArn"], format!("{FN}f00:1"));
}

#[test]
fn aliases() {
    let service = Service::new();
    service.create("f");
    service.ok("PublishVersion", json!({"FunctionName": "f"}));
    service.ok("UpdateFunctionConfiguration", json!({"FunctionName": "f", "Timeout": 5}));
    service.settle("f");
    service.ok("PublishVersion", json!({"FunctionName": "f"}));
    let create = json!({"FunctionName": "f", "Name": "live", "FunctionVersion": "1", "Description": "d"});
    let alias = service.ok("CreateAlias", create.clone());
    let revision = alias["RevisionId"].clone();
    assert_eq!(
        alias,
        json!({"AliasArn": format!("{FN}f:live"), "Name": "live", "FunctionVersion": "1", "Description": "d", "RevisionId": revision})
    );
    assert_eq!(service.ok("GetAlias", json!({"FunctionName": "f", "Name": "live"})), alias);
    let refused = |changes: Value| service.refused("CreateAlias", with(create.clone(), changes));
    assert_eq!(refused(json!({})), format!("ResourceConflictException: Alias already exists: {FN}f:live"));
    assert_eq!(refused(json!({"FunctionVersion": "42"})), format!("ResourceNotFoundException: Function not found: {FN}f:42"));
    let routed = |weights: Value| json!({"RoutingConfig": {"AdditionalVersionWeights": weights}});
    assert_eq!(
        refused(routed(json!({"1": 0.5, "2": 0.2}))),
        "InvalidParameterValueException: Number of items in AdditionalVersionWeights cannot be greater than 1"
    );
    assert_eq!(
        refused(routed(json!({"1": 0.5}))),
        "InvalidParameterValueException: Invalid function version 1. Function version 1 is already included in routing configuration."
    );
    assert!(refused(routed(json!({"2": 2.0}))).contains("Value '{2=2.0}' at 'routingConfig.additionalVersionWeights'"));
    let error = service.error("CreateAlias", with(with(create.clone(), routed(json!({"2": 0.1}))), json!({"FunctionVersion": "$LATEST"})));
    assert_eq!(error.body(), json!({"message": "$LATEST is not supported for an alias pointing to more than 1 version"}));
    assert!(refused(json!({"Name": "2024"})).starts_with("ValidationException: 1 validation error detected: Value '2024' at 'name'"));
    service.ok("CreateAlias", with(create, json!({"Name": "2024-01-02", "FunctionVersion": "$LATEST"})));

    let update = with(json!({"FunctionName": "f", "Name": "live"}), routed(json!({"2": 0.25})));
    let updated = service.ok("UpdateAlias", update);
    assert_eq!(updated["RoutingConfig"], json!({"AdditionalVersionWeights": {"2": 0.25}}));
    assert_eq!(
        service.refused("UpdateAlias", json!({"FunctionName": "f", "Name": "live", "RevisionId": revision})),
        "PreconditionFailedException: The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to \
         retrieve the latest Revision Id"
    );
    assert!(service.refused("DeleteFunction", json!({"FunctionName": "f", "Qualifier": "2"})).starts_with("ResourceConflictException: "));
    let cleared = service.ok("UpdateAlias", with(json!({"FunctionName": "f", "Name": "live"}), routed(json!({}))));
    assert!(cleared.get("RoutingConfig").is_none());
    let missing = json!({"FunctionName": "f", "Name": "none"});
    assert_eq!(service.refused("GetAlias", missing.clone()), format!("ResourceNotFoundException: Cannot find alias arn: {FN}f:none"));
    assert_eq!(service.refused("UpdateAlias", missing.clone()), format!("ResourceNotFoundException: Alias not found: {FN}f:none"));
    service.ok("DeleteAlias", missing);
    let listed = service.ok("ListAliases", json!({"FunctionName": "f", "FunctionVersion": "1"}));
    assert_eq!(listed["Aliases"].as_array().expect("a list").len(), 1);
    let got = service.ok("GetFunctionConfiguration", json!({"FunctionName": "f:live"}));
    assert_eq!((&got["FunctionArn"], &got["Version"]), (&json!(format!("{FN}f:live")), &json!("1")));
    service.ok("DeleteAlias", json!({"FunctionName": "f", "Name": "live"}));
    assert_eq!(service.ok("ListAliases", json!({"FunctionName": "f"}))["Aliases"].as_array().expect("a list").len(), 1);
}

#[test]
fn layers() {
    let service = Service::new();
    let arn = "arn:aws:lambda:us-east-1:123456789012:layer:l";
    let publish = json!({"LayerName": "l", "Content": {"ZipFile": ZIP}, "CompatibleRuntimes": ["python3.13"], "LicenseInfo": "MIT"});
    let first = service.ok("PublishLayerVersion", publish.clone());
    assert_eq!((&first["LayerArn"], &first["LayerVersionArn"], &first["Version"]), (&json!(arn), &json!(format!("{arn}:1")), &json!(1)));
    assert_eq!((&first["Description"], &first["CompatibleRuntimes"]), (&json!(""), &json!(["python3.13"])));
    assert!(first.get("CompatibleArchitectures").is_none());
    assert_eq!(
        (&first["Content"]["CodeSize"], service.ok("PublishLayerVersion", publish.clone())["Version"].clone()),
        (&json!(156), json!(2))
    );
    service.ok("DeleteLayerVersion", json!({"LayerName": "l", "VersionNumber": 2}));
    service.ok("DeleteLayerVersion", json!({"LayerName": "l", "VersionNumber": 2}));
    assert_eq!(service.ok("PublishLayerVersion", publish.clone())["Version"], 3, "numbers are never used again");
    let versions = service.ok("ListLayerVersions", json!({"LayerName": "l"}));
    let numbers: Vec<_> = versions["LayerVersions"].as_array().expect("a list").iter().map(|version| version["Version"].clone()).collect();
    assert_eq!(numbers, [3, 1]);
    assert_eq!(service.ok("ListLayerVersions", json!({"LayerName": "none"}))["LayerVersions"], json!([]));
    assert_eq!(service.ok("ListLayers", json!({}))["Layers"][0]["LatestMatchingVersion"]["Version"], 3);
    assert_eq!(
        service.refused("GetLayerVersion", json!({"LayerName": "l", "VersionNumber": 2})),
        "ResourceNotFoundException: The resource you requested does not exist."
    );
    assert_eq!(
        service.refused("GetLayerVersion", json!({"LayerName": "l", "VersionNumber": 0})),
        "InvalidParameterValueException: Layer Version Cannot be less than 1"
    );
    let by_arn = service.ok("GetLayerVersionByArn", json!({"Arn": format!("{arn}:3")}));
    let location = by_arn["Content"]["Location"].as_str().expect("a URL").rsplit_once('/').expect("a path").1;
    assert_eq!(service.control.download(location).expect("a store").expect("a zip").len(), 156);

    let create = |layers: Value| service.refused("CreateFunction", with(request("f"), json!({"Layers": layers})));
    let of = |n: u32| format!("{arn}:{n}");
    assert_eq!(
        create(json!([of(1), of(1), of(1), of(1), of(1), of(1)])),
        "InvalidParameterValueException: Cannot reference more than 5 layers."
    );
    assert_eq!(
        create(json!([of(1), of(3)])),
        format!(
            "InvalidParameterValueException: Two different versions of the same layer are not allowed to be referenced in the same function. \
             {arn}:1 and {arn}:3 are versions of the same layer."
        )
    );
    assert_eq!(create(json!([of(9)])), format!("InvalidParameterValueException: Layer version {arn}:9 does not exist."));
    assert_eq!(
        create(json!([of(1).replace("us-east-1", "eu-west-1")])),
        "InvalidParameterValueException: Layers are not in the same region as the function. Layers are expected to be in region us-east-1."
    );
    assert!(create(json!([arn])).starts_with("ValidationException: 1 validation error detected: Value '["));
    service.ok("CreateFunction", with(request("f"), json!({"Layers": [of(1)]})));
    service.settle("f");
    service.ok("DeleteLayerVersion", json!({"LayerName": "l", "VersionNumber": 1}));
    service.ok("DeleteLayerVersion", json!({"LayerName": "l", "VersionNumber": 3}));
    let kept = service.ok("GetFunctionConfiguration", json!({"FunctionName": "f"}));
    assert_eq!(kept["Layers"], json!([{"Arn": of(1), "CodeSize": 156}]), "it stays where it is used");
    service.ok("PublishVersion", json!({"FunctionName": "f"}));
    assert_eq!(service.invoke("f:1", "1").expect("it still runs").payload, b"1");

    service.ok("PublishLayerVersion", publish);
    let add = json!({"LayerName": "l", "VersionNumber": 4, "StatementId": "s", "Action": "lambda:GetLayerVersion", "Principal": "*"});
    let added = service.ok("AddLayerVersionPermission", add.clone());
    let statement: Value = serde_json::from_str(added["Statement"].as_str().expect("text")).expect("JSON");
    assert_eq!(statement["Resource"], of(4));
    assert!(
        service.refused("AddLayerVersionPermission", add.clone()).starts_with("ResourceConflictException: The statement id (s) provided")
    );
    assert_eq!(
        service.refused("AddLayerVersionPermission", with(add.clone(), json!({"VersionNumber": 9}))),
        format!("ResourceNotFoundException: Layer version {arn}:9 does not exist.")
    );
    assert_eq!(service.ok("GetLayerVersionPolicy", json!({"LayerName": "l", "VersionNumber": 4}))["RevisionId"], added["RevisionId"]);
    let remove = json!({"LayerName": "l", "VersionNumber": 4, "StatementId": "s"});
    assert!(
        service
            .refused("RemoveLayerVersionPermission", with(remove.clone(), json!({"RevisionId": "x"})))
            .ends_with("Call the GetLayerPolicy API to retrieve the latest Revision Id")
    );
    service.ok("RemoveLayerVersionPermission", remove.clone());
    assert_eq!(
        service.refused("RemoveLayerVersionPermission", remove),
        "ResourceNotFoundException: No policy is associated with the given resource."
    );
}
