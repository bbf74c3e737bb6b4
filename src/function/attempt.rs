//! What a function tried that no sandbox has: the network, processes, files that are not its own.

use std::fmt;

/// One thing that was tried, and that failed: there is nothing in a sandbox that it could have reached. It says
/// something about the code, not about the sandbox. A guest can make up attempts of its own, which harms only itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attempt {
    /// To reach another machine, or to be reached.
    Network(String),
    /// To open a file outside of what the guest has, or to change one outside of `/tmp`.
    File(String),
    /// To start a process, or to signal one.
    Process(String),
}

impl Attempt {
    /// Bytes of text that are kept of one.
    pub const MAX_TEXT: usize = 256;
    /// Different ones that are kept of one call. More would say nothing new.
    pub const MAX_COUNT: usize = 16;

    /// The kind of attempt that `of` makes, with as much of `what` as is kept.
    pub fn new(of: fn(String) -> Self, what: &str) -> Self {
        of(what[..what.floor_char_boundary(Self::MAX_TEXT)].to_owned())
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, what) = match self {
            Self::Network(what) => ("network", what),
            Self::File(what) => ("file", what),
            Self::Process(what) => ("process", what),
        };
        write!(f, "{kind}: {what}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_says_what_was_tried_within_a_bound() {
        assert_eq!(Attempt::new(Attempt::Network, "connect to 10.0.0.1:80").to_string(), "network: connect to 10.0.0.1:80");
        assert_eq!(Attempt::new(Attempt::File, "/etc/passwd").to_string(), "file: /etc/passwd");
        assert_eq!(Attempt::new(Attempt::Process, "os.fork").to_string(), "process: os.fork");
        let at_bound = "x".repeat(Attempt::MAX_TEXT);
        assert_eq!(Attempt::new(Attempt::File, &at_bound), Attempt::File(at_bound.clone()));
        assert_eq!(Attempt::new(Attempt::File, &format!("{at_bound}y")), Attempt::File(at_bound));
        // 255 bytes and a character of two.
        let long = format!("{}é", "x".repeat(Attempt::MAX_TEXT - 1));
        assert_eq!(Attempt::new(Attempt::File, &long), Attempt::File("x".repeat(Attempt::MAX_TEXT - 1)));
    }
}
