//! What can be wrong with the host; what a guest does is never an error here.

use std::path::PathBuf;

/// A fault of the host or of its installation. What a guest does is never one.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The interpreter was not built.
    #[error("there is no interpreter in {path} ({1})\nhint: run `make build` in wasmlam's sources, or set WASMLAM_CACHE to a folder that has one", path = .0.display())]
    NoBundle(PathBuf, String),
    /// A file of the bundle is not what it should be.
    #[error("{path} is damaged: {1}\nhint: delete its folder and run `make build` in wasmlam's sources", path = .0.display())]
    Bundle(PathBuf, String),
    /// The interpreter's module cannot be used.
    #[error("the interpreter's module cannot be used: {0}")]
    Module(String),
    /// A file that the interpreter needs cannot be kept in the cache folder.
    #[error("cannot write {path}: {error}\nhint: make room or give rights there, or set WASMLAM_CACHE to another folder", path = .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The file system's reason.
        error: std::io::Error,
    },
    /// Reading or writing a file of ours failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// wasmtime failed in a way that no guest can cause.
    #[error("wasmtime: {0:#}")]
    Wasmtime(wasmtime::Error),
    /// A file or folder of the cache that somebody else can write.
    #[error("{path} {what}, so what is in it is not used as machine code\nhint: {command}", path = .path.display())]
    NotOurs {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
        /// What makes it right.
        command: String,
    },
    /// Anything else of the host.
    #[error("{0}")]
    Host(String),
}

impl From<wasmtime::Error> for SandboxError {
    fn from(error: wasmtime::Error) -> Self {
        Self::Wasmtime(error)
    }
}
