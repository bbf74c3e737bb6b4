//! How fast Python computes in the sandbox: `cargo bench --bench kernels`.
//!
//! Each kernel of `kernels.py` runs in both variants of the sandbox and, as the control, in the native CPython that is
//! built from the same source. They take turns, so that whatever else the machine does hits them alike; the best time of
//! each is what the machine disturbed least. All must compute the same. Quote ratios, not times.
#![expect(clippy::print_stdout, clippy::cast_precision_loss, reason = "a bench prints times")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;
use wasmlam::Runner;
use wasmlam::function::{Fuel, FunctionConfig, Invocation, Outcome, Timeout};
use wasmlam::package::Package;
use wasmlam::runner::{DeployRequest, Deployment};
use wasmlam::sandbox::{Variant, on_guest_thread};

const ROUNDS: usize = 9;
const VARIANTS: [Variant; 2] = [Variant::Clock, Variant::Fuel];

/// As in `kernels.py`.
const KERNELS: [&str; 10] =
    ["fib(27)", "integer loop", "n-body", "dict and str", "json", "re", "sort", "sha256", "attributes and calls", "exceptions"];

/// What `kernels.py` says of one run.
#[derive(Deserialize)]
struct Run {
    checksum: serde_json::Value,
    seconds: f64,
}

fn main() {
    on_guest_thread(measure).expect("a thread");
}

fn measure() {
    let native = native_python();
    let runner = Runner::from_environment();
    let script = PathBuf::from("benches/kernels.py"); // cargo runs a bench in the folder of its package
    let sandboxes = VARIANTS.map(|variant| deploy(&runner, &script, variant));
    println!(
        "{:<22} {:>8} {:>8} {:>8} {:>7} {:>7} {:>15}",
        "kernel (seconds)", "native", "clock", "fuel", "clock/n", "fuel/n", "operators"
    );
    let mut ratios = [1.0, 1.0];
    for kernel in KERNELS {
        let mut control = f64::INFINITY;
        let mut best = [f64::INFINITY; 2];
        let mut operators = 0;
        for _ in 0..ROUNDS {
            let run = run_native(&native, &script, kernel);
            control = control.min(run.seconds);
            for (function, best) in sandboxes.iter().zip(&mut best) {
                let (sandboxed, fuel) = run_sandboxed(function, kernel);
                assert_eq!(sandboxed.checksum, run.checksum, "{kernel}");
                *best = best.min(sandboxed.seconds);
                operators = fuel.unwrap_or(operators);
            }
        }
        let [clock, fuel] = [best[0] / control, best[1] / control];
        println!("{kernel:<22} {control:>8.4} {:>8.4} {:>8.4} {clock:>7.2} {fuel:>7.2} {operators:>15}", best[0], best[1]);
        ratios = [ratios[0] * clock, ratios[1] * fuel];
    }
    let [clock, fuel] = ratios.map(|product: f64| product.powf(1.0 / KERNELS.len() as f64));
    println!("{:<49} {clock:>7.2} {fuel:>7.2}   (best of {ROUNDS})", "geometric mean");
}

/// The control: `build.sh` builds it unless it is there.
fn native_python() -> PathBuf {
    let output = Command::new("wasm-python/build.sh").arg("--native").output().expect("bash");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Path::new(String::from_utf8(output.stdout).expect("a path").trim_end()).join("bin/python3")
}

fn deploy(runner: &Runner, script: &Path, variant: Variant) -> Deployment {
    let (name, handler, runtime) = ("kernels".parse(), "kernels.handler".parse(), "python3.13".parse());
    let mut config = FunctionConfig::new(name.expect("a name"), handler.expect("a name"), runtime.expect("known"));
    config.timeout = Timeout::MAX;
    config.fuel = (variant == Variant::Fuel).then_some(Fuel::MAX);
    let package = Package::open(script).expect("a package");
    runner.deploy(DeployRequest { keep_image: false, ..DeployRequest::new(package, config) }).expect("build it: make python")
}

/// A new process for each run, as each run in the sandbox starts from the image after the init.
fn run_native(python: &Path, script: &Path, kernel: &str) -> Run {
    let output = Command::new(python).args(["-I", "-B"]).arg(script).arg(kernel).output().expect("python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut runs: HashMap<String, Run> = serde_json::from_slice(&output.stdout).expect("runs");
    runs.remove(kernel).expect("what was asked for")
}

/// The run and, in the variant that counts, its operators.
fn run_sandboxed(function: &Deployment, kernel: &str) -> (Run, Option<u64>) {
    let event = serde_json::json!({ "kernel": kernel }).to_string();
    let completion = function.invoke(Invocation::new(event.into_bytes(), None).expect("JSON")).expect("no fault of the host");
    let Outcome::Returned(result) = &completion.outcome else { panic!("{kernel}: {:?}", completion.outcome) };
    (serde_json::from_slice(result).expect("a run"), completion.usage.fuel)
}
