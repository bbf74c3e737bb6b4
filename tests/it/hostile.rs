//! Code that attacks: `tests/hostile/` has a handler for each attack, `suite.jsonl` the verdict that each must get. The
//! host of all of them is this process, which must live on, and so must what runs in it: after each attack a hello is
//! answered as before, and every memory that is used again is compared with its image.

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;
use serde_json::{Value, json};
use wasmlam::function::{Completion, ErrorDocument, Fuel, Invocation, Outcome, RequestId};
use wasmlam::judge::{Case, JudgeBounds, Judgement, Verdict, judge};
use wasmlam::network::Policy;
use wasmlam::runner::{DeployRequest, Deployment, Options};
use wasmlam::sandbox::{Reset, SlotOptions, on_guest_thread};

use crate::common::{library, request, request_of, root};

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
    /// Where it may connect to.
    #[serde(default)]
    allow_net: String,
    /// What the judge expects; without it a result that no guest can know.
    expect: Option<Value>,
    /// How often the one element of an expected array stands in it, for an expectation too long to be written out.
    #[serde(default = "once")]
    elements: usize,
    /// What the case has in /tmp.
    #[serde(default)]
    files: BTreeMap<String, String>,
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

fn once() -> usize {
    1
}

fn smallest() -> u32 {
    128
}

/// As `wasmlam test` has it.
const BOUNDS: JudgeBounds<'static> = JudgeBounds { log: 1 << 20, stop: None };
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
    let network = Policy::new(&[&attack.allow_net], &[""; 0]).expect("rules");
    library()
        .deploy(DeployRequest { options: Options { slot, ..Options::default() }, deterministic: attack.counted, network, ..request })
        .expect("no fault of the host")
}

/// Invokes once, as a judge who wants what `attack` says, or a result that no guest can know: it is made here.
fn judged(deployment: &Deployment, attack: &Attack) -> (Judgement, Completion) {
    let mut invocation = Invocation::new(attack.event.to_string().into_bytes(), None).expect("JSON");
    invocation.files = attack.files.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())).collect();
    invocation.pays_start = true;
    let completion = deployment.invoke(invocation).expect("no fault of the host");
    let mut expect = attack.expect.clone().unwrap_or_else(|| json!({"result": RequestId::mint().as_str()}));
    if attack.elements > 1 {
        let Value::Array(elements) = &mut expect["result"] else { panic!("{} expects no array", attack.handler) };
        *elements = vec![elements[0].clone(); attack.elements];
    }
    let case: Case = serde_json::from_str(&json!({"name": "case", "expect": expect}).to_string()).expect("a case");
    let judgement = judge(&case, attack.event.to_string().as_bytes(), &completion, BOUNDS, &mut |_, _| Err("no checker".into()));
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
            allow_net: String::new(),
            expect: Some(json!({"result": {"message": "Hello Ada!"}})),
            elements: 1,
            files: BTreeMap::new(),
            verdict: "AC".into(),
            idle: false,
            detail: String::new(),
        };
        let greeter = deploy(&hello);
        let mut wrong = Vec::new();
        for (_, attack) in attacks().iter().enumerate().filter(|(i, _)| mine(*i)) {
            let name = format!("{} {}", attack.handler, attack.event);
            let (Judgement { verdict, detail, .. }, completion) = judged(&deploy(attack), attack);
            let is_idle = verdict == Verdict::Tle && completion.usage.slept * 2 > completion.usage.duration;
            let fits = attack.verdict.split('|').any(|code| code == verdict.code());
            let named = Regex::new(&attack.detail).expect("a pattern").is_match(&detail);
            if !(fits && named && is_idle == attack.idle && verdict != Verdict::Ac && verdict != Verdict::Ie) {
                let idle = if is_idle { " (idle)" } else { "" };
                wrong.push(format!("{name}: {}{idle}: {detail}; wanted {}: {}", verdict.code(), attack.verdict, attack.detail));
            }
            let (Judgement { verdict, detail, .. }, completion) = judged(&greeter, &hello);
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

/// Results and states of /tmp as no honest function has them.
mod internal_errors {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::{Config, RngSeed, TestRunner};

    fn path() -> impl Strategy<Value = String> {
        "[ab]{1,2}(/[ab]{1,2}){0,2}"
    }

    fn state() -> impl Strategy<Value = Value> {
        let step = prop_oneof![
            (path(), 0..3_u32).prop_map(|(path, blocks)| json!(["file", path, blocks * 5000])),
            path().prop_map(|path| json!(["folder", path])),
            (path(), path()).prop_map(|(path, target)| json!(["link", path, target])),
            (path(), path()).prop_map(|(path, target)| json!(["hard_link", path, target])),
            (path(), path()).prop_map(|(path, target)| json!(["rename", path, target])),
            path().prop_map(|path| json!(["keep_open", path])),
            path().prop_map(|path| json!(["remove", path])),
            Just(json!(["fill"])),
        ];
        prop::collection::vec(step, 0..6).prop_map(Value::from)
    }

    fn json_text() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("null".to_owned()),
            Just("true".to_owned()),
            "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,3})?(e-?[0-9]{1,4})?",
            "[1-9][0-9]{4300,5000}",
            "\"[a-z$:_é\u{85}\u{2028}]{0,9}\"",
            Just("\"\\\\ud800\"".to_owned()),
            Just("\"\\\\u0000\"".to_owned()),
            Just("{\"$serde_json::private::Number\":\"1\"}".to_owned()),
            Just("{\"$serde_json::private::RawValue\":\"1\"}".to_owned()),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(|parts| format!("[{}]", parts.join(","))),
                prop::collection::vec(("[abx]{1,2}|items|statusCode|body|headers", inner), 0..4).prop_map(|members| {
                    let members: Vec<String> = members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
                    format!("{{{}}}", members.join(","))
                }),
            ]
        })
    }

    fn result() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            8 => json_text().prop_map(String::into_bytes),
            1 => prop::collection::vec(any::<u8>(), 0..40),
            1 => (1..300_usize).prop_map(|depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth)).into_bytes()),
        ]
    }

    fn expect() -> impl Strategy<Value = String> {
        let path =
            || prop_oneof![Just("$"), Just("$[*]"), Just("$.items[*].id"), Just("$.a"), Just("$.*.b"), Just("$[0]"), Just("$.body[*]")];
        prop_oneof![
            json_text().prop_map(|json| format!("{{\"result\":{json}}}")),
            json_text().prop_map(|json| format!("{{\"subset\":{json},\"unordered\":true}}")),
            json_text().prop_map(|json| format!("{{\"result\":{json},\"unordered\":true,\"tolerance\":{{\"abs\":0.5}}}}")),
            (json_text(), path()).prop_map(|(json, path)| format!("{{\"result\":{json},\"ignore\":[\"{path}\"]}}")),
            path().prop_map(|path| format!("{{\"types\":{{\"{path}\":\"integer\"}}}}")),
            path().prop_map(|path| format!("{{\"matches\":{{\"{path}\":\"^a\"}},\"optional\":[\"{path}\"]}}")),
            json_text().prop_map(|json| format!("{{\"http\":{{\"status\":200,\"body\":{json}}}}}")),
            json_text().prop_map(|json| format!("{{\"result\":{json},\"checker\":\"checker.py\"}}")),
            Just("{\"checker\":{\"package\":\"checker.py\",\"timeout\":1}}".to_owned()),
            Just("{\"text\":\"a\",\"log\":[\"b\"],\"outcome\":\"ok\",\"error\":{\"message\":\"c\"}}".to_owned()),
        ]
    }

    /// What a checker of the suite's author does: it is right about the expected result and may fail on any other.
    fn check(question: &[u8], sample: &Completion, way: u8) -> Completion {
        // A question is JSON, whatever the guest returned.
        let question: BTreeMap<String, Box<serde_json::value::RawValue>> = serde_json::from_slice(question).expect("a question");
        let outcome = match way % 4 {
            _ if question["result"].get() == question["expected"].get() => Outcome::Returned(b"true".to_vec()),
            0 => Outcome::Raised(ErrorDocument::from_guest(br#"{"errorType": "ValueError", "errorMessage": "no"}"#).expect("a document")),
            1 => Outcome::Returned(question["result"].get().into()),
            2 => Outcome::TimedOut("1".parse().expect("in bounds")),
            _ => Outcome::ResultTooLarge(7_000_000),
        };
        Completion { outcome, ..sample.clone() }
    }

    fn never(cases: u32) {
        let request = request("hostile_state");
        let options = Options { reuse: true, ..Options::default() };
        let deployment = library().deploy(DeployRequest { options, ..request }).expect("no fault of the host");
        #[expect(clippy::result_large_err, reason = "the property test hands its inputs back")]
        let wrong = on_guest_thread(move || {
            // A sandbox that is used again keeps what the guest left in /tmp, as the image after an init does.
            let worker = std::cell::RefCell::new(deployment.worker());
            let config = Config { cases, rng_seed: RngSeed::Fixed(26), failure_persistence: None, ..Config::default() };
            let files = prop::collection::btree_map("[ab]{1,2}", "[ab]{1,2}(/[ab]{1,2})?", 0..3);
            let strategy = (state(), result(), expect(), files, any::<u8>());
            TestRunner::new(config).run(&strategy, |(state, result, expect, files, way)| {
                let invoke = |event: Value, files: Vec<(String, Vec<u8>)>| {
                    let mut invocation = Invocation::new(event.to_string().into_bytes(), None).expect("JSON");
                    invocation.files = files;
                    worker.borrow_mut().invoke(&invocation)
                };
                invoke(json!({"state": state, "result": ""}), Vec::new()).map_err(|error| TestCaseError::fail(error.to_string()))?;
                let files: Vec<(String, Vec<u8>)> =
                    files.into_iter().map(|(name, rest)| (format!("{name}-/{rest}"), b"of the case".to_vec())).collect();
                let names: Vec<&String> = files.iter().map(|(path, _)| path).collect();
                let digits: String = result.iter().map(|byte| format!("{byte:02x}")).collect();
                let event = json!({"placed": names, "state": [], "result": digits});
                let completion = invoke(event.clone(), files).map_err(|error| TestCaseError::fail(error.to_string()))?;
                if let Outcome::Raised(document) = &completion.outcome {
                    prop_assert!(document.error_type != "AssertionError", "a file of the case is not there: {}", document.message);
                }
                let case: Case = serde_json::from_str(&format!("{{\"name\":\"case\",\"expect\":{expect}}}")).expect("a case");
                let judgement = judge(&case, event.to_string().as_bytes(), &completion, BOUNDS, &mut |_, question| {
                    Ok(check(&question, &completion, way))
                });
                prop_assert!(judgement.verdict != Verdict::Ie, "{}", judgement.detail);
                Ok(())
            })
        });
        if let Err(error) = wrong.expect("a thread") {
            panic!("{error}");
        }
    }

    #[test]
    fn no_result_and_no_state_of_tmp_is_one() {
        never(3000);
    }

    #[test]
    #[ignore = "a hundred thousand of them"]
    fn no_result_and_no_state_of_tmp_is_one_of_many() {
        never(100_000);
    }
}
