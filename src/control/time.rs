//! Times as the API writes them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::function::iso_time;

/// The time since 1970.
pub(super) fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// `2026-11-26T21:45:01.123+0000`: of functions, versions and layers.
pub(super) fn last_modified() -> String {
    iso_time(now()).replace('Z', "+0000")
}

/// `2026-11-26T21:45:01+0000`: of provisioned concurrency.
pub(super) fn whole_seconds() -> String {
    let text = iso_time(now());
    format!("{}+0000", text.get(..19).unwrap_or(&text))
}

/// `2026-11-26T21:45:01.123456Z`: of function URLs.
pub(super) fn micros() -> String {
    let now = now();
    let text = iso_time(now);
    format!("{}.{:06}Z", text.get(..19).unwrap_or(&text), now.subsec_micros())
}

/// Seconds with milliseconds: of event invoke configs and event source mappings.
pub(super) fn epoch() -> f64 {
    let millis = u32::try_from(now().as_millis() % 1000).unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^53")]
    let seconds = now().as_secs() as f64;
    seconds + f64::from(millis) / 1000.0
}
