//! Through the library: many calls of one function, and what the program is told about itself.

use std::path::PathBuf;
use std::sync::Arc;

use wasmlam::function::{Account, Environment, EphemeralStorage, FileTree, FunctionConfig, Invocation, MemorySize, Outcome, Timeout};
use wasmlam::package::Package;
use wasmlam::runner::Invoker;
use wasmlam::sandbox::{FunctionSpec, Interpreter, Variant, on_guest_thread};

use crate::common::root;

fn cache() -> PathBuf {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let user = || folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")));
    folder("WASMLAM_CACHE").or_else(|| user().map(|cache| cache.join("wasmlam"))).expect("a cache folder")
}

fn spec(name: &str) -> FunctionSpec {
    let package = Package::open(&root().join("tests/handlers").join(format!("{name}.py"))).expect("a package");
    FunctionSpec {
        config: FunctionConfig {
            name: name.into(),
            handler: format!("{name}.handler").parse().expect("a name"),
            runtime: "python3.13".parse().expect("known"),
            memory_size: MemorySize::DEFAULT,
            timeout: Timeout::DEFAULT,
            ephemeral_storage: EphemeralStorage::DEFAULT,
            fuel: None,
            environment: Environment::default(),
        },
        account: Account::default(),
        log_stream: "stream".into(),
        task: package.files,
        opt: Arc::new(FileTree::default()),
    }
}

#[test]
fn a_thousand_calls_are_all_alike_and_leave_nothing_open() {
    on_guest_thread(|| {
        let interpreter =
            Interpreter::open(&cache().join("bundles/python3.13"), &cache(), Variant::Clock, &|_| {}).expect("an interpreter");
        let mut invoker = Invoker::publish(&interpreter, spec("echo")).expect("publishes");
        assert!(invoker.is_ready());
        let descriptors = || std::fs::read_dir("/proc/self/fd").expect("a folder").count();
        let mappings = || std::fs::read_to_string("/proc/self/maps").expect("text").lines().count();
        let mut before = (0, 0);
        for i in 0..1000 {
            let invocation = Invocation::new(format!("{{\"n\": {i}}}").into_bytes(), None).expect("JSON");
            let completion = invoker.invoke(&invocation).expect("no fault of the host");
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
    let error = Interpreter::open(&cache().join("bundles/python3.13"), &cache(), Variant::Clock, &|_| {})
        .and_then(|interpreter| Invoker::publish(&interpreter, spec("echo")))
        .err()
        .expect("refused");
    assert!(error.to_string().contains("on_guest_thread"), "{error}");
}
