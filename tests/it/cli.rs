//! Manners of the command line.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::common::{root, run, run_package, wasmlam, zip};

#[test]
fn version_and_help() {
    let output = wasmlam().arg("--version").output().expect("starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.starts_with(concat!("wasmlam ", env!("CARGO_PKG_VERSION"), " (wasmtime 48.0.8, CPython 3.13.5)")), "{text}");
    let output = wasmlam().args(["run", "--help"]).output().expect("starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for part in ["Examples:", "Exit codes:", "70  a fault of wasmlam", "--ephemeral-storage <MB>"] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(wasmlam().output().expect("starts").status.code(), Some(2), "no command");
    assert_eq!(wasmlam().args(["run"]).output().expect("starts").status.code(), Some(2), "no package");
}

#[test]
fn a_handler_is_found_or_the_candidates_are_named() {
    let body = "def lambda_handler(event, context):\n    return 'found'\n";
    let package = zip(&[("lambda_function.py", body), ("other.py", "def my_handler(event, context): pass\n")]);
    assert_eq!(run_package(&package.path).go().result(), &json!("found"));
    assert_eq!(
        run_package(&root().join("tests/handlers/hello_python.py")).event(r#"{"first_name": "A", "last_name": "B"}"#).go().result()["message"],
        "Hello A B!"
    );
    let package = zip(&[("a.py", "def one_handler(event, context): pass\n"), ("b.py", "def two_handler(event, context): pass\n")]);
    let output = run_package(&package.path).text();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr.contains("a.one_handler") && stderr.contains("b.two_handler") && stderr.contains("hint: "), "{stderr}");
}

#[test]
fn a_folder_and_a_layer() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("pkg")).expect("creates");
    std::fs::write(folder.path().join("pkg/mod.py"), "import shared\ndef handler(event, context): return shared.NAME\n").expect("writes");
    let first = zip(&[("python/shared.py", "NAME = 'first'"), ("data.txt", "x")]);
    let second = zip(&[("python/lib/python3.13/site-packages/shared.py", "NAME = 'site-packages'")]);
    let layer = |paths: &[&std::path::Path]| {
        let options: Vec<&str> = paths.iter().flat_map(|path| ["--layer", path.to_str().expect("a path")]).collect();
        run_package(folder.path()).arguments(&["--handler", "pkg/mod.handler"]).arguments(&options).go()
    };
    assert_eq!(layer(&[&first.path]).result(), &json!("first"));
    assert_eq!(layer(&[&first.path, &second.path]).result(), &json!("site-packages"), "that folder comes first in sys.path");
    layer(&[]).expect("init_error", 3);
}

#[test]
fn events_come_from_stdin_too() {
    let go = |option: &str, input: &[u8]| {
        let mut child = wasmlam()
            .args(["run", "tests/handlers/echo.py", option, "-", "--log-type", "None"])
            .current_dir(root())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        child.stdin.take().expect("a pipe").write_all(input).expect("writes");
        child.wait_with_output().expect("ends")
    };
    assert_eq!(String::from_utf8_lossy(&go("--event-file", b"[1]").stdout), "[1]\n");
    let output = go("--events", b"1\n{\"a\": 2}\r\n");
    let results: Vec<Value> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a document")["result"].clone())
        .collect();
    assert_eq!(results, [json!(1), json!({"a": 2})]);
    let output = go("--events", b"1\n{\n3\n");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("line 2"), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1, "what was done before is printed");
}

#[test]
fn the_exit_code_of_many_is_that_of_the_first_failure() {
    let folder = tempfile::tempdir().expect("a folder");
    let events = folder.path().join("events.jsonl");
    std::fs::write(&events, "{\"k\": 1}\n{}\n{\"k\": 2}\n").expect("writes");
    let output = run("raises").arguments(&["--events", events.to_str().expect("a path")]).text();
    assert_eq!(output.status.code(), Some(1));
    let statuses: Vec<String> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a document")["status"].as_str().expect("text").to_owned())
        .collect();
    assert_eq!(statuses, ["ok", "function_error", "ok"], "one failure stops nothing");
}

#[test]
fn results_keep_the_order_of_their_events_whatever_runs_at_the_same_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let events = folder.path().join("events.jsonl");
    let lines: String = (0..60).map(|n| format!("{{\"seconds\": {}, \"n\": {n}}}\n", f64::from(n % 7) / 200.0)).collect();
    std::fs::write(&events, lines).expect("writes");
    let output = run("echo").arguments(&["--events", events.to_str().expect("a path"), "--concurrency", "4", "--init", "each"]).text();
    let documents: Vec<Value> =
        String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("a document")).collect();
    assert_eq!(documents.iter().map(|d| d["result"]["n"].as_u64()).collect::<Vec<_>>(), (0..60).map(Some).collect::<Vec<_>>());
    assert!(documents.iter().all(|document| document["metrics"]["init_duration_us"].is_u64()), "each had an init");
    for wrong in ["0", "1001", "x"] {
        assert_eq!(run("echo").arguments(&["--concurrency", wrong]).text().status.code(), Some(2), "{wrong}");
    }
}

#[test]
fn an_old_runtime_is_accepted_with_a_warning() {
    let output = run("echo").arguments(&["--runtime", "python2.7"]).text();
    assert_eq!(output.status.code(), Some(0));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(stderr.lines().filter(|line| line.contains("warning")).count(), 1, "{stderr}");
    assert!(stderr.contains("runtime python2.7 is not here: this function runs on CPython 3.13.5"), "{stderr}");
    assert!(!String::from_utf8_lossy(&run("echo").text().stderr).contains("warning"));
}

#[test]
fn log_types() {
    let text = |arguments: &[&str]| {
        let event = json!({"lines": 100, "bytes": 100}).to_string();
        String::from_utf8_lossy(&run("prints").event(&event).arguments(arguments).text().stderr).into_owned()
    };
    assert!(text(&[]).len() > 10_000);
    let tail = text(&["--log-type", "Tail"]);
    assert_eq!(tail.len(), 4096);
    assert!(tail.contains("\nREPORT RequestId: "));
    assert_eq!(text(&["--log-type", "None"]), "");
}

#[test]
fn a_log_in_json_has_one_record_to_a_line() {
    let handler = "import logging\n\ndef handler(event, context):\n    logging.debug('debug')\n    logging.info('info')\n    print('plain')\n    1 / 0\n";
    let package = zip(&[("app.py", handler)]);
    let log = |arguments: &[&str]| {
        let answer = run_package(&package.path).arguments(&["--handler", "app.handler", "--init", "each", "--log-format", "JSON"]);
        let answer = answer.arguments(arguments).go().expect("function_error", 1);
        let what = |line: &str| {
            let record: serde_json::Value = serde_json::from_str(line).ok()?;
            Some(record["type"].as_str().or(record["message"].as_str()).or(record["errorType"].as_str())?.to_owned())
        };
        answer.log().lines().map(|line| what(line).unwrap_or_else(|| line.to_owned())).collect::<Vec<_>>()
    };
    let start = ["platform.initStart", "platform.start"];
    let end = ["platform.runtimeDone", "platform.report"];
    assert_eq!(log(&[]), [&start[..], &["info", "plain", "ZeroDivisionError"], &end].concat());
    let least = ["--application-log-level", "FATAL", "--system-log-level", "WARN"];
    assert_eq!(log(&least), end, "a failure is told as a warning");
    let all = log(&["--application-log-level", "DEBUG", "--system-log-level", "DEBUG"]);
    let init = ["platform.initStart", "platform.initRuntimeDone", "platform.initReport", "platform.start"];
    assert_eq!(all, [&init[..], &["debug", "info", "plain", "ZeroDivisionError"], &end].concat());
}

#[test]
fn who_calls_and_where_it_runs() {
    let handler = "import os\n\ndef handler(event, context):\n    return [context.invoked_function_arn, context.function_version, \
        context.tenant_id, os.environ['AWS_REGION'], os.environ['_X_AMZN_TRACE_ID'][:7], context.log_stream_name[10:14]]\n";
    let package = zip(&[("app.py", handler)]);
    let arguments =
        ["--region", "eu-west-1", "--account-id", "210987654321", "--qualifier", "7", "--tenant-id", "blue", "--function-name", "f"];
    let answer = run_package(&package.path).arguments(&arguments).go();
    let arn = "arn:aws:lambda:eu-west-1:210987654321:function:f:7";
    assert_eq!(answer.result(), &json!([arn, "7", "blue", "eu-west-1", "Root=1-", "/[7]"]));
    assert!(answer.log().contains(" Version: 7\n"), "{}", answer.log());
    let refused = |arguments: &[&str], words: &str| {
        let output = run("echo").arguments(arguments).text();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && stderr.contains(words), "{arguments:?}: {stderr}");
    };
    refused(&["--application-log-level", "INFO"], "LogLevel is not supported when LogFormat is set to \"Text\".");
    refused(
        &["--log-format", "json"],
        "wasmlam: error: invalid value 'json' for '--log-format <Text|JSON>'\n  [possible values: JSON, Text]",
    );
    refused(&["--qualifier", "a b"], "at 'qualifier' failed to satisfy constraint");
    refused(&["--tenant-id", "#"], "at 'tenantId' failed to satisfy constraint");
    refused(&["--account-id", "1"], "account-id is '1', but must have 12 digits");
    refused(&["--region", "here"], "region is 'here', but must be the name of an AWS region, such as us-east-1");
}

#[test]
fn a_variable_has_its_value_and_never_that_of_this_machine() {
    let output = wasmlam().args(["run", "x.py", "--env", "HOME"]).output().expect("starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("'HOME' is not KEY=VALUE"), "{output:?}");
}

#[test]
fn an_env_file_and_a_client_context() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("env");
    std::fs::write(&file, "# comment\n\nAA=from file\nBB=x=y\n").expect("writes");
    let path = file.to_str().expect("a path");
    let answer = run("environment").arguments(&["--env-file", path, "--env", "AA=wins"]).go();
    assert_eq!((&answer.result()["AA"], &answer.result()["BB"]), (&json!("wins"), &json!("x=y")));
    std::fs::write(&file, "AA=1\nHOME\n").expect("writes");
    let output = run("environment").arguments(&["--env-file", path]).text();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("env: line 2: "), "the line is named");
    let answer = run("context_fields")
        .event(r#"{"timeout_ms": 3000}"#)
        .arguments(&["--client-context", r#"{"custom": {"a": 1}}"#, "--function-name", "named", "--timeout", "3"])
        .go();
    assert_eq!(
        answer.result(),
        &json!({
            "function_name": "named",
            "function_version": "$LATEST",
            "invoked_function_arn": "arn:aws:lambda:us-east-1:123456789012:function:named",
            "memory_limit_in_mb": "128",
            "log_group_name": "/aws/lambda/named",
            "remaining": ["int", true],
            "request_id_is_set": 36,
            "custom": {"a": 1},
        })
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let script = format!(
        "yes 1 | head -n 500 | {} run {} --events - --log-type None | head -n 1 >/dev/null; echo ${{PIPESTATUS[2]}}",
        env!("CARGO_BIN_EXE_wasmlam"),
        root().join("tests/handlers/echo.py").display()
    );
    let output = Command::new("bash").args(["-c", &script]).output().expect("bash");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "0\n", "{}", String::from_utf8_lossy(&output.stderr));
}
