//! Every operation over a store in memory, with a runtime that answers by the event.

mod functions;
mod invocations;
mod resources;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::function::{Attempt, ErrorDocument, Invocation, Outcome, RuntimeName};
use crate::queue::{ManualClock, MemoryQueue};
use crate::store::{SqliteLogs, SqliteStore};

/// `app.py` whose handler returns its event.
pub(super) const ZIP: &str = "UEsDBBQAAAAAAAAAIVy0CHBpLgAAAC4AAAAGAAAAYXBwLnB5ZGVmIGhhbmRsZXIoZXZlbnQsIGNvbnRleHQpOgogICAgcmV0dXJuIGV2ZW50ClBLAQIUAxQAAAAAAAAAIVy0CHBpLgAAAC4AAAAGAAAAAAAAAAAAAACAAQAAAABhcHAucHlQSwUGAAAAAAEAAQA0AAAAUgAAAAAA";
/// Another one.
pub(super) const OTHER_ZIP: &str = "UEsDBBQAAAAAAAAAIVzngavaKgAAACoAAAAGAAAAYXBwLnB5ZGVmIGhhbmRsZXIoZXZlbnQsIGNvbnRleHQpOgogICAgcmV0dXJuIDIKUEsBAhQDFAAAAAAAAAAhXOeBq9oqAAAAKgAAAAYAAAAAAAAAAAAAAIABAAAAAGFwcC5weVBLBQYAAAAAAQABADQAAABOAAAAAAA=";
pub(super) const ROLE: &str = "arn:aws:iam::123456789012:role/r";
pub(super) const FN: &str = "arn:aws:lambda:us-east-1:123456789012:function:";

/// Answers `{"fail": ...}` with an error, holds `{"hold": ...}` until it is let go, tries the file of `{"try": ...}`, and
/// returns every other event.
#[derive(Default)]
pub(super) struct Fake {
    pub(super) deploys: AtomicUsize,
    pub(super) init_fails: AtomicBool,
    held: Mutex<Vec<(Invocation, Done)>>,
    /// Closed: deployments wait.
    closed: Mutex<bool>,
    opened: Condvar,
    /// Version, kind of initialization and log group of every deployment.
    pub(super) plans: Mutex<Vec<(String, &'static str, Option<String>)>>,
    /// The qualifier and the id of every invocation.
    pub(super) seen: Mutex<Vec<(Option<String>, String)>>,
}

struct FakeDeployed(Arc<Fake>);

/// The fake as the service has it.
pub(super) struct FakeRuntime(pub(super) Arc<Fake>);

impl Runtime for FakeRuntime {
    fn deploy(&self, plan: InvocationPlan) -> Result<Arc<dyn Deployed>, String> {
        let mut closed = self.0.closed.lock().expect("no panic");
        while *closed {
            closed = self.0.opened.wait(closed).expect("no panic");
        }
        self.0.deploys.fetch_add(1, Ordering::SeqCst);
        let shown = (plan.version.as_str().to_owned(), plan.config.initialization.name(), plan.config.log_group.clone());
        self.0.plans.lock().expect("no panic").push(shown);
        match plan.config.handler.as_str() {
            "broken.handler" => Err("the machine has no room".into()),
            _ => Ok(Arc::new(FakeDeployed(Arc::clone(&self.0)))),
        }
    }

    fn version_digest(&self, _: &RuntimeName) -> String {
        "0".repeat(64)
    }
}

impl Deployed for FakeDeployed {
    fn invoke(&self, invocation: Invocation, done: Done) {
        let event: Value = serde_json::from_slice(&invocation.event).expect("checked");
        let qualifier = invocation.qualifier.as_ref().map(|qualifier| qualifier.as_str().to_owned());
        self.0.seen.lock().expect("no panic").push((qualifier, invocation.request_id.as_str().to_owned()));
        if event.get("hold").is_some() {
            return self.0.held.lock().expect("no panic").push((invocation, done));
        }
        done(Ok(ran(&invocation, &event)));
    }

    fn provision(&self) -> Result<(), InitFailed> {
        if self.0.init_fails.load(Ordering::SeqCst) { Err(InitFailed) } else { Ok(()) }
    }
}

fn ran(invocation: &Invocation, event: &Value) -> Ran {
    let id = invocation.request_id.as_str();
    let outcome = match event.get("fail") {
        Some(_) => {
            let document = br#"{"errorMessage": "no", "errorType": "ValueError", "stackTrace": []}"#;
            Outcome::Raised(ErrorDocument::from_guest(document).expect("a document"))
        }
        None => Outcome::Returned(invocation.event.clone()),
    };
    let log = format!("START RequestId: {id} Version: $LATEST\nhello\nEND RequestId: {id}\nREPORT RequestId: {id}\tDuration: 1.00 ms\n");
    Ran {
        outcome,
        log_tail: log.clone().into_bytes(),
        log,
        log_stream: format!("2026/11/27/[$LATEST]{}", uuid::Uuid::new_v4().simple()),
        started_ms: 1_795_000_000_000,
        duration_ms: 1,
        memory_bytes: 1 << 20,
        attempts: event["try"].as_str().map(|path| Attempt::File(path.into())).into_iter().collect(),
    }
}

impl Fake {
    pub(super) fn let_go(&self) {
        for (invocation, done) in std::mem::take(&mut *self.held.lock().expect("no panic")) {
            done(Ok(ran(&invocation, &json!({}))));
        }
    }

    pub(super) fn holds(&self) -> usize {
        self.held.lock().expect("no panic").len()
    }

    pub(super) fn close(&self) {
        *self.closed.lock().expect("no panic") = true;
    }

    pub(super) fn open(&self) {
        *self.closed.lock().expect("no panic") = false;
        self.opened.notify_all();
    }
}

/// A service and the clock and runtime under it.
pub(super) struct Service {
    pub(super) control: Control,
    pub(super) fake: Arc<Fake>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) scope: Scope,
}

impl Service {
    pub(super) fn new() -> Self {
        Self::with(ControlSettings::default(), Arc::new(SqliteStore::in_memory().expect("memory")))
    }

    pub(super) fn with(settings: ControlSettings, store: Arc<dyn Store>) -> Self {
        let (fake, clock) = (Arc::<Fake>::default(), Arc::new(ManualClock::at(Duration::from_secs(1_795_000_000))));
        let logs = Arc::new(SqliteLogs::in_memory(1 << 20).expect("memory"));
        let queue = Arc::new(MemoryQueue::new(1000, 1 << 20));
        let parts = Parts { clock: clock.clone(), ..Parts::new(store, logs, queue, Arc::new(FakeRuntime(Arc::clone(&fake)))) };
        let control = Control::without_threads(settings, parts).expect("a service");
        Self { control, fake, clock, scope: scope("us-east-1") }
    }

    pub(super) fn ok(&self, operation: &str, input: Value) -> Value {
        let shown = input.to_string();
        self.control.call(&self.scope, operation, input).unwrap_or_else(|error| panic!("{operation} {shown}: {error}"))
    }

    pub(super) fn error(&self, operation: &str, input: Value) -> ApiError {
        let shown = input.to_string();
        match self.control.call(&self.scope, operation, input) {
            Err(error) => error,
            Ok(output) => panic!("{operation} {shown}: {output}"),
        }
    }

    /// The exception's name and the message.
    pub(super) fn refused(&self, operation: &str, input: Value) -> String {
        self.error(operation, input).to_string()
    }

    /// A function that is active.
    pub(super) fn create(&self, name: &str) -> Value {
        let created = self.ok("CreateFunction", request(name));
        self.settle(name);
        created
    }

    /// Waits until nothing of the function is pending.
    pub(super) fn settle(&self, name: &str) -> Value {
        for _ in 0..2000 {
            let configuration = self.ok("GetFunctionConfiguration", json!({"FunctionName": name}));
            let versions = self.ok("ListVersionsByFunction", json!({"FunctionName": name}));
            let is_pending = |number: &Value| {
                let name = format!("{name}:{}", number.as_str().expect("a number"));
                let shown = self.ok("GetFunctionConfiguration", json!({"FunctionName": name}));
                shown["State"] == "Pending" || shown["LastUpdateStatus"] == "InProgress"
            };
            if !versions["Versions"].as_array().expect("a list").iter().any(|version| is_pending(&version["Version"])) {
                return configuration;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("{name} stays pending");
    }

    /// Starts an invocation; the answer comes on the channel.
    pub(super) fn start(&self, invoke: Invoke) -> mpsc::Receiver<Result<Invoked, ApiError>> {
        let (sender, answer) = mpsc::channel();
        let scope = Scope { request_id: RequestId::mint(), ..self.scope.clone() };
        self.control.invoke(scope, invoke, Box::new(move |result| drop(sender.send(result))));
        answer
    }

    pub(super) fn invoke(&self, name: &str, event: &str) -> Result<Invoked, ApiError> {
        let invoke = Invoke { function_name: name.into(), payload: event.into(), wants_log_tail: true, ..Invoke::default() };
        self.start(invoke).recv_timeout(Duration::from_secs(60)).expect("an answer")
    }
}

pub(super) fn scope(region: &str) -> Scope {
    Scope { account: Account::new(region, "123456789012").expect("an account"), request_id: RequestId::mint() }
}

pub(super) fn request(name: &str) -> Value {
    json!({"FunctionName": name, "Role": ROLE, "Runtime": "python3.13", "Handler": "app.handler", "Code": {"ZipFile": ZIP}})
}

/// The members of `changes` over those of `base`.
pub(super) fn with(mut base: Value, changes: Value) -> Value {
    for (member, value) in changes.as_object().expect("an object") {
        base[member] = value.clone();
    }
    base
}
