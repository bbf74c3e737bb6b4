//! How long a guest goes on after its deadline: `cargo bench --bench overrun`.
//!
//! Each of the attacks in `tests/hostile/late.py` makes the host do long work again and again, so that its deadline falls into
//! it; "a plain loop", which the epoch alone ends, is the control and takes turns with them. What is printed is the
//! duration of the call less its timeout. `OVERRUN_RUNS` is how often each is run, 20 if nothing is said.
#![expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "a bench prints times")]

use std::path::Path;
use std::time::Duration;

use wasmlam::Runner;
use wasmlam::function::{FunctionConfig, Invocation, Outcome};
use wasmlam::package::Package;
use wasmlam::runner::{DeployRequest, Deployment};
use wasmlam::sandbox::on_guest_thread;

/// MB, and the milliseconds that 99 of 100 must stay below.
const SIZES: [(&str, f64); 2] = [("512", 20.0), ("10240", 50.0)];
const CONTROL: &str = "plain";
const ATTACKS: [&str; 11] = [
    "fill",
    "fill_with_something",
    "copy",
    "move_over_itself",
    "long_path",
    "long_link",
    "names",
    "truncate",
    "random_bytes",
    "read_zeroes",
    "log",
];

fn main() {
    on_guest_thread(measure).expect("a thread");
}

fn measure() {
    let runs: u64 = std::env::var("OVERRUN_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(20);
    let runner = Runner::from_environment();
    for (memory, bound) in SIZES {
        let deployment = deploy(&runner, memory);
        let mut overruns: Vec<(&str, Vec<f64>)> = [CONTROL].iter().chain(&ATTACKS).map(|name| (*name, Vec::new())).collect();
        for run in 0..runs {
            for (name, samples) in &mut overruns {
                // Another moment each time, so that the deadline falls on all parts of the work.
                samples.push(overrun(&deployment, name, Duration::from_millis(1000 + run * 7 % 100)));
            }
        }
        println!("memory of {memory} MB, {runs} runs each; ms past the deadline");
        println!("{:<22}{:>8}{:>9}{:>9}", "work", "p50", "p99", "most");
        let line = |name: &str, samples: &mut Vec<f64>| {
            samples.sort_by(f64::total_cmp);
            let at = |percent: usize| samples[(samples.len() * percent / 100).min(samples.len() - 1)];
            println!("{name:<22}{:>8.2}{:>9.2}{:>9.2}", at(50), at(99), samples[samples.len() - 1]);
            at(99)
        };
        let (control, attacks) = overruns.split_first_mut().expect("the control");
        line("a plain loop (control)", &mut control.1);
        for (name, samples) in attacks.iter_mut() {
            line(name, samples);
        }
        let mut all: Vec<f64> = attacks.iter().flat_map(|(_, samples)| samples.iter().copied()).collect();
        let p99 = line("all attacks", &mut all);
        println!("p99 of all attacks: {p99:.2} ms, at most {bound} ms wanted\n");
    }
}

fn deploy(runner: &Runner, memory: &str) -> Deployment {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile/late.py");
    let package = Package::open(&path).expect("the attacks");
    let mut config =
        FunctionConfig::new("late".parse().expect("a name"), "late.handler".parse().expect("a name"), "python3.13".parse().expect("known"));
    config.memory_size = memory.parse().expect("in bounds");
    config.ephemeral_storage = memory.parse().expect("in bounds");
    runner.deploy(DeployRequest { keep_image: false, ..DeployRequest::new(package, config) }).expect("build it: make python")
}

/// Milliseconds.
fn overrun(deployment: &Deployment, name: &str, timeout: Duration) -> f64 {
    let mut invocation = Invocation::new(format!("\"{name}\"").into_bytes(), None).expect("JSON");
    invocation.timeout = Some(timeout.as_secs_f64().to_string().parse().expect("in bounds"));
    let completion = deployment.invoke(invocation).expect("no fault of the host");
    assert!(matches!(completion.outcome, Outcome::TimedOut(_)), "{name} ended as {:?}", completion.outcome.status());
    (completion.usage.duration.saturating_sub(timeout)).as_nanos() as f64 / 1e6
}
