//! The latency axis: logarithmic columns over eleven decades, 1 ns to 100 s,
//! cut exactly where sysdig's spectrogram cuts them.

use super::histogram::{BUCKETS, bucket, range};

/// Columns of latency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scale {
    /// `bounds[i]` is the smallest latency of column i, ns; one more than
    /// columns.
    bounds: Vec<u64>,
    /// First column of each of a histogram's buckets: where a search begins, and
    /// nearly always ends, because buckets are narrower than columns.
    starts: Vec<u16>,
}

/// sysdig's column of a latency, from 0: `floor(log10(ns) * w / 11)`, with the
/// logarithm capped at 11 (its own count begins at 1).
fn column_by_formula(ns: u64, width: u32) -> u64 {
    let log = (ns as f64).log10().min(11.0);
    (log * f64::from(width) / 11.0).floor() as u64
}

impl Scale {
    /// `width` columns over 1 ns to 100 s.
    #[must_use]
    pub fn new(width: u32) -> Scale {
        let width = width.clamp(1, 4096);
        let bounds: Vec<u64> =
            (0..=width).map(|column| first_of(u64::from(column), width)).collect();
        let first = |at: usize| {
            let (low, _) = range(at);
            let columns = bounds.partition_point(|bound| *bound <= low);
            u16::try_from(columns.saturating_sub(1)).unwrap_or(u16::MAX)
        };
        let starts = (0..BUCKETS).map(first).collect();
        Scale { bounds, starts }
    }

    /// Number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.bounds.len() - 1
    }

    /// Smallest latency of each column, ns, and the end of the last.
    #[must_use]
    pub fn bounds(&self) -> &[u64] {
        &self.bounds
    }

    /// The column of a latency above 0; latencies of 100 s and more lie in
    /// column [`Self::columns`], which sysdig does not draw.
    #[inline]
    #[must_use]
    pub fn column(&self, ns: u64) -> usize {
        let mut at = usize::from(self.starts[bucket(ns)]);
        while at + 1 < self.bounds.len() && self.bounds[at + 1] <= ns {
            at += 1;
        }
        at
    }
}

/// The smallest latency whose column is at least `column`.
fn first_of(column: u64, width: u32) -> u64 {
    let (mut low, mut high) = (1u64, 100_000_000_000u64);
    while low < high {
        let middle = low + (high - low) / 2;
        if column_by_formula(middle, width) >= column {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_those_of_the_formula() {
        for width in [1, 11, 80, 110, 132, 220] {
            let scale = Scale::new(width);
            let mut ns = 1u64;
            while ns < 400_000_000_000 {
                for near in [ns.saturating_sub(1).max(1), ns, ns + 1] {
                    let want = column_by_formula(near, width) as usize;
                    assert_eq!(scale.column(near), want, "{near} at {width}");
                }
                ns += ns / 7 + 1;
            }
        }
    }
}
