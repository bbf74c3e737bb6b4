//! Numbers about samples. All take plain `f64`, mostly microseconds.

/// The samples in ascending order.
pub fn sorted(samples: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut samples: Vec<f64> = samples.into_iter().collect();
    samples.sort_unstable_by(f64::total_cmp);
    samples
}

/// The value below which `percent` of the samples lie, interpolated between neighbours (type 7 of Hyndman and Fan, 1996,
/// numpy's default). 0 without samples.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "an index below the length")]
pub fn percentile(sorted: &[f64], percent: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let at = (percent / 100.0).clamp(0.0, 1.0) * last as f64;
    let below = at.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * (at - at.floor())
}

/// Of samples in any order.
pub fn median(samples: impl IntoIterator<Item = f64>) -> f64 {
    percentile(&sorted(samples), 50.0)
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(super) fn mean(samples: &[f64]) -> f64 {
    if samples.is_empty() { 0.0 } else { samples.iter().sum::<f64>() / samples.len() as f64 }
}

/// Standard deviation of the population that the samples come from (n - 1). 0 for fewer than two.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(super) fn standard_deviation(samples: &[f64]) -> f64 {
    if samples.len() < 2 {
        return 0.0;
    }
    let mean = mean(samples);
    (samples.iter().map(|sample| (sample - mean).powi(2)).sum::<f64>() / (samples.len() - 1) as f64).sqrt()
}

/// How many deviations each sample is from the median, in units of the median absolute deviation: the modified Z-score of
/// Iglewicz and Hoaglin (1993) without its factor, as in hyperfine.
pub(super) fn modified_z_scores(samples: &[f64]) -> impl Iterator<Item = f64> {
    let median = median(samples.iter().copied());
    let deviation = self::median(samples.iter().map(|sample| (sample - median).abs()));
    // Where most samples are equal, any other one is infinitely far away.
    let deviation = deviation.max(f64::EPSILON);
    samples.iter().map(move |sample| (sample - median) / deviation)
}

/// Whether the values rise (above 0) or fall as they come: the Z of the Mann-Kendall test (Mann 1945, Kendall 1975),
/// which asks of every pair which one is larger and so does not mind outliers. Takes quadratic time.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(super) fn trend(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let later = |(i, value): (usize, &f64)| values[i + 1..].iter().map(|next| sign(next - value)).sum::<f64>();
    let score: f64 = values.iter().enumerate().map(later).sum();
    let variance = n * (n - 1.0) * (2.0 * n + 5.0) / 18.0;
    if variance <= 0.0 || score == 0.0 { 0.0 } else { (score - sign(score)) / variance.sqrt() }
}

fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

/// A value and where it lies with 95 % confidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The value itself.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Whether the interval leaves room for "no difference".
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

const RESAMPLES: usize = 2000;

/// The median of `b` over the median of `a`, with its percentile bootstrap interval (Efron 1979).
///
/// The values are medians of rounds: samples of one round share what the machine did meanwhile, so rounds are drawn, not
/// samples. `paired` rounds were measured one beside the other and are drawn together. The draws come from a fixed seed.
pub fn ratio_of_medians(a: &[f64], b: &[f64], paired: bool) -> Interval {
    let ratio = |a: Vec<f64>, b: Vec<f64>| median(b) / median(a);
    let value = ratio(a.to_vec(), b.to_vec());
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let draws = sorted((0..RESAMPLES).filter_map(|_| {
        let (from_a, from_b): (Vec<f64>, Vec<f64>) = if paired && a.len() == b.len() {
            (0..a.len()).map(|_| random.below(a.len())).map(|i| (a[i], b[i])).unzip()
        } else {
            let mut draw = |from: &[f64]| from.iter().map(|_| from[random.below(from.len())]).collect();
            (draw(a), draw(b))
        };
        Some(ratio(from_a, from_b)).filter(|ratio| ratio.is_finite())
    }));
    Interval { value, low: percentile(&draws, 2.5), high: percentile(&draws, 97.5) }
}

/// xorshift64* (Marsaglia 2003, Vigna 2014): enough for drawing rounds, and the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        usize::try_from((number * bound as u64) >> 32).unwrap_or(0)
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "exact values are wanted")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// NIST's data set NumAcc1 with its certified values, and Michelson's first ten speeds of light with the answers of
    /// Python's `statistics.stdev` and `quantiles(method="inclusive")`.
    #[test]
    fn known_values() {
        let numacc1 = [10_000_001.0, 10_000_003.0, 10_000_002.0];
        assert_eq!((mean(&numacc1), standard_deviation(&numacc1)), (10_000_002.0, 1.0));
        let michelson = sorted([850.0, 740.0, 900.0, 1070.0, 930.0, 850.0, 950.0, 980.0, 980.0, 880.0]);
        for (percent, value) in [(0.0, 740.0), (10.0, 839.0), (25.0, 857.5), (50.0, 915.0), (90.0, 989.0), (100.0, 1070.0)] {
            assert!((percentile(&michelson, percent) - value).abs() < 1e-9, "p{percent}: {}", percentile(&michelson, percent));
        }
        assert!((standard_deviation(&michelson) - 90.927_321_404_392_96).abs() < 1e-9);
        assert_eq!((percentile(&[], 50.0), percentile(&[7.0], 99.0)), (0.0, 7.0));
    }

    #[test]
    fn scores_of_outliers() {
        let scores: Vec<f64> = modified_z_scores(&[1.0, 2.0, 3.0, 4.0, 100.0]).collect();
        assert_eq!(scores, [-2.0, -1.0, 0.0, 1.0, 97.0]);
        assert!(modified_z_scores(&[5.0, 5.0, 5.0, 6.0]).last().is_some_and(|score| score > 1e9));
    }

    #[test]
    fn a_trend_is_seen_and_noise_is_none() {
        let rising: Vec<f64> = (0..30).map(f64::from).collect();
        // S = 435, Var = 3141.67: (435 - 1) / 56.0506.
        assert!((trend(&rising) - 7.742_999).abs() < 1e-3, "{}", trend(&rising));
        let falling: Vec<f64> = rising.iter().rev().copied().collect();
        assert_eq!(trend(&falling), -trend(&rising));
        let saw: Vec<f64> = (0..30).map(|i| f64::from(i % 3)).collect();
        assert!(trend(&saw).abs() < 1.0, "{}", trend(&saw));
        assert_eq!((trend(&[]), trend(&[1.0]), trend(&[2.0; 9])), (0.0, 0.0, 0.0));
    }

    #[test]
    fn a_ratio_has_an_interval_that_pairs_make_smaller() {
        // Both drift by a factor of two; b is always 1.1 of a.
        let a: Vec<f64> = (0..30).map(|i| 100.0 + 100.0 * f64::from(i) / 29.0).collect();
        let b: Vec<f64> = a.iter().map(|a| a * 1.1).collect();
        let paired = ratio_of_medians(&a, &b, true);
        assert!((paired.value - 1.1).abs() < 1e-9 && (paired.high - paired.low) < 1e-9, "{paired:?}");
        let apart = ratio_of_medians(&a, &b, false);
        assert!(apart.low < 1.0 && apart.high > 1.2, "rounds of two runs cannot tell: {apart:?}");
        assert!(ratio_of_medians(&a, &a, false).contains(1.0));
        assert_eq!(ratio_of_medians(&a, &b, false), apart, "the same in every run");
    }

    proptest! {
        #[test]
        fn percentiles_are_ordered_and_inside(samples in prop::collection::vec(0.0..1e9_f64, 1..200), p in 0.0..100.0_f64, q in 0.0..100.0_f64) {
            let sorted = sorted(samples);
            let (low, high) = (percentile(&sorted, p.min(q)), percentile(&sorted, p.max(q)));
            prop_assert!(sorted[0] <= low && low <= high && high <= sorted[sorted.len() - 1]);
        }

        #[test]
        fn an_interval_holds_its_ratio(a in prop::collection::vec(1.0..1e6_f64, 1..40), b in prop::collection::vec(1.0..1e6_f64, 1..40)) {
            let interval = ratio_of_medians(&a, &b, false);
            prop_assert!(interval.low <= interval.high && interval.low > 0.0, "{interval:?}");
            // A median of draws lies within the values drawn from.
            let bound = |values: &[f64]| { let s = sorted(values.iter().copied()); (s[0], s[s.len() - 1]) };
            let ((a_low, a_high), (b_low, b_high)) = (bound(&a), bound(&b));
            prop_assert!(interval.low >= b_low / a_high - 1e-9 && interval.high <= b_high / a_low + 1e-9);
        }
    }
}
