//! Signatures of requests: what a request's credential scope says, and whether its signature is right.

use std::borrow::Cow;
use std::collections::HashMap;

use hmac::Mac;
use http::request::Parts;
use http::{HeaderMap, header};
use sha2::{Digest, Sha256};

use super::error::cut;
use super::route::decode;
use crate::control::{ApiError, Exception};
use crate::sigv4::{ALGORITHM, Canonical, CredentialScope, Credentials, Secret, basic, encoded, encoded_path, hex, seconds, signature};

/// How far a client's clock may be from ours, in seconds.
const MAX_SKEW: i64 = 300;
/// The longest time that a presigned request may be valid for, in seconds.
const MAX_EXPIRES: i64 = 604_800;
/// Headers with Amazon's prefix that clients do not sign and that mean nothing here.
const NEED_NO_SIGNATURE: [&str; 2] = ["x-amz-user-agent", "x-amz-content-sha256"];

/// The scope that a request names, whether or not its signature is right. `None` where it has none.
pub(super) fn claimed(parts: &Parts) -> Option<CredentialScope> {
    let authorization = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(text) = authorization {
        return parameters(text.strip_prefix(ALGORITHM)?)
            .find(|(name, _)| *name == "Credential")
            .and_then(|(_, text)| CredentialScope::parse(text));
    }
    let query = parts.uri.query().filter(|query| query.contains("X-Amz-Credential"))?;
    let pairs = pairs(query).ok()?;
    pairs.iter().find(|(name, _)| name == "X-Amz-Credential").and_then(|(_, text)| CredentialScope::parse(text))
}

/// The parts of an `Authorization` header after the algorithm.
fn parameters(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(',').filter_map(|part| part.trim().split_once('='))
}

/// A name and a value of a query string, decoded.
type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

fn pairs(query: &str) -> Result<Vec<Pair<'_>>, ApiError> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts.map(|part| part.split_once('=').unwrap_or((part, ""))).map(|(key, value)| Ok((decode(key)?, decode(value)?))).collect()
}

/// What a signature says of itself, from the header or the query.
struct Claim<'a> {
    scope: CredentialScope,
    signed: Vec<Cow<'a, str>>,
    signature: Cow<'a, str>,
    date: Cow<'a, str>,
    /// Seconds that a presigned request is valid for.
    expires: Option<i64>,
    token: Option<Cow<'a, str>>,
}

fn incomplete(message: impl Into<String>) -> ApiError {
    ApiError::new(Exception::IncompleteSignature, message)
}

fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new(Exception::InvalidSignature, message)
}

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access \
     Key and signing method. Consult the service documentation for details.";

/// Checks the signature of a request against the keys that may call, at this time in seconds since 1970.
///
/// # Errors
/// As AWS words them, all with status 403.
pub(super) fn verify(parts: &Parts, body: &[u8], credentials: &Credentials, now: i64) -> Result<CredentialScope, ApiError> {
    let query = pairs(parts.uri.query().unwrap_or_default())?;
    let claim = match parts.headers.get(header::AUTHORIZATION) {
        Some(value) => from_header(value.to_str().map_err(|_| incomplete("The Authorization header is not text"))?, &parts.headers)?,
        None if query.iter().any(|(name, _)| name == "X-Amz-Signature") => from_query(&query)?,
        None => return Err(ApiError::new(Exception::MissingAuthenticationToken, "Missing Authentication Token")),
    };
    check_time(&claim, now)?;
    let secret = credentials.get(&claim.scope.key_id).filter(|secret| is_token(secret, claim.token.as_deref()));
    let secret =
        secret.ok_or_else(|| ApiError::new(Exception::UnrecognizedClient, "The security token included in the request is invalid."))?;
    let request = signed_request(parts, &query, body, &claim)?;
    let canonical = Canonical {
        method: parts.method.as_str(),
        path: &encoded_path(&normalized(parts.uri.path())),
        query: &request.query,
        headers: &request.headers,
        signed: &request.signed,
        hash: &request.hash,
    };
    let given = unhex(&claim.signature).ok_or_else(|| invalid(MISMATCH))?;
    // `verify_slice` compares in constant time.
    signature(&secret.key, &claim.scope, &claim.date, &canonical).verify_slice(&given).map_err(|_| invalid(MISMATCH))?;
    Ok(claim.scope)
}

fn is_token(secret: &Secret, given: Option<&str>) -> bool {
    match (&secret.token, given) {
        (None, _) => true,
        (Some(_), None) => false,
        // Of digests, so that the time says nothing of the token.
        (Some(token), Some(given)) => Sha256::digest(token) == Sha256::digest(given),
    }
}

fn from_header<'a>(text: &'a str, headers: &'a HeaderMap) -> Result<Claim<'a>, ApiError> {
    let rest = text.strip_prefix(ALGORITHM).ok_or_else(|| incomplete(format!("Authorization must begin with {ALGORITHM}")))?;
    let found: HashMap<&str, &str> = parameters(rest).collect();
    let missing: Vec<String> = ["Credential", "Signature", "SignedHeaders"]
        .into_iter()
        .filter(|name| !found.contains_key(name))
        .map(|name| format!("Authorization header requires '{name}' parameter."))
        .collect();
    if !missing.is_empty() {
        return Err(incomplete(missing.join(" ")));
    }
    let date = headers.get("x-amz-date").and_then(|value| value.to_str().ok());
    let date = date.ok_or_else(|| incomplete("Authorization header requires existence of the 'X-Amz-Date' header."))?;
    Ok(Claim {
        scope: scope(found["Credential"])?,
        signed: found["SignedHeaders"].split(';').map(Cow::Borrowed).collect(),
        signature: found["Signature"].into(),
        date: date.into(),
        expires: None,
        token: headers.get("x-amz-security-token").and_then(|value| value.to_str().ok()).map(Cow::Borrowed),
    })
}

fn from_query<'a>(query: &[(Cow<'a, str>, Cow<'a, str>)]) -> Result<Claim<'a>, ApiError> {
    let find = |wanted: &str| query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
    let need = |wanted: &str| find(wanted).ok_or_else(|| incomplete(format!("AWS query-string parameters must include '{wanted}'.")));
    if need("X-Amz-Algorithm")? != ALGORITHM {
        return Err(incomplete(format!("X-Amz-Algorithm must be {ALGORITHM}.")));
    }
    let expires = need("X-Amz-Expires")?.parse().ok().filter(|seconds| (1..=MAX_EXPIRES).contains(seconds));
    Ok(Claim {
        scope: scope(&need("X-Amz-Credential")?)?,
        signed: need("X-Amz-SignedHeaders")?.split(';').map(|name| Cow::Owned(name.to_owned())).collect(),
        signature: need("X-Amz-Signature")?,
        date: need("X-Amz-Date")?,
        expires: Some(expires.ok_or_else(|| incomplete(format!("X-Amz-Expires must be a number from 1 to {MAX_EXPIRES}.")))?),
        token: find("X-Amz-Security-Token"),
    })
}

fn scope(text: &str) -> Result<CredentialScope, ApiError> {
    CredentialScope::parse(text).ok_or_else(|| {
        incomplete(format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{}'",
            cut(text)
        ))
    })
}

fn check_time(claim: &Claim<'_>, now: i64) -> Result<(), ApiError> {
    let signed =
        seconds(&claim.date).ok_or_else(|| incomplete(format!("Date must be in ISO-8601 'basic format'. Got '{}'.", cut(&claim.date))))?;
    if claim.date.get(..8) != Some(claim.scope.date.as_str()) {
        return Err(invalid(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}', from '{}'.",
            claim.scope.date,
            &claim.date[..8],
            claim.date
        )));
    }
    if signed - now > MAX_SKEW {
        let (later, now) = (basic(now + MAX_SKEW), basic(now));
        return Err(invalid(format!("Signature not yet current: {} is still later than {later} ({now} + 5 min.)", claim.date)));
    }
    let valid_for = claim.expires.unwrap_or(MAX_SKEW);
    if now - signed > valid_for {
        let (earliest, now) = (basic(now - valid_for), basic(now));
        let minutes = valid_for / 60;
        return Err(invalid(format!("Signature expired: {} is now earlier than {earliest} ({now} - {minutes} min.)", claim.date)));
    }
    Ok(())
}

/// The parts of a canonical request that depend on what was signed.
struct SignedRequest {
    query: String,
    headers: String,
    signed: String,
    hash: String,
}

fn signed_request(
    parts: &Parts,
    query: &[(Cow<'_, str>, Cow<'_, str>)],
    body: &[u8],
    claim: &Claim<'_>,
) -> Result<SignedRequest, ApiError> {
    let mut signed = claim.signed.clone();
    signed.sort_unstable();
    if !signed.iter().any(|name| name == "host") {
        return Err(invalid("'Host' must be a 'SignedHeader' in the AWS Authorization."));
    }
    for name in parts.headers.keys().map(http::HeaderName::as_str).filter(|name| name.starts_with("x-amz-")) {
        if !NEED_NO_SIGNATURE.contains(&name) && !signed.iter().any(|signed| signed == name) {
            return Err(invalid(format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.")));
        }
    }
    let mut headers = String::new();
    for name in &signed {
        let values = parts.headers.get_all(&**name).iter().map(|value| value.to_str().map(blanks));
        let values: Vec<String> = values.collect::<Result<_, _>>().map_err(|_| invalid(format!("header {} is not text", cut(name))))?;
        headers.push_str(&format!("{name}:{}\n", values.join(",")));
    }
    let mut pairs: Vec<String> = query
        .iter()
        .filter(|(name, _)| claim.expires.is_none() || name != "X-Amz-Signature")
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    pairs.sort_unstable();
    let hash = hex(&Sha256::digest(body));
    if let Some(given) = parts.headers.get("x-amz-content-sha256")
        && given.as_bytes() != hash.as_bytes()
    {
        return Err(match given.as_bytes() {
            b"UNSIGNED-PAYLOAD" => invalid("UNSIGNED-PAYLOAD is allowed over TLS only, which this server does not speak: sign the body"),
            _ => invalid("The value of X-Amz-Content-Sha256 is not the SHA-256 of the body"),
        });
    }
    Ok(SignedRequest { query: pairs.join("&"), headers, signed: signed.join(";"), hash })
}

/// A path without dot segments and empty segments, as clients sign it. What is encoded stays so and is encoded once more.
fn normalized(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            _ => kept.push(segment),
        }
    }
    let end = if path.ends_with('/') && !kept.is_empty() { "/" } else { "" };
    format!("/{}{end}", kept.join("/"))
}

/// A header's value without blanks at its ends and with single ones inside.
fn blanks(value: &str) -> String {
    value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    (0..digits.len()).step_by(2).map(|place| u8::from_str_radix(&text[place..place + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    const ID: &str = "AKIDEXAMPLE";
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const NOW: i64 = 1_440_938_160; // 20150830T123600Z

    fn credentials() -> Credentials {
        Credentials::parse(&format!("[default]\naws_access_key_id = {ID}\naws_secret_access_key={SECRET}\n")).expect("reads")
    }

    /// Request `get-vanilla` of AWS's test suite for signers, with its signature there.
    fn vanilla() -> http::request::Builder {
        Request::get("/").header("host", "example.amazonaws.com").header("x-amz-date", "20150830T123600Z").header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, \
             Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        )
    }

    fn parts(builder: http::request::Builder) -> Parts {
        builder.body(()).expect("a request").into_parts().0
    }

    fn error(builder: http::request::Builder, body: &[u8], now: i64) -> (String, String) {
        let error = verify(&parts(builder), body, &credentials(), now).expect_err("refused");
        assert_eq!(error.code.status(), 403);
        (error.code.name().to_owned(), error.message.expect("a message"))
    }

    #[test]
    fn the_vector_of_aws_is_right() {
        let scope = verify(&parts(vanilla()), b"", &credentials(), NOW).expect("right");
        assert_eq!((scope.region.as_str(), scope.service.as_str(), scope.key_id.as_str()), ("us-east-1", "service", ID));
        assert_eq!(claimed(&parts(vanilla())), Some(scope));
    }

    #[test]
    fn what_differs_is_refused() {
        let mismatch = ("InvalidSignatureException".to_owned(), MISMATCH.to_owned());
        assert_eq!(error(vanilla(), b"x", NOW), mismatch);
        assert_eq!(error(vanilla().uri("/a"), b"", NOW), mismatch);
        assert_eq!(error(vanilla().uri("/?a=b"), b"", NOW), mismatch);
        assert_eq!(error(vanilla().method("POST"), b"", NOW), mismatch);
        assert_eq!(error(vanilla().header("host", "other"), b"", NOW), mismatch);
        let (name, message) = error(vanilla().header("x-amz-invocation-type", "Event"), b"", NOW);
        assert_eq!((name.as_str(), message.contains("x-amz-invocation-type")), ("InvalidSignatureException", true));
        for (now, begin) in [
            (NOW + 301, "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)"),
            (NOW - 301, "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T123059Z + 5 min.)"),
        ] {
            assert_eq!(error(vanilla(), b"", now), ("InvalidSignatureException".to_owned(), begin.to_owned()));
        }
        let none = Request::get("/").header("host", "h");
        assert_eq!(error(none, b"", NOW), ("MissingAuthenticationTokenException".into(), "Missing Authentication Token".into()));
        let other = Credentials::parse("aws_access_key_id=A\naws_secret_access_key=B").expect("reads");
        let unknown = verify(&parts(vanilla()), b"", &other, NOW).expect_err("refused");
        assert_eq!(unknown.code.name(), "UnrecognizedClientException");
        for header in [
            "Basic x",
            "AWS4-HMAC-SHA256",
            "AWS4-HMAC-SHA256 Credential=a, Signature=b",
            "AWS4-HMAC-SHA256 Credential=a, Signature=b, SignedHeaders=host",
        ] {
            let request = Request::get("/").header("host", "h").header("x-amz-date", "20150830T123600Z").header("authorization", header);
            assert_eq!(error(request, b"", NOW).0, "IncompleteSignatureException", "{header}");
        }
        let early = vanilla().header("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
        assert!(error(early, b"", NOW).1.contains("TLS"));
    }

    #[test]
    fn a_session_token_must_come_with_its_key() {
        let text = format!("[a]\naws_access_key_id={ID}\naws_secret_access_key={SECRET}\naws_session_token=T\n");
        let refused = verify(&parts(vanilla()), b"", &Credentials::parse(&text).expect("reads"), NOW).expect_err("refused");
        assert_eq!(refused.code.name(), "UnrecognizedClientException");
    }

    #[test]
    fn paths_are_normalized_as_clients_do() {
        for (path, expected) in [("/", "/"), ("//a//b/", "/a/b/"), ("/a/../b/./c", "/b/c"), ("/..", "/"), ("/a%2Fb", "/a%2Fb")] {
            assert_eq!(normalized(path), expected);
        }
    }
}
