//! From inside, it is the Linux that a function finds on AWS.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::common::{root, run, run_package};

#[test]
fn files_and_descriptors_are_those_of_linux() {
    let answer = run("linux_files").timeout("20").go();
    let result = answer.result();
    assert!(answer.log().contains("through the copy\n") && !answer.log().contains("hidden"), "{}", answer.log());
    let again = json!(["EAGAIN", "Resource temporarily unavailable"]);
    let expected = json!({
        "capture": "hidden\n",
        "shared_position": ["abc", 3],
        "pipe_between_threads": [200_000, 200_000],
        "pipe_states": [
            again, [0, 1, 0], [1, 0, 0], "x", [], 60_000, 5536, again, ["EPIPE", "Broken pipe"]
        ],
        "flags": [true, 1, 0, 0, true],
        "locks": [again, again],
        "lock_file": "EEXIST",
        "modes": [
            "0o40750", "0o100640", "0o100600", "0o100444", ["EACCES", "Permission denied"], false,
            ["EACCES", "Permission denied"], ["EACCES", "Permission denied"], ["EACCES", "Permission denied"],
            "/tmp/prog", true
        ],
        "owners": {
            "own": [true, true, "sbx_user1051"], "package": [0, "0o100644"], "tmp": "0o41777",
            "chown": [null, ["EPERM", "Operation not permitted"]], "access": [true, true, false, true],
            "read-only": [["EROFS", "Read-only file system"], ["EROFS", "Read-only file system"]],
        },
        "archives": ["0o100644", "0o644", "sbx_user1051", true],
        "names_are_bytes": [
            [b"link".as_slice(), "\u{10ff80}\u{10ffff}".as_bytes(), b"\xff\xfe\xc3\xa4".as_slice()], 1, true, true
        ],
        "backup": [499_500],
        "redirected": "inside\n",
    });
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&result[name], value, "{name}");
    }
}

fn check_signals(result: &Value) {
    let alarm = json!(14);
    for place in ["a loop", "a sleep", "a wait for a lock", "a read of a pipe", "a pause", "a read of a socket", "a select"] {
        assert_eq!(result[format!("in {place}")], alarm, "{place}");
    }
    let expected = json!({
        "raised": [10, 10, 10], "blocked": [3, true, 10], "timed out": null, "unblocked": 4, "repeated": [0.01, true],
        "alarm": [0, 100, [0.0, 0.0]], "broken pipe": "EPIPE", "woken": [10], "other": 3, "interrupt": true,
        "waits on": [14, "s", "p", "s", "p", "y"], "in an event loop": true,
    });
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&result[name], value, "{name}");
    }
}

#[test]
fn signals_arrive_where_a_program_is() {
    check_signals(run("linux_signals").timeout("60").go().result());
}

#[test]
fn signals_are_exact_where_time_is_counted() {
    let run = || run("linux_signals").arguments(&["--deterministic"]).timeout("60").go();
    let (one, two) = (run(), run());
    check_signals(one.result());
    assert_eq!(one.metric("fuel_used"), two.metric("fuel_used"));
}

#[test]
fn a_program_finds_the_machine_that_it_has_on_aws() {
    let answer = run("linux_machine").arguments(&["--memory-size", "512"]).timeout("20").go();
    let result = answer.result();
    let expected = json!({
        "platform": ["linux", "posix", "Linux", "x86_64", true],
        "libc": ["glibc", "2.34"],
        "errors": [
            2, "[Errno 2] No such file or directory: '/tmp/nothing'", "Operation not permitted", "Resource temporarily unavailable",
            "Function not implemented", "Connection timed out", "Connection refused", "Unknown error 999"
        ],
        "signals": [14, 34, 64, 64, "Terminated"],
        "strftime": [" 5:08 PM".replace("PM", "pm"), "17:08", "MAR 05", "100%", "Q%q", "2024-03-05 17:08:09 pm", "476"],
        "usage": [true, 4096],
        "limits": [[1024, 1024], 100, 4096],
        "clocks": [true, 1, true],
        "host": true,
        "memory": ["524288 kB", true],
        "processors": ["0-1\n", 2, 2, 2],
        "process": [true, true],
        "command": true,
        "environment": true,
        "random": [true, true, [8, 4, 4, 4, 12]],
        "link": "/tmp/open",
        "refused": "EACCES",
        "distribution": "Amazon Linux 2023",
        "folders": [["kernel_max", "online", "possible", "present"], true],
        "umask": [0o022],
        "missing": [],
    });
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&result[name], value, "{name}");
    }
    assert!(answer.document.get("attempts").is_none_or(Value::is_null), "{}", answer.document);
}

/// The names and values that native CPython has on Linux, and the reasons for those that differ.
#[test]
fn the_standard_library_has_the_names_of_linux() {
    let folder = root().join("tests/compat");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("readable");
    let reasons: Vec<Value> = serde_json::from_str(&read("linux_names_differences.json")).expect("JSON");
    let mut expected = BTreeSet::new();
    for row in &reasons {
        assert!(row["reason"].as_str().is_some_and(|reason| reason.len() > 20), "{row}");
        for name in row["names"].as_array().expect("names") {
            assert!(expected.insert(name.as_str().expect("a name").to_owned()), "{name} stands there twice");
        }
    }
    assert!(expected.len() <= 60, "{} names differ", expected.len());
    let names = folder.join("linux_names.json");
    let arguments = ["--handler", "linux_names.handler", "--event-file", names.to_str().expect("a path"), "--memory-size", "1024"];
    let answer = run_package(&folder.join("linux_names.py")).arguments(&arguments).timeout("120").go();
    let found: BTreeMap<String, Value> = serde_json::from_value(answer.result().clone()).expect("an object");
    let unexpected: Vec<_> = found.iter().filter(|(name, _)| !expected.contains(*name)).collect();
    let as_on_linux: Vec<_> = expected.iter().filter(|name| !found.contains_key(*name)).collect();
    assert!(unexpected.is_empty() && as_on_linux.is_empty(), "differ: {unexpected:?}; no longer differ: {as_on_linux:?}");
}

/// All values but those of `process` and `between_processes` are native CPython's too.
#[test]
fn functions_of_linux_do_what_they_do_there() {
    let answer = run("linux_functions").timeout("60").go();
    let result = answer.result();
    let not_there = json!(["ENOSYS", "Function not implemented"]);
    let refused = |name: &str, what: &str| json!([name, format!("wasmlam: the sandbox has no processes (tried to {what})")]);
    let expected = json!({
        "copies": [2_500_000, 1, 3, 2_500_004, "012349012", "EINVAL", 4, "7890", 65536, 3_000_000],
        "files": [
            "bc", 1, 12, ["EINVAL", "Invalid argument"], "0o100640", "EPERM", 316_661_085_455_770_u64, 0x12345, 0x6789a, [],
            ["ENODATA", "No data available"], "ENOENT"
        ],
        "process": {
            "namespace": "EPERM", "groups": true, "clock": "EPERM", "host": "EPERM", "wait": "ECHILD", "interfaces": [1, "lo"],
            "lengths": [19, 24], "terminal": "/dev/tty", "limits": [[1024, 1024], 1_u32 << 31],
        },
        "kinds": [
            [], ["reader"], ["reader", "socket"], ["socket"], [["writer", 4]], [["reader", 16]], [32], 3, 3, "abc\0\0\0\0", "d"
        ],
        "between_processes": [not_there, not_there, not_there, refused("EPERM", "run Process-1"), refused("EAGAIN", "call os.fork")],
        "traceback": true,
    });
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&result[name], value, "{name}");
    }
}
