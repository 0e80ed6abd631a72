//! Spectrograms of runs, put on one footing: runs of a side are laid over each
//! other from their first events on, and all sides get the same time step and
//! the same latency buckets.

use std::collections::BTreeMap;

use crate::chisel::{Histogram, Spectrogram};

/// One run's spectrogram.
#[derive(Clone, Debug)]
pub struct SpectrogramRun {
    /// What the capture is called.
    pub label: String,
    /// Time of its first event, ns since the epoch.
    pub first_ns: u64,
    /// First to last event, ns.
    pub span_ns: u64,
    /// Cells and figures.
    pub spectrogram: Spectrogram,
}

/// One side: a capture, or several runs.
#[derive(Clone, Debug)]
pub struct SpectrogramSide {
    /// What it is called.
    pub label: String,
    /// Its runs.
    pub runs: Vec<SpectrogramRun>,
}

/// Cells of a side from its runs' first events on.
#[derive(Clone, Debug, Default)]
pub struct Pooled {
    /// Row number (time / interval) to bucket to count; rows without calls are
    /// missing.
    pub rows: BTreeMap<u64, BTreeMap<usize, u64>>,
    /// Rows of the longest run.
    pub row_count: u64,
    /// Calls outside the buckets.
    pub outside: u64,
}

impl SpectrogramSide {
    /// Calls of all runs.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.runs.iter().map(|run| run.spectrogram.calls).sum()
    }

    /// Time of all runs, ns.
    #[must_use]
    pub fn span_ns(&self) -> u64 {
        self.runs.iter().map(|run| run.span_ns).sum()
    }

    /// Latencies of all runs.
    #[must_use]
    pub fn latencies(&self) -> Histogram {
        let mut all = Histogram::default();
        self.runs.iter().for_each(|run| all.merge(&run.spectrogram.latencies));
        all
    }

    /// The runs laid over each other, in buckets of the scale's columns from
    /// `first` on, `joined` columns each, `buckets` of them.
    #[must_use]
    pub fn pooled(&self, first: usize, joined: usize, buckets: usize) -> Pooled {
        let mut pooled = Pooled::default();
        for run in &self.runs {
            let interval = run.spectrogram.cells.interval_ns();
            let start = run.first_ns / interval;
            let rows = (run.first_ns.saturating_add(run.span_ns) / interval) - start + 1;
            pooled.row_count = pooled.row_count.max(rows);
            for (number, counts) in run.spectrogram.cells.rows() {
                let row = number.saturating_sub(start);
                for (column, count) in counts.iter() {
                    let bucket = column.checked_sub(first).map(|at| at / joined.max(1));
                    let Some(bucket) = bucket.filter(|bucket| *bucket < buckets) else {
                        pooled.outside += u64::from(count);
                        continue;
                    };
                    let cell = pooled.rows.entry(row).or_default().entry(bucket).or_default();
                    *cell += u64::from(count);
                }
                pooled.row_count = pooled.row_count.max(row + 1);
            }
        }
        pooled
    }
}

/// Gives all runs one time step: at least the longest of theirs, doubled
/// until the longest run has at most `rows` rows. Returns it, ns.
pub fn same_interval(sides: &mut [SpectrogramSide], rows: u64) -> u64 {
    let runs = || sides.iter().flat_map(|side| &side.runs);
    let longest = runs().map(|run| run.span_ns).max().unwrap_or(0);
    let cells = |run: &SpectrogramRun| run.spectrogram.cells.interval_ns();
    let mut interval = runs().map(cells).max().unwrap_or(1).max(1);
    while longest / interval >= rows.max(1) && interval < u64::MAX / 2 {
        interval *= 2;
    }
    for run in sides.iter_mut().flat_map(|side| &mut side.runs) {
        run.spectrogram.cells.coarsen_to(interval);
    }
    interval
}

/// The columns of the scale in which there are calls: first and last.
#[must_use]
pub fn used_columns(sides: &[SpectrogramSide]) -> Option<(usize, usize)> {
    let rows = sides
        .iter()
        .flat_map(|side| &side.runs)
        .flat_map(|run| run.spectrogram.cells.rows().values());
    let used = rows.flat_map(|counts| counts.iter().map(|(column, _)| column));
    used.fold(None, |range, at| {
        let (low, high) = range.unwrap_or((at, at));
        Some((low.min(at), high.max(at)))
    })
}
