//! What host and guest say to each other: frames over pipes. Knows neither wasmtime nor zip.
//!
//! A frame is a header of [`HEADER_SIZE`] bytes, a head and a body:
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 4 | `WLAM` |
//! | 4 | 1 | version, [`VERSION`] |
//! | 5 | 1 | kind, [`FrameKind`] |
//! | 6 | 2 | zero |
//! | 8 | 4 | bytes of the head, little endian |
//! | 12 | 4 | bytes of the body, little endian |
//! | 16 | 16 | token: random for each frame of the host, repeated in its answer |
//!
//! The host writes one frame into the guest's stdin pipe, the guest answers with one on the result pipe. Code of the
//! function never sees a token, so it cannot make an answer. The other sides of this file are
//! `wasm-python/platform/entry/wasmlam.c` (header) and `wasm-python/runtime/protocol.py` (kinds and heads); tests here read both.

mod frame;
mod message;

pub use frame::{Answer, FrameError, FrameKind, HEADER_SIZE, MAX_ANSWER_HEAD, Token, VERSION, encode, read_answer_header};
pub use message::{HostMessage, InitSettings};

/// Descriptor on which the guest answers: the first number that the guest's own files can never get.
pub const RESULT_DESCRIPTOR: u32 = 1024;

/// What a path begins with that the guest's runtime opens to tell what the function tried: `network:` or `process:` and
/// some words follow. There is never such a file.
pub const ATTEMPT_FOLDER: &str = "dev/wasmlam-attempt/";

#[cfg(test)]
mod tests {
    #[test]
    fn both_sides_agree_where_attempts_are_told() {
        let python = include_str!("../../wasm-python/platform/processes/stdlib/_wasmlam_attempts.py");
        let line = format!("FOLDER = \"/{}\"", super::ATTEMPT_FOLDER);
        assert!(python.lines().any(|l| l == line), "_wasmlam_attempts.py should have the line {line}");
    }
}
