//! Invocations: answers, refusals, concurrency, the queue, logs, restarts.

use super::*;

#[test]
fn an_invocation_waits_for_its_function_and_answers_what_it_returned() {
    let service = Service::new();
    service.fake.close();
    service.ok("CreateFunction", request("f"));
    let answer = service.start(Invoke { function_name: "f".into(), payload: br#"{"a": 1}"#.to_vec(), ..Invoke::default() });
    assert!(answer.try_recv().is_err(), "the function is pending");
    service.fake.open();
    let invoked = answer.recv_timeout(Duration::from_secs(60)).expect("an answer").expect("a result");
    let expected =
        Invoked { status: 200, executed_version: Some("$LATEST".into()), payload: br#"{"a": 1}"#.to_vec(), ..Invoked::default() };
    assert_eq!(invoked, expected);
    assert_eq!(service.invoke("f", "").expect("a result").payload, b"{}", "an empty body is an empty object");
    let failed = service.invoke("f", r#"{"fail": 1}"#).expect("an answer");
    assert_eq!((failed.status, failed.function_error), (200, Some("Unhandled")));
    assert_eq!(failed.payload, br#"{"errorMessage": "no", "errorType": "ValueError", "stackTrace": []}"#);
    let tail = String::from_utf8(failed.log_tail.expect("asked for")).expect("text");
    assert!(tail.starts_with("START RequestId: ") && tail.contains("REPORT"), "{tail}");
    assert_eq!(service.fake.deploys.load(Ordering::SeqCst), 1);
    let metrics = service.control.metrics();
    assert_eq!((metrics.invocations, metrics.function_errors, metrics.running, metrics.deployments), (3, 1, 0, 1));
}

#[test]
fn what_cannot_be_invoked() {
    let service = Service::new();
    service.create("f");
    let refused = |name: &str, event: &str| service.invoke(name, event).expect_err("refused").to_string();
    assert_eq!(refused("g", "{}"), format!("ResourceNotFoundException: Function not found: {FN}g:$LATEST"));
    assert_eq!(refused("f:7", "{}"), format!("ResourceNotFoundException: Function not found: {FN}f:7"));
    assert_eq!(refused("f:live", "{}"), format!("ResourceNotFoundException: Function not found: {FN}f:live"));
    assert!(
        refused("f", "{no")
            .starts_with("InvalidRequestContentException: Could not parse request body into json: Could not parse payload into json: ")
    );
    let large = "x".repeat(6_291_457);
    assert_eq!(
        refused("f", &large),
        "RequestEntityTooLargeException: Request must be smaller than 6291456 bytes for the InvokeFunction operation"
    );
    let event =
        Invoke { function_name: "f".into(), invocation_type: InvocationType::Event, payload: vec![b'1'; 1_525_970], ..Invoke::default() };
    assert_eq!(
        service.start(event).recv().expect("an answer").expect_err("too large").to_string(),
        "RequestEntityTooLargeException: 1525970 byte payload is too large for the Event invocation type (limit 1048576 bytes)"
    );
    let dry = Invoke { function_name: "f".into(), invocation_type: InvocationType::DryRun, ..Invoke::default() };
    assert_eq!(service.start(dry).recv().expect("an answer").expect("it could").status, 204);
    let tenant = Invoke { function_name: "f".into(), tenant_id: Some("t".into()), ..Invoke::default() };
    assert!(service.start(tenant).recv().expect("an answer").expect_err("no tenants").to_string().contains("Remove the tenant ID"));
    assert_eq!(service.fake.seen.lock().expect("no panic").len(), 0, "nothing ran");
}

#[test]
fn tenants_have_deployments_of_their_own() {
    let service = Service::new();
    service.ok("CreateFunction", with(request("f"), json!({"TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}})));
    assert_eq!(service.settle("f")["TenancyConfig"], json!({"TenantIsolationMode": "PER_TENANT"}));
    assert!(service.invoke("f", "{}").expect_err("whose?").to_string().contains("Add a valid tenant ID"));
    for tenant in ["a", "b", "a"] {
        let invoke = Invoke { function_name: "f".into(), tenant_id: Some(tenant.into()), ..Invoke::default() };
        assert_eq!(service.start(invoke).recv_timeout(Duration::from_secs(60)).expect("an answer").expect("a result").status, 200);
    }
    assert_eq!(service.fake.deploys.load(Ordering::SeqCst), 2);
}

#[test]
fn an_alias_runs_its_version_and_a_change_counts_at_once() {
    let service = Service::new();
    service.create("f");
    service.ok("PublishVersion", json!({"FunctionName": "f"}));
    service.ok("UpdateFunctionConfiguration", json!({"FunctionName": "f", "Timeout": 9}));
    service.settle("f");
    service.ok("PublishVersion", json!({"FunctionName": "f"}));
    service.ok("CreateAlias", json!({"FunctionName": "f", "Name": "live", "FunctionVersion": "1"}));
    let version = || service.invoke("f:live", "{}").expect("a result").executed_version.expect("a version");
    assert_eq!(version(), "1");
    assert_eq!(service.fake.seen.lock().expect("no panic").last().expect("one").0.as_deref(), Some("live"));
    service.ok("UpdateAlias", json!({"FunctionName": "f", "Name": "live", "FunctionVersion": "2"}));
    assert_eq!(version(), "2");
    service.ok("UpdateAlias", json!({"FunctionName": "f", "Name": "live", "RoutingConfig": {"AdditionalVersionWeights": {"1": 1.0}}}));
    assert_eq!(version(), "1", "all calls go to the additional version");
    service.ok("UpdateAlias", json!({"FunctionName": "f", "Name": "live", "RoutingConfig": {"AdditionalVersionWeights": {"1": 0.5}}}));
    let both: std::collections::BTreeSet<String> = (0..100).map(|_| version()).collect();
    assert_eq!(both.len(), 2, "2^-99 that this fails");
    service.ok("DeleteFunction", json!({"FunctionName": "f"}));
    assert!(service.invoke("f:live", "{}").is_err());
}

#[test]
fn reserved_concurrency_is_a_bound_and_zero_stops() {
    let service = Service::new();
    service.create("f");
    let reserve = |count: i64| service.ok("PutFunctionConcurrency", json!({"FunctionName": "f", "ReservedConcurrentExecutions": count}));
    reserve(1);
    let held = service.start(Invoke { function_name: "f".into(), payload: br#"{"hold": 1}"#.to_vec(), ..Invoke::default() });
    while service.fake.holds() == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let error = service.invoke("f", "{}").expect_err("one already");
    assert_eq!(
        error.body(),
        json!({"Type": "User", "message": "Rate Exceeded.", "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded"})
    );
    service.fake.let_go();
    assert!(held.recv_timeout(Duration::from_secs(60)).expect("an answer").is_ok());
    assert!(service.invoke("f", "{}").is_ok());
    reserve(0);
    assert_eq!(service.invoke("f", "{}").expect_err("stopped").code.status(), 429);
    assert_eq!(service.control.metrics().throttles, 2);
    service.ok("DeleteFunctionConcurrency", json!({"FunctionName": "f"}));
    service.ok("PublishVersion", json!({"FunctionName": "f"}));
    reserve(1);
    service.ok("PutProvisionedConcurrencyConfig", json!({"FunctionName": "f", "Qualifier": "1", "ProvisionedConcurrentExecutions": 1}));
    assert!(service.invoke("f", "{}").is_err(), "version 1 has all of it");
    assert!(service.invoke("f:1", "{}").is_ok());
}

#[test]
fn what_was_throttled_is_counted_for_its_function() {
    let service = Service::new();
    service.create("f");
    service.create("g");
    service.ok("PutFunctionConcurrency", json!({"FunctionName": "f", "ReservedConcurrentExecutions": 0}));
    for _ in 0..3 {
        service.invoke("f", "{}").expect_err("stopped");
    }
    service.invoke("g", "{}").expect("a result");
    let counted = |name: &str, from| service.control.throttles(&service.scope, name, from).iter().map(|(_, count)| count).sum::<u64>();
    assert_eq!((counted("f", 0), counted("g", 0), counted("f", u64::MAX / 2)), (3, 0, 0));
    service.ok("DeleteFunction", json!({"FunctionName": "f"}));
    assert_eq!(counted("f", 0), 0, "another function of this name starts at zero");
}

#[test]
fn environments_say_how_they_came_to_be_and_where_their_log_is() {
    let service = Service::new();
    let logging = json!({"LogGroup": "/my/group"});
    service.ok("CreateFunction", with(request("f"), json!({"LoggingConfig": logging, "SnapStart": {"ApplyOn": "PublishedVersions"}})));
    service.settle("f");
    service.ok("PublishVersion", json!({"FunctionName": "f"}));
    service.settle("f");
    let plans = || std::mem::take(&mut *service.fake.plans.lock().expect("no panic"));
    let plan = |version: &str, kind: &'static str| (version.to_owned(), kind, Some("/my/group".to_owned()));
    assert_eq!(plans(), [plan("$LATEST", "on-demand"), plan("1", "snap-start")]);
    service.ok("CreateAlias", json!({"FunctionName": "f", "Name": "live", "FunctionVersion": "1"}));
    let put = json!({"FunctionName": "f", "Qualifier": "live", "ProvisionedConcurrentExecutions": 1});
    service.ok("PutProvisionedConcurrencyConfig", put);
    let qualifier = json!({"FunctionName": "f", "Qualifier": "live"});
    for _ in 0..2000 {
        if service.ok("GetProvisionedConcurrencyConfig", qualifier.clone())["Status"] == "READY" {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    service.invoke("f:live", "{}").expect("a result");
    service.invoke("f:1", "{}").expect("a result");
    assert_eq!(plans(), [plan("1", "provisioned-concurrency")], "made once, for all of its invocations");
    service.ok("DeleteProvisionedConcurrencyConfig", qualifier);
    service.invoke("f:1", "{}").expect("a result");
    assert_eq!(plans(), [plan("1", "snap-start")]);
}

#[test]
fn what_a_function_tried_is_kept_once_within_a_bound() {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::in_memory().expect("memory"));
    let service = Service::with(ControlSettings::default(), Arc::clone(&store));
    service.create("f");
    let kept = |service: &Service| service.control.attempts(&service.scope, "f").expect("a function");
    assert_eq!(kept(&service), []);
    for path in ["/etc/passwd", "/etc/shadow", "/etc/passwd"] {
        service.invoke("f", &json!({"try": path}).to_string()).expect("a result");
    }
    service.ok("PublishVersion", json!({"FunctionName": "f"}));
    service.settle("f");
    service.invoke("f:1", r#"{"try": "/etc/hosts"}"#).expect("a result");
    let found: Vec<_> = kept(&service).into_iter().map(|attempt| (attempt.kind, attempt.what, attempt.version)).collect();
    let file = |what: &str, version: &str| ("file".to_owned(), what.to_owned(), version.to_owned());
    assert_eq!(found, [file("/etc/passwd", "$LATEST"), file("/etc/shadow", "$LATEST"), file("/etc/hosts", "1")]);
    // They are there after a restart, and what is known then is not written again.
    let again = Service::with(ControlSettings::default(), store);
    assert_eq!(kept(&again), kept(&service));
    for number in 0..2 * MAX_ATTEMPTS {
        again.invoke("f", &json!({"try": format!("/{number}")}).to_string()).expect("a result");
    }
    assert_eq!(kept(&again).len(), MAX_ATTEMPTS);
    again.control.forget_attempts(&again.scope, "f").expect("a function");
    assert_eq!(kept(&again), []);
    again.invoke("f", r#"{"try": "/etc/passwd"}"#).expect("a result");
    assert_eq!(kept(&again).len(), 1, "what is tried again appears again");
    again.ok("DeleteFunction", json!({"FunctionName": "f"}));
    assert!(again.control.attempts(&again.scope, "f").is_err());
    again.create("f");
    assert_eq!(kept(&again), [], "they went with the function");
}

#[test]
fn the_end_of_a_log_can_be_followed() {
    let service = Service::new();
    service.create("f");
    let group = "/aws/lambda/f";
    let last = |most| service.control.last_log_lines(&service.scope, group, 0, most).expect("a log");
    assert_eq!(last(100), LogPage { end: 1, ..LogPage::default() }, "nothing yet");
    for _ in 0..3 {
        service.invoke("f", "{}").expect("a result");
    }
    let all = last(100);
    assert_eq!((all.lines.len(), all.is_partial), (12, false));
    assert!(all.lines[0].text.starts_with("START RequestId: ") && all.lines[11].text.starts_with("REPORT RequestId: "));
    let part = last(5);
    assert_eq!((part.lines.as_slice(), part.is_partial, part.end), (&all.lines[4..], true, all.end), "the last ones, whole invocations");
    let later = |from, most| service.control.later_log_lines(&service.scope, group, from, most).expect("a log");
    assert_eq!(later(all.end, 100), LogPage { end: all.end, ..LogPage::default() });
    assert_eq!(later(0, 100).lines, all.lines);
    let first = later(0, 1);
    assert_eq!((first.lines.len(), first.is_partial), (4, true));
    assert_eq!(later(first.end, 100).lines, all.lines[4..]);
    service.invoke("f", "{}").expect("a result");
    assert_eq!(later(all.end, 100).lines.len(), 4);
    let future = service.control.last_log_lines(&service.scope, group, u64::MAX / 4, 100).expect("a log");
    assert!(future.lines.is_empty() && future.end == last(1).end);
}

#[test]
fn a_thousand_wait_at_the_same_time_and_one_more_is_refused() {
    let service = Service::new();
    service.create("f");
    let hold = || Invoke { function_name: "f".into(), payload: br#"{"hold": 1}"#.to_vec(), ..Invoke::default() };
    service.invoke("f", "{}").expect("it shows what it needs");
    let held: Vec<_> = (0..1000).map(|_| service.start(hold())).collect();
    let error = service.start(hold()).recv().expect("an answer").expect_err("the account's limit");
    assert_eq!(error.reason, Some(ThrottleReason::ConcurrentInvocationLimitExceeded), "{error}");
    assert!(!service.control.stop(Duration::ZERO), "they run");
    service.fake.let_go();
    for answer in held {
        assert!(answer.recv_timeout(Duration::from_secs(60)).expect("an answer").is_ok());
    }
    assert!(service.control.stop(Duration::ZERO), "none runs");
    assert_eq!(service.invoke("f", "{}").expect_err("it is stopping").code, Exception::ServiceUnavailable);
}

fn event(name: &str, payload: &str) -> Invoke {
    let invocation_type = InvocationType::Event;
    Invoke { function_name: name.into(), payload: payload.into(), invocation_type, ..Invoke::default() }
}

/// Runs what is due, and waits until it is done.
fn run_due(service: &Service) -> usize {
    let started = service.control.run_due();
    for _ in 0..2000 {
        if service.control.metrics().running == 0 {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    started
}

#[test]
fn an_event_is_tried_again_after_one_and_two_minutes_with_the_same_id() {
    let service = Service::new();
    service.create("f");
    service.create("target");
    service.ok(
        "PutFunctionEventInvokeConfig",
        json!({"FunctionName": "f", "DestinationConfig": {"OnFailure": {"Destination": format!("{FN}target")}}}),
    );
    let accepted = service.start(event("f", r#"{"fail": 12345678901234567890}"#)).recv().expect("an answer").expect("accepted");
    assert_eq!(accepted, Invoked { status: 202, ..Invoked::default() });
    service.invoke("f", "{}").expect("so that it is ready");
    service.invoke("target", "{}").expect("so that it is ready");
    let seen = || service.fake.seen.lock().expect("no panic").clone();
    let before = seen().len();
    assert_eq!(run_due(&service), 1);
    // With the last attempt the record is written, which is an event of the destination's.
    for (wait, runs) in [(59, 0), (1, 1), (119, 0), (1, 2)] {
        service.clock.advance(Duration::from_secs(wait));
        assert_eq!(run_due(&service), runs, "after {wait} more seconds");
    }
    let ids: Vec<String> = seen()[before..].iter().map(|(_, id)| id.clone()).collect();
    assert_eq!(ids.len(), 4, "three calls and the destination's");
    assert!(ids[0] == ids[1] && ids[1] == ids[2] && ids[2] != ids[3], "{ids:?}");
    assert_eq!(service.control.metrics().queued, 0);
    let logs = service.control.call_logs(&service.scope, "FilterLogEvents", json!({"logGroupName": "/aws/lambda/target"}));
    assert_eq!(logs.expect("a group")["events"].as_array().expect("a list").len(), 2 * 4);
}

#[test]
fn records_are_awss() {
    let service = Service::new();
    service.create("f");
    let sent: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
    struct Pipe(Arc<Mutex<Vec<(String, String)>>>);
    impl Outlet for Pipe {
        fn deliver(&self, target: &str, body: &str) -> Result<(), Undelivered> {
            self.0.lock().expect("no panic").push((target.into(), body.into()));
            Ok(())
        }
    }
    let (fake, clock) = (Arc::clone(&service.fake), Arc::clone(&service.clock));
    let logs = Arc::new(SqliteLogs::in_memory(1 << 20).expect("memory"));
    let queue = Arc::new(MemoryQueue::new(1, 1 << 20));
    let store = Arc::new(SqliteStore::in_memory().expect("memory"));
    let outlet: Arc<dyn Outlet> = Arc::new(Pipe(Arc::clone(&sent)));
    let parts = Parts { clock, outlet: Some(outlet), ..Parts::new(store, logs, queue, Arc::new(FakeRuntime(fake))) };
    let service = Service { control: Control::without_threads(ControlSettings::default(), parts).expect("a service"), ..service };
    let queue_arn = "arn:aws:sqs:us-east-1:123456789012:q";
    service.ok("CreateFunction", with(request("f"), json!({"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:us-east-1:123456789012:dead"}})));
    service.settle("f");
    let destination = json!({"Destination": queue_arn});
    service.ok(
        "PutFunctionEventInvokeConfig",
        json!({"FunctionName": "f", "MaximumRetryAttempts": 0, "DestinationConfig": {"OnSuccess": destination, "OnFailure": destination}}),
    );
    let wait_for = |count: usize| {
        for _ in 0..2000 {
            if sent.lock().expect("no panic").len() >= count {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        std::mem::take(&mut *sent.lock().expect("no panic"))
    };
    let accept = |payload: &str| service.start(event("f", payload)).recv().expect("an answer");
    accept(r#"{"n": 12345678901234567890}"#).expect("accepted");
    let full = accept("{}").expect_err("there is room for one");
    assert!(full.to_string().starts_with("TooManyRequestsException: The queue of this server is full: 1 events with "), "{full}");
    run_due(&service);
    let found = wait_for(1);
    let record: Value = serde_json::from_str(&found[0].1).expect("JSON");
    assert_eq!(found[0].0, queue_arn);
    let id = record["requestContext"]["requestId"].clone();
    assert_eq!(
        found[0].1,
        format!(
            r#"{{"version":"1.0","timestamp":"2026-11-18T11:06:40.000Z","requestContext":{{"requestId":{id},"functionArn":"{FN}f:$LATEST","condition":"Success","approximateInvokeCount":1}},"requestPayload":{{"n":12345678901234567890}},"responseContext":{{"statusCode":200,"executedVersion":"$LATEST"}},"responsePayload":{{"n":12345678901234567890}}}}"#
        )
    );
    accept(r#"{"fail": 1}"#).expect("accepted");
    run_due(&service);
    let mut found = wait_for(2);
    found.sort();
    assert_eq!(found[0], ("arn:aws:sqs:us-east-1:123456789012:dead".into(), r#"{"fail": 1}"#.into()));
    let record: Value = serde_json::from_str(&found[1].1).expect("JSON");
    assert_eq!(record["requestContext"]["condition"], "RetriesExhausted");
    assert_eq!(record["responseContext"], json!({"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}));
    assert_eq!(record["responsePayload"]["errorType"], "ValueError");
    service.ok("PutFunctionConcurrency", json!({"FunctionName": "f", "ReservedConcurrentExecutions": 0}));
    accept("{}").expect("accepted");
    run_due(&service);
    let mut found = wait_for(2);
    found.sort();
    let record: Value = serde_json::from_str(&found[1].1).expect("JSON");
    assert_eq!(record["requestContext"]["condition"], "ZeroReservedConcurrency");
    assert!(record.get("responsePayload").is_none() && record.get("responseContext").is_none());
}

#[test]
fn throttled_events_back_off_until_they_are_too_old() {
    let service = Service::new();
    service.create("f");
    service.ok("PutFunctionConcurrency", json!({"FunctionName": "f", "ReservedConcurrentExecutions": 1}));
    service.ok("PutFunctionEventInvokeConfig", json!({"FunctionName": "f", "MaximumEventAgeInSeconds": 60}));
    let held = service.start(Invoke { function_name: "f".into(), payload: br#"{"hold": 1}"#.to_vec(), ..Invoke::default() });
    while service.fake.holds() == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    service.start(event("f", "{}")).recv().expect("an answer").expect("accepted");
    let mut tries = Vec::new();
    for second in 0..80 {
        if service.control.run_due() > 0 {
            tries.push(second);
        }
        service.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(tries, [0, 1, 3, 7, 15, 31, 63], "1, 2, 4 ... seconds apart; the last look finds it too old");
    assert_eq!(service.control.metrics().queued, 0);
    service.fake.let_go();
    drop(held);
    assert_eq!(service.fake.seen.lock().expect("no panic").len(), 1, "it never ran");
}

#[test]
fn logs_are_read_as_cloudwatch_has_them() {
    let service = Service::new();
    service.create("f");
    for _ in 0..3 {
        service.invoke("f", "{}").expect("a result");
    }
    let call = |operation: &str, input: Value| service.control.call_logs(&service.scope, operation, input);
    let groups = call("DescribeLogGroups", json!({"logGroupNamePrefix": "/aws/lambda/"})).expect("groups");
    assert_eq!(groups["logGroups"][0]["logGroupName"], "/aws/lambda/f");
    assert_eq!(groups["logGroups"][0]["arn"], "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/f:*");
    let streams = call("DescribeLogStreams", json!({"logGroupName": "/aws/lambda/f", "orderBy": "LastEventTime", "descending": true}));
    let streams = streams.expect("streams")["logStreams"].clone();
    assert_eq!(streams.as_array().expect("a list").len(), 3, "one for each environment");
    let stream = streams[0]["logStreamName"].clone();
    let read =
        |more: Value| call("GetLogEvents", with(json!({"logGroupName": "/aws/lambda/f", "logStreamName": stream}), more)).expect("events");
    let events = read(json!({"startFromHead": true}));
    let messages: Vec<_> = events["events"].as_array().expect("a list").iter().map(|event| event["message"].clone()).collect();
    assert_eq!((messages.len(), &messages[1]), (4, &json!("hello")));
    let next = read(json!({"nextToken": events["nextForwardToken"]}));
    assert_eq!((&next["events"], &next["nextForwardToken"]), (&json!([]), &events["nextForwardToken"]), "the end");
    let last = read(json!({"limit": 1}));
    assert!(last["events"][0]["message"].as_str().expect("text").starts_with("REPORT"));
    let before = read(json!({"limit": 2, "nextToken": last["nextBackwardToken"]}));
    assert_eq!(before["events"][0]["message"], "hello");
    let filter = |more: Value| call("FilterLogEvents", with(json!({"logGroupName": "/aws/lambda/f"}), more));
    let mut page = filter(json!({"limit": 5})).expect("events");
    let mut ids: Vec<Value> = Vec::new();
    loop {
        ids.extend(page["events"].as_array().expect("a list").iter().map(|event| event["eventId"].clone()));
        if page.get("nextToken").is_none() {
            break;
        }
        page = filter(json!({"limit": 5, "nextToken": page["nextToken"]})).expect("events");
    }
    assert_eq!((ids.len(), ids.iter().map(Value::to_string).collect::<std::collections::BTreeSet<_>>().len()), (12, 12));
    assert_eq!(filter(json!({"filterPattern": "hello"})).expect("events")["events"].as_array().expect("a list").len(), 3);
    assert_eq!(filter(json!({"startTime": 1_795_000_000_001_u64})).expect("events")["events"].as_array().expect("a list").len(), 6);
    assert_eq!(
        call("FilterLogEvents", json!({"logGroupName": "/aws/lambda/g"})).expect_err("none").to_string(),
        "ResourceNotFoundException: The specified log group does not exist."
    );
}

#[test]
fn a_restart_brings_everything_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = || -> Arc<dyn Store> { Arc::new(SqliteStore::open(folder.path()).expect("a store")) };
    let service = Service::with(ControlSettings::default(), open());
    service.create("f");
    service.ok("PublishVersion", json!({"FunctionName": "f"}));
    service.ok("PutFunctionConcurrency", json!({"FunctionName": "f", "ReservedConcurrentExecutions": 0}));
    let before = service.ok("GetFunctionConfiguration", json!({"FunctionName": "f"}));
    assert!(matches!(SqliteStore::open(folder.path()), Err(StoreError::InUse(_))));
    service.fake.close();
    service.ok("CreateFunction", request("unfinished"));
    let fake = Arc::clone(&service.fake);
    drop(service);
    fake.open();
    // The builders may still hold the last one for a moment.
    let store = (0..2000).find_map(|_| {
        std::thread::sleep(Duration::from_millis(5));
        SqliteStore::open(folder.path()).ok()
    });
    let again = Service::with(ControlSettings::default(), Arc::new(store.expect("free again")));
    assert_eq!(again.ok("GetFunctionConfiguration", json!({"FunctionName": "f"})), before);
    assert_eq!(again.settle("unfinished")["State"], "Active", "it goes on");
    assert_eq!(again.invoke("f", "{}").expect_err("still stopped").code.status(), 429);
    again.ok("DeleteFunctionConcurrency", json!({"FunctionName": "f"}));
    assert_eq!(again.invoke("f:1", "1").expect("it runs").payload, b"1");
}
