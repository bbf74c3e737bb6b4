//! Recordings of HTTP exchanges: what is kept of them, what is taken out of them, and which one answers a request.
//!
//! The format is described in `docs/NETWORK.md`. A recording that is read may be anybody's: everything in it is bounded and
//! checked, and what its answers say of their own length is not believed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::http1::{Chunks, Header, Piece, RequestHead, ResponseHead, is_token, value, values};

/// The version of the format, which a file names.
const VERSION: u32 = 1;
/// Bytes of a recording, exchanges in it, headers of a message, bytes of a URL and of a header.
pub const MAX_BYTES: u64 = 256 << 20;
const MAX_EXCHANGES: usize = 100_000;
const MAX_HEADERS: usize = 200;
const MAX_URL: usize = 16 << 10;
const MAX_VALUE: usize = 64 << 10;
/// Bytes of bodies that are kept while recording. What comes after is counted and left out.
const MAX_KEPT: u64 = 128 << 20;
/// Connections whose content could not be read that are named.
const MAX_UNREAD: usize = 20;
/// Characters of a URL in a message.
const MAX_SHOWN: usize = 300;
/// Stands in the place of what nobody else is to see.
const REDACTED: &str = "REDACTED";

/// Parts of names: what has one of these in it is taken for a secret, as a header, a parameter of a query or a form.
const SECRET_PARTS: [&str; 9] = ["authorization", "cookie", "credential", "token", "secret", "password", "signature", "api-key", "apikey"];
/// Names that are taken for one as a whole.
const SECRET_NAMES: [&str; 7] = ["sig", "key", "api_key", "awsaccesskeyid", "x-amz-date", "auth", "x-api-key"];
/// Members of JSON and elements of XML whose text is taken out of answers.
const SECRET_MEMBERS: [&str; 10] = [
    "SecretAccessKey",
    "SessionToken",
    "SecretString",
    "SecretBinary",
    "access_token",
    "refresh_token",
    "id_token",
    "client_secret",
    "password",
    "Plaintext",
];

/// Why a recording cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordingError {
    /// It is not JSON of this form.
    #[error("it is not a recording: {0}")]
    Form(String),
    /// It is of a version that is not known here.
    #[error("it is a recording of version {0}, and version {VERSION} is known here")]
    Version(u32),
    /// It has too many exchanges.
    #[error("it has {0} exchanges, and there can be {MAX_EXCHANGES}")]
    TooMany(usize),
    /// One exchange is wrong: its place, counted from 1, and why.
    #[error("exchange {0}: {1}")]
    Exchange(usize, String),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    wasmlam_recording: u32,
    exchanges: Vec<Exchange>,
}

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    request: Request,
    response: Response,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    body: Sent,
}

/// What is known of a request's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
enum Sent {
    Word(SentWord),
    Digest(BodyDigest),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum SentWord {
    /// The answer is for every body.
    #[serde(rename = "any")]
    Any,
    /// The answer came before the body was sent.
    #[serde(rename = "not sent")]
    NotSent,
}

/// How long a body is, and its SHA-256 in hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyDigest {
    bytes: u64,
    sha256: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Response {
    status: u16,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Body::is_empty")]
    body: Body,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    trailers: Vec<(String, String)>,
    /// The connection ended before the answer did.
    #[serde(default, skip_serializing_if = "is_false")]
    cut_off: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// A body: text where it is text, else base64.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WrittenBody", into = "WrittenBody")]
struct Body(Vec<u8>);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum WrittenBody {
    Text(String),
    Binary(Binary),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Binary {
    base64: String,
}

impl Body {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<WrittenBody> for Body {
    type Error = String;

    fn try_from(written: WrittenBody) -> Result<Self, String> {
        match written {
            WrittenBody::Text(text) => Ok(Self(text.into_bytes())),
            WrittenBody::Binary(Binary { base64 }) => STANDARD.decode(base64).map(Self).map_err(|error| format!("base64: {error}")),
        }
    }
}

impl From<Body> for WrittenBody {
    fn from(body: Body) -> Self {
        let is_text = |text: &str| text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'));
        match String::from_utf8(body.0) {
            Ok(text) if is_text(&text) => Self::Text(text),
            Ok(text) => Self::Binary(Binary { base64: STANDARD.encode(text) }),
            Err(error) => Self::Binary(Binary { base64: STANDARD.encode(error.as_bytes()) }),
        }
    }
}

/// Digests a request's body as it comes. Of AWS's signed chunks what they carry counts, since their signatures never repeat.
#[derive(Debug)]
pub struct Digesting {
    sha256: Sha256,
    bytes: u64,
    chunks: Option<Chunks>,
}

impl Digesting {
    /// Of the body that follows this head.
    pub fn of(head: &RequestHead) -> Self {
        let is_chunked = values(&head.headers, "content-encoding").any(|value| {
            std::str::from_utf8(value).is_ok_and(|text| text.split(',').any(|word| word.trim().eq_ignore_ascii_case("aws-chunked")))
        });
        Self { sha256: Sha256::new(), bytes: 0, chunks: is_chunked.then(Chunks::default) }
    }

    /// A part of the body. What is not made of chunks that says it is counts as no more than what came before.
    pub fn add(&mut self, mut part: &[u8]) {
        let mut count = |bytes: &[u8]| {
            self.sha256.update(bytes);
            self.bytes += bytes.len() as u64;
        };
        match &mut self.chunks {
            None => count(part),
            Some(chunks) => {
                while let Ok(Some(piece)) = chunks.next(&mut part) {
                    if let Piece::Data(data) = piece {
                        count(data);
                    }
                }
            }
        }
    }

    /// What they come to.
    pub fn end(self) -> BodyDigest {
        BodyDigest { bytes: self.bytes, sha256: format!("{:x}", self.sha256.finalize()) }
    }
}

/// A request as recordings know it: without secrets, and without what differs each time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
}

impl Asked {
    /// The request that this head begins, over a connection with or without TLS.
    pub fn new(head: &RequestHead, is_tls: bool) -> Self {
        let is_absolute = head.target.starts_with("http://") || head.target.starts_with("https://");
        let url = if is_absolute {
            head.target.clone()
        } else {
            let (scheme, port) = if is_tls { ("https", ":443") } else { ("http", ":80") };
            let host = value(&head.headers, "host").unwrap_or_default().to_ascii_lowercase();
            format!("{scheme}://{}{}", host.strip_suffix(port).unwrap_or(&host), head.target)
        };
        let headers = head.headers.iter().map(|(name, value)| kept_header(name, value)).collect();
        Self { method: head.method.clone(), url: without_secrets(&url), headers }
    }

    /// For instance `GET`.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// What requests are found by, but for the body.
    fn key(&self) -> String {
        key(&self.method, &self.url, &self.headers)
    }
}

/// Method and URL, as messages have them.
impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, shown(&self.url))
    }
}

fn shown(url: &str) -> String {
    if url.chars().count() > MAX_SHOWN { url.chars().take(MAX_SHOWN).chain("...".chars()).collect() } else { url.to_owned() }
}

fn kept_header(name: &str, value: &[u8]) -> (String, String) {
    let name = name.to_ascii_lowercase();
    let value = if is_secret(&name) { REDACTED.to_owned() } else { String::from_utf8_lossy(value).into_owned() };
    let value = if name == "location" || name == "referer" { without_secrets(&value) } else { value };
    (name, value)
}

/// Whether what has this name, in lower case, is not for others. What continues a list, or makes a request unique, is not a secret,
/// whatever it is called.
fn is_secret(name: &str) -> bool {
    let continues = ["continuation", "pagination", "next", "page", "client", "request"].iter().any(|start| name.starts_with(start));
    if continues && name.ends_with("token") {
        return false;
    }
    SECRET_NAMES.contains(&name) || SECRET_PARTS.iter().any(|part| name.contains(part))
}

/// A URL whose secrets are taken out of its query, and which has no user in it.
fn without_secrets(url: &str) -> String {
    let (url, query) = match url.split_once('?') {
        Some((url, query)) => (url, Some(query)),
        None => (url, None),
    };
    let url = match url.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let host = rest[..end].rsplit_once('@').map_or(&rest[..end], |(_, host)| host);
            format!("{scheme}://{host}{}", &rest[end..])
        }
        None => url.to_owned(),
    };
    let Some(query) = query else { return url };
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if is_secret(&name.to_ascii_lowercase()) => format!("{name}={REDACTED}"),
        _ => pair.to_owned(),
    };
    format!("{url}?{}", query.split('&').map(pair).collect::<Vec<_>>().join("&"))
}

fn key(method: &str, url: &str, headers: &[(String, String)]) -> String {
    let mut lines: Vec<String> = headers.iter().filter_map(|(name, value)| relevant(name, value)).collect();
    lines.sort_unstable();
    format!("{method} {url}\n{}", lines.join("\n"))
}

/// A header that a request is found by. The boundary of a form is drawn at random.
fn relevant(name: &str, value: &str) -> Option<String> {
    const NAMES: [&str; 5] = ["content-encoding", "range", "soapaction", "x-amz-target", "x-amz-copy-source"];
    if name == "content-type" {
        let parts = value.split(';').map(str::trim).filter(|part| !part.to_ascii_lowercase().starts_with("boundary="));
        return Some(format!("{name}: {}", parts.collect::<Vec<_>>().join(";")));
    }
    let is_one = NAMES.contains(&name) || name.starts_with("if-") || name.starts_with("x-amz-meta-");
    is_one.then(|| format!("{name}: {value}"))
}

/// The text of members and elements that have a secret's name is taken out of a body of JSON or XML.
fn without_secret_members(body: Vec<u8>) -> Vec<u8> {
    let mut text = match String::from_utf8(body) {
        Ok(text) => text,
        Err(error) => return error.into_bytes(),
    };
    for name in SECRET_MEMBERS {
        for (open, close) in [(format!("\"{name}\""), None), (format!("<{name}>"), Some(format!("</{name}>")))] {
            let mut from = 0;
            while let Some(found) = text[from..].find(&open) {
                let start = from + found + open.len();
                let range = match &close {
                    Some(close) => text[start..].find(close.as_str()).map(|size| start..start + size),
                    None => string_after_colon(&text, start),
                };
                from = start;
                if let Some(range) = range {
                    from = range.start + REDACTED.len();
                    text.replace_range(range, REDACTED);
                }
            }
        }
    }
    text.into_bytes()
}

/// Where the string of JSON is that follows a name, without its quotes.
fn string_after_colon(text: &str, start: usize) -> Option<std::ops::Range<usize>> {
    let rest = text[start..].trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    let from = text.len() - rest.len();
    let mut is_escaped = false;
    for (i, byte) in rest.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return Some(from..from + i),
            _ => {}
        }
    }
    None
}

/// A recording that answers.
#[derive(Debug)]
pub struct Recording {
    /// How messages call it.
    name: String,
    exchanges: Vec<Exchange>,
    by_key: HashMap<String, Vec<usize>>,
    digest: String,
}

/// How often each exchange of a recording was used, by the first one of those that are alike.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Played(BTreeMap<usize, usize>);

impl Recording {
    /// Reads a recording that messages call `name`.
    ///
    /// # Errors
    /// When it is not one, or has something in it that no server could have sent.
    pub fn parse(name: &str, json: &[u8]) -> Result<Self, RecordingError> {
        let document: Document = serde_json::from_slice(json).map_err(|error| RecordingError::Form(error.to_string()))?;
        if document.wasmlam_recording != VERSION {
            return Err(RecordingError::Version(document.wasmlam_recording));
        }
        if document.exchanges.len() > MAX_EXCHANGES {
            return Err(RecordingError::TooMany(document.exchanges.len()));
        }
        let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
        for (i, exchange) in document.exchanges.iter().enumerate() {
            check(exchange).map_err(|reason| RecordingError::Exchange(i + 1, reason))?;
            let Request { method, url, headers, .. } = &exchange.request;
            let headers: Vec<_> = headers.iter().map(|(name, value)| kept_header(name, value.as_bytes())).collect();
            by_key.entry(key(method, &without_secrets(url), &headers)).or_default().push(i);
        }
        let digest = format!("{:x}", Sha256::digest(json));
        Ok(Self { name: name.to_owned(), exchanges: document.exchanges, by_key, digest })
    }

    /// The SHA-256 of what it was read from, in hexadecimal digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Whether the answer to this request came before its body was sent, so that it is to come then again.
    pub fn answers_early(&self, asked: &Asked) -> bool {
        let alike = self.by_key.get(&asked.key()).map_or(&[][..], Vec::as_slice);
        !alike.is_empty() && alike.iter().all(|i| self.exchanges[*i].request.body == Sent::Word(SentWord::NotSent))
    }

    /// The place of the exchange that answers a request. Each one answers once, in the order of the recording, and the last one of
    /// those that are alike answers `GET` and `HEAD` as often as they come. `None` for the body: it was not sent.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub fn find(&self, asked: &Asked, body: Option<&BodyDigest>, played: &mut Played) -> Result<usize, String> {
        let alike = self.by_key.get(&asked.key()).map_or(&[][..], Vec::as_slice);
        let fits = |sent: &Sent| match (sent, body) {
            (Sent::Word(SentWord::Any), _) | (Sent::Word(SentWord::NotSent), None) => true,
            (Sent::Digest(own), Some(body)) => own.bytes == body.bytes && own.sha256.eq_ignore_ascii_case(&body.sha256),
            (Sent::Word(SentWord::NotSent), Some(_)) | (Sent::Digest(_), None) => false,
        };
        let found: Vec<usize> = alike.iter().copied().filter(|i| fits(&self.exchanges[*i].request.body)).collect();
        let Some(first) = found.first() else { return Err(self.missing(asked, body, alike)) };
        let used = played.0.entry(*first).or_default();
        let place = match found.get(*used) {
            Some(place) => *place,
            None if matches!(asked.method.as_str(), "GET" | "HEAD") => found[found.len() - 1],
            None => return Err(format!("{asked} is in the recording {} {} times, and this is one more", self.name, found.len())),
        };
        *used += 1;
        Ok(place)
    }

    fn missing(&self, asked: &Asked, body: Option<&BodyDigest>, alike: &[usize]) -> String {
        let name = &self.name;
        if !alike.is_empty() {
            let body = body.map_or_else(|| "none".to_owned(), |body| format!("{} bytes with the SHA-256 {}", body.bytes, body.sha256));
            return format!("{asked} is in the recording {name}, but with another body than this one ({body})");
        }
        let same = self.exchanges.iter().find(|exchange| exchange.request.method == asked.method && exchange.request.url == asked.url);
        if same.is_some() {
            return format!("{asked} is in the recording {name}, but with other headers, such as Content-Type, Range or X-Amz-Target");
        }
        let place = |url: &str| url.split('?').next().unwrap_or_default().to_owned();
        let host = |url: &str| url.split('/').nth(2).unwrap_or_default().to_owned();
        let near = self.exchanges.iter().find(|exchange| place(&exchange.request.url) == place(&asked.url));
        let near = near.or_else(|| self.exchanges.iter().find(|exchange| host(&exchange.request.url) == host(&asked.url)));
        match near.map(|exchange| &exchange.request) {
            Some(near) => format!("{asked} is not in the recording {name}, which has for instance {} {}", near.method, shown(&near.url)),
            None => format!("{asked} is not in the recording {name}, which has nothing of that host"),
        }
    }

    /// The head of an answer as it is sent, to a request with this method, and whether its body comes in one chunk.
    pub fn head(&self, place: usize, method: &str) -> (Vec<u8>, bool) {
        let response = &self.exchanges[place].response;
        let has_body = has_body(response.status, method);
        let is_chunked = has_body && response.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("transfer-encoding"));
        let mut head = format!("HTTP/1.1 {} {}\r\n", response.status, response.reason);
        for (name, value) in &response.headers {
            // How long it is, is what it is.
            if !has_body || !name.eq_ignore_ascii_case("content-length") {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        if has_body && !is_chunked {
            // One that was cut off said that it would be longer.
            let length = response.body.0.len() + usize::from(response.cut_off);
            head.push_str(&format!("content-length: {length}\r\n"));
        }
        head.push_str("\r\n");
        let size = response.body.0.len();
        if is_chunked && size > 0 {
            head.push_str(&format!("{size:x}\r\n"));
        }
        (head.into_bytes(), is_chunked)
    }

    /// The bytes of the body of an answer to a request with this method.
    pub fn body(&self, place: usize, method: &str) -> &[u8] {
        let response = &self.exchanges[place].response;
        if has_body(response.status, method) { &response.body.0 } else { &[] }
    }

    /// What comes after a body that was in a chunk.
    pub fn tail(&self, place: usize) -> Vec<u8> {
        let response = &self.exchanges[place].response;
        if response.cut_off {
            return Vec::new();
        }
        let trailers: String = response.trailers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let end = if response.body.is_empty() { "" } else { "\r\n" };
        format!("{end}0\r\n{trailers}\r\n").into_bytes()
    }

    /// Whether the connection ends with this answer.
    pub fn ends_connection(&self, place: usize) -> bool {
        let response = &self.exchanges[place].response;
        let closes = |(name, value): &(String, String)| name.eq_ignore_ascii_case("connection") && value.eq_ignore_ascii_case("close");
        response.cut_off || response.headers.iter().any(closes)
    }
}

fn has_body(status: u16, method: &str) -> bool {
    method != "HEAD" && status != 204 && status != 304
}

fn check(exchange: &Exchange) -> Result<(), String> {
    let Exchange { request, response } = exchange;
    let is_name = |text: &str| !text.is_empty() && text.len() <= 256 && text.bytes().all(is_token);
    if !is_name(&request.method) {
        return Err(format!("the method '{}' is not one of HTTP", shown(&request.method)));
    }
    let is_url = request.url.starts_with("http://") || request.url.starts_with("https://");
    if !is_url || request.url.len() > MAX_URL || !request.url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(format!("the URL '{}' is not one of HTTP, of at most {MAX_URL} bytes", shown(&request.url)));
    }
    if let Sent::Digest(digest) = &request.body
        && !(digest.sha256.len() == 64 && digest.sha256.bytes().all(|byte| byte.is_ascii_hexdigit()))
    {
        return Err("the body's sha256 is not 64 hexadecimal digits".into());
    }
    if !(200..=599).contains(&response.status) {
        return Err(format!("the status is {}, but must be 200 to 599", response.status));
    }
    // Or a line in it would begin something that nobody recorded.
    let is_line = |text: &str| text.len() <= MAX_VALUE && text.chars().all(|c| c == '\t' || !c.is_control());
    if !is_line(&response.reason) {
        return Err("the reason is not one line".into());
    }
    for headers in [&request.headers, &response.headers, &response.trailers] {
        if headers.len() > MAX_HEADERS {
            return Err(format!("it has {} headers, and there can be {MAX_HEADERS}", headers.len()));
        }
        for (name, value) in headers {
            if !is_name(name) || !is_line(value) {
                return Err(format!("the header '{}' is not one of HTTP", shown(name)));
            }
        }
    }
    let codings: Vec<&String> =
        response.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("transfer-encoding")).map(|(_, value)| value).collect();
    if codings.len() > 1 || codings.iter().any(|coding| !coding.eq_ignore_ascii_case("chunked")) {
        return Err("the answer's Transfer-Encoding is not `chunked` alone".into());
    }
    Ok(())
}

/// An exchange that is being recorded.
#[derive(Debug)]
pub struct Draft {
    place: u64,
    asked: Asked,
    digesting: Option<Digesting>,
    sent: Option<BodyDigest>,
    response: Option<Response>,
}

impl Draft {
    /// A part of the request's body.
    pub fn sent(&mut self, part: &[u8]) {
        if let Some(digesting) = &mut self.digesting {
            digesting.add(part);
        }
    }

    /// The request is complete.
    pub fn sent_all(&mut self) {
        self.sent = self.digesting.take().map(Digesting::end);
    }

    /// The answer begins.
    pub fn answered(&mut self, head: ResponseHead) {
        let ResponseHead { status, reason, headers } = head;
        let headers = headers.iter().map(|(name, value)| kept_header(name, value)).collect();
        self.response = Some(Response { status, reason, headers, body: Body::default(), trailers: Vec::new(), cut_off: false });
    }

    /// What stood behind the answer's last chunk.
    pub fn trailers(&mut self, trailers: &[Header]) {
        if let Some(response) = &mut self.response {
            response.trailers = trailers.iter().map(|(name, value)| kept_header(name, value)).collect();
        }
    }
}

/// Keeps exchanges until they are written.
#[derive(Debug, Default)]
pub struct Recorder(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    exchanges: BTreeMap<u64, Exchange>,
    next: u64,
    bytes: u64,
    left_out: u64,
    unread: BTreeSet<String>,
}

impl Recorder {
    /// A request begins.
    pub fn begin(&self, head: &RequestHead, is_tls: bool) -> Draft {
        let mut kept = self.lock();
        kept.next += 1;
        let asked = Asked::new(head, is_tls);
        Draft { place: kept.next, asked, digesting: Some(Digesting::of(head)), sent: None, response: None }
    }

    /// A part of the answer's body, if there is room for it.
    pub fn add(&self, draft: &mut Draft, part: &[u8]) {
        let Some(response) = &mut draft.response else { return };
        let mut kept = self.lock();
        if kept.bytes + part.len() as u64 > MAX_KEPT {
            kept.left_out += 1;
            draft.response = None;
            return;
        }
        kept.bytes += part.len() as u64;
        response.body.0.extend_from_slice(part);
    }

    /// The answer has ended; before its own end where it was cut off. One without an answer is not kept.
    pub fn end(&self, draft: Draft, is_cut_off: bool) {
        let Draft { place, asked, sent, response, .. } = draft;
        let Some(mut response) = response else { return };
        response.cut_off = is_cut_off;
        response.body = Body(without_secret_members(response.body.0));
        let body = sent.map_or(Sent::Word(SentWord::NotSent), Sent::Digest);
        let Asked { method, url, headers } = asked;
        let mut kept = self.lock();
        if kept.exchanges.len() >= MAX_EXCHANGES {
            kept.left_out += 1;
            return;
        }
        kept.exchanges.insert(place, Exchange { request: Request { method, url, headers, body }, response });
    }

    /// Something on a connection to this place was not HTTP/1.1.
    pub fn unread(&self, place: &str) {
        let mut kept = self.lock();
        if kept.unread.len() < MAX_UNREAD {
            kept.unread.insert(place.to_owned());
        }
    }

    /// The recording as a file has it, how many exchanges it has, and what is to be said about what it does not have.
    pub fn document(&self) -> (Vec<u8>, usize, Vec<String>) {
        let kept = self.lock();
        let exchanges: Vec<Exchange> = kept.exchanges.values().cloned().collect();
        let count = exchanges.len();
        let mut json = serde_json::to_vec_pretty(&Document { wasmlam_recording: VERSION, exchanges }).unwrap_or_default();
        json.push(b'\n');
        let mut notes = Vec::new();
        if kept.left_out > 0 {
            let room = MAX_KEPT >> 20;
            notes.push(format!("{} answers were left out: a recording has room for {room} MiB of bodies", kept.left_out));
        }
        for place in &kept.unread {
            notes.push(format!("what was sent to {place} is not HTTP/1.1, so it is not in the recording"));
        }
        (json, count, notes)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(method: &str, target: &str, headers: &[(&str, &str)]) -> RequestHead {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
        RequestHead { method: method.to_owned(), target: target.to_owned(), headers }
    }

    fn digest(head: &RequestHead, body: &[u8]) -> BodyDigest {
        let mut digesting = Digesting::of(head);
        body.chunks(3).for_each(|part| digesting.add(part));
        digesting.end()
    }

    fn record(recorder: &Recorder, head: &RequestHead, body: &[u8], answer: &[u8]) {
        let mut draft = recorder.begin(head, true);
        draft.sent(body);
        draft.sent_all();
        let headers = vec![("Content-Type".into(), b"text/plain".to_vec()), ("Set-Cookie".into(), b"session=hidden".to_vec())];
        draft.answered(ResponseHead { status: 200, reason: "OK".into(), headers });
        recorder.add(&mut draft, answer);
        recorder.end(draft, false);
    }

    #[test]
    fn what_was_recorded_answers_in_its_order() {
        let recorder = Recorder::default();
        let get = head("GET", "/a?x=1", &[("Host", "Api.Test:443"), ("Authorization", "Bearer hidden")]);
        let post = head("POST", "/b", &[("Host", "api.test"), ("Content-Type", "text/plain")]);
        record(&recorder, &get, b"", b"one");
        record(&recorder, &post, b"body", b"\x00binary");
        record(&recorder, &get, b"", b"two");
        let (json, count, notes) = recorder.document();
        assert_eq!((count, notes.len()), (3, 0));
        let text = String::from_utf8(json.clone()).expect("text");
        assert!(!text.contains("hidden") && text.contains("\"url\": \"https://api.test/a?x=1\""), "{text}");
        let recording = Recording::parse("api.json", &json).expect("it is one");
        let mut played = Played::default();
        let mut ask = |head: &RequestHead, body: &[u8]| {
            let place = recording.find(&Asked::new(head, true), Some(&digest(head, body)), &mut played)?;
            Ok::<_, String>(recording.body(place, &head.method).to_vec())
        };
        // Another token is the same request.
        let other = head("GET", "/a?x=1", &[("Host", "api.test"), ("Authorization", "Bearer other"), ("X-Amz-Date", "now")]);
        assert_eq!((ask(&get, b""), ask(&other, b"")), (Ok(b"one".to_vec()), Ok(b"two".to_vec())));
        assert_eq!(ask(&get, b""), Ok(b"two".to_vec()), "the last one answers from then on");
        assert!(ask(&post, b"else").expect_err("another body").contains("but with another body than this one (4 bytes"));
        assert_eq!(ask(&post, b"body"), Ok(b"\x00binary".to_vec()));
        assert!(ask(&post, b"body").expect_err("once").ends_with("1 times, and this is one more"));
        let typed = head("POST", "/b", &[("Host", "api.test"), ("Content-Type", "application/json")]);
        assert!(ask(&typed, b"body").expect_err("another type").contains("but with other headers"));
        let missing = ask(&head("GET", "/c", &[("Host", "api.test")]), b"").expect_err("not there");
        assert_eq!(missing, "GET https://api.test/c is not in the recording api.json, which has for instance GET https://api.test/a?x=1");
        assert!(ask(&head("GET", "/", &[("Host", "else.test")]), b"").expect_err("not there").ends_with("has nothing of that host"));
    }

    #[test]
    fn secrets_are_taken_out_of_urls_and_answers() {
        let url = "https://user:pw@h.test/k?X-Amz-Signature=s1&X-Amz-Credential=s2&a=b&access_token=s3&X-Amz-Security-Token=s4&sig=s5";
        let kept = "https://h.test/k?X-Amz-Signature=REDACTED&X-Amz-Credential=REDACTED&a=b&access_token=REDACTED&\
                    X-Amz-Security-Token=REDACTED&sig=REDACTED";
        assert_eq!(without_secrets(url), kept);
        assert_eq!(without_secrets(kept), kept, "a recording that is recorded again is the same");
        let body =
            br#"{"SecretAccessKey" : "a\"b", "x": "SessionToken", "SessionToken":"c"} <SecretAccessKey>d</SecretAccessKey> "password": 5"#;
        let wanted = r#"{"SecretAccessKey" : "REDACTED", "x": "SessionToken", "SessionToken":"REDACTED"} <SecretAccessKey>REDACTED</SecretAccessKey> "password": 5"#;
        assert_eq!(String::from_utf8(without_secret_members(body.to_vec())).expect("text"), wanted);
        assert_eq!(without_secret_members(b"\"password\":\"".to_vec()), b"\"password\":\"");
    }

    #[test]
    fn signed_chunks_are_what_they_carry() {
        let plain = head("PUT", "/", &[]);
        let chunked = head("PUT", "/", &[("Content-Encoding", "gzip, aws-chunked")]);
        let body = b"4;chunk-signature=abc\r\nbody\r\n0;chunk-signature=def\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
        assert_eq!(digest(&chunked, body), digest(&plain, b"body"));
        assert_ne!(digest(&plain, body), digest(&plain, b"body"));
        assert_eq!(digest(&chunked, b"zzz").bytes, 0);
    }

    #[test]
    fn a_file_that_lies_is_refused_or_does_no_harm() {
        let of = |request: &str, response: &str| {
            let json = format!(r#"{{"wasmlam_recording": 1, "exchanges": [{{"request": {{{request}}}, "response": {{{response}}}}}]}}"#);
            Recording::parse("x", json.as_bytes())
        };
        let get = r#""method": "GET", "url": "http://h.test/", "body": "any""#;
        let ok = r#""status": 200"#;
        assert!(of(get, ok).is_ok());
        for (request, response, reason) in [
            (r#""method": "GET /\r\n", "url": "http://h/", "body": "any""#, ok, "the method"),
            (r#""method": "GET", "url": "file:///etc/passwd", "body": "any""#, ok, "is not one of HTTP"),
            (r#""method": "GET", "url": "http://h/ x", "body": "any""#, ok, "is not one of HTTP"),
            (r#""method": "GET", "url": "http://h/", "body": {"bytes": 1, "sha256": "zz"}"#, ok, "64 hexadecimal digits"),
            (r#""method": "GET", "url": "http://h/", "body": {"bytes": -1, "sha256": ""}"#, ok, "not a recording"),
            (get, r#""status": 101"#, "must be 200 to 599"),
            (get, r#""status": 70000"#, "not a recording"),
            (get, r#""status": 200, "reason": "OK\r\nX: y""#, "not one line"),
            (get, r#""status": 200, "headers": [["A", "b\r\n\r\nHTTP/1.1 200 OK"]]"#, "the header 'A'"),
            (get, r#""status": 200, "headers": [["A b", "c"]]"#, "the header 'A b'"),
            (get, r#""status": 200, "headers": [["Transfer-Encoding", "gzip"]]"#, "Transfer-Encoding"),
            (get, r#""status": 200, "trailers": [["", ""]]"#, "the header ''"),
            (get, r#""status": 200, "body": {"base64": "!"}"#, "not a recording"),
            (get, r#""status": 200, "body": {"file": "/etc/passwd"}"#, "not a recording"),
            (get, r#""status": 200, "else": 1"#, "unknown field"),
        ] {
            let error = of(request, response).expect_err(reason).to_string();
            assert!(error.contains(reason), "{error}");
        }
        let many = format!(r#""status": 200, "headers": [{}]"#, vec![r#"["A", "b"]"#; 201].join(","));
        assert!(of(get, &many).is_err());
        assert_eq!(Recording::parse("x", br#"{"wasmlam_recording": 2, "exchanges": []}"#).err(), Some(RecordingError::Version(2)));
        assert!(Recording::parse("x", b"[[[[").is_err());
        // A length that is not the body's.
        let lies = of(get, r#""status": 200, "headers": [["Content-Length", "999999999999"]], "body": "four""#).expect("read");
        assert_eq!(String::from_utf8(lies.head(0, "GET").0).expect("text"), "HTTP/1.1 200 \r\ncontent-length: 4\r\n\r\n");
        let chunked = of(get, r#""status": 200, "headers": [["Transfer-Encoding", "chunked"]], "body": "four""#).expect("read");
        assert_eq!((chunked.head(0, "GET").1, chunked.tail(0)), (true, b"\r\n0\r\n\r\n".to_vec()));
        assert!(chunked.head(0, "GET").0.ends_with(b"chunked\r\n\r\n4\r\n") && chunked.body(0, "HEAD").is_empty());
    }
}
