//! Latency, by the ratio of means.

use super::{Interval, Judgement, Pair, What, Why};
use crate::compare::change::options::{FEWEST_BLOCKS, FEWEST_CALLS};
use crate::compare::run::{CallRun, Part};
use crate::compare::stats::{Blocks, CallRuns, log_mean_variance, ratio_of_means};

/// The calls of a run whose latency is judged.
fn judged(call: &CallRun, succeeded_alone: bool) -> &Part {
    if succeeded_alone && call.failed.calls > 0 { &call.succeeded } else { &call.all }
}

/// What the runs tell of a call's latency, for all calls to be judged together.
pub fn latency_logs(pair: Pair<'_>, succeeded_alone: bool) -> Option<CallRuns> {
    let side = |side: usize| {
        let logs = pair.calls(side).into_iter().map(|call| {
            let part = judged(call?, succeeded_alone);
            (part.calls >= FEWEST_CALLS).then(|| log_mean_variance(&part.blocks)).flatten()
        });
        logs.collect::<Option<Vec<(f64, f64)>>>()
    };
    let (base, new) = (side(0)?, side(1)?);
    let within = base.iter().chain(&new).map(|(_, variance)| *variance).collect();
    let logs = |side: Vec<(f64, f64)>| side.into_iter().map(|(log, _)| log).collect();
    Some(CallRuns { base: logs(base), new: logs(new), within })
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
