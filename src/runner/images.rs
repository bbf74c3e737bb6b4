//! Functions kept on disk between runs: the image after the init, under a name made from everything the init depends on.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::sandbox::{Function, FunctionSpec, Interpreter};

/// Bytes that the kept functions may take together; the one used longest ago goes first. A hello's image takes 15 MB.
pub const MAX_KEPT_BYTES: u64 = 2 << 30;
const PREFIX: &str = "function-";

/// The folder that holds them.
#[derive(Debug, Clone)]
pub struct ImageFolder(PathBuf);

/// One kept function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptImage {
    /// File name.
    pub name: String,
    /// Bytes that it takes on disk.
    pub bytes: u64,
    /// When it was made or last used.
    pub used: SystemTime,
}

impl ImageFolder {
    /// The functions that are kept in `folder`.
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The name of a function's image: a digest of the interpreter, the code, and every setting that the init can see.
    pub fn key(interpreter: &Interpreter, spec: &FunctionSpec, digests: &[&str]) -> String {
        let config = &spec.config;
        let mut hasher = Sha256::new();
        let mut add = |part: &str| {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part);
        };
        add(interpreter.boot_key());
        digests.iter().for_each(|digest| add(digest));
        let runtime = &interpreter.runtime().runtime;
        for (name, value) in config.environment.for_guest(config, &spec.version, &spec.account, "", runtime) {
            add(&name);
            add(&value);
        }
        add(&config.ephemeral_storage.bytes().to_string());
        add(&spec.account.id);
        format!("{:x}", hasher.finalize())
    }

    fn path(&self, key: &str) -> PathBuf {
        self.0.join(format!("{PREFIX}{}.image", key.get(..32).unwrap_or(key)))
    }

    /// The function as it was kept, if it is there and whole.
    pub fn load(&self, interpreter: &Arc<Interpreter>, spec: &Arc<FunctionSpec>, key: &str) -> Option<Function> {
        let path = self.path(key);
        let function = Function::load(interpreter, Arc::clone(spec), &path, key)?;
        // Not being able to note the use only makes it go earlier.
        let _ = fs::File::open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        Some(function)
    }

    /// Keeps a function for later runs, and removes what was used longest ago while all take more than
    /// [`MAX_KEPT_BYTES`]. A function whose init left files open or wrote to `/tmp` is not kept: `false`.
    pub fn keep(&self, function: &Function, key: &str) -> io::Result<bool> {
        if !function.store(&self.path(key), key)? {
            return Ok(false);
        }
        let mut kept = self.list()?;
        let mut total: u64 = kept.iter().map(|image| image.bytes).sum();
        kept.sort_by_key(|image| image.used);
        for image in kept {
            if total <= MAX_KEPT_BYTES {
                break;
            }
            fs::remove_file(self.0.join(&image.name))?;
            total -= image.bytes;
        }
        Ok(true)
    }

    /// All kept functions, by name.
    pub fn list(&self) -> io::Result<Vec<KeptImage>> {
        use std::os::unix::fs::MetadataExt;
        let mut found = Vec::new();
        let entries = match fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(PREFIX) {
                // Another process may remove it between the listing and here.
                if let Ok(metadata) = entry.metadata() {
                    found.push(KeptImage { name, bytes: metadata.blocks() * 512, used: metadata.modified()? });
                }
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// Removes them all; how many there were.
    pub fn clear(&self) -> io::Result<usize> {
        let kept = self.list()?;
        for image in &kept {
            fs::remove_file(self.0.join(&image.name))?;
        }
        Ok(kept.len())
    }
}
