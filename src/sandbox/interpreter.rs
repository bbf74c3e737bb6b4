//! The interpreter: which bundle, its machine code, its boot image.
//!
//! A bundle is what `wasm-python/build.sh` makes: module, library, manifest. From it come two things that are made once
//! and kept in the cache folder: machine code for this machine, one file for each variant, and image 1, an interpreter
//! that has booted.

use std::fmt;
use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::SandboxError;
use super::bulk::in_parts;
use super::engine::{Engine, Variant};
use super::guest::{Bounds, Compiled, End, Entry, Guest, Start};
use super::keep::{make_alone, remove, remove_unfinished, require_own, write_whole};
use super::memory::{SlotOptions, load_compiled};
use super::seal;
use super::snapshot::Image;
use super::split::split;
use super::wasi::{Files, MOUNT_POINTS, Machine, Mounts};
use super::{FunctionSpec, Sandbox, StartError, Then};
use crate::function::{Account, Content, EphemeralStorage, FileTree, FunctionConfig, FunctionVersion, LateTree, NameError, Node, Timeout};
use crate::protocol;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Changes with what is done to a module before it is compiled, so that machine code of another way is not used.
const PASSES: u32 = 1;
/// The manifest's `format` that this program reads.
const MANIFEST_FORMAT: u32 = 1;
/// A boot takes a fraction of a second; this bounds a broken module.
const BOOT_TIMEOUT: Duration = Duration::from_secs(60);
/// Memory that an interpreter may take to boot.
const BOOT_MEMORY: u64 = 128 << 20;
/// The code of the function that the others are compared with.
const BASE_CODE: &[u8] = b"def handler(event, context):\n    return event\n";
/// Files of ours in a bundle: none is near this.
const MAX_BUNDLE_FILE: u64 = 512 << 20;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    format: u32,
    runtime: String,
    python_version: String,
    tzdata: String,
    module: ModuleEntry,
    library: LibraryEntry,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ModuleEntry {
    file: String,
    sha256: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LibraryEntry {
    file: String,
    index: String,
    sha256: String,
    files: usize,
}

/// What a bundle says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuntimeInfo {
    /// AWS's name for it: `python3.13`.
    pub runtime: String,
    /// CPython's version.
    pub python_version: String,
    /// The time zone package it was built with.
    pub tzdata: String,
}

/// A step that takes long enough to tell the user about. Each happens once and is kept in the cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetupStep {
    /// Machine code for this machine: some seconds.
    Compile(Variant),
    /// An interpreter boots and its memory is kept.
    Boot,
}

impl fmt::Display for SetupStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Compile(Variant::Clock) => "compiling the interpreter for this machine (once, some ten seconds)",
            Self::Compile(Variant::Fuel | Variant::Deterministic) => "compiling the interpreter that counts fuel (once, some ten seconds)",
            Self::Boot => "booting the interpreter (once)",
        })
    }
}

/// Where an interpreter comes from and where what is made from it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct InterpreterFiles {
    /// The folder that `wasm-python/build.sh` made.
    pub bundle: PathBuf,
    /// The folder for machine code.
    pub modules: PathBuf,
    /// The folder for images.
    pub images: PathBuf,
}

/// CPython, compiled, ready to become functions.
pub struct Interpreter {
    bundle: PathBuf,
    manifest: Manifest,
    compiled: Arc<Compiled>,
    library: Arc<LateTree>,
    /// Image 1, once it was asked for: a run that finds its function's image has no use for it.
    boot: OnceLock<Image>,
    /// Held while image 1 is made, so that threads that need it at the same time make it once.
    booting: Mutex<()>,
    /// The image of an empty function, once it was asked for; `None` where there cannot be one.
    base: OnceLock<Option<Image>>,
    base_path: PathBuf,
    boot_path: PathBuf,
    boot_key: String,
    info: RuntimeInfo,
    on_step: OnStep,
}

/// Hears of a step before it starts; what it answers is called when the step is done.
type OnStep = Box<dyn Fn(SetupStep) -> Box<dyn FnOnce()> + Send + Sync>;

impl Interpreter {
    /// Reads a bundle's manifest.
    pub fn info(bundle: &Path) -> Result<RuntimeInfo, SandboxError> {
        read_manifest(bundle).map(|manifest| manifest.info())
    }

    /// Opens an interpreter, compiling its bundle unless its machine code is kept; `on_step` hears of each step that takes
    /// long before it starts.
    ///
    /// # Errors
    /// When there is no bundle, when it is damaged, or when the machine code cannot be written.
    pub fn open(files: &InterpreterFiles, variant: Variant, on_step: OnStep) -> Result<Arc<Self>, SandboxError> {
        for folder in [files.modules.parent(), Some(&files.modules), Some(&files.images), Some(&files.bundle)].into_iter().flatten() {
            require_own(folder)?;
        }
        for folder in [&files.modules, &files.images] {
            // Not being able to remove it only leaves it there.
            let _ = remove_unfinished(folder);
        }
        let manifest = read_manifest(&files.bundle)?;
        let engine = Engine::new(variant)?;
        let code = compiled_path(&files.modules, &manifest, &engine, variant);
        require_own(&code)?;
        let module = match load_compiled(engine.wasmtime(), &code) {
            Ok(module) => module,
            Err(_) => {
                let done = on_step(SetupStep::Compile(variant));
                let split = split(&read_module(&files.bundle, &manifest)?).map_err(|error| SandboxError::Module(error.to_string()))?;
                let parted = in_parts(&split.code).map_err(|error| SandboxError::Module(error.to_string()))?;
                let compiled = engine.wasmtime().precompile_module(&parted)?;
                let cannot_write = |error| SandboxError::Write { path: code.clone(), error };
                write_whole(&code, |file| file.write_all(&compiled).and_then(|()| file.sync_data())).map_err(cannot_write)?;
                seal::write(&code, &compiled).map_err(cannot_write)?;
                done();
                load_compiled(engine.wasmtime(), &code)?
            }
        };
        let compiled = Arc::new(Compiled::new(engine, variant, &module)?);

        let mut boot_key = format!("{} {} {}", manifest.module.sha256, manifest.library.sha256, protocol::VERSION);
        if variant == Variant::Deterministic {
            boot_key.push_str(" deterministic"); // what it drew at random, the hash seed among it, came from a seed
        }
        let boot_path = files.images.join(format!("boot-{}.image", short_digest(&boot_key)));
        let info = manifest.info();
        let bundle = files.bundle.clone();
        let library = Arc::new(late_library(&bundle, &manifest)?);
        let (boot, booting, base) = (OnceLock::new(), Mutex::default(), OnceLock::new());
        let base_path = files.images.join(format!("base-{}.image", short_digest(&boot_key)));
        Ok(Arc::new(Self { bundle, manifest, compiled, library, boot, booting, base, base_path, boot_path, boot_key, info, on_step }))
    }

    /// Boots the interpreter if it has to be, so that no function has to wait for it.
    ///
    /// # Errors
    /// When it does not boot or cannot be kept. Must run on a guest thread.
    pub fn prepare(&self) -> Result<(), SandboxError> {
        self.booted()?;
        self.base();
        Ok(())
    }

    /// Image 1: read from the cache, or made and kept there.
    pub(crate) fn booted(&self) -> Result<&Image, SandboxError> {
        if let Some(image) = self.boot.get() {
            return Ok(image);
        }
        // A boot that failed leaves nothing behind that the next one could trip over.
        let _one_at_a_time = self.booting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(image) = self.boot.get() {
            return Ok(image);
        }
        if let Err(reason) = &**self.library {
            return Err(SandboxError::Bundle(self.bundle.join(&self.manifest.library.index), reason.clone()));
        }
        let open = || Image::open(&self.boot_path, &self.boot_key, || None);
        let image = match open() {
            Some(image) => image,
            None => {
                let done = (self.on_step)(SetupStep::Boot);
                let alone = self.make_alone()?;
                let image = open().map_or_else(
                    || {
                        self.boot()?;
                        open().ok_or_else(|| SandboxError::Host(format!("{} cannot be read back", self.boot_path.display())))
                    },
                    Ok,
                )?;
                drop(alone);
                done();
                image
            }
        };
        Ok(self.boot.get_or_init(|| image))
    }

    /// Keeps other processes from making image 1 and the empty function's at the same time: each would replace the other's, and
    /// functions that were made from it would not be found again.
    fn make_alone(&self) -> Result<File, SandboxError> {
        let folder = self.boot_path.parent().unwrap_or(Path::new("."));
        make_alone(folder).map_err(|error| SandboxError::Write { path: folder.to_owned(), error })
    }

    /// Starts Python from the module's own data segments and keeps its memory.
    fn boot(&self) -> Result<(), SandboxError> {
        let split = split(&read_module(&self.bundle, &self.manifest)?).map_err(|error| SandboxError::Module(error.to_string()))?;
        let image = Image::from_memory(&split.image, split.stack_pointer, Duration::ZERO)?;
        let empty = Arc::new(FileTree::default());
        let files = Files::new(self.mounts(Arc::clone(&empty), empty), EphemeralStorage::DEFAULT.bytes(), Machine::default());
        let slot = SlotOptions::default();
        let mut guest = Guest::restore(&self.compiled, Start { image: &image, files, memory_limit: BOOT_MEMORY, slot, door: None })?;
        guest.bound(Bounds::time(BOOT_TIMEOUT))?;
        for entry in [Entry::Initialize, Entry::Boot] {
            let end = guest.call(entry)?;
            if end != End::Returned {
                let log = guest.data().world.log.take();
                let log = String::from_utf8_lossy(&log.bytes).into_owned();
                return Err(SandboxError::Module(format!("{} ended with {end:?}; it printed: {log}", entry.name())));
            }
        }
        if !guest.data().world.files.is_pristine() {
            return Err(SandboxError::Module("the boot left files behind".into()));
        }
        let clock = guest.clock();
        let (memory, stack_pointer) = guest.at_rest()?;
        let stored = Image::store(&self.boot_path, &self.boot_key, memory, stack_pointer, clock);
        // No two boots are alike: an empty function of another one would have less in common with the functions of this one.
        stored.and_then(|()| remove(&self.base_path)).map_err(|error| SandboxError::Write { path: self.boot_path.clone(), error })
    }

    /// The image of a function that does nothing, from which those of most functions differ little: read from the cache, or made
    /// and kept there. `None` where that is not possible; then every function has an image of its own. Nothing runs from it.
    pub(crate) fn base(&self) -> Option<&Image> {
        let open = || Image::open(&self.base_path, &self.boot_key, || None);
        let make = || {
            if self.variant() == Variant::Deterministic {
                return None; // its images live as long as their process, and there are few
            }
            open().or_else(|| {
                self.booted().ok()?; // before the lock, which it may need itself
                let _alone = self.make_alone().ok()?;
                open().or_else(|| {
                    self.make_base().ok()?;
                    open()
                })
            })
        };
        self.base.get_or_init(make).as_ref()
    }

    /// Runs the init of an empty function and keeps its memory.
    fn make_base(&self) -> Result<(), StartError> {
        let host = |text: String| SandboxError::Host(text);
        let mut task = FileTree::default();
        let code = Node::File(Content::Bytes(Arc::new(BASE_CODE.to_vec())));
        task.add("app.py", code).map_err(|error| host(error.to_string()))?;
        let name = |error: NameError| host(error.to_string());
        let handler = "app.handler".parse().map_err(name)?;
        let runtime = self.info.runtime.parse().map_err(name)?;
        let config = FunctionConfig::new("function".parse().map_err(name)?, handler, runtime);
        let spec = Arc::new(FunctionSpec {
            config,
            version: FunctionVersion::default(),
            account: Account::default(),
            log_stream: None,
            task: Arc::new(task),
            opt: Arc::default(),
            share: None,
            network: Arc::default(),
        });
        let (mut sandbox, _) = Sandbox::start(self, &spec, Then::Image, SlotOptions::default(), Timeout::INIT)?;
        let clock = sandbox.guest.clock();
        let (memory, stack_pointer) = sandbox.guest.at_rest()?;
        let stored = Image::store(&self.base_path, &self.boot_key, memory, stack_pointer, clock);
        stored.map_err(|error| SandboxError::Write { path: self.base_path.clone(), error }.into())
    }

    /// SHA-256 of the interpreter's module, in hexadecimal digits.
    pub fn module_digest(&self) -> &str {
        &self.manifest.module.sha256
    }

    /// What the bundle says it is.
    pub fn runtime(&self) -> &RuntimeInfo {
        &self.info
    }

    /// What the boot image was made from: module, library, protocol.
    pub fn boot_key(&self) -> &str {
        &self.boot_key
    }

    /// How its machine code can be interrupted.
    pub fn variant(&self) -> Variant {
        self.compiled.variant()
    }

    pub(crate) fn compiled(&self) -> &Arc<Compiled> {
        &self.compiled
    }

    /// A function's files over this interpreter's library.
    pub(crate) fn mounts(&self, task: Arc<FileTree>, opt: Arc<FileTree>) -> Arc<Mounts> {
        Arc::new(Mounts::new(Arc::clone(&self.library), task, opt))
    }
}

impl Manifest {
    fn info(&self) -> RuntimeInfo {
        RuntimeInfo { runtime: self.runtime.clone(), python_version: self.python_version.clone(), tzdata: self.tzdata.clone() }
    }
}

fn read_manifest(bundle: &Path) -> Result<Manifest, SandboxError> {
    let path = bundle.join("manifest.json");
    let text = fs::read_to_string(&path).map_err(|error| SandboxError::NoBundle(bundle.to_owned(), error.to_string()))?;
    let damaged = |reason: String| SandboxError::Bundle(path.clone(), reason);
    let manifest: Manifest = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
    if manifest.format != MANIFEST_FORMAT {
        return Err(damaged(format!("its format is {}, this program reads {MANIFEST_FORMAT}", manifest.format)));
    }
    Ok(manifest)
}

/// The module, checked against the manifest. Only read when something has to be made from it.
fn read_module(bundle: &Path, manifest: &Manifest) -> Result<Vec<u8>, SandboxError> {
    let path = bundle.join(&manifest.module.file);
    let bytes = fs::read(&path)?;
    let digest = format!("{:x}", Sha256::digest(&bytes));
    if digest != manifest.module.sha256 {
        return Err(SandboxError::Bundle(path, format!("its SHA-256 is {digest}, the manifest says {}", manifest.module.sha256)));
    }
    Ok(bytes)
}

/// The library's tree: names from the index, contents where they are in one open file. Thousands of names, which a run
/// that restores its function and opens no file need not know.
fn late_library(bundle: &Path, manifest: &Manifest) -> io::Result<LateTree> {
    let mut index = File::open(bundle.join(&manifest.library.index))?;
    let file = File::open(bundle.join(&manifest.library.file))?;
    let files = manifest.library.files;
    Ok(LateTree::new(Box::new(move || {
        let mut text = String::new();
        index.read_to_string(&mut text).map_err(|error| error.to_string())?;
        read_library(&text, file, files)
    })))
}

fn read_library(index: &str, file: File, files: usize) -> Result<FileTree, String> {
    let length = file.metadata().map_err(|error| error.to_string())?.len().min(MAX_BUNDLE_FILE);
    let file = Arc::new(file);
    let mut tree = FileTree::default();
    let mut count = 0;
    for line in index.lines() {
        let (offset, size, name) = read_index_line(line).ok_or_else(|| format!("cannot read '{line}'"))?;
        if offset.checked_add(size).is_none_or(|end| end > length) {
            return Err(format!("{name} lies beyond the end of the library"));
        }
        tree.add(name, Node::File(Content::Range { file: Arc::clone(&file), offset, size })).map_err(|error| error.to_string())?;
        count += 1;
    }
    if count != files {
        return Err(format!("it has {count} files, the manifest says {files}"));
    }
    for folder in MOUNT_POINTS {
        tree.add_folder(folder).map_err(|error| error.to_string())?;
    }
    Ok(tree)
}

/// `OFFSET SIZE PATH`.
fn read_index_line(line: &str) -> Option<(u64, u64, &str)> {
    let (offset, rest) = line.split_once(' ')?;
    let (size, name) = rest.split_once(' ')?;
    Some((offset.parse().ok()?, size.parse().ok()?, name))
}

/// Where the machine code is kept: a name for each module, variant, wasmtime version and set of settings.
fn compiled_path(modules: &Path, manifest: &Manifest, engine: &Engine, variant: Variant) -> PathBuf {
    struct IntoDigest(Sha256);
    impl Hasher for IntoDigest {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0 // never asked for: the digest itself is used
        }
    }
    let mut hasher = IntoDigest(Sha256::new());
    hasher.write(manifest.module.sha256.as_bytes());
    hasher.write(&PASSES.to_le_bytes());
    engine.wasmtime().precompile_compatibility_hash().hash(&mut hasher);
    let digest = format!("{:x}", hasher.0.finalize());
    modules.join(format!("{}-{}-{}.cwasm", manifest.runtime, variant.code_name(), &digest[..16]))
}

fn short_digest(text: &str) -> String {
    format!("{:.16}", format!("{:x}", Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_must_fit_its_library() {
        let read = |index: &str, files| {
            let mut library = tempfile::tempfile().expect("a file");
            library.write_all(b"0123456789").expect("writes");
            read_library(index, library, files).map(|tree| tree.get("a/c d").map(|node| format!("{node:?}")))
        };
        assert!(read("0 4 a/b\n4 6 a/c d\n", 2).is_ok_and(|node| node.is_some_and(|node| node.contains("offset: 4, size: 6"))));
        for (index, files, want) in [
            ("0 4 a/b\n", 2, "it has 1 files, the manifest says 2"),
            ("0 4 a/b\n4 7 a/c d\n", 2, "a/c d lies beyond the end of the library"),
            ("1 18446744073709551615 a/b\n", 1, "a/b lies beyond the end of the library"),
            ("0 4\n", 1, "cannot read '0 4'"),
            ("0 4 a\n0 4 a/b\n", 2, "'a/b' would lie inside 'a', which is not a folder"),
        ] {
            assert_eq!(read(index, files), Err(want.to_owned()), "{index}");
        }
    }
}
