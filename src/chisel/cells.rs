//! The figures of one kind of event of one identity: a cell. Counts, sums,
//! minima and maxima are exact integers.

use super::histogram::Histogram;
use crate::format::trace::TableRow;
use crate::state::Pairing;

/// Figures of calls. Times are ns.
#[derive(Clone, Debug)]
pub struct CallStats {
    /// Enter events.
    pub enters: u64,
    /// Exits that belong to their enter: the calls with a latency.
    pub paired: u64,
    /// All other exits.
    pub strays: u64,
    /// Events that belong to no call.
    pub others: u64,
    /// Failed calls (result < 0) among the paired.
    pub errors_paired: u64,
    /// Failed calls among the other exits.
    pub errors_strays: u64,
    /// Sum of the latencies of paired calls.
    pub total_ns: u128,
    /// Sum of the latencies that sysdig gives to all other events.
    pub other_ns: u128,
    /// Latencies of the paired calls.
    pub latencies: Histogram,
    /// `u64::MAX` before the first call.
    shortest_ns: u64,
    longest_ns: u64,
}

/// What the events of one kind and one identity are counted in.
pub trait Cell: Clone + Default + std::fmt::Debug + Send + Sync {
    /// Whether enter events are wanted one by one, with the time since the exit
    /// before.
    const EACH_ENTER: bool;
    /// The figures that all have.
    fn stats(&mut self) -> &mut CallStats;
    /// Counts one event.
    fn add(&mut self, sample: Sample);
    /// Counts the time between two calls of a thread, which ended at `ts_ns`.
    fn add_between(&mut self, ts_ns: u64, ns: u64);
    /// The period in which these were counted is whole.
    fn end_period(&mut self);
    /// Adds another cell's figures.
    fn merge(&mut self, other: &Self);
}

impl Cell for CallStats {
    const EACH_ENTER: bool = false;

    #[inline(always)]
    fn stats(&mut self) -> &mut CallStats {
        self
    }

    #[inline(always)]
    fn add(&mut self, sample: Sample) {
        CallStats::add(self, sample);
    }

    #[inline(always)]
    fn add_between(&mut self, _: u64, _: u64) {}

    fn end_period(&mut self) {}

    fn merge(&mut self, other: &Self) {
        CallStats::merge(self, other);
    }
}

/// What of an event is counted. Small, and passed by value: the reading loop
/// need not put whole events into memory for it.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Latency by sysdig's rule.
    pub ns: u64,
    /// Whether it is a call's.
    pub pairing: Pairing,
    /// An exit event.
    pub exit: bool,
    /// Its result is an errno.
    pub failed: bool,
    /// A system call.
    pub syscall: bool,
    /// Its result, 0 where it tells none.
    pub result: i64,
    /// Its time, ns since the epoch.
    pub ts_ns: u64,
    /// What its result may mean.
    pub sense: Sense,
}

/// What the result of a call means beside success and failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Sense {
    /// Nothing.
    #[default]
    Plain,
    /// Bytes that were read or written.
    Bytes,
    /// 0, or a time-out: nothing came of the wait.
    Wait,
    /// The same for waits whose 0 is a success.
    TimedWait,
}

impl Default for CallStats {
    fn default() -> Self {
        CallStats {
            enters: 0,
            paired: 0,
            strays: 0,
            others: 0,
            errors_paired: 0,
            errors_strays: 0,
            total_ns: 0,
            other_ns: 0,
            latencies: Histogram::default(),
            shortest_ns: u64::MAX,
            longest_ns: 0,
        }
    }
}

impl CallStats {
    /// Counts one event.
    #[inline]
    pub fn add(&mut self, sample: Sample) {
        let Sample { ns, pairing, exit, failed, syscall, .. } = sample;
        if pairing == Pairing::Paired && syscall {
            self.paired += 1;
            self.errors_paired += u64::from(failed);
            self.total_ns += u128::from(ns);
            self.shortest_ns = self.shortest_ns.min(ns);
            self.longest_ns = self.longest_ns.max(ns);
            self.latencies.add(ns);
        } else if !syscall {
            self.others += 1;
            self.other_ns += u128::from(ns);
        } else if exit {
            self.strays += 1;
            self.errors_strays += u64::from(failed);
            self.other_ns += u128::from(ns);
        } else {
            self.enters += 1;
        }
    }

    /// Counts a stretch of time that is no call's.
    #[inline(always)]
    pub(super) fn add_time(&mut self, ns: u64) {
        self.paired += 1;
        self.total_ns += u128::from(ns);
        self.shortest_ns = self.shortest_ns.min(ns);
        self.longest_ns = self.longest_ns.max(ns);
        self.latencies.add(ns);
    }

    /// Adds totals that another tool has counted: there is no histogram, and
    /// without a total time there are no latencies.
    pub fn add_totals(&mut self, row: &TableRow) {
        let Some(total_ns) = row.total_ns else {
            self.strays += row.calls;
            self.errors_strays += row.errors;
            return;
        };
        self.paired += row.calls;
        self.errors_paired += row.errors;
        self.total_ns += u128::from(total_ns);
        if let (Some(shortest), Some(longest)) = (row.shortest_ns, row.longest_ns) {
            self.shortest_ns = self.shortest_ns.min(shortest);
            self.longest_ns = self.longest_ns.max(longest);
        }
    }

    /// Adds another cell's figures.
    pub fn merge(&mut self, other: &CallStats) {
        self.enters += other.enters;
        self.paired += other.paired;
        self.strays += other.strays;
        self.others += other.others;
        self.errors_paired += other.errors_paired;
        self.errors_strays += other.errors_strays;
        self.total_ns += other.total_ns;
        self.other_ns += other.other_ns;
        self.latencies.merge(&other.latencies);
        self.shortest_ns = self.shortest_ns.min(other.shortest_ns);
        self.longest_ns = self.longest_ns.max(other.longest_ns);
    }

    /// Exit events.
    #[must_use]
    pub fn exits(&self) -> u64 {
        self.paired + self.strays
    }

    /// Events as sysdig's `topscalls` counts them: enters and exits.
    #[must_use]
    pub fn sysdig_events(&self) -> u64 {
        self.enters + self.exits() + self.others
    }

    /// Sum as sysdig's `topscalls_time` has it: all events, by its rule.
    #[must_use]
    pub fn sysdig_ns(&self) -> u128 {
        self.total_ns + self.other_ns
    }

    /// Shortest paired call; tables of totals may not tell it.
    #[must_use]
    pub fn min_ns(&self) -> Option<u64> {
        (self.paired > 0 && self.shortest_ns <= self.longest_ns).then_some(self.shortest_ns)
    }

    /// Longest paired call.
    #[must_use]
    pub fn max_ns(&self) -> Option<u64> {
        (self.paired > 0 && self.shortest_ns <= self.longest_ns).then_some(self.longest_ns)
    }

    /// Whether these calls have latencies: an exit has been paired, or enters
    /// were recorded. Writers since libs 0.22 record no enters.
    #[must_use]
    pub fn has_latency(&self) -> bool {
        self.paired > 0 || self.enters > 0
    }

    /// Calls: paired exits, or all exits where no enters were recorded.
    #[must_use]
    pub fn calls(&self) -> u64 {
        if self.has_latency() { self.paired } else { self.exits() }
    }

    /// Failed calls among [`Self::calls`].
    #[must_use]
    pub fn errors(&self) -> u64 {
        if self.has_latency() {
            self.errors_paired
        } else {
            self.errors_paired + self.errors_strays
        }
    }

    /// Exits without an enter of their own, where enters were recorded.
    #[must_use]
    pub fn unpaired(&self) -> u64 {
        if self.has_latency() { self.strays } else { 0 }
    }

    /// Total time in these calls, ns; `None` without latencies.
    #[must_use]
    pub fn time_ns(&self) -> Option<u128> {
        self.has_latency().then_some(self.total_ns)
    }

    /// Mean latency, ns, rounded down.
    #[must_use]
    pub fn mean_ns(&self) -> Option<u64> {
        let mean = self.total_ns.checked_div(u128::from(self.paired))?;
        u64::try_from(mean).ok()
    }

    /// A quantile of the latencies, ns, within 0.79 % and the exact extremes.
    #[must_use]
    pub fn quantile_ns(&self, quantile: f64) -> Option<u64> {
        let value = self.latencies.quantile(quantile)?;
        Some(value.clamp(self.min_ns()?, self.max_ns()?))
    }
}
