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
    /// The package of this name has no file, at most folders and links.
    #[error("Uploaded file must be a non-empty zip: no file is in '{0}'")]
    Empty(String),
    /// Not a whole zip, or one that spans several disks, in the zip reader's words.
    #[error("the zip {path}is cut off or damaged: {reason}\nhint: `unzip -t` shows whether the file is complete")]
    Unreadable {
        /// The path in quotes and a space, or nothing where it is not known.
        path: String,
        /// The zip reader's words.
        reason: String,
    },
    /// A layer that is neither a zip nor a folder.
    #[error("the layer '{path}' is {what}, but must be a zip or a folder")]
    NotALayer {
        /// The path as given.
        path: String,
        /// What it seems to be.
        what: &'static str,
    },
    /// The directory goes on after the entries it declares, so another reader would see other files.
    #[error("the zip declares {0} entries, but its directory lists more")]
    HiddenEntries(usize),
    /// Two readers would see two archives.
    #[error("the zip can be read in two ways: {0}\nhint: zip the package again with one of the usual tools")]
    Ambiguous(&'static str),
    /// Entries of the zip, or files, folders and links of the tree, are too many.
    #[error("the package has {count} or more files and folders, but at most {bound} are allowed")]
    TooManyEntries {
        /// How many were seen before giving up.
        count: usize,
        /// How many are allowed.
        bound: usize,
    },
    /// One file, folder or link is refused, and the package with it.
    #[error("'{entry}' {problem}")]
    Entry {
        /// Its path.
        entry: String,
        /// Why.
        problem: EntryProblem,
    },
    /// No function in the package looks like a handler.
    #[error("no top-level function of '{package}' looks like a handler\nhint: {hint}")]
    NoHandler {
        /// The package's name.
        package: String,
        /// What may help, by what the package has instead.
        hint: String,
    },
    /// No file is the one program of the package.
    #[error("which of its files '{package}' is to be run as is not clear\nhint: {hint}")]
    NoProgram {
        /// The package's name.
        package: String,
        /// What may help.
        hint: &'static str,
    },
    /// Everything is in one folder, so that AWS finds no module in the root.
    #[error("all files of '{package}' are in its folder '{folder}', but AWS looks for the handler in the root\nhint: {hint}")]
    AllInAFolder {
        /// The package's name.
        package: String,
        /// The folder.
        folder: String,
        /// How to zip it, and the handler that works as it is.
        hint: String,
    },
    /// AWS's bound on a function and its layers together.
    #[error("Unzipped size must be smaller than {bound} bytes: layer '{layer}' brings it to {total}")]
    LayersTooLarge {
        /// The layer's name.
        layer: String,
        /// Bytes up to and with this layer.
        total: u64,
        /// Bytes allowed, this number included.
        bound: u64,
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

/// Why a file, a folder or a link is refused.
#[derive(Debug, thiserror::Error)]
pub enum EntryProblem {
    /// The host's file system said no.
    #[error("cannot be read: {0}")]
    Read(#[from] io::Error),
    /// A path that a package must not have.
    #[error(transparent)]
    Path(#[from] PathProblem),
    /// A link that could lead out of the package.
    #[error("is a link to '{target}', which {problem}")]
    Link {
        /// Its target.
        target: String,
        /// What is wrong with it.
        problem: LinkProblem,
    },
    /// A pipe, a socket, a device, or a mode no system has.
    #[error("is {0}; only files, folders and links are accepted")]
    Special(&'static str),
    /// The same path twice, also if only `./` or `//` make a difference.
    #[error("is in the package twice")]
    Duplicate,
    /// Below this path, which is a file or a link.
    #[error("lies inside '{0}', which is not a folder")]
    ParentIsNoFolder(String),
    /// A folder entry with so many bytes.
    #[error("is a folder, but has {0} bytes of content")]
    FolderWithContent(u64),
    /// AWS's bound on the whole tree.
    #[error(
        "brings the package to {size} bytes: Unzipped size must be smaller than {bound} bytes\n\
         hint: leave out what the function does not import"
    )]
    UnzippedTooLarge {
        /// Bytes up to and with this entry.
        size: u64,
        /// Bytes allowed, this number included.
        bound: u64,
    },
    /// Needs a password.
    #[error("is encrypted\nhint: zip the package again without a password")]
    Encrypted,
    /// Neither stored nor deflated, but this, of that number.
    #[error("is compressed with {0} (method {1}), but only stored and deflated entries are accepted")]
    Method(&'static str, u16),
    /// Declares to unpack to more than deflate can do.
    #[error("declares {declared} bytes out of {packed}, but at most {bound} are possible for each")]
    Expansion {
        /// Bytes declared.
        declared: u64,
        /// Compressed bytes declared.
        packed: u64,
        /// Largest possible ratio.
        bound: u64,
    },
    /// Holds less than it declares.
    #[error("declares {declared} bytes, but holds {actual}")]
    Shorter {
        /// Bytes declared.
        declared: u64,
        /// Bytes found.
        actual: u64,
    },
    /// Holds more than it declares. Not read to its end, so how much more is not known.
    #[error("declares {declared} bytes, but holds {at_least} or more")]
    Longer {
        /// Bytes declared.
        declared: u64,
        /// One more than that.
        at_least: u64,
    },
    /// The CRC-32 is another one.
    #[error("is damaged: its checksum does not match its content")]
    Checksum,
    /// Cannot be inflated, or has no local header where it should be, in the zip reader's words.
    #[error("is damaged: {0}")]
    Damaged(String),
    /// Goes by another name there, so another reader would see another file.
    #[error("has another name in {0} of the zip")]
    OtherName(&'static str),
    /// Shares bytes with this, as in a zip bomb.
    #[error("overlaps {0} in the zip")]
    Overlap(String),
    /// Grew or shrank while it was read.
    #[error("changed while it was read\nhint: try again when nothing writes to it")]
    Changed,
}

impl EntryProblem {
    /// The error that names the entry.
    pub(super) fn of(self, path: &str) -> PackageError {
        PackageError::Entry { entry: shown(path), problem: self }
    }
}

/// What is wrong with a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathProblem {
    /// No name in it.
    #[error("has an empty path")]
    Empty,
    /// Begins with `/`.
    #[error("has an absolute path")]
    Absolute,
    /// A backslash anywhere.
    #[error("has a backslash in its path\nhint: zip the package with a tool that writes '/' between folders")]
    Backslash,
    /// Begins as `C:` does.
    #[error("has a drive letter in its path")]
    Drive,
    /// NUL, an escape or the like.
    #[error("has a control character in its path")]
    Control,
    /// A `..` anywhere.
    #[error("has '..' in its path")]
    Parent,
    /// Not UTF-8. A zip without the flag for UTF-8 says nothing of its encoding, and a guess would rename a file.
    #[error("has a path that is not UTF-8")]
    NotUtf8,
    /// One name of it is too long.
    #[error("has a name of {0} bytes in its path, but at most {1} are allowed")]
    LongName(usize, usize),
    /// Too long as a whole.
    #[error("has a path of {0} bytes, but at most {1} are allowed")]
    Long(usize, usize),
    /// Too many folders.
    #[error("has a path of {0} names, but at most {1} are allowed")]
    Deep(usize, usize),
}

/// What is wrong with a link's target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkProblem {
    /// Empty.
    #[error("is empty")]
    Empty,
    /// Begins with `/`, and leads neither into `/var/task` nor into `/opt`.
    #[error("is absolute and neither in /var/task nor in /opt")]
    Absolute,
    /// More `..` than the link has folders.
    #[error("leaves the package")]
    Leaves,
    /// A `..` after a name: where it leads depends on what that name is.
    #[error("has '..' after a name")]
    ParentAfterName,
    /// NUL, an escape or the like.
    #[error("has a control character")]
    Control,
    /// Not UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
    /// Too long.
    #[error("has {0} bytes, but at most {1} are allowed")]
    Long(usize, usize),
}

/// A name from a package as a message shows it.
pub(super) fn shown(name: &str) -> String {
    crate::text::line(name, 120)
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
