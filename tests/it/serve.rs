//! `wasmlam serve` as a program, and the clients that people have.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::common::{root, wasmlam};

/// A server that goes away with the test.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        Self::keeping(&[&["--in-memory"], arguments].concat())
    }

    /// One whose state is where the arguments say.
    fn keeping(arguments: &[&str]) -> Self {
        let mut command = wasmlam();
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(arguments);
        let mut process = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
        let address = line.trim_end().rsplit("http://").next().expect("an address").to_owned();
        Self { process, address }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("connects");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("sets");
        stream
    }

    /// The head of the answer to these bytes, and its body.
    fn send(&self, request: &str) -> (String, String) {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).expect("writes");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("reads");
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head in {answer:?}"));
        (head.to_owned(), body.to_owned())
    }

    /// The status and the document that a request to the API is answered with.
    fn call(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let (head, body) = self.send(&format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no status in {head}"));
        (status, serde_json::from_str(&body).unwrap_or(Value::Null))
    }

    /// Ends it as an operator does, and waits for that.
    fn stop(mut self) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
        assert_eq!(self.process.wait().expect("it ends").code(), Some(0));
    }

    fn get(&self, path: &str) -> (String, String) {
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill(); // has ended already, in some tests
        let _ = self.process.wait();
    }
}

#[test]
fn broken_and_slow_clients_keep_nobody_from_being_served() {
    let server = Server::start(&[]);
    // Each holds a connection: a head without an end, a body without an end, a request that is not HTTP, an answer unread.
    let starts =
        ["GET / HTTP/1.1\r\nHost: local", "POST /2015-03-31/functions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{", ""];
    let held: Vec<TcpStream> = (0..300)
        .map(|number| {
            let mut stream = server.connect();
            stream.write_all(starts[number % starts.len()].as_bytes()).expect("writes");
            stream
        })
        .collect();
    let (head, body) = server.get("/_wasmlam/health");
    assert!(head.starts_with("HTTP/1.1 200 OK") && body.contains("\"status\":\"ok\""), "{head}\n{body}");
    for request in ["\0\0\0\0\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "BREW x y z\r\n\r\n"] {
        let (head, _) = server.send(request);
        assert!(head.starts_with("HTTP/1.1 400 Bad Request"), "{request:?}: {head}");
    }
    let many: String = (0..500).map(|number| format!("x-{number}: y\r\n")).collect();
    let (head, _) = server.send(&format!("GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n"));
    assert!(head.starts_with("HTTP/1.1 431 "), "{head}");
    drop(held);
}

#[test]
fn a_signal_ends_the_server_with_success() {
    let mut server = Server::start(&[]);
    let pid = server.process.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
    assert_eq!(server.process.wait().expect("it ends").code(), Some(0));
}

const FUNCTIONS: &str = "/2015-03-31/functions";

fn create_request(name: &str, code: Value) -> Value {
    json!({"FunctionName": name, "Role": "arn:aws:iam::123456789012:role/r", "Runtime": "python3.13", "Handler": "app.handler", "Code": code})
}

/// A zip with this `app.py`, in base64.
fn package_of(code: &str) -> String {
    use base64::Engine as _;
    let zip = crate::common::zip(&[("app.py", code)]);
    base64::engine::general_purpose::STANDARD.encode(std::fs::read(&zip.path).expect("a file"))
}

#[test]
fn a_restart_runs_no_init() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = ["--state", folder.path().to_str().expect("text")];
    // Every init makes a number of its own, and says so in the log. No earlier run of this test has kept the image of this code.
    let code = format!(
        "# {}\nimport uuid\nTOKEN = uuid.uuid4().hex\nprint('this is an init')\ndef handler(event, context): return TOKEN\n",
        folder.path().display()
    );
    let server = Server::keeping(&state);
    let (status, created) = server.call("POST", FUNCTIONS, &create_request("f", json!({"ZipFile": package_of(&code)})));
    assert_eq!(status, 201, "{created}");
    let (_, first) = server.call("POST", &format!("{FUNCTIONS}/f/invocations"), &Value::Null);
    let (status, _) = server.call("POST", &format!("{FUNCTIONS}/f/versions"), &json!({}));
    assert_eq!(status, 201);
    let (_, of_version) = server.call("POST", &format!("{FUNCTIONS}/f/invocations?Qualifier=1"), &Value::Null);
    assert!(first.as_str().is_some_and(|token| token.len() == 32) && of_version.is_string(), "{first} {of_version}");
    server.stop();
    for _ in 0..2 {
        let server = Server::keeping(&state);
        for _ in 0..3 {
            assert_eq!(server.call("POST", &format!("{FUNCTIONS}/f/invocations"), &Value::Null), (200, first.clone()));
            assert_eq!(server.call("POST", &format!("{FUNCTIONS}/f/invocations?Qualifier=1"), &Value::Null), (200, of_version.clone()));
        }
        let body = json!({"logGroupName": "/aws/lambda/f"}).to_string();
        let target = "X-Amz-Target: Logs_20140328.FilterLogEvents\r\nContent-Type: application/x-amz-json-1.1";
        let length = body.len();
        let (_, log) = server.send(&format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{target}\r\nContent-Length: {length}\r\n\r\n{body}"
        ));
        assert_eq!(log.matches("this is an init").count(), 2, "one of $LATEST and one of version 1: {log}");
        assert_eq!(log.matches("Init Duration").count(), 2, "{log}");
        server.stop();
    }
}

/// Answers every request with what `answer` makes of its first line, each on a connection of its own; the heads that came.
fn s3_that(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let heads = Arc::<Mutex<Vec<String>>>::default();
    let seen = Arc::clone(&heads);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut head = String::new();
            let mut reader = BufReader::new(stream.try_clone().expect("a handle"));
            while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).is_ok_and(|count| count > 0) {}
            let first = head.lines().next().unwrap_or_default().to_owned();
            seen.lock().expect("no panic").push(head);
            let _ = stream.write_all(&answer(&first)); // who has read enough hangs up
        }
    });
    (address, heads)
}

fn http_answer(status: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len()).as_bytes(), body].concat()
}

#[test]
fn code_comes_from_the_s3_that_is_named() {
    let zip = crate::common::zip(&[("app.py", "def handler(event, context): return 'from S3'\n")]);
    let zip = std::fs::read(&zip.path).expect("a file");
    let (address, heads) = s3_that(move |first| match first.split(' ').nth(1).unwrap_or_default() {
        "/code-bucket/dir/my%20package.zip?versionId=v1" | "/code-bucket/layer.zip" => http_answer("200 OK", &zip),
        "/code-bucket/large.zip" => http_answer("200 OK", &vec![0; 53_000_000]),
        "/code-bucket/moved.zip" => {
            b"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n".to_vec()
        }
        "/code-bucket/cut.zip" => b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nPK".to_vec(),
        "/code-bucket/text.zip" => http_answer("200 OK", b"this is not a zip"),
        "/no-such-bucket/x.zip" => {
            let xml = "<Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message></Error>";
            http_answer("404 Not Found", xml.as_bytes())
        }
        _ => http_answer("404 Not Found", b"<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>"),
    });
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("credentials");
    std::fs::write(&file, "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\n").expect("writes");
    let server = Server::start(&["--s3-endpoint", &address, "--s3-credentials", file.to_str().expect("text")]);
    let of = |bucket: &str, key: &str| json!({"S3Bucket": bucket, "S3Key": key});
    let mut code = of("code-bucket", "dir/my package.zip");
    code["S3ObjectVersion"] = "v1".into();
    let (status, created) = server.call("POST", FUNCTIONS, &create_request("f", code));
    assert_eq!(status, 201, "{created}");
    assert_eq!(server.call("POST", &format!("{FUNCTIONS}/f/invocations"), &Value::Null), (200, json!("from S3")));
    let head = heads.lock().expect("no panic")[0].to_ascii_lowercase();
    for part in [
        "authorization: aws4-hmac-sha256 credential=akidexample/",
        "/us-east-1/s3/aws4_request",
        "x-amz-content-sha256: e3b0c44",
        "x-amz-date: ",
    ] {
        assert!(head.contains(part), "{part} is missing in {head}");
    }
    let (status, layer) = server.call("POST", "/2018-10-31/layers/l/versions", &json!({"Content": of("code-bucket", "layer.zip")}));
    assert_eq!(status, 201, "{layer}");
    let refused = |bucket: &str, key: &str| {
        let (status, error) = server.call("PUT", &format!("{FUNCTIONS}/f/code"), &of(bucket, key));
        (status, error["message"].as_str().or(error["Message"].as_str()).unwrap_or_default().to_owned())
    };
    let s3 =
        |code: &str, message: &str| (400, format!("Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}"));
    assert_eq!(refused("code-bucket", "gone.zip"), s3("NoSuchKey", "The specified key does not exist."));
    assert_eq!(refused("no-such-bucket", "x.zip"), s3("NoSuchBucket", "The specified bucket does not exist"));
    assert_eq!(
        refused("code-bucket", "../no-such-bucket/x.zip"),
        s3("NoSuchKey", "The specified key does not exist."),
        "it stays in its bucket"
    );
    let moved = "The bucket you are attempting to access must be addressed using the specified endpoint.";
    assert_eq!(refused("code-bucket", "moved.zip"), s3("PermanentRedirect", moved));
    assert_eq!(refused("code-bucket", "large.zip"), (413, "Zipped size must be smaller than 52428800 bytes".into()));
    let (status, message) = refused("code-bucket", "text.zip");
    assert!(status == 400 && message.starts_with("Could not unzip uploaded file."), "{message}");
    let (status, message) = refused("code-bucket", "cut.zip");
    assert!(status == 400 && message.contains("could not be read from"), "{message}");
    assert_eq!(server.call("POST", &format!("{FUNCTIONS}/f/invocations"), &Value::Null), (200, json!("from S3")), "it still runs");
}

#[test]
fn an_s3_that_is_not_there_is_said() {
    let nobody = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let server = Server::start(&["--s3-endpoint", &format!("http://{nobody}")]);
    let code = json!({"S3Bucket": "code-bucket", "S3Key": "x.zip"});
    let (status, error) = server.call("POST", FUNCTIONS, &create_request("f", code.clone()));
    let message = error["message"].as_str().expect("a message");
    assert!(
        status == 400 && message.contains("S3 Error Code: ServiceUnavailable. S3 Error Message: The S3 service at http://127.0.0.1:"),
        "{message}"
    );
    let server = Server::start(&[]);
    let (_, error) = server.call("POST", FUNCTIONS, &create_request("f", code));
    assert!(error["message"].as_str().is_some_and(|message| message.contains("--s3-endpoint")), "{error}");
    let output =
        wasmlam().args(["serve", "--in-memory", "--listen", "127.0.0.1:0", "--s3-endpoint", "ftp://x"]).output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && text.contains("'ftp://x' of the S3 service is not one of HTTP"), "{text}");
}

#[test]
fn an_address_of_others_needs_keys() {
    let output = wasmlam().args(["serve", "--listen", "0.0.0.0:0", "--in-memory"]).output().expect("the program starts");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("0.0.0.0:0 can be reached from other machines, so requests must be signed: give --credentials FILE"), "{text}");
}

#[test]
fn the_document_has_the_state_of_every_operation() {
    let text = std::fs::read_to_string(root().join("docs/api.md")).expect("the document");
    let rows: Vec<String> = wasmlam::api::operations()
        .iter()
        .map(|operation| format!("| {} | {} {} | {} |", operation.name, operation.method, operation.uri, operation.state.name()))
        .collect();
    let table = text.split("| operation | request | state |\n|---|---|---|\n").nth(1).expect("a table");
    assert_eq!(table.lines().collect::<Vec<_>>(), rows);
    let count = |state: wasmlam::api::State| wasmlam::api::operations().iter().filter(|operation| operation.state == state).count();
    let sentence = format!(
        "{} operations work, {} are\nkept, {} are not supported.",
        count(wasmlam::api::State::Works),
        count(wasmlam::api::State::Kept),
        count(wasmlam::api::State::NotSupported)
    );
    assert!(text.contains(&sentence), "{sentence}");
}

/// The folder of the clients, as `make test` installed them.
fn clients() -> PathBuf {
    let output = Command::new(root().join("tests/clients/setup.sh")).output().expect("setup.sh starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    PathBuf::from(String::from_utf8(output.stdout).expect("text").trim_end())
}

/// A folder with the package of AWS's guide.
fn package() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let code = std::fs::read_to_string(root().join("tests/handlers/hello_python.py")).expect("the handler");
    let zip = crate::common::zip(&[("hello_python.py", &code)]);
    std::fs::copy(&zip.path, folder.path().join("deployment-package.zip")).expect("copies");
    folder
}

/// Runs a client against a server of its own; its last line must say that it is content.
fn content(clients: &Path, command: &mut Command, folder: &Path, server: &Server) {
    let endpoint = format!("http://{}", server.address);
    let path = format!("{}:{}", clients.join("bin").display(), std::env::var("PATH").unwrap_or_default());
    let output = command
        .current_dir(folder)
        .env("PATH", path)
        .envs([("AWS_ENDPOINT_URL_LAMBDA", endpoint.as_str()), ("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", &endpoint)])
        .envs([("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_MAX_ATTEMPTS", "1")])
        .envs([("AWS_CONFIG_FILE", "/dev/null"), ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"), ("AWS_PAGER", "")])
        .output()
        .expect("the client starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.trim_end().ends_with("is content"), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_aws_cli_does_the_life_of_a_function() {
    let (clients, folder, server) = (clients(), package(), Server::start(&[]));
    content(&clients, &mut Command::new(root().join("tests/clients/life.sh")), folder.path(), &server);
}

#[test]
fn boto3_does_the_life_of_a_function_and_terraforms_calls() {
    let (clients, folder, server) = (clients(), package(), Server::start(&[]));
    let mut command = Command::new(clients.join("bin/python3"));
    content(&clients, command.arg(root().join("tests/clients/life.py")).arg("deployment-package.zip"), folder.path(), &server);
}

#[test]
fn the_javascript_sdk_does_the_life_of_a_function() {
    let (clients, folder, server) = (clients(), package(), Server::start(&[]));
    let mut command = Command::new("node");
    command.arg(root().join("tests/clients/life.mjs")).arg(&clients).arg(folder.path().join("deployment-package.zip"));
    content(&clients, &mut command, folder.path(), &server);
}

#[test]
fn botocores_signatures_are_right_and_wrong_ones_are_refused() {
    let clients = clients();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("credentials");
    std::fs::write(&file, "[default]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = right\n").expect("writes");
    let server = Server::start(&["--credentials", file.to_str().expect("text")]);
    let script = r#"
import boto3, botocore.config, botocore.exceptions, sys, urllib.request
def client(secret):
    config = botocore.config.Config(retries={"max_attempts": 0})
    return boto3.client("lambda", region_name="eu-west-1", endpoint_url=sys.argv[1], aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key=secret, config=config)
assert client("right").list_functions(MaxItems=3)["Functions"] == []
arn = "arn:aws:lambda:eu-west-1:123456789012:function:a"
for call in [lambda c: c.list_tags(Resource=arn), lambda c: c.get_function(FunctionName=arn), lambda c: c.invoke(FunctionName=arn, Payload=b"{}", LogType="Tail")]:
    for secret, code in [("right", "ResourceNotFoundException"), ("wrong", "InvalidSignatureException")]:
        try:
            call(client(secret))
            raise AssertionError("answered")
        except botocore.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == code, error.response
url = client("right").generate_presigned_url("list_functions", Params={"MaxItems": 3}, ExpiresIn=60)
assert urllib.request.urlopen(url).status == 200
try:
    urllib.request.urlopen(url.replace("MaxItems=3", "MaxItems=4"))
    raise AssertionError("answered")
except urllib.error.HTTPError as error:
    assert error.code == 403 and error.headers["x-amzn-errortype"] == "InvalidSignatureException"
print("is content")
"#;
    let mut command = Command::new(clients.join("bin/python3"));
    content(&clients, command.arg("-c").arg(script).arg(format!("http://{}", server.address)), folder.path(), &server);
}
