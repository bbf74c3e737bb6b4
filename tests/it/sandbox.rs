//! Through the library: many calls of one function, and what the program is told about itself.

use std::sync::Arc;

use wasmlam::cli::cache_folder as cache;
use wasmlam::function::{Account, FileTree, Fuel, FunctionConfig, Invocation, Outcome};
use wasmlam::package::Package;
use wasmlam::runner::{Invoker, Options};
use wasmlam::sandbox::{Function, FunctionSpec, Interpreter, Reset, SlotOptions, Variant, on_guest_thread};

use crate::common::root;

pub(crate) fn spec(name: &str) -> FunctionSpec {
    let package = Package::open(&root().join("tests/handlers").join(format!("{name}.py"))).expect("a package");
    FunctionSpec {
        config: FunctionConfig::new(name, format!("{name}.handler").parse().expect("a name"), "python3.13".parse().expect("known")),
        account: Account::default(),
        log_stream: "stream".into(),
        task: package.files,
        opt: Arc::new(FileTree::default()),
        share: None,
    }
}

#[test]
fn a_thousand_calls_are_all_alike_and_leave_nothing_open() {
    on_guest_thread(|| {
        let interpreter = Interpreter::open(&cache().join("bundles/python3.13"), &cache(), Variant::Clock, Box::new(|_| Box::new(|| {})))
            .expect("an interpreter");
        let invoker = Invoker::publish(&interpreter, spec("echo"), Options::default(), None).expect("publishes");
        let mut worker = invoker.worker();
        let descriptors = || std::fs::read_dir("/proc/self/fd").expect("a folder").count();
        let mappings = || std::fs::read_to_string("/proc/self/maps").expect("text").lines().count();
        let mut before = (0, 0);
        for i in 0..1000 {
            let invocation = Invocation::new(format!("{{\"n\": {i}}}").into_bytes(), None).expect("JSON");
            let completion = worker.invoke(&invocation, i == 0).expect("no fault of the host");
            assert_eq!(completion.outcome, Outcome::Returned(format!("{{\"n\": {i}}}").into_bytes()));
            if i == 10 {
                before = (descriptors(), mappings());
            }
        }
        // Other tests of this process open files of their own, so only a leak per call would show.
        assert!(descriptors() < before.0 + 100 && mappings() < before.1 + 100, "{before:?}");
    })
    .expect("a thread");
}

#[test]
fn guests_need_the_thread_that_is_made_for_them() {
    let error = Interpreter::open(&cache().join("bundles/python3.13"), &cache(), Variant::Clock, Box::new(|_| Box::new(|| {})))
        .and_then(|interpreter| Invoker::publish(&interpreter, spec("echo"), Options::default(), None))
        .err()
        .expect("refused");
    assert!(error.to_string().contains("on_guest_thread"), "{error}");
}

/// Calls that change everything they can reach, that end in every way and are killed at odd moments, and after each one
/// a call that looks for what is left. Every slot that is used again is compared with its image, byte for byte
/// (`verify`: a difference ends the process).
fn mischief(rounds: u64, variant: Variant, reset: Reset) -> u64 {
    on_guest_thread(|| {
        let cache = cache();
        let mut calls = 0;
        {
            let interpreter = Interpreter::open(&cache.join("bundles/python3.13"), &cache, variant, Box::new(|_| Box::new(|| {})))
                .expect("an interpreter");
            let publish = |limit: Option<u64>, timeout: &str| {
                let mut spec = spec("mischief");
                spec.config.timeout = timeout.parse().expect("in bounds");
                spec.config.fuel = limit.map(|limit| Fuel::new(limit).expect("in bounds"));
                let mut function =
                    Function::publish(&interpreter, spec).expect("no fault of the host").map_err(|(outcome, _)| outcome).expect("loads");
                function.slot = SlotOptions { reset, verify: true };
                function
            };
            // The same function with short limits: killed wherever it happens to be.
            let whole = publish(None, "20");
            let hurried: Vec<Function> = match variant {
                Variant::Clock => ["0.001", "0.003", "0.007"].map(|timeout| publish(None, timeout)).into(),
                Variant::Fuel | Variant::Deterministic => [50_000, 333_333, 2_000_003].map(|fuel| publish(Some(fuel), "20")).into(),
            };
            let call = |function: &Function, event: &str| {
                let invocation = Invocation::new(event.into(), None).expect("JSON");
                function.call(&invocation).expect("no fault of the host").outcome
            };
            // Another function, whose image is another one: it takes turns on the same thread.
            let other = Function::publish(&interpreter, spec("echo")).expect("no fault of the host").map_err(|(outcome, _)| outcome);
            let mut other = other.expect("loads");
            other.slot = SlotOptions { reset, verify: true };
            let mut statuses = std::collections::BTreeMap::<&str, u32>::new();
            let mut call_and_check = |function: &Function, event: &str| {
                *statuses.entry(call(function, event).status()).or_default() += 1;
                assert_eq!(call(&other, "[1]"), Outcome::Returned(b"[1]".to_vec()), "after {event}");
                calls += 3;
                assert_eq!(call(&whole, r#"{"do": "check"}"#), Outcome::Returned(b"[]".to_vec()), "after {event}");
            };
            for round in 0..rounds {
                for event in [
                    r#"{"do": "canary", "bytes": 100000}"#,
                    r#"{"do": "canary", "bytes": 60000000}"#,
                    r#"{"do": "grow"}"#,
                    r#"{"do": "patch"}"#,
                    r#"{"do": "streams"}"#,
                    r#"{"do": "files"}"#,
                    r#"{"do": "leave", "status": 3}"#,
                    r#"{"do": "leave", "status": 0}"#,
                    r#"{"do": "blow"}"#,
                    r#"{"do": "settings"}"#,
                    r#"{"do": "spin"}"#,
                    r#"{"do": "hang"}"#,
                ] {
                    // What does not end by itself is for the hurried ones only; the heavy ones now and then.
                    let endless = event.contains("spin") || event.contains("hang");
                    let heavy = event.contains("60000000") || event.contains("grow");
                    if !endless && (!heavy || round % 10 == 0) {
                        call_and_check(&whole, event);
                    }
                    // Nothing hurries a sleep that only fuel could end.
                    if variant == Variant::Clock || !event.contains("hang") {
                        hurried.iter().for_each(|function| call_and_check(function, event));
                    }
                }
            }
            let ended_by = if variant == Variant::Fuel { "out_of_fuel" } else { "timeout" };
            for status in ["ok", "function_error", "exited", ended_by] {
                assert!(statuses.contains_key(status), "{variant:?}: {statuses:?}");
            }
        }
        calls
    })
    .expect("a thread")
}

const WAYS: [(Variant, Reset); 3] = [(Variant::Clock, Reset::Repair), (Variant::Clock, Reset::GiveBack), (Variant::Fuel, Reset::Repair)];

#[test]
fn nothing_leaks_from_one_call_to_the_next() {
    let calls: u64 = WAYS.into_iter().map(|(variant, reset)| mischief(11, variant, reset)).sum();
    assert!(calls > 3000, "{calls}");
}

/// `make test-slow`: a quarter of an hour on two cores.
#[test]
#[ignore = "a hundred thousand calls"]
fn nothing_leaks_in_a_hundred_thousand_calls() {
    let calls: u64 = std::thread::scope(|scope| {
        let threads = WAYS.map(|(variant, reset)| scope.spawn(move || mischief(320, variant, reset)));
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    });
    assert!(calls >= 100_000, "{calls}");
}
