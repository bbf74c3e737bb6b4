//! One invocation of a hello, in a sandbox of its own: `cargo bench --bench invoke`.
//!
//! The ways of making a sandbox take turns in one run, so that whatever else the machine does hits them alike; "remap",
//! a new mapping of the image for each call, is the control. Quote ratios and medians, not single times.
#![expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "a bench prints times")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmlam::cli::cache_folder;
use wasmlam::function::{Account, Completion, FileTree, FunctionConfig, Invocation, Outcome};
use wasmlam::package::Package;
use wasmlam::sandbox::{Function, FunctionSpec, Interpreter, Reset, SlotOptions, Variant, guest_thread, on_guest_thread};

const ROUNDS: usize = 200;
const CALLS_PER_ROUND: usize = 20;
const EVENT: &[u8] = br#"{"first_name": "Ada", "last_name": "Lovelace"}"#;

fn main() {
    on_guest_thread(measure).expect("a thread");
}

fn measure() {
    let cache = cache_folder();
    let interpreter = Interpreter::open(&cache.join("bundles/python3.13"), &cache, Variant::Clock, Box::new(|_| Box::new(|| {})))
        .expect("build it: make python");
    let mut function = match Function::publish(&interpreter, spec()).expect("no fault of the host") {
        Ok(function) => function,
        Err((outcome, _)) => panic!("{outcome:?}"),
    };
    let ways = [("repair in place", Reset::Repair), ("give pages back", Reset::GiveBack), ("remap (control)", Reset::Remap)];
    let mut whole: [Vec<Duration>; 3] = Default::default();
    let mut restore: [Vec<Duration>; 3] = Default::default();
    let mut handler: [Vec<Duration>; 3] = Default::default();
    let mut reset_times: [Vec<Duration>; 3] = Default::default();
    let mut pages = [None; 3];
    for _ in 0..ROUNDS {
        for (i, (_, reset)) in ways.into_iter().enumerate() {
            function.slot = SlotOptions { reset, verify: false };
            for i_call in 0..CALLS_PER_ROUND {
                let started = Instant::now();
                let completion = call(&function);
                let took = started.elapsed();
                if i_call > 0 {
                    whole[i].push(took);
                    restore[i].extend(completion.usage.restore_duration);
                    reset_times[i].extend(completion.usage.reset.and_then(|reset| reset.duration));
                    pages[i] = completion.usage.reset.and_then(|reset| reset.pages_written).or(pages[i]);
                    handler[i].push(completion.usage.duration);
                }
            }
        }
    }
    let control = percentile(&mut whole[2], 50);
    println!("{} calls each; times in us; ratio of p50 to the control's", ROUNDS * (CALLS_PER_ROUND - 1));
    let titles = ["sandbox", "p50", "p99", "ratio", "restore", "handler", "reset", "pages"];
    println!(
        "{:<18}{:>8}{:>9}{:>7}{:>9}{:>9}{:>9}{:>7}",
        titles[0], titles[1], titles[2], titles[3], titles[4], titles[5], titles[6], titles[7]
    );
    for (i, (name, _)) in ways.into_iter().enumerate() {
        let (p50, p99) = (percentile(&mut whole[i], 50), percentile(&mut whole[i], 99));
        let [restore, handler, reset] = [&mut restore[i], &mut handler[i], &mut reset_times[i]].map(|samples| percentile(samples, 50));
        let pages = pages[i].map_or("-".into(), |pages: u64| pages.to_string());
        println!("{name:<18}{p50:>8.1}{p99:>9.1}{:>7.2}{restore:>9.1}{handler:>9.1}{reset:>9.1}{pages:>7}", p50 / control);
    }
    function.slot = SlotOptions::default();
    publish_times(&interpreter);
    throughput(&function);
    private_memory(&function);
    native_processes();
}

/// Import and image of a function that no run has seen, to the first answer.
fn publish_times(interpreter: &Arc<Interpreter>) {
    let mut samples: Vec<Duration> = (0..20)
        .map(|_| {
            let started = Instant::now();
            let function = Function::publish(interpreter, spec()).expect("no fault of the host").map_err(|(outcome, _)| outcome);
            call(&function.expect("loads"));
            started.elapsed()
        })
        .collect();
    println!("first invocation of a new package: {:.1} ms (p50 of {})", percentile(&mut samples, 50) / 1e3, samples.len());
}

/// Calls per second in rounds of half a second, one thread and two taking turns.
fn throughput(function: &Function) {
    const TIME: Duration = Duration::from_millis(500);
    let round = |threads: usize| -> f64 {
        let started = Instant::now();
        let calls: u64 = std::thread::scope(|scope| {
            let work = || {
                let mut calls = 0;
                while started.elapsed() < TIME {
                    call(function);
                    calls += 1;
                }
                calls
            };
            let threads: Vec<_> = (0..threads).map(|_| guest_thread(scope, work).expect("a thread")).collect();
            threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
        });
        calls as f64 / started.elapsed().as_secs_f64()
    };
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for _ in 0..10 {
        one.push(round(1));
        two.push(round(2));
    }
    one.sort_by(f64::total_cmp);
    two.sort_by(f64::total_cmp);
    println!("per second: {:.0} on one thread, {:.0} on two, {:.2} times as many (medians of 10)", one[5], two[5], two[5] / one[5]);
}

/// Private memory of sandboxes that are all there at once, each after a call, from the kernel's own account.
fn private_memory(function: &Function) {
    const COUNT: u64 = 50;
    let private = || -> u64 {
        let text = std::fs::read_to_string("/proc/self/smaps_rollup").expect("Linux");
        let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok());
        ["Private_Dirty:", "Private_Clean:"].into_iter().map(|name| value(name).unwrap_or(0_u64)).sum()
    };
    call(function);
    let before = private();
    let invocation = Invocation::new(EVENT.to_vec(), None).expect("JSON");
    let sandboxes: Vec<_> = (0..COUNT)
        .map(|_| {
            let mut sandbox = function.sandbox().expect("no fault of the host");
            sandbox.call(&invocation).expect("no fault of the host");
            sandbox
        })
        .collect();
    println!("private memory of an active sandbox: {} KiB (mean of {COUNT})", (private() - before) / COUNT);
    drop(sandboxes);
}

/// The control: a process of the native interpreter for each call, doing the same.
fn native_processes() {
    let script = "import json, sys; e = json.load(sys.stdin); print(json.dumps({'message': 'Hello {} {}!'.format(e['first_name'], e['last_name'])}))";
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let mut samples: Vec<Duration> = (0..50)
        .map(|_| {
            let started = Instant::now();
            let mut child = Command::new(&python)
                .args(["-I", "-S", "-c", script])
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()
                .expect("a native python3, or $PYTHON");
            child.stdin.take().expect("piped").write_all(EVENT).expect("writes");
            assert!(child.wait().expect("ends").success());
            started.elapsed()
        })
        .collect();
    println!("a native process for each call ({python}): {:.0} us (p50 of {})", percentile(&mut samples, 50), samples.len());
}

fn call(function: &Function) -> Completion {
    let invocation = Invocation::new(EVENT.to_vec(), None).expect("JSON");
    let completion = function.call(&invocation).expect("no fault of the host");
    assert_eq!(completion.outcome, Outcome::Returned(br#"{"message": "Hello Ada Lovelace!"}"#.to_vec()));
    completion
}

fn spec() -> FunctionSpec {
    let package = Package::open(Path::new("tests/handlers/hello_python.py")).expect("a package");
    FunctionSpec {
        config: FunctionConfig::new("hello", "hello_python.my_handler".parse().expect("a name"), "python3.13".parse().expect("known")),
        account: Account::default(),
        log_stream: "stream".into(),
        task: package.files,
        opt: Arc::new(FileTree::default()),
        share: None,
    }
}

/// In microseconds.
fn percentile(samples: &mut [Duration], percent: usize) -> f64 {
    samples.sort_unstable();
    samples[(samples.len() - 1) * percent / 100].as_nanos() as f64 / 1e3
}
