//! How two distributions of latencies differ beyond their means, from their
//! histograms.
//!
//! A bucket is a tie: values of one bucket are not told apart. So
//!
//! * Cliff's δ (1993) = P(new > base) - P(new < base) over all pairs is exact
//!   for the bucketed values, and off by at most the share of pairs that fall
//!   into one bucket;
//! * the Wasserstein distance of order 1, the area between the two cumulative
//!   distributions, puts every value in the middle of its bucket, and is off by
//!   at most what that moves: half a bucket, weighted by the calls
//!   ([`wasserstein_error_ns`], 0.79 % of the two means' sum at most);
//! * quantiles are the histograms' own, within 0.79 %. Their differences are the
//!   shift function (Doksum 1974; Wilcox 2012): where in the distribution the
//!   change sits.

use crate::chisel::Histogram;

/// The shares at which the shift function is given.
pub const SHIFT_QUANTILES: [f64; 13] =
    [0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999];

/// One point of the shift function.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// The share of the calls at or below the quantile.
    pub quantile: f64,
    /// The base calls' quantile in ns.
    pub base_ns: u64,
    /// The new calls' in ns.
    pub new_ns: u64,
}

impl Shift {
    /// New minus base in ns.
    #[must_use]
    pub fn difference_ns(&self) -> i64 {
        (i128::from(self.new_ns) - i128::from(self.base_ns)).clamp(i64::MIN.into(), i64::MAX.into())
            as i64
    }
}

/// A bucket that either side uses: its middle in ns and both counts.
struct Both {
    middle: f64,
    base: u64,
    new: u64,
}

/// The buckets of both sides, ascending.
fn both(base: &Histogram, new: &Histogram) -> Vec<Both> {
    let mut all: Vec<Both> = base
        .buckets()
        .map(|bucket| Both { middle: bucket.middle(), base: bucket.count, new: 0 })
        .chain(new.buckets().map(|bucket| Both {
            middle: bucket.middle(),
            base: 0,
            new: bucket.count,
        }))
        .collect();
    all.sort_by(|a, b| a.middle.total_cmp(&b.middle));
    all.dedup_by(|later, kept| {
        let same = later.middle.total_cmp(&kept.middle).is_eq();
        if same {
            kept.base += later.base;
            kept.new += later.new;
        }
        same
    });
    all
}

/// Cliff's δ, from -1 (every new call is quicker than every base call) to 1;
/// `None` where a side has no calls.
#[must_use]
pub fn cliffs_delta(base: &Histogram, new: &Histogram) -> Option<f64> {
    let pairs = u128::from(base.count()) * u128::from(new.count());
    if pairs == 0 {
        return None;
    }
    let (mut base_below, mut new_below, mut slower, mut quicker) = (0u64, 0u64, 0u128, 0u128);
    for bucket in both(base, new) {
        slower += u128::from(bucket.new) * u128::from(base_below);
        quicker += u128::from(bucket.base) * u128::from(new_below);
        base_below += bucket.base;
        new_below += bucket.new;
    }
    let surplus = slower.abs_diff(quicker) as f64 / pairs as f64;
    Some(if slower >= quicker { surplus } else { -surplus })
}

/// The Wasserstein distance of order 1 in ns: by how much a call moves on
/// average if the base calls become the new ones by the shortest way. `None`
/// where a side has no calls.
#[must_use]
pub fn wasserstein_ns(base: &Histogram, new: &Histogram) -> Option<f64> {
    let (base_count, new_count) = (base.count(), new.count());
    if base_count == 0 || new_count == 0 {
        return None;
    }
    let (mut base_below, mut new_below, mut area) = (0u64, 0u64, 0.0);
    let buckets = both(base, new);
    for (bucket, next) in buckets.iter().zip(buckets.iter().skip(1)) {
        base_below += bucket.base;
        new_below += bucket.new;
        // the difference of the two shares, exact until it is divided
        let base_share = u128::from(base_below) * u128::from(new_count);
        let new_share = u128::from(new_below) * u128::from(base_count);
        area += base_share.abs_diff(new_share) as f64 * (next.middle - bucket.middle);
    }
    Some(area / base_count as f64 / new_count as f64)
}

/// By how much [`wasserstein_ns`] can be off, in ns: moving every value to the
/// middle of its bucket moves each side by at most half a bucket, and the
/// triangle inequality adds the two.
#[must_use]
pub fn wasserstein_error_ns(base: &Histogram, new: &Histogram) -> f64 {
    let moved = |side: &Histogram| {
        let sum: f64 = side.buckets().map(|b| b.count as f64 * (b.width - 1) as f64 / 2.0).sum();
        sum / side.count().max(1) as f64
    };
    moved(base) + moved(new)
}

/// Both sides' quantiles at [`SHIFT_QUANTILES`]; empty where a side has no
/// calls.
#[must_use]
pub fn shift_function(base: &Histogram, new: &Histogram) -> Vec<Shift> {
    let at = |quantile: &f64| {
        let (base_ns, new_ns) = (base.quantile(*quantile)?, new.quantile(*quantile)?);
        Some(Shift { quantile: *quantile, base_ns, new_ns })
    };
    SHIFT_QUANTILES.iter().filter_map(at).collect()
}

/// The new median over the base median, within 1.6 %; `None` without calls or
/// where the base median is 0.
#[must_use]
pub fn median_ratio(base: &Histogram, new: &Histogram) -> Option<f64> {
    let (base, new) = (base.quantile(0.5)?, new.quantile(0.5)?);
    (base > 0).then(|| new as f64 / base as f64)
}
