//! Functions kept on disk between runs: the image after the init, under a name made from everything the init depends on.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::sandbox::{Function, FunctionSpec, Interpreter, remove, remove_unfinished};

/// Bytes that the kept functions may take together; the one used longest ago goes first. A hello's image takes
/// some 20 KB, as it is kept as a difference; one of its own takes 15 MB and more.
pub const MAX_KEPT_BYTES: u64 = 2 << 30;
/// Bytes that those of one package may take: it can have as many images as there are environments, and would drive out those
/// of all others.
const MAX_KEPT_OF_PACKAGE: u64 = MAX_KEPT_BYTES / 4;
const PREFIX: &str = "function-";
/// Digits of a key that name the package.
const OF_PACKAGE: usize = 12;

impl KeptImage {
    /// The name of its function.
    pub fn function(&self) -> &str {
        self.name.split('.').nth(1).unwrap_or("")
    }
}

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
        if !spec.network.is_closed() {
            add(&spec.network.to_string());
        }
        let package = format!("{:x}", Sha256::digest(digests.first().unwrap_or(&"")));
        format!("{}{:x}.{}", &package[..OF_PACKAGE], hasher.finalize(), config.name)
    }

    /// A key's file name, which has the function's name in it for people.
    fn name(key: &str) -> String {
        let (digests, function) = key.split_once('.').unwrap_or((key, ""));
        format!("{PREFIX}{}.{function}.image", digests.get(..OF_PACKAGE + 32).unwrap_or(digests))
    }

    fn path(&self, key: &str) -> PathBuf {
        self.0.join(Self::name(key))
    }

    /// The function as it was kept, if it is there and whole.
    pub fn load(&self, interpreter: &Arc<Interpreter>, spec: &Arc<FunctionSpec>, key: &str) -> Option<Function> {
        let path = self.path(key);
        let function = Function::load(interpreter, Arc::clone(spec), &path, key)?;
        // Not being able to note the use only makes it go earlier.
        let _ = fs::File::open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        Some(function)
    }

    /// Keeps a function for later runs, and removes what was used longest ago: of the same package while its images take more
    /// than a quarter of [`MAX_KEPT_BYTES`], then of all while they take more than that. A function whose init left files open or wrote to `/tmp` is not kept: `false`.
    pub fn keep(&self, function: &Function, key: &str) -> io::Result<bool> {
        if !function.store(&self.path(key), key)? {
            return Ok(false);
        }
        let name = Self::name(key);
        let of_package = name.get(..PREFIX.len() + OF_PACKAGE).unwrap_or(&name);
        let mut kept = self.list()?;
        kept.sort_by_key(|image| image.used);
        for image in surplus(&kept, of_package) {
            remove(&self.0.join(image))?;
        }
        Ok(true)
    }

    /// All kept functions, by name. What a process left unfinished is removed first.
    pub fn list(&self) -> io::Result<Vec<KeptImage>> {
        use std::os::unix::fs::MetadataExt;
        remove_unfinished(&self.0)?;
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

    /// All kept functions as a table: a line for each with the name of the function, bytes on disk, seconds since its last use
    /// and the name of the file, between tabs; and a line for all.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn table(&self) -> io::Result<(String, String)> {
        let kept = self.list()?;
        let age = |image: &KeptImage| SystemTime::now().duration_since(image.used).unwrap_or_default().as_secs();
        let line = |image: &KeptImage| format!("{}\t{}\t{}\t{}\n", image.function(), image.bytes, age(image), image.name);
        let total: u64 = kept.iter().map(|image| image.bytes).sum();
        Ok((kept.iter().map(line).collect(), format!("{} functions, {total} of at most {MAX_KEPT_BYTES} bytes", kept.len())))
    }

    /// Removes them all; how many there were. That another process removes them at the same time is no error.
    pub fn clear(&self) -> io::Result<usize> {
        let kept = self.list()?;
        for image in &kept {
            remove(&self.0.join(&image.name))?;
        }
        Ok(kept.len())
    }
}

/// The names of those that are too much, given the one used longest ago first. The last one of a package stays.
fn surplus<'a>(kept: &'a [KeptImage], of_package: &str) -> Vec<&'a str> {
    let mut gone = Vec::new();
    let is_own = |image: &&KeptImage| image.name.starts_with(of_package);
    let mut own: u64 = kept.iter().filter(is_own).map(|image| image.bytes).sum();
    let mut all: u64 = kept.iter().map(|image| image.bytes).sum();
    let count = kept.iter().filter(is_own).count();
    for image in kept.iter().filter(is_own).take(count.saturating_sub(1)) {
        if own > MAX_KEPT_OF_PACKAGE {
            own -= image.bytes;
            all -= image.bytes;
            gone.push(&*image.name);
        }
    }
    for image in kept {
        if all > MAX_KEPT_BYTES && !gone.contains(&&*image.name) {
            all -= image.bytes;
            gone.push(&*image.name);
        }
    }
    gone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_names_its_function() {
        let key = format!("{}.my-function", "a".repeat(76));
        let image = KeptImage { name: ImageFolder::name(&key), bytes: 0, used: SystemTime::UNIX_EPOCH };
        assert_eq!(image.name, format!("function-{}.my-function.image", "a".repeat(44)));
        assert_eq!(image.function(), "my-function");
    }

    #[test]
    fn one_package_drives_out_its_own_images_and_not_those_of_others() {
        let image = |name: &str, mb: u64| KeptImage { name: name.into(), bytes: mb << 20, used: SystemTime::UNIX_EPOCH };
        let kept = [image("function-b1", 400), image("function-a1", 300), image("function-a2", 300), image("function-a3", 300)];
        assert_eq!(surplus(&kept, "function-a"), ["function-a1", "function-a2"]);
        assert_eq!(surplus(&kept, "function-b"), [""; 0]);
        assert_eq!(surplus(&[image("function-a1", 1900)], "function-a"), [""; 0], "the only one stays");
        let full = [image("function-b1", 1200), image("function-c1", 500), image("function-a1", 500)];
        assert_eq!(surplus(&full, "function-a"), ["function-b1"], "all together");
    }
}
