//! A [`Completion`](crate::function::Completion) as text or data. Runs nothing, prints nothing.

pub mod bench;
mod events;
mod json;
mod lines;
mod platform;

pub use json::document;
pub use lines::{LogType, log_text};
pub use platform::Platform;
