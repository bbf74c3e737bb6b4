//! The direction of imports, as `docs/ARCHITECTURE.md` draws it, and the home of each crate. Whatever is allowed must be in
//! use, so that the lists below are what the code does and not what it once did.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

use crate::common::root;

/// Which of our modules each one uses: every module of `src/lib.rs`, from the ground up. A module may only use those that
/// stand before it, so no circle can be drawn.
const USES: [(&str, &[&str]); 24] = [
    ("agent", &[]),
    ("disk", &[]),
    ("function", &[]),
    ("protocol", &[]),
    ("sigv4", &[]),
    ("text", &[]),
    ("network", &["function", "sigv4"]),
    ("credentials", &["agent", "network", "sigv4"]),
    ("bench", &["function"]),
    ("judge", &["disk", "function", "text"]),
    ("package", &["function", "text"]),
    ("queue", &["function"]),
    ("samples", &["function"]),
    ("sandbox", &["disk", "function", "network", "protocol"]),
    ("store", &["disk", "function"]),
    ("report", &["bench", "disk", "function", "judge", "text"]),
    ("runner", &["bench", "credentials", "disk", "function", "judge", "network", "package", "report", "sandbox", "text"]),
    ("control", &["function", "network", "package", "queue", "report", "runner", "sandbox", "store", "text"]),
    ("api", &["control", "function", "queue", "sandbox", "sigv4", "store", "text"]),
    ("console", &["bench", "control", "function", "package", "report", "runner", "samples", "text"]),
    ("s3", &["agent", "control", "sigv4"]),
    ("serve", &["api", "control", "network", "queue", "runner", "s3", "sandbox", "sigv4", "store"]),
    ("cli", &["bench", "console", "function", "judge", "network", "report", "runner", "samples", "sandbox", "serve", "text"]),
    ("main", &["cli"]),
];

/// The modules that name a crate, for every crate of `Cargo.toml`. Most have one home: there a type of ours stands for what
/// the crate has, and a change of crate stays in that module.
const HOMES: [(&str, &[&str]); 57] = [
    ("anyhow", &["cli"]),
    ("askama", &["console"]),
    ("axum", &["api", "console", "serve"]),
    ("base64", &["api", "control", "function", "judge", "network", "samples", "sandbox"]),
    ("bytes", &["api"]),
    ("cap_std", &["package"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("crc32fast", &["api"]),
    ("flate2", &["samples"]),
    ("form_urlencoded", &["console", "samples"]),
    ("getrandom", &["console", "control", "sandbox"]),
    ("hmac", &["api", "console", "control", "sigv4"]),
    ("http", &["api", "judge"]),
    ("httparse", &["network"]),
    ("http_body", &["api", "console"]),
    ("http_body_util", &["api"]),
    ("hyper", &["serve"]),
    ("hyper_util", &["serve"]),
    ("indicatif", &["cli"]),
    ("ipnet", &["network"]),
    ("md_5", &[]),
    ("notify", &["runner"]),
    ("percent_encoding", &["api", "console", "network", "samples", "sigv4"]),
    ("regex", &["api", "judge"]),
    ("rusqlite", &["store"]),
    ("rustix", &["package", "sandbox", "serve"]),
    ("rustls", &["sandbox"]),
    ("rustls_native_certs", &["sandbox"]),
    ("serde", EVERYWHERE),
    ("serde_json", EVERYWHERE),
    ("serde_norway", &["judge"]),
    ("serde_with", &["control"]),
    ("sha2", &["api", "bench", "console", "control", "network", "package", "runner", "s3", "sandbox", "sigv4", "store"]),
    ("signal_hook", &["cli"]),
    ("strsim", &["judge", "samples"]),
    ("tempfile", &["disk", "report", "runner"]),
    ("thiserror", EVERYWHERE),
    ("tokio", &["api", "console", "serve"]),
    ("tokio_io_timeout", &["serve"]),
    ("tower_service", &["api"]),
    ("tracing", &["api", "serve"]),
    ("tracing_subscriber", &["serve"]),
    ("ureq", &["agent", "credentials", "s3"]),
    ("url", &["api", "credentials", "s3"]),
    ("uuid", &["control", "function"]),
    ("wasm_encoder", &["sandbox"]),
    ("wasmparser", &["sandbox"]),
    ("wasmtime", &["sandbox"]),
    ("x509_parser", &["sandbox"]),
    ("xxhash_rust", &["runner", "sandbox"]),
    ("zip", &["package"]),
    // The standard library's, for what must not be everywhere.
    ("std::process", &["cli", "credentials", "main", "sandbox"]),
    ("std::net", &["api", "cli", "network", "sandbox", "serve"]),
    ("std::os::unix", &["cli", "disk", "package", "runner", "sandbox"]),
    ("std::env", &["cli", "main", "runner", "serve"]),
];

/// Crates that are a part of the language as we write it.
const EVERYWHERE: &[&str] = &["*"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.ends_with("tests") {
            continue; // a folder of them, as long as a module's code
        }
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The code of a file without its comments and its tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("text");
    let tests = Regex::new(r"(?m)^#\[cfg\(test\)\]\n(pub\S* )?mod ").expect("a pattern");
    let end = tests.find(&text).map_or(text.len(), |found| found.start());
    text[..end].lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The code of each module, file by file. A file beside `lib.rs` is a module by itself.
fn modules() -> BTreeMap<String, Vec<(PathBuf, String)>> {
    let src = root().join("src");
    let mut modules: BTreeMap<String, Vec<(PathBuf, String)>> = BTreeMap::new();
    for path in sources(&src) {
        let first = path.strip_prefix(&src).expect("inside").components().next().expect("a name").as_os_str();
        let name = Path::new(first).file_stem().expect("a name").to_string_lossy().into_owned();
        if name != "lib" {
            let code = code(&path);
            modules.entry(name).or_default().push((path, code));
        }
    }
    modules
}

/// The modules of ours that a file names: `crate::a::b`, `crate::{a, b::c}`, and `wasmlam::a` in the program.
fn named_modules(code: &str) -> BTreeSet<String> {
    let single = Regex::new(r"\b(?:crate|wasmlam)::(\w+)").expect("a pattern");
    let group = Regex::new(r"(?s)\b(?:crate|wasmlam)::\{(.*?)\};").expect("a pattern");
    let mut names: BTreeSet<String> = single.captures_iter(code).map(|found| found[1].to_owned()).collect();
    for found in group.captures_iter(code) {
        names.extend(found[1].split(',').filter_map(|part| part.trim().split("::").next()).map(str::to_owned));
    }
    names
}

#[test]
fn imports_point_one_way_and_every_arrow_is_used() {
    let modules = modules();
    let known: Vec<&str> = USES.iter().map(|(name, _)| *name).collect();
    let (mut listed, mut there) = (known.clone(), modules.keys().map(String::as_str).collect::<Vec<_>>());
    listed.sort_unstable();
    there.sort_unstable();
    assert_eq!(listed, there, "USES lists every module of src/");
    let mut wrong = Vec::new();
    for (i, (module, uses)) in USES.iter().enumerate() {
        for above in uses.iter().filter(|name| !known[..i].contains(name)) {
            wrong.push(format!("{module} -> {above} points up: list {above} before {module}"));
        }
        let mut used = BTreeSet::new();
        for (path, code) in &modules[*module] {
            let names = named_modules(code).into_iter().filter(|name| name != module && known.contains(&name.as_str()));
            for name in names {
                if !uses.contains(&name.as_str()) {
                    wrong.push(format!("{} uses {name}, which {module} must not know", path.display()));
                }
                used.insert(name);
            }
        }
        let unused = uses.iter().filter(|name| !used.contains(**name));
        wrong.extend(unused.map(|name| format!("{module} -> {name} is allowed, but nothing uses it: remove it from USES")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The crates that the program is made from, as code spells them.
fn dependencies() -> Vec<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("text");
    let (_, rest) = manifest.split_once("\n[dependencies]\n").expect("a section");
    let section = rest.split("\n[").next().expect("a first part");
    let name = |line: &str| Some(line.split_once('=').filter(|_| !line.starts_with('#'))?.0.trim().replace('-', "_"));
    section.lines().filter_map(name).collect()
}

#[test]
fn crates_stay_at_home_and_every_home_is_used() {
    let modules = modules();
    let mut wrong = Vec::new();
    for name in dependencies() {
        if !HOMES.iter().any(|(known, _)| *known == name) {
            wrong.push(format!("{name} is in Cargo.toml: list in HOMES which module is to know it"));
        }
    }
    for (name, homes) in HOMES {
        if !name.contains("::") && !dependencies().iter().any(|known| known == name) {
            wrong.push(format!("{name} is in HOMES, but not in Cargo.toml"));
        }
        // Not a module of ours of that name, which stands behind `::`, and not a method.
        let naming = Regex::new(&format!(r"(?m)(^|[^\w:.])(::)?{name}::|\buse {name};")).expect("a pattern");
        let mut users = BTreeSet::new();
        for (module, files) in &modules {
            for (path, code) in files {
                if naming.is_match(code) {
                    users.insert(module.as_str());
                    if homes != EVERYWHERE && !homes.contains(&module.as_str()) {
                        wrong.push(format!("{} names {name}, which only {homes:?} may", path.display()));
                    }
                }
            }
        }
        if homes != EVERYWHERE {
            let unused = homes.iter().filter(|home| !users.contains(**home));
            wrong.extend(unused.map(|home| format!("{home} is a home of {name}, but does not name it: remove it from HOMES")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unsafe_has_one_address() {
    for path in sources(&root().join("src")) {
        if !path.ends_with("sandbox/memory.rs") {
            let code = code(&path);
            assert!(!code.contains("unsafe ") && !code.contains("unsafe_code"), "{}", path.display());
        }
    }
}

/// How a command ends is the command line's business, and errors below it have types.
#[test]
fn exit_codes_stay_in_the_command_line() {
    for (module, files) in modules() {
        for (path, code) in files.iter().filter(|_| module != "cli" && module != "main") {
            assert!(!code.contains("exit::") && !code.contains("ExitCode") && !code.contains("anyhow"), "{}", path.display());
        }
    }
}
