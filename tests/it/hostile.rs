//! Code that attacks: `tests/hostile/` has a handler for each attack, `suite.jsonl` the verdict that each must get. The
//! host of all of them is this process, which must live on, and so must what runs in it: after each attack a hello is
//! answered as before, and every memory that is used again is compared with its image.

use regex::Regex;
use serde::Deserialize;
use serde_json::{Value, json};
use wasmlam::function::{Completion, Fuel, RequestId};
use wasmlam::judge::{Bounds, Judgement, Verdict, judge};
use wasmlam::runner::{DeployRequest, Deployment, Options};
use wasmlam::sandbox::{Reset, SlotOptions, on_guest_thread};

use crate::common::{invoke, library, request_of, root};

/// One line of the suite.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Attack {
    /// `tests/hostile/<handler>.py`.
    handler: String,
    #[serde(default)]
    event: Value,
    /// Seconds. Only an attack that never ends by itself has a short timeout.
    #[serde(default = "sixty")]
    timeout: f64,
    /// Whether time is counted in operators: for an attack that runs out of something else if it is given the time, so
    /// that no faster, slower or busier machine changes its verdict.
    #[serde(default)]
    counted: bool,
    /// MB.
    #[serde(default = "smallest")]
    memory_size: u32,
    fuel: Option<u64>,
    /// One, or those that noise may get, with `|` between them.
    verdict: String,
    /// Whether the time was slept.
    #[serde(default)]
    idle: bool,
    /// What the verdict's detail must match.
    detail: String,
}

/// At least ten times what the longest attack that ends by itself takes.
fn sixty() -> f64 {
    60.0
}

fn smallest() -> u32 {
    128
}

/// As `wasmlam test` has it.
const BOUNDS: Bounds = Bounds { log: 1 << 20 };
/// Bytes that this process may have resident at most: the largest guest, its /tmp and all else that tests hold. A listing
/// of a full folder in each descriptor alone would be more.
const MAX_RESIDENT_KB: u64 = 3 << 20;

fn attacks() -> Vec<Attack> {
    let suite = std::fs::read_to_string(root().join("tests/hostile/suite.jsonl")).expect("the suite");
    suite.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn deploy(attack: &Attack) -> Deployment {
    let handler = &attack.handler;
    let mut request = request_of(&root().join(format!("tests/hostile/{handler}.py")), &format!("{handler}.handler"));
    request.config.timeout = attack.timeout.to_string().parse().expect("in bounds");
    request.config.memory_size = attack.memory_size.to_string().parse().expect("in bounds");
    request.config.fuel = attack.fuel.map(|fuel| Fuel::new(fuel).expect("in bounds"));
    let slot = SlotOptions { reset: Reset::Repair, verify: true };
    library()
        .deploy(DeployRequest { options: Options { slot, ..Options::default() }, deterministic: attack.counted, ..request })
        .expect("no fault of the host")
}

/// Invokes once, as a judge who wants `expected`.
fn judged(deployment: &Deployment, event: &Value, expected: &Value) -> (Judgement, Completion) {
    let event = event.to_string();
    let completion = invoke(deployment, &event);
    let case = serde_json::from_value(json!({"name": "case", "expect": {"result": expected}})).expect("a case");
    let judgement = judge(&case, event.as_bytes(), &completion, BOUNDS, &mut |_, _| Err("no checker".into()));
    (judgement, completion)
}

/// What is not as it should be, of those attacks that `mine` picks.
fn run(mine: impl Fn(usize) -> bool + Send + Sync) -> Vec<String> {
    on_guest_thread(|| {
        let hello = Attack {
            handler: "hello".into(),
            event: json!({"name": "Ada"}),
            timeout: sixty(),
            counted: false,
            memory_size: 128,
            fuel: None,
            verdict: "AC".into(),
            idle: false,
            detail: String::new(),
        };
        let greeter = deploy(&hello);
        let mut wrong = Vec::new();
        for (_, attack) in attacks().iter().enumerate().filter(|(i, _)| mine(*i)) {
            let name = format!("{} {}", attack.handler, attack.event);
            // Made here, so that no guest can know it but from the host.
            let secret = json!(RequestId::mint().as_str());
            let (Judgement { verdict, detail, .. }, completion) = judged(&deploy(attack), &attack.event, &secret);
            let is_idle = verdict == Verdict::Tle && completion.usage.slept * 2 > completion.usage.duration;
            let fits = attack.verdict.split('|').any(|code| code == verdict.code());
            let named = Regex::new(&attack.detail).expect("a pattern").is_match(&detail);
            if !(fits && named && is_idle == attack.idle && verdict != Verdict::Ac && verdict != Verdict::Ie) {
                let idle = if is_idle { " (idle)" } else { "" };
                wrong.push(format!("{name}: {}{idle}: {detail}; wanted {}: {}", verdict.code(), attack.verdict, attack.detail));
            }
            let (Judgement { verdict, detail, .. }, completion) = judged(&greeter, &hello.event, &json!({"message": "Hello Ada!"}));
            if verdict != Verdict::Ac || !completion.attempts.is_empty() || completion.log.written != 0 {
                wrong.push(format!("{name} changed what came after it: {}: {detail}", verdict.code()));
            }
        }
        wrong
    })
    .expect("a thread")
}

#[test]
fn every_attack_gets_its_verdict_and_harms_nobody() {
    let halves = [0, 1];
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let threads = halves.map(|half| scope.spawn(move || run(move |i| i % 2 == half)));
        threads.into_iter().flat_map(|thread| thread.join().expect("the host lives on")).collect()
    });
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    let status = std::fs::read_to_string("/proc/self/status").expect("readable");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).and_then(|line| line.trim().strip_suffix(" kB"));
    let peak: u64 = peak.expect("a line").trim().parse().expect("a number");
    assert!(peak < MAX_RESIDENT_KB, "the host had {peak} kB resident");
}

#[test]
fn every_handler_is_in_the_suite_and_says_what_it_does() {
    let attacks = attacks();
    let mut handlers = 0;
    for entry in std::fs::read_dir(root().join("tests/hostile")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "py") {
            continue;
        }
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let source = std::fs::read_to_string(&path).expect("readable");
        assert!(source.starts_with("\"\"\"") && source.lines().next().is_some_and(|line| line.ends_with(".\"\"\"")), "{name}");
        assert!(name == "hello" || attacks.iter().any(|attack| attack.handler == name), "{name} is not in the suite");
        handlers += 1;
    }
    assert!(handlers > 60, "{handlers}");
    assert!(attacks.iter().all(|attack| !attack.detail.is_empty() || attack.verdict.contains('|')), "each says what its detail is");
}
