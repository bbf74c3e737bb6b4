//! Function URLs: an HTTP request becomes an event of payload format 2.0, and the function's result an HTTP answer.

use std::fmt::Display;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use http_body::Frame;
use http_body_util::BodyExt;
use serde_json::{Map, Value, json};

use super::body::{Body, empty, full};
use super::guard::{authority, without_port};
use super::route::decode;
use super::{Api, Call, blocking, error};
use crate::control::model::Cors;
use crate::control::{ApiError, Exception, Invoke, Invoked, Scope, Source, UrlTarget};
use crate::function::{HttpAnswer, RequestId, civil_date};

/// What metrics call these requests.
pub(super) const OPERATION: &str = "FunctionUrl";
/// The path under which every URL can be called where its host name cannot be resolved.
pub(super) const PATH: &str = "/_wasmlam/url/";
const ID_LENGTH: usize = 32;
/// The largest body, in bytes.
const MAX_BODY: usize = 6_291_456;

/// A request that is for a function URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) id: String,
    /// The path as the function sees it, still encoded.
    pub(super) path: String,
}

/// Whether a request is for a function URL, by its host or by its path.
pub(super) fn target(parts: &Parts) -> Option<Target> {
    let is_id = |id: &str| id.len() == ID_LENGTH && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let path = parts.uri.path();
    if let Some(rest) = path.strip_prefix(PATH) {
        let (id, rest) = rest.split_once('/').unwrap_or((rest, ""));
        return is_id(id).then(|| Target { id: id.to_owned(), path: format!("/{rest}") });
    }
    let host = without_port(authority(parts)?);
    let (id, rest) = host.split_once('.')?;
    (rest.starts_with("lambda-url.") && is_id(id)).then(|| Target { id: id.to_owned(), path: path.to_owned() })
}

const FORBIDDEN: &str = "Forbidden. For troubleshooting Function URL authorization issues, see: \
    https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html";

impl Api {
    /// Answers a request to a function URL.
    pub(super) async fn function_url<B>(&self, call: Call<B>, target: Target) -> Result<Response<Body>, ApiError>
    where
        B: http_body::Body<Data = Bytes> + Unpin,
        B::Error: Display,
    {
        let Call { parts, body, peer, request_id } = call;
        let (control, id) = (self.control.clone(), target.id.clone());
        let url = blocking(move || control.function_url(&id)).await?;
        let url = url.ok_or_else(|| ApiError::new(Exception::ResourceNotFound, "there is no function URL with this id"))?;
        if let Some(response) = preflight(&parts, url.cors.as_ref()) {
            return Ok(response);
        }
        let received = self.intake.body(body, MAX_BODY, "InvokeFunctionUrl").await?;
        if url.auth_type == "AWS_IAM" {
            self.check_caller(&parts, &received.bytes, &url, &request_id)?;
        } else if !url.is_public {
            return Err(error::denied(FORBIDDEN));
        }
        let event = event(&parts, &target, request_id.as_str(), &received.bytes, peer, now())?;
        let trace_id = parts.headers.get("x-amzn-trace-id").and_then(|value| value.to_str().ok());
        let invoke = Invoke {
            function_name: url.function_name.clone(),
            qualifier: url.qualifier.clone(),
            payload: event,
            trace_id: trace_id.map(str::to_owned),
            source: Source::Url,
            ..Invoke::default()
        };
        let scope = Scope { account: url.account.clone(), request_id };
        Ok(answer(&self.call_function(scope, invoke).await?, &url, &parts.headers))
    }

    /// A URL with the type AWS_IAM wants a signature; where no keys are known, any that names the URL's region will do.
    fn check_caller(&self, parts: &Parts, body: &[u8], url: &UrlTarget, request_id: &RequestId) -> Result<(), ApiError> {
        if super::sigv4::claimed(parts).is_none() {
            return Err(error::denied(FORBIDDEN));
        }
        let scope = self.scope(parts, body, &["lambda"], request_id.clone())?;
        if scope.account.region == url.account.region { Ok(()) } else { Err(error::denied(FORBIDDEN)) }
    }
}

/// Answers a browser that asks whether a page may call, where the URL says who may.
pub(super) fn preflight(parts: &Parts, cors: Option<&Cors>) -> Option<Response<Body>> {
    let cors = cors?;
    if parts.method != Method::OPTIONS || !parts.headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD) {
        return None;
    }
    let mut response = Response::new(empty());
    let headers = response.headers_mut();
    if let Some(origin) = allowed_origin(&parts.headers, cors) {
        let list = |values: &Option<Vec<String>>| values.as_ref().filter(|values| !values.is_empty()).map(|values| values.join(","));
        set(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, Some(origin));
        set(headers, header::ACCESS_CONTROL_ALLOW_METHODS, list(&cors.allow_methods));
        set(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, list(&cors.allow_headers));
        set(headers, header::ACCESS_CONTROL_MAX_AGE, cors.max_age.map(|seconds| seconds.to_string()));
        if cors.allow_credentials == Some(true) {
            set(headers, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, Some("true".to_owned()));
        }
        headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    }
    Some(response)
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: Option<String>) {
    if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
        headers.insert(name, value);
    }
}

/// The origin to name in the answer to a page, if the URL lets it call.
fn allowed_origin(headers: &HeaderMap, cors: &Cors) -> Option<String> {
    let origin = headers.get(header::ORIGIN)?.to_str().ok()?;
    let allowed = cors.allow_origins.as_deref().unwrap_or_default();
    let matches = |pattern: &String| match pattern.split_once('*') {
        None => pattern == origin,
        Some((start, end)) => origin.len() >= start.len() + end.len() && origin.starts_with(start) && origin.ends_with(end),
    };
    allowed.iter().any(matches).then(|| origin.to_owned())
}

/// The event of a request.
pub(super) fn event(
    parts: &Parts,
    target: &Target,
    request_id: &str,
    body: &[u8],
    peer: SocketAddr,
    now: Duration,
) -> Result<Vec<u8>, ApiError> {
    let query = parts.uri.query().unwrap_or_default();
    let host = authority(parts).unwrap_or_default();
    let domain = without_port(host);
    let mut headers: Map<String, Value> = Map::new();
    let mut cookies: Vec<Value> = Vec::new();
    for name in parts.headers.keys() {
        let values = parts.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        if name == header::COOKIE {
            cookies.extend(values.flat_map(|value| value.split("; ").map(Value::from).collect::<Vec<_>>()));
        } else {
            headers.insert(name.as_str().to_owned(), values.collect::<Vec<_>>().join(",").into());
        }
    }
    let port = host.strip_prefix(domain).and_then(|port| port.strip_prefix(':')).unwrap_or("80");
    for (name, value) in [
        ("host", host),
        ("x-amzn-tls-cipher-suite", "ECDHE-RSA-AES128-GCM-SHA256"),
        ("x-amzn-tls-version", "TLSv1.2"),
        ("x-amzn-trace-id", &trace_id(request_id, now)),
        ("x-forwarded-for", &peer.ip().to_string()),
        ("x-forwarded-port", port),
        ("x-forwarded-proto", "http"),
    ] {
        if name != "x-amzn-trace-id" || !headers.contains_key(name) {
            headers.insert(name.to_owned(), value.into());
        }
    }
    let user_agent = headers.get("user-agent").cloned().unwrap_or(Value::Null);
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": target.path,
        "rawQueryString": query,
    });
    if !cookies.is_empty() {
        event["cookies"] = cookies.into();
    }
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    event["headers"] = headers.into();
    let parameters = query_parameters(query)?;
    if !parameters.is_empty() {
        event["queryStringParameters"] = parameters.into();
    }
    event["requestContext"] = json!({
        "accountId": "anonymous",
        "apiId": target.id,
        "domainName": domain,
        "domainPrefix": target.id,
        "http": {
            "method": parts.method.as_str(),
            "path": target.path,
            "protocol": format!("{:?}", parts.version),
            "sourceIp": peer.ip().to_string(),
            "userAgent": user_agent,
        },
        "requestId": request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": common_log_time(now),
        "timeEpoch": u64::try_from(now.as_millis()).unwrap_or(u64::MAX),
    });
    let text = std::str::from_utf8(body).ok().filter(|_| is_text(content_type));
    if !body.is_empty() {
        event["body"] = text.map_or_else(|| STANDARD.encode(body), str::to_owned).into();
    }
    event["isBase64Encoded"] = (!body.is_empty() && text.is_none()).into();
    Ok(event.to_string().into_bytes())
}

/// Whether a body of this type is text in the event. The types that AWS passes on as text; a form is not one of them.
fn is_text(content_type: Option<&str>) -> bool {
    let Some(content_type) = content_type else { return true };
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let structured = ["+json", "+xml"].iter().any(|suffix| essence.ends_with(suffix));
    essence.starts_with("text/")
        || structured
        || matches!(essence.as_str(), "application/json" | "application/xml" | "application/javascript")
}

fn query_parameters(query: &str) -> Result<Map<String, Value>, ApiError> {
    let mut parameters: Map<String, Value> = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (key, value) = (key.replace('+', "%20"), value.replace('+', "%20"));
        let (key, value) = (decode(&key)?.into_owned(), decode(&value)?.into_owned());
        match parameters.get_mut(&key) {
            Some(Value::String(known)) => {
                known.push(',');
                known.push_str(&value);
            }
            _ => drop(parameters.insert(key, value.into())),
        }
    }
    Ok(parameters)
}

/// X-Ray's header for a request that came without one, from the request's id, which is unique already.
fn trace_id(request_id: &str, now: Duration) -> String {
    let digits: String = request_id.chars().filter(|c| *c != '-').collect();
    format!("Root=1-{:08x}-{}", now.as_secs(), digits.get(8..).unwrap_or_default())
}

/// `26/Nov/2026:21:45:01 +0000`
fn common_log_time(now: Duration) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let seconds = now.as_secs();
    let (year, month, day) = civil_date(seconds / 86_400);
    let month = usize::try_from(month).ok().and_then(|month| MONTHS.get(month - 1)).unwrap_or(&"Jan");
    format!("{day:02}/{month}/{year:04}:{:02}:{:02}:{:02} +0000", seconds / 3600 % 24, seconds / 60 % 60, seconds % 60)
}

/// The time since 1970.
pub(super) fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Headers that belong to the connection, which is ours.
const OF_CONNECTION: [&str; 7] = ["connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"];

/// The answer that an invocation becomes.
pub(super) fn answer(invoked: &Invoked, url: &UrlTarget, request: &HeaderMap) -> Response<Body> {
    let answer = match invoked.function_error {
        None => serde_json::from_slice(&invoked.payload).ok().and_then(|result| HttpAnswer::of(&result).ok()),
        Some(_) => None,
    };
    let mut response = answer.and_then(|answer| http_answer(answer, url.invoke_mode == "RESPONSE_STREAM")).unwrap_or_else(bad_gateway);
    if let Some(cors) = &url.cors {
        let headers = response.headers_mut();
        let origin = allowed_origin(request, cors);
        // The URL's own rules stand in place of what the function says.
        for name in [header::ACCESS_CONTROL_ALLOW_ORIGIN, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, header::ACCESS_CONTROL_EXPOSE_HEADERS] {
            headers.remove(name);
        }
        if let Some(origin) = origin {
            set(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN, Some(origin));
            set(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, cors.expose_headers.as_ref().map(|names| names.join(",")));
            if cors.allow_credentials == Some(true) {
                set(headers, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, Some("true".to_owned()));
            }
            headers.append(header::VARY, HeaderValue::from_static("Origin"));
        }
    }
    response
}

fn http_answer(answer: HttpAnswer, streams: bool) -> Option<Response<Body>> {
    let body = Bytes::from(answer.body);
    let mut response = Response::new(if streams { Body::Right(Chunked(Some(body)).boxed_unsync()) } else { full(body) });
    *response.status_mut() = StatusCode::from_u16(answer.status).ok().filter(|status| !status.is_informational())?;
    for (name, value) in answer.headers {
        if !OF_CONNECTION.contains(&name.as_str()) {
            let name = HeaderName::try_from(name).ok()?;
            response.headers_mut().insert(name, HeaderValue::from_bytes(value.as_bytes()).ok()?);
        }
    }
    for cookie in answer.cookies {
        response.headers_mut().append(header::SET_COOKIE, HeaderValue::from_bytes(cookie.as_bytes()).ok()?);
    }
    Some(response)
}

fn bad_gateway() -> Response<Body> {
    let mut response = Response::new(full("Internal Server Error"));
    *response.status_mut() = StatusCode::BAD_GATEWAY;
    response
}

/// Bytes whose length is not announced, so that they travel in chunks.
struct Chunked(Option<Bytes>);

impl http_body::Body for Chunked {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    const ID: &str = "abcdefghijklmnopqrstuvwxyz012345";

    fn parts(method: &str, uri: &str, headers: &[(&str, &str)]) -> Parts {
        let builder =
            headers.iter().fold(Request::builder().method(method).uri(uri), |request, (name, value)| request.header(*name, *value));
        builder.body(()).expect("a request").into_parts().0
    }

    fn url(cors: Option<Cors>) -> UrlTarget {
        UrlTarget {
            account: crate::function::Account::new("us-east-1", "123456789012").expect("valid"),
            function_name: "f".into(),
            qualifier: None,
            auth_type: "NONE".into(),
            cors,
            invoke_mode: "BUFFERED".into(),
            is_public: true,
        }
    }

    #[test]
    fn urls_are_known_by_host_and_by_path() {
        let by_host = format!("{ID}.lambda-url.us-east-1.localhost:9001");
        assert_eq!(target(&parts("GET", "/a%20b?c", &[("host", &by_host)])), Some(Target { id: ID.into(), path: "/a%20b".into() }));
        let by_path = |path: &str| target(&parts("GET", path, &[("host", "localhost")]));
        assert_eq!(by_path(&format!("/_wasmlam/url/{ID}/x/y")), Some(Target { id: ID.into(), path: "/x/y".into() }));
        assert_eq!(by_path(&format!("/_wasmlam/url/{ID}")), Some(Target { id: ID.into(), path: "/".into() }));
        for path in ["/_wasmlam/url/", "/_wasmlam/url/short/x", "/2015-03-31/functions"] {
            assert_eq!(by_path(path), None, "{path}");
        }
        let upper = by_host.to_ascii_uppercase();
        for host in ["lambda-url.us-east-1.localhost", "x.lambda-url.us-east-1.localhost", upper.as_str()] {
            assert_eq!(target(&parts("GET", "/", &[("host", host)])), None, "{host}");
        }
    }

    #[test]
    fn an_event_has_format_2_0() {
        let host = format!("{ID}.lambda-url.us-east-1.localhost:9001");
        let request = parts(
            "POST",
            "/a%2Fb/?x=1&y=a+b&x=%C3%A9&z",
            &[
                ("host", &host),
                ("Content-Type", "application/json; charset=utf-8"),
                ("User-Agent", "test"),
                ("X-A", "1"),
                ("x-a", "2"),
                ("cookie", "c=1; d=2"),
            ],
        );
        let now = Duration::from_millis(1_764_193_501_123);
        let peer: SocketAddr = "127.0.0.1:5".parse().expect("an address");
        let make = |parts: &Parts, body: &[u8]| -> Value {
            let bytes =
                event(parts, &target(parts).expect("a URL"), "681bac92-7a18-4120-bb3f-285193b43fc9", body, peer, now).expect("an event");
            serde_json::from_slice(&bytes).expect("JSON")
        };
        assert_eq!(
            make(&request, b"{}"),
            json!({
                "version": "2.0",
                "routeKey": "$default",
                "rawPath": "/a%2Fb/",
                "rawQueryString": "x=1&y=a+b&x=%C3%A9&z",
                "cookies": ["c=1", "d=2"],
                "headers": {
                    "host": host,
                    "content-type": "application/json; charset=utf-8",
                    "user-agent": "test",
                    "x-a": "1,2",
                    "x-amzn-tls-cipher-suite": "ECDHE-RSA-AES128-GCM-SHA256",
                    "x-amzn-tls-version": "TLSv1.2",
                    "x-amzn-trace-id": "Root=1-692774dd-7a184120bb3f285193b43fc9",
                    "x-forwarded-for": "127.0.0.1",
                    "x-forwarded-port": "9001",
                    "x-forwarded-proto": "http",
                },
                "queryStringParameters": {"x": "1,é", "y": "a b", "z": ""},
                "requestContext": {
                    "accountId": "anonymous",
                    "apiId": ID,
                    "domainName": format!("{ID}.lambda-url.us-east-1.localhost"),
                    "domainPrefix": ID,
                    "http": {"method": "POST", "path": "/a%2Fb/", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test"},
                    "requestId": "681bac92-7a18-4120-bb3f-285193b43fc9",
                    "routeKey": "$default",
                    "stage": "$default",
                    "time": "26/Nov/2025:21:45:01 +0000",
                    "timeEpoch": 1_764_193_501_123_u64,
                },
                "body": "{}",
                "isBase64Encoded": false,
            })
        );
        let form = parts("POST", "/", &[("host", &host), ("content-type", "application/x-www-form-urlencoded")]);
        assert_eq!((&make(&form, b"a=b")["body"], &make(&form, b"a=b")["isBase64Encoded"]), (&json!("YT1i"), &json!(true)));
        let text = parts("POST", "/", &[("host", &host), ("content-type", "text/plain")]);
        assert_eq!(make(&text, b"\xff")["body"], json!("/w=="));
        assert_eq!(make(&text, b"").get("body"), None);
    }

    fn answered(payload: &str, function_error: Option<&'static str>, cors: Option<Cors>, origin: Option<&str>) -> Response<Body> {
        let invoked = Invoked { status: 200, payload: payload.into(), function_error, ..Invoked::default() };
        let mut headers = HeaderMap::new();
        if let Some(origin) = origin {
            headers.insert(header::ORIGIN, HeaderValue::from_str(origin).expect("a value"));
        }
        answer(&invoked, &url(cors), &headers)
    }

    #[test]
    fn results_become_answers() {
        for (payload, error, status) in [
            (r#"{"statusCode": 418, "headers": {"X-A": "b", "Content-Length": "9"}, "cookies": ["a=1", "b=2"]}"#, None, 418),
            (r#"{"a": 1}"#, None, 200),
            (r#"{"statusCode": "x"}"#, None, 502),
            (r#"{"statusCode": 101}"#, None, 502),
            (r#"{"statusCode": 200, "headers": {"a b": "c"}}"#, None, 502),
            (r#"{"statusCode": 200, "headers": {"a": "b\r\nc: d"}}"#, None, 502),
            (r#"{"errorMessage": "x"}"#, Some("Unhandled"), 502),
            ("not JSON", None, 502),
        ] {
            let response = answered(payload, error, None, None);
            assert_eq!(response.status().as_u16(), status, "{payload}");
            if status == 418 {
                assert_eq!(
                    (response.headers().get_all("set-cookie").iter().count(), &response.headers()["x-a"]),
                    (2, &HeaderValue::from_static("b"))
                );
                assert!(!response.headers().contains_key("content-length"));
            }
        }
    }

    #[test]
    fn the_rules_of_a_url_say_which_pages_may_read_it() {
        let cors = Cors {
            allow_origins: Some(vec!["https://*.example.com".into(), "http://localhost:3000".into()]),
            allow_methods: Some(vec!["GET".into(), "POST".into()]),
            allow_credentials: Some(true),
            max_age: Some(60),
            ..Cors::default()
        };
        let payload = r#"{"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*"}}"#;
        for (origin, expected) in [
            ("https://a.example.com", Some("https://a.example.com")),
            ("http://localhost:3000", Some("http://localhost:3000")),
            ("https://example.com.evil", None),
        ] {
            let response = answered(payload, None, Some(cors.clone()), Some(origin));
            let allowed = response.headers().get("access-control-allow-origin").map(|value| value.to_str().expect("text"));
            assert_eq!(allowed, expected);
            let asked = parts("OPTIONS", "/", &[("origin", origin), ("access-control-request-method", "GET")]);
            let response = preflight(&asked, Some(&cors)).expect("an answer");
            assert_eq!(response.headers().get("access-control-allow-methods").is_some(), expected.is_some());
        }
        // Without rules the function answers for itself.
        assert_eq!(answered(payload, None, None, Some("https://x")).headers()["access-control-allow-origin"], "*");
        assert!(preflight(&parts("OPTIONS", "/", &[("access-control-request-method", "GET")]), None).is_none());
    }
}
