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

use wasmlam::Runner;
use wasmlam::function::{Completion, FunctionConfig, Invocation, Outcome};
use wasmlam::package::Package;
use wasmlam::runner::{DeployRequest, Deployment, Options};
use wasmlam::sandbox::{Function, Reset, SlotOptions, guest_thread, on_guest_thread};

const ROUNDS: usize = 200;
const CALLS_PER_ROUND: usize = 20;
const EVENT: &[u8] = br#"{"first_name": "Ada", "last_name": "Lovelace"}"#;

fn main() {
    on_guest_thread(measure).expect("a thread");
}

fn measure() {
    let runner = Runner::from_environment();
    let ways = [("repair in place", Reset::Repair), ("give pages back", Reset::GiveBack), ("remap (control)", Reset::Remap)];
    let deployments = ways.map(|(_, reset)| {
        let slot = SlotOptions { reset, verify: false };
        runner.deploy(DeployRequest { options: Options { slot, ..Options::default() }, ..request("hello") }).expect("build it: make python")
    });
    let mut whole: [Vec<Duration>; 3] = Default::default();
    let mut restore: [Vec<Duration>; 3] = Default::default();
    let mut handler: [Vec<Duration>; 3] = Default::default();
    let mut reset_times: [Vec<Duration>; 3] = Default::default();
    let mut pages = [None; 3];
    for _ in 0..ROUNDS {
        for (i, deployment) in deployments.iter().enumerate() {
            for i_call in 0..CALLS_PER_ROUND {
                let started = Instant::now();
                let completion = call(deployment);
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
    publish_times(&runner);
    throughput(&deployments[0]);
    many_functions(&runner);
    private_memory(&runner);
    native_processes();
}

/// Import and image of a function that no run has seen, to the first answer.
fn publish_times(runner: &Runner) {
    let mut samples: Vec<Duration> = (0..20)
        .map(|_| {
            let started = Instant::now();
            call(&runner.deploy(request("hello")).expect("no fault of the host"));
            started.elapsed()
        })
        .collect();
    println!("first invocation of a new package: {:.1} ms (p50 of {})", percentile(&mut samples, 50) / 1e3, samples.len());
}

/// Functions that a server calls in turn.
const MANY: usize = 100;

/// One function against many called in turn, each a deployment of its own with an image of its own, on one thread and through
/// the pool's threads from a thread that runs no guests. They take turns in rounds.
fn many_functions(runner: &Runner) {
    let deployments: Vec<Deployment> =
        (0..MANY).map(|i| runner.deploy(request(&format!("hello-{i}"))).expect("no fault of the host")).collect();
    let mut samples: [[Vec<Duration>; 2]; 2] = Default::default();
    let round = |one: &mut Vec<Duration>, many: &mut Vec<Duration>| {
        for _ in 0..20 {
            let turns = std::iter::repeat_n(&deployments[0], MANY).map(|function| (function, false));
            for (function, is_one_of_many) in turns.chain(deployments.iter().map(|function| (function, true))) {
                let started = Instant::now();
                call(function);
                if is_one_of_many { &mut *many } else { &mut *one }.push(started.elapsed());
            }
        }
    };
    for _ in 0..3 {
        let [[one_here, many_here], [one_there, many_there]] = &mut samples;
        round(one_here, many_here);
        std::thread::scope(|scope| {
            scope.spawn(|| round(one_there, many_there));
        });
    }
    for ([one, many], place) in samples.iter_mut().zip(["on a guest thread", "through the pool"]) {
        let [(one50, one99), (many50, many99)] = [one, many].map(|samples| (percentile(samples, 50), percentile(samples, 99)));
        println!(
            "{place}: one function p50 {one50:.1} us, p99 {one99:.1}; {MANY} in turn p50 {many50:.1}, p99 {many99:.1}; ratio of p50 {:.2}",
            many50 / one50
        );
    }
}

/// Calls per second in rounds of half a second, one thread and two taking turns.
fn throughput(function: &Deployment) {
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
fn private_memory(runner: &Runner) {
    const COUNT: u64 = 50;
    let private = || -> u64 {
        let text = std::fs::read_to_string("/proc/self/smaps_rollup").expect("Linux");
        let value = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok());
        ["Private_Dirty:", "Private_Clean:"].into_iter().map(|name| value(name).unwrap_or(0_u64)).sum()
    };
    let prepared = runner.prepare(&request("hello")).expect("no fault of the host");
    let (interpreter, spec) = prepared.parts();
    let function = Function::publish(interpreter, Arc::clone(spec)).expect("publishes");
    let invocation = Invocation::new(EVENT.to_vec(), None).expect("JSON");
    function.sandbox().and_then(|mut sandbox| sandbox.call(&invocation)).expect("no fault of the host");
    let before = private();
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

fn call(deployment: &Deployment) -> Completion {
    let invocation = Invocation::new(EVENT.to_vec(), None).expect("JSON");
    let completion = deployment.invoke(invocation).expect("no fault of the host");
    assert_eq!(completion.outcome, Outcome::Returned(br#"{"message": "Hello Ada Lovelace!"}"#.to_vec()));
    completion
}

fn request(name: &str) -> DeployRequest {
    let package = Package::open(Path::new("tests/handlers/hello_python.py")).expect("a package");
    let (name, handler, runtime) = (name.parse(), "hello_python.my_handler".parse(), "python3.13".parse());
    let config = FunctionConfig::new(name.expect("a name"), handler.expect("a name"), runtime.expect("known"));
    DeployRequest { keep_image: false, ..DeployRequest::new(package, config) }
}

/// In microseconds.
fn percentile(samples: &mut [Duration], percent: usize) -> f64 {
    samples.sort_unstable();
    samples[(samples.len() - 1) * percent / 100].as_nanos() as f64 / 1e3
}
