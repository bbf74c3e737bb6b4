//! Threads: CPython's own, each on a stack of its own. What is expected is what any Python gives.

use std::io::Write;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::common::{Answer, root, run, wasmlam};

#[test]
fn threads_do_what_they_do_elsewhere() {
    let answer = run("threads").arguments(&["--memory-size", "512"]).timeout("30").go();
    let expected = json!({
        "from_the_init": [["at init"], ["at init", "in a call"]],
        "start_and_join": [
            [[0, "x", "w0", true, true], [1, "x", "w1", true, true], [2, "x", "w2", true, true]],
            [false, false, false], true, [false, false, false], 3, 1, "MainThread",
        ],
        "a_queue_with_sentinels": [0, 1, 4, 9, 16, 25, 36, 49, 64, 81],
        "daemons_and_queue_join": [12, [2, 3]],
        "an_exchange": 100,
        "locks": [190, [false, false]],
        "conditions_and_others": ["go", true, true, true, false, false],
        "timers": [["soon"], true],
        "sleeps_at_the_same_time": true,
        "a_heartbeat": [true, "stopped"],
        "local_data": [[[false, "none"], [false, "none"], ["a", "a"], ["b", "b"]], "main", "main"],
        "exceptions": [["ZeroDivisionError", "divides"], "KeyError('of the main thread')", "invalid literal for int() with base 10: 'x'"],
        "futures": [
            true, ["pool"], [true, 32, ["0", "1", "2"]], [true], true, "cannot schedule new futures after shutdown, timeout",
        ],
        "with_asyncio": [[[1, false], [2, false]], "inner", [0, 1, 2]],
        "a_socket_pair": "HELLO",
        "logs_through_a_queue": [
            ["record 0", "MainThread"], ["record 1", "MainThread"], ["record 2", "MainThread"], ["from a thread", "logs"],
        ],
        "deep_in_c": ["-1", "-2", "1", "2", "a", "b"],
        "a_generator_in_a_thread": ["a0", "a1", "a2", "a=3", "b0", "b1", "b2", "b=3"],
        "recursion": ["500", "500", "500", "500", "RecursionError", "RecursionError"],
        "low_level": [0, 1],
        "asks_again_and_again": 7,
        "many": 200,
    });
    let result = answer.result();
    for (name, value) in expected.as_object().expect("an object") {
        assert_eq!(&result[name], value, "{name}"); // a shorter text to read than all of it
    }
    assert_eq!(result, &expected);
}

/// Each event's result, in one run of the program; the whole document of one that did not end well.
fn results(package: &Path, arguments: &[&str], events: &[Value]) -> Vec<Value> {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    for event in events {
        writeln!(file, "{event}").expect("writes");
    }
    let path = file.path().to_str().expect("a name");
    let output = wasmlam().arg("run").arg(package).args(arguments).args(["--events", path]).output().expect("the program starts");
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(text.lines().count(), events.len(), "{}", String::from_utf8_lossy(&output.stderr));
    let result = |line: &str| {
        let mut document: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        match document["status"].as_str() {
            Some("ok") => document["result"].take(),
            _ => document, // for the message
        }
    };
    text.lines().map(result).collect()
}

fn expected_programs() -> Map<String, Value> {
    let text = std::fs::read_to_string(root().join("tests/threads/expected.json")).expect("what CPython gave");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn programs_with_threads_give_what_they_give_natively() {
    let expected = expected_programs();
    let events: Vec<Value> = expected.keys().map(|name| json!(name)).collect();
    let package = root().join("tests/threads/programs.py");
    for more in [&["--memory-size", "512"][..], &["--reuse"], &["--deterministic"]] {
        let arguments = [&["--handler", "programs.handler", "--timeout", "60"], more].concat();
        let results = results(&package, &arguments, &events);
        let wrong: Vec<String> = expected
            .iter()
            .zip(&results)
            .filter(|((_, want), result)| want != result)
            .map(|((name, want), result)| format!("{name}: {result}, natively {want}"))
            .collect();
        assert!(wrong.is_empty(), "{more:?}: {} of {} wrong:\n{}", wrong.len(), expected.len(), wrong.join("\n"));
    }
}

/// Programs that people wrote and that went wrong while threads were something else here.
#[test]
fn threads_wait_wherever_they_are() {
    let done = json!([true, true]);
    let cases = [
        ("called_by_c", "plain", done.clone()),
        ("called_by_c", "partial", done.clone()),
        ("called_by_c", "callable_object", done.clone()),
        ("called_by_c", "cached", done.clone()),
        ("called_by_c", "generator", done.clone()),
        ("called_by_c", "comprehension", done.clone()),
        ("called_by_c", "property_", done.clone()),
        ("called_by_c", "context_manager", done.clone()),
        ("called_by_c", "subclass_run", done.clone()),
        ("called_by_c", "wraps", done.clone()),
        ("called_by_c", "executor_partial", json!([true, 5, true])),
        ("called_by_c", "asyncio_thread", json!([7, false, true])),
        ("called_by_c", "in_order", json!("done")),
        ("patterns", "consumer_iter", json!([0, 1, 2])),
        ("patterns", "consumer_generator", json!([0, 1, 2])),
        ("patterns", "to_thread_wait", json!(true)),
        ("patterns", "executor_get", json!("x")),
        ("patterns", "executor_get_partial", json!(["x", true])),
        ("patterns", "ping_pong", json!([0, 10, 20])),
        ("patterns", "rate_limiter_callable", json!([true, false])),
        ("patterns", "heartbeat_partial", json!([true, true])),
        ("patterns", "timer_partial", json!(true)),
        ("patterns", "executor_context", json!([true, true])),
        ("patterns", "retry_decorator_class", json!([true, true])),
        ("patterns", "logging_queue_listener", json!(["a", "b"])),
        ("pools", "parts", json!([0, 1, 4, 9])),
        ("pools", "plain", json!([0, 1, 4, 9])),
        ("pools", "many", json!([1, 20, 1_048_575, 1_743_392_200])),
        ("pools", "two_want_the_lock", json!([0, 1])),
        ("pools", "asks_with_the_lock", json!([1])),
        ("pools", "sleeps_with_the_lock", json!([1])),
        ("pools", "waits_with_the_condition", json!([1])),
        ("pools", "start_then_stop", json!(["record"])),
        ("frozen", "event_wait", json!(false)),
        ("frozen", "lock_timeout", json!(false)),
        ("frozen", "sleep", json!("slept")),
        ("frozen", "sleep_with_thread", json!("slept")),
        ("frozen", "asyncio_sleep", json!("slept")),
        ("s3", "multipart", json!([5, true, 7])),
        ("s3", "small", json!([1, "PUT"])),
        ("s3", "download", json!([20_971_520, 5])),
        ("s3", "generator_upload", json!([1, 1])),
        ("s3", "progress", json!([3, 11_534_336])),
    ];
    let events: Vec<Value> = cases.iter().map(|(module, name, _)| json!([module, name])).collect();
    let package = root().join("tests/threads/from_the_field");
    // Some look at how long they took: by a clock that counts.
    let arguments = ["--handler", "app.handler", "--timeout", "60", "--memory-size", "512", "--deterministic"];
    for ((module, name, want), result) in cases.iter().zip(results(&package, &arguments, &events)) {
        assert_eq!(&result, want, "{module}.{name}");
    }
}

fn random_programs(first: usize, calls: usize, programs: usize, arguments: &[&str]) -> Vec<Value> {
    let events: Vec<Value> = (0..calls).map(|call| json!({"seed": first + call * programs, "programs": programs})).collect();
    let package = root().join("tests/threads/random_programs.py");
    let arguments = [&["--handler", "random_programs.handler", "--timeout", "300", "--memory-size", "256"], arguments].concat();
    let results = results(&package, &arguments, &events);
    for (event, result) in events.iter().zip(&results) {
        assert_eq!(result["wrong"], json!([]), "{event}");
    }
    results
}

#[test]
fn random_programs_come_to_what_a_model_says() {
    random_programs(1, 5, 40, &[]);
    random_programs(1_000_000, 5, 40, &["--reuse"]);
}

#[test]
fn random_programs_take_the_same_steps_each_time_under_a_clock_that_counts() {
    let arguments = ["--deterministic"];
    assert_eq!(random_programs(1, 3, 30, &arguments), random_programs(1, 3, 30, &arguments));
}

#[test]
#[ignore = "some minutes"]
fn ten_thousand_random_programs_come_to_what_a_model_says() {
    random_programs(1, 50, 100, &[]);
    let arguments = ["--deterministic"];
    assert_eq!(random_programs(5_001, 50, 100, &arguments), random_programs(5_001, 50, 100, &arguments));
}

#[test]
fn threads_that_nobody_waits_for_go_on_until_they_wait() {
    let answer = run("threads").event(r#""fire_and_forget""#).arguments(&["--deterministic"]).go();
    assert_eq!(answer.result(), "returned");
    let log = answer.log();
    assert!(log.contains("ran\n") && !log.contains("too late"), "{log}");
    assert!(log.contains("Exception in thread fails:\nTraceback (most recent call last):\n"), "{log}");
    assert!(log.contains("\nKeyError: 'missing'\n"), "{log}");
}

#[test]
fn threads_of_an_init_go_on_in_every_sandbox() {
    let events = [json!(3), json!(4), json!(5)];
    let handlers = root().join("tests/handlers");
    let arguments = ["--handler", "init_threads.handler", "--timeout", "60", "--memory-size", "256", "--verify-reset"];
    for _ in 0..2 {
        let results = results(&handlers.join("init_threads.py"), &arguments, &events);
        assert_eq!(results, [json!([9, [6], 4]), json!([16, [8], 4]), json!([25, [10], 4])]);
    }
}

#[test]
fn a_function_whose_init_leaves_a_thread_that_an_image_cannot_hold_has_no_image() {
    let answer = run("init_thread_in_c").event("3").timeout("60").go();
    assert_eq!(answer.result(), &json!([3]));
    assert_eq!(answer.document["mode"], "each");
}

fn timed_out(answer: Answer) -> String {
    answer.expect("timeout", 4).log().to_owned()
}

#[test]
fn a_wait_that_nobody_can_end_lasts_until_the_time_is_up_and_the_log_says_who_waits_where() {
    let log = timed_out(run("threads").event(r#""waits_for_ever""#).timeout("1").go());
    let line = log.lines().find(|line| line.starts_with("wasmlam: all threads wait")).unwrap_or_else(|| panic!("{log}"));
    assert!(line.contains("MainThread (/var/task/threads.py, line ") && line.contains(", in waits_for_ever)"), "{line}");
}
