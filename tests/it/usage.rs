//! What people type, and what they are answered: mistakes that users made, and what each of them should have been told.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::common::{run, run_package, wasmlam, zip};

const HANDLER: &str = "def handler(event, context):\n    print('seen', event)\n    return event\n";

fn files(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("inside")).expect("makes");
        fs::write(path, text).expect("writes");
    }
    folder
}

fn go(folder: &Path, arguments: &[&str]) -> Output {
    wasmlam().current_dir(folder).args(arguments).output().expect("starts")
}

fn with_stdin(folder: &Path, arguments: &[&str], stdin: &str) -> Output {
    let mut command = wasmlam();
    let child = command.current_dir(folder).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = child.spawn().expect("starts");
    child.stdin.take().expect("piped").write_all(stdin.as_bytes()).expect("writes");
    child.wait_with_output().expect("ends")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Fails unless it ended with 2 and said this.
#[track_caller]
fn refused(output: &Output, says: &str) {
    assert!(output.status.code() == Some(2) && stderr(output).contains(says), "{says}\n{output:?}");
}

#[test]
fn a_suite_without_cases_is_no_success() {
    let folder = files(&[
        ("app.py", HANDLER),
        ("empty.json", "[]"),
        ("empty.jsonl", ""),
        ("null.yaml", "cases:\n"),
        ("two/app.py", HANDLER),
        ("one.yaml", "- name: a\n- name: b\n"),
    ]);
    for (arguments, says) in [
        (&["app.py", "empty.json"][..], "the suite empty.json has no cases"),
        (&["app.py", "empty.jsonl"], "the suite empty.jsonl has no cases"),
        (&["app.py", "null.yaml"], "null.yaml"),
        (&["app.py", "two"], "'two' is taken for the suite, but has no *.event.json; the suite comes last"),
        (&["app.py", "one.yaml", "--filter", "nomatch"], "the filter matches none of 2 cases"),
    ] {
        refused(&go(folder.path(), &[&["test"], arguments].concat()), says);
    }
    refused(&go(folder.path(), &["run", "app.py", "--events", "/dev/null"]), "the events file is empty");
}

#[test]
fn an_event_comes_from_where_it_is_asked_for() {
    let folder =
        files(&[("app.py", HANDLER), ("e.json", "\u{feff}{\"k\": 1}"), ("lines.jsonl", "\u{feff}1\n2\n"), ("array.jsonl", "[\n1\n]\n")]);
    let result = |arguments: &[&str]| stdout(&with_stdin(folder.path(), &[&["run", "app.py"], arguments].concat(), "[7]"));
    for (arguments, wanted) in [
        (&["--event", "@e.json"][..], "{\"k\": 1}\n"),
        (&["--event", "file://e.json"], "{\"k\": 1}\n"),
        (&["--event-file", "e.json"], "{\"k\": 1}\n"),
        (&["--event", "-"], "[7]\n"),
        (&["--event", "3"], "3\n"),
    ] {
        assert_eq!(result(arguments), wanted, "{arguments:?}");
    }
    assert_eq!(result(&["--events", "lines.jsonl"]).lines().count(), 2);
    refused(&go(folder.path(), &["run", "app.py", "--events", "array.jsonl"]), "one event on each line, and this is one array: jq -c");
    refused(&go(folder.path(), &["run", "app.py", "--event", "{'a': 1}"]), "JSON has double quotes");
    refused(&go(folder.path(), &["run", "app.py", "--event-file", "."]), ". is a folder, but must be a file");
    refused(&go(folder.path(), &["run", "app.py", "--timeout", "-1"]), "timeout is");
    refused(&go(folder.path(), &["run", "app.py", "--concurrency", "4"]), "--events");
}

#[test]
fn a_module_may_have_the_name_that_people_gave_it() {
    let folder = files(&[("Smith, Jo.py", HANDLER), ("a.b.py", HANDLER), ("one.yaml", "- {name: same, event: 1, expect: {result: 1}}\n")]);
    let output = go(folder.path(), &["test", "Smith, Jo.py", "a.b.py", "one.yaml"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(stdout(&output).contains("2 AC"), "{output:?}");
}

#[test]
fn a_file_that_only_its_owner_may_read_fails_as_on_aws() {
    let folder = files(&[]);
    let path = folder.path().join("p.zip");
    let mut writer = zip::ZipWriter::new(fs::File::create(&path).expect("creates"));
    writer.start_file("app.py", zip::write::SimpleFileOptions::default().unix_permissions(0o600)).expect("starts");
    writer.write_all(HANDLER.as_bytes()).expect("writes");
    writer.finish().expect("finishes");
    let output = run_package(&path).arguments(&["--handler", "app.handler"]).text();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let told = stderr(&output);
    assert!(told.contains("warning: 'app.py' has mode 0600, so the function cannot read it, as on AWS\nhint: chmod 644"), "{told}");
    assert!(told.contains("PermissionError: [Errno ") && told.contains("] Permission denied: '/var/task/app.py'"), "{told}");
}

#[test]
fn a_zip_of_a_folder_names_the_folder_and_the_handler_that_works() {
    let nested = zip(&[("proj/app.py", HANDLER), ("proj/data.txt", "x")]);
    let output = run_package(&nested.path).text();
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(stderr(&output).contains("are in its folder 'proj', but AWS looks for the handler in the root"), "{output:?}");
    assert!(stderr(&output).contains("--handler proj/app.handler"), "{output:?}");
    assert_eq!(run_package(&nested.path).arguments(&["--handler", "proj/app.handler", "--event", "5"]).go().result(), &json!(5));
}

#[test]
fn an_env_file_is_dotenvs() {
    let folder = files(&[
        ("app.py", "import os\ndef handler(event, context):\n    return [os.environ.get(name) for name in event]\n"),
        (".env", "# comment\nexport AA=\"quoted v\"\nBB='x # y'  # z\nCC=plain # z\n"),
        ("bad.env", "A=1\nexport A B\n"),
    ]);
    let output = go(folder.path(), &["run", "app.py", "--env-file", ".env", "--env", "CC=mine", "--event", r#"["AA", "BB", "CC"]"#]);
    assert_eq!(stdout(&output), "[\"quoted v\", \"x # y\", \"mine\"]\n", "{output:?}");
    refused(&go(folder.path(), &["run", "app.py", "--env-file", "bad.env"]), "bad.env: line 2: ");
}

#[test]
fn the_end_begins_a_line_for_people() {
    let folder = files(&[("app.py", "import sys\ndef handler(event, context):\n    sys.stderr.write('no newline')\n")]);
    let output = go(folder.path(), &["run", "app.py"]);
    assert!(stderr(&output).contains("\nno newline\nEND RequestId: "), "{output:?}");
    let tail = go(folder.path(), &["run", "app.py", "--log-type", "Tail"]);
    assert!(stderr(&tail).contains("\nno newlineEND RequestId: "), "{tail:?}");
}

#[test]
fn reports_go_where_they_are_sent() {
    let folder = files(&[("app.py", HANDLER), ("one.yaml", "- name: a\n")]);
    let output = go(folder.path(), &["test", "app.py", "one.yaml", "--report", "json=-"]);
    assert!(output.status.success() && serde_json::from_slice::<Value>(&output.stdout).is_ok(), "{output:?}");
    assert!(!folder.path().join("-").exists());
    let twice = go(folder.path(), &["test", "app.py", "one.yaml", "--report", "json=r", "--report", "junit=r"]);
    refused(&twice, "two reports would be written to r");
    let lines = go(folder.path(), &["test", "app.py", "one.yaml", "--timeout", "9"]);
    assert!(!stderr(&lines).contains("warning"), "{lines:?}");
    fs::write(folder.path().join("own.yaml"), "defaults: {timeout: 60}\ncases: [{name: a}]").expect("writes");
    let own = go(folder.path(), &["test", "app.py", "own.yaml", "--timeout", "0.001"]);
    assert!(own.status.success() && stderr(&own).contains("--timeout is not for 1 of 1 cases: the suite says theirs"), "{own:?}");
}

#[test]
fn a_class_is_graded_in_one_run() {
    let wrong = "def handler(event, context):\n    return 0\n";
    let folder = files(&[
        ("subs/ann.py", HANDLER),
        ("subs/Smith, Jo.py", wrong),
        (
            "suite.yaml",
            "- {name: a, event: 1, points: 0.1, expect: {result: 1}}\n- {name: b, event: 0, points: 0.2, expect: {result: 0}}\n",
        ),
    ]);
    let arguments = ["test", "subs/ann.py", "subs/Smith, Jo.py", "suite.yaml", "--report", "csv=scores.csv", "--report", "gradescope=out/"];
    let output = go(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let scores = fs::read_to_string(folder.path().join("scores.csv")).expect("scores");
    let rows: Vec<&str> = scores.lines().collect();
    assert!(rows[1].starts_with("subs/ann.py,0.3,0.3,2,") && rows[2].starts_with("\"subs/Smith, Jo.py\",0.2,0.3,2,"), "{scores}");
    for name in ["ann.py.json", "Smith, Jo.py.json"] {
        let text = fs::read_to_string(folder.path().join("out").join(name)).expect(name);
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON")["tests"].as_array().map(Vec::len), Some(2));
    }
    refused(
        &go(folder.path(), &["test", "subs/ann.py", "subs/Smith, Jo.py", "suite.yaml", "--report", "gradescope=f"]),
        "gradescope=FOLDER/",
    );
}

#[test]
fn what_differs_from_run_to_run_can_fail() {
    let folder = files(&[
        ("app.py", "import random\ndef handler(event, context):\n    return random.random() if event else 1\n"),
        ("flaky.yaml", "- {name: a, event: 1}\n"),
        ("same.yaml", "- {name: a, event: 0}\n"),
    ]);
    let code = |arguments: &[&str]| go(folder.path(), &[&["test", "app.py"], arguments].concat()).status.code();
    assert_eq!(code(&["flaky.yaml", "--repeat", "3"]), Some(0));
    assert_eq!(code(&["flaky.yaml", "--repeat", "3", "--fail-on-flaky"]), Some(1));
    assert_eq!(code(&["same.yaml", "--repeat", "3", "--fail-on-flaky"]), Some(0));
}

/// Without the end of running guests this would take the minutes of their timeout; with it, nothing here waits for a clock.
#[test]
#[ignore = "does not come to an end every time, though one guest by itself is ended within milliseconds: to be found out"]
fn a_signal_ends_guests_that_run_and_reports_are_written() {
    let folder = files(&[
        (
            "app.py",
            "import time\ndef handler(event, context):\n    if event == 'sleep': time.sleep(800)\n    while event == 'spin': pass\n",
        ),
        ("suite.yaml", "- {name: first}\n- {name: sleeps, event: sleep}\n- {name: spins, event: spin}\n- {name: last}\n"),
    ]);
    let report = folder.path().join("report.jsonl");
    let mut command = wasmlam();
    command.current_dir(folder.path()).args(["test", "app.py", "suite.yaml", "--timeout", "900", "--jobs", "3", "--report", "tap"]);
    let mut child = command.args(["--report", "json=report.jsonl"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    let mut seen = std::io::BufReader::new(child.stdout.take().expect("piped"));
    let mut line = String::new();
    // The version, the plan, then the first case: by now the other two run or are about to.
    while !line.contains("first") {
        line.clear();
        assert_ne!(std::io::BufRead::read_line(&mut seen, &mut line).expect("reads"), 0, "it ended early");
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::TERM).expect("is alive");
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert!(stderr(&output).contains("stopping: cases that run are ended, and reports are written"), "{output:?}");
    let report = fs::read_to_string(report).expect("a report");
    assert!(report.contains("\"first\"") && !report.contains("\"sleeps\"") && serde_json::from_str::<Value>(&report).is_ok(), "{report}");
}

#[test]
fn a_change_runs_it_again() {
    let folder = files(&[("app.py", "def handler(event, context):\n    return 'before'\n")]);
    let mut command = wasmlam();
    command.current_dir(folder.path()).args(["run", "app.py", "--watch"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("starts");
    let mut seen = std::io::BufReader::new(child.stdout.take().expect("piped"));
    let mut next = || {
        let mut line = String::new();
        std::io::BufRead::read_line(&mut seen, &mut line).expect("reads");
        line
    };
    assert_eq!(next(), "\"before\"\n");
    fs::write(folder.path().join("app.py"), "def handler(event, context):\n    return 'after'\n").expect("writes");
    assert_eq!(next(), "\"after\"\n");
    child.kill().expect("is alive");
    child.wait().expect("ends");
}

#[test]
fn shells_and_man_know_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = wasmlam().args(["completion", shell]).output().expect("starts");
        assert!(output.status.success() && stdout(&output).contains("sample-event"), "{shell}: {output:?}");
    }
    let page = wasmlam().arg("man").output().expect("starts");
    assert!(stdout(&page).contains(".TH wasmlam 1"), "{page:?}");
    let folder = files(&[]);
    assert!(wasmlam().args(["man", "--into"]).arg(folder.path()).status().expect("starts").success());
    assert!(folder.path().join("wasmlam-sample-event.1").is_file());
}

#[test]
fn a_sample_event_runs_a_handler() {
    let event = wasmlam().args(["sample-event", "s3", "put", "--set", "key=a b.txt"]).output().expect("starts");
    let event = stdout(&event);
    let answer = run("echo").event(&event).go();
    assert_eq!(answer.result()["Records"][0]["s3"]["object"]["key"], "a+b.txt");
    refused(
        &wasmlam().args(["sample-event", "s4"]).output().expect("starts"),
        "there is no sample event of 's4'; the services are apigateway, function-url",
    );
    let list = stdout(&wasmlam().arg("sample-event").output().expect("starts"));
    assert!(list.contains("cognito: ") && list.contains("  put: an object was created"), "{list}");
}

#[test]
fn a_size_that_cannot_be_given_is_said_once() {
    let folder = files(&[("app.py", HANDLER)]);
    let told = stderr(&go(folder.path(), &["run", "app.py", "--memory-size", "10240"]));
    assert_eq!(told.matches("has at most 4096 MB of the 10240 MB").count(), 1, "{told}");
    assert!(!stderr(&go(folder.path(), &["run", "app.py", "--memory-size", "4096"])).contains("at most"));
}
