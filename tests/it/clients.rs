//! Clients of databases and of other protocols, as they come from PyPI, against real servers on loopback.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::common::{root, run_package};

/// The package of clients with the handler, and the servers' ports. The servers end with this process, whose end of their stdin
/// closes then.
fn servers() -> &'static (Child, Value, PathBuf, tempfile::TempDir) {
    static SERVERS: OnceLock<(Child, Value, PathBuf, tempfile::TempDir)> = OnceLock::new();
    SERVERS.get_or_init(|| {
        let script = Command::new(root().join("tests/network/clients.sh")).stderr(Stdio::inherit()).output().expect("the script starts");
        assert!(script.status.success(), "clients or servers could not be installed");
        let packages = PathBuf::from(String::from_utf8(script.stdout).expect("a path").trim());
        let folder = tempfile::tempdir().expect("a folder");
        copy(&packages, folder.path());
        copy(&root().join("tests/network/clients"), folder.path());
        let mut command = Command::new("python3");
        command.arg(root().join("tests/network/clients.py")).arg(&packages).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("python3 starts");
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
        (child, serde_json::from_str(&line).expect("the ports"), folder.path().to_owned(), folder)
    })
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&target).expect("a folder");
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copies");
        }
    }
}

fn result(what: &str) -> Value {
    let (_, ports, package, _) = servers();
    run_package(package)
        .arguments(&["--handler", "handler.handler", "--memory-size", "512", "--allow-net", "localhost"])
        .event(&json!({"do": what, "ports": ports}).to_string())
        .timeout("120")
        .go()
        .result()
        .clone()
}

#[test]
fn redis_py() {
    assert_eq!(result("redis"), json!(["Ada", 4950, "hello", 2_000_000, ["Ada", "Ada", "Ada", "Ada", "Ada"]]));
}

#[test]
fn pg8000_over_tls() {
    assert_eq!(result("postgres"), json!([10, "näme 9", true, "28P01"]));
}

#[test]
fn smtplib() {
    assert_eq!(result("smtp"), json!([{}, 250, "c@test gets 7 bytes"]));
}

#[test]
fn websockets_sync_and_async() {
    assert_eq!(result("websockets"), json!(["HELLO", 400_000, "AGAIN"]));
}

#[test]
fn httpx_and_server_sent_events() {
    assert_eq!(result("events"), json!([["data: one", "data: two", "event: end", "data: three"], [3, 3, 3, 3]]));
}

#[test]
fn aiohttp() {
    assert_eq!(result("aiohttp"), json!([200, 3, "HELLO"]));
}
