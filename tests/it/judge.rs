//! `wasmlam test`: suites, verdicts, reports and exit codes, through the command.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::common::{PLENTY, root, wasmlam};

/// A suite in a folder of its own.
struct Suite {
    folder: tempfile::TempDir,
    path: PathBuf,
}

fn suite(name: &str, text: &str) -> Suite {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, text).expect("writes");
    Suite { folder, path }
}

fn lines(cases: &[Value]) -> Suite {
    suite("suite.jsonl", &cases.iter().map(|case| format!("{case}\n")).collect::<String>())
}

fn handler(name: &str) -> PathBuf {
    root().join("tests/handlers").join(format!("{name}.py"))
}

impl Suite {
    fn test(&self, arguments: &[&str]) -> Output {
        self.test_packages(&[&handler("judged")], arguments)
    }

    /// Without a timeout of its own a case has [`PLENTY`].
    fn test_packages(&self, packages: &[&Path], arguments: &[&str]) -> Output {
        let plenty: &[&str] = if arguments.contains(&"--timeout") { &[] } else { &["--timeout", PLENTY] };
        wasmlam().arg("test").args(packages).arg(&self.path).args(arguments).args(plenty).output().expect("the program starts")
    }

    /// The JSON report and the exit code.
    fn report(&self, arguments: &[&str]) -> (Value, i32) {
        let output = self.test(&[&["--report", "json"], arguments].concat());
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        let report = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error} in {stdout}\n{stderr}"));
        (report, output.status.code().expect("no signal"))
    }

    fn read(&self) -> String {
        fs::read_to_string(&self.path).expect("reads")
    }
}

/// Of each case its verdict, by name.
fn verdicts(report: &Value) -> BTreeMap<String, String> {
    let cases = report["cases"].as_array().expect("cases").iter();
    cases.map(|case| (case["name"].as_str().expect("a name").into(), case["verdict"].as_str().expect("a verdict").into())).collect()
}

fn case<'a>(report: &'a Value, name: &str) -> &'a Value {
    let found = report["cases"].as_array().expect("cases").iter().find(|case| case["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {report:#}"))
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// One case for each thing that the handler does.
fn every_verdict() -> Suite {
    let doing = |name: &str, more: Value| {
        let mut case = json!({"name": name, "event": {"do": name}, "timeout": 60});
        case.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        case
    };
    lines(&[
        json!({"name": "echo", "event": {"a": 1}, "expect": {"result": {"a": 1.0}}, "points": 2.5, "tags": ["fast"]}),
        json!({"name": "differs", "event": {"a": 1}, "expect": {"result": {"a": 2}}}),
        doing("raise", json!({})),
        doing("exit", json!({})),
        doing("sleep", json!({"timeout": 0.2})),
        doing("loop", json!({"timeout": 0.2})),
        doing("memory", json!({})),
        doing("connect", json!({})),
        doing("flood", json!({})),
        doing("flood and raise", json!({})),
        doing("forbidden and sleep", json!({"timeout": 1})),
        doing("big", json!({})),
        json!({"name": "fuel", "event": {"do": "loop"}, "fuel": 1_000_000}),
        doing("must loop", json!({"event": {"do": "loop"}, "timeout": 0.2, "expect": {"outcome": "timeout"}})),
        doing(
            "must raise",
            json!({"event": {"do": "raise"}, "expect": {"error": {"type": "KeyError", "message": "k"}, "log": ["^Trace"]}}),
        ),
        json!({"name": "not now", "event": {"do": "loop"}, "tags": ["skip"]}),
    ])
}

#[test]
fn every_verdict_and_its_priority() {
    let (report, code) = every_verdict().report(&[]);
    let wanted = [
        ("connect", "SV"),
        ("differs", "WA"),
        ("echo", "AC"),
        ("exit", "RE"),
        ("flood", "OLE"),
        ("flood and raise", "OLE"),
        ("forbidden and sleep", "SV"),
        ("fuel", "FLE"),
        ("big", "OLE"),
        ("loop", "TLE"),
        ("memory", "MLE"),
        ("must loop", "AC"),
        ("must raise", "AC"),
        ("not now", "SK"),
        ("raise", "RE"),
        ("sleep", "TLE"),
    ];
    assert_eq!(verdicts(&report), wanted.map(|(name, verdict)| (name.to_owned(), verdict.to_owned())).into(), "{report:#}");
    assert_eq!(code, 1);
    assert_eq!((case(&report, "sleep")["idle"].as_bool(), case(&report, "loop")["idle"].as_bool()), (Some(true), Some(false)));
    let raised = case(&report, "raise");
    assert_eq!(raised["detail"], "KeyError: 'k' (judged.py, line 12)");
    assert_eq!((&raised["file"], &raised["line"]), (&json!("judged.py"), &json!(12)));
    assert_eq!(case(&report, "connect")["detail"], "network: connect to 192.0.2.1:80");
    let differs = case(&report, "differs");
    assert_eq!(differs["differences"], json!([{"path": "$.a", "expected": "2", "got": "1"}]));
    assert_eq!((&differs["event"], &differs["log"]), (&json!("{\"a\":1}"), &json!("got {'a': 1}\n")));
    let echo = case(&report, "echo");
    assert_eq!(echo["output_bytes"], json!("{\"a\": 1}got {'a': 1}\n".len()));
    assert!(echo["peak_memory_bytes"].as_u64().is_some_and(|bytes| bytes > 10 << 20) && echo.get("log").is_none(), "{echo:#}");
    assert_eq!(echo["fuel"], Value::Null);
    assert_eq!(case(&report, "fuel")["fuel"], json!(1_000_000));
    let (wall, cpu) = (case(&report, "sleep")["wall_us"].as_u64(), case(&report, "sleep")["cpu_us"].as_u64());
    assert!(wall.is_some_and(|wall| wall >= 200_000) && cpu.is_some_and(|cpu| cpu < 100_000), "{wall:?} {cpu:?}");
    let summary = &report["summary"];
    let counts = json!({"SV": 2, "MLE": 1, "TLE": 2, "FLE": 1, "OLE": 3, "RE": 2, "WA": 1, "SK": 1, "AC": 3});
    assert_eq!((&summary["total"], &summary["passed"], &summary["verdicts"]), (&json!(16), &json!(3), &counts));
    // Fifteen of one point but for the echo; what is skipped by its tag is worth nothing.
    assert_eq!((&summary["points"], &summary["max_points"]), (&json!(4.5), &json!(16.5)));
}

#[test]
fn what_cannot_be_loaded_is_ce_for_every_case() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("broken.zip"), "no zip").expect("writes");
    let suite = lines(&[json!({"name": "a"}), json!({"name": "b", "expect": {"outcome": "init_error"}})]);
    let broken = folder.path().join("broken.zip");
    let (init_fails, judged) = (handler("init_fails"), handler("judged"));
    let output = suite.test_packages(&[&broken, &init_fails, &judged], &["--report", "json"]);
    assert_eq!(output.status.code(), Some(1), "{}", error(&output));
    let report: Value = serde_json::from_str(&text(&output)).expect("JSON");
    let told: Vec<(&str, &str)> = report["cases"]
        .as_array()
        .expect("cases")
        .iter()
        .map(|case| (case["name"].as_str().expect("a name"), case["verdict"].as_str().expect("one")))
        .collect();
    // An init that fails can be expected, a package that is none cannot.
    assert_eq!(told, [("a", "CE"), ("b", "CE"), ("a", "CE"), ("b", "AC"), ("a", "AC"), ("b", "WA")]);
    assert!(report["cases"][2]["detail"].as_str().is_some_and(|detail| detail.starts_with("ValueError: ")), "{report:#}");
    // One that is not there is wrong usage: nothing was handed in.
    let output = suite.test_packages(&[&judged, &folder.path().join("gone.zip")], &[]);
    assert_eq!((output.status.code(), text(&output).as_str()), (Some(2), ""));
    assert!(error(&output).contains("there is no package '"), "{}", error(&output));
    let output = suite.test_packages(&[&init_fails, &judged], &[]);
    let table = text(&output);
    assert!(table.lines().any(|line| line.contains("init_fails.py") && line.contains("1/2")), "{table}");
}

#[test]
fn a_case_has_files_environment_and_memory_of_its_own() {
    let suite = lines(&[
        json!({"name": "files", "event": {"do": "files", "names": ["a", "b/c", "d"]},
               "files": {"a": "text", "/tmp/b/c": {"base64": "/wA="}, "d": {"file": "beside.bin"}},
               "expect": {"result": {"a": "74657874", "b/c": "ff00", "d": "6869"}}}),
        json!({"name": "none of another case", "event": {"do": "files", "names": ["a"]}, "expect": {"error": {"type": "FileNotFoundError"}}}),
        json!({"name": "environment", "event": {"do": "environment"}, "env": {"STAGE": "test"}, "memory_size": 256, "expect": {"result": ["test", "256"]}}),
        json!({"name": "usual", "event": {"do": "environment"}, "expect": {"result": ["usual", "128"]}}),
        json!({"name": "from a file", "event_file": "event.json", "expect": {"result": [7]}}),
        json!({"name": "nothing said"}),
        json!({"name": "too much", "files": {"large": {"file": "large"}}}),
    ]);
    fs::write(suite.folder.path().join("beside.bin"), "hi").expect("writes");
    fs::write(suite.folder.path().join("event.json"), "[7]").expect("writes");
    fs::File::create(suite.folder.path().join("large")).and_then(|file| file.set_len(600 << 20)).expect("writes");
    let (report, code) = suite.report(&["--env", "STAGE=usual", "--jobs", "1"]);
    let told = verdicts(&report);
    assert!(told.iter().all(|(name, verdict)| verdict == if name == "too much" { "IE" } else { "AC" }), "{report:#}");
    assert_eq!(code, 70, "files that do not fit are no fault of the code");
    assert_eq!(report["summary"]["max_points"], json!(6.0));
}

#[test]
fn expectations_through_the_command() {
    let (checks, broken) = (handler("checks"), handler("syntax_error"));
    let suite = lines(&[
        json!({"name": "floats", "event": {"do": "floats"}, "expect": {"result": [0.3, serde_json::from_str::<Value>(&format!("1{}", "0".repeat(30))).expect("a number")], "tolerance": {"rel": 1e-9}}}),
        json!({"name": "floats, exactly", "event": {"do": "floats"}, "expect": {"subset": [0.3]}}),
        json!({"name": "http", "event": {"do": "answer"}, "expect": {"http": {"status": 201, "headers": {"location": "/a/7"}, "body": {"id": 7}}}}),
        json!({"name": "near", "event": 5, "expect": {"result": 6, "checker": {"package": checks, "args": 1}}}),
        json!({"name": "far", "event": 5, "expect": {"result": 7, "checker": {"package": checks, "args": 1}}}),
        json!({"name": "broken checker", "event": 5, "expect": {"checker": {"package": checks, "args": "fail"}}}),
        json!({"name": "nonsense", "event": 5, "expect": {"checker": {"package": checks, "args": "nonsense"}}}),
        json!({"name": "no checker", "event": 5, "expect": {"checker": broken}}),
        json!({"name": "log", "event": 5, "expect": {"log": ["^got \\d$"]}}),
    ]);
    let (report, code) = suite.report(&[]);
    let wanted = [
        ("floats", "AC"),
        ("floats, exactly", "WA"),
        ("http", "AC"),
        ("near", "AC"),
        ("far", "WA"),
        ("broken checker", "WA"),
        ("nonsense", "WA"),
        ("no checker", "IE"),
        ("log", "AC"),
    ];
    assert_eq!(verdicts(&report), wanted.map(|(name, verdict)| (name.to_owned(), verdict.to_owned())).into(), "{report:#}");
    assert_eq!(code, 70);
    assert_eq!(case(&report, "far")["detail"], "5 is too far from 7");
    assert!(case(&report, "broken checker")["detail"].as_str().is_some_and(|text| text.ends_with("RuntimeError: the checker is broken")));
}

#[test]
fn a_broken_suite_runs_nothing() {
    let ok = r#"{"name": "ok"}"#;
    for (name, content, words) in [
        (
            "s.jsonl",
            format!("{ok}\n{{\"name\": \"b\", \"evnt\": 1}}\n"),
            "s.jsonl:2:20: unknown field `evnt`, expected one of `name`, `event`",
        ),
        ("s.jsonl", format!("{ok}\n{ok}\n"), "s.jsonl:2 (ok): there is another case of this name"),
        ("s.jsonl", "{\"name\": \"b\", \"env\": {\"_HANDLER\": \"x\"}}".into(), "reserved keys"),
        ("s.jsonl", "{\"name\": \"b\", \"event_file\": \"gone.json\"}".into(), "gone.json"),
        ("s.jsonl", "{\"name\": \"b\", \"files\": {\"x\": {\"file\": \"gone\"}}}".into(), "s.jsonl:1 (b): cannot read"),
        ("s.jsonl", "{\"name\": \"b\", \"expect\": {\"checker\": \"gone.zip\"}}".into(), "gone.zip"),
        ("s.yaml", "- name: a\n- name: b\n  evnt: 1\n".into(), "s.yaml:3:"),
        ("s.json", "[{\"name\": \"a\"}".into(), "s.json:1:"),
        ("s.toml", String::new(), "is not a suite"),
    ] {
        let output = suite(name, &content).test(&[]);
        assert_eq!((output.status.code(), text(&output).as_str()), (Some(2), ""), "{content}");
        assert!(error(&output).contains(words), "{content}: {}", error(&output));
    }
    let one = lines(&[json!({"name": "a"})]);
    for (arguments, words) in [
        (&["--report", "xml"][..], "text, json, junit, tap, gradescope or csv"),
        (&["--report", "json", "--report", "tap"], "one report can go to stdout"),
        (&["--report", "json=/nowhere/x"], "cannot write /nowhere/x"),
        (&["--filter", "name(a"], "character 7: expected `)`"),
        (&["--jobs", "0"], "jobs is '0'"),
        (&["--repeat", "0"], "0"),
    ] {
        let output = one.test(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(error(&output).contains(words), "{arguments:?}: {}", error(&output));
    }
    let output = wasmlam().arg("test").arg(&one.path).output().expect("the program starts");
    assert!(output.status.code() == Some(2) && error(&output).contains("a package and a suite"), "{}", error(&output));
}

#[test]
fn hidden_cases_say_nothing_but_their_verdict() {
    let suite = lines(&[
        json!({"name": "secret", "event": {"key": "in-the-event"}, "expect": {"result": "in-the-expectation"}, "hidden": true}),
        json!({"name": "raises", "event": {"do": "raise"}, "hidden": true}),
    ]);
    for format in ["text", "json", "junit", "tap", "gradescope"] {
        let output = suite.test(&["--report", format]);
        let shown = text(&output);
        for word in ["in-the", "KeyError", "judged.py, line"] {
            assert!(!shown.contains(word), "{format}: {shown}");
        }
        assert!(shown.contains("secret") && output.status.code() == Some(1), "{format}: {shown}");
        let all = text(&suite.test(&["--report", format, "--show-hidden"]));
        assert!(all.contains("in-the-event") && all.contains("in-the-expectation") && all.contains("KeyError"), "{format}: {all}");
    }
}

#[test]
fn filters_and_fail_fast() {
    let suite = lines(&[
        json!({"name": "one", "tags": ["a"]}),
        json!({"name": "two", "tags": ["b"], "event": {"do": "raise"}}),
        json!({"name": "three", "tags": ["a", "b"]}),
        json!({"name": "four"}),
    ]);
    let names = |arguments: &[&str]| -> Vec<String> { verdicts(&suite.report(arguments).0).into_keys().collect() };
    assert_eq!(names(&["--filter", "t"]), ["three", "two"]);
    assert_eq!(names(&["--filter", "tag(a) and not tag(b)"]), ["one"]);
    let none = suite.test(&["--filter", "nothing"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(error(&none).contains("the filter matches none of 4 cases"), "{}", error(&none));
    for jobs in ["1", "2", "4"] {
        let (report, code) = suite.report(&["--fail-fast", "--jobs", jobs]);
        let told: Vec<&str> =
            report["cases"].as_array().expect("cases").iter().map(|case| case["verdict"].as_str().expect("one")).collect();
        assert_eq!((told, code), (vec!["AC", "RE", "SK", "SK"], 1), "the same with {jobs} jobs");
        assert_eq!(report["summary"]["max_points"], json!(4.0), "what was not run could have been right");
    }
}

#[test]
fn repeating_finds_what_changes() {
    let suite = lines(&[json!({"name": "same", "event": 1}), json!({"name": "random", "event": {"do": "random"}})]);
    let (report, code) = suite.report(&["--repeat", "3"]);
    assert_eq!(code, 0);
    assert_eq!((&case(&report, "same")["changed"], &case(&report, "same")["runs"]), (&json!([]), &json!(3)));
    assert_eq!(case(&report, "random")["changed"], json!(["result", "log"]));
    assert_eq!(report["summary"]["flaky"], json!(1));
    assert!(text(&suite.test(&["--repeat", "2"])).contains("flaky: result, log"));
    let (report, _) = suite.report(&["--repeat", "3", "--deterministic"]);
    assert_eq!(report["summary"]["flaky"], json!(0), "{report:#}");
}

#[test]
fn the_same_report_every_time() {
    let suite = every_verdict();
    let runs: Vec<String> = (0..20)
        .map(|i| text(&suite.test(&["--report", "json", "--deterministic", "--jobs", if i % 2 == 0 { "1" } else { "2" }])))
        .collect();
    assert!(runs[0].contains("\"AC\"") && runs[0].contains("\"fuel\":1000000"), "{}", runs[0]);
    for run in &runs {
        assert_eq!(*run, runs[0]);
    }
    // Without it, all but what is measured.
    let measured = || {
        let (mut report, _) = suite.report(&["--filter", "not name(random)"]);
        for case in report["cases"].as_array_mut().expect("cases") {
            for field in ["wall_us", "cpu_us"] {
                case[field] = Value::Null;
            }
        }
        report["summary"]["wall_us"] = Value::Null;
        report
    };
    assert_eq!(measured(), measured());
}

#[test]
fn update_writes_what_came_out_and_nothing_else() {
    let second = r#"{"name": "same", "event": 1, "expect": {"result": 1.0}}"#;
    let content = format!(
        "{}\n{second}\n\n{}\n{}\n{}\n{}\n",
        r#"{"name": "new", "event": {"z": 1, "a": 2}}"#,
        r#"{"name": "differs", "event": [2], "expect": {"ignore": ["$.x"], "result": [1]}, "points": 3}"#,
        r#"{"name": "text", "event": "words", "expect": {"text": "other"}}"#,
        r#"{"name": "raises", "event": {"do": "raise"}, "expect": {"result": 1}}"#,
        r#"{"name": "other reasons", "event": 3, "expect": {"result": 4, "log": ["never"]}}"#,
    );
    let suite = suite("s.jsonl", &content);
    let output = suite.test(&["--update"]);
    assert_eq!(output.status.code(), Some(1), "two cannot be updated: {}", text(&output));
    assert!(text(&output).contains("$[0]: expected 1, got 2"), "what changed is shown: {}", text(&output));
    let written: Vec<String> = suite.read().lines().map(str::to_owned).collect();
    assert_eq!(
        written,
        [
            r#"{"name":"new","event":{"z":1,"a":2},"expect":{"result":{"z":1,"a":2}}}"#,
            second,
            "",
            r#"{"name":"differs","event":[2],"expect":{"ignore":["$.x"],"result":[2]},"points":3}"#,
            r#"{"name":"text","event":"words","expect":{"text":"words"}}"#,
            r#"{"name": "raises", "event": {"do": "raise"}, "expect": {"result": 1}}"#,
            r#"{"name": "other reasons", "event": 3, "expect": {"result": 4, "log": ["never"]}}"#,
        ]
    );
    assert_eq!(suite.test(&["--filter", "not name(raises) and not name(reasons)"]).status.code(), Some(0));
    assert_eq!(suite.test_packages(&[&handler("judged"), &handler("echo")], &["--update"]).status.code(), Some(2));
}

#[test]
fn update_writes_every_kind_of_suite() {
    for (name, content, words) in [
        ("s.json", r#"{"defaults": {"points": 2}, "cases": [{"name": "a", "event": 7, "expect": {"result": 1}}]}"#, "\"result\": 7"),
        ("s.yaml", "- name: a\n  event: 7\n  expect:\n    result: 1\n", "result: 7"),
        ("s.yaml", "defaults: {points: 2}\ncases:\n- name: a\n  event: {k: [1.5]}\n", "result:\n      k:\n      - 1.5"),
    ] {
        let suite = suite(name, content);
        assert_eq!(suite.test(&["--update"]).status.code(), Some(0), "{name}");
        assert!(suite.read().contains(words), "{}", suite.read());
        let (report, code) = suite.report(&[]);
        assert_eq!((code, &report["summary"]["passed"]), (0, &json!(1)), "{name}");
    }
    let commented = suite("s.yaml", "- name: a # why\n  event: 7\n");
    let output = commented.test(&["--update"]);
    assert!(output.status.code() == Some(2) && error(&output).contains("comment or anchor in line 1"), "{}", error(&output));
    assert!(commented.read().contains("# why"));

    let pairs = tempfile::tempdir().expect("a folder");
    fs::write(pairs.path().join("a.event.json"), "{\"k\": 1}").expect("writes");
    let pairs = Suite { path: pairs.path().to_owned(), folder: pairs };
    assert_eq!(pairs.test(&["--update"]).status.code(), Some(0));
    let written = fs::read_to_string(pairs.path.join("a.expected.json")).expect("reads");
    assert_eq!(written, "{\n  \"k\": 1\n}\n");
    fs::write(pairs.path.join("a.expected.json"), "2").expect("writes");
    assert_eq!(pairs.test(&[]).status.code(), Some(1));
}

#[test]
fn a_signal_ends_it_with_what_was_done() {
    // The first case ends at once, the others never: its line says that it is time for the signal.
    let mut cases = vec![json!({"name": "first"})];
    cases.extend((0..200).map(|i| json!({"name": format!("{i}"), "event": {"do": "loop"}, "timeout": 1})));
    let suite = lines(&cases);
    let report = suite.folder.path().join("report.json");
    let mut child = wasmlam()
        .arg("test")
        .arg(handler("judged"))
        .arg(&suite.path)
        .args(["--report", "tap", "--jobs", "2", "--report", &format!("json={}", report.display()), "--timeout", PLENTY])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut reader = std::io::BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    while !line.contains("first") {
        line.clear();
        assert!(std::io::BufRead::read_line(&mut reader, &mut line).expect("reads") > 0, "it ended before the first case did");
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT).expect("is alive");
    std::io::Read::read_to_string(&mut reader, &mut line).expect("reads");
    assert_eq!(child.wait().expect("ends").code(), Some(130));
    let report: Value = serde_json::from_str(&fs::read_to_string(report).expect("reads")).expect("a whole document");
    let done = report["cases"].as_array().expect("cases").len();
    assert!((1..201).contains(&done) && report["summary"]["interrupted"] == json!(true), "{done}");
}

#[test]
fn text_is_for_readers() {
    let suite = lines(&[json!({"name": "escape \u{1b}".replace('\u{1b}', ""), "event": {"do": "escape"}, "expect": {"result": "x"}})]);
    let shown = text(&suite.test(&[]));
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{7}'), "{shown:?}");
    assert!(shown.contains("log: \\u{1b}[2Jlog") && shown.contains("$: expected \"x\", got \"\\u001b]0;title\\u0007 <&\\\">\""), "{shown}");
    assert!(shown.ends_with("0 of 1 points\n") && shown.contains("1 case in "), "{shown}");
    let quiet = lines(&[json!({"name": "a"}), json!({"name": "b", "event": {"do": "raise"}})]);
    let shown = text(&quiet.test(&[]));
    assert!(
        shown.contains("AC   a   ")
            && shown.contains("RE   b   ")
            && shown.contains("2 cases in ")
            && shown.contains("1 AC, 1 RE; 1 of 2 points"),
        "{shown}"
    );
}

#[test]
fn the_documentation_shows_a_real_session() {
    let page = fs::read_to_string(root().join("docs/TESTING-PACKAGES.md")).expect("reads");
    let (_, rest) = page.split_once("$ wasmlam test shop.py shop.yaml --handler shop.handler\n").expect("the session");
    let (session, _) = rest.split_once("```").expect("its end");
    let output = wasmlam()
        .current_dir(root().join("tests/suites"))
        .args(["test", "shop.py", "shop.yaml", "--handler", "shop.handler"])
        .output()
        .expect("the program starts");
    // Times differ, and with them their order and width; Lambda indents a traceback with no-break spaces.
    let times = regex::Regex::new(r" +[0-9.]+ m?s\b").expect("a pattern");
    let without = |text: &str| -> String {
        let lines = text.lines().filter(|line| !line.starts_with("slowest: "));
        lines.map(|line| format!("{}\n", times.replace_all(&line.replace('\u{a0}', " "), " <time>"))).collect()
    };
    assert_eq!(without(&text(&output)), without(session));
    let suite = fs::read_to_string(root().join("tests/suites/shop.yaml")).expect("reads");
    for name in ["README.md", "docs/TESTING-PACKAGES.md"] {
        let page = fs::read_to_string(root().join(name)).expect("reads");
        let (_, excerpt) = page.split_once("```yaml\n").expect("the excerpt");
        let (excerpt, _) = excerpt.split_once("```").expect("its end");
        for case in excerpt.split_inclusive("- name").skip(1) {
            assert!(suite.contains(case.trim_end_matches("- name")), "{name}: {case}");
        }
    }
}

#[test]
fn reports_go_where_they_are_sent() {
    let suite = lines(&[json!({"name": "a"})]);
    let at = |name: &str| suite.folder.path().join(name);
    let output = suite.test(&[
        "--report",
        &format!("tap={}", at("t").display()),
        "--report",
        "json",
        "--report-file",
        &at("j").display().to_string(),
    ]);
    assert!(text(&output).contains("1 case in "), "text goes to stdout when nothing else does: {}", text(&output));
    assert_eq!(fs::read_to_string(at("t")).expect("reads"), "TAP version 14\n1..1\nok 1 - a\n");
    assert!(fs::read_to_string(at("j")).expect("reads").starts_with("{\"cases\": ["));
}

#[test]
fn tap_is_version_14() {
    let output = every_verdict().test(&["--report", "tap"]);
    let shown = text(&output);
    let mut lines = shown.lines().peekable();
    assert_eq!((lines.next(), lines.next()), (Some("TAP version 14"), Some("1..16")));
    let mut number = 0;
    while let Some(line) = lines.next() {
        number += 1;
        let rest = line.strip_prefix("not ").unwrap_or(line);
        assert!(rest.starts_with(&format!("ok {number} - ")), "{line}");
        if lines.next_if_eq(&"  ---").is_some() {
            assert!(line.starts_with("not ok"), "{line}");
            let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "  ...").collect();
            assert!(block.iter().all(|line| line.starts_with("  ")) && block[0].starts_with("  verdict: \""), "{block:?}");
        }
    }
    assert_eq!(number, 16);
    assert!(shown.contains("ok 16 - not now # SKIP by its tag `skip`\n"), "{shown}");
}

#[test]
fn gradescope_gets_scores() {
    let suite = lines(&[
        json!({"name": "right", "event": 1, "expect": {"result": 1}, "points": 3, "tags": ["t"]}),
        json!({"name": "wrong", "event": 1, "expect": {"result": 2}, "points": 2, "hidden": true}),
        json!({"name": "ours", "event": 1, "expect": {"checker": handler("syntax_error")}}),
    ]);
    let output = suite.test(&["--report", "gradescope"]);
    let report: Value = serde_json::from_str(&text(&output)).expect("JSON");
    let tests = report["tests"].as_array().expect("tests");
    assert_eq!((&tests[0]["score"], &tests[0]["max_score"], &tests[0]["status"]), (&json!(3.0), &json!(3.0), &json!("passed")));
    assert_eq!((&tests[1]["score"], &tests[1]["visibility"], &tests[1]["status"]), (&json!(0.0), &json!("hidden"), &json!("failed")));
    assert!(tests[2].get("score").is_none() && tests[2].get("max_score").is_none(), "{report:#}");
    // Nothing but what Gradescope's documentation names.
    let of_test = ["name", "score", "max_score", "status", "output", "output_format", "tags", "visibility"];
    assert!(
        tests.iter().all(|test| test.as_object().is_some_and(|test| test.keys().all(|key| of_test.contains(&key.as_str())))),
        "{report:#}"
    );
    let of_all = ["tests", "execution_time", "output", "output_format", "visibility", "stdout_visibility"];
    assert!(report.as_object().is_some_and(|report| report.keys().all(|key| of_all.contains(&key.as_str()))), "{report:#}");
    let several = suite.test_packages(&[&handler("judged"), &handler("echo")], &["--report", "gradescope"]);
    assert_eq!(several.status.code(), Some(2));
}

#[test]
fn ten_thousand_cases_take_no_more_memory_than_a_hundred() {
    let peak = |count: usize| {
        let cases: String =
            (0..count).map(|i| format!("{{\"name\": \"{i}\", \"event\": {i}, \"expect\": {{\"result\": {i}}}}}\n")).collect();
        let suite = suite("many.jsonl", &cases);
        // The shell's child is the program: what it took at most is told when it is waited for.
        let program = env!("CARGO_BIN_EXE_wasmlam");
        let script = "import resource, subprocess, sys; code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL); \
                      print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
        let output = std::process::Command::new("python3")
            .args(["-c", script, program, "test"])
            .arg(handler("echo"))
            .arg(&suite.path)
            .args(["--handler", "echo.handler", "--report", "json"])
            .output()
            .expect("python3 starts");
        let told = text(&output);
        let (code, kib) = told.trim().split_once(' ').expect("two numbers");
        assert_eq!(code, "0", "{}", error(&output));
        kib.parse::<u64>().expect("a number")
    };
    let (few, many) = (peak(100), peak(10_000));
    // Names are known by 16 bytes each; the rest is what the kernel counts of shared images.
    assert!(many < few + 20_000, "{few} KiB with a hundred, {many} KiB with ten thousand");
}

mod schema {
    //! The JSON Schema says what serde takes. The few words of JSON Schema that it uses are understood here; any other one
    //! is a failure, so that none can be overlooked.

    use serde_json::{Map, Value, json};

    use super::{suite, text};
    use crate::common::wasmlam;

    fn schema() -> Value {
        let output = wasmlam().args(["test", "--schema"]).output().expect("the program starts");
        assert_eq!(output.status.code(), Some(0), "it needs neither package nor suite");
        serde_json::from_str(&text(&output)).expect("JSON")
    }

    fn is_valid(root: &Value, schema: &Value, value: &Value) -> bool {
        let list = |of: &Value| of.as_array().expect("a list").clone();
        let number = |of: &Value| of.as_f64().expect("a number");
        let members: Map<String, Value> = value.as_object().cloned().unwrap_or_default();
        schema.as_object().expect("a schema").iter().all(|(word, of)| match word.as_str() {
            "$schema" | "$defs" | "title" | "description" => true,
            "$ref" => is_valid(root, root.pointer(of.as_str().expect("a pointer").trim_start_matches('#')).expect("is there"), value),
            "anyOf" => list(of).iter().any(|schema| is_valid(root, schema, value)),
            "allOf" => list(of).iter().all(|schema| is_valid(root, schema, value)),
            "not" => !is_valid(root, of, value),
            "enum" => list(of).contains(value),
            "type" => match of.as_str().expect("a type") {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "boolean" => value.is_boolean(),
                "number" => value.is_number(),
                "integer" => value.is_u64() || value.is_i64(),
                other => panic!("type {other}"),
            },
            "properties" => members.iter().all(|(name, member)| of.get(name).is_none_or(|schema| is_valid(root, schema, member))),
            "patternProperties" => {
                let paths = members.iter().filter(|(name, _)| name.starts_with('$'));
                paths
                    .into_iter()
                    .all(|(_, member)| is_valid(root, of.get("^\\$").expect("the one pattern that is understood here"), member))
            }
            "additionalProperties" => {
                let is_path = |name: &String| schema.get("patternProperties").is_some() && name.starts_with('$');
                let listed = |name: &String| schema.get("properties").is_some_and(|properties| properties.get(name).is_some());
                let known = |name: &String| is_path(name) || listed(name);
                members.iter().filter(|(name, _)| !known(name)).all(|(_, member)| of != &Value::Bool(false) && is_valid(root, of, member))
            }
            "propertyNames" => members.keys().all(|name| is_valid(root, of, &json!(name))),
            "required" => list(of).iter().all(|name| !value.is_object() || members.contains_key(name.as_str().expect("a name"))),
            "items" => value.as_array().is_none_or(|items| items.iter().all(|item| is_valid(root, of, item))),
            "maxItems" => value.as_array().is_none_or(|items| items.len() as f64 <= number(of)),
            "maxProperties" => members.len() as f64 <= number(of),
            "minimum" => value.as_f64().is_none_or(|value| value >= number(of)),
            "maximum" => value.as_f64().is_none_or(|value| value <= number(of)),
            "minLength" => value.as_str().is_none_or(|text| text.chars().count() as f64 >= number(of)),
            "maxLength" => value.as_str().is_none_or(|text| text.chars().count() as f64 <= number(of)),
            "pattern" => {
                assert_eq!(of, "^\\$", "the one pattern that is understood here");
                value.as_str().is_none_or(|text| text.starts_with('$'))
            }
            other => panic!("the schema has {other}, which this test does not understand"),
        })
    }

    #[test]
    fn schema_and_program_take_the_same() {
        let schema = schema();
        let checker = crate::common::root().join("tests/handlers/checks.py");
        for (case, ok) in [
            (json!({"name": "a"}), true),
            (json!({"event": 1}), false),
            (json!({"name": ""}), false),
            (json!({"name": "x".repeat(200)}), true),
            (json!({"name": "x".repeat(201)}), false),
            (json!({"name": 1}), false),
            (json!({"name": "a", "nam": 1}), false),
            (json!({"name": "a", "event": null}), true),
            (json!({"name": "a", "event": 1, "event_file": "x"}), false),
            (json!({"name": "a", "timeout": 0.001, "memory_size": 10240, "fuel": 1, "points": 0, "hidden": true, "tags": []}), true),
            (json!({"name": "a", "timeout": 0.0001}), false),
            (json!({"name": "a", "timeout": 901}), false),
            (json!({"name": "a", "timeout": "1"}), false),
            (json!({"name": "a", "memory_size": 127}), false),
            (json!({"name": "a", "memory_size": 128.5}), false),
            (json!({"name": "a", "fuel": 0}), false),
            (json!({"name": "a", "points": -1}), false),
            (json!({"name": "a", "tags": [""]}), false),
            (json!({"name": "a", "tags": vec!["t"; 101]}), false),
            (json!({"name": "a", "env": {"KEY": "value"}}), true),
            (json!({"name": "a", "env": {"KEY": 1}}), false),
            (json!({"name": "a", "files": {"x": "", "y/z": {"base64": "aGk="}}}), true),
            (json!({"name": "a", "files": {"x": {}}}), false),
            (json!({"name": "a", "files": {"x": {"base64": "", "file": ""}}}), false),
            (json!({"name": "a", "files": {"x": 1}}), false),
            (json!({"name": "a", "expect": {}}), true),
            (
                json!({"name": "a", "expect": {"result": null, "ignore": ["$.a[0]"], "unordered": ["$"], "tolerance": {"abs": 1, "rel": 0.1}, "log": ["a"]}}),
                true,
            ),
            (
                json!({"name": "a", "expect": {"subset": 1, "unordered": true, "matches": {"$.a": "^x"}, "types": {"$[*]": "integer"}}}),
                true,
            ),
            (json!({"name": "a", "expect": {"text": "x", "outcome": "out_of_fuel", "error": {"type": "KeyError", "message": "k"}}}), true),
            (json!({"name": "a", "expect": {"http": {"status": 200, "headers": {"a": "b"}, "body": [1]}}}), true),
            (json!({"name": "a", "expect": {"http": {"body_subset": {}}}}), true),
            (json!({"name": "a", "expect": {"http": {"body_text": ""}, "checker": checker}}), true),
            (json!({"name": "a", "expect": {"checker": {"package": checker, "args": null}}}), true),
            (json!({"name": "a", "expect": {"checker": {"args": 1}}}), false),
            (json!({"name": "a", "expect": {"checker": 1}}), false),
            (json!({"name": "a", "expect": {"results": 1}}), false),
            (json!({"name": "a", "expect": {"ignore": ["a"]}}), false),
            (json!({"name": "a", "expect": {"matches": {"a": "x"}}}), false),
            (json!({"name": "a", "expect": {"types": {"$": "int"}}}), false),
            (json!({"name": "a", "expect": {"tolerance": {"abs": -1}}}), false),
            (json!({"name": "a", "expect": {"tolerance": 1}}), false),
            (json!({"name": "a", "expect": {"tolerance": {"abs": 1, "$.a": 1e-6, "$.b[*]": {"rel": 0.1}}}}), true),
            (json!({"name": "a", "expect": {"tolerance": {"$.a": -1}}}), false),
            (json!({"name": "a", "expect": {"tolerance": {"$.a": {"ab": 1}}}}), false),
            (json!({"name": "a", "expect": {"text": "a", "white_space": "ignore"}}), true),
            (json!({"name": "a", "expect": {"text": "a", "white_space": "none"}}), false),
            (json!({"name": "a", "stdin": "1 2", "expect": {"stdout": "3", "white_space": "exact"}}), true),
            (json!({"name": "a", "stdin": {"base64": "aGk="}}), true),
            (json!({"name": "a", "stdin": 1}), false),
            (json!({"name": "a", "stdin": "", "event": 1}), false),
            (json!({"name": "a", "stdin": "", "call": "f()"}), false),
            (json!({"name": "a", "call": "f([1], null)"}), true),
            (json!({"name": "a", "call": ["f"]}), false),
            (json!({"name": "a", "cpu_timeout": 0.5, "reference": {"package": checker, "time": 2, "fuel": 1.5}, "tags": ["skip"]}), true),
            (json!({"name": "a", "cpu_timeout": 0}), false),
            (json!({"name": "a", "reference": {"time": 2}}), false),
            (json!({"name": "a", "reference": {"package": checker, "time": 0.5}}), false),
            (json!({"name": "a", "expect": {"unordered": 1}}), false),
            (json!({"name": "a", "expect": {"outcome": "failed"}}), false),
            (json!({"name": "a", "expect": {"error": {"kind": "x"}}}), false),
            (json!({"name": "a", "expect": {"http": {"status": 99}}}), false),
            (json!({"name": "a", "expect": {"http": {"code": 200}}}), false),
        ] {
            assert_eq!(is_valid(&schema, &schema, &case), ok, "the schema on {case}");
            let output = suite("s.jsonl", &case.to_string()).test(&[]);
            assert_eq!(output.status.code() != Some(2), ok, "the program on {case}: {}", super::error(&output));
        }
        for (document, ok) in [
            (json!([]), true),
            (json!([{"name": "a"}]), true),
            (json!({"cases": [{"name": "a"}], "defaults": {"points": 2}}), true),
            (json!({"defaults": {}}), false),
            (json!({"cases": [], "default": {}}), false),
            (json!({"cases": [{"points": 1}]}), false),
        ] {
            assert_eq!(is_valid(&schema, &schema, &document), ok, "the schema on {document}");
            let output = suite("s.json", &document.to_string()).test(&[]);
            let empty = super::error(&output).contains("has no cases");
            assert_eq!(output.status.code() != Some(2) || empty, ok, "the program on {document}: {}", super::error(&output));
        }
    }

    #[test]
    fn every_suite_of_the_repository_is_valid() {
        let schema = schema();
        let folder = crate::common::root().join("tests/suites");
        let mut count = 0;
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let text = || std::fs::read_to_string(&path).expect("reads");
            let documents: Vec<Value> = match path.extension().and_then(|extension| extension.to_str()) {
                Some("yaml" | "json") => vec![serde_norway::from_str(&text()).expect("YAML or JSON")],
                Some("jsonl") => text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect(),
                _ => continue,
            };
            for document in documents {
                assert!(is_valid(&schema, &schema, &document), "{}: {document}", path.display());
                count += 1;
            }
        }
        assert!(count > 0, "there are suites");
    }

    #[test]
    fn schema_and_program_name_the_same_fields() {
        let schema = schema();
        for (place, wrong) in [
            ("/$defs/fields", json!({"name": "a", "?": 1})),
            ("/$defs/expect", json!({"name": "a", "expect": {"?": 1}})),
            ("/$defs/expect/properties/http", json!({"name": "a", "expect": {"http": {"?": 1}}})),
            ("/$defs/expect/properties/error", json!({"name": "a", "expect": {"error": {"?": 1}}})),
            ("/$defs/expect/properties/tolerance", json!({"name": "a", "expect": {"tolerance": {"?": 1}}})),
        ] {
            let mut in_schema: Vec<String> =
                schema.pointer(place).and_then(|of| of["properties"].as_object()).expect(place).keys().cloned().collect();
            let told = super::error(&suite("s.jsonl", &wrong.to_string()).test(&[]));
            let (_, expected) = told.split_once("expected ").expect("a list");
            let mut in_program: Vec<String> = expected.split('`').skip(1).step_by(2).map(str::to_owned).collect();
            in_schema.sort();
            in_program.sort();
            assert_eq!(in_schema, in_program, "{place}");
        }
    }
}

mod junit {
    //! JUnit reports are held to the XML Schema of Jenkins, `tests/junit/jenkins-junit.xsd` (MIT license): its elements,
    //! their attributes, the order and number of their children.

    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;

    use quick_xml::events::{BytesStart, Event};
    use serde_json::json;

    use super::{every_verdict, handler, lines, text};
    use crate::common::root;

    #[derive(Debug, Default)]
    struct Node {
        name: String,
        attributes: BTreeMap<String, String>,
        children: Vec<Node>,
        has_text: bool,
    }

    fn parse(text: &str) -> Node {
        let start = |tag: &BytesStart<'_>| {
            let attributes = tag.attributes().map(|attribute| {
                let attribute = attribute.expect("an attribute");
                let key = attribute.key.as_ref().to_owned();
                (key, attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).expect("a value").into_owned())
            });
            Node { name: tag.name().as_ref().to_owned(), attributes: attributes.collect(), ..Node::default() }
        };
        let mut reader = quick_xml::Reader::from_str(text);
        let mut open = vec![Node::default()];
        loop {
            match reader.read_event().expect("XML") {
                Event::Start(tag) => open.push(start(&tag)),
                Event::Empty(tag) => open.last_mut().expect("the root").children.push(start(&tag)),
                Event::End(_) => {
                    let node = open.pop().expect("was opened");
                    open.last_mut().expect("the root").children.push(node);
                }
                Event::Text(text) => open.last_mut().expect("the root").has_text |= !text.trim().is_empty(),
                Event::GeneralRef(_) | Event::CData(_) => open.last_mut().expect("the root").has_text = true,
                Event::Eof => break,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
        assert_eq!(open.len(), 1, "everything was closed");
        open.pop().expect("the root").children.pop().expect("an element")
    }

    /// What the schema says of one element.
    #[derive(Debug, Default)]
    struct Rule {
        /// Names, and whether they must be there.
        attributes: BTreeMap<String, bool>,
        /// In their order: name, least and most.
        children: Vec<(String, usize, usize)>,
        text: bool,
    }

    fn rules() -> BTreeMap<String, Rule> {
        let schema = parse(&fs::read_to_string(root().join("tests/junit/jenkins-junit.xsd")).expect("reads"));
        let mut rules = BTreeMap::new();
        for element in &schema.children {
            assert_eq!(element.name, "xs:element");
            let mut rule = Rule { text: element.attributes.get("type").is_some_and(|of| of == "xs:string"), ..Rule::default() };
            for complex in &element.children {
                rule.text |= complex.attributes.get("mixed").is_some_and(|mixed| mixed == "true");
                for part in &complex.children {
                    match part.name.as_str() {
                        "xs:attribute" => {
                            rule.attributes.insert(part.attributes["name"].clone(), part.attributes["use"] == "required");
                        }
                        "xs:sequence" => {
                            for child in &part.children {
                                let count = |name: &str| match child.attributes.get(name).map(String::as_str) {
                                    Some("unbounded") => usize::MAX,
                                    Some(number) => number.parse().expect("a number"),
                                    None => 1,
                                };
                                rule.children.push((child.attributes["ref"].clone(), count("minOccurs"), count("maxOccurs")));
                            }
                        }
                        other => panic!("the schema has {other}, which this test does not understand"),
                    }
                }
            }
            rules.insert(element.attributes["name"].clone(), rule);
        }
        rules
    }

    fn validate(rules: &BTreeMap<String, Rule>, node: &Node) {
        let rule = rules.get(&node.name).unwrap_or_else(|| panic!("no element {}", node.name));
        for name in node.attributes.keys() {
            assert!(rule.attributes.contains_key(name), "{} has no {name}", node.name);
        }
        for (name, _) in rule.attributes.iter().filter(|(_, required)| **required) {
            assert!(node.attributes.contains_key(name), "{} needs {name}", node.name);
        }
        assert!(rule.text || !node.has_text, "{} has no text", node.name);
        let mut children = node.children.iter().peekable();
        for (name, least, most) in &rule.children {
            let count = std::iter::from_fn(|| children.next_if(|child| child.name == *name)).count();
            assert!((*least..=*most).contains(&count), "{count} {name} in {}", node.name);
        }
        assert!(children.next().is_none(), "{} has others, or in another order", node.name);
        node.children.iter().for_each(|child| validate(rules, child));
    }

    #[test]
    fn the_check_finds_what_is_wrong() {
        let rules = rules();
        assert_eq!(
            rules.len(),
            10,
            "failure, error, properties, property, skipped, system-err, system-out, testcase, testsuite, testsuites"
        );
        for wrong in [
            "<testsuites><testcase name=\"a\"/></testsuites>",
            "<testsuite tests=\"1\"/>",
            "<testsuite name=\"a\" tests=\"1\" score=\"3\"/>",
            "<testcase name=\"a\"><failure/><skipped/></testcase>",
            "<testcase name=\"a\"><skipped message=\"b\"/></testcase>",
            "<testcase name=\"a\">text</testcase>",
        ] {
            let node = parse(wrong);
            assert!(std::panic::catch_unwind(|| validate(&rules, &node)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_report_is_valid_and_counts_right() {
        let rules = rules();
        let hostile = lines(&[
            json!({"name": "<&\"'> ]]> \u{ffff} é", "event": {"do": "escape"}, "expect": {"result": "\u{0}\u{1b}"}}),
            json!({"name": "ours", "expect": {"checker": handler("syntax_error")}}),
        ]);
        let judged = handler("judged");
        for (suite, packages) in [(every_verdict(), vec![judged.as_path()]), (hostile, vec![judged.as_path(), judged.as_path()])] {
            let report = text(&suite.test_packages(&packages, &["--report", "junit"]));
            let document = parse(&report);
            validate(&rules, &document);
            let number = |node: &Node, name: &str| node.attributes[name].parse::<usize>().expect("a number");
            let of = |cases: &[&Node], name: &str| cases.iter().filter(|case| case.children.iter().any(|child| child.name == name)).count();
            for suite in &document.children {
                let cases: Vec<&Node> = suite.children.iter().collect();
                assert_eq!(number(suite, "tests"), cases.len(), "{report}");
                for (name, child) in [("failures", "failure"), ("errors", "error"), ("skipped", "skipped")] {
                    assert_eq!(number(suite, name), of(&cases, child), "{report}");
                }
            }
            let all: usize = document.children.iter().map(|suite| suite.children.len()).sum();
            assert_eq!(number(&document, "tests"), all);
            let kinds: BTreeSet<&str> = document
                .children
                .iter()
                .flat_map(|suite| &suite.children)
                .flat_map(|case| &case.children)
                .filter_map(|child| child.attributes.get("type").map(String::as_str))
                .collect();
            assert!(kinds.len() >= 2, "{kinds:?}");
        }
    }
}

/// What an attacker tries on the judge itself: each test is one that worked once.
mod attacks {
    use super::*;

    /// A suite with the handler's source and further files beside it.
    fn attack(handler: &str, cases: &Value, files: &[(&str, &str)]) -> (Suite, PathBuf) {
        let suite = suite("suite.json", &cases.to_string());
        let package = suite.folder.path().join("sub.py");
        fs::write(&package, handler).expect("writes");
        for (name, text) in files {
            fs::write(suite.folder.path().join(name), text).expect("writes");
        }
        (suite, package)
    }

    fn report(suite: &Suite, package: &Path, arguments: &[&str]) -> (Value, i32) {
        let all = [&["--report", "json", "--handler", "sub.h"], arguments].concat();
        let output = suite.test_packages(&[package], &all);
        let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
        (report, output.status.code().expect("no signal"))
    }

    fn points(report: &Value) -> (f64, f64) {
        let number = |name: &str| report["summary"][name].as_f64().expect("a number");
        (number("points"), number("max_points"))
    }

    #[test]
    fn what_an_init_leaves_in_tmp_does_not_cost_the_judge_its_case() {
        let cases = json!([
            {"name": "plain", "expect": {"result": 1}, "points": 1},
            {"name": "with file", "files": {"data/in.txt": "5"}, "expect": {"result": "5"}, "points": 10},
        ]);
        let read = "def h(e, c):\n    return open('/tmp/data/in.txt').read()\n";
        let fill =
            "f = open('/tmp/big', 'wb', buffering=0)\ntry:\n    while f.write(b'x' * (1 << 24)): pass\nexcept OSError: pass\nf.close()\n";
        for init in ["open('/tmp/data', 'w').close()\n", "import os\nos.makedirs('/tmp/data/in.txt')\n", fill] {
            let (suite, package) = attack(&format!("{init}{read}"), &cases, &[]);
            let (report, code) = report(&suite, &package, &["--timeout", PLENTY]);
            assert_eq!((points(&report), code), ((10.0, 11.0), 1), "{report:#}");
            let (suite, package) = attack(&format!("{init}def h(e, c): return 0\n"), &cases, &[]);
            assert_eq!(points(&self::report(&suite, &package, &["--timeout", PLENTY]).0), (0.0, 11.0));
        }
    }

    #[test]
    fn a_result_that_a_checker_cannot_take_is_wrong() {
        let checker = "import math\ndef handler(e, c):\n    return math.isqrt(e['result']) ** 2 == e['result']\n";
        let case = |expect: Value| json!([{"name": "easy", "points": 1}, {"name": "hard", "expect": expect, "points": 10}]);
        for (returned, expect, verdict, words) in [
            ("'text'", json!({"checker": "chk.py"}), "WA", "the checker chk.py failed: TypeError"),
            ("-1", json!({"checker": "chk.py"}), "WA", "failed: ValueError"),
            ("'text'", json!({"checker": "chk.py", "result": 4}), "WA", "failed: TypeError"),
            ("'text'", json!({"checker": "chk.py", "result": "also text"}), "IE", "with the expected result as well"),
            ("b'1' + b'0' * 6000", json!({"checker": "chk.py"}), "AC", ""),
            ("b'1' + b'0' * 6001", json!({"checker": "chk.py"}), "WA", "the checker did not accept it"),
            ("16", json!({"checker": "gone.py"}), "IE", ""),
        ] {
            let (suite, package) = attack(
                &format!("def h(e, c): return {returned}\n"),
                &case(expect),
                &[("chk.py", checker), ("gone.py", "1/0\ndef handler(e, c): pass\n")],
            );
            let (report, _) = report(&suite, &package, &["--timeout", PLENTY]);
            let hard = super::case(&report, "hard");
            assert_eq!(hard["verdict"], verdict, "{returned}: {hard:#}");
            assert!(hard["detail"].as_str().expect("a text").contains(words), "{hard:#}");
            assert_eq!(points(&report).1, if verdict == "IE" { 1.0 } else { 11.0 });
        }
        // Its time is the author's to set, and running out of it is the result's doing.
        let slow = "def handler(e, c):\n    while e['result'] == 0: pass\n    return True\n";
        for (returned, verdict) in [("0", "WA"), ("1", "AC")] {
            let expect = json!({"checker": {"package": "chk.py", "timeout": 0.5}, "result": 1});
            let (suite, package) = attack(&format!("def h(e, c): return {returned}\n"), &case(expect), &[("chk.py", slow)]);
            assert_eq!(verdicts(&report(&suite, &package, &["--timeout", PLENTY]).0)["hard"], verdict);
        }
    }

    #[test]
    fn millions_of_differences_are_counted_and_a_hundred_kept() {
        let zeroes = "def h(e, c): return b'[' + b'0,' * 3_000_000 + b'0]'\n";
        for expect in [
            json!({"types": {"$[*]": "string"}}),
            json!({"matches": {"$[*]": "^a"}}),
            json!({"result": []}),
            json!({"result": [], "unordered": true}),
        ] {
            let (suite, package) = attack(zeroes, &json!([{"name": "ids", "expect": expect}]), &[]);
            let output = suite.test_packages(&[&package], &["--report", "json", "--handler", "sub.h", "--timeout", PLENTY]);
            assert!(output.stdout.len() < 100_000, "{} bytes of report", output.stdout.len());
            let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
            let case = case(&report, "ids");
            assert_eq!(
                (case["differences"].as_array().map(Vec::len), &case["more_differences"]),
                (Some(100), &json!(2_999_901)),
                "{case:#}"
            );
            assert!(case["detail"].as_str().expect("a text").ends_with(" and 3000000 more differ"), "{}", case["detail"]);
        }
    }

    /// Eight jobs at once, results of 6 MB in every shape that costs much, against all that compares: bounded by what the
    /// process says of itself when it has ended.
    #[test]
    fn a_hundred_hostile_results_take_less_than_a_gibibyte() {
        let shapes =
            ["zeroes", "empty arrays", "empty objects", "small objects", "strings", "escapes", "floats", "one number", "members", "answer"];
        let expectations = [
            json!({"types": {"$[*]": "string"}}),
            json!({"matches": {"$[*]": "^nothing"}}),
            json!({"result": [{"id": 1}, {"id": 2}], "unordered": true, "tolerance": {"abs": 1}}),
            json!({"result": [1, 2, 3], "unordered": true}),
            json!({"http": {"status": 200, "body": [1]}}),
        ];
        let cases: String = (0..100)
            .map(|i| {
                let (shape, expect) = (shapes[i % shapes.len()], &expectations[i / shapes.len() % expectations.len()]);
                format!("{}\n", json!({"name": format!("{i}"), "event": shape, "expect": expect}))
            })
            .collect();
        let suite = suite("hostile.jsonl", &cases);
        let script = "import resource, subprocess, sys; code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL); \
                      print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
        let output = std::process::Command::new("python3")
            .args(["-c", script, env!("CARGO_BIN_EXE_wasmlam"), "test"])
            .arg(root().join("tests/hostile/judge_shapes.py"))
            .arg(&suite.path)
            .args(["--handler", "judge_shapes.handler", "--report", "json", "--jobs", "8", "--timeout", PLENTY])
            .output()
            .expect("python3 starts");
        let printed = text(&output);
        let (code, kib) = printed.trim().split_once(' ').expect("two numbers");
        assert_eq!(code, "1", "{}", error(&output));
        let kib: u64 = kib.parse().expect("a number");
        assert!(kib < 1 << 20, "{kib} KiB resident");
    }

    #[test]
    fn a_start_that_computes_is_paid_by_its_case() {
        let cases = json!([{"name": "one", "timeout": 0.2, "expect": {"result": "ok"}}]);
        // Half a second of counted time, which is the same on every machine.
        let spend = "import time\ndef spend():\n    t = time.perf_counter()\n    while time.perf_counter() - t < 0.5: pass\n";
        let leaves_open = format!("{spend}spend()\nF = open('/tmp/x', 'w')\ndef h(e, c): return 'ok'\n");
        let hook = format!("{spend}import snapshot_restore_py as s\ns.register_after_restore(spend)\ndef h(e, c): return 'ok'\n");
        for handler in [&leaves_open, &hook] {
            let (suite, package) = attack(handler, &cases, &[]);
            let (report, code) = report(&suite, &package, &["--deterministic"]);
            assert_eq!((verdicts(&report)["one"].as_str(), code), ("TLE", 1), "{report:#}");
            let (report, _) = self::report(&suite, &package, &["--deterministic", "--update"]);
            assert!(case(&report, "one")["wall_us"].as_u64().is_some_and(|wall| (200_000..300_000).contains(&wall)), "{report:#}");
        }
        // With the time that they take, both are accepted.
        let cases = json!([{"name": "one", "timeout": 2, "expect": {"result": "ok"}}]);
        for handler in [&leaves_open, &hook] {
            let (suite, package) = attack(handler, &cases, &[]);
            assert_eq!(verdicts(&report(&suite, &package, &["--deterministic"]).0)["one"], "AC");
        }
    }

    #[test]
    fn a_path_that_leads_to_nothing_is_a_difference_unless_it_is_optional() {
        let cases: Vec<Value> = [
            ("null", "None", json!({"types": {"$.items[*].id": "integer"}})),
            (
                "without",
                "{'items': [{}, {'x': 1}, 5]}",
                json!({"types": {"$.items[*].id": "integer"}, "matches": {"$.items[*].name": "^[a-z]+$"}}),
            ),
            ("words", "{'items': 'nope'}", json!({"matches": {"$.items[*]": "^[a-z]+$"}})),
            ("empty", "{'items': []}", json!({"types": {"$.items[*].id": "integer"}})),
        ]
        .into_iter()
        .flat_map(|(name, event, expect)| {
            let mut optional = expect.clone();
            let paths: Vec<&String> =
                ["types", "matches"].iter().filter_map(|kind| expect[kind].as_object()).flat_map(|paths| paths.keys()).collect();
            optional["optional"] = json!(paths);
            [
                json!({"name": name, "event": event, "expect": expect}),
                json!({"name": format!("optional {name}"), "event": event, "expect": optional}),
            ]
        })
        .collect();
        let (suite, package) = attack("def h(e, c): return eval(e)\n", &json!(cases), &[]);
        let (report, _) = report(&suite, &package, &["--timeout", PLENTY]);
        for (name, verdict) in verdicts(&report) {
            assert_eq!(verdict, if name.starts_with("optional") { "AC" } else { "WA" }, "{name}: {:#}", case(&report, &name));
        }
        assert_eq!(case(&report, "without")["differences"][3], json!({"path": "$.items[0].id", "expected": "integer", "got": null}));
    }

    #[test]
    fn an_object_is_an_object_whatever_its_keys() {
        let number = r#"{"$serde_json::private::Number": "42"}"#;
        let raw = r#"{"$serde_json::private::RawValue": "{\"total\": 42}"}"#;
        let handler = format!(
            "def h(e, c):\n    return b'''{}''' if e == 'number' else b'''{}''' if e == 'raw' else repr(e)\n",
            number,
            raw.replace('\\', "\\\\")
        );
        let cases = format!(
            r#"[{{"name": "number", "event": "number", "expect": {{"result": 42}}}}, {{"name": "raw", "event": "raw", "expect": {{"result": {{"total": 42}}}}}},
                {{"name": "event", "event": {number}, "expect": {{"text": "{{'$serde_json::private::Number': '42'}}"}}}},
                {{"name": "expected", "event": "number", "expect": {{"result": {number}}}}}]"#
        );
        let suite = suite("suite.json", &cases);
        let package = suite.folder.path().join("sub.py");
        fs::write(&package, handler).expect("writes");
        let (report, _) = report(&suite, &package, &["--timeout", PLENTY]);
        let verdicts = verdicts(&report);
        let verdicts: Vec<(&str, &str)> = verdicts.iter().map(|(name, verdict)| (&**name, &**verdict)).collect();
        assert_eq!(verdicts, [("event", "AC"), ("expected", "AC"), ("number", "WA"), ("raw", "WA")], "{report:#}");
    }

    #[test]
    fn images_of_many_environments_are_bounded_together() {
        // 14 images of 200 MB: all of them at once would be 2.8 GB.
        let handler = "import os\nB = [bytearray(os.urandom(1 << 20)) for _ in range(200)]\ndef h(e, c): return 'ok'\n";
        let cases: Vec<Value> =
            (0..14).map(|i| json!({"name": format!("{i}"), "env": {"AB": format!("{i}")}, "expect": {"result": "ok"}})).collect();
        let (suite, package) = attack(handler, &json!(cases), &[]);
        let script = "import resource, subprocess, sys; code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL); \
                      print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
        // Deterministic, so that nothing is kept on disk.
        let output = std::process::Command::new("python3")
            .args(["-c", script, env!("CARGO_BIN_EXE_wasmlam"), "test"])
            .args([&package, &suite.path])
            .args(["--handler", "sub.h", "--memory-size", "512", "--jobs", "2", "--deterministic", "--timeout", PLENTY])
            .output()
            .expect("python3 starts");
        let printed = text(&output);
        let (code, kib) = printed.trim().split_once(' ').expect("two numbers");
        assert_eq!(code, "0", "{}", error(&output));
        let kib: u64 = kib.parse().expect("a number");
        assert!(kib < 2 << 20, "{kib} KiB resident");
    }

    #[test]
    fn text_from_outside_neither_ends_a_line_nor_acts() {
        let (suite, package) =
            attack("def h(e, c): raise ValueError('x\\u2028ok 1 - a\\u2029ok 2 - forged \\u202e\\u0085')\n", &json!([{"name": "a"}]), &[]);
        for format in ["tap", "text"] {
            let printed = text(&suite.test_packages(&[&package], &["--handler", "sub.h", "--report", format]));
            assert!(
                printed.contains("x\\u{2028}ok 1 - a\\u{2029}ok 2 - forged \\u{202e}\\u{85}") || printed.contains("x\\\\u{2028}ok 1"),
                "{printed}"
            );
            assert!(!printed.contains(['\u{2028}', '\u{2029}', '\u{202e}', '\u{85}']), "{printed}");
        }
        let missing = error(&suite.test_packages(&[Path::new("no\u{1b}[31mpe.py")], &[]));
        assert!(missing.contains("no\\u{1b}[31mpe.py") && !missing.contains('\u{1b}'), "{missing:?}");
    }

    #[test]
    fn an_update_reads_back_as_it_should() {
        let handler = "def h(e, c): return 'a\\u0085b\\u2028c\\ufeff\\x7f: #d' if e == {} else {'\\u0085': ['\\u2029', 1.50, 10 ** 18]}\n";
        for (name, text) in [
            ("s.yaml", "- name: a\n  expect: {result: 0}\n- name: b\n  event: 1\n  expect: {result: 0}\n"),
            ("s.json", "[{\"name\": \"a\", \"expect\": {\"result\": 0}}, {\"name\": \"b\", \"event\": 1, \"expect\": {\"result\": 0}}]"),
            ("s.jsonl", "{\"name\": \"a\", \"expect\": {\"result\": 0}}\n{\"name\": \"b\", \"event\": 1, \"expect\": {\"result\": 0}}\n"),
        ] {
            let suite = suite(name, text);
            let package = suite.folder.path().join("sub.py");
            fs::write(&package, handler).expect("writes");
            let test =
                |arguments: &[&str]| suite.test_packages(&[&package], &[&["--handler", "sub.h", "--timeout", PLENTY], arguments].concat());
            assert_eq!(test(&["--update"]).status.code(), Some(0), "{name}: {}", suite.read());
            assert_eq!(test(&[]).status.code(), Some(0), "{name}: {}", suite.read());
        }
        // What the format cannot say is refused, and the suite stays as it was.
        let event = r#"{"$serde_json::private::Number": "42"}"#;
        let before = format!("[{{\"name\": \"a\", \"event\": {event}, \"expect\": {{\"result\": 0}}}}]");
        let suite = suite("s.json", &before);
        let package = suite.folder.path().join("sub.py");
        fs::write(&package, "def h(e, c): return 1\n").expect("writes");
        let output = suite.test_packages(&[&package], &["--handler", "sub.h", "--timeout", PLENTY, "--update"]);
        assert!(error(&output).contains("it would not read back as it should"), "{output:?}");
        assert_eq!(suite.read(), before);
    }

    #[test]
    fn a_suite_takes_little_more_memory_than_its_file() {
        let cases: Vec<String> = (0..300_000).map(|i| format!("{{\"name\":\"{i}\"}}")).collect();
        let text = format!("[{}]", cases.join(","));
        let suite = suite("s.json", &text);
        let script = "import resource, subprocess, sys; code = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL); \
                      print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
        let peak = |suite: &Suite| {
            let output = std::process::Command::new("python3")
                .args(["-c", script, env!("CARGO_BIN_EXE_wasmlam"), "test"])
                .arg(handler("echo"))
                .arg(&suite.path)
                .args(["--handler", "echo.handler", "--filter", "name(=5)"])
                .output()
                .expect("python3 starts");
            let printed = super::text(&output);
            let (code, kib) = printed.trim().split_once(' ').expect("two numbers");
            assert_eq!(code, "0", "{}", error(&output));
            kib.parse::<usize>().expect("a number") << 10
        };
        let small = peak(&super::suite("s.json", "[{\"name\":\"5\"}]"));
        let large = peak(&suite);
        assert!(large.saturating_sub(small) < 10 * text.len(), "{large} and {small} bytes resident for {} of a suite", text.len());
    }

    #[test]
    fn a_comparison_that_takes_long_is_ended_by_its_steps_or_by_a_signal() {
        let cases = json!([
            {"name": "zeroes", "expect": {"result": vec![json!({"id": 1, "name": "x".repeat(200), "tags": ["a", "b", "c"]}); 10], "unordered": true, "tolerance": {"abs": 1e-6}}},
            {"name": "ones", "event": 1, "expect": {"result": vec![1.0; 4000], "unordered": true, "tolerance": {"abs": 1e-6}}},
        ]);
        let (suite, package) =
            attack("def h(e, c): return [1.0] * 2500 + ['x'] * 2500 if e == 1 else b'[' + b'0,' * 2499999 + b'0]'\n", &cases, &[]);
        let (report, code) = report(&suite, &package, &["--timeout", PLENTY]);
        assert_eq!(code, 1);
        for name in ["zeroes", "ones"] {
            assert_eq!(verdicts(&report)[name], "WA", "{:#}", case(&report, name));
        }
        let long = json!([{"name": "long", "expect": {"result": vec![1; 5001], "unordered": true, "tolerance": {"abs": 1}}}]);
        let (suite, package) = attack("def h(e, c): return 1\n", &long, &[]);
        let output = suite.test_packages(&[&package], &["--handler", "sub.h"]);
        assert_eq!(output.status.code(), Some(2), "it is said before anything runs");
        assert!(error(&output).contains("$ has 5001 elements, too many to compare without their order"), "{output:?}");
    }
}
