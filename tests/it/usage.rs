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
    assert!(own.status.success() && stderr(&own).contains("--timeout does not apply to 1 of 1 cases: the suite sets their own"), "{own:?}");
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
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut seen, &mut rest).expect("reads");
    assert!(rest.ends_with("Bail out! interrupted\n"), "{rest}");
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

#[test]
fn the_log_of_a_run_is_shown_while_it_runs() {
    let folder = files(&[(
        "app.py",
        "import time\nprint('init')\ndef handler(event, context):\n    print('begun', flush=True)\n    time.sleep(800)\n",
    )]);
    let mut command = wasmlam();
    command.current_dir(folder.path()).args(["run", "app.py", "--timeout", "900", "--init", "each"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    let mut seen = std::io::BufReader::new(child.stderr.take().expect("piped"));
    let mut lines = Vec::new();
    // Without a log that is shown as it comes this would take the minutes of the sleep.
    while !lines.iter().any(|line| line == "begun\n") {
        let mut line = String::new();
        assert_ne!(std::io::BufRead::read_line(&mut seen, &mut line).expect("reads"), 0, "{lines:?}");
        lines.push(line);
    }
    let init = lines.iter().position(|line| line == "init\n").expect("the init's");
    let start = lines.iter().position(|line| line.starts_with("START RequestId: ")).expect("the start");
    assert!(lines[init - 1].starts_with("INIT_START ") && init < start && start + 2 == lines.len(), "{lines:?}");
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT).expect("is alive");
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut seen, &mut rest).expect("reads");
    assert_eq!(child.wait().expect("ends").code(), Some(130));
    assert!(rest.contains("\nEND RequestId: ") || rest.starts_with("END RequestId: "), "{rest}");
    assert!(rest.contains("\nREPORT RequestId: ") && !rest.contains("begun") && !rest.contains("Task timed out"), "{rest}");
}

#[test]
fn every_module_that_is_missing_is_named() {
    let source = "import json, one\nimport lib.inner\ntry:\n    import optional\nexcept ImportError:\n    pass\n\
        def handler(event, context):\n    import late\n";
    let folder = files(&[
        ("p/app.py", source),
        ("p/lib/__init__.py", ""),
        ("p/lib/inner.py", "from two.deep import x\nfrom . import other\nfrom .gone import y\n"),
        ("p/lib/other.py", "import os.path, collections.abc\nclass A:\n    import three\n"),
    ]);
    let output = go(folder.path(), &["run", "p", "--handler", "app.handler"]);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let hint = "hint: these modules are neither in the package nor in a layer: one, two, lib.gone, three; add them with pip install";
    assert!(stderr(&output).contains(hint), "{output:?}");
}

#[test]
fn what_to_do_about_a_handler_or_a_module_is_said() {
    let folder =
        files(&[("sib/app.py", "import helper\ndef handler(event, context):\n    return helper.X\n"), ("sib/helper.py", "X = 1\n")]);
    for (arguments, hint) in [
        (&["sib", "--handler", "app"][..], "hint: a handler is MODULE.FUNCTION; this package has app.handler\n"),
        (&["sib", "--handler", "app.nothing"], "hint: a handler is MODULE.FUNCTION; this package has app.handler\n"),
        (&["sib", "--handler", "nothing.handler"], "hint: a handler is MODULE.FUNCTION; this package has app.handler\n"),
        (
            &["sib/app.py"],
            "hint: 'helper' lies beside 'sib/app.py', but only that file was given: pass its folder, with --handler app.handler\n",
        ),
    ] {
        let output = go(folder.path(), &[&["run"], arguments].concat());
        assert!(output.status.code() == Some(3) && stderr(&output).ends_with(hint), "{arguments:?}: {output:?}");
    }
    assert_eq!(stdout(&go(folder.path(), &["run", "sib", "--handler", "app.handler"])), "1\n");
}

#[test]
fn a_link_into_a_layer_is_followed() {
    let folder = files(&[
        ("p/app.py", "import shared\ndef handler(event, context):\n    return shared.NAME\n"),
        ("layer/python/kit.py", "NAME = 'kit'\n"),
    ]);
    std::os::unix::fs::symlink("/opt/python/kit.py", folder.path().join("p/shared.py")).expect("links");
    let output = go(folder.path(), &["run", "p", "--handler", "app.handler", "--layer", "layer"]);
    assert_eq!(stdout(&output), "\"kit\"\n", "{output:?}");
    std::os::unix::fs::symlink("/etc/passwd", folder.path().join("p/out")).expect("links");
    let output = go(folder.path(), &["run", "p", "--handler", "app.handler"]);
    assert!(output.status.code() == Some(3) && stderr(&output).contains("'/etc/passwd', which is absolute"), "{output:?}");
}

#[test]
fn every_error_has_one_prefix() {
    let folder = files(&[("app.py", HANDLER)]);
    for arguments in [&["run", "app.py", "--runs"][..], &["run", "nothing.py"], &["test", "app.py"], &["bench"], &["none"]] {
        let told = stderr(&go(folder.path(), arguments));
        assert!(told.starts_with("wasmlam: error: ") && told.matches("error:").count() == 1, "{arguments:?}: {told}");
    }
    assert!(go(folder.path(), &["--help"]).stderr.is_empty());
}

#[test]
fn programs_are_graded_by_what_they_print() {
    let folder = files(&[
        ("add.py", "a, b = map(int, input().split())\nprint(a + b, ' ')\n"),
        ("wrong.py", "print(3)\n"),
        ("lines.py", "import sys\nfor line in sys.stdin:\n    print(line.strip()[::-1])\nprint(len(open(0).read()))\n"),
        ("raises.py", "print('so far')\nx = int(input('? '))\n"),
        ("exits.py", "import sys\nprint(3)\nsys.exit(int(input().split()[0]))\n"),
        ("main/helper.py", "def double(x):\n    return 2 * x\n"),
        ("main/main.py", "import helper\nif __name__ == '__main__':\n    print(helper.double(int(input().split()[0])) + 1)\n"),
        (
            "suite.yaml",
            "- {name: sum, stdin: \"1 2\\n\", expect: {stdout: \"3\\n\"}}\n- {name: file, stdin: {file: in.txt}, expect: {stdout: \"5\"}}\n",
        ),
        ("reverse.yaml", "- {name: reverse, stdin: \"abc\\ndef\", expect: {stdout: \"cba\\nfed\\n0\"}}\n"),
        ("one.yaml", "- {name: one, stdin: \"1 x\", expect: {stdout: \"3\"}}\n"),
        ("zero.yaml", "- {name: zero, stdin: \"0 x\", expect: {stdout: \"3\"}}\n"),
        ("in.txt", "2 3"),
    ]);
    let verdicts = |arguments: &[&str]| {
        let report = go(folder.path(), &[&["test"], arguments, &["--report", "json"]].concat());
        let report: Value = serde_json::from_slice(&report.stdout).unwrap_or_else(|error| panic!("{error}: {report:?}"));
        let cases = report["cases"].as_array().expect("cases").clone();
        cases.iter().map(|case| case["verdict"].as_str().expect("a verdict").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(verdicts(&["add.py", "wrong.py", "suite.yaml"]), ["AC", "AC", "AC", "WA"]);
    assert_eq!(verdicts(&["lines.py", "reverse.yaml"]), ["AC"]);
    assert_eq!(verdicts(&["main", "raises.py", "exits.py", "one.yaml"]), ["AC", "RE", "RE"]);
    assert_eq!(verdicts(&["exits.py", "zero.yaml"]), ["AC"]);
    let told = stdout(&go(folder.path(), &["test", "raises.py", "one.yaml"]));
    assert!(told.contains("ValueError") && told.contains("raises.py, line 2") && told.contains("log: so far"), "{told}");
    let unclear = files(&[("p/a.py", ""), ("p/b.py", ""), ("one.yaml", "- {name: one, stdin: x}\n")]);
    let told = stdout(&go(unclear.path(), &["test", "p", "one.yaml"]));
    assert!(told.contains("CE ") && told.contains("name the file main.py"), "{told}");
}

#[test]
fn functions_are_called_with_arguments() {
    let folder = files(&[
        (
            "sol.py",
            "def solve(items, reverse=False):\n    return sorted(items, reverse=reverse)\nclass Box:\n    @staticmethod\n    def size(x):\n        return len(x)\n",
        ),
        (
            "suite.yaml",
            "- {name: sorts, call: \"solve([3, 1, 2])\", expect: {result: [1, 2, 3]}}\n\
             - {name: backwards, call: \"solve([3, 1, 2], true)\", expect: {result: [3, 2, 1]}}\n\
             - {name: attribute, call: 'Box.size(\"four\")', expect: {result: 4}}\n\
             - {name: missing, call: \"nothing()\", expect: {error: {type: AttributeError}}}\n",
        ),
        ("bad.yaml", "- {name: a, call: solve}\n"),
    ]);
    let output = go(folder.path(), &["test", "sol.py", "suite.yaml"]);
    assert!(output.status.success() && stdout(&output).contains("4 AC"), "{output:?}");
    refused(&go(folder.path(), &["test", "sol.py", "bad.yaml"]), "'solve' is not a call such as solve([3, 1], \"up\")");
}

/// What is slept or waited for on a busy machine does not count, so the bound can be far below the time that passes.
#[test]
fn cpu_time_has_a_bound_of_its_own() {
    let folder = files(&[
        (
            "app.py",
            "import time\ndef handler(event, context):\n    if event == 'sleep': time.sleep(0.5)\n    while event == 'spin': pass\n",
        ),
        ("suite.yaml", "- {name: sleeps, event: sleep}\n- {name: spins, event: spin}\n- {name: own, event: spin, cpu_timeout: 0.1}\n"),
    ]);
    let output = go(folder.path(), &["test", "app.py", "suite.yaml", "--timeout", "600", "--cpu-timeout", "0.3"]);
    let told = stdout(&output);
    assert!(told.contains("1 AC, 2 TLE"), "{told}");
    assert!(told.contains("used more than 0.30 seconds of CPU time") && told.contains("used more than 0.10 seconds of CPU time"), "{told}");
}

#[test]
fn limits_can_be_multiples_of_a_reference() {
    let folder = files(&[
        ("ref.py", "def handler(event, context):\n    return sum(range(event))\n"),
        ("same.py", "def handler(event, context):\n    return sum(range(event))\n"),
        ("slow.py", "def handler(event, context):\n    for _ in range(20):\n        total = sum(range(event))\n    return total\n"),
        ("broken.py", "def handler(event, context):\n    raise ValueError\n"),
        (
            "suite.yaml",
            "defaults: {reference: {package: ref.py, fuel: 3}}\ncases:\n- {name: a, event: 100000, expect: {result: 4999950000}}\n",
        ),
        ("broken.yaml", "- {name: a, event: 1, reference: {package: broken.py, time: 3}}\n"),
        ("time.yaml", "- {name: a, event: 1000000, reference: {package: ref.py, time: 1000}, expect: {result: 499999500000}}\n"),
    ]);
    let told = stdout(&go(folder.path(), &["test", "same.py", "slow.py", "suite.yaml", "--timeout", "60"]));
    assert!(told.contains("AC   same.py: a") && told.contains("FLE  slow.py: a") && told.contains("1 AC, 1 FLE"), "{told}");
    let told = stdout(&go(folder.path(), &["test", "same.py", "time.yaml", "--timeout", "60"]));
    assert!(told.contains("1 AC"), "{told}");
    refused(&go(folder.path(), &["test", "same.py", "broken.yaml"]), "broken.py: it ended as function_error");
}

#[test]
fn an_update_that_would_lose_comments_is_refused_before_anything_runs() {
    let folder = files(&[("app.py", HANDLER), ("suite.yaml", "# mine\n- {name: a, event: 1, expect: {result: 2}}\n")]);
    let output = go(folder.path(), &["test", "app.py", "suite.yaml", "--update"]);
    refused(&output, "the comment or anchor in line 1 would be lost");
    assert!(output.stdout.is_empty(), "{output:?}");
}

#[test]
fn a_package_that_cannot_be_loaded_is_explained_once() {
    let folder =
        files(&[("app.py", "def nothing():\n    pass\n"), ("suite.yaml", &(0..7).map(|i| format!("- name: c{i}\n")).collect::<String>())]);
    let told = stdout(&go(folder.path(), &["test", "app.py", "suite.yaml"]));
    assert!(told.contains("7 CE") && told.matches("looks like a handler").count() == 1 && !told.contains("slowest"), "{told}");
}

#[test]
fn a_kept_image_names_its_function() {
    let cache = files(&[]);
    for part in ["bundles", "modules"] {
        std::os::unix::fs::symlink(crate::common::library().home().cache().join(part), cache.path().join(part)).expect("links");
    }
    let folder = files(&[("kept.py", HANDLER)]);
    let run = |arguments: &[&str]| {
        wasmlam().current_dir(folder.path()).env("WASMLAM_CACHE", cache.path()).args(arguments).output().expect("starts")
    };
    assert!(run(&["run", "kept.py"]).status.success());
    let list = stdout(&run(&["cache", "list"]));
    let fields: Vec<&str> = list.trim_end().split('\t').collect();
    assert!(fields.len() == 4 && fields[0] == "kept" && fields[3].ends_with(".kept.image"), "{list}");
}

#[test]
fn a_benchmark_shows_each_event_and_the_same_package_twice() {
    let folder = files(&[("app.py", "def handler(event, context):\n    return sum(range(event))\n"), ("events.jsonl", "10\n100000\n")]);
    let arguments =
        ["bench", "app.py", "app.py", "--events", "events.jsonl", "--runs", "10", "--mode", "snapshot", "--export", "json=out.json"];
    let output = go(folder.path(), &arguments);
    assert!(output.status.success(), "{output:?}");
    assert!(stdout(&output).contains("By event, ") && stdout(&output).contains("app (again) snapshot"), "{output:?}");
    let document: Value = serde_json::from_str(&fs::read_to_string(folder.path().join("out.json")).expect("written")).expect("JSON");
    let events = &document["series"][0]["events"];
    let numbers: Vec<(u64, u64)> = events
        .as_array()
        .expect("events")
        .iter()
        .map(|e| (e["event"].as_u64().expect("a number"), e["runs"].as_u64().expect("a number")))
        .collect();
    assert_eq!(numbers.iter().map(|(event, _)| *event).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(numbers.iter().map(|(_, runs)| *runs).sum::<u64>(), 10);
    assert!(events[0]["fuel"].as_u64() < events[1]["fuel"].as_u64(), "{events}");
    assert_eq!(document["comparison"].as_array().map(Vec::len), Some(1), "with itself");
}

/// Whether the program waits for signals, on a thread of its own.
fn waits_for_signals(child: &std::process::Child) -> bool {
    let threads = fs::read_dir(format!("/proc/{}/task", child.id())).expect("is alive");
    let name =
        |thread: std::io::Result<fs::DirEntry>| fs::read_to_string(thread.expect("a thread").path().join("comm")).unwrap_or_default();
    threads.map(name).any(|name| name.trim() == "signals")
}

/// Without a stop it would measure for most of an hour.
#[test]
fn a_benchmark_that_is_stopped_ends_with_what_it_has() {
    let folder = files(&[("app.py", HANDLER)]);
    let mut command = wasmlam();
    command.current_dir(folder.path()).args(["bench", "app.py", "--mode", "snapshot", "--min-time", "3000s", "--export", "json=out.json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    while !waits_for_signals(&child) {
        assert!(child.try_wait().expect("can be asked").is_none(), "it ended early");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT).expect("is alive");
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert!(stderr(&output).contains("stopping: what was measured is shown; Ctrl-C again ends at once"), "{output:?}");
    if folder.path().join("out.json").exists() {
        let document: Value = serde_json::from_str(&fs::read_to_string(folder.path().join("out.json")).expect("written")).expect("JSON");
        assert!(document["series"][0]["runs"].as_u64().is_some_and(|runs| runs > 0), "{document}");
        assert!(stdout(&output).contains("stopped before its end"), "{output:?}");
    }
}

/// What was measured before the stop is a document like any other.
#[test]
fn a_measurement_that_is_stopped_has_the_runs_until_then() {
    use wasmlam::bench::{BenchMode, Plan, StopRequest};
    use wasmlam::function::Invocation;
    use wasmlam::runner::{MeasureRequest, Measurement};
    let packages = [("echo".to_owned(), crate::common::request("echo"))];
    let invocations = [Invocation::new(b"1".to_vec(), None).expect("JSON")];
    let (document, turns) = wasmlam::sandbox::on_guest_thread(|| {
        let (stop, mut turns) = (StopRequest::default(), 0);
        let request = MeasureRequest {
            packages: &packages,
            memory_sizes: vec!["128".parse().expect("in bounds")],
            modes: vec![BenchMode::Snapshot, BenchMode::Reuse],
            concurrency: vec![std::num::NonZeroUsize::MIN],
            invocations: &invocations,
            arguments: Vec::new(),
            stop: stop.clone(),
        };
        let measurement = Measurement::prepare(crate::common::library(), &request).expect("two series");
        let plan = Plan { warmup: 0, runs: Some(100_000), min_time: std::time::Duration::ZERO };
        let document = measurement.run(&plan, None, |_, _| {
            turns += 1;
            stop.ask();
        });
        (document.expect("no error"), turns)
    })
    .expect("a thread");
    assert_eq!((turns, document.series.len()), (1, 1), "only one had its turn");
    assert!((1..100_000).contains(&document.series[0].runs));
    assert!(document.environment.doubts[0].starts_with("stopped before its end"), "{:?}", document.environment.doubts);
}

#[test]
fn the_grading_example_gives_points_for_each_hidden_test() {
    let example = crate::common::root().join("docs/grading-with-pytest");
    let arguments = ["test", "submissions/ann.py", "submissions/bob.py", "suite.yaml", "--handler", "grader.handler", "--report", "json"];
    let mut command = wasmlam();
    // The README's reader has pytest in the example's layer; here it is a layer of its own, under that one.
    command.current_dir(&example).args(arguments).arg("--layer").arg(crate::packages::zip("pytest_layer")).args(["--layer", "layer"]);
    let output = command.output().expect("starts");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    let points: Vec<f64> = report["cases"].as_array().expect("cases").iter().map(|case| case["points"].as_f64().expect("points")).collect();
    assert_eq!(points, [2.0, 3.0, 1.0, 2.0, 0.0, 1.0], "{report}");
}
