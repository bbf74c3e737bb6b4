//! Every way an invocation can end, with its status and exit code.

use serde_json::json;

use crate::common::{run, run_package, zip};

#[test]
fn the_seeds_example() {
    let handler = include_str!("../handlers/hello_python.py");
    let package = zip(&[("hello_python.py", handler)]);
    let seed = || {
        run_package(&package.path)
            .arguments(&["--handler", "hello_python.my_handler", "--runtime", "python3.6", "--timeout", "15", "--memory-size", "512"])
            .event(r#"{"first_name":"Ada","last_name":"Lovelace"}"#)
    };
    let output = seed().text();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "{\"message\": \"Hello Ada Lovelace!\"}\n");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(seed().go().result(), &json!({"message": "Hello Ada Lovelace!"}));
    let output = seed().arguments(&["--invocation-type", "Event"]).text();
    assert_eq!((output.stdout.len(), output.status.code()), (0, Some(0)), "the value is discarded");
}

#[test]
fn any_json_value_is_an_event_and_a_result() {
    for event in [r#"{"a": [1, 2.5, null, true]}"#, "[]", "\"text\"", "7", "-1.5", "null", "false", "123456789012345678901234567890"] {
        let output = run("echo").event(event).text();
        assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{event}\n"));
    }
    assert_eq!(run("echo").go().result(), &json!({}), "without an event");
    assert_eq!(run("returns_nothing").go().result(), &json!(null));
}

#[test]
fn an_exception_is_a_function_error() {
    let answer = run("raises").event("{}").go().expect("function_error", 1);
    let error = answer.error();
    assert_eq!((&error["errorType"], &error["errorMessage"]), (&json!("KeyError"), &json!("'k'")));
    assert_eq!(error["stackTrace"], json!(["  File \"/var/task/raises.py\", line 2, in handler\n    return event[\"k\"]\n"]));
    assert_eq!(error["requestId"], answer.document["request_id"]);
    assert!(answer.log().contains("[ERROR] KeyError: 'k'\nTraceback (most recent call last):\n\u{a0}\u{a0}File"), "{}", answer.log());
    let output = run("raises").event("{}").text();
    assert_eq!((output.stdout.len(), output.status.code()), (0, Some(1)), "stdout is for results");
}

#[test]
fn a_process_that_ends_itself_is_told_apart_from_one_that_fails() {
    let exit = |how: &str, status: i32| run("exits").event(&json!({"how": how, "status": status}).to_string()).go();
    for (how, status, words) in [
        ("sys", 3, "Runtime exited with error: exit status 3"),
        ("os", 7, "Runtime exited with error: exit status 7"),
        ("sys", 0, "Runtime exited without providing a reason"),
        ("os", 0, "Runtime exited without providing a reason"),
        ("interrupt", 0, "Runtime exited with error: exit status 1"),
    ] {
        let answer = exit(how, status).expect("exited", 1);
        let message = format!("RequestId: {} Error: {words}", answer.request_id());
        assert_eq!(answer.error(), &json!({"errorType": "Runtime.ExitError", "errorMessage": message}));
        assert!(answer.log().contains("before\n"), "what was printed before the end is kept");
    }
    let answer = exit("abort", 0).expect("trapped", 1);
    let words = "Runtime exited with error: signal: segmentation fault (wasm trap: wasm `unreachable` instruction executed)";
    let message = format!("RequestId: {} Error: {words}", answer.request_id());
    assert_eq!(answer.error(), &json!({"errorType": "Runtime.ExitError", "errorMessage": message}));
}

#[test]
fn what_cannot_be_loaded_is_an_init_error() {
    let answer = run("init_fails").go().expect("init_error", 3);
    assert_eq!((&answer.error()["errorType"], &answer.error()["requestId"]), (&json!("ValueError"), &json!("")));
    let (start, rest) = answer.log().split_once('\n').expect("lines");
    assert!(start.starts_with("INIT_START Runtime Version: python:3.13.v5\t") && rest.starts_with("init speaks\n"), "{}", answer.log());
    let answer = run("syntax_error").go().expect("init_error", 3);
    assert_eq!(answer.error()["errorType"], json!("Runtime.UserCodeSyntaxError"));
    for (handler, error_type, message) in [
        ("echo.missing", "Runtime.HandlerNotFound", "Handler 'missing' missing on module 'echo'"),
        ("other.handler", "Runtime.ImportModuleError", "Unable to import module 'other': No module named 'other'"),
        ("echo", "Runtime.MalformedHandlerName", "Bad handler 'echo': not enough values to unpack (expected 2, got 1)"),
        ("sys.handler", "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler module"),
    ] {
        let path = crate::common::root().join("tests/handlers/echo.py");
        let answer = run_package(&path).arguments(&["--handler", handler]).go().expect("init_error", 3);
        assert_eq!((&answer.error()["errorType"], &answer.error()["errorMessage"]), (&json!(error_type), &json!(message)));
    }
    let answer = run("init_exits").go().expect("exited", 1);
    let message = format!("RequestId: {} Error: Runtime exited with error: exit status 9", answer.request_id());
    assert_eq!(answer.error(), &json!({"errorType": "Runtime.ExitError", "errorMessage": message}));
}

#[test]
fn results_are_encoded_as_lambda_encodes_them() {
    let output = run("returns").text();
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "{\"namedtuple\": {\"x\": 1, \"y\": 2}, \"decimal\": 1.10, \"bytes\": \"raw\", \
         \"keys\": {\"1\": \"bool\", \"null\": \"none\"}, \"text\": \"é\u{2028}\"}\n"
    );
    let answer = run("returns").event("\"date\"").go().expect("function_error", 1);
    assert_eq!(answer.error()["errorType"], json!("Runtime.MarshalError"));
    assert_eq!(answer.error()["errorMessage"], json!("Unable to marshal response: Object of type date is not JSON serializable"));
}

#[test]
fn the_report_holds_what_was_measured() {
    let output = run("echo").arguments(&["--memory-size", "256", "--init", "each"]).text();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    let lines: Vec<&str> = log.lines().collect();
    assert!(lines[0].starts_with("INIT_START "), "{log}");
    let lines = &lines[1..];
    assert!(lines[0].starts_with("START RequestId: ") && lines[0].ends_with(" Version: $LATEST"), "{log}");
    assert!(lines[1].starts_with("END RequestId: "), "{log}");
    for part in ["\tDuration: ", "\tBilled Duration: ", "\tMemory Size: 256 MB\t", "\tMax Memory Used: ", "\tInit Duration: "] {
        assert!(lines[2].contains(part), "{log}");
    }
    let answer = run("echo").arguments(&["--memory-size", "256", "--init", "each"]).go();
    let used = answer.metric("max_memory_used_bytes");
    assert!(used.is_multiple_of(65_536) && used > 10 << 20 && used < 100 << 20, "measured, not the configured 256 MB: {used}");
    assert!(answer.metric("billed_duration_ms") * 1000 >= answer.metric("duration_us") + answer.metric("init_duration_us"));
    assert!(answer.document["metrics"].get("fuel_used").is_none(), "fuel was not counted");
}
