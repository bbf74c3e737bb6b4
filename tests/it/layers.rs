//! The direction of imports, as the map in `src/lib.rs` draws it, and the home of each heavy crate.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::root;

/// Which of our modules each one may use.
const MAY_USE: [(&str, &[&str]); 10] = [
    ("function", &[]),
    ("protocol", &[]),
    ("package", &["function"]),
    ("judge", &["function"]),
    ("samples", &["function"]),
    ("bench", &["function"]),
    ("report", &["bench", "function", "judge"]),
    ("sandbox", &["function", "protocol"]),
    ("runner", &["function", "package", "report", "sandbox"]),
    ("cli", &["bench", "function", "judge", "package", "report", "runner", "samples", "sandbox"]),
];

/// Crates that one module alone may name.
const HOMES: [(&str, &[&str]); 14] = [
    ("wasmtime", &["sandbox"]),
    ("wasmparser", &["sandbox"]),
    ("wasm_encoder", &["sandbox"]),
    ("rustix", &["sandbox"]),
    ("zip", &["package"]),
    ("clap", &["cli"]),
    ("clap_complete", &["cli"]),
    ("clap_mangen", &["cli"]),
    ("signal_hook", &["cli"]),
    ("regex", &["judge"]),
    ("serde_norway", &["judge"]),
    ("base64", &["judge", "samples"]),
    ("flate2", &["samples"]),
    ("anyhow", &["cli"]),
];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The code of a file without its comments and its tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("text");
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn imports_point_one_way() {
    for (module, may_use) in MAY_USE {
        for path in sources(&root().join("src").join(module)) {
            let code = code(&path);
            for (other, _) in MAY_USE {
                if other != module && !may_use.contains(&other) {
                    assert!(!code.contains(&format!("crate::{other}")), "{} uses {other}", path.display());
                }
            }
        }
    }
}

#[test]
fn heavy_crates_have_one_home() {
    for (name, homes) in HOMES {
        for path in sources(&root().join("src")) {
            let module = path.strip_prefix(root().join("src")).expect("inside").components().next().expect("a name").as_os_str().to_owned();
            if homes.iter().any(|home| module == *home) {
                continue;
            }
            let code = code(&path);
            let named =
                [format!("use {name}::"), format!(" {name}::"), format!("({name}::")].iter().any(|use_| code.contains(use_.as_str()));
            assert!(!named, "{} names {name}", path.display());
        }
    }
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
