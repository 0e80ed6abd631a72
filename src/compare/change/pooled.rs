//! A call on one side: its runs pooled, means weighted by calls.

use crate::chisel::Histogram;
use crate::compare::run::{BETWEEN, CallRun, Run};
use crate::compare::stats::{GroupTotal, SideTotals};

/// A call's figures over the runs of a side.
#[derive(Clone, Debug, Default)]
pub struct Pooled {
    /// Calls.
    pub calls: u64,
    /// Of them, failed.
    pub errors: u64,
    /// Their time, ns.
    pub total_ns: u128,
    /// Time of the failed ones, ns.
    pub failed_ns: u128,
    /// Seconds, or whole periods, of all runs of the side.
    pub units: f64,
    /// The same in billionths (ns), exact.
    pub billionths: u128,
    /// Bytes read or written.
    pub bytes: u64,
    /// Latencies.
    pub latencies: Histogram,
    /// Longest, ns.
    pub max_ns: u64,
    /// Calls of which time off the processor is known, their time and that, ns.
    pub off: Option<(u64, u64, u64)>,
    /// Negative results and their number.
    pub errnos: Vec<(i64, u64)>,
}

impl Pooled {
    /// Pools the call named `event` over the runs.
    #[must_use]
    pub fn of(runs: &[Run], event: &str) -> Pooled {
        let mut pooled = Pooled::default();
        for run in runs {
            pooled.billionths += run.billionths();
            if let Some(call) = call_of(run, event) {
                pooled.add(call);
            }
        }
        pooled.units = pooled.billionths as f64 / 1e9;
        pooled.errnos.sort_unstable_by_key(|(errno, count)| (std::cmp::Reverse(*count), -errno));
        pooled
    }

    fn add(&mut self, call: &CallRun) {
        self.calls += call.all.calls;
        self.errors += call.failed.calls;
        self.total_ns += u128::from(call.all.total_ns);
        self.failed_ns += u128::from(call.failed.total_ns);
        self.bytes += call.bytes;
        self.latencies.merge(&call.latencies);
        self.max_ns = self.max_ns.max(call.max_ns);
        if let Some(off) = &call.off {
            let (calls, total, ns) = self.off.get_or_insert_default();
            *calls += off.calls;
            *total += off.total_ns;
            *ns += off.off_ns;
        }
        for (errno, count) in &call.errnos {
            match self.errnos.iter_mut().find(|(known, _)| known == errno) {
                Some((_, known)) => *known += count,
                None => self.errnos.push((*errno, *count)),
            }
        }
    }

    /// Succeeded and failed calls, for the parts of a change.
    pub(super) fn totals(&self) -> SideTotals {
        let failed = self.errors.min(self.calls);
        let group = |count, total_ns| GroupTotal { count, total_ns };
        let groups = [
            (0, group(self.calls - failed, self.total_ns.saturating_sub(self.failed_ns))),
            (1, group(failed, self.failed_ns)),
        ];
        SideTotals { span_ns: self.billionths, groups: groups.into() }
    }

    /// Calls that did not fail.
    #[must_use]
    pub fn succeeded(&self) -> u64 {
        self.calls.saturating_sub(self.errors)
    }

    /// Bytes per call that succeeded; `None` where no bytes were moved.
    #[must_use]
    pub fn request_bytes(&self) -> Option<f64> {
        (self.bytes > 0 && self.succeeded() > 0)
            .then(|| self.bytes as f64 / self.succeeded() as f64)
    }

    /// Mean latency, ns.
    #[must_use]
    pub fn mean_ns(&self) -> Option<f64> {
        (self.calls > 0 && self.total_ns > 0).then(|| self.total_ns as f64 / self.calls as f64)
    }

    /// Calls per second (or period).
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        (self.units > 0.0).then(|| self.calls as f64 / self.units)
    }

    /// Time in them per second (or period), ns.
    #[must_use]
    pub fn time_ns(&self) -> Option<f64> {
        (self.units > 0.0).then(|| self.total_ns as f64 / self.units)
    }

    /// Share of the calls that failed.
    #[must_use]
    pub fn failed_share(&self) -> f64 {
        if self.calls == 0 { 0.0 } else { self.errors as f64 / self.calls as f64 }
    }

    /// Mean time off the processor of a call, ns.
    #[must_use]
    pub fn mean_off_ns(&self) -> Option<f64> {
        let (calls, _, ns) = self.off?;
        (calls > 0).then(|| ns as f64 / calls as f64)
    }

    /// Share of a call's time that it is off the processor.
    #[must_use]
    pub fn off_share(&self) -> Option<f64> {
        let (_, total, ns) = self.off?;
        (total > 0).then(|| ns as f64 / total as f64)
    }

    /// Time off the processor per second (or period), ns.
    #[must_use]
    pub fn off_ns(&self) -> Option<f64> {
        Some(self.mean_off_ns()? * self.rate()?)
    }
}

/// A call, or the time between calls, in a run.
#[must_use]
pub fn call_of<'r>(run: &'r Run, event: &str) -> Option<&'r CallRun> {
    if event == BETWEEN { run.between.as_ref() } else { run.calls.get(event) }
}
