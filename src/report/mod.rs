//! A [`Completion`](crate::function::Completion) or verdicts as text or data. Runs nothing, prints nothing.

mod answer;
pub mod bench;
mod events;
mod json;
mod lines;
mod live;
mod platform;
mod suite;

pub use answer::{Answer, AnswerForm, Answers};
pub use json::document;
pub use lines::{LogType, log_text};
pub use live::LiveLog;
pub use platform::Platform;
pub use suite::{ReportFormat, ReportTo, Reports, ReportsError, SuitePlan, SuiteReport, gradescope_folder};

fn micros(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
