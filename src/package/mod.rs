//! Bytes from a stranger become a [`Package`]: a zip file, a folder or one module, read whole and checked.
//!
//! Knows zip, and of Python only file names and what a top-level `def` looks like; never WebAssembly. The only user of the
//! `zip` crate. The bounds, and the rules for paths and links, are in `contents.rs`; what a zip may be is in `archive.rs`; a
//! new kind of input starts at `source.rs`. Nothing is ever written to the host's disk: an entry's path is a key in a tree.

mod archive;
mod contents;
mod edit;
mod error;
mod handler;
mod layers;
mod native;
mod source;

use crate::function::FileTree;
use std::sync::Arc;

pub use contents::{MAX_ENTRIES, MAX_UNZIPPED_BYTES};
pub use edit::{Changes, edit};
pub use error::{EntryProblem, LinkProblem, PackageError, PathProblem};
pub use layers::{LayersError, MAX_LAYERS, check_layer_count, overlay_layers};

/// A function's code or a layer. Exists only if every byte of it was read and every check passed.
#[derive(Debug, Clone)]
pub struct Package {
    /// File stem of the zip or the module, name of the folder.
    pub name: String,
    /// What the guest finds under `/var/task`, or under `/opt` for a layer. Every file is in memory.
    pub files: Arc<FileTree>,
    /// SHA-256 of the tree, as 64 hexadecimal digits: of paths, contents, link targets and empty folders, and of the modes
    /// that take reading from the function. Equal for a folder and a zip of the same files; times, other modes, order and
    /// compression do not count.
    pub digest: String,
    /// Paths of the Linux shared objects in it, in the order of the tree. No WebAssembly guest can load them.
    pub native_modules: Vec<String>,
    /// What runs here or not, but would surprise on AWS: for a line on the terminal each.
    pub warnings: Vec<String>,
    /// Bytes of all files and link targets: what AWS counts against [`MAX_UNZIPPED_BYTES`], layers included.
    pub unzipped_bytes: u64,
}
