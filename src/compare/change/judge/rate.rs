//! How often a call is made. A rate is known no better than the part of a
//! rhythm that the capture's begin and end cut off.

use super::{Interval, Judgement, Pair, Verdict, What, Why, by_runs};
use crate::compare::change::options::{FEWEST_CALLS, FEWEST_CALLS_OF_MANY, FEWEST_PERIODS};
use crate::compare::run::{BLOCKS, CallRun, Run};
use crate::compare::stats::{ALPHA, CallRuns, Moderated, t_quantile};

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
    if run.per_run {
        return Some(Rate { log, variance: 1.0 / calls, rhythm: 0.0 });
    }
    let counted: u64 = call.by_time.iter().sum();
    let rhythm = if run.has_span { call.pause_ns as f64 / run.span_ns.max(1) as f64 } else { 0.0 };
    // cells shorter than the pauses tell the rhythm again, which is counted apart
    let told = counted > 0 && rhythm * (call.by_time.len() as f64) < 1.0;
    let variance = if told { dispersion(&call.by_time) } else { 1.0 / calls };
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
    let of = |(run, call): (&Run, Option<&CallRun>)| rate_of(run, call?);
    let rates: Vec<Rate> = runs.iter().zip(calls.iter().copied()).filter_map(of).collect();
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
pub fn rate_logs(pair: Pair<'_>) -> Option<(CallRuns, f64)> {
    let (mut widened, mut within) = (0.0, Vec::new());
    let mut side = |side: usize| {
        let runs = pair.sides()[side];
        let mut logs = Vec::new();
        for (run, call) in runs.iter().zip(pair.calls(side)) {
            let rate = rate_of(run, call?)?;
            widened += rate.rhythm / runs.len() as f64;
            within.push(rate.variance);
            logs.push(rate.log);
        }
        Some(logs)
    };
    let (base, new) = (side(0)?, side(1)?);
    Some((CallRuns { base, new, within }, widened))
}

/// Judges by the test over all calls, whose interval the rhythm widens.
pub fn rate_by_runs(runs: &CallRuns, found: &Moderated, widened: f64, band: f64) -> Judgement {
    let judgement = by_runs(What::Count, runs, found, band);
    let (low, high) = (found.low - widened, found.high + widened);
    let (plain_low, plain_high) = found.interval(1.0 - ALPHA);
    let reach = band.ln();
    let outside = low > reach || high < -reach;
    let inside = plain_low - widened >= -reach && plain_high + widened <= reach;
    let verdict = match (outside, inside) {
        (true, _) => Verdict::Changed,
        (false, true) => Verdict::Unchanged,
        (false, false) => Verdict::Undecided,
    };
    let why = (verdict == Verdict::Undecided).then(|| why_wide(widened, band));
    let interval = Interval { ratio: found.log_ratio.exp(), low: low.exp(), high: high.exp() };
    Judgement { verdict, why, interval: Some(interval), ..judgement }
}

fn why_wide(widened: f64, band: f64) -> Why {
    if widened > band.ln() / 2.0 { Why::Rhythm } else { Why::Wide }
}

/// Judges the rate of few runs.
pub fn rate_by_time(pair: Pair<'_>) -> Judgement {
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
    let fewest = if pair.has_many_runs() { FEWEST_CALLS_OF_MANY } else { FEWEST_CALLS };
    if base.max(new) < fewest {
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
    let tail = f64::midpoint(1.0, pair.options.confidence);
    let reach = t_quantile(tail, BLOCKS as f64 - 1.0) * (base.variance + new.variance).sqrt();
    let half = reach + widened;
    let interval = Interval { ratio: log.exp(), low: (log - half).exp(), high: (log + half).exp() };
    Judgement::by_interval(what, interval, band, why_wide(widened, band))
}
