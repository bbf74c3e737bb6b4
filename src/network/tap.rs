//! What passes through one connection of a guest, before it is encrypted: watched by a recorder, rewritten by a signer.

use std::collections::VecDeque;
use std::sync::Arc;

use super::aws::{self, MAX_HELD_BODY, Plan, Signer, split_authority};
use super::http1::{Event, Header, Reader, RequestHead, value, values};
use super::policy::Traffic;
use super::recording::{Draft, Recorder};
use crate::function::PLACEHOLDER_KEY_ID;

/// Whether the other end of a connection is this host, at this port where that says anything; else why not.
pub type IsAt<'a> = &'a dyn Fn(&str, u16) -> Result<(), String>;

/// A request that is not sent.
#[derive(Debug)]
pub struct Refused {
    /// Why, in words.
    pub why: String,
    /// What the client is answered in the place of the service.
    pub answer: Vec<u8>,
}

/// Watches one connection.
#[derive(Debug)]
pub struct Tap {
    is_tls: bool,
    /// Where it leads to, for messages.
    place: String,
    requests: Reader,
    has_begun: bool,
    is_read: bool,
    watching: Option<Watching>,
    signing: Option<Signing>,
}

#[derive(Debug)]
struct Watching {
    recorder: Arc<Recorder>,
    responses: Reader,
    /// The first one is being answered, the last one sent.
    drafts: VecDeque<Draft>,
    is_sending: bool,
    is_read: bool,
}

#[derive(Debug)]
struct Signing {
    signer: Arc<Signer>,
    /// A request that waits for the end of its body.
    held: Option<Held>,
    /// Whether anything here carries a signature of ours: what follows must then be read without doubt.
    has_signed: bool,
    is_chunked: bool,
    has_trailers: bool,
    /// A request was not sent, so nothing after it is.
    is_over: bool,
    /// Bytes of a head, or in front of a chunk, that are not complete, as they came.
    raw: Vec<u8>,
}

#[derive(Debug)]
struct Held {
    plan: Plan,
    head: RequestHead,
    body: Vec<u8>,
    signer: Arc<Signer>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.signer.release(self.body.len() as u64);
    }
}

impl Tap {
    /// For a connection to this place, if there is anybody who wants to see what passes through it.
    pub fn new(traffic: &Traffic, is_tls: bool, place: &str) -> Option<Box<Self>> {
        if traffic.record.is_none() && traffic.sign.is_none() {
            return None;
        }
        let watching = traffic.record.as_ref().map(|recorder| Watching {
            recorder: Arc::clone(recorder),
            responses: Reader::of_responses(),
            drafts: VecDeque::new(),
            is_sending: false,
            is_read: true,
        });
        let signing = traffic.sign.as_ref().map(|signer| Signing {
            signer: Arc::clone(signer),
            held: None,
            has_signed: false,
            is_chunked: false,
            has_trailers: false,
            is_over: false,
            raw: Vec::new(),
        });
        Some(Box::new(Self {
            is_tls,
            place: place.to_owned(),
            requests: Reader::of_requests(),
            has_begun: false,
            is_read: true,
            watching,
            signing,
        }))
    }

    /// Whether what is sent has to go through [`Tap::rewrite`] first.
    pub fn rewrites(&self) -> bool {
        self.signing.is_some()
    }

    /// What the guest has sent.
    pub fn sent(&mut self, bytes: &[u8]) {
        self.look_at_start(bytes);
        let mut input = bytes;
        while self.is_read {
            match self.requests.next(&mut input) {
                Ok(Some(event)) => {
                    if let Some(watching) = &mut self.watching {
                        watching.sent(event, self.is_tls);
                    }
                }
                Ok(None) => return,
                Err(_) => self.give_up(),
            }
        }
    }

    /// What is to be sent in the place of what the guest sends, at this moment in seconds since 1970. `is_at` says whether the other
    /// end is what its name says: else nobody's signature is sent to it.
    ///
    /// # Errors
    /// When a request is not to be sent. Nothing that comes after it is either.
    pub fn rewrite(&mut self, bytes: &[u8], now: i64, is_at: IsAt<'_>) -> Result<Vec<u8>, Refused> {
        if self.signing.as_ref().is_some_and(|signing| signing.is_over) {
            return Err(Refused { why: "a request before it on the same connection was not sent".into(), answer: Vec::new() });
        }
        let rewritten = self.rewrite_on(bytes, now, is_at);
        if let (Err(_), Some(signing)) = (&rewritten, &mut self.signing) {
            (signing.is_over, signing.held) = (true, None);
        }
        rewritten
    }

    fn rewrite_on(&mut self, bytes: &[u8], now: i64, is_at: IsAt<'_>) -> Result<Vec<u8>, Refused> {
        self.look_at_start(bytes);
        let mut out = Vec::new();
        let mut input = bytes;
        while self.is_read {
            let before = input;
            let event = self.requests.next(&mut input);
            let taken = &before[..before.len() - input.len()];
            let Some(signing) = &mut self.signing else { return Ok(bytes.to_vec()) };
            match event {
                Ok(Some(event)) => {
                    signing.raw.clear();
                    signing.rewrite(&event, self.is_tls, now, is_at, &mut out)?;
                    if let Some(watching) = &mut self.watching {
                        watching.sent(event, self.is_tls);
                    }
                }
                Ok(None) => {
                    signing.raw.extend_from_slice(taken);
                    return Ok(out);
                }
                Err(error) if signing.has_signed => return Err(Refused { why: error.to_string(), answer: Vec::new() }),
                Err(error) => {
                    signing.raw.extend_from_slice(taken);
                    // It would not get far, but whoever wrote it is to know why.
                    if String::from_utf8_lossy(&signing.raw).contains(PLACEHOLDER_KEY_ID) {
                        let head = RequestHead { method: "GET".into(), target: "/".into(), headers: Vec::new() };
                        let why = format!("a request is not signed: {error}");
                        return Err(Refused { answer: aws::refusal(&head, "", &why), why });
                    }
                    out.append(&mut signing.raw);
                    self.give_up();
                }
            }
        }
        out.extend_from_slice(input);
        Ok(out)
    }

    /// What the guest has received.
    pub fn received(&mut self, bytes: &[u8]) {
        if let Some(watching) = &mut self.watching
            && watching.is_read
            && !watching.received(bytes)
        {
            self.give_up();
        }
    }

    /// The other end has closed the connection, or the guest has.
    pub fn closed(&mut self) {
        let Some(watching) = &mut self.watching else { return };
        let is_whole = watching.responses.close();
        if let Some(draft) = watching.drafts.pop_front() {
            watching.recorder.end(draft, !is_whole);
        }
        watching.drafts.clear();
    }

    /// A guest that carries the bytes of its TLS sessions itself sends them here, and they are looked at before that.
    fn look_at_start(&mut self, bytes: &[u8]) {
        const HANDSHAKE: u8 = 0x16;
        if !std::mem::replace(&mut self.has_begun, true) && bytes.first() == Some(&HANDSHAKE) {
            self.place.clear();
        }
    }

    /// It is something else than HTTP/1.1, or is so from now on.
    fn give_up(&mut self) {
        self.is_read = false;
        if let Some(watching) = &mut self.watching {
            if watching.is_read && !self.place.is_empty() {
                watching.recorder.unread(&self.place);
            }
            watching.is_read = false;
            watching.drafts.clear();
        }
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.closed();
    }
}

impl Watching {
    fn sent(&mut self, event: Event<'_>, is_tls: bool) {
        if !self.is_read {
            return;
        }
        match event {
            Event::Request(head) => {
                if self.responses.expect(&head.method).is_err() {
                    self.is_read = false;
                    return;
                }
                self.drafts.push_back(self.recorder.begin(&head, is_tls));
                self.is_sending = true;
            }
            Event::Body(part) if self.is_sending => {
                if let Some(draft) = self.drafts.back_mut() {
                    draft.sent(part);
                }
            }
            Event::End if self.is_sending => {
                if let Some(draft) = self.drafts.back_mut() {
                    draft.sent_all();
                }
                self.is_sending = false;
            }
            Event::Body(_) | Event::End | Event::Response(_) | Event::Trailers(_) => {}
        }
    }

    /// Whether it can be read on.
    fn received(&mut self, bytes: &[u8]) -> bool {
        let mut input = bytes;
        loop {
            match self.responses.next(&mut input) {
                Ok(None) => return true,
                Err(_) => return false,
                Ok(Some(event)) => {
                    let Some(draft) = self.drafts.front_mut() else { return false };
                    match event {
                        Event::Response(head) if head.status == 101 => return false,
                        Event::Response(head) => draft.answered(head),
                        Event::Body(part) => self.recorder.add(draft, part),
                        Event::Trailers(trailers) => draft.trailers(&trailers),
                        Event::End => {
                            self.is_sending &= self.drafts.len() > 1;
                            if let Some(draft) = self.drafts.pop_front() {
                                self.recorder.end(draft, false);
                            }
                        }
                        Event::Request(_) => return false,
                    }
                }
            }
        }
    }
}

impl Signing {
    fn rewrite(&mut self, event: &Event<'_>, is_tls: bool, now: i64, is_at: IsAt<'_>, out: &mut Vec<u8>) -> Result<(), Refused> {
        match event {
            Event::Request(head) => {
                (self.is_chunked, self.has_trailers) = (values(&head.headers, "transfer-encoding").next().is_some(), false);
                let refuse = |service: &str, why: String| {
                    let host: String = value(&head.headers, "host").unwrap_or_default().chars().take(100).collect();
                    let why = format!("{} to {host} is not signed: {why}", head.method);
                    Refused { answer: aws::refusal(head, service, &why), why }
                };
                match self.signer.plan(head, is_tls) {
                    Err(why) => return Err(refuse(&service_of(head), why.0)),
                    Ok(None) => out.extend_from_slice(&written(head)),
                    Ok(Some(plan)) => {
                        let authority = value(&head.headers, "host").and_then(|authority| split_authority(authority, is_tls));
                        let (host, port) = authority.unwrap_or_default();
                        let service = service_of(head);
                        is_at(&host, port).map_err(|why| refuse(&service, why))?;
                        self.has_signed = true;
                        if plan.needs_body() {
                            self.held = Some(Held { plan, head: head.clone(), body: Vec::new(), signer: Arc::clone(&self.signer) });
                        } else {
                            let signed = self.signer.sign(plan, None, now).map_err(|why| refuse(&service, why.0))?;
                            out.extend_from_slice(&signed);
                        }
                    }
                }
            }
            Event::Body(part) => match &mut self.held {
                Some(held) => {
                    let is_too_large = (held.body.len() + part.len()) as u64 > MAX_HELD_BODY;
                    if is_too_large || !self.signer.hold(part.len() as u64) {
                        let why = format!("its body has more than {} MiB, or there are too many like it", MAX_HELD_BODY >> 20);
                        return Err(Refused { answer: aws::refusal(&held.head, &service_of(&held.head), &why), why });
                    }
                    held.body.extend_from_slice(part);
                }
                None if self.is_chunked => {
                    out.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
                    out.extend_from_slice(part);
                    out.extend_from_slice(b"\r\n");
                }
                None => out.extend_from_slice(part),
            },
            Event::Trailers(trailers) if self.held.is_none() => {
                self.has_trailers = true;
                out.extend_from_slice(b"0\r\n");
                write_headers(trailers, out);
            }
            Event::End => match self.held.take() {
                Some(held) => {
                    let service = service_of(&held.head);
                    let refuse = |why: aws::Unsigned| {
                        let why = format!("{} is not signed: {}", held.plan.asks(), why.0);
                        Refused { answer: aws::refusal(&held.head, &service, &why), why }
                    };
                    out.extend_from_slice(&self.signer.sign(held.plan.clone(), Some(&held.body), now).map_err(refuse)?);
                    out.extend_from_slice(&held.body);
                }
                None if self.is_chunked && !self.has_trailers => out.extend_from_slice(b"0\r\n\r\n"),
                None => {}
            },
            Event::Trailers(_) | Event::Response(_) => {}
        }
        Ok(())
    }
}

/// The service that a request's signature names, for the form of an answer.
fn service_of(head: &RequestHead) -> String {
    let authorization = values(&head.headers, "authorization").next().map(|value| String::from_utf8_lossy(value).into_owned());
    let scope = authorization.as_deref().and_then(|text| text.split("Credential=").nth(1)).and_then(|rest| rest.split([',', ' ']).next());
    scope.and_then(crate::sigv4::CredentialScope::parse).map(|scope| scope.service).unwrap_or_default()
}

/// A head as it goes out.
fn written(head: &RequestHead) -> Vec<u8> {
    let mut out = format!("{} {} HTTP/1.1\r\n", head.method, head.target).into_bytes();
    write_headers(&head.headers, &mut out);
    out
}

fn write_headers(headers: &[Header], out: &mut Vec<u8>) {
    for (name, value) in headers {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use super::super::aws::{Endpoint, Key, Keys, Permissions};
    use super::*;
    use crate::sigv4::Secret;

    #[derive(Debug)]
    struct One;

    impl Keys for One {
        fn key(&self, _now: i64) -> Result<Key, String> {
            Ok(Key { id: "REAL".into(), secret: Secret { key: "hidden".into(), token: Some("token".into()) } })
        }
    }

    fn tap(allowed: &str) -> Box<Tap> {
        let endpoint = Endpoint::parse("http://h.test").expect("an endpoint");
        let signer = Signer::new(Arc::new(One), Permissions::new(&[allowed]).expect("permissions"), vec![endpoint]);
        let traffic = Traffic { sign: Some(Arc::new(signer)), ..Traffic::default() };
        Tap::new(&traffic, false, "h.test:80").expect("it is looked at")
    }

    fn rewritten(tap: &mut Tap, bytes: &[u8], size: usize) -> Result<String, Refused> {
        let mut out = Vec::new();
        for part in bytes.chunks(size) {
            out.extend(tap.rewrite(part, 0, &|_, _| Ok(()))?);
        }
        Ok(String::from_utf8(out).expect("text"))
    }

    fn signed(method: &str, service: &str, rest: &str) -> String {
        let credential = format!("Credential={PLACEHOLDER_KEY_ID}/20260101/us-east-1/{service}/aws4_request");
        format!(
            "{method} / HTTP/1.1\r\nHost: h.test\r\nAuthorization: AWS4-HMAC-SHA256 {credential}, SignedHeaders=host, Signature=0\r\n{rest}"
        )
    }

    #[test]
    fn bodies_are_the_same_behind_a_new_head_whatever_pieces_they_came_in() {
        let form = "Content-Type: application/x-www-form-urlencoded\r\n";
        let known = signed("POST", "sts", &format!("{form}Content-Length: 24\r\n\r\nAction=GetCallerIdentity"));
        let chunked =
            signed("POST", "sts", &format!("{form}Transfer-Encoding: chunked\r\n\r\n6\r\nAction\r\n12\r\n=GetCallerIdentity\r\n0\r\n\r\n"));
        let stream = signed(
            "PUT",
            "s3",
            "X-Amz-Content-SHA256: UNSIGNED-PAYLOAD\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-T: u\r\n\r\n",
        );
        let plain = "GET /x HTTP/1.1\r\nHost: other.test\r\nAuthorization: Bearer own\r\n\r\n";
        let whole = [&known, &chunked, &stream, plain].map(|text| {
            let out = rewritten(&mut tap("*"), text.as_bytes(), 10_000).expect("it may");
            assert!(!out.contains(PLACEHOLDER_KEY_ID), "{out}");
            out
        });
        assert_eq!(whole[3], plain, "what is not signed with the placeholder stays");
        for out in &whole[..2] {
            assert!(out.ends_with("\r\n\r\nAction=GetCallerIdentity") && out.contains("Content-Length: 24\r\n"), "{out}");
            assert!(
                !out.contains("Transfer-Encoding") && out.contains("Credential=REAL/") && out.contains("X-Amz-Security-Token: token"),
                "{out}"
            );
        }
        assert!(whole[2].ends_with("\r\n\r\n3\r\nabc\r\n0\r\nX-T: u\r\n\r\n"), "{}", whole[2]);
        for size in [1, 3, 50] {
            let mut tap = tap("*");
            for (text, whole) in [&known, &chunked, plain].into_iter().zip([&whole[0], &whole[1], &whole[3]]) {
                assert_eq!(rewritten(&mut tap, text.as_bytes(), size).expect("it may"), *whole, "{size}");
            }
        }
    }

    #[test]
    fn nothing_passes_behind_a_request_that_was_refused_or_in_doubt() {
        let refused = signed("GET", "sqs", "\r\n");
        let good = signed("GET", "s3", "\r\n");
        let mut tap = tap("s3:ListBuckets");
        let error = rewritten(&mut tap, refused.as_bytes(), 10).expect_err("it is not allowed");
        assert!(String::from_utf8_lossy(&error.answer).starts_with("HTTP/1.1 403 Forbidden\r\n"), "{error:?}");
        assert!(rewritten(&mut tap, good.as_bytes(), 10).is_err(), "the connection is over");
        let mut tap = super::tests::tap("s3:ListBuckets");
        assert!(rewritten(&mut tap, good.as_bytes(), 10).expect("it may").contains("Credential=REAL/"));
        assert!(rewritten(&mut tap, b"\x00\x01 something else\r\n\r\n", 100).is_err(), "behind a signature nothing else passes");
        let mut tap = super::tests::tap("s3:ListBuckets");
        let other = b"\x00\x01 something else\r\n\r\nand more";
        assert_eq!(rewritten(&mut tap, other, 7).expect("it carries no signature").as_bytes(), other);
        let mut tap = super::tests::tap("s3:ListBuckets");
        let elsewhere = tap.rewrite(good.as_bytes(), 0, &|host, port| Err(format!("not {host}:{port}"))).expect_err("it leads elsewhere");
        assert!(elsewhere.why.ends_with("not h.test:80"), "{elsewhere:?}");
    }

    #[test]
    fn bodies_that_wait_are_bounded() {
        let mut tap = tap("*");
        let head = signed("POST", "dynamodb", &format!("Content-Length: {}\r\n\r\n", MAX_HELD_BODY + 1));
        assert_eq!(rewritten(&mut tap, head.as_bytes(), 1000).expect("so far"), "");
        let part = vec![b'x'; 1 << 20];
        for _ in 0..MAX_HELD_BODY >> 20 {
            assert_eq!(rewritten(&mut tap, &part, part.len()).expect("there is room"), "");
        }
        assert!(rewritten(&mut tap, b"x", 1).expect_err("too much").why.contains("more than 20 MiB"));
        assert!(tap.signing.as_ref().is_some_and(|signing| signing.held.is_none()), "its room is given back");
    }
}
