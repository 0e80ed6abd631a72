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

#[cfg(test)]
mod tests {
    use super::super::Sampler;
    use super::*;

    fn histogram(values: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        for ns in values {
            histogram.add(*ns);
        }
        histogram
    }

    /// Cliff's δ over all pairs.
    fn delta_of(base: &[u64], new: &[u64]) -> f64 {
        let pairs = base.iter().flat_map(|b| new.iter().map(move |n| n.cmp(b) as i64));
        pairs.sum::<i64>() as f64 / (base.len() * new.len()) as f64
    }

    /// The area between the two cumulative distributions.
    fn distance_of(base: &[u64], new: &[u64]) -> f64 {
        let mut all: Vec<u64> = base.iter().chain(new).copied().collect();
        all.sort_unstable();
        let upto = |side: &[u64], at: u64| {
            side.iter().filter(|ns| **ns <= at).count() as f64 / side.len() as f64
        };
        let step = |pair: &[u64]| {
            (upto(base, pair[0]) - upto(new, pair[0])).abs() * (pair[1] - pair[0]) as f64
        };
        all.windows(2).map(step).sum()
    }

    fn drawn(count: usize, scale: f64, sampler: &mut Sampler) -> Vec<u64> {
        (0..count).map(|_| (scale * sampler.normal().exp()) as u64).collect()
    }

    #[test]
    fn where_a_bucket_holds_one_value_all_is_exact() {
        let mut sampler = Sampler::new(51);
        for _ in 0..50 {
            let (n, m) = (1 + sampler.below(150), 1 + sampler.below(150));
            let mut below = |count| (0..count).map(|_| sampler.below(128) as u64).collect();
            let (base, new): (Vec<u64>, Vec<u64>) = (below(n), below(m));
            let (from, to) = (histogram(&base), histogram(&new));
            let delta = cliffs_delta(&from, &to).unwrap();
            assert!((delta - delta_of(&base, &new)).abs() < 1e-12);
            let distance = wasserstein_ns(&from, &to).unwrap();
            assert!((distance - distance_of(&base, &new)).abs() < 1e-10);
            assert!(wasserstein_error_ns(&from, &to) <= 0.0);
        }
    }

    #[test]
    fn elsewhere_all_is_within_the_stated_error() {
        let mut sampler = Sampler::new(53);
        for (base_scale, new_scale) in [(3000.0, 3000.0), (3000.0, 4500.0), (80_000.0, 900.0)] {
            let base = drawn(700, base_scale, &mut sampler);
            let new = drawn(500, new_scale, &mut sampler);
            let (from, to) = (histogram(&base), histogram(&new));
            let (distance, error) = (distance_of(&base, &new), wasserstein_error_ns(&from, &to));
            let mean = |side: &[u64]| side.iter().sum::<u64>() as f64 / side.len() as f64;
            assert!((wasserstein_ns(&from, &to).unwrap() - distance).abs() <= error);
            assert!(error > 0.0 && error <= 0.0079 * (mean(&base) + mean(&new)));
            let tied: u128 = both(&from, &to)
                .iter()
                .map(|bucket| u128::from(bucket.base) * u128::from(bucket.new))
                .sum();
            let tied = tied as f64 / (base.len() * new.len()) as f64;
            let delta = cliffs_delta(&from, &to).unwrap();
            assert!((delta - delta_of(&base, &new)).abs() <= tied, "{delta} {tied}");
            let back = cliffs_delta(&to, &from).unwrap();
            assert!((delta + back).abs() < 1e-15);
        }
    }

    #[test]
    fn the_shift_function_shows_where_a_tail_moved() {
        let base: Vec<u64> = (1..=1000).map(|k| 1000 + k).collect();
        let mut new = base.clone();
        new[950..].iter_mut().for_each(|ns| *ns *= 10);
        let (from, to) = (histogram(&base), histogram(&new));
        let shifts = shift_function(&from, &to);
        assert_eq!(shifts.len(), SHIFT_QUANTILES.len());
        for shift in shifts {
            let moved = shift.difference_ns() > 1000;
            assert_eq!(moved, shift.quantile > 0.95, "{shift:?}");
            assert!(moved || shift.difference_ns() == 0);
        }
        assert!((median_ratio(&from, &to).unwrap() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn sides_without_calls_have_no_effect() {
        let (none, some) = (Histogram::default(), histogram(&[5, 6]));
        for (base, new) in [(&none, &some), (&some, &none), (&none, &none)] {
            assert_eq!((cliffs_delta(base, new), wasserstein_ns(base, new)), (None, None));
            assert!(shift_function(base, new).is_empty() && median_ratio(base, new).is_none());
        }
        assert_eq!(median_ratio(&histogram(&[0]), &some), None);
        assert!((cliffs_delta(&some, &histogram(&[9])).unwrap() - 1.0).abs() < 1e-15);
    }
}
