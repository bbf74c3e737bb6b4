//! What passes through the network door: recorded, answered from a recording, and signed for AWS.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

use crate::common::{Run, root, run_package, wasmlam};
use crate::network::{Moto, ports};

fn function() -> PathBuf {
    root().join("tests/network/replay")
}

fn event(what: &str) -> Value {
    let url = |scheme: &str, name: &str| format!("{scheme}://localhost:{}", ports()[name]);
    json!({"do": what, "http": url("http", "http"), "https": url("https", "tls-good")})
}

fn run(what: &str) -> Run {
    run_package(&function()).arguments(&["--handler", "handler.handler"]).event(&event(what).to_string())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn recorded(what: &str, file: &Path) -> Value {
    let output = run(what).arguments(&["--allow-net", "localhost", "--record", file.to_str().expect("a path")]).text();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("wasmlam: recorded "), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn replayed(what: &str, file: &Path, arguments: &[&str]) -> Output {
    run(what).arguments(&["--replay", file.to_str().expect("a path")]).arguments(arguments).text()
}

#[test]
fn what_was_recorded_is_answered_again_without_a_network() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("api.json");
    let first = recorded("everything", &file);
    assert_eq!(first["counted"].as_array().map(Vec::len), Some(3));
    assert_eq!((&first["chunked"], &first["to the end"]), (&json!([200, "abcdefg"]), &json!([200, "to the end"])));
    assert_eq!(first["kept"][1], json!([200, 0, "12345"]));
    let written = std::fs::read_to_string(&file).expect("it is there");
    assert!(!written.contains("hidden"), "secrets are not kept: {written}");
    let document: Value = serde_json::from_str(&written).expect("JSON");
    assert_eq!((&document["wasmlam_recording"], document["exchanges"].as_array().map(Vec::len)), (&json!(1), Some(14)));
    // Twice the same bytes, and the same as the real servers gave.
    let outputs = [(); 2].map(|()| replayed("everything", &file, &["--deterministic"]));
    for output in &outputs {
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    assert_eq!((&outputs[0].stdout, &outputs[0].stderr), (&outputs[1].stdout, &outputs[1].stderr));
    let second: Value = serde_json::from_slice(&outputs[0].stdout).expect("JSON");
    assert_eq!(first, second);
    let plain = replayed("everything", &file, &[]);
    assert_eq!(plain.stdout, outputs[0].stdout, "with this machine's clock too: {}", text(&plain.stderr));
}

#[test]
fn a_body_is_asked_for_as_the_server_did() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("api.json");
    let first = recorded("expects", &file);
    assert_eq!(first, json!(["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK"]));
    let output = replayed("expects", &file, &["--deterministic"]);
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).expect("JSON"), first, "{}", text(&output.stderr));
}

#[test]
fn what_is_not_in_a_recording_is_an_error_that_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("api.json");
    let base = event("")["http"].as_str().expect("text").to_owned();
    let exchange = json!({"request": {"method": "GET", "url": format!("{base}/else"), "body": "any"}, "response": {"status": 200}});
    std::fs::write(&file, json!({"wasmlam_recording": 1, "exchanges": [exchange]}).to_string()).expect("writes");
    let output = replayed("everything", &file, &["--output", "json"]);
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let wanted =
        format!("GET {base}/count?access_token=REDACTED&x=1 is not in the recording api.json, which has for instance GET {base}/else");
    let message = document["error"]["errorMessage"].as_str().expect("a message");
    assert!(message.contains(&wanted), "{message}");
    assert!(document["attempts"].to_string().contains("is not in the recording"), "{document}");
    let found = replayed("sockets", &file, &["--deterministic"]);
    let found: Value = serde_json::from_slice(&found.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&found.stderr)));
    for (case, part) in [
        ("not HTTP", "a replay has HTTP/1.1 alone"),
        ("smuggled", "it has a length and chunks"),
        ("says nothing", "TimeoutError: timed out"),
        ("datagram", "a replay has HTTP alone"),
        ("server", "a replay has nobody who could connect"),
        ("unconnected", "OSError"),
    ] {
        assert!(found[case].as_str().is_some_and(|text| text.contains(part)), "{case}: {found}");
    }
    assert_eq!(found["waited"], true, "by the function's own clock: {found}");
}

#[test]
fn files_that_are_no_recordings_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("api.json");
    for (content, reason) in [
        ("{}", "it is not a recording: missing field `wasmlam_recording`"),
        (r#"{"wasmlam_recording": 9, "exchanges": []}"#, "it is a recording of version 9"),
        (
            r#"{"wasmlam_recording": 1, "exchanges": [{"request": {"method": "GET", "url": "http://h/", "body": "any"}, "response": {"status": 200, "headers": [["A", "b\r\nC: d"]]}}]}"#,
            "exchange 1: the header 'A'",
        ),
    ] {
        std::fs::write(&file, content).expect("writes");
        let output = replayed("everything", &file, &[]);
        assert!(output.status.code() == Some(2) && text(&output.stderr).contains(reason), "{}", text(&output.stderr));
    }
    let path = file.to_str().expect("a path");
    for (arguments, reason) in [
        (vec!["--replay", path, "--allow-net", "localhost"], "cannot be used with"),
        (vec!["--record", path], "--record and --sign-aws need --allow-net"),
        (vec!["--record", "/nowhere/api.json", "--allow-net", "localhost"], "cannot write the recording"),
        (vec!["--replay", "/nowhere/api.json"], "cannot read the recording"),
        (vec!["--allow-aws", "s3:GetObject", "--allow-net", "localhost"], "--sign-aws"),
        (vec!["--sign-aws", "--allow-net", "localhost"], "--allow-aws"),
        (vec!["--sign-aws", "--allow-aws", "s3", "--allow-net", "localhost"], "is not SERVICE:OPERATION"),
        (vec!["--sign-aws=nobody", "--allow-aws", "*", "--allow-net", "localhost"], "the profile 'nobody'"),
    ] {
        let output = run("everything").arguments(&arguments).text();
        assert!(output.status.code() == Some(2) && text(&output.stderr).contains(reason), "{arguments:?}: {}", text(&output.stderr));
    }
}

#[test]
fn cases_of_a_suite_name_their_recordings() {
    let folder = tempfile::tempdir().expect("a folder");
    let exchange = |status: u16| json!({"request": {"method": "GET", "url": "http://api.test/", "body": "any"}, "response": {"status": status, "body": "hello"}});
    for status in [200, 404] {
        let document = json!({"wasmlam_recording": 1, "exchanges": [exchange(status)]});
        std::fs::write(folder.path().join(format!("{status}.json")), document.to_string()).expect("writes");
    }
    let source = "import urllib.request, urllib.error\n\ndef handler(event, context):\n    try:\n        \
         return urllib.request.urlopen('http://api.test/').status\n    except urllib.error.HTTPError as error:\n        return error.code\n";
    std::fs::write(folder.path().join("app.py"), source).expect("writes");
    let cases = json!([
        {"name": "there", "event": {}, "replay": "200.json", "expect": {"result": 200}},
        {"name": "not there", "event": {}, "replay": "404.json", "expect": {"result": 404}},
        {"name": "no network", "event": {}, "expect": {"error": {"type": "URLError"}}},
    ]);
    let suite = folder.path().join("suite.json");
    std::fs::write(&suite, json!({"cases": cases}).to_string()).expect("writes");
    let test = |arguments: &[&str]| {
        let output = wasmlam().arg("test").args([&folder.path().join("app.py"), &suite]).args(arguments).output().expect("runs");
        (text(&output.stdout), text(&output.stderr), output.status.code())
    };
    let (out, err, _) = test(&["--report", "json"]);
    let document: Value =
        serde_json::from_str(out.lines().last().unwrap_or_default()).or_else(|_| serde_json::from_str(&out)).unwrap_or(Value::Null);
    let verdicts = out.matches("\"AC\"").count();
    assert!(verdicts >= 2, "{document} {out} {err}");
    std::fs::remove_file(folder.path().join("404.json")).expect("removes");
    let (_, err, code) = test(&[]);
    assert!(code == Some(2) && err.contains("404.json"), "{err}");
}

/// A server of AWS that takes one key alone, in front of moto's.
struct KeyCheck {
    process: Child,
    port: u16,
    tls_port: u16,
    log: PathBuf,
    _moto: Moto,
    folder: tempfile::TempDir,
}

impl KeyCheck {
    fn start() -> Self {
        let moto = Moto::start();
        let folder = tempfile::tempdir().expect("a folder");
        let log = folder.path().join("signed");
        let mut command = Command::new(&moto.python);
        command.arg(root().join("tests/network/keycheck.py")).arg(moto.port.to_string()).arg(&log);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
        let mut ports = line.split_whitespace().map(|port| port.parse().expect("a port"));
        let mut port = || ports.next().expect("two ports");
        Self { process, port: port(), tls_port: port(), log, _moto: moto, folder }
    }

    /// What was signed as it should be since the last time.
    fn signed(&self) -> Vec<String> {
        let lines = std::fs::read_to_string(&self.log).unwrap_or_default();
        let _ = std::fs::remove_file(&self.log); // it may not be there
        lines.lines().map(|line| line.trim().to_owned()).collect()
    }

    fn run(&self, event: &Value, allow: &str, arguments: &[&str]) -> Output {
        self.run_at(&format!("http://127.0.0.1:{}", self.port), "ca.pem", event, allow, arguments)
    }

    /// On a machine that trusts this certificate of `tests/network/pki` alone.
    fn run_at(&self, endpoint: &str, trusted: &str, event: &Value, allow: &str, arguments: &[&str]) -> Output {
        let endpoint = format!("AWS_ENDPOINT_URL={endpoint}");
        wasmlam()
            .env("SSL_CERT_FILE", root().join("tests/network/pki").join(trusted))
            .env_remove("SSL_CERT_DIR")
            .env_remove("AWS_PROFILE")
            .env("AWS_ACCESS_KEY_ID", "AKIAREALKEY000000000")
            .env("AWS_SECRET_ACCESS_KEY", "real/secret+key")
            .env("AWS_SESSION_TOKEN", "real-session-token")
            .arg("run")
            .arg(root().join("tests/network/sign"))
            .args(["--handler", "handler.handler", "--memory-size", "1024", "--timeout", "300", "--env", &endpoint])
            .args(["--allow-net", "localhost", "--sign-aws", "--allow-aws", allow, "--event", &event.to_string()])
            .args(arguments)
            .output()
            .expect("the program starts")
    }
}

impl Drop for KeyCheck {
    fn drop(&mut self) {
        let _ = self.process.kill(); // it ends with its stdin anyway
        let _ = self.process.wait();
    }
}

fn result(output: &Output) -> Value {
    assert!(output.status.success(), "{} {}", text(&output.stdout), text(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn boto3_uses_a_key_that_it_never_sees() {
    let server = KeyCheck::start();
    let recording = server.folder.path().join("aws.json");
    let record = ["--record", recording.to_str().expect("a path")];
    let output = server.run(&json!({"do": "works"}), "*", &record);
    let wanted = json!({
        "s3": true, "parts": true, "list": ["a b/ü+~.txt"], "dynamodb": 100_000, "sqs": "hello", "sts": "123456789012", "environment": [],
    });
    assert_eq!(result(&output), wanted);
    assert!(server.signed().len() > 10);
    let said = text(&output.stdout) + &text(&output.stderr) + &std::fs::read_to_string(&recording).expect("it is there");
    for secret in ["real/secret+key", "real-session-token", "AKIAREALKEY"] {
        assert!(!said.contains(secret), "{secret}");
    }
    let open = server.run(&json!({"do": "open_request"}), "*", &[]);
    assert!(result(&open).as_str().is_some_and(|line| line.starts_with("HTTP/1.1 ")) && server.signed().is_empty());

    let output = server.run(&json!({"do": "restricted"}), "s3:PutObject,s3:CreateBucket,dynamodb:ListTables,sts:*", &["--output", "json"]);
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let found = &document["result"];
    for (case, part) in [
        ("put", "{'ResponseMetadata':"),
        ("put again", "{'ResponseMetadata':"),
        ("get", "AccessDenied: wasmlam: GET to 127.0.0.1"),
        ("get", "is not signed: no --allow-aws has s3:GetObject"),
        ("with an ACL", "no --allow-aws has s3:PutObjectAcl"),
        ("copy", "no --allow-aws has s3:CopyObject"),
        ("large and refused", "no --allow-aws has s3:CreateMultipartUpload"),
        ("delete table", "AccessDeniedException: wasmlam: dynamodb is not signed: no --allow-aws has dynamodb:DeleteTable"),
        ("queue", "no --allow-aws has sqs:CreateQueue"),
        ("who", "123456789012"),
        ("presigned", "as presigned URLs have it"),
    ] {
        assert!(found[case].as_str().is_some_and(|text| text.contains(part)), "{case}: {document}");
    }
    assert!(document["attempts"].to_string().contains("no --allow-aws has s3:GetObject"), "{document}");
    let mut signed = server.signed();
    signed.retain(|line| !line.starts_with("PUT /bucket/k"));
    assert_eq!(signed, ["PUT /bucket", "POST / DynamoDB_20120810.ListTables", "POST /"], "and nothing else was signed");

    // Over TLS it matters whom this machine trusts, and not only whom the function does.
    let endpoint = format!("https://localhost:{}", server.tls_port);
    let output = server.run_at(&endpoint, "ca.pem", &json!({"do": "over_tls"}), "s3:*", &[]);
    let found = result(&output);
    assert!(found[0].as_str().is_some_and(|text| text.starts_with("{'ResponseMetadata'")), "{found}");
    assert_eq!((&found[2], &found[3]), (&json!("True"), &json!("'HTTP/1.1 200 OK'")), "{found}");
    assert_eq!(server.signed(), ["PUT /tls", "PUT /tls/k", "GET /tls/k", "GET /tls/k"]);
    let output = server.run_at(&endpoint, "self.pem", &json!({"do": "over_tls"}), "s3:*", &[]);
    let found = result(&output);
    for answer in found.as_array().expect("a list") {
        assert!(answer.as_str().is_some_and(|text| text.contains("has no certificate for localhost that this machine trusts")), "{found}");
    }
    assert!(server.signed().is_empty());

    let output = server.run(&json!({"do": "attacks", "other": ports()["http"]}), "s3:GetObject,dynamodb:ListTables", &[]);
    let found = result(&output);
    for (case, answer) in found.as_object().expect("an object") {
        let answer = answer.as_str().expect("text");
        assert!(!answer.contains("REFUSED BY THE CHECK"), "{case} reached the server: {answer}");
        assert!(answer.contains("wasmlam: ") || answer.is_empty() || answer.contains("Error"), "{case}: {answer}");
        assert!(!answer.contains("HTTP/1.1 2"), "{case}: {answer}");
    }
    let signed = server.signed();
    assert!(signed.iter().all(|line| line == "GET /bucket/k"), "the first of two requests, and nothing else: {signed:?}");
}
