//! One invocation of a hello, in a sandbox of its own: `cargo bench --bench invoke`.
//!
//! The ways of making a sandbox take turns in one run, so that whatever else the machine does hits them alike; "remap",
//! a new mapping of the image for each call, is the control. Quote ratios and medians, not single times.
#![expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "a bench prints times")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmlam::cli::cache_folder;
use wasmlam::function::{Account, FileTree, FunctionConfig, Invocation, Outcome};
use wasmlam::package::Package;
use wasmlam::sandbox::{Function, FunctionSpec, Interpreter, Reset, SlotOptions, Variant, on_guest_thread};

const ROUNDS: usize = 200;
const CALLS_PER_ROUND: usize = 20;

fn main() {
    on_guest_thread(measure).expect("a thread");
}

fn measure() {
    let cache = cache_folder();
    let interpreter =
        Interpreter::open(&cache.join("bundles/python3.13"), &cache, Variant::Clock, Box::new(|_| {})).expect("build it: make python");
    let package = Package::open(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/handlers/hello_python.py")).expect("a package");
    let spec = FunctionSpec {
        config: FunctionConfig::new("hello", "hello_python.my_handler".parse().expect("a name"), "python3.13".parse().expect("known")),
        account: Account::default(),
        log_stream: "stream".into(),
        task: package.files,
        opt: Arc::new(FileTree::default()),
    };
    let mut function = match Function::publish(&interpreter, spec).expect("no fault of the host") {
        Ok(function) => function,
        Err((outcome, _)) => panic!("{outcome:?}"),
    };
    let ways = [("repair in place", Reset::Repair), ("give pages back", Reset::GiveBack), ("remap (control)", Reset::Remap)];
    let mut whole: [Vec<Duration>; 3] = Default::default();
    let mut restore: [Vec<Duration>; 3] = Default::default();
    let mut handler: [Vec<Duration>; 3] = Default::default();
    for _ in 0..ROUNDS {
        for (i, (_, reset)) in ways.into_iter().enumerate() {
            function.slot = SlotOptions { reset, verify: false };
            for call in 0..CALLS_PER_ROUND {
                let invocation = Invocation::new(br#"{"first_name": "Ada", "last_name": "Lovelace"}"#.to_vec(), None).expect("JSON");
                let started = Instant::now();
                let completion = function.call(&invocation).expect("no fault of the host");
                let took = started.elapsed();
                assert_eq!(completion.outcome, Outcome::Returned(br#"{"message": "Hello Ada Lovelace!"}"#.to_vec()));
                if call > 0 {
                    whole[i].push(took);
                    restore[i].push(completion.usage.restore_duration);
                    handler[i].push(completion.usage.duration);
                }
            }
        }
    }
    let control = percentile(&mut whole[2], 50);
    println!(
        "{:<18} {:>9} {:>9} {:>12} {:>12} {:>9}   (us, {} calls each)",
        "sandbox",
        "p50",
        "p99",
        "restore p50",
        "handler p50",
        "ratio",
        ROUNDS * (CALLS_PER_ROUND - 1)
    );
    for (i, (name, _)) in ways.into_iter().enumerate() {
        let (p50, p99) = (percentile(&mut whole[i], 50), percentile(&mut whole[i], 99));
        let (restore, handler) = (percentile(&mut restore[i], 50), percentile(&mut handler[i], 50));
        println!("{name:<18} {p50:>9.1} {p99:>9.1} {restore:>12.1} {handler:>12.1} {:>9.2}", p50 / control);
    }
}

/// In microseconds.
fn percentile(samples: &mut [Duration], percent: usize) -> f64 {
    samples.sort_unstable();
    samples[(samples.len() - 1) * percent / 100].as_nanos() as f64 / 1e3
}
