//! The network door, with real servers on loopback (`tests/network/servers.py`) and functions that use them
//! (`tests/network/handler.py`).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::{Answer, Run, root, run_package, wasmlam};

/// The servers, and their ports by name. They end with this process, whose end of their stdin closes then.
pub(crate) fn ports() -> &'static Value {
    static SERVERS: OnceLock<(Child, Value)> = OnceLock::new();
    let (_, ports) = SERVERS.get_or_init(|| {
        let mut command = Command::new("python3");
        command.arg(root().join("tests/network/servers.py")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("python3 starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
        (child, serde_json::from_str(&line).expect("the ports"))
    });
    ports
}

fn port(name: &str) -> u64 {
    ports()[name].as_u64().expect("a port")
}

fn function() -> PathBuf {
    root().join("tests/network")
}

fn run(what: &str, allow: &[&str]) -> Run {
    let event = json!({"do": what, "ports": ports()}).to_string();
    let mut run = run_package(&function()).arguments(&["--handler", "handler.handler", "--memory-size", "512"]).event(&event);
    for rule in allow {
        run = run.arguments(&["--allow-net", rule]);
    }
    run
}

fn result(what: &str) -> Value {
    run(what, &["localhost"]).go().result().clone()
}

/// What the document says of the network: kind, host, port, whether allowed, count.
fn contacts(answer: &Answer) -> Vec<(String, String, u64, bool, u64)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let list = answer.document["network"].as_array().cloned().unwrap_or_default();
    let entry = |contact: &Value| {
        let number = |name: &str| contact[name].as_u64().expect("a number");
        (text(&contact["kind"]), text(&contact["host"]), number("port"), contact["allowed"] == true, number("count"))
    };
    list.iter().map(entry).collect()
}

#[test]
fn a_client_sends_and_receives() {
    let answer = run("echo", &["localhost"]).go();
    assert_eq!(answer.result(), &json!(["he", "hello", true, 1, "127.0.0.1", 6, "abcdef", ""]));
    assert_eq!(contacts(&answer), [("connect".into(), "127.0.0.1".into(), port("echo"), true, 1)]);
    let contact = &answer.document["network"][0];
    assert_eq!((&contact["sent_bytes"], &contact["received_bytes"]), (&json!(11), &json!(11)));
    assert_eq!(answer.document["attempts"], Value::Null, "what is allowed is not an attempt");
    assert_eq!(result("large"), true);
}

#[test]
fn waits_end_in_time_and_nobody_waits_who_does_not_want_to() {
    assert_eq!(result("timeouts"), json!(["TimeoutError: timed out", "BlockingIOError"]));
    let wanted = json!([true, true, 0, [[true], [], []], ["socket"], [], ["pair"], "EpollSelector"]);
    assert_eq!(result("nonblocking"), wanted);
}

#[test]
fn threads_and_tasks_wait_beside_each_other() {
    let found = result("together");
    for what in ["threads", "tasks"] {
        // One after the other would be four seconds at least, however fast the machine.
        let seconds = found[what].as_f64().expect("a number");
        assert!((0.5..4.0).contains(&seconds), "{what}: {found}");
    }
    assert!(found["turns"].as_u64().expect("a number") > 1000, "a thread that computes goes on meanwhile: {found}");
}

#[test]
fn a_function_can_serve_itself_and_send_datagrams() {
    assert_eq!(result("server"), "HELLO\n");
    assert_eq!(result("datagrams"), json!(["one", true, "two"]));
}

#[test]
fn http_with_the_standard_library() {
    let answer = run("web", &["localhost"]).go();
    let host = format!("localhost:{}", port("http"));
    assert_eq!(
        answer.result()["urllib"],
        json!({"path": "/a", "host": host, "client": null}).to_string().replace("\":", "\": ").replace(",\"", ", \"")
    );
    assert_eq!(answer.result()["post"], r#"{"got": 100000}"#);
    assert_eq!(answer.result()["large"], 5_000_000);
    let redirect = answer.result()["redirect"].as_str().expect("text");
    assert!(redirect.contains("connect to 169.254.169.254:80: no --allow-net names it"), "{redirect}");
    assert_eq!(answer.document["attempts"], json!(["network: connect to 169.254.169.254:80: no --allow-net names it"]));
}

#[test]
fn tls() {
    let found = result("tls");
    let who = |client: Value| json!({"path": "/who", "host": "x", "client": client});
    let body = |value: &Value| serde_json::from_str::<Value>(value.as_str().expect("text")).expect("JSON");
    let names = json!([["DNS", "localhost"], ["IP Address", "127.0.0.1"]]);
    let good = &found["good"];
    assert_eq!((&good["version"], &good["alpn"], &good["certificate"]), (&json!("TLSv1.3"), &Value::Null, &names));
    assert_eq!(body(&good["body"]), who(Value::Null));
    assert!(good["cipher"].as_str().expect("text").starts_with("TLS_"), "{good}");
    assert_eq!((&found["old"]["version"], &found["old"]["alpn"]), (&json!("TLSv1.2"), &json!("http/1.1")));
    assert!(found["old"]["cipher"].as_str().expect("text").starts_with("ECDHE-ECDSA-"), "{found}");
    for (case, code, text) in [
        ("other localhost", 62, "Hostname mismatch, certificate is not valid for 'localhost'."),
        ("good other.test", 62, "Hostname mismatch, certificate is not valid for 'other.test'."),
        ("good 127.0.0.2", 64, "IP address mismatch, certificate is not valid for '127.0.0.2'."),
        ("self localhost", 18, "self-signed certificate"),
        ("expired localhost", 10, "certificate has expired"),
        ("unknown", 20, "unable to get local issuer certificate"),
    ] {
        let message = format!("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {text} (_ssl.c:1029)");
        assert_eq!(found[case], json!(["SSLCertVerificationError", "SSL", "CERTIFICATE_VERIFY_FAILED", code, message]), "{case}");
    }
    assert_eq!(found["no certificate"][2], "TLSV13_ALERT_CERTIFICATE_REQUIRED");
    assert_eq!(found["not TLS"], json!(["SSLError", "SSL", "WRONG_VERSION_NUMBER"]));
    for case in ["address", "trusted itself"] {
        assert_eq!(body(&found[case]), who(Value::Null), "{case}");
    }
    assert_eq!((body(&found["unchecked"][0]), &found["unchecked"][1]), (who(Value::Null), &json!({})));
    assert_eq!(body(&found["mutual"]), who(json!("client")));
    assert_eq!((&found["asyncio"], &found["memory"]), (&json!(1_000_000), &json!("through memory")));
}

#[test]
fn what_is_not_named_is_refused_and_reported() {
    let echo = format!("127.0.0.1:{}", port("echo"));
    let answer = run("refused", &[&echo, "*.good.test:443"]).go();
    let found = answer.result();
    for (case, error, reason) in [
        ("another port", "PermissionError", "no --allow-net names it"),
        ("private", "PermissionError", "connect to 10.0.0.1:80: no --allow-net names it"),
        ("metadata", "PermissionError", "connect to 169.254.169.254:80: no --allow-net names it"),
        ("metadata in decimal", "PermissionError", "connect to 169.254.169.254:80: no --allow-net names it"),
        ("metadata in octal", "PermissionError", "connect to 169.254.169.254:80: no --allow-net names it"),
        ("metadata, IPv6", "PermissionError", "connect to [fd00:ec2::254]:80: no --allow-net names it"),
        ("mapped", "PermissionError", "no --allow-net names it"),
        ("another name", "gaierror", "look up evil.test: no --allow-net names it"),
        ("datagram", "PermissionError", "send to 8.8.8.8:53: no --allow-net names it"),
        ("listen", "PermissionError", "listen on 0.0.0.0"),
        ("bind", "PermissionError", "bind to 127.0.0.1:8080: no --allow-net names it"),
    ] {
        let text = found[case].as_str().expect("text");
        assert!(text.starts_with(error) && text.contains(reason), "{case}: {text}");
    }
    assert!(contacts(&answer).iter().all(|(.., allowed, _)| !allowed), "{:?}", contacts(&answer));
    assert_eq!(answer.document["attempts"].as_array().expect("a list").len(), 9, "each place once: {}", answer.document["attempts"]);
    // A star is every public address, and no other.
    let open = run("refused", &["*"]).go();
    let metadata = open.result()["metadata"].as_str().expect("text");
    assert!(metadata.ends_with("169.254.169.254 is a metadata service, which --allow-net must name as an address"), "{metadata}");
    let denied = run("echo", &["localhost"]).arguments(&["--deny-net", "127.0.0.0/8"]).go();
    assert!(denied.error()["errorMessage"].as_str().expect("text").contains("--deny-net names it"), "{}", denied.document);
}

#[test]
fn without_rules_there_is_no_network() {
    let answer = run("echo", &[]).go();
    assert_eq!(answer.status(), "function_error");
    let message = answer.error()["errorMessage"].as_str().expect("text").to_owned();
    assert!(message.contains("wasmlam: the sandbox has no network (connect to 127.0.0.1:"), "{message}");
    assert_eq!(answer.document["network"], Value::Null);
}

#[test]
fn a_wait_for_a_socket_is_idle_and_ends_with_the_invocation() {
    for what in ["wait", "wait_in_a_thread", "drip"] {
        let answer = run(what, &["localhost"]).timeout("2.5").go().expect("timeout", 4);
        let contact = &answer.document["network"][0];
        assert!(contact["waited_us"].as_u64().expect("a number") > 1_000_000, "{what}: {contact}");
    }
}

#[test]
fn connections_are_bounded() {
    let found = result("many");
    assert_eq!(found, json!([256, "OSError: wasmlam: 256 sockets and look-ups are open, which is the most"]));
    let few = run("many", &["localhost"]).arguments(&["--net-connections", "3"]).go();
    let most = "OSError: wasmlam: the invocation has begun 3 connections and look-ups, which is the most";
    assert_eq!(few.result(), &json!([3, most]));
    let little = run("large", &["localhost"]).arguments(&["--net-bytes", "1"]).go();
    assert!(little.error()["errorMessage"].as_str().is_some_and(|text| text.contains("which is the most")), "{}", little.document);
}

#[test]
fn no_connection_outlives_its_sandbox() {
    let folder = tempfile::tempdir().expect("a folder");
    let events = folder.path().join("events.jsonl");
    let event = |what: &str| json!({"do": what, "ports": ports()}).to_string();
    std::fs::write(&events, format!("{}\n{}\n", event("leave"), event("count"))).expect("writes");
    let lines = |arguments: &[&str]| {
        // A server of its own counts: others use the shared one meanwhile.
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let counting = std::thread::spawn(move || counting_server(&listener));
        let text = std::fs::read_to_string(&events).expect("reads");
        let mut own = ports().clone();
        own["echo"] = json!(port);
        let own_events = folder.path().join("own.jsonl");
        std::fs::write(&own_events, text.replace(&ports().to_string(), &own.to_string())).expect("writes");
        let output = run_package(&function())
            .arguments(&["--handler", "handler.handler", "--allow-net", "localhost", "--events", own_events.to_str().expect("a path")])
            .arguments(arguments)
            .timeout("60")
            .text();
        let _ = TcpStream::connect(("127.0.0.1", port)).map(|mut stream| stream.write_all(b"end"));
        counting.join().expect("ends");
        let lines = String::from_utf8_lossy(&output.stdout).into_owned();
        lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")["result"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(lines(&[]), [json!(5), json!(1)], "each call has a sandbox of its own");
    assert_eq!(lines(&["--reuse"]), [json!(5), json!(6)], "one sandbox keeps its connections, as on AWS");
}

/// Sends back what comes, answers `count` with how many are connected, and ends at `end`.
fn counting_server(listener: &TcpListener) {
    listener.set_nonblocking(true).expect("sets");
    let mut peers: Vec<TcpStream> = Vec::new();
    loop {
        while let Ok((peer, _)) = listener.accept() {
            peer.set_nonblocking(true).expect("sets");
            peers.push(peer);
        }
        let mut wants_count = Vec::new();
        let mut ended = false;
        let mut place = 0;
        peers.retain_mut(|peer| {
            let mut buffer = [0; 64];
            let keep = match peer.read(&mut buffer) {
                Ok(0) => false,
                Ok(_) if buffer.starts_with(b"end") => {
                    ended = true;
                    true
                }
                Ok(_) if buffer.starts_with(b"count") => {
                    wants_count.push(place);
                    true
                }
                Ok(size) => peer.write_all(&buffer[..size]).is_ok(),
                Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
            };
            place += usize::from(keep);
            keep
        });
        let connected = peers.len();
        for place in wants_count {
            let _ = peers[place].write_all(connected.to_string().as_bytes());
        }
        if ended {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_connection_of_the_init_is_closed_and_the_function_has_an_image_all_the_same() {
    let variable = format!("AT_INIT={}", port("echo"));
    let event = json!({"do": "after_init", "ports": ports()}).to_string();
    let output = run_package(&function())
        .arguments(&["--handler", "handler.handler", "--allow-net", "localhost", "--env", &variable, "--output", "json"])
        .event(&event)
        .timeout("60")
        .text();
    let warning = String::from_utf8_lossy(&output.stderr).into_owned();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {warning}"));
    assert_eq!(document["mode"], "snapshot", "{document}");
    let place = format!("the init left 127.0.0.1:{} connected", port("echo"));
    assert!(warning.contains(&place), "{warning}");
    let found = &document["result"];
    assert_eq!((&found[0], &found[3], &found[4]), (&json!(""), &json!("new"), &json!("")), "{found}");
    assert!(found[1].as_str().expect("text").starts_with("BrokenPipeError"), "{found}");
    assert!(found[2].as_str().expect("text").starts_with("OSError"), "{found}");
}

#[test]
fn rules_that_cannot_be_read_are_refused_with_what_is_wrong() {
    for (rule, reason) in
        [("2130706433", "write the address as 127.0.0.1"), ("host:99999", "'99999' is not a port"), ("http://x", "'//x' is not a port")]
    {
        let output = run("echo", &[rule]).text();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && text.contains(reason), "{rule}: {text}");
    }
    let output = run("echo", &["localhost"]).arguments(&["--deterministic"]).text();
    assert!(output.status.code() == Some(2) && String::from_utf8_lossy(&output.stderr).contains("exclude each other"));
    let help = wasmlam().args(["serve", "--help"]).output().expect("runs");
    assert!(String::from_utf8_lossy(&help.stdout).contains("--allow-net"));
}

/// A server of AWS's services, which ends with the test.
pub(crate) struct Moto {
    process: Child,
    pub(crate) port: u16,
    /// Of the environment that it is installed in.
    pub(crate) python: PathBuf,
}

impl Moto {
    pub(crate) fn start() -> Self {
        let script = Command::new(root().join("tests/network/moto.sh")).stderr(Stdio::inherit()).output().expect("the script starts");
        assert!(script.status.success(), "moto could not be installed");
        let program = String::from_utf8(script.stdout).expect("a path");
        // Nobody else has the port between its choice and the server's start, unless very unlucky.
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
        let mut command = Command::new(program.trim());
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
        let python = PathBuf::from(program.trim()).with_file_name("python");
        let moto = Self { process: command.spawn().expect("moto starts"), port, python };
        let is_up = (0..600).any(|_| {
            std::thread::sleep(Duration::from_millis(100));
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        assert!(is_up, "moto does not listen");
        moto
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.process.kill(); // has ended already, should it have failed
        let _ = self.process.wait();
    }
}

#[test]
fn boto3_with_clients_of_the_init() {
    let moto = Moto::start();
    let endpoint = format!("ENDPOINT=http://127.0.0.1:{}", moto.port);
    let rule = format!("127.0.0.1:{}", moto.port);
    let answer = run_package(&root().join("tests/network/aws"))
        .arguments(&["--handler", "handler.handler", "--memory-size", "1024", "--env", &endpoint, "--allow-net", &rule])
        .event("{}")
        .timeout("300")
        .go();
    let wanted = json!({
        "s3": [10 << 20, true], "parts": true, "list": ["ten", "twenty"], "dynamodb": 16, "sqs": "hello", "sts": "123456789012",
    });
    assert_eq!(answer.result(), &wanted);
    assert_eq!(answer.document["mode"], "snapshot", "the init left connections, which were closed");
    assert_eq!(answer.document["attempts"], Value::Null);
    let list = contacts(&answer);
    assert!(
        list.iter()
            .all(|(kind, host, port, allowed, _)| kind == "connect" && host == "127.0.0.1" && *port == u64::from(moto.port) && *allowed),
        "{list:?}"
    );
}

#[test]
fn requests_from_pypi_over_http_and_https() {
    let package = crate::packages::zip("requests");
    let folder = tempfile::tempdir().expect("a folder");
    let extracted = Command::new("python3").args(["-m", "zipfile", "-e"]).arg(package).arg(folder.path()).status().expect("python3 starts");
    assert!(extracted.success());
    std::fs::copy(root().join("tests/network/web.py"), folder.path().join("web.py")).expect("copies");
    std::fs::copy(root().join("tests/network/pki/ca.pem"), folder.path().join("ca.pem")).expect("copies");
    let event = json!({"ports": ports()}).to_string();
    let answer = run_package(folder.path())
        .arguments(&["--handler", "web.handler", "--memory-size", "512", "--allow-net", "localhost"])
        .event(&event)
        .timeout("120")
        .go();
    let found = answer.result();
    for (case, wanted) in [("http", json!("/a")), ("https", json!("/b")), ("post", json!({"got": 2_000_000})), ("kept", json!(true))] {
        assert_eq!(found[case], wanted, "{case}: {found}");
    }
    for (case, text) in [
        ("untrusted", "certificate verify failed: unable to get local issuer certificate"),
        ("slow", "Read timed out. (read timeout=0.1)"),
        ("nobody", "Connection refused"),
        ("redirect", "connect to 169.254.169.254:80: no --allow-net names it"),
    ] {
        assert!(found[case].as_str().is_some_and(|found| found.contains(text)), "{case}: {found}");
    }
}
