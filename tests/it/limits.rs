//! Time, fuel, memory, stack, output, files: each limit ends the guest as it should, and one step below does not.

use serde_json::json;

use crate::common::{Answer, run};

/// Runs a guest that never ends by itself. How late it is ended is a matter of the machine too, so that is measured by
/// `benches/`; here it must be ended at all, and not before its time.
fn overrun(timeout_ms: u64, go: impl Fn() -> Answer) {
    let duration = go().expect("timeout", 4).metric("duration_us");
    assert!(duration >= timeout_ms * 1000, "ended early: {duration} us");
}

#[test]
fn a_timeout_ends_a_guest_that_computes_or_waits() {
    overrun(300, || run("loops").timeout("0.3").go());
    overrun(300, || run("sleeps").timeout("0.3").go());
    overrun(300, || run("sleeps").event(r#"{"select": true}"#).timeout("0.3").go());
    for deep in ["regex", "power", "sum", "digits", "copy"] {
        overrun(300, || run("deep_in_c").event(&format!("\"{deep}\"")).timeout("0.3").arguments(&["--memory-size", "512"]).go());
    }
    let answer = run("loops").timeout("1").go();
    let message = format!("RequestId: {} Error: Task timed out after 1.00 seconds", answer.request_id());
    assert_eq!(answer.error(), &json!({"errorType": "Sandbox.Timedout", "errorMessage": message}));
    assert!(answer.log().contains("\tStatus: timeout\n"), "{}", answer.log());
}

#[test]
fn a_sleep_shorter_than_the_timeout_is_slept() {
    let answer = run("sleeps").event(r#"{"seconds": 0.2}"#).timeout("60").go();
    assert_eq!(answer.result(), &json!("awake"));
    assert!(answer.metric("duration_us") >= 200_000);
}

#[test]
fn stdin_ends_after_the_event() {
    assert_eq!(run("reads_stdin").timeout("60").go().result(), &json!(["", ""]));
}

#[test]
fn an_init_has_ten_seconds() {
    let answer = run("init_loops").timeout("900").go().expect("timeout", 4);
    assert!(answer.metric("init_duration_us") >= 10_000_000);
    // On a clock that counts operators it is exact.
    let counted = run("init_loops").timeout("900").arguments(&["--deterministic"]).go().expect("timeout", 4);
    assert_eq!(counted.metric("init_duration_us"), 10_000_000);
}

#[test]
fn fuel_ends_a_guest_at_the_same_operator_each_time() {
    let answer = run("loops").arguments(&["--fuel", "20000000", "--timeout", "60"]).go().expect("out_of_fuel", 6);
    assert_eq!(answer.metric("fuel_used"), 20_000_000);
    assert_eq!(answer.error()["errorType"], json!("Sandbox.OutOfFuel"));
    let answer = run("echo").arguments(&["--fuel", "50000000"]).go();
    answer.result();
    let used = answer.metric("fuel_used");
    assert!((10_000..20_000_000).contains(&used), "{used}");
    run("echo").arguments(&["--fuel", "1"]).go().expect("out_of_fuel", 6);
}

#[test]
fn memory_ends_at_memory_size() {
    for kind in ["list", "bytes", "str", "dict", "one", "more than 32 bits"] {
        let answer = run("allocates").event(&format!("\"{kind}\"")).timeout("60").go().expect("out_of_memory", 5);
        assert!(answer.metric("max_memory_used_bytes") <= 128 << 20, "{:#}", answer.document);
        let message = format!("RequestId: {} Error: Runtime exited with error: signal: killed", answer.request_id());
        assert_eq!(answer.error(), &json!({"errorType": "Runtime.OutOfMemory", "errorMessage": message}));
        assert!(answer.log().contains("\tStatus: error\tError Type: Runtime.OutOfMemory\n"), "{}", answer.log());
    }
}

#[test]
fn python_sees_memory_error_first_and_may_go_on() {
    let held = |mb: &str| run("survives_memory_error").arguments(&["--memory-size", mb, "--timeout", "60"]).go();
    let (small, large) = (held("128").result().as_u64(), held("256").result().as_u64());
    assert!(small.is_some_and(|mb| (60..128).contains(&mb)), "{small:?} MB of 128");
    assert!(large.is_some_and(|mb| (188..256).contains(&mb)), "{large:?} MB of 256");
    // What ends later, for another reason, is not blamed on memory.
    run("survives_memory_error").event("\"exit\"").timeout("60").go().expect("exited", 1);
    run("raises_memory_error").go().expect("function_error", 1);
}

#[test]
fn recursion_ends_in_python_or_cleanly() {
    for kind in ["python", "nested_json", "nested_repr", "compare", "through_c"] {
        let answer = run("recurses").event(&format!("\"{kind}\"")).timeout("60").go().expect("function_error", 1);
        assert_eq!(answer.error()["errorType"], json!("RecursionError"), "{kind}");
    }
    // As natively: the parser counts parentheses.
    let answer = run("recurses").event("\"nested_parentheses\"").go().expect("function_error", 1);
    assert_eq!(answer.error()["errorMessage"], json!("too many nested parentheses (<string>, line 1)"));
    assert_eq!(run("recurses").event("\"nested_drop\"").timeout("60").go().result(), &json!("dropped"));
    let answer = run("recurses").event("\"without_limit\"").timeout("60").go();
    assert_eq!(answer.status(), "out_of_memory", "frames of Python code live in linear memory: {:#}", answer.document);
}

#[test]
fn the_result_cap_is_exact() {
    let at = run("result_of_size").event("6291556").timeout("60").text();
    assert_eq!((at.stdout.len(), at.status.code()), (6_291_557, Some(0)), "with the line end");
    let above = run("result_of_size").event("6291557").timeout("60").go().expect("result_too_large", 1);
    assert_eq!(
        above.error(),
        &json!({
            "errorMessage": "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
            "errorType": "Function.ResponseSizeTooLarge",
        })
    );
}

#[test]
fn a_log_is_capped_with_a_note() {
    let logged = |bytes: u32| run("prints").event(&json!({"lines": bytes / 1024, "bytes": 1024}).to_string()).timeout("60").go();
    let below = logged((1 << 20) - 1024);
    assert!(!below.log().contains("wasmlam:"), "everything is there");
    let above = logged(3 << 20);
    assert!(above.log().contains("bytes of the log are left out here; it keeps the first"), "a note says what is missing");
    assert!(above.log().contains("\nthe last line\nEND"), "the end is there");
    assert!(above.log().len() < 1_100_000);
}
