//! Settings and events one step below, at and above each bound, through the command line.

use crate::common::{run, run_package, wasmlam, zip};

#[track_caller]
fn refused(arguments: &[&str], words: &str) {
    let output = run("echo").arguments(arguments).text();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
    assert!(stderr.contains(words), "{arguments:?}: {stderr}");
    assert!(output.stdout.is_empty());
}

#[track_caller]
fn accepted(arguments: &[&str]) {
    run("echo").arguments(arguments).go().result();
}

#[test]
fn settings() {
    for (option, below, at, at_top, above, words) in [
        ("--memory-size", "127", "128", "10240", "10241", "128 to 10240 MB"),
        ("--ephemeral-storage", "511", "512", "10240", "10241", "512 to 10240 MB"),
        ("--timeout", "0", "1", "900", "901", "0.001 to 900 seconds"),
        ("--fuel", "0", "50000000", "18446744073709551615", "18446744073709551616", "1 or more"),
    ] {
        refused(&[option, below], words);
        accepted(&[option, at]);
        accepted(&[option, at_top]);
        refused(&[option, above], words);
    }
}

#[test]
fn names_and_variables() {
    refused(&["--runtime", "nodejs20.x"], "Known: python2.7, python3.6");
    refused(&["--runtime", "PYTHON3.9"], "Known: python2.7, python3.6");
    refused(&["--env", "AWS_REGION=x"], "Reserved keys used in this request: AWS_REGION");
    refused(&["--env", "A=x"], "[a-zA-Z]([a-zA-Z0-9_])+");
    refused(&["--env", "HOME"], "not KEY=VALUE");
    refused(&["--function-name", "a.b"], "1 to 64 of letters");
    refused(&["--client-context", "{"], "the client context is not JSON");
    refused(&["--log-type", "tail"], "Tail or None");
    // {"AB":"..."} has nine bytes around the value.
    accepted(&["--env", &format!("AB={}", "x".repeat(4087))]);
    refused(&["--env", &format!("AB={}", "x".repeat(4088))], "exceeded the 4KB limit");
}

#[test]
fn events() {
    refused(&["--event", "{"], "the event is not JSON");
    refused(&["--event", "NaN"], "the event is not JSON");
    refused(&["--event", "{}", "--event-file", "-"], "cannot be used with");
    refused(&["--event-file", "/missing/event.json"], "/missing/event.json");
    let folder = tempfile::tempdir().expect("a folder");
    let file = |size: usize| {
        let path = folder.path().join(size.to_string());
        std::fs::write(&path, format!("\"{}\"", "x".repeat(size - 2))).expect("writes");
        path.to_str().expect("a path").to_owned()
    };
    let at = run("echo").arguments(&["--event-file", &file(6_291_456), "--timeout", "60", "--memory-size", "512"]).text();
    assert_eq!((at.stdout.len(), at.status.code()), (6_291_457, Some(0)));
    refused(&["--event-file", &file(6_291_457)], "Request must be smaller than 6291456 bytes");
}

#[test]
fn layers() {
    let layer = zip(&[("python/one.py", "")]);
    let path = layer.path.to_str().expect("a path");
    let five = ["--layer", path].repeat(5);
    accepted(&five);
    let six = ["--layer", path].repeat(6);
    refused(&six, "Cannot reference more than 5 layers");
}

#[test]
fn packages_that_are_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let garbage = folder.path().join("garbage.zip");
    std::fs::write(&garbage, "not a zip").expect("writes");
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).expect("creates");
    for (path, words) in [
        (folder.path().join("missing.zip"), "missing.zip"),
        (garbage, "accepted are a zip file, a folder and a single .py file"),
        (empty, "must be a non-empty zip"),
        (zip(&[("../escape.py", "")]).path.clone(), "escape.py"),
    ] {
        let output = run_package(&path).arguments(&["--handler", "a.b"]).text();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{}: {stderr}", path.display());
        assert!(stderr.contains(words), "{}: {stderr}", path.display());
    }
}

#[test]
fn without_an_interpreter_the_error_says_how_to_build_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let package = crate::common::root().join("tests/handlers/echo.py");
    let output = wasmlam().env("WASMLAM_CACHE", folder.path()).arg("run").arg(&package).output().expect("starts");
    assert_eq!(output.status.code(), Some(70));
    assert!(String::from_utf8_lossy(&output.stderr).contains("`make build`"));
    let output = wasmlam().env("WASMLAM_CACHE", folder.path()).arg("--version").output().expect("starts");
    assert!(String::from_utf8_lossy(&output.stdout).contains("CPython not built yet"));
}
