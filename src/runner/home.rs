//! Where bundles and everything that is kept are on disk: the only place that knows the layout of the cache folder.

use std::path::{Path, PathBuf};

use super::ImageFolder;
use crate::sandbox::{Interpreter, InterpreterFiles, RuntimeInfo, SandboxError};

/// The bundle that is used where nothing else is asked for.
pub const DEFAULT_RUNTIME: &str = "python3.13";

/// A cache folder: interpreters in `bundles`, machine code in `modules`, images in `images`, results of benchmarks in `bench`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    cache: PathBuf,
    /// This bundle and no other.
    bundle: Option<PathBuf>,
}

/// A folder that an environment variable names.
fn folder(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

impl Home {
    /// The home that the environment names: the cache folder is `WASMLAM_CACHE`, or `wasmlam` in the user's cache folder, the
    /// same rule as in `wasm-python/build.sh`; `WASMLAM_BUNDLE` is the one bundle to use.
    pub fn from_environment() -> Self {
        let user_cache = || folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")));
        let cache = folder("WASMLAM_CACHE").or_else(|| user_cache().map(|cache| cache.join("wasmlam")));
        Self { cache: cache.unwrap_or_else(|| PathBuf::from("/var/cache/wasmlam")), bundle: folder("WASMLAM_BUNDLE") }
    }

    /// Where a server keeps its functions unless it is given a folder: `wasmlam` in the user's folder for state.
    pub fn state_from_environment() -> Option<PathBuf> {
        let state = folder("XDG_STATE_HOME").or_else(|| folder("HOME").map(|home| home.join(".local/state")));
        state.map(|state| state.join("wasmlam"))
    }

    /// The home in this cache folder.
    pub fn new(cache: impl Into<PathBuf>) -> Self {
        Self { cache: cache.into(), bundle: None }
    }

    /// The cache folder.
    pub fn cache(&self) -> &Path {
        &self.cache
    }

    /// The bundle that runs functions of this runtime: its own if it was built, the default one otherwise.
    pub fn bundle(&self, runtime: &str) -> PathBuf {
        let of = |name: &str| self.cache.join("bundles").join(name);
        let own = of(runtime);
        self.bundle.clone().unwrap_or_else(|| if own.join("manifest.json").is_file() { own } else { of(DEFAULT_RUNTIME) })
    }

    /// What the default bundle says it is.
    ///
    /// # Errors
    /// When it was not built or is damaged.
    pub fn default_runtime(&self) -> Result<RuntimeInfo, SandboxError> {
        Interpreter::info(&self.bundle(DEFAULT_RUNTIME))
    }

    /// The version of Python in the default bundle, in words.
    pub fn python(&self) -> String {
        match self.default_runtime() {
            Ok(RuntimeInfo { python_version, .. }) => format!("CPython {python_version}"),
            Err(_) => "CPython not built yet: make build".to_owned(),
        }
    }

    /// Where the interpreter of this runtime is, and where what is made from it is kept.
    pub fn interpreter(&self, runtime: &str) -> InterpreterFiles {
        InterpreterFiles { bundle: self.bundle(runtime), modules: self.cache.join("modules"), images: self.cache.join("images") }
    }

    /// The functions that are kept.
    pub fn images(&self) -> ImageFolder {
        ImageFolder::new(self.cache.join("images"))
    }

    /// The folder of results that `bench --save` keeps.
    pub fn benchmarks(&self) -> PathBuf {
        self.cache.join("bench")
    }
}
