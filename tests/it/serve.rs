//! `wasmlam serve` as a program, and the clients that people have.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::common::{root, wasmlam};

/// A server that goes away with the test.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut command = wasmlam();
        command.args(["serve", "--listen", "127.0.0.1:0", "--in-memory"]).args(arguments);
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
