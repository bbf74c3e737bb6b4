//! What a judge does: reads a suite of cases, holds a [`Completion`](crate::function::Completion) to what a case expects,
//! and says a [`Verdict`].
//!
//! It runs nothing and must not know clap, WebAssembly, zip or the terminal: whoever calls it brings completions, those of
//! checkers too. Start at [`Suite`] for what is read, at [`judge`] for how a verdict comes about.
//!
//! | file | what |
//! |---|---|
//! | `suite` | JSON Lines, YAML, JSON and folders become cases, within bounds |
//! | `case` | a case and its expectations, as they are written |
//! | `path` | names of places in a JSON value |
//! | `json` | JSON text with an index, so that no result takes more than some bytes for each value |
//! | `compare` | two JSON values, and where they differ |
//! | `budget` | what a comparison may take, since a guest decides what there is to compare |
//! | `http` | an API Gateway answer as status, headers and body |
//! | `shown` | what differs in two texts, where it cannot be seen |
//! | `verdict` | completion and case become a verdict |
//! | `record` | what reports are made of |
//! | `update` | new expectations into a suite |
//! | `filter` | which cases are meant |

mod budget;
mod call;
mod case;
mod compare;
mod filter;
mod http;
mod json;
mod path;
mod record;
mod shown;
mod suite;
mod update;
mod verdict;

pub use call::Call;
pub use case::{Case, Checker, Expect, FileContent, Reference};
pub use compare::{Difference, Differences};
pub use filter::Filter;
pub use json::{Json, JsonError};
pub use record::{Evidence, Place, Record, Summary};
pub use suite::{Suite, SuiteError};
pub use update::{Update, update};
pub use verdict::{Check, JudgeBounds, Judgement, Verdict, check_event, judge};

/// The format of a suite as a JSON Schema.
pub const SCHEMA: &str = include_str!("suite.schema.json");
