//! What a guest tried and no sandbox has. Files are seen here; for the network and for processes there is no system
//! call, so the runtime inside (`wasm-python/platform/processes/stdlib/_wasmlam_attempts.py`) tells of them when it refuses one.

use crate::function::Attempt;
use crate::protocol::ATTEMPT_FOLDER;

use super::abi::shown;

/// Paths outside of the guest's tree that ordinary libraries look into when they are imported or used plainly, and do
/// without. To ask for one of these says nothing about a function. One that ends in `/` stands for all below it.
const PROBED: [&str; 17] = [
    "/dev/stderr", // other names for descriptors that the guest has
    "/dev/stdin",
    "/dev/stdout",
    "/dev/tty",       // getpass
    "/etc/localtime", // dateutil, tzlocal
    "/etc/mime.types",
    "/etc/os-release", // platform, distro
    "/etc/pki/",       // certificates of the machine
    "/etc/ssl/",
    "/etc/timezone",
    "/home/sbx_user1051/", // its own user's settings: netrc, pdb, AWS's libraries
    "/proc/42/fd/",        // its own, which may be closed by the time that somebody looks
    "/proc/cpuinfo",
    "/proc/self/fd/",
    "/usr/lib/os-release",
    "/usr/lib/ssl/",
    "/usr/local/ssl/",
];

/// Whether looking for this path is no attempt.
fn is_probed(path: &str) -> bool {
    PROBED.iter().any(|known| path == *known || known.ends_with('/') && path.starts_with(known))
}

/// The different things that were tried, the first ones of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attempts(Vec<Attempt>);

impl Attempts {
    pub(crate) fn note(&mut self, attempt: Attempt) {
        if self.0.len() < Attempt::MAX_COUNT && !self.0.contains(&attempt) {
            self.0.push(attempt);
        }
    }

    /// A file was to be opened that is not there; `path` where it is out of the guest's tree as well.
    pub(crate) fn note_outside(&mut self, path: Option<&str>) {
        if let Some(path) = path.filter(|path| !is_probed(path)) {
            self.note(Attempt::new(Attempt::File, &shown(path)));
        }
    }

    /// Something was to be changed that is not in `/tmp`. CPython itself tries to keep the bytecode of what it imports.
    pub(crate) fn note_change(&mut self, path: &str) {
        if path.split('/').any(|name| name == "__pycache__") {
            return;
        }
        self.note(Attempt::new(Attempt::File, &format!("change /{}", shown(path.trim_start_matches('/')))));
    }

    /// Whether the path is the guest's way to tell of an attempt, which is noted then.
    pub(crate) fn is_told(&mut self, path: &str) -> bool {
        let told = path.trim_start_matches('/').strip_prefix(ATTEMPT_FOLDER).and_then(|rest| rest.split_once(':'));
        let attempt = match told {
            Some(("network", what)) => Attempt::new(Attempt::Network, what),
            Some(("process", what)) => Attempt::new(Attempt::Process, what),
            Some(_) | None => return false,
        };
        self.note(attempt);
        true
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those since the last time, which are forgotten here.
    pub(crate) fn take(&mut self) -> Vec<Attempt> {
        std::mem::take(&mut self.0)
    }

    /// The same, but they stay.
    pub(crate) fn all(&self) -> &[Attempt] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(attempts: &mut Attempts) -> Vec<String> {
        attempts.take().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_is_kept_once_and_no_more_than_a_few() {
        let mut attempts = Attempts::default();
        assert!(attempts.is_empty());
        for i in 0..2 * Attempt::MAX_COUNT {
            attempts.note_outside(Some(&format!("/x/{}", i / 2)));
            attempts.note_outside(Some("/x/0"));
        }
        assert_eq!(attempts.all().len(), Attempt::MAX_COUNT);
        attempts.note_outside(Some("/one/more"));
        let kept = told(&mut attempts);
        assert_eq!((kept.len(), kept[0].as_str(), kept[15].as_str()), (Attempt::MAX_COUNT, "file: /x/0", "file: /x/15"));
        assert!(attempts.is_empty());
    }

    #[test]
    fn what_libraries_look_for_is_no_attempt() {
        let mut attempts = Attempts::default();
        for path in ["/etc/ssl/cert.pem", "/etc/os-release", "/home/sbx_user1051/.netrc"] {
            attempts.note_outside(Some(path));
        }
        attempts.note_outside(None);
        attempts.note_change("/var/task/__pycache__/app.cpython-313.pyc.123");
        assert!(attempts.is_empty());
        for path in ["/etc/ssl", "/etc/os-release2", "/home/sbx_user1051", "/home/other/.netrc", "/proc/self/environ"] {
            attempts.note_outside(Some(path));
            assert_eq!(told(&mut attempts), [format!("file: {path}")]);
        }
        attempts.note_change("var/task/app.py");
        assert_eq!(told(&mut attempts), ["file: change /var/task/app.py"]);
    }

    #[test]
    fn the_runtime_inside_tells_of_the_rest() {
        let mut attempts = Attempts::default();
        for path in ["dev/wasmlam-attempt/network:connect to [::1]:80", "/dev/wasmlam-attempt/process:run /bin/sh"] {
            assert!(attempts.is_told(path), "{path}");
        }
        for path in ["/dev/wasmlam-attempt/file:x", "/dev/wasmlam-attempt", "/dev/null", "/tmp/dev/wasmlam-attempt/network:x", ""] {
            assert!(!attempts.is_told(path), "{path}");
        }
        assert_eq!(told(&mut attempts), ["network: connect to [::1]:80", "process: run /bin/sh"]);
    }
}
