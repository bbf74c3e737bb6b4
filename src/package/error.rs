//! Every reason to refuse a package. Each names the entry, the value seen and the bound.

use std::io;

/// Why a package was refused, or why no handler can be found in it. Names from the package are escaped and shortened, so
/// that a message is safe to print on a terminal.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The host's file system said no.
    #[error("cannot read '{path}': {error}")]
    Read {
        /// The path as given, or inside the folder as given.
        path: String,
        /// What the system said.
        error: io::Error,
    },
    /// Neither a zip nor a folder nor a module.
    #[error("'{path}' is {what}, which is no package\nhint: accepted are a zip file, a folder and a single .py file")]
    NotAPackage {
        /// The path as given.
        path: String,
        /// What it seems to be.
        what: &'static str,
    },
    /// The zip or the module itself is too large, compressed as it is.
    #[error("'{path}' has {size} bytes, but at most {bound} are allowed")]
    FileTooLarge {
        /// The path as given.
        path: String,
        /// Bytes in the file.
        size: u64,
        /// Bytes allowed.
        bound: u64,
    },
    /// No file in it, at most folders and links.
    #[error("Uploaded file must be a non-empty zip: no file is in '{name}'")]
    Empty {
        /// The package's name.
        name: String,
    },
    /// Not a whole zip, or one that spans several disks.
    #[error("the zip cannot be read: {why}\nhint: `unzip -t` tells whether the file is complete")]
    Unreadable {
        /// The zip reader's words.
        why: String,
    },
    /// The directory goes on after its last declared entry, so another reader would see other files.
    #[error("the zip declares {declared} entries, but its directory lists more")]
    HiddenEntries {
        /// Entries declared.
        declared: usize,
    },
    /// Entries of the zip, or files, folders and links of the tree, are too many.
    #[error("the package has {count} files and folders or more, but at most {bound} are allowed")]
    TooManyEntries {
        /// How many were seen before giving up.
        count: usize,
        /// How many are allowed.
        bound: usize,
    },
    /// AWS's bound on the whole tree.
    #[error("Unzipped size must be smaller than {bound} bytes: '{entry}' brings it to {size}\nhint: leave out what the function does not import")]
    UnzippedTooLarge {
        /// The entry that passed the bound.
        entry: String,
        /// Bytes up to and with that entry.
        size: u64,
        /// Bytes allowed, this number included.
        bound: u64,
    },
    /// Declares to unpack to more than deflate can do.
    #[error("entry '{entry}' declares {declared} bytes out of {packed}, but no more than {bound} are possible for each")]
    Expansion {
        /// The entry.
        entry: String,
        /// Bytes declared.
        declared: u64,
        /// Compressed bytes declared.
        packed: u64,
        /// Largest possible ratio.
        bound: u64,
    },
    /// Holds less than it declares.
    #[error("entry '{entry}' declares {declared} bytes, but holds {actual}")]
    Shorter {
        /// The entry.
        entry: String,
        /// Bytes declared.
        declared: u64,
        /// Bytes found.
        actual: u64,
    },
    /// Holds more than it declares. Not read to its end, so how much more is not known.
    #[error("entry '{entry}' declares {declared} bytes, but holds {at_least} or more")]
    Longer {
        /// The entry.
        entry: String,
        /// Bytes declared.
        declared: u64,
        /// One more than that.
        at_least: u64,
    },
    /// The CRC-32 is another one.
    #[error("entry '{entry}' is damaged: its checksum does not match its content")]
    Checksum {
        /// The entry.
        entry: String,
    },
    /// Cannot be inflated, or has no local header where it should be.
    #[error("entry '{entry}' is damaged: {why}")]
    Damaged {
        /// The entry.
        entry: String,
        /// The zip reader's words.
        why: String,
    },
    /// Two entries share bytes, as in a zip bomb, or an entry runs into the directory.
    #[error("entry '{entry}' overlaps {other}")]
    Overlap {
        /// The entry.
        entry: String,
        /// What it overlaps.
        other: String,
    },
    /// Needs a password.
    #[error("entry '{entry}' is encrypted\nhint: zip the package again without a password")]
    Encrypted {
        /// The entry.
        entry: String,
    },
    /// Neither stored nor deflated.
    #[error("entry '{entry}' is compressed with {name} (method {method}), but only stored and deflated entries are accepted")]
    Method {
        /// The entry.
        entry: String,
        /// Its method's name.
        name: &'static str,
        /// Its method's number.
        method: u16,
    },
    /// A path that a package must not have.
    #[error("the path '{entry}' {problem}")]
    Path {
        /// The path.
        entry: String,
        /// What is wrong with it.
        problem: PathProblem,
    },
    /// The same path twice, also if only `./` or `//` make a difference.
    #[error("'{entry}' is in the package twice")]
    Duplicate {
        /// The path.
        entry: String,
    },
    /// A path below a file or a link.
    #[error("'{entry}' lies inside '{parent}', which is not a folder")]
    ParentIsNoFolder {
        /// The path.
        entry: String,
        /// The file or link.
        parent: String,
    },
    /// A folder entry that has bytes.
    #[error("entry '{entry}' is a folder, but has {size} bytes of content")]
    FolderWithContent {
        /// The entry.
        entry: String,
        /// Bytes declared.
        size: u64,
    },
    /// A link that could lead out of the package.
    #[error("the link '{entry}' to '{target}' {problem}")]
    Link {
        /// The link.
        entry: String,
        /// Its target.
        target: String,
        /// What is wrong with it.
        problem: LinkProblem,
    },
    /// A pipe, a socket, a device, or a mode no system has.
    #[error("'{entry}' is {what}; only files, folders and links are accepted")]
    Special {
        /// The path.
        entry: String,
        /// What it is.
        what: &'static str,
    },
    /// A file of a folder that grew or shrank while it was read.
    #[error("'{entry}' changed while it was read\nhint: try again when nothing writes to the folder")]
    Changed {
        /// The path.
        entry: String,
    },
    /// No function in it looks like a handler.
    #[error("no top-level function of '{package}' looks like a handler\nhint: name it with --handler MODULE.FUNCTION")]
    NoHandler {
        /// The package's name.
        package: String,
    },
    /// More than one function looks like a handler.
    #[error("the handler of '{package}' could be {candidates}\nhint: choose one with --handler MODULE.FUNCTION")]
    ManyHandlers {
        /// The package's name.
        package: String,
        /// The functions, sorted, the first 20 of them.
        candidates: String,
    },
}

/// What is wrong with a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathProblem {
    /// No name in it.
    #[error("is empty")]
    Empty,
    /// Begins with `/`.
    #[error("is absolute")]
    Absolute,
    /// A backslash anywhere.
    #[error("contains a backslash\nhint: zip the package with a tool that writes '/' between folders")]
    Backslash,
    /// Begins as `C:` does.
    #[error("begins with a drive letter")]
    Drive,
    /// NUL, an escape or the like.
    #[error("contains a control character")]
    Control,
    /// A `..` anywhere.
    #[error("contains '..'")]
    Parent,
    /// Not UTF-8. A zip without the flag for UTF-8 says nothing of its encoding, and a guess would rename a file.
    #[error("is not UTF-8")]
    NotUtf8,
    /// One name of it is too long.
    #[error("has a name of {0} bytes, but at most {1} are allowed")]
    LongName(usize, usize),
    /// Too long as a whole.
    #[error("has {0} bytes, but at most {1} are allowed")]
    Long(usize, usize),
    /// Too many folders.
    #[error("is {0} names deep, but at most {1} are allowed")]
    Deep(usize, usize),
}

/// What is wrong with a link's target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkProblem {
    /// Empty.
    #[error("has no target")]
    Empty,
    /// Begins with `/`.
    #[error("has an absolute target")]
    Absolute,
    /// More `..` than the link has folders.
    #[error("leaves the package")]
    Leaves,
    /// A `..` after a name: where it leads depends on what that name is.
    #[error("has '..' after a name")]
    ParentAfterName,
    /// NUL, an escape or the like.
    #[error("has a control character in its target")]
    Control,
    /// Not UTF-8.
    #[error("has a target that is not UTF-8")]
    NotUtf8,
    /// Too long.
    #[error("has a target of {0} bytes, but at most {1} are allowed")]
    Long(usize, usize),
}

/// A name from a package as a message shows it: escaped, so that it cannot steer a terminal, and at most 120 characters.
pub(super) fn shown(name: &str) -> String {
    const MOST: usize = 120;
    let mut escaped = String::new();
    for c in name.chars().take(MOST + 1) {
        match c {
            '\'' | '"' | '\\' => escaped.push(c), // no harm, and common in names
            _ => escaped.extend(c.escape_debug()),
        }
    }
    match escaped.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", &escaped[..end]),
        None => escaped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_steer_a_terminal() {
        assert_eq!(shown("a/b'c\\d.py"), "a/b'c\\d.py");
        assert_eq!(shown("é\u{1b}[2J\0\n\u{202e}"), "é\\u{1b}[2J\\0\\n\\u{202e}");
        assert_eq!(shown(&"a".repeat(120)).len(), 120);
        assert_eq!(shown(&"a".repeat(121)), format!("{}...", "a".repeat(120)));
        assert_eq!(shown(&"\u{1b}".repeat(200)).chars().count(), 123);
    }
}
