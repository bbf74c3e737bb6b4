//! Where a sandbox comes from and how long it lives, and what is the same each time.

use std::process::Output;

use serde_json::{Value, json};
use wasmlam::function::Outcome;
use wasmlam::runner::{CpuModel, DeployRequest};
use wasmlam::sandbox::on_guest_thread;

use crate::common::{deploy, invoke, request, root, run};

/// Runs `tests/handlers/<handler>.py` on these events.
fn events(handler: &str, events: &str, arguments: &[&str]) -> Output {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), events).expect("writes");
    run(handler).arguments(&["--events", file.path().to_str().expect("a path")]).arguments(arguments).text()
}

fn documents(output: &Output) -> Vec<Value> {
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("a document")).collect()
}

fn results(output: &Output, member: &str) -> Vec<Value> {
    documents(output).iter().map(|document| document["result"][member].clone()).collect()
}

#[test]
fn a_sandbox_that_is_used_again_keeps_globals_and_tmp_until_it_ends() {
    let output = events("warm", "1\n2\n\"raise\"\n4\n\"hang\"\n6\n7\n", &["--reuse", "--timeout", "3"]);
    let documents = documents(&output);
    let seen: Vec<_> =
        documents.iter().map(|document| (&document["status"], &document["result"]["calls"], &document["result"]["tmp"])).collect();
    let none = Value::Null;
    let (ok, n) = (json!("ok"), |n: u64| json!(n));
    assert_eq!(
        seen,
        [
            (&ok, &n(1), &n(1)),
            (&ok, &n(2), &n(2)),
            (&json!("function_error"), &none, &none),
            (&ok, &n(4), &n(4)),
            (&json!("timeout"), &none, &none),
            (&ok, &n(1), &n(1)),
            (&ok, &n(2), &n(2)),
        ]
    );
    assert!(documents.iter().all(|document| document["mode"] == "reuse"));
    let ids: std::collections::BTreeSet<_> = documents.iter().map(|document| document["request_id"].as_str()).collect();
    assert_eq!(ids.len(), 7, "each call has its own");
    assert!(documents[1]["metrics"].get("restore_duration_us").is_none(), "a warm call waits for nothing: {:#}", documents[1]);
    let monotonic: Vec<_> = results(&output, "monotonic").iter().filter_map(Value::as_f64).collect();
    assert!(monotonic[..3].is_sorted(), "{monotonic:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("\tMode: reuse"), "{output:?}");
}

#[test]
fn without_reuse_every_call_starts_anew_with_or_without_an_init() {
    for (mode, inits) in [("snapshot", 0..=1), ("each", 3..=3)] {
        let output = events("warm", "1\n2\n3\n", &["--init", mode]);
        assert_eq!((results(&output, "calls"), results(&output, "tmp")), (vec![json!(1); 3], vec![json!(1); 3]), "{mode}");
        let documents = documents(&output);
        assert!(documents.iter().all(|document| document["mode"] == mode));
        let had_init = documents.iter().filter(|document| document["metrics"].get("init_duration_us").is_some()).count();
        assert!(inits.contains(&had_init), "{mode}: {had_init}");
    }
    let both = events("warm", "1\n2\n", &["--init", "each", "--reuse"]);
    assert_eq!(results(&both, "calls"), [json!(1), json!(2)]);
}

#[test]
fn what_an_init_leaves_open_is_named_and_the_function_runs_without_a_snapshot() {
    let output = events("leaves_open", "1\n2\n", &[]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        told.contains("wasmlam: warning: the init left /tmp/app.log (descriptor 4) open: the function runs without a snapshot"),
        "{told}"
    );
    for document in documents(&output) {
        assert_eq!((&document["status"], &document["mode"], &document["result"]), (&json!("ok"), &json!("each"), &json!(1)));
        assert!(document["metrics"].get("init_duration_us").is_some());
    }
}

#[test]
fn a_deterministic_run_gives_the_same_bytes_each_time() {
    let go = |arguments: &[&str]| events("warm", &"{}\n".repeat(100), &[&["--deterministic", "--timeout", "3"], arguments].concat());
    go(&[]); // may say that it compiles or boots the interpreter, once on a machine
    let first = go(&[]);
    for again in [go(&[]), go(&[])] {
        assert!(first.stdout == again.stdout && first.stderr == again.stderr, "{first:?}\n{again:?}");
    }
    let fuel = |output: &Output| -> std::collections::BTreeSet<u64> {
        documents(output).iter().filter_map(|document| document["metrics"]["fuel_used"].as_u64()).collect()
    };
    let used = fuel(&first);
    assert_eq!(used.len(), 1, "a hundred runs, one number: {used:?}");
    // In another order of things, on other threads, too.
    assert_eq!(fuel(&go(&["--concurrency", "3"])), used);
    let all = documents(&first);
    assert!(all.iter().all(|document| document["result"] == all[0]["result"]));
    assert_eq!(all[0]["result"]["request_id"], "00000000-0000-4000-8000-000000000000");
    let left = all[0]["result"]["left_ms"].as_u64();
    assert!(left.is_some_and(|left| (2990..=3000).contains(&left)), "its clock has hardly moved: {left:?}");
    // A clock that was really looked at, and entropy that is not one constant.
    assert_ne!(all[0]["result"]["uuid"], all[0]["result"]["urandom"]);
    assert!(all[0]["result"]["wall"].as_f64().is_some_and(|wall| (1_767_225_600.0..1_767_225_610.0).contains(&wall)), "{:#}", all[0]);
}

#[test]
fn generators_that_nobody_drew_from_differ_in_every_sandbox() {
    let output = events("generators", "1\n2\n3\n", &[]);
    for (member, different) in [("made", 3), ("cleared", 3), ("hidden", 3), ("gauss", 3), ("drawn_from", 1)] {
        let seen: std::collections::BTreeSet<String> = results(&output, member).iter().map(Value::to_string).collect();
        assert_eq!(seen.len(), different, "{member}: {seen:?}");
    }
    assert_eq!(results(&output, "seeded"), vec![json!(true); 3]);
    assert_eq!(results(&output, "copy"), vec![json!(true); 3]);
    // The index that CPython has after seeding, which setstate() takes: not the mark of a generator that is yet to be seeded.
    assert_eq!(results(&output, "state"), vec![json!(624); 3]);
}

#[test]
fn counted_time_passes_in_sleep_and_ends_a_call() {
    let before = std::time::Instant::now();
    let slept = run("warm").event("\"sleep\"").arguments(&["--deterministic", "--timeout", "900"]).go();
    assert!(before.elapsed() < std::time::Duration::from_secs(600), "nobody really slept");
    let left = slept.document["result"]["left_ms"].as_u64();
    assert!(left.is_some_and(|left| (299_990..=300_000).contains(&left)), "{:#}", slept.document);
    let twice = || run("warm").event("\"hang\"").arguments(&["--deterministic", "--timeout", "0.2"]).go().document;
    let hang = twice();
    assert_eq!((&hang["status"], &hang["metrics"]["duration_us"]), (&json!("timeout"), &json!(200_000)));
    assert_eq!(hang, twice());
    let fuel = run("warm").event("\"hang\"").arguments(&["--deterministic", "--fuel", "1000000"]).go().document;
    assert_eq!((&fuel["status"], &fuel["metrics"]["fuel_used"]), (&json!("out_of_fuel"), &json!(1_000_000)));
}

#[test]
fn resets_are_verified_where_it_is_asked_for() {
    let output = events("warm", "1\n2\n\"hang\"\n", &["--verify-reset", "--timeout", "3"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        told.contains("verify-reset: the memory of 2 of 3 ended sandboxes was compared with its image, without a difference"),
        "{told}"
    );
}

/// The share is a bound on CPU time, so the wall time of the same work grows by its inverse: 13.8 at 128 MB.
#[test]
fn a_small_function_computes_at_its_share() {
    let took = |arguments: &[&str]| {
        let document = run("computes").arguments(&[&["--timeout", "60"], arguments].concat()).go().document;
        assert_eq!(document["status"], "ok", "{document:#}");
        document["metrics"]["duration_us"].as_u64().expect("measured")
    };
    // It computes for more than 15 ms on any machine, which at this share take more than 200.
    let paced = took(&["--cpu-model", "lambda"]);
    assert!(paced > 200_000, "{paced} us at the share of 128 MB");
    took(&["--cpu-model", "lambda", "--memory-size", "1769"]);
    let late = run("computes").arguments(&["--cpu-model", "lambda", "--timeout", "0.1"]).go();
    assert_eq!(late.document["status"], "timeout", "as on AWS");
}

/// A kernel that maps or protects memory stops every core of the process, so a warm call must not ask for it: on this
/// thread such system calls fail from here on, and each call must still succeed. Page faults are counted.
#[test]
fn a_warm_call_maps_nothing_and_has_no_page_fault() {
    on_guest_thread(|| {
        let deployment = deploy(request("echo"));
        let call = || {
            let completion = invoke(&deployment, "{\"k\": 1}");
            assert_eq!(completion.outcome, Outcome::Returned(b"{\"k\": 1}".to_vec()));
            completion.usage.reset.and_then(|reset| reset.pages_written).expect("repaired in place")
        };
        on_guest_thread(|| count_faults(&call)).expect("a thread");
    })
    .expect("a thread");
}

/// On a thread of its own, because it cannot be ended properly after this: that would unmap.
fn count_faults(call: &(dyn Fn() -> u64 + Sync)) {
    for _ in 0..50 {
        call();
    }
    // An image that is used again and again gets a memory of its own, on a thread of this name; slots are mapped from it once.
    let is_made = || {
        let tasks = std::fs::read_dir("/proc/self/task").expect("Linux").flatten();
        tasks.map(|task| std::fs::read_to_string(task.path().join("comm")).unwrap_or_default()).all(|name| name.trim_end() != "image")
    };
    while !is_made() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    for _ in 0..50 {
        call();
    }
    forbid_mapping();
    // What malloc took from a mapping before, it takes from the heap now, whose pages are new.
    for _ in 0..50 {
        call();
    }
    let faults = || {
        let stat = std::fs::read_to_string("/proc/thread-self/stat").expect("Linux");
        stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(7)?.parse::<u64>().ok()).expect("minor faults")
    };
    faults();
    let before = faults();
    let pages: std::collections::BTreeSet<u64> = (0..1000).map(|_| call()).collect();
    let taken = faults() - before;
    assert!(taken <= 20, "{taken} page faults in 1000 calls");
    assert!(pages.iter().all(|pages| *pages <= 110), "pages written: {pages:?}");
}

/// `mmap`, `munmap`, `mprotect`, `mremap` and `madvise` fail on this thread.
fn forbid_mapping() {
    use seccompiler::{SeccompAction, SeccompFilter, apply_filter};
    let calls = [libc::SYS_mmap, libc::SYS_munmap, libc::SYS_mprotect, libc::SYS_mremap, libc::SYS_madvise];
    let rules = calls.map(|call| (call, Vec::new())).into();
    let refuse = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let arch = std::env::consts::ARCH.try_into().expect("known");
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch).expect("a filter");
    let program: seccompiler::BpfProgram = filter.try_into().expect("compiles");
    apply_filter(&program).expect("applies");
    assert!(mapping_fails(), "the filter works");
}

fn mapping_fails() -> bool {
    // A thread needs a stack, which is mapped.
    std::thread::Builder::new().stack_size(77 << 20).spawn(|| {}).is_err()
}

/// Calls of the CPU share take the share's part of the wall time, whatever the machine does besides.
#[test]
fn a_share_is_kept_in_cpu_time() {
    on_guest_thread(|| {
        let mut request = DeployRequest { cpu: CpuModel::Lambda, ..request("computes") };
        request.config.memory_size = "512".parse().expect("in bounds");
        request.config.timeout = "60".parse().expect("in bounds");
        let deployment = deploy(request);
        let cpu = || -> f64 {
            let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
            stat.split_whitespace().next().and_then(|ns| ns.parse::<f64>().ok()).expect("a number") / 1e9
        };
        let (mut used, mut wall) = (0.0, 0.0);
        for _ in 0..8 {
            let before = cpu();
            wall += invoke(&deployment, "{}").usage.duration.as_secs_f64();
            used += cpu() - before;
        }
        let (share, want) = (used / wall, 512.0 / 1769.0);
        // A call may begin with a whole quota and end before it has paid what it owes.
        assert!(share < want * 1.25, "{share:.3} of a vCPU, {want:.3} is the share");
    })
    .expect("a thread");
}

/// Fuel of the kernels of `benches/kernels.py`: a change of the interpreter's build, of the runtime or of the standard
/// library that makes Python code dearer shows here, on every machine alike. To record: `WASMLAM_RECORD=1 cargo test kernels`.
#[test]
fn kernels_take_the_fuel_they_took() {
    let path = root().join("tests/kernel_fuel.json");
    let package = root().join("benches/kernels.py");
    let recorded: std::collections::BTreeMap<String, u64> =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap_or_else(|_| "{}".into())).expect("numbers by name");
    let names = ["fib(27)", "integer loop", "n-body", "dict and str", "json", "re", "sort", "sha256", "attributes and calls", "exceptions"];
    let mut measured = std::collections::BTreeMap::new();
    for name in names {
        let event = json!({"kernel": name}).to_string();
        let arguments = ["--handler", "kernels.handler", "--deterministic", "--timeout", "900", "--memory-size", "512", "--event", &event];
        let document = crate::common::run_package(&package).arguments(&arguments).go().document;
        assert_eq!(document["status"], "ok", "{name}: {document:#}");
        measured.insert(name.to_owned(), document["metrics"]["fuel_used"].as_u64().expect("counted"));
    }
    if std::env::var_os("WASMLAM_RECORD").is_some() {
        std::fs::write(&path, serde_json::to_string_pretty(&measured).expect("JSON") + "\n").expect("writes");
        return;
    }
    for (name, fuel) in &measured {
        let before = *recorded.get(name).unwrap_or(&0);
        #[expect(clippy::cast_precision_loss, reason = "a ratio")]
        let change = *fuel as f64 / before as f64 - 1.0;
        assert!(change.abs() <= 0.03, "{name}: {fuel} operators, {before} recorded: {:+.1} %", change * 100.0);
    }
}
