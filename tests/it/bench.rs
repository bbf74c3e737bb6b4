//! `wasmlam bench` through the command. Times are looked at only where the machine cannot change what they show.

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};
use wasmlam::function::{CpuShare, MemorySize};
use wasmlam::runner::{CpuModel, DeployRequest};
use wasmlam::sandbox::on_guest_thread;

use crate::common::{deploy, invoke, library, request, root, wasmlam};

/// Runs it in a cache folder of its own for baselines, with the compiled interpreter of the usual one.
struct Bench {
    cache: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let cache = tempfile::tempdir().expect("a folder");
        for name in ["bundles", "modules"] {
            std::os::unix::fs::symlink(library().home().cache().join(name), cache.path().join(name)).expect("links");
        }
        Self { cache }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.cache.path().join(name)
    }

    fn go(&self, arguments: &[&str]) -> Output {
        let mut command = wasmlam();
        command.env("WASMLAM_CACHE", self.cache.path()).arg("bench").args(arguments);
        command.output().expect("the program starts")
    }

    /// A handler that computes as much as it is asked for.
    fn package(&self, name: &str, times: u32) -> String {
        let path = self.path(&format!("{name}.py"));
        let code = format!("def handler(event, context):\n    return sum(i * i % 7 for i in range({times}))\n");
        std::fs::write(&path, code).expect("writes");
        path.to_str().expect("a path").to_owned()
    }

    /// What it exports as JSON.
    fn document(&self, arguments: &[&str]) -> Value {
        let file = self.path("export.json");
        let export = format!("json={}", file.display());
        let output = self.go(&[arguments, &["--export", &export]].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        serde_json::from_str(&std::fs::read_to_string(file).expect("an export")).expect("JSON")
    }
}

fn handler(name: &str) -> [String; 3] {
    let path = root().join("tests/handlers").join(format!("{name}.py"));
    [path.to_str().expect("a path").to_owned(), "--handler".into(), format!("{name}.handler")]
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn every_mode_has_a_series_with_its_parts() {
    let bench = Bench::new();
    let [package, option, name] = handler("echo");
    let modes = ["cold", "publish", "each", "snapshot", "reuse"];
    let document =
        bench.document(&[&package, &option, &name, "--mode", &modes.join(","), "--runs", "4", "--warmup", "0", "--concurrency", "1,2"]);
    let series = document["series"].as_array().expect("a list");
    let measured: Vec<(&str, u64)> =
        series.iter().map(|one| (one["mode"].as_str().expect("a mode"), one["concurrency"].as_u64().expect("a number"))).collect();
    let wanted: Vec<(&str, u64)> = modes.iter().flat_map(|mode| [(*mode, 1), (*mode, 2)]).collect();
    assert_eq!(measured, wanted);
    for one in series {
        let mode = one["mode"].as_str().expect("a mode");
        let has = |part: &str| !one[part].is_null();
        let parts = ["init_us", "restore_us", "handler_us", "reset_us", "fuel", "pages_written"].map(has);
        let wanted = match mode {
            "cold" => [true, true, true, true, false, true],
            "publish" => [true, false, false, false, false, false],
            "each" => [true, false, true, true, true, true],
            "snapshot" => [false, true, true, true, true, true],
            _ => [false, false, true, false, true, false],
        };
        assert_eq!(parts, wanted, "{mode}: init, restore, handler, reset, fuel, pages");
        let samples: Vec<f64> = one["samples_us"].as_array().expect("samples").iter().filter_map(Value::as_f64).collect();
        assert_eq!((samples.len(), &one["runs"]), (4, &json!(4)));
        let number = |name: &str| one[name].as_f64().unwrap_or_else(|| panic!("no {name}"));
        let ordered = ["min_us", "p50_us", "p90_us", "p95_us", "p99_us", "p99_9_us", "max_us"].map(number);
        assert!(ordered.is_sorted() && ordered[0] > 0.0, "{ordered:?}");
        assert!((number("mean_us") - samples.iter().sum::<f64>() / 4.0).abs() < 0.01);
        assert!(number("peak_memory_bytes") > 16e6 && number("throughput_per_s") > 0.0);
    }
    let environment = &document["environment"];
    assert_eq!(environment["module_sha256"].as_str().map(str::len), Some(64));
    assert_eq!((&environment["cpu_model"], &environment["events"]), (&json!("full"), &json!(1)));
}

/// The case that a gate is for: nothing that a stopwatch could show on a busy machine, and exact in fuel.
#[test]
fn a_handler_made_two_percent_slower_fails_on_fuel() {
    let bench = Bench::new();
    let (before, after) = (bench.package("before", 50_000), bench.package("after", 51_000));
    let quick = ["--handler", "before.handler", "--mode", "snapshot", "--runs", "2", "--warmup", "0"];
    let saved = bench.go(&[&[before.as_str(), "--save", "main"], &quick[..]].concat());
    assert_eq!(saved.status.code(), Some(0), "{saved:?}");
    let kept = bench.path("bench/main.json");
    assert!(kept.is_file());

    let again = |package: &str, handler: &str, gates: &[&str]| {
        let mut arguments = vec![package, "--handler", handler, "--baseline", "main"];
        arguments.extend(&quick[2..]);
        gates.iter().for_each(|gate| arguments.extend(["--fail-on", *gate]));
        let output = bench.go(&arguments);
        (output.status.code().expect("no signal"), text(&output.stdout))
    };
    let (code, told) = again(&before, "before.handler", &["fuel>+0%", "fuel<-0%"]);
    assert_eq!(code, 0, "the same to the operator: {told}");
    let (code, told) = again(&after, "after.handler", &["fuel>+1%"]);
    assert!(code == 1 && told.contains("FAILED fuel>+1%: after snapshot 128 MB is"), "{code}: {told}");
    let change = told.split("(was ").nth(1).and_then(|rest| rest.split(['+', '%']).nth(1)).expect("a change").trim();
    assert!((1.9..2.3).contains(&change.parse::<f64>().expect("a number")), "{change} %");
    let (code, told) = again(&after, "after.handler", &["fuel>+3%"]);
    assert!(code == 0 && told.contains("passed fuel>+3%"), "{code}: {told}");
    // Absolute bounds judge too, and one failure among many gates is a failure.
    let (code, told) = again(&after, "after.handler", &["fuel>+3%", "p50>1ns"]);
    assert!(code == 1 && told.contains("FAILED p50>1ns"), "{code}: {told}");

    // Fuel of another interpreter says nothing.
    let other = std::fs::read_to_string(&kept).expect("reads").replace("\"module_sha256\":\"", "\"module_sha256\":\"0");
    std::fs::write(&kept, other).expect("writes");
    let output = bench.go(&[&[before.as_str(), "--baseline", "main", "--fail-on", "fuel>+1%"], &quick[..]].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("counted with another interpreter"), "{output:?}");
}

#[test]
fn packages_are_compared_with_the_first_one() {
    let bench = Bench::new();
    let write = |folder: &str, times: u32| {
        let folder = bench.path(folder);
        std::fs::create_dir(&folder).expect("a folder");
        let code = format!("def lambda_handler(event, context):\n    return sum(range({times}))\n");
        std::fs::write(folder.join("lambda_function.py"), code).expect("writes");
        folder.to_str().expect("a path").to_owned()
    };
    let (small, large) = (write("small", 1000), write("large", 1_000_000));
    let markdown = bench.path("out.md");
    let export = format!("markdown={}", markdown.display());
    let common = ["--mode", "reuse", "--runs", "30", "--fail-on", "p50>+50%", "--export", &export];
    let slower = bench.go(&[&[small.as_str(), large.as_str()], &common[..]].concat());
    let told = text(&slower.stdout);
    assert_eq!(slower.status.code(), Some(1), "{told}");
    assert!(told.contains("Compared with the first package") && told.contains("slower"), "{told}");
    assert!(!told.contains("p50>+50%: small"), "what others are compared with is not judged: {told}");
    let faster = bench.go(&[&[large.as_str(), small.as_str()], &common[..]].concat());
    assert_eq!(faster.status.code(), Some(0), "{faster:?}");
    let told = std::fs::read_to_string(markdown).expect("an export");
    let row = told.lines().find(|line| line.starts_with("| small reuse 128 MB |") && line.contains(" to ")).expect("a comparison");
    assert!(row.contains("| faster |"), "{row}");
}

#[test]
fn a_sweep_has_costs_and_leaves_out_what_is_too_small() {
    let bench = Bench::new();
    let [package, option, name] = handler("takes_memory");
    let csv = bench.path("out.csv");
    let export = format!("csv={}", csv.display());
    let event = json!({"mb": 150}).to_string();
    let output = bench.go(&[
        &package,
        &option,
        &name,
        "--event",
        &event,
        "--cpu-model",
        "lambda",
        "--memory-size",
        "128,1769,3008",
        "--mode",
        "snapshot",
        "--runs",
        "3",
        "--warmup",
        "0",
        "--timeout",
        "60",
        "--export",
        &export,
    ]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(text(&output.stderr).contains("takes_memory snapshot 128 MB is left out: it ended as "), "{output:?}");
    let told = text(&output.stdout);
    assert!(told.contains("a model: ") && told.contains("prices of us-east-1 x86_64 of 2026-"), "{told}");
    let rows: Vec<Vec<String>> =
        std::fs::read_to_string(csv).expect("an export").lines().map(|line| line.split(',').map(String::from).collect()).collect();
    assert_eq!(rows.len(), 3, "a header and two sizes");
    let column = |name: &str| rows[0].iter().position(|column| column == name).unwrap_or_else(|| panic!("no {name}"));
    for row in &rows[1..] {
        let number = |name: &str| row[column(name)].parse::<f64>().unwrap_or_else(|_| panic!("{name}: {row:?}"));
        let cost = number("memory_size_mb") / 1024.0 * number("billed_ms") * 1e3 * 0.000_016_666_7 + 0.2;
        assert!((number("cost_per_million") - cost).abs() < 1e-6, "{row:?}");
    }
}

/// Every element is closed by its own name, and nothing is fetched from anywhere.
fn check_markup(text: &str, void: &[&str]) {
    let mut open = Vec::new();
    let text = text.split("<script>").next().expect("a first part");
    for tag in text.split('<').skip(1).map(|rest| rest.split('>').next().expect("a tag")) {
        let name = tag.trim_start_matches('/').split([' ', '\n']).next().expect("a name").trim_end_matches('/');
        match (tag.starts_with('/'), tag.ends_with('/')) {
            (true, _) => assert_eq!(open.pop(), Some(name), "closes what is open"),
            (false, false) if !tag.starts_with('!') && !void.contains(&name) => open.push(name),
            (false, _) => {}
        }
    }
    assert!(open.is_empty() || open == ["html"], "{open:?}");
    let addresses: Vec<&str> = text.match_indices("//").map(|(at, _)| &text[at..(at + 20).min(text.len())]).collect();
    assert!(addresses.iter().all(|address| address.starts_with("//www.w3.org/2000/sv")), "{addresses:?}");
    assert!(!text.contains("src=") && !text.contains("href="));
}

#[test]
fn pictures_and_page_are_complete_in_themselves() {
    let bench = Bench::new();
    let (svg, html) = (bench.path("out.svg"), bench.path("out.html"));
    let (to_svg, to_html) = (format!("svg={}", svg.display()), format!("html={}", html.display()));
    let package = bench.package("a<b>&c", 10_000);
    let output = bench.go(&[
        &package,
        "--handler",
        "a<b>&c.handler",
        "--cpu-model",
        "lambda",
        "--memory-size",
        "512,1769",
        "--runs",
        "3",
        "--export",
        &to_svg,
        "--export",
        &to_html,
    ]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let svg = std::fs::read_to_string(svg).expect("an export");
    check_markup(&svg, &[]);
    let page = std::fs::read_to_string(html).expect("an export");
    check_markup(&page, &["meta", "input"]);
    for text in [&svg, &page] {
        assert!(text.contains("a&lt;b&gt;&amp;c snapshot 512 MB") && !text.contains("a<b>"), "names are escaped");
        for picture in ["Time of a whole run", "Percentiles", "Median of each round", "time and cost by memory size", "recommended"] {
            assert!(text.contains(picture), "{picture}");
        }
    }
    assert!(!svg.contains("NaN") && !svg.contains("inf"), "numbers only");
    assert!(!page.contains("{{"), "every place was filled");
}

/// A handler that is paused takes the wall time that the model predicts from the CPU time it took: never less, and at its
/// best not ten times more. A busy machine delays it as well, so what it takes above the prediction is a matter of benches.
#[test]
fn a_share_takes_the_time_that_the_model_predicts() {
    const PERIOD: f64 = 0.020;
    on_guest_thread(|| {
        let computed_and_waited = || -> (f64, f64) {
            let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
            let numbers: Vec<f64> = stat.split_whitespace().filter_map(|ns| ns.parse().ok()).collect();
            (numbers[0] / 1e9, numbers[1] / 1e9)
        };
        for size in ["256", "512", "1024"] {
            let size: MemorySize = size.parse().expect("in bounds");
            let mut request = DeployRequest { cpu: CpuModel::Lambda, ..request("computes") };
            request.config.memory_size = size;
            request.config.timeout = "60".parse().expect("in bounds");
            let deployment = deploy(request);
            let quota = PERIOD * f64::from(size.mb()) / f64::from(CpuShare::ONE_VCPU_MB);
            let ratios: Vec<(f64, f64)> = (0..5)
                .map(|_| {
                    let (cpu, waited) = computed_and_waited();
                    let wall = invoke(&deployment, "{}").usage.duration.as_secs_f64();
                    let (cpu_now, waited_now) = computed_and_waited();
                    // All of the quota, then a pause to the end of the period, until what is left fits into one.
                    let periods = ((cpu_now - cpu) / quota).floor();
                    let predicted = periods * PERIOD + (cpu_now - cpu - periods * quota);
                    (wall / predicted, (wall - (waited_now - waited)) / predicted)
                })
                .collect();
            assert!(ratios.iter().all(|(whole, _)| *whole > 0.9), "{size}: faster than its share: {ratios:?}");
            assert!(ratios.iter().any(|(_, unhindered)| *unhindered < 10.0), "{size}: slower than its share: {ratios:?}");
        }
    })
    .expect("a thread");
}

#[test]
fn a_call_that_fails_ends_it_with_the_code_of_run() {
    let bench = Bench::new();
    for (name, code) in [("raises", 1), ("loops", 4)] {
        let [package, option, handler] = handler(name);
        let output = bench.go(&[&package, &option, &handler, "--runs", "1", "--timeout", "0.2"]);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        assert!(text(&output.stderr).contains("only calls that return a result are measured"), "{output:?}");
    }
}

/// Counted, not sampled: twice the same, to the operator.
#[test]
fn a_profile_names_where_the_operators_go() {
    let bench = Bench::new();
    let path = bench.path("app.py");
    let code = "import json\n\n\ndef heavy(n):\n    return sum(i * i for i in range(n))\n\n\ndef light(n):\n    return len(json.dumps([0] * n))\n\n\n\
                def handler(event, context):\n    return [heavy(50_000), light(50)]\n";
    std::fs::write(&path, code).expect("writes");
    let path = path.to_str().expect("a path");
    let go = |file: &str| {
        let out = bench.path(file);
        let output = bench.go(&[
            path,
            "--handler",
            "app.handler",
            "--mode",
            "snapshot",
            "--runs",
            "1",
            "--profile",
            "--profile-out",
            out.to_str().expect("a path"),
        ]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let told = text(&output.stdout);
        let table = told.split_once("Where the operators of app go, one call\n").expect("a profile").1.to_owned();
        (table, std::fs::read_to_string(out).expect("a file"))
    };
    let (table, collapsed) = go("profile.txt");
    let row = table.lines().find(|line| line.trim().starts_with("heavy.<locals>.<genexpr> (app.py:5)")).expect("a row");
    assert!(row.contains("50,001"), "{table}");
    let stacks: std::collections::BTreeMap<&str, u64> = collapsed
        .lines()
        .map(|line| line.rsplit_once(' ').map(|(stack, count)| (stack, count.parse().expect("a number"))).expect("a line"))
        .collect();
    let within = |function: &str| stacks.iter().filter(|(stack, _)| stack.contains(function)).map(|(_, count)| count).sum::<u64>();
    let all: u64 = stacks.values().sum();
    assert!(within(";heavy (app.py:4)") * 20 > all * 19, "{stacks:#?}");
    assert!(within("heavy.<locals>.<genexpr> (app.py:5)") * 5 > all, "{stacks:#?}");
    assert!(stacks.keys().all(|stack| stack.starts_with("handler (app.py:12)")), "{stacks:#?}");
    // What is told is what the call takes, but for the runtime's own part and what the constant correction misses.
    let share: f64 = table.split(" are ").nth(1).and_then(|rest| rest.split(" %").next()?.parse().ok()).expect("a share");
    assert!((80.0..120.0).contains(&share), "{table}");
    assert_eq!(go("again.txt"), (table, collapsed));
    let speedscope: Value = serde_json::from_str(&go("profile.json").1).expect("JSON");
    assert_eq!(speedscope["profiles"][0]["endValue"], json!(all));
    check_markup(&go("profile.svg").1, &[]);
}

#[test]
fn a_function_without_an_image_has_no_snapshot_series() {
    let bench = Bench::new();
    let [package, option, name] = handler("leaves_open");
    let document = bench.document(&[&package, &option, &name, "--mode", "snapshot,reuse,each", "--runs", "2"]);
    let modes: Vec<&Value> = document["series"].as_array().expect("a list").iter().map(|series| &series["mode"]).collect();
    assert_eq!(modes, ["reuse", "each"]);
    let alone = bench.go(&[&package, &option, &name, "--mode", "snapshot"]);
    assert_eq!(alone.status.code(), Some(2), "{alone:?}");
    assert!(text(&alone.stderr).contains("leaves_open snapshot 128 MB is left out: see the warning"), "{alone:?}");
}

#[test]
fn wrong_usage_is_told_before_anything_is_measured() {
    let bench = Bench::new();
    let [package, option, name] = handler("echo");
    let export = format!("json={}", Path::new("/nowhere/at/all.json").display());
    for (arguments, says) in [
        (&["--fail-on", "fuel"][..], "is not a condition"),
        (&["--fail-on", "fuel>1%"], "a change has a sign"),
        (&["--mode", "warm"], "invalid value 'warm'"),
        (&["--min-time", "3m"], "invalid duration '3m'"),
        (&["--runs", "0"], "invalid value '0'"),
        (&["--export", "yaml=x"], "must be json, csv"),
        (&["--baseline", "never"], "there is no baseline 'never'"),
        (&["--save", "../x"], "a name has"),
        (&["--profile", "--profile-out", "x.pdf"], "not in 'pdf'"),
        (&["--deterministic"], "bench measures real time"),
        (&["--memory-size", "128,64"], "must be 128 to 10240"),
        (&["--event", "{", "--runs", "1"], "the event is not JSON"),
        (&["--runs", "1", "--fail-on", "fuel>+1%"], "needs something to compare with"),
        (&["--runs", "1", "--export", &export], "cannot write"),
    ] {
        let output = bench.go(&[&[package.as_str(), &option, &name], arguments].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(text(&output.stderr).contains(says), "{arguments:?}: {}", text(&output.stderr));
    }
    let run = wasmlam().args(["run", &package, &option, &name, "--memory-size", "128,256"]).output().expect("starts");
    assert_eq!(run.status.code(), Some(2), "run takes one size: {run:?}");
}
