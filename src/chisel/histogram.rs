//! Latencies, counted in buckets that are log-linear: each power of two is cut
//! into 64 equal parts, so a bucket is at most 1/64 of its values wide and its
//! middle is at most 0.79 % off. Buckets below 128 ns hold one value each.
//! Merging adds counts: any order gives the same result.
//!
//! Most calls of most containers occur only a few times: small histograms are
//! lists, and large ones begin at the power of two of their smallest value.

use serde::{Deserialize, Serialize};

const BITS: u32 = 6;
const SPLIT: u64 = 1 << BITS;
/// How many buckets there are.
pub(super) const BUCKETS: usize = ((64 - BITS as usize) << BITS as usize) + SPLIT as usize;
/// Samples kept one by one before buckets are made.
const SPARSE: usize = 64;

/// Latencies that are not told apart, and how many there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// The lowest latency in ns that it counts.
    pub low: u64,
    /// How many values of ns it covers, from `low` up.
    pub width: u64,
    /// Number of latencies in it.
    pub count: u64,
}

impl Bucket {
    /// The middle of its values in ns: at most half of `width` from any.
    #[must_use]
    pub fn middle(&self) -> f64 {
        self.low as f64 + (self.width - 1) as f64 / 2.0
    }
}

/// Counts of latencies.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(u16, u64)>", into = "Vec<(u16, u64)>")]
pub struct Histogram {
    /// Bucket numbers of the samples, while they are few.
    samples: Vec<u16>,
    /// Count of every bucket from `first` up to the highest used, once they are
    /// many; then `samples` is empty.
    counts: Vec<u64>,
    /// The first bucket that is counted; a multiple of [`SPLIT`].
    first: usize,
}

/// The bucket of a latency.
#[inline]
pub(super) fn bucket(ns: u64) -> usize {
    // below two times SPLIT the shift is 0, and the bucket the value itself
    let shift = (ns | SPLIT).ilog2() - BITS;
    ((shift as usize) << BITS) + (ns >> shift) as usize
}

/// The lowest value of a bucket and the number of values it covers.
pub(super) fn range(bucket: usize) -> (u64, u64) {
    let bucket = bucket as u64;
    if bucket < 2 * SPLIT {
        return (bucket, 1);
    }
    let shift = (bucket >> BITS) - 1;
    ((bucket - (shift << BITS)) << shift, 1 << shift)
}

/// As number and count of each bucket in use.
impl From<Histogram> for Vec<(u16, u64)> {
    fn from(histogram: Histogram) -> Self {
        let number = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
        histogram.used().into_iter().map(|(at, count)| (number(at), count)).collect()
    }
}

/// Numbers that are none are left out.
impl From<Vec<(u16, u64)>> for Histogram {
    fn from(used: Vec<(u16, u64)>) -> Self {
        let mut histogram = Histogram::default();
        for (at, count) in used {
            if usize::from(at) < BUCKETS && count > 0 {
                histogram.add_count(usize::from(at), count);
            }
        }
        histogram
    }
}

impl Histogram {
    /// Adds one latency in ns.
    #[inline]
    pub fn add(&mut self, ns: u64) {
        let at = bucket(ns);
        match self.counts.get_mut(at.wrapping_sub(self.first)) {
            Some(count) => *count += 1,
            None => self.add_slow(at),
        }
    }

    #[cold]
    fn add_slow(&mut self, at: usize) {
        if self.counts.is_empty() && self.samples.len() < SPARSE {
            self.samples.push(u16::try_from(at).unwrap_or(u16::MAX));
            return;
        }
        self.make_dense();
        self.add_count(at, 1);
    }

    fn add_count(&mut self, at: usize, count: u64) {
        self.cover(at, at + 1);
        self.counts[at - self.first] += count;
    }

    /// Makes room for the buckets from `low` to below `high`.
    fn cover(&mut self, low: usize, high: usize) {
        let split = SPLIT as usize;
        let low = low / split * split;
        if self.counts.is_empty() {
            self.first = low;
        }
        if low < self.first {
            let more = self.first - low;
            self.counts.splice(0..0, std::iter::repeat_n(0, more));
            self.first = low;
        }
        if self.first + self.counts.len() < high {
            self.counts.resize((high - self.first).next_multiple_of(split), 0);
        }
    }

    fn make_dense(&mut self) {
        for at in std::mem::take(&mut self.samples) {
            self.add_count(usize::from(at), 1);
        }
    }

    /// All buckets in use: number and count, ascending.
    fn used(&self) -> Vec<(usize, u64)> {
        let mut sorted = self.samples.clone();
        sorted.sort_unstable();
        let runs = sorted.chunk_by(|a, b| a == b);
        let few = runs.map(|run| (usize::from(run[0]), run.len() as u64));
        let many = (self.first..).zip(&self.counts).filter(|(_, count)| **count > 0);
        few.chain(many.map(|(at, count)| (at, *count))).collect()
    }

    /// All buckets that hold anything, ascending.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> {
        self.used().into_iter().map(|(at, count)| {
            let (low, width) = range(at);
            Bucket { low, width, count }
        })
    }

    /// Adds another histogram's counts.
    pub fn merge(&mut self, other: &Histogram) {
        if self.counts.is_empty()
            && other.counts.is_empty()
            && self.samples.len() + other.samples.len() <= SPARSE
        {
            self.samples.extend_from_slice(&other.samples);
            return;
        }
        self.make_dense();
        if !other.counts.is_empty() {
            self.cover(other.first, other.first + other.counts.len());
            let from = other.first - self.first;
            for (count, more) in self.counts[from..].iter_mut().zip(&other.counts) {
                *count += more;
            }
        }
        for at in &other.samples {
            self.add_count(usize::from(*at), 1);
        }
    }

    /// The same with another's latencies taken away, which must be among these.
    #[must_use]
    pub fn without(&self, other: &Histogram) -> Histogram {
        let mut left = self.clone();
        left.make_dense();
        for (at, gone) in other.used() {
            if let Some(count) = left.counts.get_mut(at.wrapping_sub(left.first)) {
                *count = count.saturating_sub(gone);
            }
        }
        left
    }

    /// Those beyond `ns`, by the middles of their buckets.
    #[must_use]
    pub fn above(&self, ns: u64) -> Histogram {
        let mut above = Histogram::default();
        for (at, count) in self.used() {
            let (low, width) = range(at);
            if low + (width - 1) / 2 > ns {
                above.add_count(at, count);
            }
        }
        above
    }

    /// Number of latencies.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.samples.len() as u64 + self.counts.iter().sum::<u64>()
    }

    /// The latency in ns below or at which the share `quantile` of all lies
    /// (nearest rank), within 0.79 %; `None` without any.
    #[must_use]
    pub fn quantile(&self, quantile: f64) -> Option<u64> {
        let rank = ((quantile * self.count() as f64).ceil() as u64).max(1);
        let mut seen = 0;
        self.used().into_iter().find_map(|(at, count)| {
            seen += count;
            let (low, width) = range(at);
            (seen >= rank).then_some(low + (width - 1) / 2)
        })
    }

    /// Counts over the buckets that `bounds` (ascending, ns) delimit; a count
    /// goes where the middle of its fine bucket lies.
    #[must_use]
    pub fn rebinned(&self, bounds: &[u64]) -> Vec<u64> {
        let mut counts = vec![0; bounds.len().saturating_sub(1)];
        for (at, count) in self.used() {
            let (low, width) = range(at);
            let middle = low + (width - 1) / 2;
            let place = bounds.partition_point(|bound| *bound <= middle);
            if let Some(cell) = place.checked_sub(1).and_then(|at| counts.get_mut(at)) {
                *cell += count;
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize) -> Vec<u64> {
        let mut seed = 7u64;
        (0..count)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (seed >> 20) >> (seed % 43)
            })
            .collect()
    }

    #[test]
    fn every_value_lies_in_its_bucket_and_the_middle_is_within_one_percent() {
        for ns in numbers(20_000).into_iter().chain([0, 1, 127, 128, 129, u64::MAX]) {
            let (low, width) = range(bucket(ns));
            assert!(low <= ns && ns - low < width, "{ns}");
            assert!(bucket(ns) < BUCKETS);
            let middle = low + (width - 1) / 2;
            assert!(middle.abs_diff(ns) as f64 <= 0.0079 * ns as f64, "{ns} {middle}");
        }
    }

    #[test]
    fn quantiles_are_within_the_stated_error_of_the_sorted_values() {
        for count in [1, 2, 63, 64, 65, 1000, 30_000] {
            let mut values = numbers(count);
            let mut histogram = Histogram::default();
            for ns in &values {
                histogram.add(*ns);
            }
            values.sort_unstable();
            for quantile in [0.01, 0.5, 0.95, 0.99, 1.0] {
                let rank = ((quantile * count as f64).ceil() as usize).max(1);
                let (exact, got) = (values[rank - 1], histogram.quantile(quantile).unwrap());
                assert!(got.abs_diff(exact) as f64 <= 0.0079 * exact as f64, "{exact} {got}");
            }
        }
    }

    #[test]
    fn merging_is_adding() {
        let values = numbers(5000);
        let mut whole = Histogram::default();
        for ns in &values {
            whole.add(*ns);
        }
        for cut in [0, 10, 64, 100, 4990] {
            let (mut left, mut right) = (Histogram::default(), Histogram::default());
            values[..cut].iter().for_each(|ns| left.add(*ns));
            values[cut..].iter().for_each(|ns| right.add(*ns));
            left.merge(&right);
            assert_eq!(left.used(), whole.used());
            assert_eq!(left.count(), 5000);
            assert_eq!(left.buckets().map(|bucket| bucket.count).sum::<u64>(), 5000);
            assert!(left.buckets().is_sorted_by(|a, b| a.low + a.width <= b.low));
        }
        assert_eq!(Histogram::default().quantile(0.5), None);
    }
}
