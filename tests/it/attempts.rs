//! What a function tried is told, in each completion of its own, and nothing else is.

use serde_json::{Value, json};

use crate::common::run;

/// What the document says of a call that tries these things.
fn tried(what: &[&str]) -> (Value, Value) {
    let answer = run("tries").event(&json!(what).to_string()).go();
    (answer.result().clone(), answer.document["attempts"].clone())
}

#[test]
fn what_a_call_tries_is_told() {
    for (what, result, attempts) in [
        ("connect", json!("OSError"), json!(["network: connect to 192.0.2.1:80"])),
        ("connect_ex", json!(101), json!(["network: connect to [2001:db8::1]:443"])),
        ("look_up", json!("gaierror"), json!(["network: look up db.example"])),
        ("bind", json!("OSError"), json!(["network: bind to :8080"])),
        ("datagram", json!("OSError"), json!(["network: send to 192.0.2.1:53"])),
        ("fork", json!("BlockingIOError"), json!(["process: call os.fork"])),
        ("exec", json!("PermissionError"), json!(["process: run /bin/sh"])),
        ("system", json!("PermissionError"), json!(["process: run ls -l"])),
        ("popen", json!("PermissionError"), json!(["process: run ls"])),
        ("kill", json!("ProcessLookupError"), json!(["process: signal process 1"])),
        ("file", json!("FileNotFoundError"), json!(["file: /etc/shadow"])),
        ("forged", json!("FileNotFoundError"), json!(["network: nothing at all"])),
        ("nothing", json!("FileNotFoundError"), Value::Null),
        ("numeric", json!("done"), Value::Null),
        ("pair", json!("done"), Value::Null),
    ] {
        assert_eq!(tried(&[what]), (json!([result]), attempts), "{what}");
    }
    let (_, attempts) = tried(&["file", "fork", "file"]);
    assert_eq!(attempts, json!(["file: /etc/shadow", "process: call os.fork"]), "each once");
}

/// The documents of calls one after the other: what each tried.
fn told(arguments: &[&str]) -> Vec<Value> {
    let folder = tempfile::tempdir().expect("a folder");
    let events = folder.path().join("events.jsonl");
    std::fs::write(&events, "[]\n[\"fork\"]\n[]\n").expect("writes");
    let output = run("tries").arguments(&["--events", events.to_str().expect("a path"), "--log-type", "None"]).arguments(arguments).text();
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("a document")["attempts"].clone()).collect()
}

#[test]
fn what_an_init_tried_is_told_by_the_calls_that_follow_from_it() {
    let (init, both) = (json!(["file: /etc/shadow"]), json!(["file: /etc/shadow", "process: call os.fork"]));
    let fork = json!(["process: call os.fork"]);
    assert_eq!(told(&[]), [Value::Null, fork.clone(), Value::Null], "no call knows of another");
    for _ in 0..2 {
        // Twice: an image on disk could not say it.
        assert_eq!(told(&["--env", "AT_INIT=file"]), [init.clone(), both.clone(), init.clone()], "each starts after the init");
    }
    assert_eq!(told(&["--env", "AT_INIT=file", "--init", "each"]), [init.clone(), both, init.clone()]);
    assert_eq!(told(&["--env", "AT_INIT=file", "--reuse"]), [init.clone(), fork, Value::Null], "one sandbox, one init");
    assert_eq!(told(&["--env", "AT_INIT=file", "--env", "FAILS=1"]), [init.clone(), init.clone(), init], "an init that failed");
}

#[test]
fn the_log_stays_as_on_aws_and_the_person_is_told() {
    let output = run("tries").event("[\"fork\", \"file\"]").text();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("os.fork") || line.contains("shadow")).collect();
    let prefix = "wasmlam: blocked: ";
    assert_eq!(lines, [format!("{prefix}process: call os.fork"), format!("{prefix}file: /etc/shadow")]);
    let answer = run("tries").event("[\"fork\"]").go();
    assert!(!answer.log().contains("fork"), "{}", answer.log());
}
