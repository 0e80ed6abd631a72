//! Latency, by the ratio of means.

use super::{Interval, Judgement, Pair, Verdict, What, Why};
use crate::chisel::Histogram;
use crate::compare::change::options::{
    FEWEST_BLOCKS, FEWEST_BURSTS, FEWEST_CALLS, FEWEST_CALLS_OF_MANY, RUN_SPREAD,
};
use crate::compare::run::{CallRun, Part};
use crate::compare::stats::{
    ALPHA, Blocks, CallRuns, RatioInterval, log_mean_variance, median_ratio, ratio_of_means,
    t_quantile,
};

/// The calls of a run whose latency is judged.
fn judged(call: &CallRun, succeeded_alone: bool) -> &Part {
    if succeeded_alone && call.failed.calls > 0 { &call.succeeded } else { &call.all }
}

/// What the runs tell of a call's latency, for all calls to be judged together.
pub fn latency_logs(pair: Pair<'_>, succeeded_alone: bool) -> Option<CallRuns> {
    let side = |side: usize| {
        let logs = pair.calls(side).into_iter().map(|call| {
            let part = judged(call?, succeeded_alone);
            (part.calls >= FEWEST_CALLS_OF_MANY).then(|| log_mean_variance(&part.blocks)).flatten()
        });
        logs.collect::<Option<Vec<(f64, f64)>>>()
    };
    let (base, new) = (side(0)?, side(1)?);
    let within = base.iter().chain(&new).map(|(_, variance)| *variance).collect();
    let logs = |side: Vec<(f64, f64)>| side.into_iter().map(|(log, _)| log).collect();
    Some(CallRuns { base: logs(base), new: logs(new), within })
}

/// Whether a side's calls all come in one or two bursts, and not most of them have
/// changed. Blocks of one burst tell of that burst alone: a first one that finds
/// the caches cold has slow calls in every block.
fn is_one_burst(pair: Pair<'_>, ratio: f64) -> bool {
    let few = |side: usize| {
        let bursts: Option<u64> = pair.calls(side).iter().flatten().map(|call| call.bursts).sum();
        bursts.is_some_and(|bursts| bursts < FEWEST_BURSTS)
    };
    if !few(0) && !few(1) {
        return false;
    }
    let [base, new] = [0, 1].map(|side| {
        let mut all = Histogram::default();
        for call in pair.calls(side).iter().flatten() {
            all.merge(&call.latencies);
        }
        all
    });
    let beyond = |median: f64| {
        let band = pair.band();
        if ratio > 1.0 { median > band } else { median < 1.0 / band }
    };
    !median_ratio(&base, &new).is_some_and(beyond)
}

/// Whether the ratio lies outside the band even if each run's mean is known no
/// better than [`RUN_SPREAD`], whatever its blocks claim.
fn is_beyond(found: &RatioInterval, band: f64) -> bool {
    let se = found.log_se.hypot(RUN_SPREAD);
    let level = f64::midpoint(1.0, 1.0 - ALPHA);
    found.ratio.ln().abs() - t_quantile(level, found.df) * se > band.ln()
}

/// Judges latency from blocks inside the runs.
pub fn latency_by_blocks(pair: Pair<'_>, succeeded_alone: bool) -> Judgement {
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
        return Judgement::undecided(what, Why::FewBursts, None);
    }
    match ratio_of_means(&base, &new, pair.options.confidence) {
        Some(found) => {
            let interval = Interval { ratio: found.ratio, low: found.low, high: found.high };
            let judgement = Judgement::by_interval(what, interval, pair.band(), Why::Wide);
            let sure = pair.is_pacing() || is_beyond(&found, pair.band());
            match judgement.verdict {
                Verdict::Changed if !sure => Judgement::undecided(what, Why::Wide, Some(interval)),
                Verdict::Changed if is_one_burst(pair, found.ratio) => {
                    Judgement::undecided(what, Why::FewBursts, Some(interval))
                }
                _ => judgement,
            }
        }
        None => Judgement::undecided(what, Why::FewBursts, None),
    }
}
