//! Threads, which take turns on the sandbox's one stack. What is expected is what any Python gives.

use serde_json::{Value, json};

use crate::common::run;

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

#[test]
fn threads_that_nobody_waits_for_run_when_the_handler_returns() {
    let answer = run("threads").event(r#""fire_and_forget""#).go();
    assert_eq!(answer.result(), "returned");
    let log = answer.log();
    assert!(log.contains("ran\n") && !log.contains("too late"), "{log}");
    assert!(log.contains("Exception in thread fails:\nTraceback (most recent call last):\n"), "{log}");
    assert!(log.contains("\nKeyError: 'missing'\n"), "{log}");
}

#[test]
fn a_wait_that_nobody_can_end_is_an_error_at_once() {
    let answer = run("threads").event(r#""waits_for_ever""#).go().expect("function_error", 1);
    assert_eq!(answer.error()["errorType"], Value::from("RuntimeError"));
    assert!(answer.error()["errorMessage"].as_str().is_some_and(|text| text.contains("would wait for ever")), "{:?}", answer.error());
}
