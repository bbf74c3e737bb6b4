//! What a guest can see and write.

use serde_json::{Value, json};

use crate::common::run;

#[test]
fn tmp_holds_what_was_asked_for_and_not_one_byte_more() {
    let fill = |what: &str, mb: &str| run("fills_tmp").event(what).arguments(&["--ephemeral-storage", mb, "--timeout", "120"]).go();
    assert_eq!(fill("\"bytes\"", "512").result(), &json!([512 << 20, "ENOSPC", 512 << 20]));
    assert_eq!(fill("\"bytes\"", "513").result(), &json!([513 << 20, "ENOSPC", 513 << 20]));
    assert_eq!(fill("\"names\"", "512").result(), &json!([32_768, "ENOSPC"]));
}

#[test]
fn nothing_of_the_host_exists() {
    let answer = run("looks_outside").go();
    let result = answer.result();
    for (path, what) in result["read"].as_object().expect("an object") {
        assert_eq!(what, "ENOENT", "{path}");
    }
    for (path, what) in result["write"].as_object().expect("an object") {
        assert_eq!(what, "EROFS", "{path}");
    }
    let folders = &result["folders"];
    assert_eq!(folders["/"], json!(["dev", "etc", "opt", "proc", "sys", "tmp", "usr", "var"]));
    assert_eq!(folders["/var"], json!(["lang", "runtime", "task"]));
    assert_eq!(folders["/var/task"], json!(["looks_outside.py"]));
    assert_eq!(folders["/opt"], json!([]));
    assert_eq!(folders["/tmp"], json!(["link"]));
    assert_eq!(folders["/dev"], json!(["null", "random", "urandom", "zero"]));
    assert_eq!(result["walked"], json!(true));
}

#[test]
fn the_environment_is_lambdas_and_the_users_never_the_hosts() {
    let answer = run("environment")
        .arguments(&["--env", "MINE=1", "--env", "TZ=Europe/Berlin", "--function-name", "f", "--memory-size", "256"])
        .go();
    let environment = answer.result().as_object().expect("an object");
    for (name, want) in [
        ("MINE", "1"),
        ("TZ", "Europe/Berlin"),
        ("_HANDLER", "environment.handler"),
        ("AWS_LAMBDA_FUNCTION_NAME", "f"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_python3.13"),
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("LANG", "en_US.UTF-8"),
    ] {
        assert_eq!(environment.get(name), Some(&json!(want)), "{name}");
    }
    let expected = |name: &str| {
        ["MINE", "TZ", "LANG", "LC_CTYPE", "PATH", "PWD", "SHLVL", "LD_LIBRARY_PATH", "PYTHONPATH", "_HANDLER", "_X_AMZN_TRACE_ID"]
            .contains(&name)
            || ["AWS_", "_AWS_XRAY_", "LAMBDA_"].iter().any(|prefix| name.starts_with(prefix))
    };
    let foreign: Vec<&String> = environment.keys().filter(|name| !expected(name)).collect();
    assert!(foreign.is_empty(), "{foreign:?}");
}

#[test]
fn what_init_left_is_there_and_what_a_call_left_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let events = folder.path().join("events.jsonl");
    std::fs::write(&events, "1\n2\n\n3\n").expect("writes");
    let output = run("init_writes_tmp").arguments(&["--events", events.to_str().expect("a path"), "--log-type", "None"]).text();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let lines: Vec<Value> =
        String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("a document")).collect();
    assert_eq!(lines.len(), 3);
    for line in &lines {
        let result = &line["result"];
        assert_eq!(
            (&result["calls"], &result["tmp"], &result["from_init"]),
            (&json!(1), &json!(["from_init"]), &json!("init")),
            "each call starts from the image: {line:#}"
        );
        assert_eq!(result["at_init"], lines[0]["result"]["at_init"], "what init drew is part of the image");
    }
    assert_ne!(lines[0]["result"]["random"], lines[1]["result"]["random"], "what a call draws is fresh");
    assert_ne!(lines[0]["request_id"], lines[1]["request_id"]);
    let inits = lines.iter().filter(|line| line["metrics"].get("init_duration_us").is_some()).count();
    assert_eq!(inits, 1, "a function that left files in /tmp is not kept between runs");
}

#[test]
fn descriptors_lead_to_the_log_and_to_nothing_else() {
    let answer = run("writes_to_descriptors").go();
    assert_eq!(answer.result(), &json!({"forged": false}));
    // What is only in the buffer of sys.__stdout__ when the call ends is not in its log, as on AWS.
    assert!(answer.log().contains("\none\ntwo\nthree\nfour\nEND"), "{}", answer.log());
    let bad = "OSError";
    assert_eq!(run("forges_frames").go().result(), &json!([54, 54, bad, bad, bad, bad, bad]), "the log takes anything, nothing else does");
    assert_eq!(run("closes_descriptors").go().result(), &json!("still here"));
}

/// The control is whatever Python the machine has, on its real file system.
#[test]
fn tmp_behaves_like_a_file_system_of_linux() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = "import json, sys, file_operations; print(json.dumps(file_operations.handler(sys.argv[1], None)))";
    let native = std::process::Command::new("python3")
        .args(["-B", "-c", script])
        .arg(folder.path())
        .env("PYTHONPATH", crate::common::root().join("tests/handlers"))
        .output()
        .expect("python3");
    let native: Vec<(String, Value)> = serde_json::from_slice(&native.stdout).unwrap_or_else(|_| panic!("{native:?}"));
    let answer = run("file_operations").event("\"/tmp\"").timeout("20").go();
    let sandbox: Vec<(String, Value)> = serde_json::from_value(answer.result().clone()).expect("pairs");
    assert!(native.len() > 50 && native.len() == sandbox.len());
    let differences: Vec<_> = native.iter().zip(&sandbox).filter(|(native, sandbox)| native != sandbox).collect();
    assert!(differences.is_empty(), "(Linux, sandbox): {differences:#?}");
}
