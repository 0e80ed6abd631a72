//! When a difference counts. The defaults are measured: runs of one unchanged
//! program differ in a call's mean by a standard deviation of some 11 %, three
//! times what blocks inside one run claim. So one run a side needs a wide band.

use crate::compare::Unit;

/// Bands and levels.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Band around 1 for the ratio of means with three or more runs a side, and
    /// for rates and pacing.
    pub tolerance: f64,
    /// The same for means with one or two runs a side.
    pub tolerance_one_run: f64,
    /// Share of the time in calls (without pacing) below which a call does not
    /// matter.
    pub min_share: f64,
    /// Level of the intervals.
    pub confidence: f64,
    /// Runs of the new side from which runs themselves say how they differ: with
    /// one, it is asked whether it could be one more run of the base.
    pub new_runs: usize,
    /// What figures are divided by, if that was said.
    pub unit: Option<Unit>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            tolerance: 1.05,
            tolerance_one_run: 1.4,
            min_share: 0.01,
            confidence: 0.95,
            new_runs: MANY_RUNS,
            unit: None,
        }
    }
}

impl Options {
    /// Whether so many runs say how they differ.
    #[must_use]
    pub fn has_many(&self, base: usize, new: usize) -> bool {
        base >= MANY_RUNS && new >= self.new_runs
    }
}

/// Calls of a run below which nothing is decided of their latency.
pub const FEWEST_CALLS: u64 = 40;
/// Calls of a run below which nothing is decided of their latency where three or more
/// runs per side show how runs differ.
pub const FEWEST_CALLS_OF_MANY: u64 = 8;
/// Blocks below which a run does not say how steady it was.
pub const FEWEST_BLOCKS: usize = 8;
/// Bursts of calls below which a side does not say how they differ, as with
/// periods.
pub const FEWEST_BURSTS: u64 = 3;
/// Runs of a side from which runs themselves say how they differ.
pub const MANY_RUNS: usize = 3;
/// Whole periods below which nothing is decided per period.
pub const FEWEST_PERIODS: u64 = 3;
/// Failed calls by which sides must differ.
pub const MORE_ERRORS: f64 = 10.0;
/// Factor by which their rates must differ.
pub const ERRORS_FACTOR: f64 = 2.0;
/// Share of the calls by which the failed ones must differ.
pub const ERRORS_SHARE: f64 = 0.02;
/// Time off the processor between calls that is worth a word, ns per second.
pub const OFF_NS_PER_S: f64 = 5e6;
/// Factor by which it must differ.
pub const OFF_FACTOR: f64 = 2.0;
/// Spread of the logarithm of a ratio of two runs' means that their blocks do not
/// see and the wide band does not cover. With 0, 5 of 63 pairs of like runs are
/// called changed on the recordings here, with this 0, and of what was planted
/// nothing is lost.
pub const RUN_SPREAD: f64 = 0.06;
