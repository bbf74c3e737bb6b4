//! The test builder: `run("raises").event("{}").go()` runs `tests/handlers/raises.py` and reads the answer.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use serde_json::Value;
use wasmlam::Runner;
use wasmlam::function::{Completion, FunctionConfig, Invocation};
use wasmlam::package::Package;
use wasmlam::runner::{DeployRequest, Deployment};

/// Where the repository is: what cargo says when it runs the tests, not what it said when it compiled them, because clones
/// may share a target folder.
pub(crate) fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| ".".into(), PathBuf::from));
    &ROOT
}

/// The program, in an environment that a guest must never see.
pub(crate) fn wasmlam() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wasmlam"));
    command.env("WASMLAM_HOST_SECRET", "must not reach a guest");
    command
}

/// Seconds for what ends by itself within a few: no slow or busy machine may change how it ends.
pub(crate) const PLENTY: &str = "60";

/// A run that is being put together.
pub(crate) struct Run {
    package: PathBuf,
    arguments: Vec<String>,
}

/// Runs `handler` of `tests/handlers/<name>.py`.
pub(crate) fn run(name: &str) -> Run {
    let package = root().join("tests/handlers").join(format!("{name}.py"));
    assert!(package.is_file(), "{} is missing", package.display());
    run_package(&package).arguments(&["--handler", &format!("{name}.handler")])
}

/// Runs any package.
pub(crate) fn run_package(package: &Path) -> Run {
    Run { package: package.to_owned(), arguments: Vec::new() }
}

impl Run {
    pub(crate) fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    pub(crate) fn event(self, json: &str) -> Self {
        self.arguments(&["--event", json])
    }

    pub(crate) fn timeout(self, seconds: &str) -> Self {
        self.arguments(&["--timeout", seconds])
    }

    /// Runs it with plain text output. Without a timeout of its own it has [`PLENTY`].
    pub(crate) fn text(self) -> Output {
        let plenty: &[&str] = if self.arguments.iter().any(|argument| argument == "--timeout") { &[] } else { &["--timeout", PLENTY] };
        wasmlam().arg("run").arg(&self.package).args(&self.arguments).args(plenty).output().expect("the program starts")
    }

    /// Runs it and reads the one document it prints.
    pub(crate) fn go(self) -> Answer {
        let output = self.arguments(&["--output", "json"]).text();
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let document = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error} in stdout: {stdout}\nstderr: {stderr}"));
        Answer { code: output.status.code().expect("no signal"), document }
    }
}

/// What a run printed, with how it ended.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) document: Value,
}

impl Answer {
    pub(crate) fn status(&self) -> &str {
        self.document["status"].as_str().expect("a status")
    }

    /// The result of a run that must have succeeded.
    pub(crate) fn result(&self) -> &Value {
        assert_eq!((self.status(), self.code), ("ok", 0), "{:#}", self.document);
        &self.document["result"]
    }

    pub(crate) fn error(&self) -> &Value {
        &self.document["error"]
    }

    pub(crate) fn request_id(&self) -> &str {
        self.document["request_id"].as_str().expect("an id")
    }

    pub(crate) fn log(&self) -> &str {
        self.document["log"].as_str().expect("a log")
    }

    pub(crate) fn metric(&self, name: &str) -> u64 {
        self.document["metrics"][name].as_u64().unwrap_or_else(|| panic!("no {name} in {:#}", self.document))
    }

    /// Fails unless it ended this way, with this exit code.
    #[track_caller]
    pub(crate) fn expect(self, status: &str, code: i32) -> Self {
        assert_eq!((self.status(), self.code), (status, code), "{:#}", self.document);
        self
    }
}

/// A zip file in a folder that goes away with it.
pub(crate) struct Zip {
    pub(crate) path: PathBuf,
    _folder: tempfile::TempDir,
}

/// Packs these files, names first.
pub(crate) fn zip(files: &[(&str, &str)]) -> Zip {
    use std::io::Write;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("package.zip");
    let mut writer = zip::ZipWriter::new(std::fs::File::create(&path).expect("creates"));
    for (name, content) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("starts");
        writer.write_all(content.as_bytes()).expect("writes");
    }
    writer.finish().expect("finishes");
    Zip { path, _folder: folder }
}

/// The library, with the interpreter that `make python` built.
pub(crate) fn library() -> &'static Runner {
    static LIBRARY: LazyLock<Runner> = LazyLock::new(Runner::from_environment);
    &LIBRARY
}

/// The deployment of `handler` of `tests/handlers/<name>.py` through the library; nothing of it is kept on disk.
pub(crate) fn request(name: &str) -> DeployRequest {
    request_of(&root().join("tests/handlers").join(format!("{name}.py")), &format!("{name}.handler"))
}

/// The deployment of any package through the library; nothing of it is kept on disk.
pub(crate) fn request_of(package: &Path, handler: &str) -> DeployRequest {
    let package = Package::open(package).unwrap_or_else(|error| panic!("{}: {error}", package.display()));
    let name = package.name.parse().expect("a name");
    let config = FunctionConfig::new(name, handler.parse().expect("a handler"), "python3.13".parse().expect("known"));
    DeployRequest { keep_image: false, ..DeployRequest::new(package, config) }
}

/// Deploys it; no call reports its init.
pub(crate) fn deploy(request: DeployRequest) -> Deployment {
    let deployment = library().deploy(request).expect("no fault of the host");
    deployment.take_init();
    deployment
}

/// Invokes it with this event.
pub(crate) fn invoke(deployment: &Deployment, event: &str) -> Completion {
    deployment.invoke(Invocation::new(event.into(), None).expect("JSON")).expect("no fault of the host")
}
