//! Whole requests through the API, over a service in memory whose functions cannot run.

use std::sync::Arc;

use axum::Router;
use http_body_util::{BodyExt, Full};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::control::{ControlSettings, Deployed, InvocationPlan, Parts as ControlParts, Runtime};
use crate::function::RuntimeName;
use crate::queue::MemoryQueue;
use crate::store::{SqliteLogs, SqliteStore};

struct NoRuntime;

impl Runtime for NoRuntime {
    fn deploy(&self, _: InvocationPlan) -> Result<Arc<dyn Deployed>, String> {
        Err("nothing runs in this test".to_owned())
    }

    fn version_digest(&self, _: &RuntimeName) -> String {
        "0".repeat(64)
    }
}

struct Server {
    api: Api,
    runtime: tokio::runtime::Runtime,
}

struct Answer {
    status: u16,
    error_type: Option<String>,
    headers: http::HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in {:?}", self.text))
    }
}

impl Server {
    fn new(credentials: Option<Credentials>) -> Self {
        let store = Arc::new(SqliteStore::in_memory().expect("a store"));
        let logs = Arc::new(SqliteLogs::in_memory(1 << 20).expect("logs"));
        let parts = ControlParts::new(store, logs, Arc::new(MemoryQueue::new(10, 1 << 20)), Arc::new(NoRuntime));
        let control = Control::open(ControlSettings::default(), parts).expect("a service");
        let account = Account::new("us-east-1", "123456789012").expect("valid");
        let pages = Router::new().route("/_wasmlam/console", axum::routing::get(|| async { "a page" }));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { api: Api::new(control, ApiSettings { account, credentials, hosts: Vec::new() }, pages), runtime }
    }

    fn send(&self, request: Request<Full<Bytes>>) -> Answer {
        self.runtime.block_on(async {
            let response = self.api.handle(request, "127.0.0.1:9".parse().expect("an address")).await;
            let (parts, body) = response.into_parts();
            let bytes = body.collect().await.expect("a body").to_bytes();
            let error_type = parts.headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok()).map(str::to_owned);
            Answer { status: parts.status.as_u16(), error_type, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
        })
    }

    fn ask(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let request = Request::builder().method(method).uri(target).header("host", "localhost:9001");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        self.send(request.body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).expect("a request"))
    }

    #[track_caller]
    fn refuses(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &str, error: (u16, &str)) -> Value {
        let answer = self.ask(method, target, headers, body);
        assert_eq!((answer.status, answer.error_type.as_deref()), (error.0, Some(error.1)), "{method} {target}: {}", answer.text);
        answer.json()
    }
}

const FUNCTIONS: &str = "/2015-03-31/functions";
const INVALID: (u16, &str) = (400, "InvalidParameterValueException");
const VALIDATION: (u16, &str) = (400, "ValidationException");
const NOT_FOUND: (u16, &str) = (404, "ResourceNotFoundException");

#[test]
fn an_empty_server_lists_nothing_in_every_region() {
    let server = Server::new(None);
    for region in ["us-east-1", "eu-central-1"] {
        let header = format!("AWS4-HMAC-SHA256 Credential=test/20260101/{region}/lambda/aws4_request, SignedHeaders=host, Signature=0");
        for target in [FUNCTIONS, "/2015-03-31/functions/"] {
            let answer = server.ask("GET", target, &[("authorization", &header)], "");
            assert_eq!((answer.status, answer.json()["Functions"].clone()), (200, json!([])));
            assert_eq!(answer.headers["x-amzn-requestid"].len(), 36);
        }
    }
}

#[test]
fn names_that_try_to_confuse_get_awss_errors() {
    let server = Server::new(None);
    let of = |name: &str| format!("{FUNCTIONS}/{name}");
    // A name may have dots, except where a function is created; it never becomes a path.
    for name in ["..", "%2e%2e"] {
        server.refuses("GET", &of(name), &[], "", NOT_FOUND);
    }
    for name in ["a%2Fb", "a%00", "a%0a", "%C3%A9", "a;b", "a%20b", "%27"] {
        server.refuses("GET", &of(name), &[], "", VALIDATION);
    }
    server.refuses("GET", &of("gone"), &[], "", NOT_FOUND);
    server.refuses("GET", &of("arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Agone"), &[], "", NOT_FOUND);
    server.refuses("GET", &of("arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Agone"), &[], "", NOT_FOUND);
    server.refuses("GET", &of("arn%3Aaws%3Alambda%3Aus-east-1%3A999999999999%3Afunction%3Agone"), &[], "", (403, "AccessDeniedException"));
    server.refuses("GET", &of("%zz"), &[], "", (400, "SerializationException"));
    server.refuses("POST", &format!("{FUNCTIONS}/gone/invocations"), &[], "{}", NOT_FOUND);
}

#[test]
fn what_is_not_there_is_said_in_awss_shape() {
    let server = Server::new(None);
    for (method, target) in
        [("GET", "/"), ("PUT", FUNCTIONS), ("GET", "/_wasmlam/nothing"), ("GET", "/favicon.ico"), ("DELETE", "/_wasmlam/health")]
    {
        server.refuses(method, target, &[], "", (404, "UnknownOperationException"));
    }
    let body = server.refuses("GET", "/2025-11-30/capacity-providers", &[], "", INVALID);
    assert!(body["message"].as_str().is_some_and(|text| text.contains("wasmlam does not support ListCapacityProviders")), "{body}");
    let answer = server.ask("POST", "/", &[("x-amz-target", "Logs_20140328.PutLogEvents")], "{}");
    assert_eq!((answer.status, answer.json()["__type"].clone()), (404, json!("UnknownOperationException")));
    let answer = server.ask("POST", "/", &[("x-amz-target", "Logs_20140328.DescribeLogGroups")], "{}");
    assert_eq!((answer.status, answer.json()["logGroups"].clone()), (200, json!([])));
}

#[test]
fn several_violations_are_one_answer() {
    let server = Server::new(None);
    let body = server.refuses("POST", FUNCTIONS, &[], r#"{"FunctionName": "f", "Code": {}, "MemorySize": 1, "Timeout": 0}"#, VALIDATION);
    let text = body["message"].as_str().expect("a message");
    assert!(text.starts_with("3 validation errors detected: Value null at 'role' failed to satisfy constraint"), "{text}");
    server.refuses("POST", FUNCTIONS, &[], "{", (400, "InvalidRequestContentException"));
}

#[test]
fn bodies_are_bounded_by_operation() {
    let server = Server::new(None);
    let large = " ".repeat(1_048_577);
    let body = server.refuses("POST", &format!("{FUNCTIONS}/f/aliases"), &[], &large, (413, "RequestTooLargeException"));
    assert_eq!(body["message"], "Request must be smaller than 1048576 bytes for the CreateAlias operation");
    let event = [("x-amz-invocation-type", "Event")];
    server.refuses("POST", &format!("{FUNCTIONS}/f/invocations"), &event, &large, (413, "RequestTooLargeException"));
    server.refuses("POST", &format!("{FUNCTIONS}/f/invocations"), &[], &large, NOT_FOUND);
    let larger = " ".repeat(6_291_557);
    let body = server.refuses("POST", &format!("{FUNCTIONS}/f/invocations"), &[], &larger, (413, "RequestTooLargeException"));
    assert_eq!(body["message"], "Request must be smaller than 6291556 bytes for the InvokeFunction operation");
}

#[test]
fn web_pages_of_others_get_nothing() {
    let server = Server::new(None);
    let invoke = format!("{FUNCTIONS}/f/invocations");
    for headers in [&[("origin", "https://evil.example")][..], &[("sec-fetch-site", "cross-site")]] {
        server.refuses("POST", &invoke, headers, "{}", (403, "AccessDeniedException"));
        server.refuses("GET", "/_wasmlam/metrics", headers, "", (403, "AccessDeniedException"));
    }
    // DNS rebinding: the name is the page's, the address is ours.
    let request = Request::get(FUNCTIONS).header("host", "evil.example:9001").body(Full::default()).expect("a request");
    assert_eq!(server.send(request).status, 403);
    let preflight =
        [("origin", "http://localhost:3000"), ("access-control-request-method", "POST"), ("access-control-request-headers", "x-amz-date")];
    let answer = server.ask("OPTIONS", &invoke, &preflight, "");
    assert_eq!((answer.status, &answer.headers["access-control-allow-origin"]), (204, &HeaderValue::from_static("http://localhost:3000")));
    let evil = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
    let answer = server.ask("OPTIONS", &invoke, &evil, "");
    assert_eq!((answer.status, answer.headers.get("access-control-allow-origin")), (403, None));
}

#[test]
fn the_servers_own_pages_answer() {
    let server = Server::new(None);
    assert_eq!(server.ask("GET", "/_wasmlam/health", &[], "").json()["status"], "ok");
    assert_eq!(server.ask("GET", "/_wasmlam/console", &[], "").text, "a page");
    server.refuses("GET", "/_wasmlam/code/x", &[], "", NOT_FOUND);
    let metrics = server.ask("GET", "/_wasmlam/metrics", &[], "").text;
    assert!(metrics.contains("wasmlam_http_requests_total{operation=\"own\",status=\"404\"} 1\n"), "{metrics}");
    server.refuses("GET", "/_wasmlam/url/abcdefghijklmnopqrstuvwxyz234567/x", &[], "", NOT_FOUND);
}

#[test]
fn with_keys_every_call_must_be_signed() {
    let keys = Credentials::parse("aws_access_key_id=AKID\naws_secret_access_key=secret").expect("reads");
    let server = Server::new(Some(keys));
    server.refuses("GET", FUNCTIONS, &[], "", (403, "MissingAuthenticationTokenException"));
    let unknown = "AWS4-HMAC-SHA256 Credential=X/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0";
    server.refuses("GET", FUNCTIONS, &[("authorization", unknown)], "", (403, "IncompleteSignatureException"));
    server.refuses("GET", "/_wasmlam/console", &[], "", (404, "UnknownOperationException"));
    assert_eq!(server.ask("GET", "/_wasmlam/health", &[], "").status, 200);
}

/// Parts of targets, some of operations, some of nobody's.
fn segment() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => proptest::sample::select(vec!["2015-03-31", "functions", "f", "invocations", "policy", "layers", "2018-10-31", "versions",
            "2017-03-31", "tags", "aliases", "code", "configuration", "1", "url", "2021-10-31", "_wasmlam", "event-source-mappings"])
            .prop_map(str::to_owned),
        1 => proptest::sample::select(vec!["..", "%2e%2e", "%2F", "%00", "%", "%zz", "arn%3Aaws", "$LATEST", "", "%F0%9F%98%80"]).prop_map(str::to_owned),
        1 => "[a-zA-Z0-9%:._~!$&'()*+,;=@-]{0,80}",
    ]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let value = || {
        proptest::sample::select(vec![
            "1",
            "\"\"",
            "null",
            "[]",
            "{}",
            "true",
            "1e999",
            "[[[[",
            "\"\\ud800\"",
            "-1",
            "\"x\"",
            "{\"a\":",
            "NaN",
        ])
    };
    let key =
        || proptest::sample::select(vec!["FunctionName", "Code", "ZipFile", "Role", "Layers", "Environment", "Tags", "Name", "MemorySize"]);
    prop_oneof![
        vec(any::<u8>(), 0..200),
        vec((key(), value()), 0..6).prop_map(|members| {
            let members: Vec<String> = members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
            format!("{{{}}}", members.join(",")).into_bytes()
        }),
    ]
}

fn header() -> impl Strategy<Value = (String, Vec<u8>)> {
    let name = proptest::sample::select(vec![
        "x-amz-invocation-type",
        "x-amz-log-type",
        "x-amz-client-context",
        "authorization",
        "x-amz-target",
        "x-amz-date",
        "origin",
        "content-type",
        "content-length",
        "x-amzn-trace-id",
        "cookie",
        "host",
        "x-amz-tenant-id",
    ]);
    (name.prop_map(str::to_owned), prop_oneof![vec(0x20_u8..=0xff, 0..60), "[A-Za-z0-9=/, -]{0,60}".prop_map(String::into_bytes)])
}

#[test]
fn malformed_requests_get_answers_of_awss_shape() {
    let server = Server::new(None);
    let method = proptest::sample::select(vec!["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "BREW"]);
    let strategy = (method, vec(segment(), 0..7), "[a-zA-Z0-9%=&+]{0,40}", vec(header(), 0..4), body());
    let mut runner =
        proptest::test_runner::TestRunner::new(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() });
    let result = runner.run(&strategy, |(method, segments, query, headers, body)| {
        let target = format!("/{}?{query}", segments.join("/"));
        let request = Request::builder().method(method).uri(&target).header("host", "localhost");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value.as_slice()));
        // What the `http` crate refuses to hold never gets here: the server refuses it before.
        let Ok(request) = request.body(Full::new(Bytes::from(body))) else { return Ok(()) };
        let answer = server.send(request);
        prop_assert!(answer.status < 500, "{method} {target}: {} {}", answer.status, answer.text);
        if answer.status >= 400 {
            prop_assert!(answer.error_type.is_some(), "{method} {target}: {}", answer.text);
            let body: Value =
                serde_json::from_str(&answer.text).map_err(|error| TestCaseError::fail(format!("{error} in {}", answer.text)))?;
            prop_assert!(body.get("message").is_some() || body.get("Message").is_some(), "{body}");
        }
        Ok(())
    });
    assert_eq!(result.map_err(|error| error.to_string()), Ok(()));
}
