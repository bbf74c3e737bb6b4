//! Real packages from PyPI, installed by pip as for Lambda's own machines and zipped by `tests/packages/fetch.sh`; each has
//! a handler that uses it. The results in `expected.json` are those of native CPython 3.13 too, except where a handler says
//! whether the package's native modules for Linux were there and what took their place.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::common::{self, Run, root, run_package};

/// Imports are compiled in the first run of each; AWS's default of 3 seconds is enough for most, not for boto3 on a busy machine.
const TIMEOUT: &str = "60";

fn folder(name: &str) -> PathBuf {
    root().join("tests/packages").join(name)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The zips by name. Made by the first test that asks; that takes a minute and the network once per machine.
pub(crate) fn zip(name: &str) -> &'static Path {
    static ZIPS: OnceLock<Result<HashMap<String, PathBuf>, String>> = OnceLock::new();
    let fetch = || {
        let script = folder("fetch.sh");
        // Its progress belongs on the terminal: nothing else tells why the first run takes a minute.
        let output = Command::new(&script).stderr(Stdio::inherit()).output().map_err(|error| format!("{}: {error}", script.display()))?;
        if !output.status.success() {
            return Err(format!("{} failed: {}", script.display(), output.status));
        }
        let lines = String::from_utf8(output.stdout).map_err(|error| error.to_string())?;
        Ok(lines.lines().filter_map(|line| line.split_once(' ')).map(|(name, path)| (name.to_owned(), path.into())).collect())
    };
    let zips = ZIPS.get_or_init(fetch).as_ref().unwrap_or_else(|error| panic!("{error}"));
    zips.get(name).unwrap_or_else(|| panic!("fetch.sh made no {name}"))
}

fn run(name: &str) -> Run {
    run_package(zip(name)).arguments(&["--handler", "handler.handler", "--memory-size", "512"]).timeout(TIMEOUT)
}

/// Runs a folder's one module, for what needs no package of its own.
fn run_module(name: &str) -> Run {
    run_package(&folder(name).join("handler.py")).arguments(&["--handler", "handler.handler"])
}

/// Runs it on the folder's event, if there is one, and compares the whole result.
#[track_caller]
fn compare(name: &str, run: Run) {
    let event = folder(name).join("event.json");
    let run = if event.is_file() { run.event(&read(&event)) } else { run };
    let expected: Value = serde_json::from_str(&read(&folder(name).join("expected.json"))).expect("JSON");
    let answer = run.go();
    let result = answer.result();
    for (key, value) in expected.as_object().expect("an object") {
        assert_eq!(&result[key], value, "{name}: {key}"); // a shorter text to read than all of it
    }
    assert_eq!(result, &expected, "{name}");
}

#[test]
fn requests() {
    compare("requests", run("requests"));
}

#[test]
fn jinja2_without_the_native_module_of_markupsafe() {
    compare("jinja2", run("jinja2"));
}

#[test]
fn pytest_as_it_is_run_everywhere() {
    compare("pytest", run("pytest"));
}

#[test]
fn pyyaml_without_its_native_module() {
    compare("pyyaml", run("pyyaml"));
}

#[test]
fn dateutil() {
    compare("dateutil", run("dateutil"));
}

#[test]
fn pydantic_1_without_its_native_modules() {
    compare("pydantic1", run("pydantic1").arguments(&["--env", "ORDERS_TABLE=orders", "--env", "ORDERS_RETRIES=5"]));
}

#[test]
fn pytz() {
    compare("pytz", run("pytz"));
}

#[test]
fn simplejson_without_its_native_module() {
    compare("simplejson", run("simplejson"));
}

#[test]
fn attrs() {
    compare("attrs", run("attrs"));
}

#[test]
fn pyjwt() {
    compare("pyjwt", run("pyjwt"));
}

#[test]
fn clients() {
    compare("clients", run("clients"));
}

#[test]
fn sqlite() {
    compare("sqlite", run_module("sqlite"));
}

#[test]
fn cloudwatch_logs() {
    compare("cloudwatch_logs", run_module("cloudwatch_logs"));
}

#[test]
fn packages_from_a_layer() {
    let layer = zip("layer").to_str().expect("UTF-8");
    compare("layer", run_module("layer").arguments(&["--layer", layer]).timeout(TIMEOUT));
}

#[test]
fn boto3() {
    compare("boto3", run("boto3"));
}

#[test]
fn boto3_of_the_runtime() {
    compare("boto3", run_module("boto3").arguments(&["--memory-size", "512"]).timeout(TIMEOUT));
}

#[test]
fn a_packaged_boto3_hides_that_of_the_runtime() {
    let app = "import boto3, botocore, simplejson\ndef handler(e, c): return [m.__file__ for m in (boto3, botocore, simplejson)]\n";
    let package = common::zip(&[("app.py", app), ("boto3/__init__.py", "")]);
    let layer = common::zip(&[("python/simplejson.py", "")]);
    let layers = ["--handler", "app.handler", "--layer", layer.path.to_str().expect("UTF-8")];
    let answer = run_package(&package.path).arguments(&layers).timeout(TIMEOUT).go();
    let places =
        ["/var/task/boto3/__init__.py", "/var/lang/lib/python3.13/site-packages/botocore/__init__.py", "/opt/python/simplejson.py"];
    assert_eq!(answer.result(), &json!(places));
}

#[test]
fn boto3_presigns_with_the_credentials_and_the_region_of_the_sandbox() {
    let presign = ["--handler", "handler.presign", "--memory-size", "512"];
    let answer = run_package(zip("boto3")).arguments(&presign).timeout(TIMEOUT).event(r#"{"bucket": "shop", "key": "a b/ü.txt"}"#).go();
    let result = answer.result();
    let (place, query) = result["url"].as_str().and_then(|url| url.split_once('?')).expect("a URL with a query");
    assert_eq!(place, "https://shop.s3.amazonaws.com/a%20b/%C3%BC.txt");
    let pairs: HashMap<&str, &str> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    assert_eq!(pairs.len(), 7, "{pairs:?}");
    assert_eq!(pairs["X-Amz-Algorithm"], "AWS4-HMAC-SHA256");
    assert_eq!(pairs["X-Amz-Expires"], "900");
    assert_eq!(pairs["X-Amz-SignedHeaders"], "host");
    assert_eq!(pairs["X-Amz-Security-Token"], "wasmlam-sandbox-session-token");
    let (day, time) = pairs["X-Amz-Date"].split_once('T').expect("a date and a time");
    assert!(is_digits(day, 8) && time.strip_suffix('Z').is_some_and(|time| is_digits(time, 6)), "{day} {time}");
    assert_eq!(
        pairs["X-Amz-Credential"].split("%2F").collect::<Vec<_>>(),
        ["AKIAWASMLAMSANDBOX00", day, "us-east-1", "s3", "aws4_request"]
    );
    let signature = pairs["X-Amz-Signature"];
    assert!(signature.len() == 64 && signature.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{signature}");
    let fields = ["key", "policy", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-security-token", "x-amz-signature"];
    assert_eq!(result["post"], json!({"url": "https://shop.s3.amazonaws.com/", "fields": fields}));
}

fn is_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An event of an API Gateway REST API.
fn call(method: &str, path: &str, body: Value) -> String {
    let body = if body.is_null() { body } else { Value::String(body.to_string()) };
    json!({
        "resource": "/{proxy+}", "path": path, "httpMethod": method, "headers": {"Accept": "*/*"}, "multiValueHeaders": {},
        "queryStringParameters": {"verbose": "yes"}, "multiValueQueryStringParameters": null, "pathParameters": null,
        "stageVariables": null, "body": body, "isBase64Encoded": false,
        "requestContext": {"requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef", "stage": "prod", "path": path, "httpMethod": method},
    })
    .to_string()
}

/// The log's lines of JSON, without what differs from run to run.
fn log_lines(log: &str) -> Vec<Value> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines
        .map(|mut line| {
            let entries = line.as_object_mut().expect("an object");
            assert!(entries.remove("timestamp").is_some() && entries.remove("location").is_some(), "{entries:?}");
            assert!(entries.remove("xray_trace_id").is_some_and(|id| id.as_str().is_some_and(|id| id.starts_with("1-"))), "{entries:?}");
            line
        })
        .collect()
}

#[test]
fn powertools_routes_requests_and_logs() {
    let json_type = json!(["application/json"]);
    for (method, path, body, status, headers, expected) in [
        (
            "GET",
            "/v1/orders/17",
            json!(null),
            200,
            json!({"Content-Type": json_type}),
            r#"{"order":{"item":"lamp","price":49.9},"verbose":"yes","stage":"prod"}"#,
        ),
        (
            "POST",
            "/v1/orders",
            json!({"item": "desk"}),
            201,
            json!({"Content-Type": json_type, "Location": ["/v1/orders/18"]}),
            r#"{"made": "desk"}"#,
        ),
        (
            "POST",
            "/v1/orders",
            json!({"count": 1}),
            400,
            json!({"Content-Type": json_type}),
            r#"{"statusCode":400,"message":"an order needs an item"}"#,
        ),
        ("POST", "/v1/orders", json!({"item": "unicorn"}), 409, json!({"Content-Type": ["text/plain"]}), "unicorn is out of stock"),
        ("DELETE", "/v1/orders/17", json!(null), 404, json!({"Content-Type": json_type}), r#"{"statusCode":404,"message":"Not found"}"#),
    ] {
        let answer = run("powertools").arguments(&["--function-name", "orders"]).event(&call(method, path, body)).go();
        let response = json!({"statusCode": status, "body": expected, "isBase64Encoded": false, "multiValueHeaders": headers});
        assert_eq!(answer.result(), &response, "{method} {path}");

        let line = |level: &str, message: Value| {
            json!({
                "level": level, "message": message, "service": "orders", "cold_start": true, "function_name": "orders",
                "function_memory_size": "512", "function_arn": "arn:aws:lambda:us-east-1:123456789012:function:orders",
                "function_request_id": answer.document["request_id"], "correlation_id": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            })
        };
        let mut logged = line("INFO", json!("looking up"));
        logged["order_id"] = json!("17");
        let expected = match status {
            200 => vec![logged],
            409 => vec![line("WARNING", json!({"what": "out of stock", "item": "unicorn"}))],
            _ => vec![],
        };
        assert_eq!(log_lines(answer.log()), expected, "{method} {path}");
    }
}

#[test]
fn powertools_reports_the_failed_records_of_a_batch() {
    let record = |id: &str, body: &str| json!({"messageId": id, "body": body, "eventSource": "aws:sqs"});
    let records = [record("m1", r#"{"quantity": 1}"#), record("m2", r#"{"quantity": -1}"#), record("m3", "not JSON")];
    let batch = ["--handler", "handler.queue_handler"];
    let answer = run_package(zip("powertools")).arguments(&batch).timeout(TIMEOUT).event(&json!({ "Records": records }).to_string()).go();
    assert_eq!(answer.result(), &json!({"batchItemFailures": [{"itemIdentifier": "m2"}, {"itemIdentifier": "m3"}]}));
}

/// Our sentence about a file in the package.
#[track_caller]
fn assert_explains(text: &str, file: &str) {
    let sentence = format!("native module /var/task/{file} was built for Linux and cannot load in WebAssembly; hint: ");
    assert!(text.contains(&sentence), "{text}");
}

#[test]
fn pydantic_2_needs_its_native_module_and_the_error_says_so() {
    let answer = run("native_pydantic").event(r#"{"id": 1}"#).go().expect("init_error", 3);
    let error = answer.error();
    assert_eq!(error["errorType"], "Runtime.ImportModuleError");
    let message = error["errorMessage"].as_str().expect("a message");
    assert!(message.starts_with("Unable to import module 'handler': No module named 'pydantic_core._pydantic_core' (native "), "{message}");
    assert_explains(message, "pydantic_core/_pydantic_core.cpython-313-x86_64-linux-gnu.so");
}

#[test]
fn numpy_needs_its_native_module_and_the_log_says_so() {
    let answer = run("native_numpy").go().expect("function_error", 1);
    let error = answer.error();
    assert_eq!(error["errorType"], "ImportError", "the handler's own import failed, with numpy's text, as it would on AWS");
    assert_explains(answer.log(), "numpy/_core/_multiarray_umath.cpython-313-x86_64-linux-gnu.so");
}

/// What `tests/compat/smoke.py` does with the packages that the runtime itself has, so without fetching anything.
#[test]
fn the_packages_of_the_runtime_work() {
    let smoke = |event: &str| {
        let run = run_package(&root().join("tests/compat/smoke.py")).arguments(&["--handler", "smoke.handler", "--memory-size", "512"]);
        run.event(event).timeout(TIMEOUT).go().result().clone()
    };
    assert_eq!(smoke(r#"{"smoke": "boto3"}"#), json!([["b"], "orders"]));
    for name in ["botocore", "jmespath", "python-dateutil", "simplejson", "six", "urllib3"] {
        assert_eq!(smoke(&json!({"import": name}).to_string()), json!("imported"), "{name}");
    }
}

/// The script fails unless 95 of 100 packages can be imported and each result is what native CPython gives.
#[test]
#[ignore = "fetches a hundred packages and uses them: some minutes"]
fn a_hundred_packages_work() {
    let target = Path::new(env!("CARGO_BIN_EXE_wasmlam")).ancestors().nth(2).expect("a folder of builds");
    let output = Command::new(root().join("tests/compat/packages.py")).env("CARGO_TARGET_DIR", target).output().expect("runs");
    let table = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{table}{}", String::from_utf8_lossy(&output.stderr));
}
