//! Quantities with their bounds. The only place where a number from outside becomes megabytes, seconds or fuel, and the
//! only place where units are converted.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A quantity outside its bounds, or not a number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is {value}, but must be {bounds}")]
pub struct UnitError {
    what: &'static str,
    value: String,
    bounds: &'static str,
}

/// Bytes in a mebibyte: what AWS calls MB in memory-size and ephemeral-storage.
const MIB: u64 = 1024 * 1024;

/// Linear memory a guest may grow to, in MiB: the interpreter included, the host's own bookkeeping not.
///
/// AWS accepts 128 to 10 240 and so do we. A 32-bit guest can never pass 4 096, so a larger setting counts for the CPU
/// model and the report, while [`MemorySize::linear_memory_bytes`] stops there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MemorySize(u32);

impl MemorySize {
    /// AWS's default.
    pub const DEFAULT: Self = Self(128);
    /// What a checker may use: it holds what the case's handler returned, and what it was expected to.
    pub const CHECKER: Self = Self(512);
    /// AWS's lower bound, in MB.
    pub const MIN_MB: u32 = 128;
    /// AWS's upper bound, in MB.
    pub const MAX_MB: u32 = 10_240;

    /// Accepts [`Self::MIN_MB`] to [`Self::MAX_MB`].
    pub fn from_mb(mb: u32) -> Result<Self, UnitError> {
        if (Self::MIN_MB..=Self::MAX_MB).contains(&mb) {
            Ok(Self(mb))
        } else {
            Err(UnitError { what: "memory-size", value: format!("{mb} MB"), bounds: "128 to 10240 MB" })
        }
    }

    /// In MB, as AWS counts.
    pub fn mb(self) -> u32 {
        self.0
    }

    /// In bytes.
    pub fn bytes(self) -> u64 {
        u64::from(self.0) * MIB
    }

    /// What the guest's linear memory may grow to, in bytes: at most 4 GiB.
    pub fn linear_memory_bytes(self) -> u64 {
        (u64::from(self.0) * MIB).min(4096 * MIB)
    }
}

/// The part of one vCPU that a memory size buys on AWS: 1 769 MB buy a whole one, less buy in proportion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CpuShare(MemorySize);

impl CpuShare {
    /// The memory size with the power of one vCPU, in MB (AWS's documentation).
    pub const ONE_VCPU_MB: u32 = 1769;

    /// The share that this size buys.
    pub fn of_memory(size: MemorySize) -> Self {
        Self(size)
    }

    /// That part of a time. `None` for a whole vCPU or more: a handler's one thread cannot use more than one.
    pub fn of(self, time: Duration) -> Option<Duration> {
        (self.0.mb() < Self::ONE_VCPU_MB).then(|| time * self.0.mb() / Self::ONE_VCPU_MB)
    }
}

/// Wall-clock bound of one invocation. AWS: 1 to 900 s, in whole seconds; fractions are ours, for tests of many cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timeout(Duration);

impl Timeout {
    /// AWS's default: 3 s.
    pub const DEFAULT: Self = Self(Duration::from_secs(3));
    /// The longest that AWS lets a function run.
    pub const MAX: Self = Self(Duration::from_secs(900));
    /// What AWS gives an init before it starts it again inside the first invocation.
    pub const INIT: Self = Self(Duration::from_secs(10));
    /// What a checker may take.
    pub const CHECKER: Self = Self(Duration::from_secs(10));
    /// Below this a guest cannot even be restored and answered reliably.
    pub const MIN: Self = Self(Duration::from_millis(1));

    /// Accepts 1 ms to 900 s.
    pub fn new(duration: Duration) -> Result<Self, UnitError> {
        if (Self::MIN.0..=Self::MAX.0).contains(&duration) {
            Ok(Self(duration))
        } else {
            Err(UnitError { what: "timeout", value: format!("{} s", duration.as_secs_f64()), bounds: "0.001 to 900 seconds" })
        }
    }

    /// The bound that is nearest to this duration.
    pub fn at_most(duration: Duration) -> Self {
        Self(duration.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// Accepts 0.001 to 900 seconds.
    pub fn from_seconds(seconds: f64) -> Result<Self, UnitError> {
        match Duration::try_from_secs_f64(seconds) {
            Ok(duration) => Self::new(duration),
            Err(_) => Err(UnitError { what: "timeout", value: format!("{seconds} s"), bounds: "0.001 to 900 seconds" }),
        }
    }

    /// As a duration.
    pub fn duration(self) -> Duration {
        self.0
    }
}

/// Size of `/tmp`, in MiB. AWS: 512 to 10 240.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EphemeralStorage(u32);

impl EphemeralStorage {
    /// AWS's default and lower bound: 512 MB.
    pub const DEFAULT: Self = Self(512);

    /// Accepts 512 to 10 240.
    pub fn from_mb(mb: u32) -> Result<Self, UnitError> {
        if (512..=10_240).contains(&mb) {
            Ok(Self(mb))
        } else {
            Err(UnitError { what: "ephemeral-storage", value: format!("{mb} MB"), bounds: "512 to 10240 MB" })
        }
    }

    /// In bytes.
    pub fn bytes(self) -> u64 {
        u64::from(self.0) * MIB
    }
}

/// A budget of WebAssembly operators, wasmtime's unit: about one per operator executed. Deterministic for one module,
/// image and input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fuel(u64);

impl Fuel {
    /// As good as none; it is counted all the same.
    pub const MAX: Self = Self(u64::MAX);

    /// Accepts 1 and up.
    pub fn new(operators: u64) -> Result<Self, UnitError> {
        if operators == 0 {
            return Err(UnitError { what: "fuel", value: "0".into(), bounds: "1 or more" });
        }
        Ok(Self(operators))
    }

    /// Operators.
    pub fn operators(self) -> u64 {
        self.0
    }
}

/// Reads a quantity from a number, be it text of the command line or a number of a document: one code for both, so that the
/// same value is allowed, with the same words where it is not.
macro_rules! from_number {
    ($type:ty, $what:literal, $bounds:literal, $number:ty, $make:expr, $value:expr) => {
        impl FromStr for $type {
            type Err = UnitError;
            fn from_str(text: &str) -> Result<Self, UnitError> {
                let number: $number = text.parse().map_err(|_| UnitError { what: $what, value: format!("'{text}'"), bounds: $bounds })?;
                $make(number)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $make(<$number>::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(&$value(*self), serializer)
            }
        }
    };
}

from_number!(MemorySize, "memory-size", "a whole number of MB, 128 to 10240", u32, MemorySize::from_mb, MemorySize::mb);
from_number!(
    EphemeralStorage,
    "ephemeral-storage",
    "a whole number of MB, 512 to 10240",
    u32,
    EphemeralStorage::from_mb,
    |storage: EphemeralStorage| storage.0
);
from_number!(Fuel, "fuel", "a whole number of operators, 1 or more", u64, Fuel::new, Fuel::operators);
from_number!(Timeout, "timeout", "a number of seconds, 0.001 to 900", f64, Timeout::from_seconds, |timeout: Timeout| timeout
    .0
    .as_secs_f64());

impl fmt::Display for MemorySize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} MB", self.0)
    }
}

impl fmt::Display for Timeout {
    /// As AWS prints it in "Task timed out after 3.00 seconds".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} seconds", self.0.as_secs_f64())
    }
}

/// Milliseconds as AWS bills them: rounded up to the next whole one.
pub fn billed_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

/// Milliseconds that AWS bills for a call: that of the handler and of an init that ran for it, together and rounded up.
pub fn billed_call_ms(handler: Duration, init: Option<Duration>) -> u64 {
    billed_ms(handler + init.unwrap_or_default())
}

/// Bytes as MB in a report: rounded up, so that a number printed is never below what was used.
pub fn bytes_to_mb(bytes: u64) -> u64 {
    bytes.div_ceil(MIB)
}

/// Year, month and day of a number of days since 1970-01-01, in the Gregorian calendar: counts 400-year cycles of
/// 146 097 days, with years that begin in March so that the leap day comes last.
pub fn civil_date(days_since_1970: u64) -> (u64, u64, u64) {
    let days = days_since_1970 + 719_468;
    let (cycle, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (cycle * 400 + year + u64::from(month <= 2), month, day)
}

/// `2026-11-23T05:27:01.943Z` for a time since 1970.
pub fn iso_time(since_1970: Duration) -> String {
    let seconds = since_1970.as_secs();
    let (year, month, day) = civil_date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z", since_1970.subsec_millis())
}

#[cfg(test)]
mod tests {
    #[test]
    fn dates() {
        for (days, date) in
            [(0, (1970, 1, 1)), (11_016, (2000, 2, 29)), (11_017, (2000, 3, 1)), (20_780, (2026, 11, 23)), (47_541, (2100, 3, 1))]
        {
            assert_eq!(civil_date(days), date);
        }
        assert_eq!(iso_time(Duration::from_millis(1_795_411_621_943)), "2026-11-23T05:27:01.943Z");
    }

    use super::*;

    #[test]
    fn bounds_are_exact() {
        for (text, ok) in [("127", false), ("128", true), ("10240", true), ("10241", false), ("-1", false), ("1.5", false), ("", false)] {
            assert_eq!(text.parse::<MemorySize>().is_ok(), ok, "memory-size {text}");
        }
        for (text, ok) in [("511", false), ("512", true), ("10240", true), ("10241", false)] {
            assert_eq!(text.parse::<EphemeralStorage>().is_ok(), ok, "ephemeral-storage {text}");
        }
        for (text, ok) in [
            ("0", false),
            ("0.0009", false),
            ("0.001", true),
            ("900", true),
            ("900.001", false),
            ("nan", false),
            ("inf", false),
            ("-1", false),
            ("1e400", false),
        ] {
            assert_eq!(text.parse::<Timeout>().is_ok(), ok, "timeout {text}");
        }
        for (text, ok) in [("0", false), ("1", true), ("18446744073709551615", true), ("18446744073709551616", false)] {
            assert_eq!(text.parse::<Fuel>().is_ok(), ok, "fuel {text}");
        }
    }

    #[test]
    fn documents_and_the_command_line_allow_the_same() {
        fn same<T: FromStr + serde::de::DeserializeOwned + serde::Serialize>(texts: &[&str]) {
            for text in texts {
                let (typed, read) = (text.parse::<T>(), serde_json::from_str::<T>(text));
                assert_eq!(typed.is_ok(), read.is_ok(), "{text}");
                if let (Ok(typed), Ok(read)) = (typed, read) {
                    let both = [typed, read].map(|value| serde_json::to_string(&value).expect("a number"));
                    assert_eq!(both[0], both[1], "{text}");
                    assert_eq!(both[0].parse::<f64>(), text.parse::<f64>(), "{text}");
                }
            }
        }
        same::<MemorySize>(&["127", "128", "10240", "10241", "1.5", "-1"]);
        same::<EphemeralStorage>(&["511", "512", "10240", "10241"]);
        same::<Timeout>(&["0", "0.0009", "0.001", "3", "2.5", "900", "900.001", "-1", "1e400"]);
        same::<Fuel>(&["0", "1", "18446744073709551615", "18446744073709551616"]);
        let error = serde_json::from_str::<MemorySize>("64").expect_err("below the bound").to_string();
        assert!(error.starts_with(&"64".parse::<MemorySize>().expect_err("below the bound").to_string()), "{error}");
    }

    #[test]
    fn a_message_names_thing_value_and_bound() {
        let error = "64".parse::<MemorySize>().expect_err("below the bound");
        assert_eq!(error.to_string(), "memory-size is 64 MB, but must be 128 to 10240 MB");
    }

    #[test]
    fn conversions() {
        assert_eq!(MemorySize::from_mb(128).expect("in bounds").linear_memory_bytes(), 134_217_728);
        assert_eq!(MemorySize::from_mb(10_240).expect("in bounds").linear_memory_bytes(), 1 << 32);
        assert_eq!(billed_ms(Duration::ZERO), 0);
        assert_eq!(billed_ms(Duration::from_nanos(1)), 1);
        assert_eq!(billed_ms(Duration::from_millis(4)), 4);
        let tenths = |tenths: u64| Duration::from_micros(tenths * 100);
        assert_eq!((billed_call_ms(tenths(4), Some(tenths(2005))), billed_call_ms(tenths(4), None)), (201, 1));
        assert_eq!(bytes_to_mb(MIB + 1), 2);
        assert_eq!(Timeout::DEFAULT.to_string(), "3.00 seconds");
    }
}
