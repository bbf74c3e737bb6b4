//! What the parts of an invocation take, each beside its control: `cargo bench --bench parts [FILTER]`.
//!
//! A control does the same work without what the part is for: a zip against its folder, a frame against a copy of its bytes,
//! an event of 1 MiB against an event of 1 KiB, a restored sandbox against one that is used again. Quote ratios.

use std::hint::black_box;
use std::io::{Cursor, Write};
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use divan::Bencher;
use wasmlam::cli::cache_folder;
use wasmlam::function::{Account, FileTree, FunctionConfig, Invocation, Outcome};
use wasmlam::package::Package;
use wasmlam::protocol::{Kind, Token, encode};
use wasmlam::sandbox::{Function, FunctionSpec, Interpreter, Variant, on_guest_thread};

const KIB: usize = 1024;
const SIZES: [usize; 3] = [KIB, 64 * KIB, 1024 * KIB];

fn main() {
    on_guest_thread(divan::main).expect("a thread");
}

static INTERPRETER: LazyLock<Arc<Interpreter>> = LazyLock::new(|| {
    let cache = cache_folder();
    Interpreter::open(&cache.join("bundles/python3.13"), &cache, Variant::Clock, Box::new(|_| Box::new(|| {}))).expect("make python")
});

/// Answers with its event.
static ECHO: LazyLock<Function> = LazyLock::new(publish_echo);

fn publish_echo() -> Function {
    let package = Package::open("tests/handlers/echo.py".as_ref()).expect("a package");
    let spec = FunctionSpec {
        config: FunctionConfig::new("echo", "echo.handler".parse().expect("a name"), "python3.13".parse().expect("known")),
        account: Account::default(),
        log_stream: "stream".into(),
        task: package.files,
        opt: Arc::new(FileTree::default()),
        share: None,
    };
    Function::publish(&INTERPRETER, spec).expect("no fault of the host").unwrap_or_else(|(outcome, _)| panic!("{outcome:?}"))
}

fn event(bytes: usize) -> Invocation {
    let text = format!("\"{}\"", "x".repeat(bytes - 2));
    Invocation::new(text.into_bytes(), None).expect("JSON")
}

/// A sandbox from the image and its end, without a call. Only the clean end of a call lets a memory be used again, so this
/// one is mapped anew each time; what a repaired one takes is in `wasmlam bench`.
#[divan::bench]
fn restore(bencher: Bencher<'_, '_>) {
    LazyLock::force(&ECHO);
    bencher.bench_local(|| ECHO.sandbox().expect("no fault of the host").finish());
}

/// A call with its sandbox.
#[divan::bench(args = SIZES)]
fn invoke(bencher: Bencher<'_, '_>, bytes: usize) {
    let invocation = event(bytes);
    LazyLock::force(&ECHO);
    bencher.bench_local(|| {
        let completion = ECHO.call(&invocation).expect("no fault of the host");
        assert!(matches!(completion.outcome, Outcome::Returned(_)));
    });
}

/// The control: the same call in one sandbox.
#[divan::bench(args = SIZES)]
fn invoke_reused_control(bencher: Bencher<'_, '_>, bytes: usize) {
    let invocation = event(bytes);
    let mut sandbox = ECHO.sandbox().expect("no fault of the host");
    bencher.bench_local(|| {
        let completion = sandbox.call(&invocation).expect("no fault of the host");
        assert!(matches!(completion.outcome, Outcome::Returned(_)));
    });
}

/// The init and its image.
#[divan::bench(sample_count = 30)]
fn publish(bencher: Bencher<'_, '_>) {
    LazyLock::force(&INTERPRETER);
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
    bencher.bench_local(|| encode(Kind::Returned, Token([7; 16]), b"head", black_box(&body)));
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
