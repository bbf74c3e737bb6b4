//! `wasmlam bench` without the guest: how often to run, what the numbers say, whether they can be trusted, what they
//! cost on AWS. Knows nothing of WebAssembly, of arguments or of the terminal: what is measured is behind [`Measure`].
//!
//! | file | what |
//! |---|---|
//! | `plan` | rounds in which all series take turns, and when a series has been measured enough |
//! | `stats` | percentiles, spread, outliers, trend, the interval of a ratio |
//! | `document` | series and environment as they are kept: the JSON export is also the baseline |
//! | `doubt` | what makes a measurement doubtful, and what to do about it |
//! | `gate` | `--fail-on`: `fuel>+1%`, `p99>250us` |
//! | `profile` | where a handler's operators go; the guest's half is `profile.py` |
//! | `prices` | AWS's prices, the cost of a memory size, the recommended one |

mod document;
mod doubt;
mod gate;
mod plan;
mod prices;
mod profile;
mod stats;

#[cfg(test)]
pub(crate) use document::tests as document_tests;
pub use document::{
    Baseline, Before, BenchDocument, BenchEnvironment, EventNumbers, FORMAT, Series, SeriesKey, Unlike, events_digest, result_digest,
};
pub use doubt::{Doubt, Machine};
pub use gate::{Gate, GateError, GateVerdict, judge_gate, judge_gates};
pub use plan::{Batch, MIN_RUNS, Measure, Measured, Plan, Progress, Run, Sample, StopRequest, measure, parse_duration};
pub use prices::{Price, PriceError, Strategy, recommend};
#[cfg(test)]
pub(crate) use profile::tests as profile_tests;
pub use profile::{MODULE as PROFILE_MODULE, Profile, ProfileError, ProfiledFunction, source as profile_source};
pub use stats::{Interval, median, percentile, ratio_of_medians, sorted};

/// Which part of a function's life one sample is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BenchMode {
    /// The interpreter boots from its compiled module, the init runs, then one call: no image of anything.
    Cold,
    /// The init in a booted interpreter, and the image after it; no call.
    Publish,
    /// The init in a booted interpreter, then one call in that sandbox.
    Each,
    /// One call in a new sandbox made from the function's image.
    Snapshot,
    /// One call in a sandbox that has served calls before.
    Reuse,
}

impl BenchMode {
    /// All of them, with their names.
    pub const NAMES: [(&'static str, Self); 5] =
        [("cold", Self::Cold), ("publish", Self::Publish), ("each", Self::Each), ("snapshot", Self::Snapshot), ("reuse", Self::Reuse)];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, mode)| *mode == self).map_or("", |(name, _)| name)
    }
}
