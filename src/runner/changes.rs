//! Changes of files on disk: what `--watch` waits for.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};

/// How long nothing must change before a change counts: editors write a file in several steps.
const QUIET: Duration = Duration::from_millis(100);

/// Why files cannot be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// A path that is not there.
    #[error("cannot watch {path}: {error}", path = .path.display())]
    Missing {
        /// The path.
        path: PathBuf,
        /// The file system's reason.
        error: io::Error,
    },
    /// A place that the system does not let us watch.
    #[error("cannot watch {path}: {error}", path = .path.display())]
    Refused {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        error: notify::Error,
    },
    /// The system's watcher failed.
    #[error("the file watcher failed: {0}")]
    Failed(#[from] notify::Error),
}

/// Waits for changes of files and folders.
pub struct Changes {
    /// Watches for as long as it lives.
    _watcher: RecommendedWatcher,
    events: Receiver<notify::Result<Event>>,
    watched: Vec<PathBuf>,
}

impl Changes {
    /// Watches these paths from now on, folders with everything in them.
    ///
    /// # Errors
    /// When a path is not there, or the system refuses.
    pub fn watch(paths: &[PathBuf]) -> Result<Self, WatchError> {
        let (changed, events) = channel();
        let mut watcher = notify::recommended_watcher(move |event| {
            let _ = changed.send(event); // after the end nobody listens
        })?;
        let mut watched = Vec::new();
        for path in paths {
            let path = path.canonicalize().map_err(|error| WatchError::Missing { path: path.clone(), error })?;
            // An editor may put a new file in a file's place, which only its folder sees.
            let (place, mode) = match path.parent() {
                Some(folder) if !path.is_dir() => (folder, RecursiveMode::NonRecursive),
                _ => (path.as_path(), RecursiveMode::Recursive),
            };
            watcher.watch(place, mode).map_err(|error| WatchError::Refused { path: place.to_owned(), error })?;
            watched.push(path);
        }
        Ok(Self { _watcher: watcher, events, watched })
    }

    /// Waits until something that is watched changes, and then until nothing does for a moment; the path that changed first.
    ///
    /// # Errors
    /// When the system's watcher fails.
    pub fn wait(&self) -> Result<PathBuf, WatchError> {
        loop {
            let event = self.events.recv().map_err(|_| notify::Error::generic("the watcher has ended"))??;
            if let Some(path) = changed_path(&event, &self.watched) {
                let path = path.to_owned();
                while self.events.recv_timeout(QUIET).is_ok() {}
                return Ok(path);
            }
        }
    }
}

/// The path of an event that is a change of something that is watched. Python's caches do not count.
fn changed_path<'a>(event: &'a Event, watched: &[PathBuf]) -> Option<&'a Path> {
    let is_change = event.kind.is_create() || event.kind.is_modify() || event.kind.is_remove();
    let is_watched = |path: &&PathBuf| {
        watched.iter().any(|watched| path.starts_with(watched)) && !path.components().any(|part| part.as_os_str() == "__pycache__")
    };
    event.paths.iter().find(|path| is_change && is_watched(path)).map(PathBuf::as_path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::EventKind;
    use notify::event::{AccessKind, CreateKind, ModifyKind};

    #[test]
    fn changes_of_what_is_watched_count() {
        let watched = [PathBuf::from("/a/app.py"), PathBuf::from("/b")];
        let seen = |kind: EventKind, path: &str| changed_path(&Event::new(kind).add_path(path.into()), &watched).is_some();
        let modified = EventKind::Modify(ModifyKind::Any);
        for (kind, path, counts) in [
            (modified, "/a/app.py", true),
            (EventKind::Create(CreateKind::File), "/b/c/d.py", true),
            (EventKind::Access(AccessKind::Any), "/a/app.py", false),
            (modified, "/a/other.py", false),
            (modified, "/b/__pycache__/x.pyc", false),
        ] {
            assert_eq!(seen(kind, path), counts, "{kind:?} {path}");
        }
    }
}
