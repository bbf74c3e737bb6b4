//! `--watch`: the same command again whenever a file that it reads changes.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use anyhow::{Context, anyhow};
use notify::{Event, RecursiveMode, Watcher};

use super::{Failure, exit, note};

/// How long nothing must change before the command runs again: editors write a file in several steps.
const QUIET: Duration = Duration::from_millis(100);

/// Runs this command without its `--watch`, in a process of its own, now and after each change below these paths; one that
/// still runs by then is ended. Only a signal ends it.
pub(super) fn watch(paths: &[PathBuf]) -> Result<u8, Failure> {
    let usage = |error: anyhow::Error| Failure::new(exit::USAGE, error);
    let (changed, changes) = channel();
    let mut watcher = notify::recommended_watcher(move |event| {
        let _ = changed.send(event); // after the end nobody listens
    })
    .map_err(|error| Failure::new(exit::INTERNAL, error))?;
    let mut watched = Vec::new();
    for path in paths {
        let path = path.canonicalize().with_context(|| format!("cannot watch {}", path.display())).map_err(usage)?;
        // An editor may put a new file in a file's place, which only its folder sees.
        let (place, mode) = match path.parent() {
            Some(folder) if !path.is_dir() => (folder, RecursiveMode::NonRecursive),
            _ => (path.as_path(), RecursiveMode::Recursive),
        };
        watcher.watch(place, mode).map_err(|error| usage(anyhow!(error).context(format!("cannot watch {}", place.display()))))?;
        watched.push(path);
    }
    let program = env::current_exe()?;
    let arguments: Vec<OsString> = env::args_os().skip(1).filter(|argument| argument != "--watch").collect();
    loop {
        let mut child = Command::new(&program).args(&arguments).spawn()?;
        let what = next_change(&changes, &watched).map_err(|error| Failure::new(exit::INTERNAL, error))?;
        let _ = child.kill(); // it may have ended long ago
        child.wait()?;
        note(&format!("{} has changed", what.display()));
    }
}

/// Waits until something that is watched changes, and then until nothing does.
fn next_change(changes: &Receiver<notify::Result<Event>>, watched: &[PathBuf]) -> Result<PathBuf, notify::Error> {
    loop {
        let event = changes.recv().map_err(|_| notify::Error::generic("the watcher has ended"))??;
        if let Some(path) = changed_path(&event, watched) {
            let path = path.to_owned();
            while changes.recv_timeout(QUIET).is_ok() {}
            return Ok(path);
        }
    }
}

/// The path of an event that is a change of something that is watched. What Python's caches do is none.
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
