//! A call's course through the runs of a side: calls and their 99th percentile by time.

use std::collections::BTreeMap;

use crate::chisel::Scale;
use crate::compare::SpectrogramSide;
use crate::report::plot::page::Course;

/// Steps at most.
pub const STEPS: u64 = 240;

/// The course of a side whose cells have the time step `interval_ns`; several runs
/// are laid over each other, and calls are those of one run on average.
pub fn course(side: &SpectrogramSide, interval_ns: u64) -> Course {
    let Some(first) = side.runs.first() else { return Course::default() };
    let scale = &first.spectrogram.scale;
    let pooled = side.pooled(0, 1, scale.columns() + 1);
    let runs = side.runs.len() as f64;
    let empty = BTreeMap::new();
    let step = |row: u64| {
        let counts = pooled.rows.get(&row).unwrap_or(&empty);
        let calls: u64 = counts.values().sum();
        (calls as f64 / runs, high(counts, calls, scale))
    };
    Course {
        label: side.label.clone(),
        step_ns: interval_ns,
        steps: (0..pooled.row_count).map(step).collect(),
        turns: Vec::new(),
        drops: Vec::new(),
    }
}

/// The 99th percentile as far as the columns tell it: the middle of its column, ns.
fn high(counts: &BTreeMap<usize, u64>, calls: u64, scale: &Scale) -> Option<u64> {
    let wanted = (calls as f64 * 0.99).ceil() as u64;
    let mut below = 0;
    for (column, count) in counts {
        below += count;
        if below >= wanted.max(1) {
            let low = *scale.bounds().get(*column)?;
            let high = scale.bounds().get(column + 1).copied().unwrap_or(low);
            return Some(((low.max(1) as f64) * (high.max(1) as f64)).sqrt().round() as u64);
        }
    }
    None
}
