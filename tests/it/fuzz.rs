//! Bytes from hostile clients, against the program itself: requests that were good once, changed at random. A number of the run
//! begins every message, so that a failure can be repeated.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::common::wasmlam;

/// Clients at the same time.
const CLIENTS: usize = 32;
/// How long a client waits before it says that nothing more comes. What is asserted does not depend on it.
const PATIENCE: Duration = Duration::from_millis(200);
/// Longer than any answer takes on any machine.
const PLENTY: Duration = Duration::from_secs(120);

/// Small and good enough to choose changes.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next()).expect("31 bits") % bound.max(1)
    }
}

/// `app.py` whose handler returns its event.
const ZIP: &str = "UEsDBBQAAAAAAAAAIVy0CHBpLgAAAC4AAAAGAAAAYXBwLnB5ZGVmIGhhbmRsZXIoZXZlbnQsIGNvbnRleHQpOgogICAgcmV0dXJuIGV2ZW50ClBLAQIUAxQAAAAAAAAAIVy0CHBpLgAAAC4AAAAGAAAAAAAAAAAAAACAAQAAAABhcHAucHlQSwUGAAAAAAEAAQA0AAAAUgAAAAAA";

/// Good requests to every part of the server.
fn seeds() -> Vec<Vec<u8>> {
    let create = format!(
        "{{\"FunctionName\":\"f\",\"Role\":\"arn:aws:iam::123456789012:role/r\",\"Runtime\":\"python3.13\",\"Handler\":\"app.handler\",\
         \"Code\":{{\"ZipFile\":\"{ZIP}\"}},\"Environment\":{{\"Variables\":{{\"A\":\"b\"}}}},\"Tags\":{{\"t\":\"u\"}},\"Timeout\":3}}"
    );
    let parts: [(&str, &str, &str, &str); 14] = [
        ("POST", "/2015-03-31/functions", "", &create),
        ("GET", "/2015-03-31/functions?MaxItems=10&Marker=YQ%3D%3D", "", ""),
        ("GET", "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af", "", ""),
        (
            "POST",
            "/2015-03-31/functions/f/invocations?Qualifier=1",
            "X-Amz-Log-Type: Tail\r\nX-Amz-Client-Context: e30=\r\nX-Amzn-Trace-Id: Root=1-2-3\r\n",
            "{\"k\": [1, 2.5, null, \"x\"]}",
        ),
        ("POST", "/2014-11-13/functions/f/invoke-async", "", "{}"),
        ("POST", "/2021-11-15/functions/f/response-streaming-invocations", "", "{}"),
        (
            "PUT",
            "/2015-03-31/functions/f/configuration",
            "",
            "{\"MemorySize\":256,\"Layers\":[\"arn:aws:lambda:us-east-1:123456789012:layer:l:1\"]}",
        ),
        ("POST", "/2015-03-31/functions/f/policy", "", "{\"StatementId\":\"s\",\"Action\":\"lambda:InvokeFunction\",\"Principal\":\"*\"}"),
        (
            "POST",
            "/2015-03-31/event-source-mappings",
            "",
            "{\"FunctionName\":\"f\",\"EventSourceArn\":\"arn:aws:sqs:us-east-1:123456789012:q\"}",
        ),
        (
            "POST",
            "/",
            "X-Amz-Target: Logs_20140328.FilterLogEvents\r\nContent-Type: application/x-amz-json-1.1\r\n",
            "{\"logGroupName\":\"/aws/lambda/f\",\"filterPattern\":\"{ ($.a = 1) && ($.b[*].c != \\\"x*\\\") || $.d IS NULL }\",\"nextToken\":\"f/0\"}",
        ),
        (
            "GET",
            "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af",
            "Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/lambda/aws4_request, SignedHeaders=host, Signature=00\r\n",
            "",
        ),
        ("POST", "/_wasmlam/url/abcdefghijklmnopqrstuvwxyz012345/a/b?c=d", "Origin: http://localhost\r\nCookie: a=b\r\n", "text"),
        ("POST", "/_wasmlam/console/functions/f/test", "Content-Type: application/x-www-form-urlencoded\r\n", "token=00&event=%7B%7D"),
        (
            "POST",
            "/_wasmlam/console/create",
            "Content-Type: multipart/form-data; boundary=b\r\n",
            "--b\r\nContent-Disposition: form-data; name=\"zip\"; filename=\"a.zip\"\r\n\r\nPK\r\n--b--\r\n",
        ),
    ];
    let request = |(method, path, headers, body): &(&str, &str, &str, &str)| {
        format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len())
            .into_bytes()
    };
    parts.iter().map(request).collect()
}

/// What breaks parsers.
const PIECES: [&[u8]; 18] = [
    b"\r\n\r\n",
    b"\0",
    b"%00",
    b"%2e%2e%2f",
    b"../",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"18446744073709551616",
    b"-1",
    b"1e999",
    b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    b"{\"a\":{\"a\":{\"a\":{\"a\":",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Length: 0\r\n",
    b"Expect: 100-continue\r\n",
    b"\r\n ",
    b"$LATEST",
];

fn changed(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(6) {
        let (at, length) = (random.below(bytes.len() + 1), random.below(16));
        let end = (at + length).min(bytes.len());
        match random.below(7) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 => drop(bytes.drain(at..end)),
            2 => bytes.splice(at..at, vec![u8::try_from(random.below(256)).expect("a byte"); length]).for_each(drop),
            3 => bytes.splice(at..end, PIECES[random.below(PIECES.len())].iter().copied()).for_each(drop),
            4 => {
                let copy = bytes[at..end].repeat(1 + random.below(40));
                bytes.splice(at..at, copy).for_each(drop);
            }
            5 => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len());
                bytes.splice(at.., other[from..].iter().copied()).for_each(drop);
            }
            _ => bytes.truncate(at.max(1)),
        }
    }
    bytes
}

/// A server whose own log is kept.
struct Server {
    process: Child,
    address: String,
    log: Option<std::thread::JoinHandle<String>>,
}

impl Server {
    fn start() -> Self {
        let mut command = wasmlam();
        command.args(["serve", "--listen", "127.0.0.1:0", "--in-memory", "--patience", "0", "--log-level", "error"]);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let line = lines.next().expect("a line").expect("text");
        std::thread::spawn(move || lines.for_each(drop));
        let mut errors = process.stderr.take().expect("a pipe");
        let log = std::thread::spawn(move || {
            let mut text = Vec::new();
            let _ = errors.read_to_end(&mut text); // what there is of it
            String::from_utf8_lossy(&text).into_owned()
        });
        Self { process, address: line.rsplit("http://").next().expect("an address").to_owned(), log: Some(log) }
    }

    /// All that the server sends in answer to these bytes. It may wait for more of them: after `patience` there are no more.
    fn send(&self, bytes: &[u8], patience: Duration) -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(&self.address)?;
        // The server may have seen enough and hang up before it has all of it.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        for wait in [patience, PLENTY] {
            stream.set_read_timeout(Some(wait))?;
            match stream.read_to_end(&mut answer) {
                Ok(_) => return Ok(answer),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(answer),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(error) => return Err(error),
            }
            let _ = stream.shutdown(Shutdown::Write);
        }
        Err(ErrorKind::TimedOut.into())
    }

    /// Ends it; what it wrote to its log.
    fn end(mut self) -> String {
        let _ = self.process.kill();
        let _ = self.process.wait();
        self.log.take().expect("once").join().expect("no panic")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn fuzz(cases: usize, run: u64) {
    let (server, seeds) = (Server::start(), seeds());
    for seed in &seeds {
        let answer = server.send(seed, PLENTY).expect("an answer");
        assert!(answer.starts_with(b"HTTP/1.1 "), "a good request: {}", String::from_utf8_lossy(seed));
    }
    let (next, answered) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let one = |case: usize| {
        let mut random = Random(run.wrapping_mul(1_000_003).wrapping_add(case as u64));
        random.next();
        let bytes = changed(&seeds, &mut random);
        let shown = || format!("run {run}, case {case}: {:?}", String::from_utf8_lossy(&bytes));
        let answer = server.send(&bytes, PATIENCE).unwrap_or_else(|error| panic!("{}: {error}", shown()));
        // Bytes that are not HTTP may be answered by hanging up; everything else by something that is no fault of the server's.
        if !answer.is_empty() {
            assert!(answer.starts_with(b"HTTP/1.1 "), "{}: {:?}", shown(), String::from_utf8_lossy(&answer));
            assert_ne!(answer.get(9), Some(&b'5'), "{}: {:?}", shown(), String::from_utf8_lossy(&answer));
            answered.fetch_add(1, Ordering::Relaxed);
        }
    };
    std::thread::scope(|clients| {
        for _ in 0..CLIENTS {
            clients.spawn(|| {
                while let Some(case) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|case| *case < cases) {
                    one(case);
                }
            });
        }
    });
    assert!(answered.into_inner() > 0, "nothing got as far as an answer");
    let health = b"GET /_wasmlam/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let health = server.send(health, PLENTY).expect("it lives");
    assert!(String::from_utf8_lossy(&health).contains("\"status\":\"ok\""));
    let log = server.end();
    assert!(!log.contains("panicked"), "run {run}: {log}");
}

#[test]
fn thousands_of_broken_requests_are_answered_and_none_is_a_fault() {
    fuzz(4_000, 1);
}

/// Other cases every time; `WASMLAM_FUZZ_RUN` repeats a run.
#[test]
#[ignore = "minutes"]
fn hundreds_of_thousands_of_broken_requests_are_answered() {
    let run = std::env::var("WASMLAM_FUZZ_RUN").ok().and_then(|run| run.parse().ok()).unwrap_or_else(|| std::process::id().into());
    fuzz(200_000, run);
}
