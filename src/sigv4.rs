//! Signature Version 4, as whoever signs and whoever verifies need it: scopes, canonical requests, keys and dates.

use std::collections::HashMap;
use std::fmt;

use hmac::{Hmac, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

/// The name of the algorithm, with which an `Authorization` header begins.
pub const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// Characters that stay as they are in a canonical request.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const UNRESERVED_PATH: &AsciiSet = &UNRESERVED.remove(b'/');

/// What a signature is made with.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// The secret access key.
    pub key: String,
    /// The session token that must come with the key, if it is a temporary one.
    pub token: Option<String>,
}

impl fmt::Debug for Secret {
    /// Shows nothing: secrets must never reach a log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret")
    }
}

/// Access keys by their identifiers.
#[derive(Clone, Default)]
pub struct Credentials {
    by_id: HashMap<String, Secret>,
    /// Of the section `default`, or else the first one.
    first: Option<String>,
}

impl fmt::Debug for Credentials {
    /// Shows identifiers only.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.by_id.keys()).finish()
    }
}

/// A file of credentials that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// A line is neither a section, a comment, nor a setting.
    #[error("line {0} is not a [section], a comment or `name = value`")]
    Line(usize),
    /// A section has one half of a pair.
    #[error("section [{0}] needs both aws_access_key_id and aws_secret_access_key")]
    Half(String),
    /// There is no key in it.
    #[error("there is no aws_access_key_id in it")]
    Empty,
}

impl Credentials {
    /// Reads a file in the format of `~/.aws/credentials`, with the keys of every section.
    ///
    /// # Errors
    /// When a line has another format, when half of a pair is missing, or when there is no key.
    pub fn parse(text: &str) -> Result<Self, CredentialsError> {
        let mut sections: Vec<(String, HashMap<&str, &str>)> = vec![("default".to_owned(), HashMap::new())];
        for (place, line) in text.lines().map(str::trim).enumerate() {
            if line.is_empty() || line.starts_with('#') || line.starts_with(';') {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                sections.push((name.trim().to_owned(), HashMap::new()));
            } else if let (Some((name, value)), Some((_, settings))) = (line.split_once('='), sections.last_mut()) {
                settings.insert(name.trim(), value.trim());
            } else {
                return Err(CredentialsError::Line(place + 1));
            }
        }
        let mut found = Self::default();
        for (section, settings) in sections {
            let setting = |name| settings.get(name).map(|value| (*value).to_owned());
            match (setting("aws_access_key_id"), setting("aws_secret_access_key")) {
                (Some(id), Some(key)) => {
                    if found.first.is_none() || section == "default" {
                        found.first = Some(id.clone());
                    }
                    found.by_id.insert(id, Secret { key, token: setting("aws_session_token") });
                }
                (None, None) => {}
                (Some(_), None) | (None, Some(_)) => return Err(CredentialsError::Half(section)),
            }
        }
        if found.by_id.is_empty() { Err(CredentialsError::Empty) } else { Ok(found) }
    }

    /// One key by itself.
    pub fn of(id: String, secret: Secret) -> Self {
        Self { first: Some(id.clone()), by_id: HashMap::from([(id, secret)]) }
    }

    /// The secret of this key.
    pub fn get(&self, id: &str) -> Option<&Secret> {
        self.by_id.get(id)
    }

    /// The key to sign with: that of the section `default`, or else the first one.
    pub fn default_key(&self) -> Option<(&str, &Secret)> {
        let id = self.first.as_deref()?;
        Some((id, self.by_id.get(id)?))
    }
}

/// The credential scope of a request, which names the region and the service that it is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialScope {
    /// The access key's identifier.
    pub key_id: String,
    /// `YYYYMMDD`.
    pub date: String,
    /// For instance `us-east-1`.
    pub region: String,
    /// For instance `lambda`.
    pub service: String,
}

impl CredentialScope {
    /// Reads `KEY/DATE/REGION/SERVICE/aws4_request`. `None` where it has another form.
    pub fn parse(text: &str) -> Option<Self> {
        // A key id may have slashes, so the parts are counted from the end.
        let mut parts = text.rsplitn(5, '/');
        let (end, service, region, date, key_id) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_word = |text: &str| !text.is_empty() && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let fits = end == "aws4_request" && is_word(service) && is_word(region) && is_word(date) && !key_id.is_empty();
        fits.then(|| Self { key_id: key_id.into(), date: date.into(), region: region.into(), service: service.into() })
    }

    /// What is signed of it: all but the key.
    pub fn text(&self) -> String {
        format!("{}/{}/{}/aws4_request", self.date, self.region, self.service)
    }
}

/// A name or value of a query string, as it stands in a canonical request.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

/// A path as it stands in a canonical request: once for S3, whose keys are encoded so in the request itself; for other services
/// on top of what the request has.
pub fn encoded_path(path: &str) -> String {
    utf8_percent_encode(path, UNRESERVED_PATH).to_string()
}

/// A request as it is signed.
#[derive(Debug, Clone, Copy)]
pub struct Canonical<'a> {
    /// For instance `GET`.
    pub method: &'a str,
    /// Encoded by [`encoded_path`].
    pub path: &'a str,
    /// Pairs `name=value`, encoded and in order, joined by `&`.
    pub query: &'a str,
    /// A line `name:value` for each signed header, in order, each with a line feed at its end.
    pub headers: &'a str,
    /// Their names, joined by `;`.
    pub signed: &'a str,
    /// The body's SHA-256 in hexadecimal digits.
    pub hash: &'a str,
}

/// The signature of a request that was made at `date` (`20260131T235959Z`), to be verified in constant time.
pub fn signature(secret: &str, scope: &CredentialScope, date: &str, request: &Canonical<'_>) -> Hmac<Sha256> {
    let Canonical { method, path, query, headers, signed, hash } = request;
    let canonical = format!("{method}\n{path}\n{query}\n{headers}\n{signed}\n{hash}");
    let text = format!("{ALGORITHM}\n{date}\n{}\n{}", scope.text(), hex(&Sha256::digest(canonical)));
    keyed(&signing_key(secret, scope), text.as_bytes())
}

/// The same as the hexadecimal digits that a request carries.
pub fn signed(secret: &str, scope: &CredentialScope, date: &str, request: &Canonical<'_>) -> String {
    hex(&signature(secret, scope, date, request).finalize().into_bytes())
}

fn keyed(key: &[u8], text: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do");
    mac.update(text);
    mac
}

fn signing_key(secret: &str, scope: &CredentialScope) -> Vec<u8> {
    let start = format!("AWS4{secret}").into_bytes();
    [&scope.date, &scope.region, &scope.service, "aws4_request"]
        .iter()
        .fold(start, |key, text| keyed(&key, text.as_bytes()).finalize().into_bytes().to_vec())
}

/// Hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Seconds since 1970 of `20260131T235959Z`. `None` where it has another form.
pub fn seconds(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let shape = bytes.len() == 16 && bytes[8] == b'T' && bytes[15] == b'Z';
    let digits = |range: std::ops::Range<usize>| {
        let part = text.get(range)?;
        part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse::<i64>().ok())?
    };
    if !shape {
        return None;
    }
    let (year, month, day) = (digits(0..4)?, digits(4..6)?, digits(6..8)?);
    let (hour, minute, second) = (digits(9..11)?, digits(11..13)?, digits(13..15)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some(days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, with years that begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    365 * year + year / 4 - year / 100 + year / 400 + (month * 306 + 5) / 10 + day - 1 - 719_468
}

/// `20260131T235959Z` of seconds since 1970.
pub fn basic(moment: i64) -> String {
    let (day, time) = (moment.div_euclid(86_400), moment.rem_euclid(86_400));
    let mut year = 1970 + day / 366;
    while days(year + 1, 1, 1) <= day {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && days(year, month + 1, 1) <= day {
        month += 1;
    }
    let of_month = day - days(year, month, 1) + 1;
    format!("{year:04}{month:02}{of_month:02}T{:02}{:02}{:02}Z", time / 3600, time / 60 % 60, time % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_and_written() {
        for (text, moment) in [
            ("19700101T000000Z", 0),
            ("20150830T123600Z", 1_440_938_160),
            ("20240229T235959Z", 1_709_251_199),
            ("21000301T000000Z", 4_107_542_400),
        ] {
            assert_eq!((seconds(text), basic(moment).as_str()), (Some(moment), text));
        }
        for wrong in
            ["", "20150830T123600", "20151330T123600Z", "20150800T123600Z", "2015083OT123600Z", "20150830T243600Z", "+0150830T123600Z"]
        {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn files_of_credentials() {
        let read = Credentials::parse("# x\n; y\n[p]\naws_access_key_id = a\naws_secret_access_key = b=c\n").expect("reads");
        assert_eq!(read.default_key().map(|(id, secret)| (id, secret.key.as_str())), Some(("a", "b=c")));
        let text = "[p]\naws_access_key_id=a\naws_secret_access_key=b\n[default]\naws_access_key_id=c\naws_secret_access_key=d\naws_session_token=t\n";
        let read = Credentials::parse(text).expect("reads");
        assert_eq!(read.default_key().map(|(id, secret)| (id, secret.token.as_deref())), Some(("c", Some("t"))));
        assert_eq!(read.get("a").map(|secret| secret.key.as_str()), Some("b"));
        assert_eq!(Credentials::parse("").err(), Some(CredentialsError::Empty));
        assert_eq!(Credentials::parse("[p]\nregion").err(), Some(CredentialsError::Line(2)));
        assert_eq!(Credentials::parse("[p]\naws_access_key_id = a").err(), Some(CredentialsError::Half("p".into())));
        let one = Credentials::of("ID".into(), Secret { key: "hidden".into(), token: None });
        assert_eq!(format!("{one:?} {:?}", one.get("ID")), r#"{"ID"} Some(Secret)"#);
    }

    /// AWS's example of a signed GetObject, from the guide to S3's API.
    #[test]
    fn awss_example_for_s3() {
        let scope = CredentialScope::parse("AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request").expect("a scope");
        let hash = hex(&Sha256::digest(b""));
        let headers =
            format!("host:examplebucket.s3.amazonaws.com\nrange:bytes=0-9\nx-amz-content-sha256:{hash}\nx-amz-date:20130524T000000Z\n");
        let request = Canonical {
            method: "GET",
            path: &encoded_path("/test.txt"),
            query: "",
            headers: &headers,
            signed: "host;range;x-amz-content-sha256;x-amz-date",
            hash: &hash,
        };
        let made = signed("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", &scope, "20130524T000000Z", &request);
        assert_eq!(made, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    }
}
