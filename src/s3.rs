//! Packages from an S3 service that the user names: MinIO, another server of this kind, or S3 itself.
//!
//! Objects are asked for by path (`ENDPOINT/BUCKET/KEY`), signed where there is a key, and read within bounds of size and time.
//! What the service says of an error reaches the caller in AWS's words.

use std::io::Read;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};
use ureq::Agent;
use url::Url;

use crate::agent::agent;
use crate::control::{ObjectError, Objects};
use crate::sigv4::{ALGORITHM, Canonical, CredentialScope, Credentials, basic, encoded, encoded_path, hex, signed};

/// The largest package, in bytes; one more is read, by which `control` sees that it is larger.
const MAX_OBJECT: u64 = 52_428_800;
/// Bytes of an error that are looked at.
const MAX_ERROR: u64 = 64 << 10;
/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(10);
/// How long everything may take.
const WHOLE: Duration = Duration::from_secs(60);
/// Characters of the service's words that are passed on.
const MAX_SAID: usize = 500;

/// An S3 service.
#[derive(Debug)]
pub struct S3 {
    endpoint: String,
    host: String,
    /// The path of the endpoint itself, which is a part of each request's.
    base: String,
    region: String,
    credentials: Option<Credentials>,
    agent: Agent,
}

/// An address that is not one of an S3 service.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the address '{address}' of the S3 service {reason}: it has the form http://HOST:PORT or https://HOST")]
pub struct EndpointError {
    address: String,
    reason: String,
}

impl S3 {
    /// The service at this address, whose requests are signed for this region where there are credentials.
    ///
    /// # Errors
    /// When the address is not one of HTTP, or has a user, a query or a fragment.
    pub fn new(endpoint: &str, region: &str, credentials: Option<Credentials>) -> Result<Self, EndpointError> {
        let wrong = |reason: &str| EndpointError { address: endpoint.chars().take(200).collect(), reason: reason.to_owned() };
        let url = Url::parse(endpoint).map_err(|error| wrong(&format!("cannot be read ({error})")))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("is not one of HTTP"));
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("has a user, a query or a fragment"));
        }
        let host = url.host_str().ok_or_else(|| wrong("has no host"))?;
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let (endpoint, base) = (endpoint.trim_end_matches('/').to_owned(), url.path().trim_end_matches('/').to_owned());
        Ok(Self { endpoint, host, base, region: region.to_owned(), credentials, agent: agent(CONNECT, WHOLE) })
    }

    /// Where an object is: the path with its query.
    fn place(bucket: &str, key: &str, version: Option<&str>) -> (String, String) {
        let path = encoded_path(&format!("/{bucket}/{key}"));
        (path, version.map_or(String::new(), |version| format!("versionId={}", encoded(version))))
    }

    /// The headers of a signed request, without `Host`, which the client sends by itself.
    fn headers(&self, path: &str, query: &str, date: &str) -> Vec<(&'static str, String)> {
        let hash = hex(&Sha256::digest(b""));
        let mut headers = vec![("x-amz-content-sha256", hash.clone()), ("x-amz-date", date.to_owned())];
        let Some((id, secret)) = self.credentials.as_ref().and_then(Credentials::default_key) else { return headers };
        headers.extend(secret.token.clone().map(|token| ("x-amz-security-token", token)));
        let mut lines = format!("host:{}\n", self.host);
        let mut names = vec!["host"];
        for (name, value) in &headers {
            lines.push_str(&format!("{name}:{value}\n"));
            names.push(name);
        }
        let scope =
            CredentialScope { key_id: id.to_owned(), date: date[..8].to_owned(), region: self.region.clone(), service: "s3".into() };
        let names = names.join(";");
        let request =
            Canonical { method: "GET", path: &format!("{}{path}", self.base), query, headers: &lines, signed: &names, hash: &hash };
        let made = signed(&secret.key, &scope, date, &request);
        let value = format!("{ALGORITHM} Credential={id}/{}, SignedHeaders={names}, Signature={made}", scope.text());
        headers.push(("authorization", value));
        headers
    }
}

impl Objects for S3 {
    fn fetch(&self, bucket: &str, key: &str, version: Option<&str>) -> Result<Vec<u8>, ObjectError> {
        if !is_bucket(bucket) {
            return Err(error("InvalidBucketName", "The specified bucket is not valid."));
        }
        let (path, query) = Self::place(bucket, key, version);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let headers = self.headers(&path, &query, &basic(i64::try_from(now).unwrap_or_default()));
        let question = if query.is_empty() { "" } else { "?" };
        let request = self.agent.get(format!("{}{path}{question}{query}", self.endpoint));
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let response = request.call().map_err(|failed| unreachable(&self.endpoint, &failed))?;
        let status = response.status().as_u16();
        let (limit, mut bytes) = (if status == 200 { MAX_OBJECT + 1 } else { MAX_ERROR }, Vec::new());
        let read = response.into_body().into_reader().take(limit).read_to_end(&mut bytes);
        match (status, read) {
            (200, Ok(_)) => Ok(bytes),
            (200, Err(failed)) => Err(error("RequestTimeout", &format!("The object could not be read from {}: {failed}", self.endpoint))),
            // What there is of an error says enough.
            (_, Ok(_) | Err(_)) => Err(said(status, &String::from_utf8_lossy(&bytes))),
        }
    }
}

/// Whether this can be a bucket's name, so that it is one segment of a path.
fn is_bucket(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (3..=63).contains(&name.len()) && name.bytes().all(allowed) && !name.starts_with('.') && !name.ends_with('.')
}

fn error(code: &str, message: &str) -> ObjectError {
    ObjectError { code: code.to_owned(), message: message.to_owned() }
}

fn unreachable(endpoint: &str, failed: &ureq::Error) -> ObjectError {
    let code = if matches!(failed, ureq::Error::Timeout(_)) { "RequestTimeout" } else { "ServiceUnavailable" };
    error(code, &format!("The S3 service at {endpoint} does not answer: {failed}"))
}

/// From the XML of an error, `<Error><Code>NoSuchKey</Code><Message>...</Message></Error>`, or from the status where there is none.
fn said(status: u16, xml: &str) -> ObjectError {
    let of = |name: &str| {
        let (_, rest) = xml.split_once(&format!("<{name}>"))?;
        let (text, _) = rest.split_once(&format!("</{name}>"))?;
        Some(plain(text)).filter(|text| !text.is_empty())
    };
    let (code, message) = match status {
        301 | 302 | 307 | 308 => {
            ("PermanentRedirect", "The bucket you are attempting to access must be addressed using the specified endpoint.")
        }
        403 => ("AccessDenied", "Access Denied"),
        404 => ("NoSuchKey", "The specified key does not exist."),
        _ => ("InternalError", ""),
    };
    let message = if message.is_empty() { format!("The S3 service answered with status {status}.") } else { message.to_owned() };
    ObjectError { code: of("Code").unwrap_or_else(|| code.to_owned()), message: of("Message").unwrap_or(message) }
}

/// Text of XML with its references resolved, on one line and not too long.
fn plain(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'").replace("&amp;", "&");
    text.chars().filter(|c| !c.is_control()).take(MAX_SAID).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sigv4::Secret;

    #[test]
    fn addresses() {
        for good in ["http://127.0.0.1:9000", "http://localhost:9000/", "https://s3.us-east-1.amazonaws.com", "http://[::1]:9000/base"] {
            assert!(S3::new(good, "us-east-1", None).is_ok(), "{good}");
        }
        for (wrong, part) in [
            ("localhost:9000", "is not one of HTTP"),
            ("nothing", "cannot be read"),
            ("ftp://host", "is not one of HTTP"),
            ("http://user@host", "has a user"),
            ("http://host?a=b", "a query"),
        ] {
            let error = S3::new(wrong, "us-east-1", None).expect_err("wrong").to_string();
            assert!(error.contains(part) && error.contains(wrong), "{error}");
        }
    }

    #[test]
    fn a_key_never_leaves_its_bucket() {
        assert_eq!(S3::place("b", "../a b/é?x#y", Some("v/1")), ("/b/../a%20b/%C3%A9%3Fx%23y".into(), "versionId=v%2F1".into()));
        for (name, is_one) in [("code-bucket", true), ("a.b_c", true), ("..", false), ("a/b", false), ("ab", false), ("a?b", false)] {
            assert_eq!(is_bucket(name), is_one, "{name}");
        }
    }

    #[test]
    fn errors_are_the_services_words() {
        let xml = "<?xml version=\"1.0\"?><Error><Code>NoSuchBucket</Code><Message>The bucket &lt;x&gt; &amp; y</Message></Error>";
        assert_eq!(said(404, xml), error("NoSuchBucket", "The bucket <x> & y"));
        assert_eq!(said(404, ""), error("NoSuchKey", "The specified key does not exist."));
        assert_eq!(said(503, "<html>").message, "The S3 service answered with status 503.");
        let long = format!("<Code>A</Code><Message>{}\n</Message>", "x".repeat(10_000));
        assert_eq!(said(400, &long).message.len(), MAX_SAID);
    }

    #[test]
    fn requests_are_signed_with_the_path_of_the_endpoint() {
        let secret = Secret { key: "secret".into(), token: Some("token".into()) };
        let s3 = S3::new("http://localhost:9000/base", "eu-west-1", Some(Credentials::of("ID".into(), secret))).expect("an address");
        let headers = s3.headers("/b/k", "", "20260131T235959Z");
        let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["x-amz-content-sha256", "x-amz-date", "x-amz-security-token", "authorization"]);
        let value = &headers[3].1;
        let begin = "AWS4-HMAC-SHA256 Credential=ID/20260131/eu-west-1/s3/aws4_request, \
             SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=";
        assert!(value.starts_with(begin) && value.len() == begin.len() + 64, "{value}");
        let other = s3.headers("/b/l", "", "20260131T235959Z");
        assert_ne!(*value, other[3].1);
        assert_eq!(S3::new("http://localhost", "eu-west-1", None).expect("an address").headers("/b/k", "", "20260131T235959Z").len(), 2);
    }
}
