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

use serde::Serialize;

use super::options::{
    ERRORS_FACTOR, ERRORS_SHARE, FEWEST_BLOCKS, FEWEST_CALLS, FEWEST_PERIODS, MANY_RUNS,
    MORE_ERRORS, Options,
};
use super::pooled::{Pooled, call_of};
use crate::compare::run::{BLOCKS, CallRun, Part, Run};
use crate::compare::stats::{
    Blocks, CallRuns, Moderated, RunLog, moderated, rank_p, ratio_of_means, smallest_rank_p,
    t_quantile, within,
};

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
    /// The calls come in too few bursts: a longer capture.
    FewBlocks,
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
        self.base.len() >= MANY_RUNS && self.new.len() >= MANY_RUNS
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

/// Whether failed calls are so many more or fewer that the succeeded ones must be
/// looked at alone.
pub(super) fn errors_matter(base: &Pooled, new: &Pooled) -> bool {
    (base.failed_share() - new.failed_share()).abs() >= ERRORS_SHARE
        && base.errors.max(new.errors) as f64 >= MORE_ERRORS
}

/// The calls of a run whose latency is judged.
fn judged(call: &CallRun, succeeded_alone: bool) -> &Part {
    if succeeded_alone && call.failed.calls > 0 { &call.succeeded } else { &call.all }
}

/// What the runs tell of a call's latency, for all calls to be judged together.
pub(super) fn latency_logs(pair: Pair<'_>, succeeded_alone: bool) -> Option<CallRuns> {
    let side = |side: usize| {
        let logs = pair.calls(side).into_iter().map(|call| {
            let part = judged(call?, succeeded_alone);
            (part.calls >= FEWEST_CALLS).then(|| within(&part.blocks)).flatten()
        });
        logs.collect::<Option<Vec<RunLog>>>()
    };
    Some(CallRuns { base: side(0)?, new: side(1)? })
}

/// Judges the latency of many runs by the test that was made over all calls.
pub(super) fn by_runs(what: What, runs: &CallRuns, moderated: &Moderated, band: f64) -> Judgement {
    let interval = Interval {
        ratio: moderated.log_ratio.exp(),
        low: moderated.low.exp(),
        high: moderated.high.exp(),
    };
    let logs = |side: &[RunLog]| side.iter().map(|run| run.log).collect::<Vec<_>>();
    let (base, new) = (logs(&runs.base), logs(&runs.new));
    let p = rank_p(&base, &new);
    let smallest_p = smallest_rank_p(base.len(), new.len());
    let judgement = Judgement::by_interval(what, interval, band, Why::Wide);
    let verdict = if moderated.p_adjusted < 0.05 {
        Verdict::Changed
    } else if judgement.verdict == Verdict::Changed {
        Verdict::Undecided // one of many calls lies outside by chance
    } else {
        judgement.verdict
    };
    let why = (verdict == Verdict::Undecided).then_some(Why::Wide);
    Judgement {
        verdict,
        why,
        p: Some((moderated.p, moderated.p_adjusted)),
        ranks: Some(Ranks { p, smallest_p }),
        ..judgement
    }
}

/// All calls' tests together.
pub(super) fn test(calls: &[CallRuns], band: f64) -> Vec<Moderated> {
    moderated(calls, band)
}

/// Judges latency from blocks inside the runs.
pub(super) fn latency_by_blocks(pair: Pair<'_>, succeeded_alone: bool) -> Judgement {
    let what = What::Latency;
    let parts = |side: usize| {
        let calls = pair.calls(side).into_iter().flatten();
        calls.map(|call| judged(call, succeeded_alone)).collect::<Vec<_>>()
    };
    let sides = [parts(0), parts(1)];
    let few = |parts: &Vec<&Part>| parts.iter().map(|p| p.calls).sum::<u64>() < FEWEST_CALLS;
    if sides.iter().any(few) {
        return Judgement::undecided(what, Why::FewCalls, None);
    }
    let blocks = |parts: &Vec<&Part>| {
        parts.iter().flat_map(|part| part.blocks.iter().copied()).collect::<Vec<Blocks>>()
    };
    let [base, new] = sides.each_ref().map(blocks);
    if base.len().min(new.len()) < FEWEST_BLOCKS {
        return Judgement::undecided(what, Why::FewBlocks, None);
    }
    match ratio_of_means(&base, &new, pair.options.confidence) {
        Some(found) => {
            let interval = Interval { ratio: found.ratio, low: found.low, high: found.high };
            Judgement::by_interval(what, interval, pair.band(), Why::Wide)
        }
        None => Judgement::undecided(what, Why::FewBlocks, None),
    }
}

/// Calls per unit of a side, with the variance of its logarithm and the rhythm's
/// share of the time, by which it is known no better.
struct Rate {
    log: f64,
    variance: f64,
    rhythm: f64,
}

/// Of one run.
fn rate_of(run: &Run, call: &CallRun) -> Option<Rate> {
    let (calls, units) = (call.all.calls.max(call.failed.calls) as f64, run.units());
    if calls == 0.0 || units <= 0.0 {
        return None;
    }
    let log = (calls / units).ln();
    if let Some(periods) = run.periods {
        let mean = calls / periods as f64;
        let spread = (call.period_squares / periods as f64 - mean * mean).max(0.0);
        let variance = spread / (mean * mean) / (periods as f64 - 1.0).max(1.0);
        return Some(Rate { log, variance, rhythm: 0.0 });
    }
    let counted: u64 = call.by_time.iter().sum();
    let variance = if counted == 0 { 1.0 / calls } else { dispersion(&call.by_time) };
    let rhythm = if run.has_span { call.pause_ns as f64 / run.span_ns.max(1) as f64 } else { 0.0 };
    Some(Rate { log, variance, rhythm })
}

/// Variance of the logarithm of a sum, from its twentieths.
fn dispersion(by_time: &[u64]) -> f64 {
    let count = by_time.len().max(2) as f64;
    let mean = by_time.iter().sum::<u64>() as f64 / count;
    let square = |n: &u64| (*n as f64 - mean).powi(2);
    by_time.iter().map(square).sum::<f64>() / (count - 1.0) / count / (mean * mean)
}

/// Of all runs of a side together.
fn pooled_rate(runs: &[Run], calls: &[Option<&CallRun>]) -> Option<Rate> {
    let of = |(run, call): (&Run, &Option<&CallRun>)| rate_of(run, (*call)?);
    let rates: Vec<Rate> = runs.iter().zip(calls).filter_map(of).collect();
    let count: u64 = calls.iter().flatten().map(|call| call.all.calls.max(call.failed.calls)).sum();
    let units: f64 = runs.iter().map(Run::units).sum();
    if rates.is_empty() || count == 0 || units <= 0.0 {
        return None;
    }
    let runs = rates.len() as f64;
    let mean = |of: fn(&Rate) -> f64| rates.iter().map(of).sum::<f64>() / runs;
    Some(Rate {
        log: (count as f64 / units).ln(),
        variance: mean(|rate| rate.variance) / runs,
        rhythm: mean(|rate| rate.rhythm) / runs,
    })
}

/// What the runs tell of a call's rate, and by how much it is known no better.
pub(super) fn rate_logs(pair: Pair<'_>) -> Option<(CallRuns, f64)> {
    let mut widened = 0.0;
    let mut side = |side: usize| {
        let runs = pair.sides()[side];
        let calls = pair.calls(side);
        let mut logs = Vec::new();
        for (run, call) in runs.iter().zip(calls) {
            let rate = rate_of(run, call?)?;
            widened += rate.rhythm / runs.len() as f64;
            logs.push(RunLog { log: rate.log, variance: rate.variance });
        }
        Some(logs)
    };
    let (base, new) = (side(0)?, side(1)?);
    Some((CallRuns { base, new }, widened))
}

/// Widens what the test found by the rhythm.
pub(super) fn rate_by_runs(
    runs: &CallRuns,
    found: &Moderated,
    widened: f64,
    band: f64,
) -> Judgement {
    let judgement = by_runs(What::Count, runs, found, band);
    let Some(interval) = judgement.interval else {
        return judgement;
    };
    let (low, high) = (interval.low * (-widened).exp(), interval.high * widened.exp());
    let wide = Interval { low, high, ..interval };
    let again = Judgement::by_interval(What::Count, wide, band, why_wide(widened, band));
    let verdict = match (judgement.verdict, again.verdict) {
        (Verdict::Undecided, Verdict::Changed) => Verdict::Undecided,
        (_, verdict) => verdict,
    };
    let why = (verdict == Verdict::Undecided).then(|| again.why.unwrap_or(Why::Wide));
    Judgement { verdict, why, interval: Some(wide), ..judgement }
}

fn why_wide(widened: f64, band: f64) -> Why {
    if widened > band.ln() / 2.0 { Why::Rhythm } else { Why::Wide }
}

/// Judges the rate of few runs.
pub(super) fn rate_by_time(pair: Pair<'_>) -> Judgement {
    let what = What::Count;
    let band = pair.options.tolerance;
    let periods = pair.sides().into_iter().flatten().filter_map(|run| run.periods).min();
    if periods.is_some_and(|periods| periods < FEWEST_PERIODS) {
        return Judgement::undecided(what, Why::FewPeriods, None);
    }
    let calls = [pair.calls(0), pair.calls(1)];
    let count = |side: usize| -> u64 {
        calls[side].iter().flatten().map(|call| call.all.calls.max(call.failed.calls)).sum()
    };
    let (base, new) = (count(0), count(1));
    if base.max(new) < FEWEST_CALLS {
        return Judgement::undecided(what, Why::FewCalls, None);
    }
    if base == 0 || new == 0 {
        // it is new, or gone
        let verdict = Verdict::Changed;
        return Judgement { what, verdict, interval: None, p: None, ranks: None, why: None };
    }
    let rates = (pooled_rate(pair.base, &calls[0]), pooled_rate(pair.new, &calls[1]));
    let (Some(base), Some(new)) = rates else {
        return Judgement::undecided(what, Why::FewCalls, None);
    };
    let log = new.log - base.log;
    let widened = base.rhythm + new.rhythm;
    let tail = (1.0 + pair.options.confidence) / 2.0;
    let reach = t_quantile(tail, BLOCKS as f64 - 1.0) * (base.variance + new.variance).sqrt();
    let half = reach + widened;
    let interval = Interval { ratio: log.exp(), low: (log - half).exp(), high: (log + half).exp() };
    Judgement::by_interval(what, interval, band, why_wide(widened, band))
}

/// Judges failures: they have at least doubled (or halved), by at least ten, and
/// their share of the calls has moved by two points.
pub(super) fn errors(base: &Pooled, new: &Pooled) -> Option<Judgement> {
    if base.errors + new.errors == 0 {
        return None;
    }
    let rate = |side: &Pooled| side.errors as f64 / side.units.max(f64::MIN_POSITIVE);
    let (low, high) = if rate(base) < rate(new) { (base, new) } else { (new, base) };
    // the same time on both sides: what is more is more per unit
    let expected = rate(low) * high.units;
    let more = high.errors as f64 - expected;
    let changed = rate(high) >= ERRORS_FACTOR * rate(low)
        && more >= MORE_ERRORS
        && (base.failed_share() - new.failed_share()).abs() >= ERRORS_SHARE;
    let verdict = if changed { Verdict::Changed } else { Verdict::Unchanged };
    Some(Judgement { what: What::Errors, verdict, interval: None, p: None, ranks: None, why: None })
}
