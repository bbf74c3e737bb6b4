//! The core: what a function is and how a call of it can end. No input or output beyond the clock and random ids.
//!
//! It must not know zip, wasmtime or the terminal. Start at [`FunctionConfig`] for what can be set, at
//! [`Outcome`] for how a call ends.

mod attempt;
mod config;
mod contact;
mod dotenv;
mod files;
mod follow;
mod http_answer;
mod invocation;
mod logging;
mod name;
mod outcome;
mod units;

pub use attempt::Attempt;
pub use config::{
    Account, AccountError, ConfigError, Environment, FunctionConfig, Initialization, MAX_ENVIRONMENT_BYTES, PLACEHOLDER_KEY_ID,
};
pub use contact::{Contact, ContactKind};
pub use dotenv::{DotenvError, dotenv};
pub use files::{Content, FileTree, LateTree, Node, NodeId, TreeError};
pub use follow::{Begun, Follower, Seen};
pub use http_answer::{HttpAnswer, NotHttp, text_of};
pub use invocation::{EventError, Invocation, MAX_EVENT_BYTES, MAX_RESULT_BYTES};
pub use logging::{ApplicationLogLevel, LogFormat, LoggingConfig, SystemLogLevel};
pub use name::{
    FunctionName, FunctionVersion, HandlerName, LogStream, NameError, Qualifier, RequestId, RuntimeName, TenantId, ValidationError,
};
pub use outcome::{Completion, ErrorDocument, Log, Mode, Outcome, ResetUsage, Usage};
pub use units::{
    CpuShare, EphemeralStorage, Fuel, MemorySize, Timeout, UnitError, billed_call_ms, billed_ms, bytes_to_mb, civil_date, iso_time,
};
