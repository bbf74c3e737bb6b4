//! wasmlam runs AWS-Lambda-style Python functions in WebAssembly.
//!
//! # In ten lines
//!
//! ```
//! use wasmlam::Runner;
//! use wasmlam::function::Invocation;
//! use wasmlam::package::Package;
//! use wasmlam::runner::DeployRequest;
//!
//! let runner = Runner::from_environment();
//! let package = Package::open("tests/handlers/hello_python.py".as_ref())?;
//! let request = DeployRequest::of_package(package, "python3.13".parse()?)?;
//! let function = runner.deploy(request)?; // its init has run; from here on every call starts from the image after it
//! let event = br#"{"first_name": "Ada", "last_name": "Lovelace"}"#;
//! let completion = function.invoke(Invocation::new(event.to_vec(), None)?)?; // from any thread
//! assert_eq!(completion.outcome.result(), Some(&br#"{"message": "Hello Ada Lovelace!"}"#[..]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The map
//!
//! | module | what it is | it must not know |
//! |---|---|---|
//! | [`text`], [`disk`] | text from outside made harmless; files written whole or not at all | everything else |
//! | [`agent`] | the HTTP client for services that the user names | everything else |
//! | [`sigv4`] | what is signed of a request, and with which key | everything else |
//! | [`function`] | the core: what a function is, how a call can end | zip, WebAssembly, the terminal |
//! | [`package`] | bytes from a stranger become a checked package | WebAssembly |
//! | [`network`] | the rules of where a function may connect to; what passes through, recorded, replayed and signed | sockets, everything else |
//! | [`credentials`] | the AWS keys of whoever runs this program | functions, the terminal |
//! | [`protocol`] | what host and guest say to each other | wasmtime, zip |
//! | [`sandbox`] | the guest: engine, images, WASI, limits | zip, the terminal |
//! | [`runner`] | the use cases of every front end: deploy a function or find its kept image, invoke it, many at once | the terminal |
//! | [`judge`] | suites of cases, what they expect, verdicts | WebAssembly, zip, the terminal |
//! | [`bench`](mod@bench) | how often to measure, what the numbers say, gates, prices | WebAssembly, the terminal |
//! | [`samples`] | events as AWS's services send them | packages, WebAssembly, the terminal |
//! | [`report`] | a completion as text or JSON, verdicts as a report, a benchmark as tables and pictures | how it came about |
//! | [`store`] | what a server keeps: tables and logs in SQLite, zips in files | AWS's rules |
//! | [`queue`] | asynchronous events until their time has come | what a function is |
//! | [`control`] | AWS's rules for functions and all that belongs to them; invocations | HTTP, SQL |
//! | [`s3`] | packages from an S3 service that the user names | AWS's rules, the terminal |
//! | [`console`] | pages for a browser over the service of `serve` | SQL, WebAssembly, the terminal |
//! | [`api`] | the Lambda API over HTTP: routing, validation, signatures, function URLs | SQL, WebAssembly, the terminal |
//! | [`serve`] | a server from its start to its graceful stop: connections, wiring | the terminal |
//! | [`cli`] | arguments in, text and exit codes out | |
//!
//! Imports point one way. `tests/it/layers.rs` lists every arrow and the home of every crate, and fails on one that is not
//! there or not used; in outline:
//!
//! ```text
//! main -> cli -> { serve, console, runner, samples }
//!         serve -> api -> control;   console -> { control, samples };   control -> { store, queue, runner }
//!         runner -> { bench, judge, package, report, sandbox } -> function;   sandbox -> { network, protocol }
//! ```
//!
//! The guest's half is in `wasm-python/`: `platform/entry/wasmlam.c` (entry points), `runtime/` (Lambda's client in Python),
//! `platform/*/stdlib/` and `patches/` (the standard library where WASI has no such thing), `libc/` (the C library, with Linux's numbers
//! and functions), `build.sh`.
//!
//! # The ten steps of an invocation
//!
//! 1. `cli/run.rs` turns arguments into typed settings and an event.
//! 2. `package/` reads the zip, folder or file within bounds and names the handler.
//! 3. `function/config.rs` validates the settings against Lambda's rules.
//! 4. `function/invocation.rs` checks the event and mints the request id.
//! 5. `runner/deployment.rs` deploys the function: `sandbox/interpreter.rs` has an interpreter that booted once (image 1), the
//!    function's init runs in a sandbox made from it, and `sandbox/snapshot.rs` keeps the memory after it (image 2);
//!    `runner/images.rs` keeps that on disk and finds it in later runs.
//! 6. `sandbox/guest.rs` makes a new sandbox from image 2 through `sandbox/memory.rs`, whose slots are repaired in place after
//!    a clean call; `sandbox/wasi/` is its whole world, `sandbox/limits.rs` bounds its memory, `sandbox/engine.rs` watches its
//!    deadline; random state and log stream are renewed.
//! 7. `protocol/` writes the Invoke frame into the stdin pipe.
//! 8. `wasm-python/runtime/` calls the handler and answers on the result pipe; prints go to the log.
//! 9. `sandbox/outcome.rs` makes one [`function::Outcome`] from answer, exit, trap, deadline and refused memory;
//!    `runner/deployment.rs` makes the completion.
//! 10. `report/` shows it, `cli/exit.rs` turns it into an exit code.

pub mod agent;
pub mod api;
pub mod bench;
pub mod cli;
pub mod console;
pub mod control;
pub mod credentials;
pub mod disk;
pub mod function;
pub mod judge;
pub mod network;
pub mod package;
pub mod protocol;
pub mod queue;
pub mod report;
pub mod runner;
pub mod s3;
pub mod samples;
pub mod sandbox;
pub mod serve;
pub mod sigv4;
pub mod store;
pub mod text;

pub use runner::Runner;
