//! Through the library: many calls of one function, and what the program is told about itself.

use wasmlam::function::{Fuel, Invocation, Outcome};
use wasmlam::runner::{DeployRequest, Deployment, Options};
use wasmlam::sandbox::{Reset, SlotOptions, Variant, on_guest_thread};

use crate::common::{deploy, invoke, library, request};

#[test]
fn a_thousand_calls_are_all_alike_and_leave_nothing_open() {
    on_guest_thread(|| {
        let mut worker = deploy(request("echo")).worker();
        let descriptors = || std::fs::read_dir("/proc/self/fd").expect("a folder").count();
        let mappings = || std::fs::read_to_string("/proc/self/maps").expect("text").lines().count();
        let mut before = (0, 0);
        for i in 0..1000 {
            let invocation = Invocation::new(format!("{{\"n\": {i}}}").into_bytes(), None).expect("JSON");
            let completion = worker.invoke(&invocation).expect("no fault of the host");
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
    let prepared = library().prepare(&request("echo")).expect("no fault of the host");
    let error = prepared.publish().err().expect("refused");
    assert!(error.to_string().contains("on_guest_thread"), "{error}");
}

/// What a server does: many functions, called from threads of its own, more at the same time than there are cores.
#[test]
fn functions_are_called_from_any_thread() {
    let deployments: Vec<Deployment> = (0..5)
        .map(|i| {
            let mut request = request("environment");
            request.config.name = format!("f{i}").parse().expect("a name");
            deploy(request)
        })
        .collect();
    std::thread::scope(|scope| {
        for thread in 0..16 {
            let deployments = &deployments;
            scope.spawn(move || {
                for i in (0..10).map(|call| (thread + call) % 5) {
                    let completion = invoke(&deployments[i], "{}");
                    let text = String::from_utf8_lossy(completion.outcome.result().expect("a result")).into_owned();
                    assert!(text.contains(&format!("\"AWS_LAMBDA_FUNCTION_NAME\": \"f{i}\"")), "{text}");
                    assert!(text.contains(&format!("\"AWS_LAMBDA_LOG_STREAM_NAME\": \"{}\"", completion.log_stream.as_str())), "{text}");
                    assert!(completion.usage.reset.is_some_and(|reset| reset.pages_written.is_some()), "repaired in place");
                }
            });
        }
    });
    // And without a thread that waits.
    let (sender, receiver) = std::sync::mpsc::channel();
    for deployment in &deployments {
        let sender = sender.clone();
        let invocation = Invocation::new(b"{}".to_vec(), None).expect("JSON");
        deployment.invoke_with(invocation, move |completion| sender.send(completion).expect("the test listens")).expect("a thread");
    }
    drop(sender);
    let ended = receiver.iter().map(|completion| completion.expect("no fault of the host").outcome.status()).collect::<Vec<_>>();
    assert_eq!(ended, ["ok"; 5]);
}

/// Calls that change everything they can reach, that end in every way and are killed at odd moments, and after each one
/// a call that looks for what is left. Every slot that is used again is compared with its image, byte for byte
/// (`verify`: a difference ends the process).
fn mischief(rounds: u64, variant: Variant, reset: Reset) -> u64 {
    on_guest_thread(|| {
        let mut calls = 0;
        {
            let slot = SlotOptions { reset, verify: true };
            let publish = |handler: &str, limit: Option<u64>, timeout: &str| {
                let mut request = request(handler);
                request.config.timeout = timeout.parse().expect("in bounds");
                request.config.fuel = limit.map(|limit| Fuel::new(limit).expect("in bounds"));
                deploy(DeployRequest { options: Options { slot, ..Options::default() }, ..request })
            };
            // Every one in the same variant; this is as good as no limit.
            let counted = (variant == Variant::Fuel).then_some(u64::MAX);
            // The same function with short limits: killed wherever it happens to be.
            let whole = publish("mischief", counted, "20");
            let hurried: Vec<Deployment> = match variant {
                Variant::Clock => ["0.001", "0.003", "0.007"].map(|timeout| publish("mischief", None, timeout)).into(),
                Variant::Fuel | Variant::Deterministic => {
                    [50_000, 333_333, 2_000_003].map(|fuel| publish("mischief", Some(fuel), "20")).into()
                }
            };
            let call = |function: &Deployment, event: &str| invoke(function, event).outcome;
            // Another function, whose image is another one: it takes turns on the same thread.
            let other = publish("echo", counted, "20");
            let mut statuses = std::collections::BTreeMap::<&str, u32>::new();
            let mut call_and_check = |function: &Deployment, event: &str| {
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
