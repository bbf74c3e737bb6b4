//! Zips by the SHA-256 of their bytes: one file for equal ones, written and synchronised before a row names it.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

use super::StoreError;
use crate::disk;

/// The zips of a store.
pub struct Blobs {
    place: Place,
    state: Arc<Mutex<State>>,
}

enum Place {
    Folder(PathBuf),
    Memory(Mutex<HashMap<String, Arc<Vec<u8>>>>),
}

#[derive(Default)]
struct State {
    /// Digests that a request is about to name, and by how many.
    pinned: HashMap<String, usize>,
    /// Digests that a row stopped naming; removed after the commit if no other names them.
    loose: HashSet<String>,
}

/// Keeps a zip from being removed before a row names it.
pub struct Pin {
    digest: String,
    state: Arc<Mutex<State>>,
}

impl Pin {
    /// The SHA-256 of the zip, as 64 hexadecimal digits.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = state.pinned.get_mut(&self.digest) {
            *count -= 1;
            if *count == 0 {
                state.pinned.remove(&self.digest);
                // If no row came to name it, the next commit removes it.
                state.loose.insert(self.digest.clone());
            }
        }
    }
}

impl Blobs {
    pub(super) fn open(folder: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(folder).map_err(|error| StoreError::File { path: folder.to_owned(), error })?;
        Ok(Self { place: Place::Folder(folder.to_owned()), state: Arc::default() })
    }

    pub(super) fn in_memory() -> Self {
        Self { place: Place::Memory(Mutex::default()), state: Arc::default() }
    }

    /// Keeps a zip. When this returns it is on the disk; the pin must live until a row that names it was committed.
    ///
    /// # Errors
    /// What the file system says.
    pub fn put(&self, bytes: &Arc<Vec<u8>>) -> Result<Pin, StoreError> {
        let pin = self.pin(format!("{:x}", Sha256::digest(&**bytes)));
        match &self.place {
            Place::Folder(folder) => write_durably(folder, pin.digest(), bytes)?,
            Place::Memory(blobs) => {
                blobs.lock().unwrap_or_else(PoisonError::into_inner).insert(pin.digest.clone(), Arc::clone(bytes));
            }
        }
        Ok(pin)
    }

    /// The zip with this digest.
    ///
    /// # Errors
    /// That it is not there, or cannot be read.
    pub fn get(&self, digest: &str) -> Result<Arc<Vec<u8>>, StoreError> {
        match &self.place {
            Place::Folder(folder) => {
                let path = folder.join(digest);
                fs::read(&path).map(Arc::new).map_err(|error| StoreError::File { path, error })
            }
            Place::Memory(blobs) => {
                let blobs = blobs.lock().unwrap_or_else(PoisonError::into_inner);
                blobs.get(digest).cloned().ok_or_else(|| StoreError::Damaged(format!("zip {digest} is missing")))
            }
        }
    }

    fn pin(&self, digest: String) -> Pin {
        *self.locked().pinned.entry(digest.clone()).or_default() += 1;
        Pin { digest, state: Arc::clone(&self.state) }
    }

    /// Notes that a row stopped naming this zip.
    pub fn loosen(&self, digest: &str) {
        self.locked().loose.insert(digest.to_owned());
    }

    /// Removes the loose ones that nobody names or pins.
    pub(super) fn collect(&self, is_named: impl Fn(&str) -> Result<bool, StoreError>) -> Result<(), StoreError> {
        // Held to the end: a request that pins one of them now waits, and then writes it again.
        let mut state = self.locked();
        let loose: Vec<String> = state.loose.iter().filter(|digest| !state.pinned.contains_key(*digest)).cloned().collect();
        for digest in loose {
            if !is_named(&digest)? {
                self.remove(&digest);
            }
            state.loose.remove(&digest);
        }
        Ok(())
    }

    /// Removes what no row names. At the start, before anyone else uses the store.
    pub(super) fn sweep(&self, is_named: impl Fn(&str) -> Result<bool, StoreError>) -> Result<(), StoreError> {
        let Place::Folder(folder) = &self.place else { return Ok(()) };
        let failed = |error| StoreError::File { path: folder.clone(), error };
        for entry in fs::read_dir(folder).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
            if !is_named(&name)? {
                self.remove(&name);
            }
        }
        Ok(())
    }

    fn remove(&self, digest: &str) {
        match &self.place {
            // One that stays only takes room, until the next start.
            Place::Folder(folder) => drop(fs::remove_file(folder.join(digest))),
            Place::Memory(blobs) => {
                blobs.lock().unwrap_or_else(PoisonError::into_inner).remove(digest);
            }
        }
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Under its name only when it is whole and on the disk; then its folder is synchronised as well.
fn write_durably(folder: &Path, digest: &str, bytes: &[u8]) -> Result<(), StoreError> {
    let path = folder.join(digest);
    let write = || -> io::Result<()> {
        if path.exists() {
            // Whoever wrote it may not have come to synchronise the folder.
            return File::open(folder)?.sync_all();
        }
        disk::replace(&path, disk::Rights::Kept, |file| file.write_all(bytes).and_then(|()| file.sync_all()))?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|error| StoreError::File { path: path.clone(), error })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn never(_: &str) -> Result<bool, StoreError> {
        Ok(false)
    }

    #[test]
    fn a_zip_stays_while_it_is_pinned_or_named() {
        let folder = tempfile::tempdir().expect("a folder");
        for blobs in [Blobs::open(folder.path()).expect("a folder"), Blobs::in_memory()] {
            let bytes = Arc::new(b"zip".to_vec());
            let (first, second) = (blobs.put(&bytes).expect("kept"), blobs.put(&bytes).expect("kept"));
            let digest = first.digest().to_owned();
            drop(first);
            blobs.loosen(&digest);
            blobs.collect(never).expect("nothing fails");
            assert_eq!(blobs.get(&digest).expect("still pinned"), bytes);
            drop(second);
            blobs.collect(|_| Ok(true)).expect("nothing fails");
            assert!(blobs.get(&digest).is_ok(), "a row names it");
            blobs.loosen(&digest);
            blobs.collect(never).expect("nothing fails");
            assert!(blobs.get(&digest).is_err());
        }
    }

    #[test]
    fn a_sweep_removes_what_a_killed_process_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let blobs = Blobs::open(folder.path()).expect("a folder");
        let pin = blobs.put(&Arc::new(b"named".to_vec())).expect("kept");
        fs::write(folder.path().join(format!("{}half", disk::UNFINISHED)), "half").expect("writable");
        blobs.sweep(|name| Ok(name == pin.digest())).expect("nothing fails");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }
}
