//! What the service acknowledged is there after a kill at any moment.
//!
//! A child process changes functions, versions, aliases, tags and layers on several threads and writes a line before and after
//! each change; it is killed at a random moment, and the store is opened again and compared with the lines.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wasmlam::control::{Control, ControlSettings, Deployed, Done, InitFailed, InvocationPlan, Parts, Runtime, Scope};
use wasmlam::function::{Account, Invocation, RequestId, RuntimeName};
use wasmlam::queue::MemoryQueue;
use wasmlam::store::{SqliteLogs, SqliteStore};

/// Where the child finds its folder, and which random numbers it takes.
const FOLDER: &str = "WASMLAM_TEST_FOLDER";
const SEED: &str = "WASMLAM_TEST_SEED";
const WORKERS: u32 = 3;
/// A zip with `app.py`.
const ZIP: &str = "UEsDBBQAAAAAAAAAIVy0CHBpLgAAAC4AAAAGAAAAYXBwLnB5ZGVmIGhhbmRsZXIoZXZlbnQsIGNvbnRleHQpOgogICAgcmV0dXJuIGV2ZW50ClBLAQIUAxQAAAAAAAAAIVy0CHBpLgAAAC4AAAAGAAAAAAAAAAAAAACAAQAAAABhcHAucHlQSwUGAAAAAAEAAQA0AAAAUgAAAAAA";

/// Deploys at once and runs nothing.
struct Instant;

impl Runtime for Instant {
    fn deploy(&self, _: InvocationPlan) -> Result<Arc<dyn Deployed>, String> {
        Ok(Arc::new(Self))
    }
    fn version_digest(&self, _: &RuntimeName) -> String {
        "0".repeat(64)
    }
}

impl Deployed for Instant {
    fn invoke(&self, _: Invocation, done: Done) {
        done(Err("nothing runs here".into()));
    }
    fn provision(&self) -> Result<(), InitFailed> {
        Ok(())
    }
}

fn open(folder: &Path) -> Control {
    let store = Arc::new(SqliteStore::open(folder).expect("the store opens after any kill"));
    let logs = Arc::new(SqliteLogs::in_memory(1 << 20).expect("memory"));
    let parts = Parts::new(store, logs, Arc::new(MemoryQueue::new(10, 1 << 20)), Arc::new(Instant));
    Control::without_threads(ControlSettings::default(), parts).expect("the service starts after any kill")
}

fn scope() -> Scope {
    Scope { account: Account::default(), request_id: RequestId::mint() }
}

/// One change of a worker's function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Change {
    Create,
    Describe(u64),
    Tag(u64),
    Publish(u64),
    Point(u64),
    Layer,
    Delete,
}

/// A line of the child.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    worker: u32,
    change: Change,
    /// What came of it: a version's or a layer's number. `None` before it is done.
    done: Option<u64>,
}

fn call(control: &Control, operation: &str, input: Value) -> Option<Value> {
    control.call(&scope(), operation, input).ok()
}

/// Makes a change; what came of it, unless it was refused.
fn apply(control: &Control, worker: u32, change: &Change) -> Option<u64> {
    let name = format!("w{worker}");
    let f = json!({"FunctionName": name});
    let with = |member: &str, value: Value| {
        let mut input = f.clone();
        input[member] = value;
        input
    };
    let number = |output: &Value| output["Version"].as_str().and_then(|text| text.parse().ok()).or(output["Version"].as_u64());
    match change {
        Change::Create => {
            let mut request = with("Code", json!({"ZipFile": ZIP}));
            for (member, value) in [("Role", "arn:aws:iam::123456789012:role/r"), ("Runtime", "python3.13"), ("Handler", "app.handler")] {
                request[member] = value.into();
            }
            call(control, "CreateFunction", request).map(|_| 0)
        }
        Change::Describe(n) => call(control, "UpdateFunctionConfiguration", with("Description", n.to_string().into())).map(|_| 0),
        Change::Tag(n) => {
            let arn = format!("arn:aws:lambda:us-east-1:123456789012:function:{name}");
            call(control, "TagResource", json!({"Resource": arn, "Tags": {"n": n.to_string()}})).map(|_| 0)
        }
        Change::Publish(_) => call(control, "PublishVersion", f).as_ref().and_then(number),
        Change::Point(version) => {
            let mut input = with("Name", "live".into());
            input["FunctionVersion"] = version.to_string().into();
            call(control, "UpdateAlias", input.clone()).or_else(|| call(control, "CreateAlias", input)).map(|_| 0)
        }
        Change::Layer => {
            let input = json!({"LayerName": name, "Content": {"ZipFile": ZIP}});
            call(control, "PublishLayerVersion", input).as_ref().and_then(number)
        }
        Change::Delete => call(control, "DeleteFunction", f).map(|_| 0),
    }
}

/// Small and good enough to choose changes.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

fn work(control: &Control, worker: u32, mut random: u64) {
    loop {
        let seen = look(control, worker);
        let change = if seen.description.is_none() {
            Change::Create
        } else {
            let n = next(&mut random);
            match n % 16 {
                0..=4 => Change::Describe(n),
                5..=7 => Change::Tag(n),
                8..=10 => Change::Publish(n),
                11 | 12 => match seen.versions.last() {
                    Some(version) => Change::Point(*version),
                    None => continue,
                },
                13 | 14 => Change::Layer,
                _ => Change::Delete,
            }
        };
        print(&Line { worker, change: change.clone(), done: None });
        // What is refused, since the function is still being updated, changed nothing; it has no second line.
        let done = apply(control, worker, &change);
        if done.is_some() {
            print(&Line { worker, change, done });
        }
    }
}

fn print(line: &Line) {
    let text = serde_json::to_string(line).expect("text");
    // One write for each line, so that threads and a kill leave whole ones.
    let _ = std::io::stdout().write_all(format!("{text}\n").as_bytes());
}

/// Not a test: what the child does until it is killed.
#[test]
#[ignore = "run by the tests below"]
fn child() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let seed: u64 = std::env::var(SEED).expect("a seed").parse().expect("a number");
    let control = open(Path::new(&folder));
    // The test runner has begun a line with the test's name, which would make the first of ours unreadable.
    let _ = std::io::stdout().write_all(b"\n");
    std::thread::scope(|threads| {
        for worker in 0..WORKERS {
            let control = &control;
            threads.spawn(move || work(control, worker, seed.wrapping_add(u64::from(worker) * 7919)));
        }
    });
}

/// What there is of a worker's function and layer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct State {
    /// `None` where there is no function.
    description: Option<String>,
    tag: Option<String>,
    versions: BTreeSet<u64>,
    alias: Option<u64>,
    layers: BTreeSet<u64>,
}

fn look(control: &Control, worker: u32) -> State {
    let name = format!("w{worker}");
    let f = json!({"FunctionName": name});
    let mut state = State::default();
    let layers = call(control, "ListLayerVersions", json!({"LayerName": name})).expect("a list");
    // A page has fifty of them, the newest.
    let numbers = layers["LayerVersions"].as_array().expect("a list").iter();
    state.layers = numbers.map(|layer| layer["Version"].as_u64().expect("a number")).collect();
    let Some(function) = call(control, "GetFunction", f.clone()) else { return state };
    state.description = Some(function["Configuration"]["Description"].as_str().expect("text").to_owned());
    state.tag = function["Tags"]["n"].as_str().map(str::to_owned);
    let mut marker = Value::Null;
    loop {
        let mut input = f.clone();
        if !marker.is_null() {
            input["Marker"] = marker;
        }
        let Some(page) = call(control, "ListVersionsByFunction", input) else { return state };
        let numbers = page["Versions"].as_array().expect("a list").iter();
        state.versions.extend(numbers.filter_map(|version| version["Version"].as_str()?.parse::<u64>().ok()));
        marker = page["NextMarker"].clone();
        if marker.is_null() {
            break;
        }
    }
    let alias = call(control, "GetAlias", json!({"FunctionName": name, "Name": "live"}));
    state.alias = alias.and_then(|alias| alias["FunctionVersion"].as_str()?.parse().ok());
    state
}

impl State {
    /// After a change that was acknowledged.
    fn after(mut self, change: &Change, done: u64) -> Self {
        match change {
            Change::Create => self.description = Some(String::new()),
            Change::Describe(n) => self.description = Some(n.to_string()),
            Change::Tag(n) => self.tag = Some(n.to_string()),
            Change::Publish(_) => drop(self.versions.insert(done)),
            Change::Point(version) => self.alias = Some(*version),
            Change::Layer => drop(self.layers.insert(done)),
            Change::Delete => self = Self { layers: self.layers, ..Self::default() },
        }
        while self.layers.len() > 50 {
            self.layers.pop_first();
        }
        self
    }

    /// Whether this is the state `acknowledged`, or that with the change that was under way.
    fn is(&self, acknowledged: &Self, under_way: Option<&Change>) -> bool {
        let done = match under_way {
            None => return self == acknowledged,
            // Its number is not known; it is the newest.
            Some(Change::Publish(_)) => self.versions.last().copied(),
            Some(Change::Layer) => self.layers.last().copied(),
            Some(_) => Some(0),
        };
        self == acknowledged || under_way.zip(done).is_some_and(|(change, done)| *self == acknowledged.clone().after(change, done))
    }
}

/// Lets a child work and kills it, as often as `kills` says; every time what it acknowledged has to be there.
fn kill_and_compare(kills: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut states: BTreeMap<u32, State> = (0..WORKERS).map(|worker| (worker, State::default())).collect();
    let (mut acknowledged, mut seed) = (0_u64, u64::from(std::process::id()));
    for kill in 0..kills {
        let lines = run_and_kill(folder.path(), kill, Duration::from_millis(30 + next(&mut seed) % 300));
        let mut under_way: BTreeMap<u32, Change> = BTreeMap::new();
        for line in lines {
            match line.done {
                None => drop(under_way.insert(line.worker, line.change)),
                Some(done) => {
                    acknowledged += 1;
                    under_way.remove(&line.worker);
                    let state = states.get_mut(&line.worker).expect("a worker");
                    *state = std::mem::take(state).after(&line.change, done);
                }
            }
        }
        let control = open(folder.path());
        for (worker, state) in &mut states {
            let found = look(&control, *worker);
            let change = under_way.get(worker);
            assert!(found.is(state, change), "after kill {kill}, worker {worker}: {found:#?} is not {state:#?} with {change:?}");
            zips_are_there(&control, *worker, &found);
            *state = found;
        }
        // What was pending is made ready meanwhile; until then the folder is in use, and the next child could not open it.
        assert!(control.close(Duration::from_secs(120)), "the service does not let go of the folder");
    }
    assert!(acknowledged >= kills, "the children did too little to show anything: {acknowledged} changes");
}

fn run_and_kill(folder: &Path, kill: u64, after: Duration) -> Vec<Line> {
    let mut child = Command::new(std::env::current_exe().expect("this test"))
        .args(["durability::child", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(SEED, kill.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the child starts");
    let output = BufReader::new(child.stdout.take().expect("piped"));
    let (first, started) = std::sync::mpsc::channel();
    let reader = std::thread::spawn(move || {
        let mut lines = Vec::new();
        for text in output.lines().map_while(Result::ok) {
            // What the test runner prints is not ours; nor is a line that the kill cut.
            if let Ok(line) = serde_json::from_str::<Line>(&text) {
                if line.done.is_some() {
                    let _ = first.send(());
                }
                lines.push(line);
            }
        }
        lines
    });
    // From the first change on, so that every child does something however busy the machine is.
    started.recv_timeout(Duration::from_secs(120)).expect("the child works");
    std::thread::sleep(after);
    child.kill().expect("it runs");
    child.wait().expect("it ended");
    reader.join().expect("no panic")
}

/// Every zip that a row names is a file, byte for byte.
fn zips_are_there(control: &Control, worker: u32, state: &State) {
    let name = format!("w{worker}");
    let check = |location: &Value| {
        let token = location.as_str().and_then(|url| url.rsplit('/').next()).expect("a URL").to_owned();
        assert_eq!(control.download(&token).expect("a file").expect("a good token").len(), 156);
    };
    let qualifiers = state.versions.iter().map(u64::to_string).chain(state.description.iter().map(|_| "$LATEST".to_owned()));
    for qualifier in qualifiers {
        let input = json!({"FunctionName": name, "Qualifier": qualifier});
        check(&call(control, "GetFunction", input).expect("the version")["Code"]["Location"]);
    }
    if let Some(layer) = state.layers.last() {
        let input = json!({"LayerName": name, "VersionNumber": layer});
        check(&call(control, "GetLayerVersion", input).expect("the layer")["Content"]["Location"]);
    }
}

#[test]
fn twenty_kills_lose_nothing_that_was_acknowledged() {
    kill_and_compare(20);
}

#[test]
#[ignore = "minutes; `make test-slow` runs it"]
fn three_hundred_kills_lose_nothing_that_was_acknowledged() {
    kill_and_compare(300);
}
