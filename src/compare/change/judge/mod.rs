//! Whether a call changed: its latency, how often it is made, how often it
//! fails. Each is *changed* when its interval lies wholly outside the band,
//! *unchanged* when it lies wholly inside, else *undecided*, with what would
//! decide it.
//!
//! Latency is judged by the mean: medians and log means lose calls that are a
//! mixture of two kinds, and those with a tail. With one or two runs on a side
//! the interval comes from blocks inside the runs, which see only a third of
//! what runs of one program differ by; hence the wide band. With three or more
//! the runs themselves say it, all calls together (`stats::moderated`).

mod errors;
mod latency;
mod rate;

use serde::Serialize;

pub(super) use errors::{errors, errors_matter};
pub(super) use latency::{latency_by_blocks, latency_logs};
pub(super) use rate::{rate_by_runs, rate_by_time, rate_logs};

use super::options::Options;
use super::pooled::call_of;
use crate::compare::run::{CallRun, Run};
use crate::compare::stats::{ALPHA, CallRuns, Moderated, rank_p, smallest_rank_p};

/// What may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Time in a call.
    Latency,
    /// Calls per second.
    Count,
    /// Failed calls.
    Errors,
    /// Time off the processor between calls.
    OffCpu,
}

/// What is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It changed.
    Changed,
    /// It did not.
    Unchanged,
    /// Cannot be told.
    Undecided,
}

/// Why something cannot be told, and so what would tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Fewer calls than can be judged: a longer capture.
    FewCalls,
    /// The calls come in too few bursts, or all in a few cells: a longer capture.
    FewBursts,
    /// The interval reaches across the band's edge: more runs.
    Wide,
    /// The capture began and ended anywhere in the rhythm of the calls: a longer
    /// one, or figures per task.
    Rhythm,
    /// Fewer than three whole periods: a longer capture.
    FewPeriods,
    /// No latencies were recorded.
    NoLatency,
}

/// A ratio, new over base, and where it may lie.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Estimate.
    pub ratio: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// What the runs' ranks say; it decides nothing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ranks {
    /// Exact two-sided p.
    pub p: f64,
    /// The smallest that so many runs can reach.
    pub smallest_p: f64,
}

/// One thing about one call.
#[derive(Clone, Debug, Serialize)]
pub struct Judgement {
    /// What.
    pub what: What,
    /// Changed or not.
    pub verdict: Verdict,
    /// New over base.
    pub interval: Option<Interval>,
    /// p of the moderated t test, and the same adjusted by Holm over the calls.
    pub p: Option<(f64, f64)>,
    /// The rank test beside it.
    pub ranks: Option<Ranks>,
    /// Why it is undecided.
    pub why: Option<Why>,
}

impl Judgement {
    fn undecided(what: What, why: Why, interval: Option<Interval>) -> Judgement {
        let verdict = Verdict::Undecided;
        Judgement { what, verdict, interval, p: None, ranks: None, why: Some(why) }
    }

    /// By where the interval lies.
    fn by_interval(what: What, interval: Interval, band: f64, why: Why) -> Judgement {
        let Interval { low, high, .. } = interval;
        let verdict = if low > band || high < 1.0 / band {
            Verdict::Changed
        } else if low >= 1.0 / band && high <= band {
            Verdict::Unchanged
        } else {
            return Judgement::undecided(what, why, Some(interval));
        };
        Judgement { what, verdict, interval: Some(interval), p: None, ranks: None, why: None }
    }
}

/// The runs of both sides, and one call in them.
#[derive(Clone, Copy)]
pub(super) struct Pair<'r> {
    pub base: &'r [Run],
    pub new: &'r [Run],
    pub event: &'r str,
    pub options: &'r Options,
}

impl<'r> Pair<'r> {
    fn sides(&self) -> [&'r [Run]; 2] {
        [self.base, self.new]
    }

    fn calls(&self, side: usize) -> Vec<Option<&'r CallRun>> {
        self.sides()[side].iter().map(|run| call_of(run, self.event)).collect()
    }

    /// Whether runs say how they differ.
    pub fn has_many_runs(&self) -> bool {
        self.options.has_many(self.base.len(), self.new.len())
    }

    fn is_pacing(&self) -> bool {
        let all = self.calls(0).into_iter().chain(self.calls(1)).flatten();
        all.map(|call| call.pacing).next().unwrap_or(false)
    }

    fn band(&self) -> f64 {
        if self.has_many_runs() || self.is_pacing() {
            self.options.tolerance
        } else {
            self.options.tolerance_one_run
        }
    }
}

/// Judges by the test that was made over all calls. What Holm calls real has
/// changed; what its own plain interval puts inside the band has not.
pub(super) fn by_runs(what: What, runs: &CallRuns, found: &Moderated, band: f64) -> Judgement {
    let interval =
        Interval { ratio: found.log_ratio.exp(), low: found.low.exp(), high: found.high.exp() };
    let (low, high) = found.interval(1.0 - ALPHA);
    let inside = low >= -band.ln() && high <= band.ln();
    let verdict = match (found.p_adjusted <= ALPHA, inside) {
        (true, _) => Verdict::Changed,
        (false, true) => Verdict::Unchanged,
        (false, false) => Verdict::Undecided,
    };
    let why = (verdict == Verdict::Undecided).then_some(Why::Wide);
    let smallest_p = smallest_rank_p(runs.base.len(), runs.new.len());
    let ranks = rank_p(&runs.base, &runs.new).map(|p| Ranks { p, smallest_p });
    Judgement {
        what,
        verdict,
        interval: Some(interval),
        p: Some((found.p, found.p_adjusted)),
        ranks,
        why,
    }
}
