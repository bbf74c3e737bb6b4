//! A [`Completion`](crate::function::Completion) as text or data. Runs nothing, prints nothing.

mod json;
mod lines;

pub use json::document;
pub use lines::{LogType, log_text};
