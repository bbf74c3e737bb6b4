//! What calls would cost on AWS, and which memory size to choose.
//!
//! A model: the durations come from this machine under Lambda's CPU share, the prices from a table.

use serde::{Deserialize, Serialize};

use super::Series;

/// One row of AWS's price list. Without its free tier, its discounts for quantity, and what an init costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// For instance `us-east-1`.
    pub region: String,
    /// `x86_64` or `arm64`.
    pub architecture: String,
    /// When the prices were valid.
    pub date: String,
    /// For instance `USD`.
    pub currency: String,
    /// One GB of memory size for one second.
    pub per_gb_second: f64,
    /// A million requests, however long.
    pub per_million_requests: f64,
}

/// A price table that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PriceError {
    /// Not the form of `prices.json`.
    #[error("the price table cannot be read: {0}")]
    Form(#[from] serde_json::Error),
    /// A price below zero.
    #[error("{name} is {value}, but must be 0 or more")]
    Negative {
        /// Which one.
        name: &'static str,
        /// What it is.
        value: f64,
    },
}

impl Price {
    /// The table that comes with wasmlam.
    pub const DEFAULT: &str = include_str!("prices.json");

    /// Reads a table of that form.
    pub fn read(text: &str) -> Result<Self, PriceError> {
        let price: Self = serde_json::from_str(text)?;
        for (name, value) in [("per_gb_second", price.per_gb_second), ("per_million_requests", price.per_million_requests)] {
            if value < 0.0 {
                return Err(PriceError::Negative { name, value });
            }
        }
        Ok(price)
    }

    /// A million calls that are billed for this time each.
    pub fn per_million(&self, memory_size_mb: u32, billed_ms: f64) -> f64 {
        let gb_seconds = f64::from(memory_size_mb) / 1024.0 * billed_ms / 1e3;
        gb_seconds * self.per_gb_second * 1e6 + self.per_million_requests
    }
}

/// What the recommended size is best at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// The cheapest; of equally cheap ones the fastest.
    Cost,
    /// The fastest; of equally fast ones the cheapest.
    Speed,
    /// Cost and time count the same, each as part of its largest value, as in AWS Lambda Power Tuning with its default
    /// weight.
    Balanced,
}

impl Strategy {
    /// All of them, with their names.
    pub const NAMES: [(&'static str, Self); 3] = [("cost", Self::Cost), ("speed", Self::Speed), ("balanced", Self::Balanced)];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, strategy)| *strategy == self).map_or("", |(name, _)| name)
    }
}

/// Times and costs that differ by less than this part are the same: above one vCPU more memory does not make one thread
/// faster, and noise must not recommend paying for it; below, a computation costs the same at each size.
const SAME: f64 = 0.03;

/// The series with the size to choose among these of one function. `None` when none has a cost.
pub fn recommend<'a>(strategy: Strategy, series: &[&'a Series]) -> Option<&'a Series> {
    let points: Vec<(f64, f64, &Series)> = series.iter().filter_map(|s| Some((s.handler_us?, s.cost_per_million?, *s))).collect();
    let least = |of: fn(&(f64, f64, &Series)) -> f64| points.iter().map(of).fold(f64::INFINITY, f64::min);
    let most = |of: fn(&(f64, f64, &Series)) -> f64| points.iter().map(of).fold(f64::MIN_POSITIVE, f64::max);
    let (shortest, cheapest) = (least(|point| point.0), least(|point| point.1));
    let (longest, dearest) = (most(|point| point.0), most(|point| point.1));
    // The smaller the better; what counts as the same is told apart by the other number.
    let first = |value: f64, best: f64| if value <= best * (1.0 + SAME) { 0.0 } else { value / best };
    let score = |(time, cost, _): &(f64, f64, &Series)| match strategy {
        Strategy::Cost => (first(*cost, cheapest), *time),
        Strategy::Speed => (first(*time, shortest), *cost),
        Strategy::Balanced => (0.5 * time / longest + 0.5 * cost / dearest, *time),
    };
    let best = points.iter().min_by(|a, b| {
        let (a, b) = (score(a), score(b));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    best.map(|(_, _, series)| *series)
}

#[cfg(test)]
mod tests {
    use super::super::document::tests::series;
    use super::*;

    fn point(memory_size_mb: u32, handler_ms: f64) -> Series {
        let mut point = series("a", &[1], None);
        point.key.memory_size_mb = memory_size_mb;
        point.handler_us = Some(handler_ms * 1e3);
        point.cost_per_million = Some(Price::read(Price::DEFAULT).expect("a table").per_million(memory_size_mb, handler_ms.ceil()));
        point
    }

    /// AWS's own example: 3 million requests of 120 ms at 1536 MB are 9 dollars for compute, 0.60 for requests.
    #[test]
    fn awss_own_example() {
        let price = Price::read(Price::DEFAULT).expect("a table");
        let three_million = 3.0 * price.per_million(1536, 120.0);
        assert!((three_million - 9.600_018).abs() < 1e-6, "{three_million}");
        assert_eq!((price.region.as_str(), price.currency.as_str()), ("us-east-1", "USD"));
    }

    #[test]
    fn a_table_is_checked() {
        assert!(Price::read("{}").is_err());
        let negative = Price::DEFAULT.replace("0.20", "-0.20");
        assert_eq!(Price::read(&negative).expect_err("negative").to_string(), "per_million_requests is -0.2, but must be 0 or more");
        assert!(Price::read(&Price::DEFAULT.replace("\"region\"", "\"place\"")).is_err());
    }

    #[test]
    fn each_strategy_chooses_its_size() {
        // Computes 100 ms of a whole vCPU: below 1769 MB the cost is about the same, above it only grows.
        let points = [point(128, 1382.0), point(512, 345.5), point(1769, 100.0), point(3008, 99.5)];
        let points: Vec<&Series> = points.iter().collect();
        let choose = |strategy| recommend(strategy, &points).map(|series| series.key.memory_size_mb);
        assert_eq!(choose(Strategy::Speed), Some(1769), "3008 is as fast and dearer");
        assert_eq!(choose(Strategy::Cost), Some(1769), "128 costs a thousandth less and takes 14 times as long");
        assert_eq!(choose(Strategy::Balanced), Some(1769));
        assert!(recommend(Strategy::Cost, &[]).is_none());
    }
}
