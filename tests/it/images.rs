//! Functions that are kept between runs.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::SystemTime;

use serde_json::{Value, json};
use wasmlam::function::iso_time;

use crate::common::{library, run, wasmlam, zip};

/// A cache folder with the interpreter of the real one, and no function in it.
fn cache() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for part in ["bundles", "modules"] {
        symlink(library().home().cache().join(part), folder.path().join(part)).expect("links");
    }
    folder
}

fn go(cache: &Path, package: &Path, arguments: &[&str]) -> Value {
    let output =
        wasmlam().env("WASMLAM_CACHE", cache).arg("run").arg(package).args(["--output", "json"]).args(arguments).output().expect("starts");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

fn kept(cache: &Path) -> usize {
    let output = wasmlam().env("WASMLAM_CACHE", cache).args(["cache", "list"]).output().expect("starts");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8_lossy(&output.stdout).lines().count()
}

fn had_init(document: &Value) -> bool {
    assert_eq!(document["status"], "ok", "{document:#}");
    document["metrics"].get("init_duration_us").is_some()
}

const HANDLER: &str = "import random\nAT_INIT = random.random()\nprint('init speaks')\n\
    def lambda_handler(event, context):\n    return [AT_INIT, random.random(), context.memory_limit_in_mb]\n";

#[test]
fn a_second_run_restores_what_the_first_one_kept() {
    let cache = cache();
    let package = zip(&[("lambda_function.py", HANDLER)]);
    assert_eq!(kept(cache.path()), 0);
    let first = go(cache.path(), &package.path, &[]);
    assert!(had_init(&first) && first["log"].as_str().is_some_and(|log| log.contains("\ninit speaks\n")), "{first:#}");
    assert_eq!(kept(cache.path()), 1);
    let second = go(cache.path(), &package.path, &[]);
    assert!(!had_init(&second) && !second["log"].as_str().is_some_and(|log| log.contains("init speaks")), "{second:#}");
    assert!(second["log"].as_str().is_some_and(|log| log.contains("\tRestore Duration: ")), "{second:#}");
    assert_eq!(first["result"][0], second["result"][0], "the same init");
    assert_ne!(first["result"][1], second["result"][1], "fresh in each call");
    let each = go(cache.path(), &package.path, &["--init", "each"]);
    assert!(had_init(&each));
    assert_ne!(first["result"][0], each["result"][0], "an init of its own");
    assert_eq!(kept(cache.path()), 1);
}

/// A kept image is as old as it is; the environment that is made from it is new.
#[test]
fn every_sandbox_has_a_log_stream_of_its_own_dated_today() {
    let cache = cache();
    let handler = "import os\n\ndef lambda_handler(event, context):\n    return [context.log_stream_name, \
        os.environ['AWS_LAMBDA_LOG_STREAM_NAME'], os.getenv('AWS_LAMBDA_LOG_STREAM_NAME')]\n";
    let package = zip(&[("lambda_function.py", handler)]);
    let today = || iso_time(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after 1970"))[..10].replace('-', "/");
    let mut seen = std::collections::BTreeSet::new();
    for run in 0..3 {
        let before = today();
        let document = go(cache.path(), &package.path, &["--log-format", "JSON"]);
        assert_eq!(had_init(&document), run == 0);
        let records = document["log"].as_str().expect("a log").lines().map(|line| serde_json::from_str::<Value>(line).expect("a record"));
        let instance: Vec<Value> = records.filter_map(|record| record["record"].get("instanceId").cloned()).collect();
        let stream = &document["result"][0];
        assert_eq!(document["result"], json!([stream, stream, stream]));
        assert_eq!(instance, std::slice::from_ref(stream), "{document:#}");
        let date = stream.as_str().expect("text")[..10].to_owned();
        assert!(date == before || date == today(), "{stream}");
        seen.insert(stream.to_string());
    }
    assert_eq!(seen.len(), 3, "one for each sandbox");
}

#[test]
fn whatever_an_init_can_see_is_part_of_the_key() {
    let cache = cache();
    let package = zip(&[("lambda_function.py", HANDLER)]);
    assert!(had_init(&go(cache.path(), &package.path, &[])));
    let layer = zip(&[("python/layer.py", "")]);
    let layer = layer.path.to_str().expect("a path");
    for arguments in [
        &["--memory-size", "256"][..],
        &["--env", "KEY=VALUE"],
        &["--function-name", "other"],
        &["--ephemeral-storage", "513"],
        &["--layer", layer],
        &["--log-format", "JSON"],
        &["--log-format", "JSON", "--application-log-level", "WARN"],
        &["--qualifier", "7"],
        &["--region", "eu-west-1"],
        &["--account-id", "210987654321"],
        &["--allow-net", "localhost"],
        &["--allow-net", "localhost", "--deny-net", "127.0.0.2"],
    ] {
        assert!(had_init(&go(cache.path(), &package.path, arguments)), "{arguments:?}");
        assert!(!had_init(&go(cache.path(), &package.path, arguments)), "{arguments:?}");
    }
    let changed = zip(&[("lambda_function.py", &HANDLER.replace("speaks", "speaks up"))]);
    assert!(had_init(&go(cache.path(), &changed.path, &[])));
    // A limit of the invocation alone is none of the init's.
    for arguments in [["--timeout", "7"], ["--qualifier", "live"], ["--tenant-id", "blue"]] {
        assert!(!had_init(&go(cache.path(), &package.path, &arguments)), "{arguments:?}");
    }
    assert_eq!(kept(cache.path()), 14);
    let output = wasmlam().env("WASMLAM_CACHE", cache.path()).args(["cache", "clear"]).output().expect("starts");
    assert_eq!((output.status.code(), kept(cache.path())), (Some(0), 0));
    assert!(had_init(&go(cache.path(), &package.path, &[])));
}

#[test]
fn an_image_that_is_damaged_is_made_again() {
    let cache = cache();
    let package = zip(&[("lambda_function.py", HANDLER)]);
    assert!(had_init(&go(cache.path(), &package.path, &[])));
    let images = || std::fs::read_dir(cache.path().join("images")).expect("a folder").map(|entry| entry.expect("an entry").path());
    for damage in ["cut", "zeroed", "empty"] {
        for path in images() {
            let mut bytes = std::fs::read(&path).expect("reads");
            if bytes.len() <= 4096 {
                continue; // what stands beside an image
            }
            match damage {
                "cut" => bytes.truncate(bytes.len() / 2),
                "zeroed" => {
                    let at = 4096 + bytes[4096..].iter().rposition(|byte| *byte != 0).expect("something");
                    bytes[at] = 0;
                }
                _ => bytes.clear(),
            }
            std::fs::remove_file(&path).expect("removes");
            std::fs::write(&path, bytes).expect("writes");
        }
        assert!(had_init(&go(cache.path(), &package.path, &[])), "{damage}");
        assert!(!had_init(&go(cache.path(), &package.path, &[])), "{damage}");
    }
}

#[test]
fn two_runs_at_once_do_not_disturb_each_other() {
    let cache = cache();
    let package = zip(&[("lambda_function.py", HANDLER)]);
    let results: Vec<Value> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| go(cache.path(), &package.path, &[]))).collect();
        runs.into_iter().map(|run| run.join().expect("no panic")).collect()
    });
    assert!(results.iter().all(|document| document["status"] == "ok"));
    assert_eq!(kept(cache.path()), 1);
    assert!(!had_init(&go(cache.path(), &package.path, &[])));
}

#[test]
fn what_memory_alone_cannot_bring_back_is_not_kept() {
    // Its init leaves a file in /tmp.
    let left_file = || run("init_writes_tmp").event("1").go();
    for _ in 0..2 {
        let answer = left_file();
        assert_eq!(answer.result()["from_init"], json!("init"));
        assert!(answer.document["metrics"].get("init_duration_us").is_some());
    }
    // A failed init is tried again each time.
    for _ in 0..2 {
        run("init_fails").go().expect("init_error", 3);
    }
}

#[test]
fn what_a_process_left_unfinished_is_gone_after_the_next_run() {
    let cache = cache();
    let package = zip(&[("lambda_function.py", HANDLER)]);
    go(cache.path(), &package.path, &[]);
    let images = cache.path().join("images");
    // As after kill -9 in the middle of writing.
    let unfinished = images.join("writing-abc");
    std::fs::write(&unfinished, "half").expect("writes");
    go(cache.path(), &package.path, &[]);
    assert!(!unfinished.exists());
    std::fs::write(&unfinished, "half").expect("writes");
    assert_eq!(kept(cache.path()), 1, "it is no function");
    assert!(!unfinished.exists());
}

#[test]
fn two_that_clear_at_once_both_succeed() {
    let cache = cache();
    let package = zip(&[("lambda_function.py", HANDLER)]);
    for round in 0..5 {
        for i in 0..4 {
            go(cache.path(), &package.path, &["--env", &format!("AB={round}{i}")]);
        }
        let clear = || wasmlam().env("WASMLAM_CACHE", cache.path()).args(["cache", "clear"]).spawn().expect("starts");
        let both = [clear(), clear()];
        for mut child in both {
            assert_eq!(child.wait().expect("ends").code(), Some(0));
        }
        assert_eq!(kept(cache.path()), 0);
    }
}

#[test]
fn a_cache_that_others_can_write_is_refused_with_what_makes_it_right() {
    use std::os::unix::fs::PermissionsExt;
    let cache = cache();
    let package = zip(&[("lambda_function.py", HANDLER)]);
    go(cache.path(), &package.path, &[]);
    let mode = |path: &Path, mode: u32| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).expect("ours");
    for folder in [cache.path().to_owned(), cache.path().join("images")] {
        mode(&folder, 0o777);
        let output = wasmlam().env("WASMLAM_CACHE", cache.path()).arg("run").arg(&package.path).output().expect("starts");
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(70), "{error}");
        assert!(
            error.contains("can be written by everybody") && error.contains(&format!("chmod -R go-w '{}'", folder.display())),
            "{error}"
        );
        mode(&folder, 0o700);
    }
    // An image that somebody else may have written is made again.
    let image = std::fs::read_dir(cache.path().join("images")).expect("a folder").filter_map(Result::ok);
    let image = image.map(|entry| entry.path()).find(|path| path.to_string_lossy().contains("function-")).expect("kept");
    mode(&image, 0o666);
    assert!(had_init(&go(cache.path(), &package.path, &[])));
    assert!(!had_init(&go(cache.path(), &package.path, &[])));
}
