//! What the parts of an invocation take, each beside its control: `cargo bench --bench parts [FILTER]`.
//!
//! A control does the same work without what the part is for: a zip against its folder, a frame against a copy of its bytes,
//! an event of 1 MiB against an event of 1 KiB, a restored sandbox against one that is used again. Quote ratios.

use std::hint::black_box;
use std::io::{Cursor, Write};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use divan::Bencher;
use wasmlam::Runner;
use wasmlam::function::{FunctionConfig, Invocation, Outcome};
use wasmlam::package::Package;
use wasmlam::protocol::{FrameKind, Token, encode};
use wasmlam::runner::{DeployRequest, Deployment};
use wasmlam::sandbox::{Function, on_guest_thread};

const KIB: usize = 1024;
const SIZES: [usize; 3] = [KIB, 64 * KIB, 1024 * KIB];

fn main() {
    on_guest_thread(divan::main).expect("a thread");
}

static RUNNER: LazyLock<Runner> = LazyLock::new(Runner::from_environment);

/// Answers with its event.
static ECHO: LazyLock<Deployment> = LazyLock::new(|| RUNNER.deploy(request()).expect("make python"));

/// The same below the runner.
static FUNCTION: LazyLock<Function> = LazyLock::new(publish_echo);

fn request() -> DeployRequest {
    let package = Package::open("tests/handlers/echo.py".as_ref()).expect("a package");
    let (name, handler, runtime) = ("echo".parse(), "echo.handler".parse(), "python3.13".parse());
    let config = FunctionConfig::new(name.expect("a name"), handler.expect("a name"), runtime.expect("known"));
    DeployRequest { keep_image: false, ..DeployRequest::new(package, config) }
}

fn publish_echo() -> Function {
    let prepared = RUNNER.prepare(&request()).expect("make python");
    let (interpreter, spec) = prepared.parts();
    Function::publish(interpreter, Arc::clone(spec)).expect("publishes")
}

fn event(bytes: usize) -> Invocation {
    let text = format!("\"{}\"", "x".repeat(bytes - 2));
    Invocation::new(text.into_bytes(), None).expect("JSON")
}

/// A sandbox from the image and its end, without a call. Only the clean end of a call lets a memory be used again, so this
/// one is mapped anew each time; what a repaired one takes is in `wasmlam bench`.
#[divan::bench]
fn restore(bencher: Bencher<'_, '_>) {
    LazyLock::force(&FUNCTION);
    bencher.bench_local(|| FUNCTION.sandbox().expect("no fault of the host").finish());
}

/// A call with its sandbox.
#[divan::bench(args = SIZES)]
fn invoke(bencher: Bencher<'_, '_>, bytes: usize) {
    let invocation = event(bytes);
    LazyLock::force(&ECHO);
    bencher.bench_local(|| {
        let completion = ECHO.worker().invoke(&invocation).expect("no fault of the host");
        assert!(matches!(completion.outcome, Outcome::Returned(_)));
    });
}

/// The control: the same call in one sandbox.
#[divan::bench(args = SIZES)]
fn invoke_reused_control(bencher: Bencher<'_, '_>, bytes: usize) {
    let invocation = event(bytes);
    let mut sandbox = FUNCTION.sandbox().expect("no fault of the host");
    bencher.bench_local(|| {
        let call = sandbox.call(&invocation).expect("no fault of the host");
        assert!(matches!(call.outcome, Outcome::Returned(_)));
    });
}

/// The init and its image.
#[divan::bench(sample_count = 30)]
fn publish(bencher: Bencher<'_, '_>) {
    LazyLock::force(&FUNCTION);
    bencher.bench_local(publish_echo);
}

/// A package of 200 modules of 4 KiB, as a folder and as a zip of it.
struct Packed {
    folder: PathBuf,
    zip: PathBuf,
    _temporary: tempfile::TempDir,
}

static PACKED: LazyLock<Packed> = LazyLock::new(|| {
    let temporary = tempfile::tempdir().expect("a folder");
    let (folder, path) = (temporary.path().join("package"), temporary.path().join("package.zip"));
    std::fs::create_dir(&folder).expect("a folder");
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for i in 0..200 {
        let text: String = (0..100).map(|line| format!("value_{i}_{line} = {}  # of many\n", line * i)).collect();
        std::fs::write(folder.join(format!("module_{i}.py")), &text).expect("writes");
        zip.start_file(format!("module_{i}.py"), zip::write::SimpleFileOptions::default()).expect("starts");
        zip.write_all(text.as_bytes()).expect("writes");
    }
    std::fs::write(&path, zip.finish().expect("finishes").into_inner()).expect("writes");
    Packed { folder, zip: path, _temporary: temporary }
});

/// Reading and checking a package.
#[divan::bench]
fn package_zip(bencher: Bencher<'_, '_>) {
    let path = &PACKED.zip;
    bencher.bench_local(|| Package::open(path).expect("a package").unzipped_bytes);
}

/// The control: the same files, not compressed.
#[divan::bench]
fn package_folder_control(bencher: Bencher<'_, '_>) {
    let path = &PACKED.folder;
    bencher.bench_local(|| Package::open(path).expect("a package").unzipped_bytes);
}

/// A frame around an event.
#[divan::bench(args = SIZES)]
fn frame(bencher: Bencher<'_, '_>, bytes: usize) {
    let body = vec![b'x'; bytes];
    bencher.bench_local(|| encode(FrameKind::Returned, Token([7; 16]), b"head", black_box(&body)));
}

/// The control: a copy of it.
#[divan::bench(args = SIZES)]
fn frame_copy_control(bencher: Bencher<'_, '_>, bytes: usize) {
    let body = vec![b'x'; bytes];
    bencher.bench_local(|| black_box(&body).clone());
}

/// The whole program on a hello whose image is kept.
#[divan::bench(sample_count = 50)]
fn process(bencher: Bencher<'_, '_>) {
    let mut run = std::process::Command::new(env!("CARGO_BIN_EXE_wasmlam"));
    run.args(["run", "tests/handlers/echo.py", "--handler", "echo.handler"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null());
    assert!(run.status().expect("starts").success());
    bencher.bench_local(|| assert!(run.status().expect("starts").success()));
}

/// The control: a program that does nothing.
#[divan::bench(sample_count = 50)]
fn process_control(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| assert!(std::process::Command::new("true").status().expect("starts").success()));
}
