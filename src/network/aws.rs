//! Requests to AWS that a guest signed with its placeholder, signed again with a real key: which ones are, which operations they
//! ask for, and how they are sent.
//!
//! Nothing of the guest's request is passed on as it came. Its head is read, checked, and written again in the one form that the
//! signature covers, so that the service cannot read another request in it than the one that was allowed here.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};

use super::http1::{Header, RequestHead, value, values};
use crate::function::PLACEHOLDER_KEY_ID;
use crate::sigv4::{ALGORITHM, Canonical, CredentialScope, Secret, encoded, encoded_path, hex, signed};

/// Bytes of a body that has to be complete before it can be signed; S3's are not.
pub const MAX_HELD_BODY: u64 = 20 << 20;
/// The same of all bodies that wait for their ends.
const MAX_HELD: u64 = 256 << 20;
/// Headers that are never signed: of this connection, or changed on the way.
const UNSIGNED: [&str; 13] = [
    "authorization",
    "connection",
    "content-length",
    "expect",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];

/// A key that requests are signed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its identifier.
    pub id: String,
    /// The secret, which is never shown.
    pub secret: Secret,
}

/// Where keys come from. Temporary ones are fetched again before they end.
pub trait Keys: fmt::Debug + Send + Sync {
    /// The key to sign with at this moment, in seconds since 1970.
    ///
    /// # Errors
    /// Why there is none, in words without secrets.
    fn key(&self, now: i64) -> Result<Key, String>;
}

/// A place besides AWS that the user named as an endpoint of AWS's services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Whether it is spoken to with TLS.
    pub is_tls: bool,
    /// A name or an address, in lower case.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// An endpoint that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the endpoint '{0}' is not http://HOST:PORT or https://HOST")]
pub struct EndpointError(String);

impl Endpoint {
    /// From a URL, as `AWS_ENDPOINT_URL` has it.
    ///
    /// # Errors
    /// When it is not one of HTTP.
    pub fn parse(url: &str) -> Result<Self, EndpointError> {
        let wrong = || EndpointError(url.chars().take(200).collect());
        let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
        let is_tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return Err(wrong()),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (host, port) = split_authority(authority, is_tls).ok_or_else(wrong)?;
        Ok(Self { is_tls, host, port })
    }
}

/// An operation, or several, that may be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Permission {
    service: String,
    /// With a star at its end: everything that begins so.
    operation: String,
}

/// What `--allow-aws` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions(Vec<Permission>);

/// An operation that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not SERVICE:OPERATION: write for instance s3:GetObject, dynamodb:*, s3:List*, or * for everything")]
pub struct PermissionError(String);

impl Permissions {
    /// From the texts of `--allow-aws`, each of which may have several with commas between.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn new<T: AsRef<str>>(texts: &[T]) -> Result<Self, PermissionError> {
        let mut found = Vec::new();
        for text in texts.iter().flat_map(|text| text.as_ref().split(',')).map(str::trim).filter(|text| !text.is_empty()) {
            let wrong = || PermissionError(text.chars().take(100).collect());
            let (service, operation) = if text == "*" { ("*", "*") } else { text.split_once(':').ok_or_else(wrong)? };
            let is_word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
            let is_pattern = operation == "*" || is_word(operation.strip_suffix('*').unwrap_or(operation));
            if !(service == "*" && operation == "*" || is_word(service) && is_pattern) {
                return Err(wrong());
            }
            found.push(Permission { service: service.to_ascii_lowercase(), operation: operation.to_owned() });
        }
        Ok(Self(found))
    }

    /// Whether nothing is allowed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every operation of a service is allowed, those that cannot be named included.
    fn allows_all(&self, service: &str) -> bool {
        self.0.iter().any(|own| (own.service == service || own.service == "*") && own.operation == "*")
    }

    fn allows(&self, service: &str, operation: &str) -> bool {
        let fits = |pattern: &str| match pattern.strip_suffix('*') {
            Some(start) => operation.starts_with(start),
            None => operation == pattern,
        };
        self.0.iter().any(|own| (own.service == service || own.service == "*") && fits(&own.operation))
    }
}

/// Signs what a function may ask AWS for.
#[derive(Debug)]
pub struct Signer {
    keys: Arc<dyn Keys>,
    allowed: Permissions,
    endpoints: Vec<Endpoint>,
    /// Bytes of bodies that wait for their ends, of all functions.
    held: AtomicU64,
}

/// Why a request is not signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unsigned(pub String);

impl Unsigned {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// A request that is to be signed, before its body is known.
#[derive(Debug, Clone)]
pub struct Plan {
    head: RequestHead,
    scope: CredentialScope,
    path: String,
    query: Vec<(String, String)>,
    /// What the signature says of the body, where that is known before the body: S3's.
    hash: Option<String>,
    asks: String,
}

impl Plan {
    /// Whether the body must be there before the head can be sent.
    pub fn needs_body(&self) -> bool {
        self.hash.is_none()
    }

    /// The service and what is known of the operation, for messages.
    pub fn asks(&self) -> &str {
        &self.asks
    }
}

impl Signer {
    /// Signs with these keys what these permissions allow, for AWS and for these endpoints.
    pub fn new(keys: Arc<dyn Keys>, allowed: Permissions, endpoints: Vec<Endpoint>) -> Self {
        Self { keys, allowed, endpoints, held: AtomicU64::new(0) }
    }

    /// Takes room for a part of a body that waits for its end. Whether there is room.
    pub(super) fn hold(&self, bytes: u64) -> bool {
        let add = |held: u64| held.checked_add(bytes).filter(|held| *held <= MAX_HELD);
        self.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add).is_ok()
    }

    /// Gives room back.
    pub(super) fn release(&self, bytes: u64) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// The endpoint besides AWS that a `Host` header names, or one of its buckets.
    pub fn endpoint(&self, authority: &str, is_tls: bool) -> Option<&Endpoint> {
        let (host, port) = split_authority(authority, is_tls)?;
        self.endpoints.iter().find(|own| {
            let is_below = host.strip_suffix(own.host.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
            own.is_tls == is_tls && own.port == port && is_below
        })
    }

    /// Whether AWS answers at what a `Host` header names. Machines and load balancers of its customers have names there too.
    pub fn is_aws(authority: &str) -> bool {
        let is_customers = |label: &str| matches!(label, "elb" | "compute" | "compute-1") || label.starts_with("s3-website");
        split_authority(authority, true).is_some_and(|(host, port)| {
            let is_below = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"].iter().any(|end| host.ends_with(end));
            port == 443 && is_below && !host.split('.').any(is_customers)
        })
    }

    /// What is to be done with a request: `Ok(None)` where the guest did not sign it with its placeholder, so that it goes out as
    /// it came.
    ///
    /// # Errors
    /// Why it is neither signed nor sent.
    pub fn plan(&self, head: &RequestHead, is_tls: bool) -> Result<Option<Plan>, Unsigned> {
        let has_placeholder = |value: &[u8]| String::from_utf8_lossy(value).contains(PLACEHOLDER_KEY_ID);
        if percent_decode_str(&head.target).decode_utf8_lossy().contains(PLACEHOLDER_KEY_ID) {
            let why = "a signature in the query, as presigned URLs have it, is not made again: sign with the Authorization header";
            return Err(Unsigned::new(why));
        }
        if !values(&head.headers, "authorization").any(has_placeholder) {
            return Ok(None);
        }
        let authorization =
            value(&head.headers, "authorization").ok_or_else(|| Unsigned::new("there is more than one Authorization header"))?;
        let scope = authorization
            .strip_prefix(ALGORITHM)
            .and_then(|rest| rest.split(',').map(str::trim).find_map(|part| part.strip_prefix("Credential=")))
            .and_then(CredentialScope::parse)
            .filter(|scope| scope.key_id == PLACEHOLDER_KEY_ID)
            .ok_or_else(|| Unsigned::new(format!("its Authorization is not a signature of {ALGORITHM}")))?;
        let authority = value(&head.headers, "host").ok_or_else(|| Unsigned::new("it has not one Host header"))?;
        let is_at_aws = is_tls && Self::is_aws(authority);
        let endpoint = self.endpoint(authority, is_tls);
        if !is_at_aws && endpoint.is_none() {
            let authority: String = authority.chars().take(256).collect();
            let why = format!("'{authority}' is neither *.amazonaws.com over TLS nor the endpoint that AWS_ENDPOINT_URL names");
            return Err(Unsigned::new(why));
        }
        // Behind these names are programs of AWS's customers, which see what they are sent.
        if is_at_aws && scope.service != "execute-api" && authority_host(authority).split('.').any(|label| label == "execute-api") {
            return Err(Unsigned::new(format!("an API is signed for execute-api, and not for {}", scope.service)));
        }
        check(head)?;
        let (path, query) = head.target.split_once('?').unwrap_or((&head.target, ""));
        let service = scope.service.clone();
        let path = canonical_path(path)?;
        // S3 takes it for one between segments.
        if service == "s3" && path.contains("%2F") {
            return Err(Unsigned::new("its path has a slash that is encoded"));
        }
        let query = pairs(query)?;
        let bucket_host = endpoint.map_or_else(|| s3_host(authority), |own| Some(authority_host(authority) != own.host));
        let mut plan = Plan { head: head.clone(), path, query, hash: None, asks: service.clone(), scope };
        if service == "s3" {
            plan.hash = s3_hash(&plan.head.headers)?;
            if !self.allowed.allows_all(&service) {
                let operations = s3_operations(&plan, bucket_host);
                self.check_allowed(&mut plan, operations)?;
            }
        } else if service == "lambda" && !self.allowed.allows_all(&service) {
            let operation = lambda_operation(&plan).map(|operation| vec![operation.to_owned()]);
            self.check_allowed(&mut plan, operation)?;
        }
        Ok(Some(plan))
    }

    fn check_allowed(&self, plan: &mut Plan, operations: Option<Vec<String>>) -> Result<(), Unsigned> {
        let service = &plan.scope.service;
        let Some(operations) = operations else {
            return Err(Unsigned::new(format!(
                "which operation of {service} it asks for cannot be named ({} {:.100}), so --allow-aws must have {service}:*",
                plan.head.method, plan.path
            )));
        };
        for operation in &operations {
            if !self.allowed.allows(service, operation) {
                return Err(Unsigned::new(format!("no --allow-aws has {service}:{operation:.100}")));
            }
        }
        plan.asks = format!("{service}:{}", operations.join("+"));
        Ok(())
    }

    /// The head of the signed request, at this moment in seconds since 1970. `body` is there where the plan needs it.
    ///
    /// # Errors
    /// Why it is not signed.
    pub fn sign(&self, mut plan: Plan, body: Option<&[u8]>, now: i64) -> Result<Vec<u8>, Unsigned> {
        let service = plan.scope.service.clone();
        if service != "s3" && service != "lambda" && !self.allowed.allows_all(&service) {
            let operation = operation_of(&plan, body.unwrap_or_default()).map(|operation| vec![operation]);
            self.check_allowed(&mut plan, operation)?;
        }
        let key = self.keys.key(now).map_err(|why| Unsigned(format!("there is no key to sign with: {why}")))?;
        let Plan { head, scope, path, query, hash, .. } = plan;
        let hash = hash.unwrap_or_else(|| hex(&Sha256::digest(body.unwrap_or_default())));
        let date = crate::sigv4::basic(now);
        let dropped = ["authorization", "date", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"];
        let mut headers: Vec<(String, String)> = Vec::new();
        for (name, value) in &head.headers {
            let is_held =
                body.is_some() && ["content-length", "transfer-encoding", "expect"].iter().any(|own| name.eq_ignore_ascii_case(own));
            if !is_held && !dropped.iter().any(|own| name.eq_ignore_ascii_case(own)) {
                let text = std::str::from_utf8(value).unwrap_or_default(); // checked: ASCII
                headers.push((name.clone(), text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")));
            }
        }
        if let Some(body) = body
            && (!body.is_empty() || head.method != "GET" && head.method != "HEAD")
        {
            headers.push(("Content-Length".into(), body.len().to_string()));
        }
        headers.push(("X-Amz-Date".into(), date.clone()));
        if service == "s3" || value(&head.headers, "x-amz-content-sha256").is_some() {
            headers.push(("X-Amz-Content-SHA256".into(), hash.clone()));
        }
        if let Some(token) = &key.secret.token {
            headers.push(("X-Amz-Security-Token".into(), token.clone()));
        }
        let mut covered: Vec<(String, &str)> = headers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()))
            .filter(|(name, _)| !UNSIGNED.contains(&name.as_str()))
            .collect();
        covered.sort_by(|one, other| one.0.cmp(&other.0));
        let lines: String = covered.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let names = covered.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";");
        let mut sorted: Vec<(String, String)> = query.iter().map(|(name, value)| (encoded(name), encoded(value))).collect();
        let sent_query = sorted.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
        sorted.sort();
        let canonical_query = sorted.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
        let canonical_path = if service == "s3" { path.clone() } else { encoded_path(&path) };
        let scope = CredentialScope { key_id: key.id.clone(), date: date[..8].to_owned(), ..scope };
        let request = Canonical {
            method: &head.method,
            path: &canonical_path,
            query: &canonical_query,
            headers: &lines,
            signed: &names,
            hash: &hash,
        };
        let signature = signed(&key.secret.key, &scope, &date, &request);
        let question = if sent_query.is_empty() { "" } else { "?" };
        let mut out = format!("{} {path}{question}{sent_query} HTTP/1.1\r\n", head.method);
        for (name, value) in &headers {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
        let credential = format!("{}/{}", key.id, scope.text());
        out.push_str(&format!("Authorization: {ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}\r\n\r\n"));
        Ok(out.into_bytes())
    }
}

/// Host and port of a `Host` header.
pub(super) fn split_authority(authority: &str, is_tls: bool) -> Option<(String, u16)> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port.parse().ok()?),
        Some((_, rest)) if !rest.ends_with(']') => return None,
        _ => (authority, if is_tls { 443 } else { 80 }),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let is_host = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte));
    is_host.then_some((host, port))
}

/// The host that a `Host` header names, in lower case.
fn authority_host(authority: &str) -> String {
    split_authority(authority, true).map(|(host, _)| host).unwrap_or_default()
}

/// What a signed request may not have, because the service could read it in another way than we do.
fn check(head: &RequestHead) -> Result<(), Unsigned> {
    let is_plain = |byte: &u8| (0x20..0x7f).contains(byte);
    for (place, (name, value)) in head.headers.iter().enumerate() {
        let lower = name.to_ascii_lowercase();
        if !value.iter().all(is_plain) {
            return Err(Unsigned::new(format!("the header {name:.100} has something other than visible ASCII")));
        }
        if head.headers[..place].iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
            return Err(Unsigned::new(format!("there is more than one header {name:.100}")));
        }
        if lower.contains("method-override")
            || lower.starts_with("x-http-method")
            || lower == "upgrade"
            || lower.contains('_') && !lower.starts_with("x-amz-meta-")
        {
            return Err(Unsigned::new(format!("a header {name:.100} could make another request of it")));
        }
    }
    if value(&head.headers, "connection").is_some_and(|value| !["keep-alive", "close"].iter().any(|own| value.eq_ignore_ascii_case(own))) {
        return Err(Unsigned::new("its Connection header names other headers"));
    }
    if !matches!(head.method.as_str(), "GET" | "HEAD" | "PUT" | "POST" | "DELETE" | "PATCH") {
        return Err(Unsigned::new(format!("{:.20} is not a method of AWS's services", head.method)));
    }
    Ok(())
}

/// A path with each byte written in the one way that a signature has it.
fn canonical_path(path: &str) -> Result<String, Unsigned> {
    if !path.starts_with('/') {
        return Err(Unsigned::new("its target is not a path"));
    }
    check_escapes(path)?;
    let decoded = percent_decode_str(path).decode_utf8().map_err(|_| Unsigned::new("its path is not UTF-8"))?;
    if decoded.split('/').any(|segment| segment == "." || segment == "..") {
        return Err(Unsigned::new("its path has a segment . or .."));
    }
    if decoded.chars().any(char::is_control) {
        return Err(Unsigned::new("its path has a control character"));
    }
    // A slash that was written as %2F stays so: it is not one between segments.
    let segments: Vec<String> = path.split('/').map(|segment| encoded(&percent_decode_str(segment).decode_utf8_lossy())).collect();
    Ok(segments.join("/"))
}

fn check_escapes(text: &str) -> Result<(), Unsigned> {
    let bytes = text.as_bytes();
    let is_whole = bytes
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'%')
        .all(|(i, _)| bytes.get(i + 1).is_some_and(u8::is_ascii_hexdigit) && bytes.get(i + 2).is_some_and(u8::is_ascii_hexdigit));
    if is_whole && bytes.iter().all(u8::is_ascii_graphic) && !text.contains('#') {
        Ok(())
    } else {
        Err(Unsigned::new("its target is not written as URLs are"))
    }
}

/// The pairs of a query, decoded.
fn pairs(query: &str) -> Result<Vec<(String, String)>, Unsigned> {
    check_escapes(query)?;
    if query.contains(';') || query.contains('?') {
        return Err(Unsigned::new("its query has a ; or ? that is not encoded"));
    }
    let decode = |text: &str| {
        let decoded = percent_decode_str(text).decode_utf8().map_err(|_| Unsigned::new("its query is not UTF-8"))?;
        Ok::<_, Unsigned>(decoded.into_owned())
    };
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            // A plus is a space for some and a plus for others.
            if pair.contains('+') {
                return Err(Unsigned::new("its query has a + that is not encoded"));
            }
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

/// What the signature of a request to S3 says of its body; `None`: the body is to be looked at.
fn s3_hash(headers: &[Header]) -> Result<Option<String>, Unsigned> {
    match value(headers, "x-amz-content-sha256") {
        None => Ok(None),
        Some(hash @ ("UNSIGNED-PAYLOAD" | "STREAMING-UNSIGNED-PAYLOAD-TRAILER")) => Ok(Some(hash.to_owned())),
        Some(hash) if hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => Ok(Some(hash.to_ascii_lowercase())),
        Some(hash) if hash.starts_with("STREAMING-AWS4-") => Err(Unsigned::new(
            "chunks that are signed one by one are not signed again: send the body unsigned (payload_signing_enabled=False) or as a whole",
        )),
        Some(_) => Err(Unsigned::new("its X-Amz-Content-SHA256 is not one that is known")),
    }
}

/// Whether a host of AWS is S3's, and begins with a bucket's name. `None`: it is another one, such as an access point's.
fn s3_host(authority: &str) -> Option<bool> {
    let host = authority_host(authority);
    let is_s3 = |label: &str| label == "s3" || label.starts_with("s3-") && label[3..].split('-').count() >= 2 && !is_special(label);
    // s3.REGION, s3-REGION, s3.dualstack.REGION, and the same behind a bucket's name, which can have dots.
    let labels: Vec<&str> = host.split('.').collect();
    let place = labels.iter().rposition(|label| is_s3(label))?;
    if labels.iter().skip(place + 1).any(|label| is_special(label)) || labels.iter().any(|label| is_special(label)) {
        return None;
    }
    Some(place > 0)
}

fn is_special(label: &str) -> bool {
    ["s3-control", "s3-accesspoint", "s3-object-lambda", "s3-outposts", "s3express", "s3-website", "s3-deprecated"]
        .iter()
        .any(|special| label.starts_with(special))
}

/// What a request asks S3 for, by the names of S3's API: more than one where it needs more than one right. `None`: it cannot be
/// named. `has_bucket` says whether the host begins with the bucket's name.
fn s3_operations(plan: &Plan, has_bucket: Option<bool>) -> Option<Vec<String>> {
    let has_bucket = has_bucket?;
    let path = plan.path.strip_prefix('/')?;
    let (bucket, key) = if has_bucket { ("-", path) } else { path.split_once('/').unwrap_or((path, "")) };
    if bucket.is_empty() && !key.is_empty() {
        return None;
    }
    let method = plan.head.method.as_str();
    // What a query may have beside what decides: parts of a listing, of an answer's head, and the hint of the SDKs.
    let changes_nothing = |name: &str| {
        matches!(
            name,
            "x-id"
                | "prefix"
                | "delimiter"
                | "marker"
                | "max-keys"
                | "continuation-token"
                | "start-after"
                | "encoding-type"
                | "fetch-owner"
                | "versionId"
                | "key-marker"
                | "upload-id-marker"
                | "version-id-marker"
                | "max-uploads"
                | "max-parts"
                | "part-number-marker"
                | "max-buckets"
                | "bucket-region"
        ) || name.starts_with("response-")
    };
    let mut deciding: Vec<&str> = plan.query.iter().map(|(name, _)| name.as_str()).filter(|name| !changes_nothing(name)).collect();
    deciding.sort_unstable();
    let header = |name: &str| value(&plan.head.headers, name).is_some();
    let copies = header("x-amz-copy-source");
    let base = match (bucket.is_empty(), key.is_empty()) {
        (true, _) => match (method, &deciding[..]) {
            ("GET", []) => "ListBuckets",
            _ => return None,
        },
        (false, true) => match (method, &deciding[..]) {
            ("GET", []) => "ListObjects",
            ("GET", ["list-type"]) => "ListObjectsV2",
            ("GET", ["versions"]) => "ListObjectVersions",
            ("GET", ["uploads"]) => "ListMultipartUploads",
            ("GET", ["location"]) => "GetBucketLocation",
            ("HEAD", []) => "HeadBucket",
            ("PUT", []) => "CreateBucket",
            ("DELETE", []) => "DeleteBucket",
            ("POST", ["delete"]) => "DeleteObjects",
            (method, [one]) => return bucket_setting(method, one).map(|operation| vec![operation]),
            _ => return None,
        },
        (false, false) => match (method, &deciding[..]) {
            ("GET", [] | ["partNumber"]) => "GetObject",
            ("HEAD", [] | ["partNumber"]) => "HeadObject",
            ("PUT", []) if copies => "CopyObject",
            ("PUT", []) => "PutObject",
            ("PUT", ["partNumber", "uploadId"]) if copies => "UploadPartCopy",
            ("PUT", ["partNumber", "uploadId"]) => "UploadPart",
            ("POST", ["uploads"]) => "CreateMultipartUpload",
            ("POST", ["uploadId"]) => "CompleteMultipartUpload",
            ("DELETE", ["uploadId"]) => "AbortMultipartUpload",
            ("GET", ["uploadId"]) => "ListParts",
            ("DELETE", []) => "DeleteObject",
            ("GET", ["tagging"]) => "GetObjectTagging",
            ("PUT", ["tagging"]) => "PutObjectTagging",
            ("DELETE", ["tagging"]) => "DeleteObjectTagging",
            ("GET", ["acl"]) => "GetObjectAcl",
            ("PUT", ["acl"]) => "PutObjectAcl",
            ("GET", ["attributes"]) => "GetObjectAttributes",
            ("GET", ["legal-hold"]) => "GetObjectLegalHold",
            ("PUT", ["legal-hold"]) => "PutObjectLegalHold",
            ("GET", ["retention"]) => "GetObjectRetention",
            ("PUT", ["retention"]) => "PutObjectRetention",
            ("POST", ["restore"]) => "RestoreObject",
            ("POST", ["select", "select-type"]) => "SelectObjectContent",
            _ => return None,
        },
    };
    if copies && !matches!(base, "CopyObject" | "UploadPartCopy") {
        return None;
    }
    let mut operations = vec![base.to_owned()];
    if copies {
        operations.push("GetObject".into());
    }
    if matches!(base, "PutObject" | "CopyObject" | "CreateMultipartUpload" | "CreateBucket") {
        let sets = |start: &str| plan.head.headers.iter().any(|(name, _)| name.to_ascii_lowercase().starts_with(start));
        let acl = if base == "CreateBucket" { "PutBucketAcl" } else { "PutObjectAcl" };
        for (start, needs) in [
            ("x-amz-acl", acl),
            ("x-amz-grant-", acl),
            ("x-amz-tagging", "PutObjectTagging"),
            ("x-amz-object-lock-legal-hold", "PutObjectLegalHold"),
            ("x-amz-object-lock-", "PutObjectRetention"),
        ] {
            if sets(start) && !operations.iter().any(|own| own == needs) {
                operations.push(needs.into());
            }
        }
    }
    Some(operations)
}

/// An operation on a setting of a bucket.
fn bucket_setting(method: &str, setting: &str) -> Option<String> {
    let (name, is_deleted) = match setting {
        "acl" => ("BucketAcl", false),
        "cors" => ("BucketCors", true),
        "encryption" => ("BucketEncryption", true),
        "lifecycle" => ("BucketLifecycleConfiguration", true),
        "logging" => ("BucketLogging", false),
        "notification" => ("BucketNotificationConfiguration", false),
        "object-lock" => ("ObjectLockConfiguration", false),
        "ownershipControls" => ("BucketOwnershipControls", true),
        "policy" => ("BucketPolicy", true),
        "publicAccessBlock" => ("PublicAccessBlock", true),
        "replication" => ("BucketReplication", true),
        "requestPayment" => ("BucketRequestPayment", false),
        "tagging" => ("BucketTagging", true),
        "versioning" => ("BucketVersioning", false),
        "website" => ("BucketWebsite", true),
        _ => return None,
    };
    match method {
        "GET" => Some(format!("Get{name}")),
        "PUT" => Some(format!("Put{name}")),
        // As S3 names them: DeleteBucketLifecycle has no `Configuration`.
        "DELETE" if is_deleted => Some(format!("Delete{}", name.trim_end_matches("Configuration"))),
        _ => None,
    }
}

/// What a request asks Lambda for. `None`: it cannot be named.
fn lambda_operation(plan: &Plan) -> Option<&'static str> {
    let segments: Vec<&str> = plan.path.trim_matches('/').split('/').collect();
    if segments.iter().any(|segment| segment.is_empty()) {
        return None;
    }
    Some(match (plan.head.method.as_str(), &segments[..]) {
        ("POST", ["2015-03-31", "functions", _, "invocations"]) => "Invoke",
        ("POST", ["2021-11-15", "functions", _, "response-streaming-invocations"]) => "InvokeWithResponseStream",
        ("POST", ["2014-11-13", "functions", _, "invoke-async"]) => "InvokeAsync",
        ("GET", ["2015-03-31", "functions"]) => "ListFunctions",
        ("GET", ["2015-03-31", "functions", _]) => "GetFunction",
        ("GET", ["2015-03-31", "functions", _, "configuration"]) => "GetFunctionConfiguration",
        ("GET", ["2015-03-31", "functions", _, "versions"]) => "ListVersionsByFunction",
        ("GET", ["2015-03-31", "functions", _, "aliases"]) => "ListAliases",
        _ => return None,
    })
}

/// What a request asks any other service for: by `X-Amz-Target`, by `Action`, or by the path of Smithy's RPC. `None`: by none of
/// them, or by more than one.
fn operation_of(plan: &Plan, body: &[u8]) -> Option<String> {
    let is_word = |text: &str| !text.is_empty() && text.len() <= 200 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let header = |name: &'static str| value(&plan.head.headers, name);
    let kind = header("content-type").unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_form = kind == "application/x-www-form-urlencoded";
    let named_by_query = plan.query.iter().filter(|(name, _)| name.eq_ignore_ascii_case("action")).count();
    if let Some(target) = header("x-amz-target") {
        // A body of JSON cannot be a form with an `Action` at the same time.
        let is_json = kind.starts_with("application/x-amz-json-") && matches!(body.trim_ascii_start().first(), None | Some(b'{'));
        let is_rpc = plan.head.method == "POST" && plan.path == "/" && plan.query.is_empty();
        let (_, operation) = target.rsplit_once('.')?;
        return (is_json && is_rpc && is_word(operation)).then(|| operation.to_owned());
    }
    if header("smithy-protocol") == Some("rpc-v2-cbor") {
        let segments: Vec<&str> = plan.path.split('/').collect();
        let is_rpc = plan.head.method == "POST" && plan.query.is_empty() && !is_form;
        return match &segments[..] {
            ["", "service", _, "operation", operation] if is_rpc && is_word(operation) => Some((*operation).to_owned()),
            _ => None,
        };
    }
    let is_query = plan.path == "/" || plan.path.trim_matches('/').bytes().all(|byte| byte.is_ascii_digit() || byte == b'/');
    let text = std::str::from_utf8(body).ok()?;
    let in_body: Vec<String> = if text.is_empty() {
        Vec::new()
    } else if is_form && plan.head.method == "POST" {
        let names = text.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        names.filter(|(name, _)| decode(name).eq_ignore_ascii_case("action")).map(|(_, value)| decode(value)).collect()
    } else {
        return None;
    };
    let by_query: Vec<String> =
        plan.query.iter().filter(|(name, _)| name.eq_ignore_ascii_case("action")).map(|(_, value)| value.clone()).collect();
    match (in_body.as_slice(), by_query.as_slice()) {
        ([operation], []) | ([], [operation]) if is_query && named_by_query <= 1 && is_word(operation) => Some(operation.clone()),
        _ => None,
    }
}

/// An answer for the client of a service, in place of one from AWS, that says why a request was not sent.
pub fn refusal(head: &RequestHead, service: &str, why: &str) -> Vec<u8> {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let is_json = value(&head.headers, "x-amz-target").is_some()
        || value(&head.headers, "content-type").is_some_and(|kind| kind.contains("json"))
        || service == "lambda";
    let message = format!("wasmlam: {why}");
    let (kind, body) = if is_json {
        let body = serde_json::json!({"__type": "AccessDeniedException", "message": message, "Message": message}).to_string();
        ("application/x-amz-json-1.1", body)
    } else if service == "s3" {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>AccessDenied</Code><Message>{}</Message></Error>",
            escaped(&message)
        );
        ("application/xml", body)
    } else {
        let error = format!("<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{}</Message></Error>", escaped(&message));
        ("text/xml", format!("<ErrorResponse>{error}<RequestId>wasmlam</RequestId></ErrorResponse>"))
    };
    let is_head = head.method == "HEAD";
    let length = body.len();
    let head = format!(
        "HTTP/1.1 403 Forbidden\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nx-amzn-ErrorType: AccessDeniedException\r\n\
         Connection: close\r\n\r\n"
    );
    if is_head { head.into_bytes() } else { format!("{head}{body}").into_bytes() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct One(Key);

    impl Keys for One {
        fn key(&self, _now: i64) -> Result<Key, String> {
            Ok(self.0.clone())
        }
    }

    fn signer(allowed: &str) -> Signer {
        let secret = Secret { key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(), token: None };
        let keys = One(Key { id: "AKIAIOSFODNN7EXAMPLE".into(), secret });
        let endpoint = Endpoint::parse("http://localhost:4566").expect("an endpoint");
        Signer::new(Arc::new(keys), Permissions::new(&[allowed]).expect("permissions"), vec![endpoint])
    }

    fn request(method: &str, target: &str, service: &str, headers: &[(&str, &str)]) -> RequestHead {
        let credential = format!("{PLACEHOLDER_KEY_ID}/20130524/us-east-1/{service}/aws4_request");
        let authorization = format!("{ALGORITHM} Credential={credential}, SignedHeaders=host, Signature=0");
        let all = [("Authorization", authorization.as_str())].into_iter().chain(headers.iter().copied());
        let headers = all.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).collect();
        RequestHead { method: method.into(), target: target.into(), headers }
    }

    /// The example of a GetObject in AWS's guide to S3's API, whatever the guest said of date and signature.
    #[test]
    fn awss_example_for_s3_is_signed_as_aws_signs_it() {
        let hash = hex(&Sha256::digest(b""));
        let headers = [
            ("Host", "examplebucket.s3.amazonaws.com"),
            ("Range", "bytes=0-9"),
            ("X-Amz-Content-SHA256", hash.as_str()),
            ("X-Amz-Date", "19990101T000000Z"),
            ("X-Amz-Security-Token", "of the guest"),
            ("User-Agent", "any"),
        ];
        let signer = signer("s3:GetObject");
        let plan = signer.plan(&request("GET", "/test.txt", "s3", &headers), true).expect("it may").expect("it is signed");
        assert!(!plan.needs_body());
        let sent = String::from_utf8(signer.sign(plan, None, 1_369_353_600).expect("signed")).expect("text");
        assert!(sent.starts_with("GET /test.txt HTTP/1.1\r\nHost: examplebucket.s3.amazonaws.com\r\n"), "{sent}");
        let end = "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, \
                   Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41\r\n\r\n";
        assert!(sent.ends_with(end) && !sent.contains("of the guest") && !sent.contains(PLACEHOLDER_KEY_ID), "{sent}");
    }

    fn operations(method: &str, target: &str, host: &str, headers: &[(&str, &str)]) -> String {
        let headers: Vec<_> = headers.iter().copied().chain([("Host", host)]).collect();
        let all = signer("*").plan(&request(method, target, "s3", &headers), true).expect("it may").expect("it is signed");
        s3_operations(&all, s3_host(host)).map_or_else(|| "?".to_owned(), |all| all.join("+"))
    }

    #[test]
    fn operations_of_s3_are_named_by_what_the_request_is() {
        let (path_style, bucket) = ("s3.eu-west-1.amazonaws.com", "my.bucket.s3.eu-west-1.amazonaws.com");
        for (method, target, host, wanted) in [
            ("GET", "/", path_style, "ListBuckets"),
            ("GET", "/b", path_style, "ListObjects"),
            ("GET", "/b/", path_style, "ListObjects"),
            ("GET", "/", bucket, "ListObjects"),
            ("GET", "/?list-type=2&prefix=a%2Fb&delimiter=%2F", bucket, "ListObjectsV2"),
            ("GET", "/b/k", path_style, "GetObject"),
            ("GET", "/b", bucket, "GetObject"),
            ("GET", "/k?versionId=1&x-id=DeleteObject&response-content-type=a", bucket, "GetObject"),
            ("HEAD", "/k", bucket, "HeadObject"),
            ("PUT", "/k", bucket, "PutObject"),
            ("PUT", "/k?partNumber=1&uploadId=x", bucket, "UploadPart"),
            ("POST", "/k?uploads", bucket, "CreateMultipartUpload"),
            ("POST", "/k?uploadId=x", bucket, "CompleteMultipartUpload"),
            ("DELETE", "/k?uploadId=x", bucket, "AbortMultipartUpload"),
            ("POST", "/?delete", bucket, "DeleteObjects"),
            ("PUT", "/?policy", bucket, "PutBucketPolicy"),
            ("DELETE", "/?lifecycle", bucket, "DeleteBucketLifecycle"),
            ("GET", "/k?tagging&acl", bucket, "?"),
            ("GET", "/k?unknown", bucket, "?"),
            ("POST", "/k", bucket, "?"),
            ("PATCH", "/k", bucket, "?"),
            ("GET", "//k", path_style, "?"),
            ("GET", "/k", "access-1.s3-accesspoint.eu-west-1.amazonaws.com", "?"),
            ("GET", "/k", "1234.s3-control.eu-west-1.amazonaws.com", "?"),
            ("GET", "/k", "bucket.s3express-use1-az4.us-east-1.amazonaws.com", "?"),
            ("GET", "/k", "dynamodb.eu-west-1.amazonaws.com", "?"),
        ] {
            assert_eq!(operations(method, target, host, &[]), wanted, "{method} {target} {host}");
        }
        assert_eq!(operations("PUT", "/k", bucket, &[("X-Amz-Copy-Source", "b/k")]), "CopyObject+GetObject");
        assert_eq!(operations("GET", "/k", bucket, &[("X-Amz-Copy-Source", "b/k")]), "?");
        let marked = [("x-amz-acl", "public-read"), ("x-amz-tagging", "a=b"), ("x-amz-object-lock-mode", "GOVERNANCE")];
        assert_eq!(operations("PUT", "/k", bucket, &marked), "PutObject+PutObjectAcl+PutObjectTagging+PutObjectRetention");
    }

    fn named(headers: &[(&str, &str)], method: &str, target: &str, body: &str) -> Option<String> {
        let headers: Vec<_> = headers.iter().copied().chain([("Host", "x.us-east-1.amazonaws.com")]).collect();
        let plan = signer("*").plan(&request(method, target, "x", &headers), true).expect("it may").expect("it is signed");
        operation_of(&plan, body.as_bytes())
    }

    #[test]
    fn operations_of_other_services_are_named_in_one_way_or_not_at_all() {
        let json = ("Content-Type", "application/x-amz-json-1.0");
        let form = ("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
        let target = ("X-Amz-Target", "DynamoDB_20120810.GetItem");
        let cbor = [("smithy-protocol", "rpc-v2-cbor"), ("Content-Type", "application/cbor")];
        for (headers, method, at, body, wanted) in [
            (&[json, target][..], "POST", "/", "{}", Some("GetItem")),
            (&[json, target], "POST", "/", "", Some("GetItem")),
            (&[form], "POST", "/", "Action=SendMessage&Version=1", Some("SendMessage")),
            (&[form], "POST", "/123456789012/queue", "Action=SendMessage", None),
            (&[], "GET", "/?Action=GetCallerIdentity&Version=1", "", Some("GetCallerIdentity")),
            (&cbor, "POST", "/service/GraniteServiceVersion20100801/operation/PutMetricData", "x", Some("PutMetricData")),
            (&[json, target], "POST", "/", "Action=X", None),
            (&[form, target], "POST", "/", "Action=X", None),
            (&[json, target], "GET", "/", "", None),
            (&[json, target], "POST", "/?Action=X", "{}", None),
            (&[json, ("X-Amz-Target", "NoDot")], "POST", "/", "{}", None),
            (&[json, ("X-Amz-Target", "A.B C")], "POST", "/", "{}", None),
            (&[form], "POST", "/?Action=A", "Action=B", None),
            (&[form], "POST", "/", "Action=A&action=B", None),
            (&[form], "POST", "/", "Action=A&%41ction=B", None),
            (&[json], "POST", "/", "Action=A", None),
            (&[], "PUT", "/restapis/x", "", None),
            (&cbor, "POST", "/service/A/operation/B/C", "x", None),
        ] {
            assert_eq!(named(headers, method, at, body).as_deref(), wanted, "{headers:?} {method} {at} {body}");
        }
    }

    #[test]
    fn an_api_of_a_customer_gets_no_signature_for_anything_else() {
        let api = [("Host", "abc.execute-api.us-east-1.amazonaws.com")];
        assert!(signer("*").plan(&request("GET", "/", "sts", &api), true).is_err());
        assert!(signer("*").plan(&request("GET", "/", "execute-api", &api), true).is_ok_and(|plan| plan.is_some()));
        assert!(signer("*").plan(&request("GET", "/", "execute-api", &api), false).is_err(), "without TLS nothing is signed");
    }

    #[test]
    fn permissions() {
        let signer = signer("s3:Get*,dynamodb:*,sqs:SendMessage");
        for (service, operation, is_allowed) in [
            ("s3", "GetObject", true),
            ("s3", "PutObject", false),
            ("dynamodb", "DeleteTable", true),
            ("sqs", "SendMessage", true),
            ("sqs", "SendMessageBatch", false),
            ("sts", "GetCallerIdentity", false),
        ] {
            assert_eq!(signer.allowed.allows(service, operation), is_allowed, "{service}:{operation}");
        }
        assert!(signer.allowed.allows_all("dynamodb") && !signer.allowed.allows_all("s3"));
        assert!(Permissions::new(&["*"]).expect("all").allows_all("any"));
        for wrong in ["s3", "s3:", ":x", "*:GetObject", "s3:*Object", "s3:Get Object", "s 3:x"] {
            assert!(Permissions::new(&[wrong]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn endpoints_are_named_by_scheme_host_and_port() {
        let signer = signer("*");
        for (authority, is_tls, is_one) in [
            ("localhost:4566", false, true),
            ("bucket.localhost:4566", false, true),
            ("LOCALHOST:4566", false, true),
            ("localhost:4566", true, false),
            ("localhost:4567", false, false),
            ("localhost", false, false),
            ("evillocalhost:4566", false, false),
            ("localhost.evil.test:4566", false, false),
        ] {
            assert_eq!(signer.endpoint(authority, is_tls).is_some(), is_one, "{authority}");
        }
        for (authority, is_aws) in [
            ("s3.amazonaws.com", true),
            ("s3.amazonaws.com:443", true),
            ("sts.cn-north-1.amazonaws.com.cn", true),
            ("s3.amazonaws.com:8443", false),
            ("amazonaws.com", false),
            ("evilamazonaws.com", false),
            ("mine-1.us-east-1.elb.amazonaws.com", false),
            ("ec2-1-2-3-4.compute-1.amazonaws.com", false),
            ("mine.s3-website-us-east-1.amazonaws.com", false),
            ("s3.amazonaws.com.evil.test", false),
            ("s3.amazonaws.com@evil.test", false),
        ] {
            assert_eq!(Signer::is_aws(authority), is_aws, "{authority}");
        }
        for wrong in ["localhost:4566", "ftp://x", "http://", "http://a b"] {
            assert!(Endpoint::parse(wrong).is_err(), "{wrong}");
        }
    }
}
